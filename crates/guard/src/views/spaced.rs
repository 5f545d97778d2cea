//! Characters written apart: `i g n o r e`, `i.g.n.o.r.e`, `0 7 8 0 5 1 1 2 0`.

use std::ops::Range;

use super::fold::is_word;

/// Single letters with one and the same separator between them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SpacedRun {
    /// Their places, word by word: a wider or another separator parts words.
    pub(super) words: Vec<Vec<Range<usize>>>,
    /// Behind the last letter.
    pub(super) end: usize,
}

/// So few single letters are an enumeration or an abbreviation.
const LETTERS_MIN: usize = 4;

/// After so many single characters it is clear whether they are letters.
const SETTLED: usize = 64;

/// The run of single letters that begins at `at`, which is the start of a word.
pub(super) fn run(text: &str, at: usize) -> Option<SpacedRun> {
    // Most words have a second letter.
    let mut characters = text.get(at..)?.chars();
    characters.next();
    if characters.next().is_none_or(is_word) {
        return None;
    }
    let mut words = vec![Vec::new()];
    let mut joint: Option<&str> = None;
    let mut position = at;
    let mut end = at;
    let (mut total, mut letters, mut joins) = (0, 0, 0);
    loop {
        let rest = text.get(position..)?;
        let mut characters = rest.chars();
        let Some(c) = characters.next().filter(|c| c.is_alphanumeric()) else { break };
        if characters.next().is_some_and(is_word) {
            break;
        }
        // Without this, a long run of digits would be read to its end from each of its digits.
        if total >= SETTLED && ((letters * 2 < total) || (joins * 2 < total)) {
            break;
        }
        end = position + c.len_utf8();
        words.last_mut()?.push(position..end);
        total += 1;
        letters += usize::from(c.is_alphabetic());
        let after = text.get(end..)?;
        let width = after.char_indices().take(5).find(|(_, c)| is_word(*c)).map_or(0, |(at, _)| at);
        let separator = after.get(..width)?;
        if separator.is_empty() {
            break;
        }
        if joint.is_none() && separator.chars().count() == 1 {
            joint = Some(separator);
        }
        if joint == Some(separator) {
            joins += 1;
        } else {
            words.push(Vec::new());
        }
        position = end + width;
    }
    words.retain(|word| !word.is_empty());
    (total >= LETTERS_MIN && letters * 2 >= total && joins * 2 >= total).then_some(SpacedRun { words, end })
}

/// So many single characters spell something longer than a word.
const CHARACTERS_MIN: usize = 8;

/// So many spaces more than one between two characters are a space that was spaced itself.
pub(super) const GAP_MAX: usize = 2;

/// What may stand between them.
pub(super) const SEPARATORS: [u8; 7] = *b" .-_\n*,";

/// Every run of at least eight single visible characters with one space, or one other separator, between them:
/// for numbers, tokens and addresses, which the folded view would not keep as they are.
pub(super) fn runs(text: &str) -> Vec<Vec<Range<usize>>> {
    let mut found = Vec::new();
    // Nearly every text of ASCII is done with here.
    if text.is_ascii() && !has_many_between(text.as_bytes()) {
        return found;
    }
    for separator in SEPARATORS {
        if !has_singles(text.as_bytes(), separator) {
            continue;
        }
        let mut places: Vec<Range<usize>> = Vec::new();
        let mut from = 0;
        let mut gap = 0;
        for at in memchr::memchr_iter(separator, text.as_bytes()).chain([text.len()]) {
            let is_single = text.get(from..at).is_some_and(|piece| {
                let mut characters = piece.chars();
                characters.next().is_some_and(|c| !c.is_whitespace()) && characters.next().is_none()
            });
            // Of a value that was written with spaces, these have spaces around them too.
            if from == at && separator == b' ' && !places.is_empty() && gap < GAP_MAX && at < text.len() {
                gap += 1;
                from = at + 1;
                continue;
            }
            gap = 0;
            if is_single {
                places.push(from..at);
            }
            if !is_single || at == text.len() {
                let spells = places.len() >= CHARACTERS_MIN && has_variety(text, &places);
                let run = std::mem::take(&mut places);
                if spells {
                    found.push(run);
                }
            }
            from = at + 1;
        }
    }
    found
}

/// Whether anywhere in a text of ASCII many bytes stand between two of one and the same separator, as single characters
/// in a row do. Compiles to vector code, since a text is asked for this from end to end.
fn has_many_between(bytes: &[u8]) -> bool {
    // More than a row of so few has, in which each has at most two spaces more than its own byte and the one behind it.
    const LANES: usize = 32;
    // The first of them may have nothing before it.
    const LEAST: u8 = SINGLES_MIN as u8 - 1;
    let is_between = |first: u8, middle: u8, last: u8| {
        // A sum and no choice, of which the compiler would make a look into a table for each byte.
        let separators = SEPARATORS.into_iter().fold(0, |sum, separator| sum + u8::from(first == separator));
        separators & u8::from(first == last) & u8::from(middle != first)
    };
    let lanes = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<LANES>());
    let (mut at, mut before) = (0, 0);
    while let (Some(first), Some(middle), Some(last)) = (lanes(at), lanes(at + 1), lanes(at + 2)) {
        let threes = first.iter().zip(middle).zip(last);
        let here = threes.fold(0, |sum, ((first, middle), last)| sum + is_between(*first, *middle, *last));
        // A row lies in at most two neighbours.
        if before + here >= LEAST {
            return true;
        }
        before = here;
        at += LANES;
    }
    let rest = bytes.get(at..).unwrap_or_default().windows(3);
    let here = rest.fold(0, |sum, three| match three {
        [first, middle, last] => sum + usize::from(is_between(*first, *middle, *last)),
        _ => sum,
    });
    usize::from(before) + here >= usize::from(LEAST)
}

/// Whether anywhere in a text enough single characters stand in a row with one separator between them.
fn has_singles(bytes: &[u8], separator: u8) -> bool {
    let gap_max = if separator == b' ' { GAP_MAX } else { 0 };
    // How many single characters there are in a row, how many separators more than one since, and where the piece
    // begins behind the last separator.
    let (mut singles, mut gap, mut from) = (0, 0, 0);
    memchr::memchr_iter(separator, bytes).any(|at| {
        let length = at - from;
        let is_single = || bytes.get(from).is_some_and(|first| width(*first) == length);
        if length == 0 && singles > 0 && gap < gap_max {
            gap += 1;
        } else if length > 0 && is_single() {
            (singles, gap) = (singles + 1, 0);
        } else {
            (singles, gap) = (0, 0);
        }
        from = at + 1;
        singles >= SINGLES_MIN
    })
}

/// How many bytes the character has that begins with a byte.
fn width(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

/// So many of them with a separator behind each are worth a closer look: the last may have none.
const SINGLES_MIN: usize = CHARACTERS_MIN - 1;

/// Rules and table borders repeat one sign.
fn has_variety(text: &str, places: &[Range<usize>]) -> bool {
    places
        .iter()
        .filter(|place| text.get((*place).clone()).is_some_and(|c| c.starts_with(char::is_alphanumeric)))
        .count()
        * 2
        >= places.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_letters_are_joined() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let words = run(text, 0).map(|run| {
                run.words
                    .iter()
                    .map(|word| word.iter().map(|at| &text[at.clone()]).collect::<String>())
                    .collect::<Vec<_>>()
            });
            assert_eq!(
                words.as_ref().map(|words| words.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("i g n o r e", Some(&["ignore"]));
        check("i g n o r e   a l l", Some(&["ignore", "all"]));
        check("i.g.n.o.r.e a.l.l", Some(&["ignore", "all"]));
        check("A, B, C, D", None);
        check("e.g. this", None);
        check("U.S.A.", None);
        check("1 2 3 4 5 6", None);
    }

    #[test]
    fn runs_of_characters_are_found() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<String> =
                runs(text).iter().map(|run| run.iter().map(|at| &text[at.clone()]).collect()).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("ssn 0 7 8 0 5 1 1 2 0 ok", &["078051120"]);
        check("b o b @ e x . c o m", &["bob@ex.com"]);
        check("g-h-p-_-A-b-C-d", &["ghp_AbCd"]);
        check("G B 2 9   N W B K   6 0 1 6 ok", &["GB29NWBK6016"]);
        check("1 2 3 4    5 6 7 8", &[]);
        check("- - - - - - - - -", &[]);
        check("plain prose is not", &[]);
        check(&format!("{} a*b*c*d*e*f*g*h*i", "plain prose, long enough for a few lanes".repeat(3)), &["bcdefghi"]);
    }
}
