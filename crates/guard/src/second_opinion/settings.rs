//! When a second opinion is asked, and what becomes of it.

use redoubt_domain::seams::Asked;
use redoubt_domain::settings::Table;

/// What happens to a text about which nobody answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// It counts as an attack beyond doubt.
    #[default]
    Refuse,
    /// What the linear classifier said stands.
    UnsafelyTrustClassifier,
}

impl OnFailure {
    /// Every way under its name. Who lets texts pass that nobody could judge should read so in the configuration.
    const ALL: [(&'static str, Self); 2] =
        [("refuse", Self::Refuse), ("unsafely_trust_classifier", Self::UnsafelyTrustClassifier)];

    /// The name used in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::UnsafelyTrustClassifier => "unsafely_trust_classifier",
        }
    }
}

/// When a second opinion is asked, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondOpinion {
    /// The least margin (log-odds above the classifier's cut) at which the classifier is not sure.
    pub margin_from: f32,
    /// From this margin on it is sure again.
    pub margin_to: f32,
    /// From this likelihood on, in thousandths, a request counts as an attack.
    pub request_permille: u16,
    /// From this likelihood on, in thousandths, a document counts as an attack.
    pub document_permille: u16,
    /// What happens to a text about which nobody answered.
    pub on_failure: OnFailure,
}

/// Where most of what the linear classifier gets wrong lies; `docs/guide/transformer.md` says how much that is.
const MARGIN_FROM: f64 = -2.0;
const MARGIN_TO: f64 = 2.0;

const LIKELIHOOD: f64 = 0.5;

impl Default for SecondOpinion {
    fn default() -> Self {
        Self {
            margin_from: narrow(MARGIN_FROM),
            margin_to: narrow(MARGIN_TO),
            request_permille: permille(LIKELIHOOD),
            document_permille: permille(LIKELIHOOD),
            on_failure: OnFailure::default(),
        }
    }
}

impl SecondOpinion {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        let margin_from = table.or(
            "margin_from",
            "the least margin at which the classifier is not sure: log-odds, 0 where it begins to act",
            MARGIN_FROM,
        );
        let margin_to = table.or("margin_to", "the margin from which on the classifier is sure again", MARGIN_TO);
        if !(margin_from.is_finite() && margin_to.is_finite() && margin_from < margin_to) {
            table.refuse("margin_from", format!("`margin_from` must be below `margin_to`, which is {margin_to}"));
        }
        let request = table.or(
            "request_likelihood",
            "from which likelihood on a request counts as an attack, from 0 to 1",
            LIKELIHOOD,
        );
        let document = table.or(
            "document_likelihood",
            "from which likelihood on what a tool returned or was retrieved counts as an attack, from 0 to 1",
            LIKELIHOOD,
        );
        for (key, likelihood) in [("request_likelihood", request), ("document_likelihood", document)] {
            if !(0.001..=0.999).contains(&likelihood) {
                table.refuse(key, format!("expected a likelihood from 0.001 to 0.999, found {likelihood}"));
            }
        }
        let on_failure = table.choose(
            "on_failure",
            "what happens to a text about which no answer came: it is refused as an attack, or passes if the classifier \
             alone lets it",
            &OnFailure::ALL,
            OnFailure::default(),
            OnFailure::default().name(),
        );
        Self {
            margin_from: narrow(margin_from),
            margin_to: narrow(margin_to),
            request_permille: permille(request),
            document_permille: permille(document),
            on_failure,
        }
    }

    /// Whether the classifier is not sure.
    pub(crate) fn covers(&self, margin: f32) -> bool {
        (self.margin_from..self.margin_to).contains(&margin)
    }

    pub(crate) fn permille(&self, asked: Asked) -> u16 {
        match asked {
            Asked::Request => self.request_permille,
            Asked::Document => self.document_permille,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "log-odds need no more digits")]
fn narrow(margin: f64) -> f32 {
    margin as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=999")]
fn permille(likelihood: f64) -> u16 {
    (likelihood * 1_000.0).round().clamp(1.0, 999.0) as u16
}
