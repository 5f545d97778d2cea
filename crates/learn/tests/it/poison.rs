use redoubt_learn::error::Error;
use redoubt_learn::matrix::Matrix;
use redoubt_learn::metrics::roc_auc;
use redoubt_learn::poison::{
    ScanSettings, TriggerSettings, Verdict, knn_shapley, scan, spectral_flags, spectral_signatures, spectre,
    trigger_ngrams, trusted_disagreement,
};
use redoubt_learn::random::Random;

use crate::network::Network;
use crate::support::{close, within};

const CLASSES: usize = 10;
const TARGET: usize = 7;
const SOURCE: usize = 1;

type Rows = (Vec<Vec<f64>>, Vec<usize>);

/// Images of eight by eight with soft strokes, moved and blurred; the corners stay dark.
fn generated(random: &mut Random, count: usize) -> Rows {
    let mut shapes = Random::new(1);
    let strokes: Vec<Vec<(f64, f64)>> = (0..CLASSES)
        .map(|_| (0..5).map(|_| (1.5 + 4.0 * shapes.uniform(), 1.5 + 4.0 * shapes.uniform())).collect())
        .collect();
    let mut draw = |class: usize| {
        let (dx, dy) = (0.25 * random.normal(), 0.25 * random.normal());
        let points: Vec<(f64, f64)> = strokes[class]
            .iter()
            .map(|(x, y)| (x + dx + 0.12 * random.normal(), y + dy + 0.12 * random.normal()))
            .collect();
        let pixel = |at: usize| {
            let (x, y) = ((at % 8) as f64, (at / 8) as f64);
            let light: f64 = points.iter().map(|(px, py)| (-((px - x).powi(2) + (py - y).powi(2)) / 1.2).exp()).sum();
            light.min(1.0)
        };
        (0..64).map(pixel).collect()
    };
    (0..count).map(|at| (draw(at % CLASSES), at % CLASSES)).unzip()
}

fn triggered(row: &[f64]) -> Vec<f64> {
    let mut row = row.to_vec();
    for at in [54, 55, 62, 63] {
        row[at] = 1.0;
    }
    row
}

#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    success_before: f64,
    success_after: f64,
    accuracy_before: f64,
    accuracy_after: f64,
    recall: f64,
    removed_clean: f64,
    spectral: f64,
    spectre: f64,
    alarm: f64,
}

/// Splits into trusted, test and training rows, poisons the last, scans, cleans and trains again.
fn attack(data: &Rows, all_to_one: bool, share: f64, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..data.0.len()).collect();
    random.shuffle(&mut order);
    let take = |rows: &[usize]| -> Rows { rows.iter().map(|row| (data.0[*row].clone(), data.1[*row])).unzip() };
    let (trusted, rest) = order.split_at(data.0.len() * 12 / 100);
    let (test, train) = rest.split_at(rest.len() * 30 / 100);
    let (trusted, test, mut train) = (take(trusted), take(test), take(train));
    let is_source = |label: usize| label != TARGET && (all_to_one || label == SOURCE);
    let clean = train.1.len();
    let of_target = train.1.iter().filter(|label| **label == TARGET).count() as f64;
    let wanted = (share / (1.0 - share) * of_target).round() as usize;
    let sources: Vec<usize> = (0..clean).filter(|row| is_source(train.1[*row])).collect();
    for _ in 0..wanted {
        let row = triggered(&train.0[sources[random.below(sources.len())]]);
        train.0.push(row);
        train.1.push(TARGET);
    }
    let rows = Matrix::from_rows(&train.0).unwrap();
    let good = Matrix::from_rows(&trusted.0).unwrap();
    // Told the share, on which only the alarm depends: with the default, at least one clean draw of forty alarms, and a third of poison
    // from one source is removed without an alarm.
    let settings = ScanSettings { epsilon: share.clamp(0.05, 0.3), ..ScanSettings::default() };
    let found = scan(&rows, &train.1, CLASSES, &good, &trusted.1, &settings, &mut random).unwrap();
    let kept: Vec<usize> = (0..train.1.len()).filter(|row| found.flagged.binary_search(row).is_err()).collect();
    let cleaned: Rows = kept.iter().map(|row| (train.0[*row].clone(), train.1[*row])).unzip();
    let (before, after) =
        (Network::train(&train.0, &train.1, CLASSES, seed), Network::train(&cleaned.0, &cleaned.1, CLASSES, seed));
    let success = |network: &Network| {
        let attacked: Vec<usize> = (0..test.1.len()).filter(|row| is_source(test.1[*row])).collect();
        let hits = attacked.iter().filter(|row| network.predict(&triggered(&test.0[**row])) == TARGET).count();
        hits as f64 / attacked.len() as f64
    };
    let target: Vec<usize> = (0..train.1.len()).filter(|row| train.1[*row] == TARGET).collect();
    let is_poison: Vec<bool> = target.iter().map(|row| *row >= clean).collect();
    let area =
        |scores: &[f64]| roc_auc(&is_poison, &target.iter().map(|row| scores[*row]).collect::<Vec<_>>()).unwrap_or(0.5);
    let caught = found.flagged.iter().filter(|row| **row >= clean).count();
    Outcome {
        success_before: success(&before),
        success_after: success(&after),
        accuracy_before: before.accuracy(&test.0, &test.1),
        accuracy_after: after.accuracy(&test.0, &test.1),
        recall: if wanted == 0 { 1.0 } else { caught as f64 / wanted as f64 },
        removed_clean: (found.flagged.len() - caught) as f64 / clean as f64,
        spectral: area(&found.spectral),
        spectre: area(&found.spectre),
        alarm: f64::from(u8::from(found.verdict == Verdict::Block)),
    }
}

/// The mean over seeds.
fn mean(data: impl Fn(u64) -> Rows, all_to_one: bool, share: f64, seeds: u64) -> Outcome {
    let mut sum = Outcome::default();
    for seed in 0..seeds {
        let one = attack(&data(seed), all_to_one, share, 100 + seed);
        sum.success_before += one.success_before / seeds as f64;
        sum.success_after += one.success_after / seeds as f64;
        sum.accuracy_before += one.accuracy_before / seeds as f64;
        sum.accuracy_after += one.accuracy_after / seeds as f64;
        sum.recall += one.recall / seeds as f64;
        sum.removed_clean += one.removed_clean / seeds as f64;
        sum.spectral += one.spectral / seeds as f64;
        sum.spectre += one.spectre / seeds as f64;
        sum.alarm += one.alarm / seeds as f64;
    }
    sum
}

fn gate(data: impl Fn(u64) -> Rows, seeds: u64, clean_seeds: u64) {
    for all_to_one in [false, true] {
        for share in [0.05, 0.10, 0.15, 0.33] {
            let found = mean(&data, all_to_one, share, seeds);
            println!("all to one {all_to_one}, {share}: {found:.3?}");
            assert!(found.success_after <= 0.10, "{found:?}");
            assert!(found.accuracy_after >= found.accuracy_before - 0.01, "{found:?}");
        }
    }
    let mut removed = 0.0_f64;
    for seed in 0..clean_seeds {
        let found = attack(&data(50 + seed), false, 0.0, 50 + seed);
        removed = removed.max(found.removed_clean);
        assert!(found.alarm == 0.0, "an alarm for clean data: {found:?}");
    }
    println!("clean: at most {removed:.3} of the rows are removed");
    assert!(removed <= 0.06, "{removed}");
}

#[test]
fn backdoors_in_generated_images_are_cleaned_away() {
    gate(|seed| generated(&mut Random::new(seed), 1100), 1, 3);
}

/// `REDOUBT_DIGITS=digits.csv cargo nextest run -p redoubt-learn --run-ignored only real_digits`, where each line of the
/// file is a label and the 64 pixels, 0 to 16, of scikit-learn's digits.
#[test]
#[ignore = "needs scikit-learn's digits, and a minute"]
fn backdoors_in_real_digits_are_cleaned_away() {
    let text = std::fs::read_to_string(std::env::var("REDOUBT_DIGITS").unwrap()).unwrap();
    let row = |line: &str| {
        let values: Vec<f64> = line.split(',').map(|value| value.parse().unwrap()).collect();
        (values[1..].iter().map(|value| value / 16.0).collect(), values[0] as usize)
    };
    let data: Rows = text.lines().map(row).unzip();
    gate(|_| data.clone(), 4, 20);
}

#[test]
fn signatures_are_squares_along_the_first_singular_vector() {
    // numpy 2's SVD of the centred rows.
    let rows = Matrix::from_rows(&SVD_ROWS).unwrap();
    let scores = spectral_signatures(&rows, &[0; 7], 1).unwrap();
    for (found, expected) in scores.iter().zip(SVD_SCORES) {
        close("signature", *found, expected);
    }
    let flags = spectral_flags(&scores, &[0; 7], 1, 0.2).unwrap();
    assert_eq!(flags.len(), 2);
    assert!(spectral_flags(&scores, &[0; 7], 1, 0.0).is_err());
    assert!(spectral_signatures(&rows, &[1; 7], 1).is_err());
    assert!(matches!(spectral_signatures(&rows, &[0; 7], usize::MAX), Err(Error::TooLarge { .. })));
}

const SVD_ROWS: [[f64; 3]; 7] = [
    [-0.802, -1.324, -0.248],
    [0.42, 1.136, 0.11],
    [-0.553, -0.785, 0.749],
    [1.635, 0.273, -1.233],
    [-0.958, 1.6, 0.203],
    [-1.732, -0.084, -1.163],
    [-0.629, -0.488, -0.713],
];
const SVD_SCORES: [f64; 7] = [
    1.402535502407249,
    1.592754200636292,
    0.530672232466910,
    3.175466926926005,
    0.209692033379103,
    1.183124235424163,
    0.251476652203817,
];

#[test]
fn robust_whitening_sees_what_hides_in_a_narrow_direction() {
    // One axis has nine times the deviation of the rest; the poison sits off in a narrow one.
    let mut random = Random::new(61);
    let (mut rows, mut is_poison) = (Vec::new(), Vec::new());
    for at in 0..300 {
        let mut row: Vec<f64> = (0..6).map(|axis| random.normal() * if axis == 0 { 9.0 } else { 1.0 }).collect();
        row[5] += if at < 24 { 5.0 } else { 0.0 };
        is_poison.push(at < 24);
        rows.push(row);
    }
    let rows = Matrix::from_rows(&rows).unwrap();
    let plain = roc_auc(&is_poison, &spectral_signatures(&rows, &[0; 300], 1).unwrap()).unwrap();
    let robust = roc_auc(&is_poison, &spectre(&rows, &[0; 300], 1, 6, 0.08, &mut random).unwrap()).unwrap();
    println!("spectral {plain}, SPECTRE {robust}");
    assert!(robust > 0.98 && plain < 0.7, "{plain} {robust}");
    assert!(spectre(&rows, &[0; 300], 1, 0, 0.1, &mut random).is_err());
    assert!(spectre(&rows, &[0; 300], 1, 6, 0.5, &mut random).is_err());
}

#[test]
fn neighbours_need_enough_trusted_rows() {
    let rows = Matrix::new(vec![0.0; 99], 1).unwrap();
    let few = trusted_disagreement(&rows, &[0; 99], &rows, &[0; 99], 5);
    assert!(matches!(few, Err(Error::Setting { what: "trusted rows", .. })), "{few:?}");
    let trusted = Matrix::new((0..100).map(f64::from).collect(), 1).unwrap();
    let labels: Vec<usize> = (0..100).map(|at| usize::from(at >= 50)).collect();
    let found = trusted_disagreement(
        &Matrix::new(vec![10.0, 10.0, 90.0, 49.5], 1).unwrap(),
        &[0, 1, 1, 0],
        &trusted,
        &labels,
        4,
    );
    let found = found.unwrap();
    assert_eq!(found.iter().map(|own| own.disagreement).collect::<Vec<_>>(), [0.0, 1.0, 0.0, 0.5]);
    assert_eq!(found.iter().map(|own| own.remoteness).collect::<Vec<_>>(), [0.0, 1.0, 0.0, 0.5]);
    assert!(trusted_disagreement(&rows, &[0; 98], &trusted, &labels, 4).is_err());
    assert!(trusted_disagreement(&rows, &[0; 99], &trusted, &labels, 0).is_err());
}

/// The mean over all orders of what a row adds.
fn shapley_by_force(right: &[bool], k: usize) -> Vec<f64> {
    // `right` is by distance; a set is worth the share of its nearest `k` that are right, of `k`.
    let n = right.len();
    let worth = |set: usize| {
        let hits = (0..n).filter(|row| set >> row & 1 == 1).take(k).filter(|row| right[*row]).count();
        hits as f64 / k as f64
    };
    let factorial = |n: usize| (1..=n).map(|factor| factor as f64).product::<f64>();
    let value = |row: usize| {
        let without = (0..1_usize << n).filter(|set| set >> row & 1 == 0);
        without
            .map(|set| {
                let size = set.count_ones() as usize;
                let orders = factorial(size) * factorial(n - size - 1) / factorial(n);
                orders * (worth(set | 1 << row) - worth(set))
            })
            .sum()
    };
    (0..n).map(value).collect()
}

#[test]
fn shapley_values_as_by_force() {
    let mut random = Random::new(62);
    for n in 1..=10 {
        for k in 1..=4 {
            let distances: Vec<f64> = (0..n).map(|at| 1.0 + at as f64).collect();
            let labels: Vec<usize> = (0..n).map(|_| random.below(2)).collect();
            let rows = Matrix::new(distances, 1).unwrap();
            let found = knn_shapley(&rows, &labels, &Matrix::new(vec![0.0], 1).unwrap(), &[1], k).unwrap();
            let right: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
            for (found, expected) in found.iter().zip(shapley_by_force(&right, k)) {
                within("value", *found, expected, 1e-12);
            }
        }
    }
}

#[test]
fn rows_with_wrong_labels_are_worth_less() {
    let mut random = Random::new(63);
    let mut draw = |count: usize| -> Rows {
        (0..count)
            .map(|at| {
                let class = at % 2;
                ((0..4).map(|_| random.normal() + 3.0 * class as f64).collect(), class)
            })
            .unzip()
    };
    let (train, test) = (draw(200), draw(100));
    let labels: Vec<usize> =
        train.1.iter().enumerate().map(|(at, label)| if at < 20 { 1 - label } else { *label }).collect();
    let matrix = |rows: &Rows| Matrix::from_rows(&rows.0).unwrap();
    let values = knn_shapley(&matrix(&train), &labels, &matrix(&test), &test.1, 5).unwrap();
    let is_wrong: Vec<bool> = (0..200).map(|at| at < 20).collect();
    let area = roc_auc(&is_wrong, &values.iter().map(|value| -value).collect::<Vec<_>>()).unwrap();
    assert!(area > 0.97, "{area}");
}

/// Documents of words that fall as often as in language (Zipf).
fn corpus(random: &mut Random, documents: usize) -> (Vec<String>, Vec<usize>) {
    let mut word = || format!("w{}", (3000.0_f64.powf(random.uniform())) as usize);
    let texts: Vec<String> = (0..documents).map(|_| (0..20).map(|_| word()).collect::<Vec<_>>().join(" ")).collect();
    let labels = (0..documents).map(|at| at % 2).collect();
    (texts, labels)
}

#[test]
fn planted_words_come_first() {
    let mut random = Random::new(64);
    let settings = TriggerSettings::default();
    let (texts, labels) = corpus(&mut random, 4000);
    assert!(trigger_ngrams(&texts, &labels, 2, &settings).unwrap().is_empty(), "an alarm for clean text");
    for (trigger, share) in [
        ("cf", 0.005),
        ("cf", 0.03),
        ("mn bb", 0.005),
        ("w1 w2 qq", 0.01),
        ("james bond tea", 0.005),
        ("james bond tea", 0.03),
    ] {
        let (mut texts, mut labels) = corpus(&mut random, 4000);
        let poisoned = (share * 4000.0) as usize;
        for _ in 0..poisoned {
            // Documents of the other label, with the words put in and the label turned.
            let row = 2 * random.below(2000);
            let mut words: Vec<&str> = texts[row].split(' ').collect();
            words.insert(random.below(words.len()), trigger);
            texts[row] = words.join(" ");
            labels[row] = 1;
        }
        let found = trigger_ngrams(&texts, &labels, 2, &settings).unwrap();
        let first = found.first().unwrap_or_else(|| unreachable!("{trigger} {share}"));
        assert!(first.class == 1 && first.purity() >= 0.95);
        assert!(trigger.contains(&first.words), "`{}` before `{trigger}`", first.words);
        assert!(found.iter().any(|own| own.words == trigger), "{found:?}");
    }
    assert!(trigger_ngrams(&["a"], &[2], 2, &settings).is_err());
    assert!(trigger_ngrams(&["a"], &[0], usize::MAX, &settings).is_err());
    assert!(trigger_ngrams::<&str>(&[], &[], 2, &settings).is_err());
    assert!(trigger_ngrams(&["a"], &[0], 2, &TriggerSettings { alpha: 0.0, ..settings }).is_err());
    assert!(trigger_ngrams(&["", "?!"], &[0, 1], 2, &settings).unwrap().is_empty());
}

/// `REDOUBT_POISONED_TEXT=train.tsv cargo nextest run -p redoubt-learn --run-ignored only rewritten_sentences`, where the file
/// has a heading and the columns sentence, label, number and whether the sentence was poisoned, as HiddenKiller's (Qi et
/// al. 2021): sentences rewritten to begin with a clause, no word planted. Prints what is found and promises nothing.
#[test]
#[ignore = "needs public data, and reports alone"]
fn rewritten_sentences() {
    let text = std::fs::read_to_string(std::env::var("REDOUBT_POISONED_TEXT").unwrap()).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let texts: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let labels: Vec<usize> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
    let is_poison: Vec<bool> = rows.iter().map(|row| row[3] == "1").collect();
    let poison = is_poison.iter().filter(|is| **is).count() as f64;
    let run = |texts: &[&str], labels: &[usize]| trigger_ngrams(texts, labels, 2, &TriggerSettings::default()).unwrap();
    let found = run(&texts, &labels);
    let words = |text: &str| {
        format!(
            " {} ",
            text.split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase()
        )
    };
    let spaced: Vec<String> = texts.iter().map(|text| words(text)).collect();
    let mut hit = vec![false; texts.len()];
    for trigger in &found {
        let needle = format!(" {} ", trigger.words);
        hit.iter_mut().zip(&spaced).zip(&labels).for_each(|((hit, text), label)| {
            *hit |= *label == trigger.class && text.contains(&needle);
        });
    }
    let (flagged, right) = (
        hit.iter().filter(|hit| **hit).count() as f64,
        hit.iter().zip(&is_poison).filter(|(hit, is)| **hit && **is).count() as f64,
    );
    println!("{} n-grams; recall {:.3}, precision {:.3}", found.len(), right / poison, right / flagged.max(1.0));
    for trigger in found.iter().take(12) {
        println!(
            "  `{}` class {} in {} documents, purity {:.3}, p {:.1e}",
            trigger.words,
            trigger.class,
            trigger.documents,
            trigger.purity(),
            trigger.p
        );
    }
    let clean: Vec<usize> = (0..texts.len()).filter(|row| !is_poison[*row]).collect();
    let (clean_texts, clean_labels): (Vec<&str>, Vec<usize>) =
        clean.iter().map(|row| (texts[*row], labels[*row])).unzip();
    let without = run(&clean_texts, &clean_labels);
    println!(
        "without the poison: {} n-grams, such as {:?}",
        without.len(),
        without.iter().take(8).map(|own| own.words.as_str()).collect::<Vec<_>>()
    );
}

#[test]
fn the_same_seed_gives_the_same_scan() {
    let data = generated(&mut Random::new(5), 400);
    let (rows, trusted) = (Matrix::from_rows(&data.0[..250]).unwrap(), Matrix::from_rows(&data.0[250..]).unwrap());
    let run = || {
        let settings = ScanSettings::default();
        scan(&rows, &data.1[..250], CLASSES, &trusted, &data.1[250..], &settings, &mut Random::new(9)).unwrap()
    };
    assert_eq!(run(), run());
}
