//! One text on its own: for `redoubt scan`, for moderation and for everything that inspects rows.

use redoubt_domain::decision::{Action, Judged};
use redoubt_domain::exchange::{Direction, Encoding, Origin, SegmentKind};
use redoubt_domain::ids::{RequestId, TenantId};
use redoubt_domain::seams::Window;
use redoubt_domain::secret::Secret;
use redoubt_domain::time::Timestamp;

use crate::decide::{Manner, Place};
use crate::detectors::{self, CLASSIFIER, Margins, likelihoods};
use crate::engine::{Engine, Extent, Subject, edits, repeated, rewrite_range, with_repeats};
use crate::scope::Scope;
use crate::transforms::Strings;
use crate::vault::Vault;
use crate::views;

/// What was decided about one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The strictest action that any rule asks for.
    pub action: Action,
    /// The text after transforms; as it was if it may not pass.
    pub text: String,
    /// Every finding with its judgement.
    pub judged: Vec<Judged>,
    /// The best-known kinds of attack and harm as numbers.
    pub scores: Scores,
    /// OpenAI's moderation categories, each with the higher of the two.
    pub categories: Vec<(&'static str, f32)>,
}

/// How sure the guard is of a kind: its surest finding and the classifier's likelihood together, also where that is not
/// enough for a finding. In answers, of which the classifier is not asked, 0 if there is no finding.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Instructions against the operator's.
    pub prompt_injection: f32,
    /// Attempts to talk a model out of its rules.
    pub jailbreak: f32,
    /// Insult and hate.
    pub toxicity: f32,
}

/// Our labels and the moderation categories they fall into.
const CATEGORIES: &[(&str, &str)] = &[
    ("HARASSMENT", "harassment"),
    ("HARASSMENT_THREATENING", "harassment/threatening"),
    ("HATE", "hate"),
    ("HATE_THREATENING", "hate/threatening"),
    ("ILLICIT", "illicit"),
    ("ILLICIT_VIOLENT", "illicit/violent"),
    ("SELF_HARM", "self-harm"),
    ("SELF_HARM_INSTRUCTIONS", "self-harm/instructions"),
    ("SELF_HARM_INTENT", "self-harm/intent"),
    ("SEXUAL", "sexual"),
    ("SEXUAL_MINORS", "sexual/minors"),
    ("TOXICITY", "harassment"),
    ("VIOLENCE", "violence"),
    ("VIOLENCE_GRAPHIC", "violence/graphic"),
];

/// Labels that make a text toxic.
const TOXIC: &[&str] = &["TOXICITY", "HATE", "HATE_THREATENING", "HARASSMENT", "HARASSMENT_THREATENING"];

impl Engine {
    /// Decides about one text. Placeholders of a scan restore nowhere: its scope ends with it.
    pub fn scan(&self, text: &str, origin: Origin, direction: Direction) -> Scan {
        let place = Place { origin, kind: SegmentKind::Content };
        let subject = Subject {
            text,
            segment: 0,
            direction,
            origin,
            kind: place.kind,
            is_open: false,
            extent: Extent::Whole,
            is_hasty: false,
        };
        let mut seeing = self.look(subject, &[], None);
        let judged = self.judged(&mut seeing, direction, place, Manner::Whole);
        let asked = judged.iter().map(|judged| judged.action).max().unwrap_or_default();
        let action = if seeing.is_overlong { Action::Block } else { asked };
        let text =
            if action == Action::Transform { changed(text, &judged) } else { None }.unwrap_or_else(|| text.to_owned());
        let likely = self.likelihoods(subject, seeing.margins.as_ref());
        let (scores, categories) = (scores(&judged, &likely), categories(&judged, &likely));
        let judged = self.decision(action, vec![judged], Vec::new()).judged;
        Scan { action, text, judged, scores, categories }
    }

    /// What the classifier thinks of a text, if the policy asks it.
    fn likelihoods(&self, subject: Subject<'_>, margins: Option<&Margins>) -> Vec<(&str, f32)> {
        if !self.asks(CLASSIFIER) {
            return Vec::new();
        }
        let Subject { text, origin, direction, kind, .. } = subject;
        let window = |text| Window { text, hits: &[], runs: &[], origin, direction, kind, depth: 0 };
        if let Some(margins) = margins {
            return likelihoods(&window(text), margins);
        }
        // Of a text that is too long nothing was looked at, but its beginning has its scores.
        let folded =
            views::fold(text.get(..text.floor_char_boundary(self.limits().segment_bytes_max)).unwrap_or_default());
        let window = window(&folded);
        detectors::margins(&window).map_or_else(Vec::new, |margins| likelihoods(&window, &margins))
    }
}

fn changed(text: &str, judged: &[Judged]) -> Option<String> {
    let edits = edits(judged);
    let repeats = repeated(text, &edits);
    let edits = with_repeats(text, edits, &repeats);
    let mut vault = Vault::new(&scope_of_a_scan()?);
    vault.avoid(std::iter::once(text));
    rewrite_range(text, 0..text.len(), &edits, Encoding::Plain, Strings::default(), &mut vault).ok()
}

/// The same for every scan, so that equal lines have equal answers. Nothing is ever restored with it.
fn scope_of_a_scan() -> Option<Scope> {
    let tenant = TenantId::parse("scan").ok()?;
    Some(Scope { tenant, request: RequestId::new(Timestamp::default(), [0; 10]), key: Secret::new([0; 32]) })
}

/// The highest score of any finding of these labels by others than the classifier, and the highest of its own.
fn highest(judged: &[Judged], likely: &[(&str, f32)], labels: &[&str]) -> [f32; 2] {
    let told = || judged.iter().map(|judged| &judged.finding).filter(|found| labels.contains(&found.label.as_str()));
    let by = |is_classifier: bool| {
        let own = told().filter(|found| (found.detector == CLASSIFIER) == is_classifier);
        own.map(|found| found.score).fold(0.0, f32::max)
    };
    let likely = likely.iter().filter(|(label, _)| labels.contains(label)).map(|(_, likely)| *likely);
    [by(false), likely.fold(by(true), f32::max)]
}

fn scores(judged: &[Judged], likely: &[(&str, f32)]) -> Scores {
    // As sure as of two witnesses who err independently of each other.
    let sure = |labels: &[&str]| 1.0 - highest(judged, likely, labels).iter().map(|score| 1.0 - score).product::<f32>();
    Scores { prompt_injection: sure(&["PROMPT_INJECTION"]), jailbreak: sure(&["JAILBREAK"]), toxicity: sure(TOXIC) }
}

fn categories(judged: &[Judged], likely: &[(&str, f32)]) -> Vec<(&'static str, f32)> {
    let mut categories: Vec<(&'static str, f32)> = Vec::new();
    for (label, category) in CATEGORIES {
        let [told, likely] = highest(judged, likely, &[label]);
        let score = told.max(likely);
        match categories.iter_mut().find(|(known, _)| known == category) {
            Some((_, known)) => *known = known.max(score),
            None => categories.push((category, score)),
        }
    }
    categories
}
