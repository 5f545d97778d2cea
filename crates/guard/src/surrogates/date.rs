//! Dates and ages, moved by so much that they tell nothing and little enough that they stay plausible.

use super::Dice;

/// How far dates move: by more than a month, so that none stays in its own, and by about a year at most.
const DAYS: std::ops::Range<i64> = 40..400;

/// A date as many days from this one as all dates of the request.
pub(super) fn date(value: &str, dice: &mut Dice) -> Option<String> {
    let shift = DAYS.start + i64::from(dice.of_request()) % (DAYS.end - DAYS.start);
    let groups = groups(value);
    let numbers: Vec<(usize, u32)> =
        groups.iter().filter_map(|(_, digits)| Some((digits.len(), digits.parse().ok()?))).collect();
    let order = match numbers.as_slice() {
        [(4, year), (1..=2, month), (1..=2, day), ..] => Some(([0, 1, 2], *year, *month, *day)),
        // With a month that none is, it is the day.
        [(1..=2, first), (1..=2, second), (4, year), ..] if *second > 12 => Some(([1, 2, 0], *year, *first, *second)),
        [(1..=2, first), (1..=2, second), (4, year), ..] => Some(([2, 1, 0], *year, *second, *first)),
        _ => None,
    };
    if let Some((order, year, month, day)) = order.filter(|(_, year, month, day)| is_date(*year, *month, *day)) {
        let moved = from_days(days(i64::from(year), i64::from(month), i64::from(day)) - shift);
        // In the places where year, month and day stand: for `[2, 1, 0]` the year is the third.
        let [year_at, month_at, day_at] = match order {
            [1, 2, 0] => [2, 0, 1],
            other => other,
        };
        let mut by_place = [0; 3];
        for (place, part) in [year_at, month_at, day_at].into_iter().zip([moved.0, moved.1, moved.2]) {
            if let Some(slot) = by_place.get_mut(place) {
                *slot = part;
            }
        }
        return Some(written(value, &groups, &by_place, true));
    }
    // Beside the name of a month: another day of it, in another year.
    let years = shift % 3 + 1;
    let moved: Vec<i64> = numbers
        .iter()
        .take(3)
        .map(|(length, number)| match (length, i64::from(*number)) {
            (4, year @ 1000..=2999) => year - years,
            (1..=2, day @ 1..=31) => (day + shift) % 28 + 1,
            (_, other) => other,
        })
        .collect();
    let is_moved = numbers.iter().zip(&moved).any(|((_, number), moved)| i64::from(*number) != *moved);
    is_moved.then(|| written(value, &groups, &moved, false))
}

/// Another age, a few years away.
pub(super) fn age(value: &str, dice: &mut Dice) -> Option<String> {
    let groups = groups(value);
    let (_, first) = groups.first()?;
    let age: i64 = first.parse().ok()?;
    let by = 1 + i64::try_from(dice.below(4)).unwrap_or(0);
    let moved = if age > by + 1 && dice.below(2) == 0 { age - by } else { age + by };
    Some(written(value, &groups, &[moved], false))
}

/// Where runs of digits begin, and the runs.
fn groups(value: &str) -> Vec<(usize, &str)> {
    let mut groups = Vec::new();
    let mut at = 0;
    while let Some(rest) = value.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if length > 0 {
            groups.push((at, rest.get(..length).unwrap_or_default()));
        }
        let next = rest.get(length..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        at += length + next;
    }
    groups
}

/// The value with other numbers in its first groups, as wide as they were where all of them are numbers.
fn written(value: &str, groups: &[(usize, &str)], numbers: &[i64], is_wide: bool) -> String {
    let mut out = String::with_capacity(value.len());
    let mut from = 0;
    for ((at, digits), number) in groups.iter().zip(numbers) {
        out.push_str(value.get(from..*at).unwrap_or_default());
        let width = if is_wide || digits.starts_with('0') { digits.len() } else { 1 };
        out.push_str(&format!("{number:0width$}"));
        from = at + digits.len();
    }
    out.push_str(value.get(from..).unwrap_or_default());
    out
}

fn is_date(year: u32, month: u32, day: u32) -> bool {
    (1000..=2999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of so many days (`civil_from_days`).
fn from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days - era * 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * of_year + 2) / 153;
    let day = of_year - (153 * part + 2) / 5 + 1;
    let month = if part < 10 { part + 3 } else { part - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
