//! How well rows hide in groups: k-anonymity (Sweeney 2002), l-diversity (Machanavajjhala et al. 2007) and t-closeness (Li, Li
//! and Venkatasubramanian 2007).
//!
//! They judge a table, not what somebody knows besides: a group that is large enough may still be told apart by another column
//! that was not named.

use std::collections::BTreeMap;

use crate::check::{finite, same_rows};
use crate::error::{Error, Result};

/// A column that must not be learned about a person.
#[derive(Debug, Clone, Copy)]
pub enum Sensitive<'a> {
    /// Values that are the same or not: any two are as far apart.
    Categories(&'a [&'a str]),
    /// Numbers, whose order counts.
    Numbers(&'a [f64]),
}

/// What a table gives away.
#[derive(Debug, Clone, PartialEq)]
pub struct Anonymity {
    /// The rows of each group that cannot be told apart, the smallest groups first, then in order of their first rows.
    pub groups: Vec<Vec<usize>>,
    /// The rows of the smallest group.
    pub k: usize,
}

/// How much the groups of a table tell about a sensitive column.
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosure {
    /// The fewest different values in a group.
    pub distinct_l: usize,
    /// `exp` of the least entropy of values in a group: at most `distinct_l`, and less where one value is frequent.
    pub entropy_l: f64,
    /// The largest distance (earth mover's, `0..=1`) between the values of a group and those of all rows.
    pub t: f64,
    /// Of each group, in their order: different values, `exp` of the entropy, distance.
    pub groups: Vec<(usize, f64, f64)>,
}

impl Anonymity {
    /// Puts rows in groups by what is known of each: its cells of the quasi-identifiers.
    ///
    /// # Errors
    /// If there are no rows or no columns, or columns differ in length.
    pub fn new<S: AsRef<str>>(quasi: &[Vec<S>]) -> Result<Self> {
        let rows = quasi.first().map_or(0, Vec::len);
        if rows == 0 {
            return Err(Error::Empty { what: "quasi-identifiers" });
        }
        let mut groups: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
        for column in quasi {
            same_rows("quasi-identifiers", column.len(), rows)?;
        }
        for row in 0..rows {
            let cells = quasi.iter().filter_map(|column| column.get(row)).map(AsRef::as_ref).collect();
            groups.entry(cells).or_default().push(row);
        }
        let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
        groups.sort_by_key(|rows| (rows.len(), rows.first().copied()));
        let k = groups.first().map_or(0, Vec::len);
        Ok(Self { groups, k })
    }

    /// The rows in groups of fewer than `k`, in order.
    #[must_use]
    pub fn below(&self, k: usize) -> Vec<usize> {
        let mut rows: Vec<usize> = self.groups.iter().filter(|rows| rows.len() < k).flatten().copied().collect();
        rows.sort_unstable();
        rows
    }

    /// What the groups tell about a sensitive column.
    ///
    /// # Errors
    /// If it has another length, or a number is not finite.
    pub fn disclosure(&self, sensitive: Sensitive<'_>) -> Result<Disclosure> {
        let rows: usize = self.groups.iter().map(Vec::len).sum();
        let (places, values, is_ordered) = match sensitive {
            Sensitive::Categories(cells) => {
                same_rows("the sensitive column", cells.len(), rows)?;
                let mut known = cells.to_vec();
                known.sort_unstable();
                known.dedup();
                let places: Vec<usize> = cells.iter().map(|cell| known.binary_search(cell).unwrap_or(0)).collect();
                (places, known.len(), false)
            }
            Sensitive::Numbers(cells) => {
                same_rows("the sensitive column", cells.len(), rows)?;
                finite("the sensitive column", cells)?;
                let mut known = cells.to_vec();
                known.sort_by(f64::total_cmp);
                known.dedup();
                let place = |cell: &f64| known.binary_search_by(|other| other.total_cmp(cell)).unwrap_or(0);
                (cells.iter().map(place).collect(), known.len(), true)
            }
        };
        let counted = |rows: &[usize]| {
            let mut counts = BTreeMap::<usize, usize>::new();
            for place in rows.iter().filter_map(|row| places.get(*row)) {
                *counts.entry(*place).or_default() += 1;
            }
            counts
        };
        let everyone: Vec<usize> = (0..rows).collect();
        let all = counted(&everyone);
        let of_group = |rows_of: &Vec<usize>| {
            let counts = counted(rows_of);
            let size = rows_of.len() as f64;
            let entropy: f64 = counts.values().map(|count| *count as f64 / size).map(|share| -share * share.ln()).sum();
            let gaps = all.iter().map(|(place, count)| {
                counts.get(place).map_or(0.0, |own| *own as f64 / size) - *count as f64 / rows as f64
            });
            let distance = if is_ordered {
                let mut moved = 0.0_f64;
                let work: f64 = gaps
                    .map(|gap| {
                        moved += gap;
                        moved.abs()
                    })
                    .sum();
                if values > 1 { work / (values - 1) as f64 } else { 0.0 }
            } else {
                gaps.map(f64::abs).sum::<f64>() / 2.0
            };
            (counts.len(), entropy.exp(), distance)
        };
        let groups: Vec<(usize, f64, f64)> = self.groups.iter().map(of_group).collect();
        Ok(Disclosure {
            distinct_l: groups.iter().map(|group| group.0).min().unwrap_or(0),
            entropy_l: groups.iter().map(|group| group.1).fold(f64::INFINITY, f64::min),
            t: groups.iter().map(|group| group.2).fold(0.0, f64::max),
            groups,
        })
    }
}
