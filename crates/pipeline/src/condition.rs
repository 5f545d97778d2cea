//! `when = "measure.roc_auc >= 0.8"`.

use std::fmt;

/// A figure of an earlier step, compared with a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The step whose figure it is; empty for the step's own.
    pub step: String,
    /// The name of the figure.
    pub figure: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: f64,
}

/// The ways to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

const SIGNS: [(&str, Comparison); 4] =
    [("<=", Comparison::AtMost), (">=", Comparison::AtLeast), ("<", Comparison::Less), (">", Comparison::Greater)];

impl Condition {
    /// Reads `STEP.FIGURE SIGN NUMBER`, or `FIGURE SIGN NUMBER`; the error says what is wrong.
    ///
    /// # Errors
    /// If it is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not of the form `STEP.FIGURE >= NUMBER` with `<`, `<=`, `>` or `>=`");
        // What is in brackets tells a step of a matrix from the others, and has signs of its own.
        let (name, rest) = text.split_at(text.rfind(']').map_or(0, |at| at + 1));
        let (sign, comparison) = SIGNS.iter().find(|(sign, _)| rest.contains(sign)).ok_or_else(form)?;
        let (left, right) = rest.split_once(sign).ok_or_else(form)?;
        let left = text.get(..name.len() + left.len()).ok_or_else(form)?.trim();
        let (step, figure) = match left.get(name.len()..).and_then(|left| left.split_once('.')) {
            Some((_, figure)) => (left.get(..left.len() - figure.len() - 1).ok_or_else(form)?.trim(), figure),
            None => ("", left),
        };
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.[]=,+".contains(c));
        let value = right.trim().parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(form)?;
        if !is_name(figure) || !step.is_empty() && !is_name(step) {
            return Err(form());
        }
        Ok(Self { step: step.to_owned(), figure: figure.to_owned(), comparison: *comparison, value })
    }

    /// The sign and the number, which has a point, as other languages write them.
    #[must_use]
    pub fn parts(&self) -> (&'static str, String) {
        let sign = SIGNS.iter().find(|(_, comparison)| *comparison == self.comparison).map_or("", |(sign, _)| sign);
        let digits = self.value.to_string();
        (sign, if digits.contains('.') { digits } else { format!("{digits}.0") })
    }

    /// Whether a figure meets it.
    #[must_use]
    pub fn holds(&self, figure: f64) -> bool {
        match self.comparison {
            Comparison::Less => figure < self.value,
            Comparison::AtMost => figure <= self.value,
            Comparison::Greater => figure > self.value,
            Comparison::AtLeast => figure >= self.value,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, _) = self.parts();
        if !self.step.is_empty() {
            write!(f, "{}.", self.step)?;
        }
        write!(f, "{} {sign} {}", self.figure, self.value)
    }
}
