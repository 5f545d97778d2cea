//! Telephone numbers: international ones by calling code and length, national ones by the way they are
//! grouped, others by the words before them.

use std::cell::LazyCell;
use std::ops::Range;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{self, before, floor, is_dash};
use super::chain::{self, Chain, Group};
use super::context::Near;
use super::cursor::Cursor;
use super::groupings::GROUPINGS;
use super::{calling_codes, checksum, context};

/// How much less sure a number is that is said to be an order's or a ticket's.
const OF_A_THING: f32 = 0.3;

const PHONE: Label = Label::new("PHONE_NUMBER");
/// Sixteen digits with separators and an extension.
const SPAN_BYTES: usize = 72;

static SPEC: Spec = Spec {
    id: "phone",
    summary: "telephone numbers, international and national, with extensions",
    labels: &["PHONE_NUMBER"],
    trigger: Trigger::Digits(3),
    span_max: SPAN_BYTES + context::BEFORE_BYTES + boundary::LOOK_AHEAD,
    positives: &[
        "+1 415-555-2671",
        "(407) 555-0123 ext. 89",
        "call +44 (0)20 7946 0958 now",
        "mein Handy: 0171 2345678",
        "06 12 34 56 78",
        "手机13800138000",
        "ring 785 8949",
    ],
    near_misses: &[
        "2024-01-15 10:30:00",
        "550e8400-e29b-41d4-a716-446655440000",
        "version 10.0.19045.3803",
        "192.168.100.200",
        "$1,234,567,890",
        "order 4155552671",
        "timestamp 1700000000",
        "ISBN 978-3-16-148410-0",
        "4111 1111 1111 1111",
        "01.02.2024",
    ],
};

/// Telephone numbers.
pub(super) struct Phone;

impl Detector for Phone {
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
        let from = floor(text, text.len().saturating_sub(SPAN_BYTES));
        for chain in chain::tail(text, from) {
            let mut cursor = Cursor::new(text, chain.span().end);
            extension(&mut cursor);
            if cursor.saw_end() || chain::is_open(text, &chain) {
                return lead(text, chain.span().start).max(from);
            }
        }
        // `+` or `(` before the first digit.
        text.len() - text.bytes().rev().take(4).take_while(|byte| matches!(byte, b'+' | b'(' | b' ')).count()
    }
}

/// Finds the telephone numbers of a chain, from left to right.
fn look(text: &str, chain: &Chain, found: &mut Vec<Match>) {
    let mut from = 0;
    while let Some(rest) = chain.groups.get(from..).filter(|rest| !rest.is_empty()) {
        let Some((count, score)) = number(text, chain, rest) else {
            from += 1;
            continue;
        };
        let groups = rest.get(..count).unwrap_or(&[]);
        let digits = chain::span_of(groups);
        let mut cursor = Cursor::new(text, digits.end);
        let end = if extension(&mut cursor) { cursor.at() } else { digits.end };
        let span = lead(text, digits.start)..end;
        found.push(Match { span, label: PHONE, rule: None, score, severity: Severity::Medium });
        from += count;
    }
}

/// Where a number's `+` or bracket is.
fn lead(text: &str, start: usize) -> usize {
    before(text, start).trim_end_matches(['+', '(']).len().max(start.saturating_sub(3))
}

/// Reads `x123`, `ext. 123` and the like.
fn extension(cursor: &mut Cursor<'_>) -> bool {
    cursor.take(2, |c| matches!(c, ' ' | ','));
    let words = ["extension", "ext.", "ext", "x", "#", "poste", "durchwahl", "anexo", "ramal", "доб."];
    if !words.iter().any(|word| cursor.eat(word)) {
        return false;
    }
    cursor.take(2, |c| matches!(c, ' ' | ':' | '.'));
    !cursor.take(6, |c| c.is_ascii_digit()).is_empty() && !cursor.peek().is_some_and(boundary::is_word)
}

/// How many of the groups are a telephone number, and how sure that is.
fn number(text: &str, chain: &Chain, groups: &[Group]) -> Option<(usize, f32)> {
    let first = groups.first()?;
    let start = first.span.start;
    let lead_in = before(text, start);
    if lead_in.ends_with('+') || lead_in.ends_with("+(") {
        return international(text, chain, groups, 0, lead(text, start)).map(|count| (count, 0.9));
    }
    if !boundary::begins(text, start) {
        return None;
    }
    let near = LazyCell::new(|| Near::before(text, start));
    let prefix = chain.digits_of(groups);
    if let Some(skip) = ["011", "00"].iter().find(|skip| prefix.starts_with(skip.as_bytes())).map(|skip| skip.len())
        && let Some(count) = international(text, chain, groups, skip, start)
        && count > 1
    {
        return Some((count, if near.has(context::PHONE) { 0.9 } else { 0.6 }));
    }
    let count = whole(text, groups)?;
    let candidate = groups.get(..count)?;
    let span = chain::span_of(candidate);
    let digits = chain.digits_of(candidate);
    if !ends(text, span.end) || is_something_else(text, candidate, digits, &span) {
        return None;
    }
    let alone = grouped(text, candidate, digits);
    if (6..=13).contains(&digits.len()) && near.has(context::PHONE) {
        return Some((count, alone.max(0.75)));
    }
    // Most numbers say nothing by their grouping, and then it does not matter what is before them.
    let alone = if alone > 0.0 && near.is_of_a_thing() { alone - OF_A_THING } else { alone };
    (alone > 0.0).then_some((count, alone))
}

/// Whether a number may end here. Unlike other numbers it may be followed by an extension, or by a hyphen and
/// a word, as in `06-10446904-Office`.
fn ends(text: &str, at: usize) -> bool {
    let mut rest = boundary::after(text, at).chars();
    boundary::ends(text, at)
        || extension(&mut Cursor::new(text, at))
        || (rest.next().is_some_and(is_dash) && rest.next().is_some_and(char::is_alphabetic))
}

/// How many groups make a number with a calling code behind `skip` digits: as many as its country allows.
fn international(text: &str, chain: &Chain, groups: &[Group], skip: usize, start: usize) -> Option<usize> {
    if before(text, start).ends_with(|c: char| boundary::is_word(c)) {
        return None;
    }
    let digits = chain.digits_of(groups).get(skip..)?;
    let (least, most) = calling_codes::lengths(digits)?;
    (1..=groups.len())
        .take_while(|count| groups.get(..*count).is_some_and(|part| chain.digits_of(part).len() <= most + skip))
        .filter(|count| {
            let Some(part) = groups.get(..*count) else { return false };
            chain.digits_of(part).len() >= least + skip && ends(text, chain::span_of(part).end)
        })
        .last()
}

/// How many groups a national number has: one of the groupings people know, or all there are.
fn whole(text: &str, groups: &[Group]) -> Option<usize> {
    let known = GROUPINGS.iter().find(|grouping| {
        grouping.lengths.len() <= groups.len()
            && groups.iter().zip(grouping.lengths).all(|(group, length)| group.len() == *length)
            && groups
                .get(..grouping.lengths.len())
                .is_some_and(|part| ends(text, chain::span_of(part).end) && is_even(text, part))
            && groups
                .get(grouping.lengths.len())
                .is_none_or(|next| next.len() != *grouping.lengths.last().unwrap_or(&0))
    });
    let count = known.map_or(groups.len(), |grouping| grouping.lengths.len());
    (count <= 6).then_some(count)
}

/// Whether the separators could be one writer's: not both hyphens and dots, brackets around the area only.
fn is_even(text: &str, groups: &[Group]) -> bool {
    if chain::gaps(text, groups).any(|gap| gap.contains('('))
        || chain::gaps(text, groups).skip(1).any(|gap| gap.contains(')'))
    {
        return false;
    }
    let has = |kind: fn(char) -> bool| chain::gaps(text, groups).any(|gap| gap.contains(kind));
    u8::from(has(is_dash)) + u8::from(has(|c| c == '.')) + u8::from(has(|c| c == '_')) <= 1
}

/// How sure a number is by its grouping alone; zero if that says nothing.
fn grouped(text: &str, groups: &[Group], digits: &[u8]) -> f32 {
    let span = chain::span_of(groups);
    let has_brackets = before(text, span.start).ends_with('(')
        && chain::gaps(text, groups).next().is_some_and(|gap| gap.contains(')'));
    let has_spaces = chain::gaps(text, groups).all(|gap| gap == " ");
    if !is_even(text, groups) || (has_spaces && boundary::has_spaced_neighbour(text, &span)) {
        return 0.0;
    }
    // An area in brackets before six to eight digits is a telephone number in most of the world.
    let is_bracketed = has_brackets && groups.len() < 4 && (8..=11).contains(&digits.len());
    GROUPINGS
        .iter()
        .filter(|grouping| {
            grouping.lengths.len() == groups.len()
                && groups.iter().zip(grouping.lengths).all(|(group, length)| group.len() == *length)
                && (grouping.is_one)(digits)
        })
        .map(|grouping| {
            let [brackets, hyphens, spaces] = grouping.alone;
            if has_brackets {
                brackets
            } else if has_spaces {
                spaces
            } else {
                hyphens
            }
        })
        .fold(if is_bracketed { 0.55 } else { 0.0 }, f32::max)
}

/// Whether the digits are a date, a version, an address, a card, a social security number or an amount.
fn is_something_else(text: &str, groups: &[Group], digits: &[u8], span: &Range<usize>) -> bool {
    let lengths: Vec<usize> = groups.iter().map(Group::len).collect();
    let value = |place: usize| {
        groups.get(place).map_or(0, |group| {
            checksum::number(
                digits,
                group.digits.start - groups.first().map_or(0, |first| first.digits.start),
                group.len(),
            )
        })
    };
    let is_year = |year: u64| (1800..2100).contains(&year);
    let is_date = match lengths.as_slice() {
        [4, 1 | 2, 1 | 2, ..] => is_year(value(0)) && value(1) <= 12 && value(2) <= 31,
        [1 | 2, 1 | 2, 4, ..] => is_year(value(2)) && value(0) <= 31 && value(1) <= 31,
        [4, 4] => is_year(value(0)) && is_year(value(1)),
        [8, ..] => is_year(value(0) / 10_000) && (1..=12).contains(&(value(0) / 100 % 100)),
        _ => false,
    };
    let is_dotted = lengths.len() > 1 && chain::gaps(text, groups).all(|gap| gap == ".");
    let is_version =
        is_dotted && lengths.len() != 5 && lengths != [3, 3, 4] && lengths.iter().any(|length| *length < 3);
    let is_address = is_dotted && lengths.len() == 4 && lengths.iter().all(|length| *length < 4);
    let is_other = matches!(lengths.as_slice(), [4, 4, 4, ..] | [3, 2, 4]);
    let next = super::boundary::after(text, span.end);
    let is_amount = next.trim_start().starts_with(['€', '$', '£', '¥', '%', '₹']);
    is_date || is_version || is_address || is_other || is_amount || checksum::is_monotone(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::Phone;

    #[test]
    fn the_number_of_a_thing_is_doubtful() {
        let scores = |text: &str| {
            let found = super::super::examples::find(&Phone, text);
            found.iter().map(|found| found.score < 0.5).collect::<Vec<_>>()
        };
        assert_eq!(scores("Ticket no. 202-555-0143 was closed."), [true]);
        assert_eq!(scores("ring 202-555-0143 about the ticket"), [false]);
        assert_eq!(scores("phone for this order: 202-555-0143"), [false]);
        assert_eq!(scores("order +1 202-555-0143"), [false]);
    }

    #[test]
    fn keeps_its_promises() {
        conforms(&Phone);
    }

    #[test]
    fn reads_numbers_as_the_world_writes_them() {
        for (text, expected) in [
            ("+14155552671", "PHONE_NUMBER 0.90 `+14155552671`"),
            ("+49 (0)30 901820, fax", "PHONE_NUMBER 0.90 `+49 (0)30 901820`"),
            ("+33 1 23 45 67 89", "PHONE_NUMBER 0.90 `+33 1 23 45 67 89`"),
            ("+86 138 0013 8000", "PHONE_NUMBER 0.90 `+86 138 0013 8000`"),
            ("+91-98765-43210", "PHONE_NUMBER 0.90 `+91-98765-43210`"),
            ("tel:+5511912345678", "PHONE_NUMBER 0.90 `+5511912345678`"),
            ("+1 415 555 2671 2024-01-15", "PHONE_NUMBER 0.90 `+1 415 555 2671`"),
            ("(415) 555-2671", "PHONE_NUMBER 0.80 `(415) 555-2671`"),
            ("415-555-2671 x123", "PHONE_NUMBER 0.65 `415-555-2671 x123`"),
            ("call 001-755-329-4431", "PHONE_NUMBER 0.90 `001-755-329-4431`"),
            ("phone 4155552671", "PHONE_NUMBER 0.75 `4155552671`"),
            ("{\"phoneNumber\":\"4155552671\"}", "PHONE_NUMBER 0.75 `4155552671`"),
            ("Telefon 030/901820", "PHONE_NUMBER 0.75 `030/901820`"),
            ("07700 900123", "PHONE_NUMBER 0.60 `07700 900123`"),
            ("020 7946 0958", "PHONE_NUMBER 0.60 `020 7946 0958`"),
            ("090-1234-5678", "PHONE_NUMBER 0.65 `090-1234-5678`"),
            ("휴대폰 010-1234-5678", "PHONE_NUMBER 0.75 `010-1234-5678`"),
            ("(11) 91234-5678", "PHONE_NUMBER 0.80 `(11) 91234-5678`"),
            ("मोबाइल 98765 43210", "PHONE_NUMBER 0.75 `98765 43210`"),
            ("电话：13800138000", "PHONE_NUMBER 0.75 `13800138000`"),
            ("001-748-088-2851x818-Fax", "PHONE_NUMBER 0.60 `001-748-088-2851x818`"),
            ("06-10446904-Office", "PHONE_NUMBER 0.60 `06-10446904`"),
            ("quart. appl. math. 7, 381-397 (1950)", ""),
            ("vol. 32 pp. 285-287. 1962", ""),
            ("195 156 102 104 097 056 052 110", ""),
            ("4155552671", ""),
            ("call me on 2024-01-15", ""),
            ("078-05-1120", ""),
            ("1990-2000", ""),
            ("call 1700000000000000000", ""),
            ("+999 123 456 789", ""),
            ("2+14155552671", ""),
            ("1.10.123.4567", ""),
        ] {
            check(&Phone, text, expected);
        }
    }

    #[test]
    fn holds_no_more_than_the_number() {
        for (text, held) in [
            ("call +1 41", "+1 41"),
            ("call (4", "(4"),
            ("in 2024, we", ""),
            ("in 2024 we", ""),
            ("555-123-4567 e", "555-123-4567 e"),
            ("a b", ""),
        ] {
            assert_eq!(&text[live_from(&Phone, text)..], held, "{text}");
        }
    }

    proptest! {
        #[test]
        fn international_numbers_are_found(
            number in prop::sample::select(vec!["+1{10}", "+44{10}", "+49{10}", "+33{9}", "+81{10}", "+86{11}", "+234{10}"]),
            digits in "[2-9]{11}",
        ) {
            let (code, rest) = number.split_once('{').unwrap();
            let count: usize = rest.trim_end_matches('}').parse().unwrap();
            let text = format!("{code} {}", &digits[..count]);
            prop_assert_eq!(find(&Phone, &text).first().map(|found| found.span.clone()), Some(0..text.len()));
        }

        #[test]
        fn any_text_is_sound(text in "([0-9]|[0-9]{3}|[0-9]{4}| |-|\\+|\\(|\\)|ext|tel|\\.|,){0,16}") {
            is_sound(&Phone, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&Phone, &text);
            live_from(&Phone, &text);
        }
    }
}
