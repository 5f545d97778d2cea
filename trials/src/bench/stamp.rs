//! The moment at which a piece of a stream was sent, written into it in letters that no detector takes for
//! anything: both ends of a stream are on one machine, so their clocks agree.

use std::time::{SystemTime, UNIX_EPOCH};

/// What stands before a stamp.
pub(super) const MARK: &[u8] = b"fp_";
/// Letters of a stamp.
pub(super) const LETTERS: usize = 10;
const ALPHABET: u64 = 16;

/// Microseconds now, as far as a stamp can hold them.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(0) % ALPHABET.pow(LETTERS as u32)
}

pub(super) fn write(micros: u64, out: &mut Vec<u8>) {
    for place in (0..LETTERS as u32).rev() {
        let digit = micros / ALPHABET.pow(place) % ALPHABET;
        out.push(b'a' + u8::try_from(digit).unwrap_or(0));
    }
}

/// Microseconds since the stamp that `letters` are.
pub(super) fn age(letters: &[u8], now: u64) -> Option<u64> {
    let mut micros = 0;
    for letter in letters.get(..LETTERS)? {
        micros = micros * ALPHABET + u64::from(letter.checked_sub(b'a').filter(|digit| u64::from(*digit) < ALPHABET)?);
    }
    let whole = ALPHABET.pow(LETTERS as u32);
    Some((now + whole - micros) % whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_tells_how_old_it_is() {
        let mut letters = Vec::new();
        write(1_000_000, &mut letters);
        assert_eq!(age(&letters, 1_000_250), Some(250));
        assert_eq!(age(b"abcdefghiz", 5), None);
        assert_eq!(age(b"short", 5), None);
    }
}
