//! The digits of a number, however it is written.

use std::borrow::Cow;

/// A number is written out to at most this many digits; what is longer by its exponent is mostly zeros.
const WRITTEN_OUT_MAX: usize = 64;

/// The digits of a number that is whole, without its sign: `4.2e3` and `4200.0` are `4200`.
pub fn digits(literal: &str) -> Option<Cow<'_, str>> {
    let unsigned = literal.strip_prefix('-').unwrap_or(literal);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Cow::Borrowed(unsigned));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let shift = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    if shift < 0 {
        // Only zeros may fall off the end, and a fraction that is left does not end in one.
        let dropped = usize::try_from(shift.unsigned_abs()).ok()?;
        let kept = whole.len().checked_sub(dropped)?;
        let is_whole = fraction.is_empty() && whole.get(kept..)?.bytes().all(|byte| byte == b'0');
        return is_whole.then(|| whole.get(..kept).map(Cow::Borrowed)).flatten();
    }
    let zeros = usize::try_from(shift).ok().filter(|zeros| *zeros <= WRITTEN_OUT_MAX)?;
    let digits = format!("{whole}{fraction}{:0<zeros$}", "");
    Some(Cow::Owned(digits.trim_start_matches('0').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_their_digits() {
        let rows = [
            ("4111111111111111", Some("4111111111111111")),
            ("-4111111111111111", Some("4111111111111111")),
            ("4111111111111111.0", Some("4111111111111111")),
            ("4111111111111111.00e0", Some("4111111111111111")),
            ("4.111111111111111e15", Some("4111111111111111")),
            ("4.111111111111111E+15", Some("4111111111111111")),
            ("41111111111111110e-1", Some("4111111111111111")),
            ("0.4111e4", Some("4111")),
            ("4.111e15", Some("4111000000000000")),
            ("4.111e2", None),
            ("4111e-1", None),
            ("0.5", None),
            ("1e-9", None),
            ("1e99999", None),
            ("1e99999999999999999999", None),
            ("1e-9223372036854775808", None),
        ];
        for (literal, expected) in rows {
            assert_eq!(digits(literal).as_deref(), expected, "{literal}");
        }
    }
}
