//! What data looked like when the model was made, as plain values that can be kept beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::categories::bin;
use super::quantile_edges;
use crate::check::finite;
use crate::error::{Error, Result};
use crate::random::Random;
use crate::special::mean_and_squares;

/// Values that are kept of a numeric column, for tests that need more than bins.
pub const SKETCH_ROWS: usize = 1000;
/// Bins of a numeric column.
const BINS: usize = 10;
/// Categories, and words of texts, that are kept; the rest is counted together.
const CATEGORIES_MAX: usize = 100;
/// Columns of a table.
const COLUMNS_MAX: usize = 10_000;

/// The values of a column; none where a row has none.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Numbers.
    Numbers(&'a [Option<f64>]),
    /// One of a few strings.
    Categories(&'a [Option<&'a str>]),
    /// Texts.
    Texts(&'a [Option<&'a str>]),
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its values.
    pub values: Values<'a>,
}

/// What is kept of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The columns, in the order of the table.
    pub columns: Vec<ColumnBaseline>,
}

/// What is kept of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnBaseline {
    /// Its name.
    pub name: String,
    /// Rows of the table.
    pub rows: u64,
    /// Rows without a value.
    pub missing: u64,
    /// What is kept of the others; none if there are no others.
    pub summary: Option<Summary>,
}

/// What is kept of values, by kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Summary {
    /// Of numbers.
    Numbers(NumberSummary),
    /// Of categories.
    Categories(CategorySummary),
    /// Of texts.
    Texts(Box<TextSummary>),
}

/// What is kept of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberSummary {
    /// How many.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (`/ n`).
    pub deviation: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
    /// The inner edges of bins with as many values each.
    pub edges: Vec<f64>,
    /// The values in each bin.
    pub counts: Vec<u64>,
    /// A sample, rising; all values if there are at most a thousand.
    pub sketch: Vec<f64>,
}

/// What is kept of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategorySummary {
    /// The most frequent, each with its count, most first.
    pub counts: Vec<(String, u64)>,
    /// Rows of all others.
    pub others: u64,
}

/// What is kept of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct TextSummary {
    /// Of their lengths in characters.
    pub length: NumberSummary,
    /// Of the share of letters in each.
    pub letters: NumberSummary,
    /// Of the share of digits.
    pub digits: NumberSummary,
    /// Of the share of white space.
    pub spaces: NumberSummary,
    /// Of the share of characters beyond ASCII.
    pub beyond_ascii: NumberSummary,
    /// The words in most texts, each with the number of texts that have it, most first.
    pub words: Vec<(String, u64)>,
}

impl Baseline {
    /// Takes what is to be kept of a table; `random` chooses the samples.
    ///
    /// # Errors
    /// If there are no columns, more than ten thousand, or two of one name, if columns differ in length, or if a number is
    /// not finite.
    pub fn new(columns: &[Column<'_>], random: &mut Random) -> Result<Self> {
        check(columns)?;
        let of = |column: &Column<'_>| ColumnBaseline::new(column, random);
        Ok(Self { columns: columns.iter().map(of).collect::<Result<_>>()? })
    }
}

impl ColumnBaseline {
    fn new(column: &Column<'_>, random: &mut Random) -> Result<Self> {
        let (rows, missing) = column.values.counts();
        let summary = if rows == missing { None } else { Some(Summary::new(column.values, random)?) };
        Ok(Self { name: column.name.to_owned(), rows, missing, summary })
    }
}

impl Values<'_> {
    /// Rows, and rows without a value.
    pub(super) fn counts(&self) -> (u64, u64) {
        fn of<T>(values: &[Option<T>]) -> (u64, u64) {
            (values.len() as u64, values.iter().filter(|value| value.is_none()).count() as u64)
        }
        match self {
            Self::Numbers(values) => of(values),
            Self::Categories(values) | Self::Texts(values) => of(values),
        }
    }
}

impl Summary {
    fn new(values: Values<'_>, random: &mut Random) -> Result<Self> {
        Ok(match values {
            Values::Numbers(values) => {
                Self::Numbers(NumberSummary::new(&values.iter().flatten().copied().collect::<Vec<_>>(), random)?)
            }
            Values::Categories(values) => {
                let (counts, others) = most_frequent(values.iter().flatten().map(|value| (*value).to_owned()));
                Self::Categories(CategorySummary { counts, others })
            }
            Values::Texts(values) => {
                let texts: Vec<&str> = values.iter().flatten().copied().collect();
                let measures = TextMeasures::new(&texts);
                let mut of = |values: &[f64]| NumberSummary::new(values, random);
                Self::Texts(Box::new(TextSummary {
                    length: of(&measures.length)?,
                    letters: of(&measures.letters)?,
                    digits: of(&measures.digits)?,
                    spaces: of(&measures.spaces)?,
                    beyond_ascii: of(&measures.beyond_ascii)?,
                    words: most_frequent(texts.iter().flat_map(|text| words(text))).0,
                }))
            }
        })
    }
}

impl NumberSummary {
    fn new(values: &[f64], random: &mut Random) -> Result<Self> {
        finite("a numeric column", values)?;
        let edges = quantile_edges(values, BINS)?;
        let (mean, squares) = mean_and_squares(values);
        let mut sketch = values.to_vec();
        if sketch.len() > SKETCH_ROWS {
            random.shuffle(&mut sketch);
            sketch.truncate(SKETCH_ROWS);
        }
        sketch.sort_unstable_by(f64::total_cmp);
        Ok(Self {
            count: values.len() as u64,
            mean,
            deviation: (squares / values.len() as f64).sqrt(),
            least: values.iter().copied().fold(f64::MAX, f64::min),
            most: values.iter().copied().fold(f64::MIN, f64::max),
            counts: bin(&edges, values),
            edges,
            sketch,
        })
    }
}

/// What is measured of each text.
#[derive(Debug, Default)]
pub(super) struct TextMeasures {
    pub(super) length: Vec<f64>,
    pub(super) letters: Vec<f64>,
    pub(super) digits: Vec<f64>,
    pub(super) spaces: Vec<f64>,
    pub(super) beyond_ascii: Vec<f64>,
}

impl TextMeasures {
    pub(super) fn new(texts: &[&str]) -> Self {
        let mut found = Self::default();
        for text in texts {
            let length = text.chars().count();
            let share = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count() as f64 / length.max(1) as f64;
            found.length.push(length as f64);
            found.letters.push(share(char::is_alphabetic));
            found.digits.push(share(char::is_numeric));
            found.spaces.push(share(char::is_whitespace));
            found.beyond_ascii.push(share(|c| !c.is_ascii()));
        }
        found
    }
}

/// The different words of a text, lower case.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn most_frequent(values: impl Iterator<Item = String>) -> (Vec<(String, u64)>, u64) {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    let others = counts.iter().skip(CATEGORIES_MAX).map(|(_, count)| count).sum();
    counts.truncate(CATEGORIES_MAX);
    (counts, others)
}

pub(super) fn check(columns: &[Column<'_>]) -> Result<()> {
    let Some(first) = columns.first() else {
        return Err(Error::Empty { what: "columns" });
    };
    if columns.len() > COLUMNS_MAX {
        return Err(Error::TooLarge { what: "columns", found: columns.len(), most: COLUMNS_MAX });
    }
    let (rows, _) = first.values.counts();
    for column in columns {
        crate::check::same_rows("a column", column.values.counts().0 as usize, rows as usize)?;
    }
    let names: BTreeSet<&str> = columns.iter().map(|column| column.name).collect();
    if names.len() < columns.len() {
        return Err(Error::Setting { what: "the names of columns", allowed: "all different" });
    }
    Ok(())
}
