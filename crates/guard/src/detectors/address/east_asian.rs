//! Addresses that go from the province to the house: China, Japan, Korea.

use super::super::boundary::{after, before};
use super::super::cursor::Cursor;
use super::{Reading, STREET, is_named};

/// How many characters before the number are read.
const HEAD_CHARS_MAX: usize = 24;

/// Behind these an address begins: "my address is", "at", "to".
const PARTICLES: &[char] = &['是', '在', '为', '于', '到', '至', '寄', '址', '于', 'は', 'に', 'を'];
const PROVINCES: &[char] = &['省', '市', '区', '區', '县', '縣', '州', '都', '府', '県', '郡'];
const STREETS: &[char] = &['路', '街', '道', '巷', '弄', '村', '里', '段', '胡', '同'];

/// Where the characters begin that stand before a byte and may belong to an address.
pub(super) fn head(text: &str, at: usize) -> usize {
    chinese(text, at).min(korean(text, at))
}

pub(super) fn read(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    let at = cursor.at();
    match before(text, at).chars().next_back()? {
        ' ' => korean_house(text, cursor),
        c if is_chinese(c) => house(text, cursor),
        _ => None,
    }
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// The last characters of Chinese and Japanese before a byte.
fn chinese(text: &str, at: usize) -> usize {
    let back = before(text, at).char_indices().rev().take(HEAD_CHARS_MAX);
    back.take_while(|(_, c)| is_chinese(*c)).last().map_or(at, |(start, _)| start)
}

/// `北京市朝阳区建国路88号`, `東京都千代田区丸の内1-9-1`
fn house(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    let at = cursor.at();
    let from = chinese(text, at);
    let name = text.get(from..at)?;
    let skipped = name
        .rfind(PARTICLES)
        .map_or(0, |particle| particle + after(name, particle).chars().next().map_or(0, char::len_utf8));
    let name = after(name, skipped);
    let provinces = name.matches(PROVINCES).count();
    let is_street = name.ends_with(STREETS) && name.chars().count() > 2;
    if provinces == 0 && !is_street {
        return None;
    }
    let digits = cursor.take(6, |c| c.is_ascii_digit()).len();
    if digits > 5 {
        return None;
    }
    let more = cursor.take(12, |c| matches!(c, '号' | '號' | '弄' | '丁' | '目' | '番' | '地' | '-'));
    let is_numbered = is_street && more.starts_with(['号', '號', '弄']);
    let is_japanese = provinces > 1 && (more.starts_with("丁目") || more.starts_with('番') || more.starts_with('-'));
    if !(is_numbered || is_japanese) {
        return None;
    }
    let part = |c: char| {
        c.is_ascii_digit()
            || matches!(
                c,
                '号' | '號'
                    | '院'
                    | '楼'
                    | '樓'
                    | '栋'
                    | '棟'
                    | '幢'
                    | '单'
                    | '單'
                    | '元'
                    | '室'
                    | '层'
                    | '層'
                    | '座'
                    | '弄'
                    | '丁'
                    | '目'
                    | '番'
                    | '地'
                    | '階'
                    | '-'
            )
    };
    if is_japanese || cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        cursor.take(48, part);
    }
    let end = at + text.get(at..cursor.at())?.trim_end_matches('-').len();
    let is_named = provinces == 0 && is_named(text, at);
    let points = i32::from(is_street) + if provinces > 0 { 3 } else { 0 } + if is_named { 2 } else { 0 };
    Some(Reading { label: STREET, start: from + skipped, end, points })
}

/// The last words of Korean before a byte that may belong to an address, the last of which may go on.
fn korean(text: &str, at: usize) -> usize {
    let words = before(text, at);
    let words = words.strip_suffix(' ').unwrap_or(words);
    let mut start = at;
    let mut end = words.len();
    for count in 0..4 {
        let word =
            before(words, end).char_indices().rev().take(HEAD_CHARS_MAX).take_while(|(_, c)| is_hangul(*c)).last();
        let Some((from, word)) = word.and_then(|(from, _)| Some((from, words.get(from..end)?))) else { break };
        let is_last = count == 0;
        let may_be = word.ends_with(['시', '도', '구', '군', '읍', '면', '동']) || is_last;
        if !may_be {
            break;
        }
        start = from;
        match before(words, from).strip_suffix(' ') {
            Some(rest) => end = rest.len(),
            None => break,
        }
    }
    start
}

/// `서울특별시 강남구 테헤란로 152`
fn korean_house(text: &str, cursor: &mut Cursor<'_>) -> Option<Reading> {
    let at = cursor.at();
    let start = korean(text, at);
    let name = text.get(start..at)?.trim_end();
    let (places, street) = name.rsplit_once(' ')?;
    let is_street = street.ends_with(['로', '길']) && !street.ends_with("으로") && street.chars().count() > 1;
    if !is_street || !places.ends_with(['시', '구', '군', '읍', '면']) {
        return None;
    }
    cursor.take(6, |c| c.is_ascii_digit());
    let digits = cursor.at();
    if cursor.take(1, |c| c == '-').is_empty() || cursor.take(4, |c| c.is_ascii_digit()).is_empty() {
        cursor.back_to(digits);
    }
    let end = cursor.at();
    // `30분` is a time, and a number with a particle may be any.
    if cursor.peek().is_some_and(|c| c.is_alphanumeric()) {
        return None;
    }
    Some(Reading { label: STREET, start, end, points: 4 })
}
