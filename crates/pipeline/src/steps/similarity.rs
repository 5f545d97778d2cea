//! Which rows are the same, or nearly, by settings that several steps share.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::duplicates::{Index, Match, Shingles, Unit};

use super::{StepError, of};
use crate::table::{Column, Table};

/// How rows are compared.
#[derive(Debug)]
pub(super) struct Similarity {
    columns: Vec<String>,
    way: Way,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Exact,
    Near { unit: Unit, least: f64 },
}

impl Similarity {
    pub(super) fn read(table: &mut Settings<'_>) -> Self {
        let columns = table.or("columns", "the columns that are compared; all, if left out", Vec::new());
        let ways = [("exact", false), ("near", true)];
        let words = "whether cells must be the same, or texts nearly (MinHash, then compared in full)";
        let is_near = table.choose("way", words, &ways, false, "exact");
        let words = "from which share of common pieces on two texts count as one (Jaccard)";
        let least = table.or("similarity", words, 0.8);
        if !(0.3..=1.0).contains(&least) {
            table.refuse("similarity", "expected a share from 0.3 to 1");
        }
        let units = [("words", true), ("characters", false)];
        let is_words = table.choose("pieces", "what texts are cut into", &units, true, "words");
        let size = table.or("piece_length", "how many words or characters in a row are a piece", 3_usize);
        if !(1..=64).contains(&size) {
            table.refuse("piece_length", "expected 1 to 64");
        }
        let unit = if is_words { Unit::Words(size) } else { Unit::Characters(size) };
        for key in ["similarity", "pieces", "piece_length"] {
            if !is_near && table.has(key) {
                table.refuse(key, "only `way = \"near\"` looks at it");
            }
        }
        Self { columns, way: if is_near { Way::Near { unit, least } } else { Way::Exact } }
    }

    /// Whether chance plays a part.
    pub(super) const fn is_random(&self) -> bool {
        matches!(self.way, Way::Near { .. })
    }

    /// Rows that others can be looked up among.
    pub(super) fn known(&self, seed: u64) -> Result<Known<'_>, StepError> {
        let index = match self.way {
            Way::Exact => None,
            Way::Near { least, .. } => Some(Index::new(least, seed).map_err(refused)?),
        };
        Ok(Known { similarity: self, cells: BTreeMap::new(), index })
    }

    fn columns<'t>(&self, rows: &'t Table, role: &str) -> Result<Vec<&'t Column>, StepError> {
        if self.columns.is_empty() {
            return Ok(rows.iter().map(|(_, column)| column).collect());
        }
        self.columns.iter().map(|name| rows.column(name).map_err(of(role))).collect()
    }
}

/// Rows that were put in.
#[derive(Debug)]
pub(super) struct Known<'s> {
    similarity: &'s Similarity,
    cells: BTreeMap<Vec<String>, usize>,
    index: Option<Index>,
}

impl Known<'_> {
    /// For each row the number of the one that it repeats. Rows that repeat none are put in under `first` and their place, if
    /// `keeps`.
    pub(super) fn look(
        &mut self,
        rows: &Table,
        role: &str,
        keeps: Option<usize>,
    ) -> Result<Vec<Option<Match>>, StepError> {
        let columns = self.similarity.columns(rows, role)?;
        let mut found = Vec::with_capacity(rows.rows());
        for row in 0..rows.rows() {
            let cells: Vec<String> = columns.iter().map(|column| column.written(row)).collect();
            let number = keeps.map(|first| first + row);
            let of = match (&mut self.index, self.similarity.way) {
                (Some(index), Way::Near { unit, .. }) => {
                    let shingles = Shingles::new(&cells.join(" "), unit);
                    let of = index.find(&shingles).map_err(refused)?;
                    if let (None, Some(number)) = (of, number) {
                        index.insert(number, shingles).map_err(refused)?;
                    }
                    of
                }
                _ => {
                    let of = self.cells.get(&cells).map(|of| Match { of: *of, similarity: 1.0 });
                    if let (None, Some(number)) = (of, number) {
                        self.cells.insert(cells, number);
                    }
                    of
                }
            };
            found.push(of);
        }
        Ok(found)
    }
}

fn refused(error: redoubt_learn::error::Error) -> StepError {
    StepError::Data(error.to_string())
}
