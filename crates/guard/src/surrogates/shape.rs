//! A value of the same shape.

use super::Dice;

const VOWELS: &[u8] = b"aeiou";
const CONSONANTS: &[u8] = b"bcdfghklmnprstvwxz";

/// The value with other letters and digits. Vowels stay vowels, so that what could be spoken still can; where digits
/// tell most, as in `EMP-123456`, letters say what kind of number it is and stay.
pub(super) fn alike(value: &str, dice: &mut Dice) -> String {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let keeps_letters = digits >= 4 && letters <= 4;
    let mut is_first = true;
    let other = |c: char| {
        let choice = match c {
            '0'..='9' => dice.digit(),
            _ if c.is_numeric() => dice.digit(),
            _ if !c.is_alphabetic() || keeps_letters => return c,
            _ if is_vowel(c) => dice.pick(VOWELS).unwrap_or(b'a'),
            _ => dice.pick(CONSONANTS).unwrap_or(b'n'),
        };
        // A number that begins with nothing is a shorter one.
        let choice = if c.is_ascii_digit() && c != '0' && is_first && choice == b'0' { b'7' } else { choice };
        is_first = false;
        let choice = char::from(choice);
        if c.is_uppercase() { choice.to_ascii_uppercase() } else { choice }
    };
    value.chars().map(other).collect()
}

/// The digits of a value.
pub(super) fn digits(value: &str) -> Vec<u8> {
    value.bytes().filter(u8::is_ascii_digit).collect()
}

/// The value with these digits in the place of its own; the digits alone if it has another number of them.
pub(super) fn filled(value: &str, digits: &[u8]) -> String {
    if self::digits(value).len() != digits.len() {
        return digits.iter().map(|digit| char::from(*digit)).collect();
    }
    let mut digits = digits.iter();
    value
        .chars()
        .map(|c| if c.is_ascii_digit() { digits.next().map_or(c, |digit| char::from(*digit)) } else { c })
        .collect()
}

fn is_vowel(c: char) -> bool {
    "aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüœ".contains(c.to_lowercase().next().unwrap_or(c))
}
