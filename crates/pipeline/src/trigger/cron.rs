//! Times that come again, as cron writes them.

/// Five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). In UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// If both fields of days are given, either is enough, as cron has it.
    is_either: bool,
}

const DAY_S: u64 = 86_400;
/// The longest that is looked ahead or back, in days: the 29th of February comes after eight years at most.
const DAYS_MAX: u64 = 366 * 8 + 2;

impl Schedule {
    /// Reads `MINUTE HOUR DAY MONTH WEEKDAY`, each `*`, numbers, ranges and steps such as `1-5`, `*/15` or `0,30`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!(
                "expected five fields, minute, hour, day, month and weekday, such as \"0 3 * * 1\", found {}",
                fields.len()
            ));
        };
        let weekday = field("weekday", weekdays, 0, 7)?;
        let schedule = Self {
            minutes: field("minute", minutes, 0, 59)?,
            hours: field("hour", hours, 0, 23)?,
            days: field("day", days, 1, 31)?,
            months: field("month", months, 1, 12)?,
            weekdays: (weekday | weekday >> 7) & 0x7f,
            is_either: !days.starts_with('*') && !weekdays.starts_with('*'),
        };
        // 2000 had a 29th of February.
        if schedule.next(951_000_000).is_none() {
            return Err(format!("`{text}` names a day that never comes"));
        }
        Ok(schedule)
    }

    /// The first moment after `moment`, both in seconds since 1970.
    #[must_use]
    pub fn next(&self, moment: u64) -> Option<u64> {
        let first = (moment / 60 + 1) * 60;
        for day in first / DAY_S..=first / DAY_S + DAYS_MAX {
            if !self.has_day(day) {
                continue;
            }
            for minute in 0..1_440 {
                let at = day * DAY_S + minute * 60;
                if at >= first && self.hours >> (minute / 60) & 1 == 1 && self.minutes >> (minute % 60) & 1 == 1 {
                    return Some(at);
                }
            }
        }
        None
    }

    fn has_day(&self, day: u64) -> bool {
        let (month, of_month) = civil(day);
        let is_day = self.days >> of_month & 1 == 1;
        // The first of January 1970 was a Thursday.
        let is_weekday = self.weekdays >> ((day + 4) % 7) & 1 == 1;
        let fits = if self.is_either { is_day || is_weekday } else { is_day && is_weekday };
        fits && self.months >> month & 1 == 1
    }
}

/// The values of a field, a bit for each.
fn field(name: &str, text: &str, least: u32, most: u32) -> Result<u64, String> {
    let wrong = || format!("expected for the {name} `*`, or numbers from {least} to {most}, found `{text}`");
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|number| is_number && (least..=most).contains(number)).ok_or_else(wrong)
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step: usize = step.parse().ok().filter(|step| (1..=60).contains(step)).ok_or_else(wrong)?;
                (range, Some(step))
            }
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None if step.is_some() => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return Err(wrong());
        }
        for value in (from..=to).step_by(step.unwrap_or(1)) {
            bits |= 1 << value;
        }
    }
    Ok(bits)
}

/// Month and day of a day since 1970 (Hinnant's `civil_from_days`).
const fn civil(day: u64) -> (u64, u64) {
    let z = day + 719_468;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_is_the_one_that_cron_means() {
        // 2026-11-28 12:34:56 UTC, a Saturday.
        let now = 1_795_869_296;
        for (text, expected) in [
            ("* * * * *", 1_795_869_300),
            ("*/15 * * * *", 1_795_869_900),
            ("0 3 * * 1", 1_796_007_600),
            ("0 3 * * 7", 1_795_921_200),
            ("0 3 * * 0", 1_795_921_200),
            ("30 12 1 1 *", 1_798_806_600),
            // Either day is enough.
            ("0 0 1 * 1", 1_795_996_800),
            ("0 0 29 2 *", 1_835_395_200),
            ("5,10-12 13 * * *", 1_795_871_100),
        ] {
            assert_eq!(Schedule::parse(text).unwrap().next(now), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for (text, reason) in [
            ("0 3 * *", "expected five fields"),
            ("60 3 * * *", "expected for the minute"),
            ("0 3 * * MON", "expected for the weekday"),
            ("0 5-3 * * *", "expected for the hour"),
            ("*/0 * * * *", "expected for the minute"),
            ("+5 * * * *", "expected for the minute"),
            ("0 0 31 2 *", "a day that never comes"),
            ("0 0 0 * *", "expected for the day"),
            (", * * * *", "expected for the minute"),
        ] {
            let error = Schedule::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
