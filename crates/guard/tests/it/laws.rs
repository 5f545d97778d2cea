//! What holds for every text, however hostile. The properties beside draw texts at random; the fuzz targets
//! of `fuzz/` include this file and let coverage choose them.

use std::sync::Arc;

use redoubt_domain::decision::{Action, Decision, Judged};
use redoubt_domain::exchange::{Direction, Encoding, Exchange, Origin, Segment, SegmentKind};
use redoubt_domain::finding::{Finding, View};
use redoubt_domain::seams::Match;
use redoubt_domain::{Lane, Limits};
use redoubt_guard::policy::{Rule, StreamPolicy, Verb};
use redoubt_guard::views::{self, Form, Views};
use redoubt_guard::{Conversation, Engine, Outcome, Policy, Profile, decide};

use super::support::{LANE, asked, exchange, scope, streamed_in, text_of};

/// An engine with one rule, for everything that goes this way.
pub(crate) fn everything(direction: Direction, verb: Verb) -> Arc<Engine> {
    let rule = Rule {
        name: "all".to_owned(),
        labels: Vec::new(),
        detectors: Vec::new(),
        directions: vec![direction],
        origins: Vec::new(),
        score_min: 0.0,
        verb,
        stream: StreamPolicy::HoldWindow,
    };
    Arc::new(Engine::new(Policy::profile(Profile::Observe).with_rules(vec![rule]), Limits::default()).unwrap())
}

/// Every finding lies in the text, on boundaries of characters; the same text has the same findings; the
/// strictest finding is the decision.
pub(crate) fn findings_lie_in_the_text(engine: &Engine, text: &str, origin: Origin, direction: Direction) {
    let scan = engine.scan(text, origin, direction);
    for judged in &scan.judged {
        let Finding { span, score, .. } = &judged.finding;
        assert!(text.get(span.clone()).is_some_and(|found| !found.is_empty()), "{:?} of {text:?}", judged.finding);
        assert!((0.0..=1.0).contains(score), "{:?}", judged.finding);
    }
    let strictest = scan.judged.iter().map(|judged| judged.action).max().unwrap_or_default();
    assert!(scan.action == strictest || scan.action == Action::Block, "{scan:?}");
    assert_eq!(scan, engine.scan(text, origin, direction), "{text:?}");
}

/// A detector on its own: what it finds lies in the text and bears its labels, always the same; and what a stream
/// lets go at `cut` is not part of anything that was not seen by then, nor changed for something that was none.
pub(crate) fn a_detector_keeps_its_word(engine: &Engine, labels: &[&str], text: &str, cut: usize) {
    let see = |text: &str| engine.plain(text, Origin::Assistant, Direction::Output);
    let (whole, live) = see(text);
    assert!(live <= text.len() && (whole.clone(), live) == see(text), "{text:?}");
    for found in &whole {
        assert!(text.get(found.span.clone()).is_some_and(|found| !found.is_empty()), "{found:?} in {text:?}");
        assert!(labels.contains(&found.label.as_str()) && (0.0..=1.0).contains(&found.score), "{found:?}");
    }
    let cut = text.floor_char_boundary(cut % (text.len() + 1));
    let part = &text[..cut];
    let (early, live) = see(part);
    // The engine holds the last word whatever the detectors say, and asks them again for what lies before it.
    let word = views::live_from(part);
    let live = live.min(word).min(see(&part[..word]).1);
    let covers = |all: &[Match], at: usize| all.iter().any(|found| found.span.contains(&at));
    for at in 0..live {
        assert!(
            covers(&early, at) || !covers(&whole, at),
            "byte {at} of {part:?} leaves, and belongs to one of {whole:?} in {text:?}"
        );
    }
}

/// What a transform leaves is not found again. What stood beside it may be: `785 8949` behind a telephone number
/// is part of something longer, and a number of its own once that is gone. So it is changed in its turn, and
/// that comes to an end.
pub(crate) fn a_changed_text_scans_clean(engine: &Engine, text: &str, direction: Direction) {
    let mut text = text.to_owned();
    let mut left: Vec<usize> = Vec::new();
    for _ in 0..4 {
        let scan = engine.scan(&text, Origin::User, direction);
        let changed = || scan.judged.iter().filter(|judged| judged.action == Action::Transform);
        for judged in changed() {
            let span = &judged.finding.span;
            let is_again = left.iter().any(|at| span.contains(at));
            assert!(!is_again, "{:?} is found in what was left in {text:?}", judged.finding);
        }
        if changed().next().is_none() {
            return;
        }
        left = scan.text.match_indices(REDACTED).map(|(at, _)| at + 1).collect();
        text = scan.text;
    }
    panic!("no end of findings in {text:?}");
}

/// What a redacted value leaves behind.
const REDACTED: &str = "[REDACTED]";

/// A stream, wherever it is cut, lets out what the whole answer lets out, and stops where the whole is
/// refused, before any byte of what it is refused for.
pub(crate) fn a_stream_says_what_the_whole_says(
    engine: &Arc<Engine>,
    conversation: impl Fn() -> Conversation,
    text: &str,
    pieces: &[&str],
) {
    let answer = exchange(Direction::Output, Origin::Assistant, text);
    let (decision, cleared) = engine.inspect_answer(answer, &mut conversation());
    let (out, is_halted) = streamed_in(engine, conversation(), pieces.iter().copied());
    // That a line is written backwards or rotated shows in the words that attacks are made of; what stood before
    // them on the line may have gone by then.
    let is_turned = |judged: &&Judged| judged.finding.via.iter().any(|via| matches!(via, View::Reversed | View::Rot13));
    if decision.judged.iter().any(|judged| is_turned(&judged)) {
        return;
    }
    match cleared.map(|cleared| text_of(cleared.get())) {
        Some(expected) => {
            assert!(!is_halted, "{pieces:?} was stopped, the whole passes as {expected:?}");
            assert!(out == expected || stands_earlier(text, &decision), "{pieces:?}:\n{out:?}\n{expected:?}");
        }
        None => {
            assert!(is_halted, "{pieces:?} passed as {out:?} in spite of {:?}", decision.judged);
            let refused = decision.judged.iter().filter(|judged| !judged.action.passes());
            let first = refused.map(|judged| judged.finding.span.start).min().unwrap_or(text.len());
            let is_changed = decision.judged.iter().any(|judged| judged.action == Action::Transform);
            if !is_changed {
                assert!(text.starts_with(&out) && out.len() <= first, "{pieces:?} let out {out:?}, of {first} bytes");
            }
        }
    }
}

/// A value that was found may stand earlier where no detector saw it. The whole answer is changed there too;
/// what a stream has sent it cannot call back.
fn stands_earlier(text: &str, decision: &Decision) -> bool {
    let changed = || decision.judged.iter().filter(|judged| judged.action == Action::Transform);
    changed().any(|judged| {
        let first = text.find(&text[judged.finding.span.clone()]);
        changed().all(|other| Some(other.finding.span.start) != first)
    })
}

/// `restore(anonymise(x)) = x`, whole and streamed, and nothing that was made anonymous is still there. The
/// text comes in two parts, so that values lie across their seam too.
pub(crate) fn what_was_made_anonymous_comes_back(engine: &Arc<Engine>, parts: [&str; 2], cuts: &[u8]) {
    let segment = |part: u16, text: &str| {
        Segment::new(Origin::User, Lane { part, ..LANE }, Encoding::Plain, text.to_owned(), 0..0)
    };
    let request = || {
        let mut request = exchange(Direction::Input, Origin::User, "");
        request.segments = vec![segment(0, parts[0]), segment(1, parts[1])];
        request
    };
    let inspected = || {
        let decided = engine.inspect(request(), &scope());
        let Outcome::Clear { cleared, conversation } = decided.outcome else { panic!("{parts:?} was refused") };
        (decided.decision, cleared, conversation)
    };
    let (decision, cleared, mut conversation) = inspected();
    let seen: Vec<String> = cleared.get().segments.iter().map(|segment| segment.text().to_owned()).collect();
    for judged in decision.judged.iter().filter(|judged| judged.action == Action::Transform) {
        let Finding { segment, span, .. } = &judged.finding;
        let value = &parts[*segment][span.clone()];
        // A shorter one may be part of a word or of a placeholder.
        assert!(
            value.len() < 12 || !seen[*segment].contains(value),
            "{value:?} is still in {seen:?} of {parts:?}: {:?}",
            decision.judged
        );
    }
    let mut answer = exchange(Direction::Output, Origin::Assistant, "");
    answer.segments = seen.iter().map(|text| segment(0, text)).collect();
    let (_, restored) = engine.inspect_answer(answer, &mut conversation);
    let restored = restored.map(|restored| texts(restored.get())).unwrap_or_default();
    assert_eq!(restored, parts, "through {seen:?}");
    let (out, is_halted) = streamed_in(engine, inspected().2, super::texts::pieces(&seen[0], cuts));
    assert!(!is_halted && out == parts[0], "{out:?} through {:?}", seen[0]);
}

/// The same for a text within the arguments of a tool, which stay JSON.
pub(crate) fn arguments_come_back_as_the_same_json(engine: &Arc<Engine>, text: &str) {
    let arguments = serde_json::json!({ "text": text, "list": [text, 4111111111111111_u64], "n": 1.5 }).to_string();
    let lane = Lane { kind: SegmentKind::ToolArguments, ..LANE };
    let segments = |text: &str| vec![Segment::new(Origin::Assistant, lane, Encoding::Json, text.to_owned(), 0..0)];
    let mut request = exchange(Direction::Input, Origin::User, "");
    request.segments = segments(&arguments);
    let Outcome::Clear { cleared, mut conversation } = engine.inspect(request, &scope()).outcome else {
        // A value that goes beyond its string cannot be changed without breaking the document.
        return;
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
    let seen = text_of(cleared.get());
    json(&seen);
    let mut answer = exchange(Direction::Output, Origin::Assistant, "");
    answer.segments = segments(&seen);
    let (_, restored) = engine.inspect_answer(answer, &mut conversation);
    let restored = restored.map(|restored| text_of(restored.get())).unwrap_or_default();
    // A number that became a placeholder comes back as a string.
    let as_text = |value: serde_json::Value| match &value["list"][1] {
        serde_json::Value::String(_) => value,
        number => {
            let number = number.to_string();
            let mut value = value;
            value["list"][1] = number.into();
            value
        }
    };
    assert_eq!(as_text(json(&restored)), as_text(json(&arguments)), "through {seen:?}");
}

fn texts(exchange: &Exchange) -> Vec<String> {
    exchange.segments.iter().map(|segment| segment.text().to_owned()).collect()
}

/// Every stretch of every view leads to a stretch of the text; what no disguise was undone for is the text
/// itself; and there is no more of it than the bounds allow.
pub(crate) fn views_lead_home(text: &str) {
    let limits = Limits::default();
    let views = Views::of(text, &limits);
    let mut bytes = 0;
    for seen in views.iter() {
        bytes += seen.text().len();
        // Some hundred places of each view are enough.
        let step = seen.text().len() / 200 + 1;
        for (at, c) in seen.text().char_indices().step_by(step) {
            let span = at..at + c.len_utf8();
            let source = seen.source(span.clone());
            let found = text.get(source.clone());
            assert!(found.is_some(), "{source:?} of {text:?}");
            let via: Vec<View> = seen.via(span.clone());
            if via.is_empty() && seen.form() == Form::Canonical {
                assert_eq!(found, seen.text().get(span), "{source:?} of {text:?}");
            }
        }
    }
    assert!(bytes <= 64 * text.len().max(1024) + 64, "{bytes} bytes of views for {} of text", text.len());
    for gap in views.unscanned() {
        assert!(text.get(gap.span.clone()).is_some(), "{gap:?} of {text:?}");
    }
    let again = Views::of(text, &limits);
    assert!(views.iter().map(|seen| seen.text()).eq(again.iter().map(|seen| seen.text())), "{text:?}");
    let live = views::live_from(text);
    assert!(text.is_char_boundary(live), "{live} of {text:?}");
}

/// The decision is a function: the same findings give the same, their order does not matter, another finding
/// never makes it milder, and every action has a rule of the policy behind it.
pub(crate) fn the_decision_is_a_function(policy: &Policy, direction: Direction, findings: &[Finding]) {
    let decided = |findings: Vec<Finding>| decide(policy, direction, &[], findings, Vec::new());
    let decision = decided(findings.to_vec());
    assert_eq!(decision, decided(findings.to_vec()));
    assert_eq!(decision.action, decided(findings.iter().rev().cloned().collect()).action);
    let fewer = decided(findings.iter().skip(1).cloned().collect());
    assert!(fewer.action <= decision.action, "{fewer:?} without the first of {decision:?}");
    assert_eq!(decision.judged.len(), findings.len());
    for judged in &decision.judged {
        let rule = policy.rules().iter().find(|rule| Some(&rule.name) == judged.rule.as_ref());
        let asked = rule.map(|rule| rule.verb.action()).unwrap_or_default();
        assert_eq!(judged.action, asked, "{judged:?}");
        assert_eq!(judged.transform.is_some(), judged.action == Action::Transform, "{judged:?}");
    }
}

/// What follows from a request of one user who says hello.
pub(crate) fn greeted(engine: &Engine) -> Conversation {
    asked(engine, "hello").unwrap().1
}
