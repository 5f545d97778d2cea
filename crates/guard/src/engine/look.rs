//! Looking at one text through all its views.

use std::ops::Range;

use redoubt_domain::decision::Unscanned;
use redoubt_domain::exchange::{Direction, Origin, SegmentKind};
use redoubt_domain::finding::{Finding, View};
use redoubt_domain::limits::Limits;
use redoubt_domain::seams::{DigitRun, Hit, Match, Trigger, Window};

use super::active::{Active, Detectors};
use super::digits;
use super::scratch::Scratch;
use crate::detectors::{self, CLASSIFIER, Margins, SizeBounds};
use crate::second_opinion::{self, Doubt};
use crate::transforms;
use crate::vault::Vault;
use crate::views::{self, Bound, Form, Seen, Views};

/// A text to look at, and what is known of it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) text: &'a str,
    pub(crate) segment: usize,
    pub(crate) direction: Direction,
    pub(crate) origin: Origin,
    pub(crate) kind: SegmentKind,
    /// Whether more text may follow.
    pub(crate) is_open: bool,
    /// How much of a text it is.
    pub(crate) extent: Extent,
    /// Whether only what may change or stop a stream is looked for, the rest being seen a little later.
    pub(crate) is_hasty: bool,
}

/// How much of a text lies there, which decides who is shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// A stretch of it. Detectors that need a complete text are not asked.
    Part,
    /// All of it, after every stretch was looked at: only those are asked that need a complete text.
    Again,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seeing {
    pub(crate) findings: Vec<Finding>,
    pub(crate) unscanned: Vec<Unscanned>,
    /// What a second opinion is asked about, and the rule of the classifier that doubts.
    pub(crate) doubts: Vec<(Doubt, &'static str)>,
    /// The text is longer than may be read.
    pub(crate) is_overlong: bool,
    /// From here on something might still begin or grow, in bytes of the text.
    pub(crate) live: usize,
    /// From here on a disguise might still be growing.
    pub(crate) disguise: usize,
    /// What the classifier says of the text itself, if it was asked.
    pub(crate) margins: Option<Margins>,
}

impl Seeing {
    /// Moves what the classifier says of a doubtful text to the doubt. Of two doubts about one place the second is none.
    fn set_aside(&mut self) {
        let mut at = 0;
        while let Some((doubt, rule)) = self.doubts.get(at) {
            let is_known = self.doubts.iter().take(at).any(|(known, _)| known.is_beside(doubt));
            let is_of = |finding: &Finding| {
                finding.detector == CLASSIFIER
                    && finding.rule == Some(*rule)
                    && finding.via == doubt.via
                    && doubt.parts.iter().any(|(_, span)| *span == finding.span)
            };
            let said =
                self.findings.iter().position(is_of).filter(|_| !is_known).map(|said| self.findings.remove(said));
            if is_known {
                self.doubts.remove(at);
            } else {
                if let Some((doubt, _)) = self.doubts.get_mut(at) {
                    doubt.said = said;
                }
                at += 1;
            }
        }
    }
}

impl Extent {
    fn is_for(self, active: &Active) -> bool {
        match self {
            Self::Whole => true,
            Self::Part => !active.detector.spec().needs_whole(),
            Self::Again => active.detector.spec().needs_whole(),
        }
    }
}

impl Detectors {
    /// Looks at `subject` with every active detector and those of the conversation.
    pub(crate) fn look(
        &self,
        subject: Subject<'_>,
        beside: &[Active],
        vault: Option<&Vault>,
        limits: &Limits,
    ) -> Seeing {
        let text = subject.text;
        let mut seeing = Seeing { live: text.len(), disguise: text.len(), ..Seeing::default() };
        if text.is_empty() {
            return seeing;
        }
        if text.len() > limits.segment_bytes_max {
            seeing.is_overlong = true;
            seeing
                .unscanned
                .push(Unscanned { segment: Some(subject.segment), reason: "longer than the bound on texts" });
            return seeing;
        }
        // Without rules nothing is looked for, so no view need be made.
        if self.is_idle() && beside.is_empty() {
            return seeing;
        }
        let views = Views::of(text, limits);
        if subject.is_open {
            seeing.disguise = views::live_from(text).min(text.len());
        }
        // What stands before a disguise is seen as it is in the whole, unless there is something to decode.
        let is_folded_held = self.all.iter().chain(beside).any(|active| active.holds && active.form() == Form::Folded);
        let is_plain = subject.is_open && views.is_plain() && !is_folded_held;
        let before = Some(seeing.disguise).filter(|disguise| is_plain && *disguise < text.len());
        Scratch::with(self.all.len(), |scratch| {
            for seen in views.iter() {
                self.look_through(seen, subject, beside, before, scratch, &mut seeing);
            }
        });
        if subject.extent == Extent::Again {
            transforms::disown(text, &mut seeing.findings, vault);
            return seeing;
        }
        self.look_at_signals(&views, subject, &mut seeing);
        if let Some(found) = self.sizes.judge(text) {
            let span = on_boundaries(text, found.span.clone());
            seeing.findings.push(finding(SizeBounds::KIND.id, found, subject.segment, span, Vec::new()));
        }
        for gap in views.unscanned() {
            let reason = match gap.reason {
                Bound::Depth => "encoded more often than the bound on decoding",
                Bound::Ratio => "decodes to more than the bound on decoding",
                Bound::Length => {
                    seeing.is_overlong = true;
                    "longer than the bound on texts"
                }
            };
            seeing.unscanned.push(Unscanned { segment: Some(subject.segment), reason });
        }
        if subject.is_open {
            seeing.live = seeing.live.min(seeing.disguise);
            if before.is_none() {
                seeing.live = seeing.live.min(self.live_before(seeing.disguise, subject, beside, limits));
            }
        }
        transforms::disown(text, &mut seeing.findings, vault);
        seeing.findings.retain(|finding| !self.allows(text, finding));
        seeing.set_aside();
        seeing
    }

    /// A match may go on through a disguise that is still growing: `ann@example.co` and then `\x6d`. So what
    /// lies before the disguise is live as if the text ended there.
    fn live_before(&self, disguise: usize, subject: Subject<'_>, beside: &[Active], limits: &Limits) -> usize {
        let Some(before) = subject.text.get(..disguise).filter(|before| before.len() < subject.text.len()) else {
            return subject.text.len();
        };
        let subject = Subject { text: before, is_hasty: true, ..subject };
        let mut seeing = Seeing { live: disguise, ..Seeing::default() };
        let views = Views::of(before, limits);
        Scratch::with(self.all.len(), |scratch| {
            for seen in views.iter() {
                self.look_through(seen, subject, beside, None, scratch, &mut seeing);
            }
        });
        seeing.live
    }

    fn look_through(
        &self,
        seen: Seen<'_>,
        subject: Subject<'_>,
        beside: &[Active],
        before: Option<usize>,
        scratch: &mut Scratch,
        seeing: &mut Seeing,
    ) {
        let (text, form, depth) = (seen.text(), seen.form(), seen.depth());
        let is_wanted = |active: &Active| {
            active.form() == form && (active.holds || !subject.is_hasty) && subject.extent.is_for(active)
        };
        if (subject.is_hasty || subject.extent == Extent::Again) && !self.all.iter().chain(beside).any(is_wanted) {
            return;
        }
        self.search(text, form, scratch);
        let digits_max = scratch.digits_max();
        let is_growing = subject.is_open && (depth == 0 || reaches_end(seen, subject.text));
        let own = self.all.iter().enumerate();
        let mut margins = None;
        // The detectors of a conversation have no literals in the automaton: they see every window.
        let others = beside.iter().map(|active| (usize::MAX, active));
        for (index, active) in own.chain(others).filter(|(_, active)| is_wanted(active)) {
            let (is_shown, sees_runs) = match active.detector.spec().trigger {
                Trigger::Literals(_) | Trigger::Phrases(_) | Trigger::Words(_) => {
                    (index == usize::MAX || scratch.has_hits(index), false)
                }
                Trigger::Digits(least) => (digits_max >= least, true),
                Trigger::Always | Trigger::Folded => (true, false),
            };
            let wants_live = is_growing && active.holds;
            if !is_shown && !wants_live {
                continue;
            }
            let (hits, runs, matches) = scratch.show(index);
            let window = Window {
                text,
                hits,
                runs: if sees_runs { runs } else { &[] },
                origin: subject.origin,
                direction: subject.direction,
                kind: subject.kind,
                depth,
            };
            if is_shown && active.id == CLASSIFIER {
                // What it says is asked for again, so it reads the text once for all.
                margins = detectors::margins(&window);
                margins.iter().for_each(|margins| detectors::find_attacks(&window, margins, matches));
            } else if is_shown {
                active.detector.detect(&window, matches);
            }
            if wants_live {
                // Where the text before the disguise is live is known, what lies behind is held for the disguise, and
                // whatever begins before it and goes on through it is live there already.
                let live = match before.filter(|_| depth == 0 && form == Form::Canonical) {
                    Some(before) => live_within(active, &window, before),
                    None => origin_of(seen, active.detector.live_from(&window).min(text.len()), subject.text),
                };
                seeing.live = seeing.live.min(live);
            }
            for found in matches.drain(..) {
                let Some(span) = within(text, &found.span) else { continue };
                let detail = active.detector.detail(&window, &found);
                let source = on_boundaries(subject.text, seen.source(span.clone()));
                let found = finding(active.id, found, subject.segment, source, seen.via(span));
                seeing.findings.push(Finding { detail, ..found });
            }
        }
        if let Some(margins) = margins {
            self.doubt(seen, subject, &margins, seeing);
            if depth == 0 {
                seeing.margins = Some(margins);
            }
        }
    }

    /// Sets aside what the classifier says of a text of which it is not sure.
    fn doubt(&self, seen: Seen<'_>, subject: Subject<'_>, margins: &Margins, seeing: &mut Seeing) {
        let Some(settings) = &self.second_opinion else { return };
        let Subject { origin, direction, kind, segment, .. } = subject;
        let text = seen.text();
        let window = Window { text, hits: &[], runs: &[], origin, direction, kind, depth: seen.depth() };
        let Some((question, rule)) = second_opinion::question(&window, margins, settings) else { return };
        let source = on_boundaries(subject.text, seen.source(0..text.len()));
        let via = seen.via(0..text.len());
        let doubt = Doubt { question, parts: vec![(segment, source)], via, is_across: false, said: None };
        seeing.doubts.push((doubt, rule));
    }

    fn look_at_signals(&self, views: &Views<'_>, subject: Subject<'_>, seeing: &mut Seeing) {
        if views.signals().is_empty() {
            return;
        }
        let mut matches = Vec::new();
        for row in &self.signals {
            (row.judge)(subject.text, views.signals(), &mut matches);
            for found in matches.drain(..) {
                let span = on_boundaries(subject.text, found.span.clone());
                // The rest of the word that it parts may show that it parts it well, or that there is more of the same.
                let is_growing = subject.is_open
                    && subject.text.get(span.end..).is_some_and(|word| word.chars().all(char::is_alphanumeric));
                if is_growing {
                    seeing.live = seeing.live.min(span.start);
                    continue;
                }
                seeing.findings.push(finding(row.id, found, subject.segment, span, Vec::new()));
            }
        }
    }
}

/// From where on something might begin or grow if the window ended at `end`. What lies behind is cut off.
fn live_within(active: &Active, window: &Window<'_>, end: usize) -> usize {
    let Some(text) = window.text.get(..end) else { return 0 };
    let hits: Vec<Hit> = window.hits.iter().filter(|hit| hit.end <= end).copied().collect();
    let runs: Vec<DigitRun> = window.runs.iter().filter_map(|run| digits::before(run, end)).collect();
    let live = active.detector.live_from(&Window { text, hits: &hits, runs: &runs, ..*window }).min(end);
    // Not on a boundary: hold everything.
    if text.is_char_boundary(live) { live } else { 0 }
}

fn finding(detector: &'static str, found: Match, segment: usize, span: Range<usize>, via: Vec<View>) -> Finding {
    let Match { span: _, label, rule, score, severity } = found;
    Finding { detector, label, rule, segment, span, score, severity, via, detail: None }
}

/// Whether the view grows when the text does: an escaped text goes on, a complete run of base64 does not.
fn reaches_end(seen: Seen<'_>, text: &str) -> bool {
    let view = seen.text();
    let last = view.chars().next_back().map_or(0, char::len_utf8);
    seen.source(view.len() - last..view.len()).end >= text.len()
}

/// Where the byte at `live` of a view comes from.
fn origin_of(seen: Seen<'_>, live: usize, text: &str) -> usize {
    let view = seen.text();
    let Some(next) = view.get(live..).and_then(|rest| rest.chars().next()) else {
        // Not on a boundary: hold everything; at the end: hold nothing.
        return if live >= view.len() { text.len() } else { 0 };
    };
    on_boundaries(text, seen.source(live..live + next.len_utf8())).start
}

/// The span, if it is one.
fn within(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    text.get(span.clone()).filter(|found| !found.is_empty()).map(|_| span.clone())
}

/// The span widened to character boundaries.
fn on_boundaries(text: &str, span: Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}
