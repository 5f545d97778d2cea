//! The canonical text of a policy and its digest.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use redoubt_domain::ids::Digest;

use super::{Policy, Rule};
use crate::detectors::{Checksum, Definition, Parameters};
use crate::second_opinion::SecondOpinion;

/// Bumped when the meaning of the canonical text changes, so that an old digest never names a new meaning.
const VERSION: &str = "redoubt-policy-v1";

pub(super) fn of(policy: &Policy) -> Digest {
    let text = canonical(policy);
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()) {
        *to = *from;
    }
    Digest::new(bytes)
}

fn canonical(policy: &Policy) -> String {
    let Policy { profile, rules, parameters } = policy;
    let mut text = format!("{VERSION}\nprofile {}\n", profile.name());
    for rule in rules {
        write_rule(&mut text, rule);
    }
    // The limits are the product's, not the policy's: two gateways of different size decide alike.
    let Parameters { allowed, banned_words, canaries, link_hosts, recognizers, sizes, second_opinion, limits: _ } =
        parameters;
    for (name, words) in [("banned", banned_words), ("canary", canaries), ("host", link_hosts), ("allow", allowed)] {
        for word in words {
            line(&mut text, format_args!("{name} {word:?}"));
        }
    }
    for recognizer in recognizers {
        write_recognizer(&mut text, recognizer.definition());
    }
    line(&mut text, format_args!("sizes {:?} {:?}", sizes.text_bytes_max, sizes.text_tokens_max));
    if let Some(second_opinion) = second_opinion {
        write_second_opinion(&mut text, second_opinion);
    }
    text
}

fn write_rule(text: &mut String, rule: &Rule) {
    let Rule { name, labels, detectors, directions, origins, score_min, verb, stream } = rule;
    line(
        text,
        format_args!(
            "rule {name:?} labels {labels:?} detectors {detectors:?} directions {directions:?} origins {origins:?} \
             score {score_min:?} {verb:?} {}",
            stream.name()
        ),
    );
}

fn write_recognizer(text: &mut String, definition: &Definition) {
    let Definition {
        label,
        patterns,
        words,
        context,
        score,
        score_in_context,
        needs_context,
        severity,
        checksum,
        // They decide whether the policy is one, and not what it decides.
        examples: _,
        counterexamples: _,
    } = definition;
    line(
        text,
        format_args!(
            "recognizer {label:?} patterns {patterns:?} words {words:?} context {context:?} {score:?} \
             {score_in_context:?} {needs_context} {} {}",
            severity.name(),
            checksum.map_or("none", Checksum::name)
        ),
    );
}

fn write_second_opinion(text: &mut String, second_opinion: &SecondOpinion) {
    let SecondOpinion { margin_from, margin_to, request_permille, document_permille, on_failure } = second_opinion;
    line(
        text,
        format_args!(
            "second_opinion margin {margin_from:?} {margin_to:?} permille {request_permille} {document_permille} {}",
            on_failure.name()
        ),
    );
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}
