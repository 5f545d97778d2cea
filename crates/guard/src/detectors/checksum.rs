//! The check digits of the world: what tells a number that was issued from one that merely looks like it.

use aws_lc_rs::digest;

/// The value of an ASCII digit.
pub(super) fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// The number written by some of the digits; zero where there are none.
pub(super) fn number(digits: &[u8], from: usize, count: usize) -> u64 {
    digits.iter().skip(from).take(count).fold(0, |sum, byte| sum.wrapping_mul(10).wrapping_add(u64::from(digit(*byte))))
}

/// Each digit times its weight, added up; digits beyond the weights do not count.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).fold(0, |sum, (byte, weight)| sum.wrapping_add(digit(*byte).wrapping_mul(*weight)))
}

/// The value of the digit at a place; a value no digit has where there is none.
pub(crate) fn digit_at(digits: &[u8], place: usize) -> u32 {
    digits.get(place).map_or(u32::MAX, |byte| digit(*byte))
}

/// Whether all characters are the same, which many checksums accept and no authority issues.
pub(super) fn is_monotone(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// Whether a day of the calendar is named; the year decides nothing but 29 February.
pub(super) fn is_date(year: u64, month: u64, day: u64) -> bool {
    let days = match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Luhn, ISO/IEC 7812-1: cards and many national numbers.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    luhn_sum(digits).is_multiple_of(10)
}

/// The sum that Luhn wants to be a multiple of ten.
pub(crate) fn luhn_sum(digits: &[u8]) -> u32 {
    digits.iter().rev().enumerate().fold(0, |sum, (place, byte)| {
        let value = digit(*byte);
        let value = if place % 2 == 0 { value } else { value * 2 };
        sum + if value > 9 { value - 9 } else { value }
    })
}

/// ISO 7064 mod 97-10 over digits and upper-case letters, as IBAN uses it; `None` for other characters.
pub(crate) fn mod_97(characters: impl Iterator<Item = u8>) -> Option<u32> {
    let mut remainder = 0;
    for byte in characters {
        remainder = match byte {
            b'0'..=b'9' => remainder * 10 + digit(byte),
            b'A'..=b'Z' => remainder * 100 + u32::from(byte - b'A') + 10,
            _ => return None,
        } % 97;
    }
    Some(remainder)
}

/// Verhoeff: arithmetic in the dihedral group of the pentagon, the check digit last.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let compose = |left: u32, right: u32| match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left + 5 - right) % 5,
        (false, false) => (left + 5 - right) % 5,
    };
    let mut state = 0;
    for (place, byte) in digits.iter().rev().enumerate() {
        let mut value = digit(*byte);
        for _ in 0..place % 8 {
            value = PERMUTATION.get(value as usize).copied().unwrap_or(0);
        }
        state = compose(state, value);
    }
    state == 0
}

/// ISO 7064 mod 11-2: the check value, 0 to 10, of digits without their check character.
pub(super) fn mod_11_2(digits: &[u8]) -> u32 {
    let remainder = digits.iter().fold(0, |sum, byte| (sum + digit(*byte)) * 2 % 11);
    (12 - remainder) % 11
}

/// ISO 7064 mod 11,10: whether the last digit checks the others.
pub(crate) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_last() else {
        return false;
    };
    let product = body.iter().fold(10, |product, byte| {
        let sum = (digit(*byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + digit(*check)) % 10 == 1
}

/// The usual mod 11: weights from the left, the remainder taken from eleven, eleven meaning zero. Ten has
/// no digit, so it is `None`.
pub(super) fn mod_11(digits: &[u8], weights: &[u32]) -> Option<u32> {
    match 11 - weighted(digits, weights) % 11 {
        11 => Some(0),
        10 => None,
        check => Some(check),
    }
}

/// The value of a digit or an upper-case letter in base 36.
pub(super) fn base_36(byte: u8) -> u32 {
    char::from(byte).to_digit(36).unwrap_or(0)
}

/// The check digit of a machine-readable travel document, ICAO 9303 part 3: weights 7, 3, 1.
pub(super) fn icao_9303(characters: &[u8]) -> u32 {
    characters
        .iter()
        .zip([7, 3, 1].into_iter().cycle())
        .fold(0, |sum, (byte, weight)| sum + weight * if *byte == b'<' { 0 } else { base_36(*byte) })
        % 10
}

/// The payload of a base58check string, version byte first, if its four check bytes are right.
pub(super) fn base58check(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for character in text.bytes() {
        let mut carry = ALPHABET.iter().position(|letter| *letter == character)?;
        for byte in &mut bytes {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    bytes.extend(text.bytes().take_while(|character| *character == b'1').map(|_| 0));
    bytes.reverse();
    let (payload, check) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    let once = digest::digest(&digest::SHA256, payload);
    let twice = digest::digest(&digest::SHA256, once.as_ref());
    twice.as_ref().starts_with(check).then(|| payload.to_vec())
}

/// Whether a string is bech32 (BIP 173) or bech32m (BIP 350) of the given prefix, in one case.
pub(super) fn bech32(text: &str, prefix: &str) -> bool {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    const CHECKS: [u32; 2] = [1, 0x2bc8_30a3];
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let Some(data) = lower.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('1')) else {
        return false;
    };
    let mut state: u32 = 1;
    let mut feed = |value: u32| {
        let top = state >> 25;
        state = ((state & 0x01ff_ffff) << 5) ^ value;
        for (bit, generator) in GENERATOR.iter().enumerate() {
            if (top >> bit) & 1 == 1 {
                state ^= generator;
            }
        }
    };
    prefix.bytes().for_each(|byte| feed(u32::from(byte >> 5)));
    feed(0);
    prefix.bytes().for_each(|byte| feed(u32::from(byte & 31)));
    for byte in data.bytes() {
        let Some(value) = ALPHABET.iter().position(|letter| *letter == byte) else {
            return false;
        };
        feed(value as u32);
    }
    data.len() > 6 && CHECKS.contains(&state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_pass() {
        assert!(luhn(b"4111111111111111") && !luhn(b"4111111111111112"));
        assert!(verhoeff(b"2363") && !verhoeff(b"2364"));
        assert_eq!(mod_97(b"3214282912345698765432161182".iter().copied()), Some(1));
        assert_eq!(mod_11_2(b"079"), 10);
        assert!(mod_11_10(b"86095742719") && !mod_11_10(b"86095742718"));
        assert_eq!(icao_9303(b"520727"), 3);
        assert!(base58check("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").is_some());
        assert!(base58check("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb").is_none());
        assert!(bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc"));
        assert!(bech32("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc"));
        assert!(bech32("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bc"));
        assert!(!bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bc"));
    }

    #[test]
    fn calendars_have_leap_years() {
        assert!(is_date(2000, 2, 29) && is_date(1996, 2, 29));
        assert!(!is_date(1900, 2, 29) && !is_date(2001, 2, 29) && !is_date(2001, 4, 31) && !is_date(2001, 13, 1));
    }
}
