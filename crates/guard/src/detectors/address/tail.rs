//! What follows the street and the number: parts of the house, the postal code, the place, the country.

use super::super::boundary;
use super::super::cursor::Cursor;
use super::{PART_BYTES_MAX, PARTS_MAX, is_capital, word, words};

/// What follows street and number.
pub(super) struct Tail {
    pub(super) end: usize,
    pub(super) points: i32,
    /// Something in it is found in addresses alone.
    pub(super) is_sure: bool,
}

/// How an address is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// Words before it say that it is one.
    pub(super) is_announced: bool,
    /// In small letters throughout.
    pub(super) is_small: bool,
}

impl Tail {
    /// Reads on from `end`; the address began at `start`.
    pub(super) fn read(cursor: &mut Cursor<'_>, start: usize, end: usize, manner: Manner) -> Self {
        let mut tail = Self { end, points: 0, is_sure: false };
        let (mut has_place, mut has_state, mut is_behind_code) = (false, false, false);
        // Behind the part of a house the rest of the block follows without commas.
        let mut is_block = false;
        cursor.back_to(end);
        for _ in 0..PARTS_MAX {
            if cursor.at() - start > PART_BYTES_MAX {
                break;
            }
            // A full stop may end the number, as in Hungary, or the sentence.
            let has_stop = cursor.eat(".");
            let parting = cursor.take(16, |c| matches!(c, ' ' | ',' | '\n' | '\r' | '-' | '–'));
            let has_line = parting.contains('\n');
            if parting.is_empty() || parting.matches('\n').count() > 1 || (has_line && parting.contains('-')) {
                break;
            }
            if unit(cursor) {
                tail.points += 2;
                (tail.end, tail.is_sure) = (cursor.at(), true);
                (is_behind_code, is_block) = (false, true);
            } else if let Some(weight) = postal_code(cursor) {
                tail.points += weight + i32::from(has_place) + i32::from(has_state);
                tail.end = cursor.at();
                tail.is_sure |= weight > 2 || (has_state && weight > 1);
                (is_behind_code, is_block) = (true, false);
            } else if has_stop && !has_line {
                break;
            } else if (has_line || manner.is_announced) && !is_behind_code && region(cursor) {
                tail.points += 3;
                (tail.end, tail.is_sure) = (cursor.at(), true);
                (is_behind_code, is_block) = (true, false);
            } else if let Some(words) = place(cursor, manner.is_small) {
                let is_first = !has_place && !is_behind_code;
                has_state |= words.len() == 2;
                let is_ended =
                    cursor.peek().is_none_or(|c| matches!(c, '.' | ',' | '?' | '!' | ';' | '\n' | ')' | '"'));
                // `Mobile: …` begins something else.
                if is_block && cursor.peek() != Some(':') {
                    // The first town weighs as much as behind a comma does.
                    tail.points += i32::from(is_first);
                    tail.end = cursor.at();
                    is_block = has_line || cursor.peek().is_some_and(|c| matches!(c, ',' | '\n'));
                } else if is_behind_code && !has_line {
                    tail.points += 1;
                    tail.end = cursor.at();
                } else if parting.contains(',') && !has_line && is_ended {
                    tail.points += i32::from(is_first);
                    tail.end = cursor.at();
                }
                (has_place, is_behind_code) = (true, false);
            } else {
                break;
            }
        }
        tail
    }
}

/// `Apt. 12`, `Suite 5B`, `Flat 3`.
fn unit(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.at();
    let word = word(cursor);
    if (is_capital(word) || words::is_clear_unit(word)) && words::is_unit(word) && cursor.eat(" ") {
        cursor.eat("#");
        let number = cursor.take(6, |c| c.is_ascii_alphanumeric());
        if number.starts_with(|c: char| c.is_ascii_digit()) && !cursor.peek().is_some_and(boundary::is_word) {
            return true;
        }
    }
    cursor.back_to(start);
    false
}

/// A postal code: digits as in most countries, or the British one. How much it weighs.
fn postal_code(cursor: &mut Cursor<'_>) -> Option<i32> {
    let start = cursor.at();
    let first = cursor.take(7, |c| c.is_ascii_digit()).len();
    let middle = cursor.at();
    let mut weight = match first {
        4 => 1,
        5 | 6 => 2,
        _ => 0,
    };
    if first > 0 {
        let second = if cursor.eat("-") { cursor.take(5, |c| c.is_ascii_digit()).len() } else { 0 };
        match (first, second) {
            // 62704-1234, 01305-100, 00-950, 5000-047
            (5, 3 | 4) | (2, 3) | (4, 3) => weight = 2,
            _ => cursor.back_to(middle),
        }
    } else {
        // SW1A 2AA
        let outward = cursor.take(4, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let letters = outward.bytes().take_while(u8::is_ascii_uppercase).count();
        let is_outward = (1..=2).contains(&letters) && outward.as_bytes().get(letters).is_some_and(u8::is_ascii_digit);
        let is_canadian = outward.len() == 3 && letters == 1 && outward.ends_with(|c: char| c.is_ascii_uppercase());
        if is_outward && cursor.eat(" ") && cursor.take(1, |c| c.is_ascii_digit()).len() == 1 {
            let inward = cursor.take(3, |c| c.is_ascii_uppercase()).len();
            // K1A 0B1
            let ends = is_canadian && inward == 1 && cursor.take(2, |c| c.is_ascii_digit()).len() == 1;
            weight = if inward == 2 || ends { 3 } else { 0 };
        }
    }
    let is_within = cursor.peek().is_some_and(|c| boundary::is_word(c) || matches!(c, '%' | ':' | '/'));
    if weight == 0 || is_within {
        cursor.back_to(start);
        return None;
    }
    Some(weight)
}

/// What a form has for a state, `CO` or `nan`, if a postal code is behind it.
fn region(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.at();
    let token = cursor.take(4, char::is_alphanumeric);
    let is_short = (1..=3).contains(&token.len()) && !words::is_common(token) && !words::is_joint(token);
    let is_parted = is_short && !cursor.take(8, |c| matches!(c, ' ' | ',' | '\n' | '\r')).is_empty();
    let is_coded = |cursor: &mut Cursor<'_>| postal_code(cursor).is_some_and(|weight| weight > 1);
    if is_parted && is_coded(cursor) {
        return true;
    }
    // A country may stand before the code.
    if is_parted && place(cursor, false).is_some() && cursor.eat(" ") && is_coded(cursor) {
        return true;
    }
    cursor.back_to(start);
    false
}

/// Words with capitals, as places have: a town, a state of two letters, a country. Where all is small, words that are
/// no common ones.
fn place<'a>(cursor: &mut Cursor<'a>, is_small: bool) -> Option<&'a str> {
    const PLACE_WORDS_MAX: usize = 6;
    let start = cursor.at();
    let mut end = None;
    let mut previous = "";
    for count in 0..PLACE_WORDS_MAX {
        let before = cursor.at();
        let word = word(cursor);
        let is_joint = words::is_joint(word) || (word == "and" && words::is_of_two(previous));
        let is_name = is_capital(word) || (is_small && !word.is_empty() && !words::is_common(word));
        if !(is_name || (count > 0 && is_joint)) || words::is_unit(word) {
            cursor.back_to(before);
            break;
        }
        if is_name {
            end = Some(cursor.at());
        }
        previous = word;
        // `St. Louis` goes on, and the sentence behind `Velen SJ.` does not belong to it.
        if word.ends_with('.') && !words::is_before_places(word) {
            end = end.map(|_| cursor.at() - 1);
            break;
        }
        if !cursor.eat(" ") {
            break;
        }
    }
    let mut end = end?;
    cursor.back_to(end);
    // `Cyprus (Greek)`
    if cursor.eat(" (") && !cursor.take(24, |c| c.is_alphabetic() || c == ' ').is_empty() && cursor.eat(")") {
        end = cursor.at();
    }
    cursor.back_to(end);
    // `Paris 16,`
    if cursor.eat(" ") && !cursor.take(3, |c| c.is_ascii_digit()).is_empty() {
        let is_district = cursor.at() - end < 4 && cursor.peek().is_some_and(|c| matches!(c, ',' | '\n'));
        end = if is_district { cursor.at() } else { end };
    }
    cursor.back_to(end);
    Some(cursor.since(start))
}
