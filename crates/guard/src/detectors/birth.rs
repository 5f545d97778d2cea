//! Dates, ages and dates of birth. A date by itself is nobody's; next to `born on` it is a person's.

use std::ops::Range;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{self, after, before, decimal, is_word};
use super::context::{self, Near};

/// Dates and ages.
pub(super) struct Birth;

/// The longest date: `the 12th of September, 1985`, `12 de septiembre de 1985`.
const DATE_BYTES: usize = 48;

static SPEC: Spec = Spec {
    id: "birth",
    summary: "dates of birth and ages next to words that name them; other dates, times and years as such",
    labels: &["DATE_OF_BIRTH", "AGE", "DATE_TIME"],
    trigger: Trigger::Digits(2),
    span_max: DATE_BYTES + context::BEFORE_BYTES + context::AFTER_BYTES + boundary::LOOK_AHEAD,
    positives: &[
        "date of birth: 1985-03-12",
        "born on March 12, 1985",
        "geboren am 12.03.1985",
        "né le 12 mars 1985",
        "出生日期：1985年3月12日",
        "she is 47 years old",
        "Age: 47",
        "the meeting is on 12/03/2024",
    ],
    near_misses: &[
        "12 apples and 47 pears",
        "version 1.12.24",
        "1985-13-12",
        "45.99.2001",
        "2024",
        "call 12-03",
        "page 47",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
};

/// Words of birth.
#[rustfmt::skip]
const BORN: &[&str] = &[
    "born", "birth", "birthday", "birthdate", "date of birth", "dob", "d.o.b", "geboren", "geburtsdatum", "geburtstag",
    "geb", "né", "née", "naissance", "date de naissance", "nacido", "nacida", "nació", "nacimiento",
    "fecha de nacimiento", "nato", "nata", "nascita", "data di nascita", "nascido", "nascida", "nascimento",
    "data de nascimento", "geboortedatum", "geboorte", "urodzony", "urodzona", "data urodzenia", "родился", "родилась",
    "дата рождения", "出生", "出生日期", "生日", "生年月日", "誕生日", "생년월일", "생일", "जन्म", "doğum",
    "geburtsdaten", "date naissance", "fecha nacimiento", "nacidos", "data nascita", "nati", "data nascimento",
    "生まれ", "출생", "태어난", "जन्मतिथि", "जन्मदिन", "जन्म तारीख",
];

/// Words before a number of years.
#[rustfmt::skip]
const AGED: &[&str] = &["age", "aged", "alter", "âge", "edad", "età", "idade", "leeftijd", "wiek", "turned", "turning", "年龄", "年齢", "나이", "年齡", "연령", "आयु"];

/// What follows a number of years.
#[rustfmt::skip]
const YEARS_OLD: &[&str] = &[
    "years old", "year old", "years-old", "year-old", "yrs old", "yr old", "y/o", "yo", "years of age", "jahre alt",
    "jährig", "ans", "años", "anni", "anos", "jaar oud", "lat", "岁", "歳", "세",
];

/// Names of months by their number, the longest first where one begins another.
#[rustfmt::skip]
const MONTHS: &[(&str, u64)] = &[
    ("january", 1), ("januar", 1), ("januari", 1), ("janvier", 1), ("enero", 1), ("gennaio", 1), ("janeiro", 1), ("jan", 1),
    ("february", 2), ("februar", 2), ("februari", 2), ("février", 2), ("febrero", 2), ("febbraio", 2), ("fevereiro", 2), ("feb", 2),
    ("march", 3), ("märz", 3), ("maart", 3), ("mars", 3), ("marzo", 3), ("março", 3), ("mar", 3),
    ("april", 4), ("avril", 4), ("abril", 4), ("aprile", 4), ("apr", 4),
    ("may", 5), ("mai", 5), ("mei", 5), ("mayo", 5), ("maggio", 5), ("maio", 5),
    ("june", 6), ("juni", 6), ("juin", 6), ("junio", 6), ("giugno", 6), ("junho", 6), ("jun", 6),
    ("july", 7), ("juli", 7), ("juillet", 7), ("julio", 7), ("luglio", 7), ("julho", 7), ("jul", 7),
    ("august", 8), ("augustus", 8), ("août", 8), ("agosto", 8), ("aug", 8),
    ("september", 9), ("septembre", 9), ("septiembre", 9), ("settembre", 9), ("setembro", 9), ("sept", 9), ("sep", 9),
    ("october", 10), ("oktober", 10), ("octobre", 10), ("octubre", 10), ("ottobre", 10), ("outubro", 10), ("oct", 10), ("okt", 10),
    ("november", 11), ("novembre", 11), ("noviembre", 11), ("novembro", 11), ("nov", 11),
    ("december", 12), ("dezember", 12), ("décembre", 12), ("diciembre", 12), ("dicembre", 12), ("dezembro", 12), ("dec", 12), ("dez", 12),
];

/// What reading came to.
enum Reading {
    /// It ends here, and more text may make it longer or not.
    Whole(usize, bool),
    /// The text ended first.
    Cut,
    Not,
}

/// A place in the text that is read forward.
#[derive(Clone, Copy)]
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        after(self.text, self.at).chars().next()
    }

    fn eat(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        match self.peek() {
            Some(c) if wanted(c) => {
                self.at += c.len_utf8();
                true
            }
            _ => false,
        }
    }

    /// A number of up to so many digits, and how many it has.
    fn number(&mut self, digits_max: usize) -> Option<(u64, usize)> {
        let (mut value, mut count) = (0, 0);
        while let Some(digit) = self.peek().and_then(decimal) {
            if count == digits_max {
                return None;
            }
            self.eat(|_| true);
            value = value * 10 + u64::from(digit);
            count += 1;
        }
        (count > 0).then_some((value, count))
    }

    fn word(&mut self) -> &'a str {
        let rest = after(self.text, self.at);
        let end =
            rest.char_indices().take(16).find(|(_, c)| !c.is_alphabetic()).map_or(rest.len().min(16), |(at, _)| at);
        let word = rest.get(..end).unwrap_or("");
        self.at += word.len();
        word
    }

    fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }
}

fn month(word: &str) -> Option<u64> {
    let may_be = (3..=16).contains(&word.len()) && may_be_month(word.as_bytes());
    MONTHS.iter().filter(|_| may_be).find(|(name, _)| is_same(word, name)).map(|(_, month)| *month)
}

/// Whether a word begins as the name of a month does. Nearly every word is told from its first three letters.
fn may_be_month(word: &[u8]) -> bool {
    let Some(&[first, second, third]) = word.first_chunk::<3>() else { return false };
    if !(first.is_ascii() && second.is_ascii() && third.is_ascii()) {
        return true;
    }
    matches!(
        &[first | 0x20, second | 0x20, third | 0x20],
        b"jan"
            | b"ene"
            | b"gen"
            | b"feb"
            | b"fev"
            | b"mar"
            | b"maa"
            | b"apr"
            | b"avr"
            | b"abr"
            | b"may"
            | b"mai"
            | b"mei"
            | b"mag"
            | b"jun"
            | b"jui"
            | b"giu"
            | b"jul"
            | b"lug"
            | b"aug"
            | b"ago"
            | b"set"
            | b"sep"
            | b"oct"
            | b"okt"
            | b"ott"
            | b"out"
            | b"nov"
            | b"dec"
            | b"dic"
            | b"dez"
    )
}

/// Whether a word is this one, in any case.
fn is_same(word: &str, lower: &str) -> bool {
    // Another first letter tells most words apart.
    let first = |text: &str| text.bytes().next().map(|byte| byte | 0x20);
    (first(word) == first(lower) || !word.is_ascii()) && word.chars().flat_map(char::to_lowercase).eq(lower.chars())
}

fn is_year(value: u64, digits: usize) -> bool {
    (digits == 4 && (1850..2150).contains(&value)) || digits == 2
}

fn is_day_of(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// Reads a date from a digit or the name of a month.
fn read(text: &str, start: usize) -> Reading {
    let mut reader = Reader { text, at: start };
    let whole =
        |reader: Reader<'_>, is_date: bool| if is_date { Reading::Whole(reader.at, false) } else { Reading::Not };
    let cut_or = |reader: &Reader<'_>, reading: Reading| match reading {
        _ if !reader.is_done() => reading,
        Reading::Whole(end, _) => Reading::Whole(end, true),
        Reading::Cut | Reading::Not => Reading::Cut,
    };
    if reader.peek().is_some_and(char::is_alphabetic) {
        // March 12, 1985 · Mar. 12th 1985
        let word = reader.word();
        let Some(month) = month(word) else { return cut_or(&reader, Reading::Not) };
        reader.eat(|c| c == '.');
        if !reader.eat(|c| c == ' ') {
            return cut_or(&reader, Reading::Not);
        }
        let name = reader;
        let Some((day, _)) = reader.number(2) else {
            // March 2024
            reader = name;
            return match reader.number(4) {
                Some((year, 4)) => cut_or(&reader, whole(reader, is_year(year, 4))),
                _ => cut_or(&reader, Reading::Not),
            };
        };
        let short = reader;
        let ordinal = reader.word();
        if !matches!(ordinal, "" | "st" | "nd" | "rd" | "th") {
            return cut_or(&reader, Reading::Not);
        }
        reader.eat(|c| c == ',');
        if !reader.eat(|c| c == ' ') {
            return cut_or(&reader, whole(short, is_day_of(month, day)));
        }
        return match reader.number(4) {
            Some((year, digits)) if digits == 4 => whole(reader, is_day_of(month, day) && is_year(year, digits)),
            _ => cut_or(&reader, whole(short, is_day_of(month, day))),
        };
    }
    let Some((first, first_digits)) = reader.number(4) else { return cut_or(&reader, Reading::Not) };
    let Some(sign) = reader.peek() else { return Reading::Cut };
    match sign {
        '-' | '/' | '.' if sign != '.' || !after(text, reader.at + 1).starts_with(' ') => {
            reader.eat(|_| true);
            let Some((second, _)) = reader.number(2) else { return cut_or(&reader, Reading::Not) };
            if !reader.eat(|c| c == sign) {
                return cut_or(&reader, Reading::Not);
            }
            let Some((third, third_digits)) = reader.number(4) else { return cut_or(&reader, Reading::Not) };
            let is_date = if first_digits == 4 {
                is_year(first, 4) && third_digits <= 2 && is_day_of(second, third)
            } else {
                first_digits <= 2
                    && is_year(third, third_digits)
                    && (is_day_of(second, first) || is_day_of(first, second))
                    // `1.2.24` is more often a version.
                    && (third_digits == 4 || sign != '.')
            };
            if !is_date {
                return cut_or(&reader, Reading::Not);
            }
            // 11:34:35 behind it belongs to it.
            let date = reader;
            let has_time = reader.eat(|c| c == ' ' || c == 'T');
            if has_time && reader.is_done() {
                return Reading::Whole(date.at, true);
            }
            for part in 0..3 {
                if part > 0 && !reader.eat(|c| c == ':') {
                    return cut_or(&reader, whole(if part == 1 { date } else { reader }, true));
                }
                match reader.number(2) {
                    Some((_, 2)) if has_time => {}
                    _ => return cut_or(&reader, whole(date, true)),
                }
            }
            whole(reader, true)
        }
        ':' if first_digits <= 2 => time(text, start),
        '年' | '년' => {
            reader.eat(|_| true);
            reader.eat(|c| c == ' ');
            let Some((month, _)) = reader.number(2) else { return cut_or(&reader, Reading::Not) };
            if !reader.eat(|c| matches!(c, '月' | '월')) {
                return cut_or(&reader, Reading::Not);
            }
            reader.eat(|c| c == ' ');
            let Some((day, _)) = reader.number(2) else { return cut_or(&reader, Reading::Not) };
            if !reader.eat(|c| matches!(c, '日' | '일' | '号')) {
                return cut_or(&reader, Reading::Not);
            }
            whole(reader, is_year(first, first_digits) && is_day_of(month, day))
        }
        _ if first_digits <= 2 => {
            // 12 March 1985 · 12th of March, 1985 · 12. März 1985 · 12 de marzo de 1985
            let ordinal = reader.word();
            if !matches!(ordinal, "" | "st" | "nd" | "rd" | "th" | "er" | "º") {
                return cut_or(&reader, Reading::Not);
            }
            reader.eat(|c| c == '.');
            if !reader.eat(|c| c == ' ') {
                return cut_or(&reader, Reading::Not);
            }
            let mut word = reader.word();
            if matches!(word, "of" | "de") {
                if !reader.eat(|c| c == ' ') {
                    return cut_or(&reader, Reading::Not);
                }
                word = reader.word();
            }
            let Some(month) = month(word) else { return cut_or(&reader, Reading::Not) };
            let short = reader;
            reader.eat(|c| matches!(c, ',' | '.'));
            if !reader.eat(|c| c == ' ') {
                return cut_or(&reader, whole(short, is_day_of(month, first)));
            }
            for joint in ["de ", "del "] {
                if after(text, reader.at).starts_with(joint) {
                    reader.at += joint.len();
                }
            }
            match reader.number(4) {
                Some((year, digits)) if digits == 4 => whole(reader, is_day_of(month, first) && is_year(year, digits)),
                _ => {
                    let rest = after(text, reader.at);
                    if "del ".starts_with(rest) && rest.len() < 4 {
                        return Reading::Whole(short.at, is_day_of(month, first));
                    }
                    cut_or(&reader, whole(short, is_day_of(month, first)))
                }
            }
        }
        _ => Reading::Not,
    }
}

/// Reads a time of day: `11:34:35`, `9:30 pm`. Hours and minutes alone may be a ratio or a verse.
fn time(text: &str, start: usize) -> Reading {
    let mut reader = Reader { text, at: start };
    let mut parts = 0;
    loop {
        let most = if parts == 0 { 23 } else { 59 };
        match reader.number(2) {
            Some((value, digits)) if value <= most && (parts == 0 || digits == 2) => parts += 1,
            _ if reader.is_done() => return Reading::Cut,
            _ => return Reading::Not,
        }
        let colon = reader;
        if parts == 3 || !reader.eat(|c| c == ':') {
            reader = colon;
            break;
        }
    }
    if before(text, start).ends_with(':') || reader.peek() == Some(':') {
        return Reading::Not;
    }
    let end = reader.at;
    reader.eat(|c| c == ' ');
    let half = reader.word();
    if reader.is_done() {
        return if parts == 3 { Reading::Whole(end, true) } else { Reading::Cut };
    }
    let has_half = matches!(half, "am" | "pm" | "AM" | "PM" | "Uhr");
    match (parts, has_half) {
        (_, true) => Reading::Whole(reader.at, false),
        (3, false) => Reading::Whole(end, false),
        _ => Reading::Not,
    }
}

/// Words before a number of four digits that make a year of it.
#[rustfmt::skip]
const BEFORE_YEARS: &[&str] = &[
    "in", "during", "since", "until", "till", "circa", "before", "after", "early", "late", "mid", "year", "from", "spring",
    "summer", "autumn", "fall", "winter", "im", "jahr", "jahre", "seit", "bis", "en", "depuis", "année", "desde", "año", "nel",
    "dal", "anno", "em", "ano", "sinds", "sommer", "herbst",
];

/// What is of a year: `the 2012 election`.
#[rustfmt::skip]
const OF_YEARS: &[&str] = &[
    "film", "movie", "novel", "book", "song", "album", "single", "play", "series", "season", "election", "elections", "war",
    "census", "report", "study", "survey", "edition", "model", "election", "olympics", "games", "championship", "cup",
    "tournament", "conference", "agreement", "treaty", "budget", "crisis", "referendum", "world", "act", "law",
];

/// A number of four digits that is a year by the words around it.
fn year(text: &str, start: usize) -> Option<Match> {
    let end = start + 4;
    let value: u64 = text.get(start..end).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    if !(1800..2100).contains(&value) || !boundary::begins(text, start) || !boundary::ends(text, end) {
        return None;
    }
    let ahead = before(text, start).strip_suffix(' ')?;
    let word = last_word(ahead);
    let next = after(text, end);
    let follows: String = next
        .strip_prefix(' ')
        .unwrap_or("")
        .chars()
        .take(context::AFTER_BYTES / 4)
        .take_while(|c| c.is_alphabetic())
        .collect();
    let is_said = match word.to_lowercase().as_str() {
        // `Act of 1998`, but not `a list of 1998 words`.
        "of" => {
            let head = ahead.get(..ahead.len() - word.len()).unwrap_or("").trim_end();
            last_word(head).starts_with(char::is_uppercase) && !is_counted(&follows)
        }
        "a" | "the" | "an" => {
            follows.starts_with(char::is_uppercase) || OF_YEARS.iter().any(|noun| follows.starts_with(begun(noun)))
        }
        lead => BEFORE_YEARS.contains(&lead) && !is_counted(&follows),
    };
    let date =
        Match { span: start..end, label: Label::new("DATE_TIME"), rule: None, score: 0.55, severity: Severity::Low };
    is_said.then_some(date)
}

/// As much of a word as is read behind a year.
fn begun(word: &str) -> &str {
    word.get(..context::AFTER_BYTES / 4).unwrap_or(word)
}

/// Whether things follow that are counted, or what they are measured in.
fn is_counted(word: &str) -> bool {
    const ENDS: &[&str] = &["is", "was", "as", "its", "this", "has", "his", "does", "plus", "versus"];
    const MEASURES: &[&str] =
        &["people", "men", "women", "percen", "millio", "miles", "km", "m", "kg", "ft", "different", "new"];
    let is_cut = word.chars().count() >= context::AFTER_BYTES / 4;
    let is_plural = word.ends_with('s') && !ENDS.contains(&word) && !word.starts_with(char::is_uppercase);
    is_plural || MEASURES.iter().any(|measure| word == begun(measure)) || (is_cut && word.starts_with("differ"))
}

/// The last word of a text.
fn last_word(text: &str) -> &str {
    let word = text.char_indices().rev().take(12).take_while(|(_, c)| c.is_alphabetic()).last();
    word.map_or("", |(at, _)| after(text, at))
}

/// Whether a date or a number may begin here.
fn begins(text: &str, at: usize) -> bool {
    let first = after(text, at).chars().next();
    if first.is_some_and(char::is_alphabetic) {
        return !before(text, at).chars().next_back().is_some_and(|c| is_word(c) || decimal(c).is_some());
    }
    boundary::begins(text, at)
}

/// How far before the first digit of a run the name of a month may begin.
const MONTH_BYTES: usize = 14;

/// Every place in a part of the text where a date may begin.
fn starts(text: &str, from: usize, to: usize) -> impl Iterator<Item = usize> {
    let mut previous = before(text, from).chars().next_back();
    after(text, from).get(..to.saturating_sub(from)).unwrap_or("").char_indices().filter_map(move |(at, character)| {
        let is_part = |c: char| {
            if c.is_ascii() {
                return c.is_ascii_alphanumeric();
            }
            c.is_alphabetic() && !boundary::is_spaceless(c) || decimal(c).is_some()
        };
        let changes = |a: char, b: char| is_part(a) && !is_part(b) || decimal(a).is_some() != decimal(b).is_some();
        let is_start = is_part(character) && previous.is_none_or(|previous| changes(character, previous));
        previous = Some(character);
        (is_start && begins(text, from + at)).then_some(from + at)
    })
}

/// Whether a date that ends here is no part of something longer.
fn is_alone(text: &str, end: usize) -> bool {
    boundary::ends(text, end)
}

impl Birth {
    fn date(text: &str, span: Range<usize>) -> Match {
        let is_birth = Near::before(text, span.start).has(BORN);
        let (label, score, severity) =
            if is_birth { ("DATE_OF_BIRTH", 0.85, Severity::Medium) } else { ("DATE_TIME", 0.6, Severity::Low) };
        Match { span, label: Label::new(label), rule: None, score, severity }
    }

    /// A number of years.
    fn age(text: &str, start: usize) -> Option<Match> {
        let digits = after(text, start).bytes().take_while(u8::is_ascii_digit).count();
        let end = start + digits;
        let value: u64 = text.get(start..end)?.parse().ok()?;
        if !(1..=3).contains(&digits) || !(1..=120).contains(&value) || !boundary::begins(text, start) {
            return None;
        }
        let tail = after(text, end);
        let tail = tail.strip_prefix([' ', '-']).unwrap_or(tail);
        let is_old = tail.starts_with(['y', 'Y', 'j', 'J', 'a', 'A', 'l', 'L', '岁', '歳', '세']) && is_years_old(tail);
        let ahead = before(text, start).trim_end_matches([' ', ':', '=', '"']);
        let word = last_word(ahead);
        let is_aged = !word.is_empty()
            && AGED
                .iter()
                .any(|aged| is_same(word, aged) || (!aged.is_ascii() && aged.len() == 6 && word.ends_with(aged)));
        let is_plain = boundary::ends(text, end);
        let score = if is_old { 0.8 } else { 0.7 };
        let is_told = is_when(ahead) && after(text, end).starts_with(is_pause);
        let is_age = is_old || ((is_aged || is_told) && is_plain);
        is_age.then(|| Match { span: start..end, label: Label::new("AGE"), rule: None, score, severity: Severity::Low })
    }
}

/// A sign behind which something new begins.
fn is_pause(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | '!' | '?' | ')')
}

/// Whether a text ends in `when she was`: a number behind it is an age.
fn is_when(text: &str) -> bool {
    let text = text.strip_suffix(" only").or_else(|| text.strip_suffix(" just")).unwrap_or(text);
    let text = text.strip_suffix(" was").or_else(|| text.strip_suffix(" were")).unwrap_or("");
    ["when he", "when she", "when i", "when I", "when they", "When he", "When she", "When I"]
        .iter()
        .any(|words| text.ends_with(words))
}

/// Whether a text begins with words that make years of the number before them.
fn is_years_old(tail: &str) -> bool {
    let tail: String = tail.chars().take(context::AFTER_BYTES / 2).flat_map(char::to_lowercase).collect();
    YEARS_OLD.iter().any(|words| {
        let next = tail.strip_prefix(words).map(|rest| rest.chars().next());
        let may_go_on = *words == "jährig" || words.chars().next().is_some_and(boundary::is_spaceless);
        next.is_some_and(|next| may_go_on || !next.is_some_and(is_word))
    })
}

impl Detector for Birth {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        let mut done = 0;
        for run in window.runs {
            let from = boundary::floor(text, run.span.start.saturating_sub(MONTH_BYTES).max(done));
            for start in starts(text, from, run.span.end) {
                if start < done {
                    continue;
                }
                // Only what holds two digits in a row: in a stream, those in front are not looked at again.
                match read(text, start) {
                    Reading::Whole(end, _) if end > run.span.start && is_alone(text, end) => {
                        found.push(Self::date(text, start..end));
                        done = end;
                    }
                    _ => {
                        let age = Self::age(text, start).or_else(|| year(text, start));
                        if let Some(age) = age.filter(|age| age.span.end > run.span.start) {
                            done = age.span.end;
                            found.push(age);
                        }
                    }
                }
            }
            done = done.max(run.span.end);
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        // Dates without two digits in a row are not found, so only what is near a digit can be pending.
        let tail = DATE_BYTES + context::AFTER_BYTES + boundary::LOOK_AHEAD;
        let from = boundary::floor(text, text.len().saturating_sub(tail));
        let pending = |start: usize| match read(text, start) {
            Reading::Cut => true,
            Reading::Whole(end, is_open) => is_open || boundary::is_end_open(text, end) || end + 1 >= text.len(),
            Reading::Not => {
                let digits = after(text, start).bytes().take_while(u8::is_ascii_digit).count();
                (1..=4).contains(&digits) && start + digits + context::AFTER_BYTES > text.len()
            }
        };
        starts(text, from, text.len()).find(|start| pending(*start)).unwrap_or(text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::Birth;

    #[test]
    fn keeps_its_promises() {
        conforms(&Birth);
    }

    #[test]
    fn every_month_may_be_one() {
        for (name, _) in super::MONTHS {
            assert!(super::may_be_month(name.as_bytes()), "{name}");
            assert!(super::may_be_month(name.to_uppercase().as_bytes()), "{name}");
        }
    }

    #[test]
    fn dates_of_birth_and_others() {
        for (text, expected) in [
            ("DOB 3/12/1985.", "DATE_OF_BIRTH 0.85 `3/12/1985`"),
            ("Geburtsdatum: 12. März 1985", "DATE_OF_BIRTH 0.85 `12. März 1985`"),
            ("nacida el 12 de marzo de 1985 en Lima", "DATE_OF_BIRTH 0.85 `12 de marzo de 1985`"),
            ("nata il 12 marzo 1985 a Roma", "DATE_OF_BIRTH 0.85 `12 marzo 1985`"),
            ("생년월일 1985년 3월 12일", "DATE_OF_BIRTH 0.85 `1985년 3월 12일`"),
            ("on the 12th of March, 1985 we", "DATE_TIME 0.60 `12th of March, 1985`"),
            ("2018-02-24 12:45:18 ok", "DATE_TIME 0.60 `2018-02-24 12:45:18`"),
            ("2018-02-24T12:45 ok", "DATE_TIME 0.60 `2018-02-24T12:45`"),
            ("May 14 is fine", "DATE_TIME 0.60 `May 14`"),
            ("a 38-year-old man", "AGE 0.80 `38`"),
            ("age 38, male", "AGE 0.70 `38`"),
            ("जन्मतिथि: 12/03/1985.", "DATE_OF_BIRTH 0.85 `12/03/1985`"),
            ("출생 1985-03-12.", "DATE_OF_BIRTH 0.85 `1985-03-12`"),
            ("学生于1985-03-12。", "DATE_TIME 0.60 `1985-03-12`"),
            ("data nascita 12/03/1985.", "DATE_OF_BIRTH 0.85 `12/03/1985`"),
            ("alternati 12/03/1985.", "DATE_TIME 0.60 `12/03/1985`"),
            ("page 38, male", ""),
            ("12/2024/3", ""),
            ("31/31/2024", ""),
            ("It was found in 1998, she said", "DATE_TIME 0.55 `1998`"),
            ("the Rights Act of 1984 protects", "DATE_TIME 0.55 `1984`"),
            ("a 1984 Polish film", "DATE_TIME 0.55 `1984`"),
            ("the 2016 election was", "DATE_TIME 0.55 `2016`"),
            ("seit 2008 in Bonn", "DATE_TIME 0.55 `2008`"),
            ("since March 2024 we", "DATE_TIME 0.60 `March 2024`"),
            ("at 11:34:35 sharp", "DATE_TIME 0.60 `11:34:35`"),
            ("at 9:30 pm sharp", "DATE_TIME 0.60 `9:30 pm`"),
            ("written when he was only 78. Then", "AGE 0.70 `78`"),
            ("a list of 1984 words", ""),
            ("in 2000 meters", ""),
            ("in 1984 people came", ""),
            ("the 2016 words", ""),
            ("John 3:16 says", ""),
            ("16:10 is a ratio", ""),
            ("aa:12:34:56:78:bb", ""),
            ("when he was 78 meters away", ""),
            ("1.12.24", ""),
            ("192.168.1.12", ""),
            ("38 years later", ""),
        ] {
            check(&Birth, text, expected);
        }
    }
}
