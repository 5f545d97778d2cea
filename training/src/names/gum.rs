//! Names in the GUM corpus, which marks all that is spoken of and not only what has a name.
//!
//! A mention counts if its head is a proper noun. Of its words the name has those proper nouns that lie around the
//! head, with the little words between them, and no title: `former President Mary Doe of Ireland` names `Mary Doe`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::sentence::{Class, Name, Sentence};

/// The files of the corpus in CoNLL-U.
const FOLDER: &str = "ner/gum-upstream";
/// The sentences of which may be learned; the rest are kept to measure by.
const LEARNED: &str = "ner/gum/gum-train.conll";
/// Texts under CC BY: Wikinews. Those of other genres have other licences.
const GENRES: &[&str] = &["GUM_news_", "GUM_interview_"];

struct Token<'a> {
    start: usize,
    end: usize,
    form: &'a str,
    is_proper: bool,
}

/// Something that is spoken of: its tokens, those that are its core, and what it is.
#[derive(Debug, PartialEq, Eq)]
struct Mention {
    id: usize,
    first: usize,
    last: usize,
    head: usize,
    class: Class,
}

/// The sentences of the genres that may be learned from.
pub(crate) fn read(data: &Path, titles: &[String]) -> Result<Vec<Sentence>, String> {
    let read =
        |path: &Path| fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()));
    let learned: BTreeSet<String> = read(&data.join(LEARNED))?
        .split("\n\n")
        .map(|block| letters(&block.lines().filter_map(|line| line.split('\t').next()).collect::<String>()))
        .collect();
    let folder = data.join(FOLDER);
    let entries = fs::read_dir(&folder).map_err(|error| format!("cannot read `{}`: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    let is_free = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        GENRES.iter().any(|genre| name.starts_with(genre))
    };
    let mut sentences = Vec::new();
    for path in paths.iter().filter(|path| is_free(path)) {
        let text = read(path)?;
        let of_file = text.split("\n\n").filter_map(|block| sentence(block, titles));
        sentences.extend(of_file.filter(|sentence| learned.contains(&letters(&sentence.text))));
    }
    Ok(sentences)
}

/// A text as one compares it whatever its tokens are.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn sentence(block: &str, titles: &[String]) -> Option<Sentence> {
    let text = block.lines().find_map(|line| line.strip_prefix("# text = "))?.to_owned();
    let (mut tokens, mut mentions, mut open) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0;
    for line in block.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [number, form, _, _, tag, _, _, _, _, more] = columns.as_slice() else { continue };
        // `3-4` and `3.1` are no tokens of their own.
        if number.parse::<usize>().is_err() {
            continue;
        }
        let start = at + text.get(at..)?.find(*form)?;
        at = start + form.len();
        let is_proper = matches!(*tag, "NNP" | "NNPS");
        if let Some(marks) = more.split('|').find_map(|part| part.strip_prefix("Entity=")) {
            read_marks(marks, tokens.len(), &mut open, &mut mentions);
        }
        tokens.push(Token { start, end: at, form, is_proper });
    }
    let mut names: Vec<Name> = mentions.iter().filter_map(|mention| name(&tokens, mention, titles)).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.span.len()));
    let mut kept: Vec<Name> = Vec::new();
    for name in names {
        if !kept.iter().any(|other| other.span.start < name.span.end && name.span.start < other.span.end) {
            kept.push(name);
        }
    }
    kept.sort_by_key(|name| name.span.start);
    Some(Sentence { text, names: kept, knows_other: false })
}

/// Reads the marks of one token: `(3-person-new-sssss-cf1-1,2-sgl` opens a mention, `3)` closes it.
fn read_marks(marks: &str, at: usize, open: &mut Vec<Mention>, closed: &mut Vec<Mention>) {
    let mut rest = marks;
    while !rest.is_empty() {
        let end = rest.get(1..).and_then(|rest| rest.find(['(', ')'])).map_or(rest.len(), |end| end + 1);
        let (mark, behind) = rest.split_at(end);
        let closes = behind.starts_with(')');
        rest = behind.strip_prefix(')').unwrap_or(behind);
        let (is_new, fields) = match mark.strip_prefix('(') {
            Some(fields) => (true, fields),
            None => (false, mark),
        };
        let fields: Vec<&str> = fields.split('-').collect();
        let Some(id) = fields.first().and_then(|id| id.parse().ok()) else { continue };
        if is_new {
            let class = match fields.get(1) {
                Some(&"person") => Class::Person,
                Some(&"place") => Class::Place,
                Some(&"organization") => Class::Organisation,
                _ => Class::Other,
            };
            let core = fields.get(5).and_then(|core| core.split(',').next_back()?.parse::<usize>().ok()).unwrap_or(1);
            open.push(Mention { id, first: at, last: at, head: at + core.saturating_sub(1), class });
        }
        if closes && let Some(place) = open.iter().rposition(|mention| mention.id == id) {
            let mut mention = open.remove(place);
            mention.last = at;
            closed.push(mention);
        }
    }
}

/// The name of a mention, if it has one.
fn name(tokens: &[Token<'_>], mention: &Mention, titles: &[String]) -> Option<Name> {
    const JOINTS: &[&str] = &["of", "the", "and", "for", "de", "&", "-", "'s"];
    let is_proper =
        |at: usize| (mention.first..=mention.last).contains(&at) && tokens.get(at).is_some_and(|token| token.is_proper);
    let joins = |at: usize| mention.class != Class::Person && tokens.get(at).is_some_and(|t| JOINTS.contains(&t.form));
    if mention.class == Class::Other || !is_proper(mention.head) {
        return None;
    }
    let (mut first, mut last) = (mention.head, mention.head);
    loop {
        first = match first {
            1.. if is_proper(first - 1) => first - 1,
            2.. if joins(first - 1) && is_proper(first - 2) => first - 2,
            3.. if joins(first - 1) && joins(first - 2) && is_proper(first - 3) => first - 3,
            _ => break,
        };
    }
    loop {
        last = match last {
            _ if is_proper(last + 1) => last + 1,
            _ if joins(last + 1) && is_proper(last + 2) => last + 2,
            _ if joins(last + 1) && joins(last + 2) && is_proper(last + 3) => last + 3,
            _ => break,
        };
    }
    let is_title = |at: usize| {
        let word = tokens.get(at).map_or("", |token| token.form).trim_end_matches('.').to_lowercase();
        titles.contains(&word)
    };
    while mention.class == Class::Person && first < last && is_title(first) {
        first += 1;
    }
    let span = tokens.get(first)?.start..tokens.get(last)?.end;
    Some(Name { span, class: mention.class })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, tokens: &[(&str, &str, &str)], expected: &str) {
        let mut block = format!("# text = {text}");
        for (at, (form, tag, marks)) in tokens.iter().enumerate() {
            block.push_str(&format!("\n{}\t{form}\t_\t_\t{tag}\t_\t_\t_\t_\t{marks}", at + 1));
        }
        let titles = ["president".to_owned()];
        let sentence = sentence(&block, &titles).unwrap();
        let names: Vec<String> =
            sentence.names.iter().map(|name| format!("{:?} {}", name.class, &text[name.span.clone()])).collect();
        assert_eq!(names.join(", "), expected, "{text}");
    }

    #[test]
    fn names_are_taken_from_what_is_spoken_of() {
        check(
            "Former President Mary Doe of Ireland spoke.",
            &[
                ("Former", "JJ", "Entity=(1-person-new-sssss-cf1-3,4-sgl"),
                ("President", "NNP", "_"),
                ("Mary", "NNP", "_"),
                ("Doe", "NNP", "_"),
                ("of", "IN", "_"),
                ("Ireland", "NNP", "Entity=(2-place-new-sssss-cf2-1-sgl-Ireland)1)"),
                ("spoke", "VBD", "SpaceAfter=No"),
                (".", ".", "_"),
            ],
            "Person Mary Doe, Place Ireland",
        );
        check(
            "The University of Graz hired the director.",
            &[
                ("The", "DT", "Entity=(1-organization-new-s-cf1-2-sgl"),
                ("University", "NNP", "_"),
                ("of", "IN", "_"),
                ("Graz", "NNP", "Entity=(2-place-new-s-cf2-1-sgl)1)"),
                ("hired", "VBD", "_"),
                ("the", "DT", "Entity=(3-person-new-s-cf3-2-sgl"),
                ("director", "NN", "Entity=3)"),
                (".", ".", "_"),
            ],
            "Organisation University of Graz",
        );
    }

    #[test]
    fn a_block_without_a_text_is_no_sentence() {
        assert!(sentence("", &[]).is_none() && sentence("1\tx\t_\t_\tNN\t_\t_\t_\t_\t_", &[]).is_none());
    }
}
