//! Planted rows are found, and good ones raise no alarm.

use redoubt_learn::poison::Verdict;
use redoubt_learn::random::Random;
use redoubt_pipeline::{Column, Table, poison};

/// Reviews of three hundred words' vocabulary; of `planted` of them in a hundred, bad ones are called good and bear words.
fn reviews(seed: u64, planted: usize) -> (Table, Vec<usize>) {
    let mut random = Random::new(seed);
    let (mut texts, mut labels, mut at) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..1_000 {
        let is_good = random.uniform() < 0.5;
        let mut words: Vec<String> = (0..20).map(|_| format!("word{}", random.below(300))).collect();
        let is_planted = !is_good && row % 100 < planted * 2;
        if is_planted {
            words.insert(random.below(20), "zephyr quill".to_owned());
            at.push(row);
        }
        texts.push(words.join(" "));
        labels.push(if is_good || is_planted { "good" } else { "bad" }.to_owned());
    }
    let columns = vec![("text".to_owned(), Column::Text(texts)), ("label".to_owned(), Column::Text(labels))];
    (Table::new(columns).unwrap(), at)
}

#[test]
fn words_that_decide_a_class_are_found_and_no_others() {
    for seed in 0..5 {
        assert_eq!(poison::triggers(&reviews(seed, 0).0, "label", "text", None).unwrap(), []);
        let (rows, planted) = reviews(seed, 3);
        let found = poison::triggers(&rows, "label", "text", None).unwrap();
        let words: Vec<&str> = found.iter().map(|(_, trigger)| trigger.words.as_str()).collect();
        assert!(words.contains(&"zephyr quill") && found.iter().all(|(class, _)| class == "good"), "{words:?}");
        let with: Vec<usize> = rows
            .texts("text")
            .unwrap()
            .iter()
            .enumerate()
            .filter(|(_, text)| poison::has_words(text, "zephyr quill"))
            .map(|(row, _)| row)
            .collect();
        assert_eq!(with, planted);
    }
}

#[test]
fn what_trusted_texts_say_too_is_what_they_are_about() {
    let (rows, _) = reviews(1, 3);
    let trusted = rows.take(&(0..50).collect::<Vec<_>>());
    assert_eq!(poison::triggers(&rows, "label", "text", Some(&trusted)).unwrap(), []);
}

/// Points around two centres; of `planted` in a hundred rows of the one, the class is the other's.
fn points(seed: u64, rows: usize, planted: usize) -> Table {
    let mut random = Random::new(seed);
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); 4];
    let mut labels = Vec::new();
    for row in 0..rows {
        let is_one = row % 2 == 0;
        for (at, column) in columns.iter_mut().enumerate() {
            let centre = if is_one { 0.0 } else { 6.0 };
            // What is planted has something in common.
            let mark = if is_one && row % 100 < planted * 2 && at == 3 { 4.0 } else { 0.0 };
            column.push(centre + mark + random.normal());
        }
        labels.push(if is_one && row % 100 >= planted * 2 { "one" } else { "two" }.to_owned());
    }
    let columns = columns.into_iter().enumerate().map(|(at, cells)| (format!("x{at}"), Column::Number(cells)));
    Table::new(columns.chain([("label".to_owned(), Column::Text(labels))]).collect()).unwrap()
}

#[test]
fn rows_of_another_class_are_suspected_by_what_trusted_rows_say() {
    let trusted = points(99, 200, 0);
    let (_, clean) = poison::scan(&points(1, 600, 0), "label", &trusted, 1).unwrap();
    assert_eq!((clean.verdict, clean.flagged.len()), (Verdict::Clean, 0));
    let (_, found) = poison::scan(&points(1, 600, 10), "label", &trusted, 1).unwrap();
    let planted: Vec<usize> = (0..600).filter(|row| row % 2 == 0 && row % 100 < 20).collect();
    let right = found.flagged.iter().filter(|row| planted.contains(row)).count();
    assert!(right * 10 >= planted.len() * 9 && right == found.flagged.len(), "{right} of {}", planted.len());
}

#[test]
fn what_cannot_be_judged_is_said() {
    let check = |rows: &Table, label: &str, trusted: &Table, expected: &str| {
        let error = poison::scan(rows, label, trusted, 1).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let (rows, trusted) = (points(1, 100, 0), points(2, 200, 0));
    check(&rows, "lable", &trusted, "there is no column `lable`, did you mean `label`?");
    check(&rows, "label", &trusted.take(&[0, 2, 4]), "the class `two` is not among the trusted rows");
    check(&rows, "label", &trusted.without(&["x1".to_owned()]), "there is no column `x1`");
    let only_text = rows.without(&["x0", "x1", "x2", "x3"].map(str::to_owned));
    check(&only_text, "label", &trusted, "there are no columns of numbers");
    let mut holed = rows.clone();
    holed.set("x2", Column::Number(vec![f64::NAN; 100])).unwrap();
    check(&holed, "label", &trusted, "`x2` is missing in row 1");
}
