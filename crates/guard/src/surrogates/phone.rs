//! Telephone numbers of films and books: those that the regulators of their countries give to nobody.

use super::Dice;
use super::shape::{alike, digits, filled};

/// A calling code, the trunk prefix of its national numbers, and the ranges that are given to nobody: what they begin
/// with, and how many digits follow.
struct Country {
    code: &'static [u8],
    trunk: &'static [u8],
    landline: &'static [Free],
    /// How mobile numbers begin, and those of them that are nobody's.
    mobile: (&'static [&'static [u8]], &'static [Free]),
}

/// What numbers of nobody's begin with, and how many digits follow.
type Free = (&'static [u8], usize);

/// NANPA (555-0100 to 555-0199), Ofcom, ARCEP, Bundesnetzagentur, ACMA, PTS, ComReg.
#[rustfmt::skip]
const COUNTRIES: &[Country] = &[
    Country {
        code: b"44", trunk: b"0",
        landline: &[(b"1632960", 3), (b"2079460", 3), (b"1134960", 3)],
        mobile: (&[b"7"], &[(b"7700900", 3)]),
    },
    Country {
        code: b"33", trunk: b"0",
        landline: &[(b"19900", 4), (b"26191", 4), (b"35301", 4), (b"46571", 4), (b"53649", 4)],
        mobile: (&[b"6", b"7"], &[(b"63998", 4)]),
    },
    Country {
        code: b"49", trunk: b"0",
        landline: &[(b"3023125", 3), (b"6990009", 3), (b"4066969", 3), (b"2214710", 3), (b"8999998", 3)],
        mobile: (&[b"15", b"16", b"17"], &[(b"17139200", 2), (b"176040690", 2)]),
    },
    Country {
        code: b"61", trunk: b"0",
        landline: &[(b"25550", 4), (b"35550", 4), (b"75550", 4), (b"85550", 4)],
        mobile: (&[b"4"], &[(b"491570006", 0), (b"491570156", 0), (b"491570157", 0), (b"491570158", 0)]),
    },
    Country {
        code: b"46", trunk: b"0",
        landline: &[(b"8465004", 2), (b"3139006", 2)],
        mobile: (&[b"7"], &[(b"7017406", 2)]),
    },
    Country {
        code: b"353", trunk: b"0",
        landline: &[(b"2091", 5)],
        mobile: (&[b"8"], &[(b"2091", 5)]),
    },
];

/// Area codes of large places.
const AREAS: &[&[u8]] = &[b"202", b"212", b"303", b"312", b"404", b"415", b"503", b"602", b"617", b"713"];

/// A telephone number that rings nowhere, where its country has such.
pub(super) fn phone(value: &str, dice: &mut Dice) -> Option<String> {
    let own = digits(value);
    let is_international = value.trim_start().starts_with(['+', '(']) && value.contains('+') || own.starts_with(b"00");
    let made = if is_international {
        let skip = if own.starts_with(b"00") { 2 } else { 0 };
        let (prefix, own) = own.split_at_checked(skip)?;
        let national = match own {
            [b'1', rest @ ..] if rest.len() >= 10 => Some([b"1".as_slice(), &north_american(dice)?].concat()),
            _ => abroad(own, dice),
        };
        national.map(|national| [prefix, &national].concat())
    } else {
        match own.as_slice() {
            [b'1', b'2'..=b'9', ..] if own.len() == 11 => Some([b"1".as_slice(), &north_american(dice)?].concat()),
            [b'2'..=b'9', ..] if own.len() == 10 => north_american(dice),
            [b'0', rest @ ..] => country_of(&own, value).and_then(|country| {
                let number = number(country, rest, dice)?;
                Some([country.trunk, &number].concat())
            }),
            _ => None,
        }
    };
    let Some(mut made) = made else { return Some(like(value, dice)) };
    // What follows the number, an extension, has as many digits as it had.
    let more = own.len().saturating_sub(made.len());
    made.extend(dice.digits(more));
    if made.len() == own.len() {
        return Some(filled(value, &made));
    }
    let sign = if value.contains('+') { "+" } else { "" };
    Some(sign.to_owned() + &filled("", &made))
}

fn north_american(dice: &mut Dice) -> Option<Vec<u8>> {
    let area = dice.pick(AREAS)?;
    Some([area, b"55501", &dice.digits(2)].concat())
}

fn abroad(own: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let country = COUNTRIES.iter().find(|country| own.starts_with(country.code))?;
    let rest = own.get(country.code.len()..)?;
    // The trunk prefix in brackets, as in `+44 (0)20 …`.
    let (trunk, rest) =
        if rest.starts_with(country.trunk) { (country.trunk, rest.get(1..)?) } else { (&b""[..], rest) };
    Some([country.code, trunk, &number(country, rest, dice)?].concat())
}

/// A number of nobody's, of the kind that the digits behind the trunk prefix are of.
fn number(country: &Country, national: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let (begin, ranges) = country.mobile;
    let is_mobile = begin.iter().any(|begin| national.starts_with(begin));
    let (range, count) = dice.pick(if is_mobile { ranges } else { country.landline })?;
    Some([range, &dice.digits(count)].concat())
}

/// Whose a number with a trunk prefix is, as far as its length and grouping tell.
fn country_of(own: &[u8], value: &str) -> Option<&'static Country> {
    let code: &[u8] = match own {
        [b'0', b'1', b'5'..=b'7', ..] if own.len() >= 11 => b"49",
        [b'0', b'4', ..] if own.len() == 10 && !in_pairs(value) => b"61",
        _ if own.len() == 10 && in_pairs(value) => b"33",
        [b'0', b'1' | b'2' | b'7', ..] if own.len() == 11 => b"44",
        _ => return None,
    };
    COUNTRIES.iter().find(|country| country.code == code)
}

fn in_pairs(value: &str) -> bool {
    let groups = value.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty());
    groups.into_iter().all(|group| group.len() == 2)
}

/// Of the same shape, and in the same country.
fn like(value: &str, dice: &mut Dice) -> String {
    let own = digits(value);
    let kept = if value.contains('+') { 3 } else { 2 }.min(own.len() / 3);
    let other = digits(&alike(&filled("", &own), dice));
    let made: Vec<u8> = own.iter().take(kept).chain(other.iter().skip(kept)).copied().collect();
    filled(value, &made)
}
