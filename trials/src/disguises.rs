//! Ways of writing a text so that people still read it, or a model still decodes it, and a plain search does not find it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) const LEET: &[(char, char)] = &[('a', '4'), ('e', '3'), ('i', '1'), ('o', '0'), ('s', '5'), ('t', '7')];

#[rustfmt::skip]
pub(crate) const LOOK_ALIKES: &[(char, char)] = &[
    ('a', 'а'), ('c', 'с'), ('e', 'е'), ('i', 'і'), ('o', 'о'), ('p', 'р'), ('s', 'ѕ'), ('x', 'х'), ('y', 'у'),
    ('B', 'В'), ('E', 'Е'), ('H', 'Н'), ('K', 'К'), ('N', 'Ν'), ('T', 'Т'),
    ('0', '𝟎'), ('1', '𝟏'), ('2', '𝟐'), ('3', '𝟑'), ('4', '𝟒'), ('5', '𝟓'), ('6', '𝟔'), ('7', '𝟕'), ('8', '𝟖'), ('9', '𝟗'),
];

/// A zero-width character after each character.
pub(crate) fn zero_width(value: &str) -> String {
    value.chars().flat_map(|c| [c, '\u{200b}']).collect()
}

/// A space after each character.
pub(crate) fn spaced(value: &str) -> String {
    let letters: Vec<String> = value.chars().map(String::from).collect();
    letters.join(" ")
}

/// The forms as wide as a Chinese character.
pub(crate) fn full_width(value: &str) -> String {
    let wide = |c: char| match c {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        _ => c,
    };
    value.chars().map(wide).collect()
}

/// Digits in the place of letters.
pub(crate) fn leet(value: &str) -> String {
    swapped(value, LEET)
}

/// Letters from other alphabets, and mathematical digits.
pub(crate) fn look_alikes(value: &str) -> String {
    swapped(value, LOOK_ALIKES)
}

/// Characters of the tag block, which nobody sees.
pub(crate) fn tags(value: &str) -> String {
    value.chars().map(|c| char::from_u32(u32::from(c) + 0xe0000).unwrap_or(c)).collect()
}

pub(crate) fn base64(value: &str) -> String {
    STANDARD.encode(value)
}

pub(crate) fn hexadecimal(value: &str) -> String {
    value.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Percent-encoding of each byte.
pub(crate) fn percent(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Each character as `\u00XX`.
pub(crate) fn escapes(value: &str) -> String {
    value.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
}

fn swapped(value: &str, table: &[(char, char)]) -> String {
    value.chars().map(|c| table.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

/// A mark of direction after each character.
pub(crate) fn directions(value: &str) -> String {
    value.chars().flat_map(|c| [c, '\u{200f}']).collect()
}

/// Marks above and through each character.
pub(crate) fn combining(value: &str) -> String {
    value.chars().flat_map(|c| [c, '\u{336}', '\u{301}']).collect()
}

/// A terminal sequence after each character.
pub(crate) fn terminal(value: &str) -> String {
    value.chars().map(|c| format!("{c}\u{1b}[0m")).collect()
}

/// Each character as an HTML entity.
pub(crate) fn entities(value: &str) -> String {
    value.chars().map(|c| format!("&#{};", u32::from(c))).collect()
}

/// Letters rotated by thirteen.
pub(crate) fn rotated(value: &str) -> String {
    let turn = |c: char, first: u8| {
        let at = u8::try_from(c).unwrap_or(first).wrapping_sub(first);
        char::from(first + (at + 13) % 26)
    };
    let one = |c: char| match c {
        'a'..='z' => turn(c, b'a'),
        'A'..='Z' => turn(c, b'A'),
        _ => c,
    };
    value.chars().map(one).collect()
}

/// From the end to the beginning.
pub(crate) fn reversed(value: &str) -> String {
    value.chars().rev().collect()
}

/// Each byte as a variation selector behind one visible character.
pub(crate) fn selectors(value: &str) -> String {
    let selector = |byte: u8| match byte {
        0..16 => char::from_u32(0xfe00 + u32::from(byte)),
        16.. => char::from_u32(0xe0100 + u32::from(byte) - 16),
    };
    std::iter::once('\u{1f600}').chain(value.bytes().filter_map(selector)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disguise_says_the_same_in_other_characters() {
        let check = |disguise: fn(&str) -> String, expected: &str| assert_eq!(disguise("Nod 1"), expected);
        check(zero_width, "N\u{200b}o\u{200b}d\u{200b} \u{200b}1\u{200b}");
        check(spaced, "N o d   1");
        check(full_width, "Ｎｏｄ\u{3000}１");
        check(leet, "N0d 1");
        check(look_alikes, "Νоd 𝟏");
        check(base64, "Tm9kIDE=");
        check(hexadecimal, "4e6f642031");
        check(percent, "%4E%6F%64%20%31");
        check(escapes, "\\u004e\\u006f\\u0064\\u0020\\u0031");
        check(entities, "&#78;&#111;&#100;&#32;&#49;");
        check(rotated, "Abq 1");
        check(reversed, "1 doN");
        check(terminal, "N\u{1b}[0mo\u{1b}[0md\u{1b}[0m \u{1b}[0m1\u{1b}[0m");
        check(tags, "\u{e004e}\u{e006f}\u{e0064}\u{e0020}\u{e0031}");
        check(selectors, "\u{1f600}\u{e013e}\u{e015f}\u{e0154}\u{e0110}\u{e0121}");
        assert_eq!(rotated(&rotated("The quick brown fox, Zz")), "The quick brown fox, Zz");
        assert!(directions("ab").starts_with("a\u{200f}b") && combining("ab").starts_with("a\u{336}"));
    }
}
