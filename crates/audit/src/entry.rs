//! What is written into the log: one entry for each thing that happened, as canonical JSON.
//!
//! The first version. Its shape is fixed for ever: a later one gets another number and its own types, and
//! this one keeps its tests. All numbers are whole, since fractions have no form that everybody agrees on.

mod field;
mod fit;
mod write;

use bytes::Bytes;
use redoubt_domain::decision::{Judged, Unscanned};
use redoubt_domain::seams::LOG_ENTRY_BYTES_MAX;
use redoubt_domain::{
    Action, Decision, Digest, KeyId, ModelName, Money, RequestId, Severity, Surface, TenantId, Timestamp, Usage,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::canonical::{self, CanonicalError};

/// The version of the entries written here.
const VERSION: u64 = 1;

/// Why bytes are not an entry.
#[derive(Debug, Error)]
pub enum EntryError {
    /// The bytes are not canonical JSON.
    #[error("it is not canonical JSON")]
    Canonical(#[from] CanonicalError),
    /// The entry is of a version that this program does not know.
    #[error("it is not of version 1, the one that this program knows")]
    Version,
    /// The entry does not have the fields of its type.
    #[error("its fields are not those of its type")]
    Fields(#[source] serde_json::Error),
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A request came and was decided.
    Request(RequestEntry),
    /// A request came to its end.
    Completion(CompletionEntry),
    /// A request was cut off by a crash; written when the program starts again.
    Interrupted(InterruptedEntry),
    /// Something happened to the installation.
    Event(EventEntry),
}

/// A request came and was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestEntry {
    /// Which request.
    #[serde(with = "field::request_id")]
    pub request: RequestId,
    /// When it came.
    #[serde(with = "field::time")]
    pub time: Timestamp,
    /// Whose it is.
    #[serde(with = "field::tenant")]
    pub tenant: TenantId,
    /// The virtual key it came with.
    #[serde(with = "field::key")]
    pub key: KeyId,
    /// The person behind the key, as a [`crate::TenantKey::pseudonym`].
    #[serde(default, with = "field::digest_option", skip_serializing_if = "Option::is_none")]
    pub user: Option<Digest>,
    /// The endpoint.
    #[serde(with = "field::surface")]
    pub surface: Surface,
    /// The model that was asked for.
    #[serde(with = "field::model")]
    pub model: ModelName,
    /// The route it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// What was decided about it.
    pub decision: DecisionEntry,
    /// Its body.
    pub body: BodyEntry,
    /// The upstream chosen, if it went on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model as the upstream calls it, if it went on.
    #[serde(default, with = "field::model_option", skip_serializing_if = "Option::is_none")]
    pub upstream_model: Option<ModelName>,
    /// Tokens reserved for it.
    #[serde(default, with = "field::usage_option", skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Usage>,
    /// Money reserved for it, in millionths of a dollar.
    #[serde(
        default,
        rename = "estimate_micros",
        with = "field::money_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub estimate_cost: Option<Money>,
}

/// A request came to its end. There is one for every request, unless it was [`Entry::Interrupted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompletionEntry {
    /// Which request.
    #[serde(with = "field::request_id")]
    pub request: RequestId,
    /// When it ended.
    #[serde(with = "field::time")]
    pub time: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// What was decided about the answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionEntry>,
    /// The HTTP status that the caller got, if it got one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's body, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyEntry>,
    /// The upstream that answered, which after a retry or fallback is not the one first chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model as that upstream calls it.
    #[serde(default, with = "field::model_option", skip_serializing_if = "Option::is_none")]
    pub upstream_model: Option<ModelName>,
    /// Tokens used.
    #[serde(default, with = "field::usage_option", skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Money spent, in millionths of a dollar.
    #[serde(rename = "cost_micros", with = "field::money")]
    pub cost: Money,
    /// Microseconds from the first byte of the request to the last of the answer.
    pub duration_us: u64,
    /// Microseconds of those spent waiting for the upstream.
    pub upstream_us: u64,
    /// Microseconds spent in Redoubt.
    pub overhead_us: u64,
}

/// A request was cut off by a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterruptedEntry {
    /// Which request.
    #[serde(with = "field::request_id")]
    pub request: RequestId,
    /// When this was noticed.
    #[serde(with = "field::time")]
    pub time: Timestamp,
}

/// Something happened to the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventEntry {
    /// What.
    pub kind: EventKind,
    /// When.
    #[serde(with = "field::time")]
    pub time: Timestamp,
    /// Who did it: a person, a key, or `redoubt` itself.
    pub actor: String,
    /// To what: a key id, a request id, a digest; empty if there is nothing to name.
    pub subject: String,
    /// More in words; never a secret and never a payload.
    pub detail: String,
}

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The gateway began to serve.
    Started,
    /// The gateway ended in order.
    Stopped,
    /// A configuration came into force; the subject is its digest.
    ConfigurationLoaded,
    /// A configuration was refused; the old one goes on.
    ConfigurationRefused,
    /// A virtual key was made.
    KeyCreated,
    /// A virtual key got a new secret.
    KeyRotated,
    /// A virtual key was revoked.
    KeyRevoked,
    /// A payload was erased by destroying its key; the subject is the request.
    Erased,
    /// Somebody looked at a payload; the subject is the request.
    PayloadRead,
    /// The journal had a torn end, which was cut off.
    JournalRecovered,
    /// The log can be written again after it could not; the detail says how much it lacks.
    LogResumed,
    /// A pipeline ran to its end; the detail is the digest of what its steps made.
    PipelineRun,
    /// A model or a version of one was registered; the detail is the digest of its content.
    ModelRegistered,
    /// A description, tag, name or status of a model or version was changed.
    ModelChanged,
    /// A model or version was deleted.
    ModelDeleted,
    /// A stage or an alias leads to another version.
    ModelPromoted,
    /// A stage or an alias leads to an earlier version again.
    ModelRolledBack,
    /// Evidence about a version was signed.
    ModelAttested,
    /// A gate stayed shut before a version; the detail names what was missing.
    ModelRefused,
    /// The content of a version left the registry.
    ModelExported,
    /// A configuration set other gates before models than the last; the subject is its file, the detail a digest of them.
    GatesChanged,
    /// An experiment, a run, an artifact or a part of one was deleted.
    TrackingDeleted,
    /// A deleted experiment or run is there again.
    TrackingRestored,
    /// A query in SQL; the subject is its digest, the detail names the tables with theirs and counts the rows.
    Query,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The caller got the model's answer.
    Answered,
    /// A rule stopped the request or the answer.
    Blocked,
    /// Admission turned it away: a limit, a permission, a budget.
    Refused,
    /// No upstream gave an answer.
    UpstreamError,
    /// The caller went away.
    Cancelled,
}

/// A body by its digests. The payload itself, where it is kept, lies elsewhere, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyEntry {
    /// Bytes received.
    pub bytes: u64,
    /// SHA-256 of the body as received.
    #[serde(with = "field::digest")]
    pub received: Digest,
    /// SHA-256 of the body as sent on, if it was.
    #[serde(default, with = "field::digest_option", skip_serializing_if = "Option::is_none")]
    pub sent: Option<Digest>,
    /// The sealed payload's SHA-256, which is its name in the blob store, if it is kept.
    #[serde(default, with = "field::digest_option", skip_serializing_if = "Option::is_none")]
    pub payload: Option<Digest>,
}

/// What was decided, and from what. Two decisions are the same if these are, up to what was omitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionEntry {
    /// The strictest action that a rule asked for.
    #[serde(with = "field::action")]
    pub action: Action,
    /// The policy that decided.
    #[serde(with = "field::digest")]
    pub policy: Digest,
    /// What was seen.
    pub findings: Vec<FindingEntry>,
    /// How many more findings there were than fit into the entry, the mildest.
    #[serde(default, skip_serializing_if = "field::is_zero")]
    pub findings_omitted: u64,
    /// What was not looked at.
    pub unscanned: Vec<UnscannedEntry>,
    /// How many more gaps there were than fit into the entry.
    #[serde(default, skip_serializing_if = "field::is_zero")]
    pub unscanned_omitted: u64,
}

/// A finding: what and where, never the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingEntry {
    /// The detector.
    pub detector: String,
    /// The kind of thing.
    pub label: String,
    /// Which of the detector's rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How bad it is.
    #[serde(with = "field::severity")]
    pub severity: Severity,
    /// How sure the detector is, in thousandths.
    pub score_permille: u16,
    /// In which segment.
    pub segment: u64,
    /// Where it begins, in bytes.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// The views it took to see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// What the policy asked for.
    #[serde(with = "field::action")]
    pub action: Action,
    /// The policy's rule that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_rule: Option<String>,
    /// The transform that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<String>,
    /// What else the detector says of it, such as where in a document it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnscannedEntry {
    /// In which segment, if in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<u64>,
    /// What and why.
    pub reason: String,
}

/// What an entry does to the request it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It begins.
    Begins(RequestId),
    /// It is over.
    Ends(RequestId),
    /// It is about no request.
    Neither,
}

impl Entry {
    /// The canonical bytes, at most 65,535 of them: findings beyond that are counted rather than listed,
    /// the mildest first, and texts are cut.
    pub fn to_bytes(&self) -> Bytes {
        let bytes = write::entry(self);
        if bytes.len() <= LOG_ENTRY_BYTES_MAX { bytes.into() } else { fit::to_bytes(self.to_value()) }
    }

    fn to_value(&self) -> Value {
        let (kind, fields) = match self {
            Self::Request(entry) => ("request", serde_json::to_value(entry)),
            Self::Completion(entry) => ("completion", serde_json::to_value(entry)),
            Self::Interrupted(entry) => ("interrupted", serde_json::to_value(entry)),
            Self::Event(entry) => ("event", serde_json::to_value(entry)),
        };
        // Cannot fail: every field has a form in JSON.
        let mut value = fields.unwrap_or_default();
        if let Value::Object(members) = &mut value {
            members.insert("v".to_owned(), VERSION.into());
            members.insert("type".to_owned(), kind.into());
        }
        value
    }

    /// What an entry does to the request it is about, read without the rest. For entries that are known to be
    /// whole, such as those of a journal.
    pub fn peek(bytes: &[u8]) -> Option<Turn> {
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(rename = "type")]
            kind: &'a str,
            request: Option<&'a str>,
        }
        let Head { kind, request } = serde_json::from_slice(bytes).ok()?;
        match (kind, request.map(RequestId::parse)) {
            ("request", Some(Some(request))) => Some(Turn::Begins(request)),
            ("completion" | "interrupted", Some(Some(request))) => Some(Turn::Ends(request)),
            ("event", None) => Some(Turn::Neither),
            _ => None,
        }
    }

    /// What the entry does to the request it is about.
    pub fn turn(&self) -> Turn {
        match self {
            Self::Request(entry) => Turn::Begins(entry.request),
            Self::Completion(entry) => Turn::Ends(entry.request),
            Self::Interrupted(entry) => Turn::Ends(entry.request),
            Self::Event(_) => Turn::Neither,
        }
    }

    /// Reads an entry; insists on canonical form, a known version and no unknown field. An entry has one form: an
    /// id in capitals or a field that says in so many words that it is empty is another text, and another hash.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        let mut value = canonical::from_bytes(bytes)?;
        let members = value.as_object_mut().ok_or(EntryError::Version)?;
        if members.remove("v").as_ref().and_then(Value::as_u64) != Some(VERSION) {
            return Err(EntryError::Version);
        }
        let kind = members.remove("type");
        let entry = match kind.as_ref().and_then(Value::as_str) {
            Some("request") => serde_json::from_value(value).map(Self::Request),
            Some("completion") => serde_json::from_value(value).map(Self::Completion),
            Some("interrupted") => serde_json::from_value(value).map(Self::Interrupted),
            Some("event") => serde_json::from_value(value).map(Self::Event),
            _ => return Err(EntryError::Version),
        };
        let entry = entry.map_err(EntryError::Fields)?;
        canonical::same(&entry.to_bytes(), bytes)?;
        Ok(entry)
    }

    /// The request that the entry is about.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Self::Request(entry) => Some(entry.request),
            Self::Completion(entry) => Some(entry.request),
            Self::Interrupted(entry) => Some(entry.request),
            Self::Event(_) => None,
        }
    }

    /// When it happened.
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Request(entry) => entry.time,
            Self::Completion(entry) => entry.time,
            Self::Interrupted(entry) => entry.time,
            Self::Event(entry) => entry.time,
        }
    }
}

impl From<&Decision> for DecisionEntry {
    fn from(decision: &Decision) -> Self {
        let Decision { action, judged, unscanned, policy } = decision;
        Self {
            action: *action,
            policy: *policy,
            findings: judged.iter().map(FindingEntry::from).collect(),
            findings_omitted: 0,
            unscanned: unscanned.iter().map(UnscannedEntry::from).collect(),
            unscanned_omitted: 0,
        }
    }
}

impl From<&Judged> for FindingEntry {
    fn from(judged: &Judged) -> Self {
        let Judged { finding, rule: policy_rule, action, transform } = judged;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
        let score_permille = (finding.score.clamp(0.0, 1.0) * 1000.0).round() as u16;
        Self {
            detector: finding.detector.to_owned(),
            label: finding.label.as_str().to_owned(),
            rule: finding.rule.map(str::to_owned),
            severity: finding.severity,
            score_permille,
            segment: whole(finding.segment),
            start: whole(finding.span.start),
            end: whole(finding.span.end),
            via: finding.via.iter().map(|view| view.name().to_owned()).collect(),
            action: *action,
            policy_rule: policy_rule.clone(),
            transform: transform.map(str::to_owned),
            detail: finding.detail.clone(),
        }
    }
}

impl From<&Unscanned> for UnscannedEntry {
    fn from(unscanned: &Unscanned) -> Self {
        let Unscanned { segment, reason } = unscanned;
        Self { segment: segment.map(whole), reason: (*reason).to_owned() }
    }
}

fn whole(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
