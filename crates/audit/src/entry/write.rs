//! Writing an entry straight into its canonical bytes: two are written for each request, and a tree of values in
//! between would cost more than the rest of the request's way. Members stand in the order of their names, as
//! RFC 8785 demands; the tests hold every entry against the way by a tree.

use std::fmt::{Display, Write as _};

use redoubt_domain::{Digest, Usage};
use serde::Serialize;

use super::{
    BodyEntry, CompletionEntry, DecisionEntry, Entry, EventEntry, FindingEntry, InterruptedEntry, RequestEntry,
    UnscannedEntry, VERSION,
};
use crate::canonical::{INTEGER_MAX, write_string};

/// Room for an entry without findings, so that it seldom grows.
const USUAL_BYTES: usize = 1_024;

pub(super) fn entry(entry: &Entry) -> Vec<u8> {
    let mut out = String::with_capacity(USUAL_BYTES);
    match entry {
        Entry::Request(entry) => request(entry, &mut out),
        Entry::Completion(entry) => completion(entry, &mut out),
        Entry::Interrupted(entry) => interrupted(entry, &mut out),
        Entry::Event(entry) => event(entry, &mut out),
    }
    out.into_bytes()
}

/// An object that is being written.
struct Object<'a> {
    out: &'a mut String,
    opened: bool,
}

impl<'a> Object<'a> {
    fn new(out: &'a mut String) -> Self {
        Self { out, opened: false }
    }

    /// The place of the value of `name`, which needs no escape.
    fn value(&mut self, name: &str) -> &mut String {
        self.out.push_str(if self.opened { ",\"" } else { "{\"" });
        self.opened = true;
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    fn text(&mut self, name: &str, text: &str) {
        write_string(text, self.value(name));
    }

    /// Something whose text needs no escape: an id, a digest.
    fn shown(&mut self, name: &str, shown: impl Display) {
        let _infallible = write!(self.value(name), "\"{shown}\"");
    }

    /// As an entry keeps it: a number beyond what JSON holds exactly is written as such a number would be.
    fn number(&mut self, name: &str, number: u64) {
        let out = self.value(name);
        if number <= INTEGER_MAX {
            let _infallible = write!(out, "{number}");
        } else {
            crate::canonical::write_value(&number.into(), out);
        }
    }

    fn flag(&mut self, name: &str, flag: bool) {
        self.value(name).push_str(if flag { "true" } else { "false" });
    }

    /// A name that serde knows: one of a few words without escapes.
    fn word(&mut self, name: &str, word: impl Serialize) {
        let word = serde_json::to_value(word).unwrap_or_default();
        crate::canonical::write_value(&word, self.value(name));
    }

    fn list<T>(&mut self, name: &str, items: &[T], write: fn(&T, &mut String)) {
        let out = self.value(name);
        out.push('[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            write(item, out);
        }
        out.push(']');
    }

    fn close(self) {
        self.out.push_str(if self.opened { "}" } else { "{}" });
    }
}

fn request(entry: &RequestEntry, out: &mut String) {
    let RequestEntry {
        request,
        time,
        tenant,
        key,
        user,
        surface,
        model,
        route,
        address,
        stream,
        decision,
        body,
        provider,
        upstream_model,
        estimate,
        estimate_cost,
    } = entry;
    let mut object = Object::new(out);
    if let Some(address) = address {
        object.text("address", address);
    }
    self::body(body, object.value("body"));
    self::decision(decision, object.value("decision"));
    if let Some(estimate) = estimate {
        usage(estimate, object.value("estimate"));
    }
    if let Some(cost) = estimate_cost {
        object.number("estimate_micros", cost.micros().min(INTEGER_MAX));
    }
    object.text("key", key.as_str());
    object.text("model", model.as_str());
    if let Some(provider) = provider {
        object.text("provider", provider);
    }
    object.shown("request", request);
    if let Some(route) = route {
        object.text("route", route);
    }
    object.flag("stream", *stream);
    object.text("surface", surface.name());
    object.text("tenant", tenant.as_str());
    object.number("time", time.micros().min(INTEGER_MAX));
    object.text("type", "request");
    if let Some(model) = upstream_model {
        object.text("upstream_model", model.as_str());
    }
    digest(&mut object, "user", user.as_ref());
    object.number("v", VERSION);
    object.close();
}

fn completion(entry: &CompletionEntry, out: &mut String) {
    let CompletionEntry {
        request,
        time,
        outcome,
        decision,
        status,
        body,
        provider,
        upstream_model,
        usage,
        cost,
        duration_us,
        upstream_us,
        overhead_us,
    } = entry;
    let mut object = Object::new(out);
    if let Some(body) = body {
        self::body(body, object.value("body"));
    }
    object.number("cost_micros", cost.micros().min(INTEGER_MAX));
    if let Some(decision) = decision {
        self::decision(decision, object.value("decision"));
    }
    object.number("duration_us", *duration_us);
    object.word("outcome", outcome);
    object.number("overhead_us", *overhead_us);
    if let Some(provider) = provider {
        object.text("provider", provider);
    }
    object.shown("request", request);
    if let Some(status) = status {
        object.number("status", u64::from(*status));
    }
    object.number("time", time.micros().min(INTEGER_MAX));
    object.text("type", "completion");
    if let Some(model) = upstream_model {
        object.text("upstream_model", model.as_str());
    }
    object.number("upstream_us", *upstream_us);
    if let Some(usage) = usage {
        self::usage(usage, object.value("usage"));
    }
    object.number("v", VERSION);
    object.close();
}

fn interrupted(entry: &InterruptedEntry, out: &mut String) {
    let InterruptedEntry { request, time } = entry;
    let mut object = Object::new(out);
    object.shown("request", request);
    object.number("time", time.micros().min(INTEGER_MAX));
    object.text("type", "interrupted");
    object.number("v", VERSION);
    object.close();
}

fn event(entry: &EventEntry, out: &mut String) {
    let EventEntry { kind, time, actor, subject, detail } = entry;
    let mut object = Object::new(out);
    object.text("actor", actor);
    object.text("detail", detail);
    object.word("kind", kind);
    object.text("subject", subject);
    object.number("time", time.micros().min(INTEGER_MAX));
    object.text("type", "event");
    object.number("v", VERSION);
    object.close();
}

fn body(body: &BodyEntry, out: &mut String) {
    let BodyEntry { bytes, received, sent, payload } = body;
    let mut object = Object::new(out);
    object.number("bytes", *bytes);
    digest(&mut object, "payload", payload.as_ref());
    object.shown("received", received);
    digest(&mut object, "sent", sent.as_ref());
    object.close();
}

fn decision(decision: &DecisionEntry, out: &mut String) {
    let DecisionEntry { action, policy, findings, findings_omitted, unscanned, unscanned_omitted } = decision;
    let mut object = Object::new(out);
    object.text("action", action.name());
    object.list("findings", findings, finding);
    if *findings_omitted > 0 {
        object.number("findings_omitted", *findings_omitted);
    }
    object.shown("policy", policy);
    object.list("unscanned", unscanned, self::unscanned);
    if *unscanned_omitted > 0 {
        object.number("unscanned_omitted", *unscanned_omitted);
    }
    object.close();
}

fn finding(finding: &FindingEntry, out: &mut String) {
    let FindingEntry {
        detector,
        label,
        rule,
        severity,
        score_permille,
        segment,
        start,
        end,
        via,
        action,
        policy_rule,
        transform,
        detail,
    } = finding;
    let mut object = Object::new(out);
    object.text("action", action.name());
    if let Some(detail) = detail {
        object.text("detail", detail);
    }
    object.text("detector", detector);
    object.number("end", *end);
    object.text("label", label);
    if let Some(rule) = policy_rule {
        object.text("policy_rule", rule);
    }
    if let Some(rule) = rule {
        object.text("rule", rule);
    }
    object.number("score_permille", u64::from(*score_permille));
    object.number("segment", *segment);
    object.text("severity", severity.name());
    object.number("start", *start);
    if let Some(transform) = transform {
        object.text("transform", transform);
    }
    if !via.is_empty() {
        object.list("via", via, |view, out| write_string(view, out));
    }
    object.close();
}

fn unscanned(unscanned: &UnscannedEntry, out: &mut String) {
    let UnscannedEntry { segment, reason } = unscanned;
    let mut object = Object::new(out);
    object.text("reason", reason);
    if let Some(segment) = segment {
        object.number("segment", *segment);
    }
    object.close();
}

fn usage(usage: &Usage, out: &mut String) {
    let Usage { input_tokens, output_tokens } = *usage;
    let mut object = Object::new(out);
    object.number("input_tokens", input_tokens.min(INTEGER_MAX));
    object.number("output_tokens", output_tokens.min(INTEGER_MAX));
    object.close();
}

fn digest(object: &mut Object<'_>, name: &str, digest: Option<&Digest>) {
    if let Some(digest) = digest {
        object.shown(name, digest);
    }
}
