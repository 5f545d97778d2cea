use proptest::prelude::*;
use redoubt_learn::duplicates::{Index, Shingles, Unit, repeated};
use redoubt_learn::random::Random;

#[test]
fn similarity_is_that_of_sets() {
    let check = |one: &str, other: &str, unit: Unit, expected: f64| {
        let found = Shingles::new(one, unit).jaccard(&Shingles::new(other, unit));
        assert!((found - expected).abs() < 1e-12, "{one:?} {other:?}: {found}");
    };
    check("the cat sat on the mat", "The cat, sat on the mat!", Unit::Words(3), 1.0);
    // Of `a rose is`, `rose is a`, `is a rose` (Broder 1997, section 2: w = 4 over a rose is a rose is a rose).
    check("a rose is a rose is a rose", "a rose is a", Unit::Words(4), 1.0 / 3.0);
    check("the cat sat", "the cat ran", Unit::Words(2), 1.0 / 3.0);
    check("abcd", "bcde", Unit::Characters(2), 0.5);
    check("one", "one", Unit::Words(5), 1.0);
    check("", "", Unit::Words(3), 0.0);
    check("???", "!!!", Unit::Words(3), 0.0);
}

#[test]
fn repeated_texts_are_found_and_others_are_not() {
    let mut random = Random::new(4);
    let words = |random: &mut Random, count: usize| -> Vec<String> {
        (0..count).map(|_| format!("w{}", random.below(5_000))).collect()
    };
    let (mut texts, mut copies) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        let original = words(&mut random, 60);
        let mut near = original.clone();
        // One word of sixty: 3 of 58 pieces go and 3 come.
        near[30] = "other".to_owned();
        copies.push(texts.len() + 1);
        texts.push(original.join(" "));
        texts.push(near.join(" "));
    }
    let shingles: Vec<Shingles> = texts.iter().map(|text| Shingles::new(text, Unit::Words(3))).collect();
    let found = repeated(&shingles, 0.8, 1).unwrap();
    let missed = copies.iter().filter(|copy| found[**copy].is_none_or(|of| of.of != **copy - 1)).count();
    assert!(missed <= 1, "{missed}");
    assert!(found.iter().step_by(2).all(Option::is_none));
    assert!(found[1].unwrap().similarity > 0.85);
    // Above what they share, nothing is found.
    assert!(repeated(&shingles, 0.95, 1).unwrap().iter().all(Option::is_none));
}

#[test]
fn settings_out_of_range_are_refused() {
    for similarity in [0.0, 0.29, 1.1, f64::NAN] {
        assert!(Index::new(similarity, 0).is_err());
    }
}

proptest! {
    #[test]
    fn the_same_text_is_always_found(texts in prop::collection::vec("[a-c ]{0,12}", 1..12), seed: u64) {
        let shingles: Vec<Shingles> = texts.iter().chain(&texts).map(|text| Shingles::new(text, Unit::Characters(3))).collect();
        let found = repeated(&shingles, 0.9, seed).unwrap();
        for (row, of) in found.iter().enumerate().skip(texts.len()) {
            prop_assert_eq!(of.is_some(), !shingles[row].is_empty());
            // What is kept is no copy itself.
            prop_assert!(of.is_none_or(|of| found[of.of].is_none() && of.similarity >= 0.9));
        }
    }
}
