//! A run as one page: what ran, what it measured, and how that looks. It holds no script, asks no server for anything,
//! and every text in it is escaped.

mod graph;
mod plots;
mod svg;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use self::svg::escaped;
use crate::file::Pipeline;
use crate::run::{Fate, Made};

/// The most figures of a step that are shown; the rest is in the products.
const FIGURES_MAX: usize = 120;

/// What a page tells of.
#[derive(Debug)]
pub struct Page<'a> {
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// What became of its data sets and steps, in order.
    pub made: &'a [Made],
    /// How long each step took that ran, in seconds.
    pub seconds: &'a BTreeMap<String, f64>,
    /// The reports that steps made: the step, the product's name and what it says.
    pub reports: &'a [(String, String, Value)],
    /// When it ran, in words.
    pub time: &'a str,
    /// The digest of all that it made.
    pub digest: &'a str,
    /// What made it, such as `redoubt 0.1.0`.
    pub program: &'a str,
}

/// The page, as HTML.
#[must_use]
pub fn page(page: &Page<'_>) -> String {
    let Page { pipeline, made, seconds, reports, time, digest, program } = page;
    let name = escaped(&pipeline.name);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}</title>\n<style>{STYLE}</style></head><body><main>\n\
         <header><p class=\"kind\">pipeline run</p><h1>{name}</h1>\n<p class=\"faint\">{} · seed {} · {}</p>\n\
         <p class=\"digest\">{}</p></header>\n",
        escaped(time),
        pipeline.seed,
        escaped(program),
        escaped(digest),
    );
    html.push_str(&tiles(made, seconds));
    _ = writeln!(
        html,
        "<section><h2>Steps</h2><div class=\"wide\">{}</div></section>",
        graph::draw(pipeline, made, seconds)
    );
    for made in made.iter().filter(|made| made.kind != "data") {
        let own: Vec<&(String, String, Value)> = reports.iter().filter(|(step, ..)| *step == made.name).collect();
        let drawn: String = own.iter().map(|(_, product, report)| plots::draw(product, report)).collect();
        if made.figures.is_empty() && drawn.is_empty() {
            continue;
        }
        _ = writeln!(
            html,
            "<section><h2>{} <span class=\"faint\">{}</span></h2>",
            escaped(&made.name),
            escaped(made.kind)
        );
        if !drawn.is_empty() {
            _ = writeln!(html, "<div class=\"plots\">{drawn}</div>");
        }
        html.push_str(&figures(&made.figures));
        html.push_str("</section>\n");
    }
    if !pipeline.parameters.is_empty() {
        html.push_str("<section><h2>Parameters</h2><div class=\"wide\"><table><tr><th>name</th><th>value</th></tr>");
        for (name, value) in &pipeline.parameters {
            _ = write!(html, "<tr><td>{}</td><td>{}</td></tr>", escaped(name), escaped(value));
        }
        html.push_str("</table></div></section>\n");
    }
    html.push_str(&digests(made));
    html.push_str("</main></body></html>\n");
    html
}

fn tiles(made: &[Made], seconds: &BTreeMap<String, f64>) -> String {
    let steps = || made.iter().filter(|made| made.kind != "data");
    let ran = steps().filter(|made| matches!(made.fate, Fate::Runs(_))).count();
    let kept = steps().filter(|made| made.fate == Fate::Kept).count();
    let skipped = steps().filter(|made| matches!(made.fate, Fate::Skipped(_))).count();
    let time = format!("{:.1} s", seconds.values().sum::<f64>());
    let tiles =
        [(ran.to_string(), "ran"), (kept.to_string(), "kept"), (skipped.to_string(), "skipped"), (time, "of work")];
    let tile =
        |(number, words): &(String, &str)| format!("<div class=\"tile\"><b>{number}</b><span>{words}</span></div>");
    format!("<div class=\"tiles\">{}</div>\n", tiles.iter().map(tile).collect::<String>())
}

/// Each figure with its interval, where it has one.
fn figures(figures: &BTreeMap<String, f64>) -> String {
    if figures.is_empty() {
        return String::new();
    }
    let is_bound = |name: &str| {
        let of = name.strip_suffix("_low").or_else(|| name.strip_suffix("_high"));
        of.is_some_and(|of| figures.contains_key(of))
    };
    let mut html = String::from("<div class=\"figures\">");
    for (name, figure) in figures.iter().filter(|(name, _)| !is_bound(name)).take(FIGURES_MAX) {
        let bound = |end: &str| figures.get(&format!("{name}_{end}")).map(|bound| number(*bound));
        let interval = match (bound("low"), bound("high")) {
            (Some(low), Some(high)) => format!(" <span class=\"faint\">{low} to {high}</span>"),
            _ => String::new(),
        };
        let words = escaped(&name.replace('_', " "));
        _ = write!(html, "<div><span>{words}</span><b>{}</b>{interval}</div>", number(*figure));
    }
    html.push_str("</div>\n");
    html
}

fn digests(made: &[Made]) -> String {
    let mut html = String::from(
        "<section><h2>Digests</h2><div class=\"wide\"><table><tr><th>step</th><th>product</th><th>kind</th>\
         <th>digest</th></tr>",
    );
    for made in made {
        for kept in &made.products {
            _ = write!(
                html,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"digest\">{}</td></tr>",
                escaped(&made.name),
                escaped(&kept.name),
                kept.kind.word(),
                escaped(kept.digest.as_str())
            );
        }
    }
    html.push_str("</table></div></section>\n");
    html
}

/// A number for people.
fn number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { format!("{number:.4}") }
}

const STYLE: &str = "
:root{color-scheme:light dark;--back:#fbfbf9;--card:#fff;--text:#1c1d21;--faint:#6b6f78;--line:#dfe1e6;--one:#2459c9;--two:#c2571a;--good:#1d7f4e;--soft:#e8eefb}
@media(prefers-color-scheme:dark){:root{--back:#131418;--card:#1b1d23;--text:#e8e9ec;--faint:#9a9fab;--line:#32353e;--one:#7fa6ff;--two:#f0a06a;--good:#5fcf95;--soft:#243050}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 80px}h1{font-size:34px;line-height:1.15;margin:0 0 6px;letter-spacing:-.02em}
h2{font-size:18px;margin:0 0 14px}h2 .faint{font-weight:400;font-size:14px;margin-left:6px}h3{font-size:13px;font-weight:600;margin:0 0 8px}
.kind{margin:0;color:var(--one);font-weight:600;font-size:12px;letter-spacing:.08em;text-transform:uppercase}
header p{margin:0 0 4px}.faint{color:var(--faint)}.digest{font:12px/1.5 ui-monospace,Menlo,monospace;color:var(--faint);word-break:break-all}
section,.tile{background:var(--card);border:1px solid var(--line);border-radius:12px}section{padding:22px;margin-top:18px}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin-top:22px}.tile{padding:14px 18px}.tile b{display:block;font-size:24px;font-variant-numeric:tabular-nums}.tile span{color:var(--faint);font-size:13px}
.wide{overflow-x:auto}.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:22px;margin-bottom:16px}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:0 28px}.figures div{display:flex;gap:8px;align-items:baseline;border-bottom:1px solid var(--line);padding:5px 0}.figures div>span:first-child{flex:1}
b,td{font-variant-numeric:tabular-nums}.figures .faint{font-size:12px}table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600;font-size:13px;color:var(--faint)}td,th{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
svg{display:block;width:100%;height:auto}svg.graph{width:auto;max-width:none}svg text{fill:var(--text);font:11px system-ui,sans-serif}svg .f{fill:var(--faint)}
.axis{stroke:var(--line);fill:none}.guide{stroke:var(--faint);stroke-dasharray:3 4;fill:none}.curve{stroke:var(--one);stroke-width:2;fill:none;stroke-linejoin:round}.best{stroke:var(--two);stroke-width:2;fill:none}
.dot{fill:var(--one);fill-opacity:.75}.bar{fill:var(--one);fill-opacity:.85}.range{stroke:var(--two);stroke-width:2}.zero{stroke:var(--faint)}
.node{fill:var(--card);stroke:var(--line);stroke-width:1.5}.node.runs{stroke:var(--one)}.node.kept{stroke:var(--good)}.node.skipped{stroke-dasharray:4 4}.edge{stroke:var(--line);stroke-width:1.5;fill:none}svg .name{font-weight:600;font-size:12px}
@media(max-width:640px){.tiles{grid-template-columns:repeat(2,1fr)}main{padding:24px 14px}}
@media print{:root{--back:#fff}svg.graph{width:100%;max-width:100%}body{font-size:12px}main{max-width:none;padding:0}section{break-inside:avoid;border-color:#ccc}}
";
