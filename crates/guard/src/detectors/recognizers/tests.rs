use redoubt_domain::decision::Action;
use redoubt_domain::exchange::{Direction, Origin};
use redoubt_domain::finding::Severity;
use redoubt_domain::limits::Limits;

use super::super::examples::{self, is_sound};
use super::super::{Parameters, phrases};
use super::*;
use crate::Engine;
use crate::policy::{Policy, Profile, Verb};

fn definition() -> Definition {
    Definition {
        label: "EMPLOYEE_ID".to_owned(),
        patterns: Vec::new(),
        words: Vec::new(),
        context: Vec::new(),
        score: 0.5,
        score_in_context: 0.85,
        needs_context: false,
        severity: Severity::Medium,
        checksum: None,
        examples: Vec::new(),
        counterexamples: Vec::new(),
    }
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn patterns(patterns: &[&str]) -> Definition {
    Definition { patterns: list(patterns), ..definition() }
}

/// The detector of patterns finds these texts with these scores, and keeps a stream waiting for no less.
#[track_caller]
fn check(definition: &Definition, text: &str, expected: &str) {
    let recognizer = Recognizer::new(definition.clone()).unwrap();
    let detectors = recognizer.detectors();
    let mut found = examples::find(&*detectors[0], text);
    found.sort_by_key(|found| found.span.start);
    let lines: Vec<String> =
        found.iter().map(|found| format!("{:.2} `{}`", found.score, &text[found.span.clone()])).collect();
    assert_eq!(lines.join("\n"), expected, "in {text:?}");
    is_sound(&*detectors[0], text);
}

#[track_caller]
fn wrong(definition: Definition, key: &str, item: Option<usize>, reason: &str, meant: Option<&str>) {
    let flaws = Recognizer::new(definition).unwrap_err();
    let flaw = flaws.iter().find(|flaw| flaw.key == key && flaw.item == item);
    let flaw = flaw.unwrap_or_else(|| panic!("nothing about `{key}` {item:?} in {flaws:?}"));
    assert!(flaw.reason.contains(reason), "{flaw:?}");
    assert_eq!(flaw.suggestion.as_deref(), meant, "{flaw:?}");
}

#[test]
fn a_pattern_is_found_where_it_stands_alone() {
    let number = patterns(&["EMP-[0-9]{6}"]);
    for (text, expected) in [
        ("EMP-123456", "0.50 `EMP-123456`"),
        ("Ask EMP-123456, or EMP-654321.", "0.50 `EMP-123456`\n0.50 `EMP-654321`"),
        ("scan_EMP-123456.pdf", "0.50 `EMP-123456`"),
        ("社員EMP-123456です", "0.50 `EMP-123456`"),
        ("TEMP-123456", ""),
        ("EMP-1234567", ""),
        ("EMP-12345", ""),
        ("EMP-123456x", ""),
        ("emp-123456", ""),
        ("EMP 123456", ""),
        ("EMP-", ""),
        ("", ""),
    ] {
        check(&number, text, expected);
    }
    for hyphen in ["EMP\u{2010}123456", "EMP\u{2013}123456", "EMP\u{2212}123456"] {
        check(&number, hyphen, &format!("0.50 `{hyphen}`"));
        check(&patterns(&["EMP[ -][0-9]{6}"]), hyphen, &format!("0.50 `{hyphen}`"));
    }
    check(&patterns(&["(?i)emp-[0-9]{6}"]), "Emp-123456", "0.50 `Emp-123456`");
    check(&patterns(&["#[0-9]{4}"]), "issue#1234 and #12345", "0.50 `#1234`");
}

#[test]
fn the_longest_match_that_stands_alone_counts() {
    let parts = patterns(&["[A-Z]{2}[0-9]{4}(-[0-9]{2})?"]);
    check(&parts, "AB1234-56", "0.50 `AB1234-56`");
    check(&parts, "AB1234-56x", "0.50 `AB1234`");
    check(&parts, "AB1234-5", "0.50 `AB1234`");
    check(&parts, "AB12345", "");
    let either = patterns(&["EMP-[0-9]{4}|EMP-[0-9]{6}", "EMP-[0-9]{8}"]);
    check(&either, "EMP-123456 EMP-1234 EMP-12345678", "0.50 `EMP-123456`\n0.50 `EMP-1234`\n0.50 `EMP-12345678`");
    check(&either, "EMP-12345 EMP-1234567", "");
    // More ends than are weighed: the longest of them.
    check(&patterns(&["a( a){0,20}"]), "a a a a a a a a a a a a", &{
        let whole = "a a a a a a a a a a a a";
        (0..12).map(|at| format!("0.50 `{}`", &whole[2 * at..])).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn the_ends_of_words_are_understood() {
    for pattern in [r"\bEMP-[0-9]{6}\b", r"\b(?:EMP|STAFF)-[0-9]{6}", r"\bEMP-[0-9]{6}\b|\bX[0-9]{3}\b"] {
        check(&patterns(&[pattern]), "EMP-123456 TEMP-123456", "0.50 `EMP-123456`");
    }
}

#[test]
fn words_near_it_make_it_surer_or_make_it_one() {
    let raised =
        Definition { context: list(&["employee", "staff no", "Matrikel", "社員番号"]), ..patterns(&["[0-9]{6}"]) };
    for (text, expected) in [
        ("employee 123456", "0.85 `123456`"),
        ("Employees: 123456", "0.85 `123456`"),
        ("staff_no=123456", "0.85 `123456`"),
        ("{\"staffNo\": 123456}", "0.85 `123456`"),
        ("MATRIKEL 123456", "0.85 `123456`"),
        ("社員番号は123456", "0.85 `123456`"),
        ("123456 (employee)", "0.85 `123456`"),
        ("unemployee 123456", "0.50 `123456`"),
        ("order 123456", "0.50 `123456`"),
        ("123456, which nobody calls an employee", "0.50 `123456`"),
    ] {
        check(&raised, text, expected);
    }
    let needed = Definition { needs_context: true, ..raised };
    check(&needed, "order 123456", "");
    check(&needed, "the employee with 123456 and 654321", "0.85 `123456`\n0.85 `654321`");
}

#[test]
fn a_checksum_must_hold() {
    let cases = [
        (Checksum::Luhn, "7992-7398-713", "7992-7398-714"),
        (Checksum::Verhoeff, "2363", "2364"),
        (Checksum::Mod97, "3214282912345698765432161182", "3214282912345698765432161183"),
        (Checksum::Mod11, "079X", "0791"),
        (Checksum::Mod11, "0794 0", "0794 1"),
        (Checksum::Mod11And10, "86095742719", "86095742718"),
        (Checksum::Icao, "L898902C36", "L898902C37"),
    ];
    for (checksum, right, other) in cases {
        let checked = Definition { checksum: Some(checksum), ..patterns(&["[0-9A-Z -]{4,30}"]) };
        let recognizer = Recognizer::new(checked).unwrap();
        let detectors = recognizer.detectors();
        let finds = |text: &str| examples::find(&*detectors[0], text).iter().any(|found| found.span == (0..text.len()));
        assert!(finds(right), "{checksum:?} of {right}");
        assert!(!finds(other), "{checksum:?} of {other}");
        is_sound(&*detectors[0], &format!("see {right}, and {other}."));
    }
    for text in ["0000", "9", ""] {
        assert!(Checksum::ALL.iter().all(|(_, checksum)| !checksum.holds(text)), "{text}");
    }
}

#[test]
fn listed_words_are_found_however_they_are_spelt() {
    let listed = Definition {
        words: list(&["Project Falcon", "Zürich Süd", "隼计划"]),
        context: list(&["code name", "rückruf"]),
        ..definition()
    };
    let recognizer = Recognizer::new(listed).unwrap();
    let detectors = recognizer.detectors();
    assert_eq!(detectors.len(), 1);
    let check = |text: &str, expected: &[(&str, f32)]| {
        let found = phrases::tests::find(&*detectors[0], text, Origin::User);
        let text = crate::views::fold(text);
        let found: Vec<(&str, f32)> = found.iter().map(|found| (&text[found.span.clone()], found.score)).collect();
        assert_eq!(found, expected, "{text}");
        phrases::tests::check_sound(&*detectors[0], &text);
    };
    check("About project-falcon: done", &[("project falcon", 0.5)]);
    check("the code name is PR0JECT FALC0N", &[("project falcon", 0.85)]);
    check("project falcon (code name)", &[("project falcon", 0.85)]);
    check("Rückruf: Zurich Süd", &[("zurich sud", 0.85)]);
    check("我们的隼计划很好", &[("隼计划", 0.5)]);
    check("projects falcon", &[]);
    check("subproject falcon", &[]);
    check("", &[]);
}

#[test]
fn what_one_pass_cannot_find_is_refused_with_its_place() {
    let refused = |pattern: &str, reason: &str, meant: Option<&str>| {
        wrong(patterns(&["ok", pattern]), "patterns", Some(1), reason, meant);
    };
    refused(r"(?<=EMP-)\d{6}", "looks around at character 1", None);
    refused("é(?!x)", "looks around at character 2", None);
    refused(r"(a)\1", "refers back at character 4", None);
    refused("EMP-(", "is wrong at character 5: unclosed group", None);
    refused("[z-a]", "is wrong at character 2", None);
    refused(r"EMP-\d+", "repeats without end at character 7", Some(r"EMP-\d{1,32}"));
    refused("EMP-[0-9]{4,}", "for `{4,}`", Some("EMP-[0-9]{4,32}"));
    refused("EMP.*", "repeats without end at character 5", Some("EMP.{0,32}"));
    refused("^EMP-[0-9]{6}$", "`^` at character 1", Some("EMP-[0-9]{6}"));
    refused(r"EMP\B-[0-9]{6}", r"`\B` at character 4", Some("EMP-[0-9]{6}"));
    refused(r"EMP\b-[0-9]{6}", r"`\b` at character 4", Some("EMP-[0-9]{6}"));
    refused("[0-9]{0,6}", "fits the empty text", None);
    refused("", "fits the empty text", None);
    refused(r"\b", "fits the empty text", None);
    refused("[a&&b]", "no text fits", None);
    refused("[0-9]{300}", "of 300 bytes", None);
    refused(r"\w{60}", "automaton of more than 1024 KiB", None);
    refused("(?-u:\\xff)", "cannot be used", None);
    refused(&"(".repeat(40), "is wrong at character", None);
    refused(&"a".repeat(600), "of more than 512 bytes", None);
    refused("((a{0,99}){0,99}){0,99}", "fits the empty text", None);
    refused("(((a{1,99}){1,99}){1,99}){1,99}", "fits texts of", None);
}

#[test]
fn definitions_that_contradict_themselves_are_refused() {
    let good = || patterns(&["EMP-[0-9]{6}"]);
    wrong(Definition { label: "employee-id".into(), ..good() }, "label", None, "no label", Some("EMPLOYEE_ID"));
    wrong(Definition { label: "X".repeat(41), ..good() }, "label", None, "no label", None);
    wrong(Definition { label: "JAILBREAK".into(), ..good() }, "label", None, "not a value", None);
    wrong(definition(), "label", None, "neither `patterns` nor `words`", None);
    wrong(Definition { needs_context: true, ..good() }, "needs_context", None, "there is none", None);
    wrong(Definition { score: 1.5, score_in_context: 2.0, ..good() }, "score", None, "from 0 to 1", None);
    wrong(Definition { score: 0.9, ..good() }, "score_in_context", None, "lower than `score`", None);
    wrong(Definition { words: list(&["a", " -- "]), ..good() }, "words", Some(1), "a letter or a digit", None);
    wrong(Definition { context: list(&["x"; 65]), ..good() }, "context", None, "65 items, of at most 64", None);
    wrong(
        Definition { checksum: Some(Checksum::Luhn), patterns: vec![], words: list(&["x"]), ..good() },
        "checksum",
        None,
        "only what `patterns`",
        None,
    );
    // A label of the product is that of a value, too.
    assert!(Recognizer::new(Definition { label: "PHONE_NUMBER".into(), ..good() }).is_ok());
}

#[test]
fn examples_are_kept() {
    let with = |examples: &[&str], counterexamples: &[&str]| Definition {
        examples: list(examples),
        counterexamples: list(counterexamples),
        words: list(&["falcon"]),
        ..patterns(&["EMP-[0-9]{6}"])
    };
    assert!(Recognizer::new(with(&["see EMP-123456", "ＥＭＰ－123456", "f4lc0n"], &["TEMP-123456"])).is_ok());
    wrong(with(&["EMP-123456", "EMP-12345"], &[]), "examples", Some(1), "`EMP-12345`", None);
    wrong(with(&[], &["EMP-1", "see EMP-123456"]), "counterexamples", Some(1), "`see EMP-123456`", None);
}

fn engine(definition: Definition, verb: Verb) -> Engine {
    let label = Recognizer::new(definition.clone()).unwrap().label();
    let parameters = Parameters {
        recognizers: vec![Recognizer::new(definition).unwrap()],
        allowed: list(&["emp-000001"]),
        ..Parameters::default()
    };
    let rule = crate::testing::rule("own", label, verb);
    let policy = Policy::profile(Profile::Default).with_rules(vec![rule]).with_parameters(parameters);
    Engine::new(policy, Limits::default()).unwrap()
}

#[test]
fn disguises_are_undone() {
    let found = engine(patterns(&["EMP-[0-9]{6}"]), Verb::Block);
    for text in [
        "EMP-123456",
        "ＥＭＰ－１２３４５６",
        "E\u{200b}MP-12\u{200d}3456",
        "EМР-123456",
        "look: RU1QLTEyMzQ1NiBhbmQgbW9yZQ==",
        "454d502d313233343536",
        "EMP%2D123456",
        "\\u0045MP-123456",
        "EMP&#45;123456",
        "EMP\u{2010}123456",
    ] {
        let scan = found.scan(text, Origin::User, Direction::Input);
        assert_eq!(scan.action, Action::Block, "{text}");
    }
    for text in ["EMP-12345", "emp-000001", "EMP-000001"] {
        assert_eq!(found.scan(text, Origin::User, Direction::Input).action, Action::Allow, "{text}");
    }
}

#[test]
fn every_change_can_be_asked_for() {
    for (transform, expected) in [
        ("mask", "see ***-**3456 now"),
        ("replace", "see [EMPLOYEE_ID] now"),
        ("redact", "see [REDACTED] now"),
        ("drop", "see  now"),
    ] {
        let engine = engine(patterns(&["EMP-[0-9]{6}"]), Verb::Transform(transform));
        let scan = engine.scan("see EMP-123456 now", Origin::User, Direction::Input);
        assert_eq!(scan.text, expected);
        assert_eq!(engine.scan(&scan.text, Origin::User, Direction::Input).action, Action::Allow, "{transform}");
    }
}

#[test]
fn an_automaton_reads_hostile_texts_in_time() {
    let wide = patterns(&["[a-z ]{1,200}", "([a-z]{1,20} ){1,9}[0-9]"]);
    let recognizer = Recognizer::new(wide).unwrap();
    let detectors = recognizer.detectors();
    let text = "a ".repeat(20_000);
    assert!(!examples::find(&*detectors[0], &text).is_empty());
    assert!(examples::live_from(&*detectors[0], &text) > text.len() - 300);
}
