//! One decision over an exchange.

mod active;
mod digits;
mod joined;
mod look;
mod mend;
mod overlap;
mod plain;
mod rewrite;
mod scratch;
mod words;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use redoubt_domain::decision::{Action, Decision, Judged, Unscanned};
use redoubt_domain::exchange::{Direction, Encoding, Exchange, Origin, Segment, SegmentKind, Surface};
use redoubt_domain::finding::{Finding, Label, Severity};
use redoubt_domain::ids::Digest;
use redoubt_domain::limits::Limits;
use redoubt_domain::seams::Question;

pub(crate) use active::{Active, Detectors};
pub(crate) use look::{Extent, Seeing, Subject};
pub(crate) use mend::Mended;
pub(crate) use rewrite::{Edit, Repeated, edits, repeated, rewrite as rewrite_range, with_repeats};

use crate::cleared::Cleared;
use crate::conversation::Conversation;
use crate::decide::{Manner, Place, judge, settle};
use crate::detectors::grounded::Source;
use crate::detectors::{Background, CONVERSATION, Parameters, Row, SizeBounds, TABLE};
use crate::opaque;
use crate::policy::{Policy, PolicyError, StreamPolicy, Verb, is_data};
use crate::scope::Scope;
use crate::second_opinion::{self, Doubt, Opinion, Recorded, SecondOpinion};
use crate::stream::StreamInspection;
use crate::transforms::{self, Strings};
use crate::vault::{Around, Vault};

/// A policy with its detectors compiled. Made once for each policy and shared by all requests.
pub struct Engine {
    policy: Policy,
    digest: Digest,
    limits: Limits,
    parameters: Parameters,
    detectors: Detectors,
}

/// A request and what was decided about it.
#[derive(Debug)]
pub struct Decided<T> {
    /// The decision, for the record.
    pub decision: Decision,
    /// Whether it may go on.
    pub outcome: Outcome<T>,
}

/// Whether a request may go on.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once for each request and taken apart at once")]
pub enum Outcome<T> {
    /// It may, as it is now.
    Clear {
        /// What may be sent.
        cleared: Cleared<T>,
        /// What its answer must be checked against.
        conversation: Conversation,
    },
    /// It may not.
    Refuse,
}

/// A request that was looked at and is not decided.
pub struct Opened {
    request: Exchange,
    sight: Sight,
}

/// However many texts a caller sends, so many are asked about; the others count as unanswered.
const QUESTIONS_MAX: usize = 64;

impl Opened {
    /// What a second opinion is asked about; of nearly every request, nothing.
    pub fn questions(&self) -> Vec<Question> {
        self.sight.doubts.iter().take(QUESTIONS_MAX).map(|doubt| doubt.question.clone()).collect()
    }
}

impl Engine {
    /// The opinions that a record holds, to decide again what was decided.
    pub fn recall(&self, opened: &Opened, recorded: &[Recorded]) -> Vec<Opinion> {
        let Some(settings) = &self.parameters.second_opinion else { return Vec::new() };
        opened.sight.doubts.iter().map(|doubt| doubt.recall(recorded, settings)).collect()
    }

    /// When a second opinion is asked; nothing if it never is.
    pub fn second_opinion(&self) -> Option<&SecondOpinion> {
        self.parameters.second_opinion.as_ref()
    }

    /// Compiles a policy.
    pub fn new(policy: Policy, limits: Limits) -> Result<Self, PolicyError> {
        Self::with_table(TABLE, policy, limits)
    }

    /// Compiles a policy over other detectors than the product's.
    pub(crate) fn with_table(table: &[Row], policy: Policy, limits: Limits) -> Result<Self, PolicyError> {
        for rule in policy.rules() {
            if rule.verb == Verb::Transform(transforms::REPAIR) && !rule.is_about_what_can_be_repaired() {
                return Err(PolicyError::Irreparable { rule: rule.name.clone() });
            }
            if let Verb::Transform(id) = rule.verb
                && transforms::TABLE.iter().all(|row| row.id != id)
            {
                return Err(PolicyError::UnknownTransform { rule: rule.name.clone(), transform: id.to_owned() });
            }
        }
        crate::names::shipped()?;
        crate::classifier::shipped()?;
        let detectors = Detectors::new(table, &policy, &limits);
        let (digest, parameters) = (policy.digest(), policy.parameters_within(&limits));
        Ok(Self { policy, digest, limits, parameters, detectors })
    }

    /// Which policy decides.
    pub fn policy_digest(&self) -> Digest {
        self.digest
    }

    /// The policy that decides.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The longest match of any detector that holds a stream, none if one of them needs the whole text.
    pub(crate) fn window(&self, beside: &[Active]) -> Option<usize> {
        let holding = self.detectors.all.iter().chain(beside).filter(|active| active.holds);
        let longest = holding.map(|active| active.detector.spec().span_max).max().unwrap_or(0);
        (longest != usize::MAX).then_some(longest)
    }

    /// Whether any rule is about what a detector finds.
    pub(crate) fn asks(&self, detector: &str) -> bool {
        self.detectors.all.iter().any(|active| active.id == detector)
    }

    /// Whether a stream is held for what is odd about a text itself, beside what detectors look for in it.
    pub(crate) fn holds_signals(&self) -> bool {
        self.detectors.signals.iter().any(|row| self.policy.enforces(Direction::Output, row.id, row.labels))
    }

    /// Whether anything is looked for that only a complete text shows.
    pub(crate) fn judges_whole(&self, beside: &[Active]) -> bool {
        self.detectors.all.iter().chain(beside).any(|active| active.detector.spec().needs_whole())
    }

    /// Whether an answer must be held until it is complete.
    pub(crate) fn buffers(&self, beside: &[Active]) -> bool {
        let mut active = self.detectors.all.iter().chain(beside);
        active.any(|active| self.policy.buffers(active.id, active.detector.spec().labels))
    }

    /// Decides about a request and changes what must not pass as it is. Nobody is asked for a second opinion, so
    /// [`OnFailure`](crate::second_opinion::OnFailure) says what becomes of doubts.
    pub fn inspect(&self, request: Exchange, scope: &Scope) -> Decided<Exchange> {
        self.close(self.open(request), Vec::new(), scope)
    }

    /// Looks at a request. Its [questions](Opened::questions) may be asked before it is [closed](Self::close).
    pub fn open(&self, request: Exchange) -> Opened {
        let mut sight = self.look_at(&request, Direction::Input, &[], None);
        self.look_across(&request.segments, Direction::Input, &mut sight);
        Opened { request, sight }
    }

    /// Decides about a request and changes what must not pass as it is. The opinions are in the order of the questions;
    /// one that lacks was not given.
    pub fn close(&self, opened: Opened, opinions: Vec<Opinion>, scope: &Scope) -> Decided<Exchange> {
        let Opened { mut request, mut sight } = opened;
        if let Some(settings) = &self.parameters.second_opinion {
            let doubts = std::mem::take(&mut sight.doubts);
            let (findings, unscanned) = second_opinion::settle(doubts, opinions, settings);
            sight.unscanned.extend(unscanned);
            for finding in findings {
                let Some(segment) = request.segments.get(finding.segment) else { continue };
                let place = Place { origin: segment.origin, kind: segment.kind() };
                sight.judged.push(judge(&self.policy, Direction::Input, place, Manner::Whole, finding));
            }
        }
        let mut vault = Vault::new(scope);
        let by_segment = sight.resolve(request.segments.len());
        let mut action = sight.action(&by_segment);
        if action.passes() {
            if by_segment.iter().flatten().filter_map(|judged| judged.transform).any(transforms::makes_surrogates) {
                vault.avoid(request.segments.iter().map(Segment::text));
            }
            for (segment, judged) in request.segments.iter_mut().zip(&by_segment) {
                vault.set_speaker(segment.origin);
                remember(segment.text(), judged, &mut vault);
                if change(segment, judged, &mut vault).is_none() {
                    action = Action::Block;
                }
            }
        }
        opaque::note(&request.opaque, &mut sight.unscanned);
        let decision = self.decision(action, by_segment, sight.unscanned);
        if !action.passes() {
            return Decided { decision, outcome: Outcome::Refuse };
        }
        let detectors = self.conversation_detectors(&request);
        let conversation = Conversation::new(vault, detectors);
        Decided { decision, outcome: Outcome::Clear { cleared: Cleared::new(request), conversation } }
    }

    /// Decides about a complete answer, changes what must not pass, and puts the caller's values back.
    pub fn inspect_answer(
        &self,
        mut answer: Exchange,
        conversation: &mut Conversation,
    ) -> (Decision, Option<Cleared<Exchange>>) {
        let mut sight = self.look_at(&answer, Direction::Output, &conversation.detectors, Some(&conversation.vault));
        self.look_across(&answer.segments, Direction::Output, &mut sight);
        let mut by_segment = sight.resolve(answer.segments.len());
        let mut mended: Vec<Option<Mended>> = Vec::with_capacity(by_segment.len());
        for (index, (segment, judged)) in answer.segments.iter().zip(&mut by_segment).enumerate() {
            pardon(segment.text(), judged, &conversation.vault);
            let subject = subject_of(segment, index, Direction::Output);
            mended.push(self.mend(subject, Manner::Whole, judged, &conversation.detectors, &conversation.vault));
        }
        let mut action = sight.action(&by_segment);
        if action.passes() {
            for ((segment, judged), mended) in answer.segments.iter_mut().zip(&by_segment).zip(mended) {
                let judged = match mended {
                    Some(Mended { text, judged }) => {
                        segment.edit(text);
                        &judged.clone()
                    }
                    None => judged,
                };
                match change(segment, judged, &mut conversation.vault) {
                    Some(()) => {
                        let restored = restore(segment, &conversation.vault);
                        conversation.count_restored(restored);
                    }
                    None => action = Action::Block,
                }
            }
        }
        opaque::note(&answer.opaque, &mut sight.unscanned);
        let decision = self.decision(action, by_segment, sight.unscanned);
        let cleared = action.passes().then(|| Cleared::new(answer));
        (decision, cleared)
    }

    /// Watches a streamed answer.
    pub fn watch(self: &Arc<Self>, conversation: Conversation) -> StreamInspection {
        StreamInspection::new(Arc::clone(self), conversation)
    }

    /// Rules that cannot be kept on a surface: the server must not start with them.
    pub fn unenforceable(&self, surface: Surface, stream: bool) -> Vec<String> {
        let mut reasons = Vec::new();
        let has_stream =
            stream && !matches!(surface, Surface::Embeddings | Surface::Moderations | Surface::CountTokens);
        if !has_stream {
            return reasons;
        }
        for rule in self.policy.rules() {
            let must_hold =
                rule.verb != Verb::Observe && rule.goes(Direction::Output) && rule.stream == StreamPolicy::HoldWindow;
            let beside = CONVERSATION.iter().filter(|row| row.needs_whole).map(|row| (row.id, row.labels));
            let active = self.detectors.all.iter().map(|active| (active.id, active.detector.spec()));
            let own = active.filter(|(_, spec)| spec.needs_whole()).map(|(id, spec)| (id, spec.labels));
            for (id, _) in beside.chain(own).filter(|(id, labels)| must_hold && rule.may_select(id, labels)) {
                reasons.push(format!(
                    "rule `{}`: `{id}` judges only complete texts, so on a stream of `{}` it needs `stream = \"buffer\"`",
                    rule.name,
                    surface.name()
                ));
            }
        }
        reasons
    }

    /// The bound on one text, if configuration sets one.
    pub(crate) fn text_bytes_max(&self) -> Option<usize> {
        self.parameters.sizes.text_bytes_max
    }

    /// Judges what lies beyond the bound on a text that is not there as a whole.
    pub(crate) fn judge_length(
        &self,
        segment: usize,
        beyond: Range<usize>,
        direction: Direction,
        place: Place,
    ) -> Judged {
        let finding = Finding {
            detector: SizeBounds::KIND.id,
            label: Label::new("SIZE_LIMIT"),
            rule: None,
            segment,
            span: beyond,
            score: 1.0,
            severity: Severity::Medium,
            via: Vec::new(),
            detail: None,
        };
        judge(&self.policy, direction, place, Manner::Streamed, finding)
    }

    /// Looks at one text.
    pub(crate) fn look(&self, subject: Subject<'_>, beside: &[Active], vault: Option<&Vault>) -> Seeing {
        self.detectors.look(subject, beside, vault, &self.limits)
    }

    /// Judges what was seen in one text.
    pub(crate) fn judged(
        &self,
        seeing: &mut Seeing,
        direction: Direction,
        place: Place,
        manner: Manner,
    ) -> Vec<Judged> {
        // Nobody asks about a text on its own: the classifier's word stands.
        let said = std::mem::take(&mut seeing.doubts).into_iter().filter_map(|(doubt, _)| doubt.said);
        let findings = std::mem::take(&mut seeing.findings).into_iter().chain(said);
        let judged = findings.map(|finding| judge(&self.policy, direction, place, manner, finding));
        overlap::resolve(judged.collect())
    }

    /// The decision with at most as many findings as are kept, the strictest first to stay.
    pub(crate) fn decision(
        &self,
        action: Action,
        by_segment: Vec<Vec<Judged>>,
        mut unscanned: Vec<Unscanned>,
    ) -> Decision {
        let mut judged: Vec<Judged> = by_segment.into_iter().flatten().collect();
        if judged.len() > self.limits.findings_max {
            // A decision is derived again from what was said, which is little.
            let is_opinion = |judged: &Judged| judged.finding.detector == second_opinion::ID;
            judged.sort_by_key(|judged| std::cmp::Reverse((is_opinion(judged), judged.action)));
            judged.truncate(self.limits.findings_max);
            unscanned.push(Unscanned { segment: None, reason: "more findings than are kept; all were acted on" });
        }
        let mut decision = settle(self.digest, judged, unscanned);
        decision.action = decision.action.max(action);
        decision
    }

    fn look_at(&self, exchange: &Exchange, direction: Direction, beside: &[Active], vault: Option<&Vault>) -> Sight {
        let mut sight = Sight::default();
        for (index, segment) in exchange.segments.iter().enumerate() {
            let place = Place { origin: segment.origin, kind: segment.kind() };
            let subject = subject_of(segment, index, direction);
            let seeing = self.look(subject, beside, vault);
            sight.is_overlong |= seeing.is_overlong;
            sight.unscanned.extend(seeing.unscanned);
            sight.doubts.extend(seeing.doubts.into_iter().map(|(doubt, _)| doubt));
            let judged = seeing.findings.into_iter();
            sight.judged.extend(judged.map(|finding| judge(&self.policy, direction, place, Manner::Whole, finding)));
        }
        sight
    }

    /// Looks at neighbouring parts together, for what lies across their seams.
    fn look_across(&self, segments: &[Segment], direction: Direction, sight: &mut Sight) {
        if segments.len() < 2 {
            return;
        }
        let own = Own::of(sight);
        for between in ["", " "] {
            for group in joined::join(segments, between) {
                let Some(first) = group.across(&(0..group.text.len())).first().map(|(segment, _)| *segment) else {
                    continue;
                };
                let Some(segment) = segments.get(first) else { continue };
                let place = Place { origin: segment.origin, kind: segment.kind() };
                let subject = Subject {
                    text: &group.text,
                    segment: first,
                    direction,
                    origin: place.origin,
                    kind: place.kind,
                    is_open: false,
                    extent: Extent::Part,
                    is_hasty: false,
                };
                let seeing = self.look(subject, &[], None);
                let mut findings = seeing.findings;
                for (doubt, _) in seeing.doubts {
                    let parts = doubt.parts.iter().flat_map(|(_, span)| group.across(span)).collect();
                    let doubt = Doubt { parts, is_across: true, ..doubt };
                    if sight.doubts.iter().any(|known| known.is_beside(&doubt)) {
                        findings.extend(doubt.said);
                    } else {
                        sight.doubts.push(doubt);
                    }
                }
                for finding in findings {
                    let parts = group.across(&finding.span);
                    let label = finding.label.as_str();
                    let is_chance = is_data(label) && label != "SECRET";
                    if is_chance && !(between.is_empty() && CUT.contains(&label) && own.lie_beside(&parts)) {
                        continue;
                    }
                    for (segment, span) in parts {
                        let part = Finding { segment, span, ..finding.clone() };
                        sight.judged.push(judge(&self.policy, direction, place, Manner::Whole, part));
                    }
                }
            }
        }
    }

    fn conversation_detectors(&self, request: &Exchange) -> Vec<Active> {
        let rows = CONVERSATION.iter().filter(|row| self.policy.speaks_of(row.id, row.labels));
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return Vec::new();
        }
        let said_by = |origins: &'static [Origin]| {
            let segments = request.segments.iter().enumerate();
            segments.filter(move |(_, segment)| origins.contains(&segment.origin))
        };
        let is_content = |segment: &Segment| segment.kind() == SegmentKind::Content;
        let told = |origins: &'static [Origin]| -> Vec<String> {
            let segments = said_by(origins).filter(|(_, segment)| is_content(segment));
            segments.map(|(_, segment)| segment.text().to_owned()).collect()
        };
        let fetched = said_by(&[Origin::Tool, Origin::Retrieved])
            .filter(|(_, segment)| is_content(segment) || segment.kind() == SegmentKind::Attachment);
        let sources: Vec<Source> =
            fetched.map(|(segment, text)| Source { segment, text: text.text().to_owned() }).collect();
        let background = Background {
            system_prompts: told(&[Origin::System, Origin::Developer]),
            output_schema: request.demand.output_schema.clone(),
            // Without documents there is nothing to compare with what was asked.
            asked: if sources.is_empty() { Vec::new() } else { told(&[Origin::User]) },
            sources,
        };
        rows.filter_map(|row| {
            let detector = (row.build)(&self.parameters, &background)?;
            Some(Active::new(row.id, detector, &self.policy))
        })
        .collect()
    }
}

/// Numbers in neighbouring parts are neighbours by chance, unless together they are what chance hardly makes.
const CUT: [&str; 3] = ["CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE"];

/// Where each part has findings of its own: `bob` before `ann@example.com` is not the beginning of the address.
struct Own(HashMap<usize, Vec<Range<usize>>>);

impl Own {
    fn of(sight: &Sight) -> Self {
        let mut own: HashMap<usize, Vec<Range<usize>>> = HashMap::new();
        let findings = sight.judged.iter().map(|judged| &judged.finding);
        for finding in findings.filter(|finding| CUT.contains(&finding.label.as_str())) {
            own.entry(finding.segment).or_default().push(finding.span.clone());
        }
        Self(own)
    }

    /// Whether none of them overlaps `parts`.
    fn lie_beside(&self, parts: &[(usize, Range<usize>)]) -> bool {
        parts.iter().all(|(segment, span)| {
            let own = self.0.get(segment).map(Vec::as_slice).unwrap_or_default();
            own.iter().all(|own| own.end <= span.start || span.end <= own.start)
        })
    }
}

/// What was seen in all segments of an exchange, judged.
#[derive(Default)]
struct Sight {
    judged: Vec<Judged>,
    unscanned: Vec<Unscanned>,
    /// What a second opinion is asked about.
    doubts: Vec<Doubt>,
    is_overlong: bool,
}

impl Sight {
    /// The judged findings of each segment, each place once.
    fn resolve(&mut self, segments: usize) -> Vec<Vec<Judged>> {
        let mut by_segment = vec![Vec::new(); if self.judged.is_empty() { 0 } else { segments }];
        for judged in overlap::resolve(std::mem::take(&mut self.judged)) {
            if let Some(of_segment) = by_segment.get_mut(judged.finding.segment) {
                of_segment.push(judged);
            }
        }
        // Without findings there is still one (empty) list for each segment, so that none is passed over.
        by_segment.resize_with(segments, Vec::new);
        by_segment
    }

    fn action(&self, by_segment: &[Vec<Judged>]) -> Action {
        let asked = by_segment.iter().flatten().map(|judged| judged.action).max().unwrap_or_default();
        // What could not be read whole is refused rather than half read.
        if self.is_overlong { Action::Block } else { asked }
    }
}

/// A complete segment to look at.
fn subject_of(segment: &Segment, index: usize, direction: Direction) -> Subject<'_> {
    Subject {
        text: segment.text(),
        segment: index,
        direction,
        origin: segment.origin,
        kind: segment.kind(),
        is_open: false,
        extent: Extent::Whole,
        is_hasty: false,
    }
}

/// Applies what was judged to a segment. None if that would break the document the segment is.
fn change(segment: &mut Segment, judged: &[Judged], vault: &mut Vault) -> Option<()> {
    let edits = edits(judged);
    if edits.is_empty() {
        return Some(());
    }
    let text = segment.text();
    let repeats = repeated(text, &edits);
    let edits = with_repeats(text, edits, &repeats);
    let changed = rewrite_range(text, 0..text.len(), &edits, segment.encoding, Strings::default(), vault).ok()?;
    let is_json = |text: &str| serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    if segment.encoding == Encoding::Json && is_json(text) && !is_json(&changed) {
        return None;
    }
    segment.edit(changed);
    Some(())
}

/// Puts values back into a segment of an answer.
fn restore(segment: &mut Segment, vault: &Vault) -> usize {
    if vault.is_empty() {
        return 0;
    }
    let restored =
        vault.restore(segment.text(), segment.kind(), segment.encoding, Strings::default(), Around::default());
    if restored.count > 0 {
        segment.edit(restored.text);
    }
    restored.count
}

/// Notes the values of a request, so that an answer may repeat them.
fn remember(text: &str, judged: &[Judged], vault: &mut Vault) {
    for finding in judged.iter().map(|judged| &judged.finding).filter(|finding| is_data(finding.label.as_str())) {
        if let Some(value) = text.get(finding.span.clone()) {
            vault.remember(value, &finding.label);
        }
    }
}

/// Lets an answer repeat what the conversation said: hiding it from those who said it helps nobody.
pub(crate) fn pardon(text: &str, judged: &mut [Judged], vault: &Vault) {
    for judged in judged.iter_mut().filter(|judged| judged.action == Action::Transform) {
        if text.get(judged.finding.span.clone()).is_some_and(|value| vault.knows(value)) {
            judged.action = Action::Allow;
            judged.transform = None;
        }
    }
}

#[cfg(test)]
mod tests;
