//! Turning columns into numbers that a learner can use, as the rows to learn from say.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use serde_json::{Value, json};

use super::{Done, Kind, Need, Setting, StepError, Work, count, of, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "preprocess",
    about: "fills, scales and encodes columns; all it learns, it learns from the rows of `fit`",
    revision: 1,
    read: |table| Box::new(Preprocess::read(table)),
};

#[derive(Debug)]
struct Preprocess {
    fit: String,
    also: Vec<String>,
    keep: Vec<String>,
    drop: Vec<String>,
    fill: Fill,
    scale: Scale,
    encode: Encode,
    categories_max: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fill {
    Median,
    Mean,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Standard,
    MinMax,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encode {
    OneHot,
    Ordinal,
}

/// What was learned of a column.
#[derive(Debug)]
enum Learned {
    /// It stays as it is.
    Kept,
    /// `(cell or fill - shift) / scale`.
    Number { fill: f64, shift: f64, scale: f64 },
    /// A column for each value.
    OneHot(Vec<String>),
    /// The place among the values, in alphabetical order.
    Ordinal(Vec<String>),
}

impl Preprocess {
    fn read(table: &mut Settings<'_>) -> Self {
        let fit = table.require("fit", "the rows that it learns from, and changes", String::new());
        let also = table.or("also", "rows that are changed likewise", Vec::new());
        let keep = table.or("keep", "columns that stay as they are, such as the target", Vec::new());
        let drop = table.or("drop", "columns that go", Vec::new());
        let fills = [("median", Fill::Median), ("mean", Fill::Mean), ("no", Fill::No)];
        let scales = [("standard", Scale::Standard), ("min_max", Scale::MinMax), ("no", Scale::No)];
        let encodes = [("one_hot", Encode::OneHot), ("ordinal", Encode::Ordinal)];
        let one = Self {
            fit,
            also,
            keep,
            drop,
            fill: table.choose("fill", "what stands for missing numbers", &fills, Fill::Median, "median"),
            scale: table.choose("scale", "how numbers are scaled", &scales, Scale::No, "no"),
            encode: table.choose("encode", "how text becomes numbers", &encodes, Encode::OneHot, "one_hot"),
            categories_max: table.or("categories_max", "the most values of a column of text", 64),
        };
        let mut names: Vec<&str> = one.outputs();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            table.refuse("also", "two of the tables would have the same name");
        }
        for name in one.keep.iter().filter(|name| one.drop.contains(name)) {
            table.refuse("drop", format!("`{name}` is in `keep` as well"));
        }
        one
    }

    /// The names of the tables that it makes: what stands behind the dot of their references.
    fn outputs(&self) -> Vec<&str> {
        let references = std::iter::once(&self.fit).chain(&self.also);
        references.map(|reference| reference.rsplit('.').next().unwrap_or(reference)).collect()
    }

    fn learn(&self, name: &str, column: &Column) -> Result<Learned, StepError> {
        if self.keep.iter().any(|kept| kept == name) {
            return Ok(Learned::Kept);
        }
        match column {
            Column::Number(cells) => {
                let mut there: Vec<f64> = cells.iter().copied().filter(|cell| !cell.is_nan()).collect();
                there.sort_by(f64::total_cmp);
                let mean = there.iter().sum::<f64>() / count(there.len().max(1));
                let fill = match self.fill {
                    Fill::Median => median(&there),
                    Fill::Mean => mean,
                    Fill::No => f64::NAN,
                };
                let (shift, scale) = match (self.scale, there.first(), there.last()) {
                    (Scale::Standard, Some(_), _) => {
                        let variance = there.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / count(there.len());
                        (mean, variance.sqrt())
                    }
                    (Scale::MinMax, Some(min), Some(max)) => (*min, max - min),
                    _ => (0.0, 1.0),
                };
                // A column that is the same everywhere stays so.
                Ok(Learned::Number { fill, shift, scale: if scale > 0.0 { scale } else { 1.0 } })
            }
            Column::Text(cells) => {
                let mut values: Vec<String> = cells.iter().filter(|cell| !cell.is_empty()).cloned().collect();
                values.sort_unstable();
                values.dedup();
                if values.len() > self.categories_max {
                    return Err(StepError::Data(format!(
                        "`{name}` has {} different texts, and `categories_max` is {}; put it in `keep` or `drop`, or raise the bound",
                        values.len(),
                        self.categories_max
                    )));
                }
                Ok(match self.encode {
                    Encode::OneHot => Learned::OneHot(values),
                    Encode::Ordinal => Learned::Ordinal(values),
                })
            }
        }
    }
}

fn median(sorted: &[f64]) -> f64 {
    let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(at(middle.saturating_sub(1)), at(middle)) } else { at(middle) }
}

/// Puts what a column becomes at the end of `into`.
fn apply(name: &str, learned: &Learned, rows: &Table, role: &str, into: &mut Table) -> Result<(), StepError> {
    let fits = of(role);
    match learned {
        Learned::Kept => into.set(name, rows.column(name).map_err(&fits)?.clone()).map_err(&fits),
        Learned::Number { fill, shift, scale } => {
            let cells = rows.numbers(name).map_err(&fits)?;
            let changed = cells.iter().map(|cell| if cell.is_nan() { *fill } else { *cell });
            into.set(name, Column::Number(changed.map(|cell| (cell - shift) / scale).collect())).map_err(&fits)
        }
        Learned::OneHot(values) => {
            let cells = rows.texts(name).map_err(&fits)?;
            for value in values {
                let is_one = cells.iter().map(|cell| if cell == value { 1.0 } else { 0.0 }).collect();
                into.set(&format!("{name}={value}"), Column::Number(is_one)).map_err(&fits)?;
            }
            Ok(())
        }
        Learned::Ordinal(values) => {
            let cells = rows.texts(name).map_err(&fits)?;
            let place = |cell: &String| values.binary_search(cell).map_or(f64::NAN, count);
            into.set(name, Column::Number(cells.iter().map(place).collect())).map_err(&fits)
        }
    }
}

impl Work for Preprocess {
    fn needs(&self) -> Vec<Need> {
        let also = self.also.iter().enumerate();
        let also = also.map(|(item, reference)| Need { item: Some(item), ..Need::table("also", reference) });
        std::iter::once(Need::table("fit", &self.fit)).chain(also).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        let tables = self.outputs().into_iter().map(|name| (name.to_owned(), ProductKind::Table));
        tables.chain([("recipe".to_owned(), ProductKind::Report)]).collect()
    }

    fn rows_of(&self, output: &str) -> String {
        let place = self.outputs().iter().position(|name| *name == output);
        let needs = self.needs();
        place.and_then(|at| needs.get(at)).or(needs.first()).map(Need::role).unwrap_or_default()
    }

    fn run(&self, inputs: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        let fit = table(inputs, "fit")?;
        for name in self.keep.iter().chain(&self.drop) {
            fit.column(name).map_err(of("fit"))?;
        }
        let mut learned: Vec<(String, Learned)> = Vec::new();
        for (name, column) in fit.iter().filter(|(name, _)| !self.drop.iter().any(|gone| gone == name)) {
            learned.push((name.to_owned(), self.learn(name, column)?));
        }
        let mut done = Done::default();
        for (need, output) in self.needs().iter().zip(self.outputs()) {
            let role = need.role();
            let rows = table(inputs, &role)?;
            let mut columns = Vec::new();
            if let Some((name, _)) = learned.first() {
                // A table takes its length from its first column; a place holder gives it one.
                columns.push((PLACE.to_owned(), rows.column(name).map_err(of(&role))?.clone()));
            }
            let mut changed = Table::new(columns).map_err(of(&role))?;
            for (name, learned) in &learned {
                apply(name, learned, rows, &role, &mut changed)?;
            }
            done.products.push((output.to_owned(), Product::Table(changed.without(&[PLACE.to_owned()]))));
        }
        let recipe: BTreeMap<&str, Value> =
            learned.iter().map(|(name, learned)| (name.as_str(), learned.to_json())).collect();
        done.figures.insert("columns".to_owned(), count(learned.len()));
        done.products.push(("recipe".to_owned(), Product::Report(json!({ "version": 1, "columns": recipe }))));
        Ok(done)
    }
}

/// No column of a file is called so.
const PLACE: &str = "\0";

impl Learned {
    fn to_json(&self) -> Value {
        match self {
            Self::Kept => json!({ "as": "kept" }),
            Self::Number { fill, shift, scale } => {
                let fill = (!fill.is_nan()).then_some(fill);
                json!({ "as": "number", "fill": fill, "shift": shift, "scale": scale })
            }
            Self::OneHot(values) => json!({ "as": "one_hot", "values": values }),
            Self::Ordinal(values) => json!({ "as": "ordinal", "values": values }),
        }
    }
}
