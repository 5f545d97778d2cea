//! Digits and signs used as letters.

use super::words::is_known;

/// Whether `c` stands for a letter in leet.
pub(super) fn is_leet(c: char) -> bool {
    matches!(c, '0' | '1' | '3' | '4' | '5' | '7' | '8' | '@' | '$' | '!' | '|' | '+')
}

/// Signs that may stand for a letter between letters. Others part words.
pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '@' | '$' | '!' | '|' | '+')
}

/// The letters that `word` (lower case) stands for, one for each character; nothing if it is no mix of letters and
/// digits or signs.
pub(super) fn undo(word: &str) -> Option<String> {
    let has_letter = word.chars().any(char::is_alphabetic);
    if !has_letter || !word.chars().any(is_leet) {
        return None;
    }
    let ones = word.chars().filter(|c| matches!(c, '1' | '|')).count();
    if ones > ONES_MAX {
        return Some(guessed(word));
    }
    // Bit by bit: whether the first, the second … one is an `l`.
    for choice in 0..1_u32 << ones {
        let mut rest = choice;
        let read = |c: char| {
            let is_one = matches!(c, '1' | '|');
            let one = if is_one && rest & 1 == 1 { 'l' } else { 'i' };
            rest >>= u32::from(is_one);
            letter(c, one)
        };
        let plain: String = word.chars().map(read).collect();
        if ones == 0 || is_known(&plain) {
            return Some(plain);
        }
    }
    Some(guessed(word))
}

/// So many ones are tried both ways.
const ONES_MAX: usize = 4;

fn letter(c: char, one: char) -> char {
    match c {
        '0' => 'o',
        '1' | '|' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '!' => 'i',
        other => other,
    }
}

/// A one is an `l` where English spells one: doubled, at the end, after a vowel or before one at the start, and
/// behind the consonants that `l` likes; else an `i`.
fn guessed(word: &str) -> String {
    let characters: Vec<char> = word.chars().map(|c| letter(c, '1')).collect();
    let is_vowel = |c: Option<&char>| c.is_some_and(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u'));
    let guess = |(at, c): (usize, &char)| {
        if *c != '1' {
            return *c;
        }
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(at + 1);
        let doubled = before == Some(&'1') || after == Some(&'1');
        let likes_l = before.is_none_or(|c| matches!(c, 'b' | 'c' | 'f' | 'g' | 'p' | 'a' | 'e' | 'i' | 'o' | 'u'));
        if doubled || after.is_none() || is_vowel(before) || (likes_l && is_vowel(after)) { 'l' } else { 'i' }
    };
    characters.iter().enumerate().map(guess).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leet_is_read() {
        let check = |word: &str, expected: Option<&str>| assert_eq!(undo(word).as_deref(), expected, "{word}");
        check("1gn0r3", Some("ignore"));
        check("a11", Some("all"));
        check("pr3v10u5", Some("previous"));
        check("1n57ruc710n5", Some("instructions"));
        check("r3v3a1", Some("reveal"));
        check("p@$$w0rd", Some("password"));
        check("!gn0re", Some("ignore"));
        check("gu1de1ines", Some("guidelines"));
        check("2024", None);
        check("plain", None);
    }
}
