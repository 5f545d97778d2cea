//! What can be seen of a token: itself, its ends, its shape and its neighbours.

use super::super::hash::Hash;

/// The longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 256;

/// Places of the signs of each token.
pub(super) fn signs(sentence: &[&str], bits: usize) -> Vec<Vec<u32>> {
    let lower: Vec<String> = sentence.iter().map(|token| start(token, TOKEN_BYTES_MAX).to_lowercase()).collect();
    let shapes: Vec<String> = sentence.iter().map(|token| shape(start(token, TOKEN_BYTES_MAX))).collect();
    let word = |at: Option<usize>| at.and_then(|at| lower.get(at)).map_or("\u{2}", String::as_str);
    let form = |at: Option<usize>| at.and_then(|at| shapes.get(at)).map_or("\u{2}", String::as_str);
    let of_token = |(at, token): (usize, &&str)| {
        let here = word(Some(at));
        let (before, after) = (at.checked_sub(1), Some(at + 1));
        let mut places = vec![place(0, &[], bits)];
        let mut see = |kind: u8, parts: &[&str]| places.push(place(kind, parts, bits));
        see(1, &[here]);
        see(2, &[start(token, TOKEN_BYTES_MAX)]);
        see(3, &[form(Some(at))]);
        for length in 1..=4_u8 {
            if let Some((at, _)) = here.char_indices().nth(usize::from(length)) {
                see(10 + length, &[here.get(..at).unwrap_or_default()]);
            }
            if let Some((at, _)) = here.char_indices().rev().nth(usize::from(length) - 1) {
                see(20 + length, &[here.get(at..).unwrap_or_default()]);
            }
        }
        see(30, &[word(before)]);
        see(31, &[word(after)]);
        see(32, &[word(at.checked_sub(2))]);
        see(33, &[word(Some(at + 2))]);
        see(34, &[word(before), here]);
        see(35, &[here, word(after)]);
        see(36, &[form(before), form(Some(at))]);
        see(37, &[form(Some(at)), form(after)]);
        places
    };
    sentence.iter().enumerate().map(of_token).collect()
}

/// The beginning of a text, cut between characters.
fn start(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Kinds of characters, runs of one kind shortened to two: `McDonald` is `XxXxx`, `2024-01` is `dd-dd`.
fn shape(token: &str) -> String {
    let mut shape = String::new();
    let mut run = (' ', 0);
    for c in token.chars() {
        let kind = match c {
            _ if c.is_uppercase() => 'X',
            _ if c.is_alphabetic() => 'x',
            _ if c.is_numeric() => 'd',
            _ => c,
        };
        run = if run.0 == kind { (kind, run.1 + 1) } else { (kind, 1) };
        if run.1 <= 2 {
            shape.push(kind);
        }
    }
    shape
}

/// Where a sign falls.
fn place(kind: u8, parts: &[&str], bits: usize) -> u32 {
    parts.iter().fold(Hash::new(kind), |hash, part| hash.with_all(part.as_bytes()).with(0)).place(bits)
}

#[cfg(test)]
mod tests {
    #[test]
    fn shapes_are_short() {
        for (token, expected) in [("McDonald", "XxXxx"), ("2024-01", "dd-dd"), ("", ""), ("ÉCOLE!!!!", "XX!!")] {
            assert_eq!(super::shape(token), expected);
        }
    }
}
