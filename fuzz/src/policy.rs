//! Policies, and what they decide.

use redoubt_domain::exchange::Direction;
use redoubt_domain::settings::{self, Entry, Node, Value};
use redoubt_domain::{Finding, Label, Severity};
use redoubt_guard::detectors::{kinds, labels};
use redoubt_guard::{Policy, transforms};

use crate::guard::laws;

/// Bytes being turned into a configuration.
struct Source<'d> {
    data: &'d [u8],
    words: Vec<&'static str>,
}

impl Source<'_> {
    fn byte(&mut self) -> usize {
        let (byte, rest) = crate::choose(self.data, 256);
        self.data = rest;
        byte
    }

    fn word(&mut self) -> &'static str {
        let at = self.byte() % self.words.len();
        self.words[at]
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.byte() % 9 {
            0 => Value::Integer(i64::try_from(self.byte()).unwrap_or(0) - 9),
            1 => Value::Float([0.0, -0.5, 0.5, 1.0, 1.5, f64::NAN, f64::INFINITY][self.byte() % 7]),
            2 => Value::Boolean(true),
            3..=4 if depth < 4 => Value::Array((0..self.byte() % 4).map(|_| node(self.value(depth + 1))).collect()),
            5..=6 if depth < 4 => self.table(depth),
            _ => Value::String(self.word().to_owned()),
        }
    }

    fn table(&mut self, depth: usize) -> Value {
        let mut entry = || Entry { key: self.word().to_owned(), key_span: 0..0, node: node(self.value(depth + 1)) };
        let mut entries = vec![entry()];
        while entries.len() < 8 && !self.data.is_empty() && self.byte() % 4 > 0 {
            entries.push(Entry { key: self.word().to_owned(), key_span: 0..0, node: node(self.value(depth + 1)) });
        }
        Value::Table(entries)
    }
}

fn node(value: Value) -> Node {
    Node { span: 0..0, value }
}

/// A policy is read or every mistake told; read twice it is the same; what it decides is a function.
pub fn policy(data: &[u8]) {
    let mut words = vec![
        "profile",
        "without",
        "rules",
        "banned_words",
        "canaries",
        "link_hosts",
        "text_bytes_max",
        "text_tokens_max",
        "name",
        "labels",
        "detectors",
        "directions",
        "origins",
        "score_min",
        "action",
        "transform",
        "stream",
        "default",
        "strict",
        "observe",
        "transform",
        "hold",
        "block",
        "input",
        "output",
        "system",
        "developer",
        "user",
        "assistant",
        "tool",
        "retrieved",
        "hold_window",
        "buffer",
        "audit_only",
        "everything",
        "secrets_input",
        "",
        " ",
    ];
    words.extend(transforms::TABLE.iter().map(|row| row.id));
    let labels: Vec<&str> = labels().into_iter().collect();
    words.extend(&labels);
    words.extend(kinds().iter().map(|kind| kind.id));
    let kinds: Vec<_> = kinds().into_iter().filter(|kind| !kind.labels.is_empty()).collect();
    let mut source = Source { data, words };

    let direction = if source.byte() % 2 == 0 { Direction::Input } else { Direction::Output };
    let findings: Vec<Finding> = (0..source.byte() % 6)
        .map(|_| {
            let kind = &kinds[source.byte() % kinds.len()];
            let start = source.byte() % 8;
            Finding {
                detector: kind.id,
                label: Label::new(kind.labels[source.byte() % kind.labels.len()]),
                rule: None,
                segment: source.byte() % 3,
                span: start..start + 2,
                score: f32::from(u8::try_from(source.byte()).unwrap_or(0)) / 255.0,
                severity: Severity::High,
                via: Vec::new(),
                detail: None,
            }
        })
        .collect();
    let root = node(source.table(0));
    let read = || settings::read(&root, Policy::read);
    match (read(), read()) {
        (Ok(policy), Ok(again)) => {
            assert_eq!((policy.digest(), &policy), (again.digest(), &again));
            laws::the_decision_is_a_function(&policy, direction, &findings);
        }
        (Err(mistakes), Err(again)) => assert!(!mistakes.is_empty() && mistakes == again, "{mistakes:?}"),
        (one, other) => panic!("{one:?} and then {other:?}"),
    }
}
