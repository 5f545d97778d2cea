//! What a decoder could not read, in words for the record.

use redoubt_domain::decision::Unscanned;

/// How the names of opaque things begin, and the words for them. The names hold media types that callers
/// wrote, so none of them goes into the record as it is.
#[rustfmt::skip]
const TABLE: [(&str, &str); 16] = [
    ("application/pdf",       "a PDF file"),
    ("audio",                 "a recording"),
    ("earlier turns by id",   "earlier turns that the upstream keeps"),
    ("embedding",             "an embedding"),
    ("encrypted citation",    "an encrypted citation"),
    ("encrypted reasoning",   "encrypted reasoning"),
    ("encrypted tool result", "an encrypted tool result"),
    ("file by address",       "a file that the upstream fetches"),
    ("file by id",            "a file that the upstream keeps"),
    ("image",                 "an image"),
    ("item by id",            "an item that the upstream keeps"),
    ("media",                 "a recording or an image"),
    ("prompt by id",          "a prompt that the upstream keeps"),
    ("signature of reasoning", "a signature of reasoning"),
    ("tokens",                "tokens in place of text"),
    ("video",                 "a film"),
];

/// What is said of anything else.
const OTHER: &str = "a file that is not text";

/// Notes each kind of thing once.
pub(crate) fn note(opaque: &[String], unscanned: &mut Vec<Unscanned>) {
    for what in opaque {
        let reason = TABLE.iter().find(|(name, _)| what.starts_with(name)).map_or(OTHER, |(_, words)| words);
        let gap = Unscanned { segment: None, reason };
        if !unscanned.contains(&gap) {
            unscanned.push(gap);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_each_kind_once_and_nothing_a_caller_wrote() {
        let mut unscanned = Vec::new();
        let opaque = ["image/png", "image/4111111111111111", "x/ann@example.com", "tokens"].map(str::to_owned);
        note(&opaque, &mut unscanned);
        let reasons: Vec<&str> = unscanned.iter().map(|gap| gap.reason).collect();
        assert_eq!(reasons, ["an image", OTHER, "tokens in place of text"]);
    }
}
