//! How well the rows of a table hide in groups.

use redoubt_learn::anonymity::{Anonymity, Disclosure, Sensitive};
use redoubt_learn::error::Error;
use serde_json::{Value, json};

use crate::table::{Column, Table, TableError};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// A column that is not there.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The data do not allow it.
    #[error(transparent)]
    Learn(#[from] Error),
    /// A number is missing.
    #[error("the sensitive column `{column}` is missing in row {row}; fill it or leave the row out")]
    Missing {
        /// The column.
        column: String,
        /// Counted from 1.
        row: usize,
    },
}

/// What a table gives away.
#[derive(Debug)]
pub struct Privacy {
    /// The names of the quasi-identifiers.
    pub quasi: Vec<String>,
    /// The groups of rows that cannot be told apart.
    pub anonymity: Anonymity,
    /// By sensitive column.
    pub sensitive: Vec<(String, Disclosure)>,
    /// The cells of the quasi-identifiers of each group's first row.
    pub names: Vec<Vec<String>>,
}

/// Groups that a report names.
const SHOWN_MAX: usize = 20;

impl Privacy {
    /// Looks at the groups that `quasi` columns make, and at what they tell about `sensitive` ones.
    ///
    /// # Errors
    /// If a column is not there or there are no rows.
    pub fn new(rows: &Table, quasi: &[String], sensitive: &[String]) -> Result<Self, PrivacyError> {
        let mut cells: Vec<Vec<String>> = Vec::new();
        for name in quasi {
            let column = rows.column(name)?;
            cells.push((0..rows.rows()).map(|row| column.written(row)).collect());
        }
        let anonymity = Anonymity::new(&cells)?;
        let mut disclosures = Vec::new();
        for name in sensitive {
            let disclosure = match rows.column(name)? {
                Column::Number(numbers) => {
                    if let Some(row) = numbers.iter().position(|number| number.is_nan()) {
                        return Err(PrivacyError::Missing { column: name.clone(), row: row + 1 });
                    }
                    anonymity.disclosure(Sensitive::Numbers(numbers))?
                }
                Column::Text(texts) => {
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    anonymity.disclosure(Sensitive::Categories(&texts))?
                }
            };
            disclosures.push((name.clone(), disclosure));
        }
        let first = |rows: &Vec<usize>| rows.first().copied().unwrap_or_default();
        let name = |row: usize| cells.iter().map(|column| column.get(row).cloned().unwrap_or_default()).collect();
        let names = anonymity.groups.iter().map(|rows| name(first(rows))).collect();
        Ok(Self { quasi: quasi.to_vec(), anonymity, sensitive: disclosures, names })
    }

    /// All of it, with the smallest groups, for machines.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let groups = self.anonymity.groups.iter().zip(&self.names).enumerate().take(SHOWN_MAX);
        let groups: Vec<Value> = groups
            .map(|(at, (rows, cells))| {
                let sensitive: Vec<Value> = self
                    .sensitive
                    .iter()
                    .filter_map(|(name, disclosure)| {
                        let (distinct, entropy, t) = disclosure.groups.get(at)?;
                        Some(json!({ "column": name, "distinct": distinct, "entropy_l": entropy, "t": t }))
                    })
                    .collect();
                json!({ "cells": cells, "rows": rows.len(), "sensitive": sensitive })
            })
            .collect();
        let sensitive: Vec<Value> = self
            .sensitive
            .iter()
            .map(|(name, Disclosure { distinct_l, entropy_l, t, groups: _ })| {
                json!({ "column": name, "distinct_l": distinct_l, "entropy_l": entropy_l, "t": t })
            })
            .collect();
        json!({
            "version": 1, "quasi": self.quasi, "groups": self.anonymity.groups.len(), "k": self.anonymity.k,
            "sensitive": sensitive, "smallest": groups,
        })
    }
}
