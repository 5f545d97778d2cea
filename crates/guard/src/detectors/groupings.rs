//! The ways in which countries group their national telephone numbers.

use super::checksum;

/// A way of grouping national numbers.
pub(super) struct Grouping {
    /// How many digits are in each group.
    pub(super) lengths: &'static [usize],
    /// Whether the digits can be such a number.
    pub(super) is_one: fn(&[u8]) -> bool,
    /// How sure it is without a word, first area in brackets, then with hyphens or dots, then with spaces.
    pub(super) alone: [f32; 3],
}

const fn grouping(lengths: &'static [usize], is_one: fn(&[u8]) -> bool, alone: [f32; 3]) -> Grouping {
    Grouping { lengths, is_one, alone }
}

pub(super) const GROUPINGS: &[Grouping] = &[
    grouping(&[3, 3, 4], is_american, [0.8, 0.65, 0.5]),
    grouping(
        &[1, 3, 3, 4],
        |digits| digits.first() == Some(&b'1') && is_american(digits.get(1..).unwrap_or(&[])),
        [0.8, 0.75, 0.6],
    ),
    // France, and the Netherlands, Belgium and others with the same habit.
    grouping(&[2, 2, 2, 2, 2], |digits| digits.first() == Some(&b'0') && digits.get(1) != Some(&b'0'), [0.7, 0.7, 0.7]),
    grouping(&[4, 2, 2, 2], has_trunk, [0.6, 0.55, 0.55]),
    grouping(&[3, 3, 2, 2], has_trunk, [0.6, 0.55, 0.55]),
    // Japan, Korea, China with their area codes and mobiles.
    grouping(&[3, 4, 4], |digits| has_trunk(digits) || is_chinese_mobile(digits), [0.7, 0.65, 0.6]),
    grouping(&[2, 4, 4], has_trunk, [0.7, 0.65, 0.6]),
    grouping(&[4, 3, 3], has_trunk, [0.7, 0.6, 0.6]),
    grouping(&[3, 4, 3], has_trunk, [0.6, 0.5, 0.5]),
    grouping(&[3, 3, 3], has_trunk, [0.6, 0.5, 0.5]),
    grouping(&[3, 3, 5], has_trunk, [0.6, 0.5, 0.5]),
    grouping(&[4, 3, 4], has_trunk, [0.6, 0.5, 0.5]),
    grouping(&[5, 3, 3], has_trunk, [0.6, 0.5, 0.5]),
    // The United Kingdom, Germany, Austria, the Netherlands.
    grouping(&[5, 6], has_trunk, [0.7, 0.6, 0.6]),
    grouping(&[3, 8], has_trunk, [0.6, 0.6, 0.5]),
    grouping(&[2, 8], has_trunk, [0.6, 0.6, 0.5]),
    grouping(&[4, 6], has_trunk, [0.6, 0.5, 0.5]),
    grouping(&[4, 7], has_trunk, [0.6, 0.6, 0.55]),
    grouping(&[3, 7], has_trunk, [0.6, 0.6, 0.5]),
    // Brazil: area, then eight digits, or nine for mobiles.
    grouping(&[2, 5, 4], |digits| digits.first() != Some(&b'0') && digits.get(2) == Some(&b'9'), [0.8, 0.55, 0.5]),
    grouping(&[2, 4, 4], |digits| digits.first() != Some(&b'0'), [0.7, 0.0, 0.0]),
    // India's mobiles; too common otherwise to count without a word.
    grouping(&[5, 5], |digits| matches!(digits.first(), Some(b'6'..=b'9')), [0.4, 0.4, 0.4]),
    grouping(&[11], is_chinese_mobile, [0.0, 0.4, 0.4]),
];

/// A number of the North American plan: area and exchange begin with 2 to 9.
fn is_american(digits: &[u8]) -> bool {
    digits.len() == 10 && [0, 3].iter().all(|place| matches!(digits.get(*place), Some(b'2'..=b'9')))
}

/// A trunk prefix and an area behind it.
fn has_trunk(digits: &[u8]) -> bool {
    digits.first() == Some(&b'0') && matches!(digits.get(1), Some(b'1'..=b'9')) && !checksum::is_monotone(digits)
}

/// China's mobiles: 13 to 19 and nine more.
fn is_chinese_mobile(digits: &[u8]) -> bool {
    digits.len() == 11 && digits.first() == Some(&b'1') && matches!(digits.get(1), Some(b'3'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicates_know_their_plans() {
        assert!(is_american(b"4155552671") && !is_american(b"1155552671") && !is_american(b"4151552671"));
        assert!(has_trunk(b"02079460958") && !has_trunk(b"00441234567") && !has_trunk(b"2079460958"));
        assert!(is_chinese_mobile(b"13800138000") && !is_chinese_mobile(b"12800138000"));
    }
}
