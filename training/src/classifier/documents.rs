//! Ordinary documents in many languages, so that a language alone is no alarm: the pages of the tldr project (CC BY 4.0)
//! under `tldr/pages.LANGUAGE`, and the Universal Declaration of Human Rights under `udhr/LANGUAGE.html`.

use std::fs;
use std::path::{Path, PathBuf};

use super::SEED;
use super::rows::Labelled;
use crate::generate::{Random, hash};

/// Pages of each language.
const PAGES_MAX: usize = 120;
const BYTES_MIN: usize = 40;
/// Paragraphs of the declaration that make a document.
const PARAGRAPHS: (usize, usize) = (2, 9);

/// Reads a folder with either or both.
pub(super) fn read(folder: &Path) -> Result<Vec<Labelled>, String> {
    let mut found = Vec::new();
    let (tldr, udhr) = (folder.join("tldr"), folder.join("udhr"));
    if tldr.is_dir() {
        for pages in entries(&tldr)? {
            let name = name(&pages);
            let Some(language) = name.strip_prefix("pages.") else { continue };
            let mut files = Vec::new();
            for platform in entries(&pages)?.iter().filter(|path| path.is_dir()) {
                files.extend(entries(platform)?);
            }
            // A choice that depends on nothing but the names.
            files.sort_by_cached_key(|file| (hash(&name_of(file)), file.clone()));
            for file in files.iter().take(PAGES_MAX) {
                let text = text(file)?;
                if text.len() > BYTES_MIN {
                    found.push(Labelled::document(&text, "tldr", code(language)));
                }
            }
        }
    }
    if udhr.is_dir() {
        let mut random = Random::new(SEED);
        for file in entries(&udhr)? {
            let text = text(&file)?;
            let name = name(&file);
            let paragraphs: Vec<&str> = paragraphs(&text);
            let mut rest = paragraphs.as_slice();
            while !rest.is_empty() {
                let (these, left) = rest.split_at(random.between(PARAGRAPHS.0, PARAGRAPHS.1).min(rest.len()));
                found.push(Labelled::document(&these.join("\n"), "udhr", code(&name)));
                rest = left;
            }
        }
    }
    if found.is_empty() {
        return Err(format!("`{}` has neither `tldr/pages.LANGUAGE` nor `udhr/LANGUAGE.html`", folder.display()));
    }
    Ok(found)
}

/// What stands in the elements of an HTML page that hold running text and nothing else.
fn paragraphs(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (open, close) in [("<p>", "</p>"), ("<h2>", "</h2>"), ("<li>", "</li>")] {
        found.extend(page.match_indices(open).filter_map(|(at, _)| {
            let text = &page[at + open.len()..];
            Some((at, text.split_once(close)?.0)).filter(|(_, text)| !text.contains('<'))
        }));
    }
    found.sort_unstable();
    found.into_iter().map(|(_, text)| text).collect()
}

/// The two letters of a language, by which rows are put together.
fn code(language: &str) -> &str {
    language.get(..2).unwrap_or(language)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let complaint = |error| format!("cannot read `{}`: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(complaint)? {
        found.push(entry.map_err(complaint)?.path());
    }
    found.sort();
    Ok(found)
}

fn text(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn name_of(path: &Path) -> String {
    let folder = path.parent().map(name).unwrap_or_default();
    format!("{folder}/{}", name(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_text_is_taken_out_of_a_page() {
        let page = "<head><title>no</title></head><h2>One</h2><p>two three</p><p><b>no</b></p><li>four</li>";
        assert_eq!(paragraphs(page), ["One", "two three", "four"]);
    }
}
