//! The scanner agrees with serde_json on what is JSON and on what it says, but for what it refuses on purpose.

use proptest::prelude::*;
use redoubt_wire::DecodeError;
use redoubt_wire::json::{Document, Duplicates, Kind, Value, quote};
use serde_json::Value as Json;

fn is_valid(text: &[u8]) -> bool {
    Document::read(text, 100, Duplicates::Keep).is_ok()
}

/// The tree as serde_json would have it.
fn tree(value: Value<'_>) -> Json {
    match value.kind() {
        Kind::Array => value.items().map(tree).collect(),
        Kind::Object => value
            .members()
            .map(|(key, member)| (key.text().unwrap().into_owned(), tree(member)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Kind::String => value.text().unwrap().into_owned().into(),
        Kind::Null | Kind::Bool | Kind::Number | Kind::Numbers => serde_json::from_str(value.literal()).unwrap(),
    }
}

/// Any JSON, keys never twice in one object.
pub(crate) fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9).prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        "[\"\\\\/\u{0}-\u{1f}\u{e000}😀a-c]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((any::<String>(), inner), 0..20)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_alike(json in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
        let document = Document::read(text.as_bytes(), 100, Duplicates::Refuse).unwrap();
        prop_assert_eq!(tree(document.root()), serde_json::from_str::<Json>(&text).unwrap());
        prop_assert_eq!(document.root().literal(), text.trim());
    }

    #[test]
    fn broken_text_is_refused_alike(json in json(), at: prop::sample::Index, with in prop::sample::select(b"\"\\{}[],:0-e.u \n\x01\xffn".to_vec()), cut: bool) {
        let mut text = serde_json::to_vec(&json).unwrap();
        let at = at.index(text.len());
        if cut { text.truncate(at) } else { text[at] = with }
        let theirs = serde_json::from_slice::<Json>(&text);
        // serde_json refuses numbers beyond f64, which are JSON all the same.
        let is_range = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        prop_assert!(is_range || is_valid(&text) == theirs.is_ok(), "{:?} {:?}", String::from_utf8_lossy(&text), theirs);
    }

    #[test]
    fn any_bytes_are_judged_alike(text in "[\\[\\]{}\",:0-9eE.+\\-\\\\untrfalsed ]{0,24}") {
        let theirs = serde_json::from_str::<Json>(&text);
        let is_range = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        prop_assert!(is_range || is_valid(text.as_bytes()) == theirs.is_ok(), "{text:?} {theirs:?}");
    }

    #[test]
    fn quoted_text_reads_back(text: String) {
        let mut literal = Vec::new();
        quote(&text, &mut literal);
        prop_assert_eq!(serde_json::from_slice::<String>(&literal).unwrap(), text.clone());
        let document = Document::read(&literal, 1, Duplicates::Refuse).unwrap();
        prop_assert_eq!(document.root().text().unwrap(), text);
    }
}

#[test]
fn each_refusal_names_its_byte() {
    let cases: [(&[u8], usize, &str); 14] = [
        (b"", 0, "the text ends too early"),
        (b"{\"a\":1", 6, "the text ends too early"),
        (b"[1,]", 3, "a value was expected"),
        (b"[1 2]", 3, "a comma or the end of the array or object was expected"),
        (b"{} x", 3, "text after the end"),
        (b"{a:1}", 1, "a key in quotes was expected"),
        (b"{\"a\" 1}", 5, "a colon was expected"),
        (b"\"a\nb\"", 2, "a control character within a string"),
        (b"\"\\ud800\"", 1, "half of a surrogate pair"),
        (b"\"\\udc00\"", 1, "half of a surrogate pair"),
        (b"\"\\x\"", 1, "an unknown escape"),
        (b"\"abc", 4, "the text ends within a string"),
        (b"[01]", 2, "a comma or the end of the array or object was expected"),
        (b"\"\xff\"", 1, "invalid UTF-8"),
    ];
    for (text, offset, problem) in cases {
        let error = Document::read(text, 10, Duplicates::Refuse).unwrap_err();
        assert_eq!(error, DecodeError::Json { offset, problem }, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn duplicate_keys_are_refused_however_they_are_written() {
    let many = (0..40).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",");
    let cases = [
        r#"{"a":1,"a":2}"#.to_owned(),
        r#"{"a":1,"\u0061":2}"#.to_owned(),
        r#"{"x":[{"a":1,"b":2,"a":3}]}"#.to_owned(),
        format!("{{{many},\"k\\u0037\":0}}"),
    ];
    for text in cases {
        let refused = Document::read(text.as_bytes(), 10, Duplicates::Refuse);
        assert!(matches!(refused, Err(DecodeError::Json { problem: "the same key twice", .. })), "{text}");
        assert!(Document::read(text.as_bytes(), 10, Duplicates::Keep).is_ok(), "{text}");
    }
    let last = Document::read(br#"{"a":1,"a":2}"#, 10, Duplicates::Keep).unwrap();
    assert_eq!(last.root().get("a").and_then(Value::whole), Some(2));
}

#[test]
fn depth_has_a_limit_and_needs_no_stack() {
    let deep = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(Document::read(&deep(128), 128, Duplicates::Refuse).is_ok());
    assert_eq!(
        Document::read(&deep(129), 128, Duplicates::Refuse).unwrap_err(),
        DecodeError::TooLarge { what: "nesting of JSON", max: 128 }
    );
    assert!(Document::read(&deep(1_000_000), 128, Duplicates::Refuse).is_err());
}
