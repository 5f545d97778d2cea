//! What is no model is refused with the file and what to do.

use std::fs;
use std::path::Path;

use redoubt_infer::{LoadError, Transformer};
use serde_json::json;

use crate::folder::{Plan, bert, deberta, encoder};
use crate::numbers::options;

/// Checks the reason why a folder is refused.
#[track_caller]
fn check(plan: &Plan, spoil: impl FnOnce(&Path), expected: &[&str]) {
    let folder = plan.write();
    spoil(folder.path());
    let reason = match Transformer::load(&options(folder.path())) {
        Ok(_) => panic!("it is taken"),
        Err(error) => error.to_string(),
    };
    for expected in expected {
        assert!(reason.contains(expected), "{expected:?} is not in {reason:?}");
    }
}

fn kept(_: &Path) {}

#[test]
fn what_is_well_made_is_taken() {
    for plan in [bert(), deberta(), encoder()] {
        let folder = plan.write();
        assert!(Transformer::load(&options(folder.path())).is_ok());
    }
}

#[test]
fn a_missing_file_is_named_with_what_to_do() {
    for (file, remedy) in [
        ("config.json", "`folder` must be that of a model"),
        ("model.safetensors", "take the model's safetensors"),
        ("tokenizer.json", "save the tokenizer again"),
    ] {
        check(&bert(), |folder| fs::remove_file(folder.join(file)).unwrap(), &[file, remedy]);
    }
    let remove = |folder: &Path| fs::remove_file(folder.join("head.safetensors")).unwrap();
    check(&encoder(), remove, &["no `classifier.weight`", "`head.safetensors`"]);
}

#[test]
fn pickled_weights_are_not_read() {
    let pickle = |folder: &Path| {
        fs::rename(folder.join("model.safetensors"), folder.join("pytorch_model.bin")).unwrap();
    };
    check(&bert(), pickle, &["`pytorch_model.bin` is pickled", "safe_serialization=True"]);
}

#[test]
fn what_is_no_model_is_no_model() {
    for file in ["config.json", "model.safetensors", "tokenizer.json", "head.safetensors"] {
        for junk in [&b""[..], b"{}", b"{\"a\":1", b"\x80\x02}q\x00.", &[0xff; 64], &[0; 64]] {
            check(&encoder(), |folder| fs::write(folder.join(file), junk).unwrap(), &[file, "not what it should be"]);
        }
        check(
            &encoder(),
            |folder| {
                fs::remove_file(folder.join(file)).unwrap();
                fs::create_dir(folder.join(file)).unwrap();
            },
            &[file],
        );
    }
    check(&bert(), |folder| fs::write(folder.join("config.json"), vec![b' '; 1 << 21]).unwrap(), &["at most 1048576"]);
    let cut = |folder: &Path| {
        let whole = fs::read(folder.join("model.safetensors")).unwrap();
        fs::write(folder.join("model.safetensors"), &whole[..whole.len() - 4]).unwrap();
    };
    check(&bert(), cut, &["model.safetensors"]);
}

#[test]
fn foreign_kinds_are_named() {
    let with = |mut plan: Plan, key: &str, value: serde_json::Value| {
        plan.config[key] = value;
        plan
    };
    check(&with(bert(), "model_type", json!("gpt2")), kept, &["`gpt2`", "`deberta-v2`"]);
    check(&with(bert(), "hidden_act", json!("swish")), kept, &["`hidden_act`", "`swish`"]);
    check(&with(bert(), "position_embedding_type", json!("relative_key")), kept, &["`relative_key`"]);
    check(&with(bert(), "num_attention_heads", json!(3)), kept, &["cannot be shared by 3 heads"]);
    check(&with(bert(), "num_attention_heads", json!(0)), kept, &["`num_attention_heads` is 0"]);
    check(&with(bert(), "hidden_size", json!(1_000_000)), kept, &["must be from 1 to 4096"]);
    check(&with(deberta(), "relative_attention", json!(false)), kept, &["`relative_attention`"]);
    check(&with(deberta(), "conv_kernel_size", json!(3)), kept, &["convolution"]);
    check(&with(deberta(), "position_buckets", json!(1)), kept, &["`position_buckets`"]);
}

#[test]
fn tensors_must_have_the_shape_that_the_configuration_asks_for() {
    let mut plan = bert();
    plan.config["intermediate_size"] = json!(25);
    check(&plan, kept, &["`bert.encoder.layer.0.intermediate.dense.weight`", "[24, 16]", "[25, 16]"]);
    let mut plan = bert();
    plan.config["num_hidden_layers"] = json!(3);
    check(&plan, kept, &["no tensor `bert.encoder.layer.2.attention.self.query.weight`"]);
    let mut plan = bert();
    plan.config["vocab_size"] = json!(10);
    check(&plan, kept, &["word_embeddings"]);
    let mut plan = encoder();
    plan.head.as_mut().unwrap().remove("output.bias");
    check(&plan, kept, &["`head.safetensors` has no tensor `output.bias`"]);
}

#[test]
fn a_tokenizer_of_another_model_is_noticed() {
    let mut plan = deberta();
    plan.tokenizer = bert().tokenizer;
    plan.tokenizer["model"]["vocab"]["stranger"] = json!(1_000);
    check(&plan, kept, &["the id 1000", "do not belong together"]);
    let mut plan = bert();
    plan.tokenizer["post_processor"] = json!(null);
    check(&plan, kept, &["puts no mark before a text"]);
}

#[test]
fn labels_must_be_those_of_the_model() {
    let load = |labels: &[&str]| {
        let folder = bert().write();
        let attack_labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Transformer::load(&redoubt_infer::Options { attack_labels, ..options(folder.path()) }).map(|_| ())
    };
    assert!(load(&["INJECTION"]).is_ok());
    let reason = |labels: &[&str]| load(labels).unwrap_err().to_string();
    assert!(reason(&[]).contains("`attack_labels` must say which") && reason(&[]).contains("`SAFE`, `INJECTION`"));
    assert!(reason(&["LABEL_1"]).contains("no label `LABEL_1`; it has `SAFE`, `INJECTION`"));
    assert!(matches!(load(&["SAFE", "INJECTION"]), Err(LoadError::OnlyAttackLabels)));
}

#[test]
fn the_digest_is_that_of_the_files_and_may_be_asked_for() {
    use redoubt_domain::seams::Classifier as _;
    let folder = encoder().write();
    let digest = Transformer::load(&options(folder.path())).unwrap().model();
    let asked = redoubt_infer::Options { digest: Some(digest), ..options(folder.path()) };
    assert!(Transformer::load(&asked).is_ok());
    let mut other = encoder();
    other.head.as_mut().unwrap().get_mut("output.bias").unwrap().1[0] += 1e-6;
    let folder = other.write();
    let asked = redoubt_infer::Options { folder: folder.path().to_owned(), ..asked };
    assert!(matches!(Transformer::load(&asked), Err(LoadError::Digest { .. })));
}
