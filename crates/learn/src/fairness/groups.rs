//! Who belongs to which group.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::same_rows;
use crate::error::{Error, Result};

/// Pairs of groups are compared: more would be half a million pairs.
const GROUPS_MAX: usize = 1000;

/// The group of each row. Groups are in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    names: Vec<String>,
    of: Vec<usize>,
}

impl Groups {
    /// By the value of one protected attribute.
    ///
    /// # Errors
    /// If there are no rows or more than a thousand groups.
    pub fn new<S: AsRef<str>>(attribute: &[S]) -> Result<Self> {
        Self::named(attribute.iter().map(|value| value.as_ref().to_owned()).collect())
    }

    /// By the values of several attributes together, joined by ` & `: fair to women and fair to the old is not yet fair to
    /// old women.
    ///
    /// # Errors
    /// If there is no attribute, their lengths differ, or there are more than a thousand groups.
    pub fn intersection<S: AsRef<str>>(attributes: &[&[S]]) -> Result<Self> {
        let rows = attributes.first().map_or(0, |first| first.len());
        for attribute in attributes {
            same_rows("an attribute", attribute.len(), rows)?;
        }
        let joined = |row: usize| {
            let values: Vec<&str> =
                attributes.iter().filter_map(|attribute| attribute.get(row)).map(AsRef::as_ref).collect();
            values.join(" & ")
        };
        Self::named((0..rows).map(joined).collect())
    }

    fn named(values: Vec<String>) -> Result<Self> {
        if values.is_empty() {
            return Err(Error::Empty { what: "groups" });
        }
        let distinct: BTreeSet<&String> = values.iter().collect();
        if distinct.len() > GROUPS_MAX {
            return Err(Error::TooLarge { what: "groups", found: distinct.len(), most: GROUPS_MAX });
        }
        let place: BTreeMap<&String, usize> = distinct.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let of = values.iter().filter_map(|value| place.get(value).copied()).collect();
        let names = distinct.into_iter().cloned().collect();
        Ok(Self { names, of })
    }

    /// The names of the groups.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// For each row the place of its group in [`Self::names`].
    #[must_use]
    pub fn of(&self) -> &[usize] {
        &self.of
    }
}
