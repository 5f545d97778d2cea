//! Parameters of learners: declared in a table, read from a plain map.

use std::collections::BTreeMap;

/// A value as a pipeline file can write it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A word or a list in text.
    Text(String),
}

impl Value {
    /// What it is, for messages.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Text(_) => "text",
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => write!(f, "{value:?}"),
            Self::Boolean(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// Values by the names of their parameters.
pub type Parameters = BTreeMap<String, Value>;

/// What a parameter can be, and what it is if nothing is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A whole number.
    Integer {
        /// If nothing is said.
        default: i64,
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A number.
    Number {
        /// If nothing is said.
        default: f64,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// True or false.
    Boolean {
        /// If nothing is said.
        default: bool,
    },
    /// One of a few words.
    Choice {
        /// If nothing is said.
        default: &'static str,
        /// All of them.
        words: &'static [&'static str],
    },
    /// Numbers of columns, counted from zero and separated by commas; none if nothing is said.
    Columns,
}

/// One parameter of a learner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its name in a file.
    pub name: &'static str,
    /// What it does, for people.
    pub about: &'static str,
    /// What it can be.
    pub kind: Kind,
}

impl Parameter {
    pub(super) const fn integer(name: &'static str, default: i64, least: i64, most: i64, about: &'static str) -> Self {
        Self { name, about, kind: Kind::Integer { default, least, most } }
    }

    pub(super) const fn number(name: &'static str, default: f64, least: f64, most: f64, about: &'static str) -> Self {
        Self { name, about, kind: Kind::Number { default, least, most } }
    }

    pub(super) const fn boolean(name: &'static str, default: bool, about: &'static str) -> Self {
        Self { name, about, kind: Kind::Boolean { default } }
    }

    pub(super) const fn choice(
        name: &'static str,
        default: &'static str,
        words: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self { name, about, kind: Kind::Choice { default, words } }
    }

    pub(super) const fn columns(name: &'static str, about: &'static str) -> Self {
        Self { name, about, kind: Kind::Columns }
    }
}

/// Why a learner cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// There is no such learner.
    #[error("no learner is called `{name}`{}", meant(nearest.as_ref()))]
    Learner {
        /// What was asked for.
        name: String,
        /// The one that may be meant.
        nearest: Option<&'static str>,
    },
    /// The learner has no such parameter.
    #[error("`{learner}` has no parameter `{name}`{}", meant(nearest.as_ref()))]
    Unknown {
        /// The learner's id.
        learner: &'static str,
        /// What was given.
        name: String,
        /// The one that may be meant.
        nearest: Option<&'static str>,
    },
    /// The value is of another kind or out of bounds.
    #[error("`{name}` of `{learner}` must be {expected}, not {found}")]
    Value {
        /// The learner's id.
        learner: &'static str,
        /// The parameter.
        name: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
}

fn meant(nearest: Option<&&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Parameters of one learner, each within its bounds and each there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checked(BTreeMap<&'static str, Value>);

/// The longest list of columns in text.
const COLUMNS_TEXT_MAX: usize = 1 << 16;

impl Checked {
    /// Reads given values against a learner's table.
    pub(super) fn new(
        learner: &'static str,
        table: &'static [Parameter],
        given: &Parameters,
    ) -> Result<Self, ParameterError> {
        if let Some(name) = given.keys().find(|name| table.iter().all(|parameter| parameter.name != name.as_str())) {
            let nearest = nearest(name, table.iter().map(|parameter| parameter.name));
            return Err(ParameterError::Unknown { learner, name: name.clone(), nearest });
        }
        let mut checked = BTreeMap::new();
        for &Parameter { name, kind, .. } in table {
            let value = read(kind, given.get(name)).map_err(|(expected, found)| ParameterError::Value {
                learner,
                name,
                expected,
                found,
            })?;
            checked.insert(name, value);
        }
        Ok(Self(checked))
    }

    /// A whole number that the table bounds from below by zero.
    pub(super) fn whole(&self, name: &str) -> usize {
        match self.0.get(name) {
            Some(Value::Integer(value)) => usize::try_from(*value).unwrap_or(0),
            _ => 0,
        }
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Number(value)) => *value,
            _ => 0.0,
        }
    }

    /// True or false.
    pub(super) fn boolean(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Boolean(true)))
    }

    /// A word.
    pub(super) fn word(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Numbers of columns, ascending.
    pub(super) fn columns(&self, name: &str) -> Vec<usize> {
        let mut columns: Vec<usize> = self.word(name).split(',').filter_map(|part| part.trim().parse().ok()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// The value of a parameter, or what was expected and what was found.
fn read(kind: Kind, given: Option<&Value>) -> Result<Value, (String, String)> {
    let wrong = |expected: String| {
        let found = given.map_or_else(String::new, |value| match value {
            Value::Text(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
            value => format!("{} {value}", value.kind()),
        });
        Err((expected, found))
    };
    match (kind, given) {
        (Kind::Integer { default, .. }, None) => Ok(Value::Integer(default)),
        (Kind::Integer { least, most, .. }, Some(Value::Integer(value))) if (least..=most).contains(value) => {
            Ok(Value::Integer(*value))
        }
        (Kind::Integer { least, most, .. }, _) => wrong(format!("a whole number from {least} to {most}")),
        (Kind::Number { default, .. }, None) => Ok(Value::Number(default)),
        (Kind::Number { least, most, .. }, Some(Value::Number(value))) if (least..=most).contains(value) => {
            Ok(Value::Number(*value))
        }
        (Kind::Number { least, most, .. }, Some(Value::Integer(value)))
            if (least..=most).contains(&(*value as f64)) =>
        {
            Ok(Value::Number(*value as f64))
        }
        (Kind::Number { least, most, .. }, _) => wrong(format!("a number from {least} to {most}")),
        (Kind::Boolean { default }, None) => Ok(Value::Boolean(default)),
        (Kind::Boolean { .. }, Some(Value::Boolean(value))) => Ok(Value::Boolean(*value)),
        (Kind::Boolean { .. }, _) => wrong("true or false".to_owned()),
        (Kind::Choice { default, .. }, None) => Ok(Value::Text(default.to_owned())),
        (Kind::Choice { words, .. }, Some(Value::Text(text))) if words.contains(&text.as_str()) => {
            Ok(Value::Text(text.clone()))
        }
        (Kind::Choice { words, .. }, _) => wrong(format!("one of `{}`", words.join("`, `"))),
        (Kind::Columns, None) => Ok(Value::Text(String::new())),
        (Kind::Columns, Some(Value::Text(text)))
            if text.len() <= COLUMNS_TEXT_MAX
                && (text.trim().is_empty() || text.split(',').all(|part| part.trim().parse::<u16>().is_ok())) =>
        {
            Ok(Value::Text(text.clone()))
        }
        // A single column may be written as a number.
        (Kind::Columns, Some(Value::Integer(value))) if u16::try_from(*value).is_ok() => {
            Ok(Value::Text(value.to_string()))
        }
        (Kind::Columns, _) => wrong("numbers of columns separated by commas".to_owned()),
    }
}

/// The candidate closest to `word` by edits, if one is close enough to be meant.
pub(super) fn nearest(word: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let word: Vec<char> = word.chars().take(64).flat_map(char::to_lowercase).collect();
    candidates
        .map(|candidate| (edits(&word, candidate), candidate))
        .filter(|(edits, candidate)| *edits * 3 <= candidate.len().max(word.len()).max(3))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn edits(word: &[char], candidate: &str) -> usize {
    let mut above: Vec<usize> = (0..=word.len()).collect();
    for (row, c) in candidate.chars().enumerate() {
        let mut corner = row;
        let mut left = row + 1;
        if let Some(first) = above.first_mut() {
            *first = left;
        }
        for (cell, &w) in above.iter_mut().skip(1).zip(word) {
            let best = (corner + usize::from(w != c)).min(*cell + 1).min(left + 1);
            corner = *cell;
            left = best;
            *cell = best;
        }
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Checked, Parameter, Value};

    const TABLE: &[Parameter] = &[
        Parameter::integer("trees", 100, 1, 1000, "how many"),
        Parameter::number("learning_rate", 0.1, 0.0, 1.0, "how far"),
        Parameter::boolean("fast", true, "whether"),
        Parameter::choice("loss", "log", &["log", "squared"], "which"),
        Parameter::columns("categorical_columns", "which"),
    ];

    fn check(name: &str, value: Value, expected: &str) {
        let given = [(name.to_owned(), value)].into();
        let found = match Checked::new("learner", TABLE, &given) {
            Ok(checked) => checked.0.get(name).unwrap().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_read_or_refused_in_words() {
        check("trees", Value::Integer(7), "7");
        check(
            "trees",
            Value::Integer(0),
            "`trees` of `learner` must be a whole number from 1 to 1000, not a whole number 0",
        );
        check(
            "trees",
            Value::Number(7.0),
            "`trees` of `learner` must be a whole number from 1 to 1000, not a number 7.0",
        );
        check("learning_rate", Value::Integer(1), "1.0");
        check(
            "learning_rate",
            Value::Number(f64::NAN),
            "`learning_rate` of `learner` must be a number from 0 to 1, not a number NaN",
        );
        check("fast", Value::Boolean(false), "false");
        check("loss", Value::Text("squared".into()), "squared");
        check("loss", Value::Text("hinge".into()), "`loss` of `learner` must be one of `log`, `squared`, not `hinge`");
        check("categorical_columns", Value::Text("3, 1,3".into()), "3, 1,3");
        check("categorical_columns", Value::Integer(2), "2");
        check(
            "categorical_columns",
            Value::Text("a".into()),
            "`categorical_columns` of `learner` must be numbers of columns separated by commas, not `a`",
        );
        check(
            "leaning_rate",
            Value::Integer(1),
            "`learner` has no parameter `leaning_rate`; did you mean `learning_rate`?",
        );
        check("colour", Value::Integer(1), "`learner` has no parameter `colour`");
    }

    #[test]
    fn what_is_not_given_has_its_default() {
        let checked =
            Checked::new("learner", TABLE, &[("categorical_columns".to_owned(), Value::Text("3, 1,3".into()))].into())
                .unwrap();
        assert_eq!(checked.whole("trees"), 100);
        assert!((checked.number("learning_rate") - 0.1).abs() < 1e-12);
        assert!(checked.boolean("fast"));
        assert_eq!(checked.word("loss"), "log");
        assert_eq!(checked.columns("categorical_columns"), [1, 3]);
    }
}
