//! Folders with small models of made-up weights.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const HIDDEN: usize = 16;
const INTERMEDIATE: usize = 24;
const LAYERS: usize = 2;
pub(crate) const POSITIONS: usize = 40;
const BUCKETS: usize = 8;

/// Tensors by name: a shape and numbers.
pub(crate) type Named = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A model to be.
pub(crate) struct Plan {
    pub(crate) config: Value,
    pub(crate) tokenizer: Value,
    pub(crate) tensors: Named,
    pub(crate) head: Option<Named>,
}

/// Numbers from -1 to 1 that depend on the name alone.
fn numbers(name: &str, count: usize) -> Vec<f32> {
    let seed = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let number = |at: usize| {
        // The finaliser of SplitMix64.
        let mut z = seed.wrapping_add((at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(number).collect()
}

struct Tensors(Named);

impl Tensors {
    fn table(&mut self, name: &str, shape: &[usize], size: f32) {
        let name = format!("{name}.weight");
        let numbers = numbers(&name, shape.iter().product()).into_iter().map(|n| n * size).collect();
        self.0.insert(name, (shape.to_vec(), numbers));
    }

    fn linear(&mut self, name: &str, from: usize, to: usize) {
        self.table(name, &[to, from], 0.5);
        let name = format!("{name}.bias");
        let numbers = numbers(&name, to).into_iter().map(|n| n * 0.2).collect();
        self.0.insert(name, (vec![to], numbers));
    }

    fn norm(&mut self, name: &str) {
        for (part, shift) in [("weight", 1.0), ("bias", 0.0)] {
            let name = format!("{name}.{part}");
            let numbers = numbers(&name, HIDDEN).into_iter().map(|n| shift + n * 0.2).collect();
            self.0.insert(name, (vec![HIDDEN], numbers));
        }
    }

    fn layer(&mut self, name: &str, projections: [&str; 3]) {
        for projection in projections {
            self.linear(&format!("{name}.attention.self.{projection}"), HIDDEN, HIDDEN);
        }
        self.linear(&format!("{name}.attention.output.dense"), HIDDEN, HIDDEN);
        self.norm(&format!("{name}.attention.output.LayerNorm"));
        self.linear(&format!("{name}.intermediate.dense"), HIDDEN, INTERMEDIATE);
        self.linear(&format!("{name}.output.dense"), INTERMEDIATE, HIDDEN);
        self.norm(&format!("{name}.output.LayerNorm"));
    }
}

fn config(kind: &str, vocabulary: usize) -> Value {
    json!({
        "model_type": kind, "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": 2,
        "intermediate_size": INTERMEDIATE, "vocab_size": vocabulary, "max_position_embeddings": POSITIONS,
        "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.02,
        "pad_token_id": 0, "id2label": { "0": "SAFE", "1": "INJECTION" }, "label2id": { "SAFE": 0, "INJECTION": 1 },
    })
}

const MARKS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const WORDS: [&str; 12] =
    ["ignore", "all", "that", "was", "said", "before", "what", "is", "the", "capital", "of", "peru"];

fn marks() -> Value {
    let mark = |(id, mark): (usize, &&str)| {
        json!({ "id": id, "content": mark, "special": true, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false })
    };
    MARKS.iter().enumerate().map(mark).collect()
}

fn template() -> Value {
    let special = |mark: &str, id: usize| json!({ "id": mark, "ids": [id], "tokens": [mark] });
    let mark = |mark: &str| json!({ "SpecialToken": { "id": mark, "type_id": 0 } });
    json!({
        "type": "TemplateProcessing",
        "single": [mark("[CLS]"), { "Sequence": { "id": "A", "type_id": 0 } }, mark("[SEP]")],
        "pair": [mark("[CLS]"), { "Sequence": { "id": "A", "type_id": 0 } }, mark("[SEP]"),
                 { "Sequence": { "id": "B", "type_id": 0 } }, mark("[SEP]")],
        "special_tokens": { "[CLS]": special("[CLS]", 2), "[SEP]": special("[SEP]", 3) },
    })
}

fn letters() -> impl Iterator<Item = String> {
    ('a'..='z').map(String::from)
}

fn tokenizer(model: Value, normalizer: Value, pre_tokenizer: Value) -> Value {
    // Hubs hand out tokenizers that cut and fill up; neither must happen here.
    json!({
        "version": "1.0", "added_tokens": marks(), "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
        "truncation": { "max_length": 6, "strategy": "LongestFirst", "stride": 0, "direction": "Right" },
        "padding": { "strategy": { "Fixed": 6 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
                     "pad_type_id": 0, "pad_token": "[PAD]" },
        "post_processor": template(), "decoder": null, "model": model,
    })
}

/// BERT with word pieces.
pub(crate) fn bert() -> Plan {
    let words = WORDS.iter().map(|word| (*word).to_owned());
    let marks = MARKS.iter().map(|mark| (*mark).to_owned());
    let all: Vec<String> =
        marks.chain(words).chain(letters()).chain(letters().map(|letter| format!("##{letter}"))).collect();
    let vocabulary: BTreeMap<&String, usize> = all.iter().enumerate().map(|(id, word)| (word, id)).collect();
    let mut config = config("bert", all.len());
    config["layer_norm_eps"] = json!(1e-12);
    config["type_vocab_size"] = json!(2);
    config["position_embedding_type"] = json!("absolute");
    config["architectures"] = json!(["BertForSequenceClassification"]);
    let mut tensors = Tensors(BTreeMap::new());
    tensors.table("bert.embeddings.word_embeddings", &[all.len(), HIDDEN], 1.0);
    tensors.table("bert.embeddings.position_embeddings", &[POSITIONS, HIDDEN], 0.5);
    tensors.table("bert.embeddings.token_type_embeddings", &[2, HIDDEN], 0.5);
    tensors.norm("bert.embeddings.LayerNorm");
    for at in 0..LAYERS {
        tensors.layer(&format!("bert.encoder.layer.{at}"), ["query", "key", "value"]);
    }
    tensors.linear("bert.pooler.dense", HIDDEN, HIDDEN);
    tensors.linear("classifier", HIDDEN, 2);
    let model = json!({ "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                        "max_input_chars_per_word": 100, "vocab": vocabulary });
    let normalizer = json!({ "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                             "strip_accents": null, "lowercase": true });
    let tokenizer = tokenizer(model, normalizer, json!({ "type": "BertPreTokenizer" }));
    Plan { config, tokenizer, tensors: tensors.0, head: None }
}

/// DeBERTa v3 with a unigram tokenizer.
pub(crate) fn deberta() -> Plan {
    let marks = MARKS.iter().map(|mark| ((*mark).to_owned(), 0.0));
    let words = WORDS.iter().map(|word| (format!("▁{word}"), -4.0));
    let pieces = letters().flat_map(|letter| [(format!("▁{letter}"), -8.0), (letter, -9.0)]);
    let vocabulary: Vec<(String, f64)> = marks.chain(words).chain(pieces).chain([("▁".to_owned(), -7.0)]).collect();
    let mut config = config("deberta-v2", vocabulary.len());
    let own = json!({
        "layer_norm_eps": 1e-7, "type_vocab_size": 0, "relative_attention": true, "max_relative_positions": -1,
        "position_buckets": BUCKETS, "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p",
        "position_biased_input": false, "pooler_dropout": 0, "pooler_hidden_act": "gelu", "pooler_hidden_size": HIDDEN,
        "architectures": ["DebertaV2ForSequenceClassification"],
    });
    config.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    let mut tensors = Tensors(BTreeMap::new());
    tensors.table("deberta.embeddings.word_embeddings", &[vocabulary.len(), HIDDEN], 1.0);
    tensors.norm("deberta.embeddings.LayerNorm");
    tensors.table("deberta.encoder.rel_embeddings", &[2 * BUCKETS, HIDDEN], 1.0);
    tensors.norm("deberta.encoder.LayerNorm");
    for at in 0..LAYERS {
        tensors.layer(&format!("deberta.encoder.layer.{at}"), ["query_proj", "key_proj", "value_proj"]);
    }
    tensors.linear("pooler.dense", HIDDEN, HIDDEN);
    tensors.linear("classifier", HIDDEN, 2);
    let model = json!({ "type": "Unigram", "unk_id": 1, "vocab": vocabulary, "byte_fallback": false });
    let pre_tokenizer = json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true });
    let tokenizer = tokenizer(model, json!({ "type": "Lowercase" }), pre_tokenizer);
    Plan { config, tokenizer, tensors: tensors.0, head: None }
}

/// A model without a head of its own, and one of ours.
pub(crate) fn encoder() -> Plan {
    let Plan { mut config, tokenizer, tensors, .. } = bert();
    config.as_object_mut().unwrap().remove("id2label");
    config["architectures"] = json!(["BertModel"]);
    let bare = |name: String| name.strip_prefix("bert.").map(str::to_owned);
    let tensors = tensors.into_iter().filter_map(|(name, tensor)| Some((bare(name)?, tensor))).collect();
    let mut head = Tensors(BTreeMap::new());
    head.linear("dense", HIDDEN, 8);
    head.linear("output", 8, 2);
    Plan { config, tokenizer, tensors, head: Some(head.0) }
}

impl Plan {
    pub(crate) fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        self.write_to(folder.path());
        folder
    }

    pub(crate) fn write_to(&self, folder: &Path) {
        fs::write(folder.join("config.json"), self.config.to_string()).unwrap();
        fs::write(folder.join("tokenizer.json"), self.tokenizer.to_string()).unwrap();
        fs::write(folder.join("model.safetensors"), safetensors(&self.tensors)).unwrap();
        if let Some(head) = &self.head {
            fs::write(folder.join("head.safetensors"), safetensors(head)).unwrap();
        }
    }
}

/// The format: the length of a header, the header, and the numbers.
fn safetensors(tensors: &Named) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    header.insert("__metadata__".to_owned(), json!({ "format": "pt" }));
    let mut data = Vec::new();
    for (name, (shape, numbers)) in tensors {
        let from = data.len();
        data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        header.insert(name.clone(), json!({ "dtype": "F32", "shape": shape, "data_offsets": [from, data.len()] }));
    }
    let mut header = Value::Object(header).to_string();
    header.push_str(&" ".repeat(8 - header.len() % 8));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    file
}
