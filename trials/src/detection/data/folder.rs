//! The folder with the data.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::conll::{self, Sentence};
use super::record::{self, Format, Record};
use crate::Outcome;

/// The largest labelled file that is of use here; more is a mistake of whoever named it.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// How the folder should look, for whoever has none.
const LAYOUT: &str = "it should be a folder with a folder for each topic, as in \
    `injection/deepset/train.jsonl`, `indirect_injection/bipia/email_train.jsonl`, `benign/shirepy/templated_benign.csv`, \
    `toxicity/olid/dev.tsv`, `harmful_prompts/advbench/harmful_behaviors.csv`, \
    `pii/presidio_research/synth_dataset_v2.public.json`, `ner/wikigold/wikigold.conll.txt`, \
    `secrets/gitleaks/rule_samples.public.jsonl`; each set that is missing is named and left out";

pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Outcome<Self> {
        if !path.is_dir() {
            return Err(format!("there is no folder `{}`: {LAYOUT}", path.display()));
        }
        Ok(Self { root: path.to_owned() })
    }

    /// Why nothing could be measured.
    pub(crate) fn empty(&self) -> String {
        format!("the folder `{}` has none of the sets: {LAYOUT}", self.root.display())
    }

    /// The files that a pattern names, in the order of their names. In the last part a `*`
    /// stands for anything and a `?` for one character.
    pub(crate) fn files(&self, pattern: &str) -> Outcome<Vec<String>> {
        let (parent, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        if !name.contains(['*', '?']) {
            return Ok(if self.root.join(pattern).is_file() { vec![pattern.to_owned()] } else { Vec::new() });
        }
        let folder = self.root.join(parent);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let failed = |error: std::io::Error| format!("cannot list `{}`: {error}", folder.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(found_name) = entry.file_name().into_string() else { continue };
            if fits(name, &found_name) && entry.path().is_file() {
                found.push(if parent.is_empty() { found_name } else { format!("{parent}/{found_name}") });
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    pub(crate) fn read(&self, file: &str) -> Outcome<String> {
        let path = self.root.join(file);
        let failed = |error: std::io::Error| format!("cannot read `{}`: {error}", path.display());
        let bytes = fs::metadata(&path).map_err(failed)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(format!("`{file}` has {bytes} bytes; at most {FILE_BYTES_MAX} are read"));
        }
        fs::read_to_string(&path).map_err(failed)
    }

    pub(crate) fn records(&self, file: &str, format: Format) -> Outcome<Vec<Record>> {
        record::parse(&Arc::from(file), &self.read(file)?, format)
    }

    pub(crate) fn sentences(&self, file: &str) -> Outcome<Vec<Sentence>> {
        conll::parse(file, &self.read(file)?)
    }
}

/// Whether a name is as the pattern says.
fn fits(pattern: &str, name: &str) -> bool {
    let mut characters = pattern.chars();
    let rest = characters.as_str();
    match characters.next() {
        None => name.is_empty(),
        Some('*') => (0..=name.len()).any(|at| name.get(at..).is_some_and(|name| fits(characters.as_str(), name))),
        Some('?') => {
            let mut name = name.chars();
            name.next().is_some() && fits(characters.as_str(), name.as_str())
        }
        Some(_) => {
            let end = rest.find(['*', '?']).unwrap_or(rest.len());
            let (plain, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            name.strip_prefix(plain).is_some_and(|name| fits(after, name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_files_in_order() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("a")).expect("a folder");
        for name in ["a/two.jsonl", "a/one.jsonl", "a/one.csv", "three.jsonl"] {
            fs::write(root.path().join(name), "x").expect("a file");
        }
        let folder = Folder::open(root.path()).expect("a folder");
        let check = |pattern: &str, expected: &[&str]| assert_eq!(folder.files(pattern).expect("a list"), expected);
        check("a/*.jsonl", &["a/one.jsonl", "a/two.jsonl"]);
        check("a/one*", &["a/one.csv", "a/one.jsonl"]);
        check("a/one.csv", &["a/one.csv"]);
        check("*.jsonl", &["three.jsonl"]);
        check("b/*.jsonl", &[]);
        check("a/four.csv", &[]);
        // The two ends may not share a letter.
        check("a/one.csv*v", &[]);
        check("a/*.js??l", &["a/one.jsonl", "a/two.jsonl"]);
        check("a/???.csv", &["a/one.csv"]);
        check("a/??.csv", &[]);
        check("a/*n*c*", &["a/one.csv"]);
    }

    #[test]
    fn who_has_no_data_is_told_how_it_should_look() {
        let Err(reason) = Folder::open(Path::new("/nowhere/at/all")) else { panic!("there is such a folder") };
        assert!(reason.contains("`/nowhere/at/all`") && reason.contains("injection/deepset/train.jsonl"), "{reason}");
    }
}
