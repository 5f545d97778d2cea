//! How well a model tells apart what it has not seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use redoubt_guard::classifier::{Head, Model};

use super::learn::is_of;
use super::rows::Labelled;

/// For each head, the share of each unseen set's cases above a threshold that one in a hundred of the unseen harmless
/// texts passes, and above the file's own cut.
pub(super) fn report(model: &Model<'_>, rows: &[Labelled]) -> String {
    let mut report = String::new();
    let scored: Vec<_> = rows.iter().map(|row| (row, model.judge(&row.text))).collect();
    for head in Head::all() {
        let asked = || scored.iter().filter(|(row, _)| is_of(row, head));
        let margin = |margins: &[f32]| margins[head.column()];
        let mut harmless: Vec<f32> =
            asked().filter(|(row, _)| row.is(head) == Some(false)).map(|(_, found)| margin(found)).collect();
        let mut sets: BTreeMap<(&str, bool), Vec<f32>> = BTreeMap::new();
        for (row, found) in asked() {
            if let Some(is_case) = row.is(head) {
                sets.entry((&row.source, is_case)).or_default().push(margin(found));
            }
        }
        if harmless.is_empty() {
            continue;
        }
        harmless.sort_by(f32::total_cmp);
        let threshold = harmless[(harmless.len() - 1).min(harmless.len() * 99 / 100)];
        let _ = writeln!(report, "{}: {} harmless, at 1 % {threshold:.2} above the cut", head.name(), harmless.len());
        let is_attack = matches!(head, Head::RequestAttack | Head::DocumentAttack);
        for ((source, is_case), margins) in sets.into_iter().filter(|((_, is_case), _)| *is_case || is_attack) {
            let share = |least: f32| {
                100.0 * margins.iter().filter(|margin| **margin > least).count() as f32 / margins.len() as f32
            };
            let kind = if is_case { "case" } else { "harmless" };
            let (count, at_one, at_cut) = (margins.len(), share(threshold), share(0.0));
            let _ = writeln!(report, "  {source:34} {kind:8} {count:5}  at 1 % {at_one:5.1}  at the cut {at_cut:5.1}");
        }
    }
    report
}
