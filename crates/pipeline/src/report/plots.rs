//! What a report of a step looks like.

use std::fmt::Write as _;

use redoubt_learn::metrics::wilson;
use serde_json::Value;

use super::svg::{Bar, Square, bars, escaped, path, plot, short};

/// The most bars of a plot.
const BARS_MAX: usize = 20;
/// The most classes of a drawn confusion matrix.
const CLASSES_MAX: usize = 12;
/// The most trials that are drawn.
const TRIALS_MAX: usize = 1_000;

/// Every plot that a report has the numbers for.
pub(super) fn draw(product: &str, report: &Value) -> String {
    let mut html = String::new();
    if let Some(curves) = report.get("curves") {
        html.push_str(&curve("ROC curve", "false positive rate", "true positive rate", curves.get("roc"), true));
        html.push_str(&curve("Precision and recall", "recall", "precision", curves.get("precision_recall"), false));
        html.push_str(&calibration(curves.get("calibration")));
    }
    html.push_str(&confusion(report));
    html.push_str(&fairness(report));
    if product == "importance" {
        html.push_str(&importance(report));
    }
    if let Some(trials) = report.get("trials").and_then(Value::as_array) {
        html.push_str(&search(trials));
    }
    if let Some(candidates) = report.get("candidates").and_then(Value::as_array) {
        let all = candidates.iter().filter_map(|candidate| {
            Some((candidate.get("name")?.as_str()?.to_owned(), candidate.get("figure")?.as_f64()?, None))
        });
        let all: Vec<_> = all.take(BARS_MAX).collect();
        let by = report.get("by").and_then(Value::as_str).unwrap_or("figure");
        if !all.is_empty() {
            html.push_str(&bars(&format!("Candidates by {by}"), &all));
        }
    }
    html
}

fn points(value: Option<&Value>) -> Vec<(f64, f64)> {
    let point = |point: &Value| Some((point.get(0)?.as_f64()?, point.get(1)?.as_f64()?));
    value.and_then(Value::as_array).into_iter().flatten().take(TRIALS_MAX).filter_map(point).collect()
}

fn curve(title: &str, across: &str, up: &str, value: Option<&Value>, has_diagonal: bool) -> String {
    let points = points(value);
    if points.is_empty() {
        return String::new();
    }
    let mut body = Square::frame(across, up);
    if has_diagonal {
        body.push_str(&Square::diagonal());
    }
    body.push_str(&path("curve", points.iter().map(|(x, y)| (Square::x(*x), Square::y(*y)))));
    plot(title, Square::WIDTH, Square::HEIGHT, &body)
}

fn calibration(value: Option<&Value>) -> String {
    let bin = |bin: &Value| Some((bin.get("mean")?.as_f64()?, bin.get("share")?.as_f64()?, bin.get("rows")?.as_f64()?));
    let bins: Vec<(f64, f64, f64)> =
        value.and_then(Value::as_array).into_iter().flatten().take(100).filter_map(bin).collect();
    let most = bins.iter().map(|(.., rows)| *rows).fold(1.0, f64::max);
    if bins.is_empty() {
        return String::new();
    }
    let mut body = Square::frame("said", "came true") + &Square::diagonal();
    body.push_str(&path("curve", bins.iter().map(|(mean, share, _)| (Square::x(*mean), Square::y(*share)))));
    for (mean, share, rows) in &bins {
        let radius = 3.0 + 7.0 * (rows / most).sqrt();
        _ = write!(
            body,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"><title>{rows} rows</title></circle>",
            Square::x(*mean),
            Square::y(*share)
        );
    }
    plot("Calibration", Square::WIDTH, Square::HEIGHT, &body)
}

fn confusion(report: &Value) -> String {
    let row = |row: &Value| row.as_array().map(|row| row.iter().filter_map(Value::as_u64).collect::<Vec<u64>>());
    let counts = report.get("confusion").and_then(Value::as_array);
    let counts: Vec<Vec<u64>> = counts.into_iter().flatten().filter_map(row).collect();
    let names = report.get("confusion_classes").and_then(Value::as_array);
    let names: Vec<&str> = names.into_iter().flatten().filter_map(Value::as_str).collect();
    if counts.is_empty() || counts.len() > CLASSES_MAX || names.len() != counts.len() {
        return String::new();
    }
    let size = f64::from(u32::try_from(counts.len()).unwrap_or(1));
    let side = 216.0 / size;
    let most = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
    let mut body = String::new();
    let mut y = 24.0;
    for (name, row) in names.iter().zip(&counts) {
        let mut x = 92.0;
        _ = write!(
            body,
            "<text x=\"86\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            y + side / 2.0 + 4.0,
            escaped(&short(name, 12))
        );
        for count in row {
            #[expect(clippy::cast_precision_loss, reason = "a shade")]
            let shade = 0.06 + 0.74 * (*count as f64 / most as f64);
            _ = write!(
                body,
                "<rect class=\"bar\" style=\"fill-opacity:{shade:.2}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" \
                 height=\"{:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>",
                side - 2.0,
                side - 2.0,
                x + side / 2.0,
                y + side / 2.0 + 4.0
            );
            x += side;
        }
        y += side;
    }
    let mut x = 92.0;
    for name in &names {
        _ = write!(
            body,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            x + side / 2.0,
            256.0,
            escaped(&short(name, (36 / counts.len()).max(3)))
        );
        x += side;
    }
    body.push_str("<text class=\"f\" x=\"200\" y=\"276\" text-anchor=\"middle\">said</text><text class=\"f\" x=\"86\" y=\"14\" text-anchor=\"end\">was</text>");
    plot("Confusion", Square::WIDTH, Square::HEIGHT, &body)
}

/// For each attribute the share of each group that gets a yes, and the differences between groups, with intervals.
fn fairness(report: &Value) -> String {
    let Some(groups) = report.get("groups").and_then(Value::as_object) else { return String::new() };
    let figure = |name: &str| report.get("figures")?.get(name)?.as_f64();
    let mut html = String::new();
    for (attribute, all) in groups.iter().take(BARS_MAX) {
        let rates: Vec<_> = all
            .as_array()
            .into_iter()
            .flatten()
            .take(BARS_MAX)
            .filter_map(|group| {
                let rate = group.get("selection_rate")?.as_f64()?;
                let rows = group.get("rows")?.as_u64()?;
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a share of rows, whole again"
                )]
                let chosen = (rate * rows as f64).round() as u64;
                let range = wilson(chosen, rows, 0.95).ok().map(|range| (range.low, range.high));
                Some((group.get("group")?.as_str()?.to_owned(), rate, range))
            })
            .collect();
        if !rates.is_empty() {
            html.push_str(&bars(&format!("Share of yes by {attribute}"), &rates));
        }
        let differences: Vec<_> = [
            ("demographic parity", "demographic_parity"),
            ("equal opportunity", "equal_opportunity"),
            ("equalised odds", "equalized_odds"),
            ("predictive parity", "predictive_parity"),
        ]
        .into_iter()
        .filter_map(|(words, name)| {
            let name = format!("{attribute}_{name}_difference");
            let range = figure(&format!("{name}_low")).zip(figure(&format!("{name}_high")));
            Some((words.to_owned(), figure(&name)?, range))
        })
        .collect();
        if !differences.is_empty() {
            html.push_str(&bars(&format!("Differences between groups of {attribute}"), &differences));
        }
    }
    html
}

fn importance(report: &Value) -> String {
    let all = report.get("importance").and_then(Value::as_object);
    let mut all: Vec<Bar> =
        all.into_iter().flatten().filter_map(|(name, share)| Some((name.clone(), share.as_f64()?, None))).collect();
    all.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    all.truncate(BARS_MAX);
    if all.is_empty() { String::new() } else { bars("Importance of features", &all) }
}

/// The loss of each trial, and the best until then.
fn search(trials: &[Value]) -> String {
    let losses: Vec<f64> =
        trials.iter().take(TRIALS_MAX).filter_map(|trial| trial.get("loss").and_then(Value::as_f64)).collect();
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let most = losses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if losses.is_empty() || !least.is_finite() || !most.is_finite() {
        return String::new();
    }
    let last = f64::from(u32::try_from(losses.len()).unwrap_or(u32::MAX) - 1).max(1.0);
    let x = |at: usize| 54.0 + f64::from(u32::try_from(at).unwrap_or(u32::MAX)) / last * 252.0;
    let y = |loss: f64| 12.0 + (most - loss) / (most - least).max(1e-12) * 220.0;
    let mut body = format!(
        "<path class=\"axis\" d=\"M54 8V236H312\"/><text class=\"f\" x=\"49\" y=\"16\" text-anchor=\"end\">{most:.4}</text>\
         <text class=\"f\" x=\"49\" y=\"236\" text-anchor=\"end\">{least:.4}</text><text class=\"f\" x=\"180\" y=\"256\" \
         text-anchor=\"middle\">trial</text>"
    );
    let mut best = f64::INFINITY;
    let steps: Vec<(f64, f64)> = losses
        .iter()
        .enumerate()
        .map(|(at, loss)| {
            best = best.min(*loss);
            (x(at), y(best))
        })
        .collect();
    for (at, loss) in losses.iter().enumerate() {
        _ = write!(body, "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>", x(at), y(*loss));
    }
    body.push_str(&path("best", steps.into_iter()));
    plot("Search: loss of each trial", Square::WIDTH, Square::HEIGHT, &body)
}
