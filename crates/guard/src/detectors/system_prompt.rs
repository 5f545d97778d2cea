//! Answers that repeat the operator's instructions, or a text planted so that a leak shows.
//!
//! Letters and digits alone are compared, in lower case, so that neither spaces nor mark-up hide a copy. Every run
//! of [`SHINGLE`] of them in the instructions is known by a rolling hash, and every run of the answer is looked up,
//! at each offset: a copy that begins in mid-sentence is still a copy.

use std::collections::HashSet;
use std::ops::Range;

use redoubt_domain::exchange::Direction;
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::{Background, ConversationRow, Parameters};

/// The row of the table.
pub(super) static ROW: ConversationRow =
    ConversationRow { id: ID, summary: SUMMARY, labels: LABELS, needs_whole: false, build };

const ID: &str = "system_prompt_leak";
const SUMMARY: &str = "Answers that repeat the system prompt, or contain a planted canary";
const LABEL: &str = "SYSTEM_PROMPT_LEAK";
const LABELS: &[&str] = &[LABEL];

/// Letters and digits that are hashed together.
const SHINGLE: usize = 20;
/// So much repeated is a leak; less is a turn of phrase.
const LEAK_MIN: usize = 48;
/// So much leaves no doubt.
const LEAK_CERTAIN: usize = 120;
/// The first letters of a copy, which are let through rather than hold back every word that the instructions use.
const LET_THROUGH: usize = 6;
/// A copy is reported at the latest after so much of it, in bytes.
const SPAN_MAX: usize = 4 << 10;

fn build(parameters: &Parameters, background: &Background) -> Option<Box<dyn Detector>> {
    let prompts: Vec<Vec<char>> = background
        .system_prompts
        .iter()
        .map(|prompt| letters(prompt).0)
        .filter(|prompt| prompt.len() >= SHINGLE)
        .collect();
    let canaries: Vec<Vec<char>> =
        parameters.canaries.iter().map(|canary| letters(canary).0).filter(|canary| canary.len() >= 4).collect();
    if prompts.is_empty() && canaries.is_empty() {
        return None;
    }
    let shingles = Hashes::new(prompts.iter().flat_map(|prompt| hashes(prompt)).collect());
    let shortest = prompts.iter().map(Vec::len).min().unwrap_or(usize::MAX);
    let openings = Hashes::new(prompts.iter().flat_map(|prompt| prompt.windows(LET_THROUGH)).map(hash).collect());
    let spec = Spec {
        id: ID,
        summary: SUMMARY,
        labels: LABELS,
        trigger: Trigger::Always,
        span_max: SPAN_MAX,
        positives: &[],
        near_misses: &[],
    };
    // Instructions shorter than that are leaked when nearly all of them are.
    let leak_min = LEAK_MIN.min((shortest / 5 * 4).max(SHINGLE));
    Some(Box::new(SystemPrompt { spec, shingles, openings, canaries, leak_min }))
}

struct SystemPrompt {
    spec: Spec,
    /// Every run of the instructions, hashed.
    shingles: Hashes,
    /// Every shorter run, to tell whether the end of a text may begin a copy.
    openings: Hashes,
    canaries: Vec<Vec<char>>,
    leak_min: usize,
}

impl Detector for SystemPrompt {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        if window.direction == Direction::Input {
            return;
        }
        if self.canaries.is_empty() && !self.may_copy(window.text) {
            return;
        }
        let (text, at) = letters(window.text);
        for run in self.copies(&text).into_iter().filter(|run| run.len() >= self.leak_min) {
            let certain = run.len().min(LEAK_CERTAIN) - self.leak_min.min(LEAK_CERTAIN);
            let score = 0.75 + 0.23 * fraction(certain, LEAK_CERTAIN - self.leak_min.min(LEAK_CERTAIN - 1));
            let open = run.start + LET_THROUGH - 1..run.end;
            found.extend(spanned(&at, &open).map(|span| leak(span, "overlap", score)));
        }
        for canary in &self.canaries {
            for start in (0..text.len()).filter(|start| text.get(*start..).is_some_and(|rest| rest.starts_with(canary)))
            {
                found.extend(spanned(&at, &(start..start + canary.len())).map(|span| leak(span, "canary", 1.0)));
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let whole = window.text.len();
        if window.direction == Direction::Input {
            return whole;
        }
        // Unless a copy reaches the end, only the last letters matter.
        let tail = tail(window.text, SHINGLE.max(self.canaries.iter().map(Vec::len).max().unwrap_or(0)));
        let (text, mut at) = letters(window.text.get(tail..).unwrap_or_default());
        let is_copying = text.last_chunk::<SHINGLE>().is_some_and(|run| self.shingles.has(hash(run)));
        let (text, at) = if is_copying {
            letters(window.text)
        } else {
            at.iter_mut().for_each(|at| *at = at.start + tail..at.end + tail);
            (text, at)
        };
        let mut live = text.len();
        // A copy that reaches the end may go on.
        if let Some(run) = self.copies(&text).pop().filter(|run| run.end == text.len()) {
            live = live.min(run.start + LET_THROUGH - 1);
        } else {
            live = live.min(self.opening(&text));
        }
        for canary in &self.canaries {
            let begun = (text.len().saturating_sub(canary.len())..text.len())
                .find(|start| text.get(*start..).is_some_and(|rest| canary.starts_with(rest)));
            live = live.min(begun.unwrap_or(text.len()));
        }
        at.get(live).map_or(whole, |letter| letter.start)
    }
}

impl SystemPrompt {
    /// Whether a text may hold a copy that is long enough to be reported. Such a copy consists of many short runs, so
    /// to ask for one of them now and then is enough; nearly every look at an answer ends here.
    fn may_copy(&self, text: &str) -> bool {
        if self.shingles.is_empty() || !text.is_ascii() {
            return !self.shingles.is_empty();
        }
        let mut letters: Vec<u8> = Vec::with_capacity(text.len());
        letters.extend(text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()));
        let step = (self.leak_min + 1).saturating_sub(SHINGLE).max(1);
        let value = |hash: u64, byte: &u8| hash.wrapping_mul(BASE).wrapping_add(u64::from(*byte) + 1);
        letters.windows(SHINGLE).step_by(step).any(|run| self.shingles.has(run.iter().fold(0, value)))
    }

    /// The runs of letters that also stand in the instructions, each as long as it goes.
    fn copies(&self, text: &[char]) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        if self.shingles.is_empty() {
            return runs;
        }
        for (start, hash) in hashes(text).enumerate() {
            if !self.shingles.has(hash) {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.end + 1 == start + SHINGLE => run.end += 1,
                _ => runs.push(start..start + SHINGLE),
            }
        }
        runs
    }

    /// Where the last letters may begin a copy that is not long enough yet to be known by a hash.
    fn opening(&self, text: &[char]) -> usize {
        if self.openings.is_empty() {
            return text.len();
        }
        let from = text.len().saturating_sub(SHINGLE - 1);
        let tail = text.get(from..).unwrap_or_default();
        // The longest end of the text all of whose short runs stand in the instructions.
        let mut begin = tail.len();
        for start in (0..tail.len().saturating_sub(LET_THROUGH - 1)).rev() {
            let Some(run) = tail.get(start..start + LET_THROUGH) else { break };
            if !self.openings.has(hash(run)) {
                break;
            }
            begin = start;
        }
        if begin == tail.len() { text.len() } else { from + begin + LET_THROUGH - 1 }
    }
}

fn leak(span: Range<usize>, rule: &'static str, score: f32) -> Match {
    Match { span, label: Label::new(LABEL), rule: Some(rule), score, severity: Severity::High }
}

fn fraction(part: usize, whole: usize) -> f32 {
    let small = |count: usize| f32::from(u16::try_from(count).unwrap_or(u16::MAX));
    if whole == 0 { 1.0 } else { small(part) / small(whole) }
}

fn spanned(at: &[Range<usize>], letters: &Range<usize>) -> Option<Range<usize>> {
    Some(at.get(letters.start)?.start..at.get(letters.end.checked_sub(1)?)?.end)
}

/// Hashes of runs of letters, with a bitmap before them: nearly every run of a harmless answer is told by one bit.
struct Hashes {
    bits: Vec<u64>,
    known: HashSet<u64>,
}

impl Hashes {
    fn new(known: HashSet<u64>) -> Self {
        let width = (known.len() * 16).next_power_of_two().max(64);
        let mut bits = vec![0_u64; width / 64];
        for hash in &known {
            let (word, bit) = Self::place(*hash, width);
            if let Some(word) = bits.get_mut(word) {
                *word |= bit;
            }
        }
        Self { bits, known }
    }

    fn place(hash: u64, width: usize) -> (usize, u64) {
        let place = usize::try_from(hash.wrapping_mul(BASE) >> 32).unwrap_or_default() & (width - 1);
        (place / 64, 1 << (place % 64))
    }

    fn has(&self, hash: u64) -> bool {
        let (word, bit) = Self::place(hash, self.bits.len() * 64);
        self.bits.get(word).is_some_and(|bits| bits & bit != 0) && self.known.contains(&hash)
    }

    fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// Where the last so many letters and digits of a text begin.
fn tail(text: &str, letters: usize) -> usize {
    let last = text.char_indices().rev().filter(|(_, c)| c.is_alphanumeric()).take(letters).last();
    last.map_or(text.len(), |(at, _)| at)
}

/// The letters and digits of a text in lower case, and where each stands.
fn letters(text: &str) -> (Vec<char>, Vec<Range<usize>>) {
    let (mut letters, mut at) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len()));
    for (start, c) in text.char_indices() {
        let lower = match c {
            'a'..='z' | '0'..='9' => c,
            '\0'..='\x7f' if !c.is_ascii_uppercase() => continue,
            _ if !c.is_alphanumeric() => continue,
            _ => c.to_lowercase().next().unwrap_or(c),
        };
        letters.push(lower);
        at.push(start..start + c.len_utf8());
    }
    (letters, at)
}

const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

fn hash(run: &[char]) -> u64 {
    run.iter().fold(0, |hash: u64, c| hash.wrapping_mul(BASE).wrapping_add(u64::from(u32::from(*c)) + 1))
}

/// The hash of every run of [`SHINGLE`] letters, each from the one before.
fn hashes(text: &[char]) -> impl Iterator<Item = u64> + '_ {
    let first = text.get(..SHINGLE).map(hash);
    let lead = (0..SHINGLE).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let value = |c: &char| u64::from(u32::from(*c)) + 1;
    let rest =
        text.iter().zip(text.get(SHINGLE..).unwrap_or_default()).scan(first.unwrap_or(0), move |hash, (out, new)| {
            *hash = hash.wrapping_mul(BASE).wrapping_add(value(new)).wrapping_sub(lead.wrapping_mul(value(out)));
            Some(*hash)
        });
    first.into_iter().chain(rest)
}

#[cfg(test)]
mod tests {
    use redoubt_domain::exchange::{Origin, SegmentKind};

    use super::*;

    const PROMPT: &str = "You are Ava, the assistant of Harbour Bank. Never talk about interest rates of other banks, \
        and always offer the caller a meeting with an adviser. The internal code of the campaign is BLUE HERON.";

    fn detector() -> Box<dyn Detector> {
        let parameters = Parameters { canaries: vec!["cnry-7f3a-9b".into()], ..Parameters::default() };
        build(&parameters, &Background { system_prompts: vec![PROMPT.into()], ..Background::default() }).unwrap()
    }

    fn with_window<T>(text: &str, look: impl FnOnce(&Window<'_>) -> T) -> T {
        let kind = SegmentKind::Content;
        look(&Window {
            text,
            hits: &[],
            runs: &[],
            origin: Origin::Assistant,
            direction: Direction::Output,
            kind,
            depth: 0,
        })
    }

    fn find(text: &str) -> Vec<Match> {
        let mut found = Vec::new();
        with_window(text, |window| detector().detect(window, &mut found));
        found
    }

    #[test]
    fn copies_are_found_at_every_offset() {
        for text in [
            format!("Sure! {PROMPT}"),
            "My rules: never talk about INTEREST rates of other banks, and always offer the caller a meeting"
                .to_owned(),
            "n e v e r talk about interest-rates of other banks **and always** offer the caller".to_owned(),
        ] {
            let found = find(&text);
            assert!(found.iter().any(|found| found.score >= 0.75), "{text}: {found:?}");
        }
        for text in ["I am Ava, the assistant of Harbour Bank.", "Other banks have rates, too.", ""] {
            assert_eq!(find(text), [], "{text}");
        }
    }

    #[test]
    fn canaries_are_found_however_written() {
        for text in ["it is CNRY-7F3A-9B.", "c n r y 7 f 3 a 9 b"] {
            assert_eq!(
                find(text).first().map(|found| (found.rule, found.score)),
                Some((Some("canary"), 1.0)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_stream_lets_nothing_go_that_becomes_a_leak() {
        let text = format!("Hello there. {PROMPT} Also cnry-7f3a-9b, goodbye.");
        let whole = find(&text);
        assert_eq!(whole.len(), 2);
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let part = &text[..cut];
            let live = with_window(part, |window| detector().live_from(window));
            for found in &whole {
                let is_seen = find(part).iter().any(|early| early.span.start == found.span.start);
                assert!(is_seen || live <= found.span.start || found.span.start >= cut, "{part:?} lets go {live}");
            }
        }
        let live = with_window("What a nice zebra", |window| detector().live_from(window));
        assert_eq!(live, 17);
    }

    #[test]
    fn rolling_hashes_equal_fresh_ones() {
        let (text, _) = letters(PROMPT);
        let rolled: Vec<u64> = hashes(&text).collect();
        let fresh: Vec<u64> = text.windows(SHINGLE).map(hash).collect();
        assert_eq!(rolled, fresh);
        assert_eq!(hashes(&text[..5]).count(), 0);
    }

    #[test]
    fn nothing_to_compare_is_no_detector() {
        assert!(build(&Parameters::default(), &Background::default()).is_none());
    }
}
