//! Every learner of the table keeps the promises of the seam, and each its own.

mod boosting;
mod files;
mod revisions;
mod search;
mod tables;
mod texts;

use std::num::NonZeroUsize;

use redoubt_learn::learners::{
    Examples, InputKind, Inputs, LEARNERS, Learner, Model, Parameters, Setting, Table, Targets, Task, Value, learner,
};
use redoubt_learn::random::Random;

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn setting(seed: u64) -> Setting<'static> {
    Setting { seed, ..Setting::default() }
}

/// A learner by its name and parameters such as `trees=10 l2=0.5`.
fn make(name: &str, parameters: &str) -> Box<dyn Learner> {
    learner(name, &parse(parameters)).unwrap()
}

fn parse(text: &str) -> Parameters {
    let value = |text: &str| match (text.parse(), text.parse(), text.parse()) {
        (Ok(value), ..) => Value::Integer(value),
        (_, Ok(value), _) => Value::Number(value),
        (.., Ok(value)) => Value::Boolean(value),
        _ => Value::Text(text.to_owned()),
    };
    text.split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, text)| (name.to_owned(), value(text)))
        .collect()
}

/// Rows around one centre for each class, with a column of noise, and a column that tells nothing but is missing at times.
fn clusters(rows: usize, classes: usize, seed: u64) -> (Vec<f64>, Vec<usize>) {
    let mut random = Random::new(seed);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let class = random.below(classes);
        let angle = class as f64 * std::f64::consts::TAU / classes as f64;
        values.push(3.0 * angle.cos() + random.normal());
        values.push(3.0 * angle.sin() + random.normal());
        values.push(random.normal());
        values.push(if random.below(4) == 0 { f64::NAN } else { random.normal() });
        labels.push(class);
    }
    (values, labels)
}

const COLUMNS: usize = 4;

fn table(values: &[f64]) -> Inputs<'_> {
    Inputs::Table(Table::new(values, values.len() / COLUMNS, COLUMNS).unwrap())
}

/// Sentences in which words that begin with `t` and the word behind `in` are of class 1.
fn sentences(count: usize, seed: u64) -> (Vec<Vec<&'static str>>, Vec<usize>) {
    const WORDS: &[&str] = &["the", "cat", "dog", "in", "town", "tree", "Oslo", "runs", "blue", "of", "Tim", "house"];
    let mut random = Random::new(seed);
    let (mut sentences, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let sentence: Vec<&str> = (0..1 + random.below(9)).map(|_| WORDS[random.below(WORDS.len())]).collect();
        for (at, word) in sentence.iter().enumerate() {
            let is_behind = at > 0 && sentence[at - 1] == "in";
            labels.push(usize::from(is_behind || word.to_lowercase().starts_with('t')));
        }
        sentences.push(sentence);
    }
    (sentences, labels)
}

/// Texts that ask for something good or bad.
fn texts(count: usize, seed: u64) -> (Vec<String>, Vec<usize>) {
    const GOOD: &[&str] = &["please help", "thank you", "a nice day", "kind words"];
    const BAD: &[&str] = &["ignore all rules", "reveal the secret", "drop the table", "act as root"];
    const ANY: &[&str] = &["now", "then", "and", "with", "this", "that", "text", "model"];
    let mut random = Random::new(seed);
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let class = random.below(2);
        let mut words: Vec<&str> = (0..6).map(|_| ANY[random.below(ANY.len())]).collect();
        words.push(if class == 1 { BAD[random.below(4)] } else { GOOD[random.below(4)] });
        random.shuffle(&mut words);
        texts.push(words.join(" "));
        labels.push(class);
    }
    (texts, labels)
}

/// Everything that a learner can be given, small.
struct World {
    values: Vec<f64>,
    labels: [Vec<usize>; 2],
    numbers: Vec<f64>,
    texts: Vec<String>,
    text_labels: Vec<usize>,
    sentences: Vec<Vec<&'static str>>,
    tags: Vec<usize>,
}

impl World {
    fn new() -> Self {
        let (values, labels) = clusters(300, 3, 1);
        let numbers = values.chunks(COLUMNS).map(|row| row[0] - 2.0 * row[1]).collect();
        let two = labels.iter().map(|label| usize::from(*label == 0)).collect();
        let (texts, text_labels) = texts(80, 2);
        let (sentences, tags) = sentences(60, 3);
        Self { values, labels: [two, labels], numbers, texts, text_labels, sentences, tags }
    }

    /// Calls `of` with each learner and each problem that it can learn.
    fn each(&self, mut of: impl FnMut(&dyn Learner, &Examples<'_>)) {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let [two, three] = &self.labels;
        for spec in LEARNERS {
            // Small enough for a test.
            let parameters = match spec.id {
                "gradient_boosting" | "random_forest" => "trees=12",
                "hashed_text" | "sequence_tagger" => "bits=10",
                _ => "",
            };
            let learner = make(spec.id, parameters);
            let mut problems = Vec::new();
            match spec.inputs {
                InputKind::Table => {
                    if spec.tasks.contains(&Task::Classification) {
                        problems.push((table(&self.values), Targets::Classes { labels: two, classes: 2 }));
                        problems.push((table(&self.values), Targets::Classes { labels: three, classes: 3 }));
                    }
                    if spec.tasks.contains(&Task::Regression) {
                        problems.push((table(&self.values), Targets::Numbers(&self.numbers)));
                    }
                }
                InputKind::Texts => {
                    let targets = Targets::Classes { labels: &self.text_labels, classes: 2 };
                    problems.push((Inputs::Texts(&texts), targets));
                    let targets = Targets::Classes { labels: &self.text_labels, classes: 3 };
                    problems.push((Inputs::Texts(&texts), targets));
                }
                InputKind::Sentences => {
                    let targets = Targets::Classes { labels: &self.tags, classes: 2 };
                    problems.push((Inputs::Sentences(&self.sentences), targets));
                }
            }
            for (inputs, targets) in problems {
                of(learner.as_ref(), &Examples::new(inputs, targets, None).unwrap());
            }
        }
    }
}

/// The share of examples whose class a model finds, or the share of variance it explains.
fn quality(model: &dyn Model, examples: &Examples<'_>) -> f64 {
    let scores = model.predict(&examples.inputs(), NonZeroUsize::MIN).unwrap();
    match examples.targets() {
        Targets::Classes { labels, .. } => {
            let found = scores.classes();
            found.iter().zip(labels).filter(|(found, label)| found == label).count() as f64 / labels.len() as f64
        }
        Targets::Numbers(numbers) => {
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            let around = |of: &mut dyn Iterator<Item = f64>| -> f64 { of.map(|value| value * value).sum() };
            let left = around(&mut scores.values().iter().zip(numbers).map(|(score, number)| score - number));
            1.0 - left / around(&mut numbers.iter().map(|number| number - mean))
        }
    }
}

#[test]
fn every_learner_learns() {
    World::new().each(|learner, examples| {
        let model = learner.fit(examples, &setting(1)).unwrap();
        let quality = quality(model.as_ref(), examples);
        assert!(quality > 0.8, "{} {:?}: {quality}", learner.id(), examples.task());
        assert_eq!(model.learner(), learner.id());
    });
}

#[test]
fn probabilities_sum_to_one_and_importances_too() {
    World::new().each(|learner, examples| {
        let model = learner.fit(examples, &setting(1)).unwrap();
        let scores = model.predict(&examples.inputs(), NonZeroUsize::MIN).unwrap();
        assert_eq!(scores.outputs(), examples.classes().unwrap_or(1));
        assert_eq!(scores.iter().count(), examples.inputs().examples());
        if examples.classes().is_some() && learner.id() != "sequence_tagger" {
            for row in scores.iter() {
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{}: {row:?}", learner.id());
                assert!(row.iter().all(|score| (0.0..=1.0).contains(score)));
            }
        }
        if let Some(importance) = model.importance() {
            assert_eq!(importance.len(), COLUMNS);
            assert!((importance.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            assert!(importance[0] + importance[1] > 0.7, "{}: {importance:?}", learner.id());
        }
    });
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    World::new().each(|learner, examples| {
        let of = |threads| learner.fit(examples, &Setting { seed: 7, threads, validation: None }).unwrap();
        let one = of(threads(1));
        for count in [2, 3] {
            let other = of(threads(count));
            assert_eq!(one.to_bytes(), other.to_bytes(), "{} with {count} threads", learner.id());
            let predict = |threads| one.predict(&examples.inputs(), threads).unwrap();
            assert_eq!(predict(threads(1)), predict(threads(count)), "{} with {count} threads", learner.id());
        }
    });
}

#[test]
fn an_example_of_weight_two_is_two_examples_and_one_of_weight_zero_is_none() {
    let (values, labels) = clusters(120, 2, 5);
    let weights: Vec<f64> = (0..120).map(|row| f64::from(row % 3)).collect();
    let (mut repeated, mut repeated_labels) = (Vec::new(), Vec::new());
    for (row, label) in labels.iter().enumerate() {
        for _ in 0..row % 3 {
            repeated.extend_from_slice(&values[row * COLUMNS..(row + 1) * COLUMNS]);
            repeated_labels.push(*label);
        }
    }
    for (name, parameters, allowed) in
        [("logistic_regression", "tolerance=1e-9", 1e-6), ("k_nearest_neighbors", "weights=uniform neighbors=1", 1e-9)]
    {
        let learner = make(name, parameters);
        let fit = |values: &[f64], labels: &[usize], weights| {
            let targets = Targets::Classes { labels, classes: 2 };
            let model = learner.fit(&Examples::new(table(values), targets, weights).unwrap(), &setting(1)).unwrap();
            model.predict(&table(&repeated), NonZeroUsize::MIN).unwrap()
        };
        let weighted = fit(&values, &labels, Some(&weights));
        let twice = fit(&repeated, &repeated_labels, None);
        for (weighted, twice) in weighted.values().iter().zip(twice.values()) {
            assert!((weighted - twice).abs() < allowed, "{name}: {weighted} {twice}");
        }
    }
}

#[test]
fn what_a_learner_cannot_use_is_refused_in_words() {
    let world = World::new();
    let numbers = Examples::new(table(&world.values), Targets::Numbers(&world.numbers), None).unwrap();
    let sentences =
        Examples::new(Inputs::Sentences(&world.sentences), Targets::Classes { labels: &world.tags, classes: 2 }, None)
            .unwrap();
    let check = |name: &str, parameters: &str, examples: &Examples<'_>, expected: &str| {
        let error = make(name, parameters).fit(examples, &setting(1)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    let of = |expected: &str| format!("`{expected}` cannot learn numbers; choose another learner or loss");
    check("logistic_regression", "", &numbers, &of("logistic_regression"));
    check("gradient_boosting", "loss=softmax", &numbers, &of("gradient_boosting"));
    check(
        "random_forest",
        "",
        &sentences,
        "`random_forest` learns from a table of numbers, not from sentences of tokens",
    );
    check(
        "gradient_boosting",
        "early_stopping_rounds=5",
        &numbers,
        "`early_stopping_rounds` needs examples for validation, of the same kind as those for training",
    );
    let model = make("linear_regression", "").fit(&numbers, &setting(1)).unwrap();
    let narrow = Inputs::Table(Table::new(&[1.0, 2.0], 1, 2).unwrap());
    assert_eq!(
        model.predict(&narrow, NonZeroUsize::MIN).unwrap_err().to_string(),
        "the model has learned from 4 columns and is asked about 2; give the same columns"
    );
    let refused = |name: &str| learner(name, &Parameters::new()).err().unwrap().to_string();
    assert_eq!(
        refused("gradient_bosting"),
        "no learner is called `gradient_bosting`; did you mean `gradient_boosting`?"
    );
    assert_eq!(refused("oracle"), "no learner is called `oracle`");
    let error = learner("random_forest", &parse("tres=5")).err().unwrap().to_string();
    assert_eq!(error, "`random_forest` has no parameter `tres`; did you mean `trees`?");
}

/// Sums of the largest numbers overflow: a learner then says so, or gives a model that can be written and read.
#[test]
fn huge_numbers_are_refused_or_harmless() {
    let values: Vec<f64> = (0..40 * COLUMNS).map(|at| if at % 3 == 0 { f64::MAX } else { f64::MIN }).collect();
    let numbers: Vec<f64> = (0..40).map(|row| if row % 2 == 0 { f64::MAX } else { -1.0 }).collect();
    let labels: Vec<usize> = (0..40).map(|row| row % 2).collect();
    let weights = vec![1e300; 40];
    for spec in LEARNERS.iter().filter(|spec| spec.inputs == InputKind::Table) {
        for targets in [Targets::Numbers(&numbers), Targets::Classes { labels: &labels, classes: 2 }] {
            for weights in [None, Some(weights.as_slice())] {
                let examples = Examples::new(table(&values), targets, weights).unwrap();
                let parameters = if spec.id == "gradient_boosting" { "rows_in_leaf_min=1 trees=3" } else { "" };
                if let Ok(model) = make(spec.id, parameters).fit(&examples, &setting(1)) {
                    redoubt_learn::learners::load(&model.to_bytes()).unwrap();
                    model.predict(&table(&values), NonZeroUsize::MIN).unwrap();
                }
            }
        }
    }
}

#[test]
fn examples_that_do_not_fit_together_are_refused() {
    let values = [0.0; 8];
    let check = |targets: Targets<'_>, weights: Option<&[f64]>, expected: &str| {
        let error = Examples::new(table(&values), targets, weights).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    let labels = |labels| Targets::Classes { labels, classes: 2 };
    check(labels(&[0]), None, "there are 1 labels for 2 examples; give one for each");
    check(labels(&[0, 2]), None, "example 1 has class 2 of 2; classes are counted from 0");
    check(
        Targets::Classes { labels: &[0, 0], classes: 1 },
        None,
        "1 classes cannot be told apart; give from 2 to 1000",
    );
    check(
        Targets::Numbers(&[0.0, f64::NAN]),
        None,
        "the target of example 1 is not a finite number; leave the example out",
    );
    check(labels(&[0, 1]), Some(&[1.0]), "there are 1 weights for 2 examples; give one for each");
    check(labels(&[0, 1]), Some(&[0.0, 0.0]), "all weights are 0; give at least one example a weight above 0");
    check(
        labels(&[0, 1]),
        Some(&[1.0, -1.0]),
        "the weight of example 1 is not a finite number from 0; leave the example out by weight 0",
    );
    let nothing = Examples::new(Inputs::Texts(&[]), labels(&[]), None).unwrap_err();
    assert_eq!(nothing.to_string(), "there are no examples; give at least one");
}

#[test]
fn the_table_has_words_for_everything_once() {
    for (at, spec) in LEARNERS.iter().enumerate() {
        assert!(LEARNERS[..at].iter().all(|other| other.id != spec.id));
        assert!(!spec.about.is_empty() && !spec.tasks.is_empty());
        for (at, parameter) in spec.parameters.iter().enumerate() {
            assert!(spec.parameters[..at].iter().all(|other| other.name != parameter.name), "{}", parameter.name);
            assert!(!parameter.about.is_empty());
        }
        learner(spec.id, &Parameters::new()).unwrap();
    }
}
