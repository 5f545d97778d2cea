//! Baselines come back from JSON, and what has changed is told from what has not.

use proptest::prelude::*;
use redoubt_learn::drift::{Decision, DriftSettings};
use redoubt_pipeline::{Column, Reading, Table, baseline, baseline_from_json, baseline_to_json, compare};

/// Rows that differ with `seed`, of which `shift` moves the numbers and `share` the categories.
fn rows(seed: u64, shift: f64, share: f64) -> Table {
    let mut random = redoubt_learn::random::Random::new(seed);
    let mut text = "income,city,note\n".to_owned();
    for _ in 0..400 {
        let income = 50.0 + 10.0 * random.normal() + shift;
        let city = if random.uniform() < share { "Oslo" } else { "Rome" };
        let words = ["late", "early", "often", "never", "again"];
        let note: Vec<&str> = (0..8).map(|_| words[random.below(words.len())]).collect();
        text.push_str(&format!("{income},{city},{}\n", note.join(" ")));
    }
    Table::from_csv(text.as_bytes(), &Reading::default()).unwrap()
}

#[test]
fn what_has_changed_is_told_from_what_has_not() {
    let known = baseline(&rows(1, 0.0, 0.5), 1).unwrap();
    let check = |current: &Table, expected: &[(&str, Decision)]| {
        let found = compare(&known, current, &DriftSettings::default()).unwrap();
        let found: Vec<(&str, Decision)> = found.iter().map(|column| (column.name.as_str(), column.decision)).collect();
        assert_eq!(found, expected);
    };
    let [stable, drifted] = [Decision::Stable, Decision::Drifted];
    check(&rows(2, 0.0, 0.5), &[("income", stable), ("city", stable), ("note", stable)]);
    check(&rows(2, 8.0, 0.5), &[("income", drifted), ("city", stable), ("note", stable)]);
    check(&rows(2, 0.0, 0.8), &[("income", stable), ("city", drifted), ("note", stable)]);
    check(
        &rows(2, 0.0, 0.5).without(&["city".to_owned()]),
        &[("income", stable), ("city", Decision::Gone), ("note", stable)],
    );
    let few = rows(2, 8.0, 0.5).take(&(0..10).collect::<Vec<_>>());
    let insufficient = Decision::Insufficient;
    check(&few, &[("income", insufficient), ("city", insufficient), ("note", insufficient)]);
    let mut other = rows(2, 0.0, 0.5);
    other.set("city", Column::Number(vec![1.0; 400])).unwrap();
    check(&other, &[("income", stable), ("city", Decision::KindChanged), ("note", stable)]);
}

proptest! {
    #[test]
    fn a_baseline_comes_back_from_its_json(
        numbers in prop::collection::vec(prop_oneof![Just(f64::NAN), -1e9..1e9], 1..60),
        texts in prop::collection::vec("[a-z ]{0,9}", 60),
    ) {
        let texts = texts.into_iter().take(numbers.len()).collect();
        let columns = vec![("n".to_owned(), Column::Number(numbers)), ("t".to_owned(), Column::Text(texts))];
        let kept = baseline(&Table::new(columns).unwrap(), 7).unwrap();
        let written = baseline_to_json(&kept).to_string();
        let again = baseline_from_json(&serde_json::from_str(&written).unwrap()).unwrap();
        prop_assert_eq!(again, kept);
    }
}

#[test]
fn what_is_no_baseline_is_refused() {
    for text in ["{}", "[]", "{\"redoubt_baseline\":2,\"columns\":[]}", "{\"redoubt_baseline\":1,\"columns\":[{}]}"] {
        assert!(baseline_from_json(&serde_json::from_str(text).unwrap()).is_none(), "{text}");
    }
}
