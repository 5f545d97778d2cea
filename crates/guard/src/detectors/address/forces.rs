//! Addresses of the American forces: ships, and the post offices behind them.

use super::super::boundary::{after, before, floor, is_word};
use super::super::cursor::Cursor;
use super::{Reading, STREET};

/// What stands before the name of a ship.
const SHIPS: [&str; 5] = ["uss ", "usns ", "usnv ", "uscgc ", "hms "];
/// A ship, its name and the post office before the code.
const HEAD_BYTES_MAX: usize = 48;

/// Reads `, APO AA 12345`: a post office of the forces and its code.
pub(super) fn post(cursor: &mut Cursor<'_>) -> bool {
    cursor.take(4, |c| matches!(c, ' ' | ',' | '\n' | '\r'));
    let is_office = ["apo ", "fpo ", "dpo "].iter().any(|office| cursor.eat(office));
    is_office && ["aa ", "ae ", "ap "].iter().any(|area| cursor.eat(area)) && code(cursor)
}

fn code(cursor: &mut Cursor<'_>) -> bool {
    if cursor.take(6, |c| c.is_ascii_digit()).len() != 5 {
        return false;
    }
    let end = cursor.at();
    if !(cursor.eat("-") && cursor.take(5, |c| c.is_ascii_digit()).len() == 4) {
        cursor.back_to(end);
    }
    !cursor.peek().is_some_and(is_word)
}

/// `USS Hornet, FPO AE 09573`, from the code on.
pub(super) fn ship(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    let at = cursor.at();
    let start = ship_before(text, at);
    let mut head = Cursor::new(text, start);
    if start == at || !SHIPS.iter().any(|ship| head.eat(ship)) {
        return None;
    }
    head.take(HEAD_BYTES_MAX, |c| c.is_alphabetic() || matches!(c, ' ' | '-' | '.' | '\''));
    // The name may have taken the post office with it, where only a space parts them.
    let office = before(text, at).len().checked_sub(7)?;
    let mut office = Cursor::new(text, floor(text, office));
    let is_post = post(&mut office);
    (is_post && code(cursor)).then_some(Reading { label: STREET, start, end: cursor.at(), points: 4 })
}

/// Where the ship begins whose address may hold what stands at a byte.
pub(super) fn ship_before(text: &str, at: usize) -> usize {
    let near = after(before(text, at), floor(text, at.saturating_sub(HEAD_BYTES_MAX)));
    let bytes = near.as_bytes();
    let begins = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        let is_one = |ship: &&str| {
            let both = rest.iter().zip(ship.as_bytes());
            both.clone().count() > 0 && both.clone().all(|(left, right)| left.eq_ignore_ascii_case(right))
        };
        SHIPS.iter().any(is_one)
    };
    let is_edge = |from: usize| {
        from == 0 || bytes.get(from - 1).is_some_and(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80)
    };
    let mut found = (0..bytes.len()).filter(|from| matches!(bytes.get(*from), Some(b'u' | b'U' | b'h' | b'H')));
    found.rfind(|from| is_edge(*from) && begins(*from)).map_or(at, |from| at - near.len() + from)
}
