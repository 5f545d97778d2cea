//! What keeps a number from being computed.

/// Why there is no number. Never is a quantity that is not defined returned as NaN, infinity or zero.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing to compute from.
    #[error("`{what}` is empty; give at least one row")]
    Empty {
        /// The argument.
        what: &'static str,
    },
    /// Two arguments that describe the same rows differ in length.
    #[error("`{what}` has {found} rows where {expected} are expected; both must describe the same rows")]
    Lengths {
        /// The argument.
        what: &'static str,
        /// Its rows.
        found: usize,
        /// The rows of what it belongs to.
        expected: usize,
    },
    /// A value is infinite, not a number, or outside what the argument allows.
    #[error("row {row} of `{what}` is outside {allowed}; correct or drop the row")]
    Value {
        /// The argument.
        what: &'static str,
        /// Counted from zero.
        row: usize,
        /// What would be allowed.
        allowed: &'static str,
    },
    /// A setting is outside what it may be.
    #[error("the setting `{what}` must be {allowed}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// What it may be.
        allowed: &'static str,
    },
    /// More than this computation is willing to hold or to walk through.
    #[error("`{what}` has {found} where at most {most} are allowed; take a sample")]
    TooLarge {
        /// The argument and its unit.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        most: usize,
    },
    /// The quantity does not exist for this input, by its definition.
    #[error("{what} is undefined: {why}")]
    Undefined {
        /// The quantity.
        what: &'static str,
        /// What is missing.
        why: &'static str,
    },
    /// An iteration did not come to rest.
    #[error("{what} did not converge in {iterations} iterations; look for constant or huge values in the input")]
    NotConverged {
        /// The computation.
        what: &'static str,
        /// After how many rounds it was given up.
        iterations: usize,
    },
}

/// A number, or why there is none.
pub type Result<T> = std::result::Result<T, Error>;
