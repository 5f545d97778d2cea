//! Addresses of houses: a street, a number, and what stands around them. No single sign is enough: a street is known by
//! its word, by the postal code and the place behind it, by the part of a house, or by a word before it that announces
//! an address, and each of these has a weight.

mod announced;
mod corner;
mod east_asian;
mod forces;
mod tail;
mod words;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{self, after, before, floor};
use super::context::{self, Near};
use super::cursor::Cursor;
pub(super) use corner::Corner;
use tail::{Manner, Tail};
use words::Street;

/// Addresses of houses and boxes at post offices.
pub(super) struct Address;

static SPEC: Spec = Spec {
    id: "address",
    summary: "street addresses, told by street, code, place or a word before them, and postal codes behind their name",
    labels: &["STREET_ADDRESS", "POSTAL_CODE"],
    trigger: Trigger::Digits(2),
    span_max: ADDRESS_BYTES_MAX + HEAD_BYTES_MAX + context::BEFORE_BYTES,
    positives: &[
        "I live at 1600 Pennsylvania Avenue NW, Washington, DC 20500.",
        "10 Downing Street, London SW1A 2AA",
        "Hauptstraße 12, 10115 Berlin",
        "12 rue de Rivoli, 75001 Paris",
        "Calle de Alcalá, 45, 28014 Madrid",
        "Via Roma 12, 00184 Roma",
        "Rua Augusta, 1500, São Paulo",
        "12, Gandhi Road, Bengaluru 560001",
        "地址：北京市朝阳区建国路88号",
        "住所は東京都千代田区丸の内1-9-1です",
        "서울특별시 강남구 테헤란로 152",
        "P.O. Box 2871",
        "my zip code is 35350",
        "my address is Nuova Strada 66",
        "USS Hornet\nFPO AE 09573",
    ],
    near_misses: &[
        "92597 Jahu 80, Liiva",
        "In 2008 Wall Street lost its nerve.",
        "12 Angry Men, 1957",
        "We drove 120 miles and 45 more.",
        "call 555 1234 or 12 34 56",
        "Chapter 12 Long Road",
        "sent via Email 25 times",
        "zip the file 35350",
        "路由器有88号端口",
        "2024年12月15日",
        "10 Berlin",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
};

/// An address from its first number or word on is at most so long.
const ADDRESS_BYTES_MAX: usize = 384;
/// Behind so many bytes no further part begins.
const PART_BYTES_MAX: usize = 200;
/// What may stand before the number: the name of the street.
const HEAD_BYTES_MAX: usize = 96;
/// Words of one name.
const WORDS_MAX: usize = 6;
const WORD_BYTES_MAX: usize = 24;
/// What follows street and number: parts of the house, codes, places.
const PARTS_MAX: usize = 8;

const STREET: &str = "STREET_ADDRESS";

/// What was read of an address.
struct Reading {
    label: &'static str,
    start: usize,
    end: usize,
    points: i32,
}

impl Reading {
    fn found(&self) -> Option<Match> {
        let score = match self.points {
            ..=1 => return None,
            // A street and a number alone are often a place that everybody knows: told, and by default left alone.
            2 => 0.45,
            3 => 0.7,
            4.. => 0.85,
        };
        Some(Match {
            span: self.start..self.end,
            label: Label::new(self.label),
            rule: None,
            score,
            severity: Severity::Medium,
        })
    }
}

impl Detector for Address {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        let mut done = 0;
        for run in window.runs {
            let from = floor(text, run.span.start.saturating_sub(HEAD_BYTES_MAX).max(done));
            for at in numbers(text, from, run.span.end) {
                if at < done {
                    continue;
                }
                // The number of the house may have one digit, if a longer one, as a postal code has, belongs to the rest:
                // in a stream, what stands before the first of these is not looked at again.
                let reading = read(text, at).0.filter(|one| one.end > run.span.start && one.start >= done);
                match reading.as_ref().and_then(Reading::found) {
                    Some(one) => {
                        done = one.span.end;
                        found.push(one);
                    }
                    None => done = at + 1,
                }
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let from = floor(text, text.len().saturating_sub(ADDRESS_BYTES_MAX + boundary::LOOK_AHEAD));
        let open =
            numbers(text, from, text.len()).filter(|at| read(text, *at).1).map(|at| start_before(text, at)).min();
        open.unwrap_or(text.len()).min(start_before(text, text.len()))
    }
}

/// The earliest place where an address may begin whose number stands at a byte.
fn start_before(text: &str, at: usize) -> usize {
    let announced = announced::start(text, at).map_or(at, |name| name.start);
    head(text, at)
        .min(east_asian::head(text, at))
        .min(box_before(text, at))
        .min(forces::ship_before(text, at))
        .min(announced)
}

/// Where the name of a box at a post office begins, or a part of one, that ends at a byte.
fn box_before(text: &str, at: usize) -> usize {
    const NAME_BYTES_MAX: usize = 24;
    let near = after(before(text, at), floor(text, at.saturating_sub(NAME_BYTES_MAX)));
    let is_name = |from: usize| {
        let begun: String =
            after(near, from).trim_end_matches(AFTER_BOX).chars().flat_map(char::to_lowercase).collect();
        !begun.is_empty() && words::BOXES.iter().chain(&FORCES).any(|name| name.starts_with(&begun))
    };
    let may_begin =
        |from: usize| is_capital(after(near, from)) || !before(near, from).ends_with(|c: char| boundary::is_word(c));
    let mut starts = near.char_indices().map(|(from, _)| from).filter(|from| may_begin(*from));
    starts.find(|from| is_name(*from)).map_or(at, |from| at - near.len() + from)
}

/// Boxes of the American forces.
const FORCES: [&str; 3] = ["psc", "unit", "cmr"];

/// What stands between the name of a box and its number.
const AFTER_BOX: [char; 3] = [' ', '#', ':'];

/// Where numbers begin in a part of the text.
fn numbers(text: &str, from: usize, to: usize) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let is_digit = move |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (from..to.min(bytes.len())).filter(move |at| is_digit(*at) && !at.checked_sub(1).is_some_and(is_digit))
}

/// What the number at a byte is the number of, and whether more text may say more.
fn read(text: &str, at: usize) -> (Option<Reading>, bool) {
    let mut is_open = false;
    for way in [boxed, code, forces::ship, east_asian::read, street_first, number_first] {
        let mut cursor = Cursor::new(text, at);
        let reading = way(text, &mut cursor);
        is_open |= cursor.saw_end();
        if reading.is_some() {
            return (reading, is_open);
        }
    }
    (None, is_open)
}

/// A box at a post office, or of the forces: `PO Box 12`, `PSC 0413, Box 8144`.
fn boxed(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    let at = cursor.at();
    let words = before(text, at).trim_end_matches(AFTER_BOX);
    // Most numbers stand behind something else, and are done with here.
    let may_be = words::may_end_in(words, words::BOXES) || words::may_end_in(words, &FORCES);
    if !may_be || !words.ends_with(char::is_alphabetic) {
        return None;
    }
    let start = |word: &str| {
        let start = words.len().checked_sub(word.len())?;
        let tail = words.get(start..)?;
        let is_word = tail.chars().flat_map(char::to_lowercase).eq(word.chars());
        let begins = !before(words, start).chars().next_back().is_some_and(boundary::is_word);
        (is_word && begins).then_some(start)
    };
    let forces = FORCES.iter().find_map(|word| start(word));
    let start = words::BOXES.iter().find_map(|word| start(word)).or(forces)?;
    let is_small = !is_capital(after(text, start));
    number(cursor)?;
    if forces.is_some() {
        cursor.eat(",");
        if !(cursor.eat(" Box ") && number(cursor).is_some()) {
            return None;
        }
        let end = cursor.at();
        if forces::post(cursor) {
            return Some(Reading { label: STREET, start, end: cursor.at(), points: 4 });
        }
        cursor.back_to(end);
    }
    let end = cursor.at();
    let tail = Tail::read(cursor, at, end, Manner { is_announced: false, is_small });
    // `unit 12 box 3` may be anything.
    if is_small && (forces.is_some() || tail.points == 0 && !is_named(text, start)) {
        return None;
    }
    Some(Reading { label: STREET, start, end: tail.end, points: 3 + tail.points })
}

/// A postal code by its name: `zip code 35350`, `PLZ: 10115`.
fn code(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    const NAME_BYTES_MAX: usize = 32;
    let start = cursor.at();
    let near = before(text, start);
    let near = after(near, floor(near, near.len().saturating_sub(NAME_BYTES_MAX)));
    let words = near.trim_end_matches([' ', ':', '=', '#', '"', '.']);
    let words = ["is", "ist", "est", "es", "は"].iter().find_map(|verb| words.strip_suffix(verb)).unwrap_or(words);
    let words = words.trim_end_matches([' ', ':', '.']);
    if !words::may_end_in(words, words::CODES) {
        return None;
    }
    let words: String = words.chars().flat_map(char::to_lowercase).collect();
    let is_named = words::CODES.iter().any(|name| {
        words.strip_suffix(name).is_some_and(|before| !before.chars().next_back().is_some_and(boundary::is_word))
    });
    if !is_named || !boundary::begins(text, start) {
        return None;
    }
    let first = cursor.take(9, |c| c.is_ascii_digit()).len();
    let end = cursor.at();
    if cursor.eat("-") && cursor.take(5, |c| c.is_ascii_digit()).is_empty() {
        cursor.back_to(end);
    }
    let is_whole = (3..=8).contains(&first) && !cursor.peek().is_some_and(boundary::is_word);
    is_whole.then(|| Reading { label: "POSTAL_CODE", start, end: cursor.at(), points: 3 })
}

/// `Hauptstraße 12`, `Via Roma 12`, `Calle de Alcalá, 45`.
fn street_first(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    let at = cursor.at();
    let from = head(text, at);
    let name = text.get(from..at)?.trim_end_matches([' ', ',']);
    let announced = announced::start(text, at);
    if name.is_empty() && announced.is_none() {
        return None;
    }
    let mut starts = Vec::with_capacity(WORDS_MAX);
    let mut place = from;
    let mut found = None;
    for word in name.split(' ') {
        if found.is_none() && place + word.len() < from + name.len() && is_capital(word) {
            found = words::before(word).map(|street| (place, street));
        }
        starts.push(place);
        place += word.len() + 1;
    }
    let last = name.rsplit(' ').next().unwrap_or_default();
    let ends = || {
        let of_two = words::behind(last).zip(starts.iter().rev().nth(1).copied());
        let of_one = words::ending(last).filter(|_| is_capital(last)).zip(starts.last().copied());
        of_one.or(of_two).map(|(street, start)| (start, street))
    };
    let (start, street) = match found.or_else(ends) {
        Some((start, street)) => (start, Some(street)),
        None => (from, None),
    };
    let digits = number(cursor)?;
    let mut end = cursor.at();
    // `Park Avenue on Friday 12 March`: a day of a month, and no house.
    if words::is_of_date(last) || (digits < 3 && cursor.eat(" ") && words::is_of_date(word(cursor))) {
        return None;
    }
    cursor.back_to(end);
    // `Via Roma 12 Main Street`: a second name behind the number, as a corner has.
    if announced.is_some()
        && cursor.eat(" ")
        && let Some(name) = Name::read(cursor, false).filter(|name| name.street.is_some())
    {
        end = name.end;
    }
    cursor.back_to(end);
    let is_small = announced.as_ref().is_some_and(|name| name.is_small);
    let tail = Tail::read(cursor, at, end, Manner { is_announced: announced.is_some(), is_small });
    let points = points(street) + tail.points;
    if let Some(name) = announced {
        let is_told = points > 1 || (!is_small && digits < 5 && !announced::is_counted(last));
        let start = start.min(name.start);
        return is_told.then_some(Reading { label: STREET, start, end: tail.end, points: points + 3 });
    }
    let is_named = points < 4 && is_named(text, start);
    // Words without a street are told by what stands on both sides.
    if street.is_none() && !(is_named && tail.points > 1) {
        return None;
    }
    // Highways have numbers, and so has what happens in streets.
    let is_doubtful = digits > 3 && tail.points == 0;
    let points = points + if is_named { 2 } else { 0 } - i32::from(is_doubtful);
    Some(Reading { label: STREET, start, end: tail.end, points })
}

/// `10 Downing Street`, `12 rue de Rivoli`, `12, Gandhi Road`.
fn number_first(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    let start = cursor.at();
    if !boundary::begins(text, start) {
        return None;
    }
    let digits = number(cursor)?;
    let is_parted = cursor.eat(",");
    if !cursor.eat(" ") {
        return None;
    }
    let second = cursor.at();
    if !is_parted && number(cursor).is_some() && !cursor.eat(" ") {
        cursor.back_to(second);
    }
    if let Some(end) = named_box(cursor) {
        let tail = Tail::read(cursor, start, end, Manner::default());
        return Some(Reading { label: STREET, start, end: tail.end, points: 4 + tail.points });
    }
    let is_announced = announced::is_announced(text, start);
    let is_small = is_announced && cursor.peek().is_some_and(char::is_lowercase);
    let from = cursor.at();
    let name = Name::read(cursor, is_announced)?;
    // `moved on 12 March 2024`
    if name.street.is_none() && text.get(from..name.end).is_some_and(words::is_of_date) {
        return None;
    }
    // `6750 Koskikatu 25`
    let mut end = name.end;
    cursor.back_to(end);
    let mut has_two = false;
    if cursor.eat(" ") && number(cursor).is_some_and(|digits| digits < 5) {
        (end, has_two) = (cursor.at(), true);
    }
    let tail = Tail::read(cursor, start, end, Manner { is_announced, is_small });
    let is_named = is_announced || is_named(text, start);
    let is_told = name.street.is_some() || tail.is_sure;
    if !(is_told || is_named) || (is_small && !(is_told || has_two || tail.points > 0)) {
        return None;
    }
    let is_alone = tail.points == 0 && !is_named;
    let year = text.get(start..start + 2).filter(|_| digits == 4);
    let doubts = i32::from(name.goes_on)
        + i32::from(year.is_some_and(|year| matches!(year, "19" | "20")))
        + i32::from(is_part(text, start));
    let said = match (is_announced, is_named) {
        (true, _) => 3,
        (_, true) => 2,
        _ => i32::from(announced::is_at(text, start)),
    };
    let points = points(name.street) + tail.points + said - if is_alone { doubts } else { 0 };
    Some(Reading { label: STREET, start, end: tail.end, points })
}

/// Where a box at a post office ends that is named here, behind the number of a house.
fn named_box(cursor: &mut Cursor<'_>) -> Option<usize> {
    let start = cursor.at();
    if words::BOXES.iter().any(|name| cursor.eat(name)) {
        cursor.take(2, |c| AFTER_BOX.contains(&c));
        if number(cursor).is_some() {
            return Some(cursor.at());
        }
    }
    cursor.back_to(start);
    None
}

fn points(street: Option<Street>) -> i32 {
    match street {
        None => 0,
        Some(Street::Perhaps) => 1,
        Some(Street::Surely) => 2,
    }
}

fn is_named(text: &str, at: usize) -> bool {
    Near::before(text, at).has(words::NAMED)
}

/// Whether the word before a number says that it counts something else than houses.
fn is_part(text: &str, at: usize) -> bool {
    let words = before(text, at).trim_end();
    let word = words.char_indices().rev().take(8).take_while(|(_, c)| c.is_alphabetic()).last();
    let word: String = word.map_or("", |(at, _)| after(words, at)).to_lowercase();
    words::PARTS.contains(&word.as_str())
}

fn is_capital(word: &str) -> bool {
    word.chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase())
}

/// A number of a house: up to five digits, perhaps with a letter or a second number. How many digits it has.
fn number(cursor: &mut Cursor<'_>) -> Option<usize> {
    let start = cursor.at();
    let digits = cursor.take(6, |c| c.is_ascii_digit()).len();
    let more = cursor.at();
    if cursor.take(1, |c| c.is_ascii_alphabetic()).is_empty()
        && !cursor.take(1, |c| matches!(c, '-' | '/')).is_empty()
        && cursor.take(4, |c| c.is_ascii_digit()).is_empty()
    {
        cursor.back_to(more);
    }
    let end = cursor.at();
    let goes_on = !cursor.take(1, |c| matches!(c, '.' | ',' | '-' | '/' | ':')).is_empty()
        && cursor.peek().is_some_and(|c| c.is_ascii_digit());
    cursor.back_to(end);
    let is_within = cursor.peek().is_some_and(|c| boundary::is_word(c) || matches!(c, '%' | '@' | '€' | '$' | '°'));
    if !(1..=5).contains(&digits) || goes_on || is_within {
        cursor.back_to(start);
        return None;
    }
    Some(digits)
}

/// A word with what may stand in one, and the full stop of an abbreviation.
fn word<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let start = cursor.at();
    let letters = cursor.take(WORD_BYTES_MAX, is_letter);
    if letters.is_empty() {
        return "";
    }
    let end = cursor.at();
    // `C/ Mayor`
    if letters == "C" && cursor.eat("/ ") {
        cursor.back_to(end + 1);
        return cursor.since(start);
    }
    if cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        cursor.back_to(start);
        return "";
    }
    if letters.chars().count() <= 4 && cursor.eat(".") && !cursor.peek().is_some_and(|c| matches!(c, ' ' | ',')) {
        cursor.back_to(end);
    }
    cursor.since(start)
}

fn is_letter(c: char) -> bool {
    (c.is_alphabetic() && !boundary::is_spaceless(c)) || matches!(c, '\'' | '’' | '-')
}

/// The name of a street.
struct Name {
    end: usize,
    street: Option<Street>,
    /// Other words with capitals stand behind the word for a street: `Wall Street Banks`.
    goes_on: bool,
}

impl Name {
    /// Reads a name. Where an address is announced, words may be small that are no common ones.
    fn read(cursor: &mut Cursor<'_>, is_announced: bool) -> Option<Self> {
        let (mut end, mut street, mut goes_on, mut has_behind) = (None, None, false, false);
        for count in 0..WORDS_MAX {
            let start = cursor.at();
            let word = if count == 0 { ordinal(cursor).unwrap_or_else(|| word(cursor)) } else { word(cursor) };
            let is_surely = |street: Option<Street>| street == Some(Street::Surely);
            let is_joint = words::is_joint(word);
            let (behind, before) = (if count > 0 { words::behind(word) } else { None }, words::before(word));
            // `Király utca`, but not `Angry place`.
            let is_street = is_surely(before) || is_surely(behind) || (behind.is_some() && word.ends_with('.'));
            // `Thomas Avenue in case of`: behind the word for a street the sentence goes on.
            let is_small = is_announced && !has_behind && !words::is_common(word);
            let belongs = is_capital(word) || is_joint || is_street || is_small || word.starts_with(is_digit);
            // `Alder Flat` is a street, and `Flat 3` is not.
            let is_unit = count > 0 && words::is_unit(word) && {
                let end = cursor.at();
                let is_counted = cursor.eat(" ") && cursor.peek().is_none_or(|c| c.is_ascii_digit() || c == '#');
                cursor.back_to(end);
                is_counted
            };
            // `5th Avenue on Friday 12 March`
            let is_date = has_behind && words::is_of_date(word);
            if word.is_empty() || !belongs || is_unit || is_date {
                cursor.back_to(start);
                break;
            }
            goes_on |= has_behind && is_capital(word) && behind.is_none() && word.len() > 2;
            has_behind |= behind.is_some();
            let ending = words::ending(word).filter(|_| is_capital(word) || is_announced);
            street = street.max(behind).max(before).max(ending);
            if !is_joint {
                end = Some(cursor.at());
            }
            if !cursor.eat(" ") {
                break;
            }
        }
        // `12 Rue` alone names nothing.
        end.map(|end| Self { end, street, goes_on })
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// `42nd`, as streets are counted.
fn ordinal<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    let start = cursor.at();
    let digits = cursor.take(3, is_digit).len();
    let suffix = if digits > 0 { cursor.take(2, |c| c.is_ascii_alphabetic()) } else { "" };
    let is_one = ["st", "nd", "rd", "th"].iter().any(|one| suffix.eq_ignore_ascii_case(one));
    if is_one && cursor.peek() == Some(' ') {
        return Some(cursor.since(start));
    }
    cursor.back_to(start);
    None
}

/// Where the words with capitals begin that stand before a byte and may be the name of a street.
fn head(text: &str, at: usize) -> usize {
    let mut start = at;
    let words = before(text, at).trim_end_matches([' ', ',']);
    if at - words.len() > 2 {
        return at;
    }
    let mut end = words.len();
    for count in 0..WORDS_MAX {
        let is_part = |c: char| is_letter(c) || matches!(c, '.' | '/');
        let word = before(words, end).char_indices().rev().take_while(|(_, c)| is_part(*c)).last();
        let Some(word) = word.and_then(|(from, _)| words.get(from..end)) else { break };
        let from = end - word.len();
        // The last word may go on.
        let may_be = is_capital(word) || words::is_joint(word) || (count == 0 && at == end && at == text.len());
        if !may_be || word.len() > WORD_BYTES_MAX || at - from > HEAD_BYTES_MAX {
            break;
        }
        if is_capital(word) {
            start = from;
        }
        if !before(words, from).ends_with(' ') {
            break;
        }
        end = from - 1;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::Address;

    #[test]
    fn keeps_its_promises() {
        conforms(&Address);
    }

    fn found(text: &str, expected: &str) {
        let found = super::super::examples::find(&Address, text);
        let found: Vec<&str> = found.iter().map(|one| &text[one.span.clone()]).collect();
        assert_eq!(found.join(" | "), expected, "{text:?}");
        super::super::examples::is_sound(&Address, text);
    }

    #[test]
    fn addresses_of_many_countries() {
        for text in [
            "1600 Pennsylvania Avenue NW, Washington, DC 20500",
            "742 Evergreen Terrace, Springfield",
            "350 Fifth Avenue, Suite 3300, New York, NY 10118-0110",
            "221B Baker Street, London NW1 6XE",
            "10 Downing Street",
            "Hauptstraße 12a, 10115 Berlin",
            "Passauer Strasse 33, 81369 München",
            "12 rue de Rivoli, 75001 Paris",
            "12 avenue des Champs-Élysées, 75008 Paris",
            "Calle de Alcalá, 45, 28014 Madrid",
            "Avda. de la Constitución 3, 41001 Sevilla",
            "Via Roma 12, 00184 Roma",
            "Viale dei Giardini 5, 20121 Milano",
            "Rua Augusta, 1500, São Paulo",
            "Avenida Paulista 1578, São Paulo - SP, 01310-200",
            "12, Gandhi Road, Bengaluru 560001",
            "Kerkstraat 12, 1017 Amsterdam",
            "Drottninggatan 71, Stockholm",
            "P.O. Box 2871",
            "PSC 0413, Box 8144",
            "98 Shirley Street Apt. 12",
            "北京市朝阳区建国路88号",
            "上海市浦东新区世纪大道100号3号楼1201室",
            "台北市信義區市府路45號",
            "東京都千代田区丸の内1-9-1",
            "大阪府大阪市北区梅田13丁目1番3号",
            "서울특별시 강남구 테헤란로 152",
            "경기도 성남시 분당구 판교역로 235",
        ] {
            found(text, text);
            found(&format!("nobody lives there: {text}."), text);
        }
    }

    #[test]
    fn parts_of_a_house_and_places_belong_to_it() {
        found(
            "at 233 Erzsébet tér 19.\n Suite 282\n Domoszló\n Hungary 34796, she said",
            "233 Erzsébet tér 19.\n Suite 282\n Domoszló\n Hungary 34796",
        );
        found("We met at 10 Main Street. Suite yourself.", "10 Main Street");
        found("at 10 Main Street, However you like.", "10 Main Street");
    }

    #[test]
    fn a_word_before_it_tells_an_address() {
        found("Ann lives at 255 Hersnap 18, Kerteminde.", "255 Hersnap 18, Kerteminde");
        found(
            "My address is 6750 Koski 25 Apt. 864\nArtilleros\n, CO\n Uruguay 64677",
            "6750 Koski 25 Apt. 864\nArtilleros\n, CO\n Uruguay 64677",
        );
        found("Anschrift: Am Markt 25, 50667 Köln", "Am Markt 25, 50667 Köln");
        found("Am Markt 25, 50667 Köln", "");
        found("wohnhaft Marktplatz 25", "Marktplatz 25");
        found("地址是中山路88号。", "中山路88号");
        for address in [
            "Nuova Strada 66",
            "the 2450 Crown St",
            "Lena and Eyrarvegur 66",
            "Trg republike 12",
            "2914 184th Street",
            "9 Lind Vale 25\nMOSSBY\n, nan\n 51971",
            "61 Wienerova 72 Apt. 004\nKNIVBY, nan 18237",
            "14 Crown Lane\n Suite 112\n Dorfhausen (Nord)\n Papua New Guinea 51034",
            "62 Tawa Road Apt. 67 Velen Trinidad and Tobago",
            "11 via garibaldi 149\n suite 268\n poggio\n antigua 48083",
            "66 227 dorf street suite 574, grundbach, bulgaria 46027",
            "73 P.O. Box 287 Apt. 051, Tallinn, Estonia",
            "92 C/ Manuel Lopez 77",
            "12 Elm Road, Ottawa, ON K1A 0B1",
            "78 Victor Hugo u. 97.\nVelence\n, nan\n 45956",
            "475 Breivegen 38 Suite 490\nSANDVIK N\n, nan\n Norway 61682",
            "98 lahof 26 suite 300, las vegas, turkey 43686",
        ] {
            let address = address.trim_start_matches("the ");
            found(&format!("Please update my address to {address}"), address);
            found(&format!("Address:\n{address}"), address);
        }
        found("Ship to 6 Byvej 22 Apt. 548 Holm K SJ. Please call.", "6 Byvej 22 Apt. 548 Holm K SJ");
        found("send it to 10 Elm Road Apt. 5, Isham, France\nMobile: 03", "10 Elm Road Apt. 5, Isham, France");
        found("return to Lena and 226 Thomas Avenue in case of need", "Lena and 226 Thomas Avenue");
        found("the shop is at 2450 Crown St", "2450 Crown St");
        found("Name: unit 4526 box 0671\ndpo ap 40902", "unit 4526 box 0671\ndpo ap 40902");
        found("I sent it to USNS Berg\nFPO AP 12428. Thanks", "USNS Berg\nFPO AP 12428");
        for text in [
            "The address space of Windows 11 is large.",
            "the address of version 25 is here",
            "My address is not 12 of these",
            "moved to room 25",
            "My address will change in 2008 for good",
            "my address changed 12 times",
        ] {
            check(&Address, text, "");
        }
        found("we saw 255 Hersnap 18, Kerteminde.", "");
        found("I saw Marktplatz 25", "");
    }

    #[test]
    fn a_postal_code_is_told_by_its_name() {
        found("my zip code is 35350.", "35350");
        found("ZIP: 62704-1234", "62704-1234");
        found("PLZ 10115, Berlin", "10115");
        found("código postal: 28014", "28014");
        found("郵便番号は100-0001です", "100-0001");
        found("unzip 35350 files", "");
        found("zip file number 35350", "");
        found("postcode 12", "");
    }

    #[test]
    fn a_stream_holds_the_name_of_a_box() {
        use redoubt_domain::seams::Detector as _;

        let live = |text: &str| super::super::examples::with_answer(text, |window| Address.live_from(window));
        assert_eq!(live("he lost its nerve.P.O. Box"), 18);
        assert_eq!(live("he lost its nerve.P.O. "), 18);
        assert_eq!(live("write to :Post office box: "), 10);
    }

    #[test]
    fn a_date_is_no_part_of_one() {
        found("We meet at 350 5th Avenue on Friday 12 March 2024.", "350 5th Avenue");
        found("at 10 Park Street on Monday, 4 April", "10 Park Street");
        found("We meet in Park Avenue on Friday 12 March 2024.", "");
        found("She moved to Park Avenue on 12 March 2024.", "");
        found("12 March Street, London SW1A 2AA", "12 March Street, London SW1A 2AA");
    }

    #[test]
    fn what_only_looks_like_one() {
        for text in [
            "12 Monkeys, 1995",
            "50 Cent, Eminem and others, 2002",
            "In 2019 Wall Street rose by 30 points.",
            "the 10 Wall Street Banks",
            "Windows 11 Drive C",
            "copy 250 Files, Photos.",
            "a 500 GB Hard Drive",
            "on 12 March 2024, Berlin.",
            "10115 Berlin",
            "Article 12, Paragraph 34.",
            "42nd Street at 10 a.m.",
            "Route 66 is 3940 km long",
            "Via Mail 25 times",
            "Room 25, Building 12",
            "1.5 Long Street",
            "$25 Main Street",
            "the ratio is 25/12/30 St",
            "fn main() { let x = 10; Street::new(25) }",
            "order 4711, item 25, Price 12,50",
            "这条路有88号",
            "北京市2024年88号文件",
            "수원시 버스로 30분",
            "强制道路88号",
        ] {
            check(&Address, text, "");
        }
    }
}
