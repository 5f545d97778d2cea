//! Surrogates of one request: which value is whose, and where they stand in what a model wrote.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use redoubt_domain::exchange::{Encoding, SegmentKind};
use redoubt_domain::finding::Label;
use redoubt_domain::secret::Secret;

use super::Vault;
use super::disguised::Letters;
use super::restore::Around;
use crate::surrogates::{Dice, Maker, Occurring, Part, letters, maker, parts, visible};

/// What is shorter would be found in words that have nothing to do with it.
const LETTERS_MIN: usize = 4;
/// What is longer than this many bytes of letters would hold a stream for long.
const LETTERS_MAX: usize = 96;
/// How often another surrogate is tried for the one that stands in the request anyhow.
const ATTEMPTS: u32 = 48;

/// Surrogates and sealed values of one request.
pub(super) struct Surrogates {
    key: Secret<[u8; 32]>,
    entries: Vec<Entry>,
    by_value: HashMap<[u8; 32], usize>,
    /// By what is left of a surrogate when its spelling is ignored.
    by_letters: HashMap<String, usize>,
    occurring: Occurring,
    /// Made when it is first needed; gone when an entry is added.
    search: OnceLock<Search>,
}

struct Entry {
    surrogate: String,
    /// None if the value does not go back.
    sealed: Option<Vec<u8>>,
    may_show: bool,
}

struct Search {
    /// None if there is nothing to look for.
    automaton: Option<AhoCorasick>,
    /// Which entry each pattern is.
    entries: Vec<usize>,
    /// All of them, in order.
    sorted: Vec<String>,
}

/// A surrogate in a text.
pub(super) struct Place {
    pub(super) span: Range<usize>,
    entry: usize,
}

impl Surrogates {
    pub(super) fn new(key: Secret<[u8; 32]>) -> Self {
        Self {
            key,
            entries: Vec::new(),
            by_value: HashMap::new(),
            by_letters: HashMap::new(),
            occurring: Occurring::default(),
            search: OnceLock::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn search(&self) -> &Search {
        self.search.get_or_init(|| {
            let (sorted, entries): (Vec<&String>, Vec<usize>) = self.by_letters.iter().unzip();
            let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&sorted).ok();
            let mut sorted: Vec<String> = sorted.into_iter().cloned().collect();
            let automaton = automaton.filter(|_| !sorted.is_empty());
            sorted.sort_unstable();
            Search { automaton, entries, sorted }
        })
    }

    /// Where surrogates stand in a text, in order.
    pub(super) fn places(&self, text: &str, encoding: Encoding, around: Around) -> Vec<Place> {
        let mut places = Vec::new();
        if self.is_empty() {
            return places;
        }
        let Search { automaton: Some(automaton), entries, .. } = self.search() else { return places };
        let letters = Letters::of(text, encoding);
        let mut from = 0;
        while let Some(found) = automaton.find(Input::new(letters.text.as_str()).span(from..letters.text.len())) {
            let stands_alone = letters.begins(found.start(), around.before) && letters.ends(found.end(), around.behind);
            if !stands_alone && !letters.text.get(found.range()).is_some_and(is_telling) {
                // Another may begin within it.
                from = letters.text.ceil_char_boundary(found.start() + 1);
                continue;
            }
            from = found.end();
            let entry = entries.get(found.pattern().as_usize());
            if let (Some(span), Some(entry)) = (letters.source(&found.range()), entry) {
                places.push(Place { span, entry: *entry });
            }
        }
        places
    }

    /// From which byte on a surrogate might still be growing.
    pub(super) fn live_from(&self, text: &str, encoding: Encoding) -> usize {
        if self.is_empty() {
            return text.len();
        }
        let sorted = &self.search().sorted;
        let longest = sorted.iter().map(String::len).max().unwrap_or(0);
        // Each letter may be an escape of six bytes, or have three signs before it.
        let from = text.floor_char_boundary(text.len().saturating_sub(longest * 8));
        let tail = text.get(from..).unwrap_or_default();
        // An escape may be cut in two.
        let escape = match encoding {
            Encoding::Json => tail.len() - cut_escape(tail),
            Encoding::Plain | Encoding::Base64 | Encoding::DataUrl | Encoding::Number => tail.len(),
        };
        let letters = Letters::of(tail.get(..escape).unwrap_or_default(), encoding);
        let is_touching = letters.is_touching_end();
        let first = letters.text.len().saturating_sub(longest);
        let starts = letters.text.char_indices().map(|(at, _)| at).skip_while(|at| *at < first);
        let grows = |at: &usize| {
            let begun = letters.text.get(*at..).unwrap_or_default();
            let next = sorted.partition_point(|known| known.as_str() < begun);
            let mut alike = sorted.iter().skip(next).take_while(|known| known.starts_with(begun));
            let begins = letters.begins(*at, None);
            alike.any(|known| (begins || is_telling(known)) && (known.len() > begun.len() || is_touching))
        };
        let growing = starts.into_iter().find(grows);
        let growing = growing.and_then(|at| letters.source(&(at..at + 1))).map_or(tail.len(), |span| span.start);
        from + growing.min(escape)
    }
}

/// A value, and the signs around its letters and digits.
struct Edges<'a> {
    before: &'a str,
    core: &'a str,
    behind: &'a str,
}

/// Signs that are not as they look belong to the value.
fn edges(value: &str) -> Edges<'_> {
    let is_core = |c: char| c.is_alphanumeric();
    let is_seen = |signs: &str| visible(signs) == signs;
    let start = value.find(is_core).unwrap_or(0);
    let start = if value.get(..start).is_some_and(is_seen) { start } else { 0 };
    let end = value.trim_end_matches(|c| !is_core(c)).len().max(start);
    let end = if value.get(end..).is_some_and(is_seen) { end } else { value.len() };
    let part = |range: Range<usize>| value.get(range).unwrap_or_default();
    Edges { before: part(0..start), core: part(start..end), behind: part(end..value.len()) }
}

/// Whether letters are told from all others even within a longer word: chance makes none of so many.
fn is_telling(letters: &str) -> bool {
    letters.len() >= 16 || letters.len() >= 8 && letters.contains(|c: char| c.is_ascii_digit())
}

/// How many bytes at the end are the beginning of an escape.
fn cut_escape(text: &str) -> usize {
    let Some(at) = text.rfind('\\').filter(|at| text.len() - at < 6) else { return 0 };
    let slashes = text.get(..=at).unwrap_or_default().bytes().rev().take_while(|byte| *byte == b'\\').count();
    let behind = text.get(at + 1..).unwrap_or_default();
    let is_open = behind.is_empty() || behind.starts_with('u') && behind.len() < 5;
    if slashes % 2 == 1 && is_open { text.len() - at } else { 0 }
}

impl Vault {
    /// Says what stands in the request: no surrogate may be any of it.
    pub(crate) fn avoid<'a>(&mut self, texts: impl Iterator<Item = &'a str> + Clone) {
        self.surrogates.occurring = Occurring::of(texts);
    }

    /// The surrogate of a value, which comes back into the answer if it `returns`. What has none becomes a placeholder.
    pub(crate) fn surrogate(&mut self, value: &str, label: &Label, returns: bool) -> String {
        // Signs around it stay where they are: a surrogate is known by its letters and digits.
        let Edges { before, core, behind } = edges(value);
        // What cannot be seen in it must not stay in it.
        let shown = visible(value);
        let made = match maker(label.as_str()) {
            Maker::Names => self.other_name(core, &visible(core), label, returns),
            Maker::Whole(make) => self.settled("whole", core, label, returns, |dice| {
                let made = make(&shown, dice)?;
                let Edges { core, .. } = edges(&made);
                Some(core.to_owned())
            }),
            Maker::Never => None,
        };
        match made {
            Some(made) => format!("{before}{made}{behind}"),
            None if returns => self.token(value, label),
            None => format!("[{label}]"),
        }
    }

    /// A name word by word: whoever is called so elsewhere in the request is called alike.
    fn other_name(&mut self, name: &str, shown: &str, label: &Label, returns: bool) -> Option<String> {
        let parts = parts(shown)?;
        let names = parts.iter().filter(|part| !matches!(part, Part::Kept(_))).count();
        let has_initial = parts.iter().any(|part| matches!(part, Part::Initial(_)));
        if names == 0 {
            return None;
        }
        if has_initial || name != shown {
            // A single letter alone cannot be found again, and neither can what is not as it looks.
            return self
                .settled("whole", name, label, returns, |dice| parts.iter().map(|part| part.other(dice)).collect());
        }
        let mut made = String::new();
        for part in parts {
            match part {
                Part::Kept(kept) => made.push_str(kept),
                Part::Given(word) => made.push_str(&self.settled("word", word, label, returns, |d| part.other(d))?),
                Part::Family(word) => made.push_str(&self.settled("word", word, label, returns, |d| part.other(d))?),
                Part::Initial(_) => return None,
            }
        }
        Some(made)
    }

    /// The surrogate that the value has, or the first made of it that is nothing else's and stands nowhere.
    fn settled(
        &mut self,
        kind: &'static str,
        value: &str,
        label: &Label,
        returns: bool,
        make: impl Fn(&mut Dice) -> Option<String>,
    ) -> Option<String> {
        let may_show = self.may_show(label);
        let digest = self.digest(&[b"surrogate", kind.as_bytes(), value.as_bytes()]);
        if let Some(index) = self.surrogates.by_value.get(&digest).copied() {
            let is_sealed = self.surrogates.entries.get(index).is_some_and(|entry| entry.sealed.is_some());
            let sealed = if returns && !is_sealed { self.sealer.seal(value) } else { None };
            let entry = self.surrogates.entries.get_mut(index)?;
            entry.may_show |= may_show;
            entry.sealed = entry.sealed.take().or(sealed);
            return Some(entry.surrogate.clone());
        }
        let own = letters(value);
        for attempt in 0..ATTEMPTS {
            let surrogate = make(&mut Dice::new(&self.surrogates.key, kind, value, attempt))?;
            let spelled = letters(&surrogate);
            let is_found = Letters::of(&surrogate, Encoding::Plain).text == spelled;
            if spelled.chars().count() < LETTERS_MIN || spelled.len() > LETTERS_MAX || !is_found {
                return None;
            }
            let is_word = surrogate.chars().all(char::is_alphabetic);
            let occurs = match is_word {
                true => self.surrogates.occurring.has_word(&surrogate),
                false => self.surrogates.occurring.may_have(&spelled),
            };
            if spelled == own || occurs || self.surrogates.by_letters.contains_key(&spelled) {
                continue;
            }
            let sealed = if returns { Some(self.sealer.seal(value)?) } else { None };
            let surrogates = &mut self.surrogates;
            let index = surrogates.entries.len();
            surrogates.entries.push(Entry { surrogate: surrogate.clone(), sealed, may_show });
            surrogates.by_value.insert(digest, index);
            surrogates.by_letters.insert(spelled, index);
            surrogates.search.take();
            return Some(surrogate);
        }
        None
    }

    /// The value behind a surrogate, if it goes back and may appear in such a segment.
    pub(super) fn open_surrogate(&self, place: &Place, kind: SegmentKind) -> Option<zeroize::Zeroizing<String>> {
        let entry = self.surrogates.entries.get(place.entry)?;
        if !entry.may_show && kind != SegmentKind::ToolArguments {
            return None;
        }
        self.sealer.open(entry.sealed.as_ref()?)
    }

    /// Where surrogates of this request stand in a text.
    pub(crate) fn surrogates(&self, text: &str, encoding: Encoding) -> Vec<Range<usize>> {
        self.surrogates.places(text, encoding, Around::default()).into_iter().map(|place| place.span).collect()
    }
}
