//! Baselines of tables as JSON, and what has changed since.

use redoubt_learn::drift::{
    self, Baseline, CategorySummary, Column as Compared, ColumnBaseline, ColumnReport, DriftSettings, NumberSummary,
    Summary, TextSummary, Values,
};
use redoubt_learn::error::Error;
use redoubt_learn::random::Random;
use serde_json::{Value, json};

use crate::table::{Column, Table};

/// A column of text with more different cells than this is prose, unless few of its cells differ.
const CATEGORIES_MAX: usize = 100;

/// The cells of a table as they are compared.
struct Cells<'t> {
    name: &'t str,
    kind: Kind,
    numbers: Vec<Option<f64>>,
    texts: Vec<Option<&'t str>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Numbers,
    Categories,
    Texts,
}

impl<'t> Cells<'t> {
    /// What a column holds; text is of the kind that the baseline says, if it has the column.
    fn new(name: &'t str, column: &'t Column, known: Option<Kind>) -> Self {
        match column {
            Column::Number(cells) => {
                let numbers = cells.iter().map(|cell| (!cell.is_nan()).then_some(*cell)).collect();
                Self { name, kind: Kind::Numbers, numbers, texts: Vec::new() }
            }
            Column::Text(cells) => {
                let texts: Vec<Option<&str>> =
                    cells.iter().map(|cell| (!cell.is_empty()).then_some(cell.as_str())).collect();
                let mut different: Vec<&str> = texts.iter().copied().flatten().collect();
                different.sort_unstable();
                different.dedup();
                let is_few = different.len() <= CATEGORIES_MAX && different.len() * 2 <= texts.len().max(8);
                let own = if is_few { Kind::Categories } else { Kind::Texts };
                let kind = known.filter(|kind| *kind != Kind::Numbers).unwrap_or(own);
                Self { name, kind, numbers: Vec::new(), texts }
            }
        }
    }

    fn column(&self) -> Compared<'_> {
        let values = match self.kind {
            Kind::Numbers => Values::Numbers(&self.numbers),
            Kind::Categories => Values::Categories(&self.texts),
            Kind::Texts => Values::Texts(&self.texts),
        };
        Compared { name: self.name, values }
    }
}

/// What is to be kept of a table: for each column its bins, moments, categories and a sample. `seed` chooses the samples.
///
/// # Errors
/// If the table has no columns.
pub fn baseline(table: &Table, seed: u64) -> Result<Baseline, Error> {
    let cells: Vec<Cells<'_>> = table.iter().map(|(name, column)| Cells::new(name, column, None)).collect();
    let columns: Vec<Compared<'_>> = cells.iter().map(Cells::column).collect();
    Baseline::new(&columns, &mut Random::new(seed))
}

/// Compares a table with a baseline: those of its columns first, then new ones.
///
/// # Errors
/// If the table has no columns, or a setting is out of range.
pub fn compare(baseline: &Baseline, current: &Table, settings: &DriftSettings) -> Result<Vec<ColumnReport>, Error> {
    let known = |name: &str| {
        let column = baseline.columns.iter().find(|column| column.name == name)?;
        column.summary.as_ref().map(|summary| match summary {
            Summary::Numbers(_) => Kind::Numbers,
            Summary::Categories(_) => Kind::Categories,
            Summary::Texts(_) => Kind::Texts,
        })
    };
    let cells: Vec<Cells<'_>> = current.iter().map(|(name, column)| Cells::new(name, column, known(name))).collect();
    let columns: Vec<Compared<'_>> = cells.iter().map(Cells::column).collect();
    drift::compare(baseline, &columns, settings)
}

/// A baseline as JSON, version 1.
#[must_use]
pub fn baseline_to_json(baseline: &Baseline) -> Value {
    let columns: Vec<Value> = baseline
        .columns
        .iter()
        .map(|ColumnBaseline { name, rows, missing, summary }| {
            let summary = summary.as_ref().map(|summary| match summary {
                Summary::Numbers(numbers) => json!({ "numbers": numbers_to_json(numbers) }),
                Summary::Categories(CategorySummary { counts, others }) => {
                    json!({ "categories": { "counts": counts, "others": others } })
                }
                Summary::Texts(texts) => json!({ "texts": {
                    "length": numbers_to_json(&texts.length),
                    "letters": numbers_to_json(&texts.letters),
                    "digits": numbers_to_json(&texts.digits),
                    "spaces": numbers_to_json(&texts.spaces),
                    "beyond_ascii": numbers_to_json(&texts.beyond_ascii),
                    "words": texts.words,
                } }),
            });
            json!({ "name": name, "rows": rows, "missing": missing, "summary": summary })
        })
        .collect();
    json!({ "redoubt_baseline": 1, "columns": columns })
}

fn numbers_to_json(summary: &NumberSummary) -> Value {
    let NumberSummary { count, mean, deviation, least, most, edges, counts, sketch } = summary;
    json!({
        "count": count, "mean": mean, "deviation": deviation, "least": least, "most": most,
        "edges": edges, "counts": counts, "sketch": sketch,
    })
}

/// Reads what [`baseline_to_json`] gives; none if it is something else.
#[must_use]
pub fn baseline_from_json(value: &Value) -> Option<Baseline> {
    if value.get("redoubt_baseline")?.as_u64()? != 1 {
        return None;
    }
    let column = |value: &Value| {
        let summary = value.get("summary")?;
        let summary = if let Some(numbers) = summary.get("numbers") {
            Some(Summary::Numbers(numbers_from_json(numbers)?))
        } else if let Some(categories) = summary.get("categories") {
            let counts = counted(categories.get("counts")?)?;
            Some(Summary::Categories(CategorySummary { counts, others: categories.get("others")?.as_u64()? }))
        } else if let Some(texts) = summary.get("texts") {
            Some(Summary::Texts(Box::new(TextSummary {
                length: numbers_from_json(texts.get("length")?)?,
                letters: numbers_from_json(texts.get("letters")?)?,
                digits: numbers_from_json(texts.get("digits")?)?,
                spaces: numbers_from_json(texts.get("spaces")?)?,
                beyond_ascii: numbers_from_json(texts.get("beyond_ascii")?)?,
                words: counted(texts.get("words")?)?,
            })))
        } else {
            summary.is_null().then_some(None)?
        };
        Some(ColumnBaseline {
            name: value.get("name")?.as_str()?.to_owned(),
            rows: value.get("rows")?.as_u64()?,
            missing: value.get("missing")?.as_u64()?,
            summary,
        })
    };
    let columns = value.get("columns")?.as_array()?.iter().map(column).collect::<Option<_>>()?;
    Some(Baseline { columns })
}

fn counted(value: &Value) -> Option<Vec<(String, u64)>> {
    let pair = |pair: &Value| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_u64()?));
    value.as_array()?.iter().map(pair).collect()
}

fn numbers_from_json(value: &Value) -> Option<NumberSummary> {
    let number = |key: &str| value.get(key)?.as_f64();
    let numbers = |key: &str| value.get(key)?.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
    let summary = NumberSummary {
        count: value.get("count")?.as_u64()?,
        mean: number("mean")?,
        deviation: number("deviation")?,
        least: number("least")?,
        most: number("most")?,
        edges: numbers("edges")?,
        counts: value.get("counts")?.as_array()?.iter().map(Value::as_u64).collect::<Option<_>>()?,
        sketch: numbers("sketch")?,
    };
    // A file of strangers: what is compared relies on this.
    let is_rising = |values: &[f64]| values.windows(2).all(|pair| pair.first() <= pair.last());
    let is_whole = summary.counts.len() == summary.edges.len() + 1 && !summary.sketch.is_empty();
    (is_whole && is_rising(&summary.edges) && is_rising(&summary.sketch)).then_some(summary)
}
