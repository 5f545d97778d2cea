//! `[[rules]]`: what is decided whatever the model says.

use redoubt_domain::settings::Table as Settings;
use serde_json::{Value, json};

use super::StepError;
use crate::table::{Column, Table};

/// The most rules of a model.
const RULES_MAX: usize = 256;

/// What a row gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Yes,
    No,
    /// A person decides.
    Refer,
}

const DECISIONS: [(&str, Decision); 3] = [("yes", Decision::Yes), ("no", Decision::No), ("refer", Decision::Refer)];

impl Decision {
    pub(super) fn word(self) -> &'static str {
        DECISIONS.iter().find(|(_, decision)| *decision == self).map_or("", |(word, _)| word)
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        DECISIONS.iter().find(|(known, _)| *known == word).map(|(_, decision)| *decision)
    }
}

/// A condition on a cell, and what follows from it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    column: String,
    sign: Sign,
    value: String,
    decide: Decision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    AtMost,
    AtLeast,
    Is,
    IsNot,
    Less,
    Greater,
}

/// The longer first: `<=` begins with `<`.
const SIGNS: [(&str, Sign); 6] = [
    ("<=", Sign::AtMost),
    (">=", Sign::AtLeast),
    ("==", Sign::Is),
    ("!=", Sign::IsNot),
    ("<", Sign::Less),
    (">", Sign::Greater),
];

impl Rule {
    /// Reads a list of them.
    pub(super) fn read(table: &mut Settings<'_>) -> Vec<Self> {
        let words = "what is decided whatever the model says; the first rule that applies counts";
        let rules = table.tables("rules", words, |table| {
            let words = "a column and what its cell must be, such as `amount > 10000` or `country == XX`; a missing cell \
                         meets no condition";
            let when = table.require("when", words, String::new());
            let decide = table.choose("decide", "what the row gets", &DECISIONS, Decision::Refer, "refer");
            match Self::parse(&when, decide) {
                Ok(rule) => Some(rule),
                Err(reason) => {
                    if table.has("when") {
                        table.refuse("when", reason);
                    }
                    None
                }
            }
        });
        if rules.len() > RULES_MAX {
            table.refuse("rules", format!("more than {RULES_MAX} rules"));
        }
        rules.into_iter().flatten().collect()
    }

    fn parse(when: &str, decide: Decision) -> Result<Self, String> {
        let form = || format!("`{when}` is not of the form `COLUMN > VALUE` with `<`, `<=`, `>`, `>=`, `==` or `!=`");
        let at = when.find(['<', '>', '=', '!']).ok_or_else(form)?;
        let (column, rest) = when.split_at(at);
        let (word, sign) = SIGNS.iter().find(|(word, _)| rest.starts_with(word)).ok_or_else(form)?;
        let value = rest.get(word.len()..).unwrap_or_default().trim().trim_matches(['"', '\'']);
        let is_order = !matches!(sign, Sign::Is | Sign::IsNot);
        if column.trim().is_empty() || value.is_empty() {
            return Err(form());
        }
        if is_order && !value.parse().is_ok_and(f64::is_finite) {
            return Err(format!("`{value}` is no number, and `{word}` compares numbers"));
        }
        Ok(Self { column: column.trim().to_owned(), sign: *sign, value: value.to_owned(), decide })
    }

    /// Whether each row meets the condition.
    fn met(&self, rows: &Table, role: &str) -> Result<Vec<bool>, StepError> {
        let column = rows.column(&self.column).map_err(super::of(role))?;
        let is_order = !matches!(self.sign, Sign::Is | Sign::IsNot);
        if is_order {
            rows.numbers(&self.column).map_err(super::of(role))?;
        }
        let number: Option<f64> = self.value.parse().ok();
        let met = |row: usize| {
            if column.is_missing(row) {
                return false;
            }
            if let (Column::Number(cells), Some(value)) = (column, number) {
                let cell = cells.get(row).copied().unwrap_or(f64::NAN);
                return match self.sign {
                    Sign::AtMost => cell <= value,
                    Sign::AtLeast => cell >= value,
                    Sign::Is => cell.total_cmp(&value).is_eq(),
                    Sign::IsNot => cell.total_cmp(&value).is_ne(),
                    Sign::Less => cell < value,
                    Sign::Greater => cell > value,
                };
            }
            (column.written(row) == self.value) == (self.sign == Sign::Is)
        };
        Ok((0..rows.rows()).map(met).collect())
    }

    /// What rules decide of each row.
    pub(super) fn decide(rules: &[Self], rows: &Table, role: &str) -> Result<Vec<Option<Decision>>, StepError> {
        let mut decided = vec![None; rows.rows()];
        for rule in rules {
            for (decided, met) in decided.iter_mut().zip(rule.met(rows, role)?) {
                if met && decided.is_none() {
                    *decided = Some(rule.decide);
                }
            }
        }
        Ok(decided)
    }

    pub(super) fn to_json(&self) -> Value {
        let sign = SIGNS.iter().find(|(_, sign)| *sign == self.sign).map_or("", |(word, _)| word);
        json!({ "when": format!("{} {sign} {}", self.column, self.value), "decide": self.decide.word() })
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let decide = Decision::parse(value.get("decide")?.as_str()?)?;
        Self::parse(value.get("when")?.as_str()?, decide).ok()
    }
}
