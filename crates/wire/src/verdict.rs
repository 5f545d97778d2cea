//! What callers are told of a decision: which rules saw something, never what they saw.

use std::collections::BTreeSet;

use redoubt_domain::{Decision, RequestId};
use serde_json::{Value, json};

/// The gateway's own verdict, as shown to callers.
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'a> {
    /// Names the request in the audit log.
    pub request_id: RequestId,
    /// What was decided, and why.
    pub decision: &'a Decision,
}

impl Verdict<'_> {
    /// `{request_id, decision, findings:[{detector,label,severity}]}`. Equal findings are listed once: their
    /// number would tell a prober how often its text matched.
    pub(crate) fn to_json(self) -> Value {
        let mut seen = BTreeSet::new();
        let findings: Vec<Value> = self
            .decision
            .judged
            .iter()
            .map(|judged| &judged.finding)
            .filter(|finding| seen.insert((finding.detector, finding.label.as_str(), finding.severity)))
            .map(|finding| {
                json!({
                    "detector": finding.detector,
                    "label": finding.label.as_str(),
                    "severity": finding.severity.name(),
                })
            })
            .collect();
        json!({
            "request_id": self.request_id.to_string(),
            "decision": self.decision.action.name(),
            "findings": findings,
        })
    }
}
