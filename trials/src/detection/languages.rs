//! Languages as the sets name them.

use crate::Outcome;

/// Our code, and what the sets call it. Some files bear the code of a country.
const LANGUAGES: &[(&str, &[&str])] = &[
    ("ar", &["Arabic"]),
    ("bn", &["Bengali"]),
    ("de", &["German"]),
    ("en", &["English"]),
    ("es", &["Spanish"]),
    ("fa", &["Persian"]),
    ("fr", &["French"]),
    ("hi", &["Hindi"]),
    ("id", &["Indonesian"]),
    ("it", &["Italian"]),
    ("ja", &["Japanese", "jp"]),
    ("ko", &["Korean", "kr"]),
    ("ms", &["Malay", "my"]),
    ("pt", &["Portuguese"]),
    ("ru", &["Russian"]),
    ("sw", &["Swahili", "kw"]),
    ("th", &["Thai"]),
    ("tl", &["Filipino/Tagalog", "Tagalog", "Filipino"]),
    ("tr", &["Turkish"]),
    ("ur", &["Urdu"]),
    ("vi", &["Vietnamese"]),
    ("yue", &["Cantonese", "ca"]),
    ("zh", &["Chinese", "Chinese (Simplified)", "Mandarin", "cn"]),
];

/// Our code for what a set says.
pub(super) fn parse(name: &str) -> Outcome<&'static str> {
    let is = |(code, names): &&(&'static str, &[&str])| *code == name || names.contains(&name);
    LANGUAGES.iter().find(is).map(|(code, _)| *code).ok_or_else(|| format!("`{name}` is no known language"))
}

/// The language that a file's name ends with, as in `prompts_fr.public.jsonl` and `mlc-ipv-jp.jsonl`.
pub(super) fn of_file(file: &str) -> Outcome<&'static str> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let mut parts = name.split('.');
    let stem = parts.next().unwrap_or(name);
    let word = stem.rsplit(['_', '-']).next().unwrap_or(stem);
    // `xquad.de.public.json`
    let word = if word == stem { parts.next().unwrap_or(word) } else { word };
    parse(word).map_err(|reason| format!("`{file}`: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_their_names() {
        let check = |name: &str, expected: &str| assert_eq!(parse(name).as_deref(), Ok(expected));
        check("fr", "fr");
        check("French", "fr");
        check("jp", "ja");
        assert!(parse("Klingon").is_err());
        let check = |file: &str, expected: &str| assert_eq!(of_file(file).as_deref(), Ok(expected));
        check("a/moonshot_promptinjection2_ms.public.jsonl", "ms");
        check("a/mlc-ipv-jp.jsonl", "ja");
        check("rag/xquad/xquad.de.public.json", "de");
        assert!(of_file("a/b.json").is_err());
    }
}
