//! Fits one learner on numbers and says how long it and its predictions took. `tests/peers/learners.py` calls it.
//!
//! ```text
//! bench_learners LEARNER TRAIN TEST SCORES THREADS [PARAMETER=VALUE ...]
//! ```
//!
//! TRAIN and TEST have numbers separated by commas, no header, and the class (or, with the parameter `task=numbers`,
//! the number) first; an empty field is a missing value. SCORES gets a line for each row of TEST: the scores
//! separated by commas. One JSON object comes out: `fit_seconds`, `predict_seconds` and `model_bytes`; with one
//! thread, the seconds are those of the processor, so that it does not matter what else the machine does.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::time::Instant;

use redoubt_learn::learners::{Examples, Inputs, Parameters, Setting, Table, Targets, Value, learner};

/// First column, the others row after row, and how many others there are.
type Numbers = (Vec<f64>, Vec<f64>, usize);

fn read(path: &str) -> Result<Numbers, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let (mut targets, mut values, mut columns) = (Vec::new(), Vec::new(), 0);
    for line in text.lines() {
        let mut fields = line.split(',').map(|field| if field.is_empty() { Ok(f64::NAN) } else { field.parse() });
        targets.push(fields.next().ok_or("an empty line")??);
        let before = values.len();
        for field in fields {
            values.push(field?);
        }
        columns = values.len() - before;
    }
    Ok((targets, values, columns))
}

/// Seconds of the processor with one thread, of the clock with more, or where the kernel does not tell.
struct Watch {
    begun: Instant,
    processor: Option<f64>,
}

impl Watch {
    fn start(threads: usize) -> Self {
        Self { processor: if threads == 1 { processor() } else { None }, begun: Instant::now() }
    }

    fn seconds(&self) -> f64 {
        match (self.processor, processor()) {
            (Some(begun), Some(now)) => now - begun,
            _ => self.begun.elapsed().as_secs_f64(),
        }
    }
}

/// The processor time of this thread so far.
fn processor() -> Option<f64> {
    // The kernel brings its count up to date when a thread gives way.
    std::thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
}

fn value(text: &str) -> Value {
    if let Ok(value) = text.parse() {
        Value::Integer(value)
    } else if let Ok(value) = text.parse() {
        Value::Number(value)
    } else if let Ok(value) = text.parse() {
        Value::Boolean(value)
    } else {
        Value::Text(text.to_owned())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, train, test, scores, threads, rest @ ..] = arguments.as_slice() else {
        return Err("usage: bench_learners LEARNER TRAIN TEST SCORES THREADS [PARAMETER=VALUE ...]".into());
    };
    let mut parameters = Parameters::new();
    for pair in rest {
        let (name, text) = pair.split_once('=').ok_or("a parameter without `=`")?;
        parameters.insert(name.to_owned(), value(text));
    }
    let numbers = parameters.remove("task").is_some();
    let learner = learner(name, &parameters)?;
    let (targets, values, columns) = read(train)?;
    let labels: Vec<usize> = targets.iter().map(|target| *target as usize).collect();
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    let inputs = Inputs::Table(Table::new(&values, targets.len(), columns)?);
    let targets = if numbers { Targets::Numbers(&targets) } else { Targets::Classes { labels: &labels, classes } };
    let setting = Setting { seed: 1, threads: threads.parse()?, validation: None };

    let begun = Watch::start(setting.threads.get());
    let model = learner.fit(&Examples::new(inputs, targets, None)?, &setting)?;
    let fit_seconds = begun.seconds();

    let (targets, values, columns) = read(test)?;
    let inputs = Inputs::Table(Table::new(&values, targets.len(), columns)?);
    let begun = Watch::start(setting.threads.get());
    let found = model.predict(&inputs, setting.threads)?;
    let predict_seconds = begun.seconds();

    let mut lines = String::new();
    for row in found.iter() {
        let row: Vec<String> = row.iter().map(|score| format!("{score:?}")).collect();
        writeln!(lines, "{}", row.join(","))?;
    }
    fs::write(scores, lines)?;
    let model_bytes = model.to_bytes().len();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{{\"fit_seconds\": {fit_seconds}, \"predict_seconds\": {predict_seconds}, \"model_bytes\": {model_bytes}}}"
    )?;
    Ok(())
}
