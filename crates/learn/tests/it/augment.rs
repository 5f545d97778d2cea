use proptest::prelude::*;
use redoubt_learn::augment::{Cell, TextChange, mixup, smote};
use redoubt_learn::random::Random;

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
