//! Payment cards: networks by their first digits, with the lengths each issues, and Luhn.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::chain::{self, Chain, Group};
use super::context::Near;
use super::{boundary, checksum, context};

/// Nineteen digits one by one, each separated and wide.
const SPAN_BYTES: usize = 19 * 6;
const CARD: Label = Label::new("CREDIT_CARD");

static SPEC: Spec = Spec {
    id: "card",
    summary: "payment card numbers: network, length and Luhn digit",
    labels: &["CREDIT_CARD"],
    trigger: Trigger::Digits(4),
    span_max: SPAN_BYTES + context::BEFORE_BYTES + boundary::LOOK_AHEAD,
    positives: &[
        "4111111111111111",
        "pay with 4111 1111 1111 1111 please",
        "3782-822463-10005",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111.1111.1111.1111",
        "6304000000000000 is a Maestro card",
    ],
    near_misses: &[
        "4111111111111112",
        "1234567812345670",
        "550e8400-e29b-41d4-a716-446655440000",
        "1700000000000 ms",
        "2024-01-15 10:30:00 2024-01-16",
        "41111111111111111111",
        "4111 1111 1111 1111 1111",
        "version 4111.1111.1111.1111.2",
    ],
};

/// A network's range of first digits and the lengths it issues.
struct Network {
    first: u32,
    last: u32,
    lengths: &'static [usize],
    /// How sure an unnamed number of the right length and checksum is. Ranges that article numbers and
    /// other ids fall into are less sure.
    alone: f32,
}

const fn network(first: u32, last: u32, lengths: &'static [usize], alone: f32) -> Network {
    Network { first, last, lengths, alone }
}

const FROM_16: &[usize] = &[16, 17, 18, 19];
const FROM_12: &[usize] = &[12, 13, 14, 15, 16, 17, 18, 19];

/// ISO/IEC 7812 ranges as the networks publish them, the narrower first.
#[rustfmt::skip]
const NETWORKS: &[Network] = &[
    network(34, 34, &[15], 0.9),                       // American Express
    network(37, 37, &[15], 0.9),                       // American Express
    network(300, 305, &[14, 16, 17, 18, 19], 0.9),     // Diners Club
    network(3095, 3095, &[14, 16, 17, 18, 19], 0.9),   // Diners Club
    network(36, 36, &[14, 16, 17, 18, 19], 0.9),       // Diners Club
    network(38, 39, &[14, 16, 17, 18, 19], 0.9),       // Diners Club
    network(3528, 3589, FROM_16, 0.9),                 // JCB
    network(35, 35, FROM_16, 0.7),                     // JCB as generators of test data write it
    network(1800, 1800, &[15], 0.6),                   // JCB of old
    network(2131, 2131, &[15], 0.6),                   // JCB of old
    network(2014, 2014, &[15], 0.6),                   // enRoute
    network(2149, 2149, &[15], 0.6),                   // enRoute
    network(2200, 2204, FROM_16, 0.9),                 // Mir
    network(2221, 2720, &[16], 0.9),                   // Mastercard
    network(51, 55, &[16], 0.9),                       // Mastercard
    network(4, 4, &[16], 0.95),                        // Visa
    network(4, 4, &[19], 0.6),                         // Visa; ids of messages have this length
    network(4, 4, &[13], 0.45),                        // Visa of old; article numbers have this length
    network(6011, 6011, FROM_16, 0.9),                 // Discover
    network(644, 649, FROM_16, 0.9),                   // Discover
    network(65, 65, FROM_16, 0.9),                     // Discover, RuPay
    network(60, 60, &[16], 0.8),                       // RuPay
    network(508, 508, &[16], 0.8),                     // RuPay
    network(81, 82, &[16, 17, 18, 19], 0.7),           // UnionPay, RuPay
    network(62, 62, FROM_16, 0.9),                     // UnionPay
    network(506_099, 506_198, &[16, 18, 19], 0.9),     // Verve
    network(507_865, 507_964, &[16, 18, 19], 0.9),     // Verve
    network(9792, 9792, &[16], 0.9),                   // Troy
    network(5018, 5018, FROM_12, 0.6),                 // Maestro
    network(5020, 5020, FROM_12, 0.6),                 // Maestro
    network(5038, 5038, FROM_12, 0.6),                 // Maestro
    network(5893, 5893, FROM_12, 0.6),                 // Maestro
    network(6304, 6304, FROM_12, 0.6),                 // Maestro
    network(6759, 6759, FROM_12, 0.6),                 // Maestro
    network(6761, 6763, FROM_12, 0.6),                 // Maestro
    network(50, 50, FROM_12, 0.4),                     // Maestro
    network(56, 59, FROM_12, 0.4),                     // Maestro
    network(61, 69, FROM_12, 0.4),                     // Maestro
    network(1, 1, &[15], 0.3),                         // UATP
];

/// The way cards are printed.
const GROUPINGS: &[&[usize]] = &[
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[4, 5, 6],
    &[6, 13],
];

/// Payment card numbers.
pub(super) struct Card;

impl Detector for Card {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        for chain in chain::chains(window) {
            look(window.text, &chain, found);
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let from = boundary::floor(text, text.len().saturating_sub(SPAN_BYTES));
        match chain::tail(text, from).last() {
            Some(chain) if chain::is_open(text, chain) => chain.span().start.max(from),
            _ => text.len(),
        }
    }
}

/// Finds the cards of a chain: from each group, the fewest groups that make one.
fn look(text: &str, chain: &Chain, found: &mut Vec<Match>) {
    let mut from = 0;
    while let Some(rest) = chain.groups.get(from..).filter(|rest| !rest.is_empty()) {
        let card = (1..=rest.len())
            .take_while(|count| rest.get(..*count).is_some_and(|groups| chain.digits_of(groups).len() <= 19))
            .filter_map(|count| Some((count, score(text, chain, rest.get(..count)?)?)))
            .last();
        let Some((count, score)) = card else {
            from += 1;
            continue;
        };
        let span = chain::span_of(rest.get(..count).unwrap_or(&[]));
        found.push(Match { span, label: CARD, rule: None, score, severity: Severity::High });
        from += count;
    }
}

/// How sure it is that these groups are a card, if they can be.
fn score(text: &str, chain: &Chain, groups: &[Group]) -> Option<f32> {
    let digits = chain.digits_of(groups);
    if digits.len() < 12 || !checksum::luhn(digits) || checksum::is_monotone(digits) {
        return None;
    }
    let alone = alone(digits)?;
    let span = chain::span_of(groups);
    if !boundary::begins(text, span.start) || !boundary::ends(text, span.end) {
        return None;
    }
    let lengths: Vec<usize> = groups.iter().map(Group::len).collect();
    let is_uniform = {
        let mut gaps = chain::gaps(text, groups);
        let first = gaps.next();
        gaps.all(|gap| Some(gap) == first)
    };
    let alone = match lengths.as_slice() {
        [_] => alone,
        lengths if is_uniform && GROUPINGS.contains(&lengths) => {
            // A further group of four behind the same separator makes it something longer.
            let is_longer = boundary::has_spaced_neighbour(text, &span)
                && chain.groups.iter().any(|group| {
                    group.len() == 4 && (group.span.end + 1 == span.start || group.span.start == span.end + 1)
                });
            if is_longer {
                return None;
            }
            alone.max(0.8)
        }
        // Pairs are how bytes and times are written.
        lengths if lengths.iter().all(|length| *length == 2) => return None,
        // Any other way of breaking it up must use up all digits there are.
        // The digits behind a decimal point are no group.
        lengths
            if groups.len() == chain.groups.len()
                && digits.len() >= 13
                && lengths.iter().all(|length| *length <= 8) =>
        {
            alone.min(0.7)
        }
        _ => return None,
    };
    Some(if Near::before(text, span.start).has(context::CARD) { alone.max(0.9) } else { alone })
}

/// How sure an unnamed number of this network and length is.
fn alone(digits: &[u8]) -> Option<f32> {
    NETWORKS
        .iter()
        .find(|network| {
            let prefix = checksum::number(digits, 0, network.first.ilog10() as usize + 1);
            (u64::from(network.first)..=u64::from(network.last)).contains(&prefix)
                && network.lengths.contains(&digits.len())
        })
        .map(|network| network.alone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound};
    use super::{Card, checksum};

    #[test]
    fn keeps_its_promises() {
        conforms(&Card);
    }

    #[test]
    fn reads_cards_as_people_write_them() {
        for (text, expected) in [
            ("card 4111 1111 1111 1111, exp 12/26", "CREDIT_CARD 0.95 `4111 1111 1111 1111`"),
            ("4111-1111-1111-1111 123", "CREDIT_CARD 0.95 `4111-1111-1111-1111`"),
            ("amex 3782 822463 10005.", "CREDIT_CARD 0.90 `3782 822463 10005`"),
            ("4111 - 1111 - 1111 - 1111", "CREDIT_CARD 0.95 `4111 - 1111 - 1111 - 1111`"),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "CREDIT_CARD 0.70 `4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1`"),
            ("4111 1111-1111.1111", "CREDIT_CARD 0.70 `4111 1111-1111.1111`"),
            ("卡号6222021234567890128", "CREDIT_CARD 0.90 `6222021234567890128`"),
            ("4222222222222", "CREDIT_CARD 0.45 `4222222222222`"),
            ("visa 4222222222222", "CREDIT_CARD 0.90 `4222222222222`"),
            (
                "5555555555554444 4012888888881881",
                "CREDIT_CARD 0.90 `5555555555554444`\nCREDIT_CARD 0.95 `4012888888881881`",
            ),
            ("4111111111111111a", ""),
            ("$4111111111111111", ""),
            ("4111111111111111.50", ""),
            ("deadbeef4111111111111111", ""),
            ("0000 0000 0000 0000", ""),
            ("82.56804161036008", ""),
        ] {
            check(&Card, text, expected);
        }
    }

    /// A number with these first digits and a right last one.
    fn with_check_digit(mut digits: Vec<u8>) -> String {
        digits.push(b'0');
        let check = (10 - checksum::luhn_sum(&digits) % 10) % 10;
        digits.pop();
        digits.push(b'0' + check as u8);
        String::from_utf8(digits).unwrap()
    }

    proptest! {
        #[test]
        fn valid_cards_are_found_and_changed_ones_are_not(
            prefix in prop::sample::select(vec!["4", "51", "55", "2221", "2720", "6011", "65", "3530", "62"]),
            body in "[0-9]{16}",
            place in 6_usize..16,
            by in 1_u8..10,
        ) {
            let digits: Vec<u8> = prefix.bytes().chain(body.bytes()).take(15).collect();
            let card = with_check_digit(digits);
            prop_assert_eq!(find(&Card, &format!("it is {card}.")).len(), 1);
            let mut changed = card.into_bytes();
            changed[place] = b'0' + (changed[place] - b'0' + by) % 10;
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_eq!(find(&Card, &changed).len(), 0);
        }

        #[test]
        fn any_text_is_sound(text in "[0-9 .\\-(a41/]{0,60}") {
            is_sound(&Card, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&Card, &text);
        }
    }
}
