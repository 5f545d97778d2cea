use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use redoubt_learn::augment::{Cell, TextChange, mixup, smote};
use redoubt_learn::random::Random;

use crate::support::{close, golden, numbers, whole};

#[test]
fn the_worked_example_of_smote_nc() {
    // Chawla et al. 2002, section 6.1: F1 = 1 2 3 A B C, F2 = 4 6 5 A D E, F3 = 3 5 6 A B K.
    let numbers: [&[f64]; 3] = [&[1.0, 4.0, 3.0], &[2.0, 6.0, 5.0], &[3.0, 5.0, 6.0]];
    let categories: [&[usize]; 3] = [&[0, 0, 0], &[0, 1, 0], &[0, 1, 2]];
    for made in smote(&numbers, &categories, &[0; 3], &[20], 1, &mut Random::new(1)).unwrap() {
        // F1 is nearer to F3 (22 and one difference) than to F2 (29 and two), F2 to F3 (3 and two), F3 to F2 (3 and two).
        assert_eq!(made.toward, [2, 2, 1][made.from]);
        let categories = [made.cells[3].clone(), made.cells[4].clone(), made.cells[5].clone()];
        let toward = |column: usize| Cell::Category(categories_of(&made.toward, column));
        assert_eq!(categories, [toward(0), toward(1), toward(2)]);
    }
    fn categories_of(row: &usize, column: usize) -> usize {
        [[0, 0, 0], [0, 1, 1], [0, 0, 2]][*row][column]
    }
}

/// What imbalanced-learn made (`golden/smote.py`), and what this makes of the same rows: the streams of chance differ, so
/// what is compared is all that does not depend on them.
fn check_like_imbalanced_learn(name: &str) {
    let golden = &golden("smote.json");
    let (k, golden) = (golden["k"].as_u64().unwrap() as usize, &golden[name]);
    let columns = |key: &str| golden[key].as_array().unwrap().iter().map(numbers).collect::<Vec<_>>();
    let places = |key: &str| golden[key].as_array().unwrap().iter().map(whole).collect::<Vec<_>>();
    let (labels, own_numbers, own_categories) = (whole(&golden["labels"]), columns("numbers"), places("categories"));
    // Its neighbours count rows of the class alone.
    let own: Vec<usize> = (0..labels.len()).filter(|row| labels[*row] == 1).collect();
    let near: Vec<Vec<usize>> =
        places("neighbours").iter().map(|near| near.iter().map(|at| own[*at]).collect()).collect();
    let between =
        |column: &[f64], from: usize, toward: usize, share: f64| column[from] + share * (column[toward] - column[from]);

    // From the same rows and the same share both come to the same numbers, and to one of the most frequent categories.
    let modes = |from: usize, column: &[usize]| {
        let count = |category: usize| near[from].iter().filter(|row| column[**row] == category).count();
        let most = (0..8).map(count).max().unwrap();
        (0..8).filter(|category| count(*category) == most).collect::<Vec<_>>()
    };
    let (rows, cols, steps) = (whole(&golden["rows"]), whole(&golden["cols"]), numbers(&golden["steps"]));
    for (at, ((row, col), step)) in rows.iter().zip(&cols).zip(&steps).enumerate() {
        for (column, made) in own_numbers.iter().zip(columns("made_numbers")) {
            close("theirs", made[at], between(column, own[*row], near[*row][*col], *step));
        }
        for (column, made) in own_categories.iter().zip(places("made_categories")) {
            assert!(modes(*row, column).contains(&made[at]));
        }
    }
    let number_columns: Vec<&[f64]> = own_numbers.iter().map(Vec::as_slice).collect();
    let category_columns: Vec<&[usize]> = own_categories.iter().map(Vec::as_slice).collect();
    let made = smote(&number_columns, &category_columns, &labels, &[0, 20_000], k, &mut Random::new(5)).unwrap();
    let mut pairs: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for one in &made {
        *pairs.entry((one.from, one.toward)).or_default() += 1.0;
        for (column, cell) in own_numbers.iter().zip(&one.cells) {
            assert_eq!(*cell, Cell::Number(between(column, one.from, one.toward, one.share)));
        }
        let place = own.iter().position(|row| *row == one.from).unwrap();
        for (column, cell) in own_categories.iter().zip(&one.cells[own_numbers.len()..]) {
            assert_eq!(*cell, Cell::Category(modes(place, column)[0]));
        }
    }

    // Each row goes toward its `k` neighbours and no other, each as often: chi-square of 69 degrees of freedom.
    let expected: BTreeSet<(usize, usize)> =
        own.iter().zip(&near).flat_map(|(from, near)| near.iter().map(|toward| (*from, *toward))).collect();
    assert_eq!(pairs.keys().copied().collect::<BTreeSet<_>>(), expected);
    let mean = made.len() as f64 / expected.len() as f64;
    let chi_square: f64 = pairs.values().map(|count| (count - mean).powi(2) / mean).sum();
    assert!(chi_square < 120.0, "{chi_square}");
    // And any share of the way as often: the distance of Kolmogorov and Smirnov, at one in ten thousand.
    let mut shares: Vec<f64> = made.iter().map(|one| one.share).collect();
    shares.sort_by(f64::total_cmp);
    let all = shares.len() as f64;
    let farthest = shares.iter().enumerate().map(|(at, share)| (share - at as f64 / all).abs()).fold(0.0, f64::max);
    assert!(farthest * all.sqrt() < 2.23, "{farthest}");
}

#[test]
fn rows_between_rows_are_those_of_imbalanced_learn() {
    check_like_imbalanced_learn("smote");
}

#[test]
fn rows_with_categories_are_those_of_imbalanced_learn() {
    check_like_imbalanced_learn("smote_nc");
}

#[test]
fn what_cannot_be_made_is_refused() {
    let column: &[f64] = &[1.0, 2.0, f64::NAN];
    assert!(smote(&[column], &[], &[0, 0, 1], &[1, 0], 1, &mut Random::new(1)).is_err());
    let column: &[f64] = &[1.0, 2.0, 3.0];
    assert!(smote(&[column], &[], &[0, 0, 1], &[0, 1], 1, &mut Random::new(1)).is_err());
    assert!(smote(&[column], &[], &[0, 0, 1], &[1, 0], 0, &mut Random::new(1)).is_err());
    assert!(mixup(&[column], None, 1, 0.0, &mut Random::new(1)).is_err());
    assert!(mixup(&[&column[..1]], None, 1, 0.2, &mut Random::new(1)).is_err());
}

#[test]
fn mixed_shares_have_the_moments_of_beta() {
    let column: &[f64] = &[0.0, 1.0];
    for alpha in [0.2, 1.0, 4.0] {
        let mixed = mixup(&[column], None, 20_000, alpha, &mut Random::new(3)).unwrap();
        // Mirrored at one half, the second moment about one half is that of Beta(alpha, alpha).
        let second = mixed.iter().map(|one| (one.share - 0.5).powi(2)).sum::<f64>() / 20_000.0;
        let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
        assert!((second / expected - 1.0).abs() < 0.03, "{alpha}: {second} {expected}");
    }
}

#[test]
fn texts_are_changed_as_said() {
    let check = |change: TextChange, text: &str, holds: fn(&str, &str) -> bool| {
        for seed in 0..50 {
            let changed = change.apply(text, 0.3, &mut Random::new(seed));
            assert!(holds(text, &changed), "{change:?} {text:?} {changed:?}");
        }
    };
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    let text = "Please send the invoice to our Zürich office";
    assert_eq!(sorted(&TextChange::Swap.apply(text, 0.5, &mut Random::new(1))), sorted(text));
    check(TextChange::Delete, text, |before, after| {
        !after.is_empty() && after.split(' ').all(|word| before.contains(word))
    });
    check(TextChange::Case, text, |before, after| before.to_lowercase() == after.to_lowercase());
    check(TextChange::Leet, text, |before, after| before.chars().count() == after.chars().count());
    check(TextChange::Homoglyphs, text, |before, after| before.chars().count() == after.chars().count());
    assert_eq!(TextChange::Leet.apply("leet", 1.0, &mut Random::new(1)), "l337");
    for (_, change) in TextChange::ALL {
        assert_eq!(change.apply("", 0.5, &mut Random::new(1)), "");
        assert_eq!(change.apply("one", 0.0, &mut Random::new(1)), "one");
    }
}

proptest! {
    #[test]
    fn any_text_stays_bounded(text in "\\PC{0,60}", strength in 0.0..1.0_f64, seed: u64) {
        for (_, change) in TextChange::ALL {
            let once = change.apply(&text, strength, &mut Random::new(seed));
            prop_assert_eq!(&once, &change.apply(&text, strength, &mut Random::new(seed)));
            prop_assert!(once.chars().count() <= 2 * text.chars().count());
        }
    }

    #[test]
    fn a_row_that_is_made_lies_between_two(
        rows in prop::collection::vec((-1e3..1e3_f64, -1.0..1.0_f64), 4..20), seed: u64
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let labels: Vec<usize> = (0..x.len()).map(|row| row % 2).collect();
        for made in smote(&[&x, &y], &[], &labels, &[3, 3], 2, &mut Random::new(seed)).unwrap() {
            prop_assert_eq!(labels[made.from], made.class);
            prop_assert_eq!(labels[made.toward], made.class);
            let share = |cell: &Cell, column: &[f64]| {
                let (from, toward) = (column[made.from], column[made.toward]);
                match cell {
                    Cell::Number(value) => {
                        (from.min(toward) - 1e-9..=from.max(toward) + 1e-9).contains(value)
                    }
                    Cell::Category(_) => false,
                }
            };
            prop_assert!(share(&made.cells[0], &x) && share(&made.cells[1], &y));
        }
    }
}
