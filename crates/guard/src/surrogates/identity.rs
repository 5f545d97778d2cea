//! Numbers of persons that are set aside for tests.

use super::Dice;
use super::shape::{alike, digits, filled};
use crate::detectors::checksum;

/// So many numbers are tried until one has the right check digits: one of eleven has.
const TRIES: usize = 400;

/// A social security number of an area that was never issued.
pub(super) fn ssn(value: &str, dice: &mut Dice) -> Option<String> {
    issued_to_nobody(value, 9, b"666", |digits| digits.get(3..5) != Some(b"00"), dice)
}

/// A number of the National Health Service of the range for tests.
pub(super) fn nhs(value: &str, dice: &mut Dice) -> Option<String> {
    let holds = |digits: &[u8]| checksum::weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    issued_to_nobody(value, 10, b"999", holds, dice)
}

/// A citizen service number of the range for tests.
pub(super) fn bsn(value: &str, dice: &mut Dice) -> Option<String> {
    let holds = |digits: &[u8]| {
        let (sum, check) = (checksum::weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]), checksum::digit_at(digits, 8));
        sum % 11 == check
    };
    issued_to_nobody(value, 9, b"9999", holds, dice)
}

/// A social insurance number that begins as those do that are not issued.
pub(super) fn sin(value: &str, dice: &mut Dice) -> Option<String> {
    issued_to_nobody(value, 9, b"0", checksum::luhn, dice)
}

/// A tax number that begins as those for tests do.
pub(super) fn tax_id(value: &str, dice: &mut Dice) -> Option<String> {
    issued_to_nobody(value, 11, b"0", checksum::mod_11_10, dice)
}

fn issued_to_nobody(
    value: &str,
    length: usize,
    range: &[u8],
    holds: impl Fn(&[u8]) -> bool,
    dice: &mut Dice,
) -> Option<String> {
    if digits(value).len() != length {
        return Some(alike(value, dice));
    }
    let mut made = (0..TRIES).map(|_| [range, &dice.digits(length - range.len())].concat());
    Some(filled(value, &made.find(|made| holds(made))?))
}
