//! Coarser values, until enough rows are alike.

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::anonymity::Anonymity;

use super::{StepError, count, of};
use crate::table::{Column, Table};

/// How one quasi-identifier becomes coarser.
#[derive(Debug)]
pub(super) struct Hierarchy {
    column: String,
    levels: Vec<Level>,
}

/// One way to write a cell. The last is always [`Level::Hidden`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Level {
    /// As it is.
    Whole,
    /// Numbers in bins of a width: `20-29`.
    Width(f64),
    /// The first characters, and a star for each other.
    Keep(usize),
    /// A star.
    Hidden,
}

/// What stands for a cell that is hidden.
const STAR: &str = "*";
/// The most steps of a hierarchy.
const LEVELS_MAX: usize = 16;

impl Hierarchy {
    pub(super) fn read(column: &str, table: &mut Settings<'_>) -> Self {
        let words = "widths of bins for a column of numbers, the narrowest first, such as [5, 10, 20]";
        let widths: Vec<f64> = table.or("widths", words, Vec::new());
        let words = "how many characters of a text stay, the most first, such as [4, 3, 2]";
        let keeps: Vec<u64> = table.or("keep", words, Vec::new());
        if !widths.is_empty() && !keeps.is_empty() {
            table.refuse("keep", "give `widths` for numbers or `keep` for texts, not both");
        }
        if widths.len().max(keeps.len()) > LEVELS_MAX {
            table.refuse("widths", format!("more than {LEVELS_MAX} steps"));
        }
        let rises = widths.windows(2).all(|pair| pair.first() < pair.last());
        if !rises || widths.iter().any(|width| !(*width > 0.0)) {
            table.refuse("widths", "expected numbers above 0, each larger than the one before");
        }
        if !keeps.windows(2).all(|pair| pair.first() > pair.last()) {
            table.refuse("keep", "expected whole numbers, each smaller than the one before");
        }
        let levels = widths.into_iter().map(Level::Width);
        let levels =
            levels.chain(keeps.into_iter().map(|keep| Level::Keep(usize::try_from(keep).unwrap_or(usize::MAX))));
        let levels = std::iter::once(Level::Whole).chain(levels).chain([Level::Hidden]).collect();
        Self { column: column.to_owned(), levels }
    }

    pub(super) fn column(&self) -> &str {
        &self.column
    }

    fn cells(&self, rows: &Table, level: usize) -> Result<Vec<String>, StepError> {
        let column = rows.column(&self.column).map_err(of("input"))?;
        let level = self.levels.get(level).copied().unwrap_or(Level::Hidden);
        if let Level::Width(_) = level {
            rows.numbers(&self.column).map_err(of("input"))?;
        }
        let cell = |row: usize| match (level, column) {
            (Level::Hidden, _) => STAR.to_owned(),
            (_, column) if column.is_missing(row) => String::new(),
            (Level::Width(width), Column::Number(cells)) => bin(cells.get(row).copied().unwrap_or_default(), width),
            (Level::Keep(keep), column) => {
                column.written(row).chars().enumerate().map(|(at, c)| if at < keep { c } else { '*' }).collect()
            }
            (_, column) => column.written(row),
        };
        Ok((0..rows.rows()).map(cell).collect())
    }
}

/// `20-29` where bins and the number are whole, else `20..30`.
fn bin(number: f64, width: f64) -> String {
    let low = (number / width).floor() * width;
    let high = low + width;
    if number.fract() == 0.0 && width.fract() == 0.0 {
        format!("{low}-{}", high - 1.0)
    } else {
        format!("{low}..{high}")
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Generalized {
    pub(super) table: Table,
    /// The rows, of the table before, that are still like fewer than `k`.
    pub(super) left: Vec<usize>,
    /// For each column how many steps were taken, and how many there are.
    pub(super) levels: Vec<(String, usize, usize)>,
}

/// Datafly (Sweeney 2002, section 5): while more rows than may be left out are like fewer than `k`, the column with the most
/// different values becomes a step coarser. It is greedy: the result has `k`, and may be coarser than it would have to be.
pub(super) fn generalize(
    rows: &Table,
    hierarchies: &[Hierarchy],
    k: usize,
    left_out_max: f64,
) -> Result<Generalized, StepError> {
    let mut levels = vec![0_usize; hierarchies.len()];
    let mut cells: Vec<Vec<String>> =
        hierarchies.iter().map(|hierarchy| hierarchy.cells(rows, 0)).collect::<Result<_, _>>()?;
    let left = loop {
        let groups = Anonymity::new(&cells).map_err(|error| StepError::Data(error.to_string()))?;
        let left = groups.below(k);
        if count(left.len()) <= left_out_max * count(rows.rows()) {
            break left;
        }
        let distinct = |column: &Vec<String>| {
            let mut values: Vec<&String> = column.iter().collect();
            values.sort_unstable();
            values.dedup();
            values.len()
        };
        let next = (0..hierarchies.len())
            .filter(|at| {
                levels.get(*at).zip(hierarchies.get(*at)).is_some_and(|(level, own)| level + 1 < own.levels.len())
            })
            .max_by_key(|at| (cells.get(*at).map_or(0, distinct), std::cmp::Reverse(*at)));
        let Some(at) = next else { break left };
        if let (Some(level), Some(own), Some(column)) = (levels.get_mut(at), hierarchies.get(at), cells.get_mut(at)) {
            *level += 1;
            *column = own.cells(rows, *level)?;
        }
    };
    let mut table = rows.clone();
    for ((hierarchy, level), cells) in hierarchies.iter().zip(&levels).zip(cells) {
        // A column that stays as it is keeps its type.
        if *level > 0 {
            table.set(&hierarchy.column, Column::Text(cells)).map_err(of("input"))?;
        }
    }
    let levels = hierarchies.iter().zip(levels).map(|(own, level)| (own.column.clone(), level, own.levels.len() - 1));
    Ok(Generalized { table, left, levels: levels.collect() })
}
