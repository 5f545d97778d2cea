//! Taggers as steps.

use redoubt_pipeline::Made;

use super::support::{Memory, all, check_said, load};

const PIPELINE: &str = r#"
name = "names"
seed = 5
[data.sentences]
path = "rows.csv"
[steps.parts]
kind = "split"
input = "sentences"
[steps.tagger]
kind = "train_tagger"
input = "parts.train"
parameters = { bits = 12, epochs = 5 }
[steps.measure]
kind = "evaluate_tagger"
input = "parts.test"
model = "tagger"
rounds = 100
require = ["f1_low >= 0.8"]
"#;

fn rows() -> String {
    let (names, towns) = (["Ada", "Grace", "Alan", "Edsger", "Barbara"], ["Oslo", "Rome", "New York", "Lyon"]);
    let mut text = "tokens,tags\n".to_owned();
    for row in 0..200_usize {
        let (name, town) = (names[row * 7 % 5], towns[row * 3 % 4]);
        let tags = if town.contains(' ') { "B-LOC I-LOC" } else { "B-LOC" };
        match row % 3 {
            0 => text.push_str(&format!("{name} lives in {town} since {row},B-PER O O {tags} O O\n")),
            1 => text.push_str(&format!("in {town} the day {row} was warm,O {tags} O O O O O\n")),
            _ => text.push_str(&format!("yesterday {name} called {row} times,O B-PER O O O\n")),
        }
    }
    text
}

#[test]
fn names_are_learned_and_measured_whole() {
    let shelf = Memory::with("rows.csv", &rows());
    let made: Vec<Made> = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let measure = made.iter().find(|made| made.name == "measure").unwrap();
    assert!(measure.figures["f1"] > 0.95 && measure.figures["token_accuracy"] > 0.95, "{:?}", measure.figures);
    let again = all(&load(PIPELINE).unwrap(), &Memory::with("rows.csv", &rows())).unwrap();
    assert_eq!(
        made.iter().map(|made| &made.products).collect::<Vec<_>>(),
        again.iter().map(|made| &made.products).collect::<Vec<_>>()
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let check = |from: &str, to: &str, rows: &str, expected: &str| {
        check_said(PIPELINE, rows, (from, to), expected);
    };
    let uneven = rows().replacen("B-PER O O ", "B-PER O ", 1);
    check("seed = 5", "seed = 5", &uneven, "each token needs one");
    check("f1_low >= 0.8", "f1_low > 1", &rows(), "`f1_low > 1` is required, and it is");
    check("epochs = 5", "epoch = 5", &rows(), "unknown key `epoch`");
    check("\"evaluate_tagger\"", "\"evaluate\"", &rows(), "measure it by `evaluate_tagger`");
    check(
        "input = \"parts.test\"",
        "input = \"parts.test\"\ntokens = \"words\"",
        &rows(),
        "there is no column `words`",
    );
}
