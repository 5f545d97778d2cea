//! The language of searches: `metrics.acc > 0.9 AND tags.team = 'fraud'`, and what to order by.
//!
//! A text becomes a tree of types once ([`filter`], [`order`]); the tree becomes SQL whose values are all parameters
//! ([`sql`]), or is asked of something in memory ([`Test::holds`]). The grammar is that of MLflow's search (its
//! documentation, "Search Runs"): comparisons joined by `AND`; keys bare, in backticks or in double quotes; texts in
//! single or double quotes.

mod lex;
mod parse;
pub(crate) mod sql;

pub(crate) use parse::{filter, order};

use thiserror::Error;

use crate::problem::Problem;

/// Why a filter or an order cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{reason}, at character {at}")]
pub(crate) struct SyntaxError {
    /// Where, in characters from 1.
    pub(crate) at: usize,
    /// What is wrong.
    pub(crate) reason: String,
}

impl SyntaxError {
    /// As an answer; `what` is what was read.
    pub(crate) fn into_problem(self, what: &str, text: &str) -> Problem {
        Problem::invalid(format!("Invalid {what} `{}`: {self}", crate::fields::shortened(text)))
    }
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) entity: Entity,
    /// The name of the attribute, or the key of the param, metric or tag.
    pub(crate) key: String,
    /// Where it is written, in characters from 1.
    pub(crate) at: usize,
}

/// Where a field lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entity {
    Attribute,
    Param,
    Metric,
    Tag,
    Dataset,
}

/// One comparison of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clause {
    pub(crate) field: Field,
    pub(crate) test: Test,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Compare(Comparison, Literal),
    /// `%` is any text and `_` any character; `fold` if ASCII's capitals count as small letters (`ILIKE`).
    Like {
        pattern: String,
        fold: bool,
    },
    In(Vec<Literal>),
    NotIn(Vec<Literal>),
    IsNull,
    IsNotNull,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it only asks if two values are the same.
    pub(crate) const fn is_of_sameness(self) -> bool {
        matches!(self, Self::Equal | Self::Unequal)
    }
}

/// A value of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Number(f64),
}

/// One item of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderItem {
    pub(crate) field: Field,
    pub(crate) is_descending: bool,
}

impl Test {
    /// Whether `value` passes, where nothing is a value that is not there: it is unequal to everything.
    pub(crate) fn holds(&self, value: Option<&Literal>) -> bool {
        match (self, value) {
            (Self::IsNull, value) => value.is_none(),
            (Self::IsNotNull, value) => value.is_some(),
            (Self::Compare(Comparison::Unequal, _) | Self::NotIn(_), None) => true,
            (_, None) => false,
            (Self::Compare(comparison, literal), Some(value)) => compares(*comparison, value, literal),
            (Self::In(literals), Some(value)) => literals.contains(value),
            (Self::NotIn(literals), Some(value)) => !literals.contains(value),
            (Self::Like { pattern, fold }, Some(Literal::Text(text))) => like(pattern, text, *fold),
            (Self::Like { .. }, Some(Literal::Number(_))) => false,
        }
    }
}

fn compares(comparison: Comparison, value: &Literal, literal: &Literal) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (value, literal) {
        (Literal::Text(value), Literal::Text(literal)) => Some(value.cmp(literal)),
        (Literal::Number(value), Literal::Number(literal)) => value.partial_cmp(literal),
        _ => None,
    };
    match comparison {
        Comparison::Equal => order == Some(Equal),
        Comparison::Unequal => order != Some(Equal),
        Comparison::Less => order == Some(Less),
        Comparison::LessOrEqual => matches!(order, Some(Less | Equal)),
        Comparison::Greater => order == Some(Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Greater | Equal)),
    }
}

/// Whether `text` fits `pattern`. Goes back only to the last `%`, so it takes at most the product of the lengths.
fn like(pattern: &str, text: &str, fold: bool) -> bool {
    let folded = |text: &str| -> Vec<char> {
        if fold { text.chars().map(|c| c.to_ascii_lowercase()).collect() } else { text.chars().collect() }
    };
    let (pattern, text) = (folded(pattern), folded(text));
    let (mut at, mut of) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while let Some(character) = text.get(at) {
        match pattern.get(of) {
            Some('%') => {
                last = Some((of, at));
                of += 1;
            }
            Some(wanted) if *wanted == '_' || wanted == character => {
                of += 1;
                at += 1;
            }
            _ => {
                let Some((percent, from)) = last else { return false };
                last = Some((percent, from + 1));
                (of, at) = (percent + 1, from + 1);
            }
        }
    }
    pattern.get(of..).unwrap_or_default().iter().all(|&rest| rest == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_sql() {
        let cases = [
            ("abc", "abc", true),
            ("abc", "abd", false),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%b%", "abc", true),
            ("%b", "abc", false),
            ("a_c", "abc", true),
            ("a_c", "ac", false),
            ("%", "", true),
            ("", "", true),
            ("", "a", false),
            ("_", "ä", true),
            ("%a%b%", "xxaxxbxx", true),
            ("%a%b%", "xxbxxaxx", false),
            ("A%", "abc", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(like(pattern, text, false), expected, "{pattern} {text}");
        }
        assert!(like("A%C", "abc", true));
    }

    #[test]
    fn what_is_not_there_is_unequal_and_nothing_else() {
        let text = |text: &str| Literal::Text(text.to_owned());
        let unequal = Test::Compare(Comparison::Unequal, text("true"));
        assert!(unequal.holds(None) && unequal.holds(Some(&text("false"))) && !unequal.holds(Some(&text("true"))));
        assert!(!Test::Compare(Comparison::Equal, text("true")).holds(None));
        assert!(Test::NotIn(vec![text("a")]).holds(None) && !Test::In(vec![text("a")]).holds(None));
        assert!(Test::IsNull.holds(None) && !Test::IsNotNull.holds(None));
        assert!(!Test::Like { pattern: "%".into(), fold: false }.holds(None));
        let nan = Literal::Number(f64::NAN);
        assert!(!Test::Compare(Comparison::GreaterOrEqual, Literal::Number(0.0)).holds(Some(&nan)));
    }
}
