//! Cards and accounts.

use super::Dice;
use super::shape::{alike, digits, filled};
use crate::detectors::checksum;

/// How cards begin, and how those do that the networks publish for tests.
const NETWORKS: &[(&[u8], &[u8])] = &[
    (b"34", b"378282"),
    (b"37", b"378282"),
    (b"35", b"353011"),
    (b"36", b"36227206"),
    (b"30", b"305693"),
    (b"4", b"400000"),
    (b"5", b"555555"),
    (b"2", b"222300"),
    (b"62", b"620000"),
    (b"6", b"601111"),
];

/// A card number of a range for tests, with its check digit.
pub(super) fn card(value: &str, dice: &mut Dice) -> Option<String> {
    let own = digits(value);
    let length = if (12..=19).contains(&own.len()) { own.len() } else { 16 };
    let range = NETWORKS.iter().find(|(begin, _)| own.starts_with(begin)).map_or(&b"400000"[..], |(_, range)| range);
    let mut made = [range, &dice.digits(length.saturating_sub(range.len() + 1))].concat();
    made.push(b'0');
    let excess = checksum::luhn_sum(&made) % 10;
    if let Some(last) = made.last_mut() {
        *last = b'0' + u8::try_from((10 - excess) % 10).unwrap_or(0);
    }
    Some(filled(value, &made))
}

/// An account of the same country and length, with its check digits.
pub(super) fn iban(value: &str, dice: &mut Dice) -> Option<String> {
    let own: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_iban = own.len() > 8 && own.bytes().take(2).all(|byte| byte.is_ascii_alphabetic());
    if !is_iban {
        return Some(alike(value, dice));
    }
    // Letters are those of a bank, by which nobody is known; without them it is no bank of the country.
    let account: String = own
        .chars()
        .skip(4)
        .map(|c| if c.is_ascii_digit() { char::from(dice.digit()) } else { c.to_ascii_uppercase() })
        .collect();
    let country = own.get(..2)?.to_ascii_uppercase();
    let rest = checksum::mod_97(format!("{account}{country}00").bytes())?;
    let made = format!("{country}{:02}{account}", 98 - rest);
    let mut made = made.chars();
    let other = |c: char| {
        let Some(other) = made.next() else { return c };
        if c.is_ascii_lowercase() { other.to_ascii_lowercase() } else { other }
    };
    let mut other = other;
    Some(value.chars().map(|c| if c.is_ascii_alphanumeric() { other(c) } else { c }).collect())
}
