//! Steps and what they need, drawn.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::svg::{escaped, short};
use crate::file::Pipeline;
use crate::run::{Fate, Made};

const WIDTH: f64 = 190.0;
const HEIGHT: f64 = 46.0;
const GAP_X: f64 = 44.0;
const GAP_Y: f64 = 16.0;

/// A column for each distance from the data, and a line for each need.
pub(super) fn draw(pipeline: &Pipeline, made: &[Made], seconds: &BTreeMap<String, f64>) -> String {
    let needs = |name: &str| -> Vec<&str> {
        let step = pipeline.step(name);
        let needs = step.into_iter().flat_map(|step| step.needs.iter().map(|need| need.of.as_str()));
        needs.chain(step.and_then(|step| step.when.as_ref()).map(|when| when.step.as_str())).collect()
    };
    let mut places: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut columns: BTreeMap<&str, u32> = BTreeMap::new();
    let mut filled: Vec<u32> = Vec::new();
    for made in made {
        let before = needs(&made.name).into_iter().filter_map(|need| columns.get(need)).max();
        let column = before.map_or(0, |column| column + 1);
        columns.insert(&made.name, column);
        let at = usize::try_from(column).unwrap_or(0);
        filled.resize(filled.len().max(at + 1), 0);
        let row = filled.get(at).copied().unwrap_or(0);
        if let Some(count) = filled.get_mut(at) {
            *count += 1;
        }
        places.insert(&made.name, (f64::from(column) * (WIDTH + GAP_X) + 2.0, f64::from(row) * (HEIGHT + GAP_Y) + 2.0));
    }
    let (mut edges, mut nodes) = (String::new(), String::new());
    for made in made {
        let Some((x, y)) = places.get(made.name.as_str()).copied() else { continue };
        let mut from: Vec<&str> = needs(&made.name);
        from.sort_unstable();
        from.dedup();
        for (fx, fy) in from.iter().filter_map(|need| places.get(need)) {
            let (fx, fy, ty) = (fx + WIDTH, fy + HEIGHT / 2.0, y + HEIGHT / 2.0);
            let bend = (x - fx).max(20.0) / 2.0;
            _ = write!(edges, "<path class=\"edge\" d=\"M{fx} {fy}C{} {fy} {} {ty} {x} {ty}\"/>", fx + bend, x - bend);
        }
        // What tells the steps of a matrix apart stands below their name.
        let (base, labels) = made.name.split_once('[').unwrap_or((&made.name, ""));
        let (class, words) = match &made.fate {
            Fate::Kept if made.kind == "data" => ("data", "data".to_owned()),
            Fate::Kept => ("kept", format!("{} · kept", made.kind)),
            Fate::Runs(_) => {
                let took = seconds.get(&made.name).map(|took| format!(" · {took:.1} s")).unwrap_or_default();
                ("runs", format!("{}{took}", made.kind))
            }
            Fate::Skipped(_) => ("skipped", format!("{} · skipped", made.kind)),
        };
        _ = write!(
            nodes,
            "<g><title>{}</title><rect class=\"node {class}\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             rx=\"9\"/><text class=\"name\" x=\"{2}\" y=\"{3}\">{1}</text><text class=\"f\" x=\"{2}\" y=\"{4}\">{5}</text></g>",
            escaped(&made.name),
            escaped(&short(base, 24)),
            x + 12.0,
            y + 19.0,
            y + 35.0,
            escaped(&short(
                &format!("{}{}{words}", labels.trim_end_matches(']'), if labels.is_empty() { "" } else { " · " }),
                31
            )),
        );
    }
    let width = f64::from(u32::try_from(filled.len()).unwrap_or(1)) * (WIDTH + GAP_X) - GAP_X + 4.0;
    let height = f64::from(filled.iter().copied().max().unwrap_or(1)) * (HEIGHT + GAP_Y) - GAP_Y + 4.0;
    format!(
        "<svg class=\"graph\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"steps\">{edges}{nodes}</svg>"
    )
}
