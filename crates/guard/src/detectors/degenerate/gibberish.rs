//! Letters that are no words.

use std::ops::Range;

use redoubt_domain::seams::Match;
use unicode_normalization::UnicodeNormalization;

use super::super::boundary::is_spaceless;
use super::{GIBBERISH, found};

/// So many words are judged together: by one word nobody can tell.
const WORDS: usize = 8;
/// Words shorter than this are abbreviations as often as not.
const LETTERS_MIN: usize = 4;
/// The mean rarity of the pairs of letters in that many words. No eight words of the thirty languages below reach 3.1,
/// and 98 of 100 lines typed at random do.
const RARITY_MIN: f32 = 3.3;
/// Between so many words written in so many scripts, with nothing but spaces between them.
const SCRIPT_WORDS: usize = 12;
const SCRIPTS_MIN: usize = 5;
/// Marks of a broken encoding in one stretch, and at most so many bytes for each.
const BROKEN_MIN: usize = 3;
const BYTES_PER_BROKEN: usize = 80;

/// What in `text[block]` is no language.
pub(super) fn find(text: &str, block: Range<usize>) -> Vec<Match> {
    let mut all = Vec::new();
    all.extend(broken(text, block.clone()));
    let words = words(text, block);
    all.extend(letters(&words));
    all.extend(scripts(text, &words));
    all
}

struct Word {
    span: Range<usize>,
    /// How rare its pairs of letters are, if it is a word of letters that people know.
    rarity: Option<f32>,
    script: u8,
}

fn words(text: &str, block: Range<usize>) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let part = text.get(block.clone()).unwrap_or_default();
    let mut at = 0;
    for word in part.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '\u{300}'..='\u{36f}')) {
        let begin = at;
        at += word.len();
        at += part.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let Some(first) = word.chars().find(|c| c.is_alphabetic()) else { continue };
        let span = block.start + begin..block.start + begin + word.len();
        // Code, an identifier or a key, and not what this is about.
        let glued = |at: usize, back: bool| {
            let rest = if back {
                text.get(..at).and_then(|t| t.chars().next_back())
            } else {
                text.get(at..).and_then(|t| t.chars().next())
            };
            rest.is_some_and(|c| {
                matches!(c, '/' | '\\' | '=' | '@' | '#' | '$' | '<' | '>' | '{' | '}' | '`' | '&' | '%')
            })
        };
        let rarity = if glued(span.start, true) || glued(span.end, false) { None } else { rarity(word) };
        all.push(Word { rarity, span, script: script(first) });
    }
    all
}

/// Stretches in which words are made of letters that do not go together.
fn letters(words: &[Word]) -> Vec<Match> {
    let mut all: Vec<Match> = Vec::new();
    let rated: Vec<(f32, &Range<usize>)> = words.iter().filter_map(|word| Some((word.rarity?, &word.span))).collect();
    for window in rated.windows(WORDS) {
        let mean = window.iter().map(|(rarity, _)| rarity).sum::<f32>() / WORDS as f32;
        if mean < RARITY_MIN {
            continue;
        }
        let (Some((_, first)), Some((_, last))) = (window.first(), window.last()) else { continue };
        match all.last_mut().filter(|known| first.start <= known.span.end) {
            Some(known) => known.span.end = last.end,
            None => all.push(found(first.start..last.end, GIBBERISH, "letters", 0.8)),
        }
    }
    all
}

/// Words of many scripts in a row, as a model writes them whose sampling has gone wrong.
fn scripts(text: &str, words: &[Word]) -> Option<Match> {
    let mut from = 0;
    for (at, word) in words.iter().enumerate() {
        let is_parted = at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|before| {
            text.get(before.span.end..word.span.start).is_some_and(|gap| gap.chars().any(|c| !c.is_whitespace()))
        });
        if is_parted {
            from = at;
        }
        let window = words.get(from.max((at + 1).saturating_sub(SCRIPT_WORDS))..=at)?;
        let seen = window.iter().fold(0_u32, |seen, word| seen | 1 << word.script);
        if seen.count_ones() as usize >= SCRIPTS_MIN {
            let first = window.first()?;
            return Some(found(first.span.start..word.span.end, GIBBERISH, "scripts", 0.8));
        }
    }
    None
}

/// Text that was read in the wrong encoding.
fn broken(text: &str, block: Range<usize>) -> Option<Match> {
    let part = text.get(block.clone())?;
    if part.is_ascii() {
        return None;
    }
    let (mut count, mut first, mut last) = (0_usize, None, 0);
    let mut characters = part.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let is_broken = match c {
            '\u{fffd}' => true,
            // Two bytes of UTF-8, read as Latin-1 or as Windows reads it.
            'Ã' | 'Â' | 'Ð' | 'Ñ' => next.is_some_and(is_continuation),
            'â' => next == Some('€') || next == Some('\u{80}'),
            _ => false,
        };
        if is_broken {
            count += 1;
            first.get_or_insert(at);
            last = at + c.len_utf8();
        }
    }
    let span = block.start + first?..block.start + last;
    (count >= BROKEN_MIN && span.len() <= count * BYTES_PER_BROKEN).then(|| found(span, GIBBERISH, "encoding", 0.75))
}

/// What a byte that continues a character becomes when it is read on its own.
fn is_continuation(c: char) -> bool {
    matches!(
        c,
        '\u{80}'
            ..='\u{bf}'
                | '€'
                | '‚'
                | 'ƒ'
                | '„'
                | '…'
                | '†'
                | '‡'
                | 'ˆ'
                | '‰'
                | 'Š'
                | '‹'
                | 'Œ'
                | 'Ž'
                | '‘'
                | '’'
                | '“'
                | '”'
                | '•'
                | '–'
                | '—'
                | '˜'
                | '™'
                | 'š'
                | '›'
                | 'œ'
                | 'ž'
                | 'Ÿ'
    )
}

/// The mean rarity of a word's pairs of letters; none for what is no plain word in Latin letters.
fn rarity(word: &str) -> Option<f32> {
    let mut rest = word.chars();
    rest.next();
    // Capitals within a word are an abbreviation or a name in a program.
    if rest.any(char::is_uppercase) || word.contains(|c: char| c == '_' || c.is_ascii_digit()) {
        return None;
    }
    if word.is_ascii() {
        return mean(word.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    let mut letters: Vec<u8> = Vec::with_capacity(word.len());
    for c in word.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).flat_map(char::to_lowercase) {
        let c = match c {
            'ø' => 'o',
            'ł' => 'l',
            'đ' | 'ð' => 'd',
            'ı' => 'i',
            'ß' => 's',
            'æ' | 'œ' => 'e',
            c => c,
        };
        letters.push(u8::try_from(c).ok().filter(u8::is_ascii_lowercase)?);
    }
    mean(letters.into_iter())
}

/// The mean rarity of the pairs of at least some letters.
fn mean(letters: impl Iterator<Item = u8>) -> Option<f32> {
    let (mut sum, mut count, mut before) = (0_u32, 0_usize, EDGE);
    for letter in letters {
        let letter = usize::from(letter.checked_sub(b'a')?);
        sum += u32::from(*PAIRS.get(before)?.get(letter)? - b'0');
        count += 1;
        before = letter;
    }
    if count < LETTERS_MIN {
        return None;
    }
    sum += u32::from(*PAIRS.get(before)?.get(EDGE)? - b'0');
    Some(sum as f32 / (count + 1) as f32)
}

fn script(c: char) -> u8 {
    match c {
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => 1,
        '\u{400}'..='\u{52f}' => 2,
        '\u{530}'..='\u{58f}' => 3,
        '\u{590}'..='\u{5ff}' => 4,
        '\u{600}'..='\u{77f}' => 5,
        '\u{900}'..='\u{dff}' => 6,
        '\u{e00}'..='\u{eff}' => 7,
        '\u{10a0}'..='\u{10ff}' => 8,
        '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => 9,
        '\u{3040}'..='\u{30ff}' => 10,
        c if is_spaceless(c) => 11,
        _ => 0,
    }
}

/// The place of the edge of a word among the letters.
const EDGE: usize = 26;

/// How rare each letter is behind each other in the language where it is commonest there: the logarithm of its share to
/// the base of one half, at most nine. Rows and columns are the letters and the edge of a word, accents left out.
/// Counted over words of four letters and more in thirty languages written in Latin letters.
#[rustfmt::skip]
static PAIRS: [&[u8; 27]; 27] = [
    b"243335452433424473223346442",
    b"246517611372542793442686462",
    b"274629901415632883133889422",
    b"256516621555531493443558431",
    b"154345452433324572235465542",
    b"158423521554672693333879673",
    b"273616311543431692332689261",
    b"177326981443542793623469481",
    b"353325354333423553324464542",
    b"189314582822421595442469931",
    b"155616423533641594323569461",
    b"256426442252432687333588472",
    b"137616612464342395553779572",
    b"263225231244533585424588351",
    b"343336442333323372333228631",
    b"173524532663652291443789582",
    b"879999998994999997990939995",
    b"255326452434452683434468422",
    b"363726632534543376323669421",
    b"276727622654542693432455322",
    b"343324442332322392323545442",
    b"157617761554832794453588253",
    b"185519442975833693375897272",
    b"243725652965673196623896381",
    b"143325343533232294224449451",
    b"044318441644532465442449321",
    b"333334443534334264334336439",
];
