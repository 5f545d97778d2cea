//! Characters that hide text from a reader but not from a model.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::Match;

use super::SignalRow;
use crate::views::{Signal, Signals};

const LABEL: &str = "INVISIBLE_TEXT";

/// The row of the table.
pub(super) static ROW: SignalRow = SignalRow {
    id: "invisible_text",
    summary: "Characters that nobody sees: zero-width, tags, variation selectors, direction overrides, terminal sequences",
    labels: &[LABEL],
    judge,
    positives: &[
        "ig\u{200b}nore this",
        "pay\u{202e}txet\u{202c} now",
        "hello\u{e0049}\u{e0047}\u{e004e}\u{e004f}\u{e0052}\u{e0045}",
        "smile \u{1f600}\u{e0158}\u{e0159}\u{e015a}\u{e015b}\u{e0147}",
        "a\u{2060}b\u{2060}c\u{2060}d",
        "\u{1b}[8mhidden\u{1b}[0m",
    ],
    near_misses: &[
        "family 👨\u{200d}👩\u{200d}👧 and ❤\u{fe0f}",
        "می\u{200c}خواهم",
        "क\u{94d}\u{200d}ष",
        "co\u{ad}operate",
        "\u{feff}a byte order mark",
        "plain text, nothing else",
    ],
};

fn judge(_text: &str, signals: &Signals, found: &mut Vec<Match>) {
    let counts = Signal::ALL.map(|signal| (signal, signals.count(signal)));
    for mark in signals.marks() {
        let count = counts.iter().find(|(signal, _)| *signal == mark.signal).map_or(0, |(_, count)| *count);
        let Some((rule, score, severity)) = weigh(mark.signal, count) else { continue };
        found.push(Match { span: mark.span.clone(), label: Label::new(LABEL), rule: Some(rule), score, severity });
    }
}

/// How sure so many of a signal make us that something is hidden.
fn weigh(signal: Signal, count: usize) -> Option<(&'static str, f32, Severity)> {
    let verdict = match signal {
        Signal::TagCharacters => (signal.name(), 0.95, Severity::High),
        Signal::VariationSelectorBytes if count >= 4 => (signal.name(), 0.9, Severity::High),
        Signal::VariationSelectorBytes => (signal.name(), 0.5, Severity::Low),
        Signal::BidiOverride => (signal.name(), 0.8, Severity::High),
        Signal::Invisible if count >= 3 => (signal.name(), 0.8, Severity::Medium),
        Signal::Invisible => (signal.name(), 0.6, Severity::Medium),
        Signal::Ansi => (signal.name(), 0.6, Severity::Medium),
        // Seen and undone by the views; odd, but not invisible.
        Signal::MixedScriptWord | Signal::StackedMarks | Signal::Unread => return None,
    };
    Some(verdict)
}

#[cfg(test)]
mod tests {
    use redoubt_domain::limits::Limits;

    use super::*;
    use crate::views::Views;

    fn find(text: &str) -> Vec<Match> {
        let limits = Limits::default();
        let mut found = Vec::new();
        judge(text, Views::of(text, &limits).signals(), &mut found);
        found
    }

    #[test]
    fn examples_hold() {
        for text in ROW.positives {
            let found = find(text);
            assert!(found.iter().any(|found| found.score >= 0.5), "{text:?}");
            assert!(found.iter().all(|found| text.get(found.span.clone()).is_some()));
        }
        for text in ROW.near_misses {
            assert_eq!(find(text), [], "{text:?}");
        }
    }
}
