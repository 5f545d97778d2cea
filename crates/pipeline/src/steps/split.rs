//! Splitting rows into those to learn from and those to judge by.

use std::collections::{BTreeMap, BTreeSet};

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::random::Random;

use super::{Done, Kind, Need, Setting, StepError, Work, count, of, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::Table;

pub(super) const KIND: Kind = Kind {
    id: "split",
    about: "splits rows into train, validation and test",
    revision: 1,
    read: |table| Box::new(Split::read(table)),
};

/// The parts, in the order in which they are filled.
const PARTS: [&str; 3] = ["train", "validation", "test"];

#[derive(Debug)]
struct Split {
    input: String,
    shares: [f64; 3],
    stratify: Option<String>,
    group: Option<String>,
}

impl Split {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows", String::new());
        let shares = [
            table.or("train", "the share to learn from", 0.6),
            table.or("validation", "the share to choose and calibrate by", 0.2),
            table.or("test", "the share to judge by", 0.2),
        ];
        if shares.iter().any(|share| !(0.0..=1.0).contains(share)) || (shares.iter().sum::<f64>() - 1.0).abs() > 1e-9 {
            table.refuse("train", "`train`, `validation` and `test` are shares that sum to 1");
        }
        let stratify = table.get("stratify", "a column whose values each part has in the same shares");
        let group = table.get("group", "a column of which no value stands in two parts, such as the customer");
        if stratify.is_some() && group.is_some() {
            table.refuse("group", "rows are kept together by `group` or spread by `stratify`, not both");
        }
        Self { input, shares, stratify, group }
    }

    /// Rows that must not be parted, in groups: those that are the same, and those of one `group`.
    fn units(&self, rows: &Table) -> Result<Vec<Vec<usize>>, StepError> {
        let mut units: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let group = self.group.as_ref().map(|name| rows.column(name)).transpose().map_err(of("input"))?;
        for row in 0..rows.rows() {
            let unit = match group {
                Some(column) if !column.is_missing(row) => column.written(row),
                // The same row in two parts would be judged by heart.
                _ => {
                    let cells: Vec<String> = rows.iter().map(|(_, column)| column.written(row)).collect();
                    format!("\0{}", cells.join("\0"))
                }
            };
            units.entry(unit).or_default().push(row);
        }
        let mut units: Vec<Vec<usize>> = units.into_values().collect();
        units.sort();
        Ok(units)
    }
}

impl Work for Split {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        let parts = PARTS.iter().zip(self.shares).filter(|(_, share)| *share > 0.0);
        parts.map(|(part, _)| ((*part).to_owned(), ProductKind::Table)).collect()
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let units = self.units(rows)?;
        let stratum = self.stratify.as_ref().map(|name| rows.column(name)).transpose().map_err(of("input"))?;
        let mut strata: BTreeMap<String, Vec<&Vec<usize>>> = BTreeMap::new();
        for unit in &units {
            let first = unit.first().copied().unwrap_or_default();
            strata.entry(stratum.map(|column| column.written(first)).unwrap_or_default()).or_default().push(unit);
        }
        let mut random = Random::new(setting.seed);
        let mut parts: [Vec<usize>; 3] = Default::default();
        for units in strata.values_mut() {
            random.shuffle(units);
            let all: usize = units.iter().map(|unit| unit.len()).sum();
            let mut filled = [0_usize; 3];
            for unit in units {
                // The part that lacks most of its share is next.
                let lacks = |part: usize| {
                    let share = self.shares.get(part).copied().unwrap_or_default();
                    share * count(all) - count(filled.get(part).copied().unwrap_or_default())
                };
                let next = (0..3).max_by(|one, other| lacks(*one).total_cmp(&lacks(*other)).then(other.cmp(one)));
                let next = next.unwrap_or_default();
                if let (Some(filled), Some(part)) = (filled.get_mut(next), parts.get_mut(next)) {
                    *filled += unit.len();
                    part.extend(unit.iter());
                }
            }
        }
        let mut done = Done::default();
        for ((name, share), rows_of) in PARTS.iter().zip(self.shares).zip(&mut parts) {
            if share <= 0.0 {
                continue;
            }
            if rows_of.is_empty() {
                let reason = format!("{} rows are too few for a part `{name}` of {share}", rows.rows());
                return Err(StepError::Data(reason));
            }
            rows_of.sort_unstable();
            done.figures.insert(format!("{name}_rows"), count(rows_of.len()));
            done.products.push(((*name).to_owned(), Product::Table(rows.take(rows_of))));
        }
        let repeated = units.iter().map(|unit| unit.len() - 1).sum();
        if self.group.is_none() {
            let distinct: BTreeSet<usize> = units.iter().filter_map(|unit| unit.first().copied()).collect();
            done.figures.insert("distinct_rows".to_owned(), count(distinct.len()));
            done.figures.insert("repeated_rows".to_owned(), count(repeated));
        }
        Ok(done)
    }
}
