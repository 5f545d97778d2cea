use redoubt_domain::finding::Finding;
use redoubt_domain::seams::LOG_ENTRY_BYTES_MAX;
use redoubt_domain::{Label, View};

use super::*;
use crate::tree::sha256;

fn id(n: u8) -> RequestId {
    RequestId::new(Timestamp::from_micros(1_795_342_530_123_456), [n; 10])
}

fn judged(action: Action, severity: Severity, at: usize) -> Judged {
    Judged {
        finding: Finding {
            detector: "email",
            label: Label::new("EMAIL_ADDRESS"),
            rule: None,
            segment: 3,
            span: at..at + 15,
            score: 0.9996,
            severity,
            via: vec![View::Base64, View::ZeroWidth],
            detail: None,
        },
        rule: Some("personal-data".to_owned()),
        action,
        transform: Some("token"),
    }
}

fn request() -> RequestEntry {
    let decision = Decision {
        action: Action::Transform,
        judged: vec![judged(Action::Transform, Severity::Medium, 10)],
        unscanned: vec![Unscanned { segment: Some(4), reason: "image/png is opaque" }],
        policy: sha256(b"policy"),
    };
    RequestEntry {
        request: id(1),
        time: Timestamp::from_micros(1_795_342_530_123_456),
        tenant: TenantId::parse("acme").unwrap(),
        key: KeyId::parse("k1").unwrap(),
        user: Some(sha256(b"ann")),
        surface: Surface::ChatCompletions,
        model: ModelName::parse("gpt-5").unwrap(),
        route: Some("default".to_owned()),
        address: Some("127.0.0.1".to_owned()),
        stream: true,
        decision: DecisionEntry::from(&decision),
        body: BodyEntry { bytes: 120, received: sha256(b"in"), sent: Some(sha256(b"out")), payload: None },
        provider: Some("openai".to_owned()),
        upstream_model: Some(ModelName::parse("gpt-5-2026").unwrap()),
        estimate: Some(Usage { input_tokens: 30, output_tokens: 1_000 }),
        estimate_cost: Some(Money::from_micros(1_234)),
    }
}

fn completion() -> CompletionEntry {
    CompletionEntry {
        request: id(1),
        time: Timestamp::from_micros(1_795_342_531_000_000),
        outcome: Outcome::UpstreamError,
        decision: None,
        status: Some(502),
        body: None,
        provider: None,
        upstream_model: None,
        usage: Some(Usage::default()),
        cost: Money::from_micros(77),
        duration_us: 900_000,
        upstream_us: 899_000,
        overhead_us: 1_000,
    }
}

#[test]
fn every_entry_reads_back() {
    let entries = [
        Entry::Request(request()),
        Entry::Request(RequestEntry {
            user: None,
            route: None,
            address: None,
            provider: None,
            upstream_model: None,
            estimate: None,
            estimate_cost: None,
            ..request()
        }),
        Entry::Completion(completion()),
        Entry::Completion(CompletionEntry {
            decision: Some(request().decision),
            body: Some(request().body),
            upstream_model: Some(ModelName::parse("claude").unwrap()),
            provider: Some("anthropic".to_owned()),
            outcome: Outcome::Answered,
            ..completion()
        }),
        Entry::Interrupted(InterruptedEntry { request: id(2), time: Timestamp::from_micros(7) }),
        Entry::Event(EventEntry {
            kind: EventKind::KeyCreated,
            time: Timestamp::from_micros(8),
            actor: "redoubt".to_owned(),
            subject: "k1".to_owned(),
            detail: "for \"acme\" \u{1f600}\u{1}".to_owned(),
        }),
    ];
    for entry in entries {
        let bytes = entry.to_bytes();
        assert_eq!(bytes, canonical::to_bytes(&entry.to_value()), "written at once and by way of a value");
        assert_eq!(Entry::peek(&bytes), Some(entry.turn()));
        assert_eq!(Entry::from_bytes(&bytes).unwrap(), entry, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn an_entry_has_one_form() {
    let plain = r#"{"request":"01a202c0-f64b-720a-820a-0a0a0a0a0a0a","time":7,"type":"interrupted","v":1}"#;
    assert!(Entry::from_bytes(plain.as_bytes()).is_ok());
    for (from, to) in [("0a0a0a", "0A0a0a"), (":7,", ":9007199254740992,"), (":7,", ":7.5,")] {
        assert!(Entry::from_bytes(plain.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
    }
    let request = String::from_utf8(Entry::Request(RequestEntry { route: None, ..request() }).to_bytes().to_vec());
    let request = request.unwrap();
    assert!(Entry::from_bytes(request.replace("\"stream\"", "\"route\":null,\"stream\"").as_bytes()).is_err());
}

/// These bytes must read for ever, whatever later versions write.
#[test]
fn version_1_is_written_as_it_always_was() {
    let interrupted = Entry::Interrupted(InterruptedEntry { request: id(2), time: Timestamp::from_micros(7) });
    let text = r#"{"request":"01a202c0-f64b-7202-8202-020202020202","time":7,"type":"interrupted","v":1}"#;
    let start = String::from_utf8(interrupted.to_bytes().to_vec()).unwrap();
    assert_eq!(start, text);
    let completion = String::from_utf8(Entry::Completion(completion()).to_bytes().to_vec()).unwrap();
    assert_eq!(
        completion,
        concat!(
            r#"{"cost_micros":77,"duration_us":900000,"outcome":"upstream_error","overhead_us":1000,"#,
            r#""request":"01a202c0-f64b-7101-8101-010101010101","status":502,"time":1795342531000000,"#,
            r#""type":"completion","upstream_us":899000,"usage":{"input_tokens":0,"output_tokens":0},"v":1}"#,
        )
    );
    let request = String::from_utf8(Entry::Request(request()).to_bytes().to_vec()).unwrap();
    assert!(request.contains(concat!(
        r#""findings":[{"action":"transform","detector":"email","end":25,"label":"EMAIL_ADDRESS","#,
        r#""policy_rule":"personal-data","score_permille":1000,"segment":3,"severity":"medium","start":10,"#,
        r#""transform":"token","via":["base64","zero_width"]}]"#,
    )));
    assert!(request.contains(r#""unscanned":[{"reason":"image/png is opaque","segment":4}]"#));
}

#[test]
fn what_else_a_finding_says_is_kept() {
    let mut entry = request();
    entry.decision.findings[0].detail = Some("/name type".to_owned());
    let bytes = Entry::Request(entry.clone()).to_bytes();
    assert!(String::from_utf8(bytes.to_vec()).unwrap().contains(r#"{"action":"transform","detail":"/name type","det"#));
    assert_eq!(Entry::from_bytes(&bytes).unwrap(), Entry::Request(entry));
}

#[test]
fn other_versions_types_and_fields_are_refused() {
    let good = String::from_utf8(Entry::Completion(completion()).to_bytes().to_vec()).unwrap();
    assert!(Entry::from_bytes(good.as_bytes()).is_ok());
    for (from, to) in [
        (r#""v":1"#, r#""v":2"#),
        (r#""type":"completion""#, r#""type":"completions""#),
        (r#""status":502"#, r#""status":502,"surprise":1"#),
        (r#""status":502"#, r#""status":"502""#),
        (r#""status":502"#, r#""status":502.5"#),
        (r#""cost_micros":77,"#, ""),
        (r#""outcome":"upstream_error""#, r#""outcome":"fine""#),
        ("01a202c0-", "01A202C0-"),
    ] {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from}");
        // The last case reads, since a UUID may be written so; but then it is written back differently.
        if let Ok(entry) = Entry::from_bytes(changed.as_bytes()) {
            assert_ne!(entry.to_bytes(), changed.as_bytes(), "{from}");
        }
    }
    for junk in ["", "null", "[]", "{}", r#"{"v":1}"#] {
        assert!(Entry::from_bytes(junk.as_bytes()).is_err(), "{junk}");
    }
}

#[test]
fn too_many_findings_are_counted_and_the_worst_are_kept() {
    let mut judged: Vec<Judged> = (0..5_000).map(|at| self::judged(Action::Allow, Severity::Low, at)).collect();
    judged[4_000] = self::judged(Action::Block, Severity::Critical, 4_000);
    let decision = Decision {
        action: Action::Block,
        judged,
        unscanned: vec![Unscanned { segment: None, reason: "r" }; 9_000],
        policy: sha256(b"policy"),
    };
    let entry = Entry::Request(RequestEntry { decision: DecisionEntry::from(&decision), ..request() });
    let bytes = entry.to_bytes();
    assert!(bytes.len() <= LOG_ENTRY_BYTES_MAX);
    let Entry::Request(read) = Entry::from_bytes(&bytes).unwrap() else { panic!("a request was written") };
    let kept = read.decision.findings.len();
    assert_eq!(kept + usize::try_from(read.decision.findings_omitted).unwrap(), 5_000);
    assert_eq!(read.decision.unscanned.len() + usize::try_from(read.decision.unscanned_omitted).unwrap(), 9_000);
    if kept > 0 {
        assert!(read.decision.findings.iter().any(|finding| finding.action == Action::Block));
        assert!(read.decision.findings.is_sorted_by_key(|finding| finding.start));
    }
}

#[test]
fn an_endless_text_is_cut_rather_than_refused() {
    let entry = Entry::Event(EventEntry {
        kind: EventKind::ConfigurationRefused,
        time: Timestamp::from_micros(8),
        actor: "\u{1}".repeat(100_000),
        subject: "\u{1f600}".repeat(100_000),
        detail: "x".repeat(1_000_000),
    });
    let bytes = entry.to_bytes();
    assert!(bytes.len() <= LOG_ENTRY_BYTES_MAX);
    let Entry::Event(read) = Entry::from_bytes(&bytes).unwrap() else { panic!("an event was written") };
    assert!(read.detail.starts_with("xxx") && read.detail.ends_with('\u{2026}'));
}
