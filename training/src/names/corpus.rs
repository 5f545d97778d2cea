//! Labelled texts, most of them in columns: a token and its label on a line, an empty line between sentences.

use std::fs;
use std::path::Path;

use super::gum;
use super::sentence::{Class, Sentence};

/// A set of labelled texts.
pub(crate) struct Corpus {
    pub(crate) id: &'static str,
    /// Where its files lie under the folder of data; none for GUM, which has a form of its own.
    files: &'static [&'static str],
    /// Whether names of other things are marked.
    knows_other: bool,
}

/// Every set that may be learned from: under CC BY or the MIT licence, all of them.
pub(crate) const CORPORA: &[Corpus] = &[
    Corpus { id: "wikigold", files: &["ner/wikigold/wikigold.conll.txt"], knows_other: true },
    Corpus {
        id: "wnut17",
        files: &["ner/wnut17/wnut17train.conll", "ner/wnut17/emerging.dev.conll"],
        knows_other: true,
    },
    Corpus {
        id: "btc",
        files: &["ner/btc/a.conll", "ner/btc/b.conll", "ner/btc/e.conll", "ner/btc/f.conll", "ner/btc/g.conll"],
        knows_other: false,
    },
    Corpus {
        id: "crossner",
        files: &[
            "ner/crossner/politics/train.txt",
            "ner/crossner/politics/dev.txt",
            "ner/crossner/politics/test.txt",
            "ner/crossner/science/train.txt",
            "ner/crossner/science/dev.txt",
            "ner/crossner/science/test.txt",
            "ner/crossner/music/train.txt",
            "ner/crossner/music/dev.txt",
            "ner/crossner/music/test.txt",
            "ner/crossner/literature/train.txt",
            "ner/crossner/literature/dev.txt",
            "ner/crossner/literature/test.txt",
            "ner/crossner/ai/train.txt",
            "ner/crossner/ai/dev.txt",
            "ner/crossner/ai/test.txt",
        ],
        knows_other: true,
    },
    Corpus { id: "gum", files: &[], knows_other: false },
];

impl Corpus {
    pub(crate) fn read(&self, data: &Path, titles: &[String]) -> Result<Vec<Sentence>, String> {
        if self.files.is_empty() {
            return gum::read(data, titles);
        }
        let mut sentences = Vec::new();
        for file in self.files {
            let path = data.join(file);
            let text =
                fs::read_to_string(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
            sentences.extend(text.split("\n\n").map(|block| self.sentence(block)).filter(|s| !s.text.is_empty()));
        }
        Ok(sentences)
    }

    fn sentence(&self, block: &str) -> Sentence {
        let mut sentence = Sentence { knows_other: self.knows_other, ..Sentence::default() };
        let rows: Vec<(&str, &str)> = block
            .lines()
            .filter_map(|line| {
                let line = line.trim_end();
                let word = line.split(['\t', ' ']).next().filter(|word| !word.is_empty())?;
                let label = line.rsplit(['\t', ' ']).next()?;
                (word != "-DOCSTART-").then_some((word, label))
            })
            .collect();
        let mut open: Option<Class> = None;
        let mut after_handle = false;
        let mut is_joined = true;
        for (at, (word, label)) in rows.iter().enumerate() {
            let is_handle = word.starts_with('@') || after_handle;
            after_handle = *word == "@";
            // A handle is an address, not a name.
            let class = class_of(label).filter(|_| !is_handle);
            let begins = label.starts_with("B-") || open != class;
            let closes =
                matches!(*word, "." | "," | ";" | ":" | "!" | "?" | ")" | "]" | "}" | "%" | "'s" | "n't" | "’s");
            if !(is_joined || closes) {
                sentence.push(" ");
            }
            is_joined = matches!(*word, "(" | "[" | "{" | "$" | "#" | "@") && at + 1 < rows.len();
            match class {
                Some(class) if begins => sentence.push_name(word, class),
                Some(_) => {
                    sentence.push(word);
                    let end = sentence.text.len();
                    if let Some(name) = sentence.names.last_mut() {
                        name.span.end = end;
                    }
                }
                None => sentence.push(word),
            }
            open = class;
        }
        sentence
    }
}

fn class_of(label: &str) -> Option<Class> {
    Some(match label.split_once('-')?.1 {
        "PER" | "person" | "Person" => Class::Person,
        "politician" | "writer" | "musicalartist" | "scientist" | "researcher" => Class::Person,
        "LOC" | "location" | "Location" | "country" => Class::Place,
        "ORG" | "corporation" | "group" | "Organisation" => Class::Organisation,
        "organisation" | "politicalparty" | "university" | "band" | "magazine" => Class::Organisation,
        // Whatever else a set has names for: works, prizes, elections, products, peoples.
        _ => Class::Other,
    })
}
