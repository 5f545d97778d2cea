//! Where a name may stand.

use super::known::{Kin, Known, Table, hash_bytes, hash_short, phrase, word_hash};
use super::token::{Shape, Token, Tokens, WORD_BYTES_MAX, small_letters};

/// A token and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The token.
    pub token: Token,
    /// What is known of the word.
    pub known: Known,
    /// The group of words that it is one of.
    pub kin: Kin,
    /// What is known of the longest phrase that it is part of.
    pub phrase: Known,
    /// Its place in that phrase, from one; zero if there is none.
    pub phrase_at: u8,
}

/// Words among which names may be, and what stands on either side.
#[derive(Debug)]
pub struct Run<'a> {
    /// The tokens with up to [`AROUND`] on either side.
    pub looks: &'a [Look],
    /// Where the run itself begins in them.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// How many tokens on either side have a say.
pub(super) const AROUND: usize = 2;
/// The longest run. What is longer, as text in capitals, is read in parts.
pub const RUN_TOKENS_MAX: usize = 12;
/// How many little words may join two capitalised ones.
const JOINTS_MAX: usize = 2;
/// Tokens that are read at once.
const BATCH: usize = 1024;
const PHRASE_WORDS_MAX: usize = 4;

/// Shows every run of a text, in order; says from which byte on more text might change that.
///
/// Most chunks of a text, which are what stands between white space, have no word with a capital and no well-known
/// name. They are passed over without being made tokens of, but for those beside a word that may be a name.
pub fn runs(text: &str, table: &Table<'_>, mut show: impl FnMut(&Run<'_>)) -> usize {
    let mut pass = pass(text, table, &mut show);
    let at_end = pass.weak.is_some() || !text.ends_with([' ', '\t', '\r', '\n']);
    if pass.done < text.len() && at_end {
        let near = pass.before.first().copied().unwrap_or(0);
        pass.region(pass.weak.map_or(near, |(from, _)| from), text.len(), &mut show);
    }
    pass.live
}

/// Shows every run of a text, in order.
pub(super) fn each_run(text: &str, table: &Table<'_>, mut show: impl FnMut(&Run<'_>)) {
    pass(text, table, &mut show);
}

/// Goes over a text as far as there is anything to show.
fn pass<'a, 'b>(text: &'a str, table: &'a Table<'b>, show: &mut impl FnMut(&Run<'_>)) -> Pass<'a, 'b> {
    let mut pass = Pass::new(text, table);
    let mut at = 0;
    // A common word with a capital is no name, unless another word that may be one is near. How many chunks ago.
    let mut weak: Option<(usize, usize)> = None;
    loop {
        // Most chunks are a short word in small letters, with a sign of punctuation behind it or none.
        while weak.is_none()
            && let Some((start, end)) = small_word(text.as_bytes(), at, table)
        {
            pass.follow(start);
            at = end;
        }
        let Some(chunk) = chunk(text, at, table) else { break };
        let near = pass.before.first().copied().unwrap_or(0);
        let joined = weak.filter(|(_, ago)| *ago <= JOINTS_MAX);
        if chunk.kind == Kind::Strong || chunk.kind == Kind::Weak && joined.is_some() {
            at = pass.region(joined.map_or(near, |(from, _)| from), chunk.start, show);
            weak = None;
            continue;
        }
        weak = match (chunk.kind, weak) {
            (Kind::Weak, _) => Some((near, 0)),
            (_, Some((from, ago))) if ago + 1 < QUIET => Some((from, ago + 1)),
            _ => None,
        };
        pass.follow(chunk.start);
        at = chunk.end;
    }
    pass.weak = weak;
    pass
}

/// So many tokens behind the last that may be of a name have no part in it, nor a say.
const QUIET: usize = JOINTS_MAX + AROUND + 1;

struct Pass<'a, 'b> {
    text: &'a str,
    table: &'a Table<'b>,
    looks: Vec<Look>,
    /// Where the last chunks begin, the nearest last.
    before: [usize; AROUND],
    /// Up to here runs were shown.
    done: usize,
    /// Where to begin for the last common word with a capital, and how many chunks ago it was.
    weak: Option<(usize, usize)>,
    live: usize,
}

impl<'a, 'b> Pass<'a, 'b> {
    fn new(text: &'a str, table: &'a Table<'b>) -> Self {
        Self { text, table, looks: Vec::new(), before: [0; AROUND], done: 0, weak: None, live: text.len() }
    }

    /// Notes that a chunk was passed.
    fn follow(&mut self, start: usize) {
        self.before.rotate_left(1);
        if let Some(last) = self.before.last_mut() {
            *last = start;
        }
    }

    /// Shows the runs from a byte on, at which a chunk begins, until no word is near that may be of a name; at least
    /// as far as to `least`. Returns where the chunk ends at which that is so.
    fn region(&mut self, from: usize, least: usize, show: &mut impl FnMut(&Run<'_>)) -> usize {
        let mut tokens = Tokens::starting(self.text, from);
        let mut looks = std::mem::take(&mut self.looks);
        looks.clear();
        let mut at: Option<usize> = None;
        let mut quiet = 0;
        loop {
            let mut is_end = true;
            let mut is_quiet = false;
            for token in tokens.by_ref() {
                if token.start >= self.done {
                    at.get_or_insert(looks.len());
                    if ends_chunk(self.text, token.start.checked_sub(1)) && token.shape != Shape::Break {
                        self.follow(token.start);
                    }
                }
                let look = look(token, self.table);
                quiet = if is_candidate(&look) || token.start < least { 0 } else { quiet + 1 };
                looks.push(look);
                // At the end of the text more may follow.
                is_quiet = quiet >= QUIET && token.end < self.text.len() && ends_chunk(self.text, Some(token.end));
                if looks.len() >= BATCH || is_quiet {
                    is_end = false;
                    break;
                }
            }
            let mut next = at.unwrap_or(looks.len());
            let unfinished = if is_end { unfinished(self.text, &looks) } else { 0 };
            let enough = RUN_TOKENS_MAX + JOINTS_MAX + AROUND + PHRASE_WORDS_MAX;
            while next < looks.len() && (is_end || is_quiet || next + enough < looks.len()) {
                if !begins(&looks, next) {
                    next += 1;
                    continue;
                }
                let to = end_of(&looks, next);
                if is_end && to + AROUND > looks.len() - unfinished {
                    self.live = self.live.min(looks.get(next).map_or(self.live, |look| look.token.start));
                }
                if is_worth(looks.get(next..to).unwrap_or_default()) {
                    mark_phrases(&mut looks, next, to, self.table);
                    let (first, last) = (next.saturating_sub(AROUND), (to + AROUND).min(looks.len()));
                    if let Some(looks) = looks.get(first..last) {
                        show(&Run { looks, from: next - first, to: to - first });
                    }
                }
                next = to;
            }
            if is_end {
                let first = looks.len() - unfinished;
                self.live = self.live.min(looks.get(first).map_or(self.live, |look| look.token.start));
                self.done = self.text.len();
            } else if is_quiet {
                self.done = looks.last().map_or(self.text.len(), |look| look.token.end);
            } else {
                let passed = next.saturating_sub(AROUND);
                looks.drain(..passed);
                at = Some(next - passed);
                continue;
            }
            self.looks = looks;
            return self.done;
        }
    }
}

/// Whether white space of ASCII stands at a byte, or nothing.
fn ends_chunk(text: &str, at: Option<usize>) -> bool {
    at.and_then(|at| text.as_bytes().get(at)).is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// What stands between white space of ASCII. No token reaches from one into the next.
struct Chunk {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// No run begins in it.
    Dull,
    /// A common word with a capital: a run that is shown begins with it only if it goes on behind it.
    Weak,
    /// Anything else.
    Strong,
}

/// What a byte is within a chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Small,
    Digit,
    /// Joins two words to one, or is a sign.
    Joint,
    Sign,
    /// A capital letter, or the first byte of a character that may be one.
    Capital,
    /// The first of the two bytes of an accented letter of Latin-1.
    Accented,
    /// The first of the three bytes of a character of a script without capitals.
    Caseless,
    /// The second or third byte of a character.
    Inner,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Capital; 256];
    let mut byte = 0;
    while byte < 256 {
        let class = match byte as u8 {
            b' ' | b'\t' | b'\r' | b'\n' => Class::Space,
            b'a'..=b'z' => Class::Small,
            b'0'..=b'9' => Class::Digit,
            b'-' | b'\'' => Class::Joint,
            b'A'..=b'Z' => Class::Capital,
            0..=127 => Class::Sign,
            128..=191 => Class::Inner,
            0xc3 => Class::Accented,
            // The rest of these planes has letters with two cases.
            0xe3..=0xe9 | 0xeb..=0xed => Class::Caseless,
            _ => Class::Capital,
        };
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiled, where a slip is an error")]
        {
            table[byte] = class;
        }
        byte += 1;
    }
    table
};

fn class(byte: u8) -> Class {
    CLASS.get(usize::from(byte)).copied().unwrap_or(Class::Capital)
}

/// The next chunk from a byte on.
fn chunk(text: &str, at: usize, table: &Table<'_>) -> Option<Chunk> {
    let bytes = text.as_bytes();
    let rest = bytes.get(at..)?;
    let start = at + rest.iter().position(|byte| class(*byte) != Class::Space)?;
    let dull = |end: usize| Chunk { start, end, kind: Kind::Dull };
    let first = bytes.get(start).copied()?;
    if class(first) == Class::Capital
        && first.is_ascii()
        && let Some((end, kind)) = capitalised(bytes, start, table)
    {
        return Some(Chunk { start, end, kind });
    }
    let mut at = start;
    loop {
        // A word of small letters, and what is behind it.
        let word = at;
        let mut is_plain = true;
        while let Some(byte) = bytes.get(at) {
            match class(*byte) {
                Class::Small => at += 1,
                Class::Digit => {
                    is_plain = false;
                    at += 1;
                }
                Class::Accented => match bytes.get(at + 1) {
                    Some(0x9f..=0xb6 | 0xb8..=0xbf) => at += 2,
                    _ => return Some(closely(text, start, table)),
                },
                _ => break,
            }
        }
        if at - word > WORD_BYTES_MAX {
            return Some(closely(text, start, table));
        }
        if is_plain && at > word && bytes.get(word..at).is_some_and(|word| table.is_familiar(hash_bytes(word))) {
            return Some(closely(text, start, table));
        }
        let Some(byte) = bytes.get(at) else { return Some(dull(at)) };
        match class(*byte) {
            Class::Space => return Some(dull(at)),
            Class::Sign => at += 1,
            // Words without capitals that are known well enough are of Latin script.
            Class::Caseless => at += 3,
            Class::Joint => {
                let is_word = |at: Option<usize>| {
                    at.and_then(|at| bytes.get(at))
                        .is_some_and(|byte| !matches!(class(*byte), Class::Space | Class::Sign))
                };
                if is_word(at.checked_sub(1).filter(|before| *before >= start)) && is_word(Some(at + 1)) {
                    return Some(closely(text, start, table));
                }
                at += 1;
            }
            _ => return Some(closely(text, start, table)),
        }
    }
}

/// Where the chunk begins and ends that is a word of at most eight small letters, which nobody knows as a name, with at
/// most one sign of punctuation and a space behind it. The space before it is passed.
#[inline]
fn small_word(bytes: &[u8], at: usize, table: &Table<'_>) -> Option<(usize, usize)> {
    let start = at + usize::from(bytes.get(at) == Some(&b' '));
    let word = u64::from_le_bytes(*bytes.get(start..)?.first_chunk::<8>()?);
    let length = small_letters(word);
    let mut end = start + length;
    end += usize::from(matches!(bytes.get(end), Some(b',' | b'.' | b';' | b':' | b'!' | b'?')));
    if length == 0 || bytes.get(end) != Some(&b' ') {
        return None;
    }
    let word = word & (u64::MAX >> (64 - 8 * length));
    (!table.is_familiar(hash_short(word, length))).then_some((start, end))
}

/// A chunk that is one word with a capital and at most one sign behind it, and nothing else.
fn capitalised(bytes: &[u8], start: usize, table: &Table<'_>) -> Option<(usize, Kind)> {
    let rest = bytes.get(start + 1..)?;
    let small = rest.iter().take(WORD_BYTES_MAX).take_while(|byte| byte.is_ascii_lowercase()).count();
    let end = start + 1 + small;
    let sign = match bytes.get(end) {
        Some(b',' | b'.' | b';' | b':' | b'!' | b'?') => 1,
        _ => 0,
    };
    // `J.` are initials, and what is as long as a word may be is read in parts.
    let is_known = small < WORD_BYTES_MAX - 1 && !(small == 0 && bytes.get(end) == Some(&b'.'));
    let is_all = bytes.get(end + sign).is_none_or(|byte| class(*byte) == Class::Space);
    if !is_known || !is_all {
        return None;
    }
    let known = table.look_up(hash_bytes(bytes.get(start..end)?));
    let kind = match (small, is_plain(known)) {
        (0, _) if known.any(Known::COMMON) => Kind::Dull,
        (0, _) | (_, false) => Kind::Strong,
        (_, true) => Kind::Weak,
    };
    Some((end + sign, kind))
}

/// The chunk at a byte, judged by its tokens.
fn closely(text: &str, start: usize, table: &Table<'_>) -> Chunk {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| class(*byte) == Class::Space).unwrap_or(rest.len());
    let end = start + length;
    let is_strong = Tokens::starting(text, start)
        .take_while(|token| token.start < end)
        .any(|token| is_candidate(&look(token, table)));
    Chunk { start, end, kind: if is_strong { Kind::Strong } else { Kind::Dull } }
}

/// How many of the last tokens more text could change: those that no white space is behind, and of these not
/// more than a word, a sign and the word that the sign may join to it.
fn unfinished(text: &str, looks: &[Look]) -> usize {
    const TOKENS: usize = 3;
    let end = text.trim_end().len();
    if end < text.len() {
        return 0;
    }
    let from_last = looks.iter().rev().take(TOKENS);
    let mut count = 0;
    for look in from_last {
        count += 1;
        if look.token.is_spaced {
            break;
        }
    }
    count
}

fn look(token: Token, table: &Table<'_>) -> Look {
    let (known, kin) = match token.shape {
        Shape::Sign | Shape::Break | Shape::Number | Shape::Code | Shape::Glued => Default::default(),
        _ => table.entry(token.hash),
    };
    Look { token, known, kin, phrase: Known::default(), phrase_at: 0 }
}

/// Whether a run may begin with this token.
fn begins(looks: &[Look], at: usize) -> bool {
    looks.get(at).is_some_and(is_candidate)
}

fn is_candidate(look: &Look) -> bool {
    match look.token.shape {
        Shape::Title | Shape::Upper | Shape::Mixed | Shape::Initials => true,
        // `I`, `A`.
        Shape::Capital => !look.known.any(Known::COMMON),
        Shape::Lower => look.known.any(Known::FAMILIAR),
        Shape::Number | Shape::Code | Shape::Glued | Shape::Sign | Shape::Break => false,
    }
}

/// Where the run that begins at `at` ends.
fn end_of(looks: &[Look], at: usize) -> usize {
    let mut to = at + 1;
    loop {
        let mut next = to;
        while next - to < JOINTS_MAX && looks.get(next).is_some_and(is_joint) {
            next += 1;
        }
        let goes_on = begins(looks, next) || (next == to && follows_in_small(looks, to));
        if next - at >= RUN_TOKENS_MAX || !goes_on {
            return to;
        }
        to = next + 1;
    }
}

/// Whether an unknown word in small letters stands behind a given name in small letters, as in `eva kleist`.
fn follows_in_small(looks: &[Look], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| looks.get(at));
    let is_given = before.is_some_and(|look| {
        look.token.shape == Shape::Lower && look.known.any(Known::FAMILIAR) && look.known.any(Known::GIVEN)
    });
    is_given
        && looks.get(at).is_some_and(|look| {
            let is_unknown = look.known == Known::default() && look.token.end - look.token.start > 3;
            look.token.shape == Shape::Lower
                && (is_unknown || look.known.any(Known::FAMILY.with(Known::SURNAME)))
                && !is_joint(look)
        })
}

/// Little words and signs within names.
fn is_joint(look: &Look) -> bool {
    const JOINTS: [&str; 24] = [
        "of", "the", "de", "la", "le", "les", "del", "della", "di", "da", "do", "dos", "das", "du", "van", "von",
        "der", "den", "zu", "and", "for", "al", "bin", "y",
    ];
    static HASHES: std::sync::LazyLock<[u64; 24]> = std::sync::LazyLock::new(|| JOINTS.map(word_hash));
    static SIGNS: std::sync::LazyLock<[u64; 3]> = std::sync::LazyLock::new(|| ["&", "'", "’"].map(word_hash));
    /// The longest of them.
    const JOINT_BYTES_MAX: usize = 5;
    match look.token.shape {
        Shape::Lower => look.token.end - look.token.start <= JOINT_BYTES_MAX && HASHES.contains(&look.token.hash),
        Shape::Sign => SIGNS.contains(&look.token.hash),
        // `Anna A Berg`.
        Shape::Capital => true,
        _ => false,
    }
}

/// A common word with a capital begins most sentences: alone it is no name.
fn is_worth(run: &[Look]) -> bool {
    match run {
        [one] => !is_plain(one.known),
        _ => true,
    }
}

/// Whether a word is common and no name.
fn is_plain(known: Known) -> bool {
    let names = Known(Known::GIVEN.0 | Known::FAMILY.0 | Known::PLACE.0 | Known::ORGANISATION.0 | Known::STARTS.0);
    known.any(Known::COMMON) && !known.any(names)
}

/// Notes which tokens of a run belong to a known phrase, the longest first.
fn mark_phrases(looks: &mut [Look], from: usize, to: usize, table: &Table<'_>) {
    let mut at = from;
    while at < to {
        let starts = looks.get(at).is_some_and(|look| look.known.any(Known::STARTS));
        let longest = if starts {
            (2..=PHRASE_WORDS_MAX).rev().find_map(|count| {
                let words = looks.get(at..at + count).filter(|_| at + count <= to)?;
                let known = table.look_up(phrase(words.iter().map(|look| look.token.hash)));
                (known != Known::default()).then_some((count, known))
            })
        } else {
            None
        };
        let Some((count, known)) = longest else {
            at += 1;
            continue;
        };
        for (place, look) in looks.iter_mut().skip(at).take(count).enumerate() {
            look.phrase = known;
            look.phrase_at = u8::try_from(place + 1).unwrap_or(u8::MAX);
        }
        at += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let list = [("i", Known::COMMON), ("the", Known::COMMON), ("paris", Known::FAMILIAR)]
            .map(|(word, known)| (word_hash(word), known, Kin::default()))
            .to_vec();
        let bytes = Table::build(&list);
        let table = Table::new(&bytes).unwrap();
        let mut found = Vec::new();
        let live = runs(text, &table, |run| {
            let inner = &run.looks[run.from..run.to];
            let text = &text[inner[0].token.start..inner[inner.len() - 1].token.end];
            found.push(text.to_owned());
        });
        found.extend((live < text.len()).then(|| format!("…{}", &text[live..])));
        assert_eq!(found.join(" | "), expected, "{text:?}");
    }

    #[test]
    fn runs_are_capitals_and_what_joins_them() {
        check("nothing here at all. ", "");
        check("The cat saw Anna Maria today, i think.\n", "Anna Maria");
        check("the Bank of England and the Duke of Kent met us then. ", "Bank of England and the Duke of Kent");
        check("I am in paris now, ok? ", "paris");
        check("Anna A Berg came by. ", "Anna A Berg");
        check("we met Anna", "Anna | …Anna");
        check("we met Anna at ", "Anna | …Anna at ");
        check("we met Anna at the", "Anna | …Anna at the");
        check("we met Anna at the ", "Anna");
        check("Ludwig van ", "Ludwig | …Ludwig van ");
        check("the", "…the");
        check("see john.smith@Example.com or a_B ", "");
    }

    /// Every run by reading every token, as the pass does where nothing may be passed over.
    fn all(text: &str, table: &Table<'_>, mut show: impl FnMut(&Run<'_>)) -> usize {
        let mut pass = Pass::new(text, table);
        let mut looks: Vec<Look> = Tokens::new(text).map(|token| look(token, table)).collect();
        let unfinished = unfinished(text, &looks);
        let mut at = 0;
        while at < looks.len() {
            if !begins(&looks, at) {
                at += 1;
                continue;
            }
            let to = end_of(&looks, at);
            if to + AROUND > looks.len() - unfinished {
                pass.live = pass.live.min(looks[at].token.start);
            }
            if is_worth(&looks[at..to]) {
                mark_phrases(&mut looks, at, to, table);
                let (first, last) = (at.saturating_sub(AROUND), (to + AROUND).min(looks.len()));
                show(&Run { looks: &looks[first..last], from: at - first, to: to - first });
            }
            at = to;
        }
        let first = looks.len() - unfinished;
        pass.live.min(looks.get(first).map_or(pass.live, |look| look.token.start))
    }

    /// What a run says: what lies around it has a say as words, and no phrase of its own.
    fn told(run: &Run<'_>) -> String {
        let around: Vec<_> = run.looks.iter().map(|look| (look.token, look.known, look.kin)).collect();
        let phrases: Vec<_> = run.looks[run.from..run.to].iter().map(|look| (look.phrase, look.phrase_at)).collect();
        format!("{} {} {around:?} {phrases:?}", run.from, run.to)
    }

    #[track_caller]
    fn check_against_all(text: &str) {
        let table = crate::names::shipped().unwrap().table();
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        let expected_live = all(text, table, |run| expected.push(told(run)));
        let live = runs(text, table, |run| found.push(told(run)));
        let mut each = Vec::new();
        each_run(text, table, |run| each.push(told(run)));
        assert_eq!(each, expected, "{text:?}");
        assert_eq!((found, live), (expected, expected_live), "{text:?}");
    }

    #[test]
    fn nothing_is_passed_over() {
        for text in [
            "The cat saw Anna Maria today, i think.\n",
            "He went. The dog of the Duke of Kent, e.g. rex, and paris or anna kleist were a,b,c,d,e,f,g there",
            "In The end. A b c d e f g h The x\ny\nz\n\nMr x.y (paris) maria's 在Paris见maria了 the I",
            "The a b c d e",
            "The a b c d",
            "The ",
            "a\nThe\n",
            "fn Area(width: f64) -> HashMap { items.Iter() } maria/anna peter_x 'Tom' jean-paul",
        ] {
            for (end, _) in text.char_indices().chain([(text.len(), ' ')]) {
                check_against_all(&text[..end]);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_passed_over_in_any_text(
            text in "((The|He|Anna|anna|maria|Berlin|paris|of|the|and|word|A|I|J\\.|x1|foo_bar|Müller|müller|ÉCOLE|中文|don't|iPhone|NATO|-|,|\\.|é|ß|’|\\() ?[ ,.\n]?){0,24}"
        ) {
            check_against_all(&text);
        }
    }

    #[test]
    fn long_runs_come_in_parts_and_long_texts_whole() {
        let mut parts = 0;
        let bytes = Table::build(&[]);
        let table = Table::new(&bytes).unwrap();
        runs(&"WORD ".repeat(5000), &table, |run| {
            parts += run.to - run.from;
            assert!(run.to - run.from <= RUN_TOKENS_MAX);
        });
        assert_eq!(parts, 5000);
    }
}
