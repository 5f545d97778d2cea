use redoubt_domain::settings::{self, Entry, Mistake, Node, Value};

use super::*;

fn node(value: Value) -> Node {
    Node { span: 0..1, value }
}

fn text(text: &str) -> Node {
    node(Value::String(text.to_owned()))
}

fn list(words: &[&str]) -> Node {
    node(Value::Array(words.iter().map(|word| text(word)).collect()))
}

fn table(entries: Vec<(&str, Node)>) -> Node {
    let entry = |(key, node): (&str, Node)| Entry { key: key.to_owned(), key_span: 0..1, node };
    node(Value::Table(entries.into_iter().map(entry).collect()))
}

fn mistakes(document: &Node) -> Vec<Mistake> {
    settings::read(document, Policy::read).unwrap_err()
}

#[test]
fn a_configured_rule_takes_the_place_of_the_profiles() {
    let rule = table(vec![
        ("name", text("personal_data_input")),
        ("labels", list(&["EMAIL_ADDRESS"])),
        ("action", text("transform")),
        ("transform", text("hash")),
        ("directions", list(&["input"])),
        ("score_min", node(Value::Float(0.25))),
    ]);
    let document = table(vec![("rules", node(Value::Array(vec![rule]))), ("without", list(&["leaks"]))]);
    let policy = settings::read(&document, Policy::read).unwrap();
    let replaced: Vec<&Rule> = policy.rules().iter().filter(|rule| rule.name == "personal_data_input").collect();
    assert_eq!(replaced.len(), 1);
    assert_eq!((replaced[0].verb, replaced[0].score_min), (Verb::Transform("hash"), 0.25));
    assert!(policy.rules().iter().all(|rule| rule.name != "leaks"));
}

#[test]
fn every_mistake_is_told_with_what_was_probably_meant() {
    let rule = table(vec![
        ("name", text("mine")),
        ("labels", list(&["EMAIL_ADRESS"])),
        ("detectors", list(&["emial"])),
        ("action", text("trnsform")),
        ("transform", text("redakt")),
        ("score_min", node(Value::Float(1.5))),
        ("colour", text("red")),
    ]);
    let document = table(vec![
        ("profile", text("defualt")),
        ("without", list(&["leeks"])),
        ("rules", node(Value::Array(vec![rule]))),
        ("canaries", list(&[" "])),
    ]);
    let found = mistakes(&document);
    let suggested: Vec<&str> = found.iter().filter_map(|mistake| mistake.suggestion.as_deref()).collect();
    for meant in ["EMAIL_ADDRESS", "email", "transform", "redact", "default", "leaks"] {
        assert!(suggested.contains(&meant), "{meant} is not among {found:?}");
    }
    for path in ["rules[0].score_min", "rules[0].colour", "canaries"] {
        assert!(found.iter().any(|mistake| mistake.path == path), "{path} is not among {found:?}");
    }
}

#[test]
fn a_transform_that_no_action_uses_is_a_mistake() {
    let rule = table(vec![("name", text("mine")), ("action", text("block")), ("transform", text("mask"))]);
    let found = mistakes(&table(vec![("rules", node(Value::Array(vec![rule])))]));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_digest_names_one_policy() {
    let digests = Profile::ALL.map(|(_, profile)| Policy::profile(profile).digest());
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
    assert_eq!(digests[0], Policy::profile(Profile::Default).digest());
    let words = |word: &str| Parameters { banned_words: vec![word.to_owned()], ..Parameters::default() };
    let with = |word| Policy::profile(Profile::Default).with_parameters(words(word)).digest();
    assert_ne!(with("a"), with("b"));
    let allowing = Parameters { allowed: vec!["a".to_owned()], ..Parameters::default() };
    assert_ne!(Policy::profile(Profile::Default).with_parameters(allowing).digest(), digests[0]);
    assert_ne!(Policy::profile(Profile::Default).without("leaks").digest(), digests[0]);
}

#[test]
fn the_settings_describe_themselves() {
    let described = settings::describe(Policy::read);
    let keys: Vec<&str> = described.properties.iter().map(|(key, _, _)| *key).collect();
    for key in ["profile", "without", "rules", "banned_words", "canaries", "link_hosts", "text_bytes_max"] {
        assert!(keys.contains(&key), "{key}");
    }
}

#[test]
fn rules_speak_of_values_that_the_policy_describes() {
    let recognizer = |patterns: &[&str], score: f64| {
        table(vec![
            ("label", text("EMPLOYEE_ID")),
            ("patterns", list(patterns)),
            ("score", node(Value::Float(score))),
            ("checksum", text("luhn")),
            ("examples", list(&["EMP-79927398713"])),
        ])
    };
    let rule = |label: &str| table(vec![("name", text("own")), ("labels", list(&[label])), ("action", text("block"))]);
    let document = |recognizers: Vec<Node>, label: &str| {
        table(vec![("rules", node(Value::Array(vec![rule(label)]))), ("recognizers", node(Value::Array(recognizers)))])
    };
    let good = "EMP-[0-9]{11}";
    let policy = settings::read(&document(vec![recognizer(&[good], 0.6)], "EMPLOYEE_ID"), Policy::read).unwrap();
    assert_eq!(policy.rules()[0].labels, ["EMPLOYEE_ID"]);
    let definition = policy.parameters().recognizers[0].definition();
    assert!((definition.score - 0.6).abs() < 1e-6 && (definition.score_in_context - 0.95).abs() < 1e-6);
    let other = settings::read(&document(vec![recognizer(&[good], 0.7)], "EMPLOYEE_ID"), Policy::read).unwrap();
    assert_ne!(policy.digest(), other.digest());

    // The label of a wrong recogniser is known; what is wrong is said once, where it is written.
    let found = mistakes(&document(vec![recognizer(&[good, "EMP-[0-9]+"], 0.6)], "EMPLOYEE_ID"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].path, "recognizers[0].patterns");
    assert_eq!(found[0].suggestion.as_deref(), Some("EMP-[0-9]{1,32}"));
    let found = mistakes(&document(vec![recognizer(&[good], 0.6)], "EMPLOYE_ID"));
    assert_eq!(found[0].suggestion.as_deref(), Some("EMPLOYEE_ID"));
    let found = mistakes(&document(vec![recognizer(&["EMP-[0-9]{10}"], 0.6)], "EMPLOYEE_ID"));
    assert!(found.len() == 1 && found[0].reason.contains("`EMP-79927398713`"), "{found:?}");
    let found = mistakes(&document(vec![recognizer(&[good], 0.6); 65], "EMPLOYEE_ID"));
    assert!(found.iter().any(|mistake| mistake.path == "recognizers"), "{found:?}");
}

#[test]
fn what_comes_back_comes_from_a_request() {
    for (transform, direction, meant) in [
        ("anonymize", "output", Some("use `replace`")),
        ("surrogate", "output", Some("use `surrogate_one_way`")),
        ("surrogate", "input", None),
        ("surrogate_one_way", "output", None),
    ] {
        let rule = table(vec![
            ("name", text("mine")),
            ("directions", list(&[direction])),
            ("action", text("transform")),
            ("transform", text(transform)),
        ]);
        let read = settings::read(&table(vec![("rules", node(Value::Array(vec![rule])))]), Policy::read);
        let reason = read.err().map(|mistakes| mistakes[0].reason.clone());
        assert_eq!(reason.is_some(), meant.is_some(), "{transform} {direction}");
        assert!(reason.zip(meant).is_none_or(|(reason, meant)| reason.contains(meant)), "{transform}");
    }
}
