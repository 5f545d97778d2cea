//! Attacks under each disguise that the guard's views undo, beside the same attacks in plain words.

use redoubt_domain::finding::View;
use redoubt_guard::Engine;

use super::scoring::{Point, Scored, ScoredSet, Scores, Side};
use super::sets::{Task, spread};
use super::statistics::{Share, Threshold};
use super::table::{Cell, Table};
use crate::disguises;

/// About so many attacks, as many of each set as there are.
const ATTACKS: usize = 200;

/// The longest attack that is disguised: every encoding makes it several times as long.
const BYTES_MAX: usize = 8 << 10;

const VIEWS: &[View] = &[
    View::Nfkc,
    View::ZeroWidth,
    View::Bidi,
    View::Tags,
    View::VariationSelectors,
    View::Homoglyph,
    View::Spaced,
    View::Leet,
    View::CombiningMarks,
    View::Ansi,
    View::Base64,
    View::Hex,
    View::Url,
    View::HtmlEntity,
    View::Escape,
    View::Rot13,
    View::Reversed,
];

/// What a view undoes. A new view does not compile until it has its disguise here.
fn disguise(view: View) -> fn(&str) -> String {
    match view {
        View::Nfkc => disguises::full_width,
        View::ZeroWidth => disguises::zero_width,
        View::Bidi => disguises::directions,
        View::Tags => disguises::tags,
        View::VariationSelectors => disguises::selectors,
        View::Homoglyph => disguises::look_alikes,
        View::Spaced => disguises::spaced,
        View::Leet => disguises::leet,
        View::CombiningMarks => disguises::combining,
        View::Ansi => disguises::terminal,
        View::Base64 => disguises::base64,
        View::Hex => disguises::hexadecimal,
        View::Url => disguises::percent,
        View::HtmlEntity => disguises::entities,
        View::Escape => disguises::escapes,
        View::Rot13 => disguises::rotated,
        View::Reversed => disguises::reversed,
    }
}

/// Whether a text can be written so at all: there are tags for ASCII alone.
fn can_be_written(view: Option<View>, text: &str) -> bool {
    view != Some(View::Tags) || text.is_ascii()
}

pub(super) fn table(engine: &Engine, sets: &[ScoredSet], points: &[Point]) -> Table {
    let sample = sample(sets);
    let mut rows = Vec::new();
    let as_it_is: (Option<View>, fn(&str) -> String) = (None, str::to_owned);
    for (view, change) in std::iter::once(as_it_is).chain(VIEWS.iter().map(|view| (Some(*view), disguise(*view)))) {
        // What is found as it is and what is found in disguise, of the same attacks.
        let (mut plain, mut disguised) = (Outcomes::default(), Outcomes::default());
        for scored in &sample {
            let row = &scored.row;
            let payload = row.text.get(row.payload.clone()).unwrap_or_default();
            let Some(text) = row.with_payload(change).filter(|_| can_be_written(view, payload)) else { continue };
            let point = Point::find(points, Task::Attack, Side::of(row.origin));
            let Some(threshold) = point.and_then(|point| point.hundredth) else { continue };
            plain = plain.and(threshold, scored.scores);
            disguised = disguised.and(threshold, Scores::of(engine, &text, row.origin));
        }
        let points = |share: Share, plain: Share| match (share.rate(), plain.rate()) {
            (Some(rate), Some(plain)) => Cell::Points((rate - plain) * 100.0),
            _ => Cell::Nothing,
        };
        rows.push(vec![
            Cell::text(view.map_or("as it is", View::name)),
            Cell::Count(disguised.found.of),
            Cell::share(Some(disguised.found)),
            points(disguised.found, plain.found),
            Cell::share(Some(disguised.stopped)),
            points(disguised.stopped, plain.stopped),
        ]);
    }
    rows.retain(|row| row.iter().any(|cell| matches!(cell, Cell::Share(_))));
    Table {
        key: "evasions",
        title: "Attacks in disguise",
        words: "The same attacks, as many of each set as there are, with the attacker's words written in another way. \
                Differences are in points, to the same words as they are; there are tags for ASCII alone."
            .to_owned(),
        head: vec![
            "written",
            "attacks",
            "recall at 1 %",
            "difference",
            "stopped by default",
            "difference of the default",
        ],
        rows,
    }
}

/// What became of attacks.
#[derive(Clone, Copy, Default)]
struct Outcomes {
    /// At the threshold of their side.
    found: Share,
    /// By the default profile.
    stopped: Share,
}

impl Outcomes {
    fn and(self, threshold: Threshold, scores: Scores) -> Self {
        let is_found = threshold.flags(scores.of_task(Task::Attack));
        Self {
            found: self.found.and(Share { hits: usize::from(is_found), of: 1 }),
            stopped: self.stopped.and(Share { hits: usize::from(!scores.passes), of: 1 }),
        }
    }
}

/// Attacks of every set, the same number of each as far as they go.
fn sample(sets: &[ScoredSet]) -> Vec<&Scored> {
    let of_task = || sets.iter().filter(|scored| scored.set.task == Task::Attack);
    let fits = |scored: &&Scored| scored.row.payload.len() <= BYTES_MAX;
    let attacks = of_task().map(|scored| scored.with_label(true).filter(fits).collect::<Vec<_>>());
    let attacks: Vec<Vec<&Scored>> = attacks.filter(|attacks| !attacks.is_empty()).collect();
    let each = ATTACKS.div_ceil(attacks.len().max(1));
    attacks.into_iter().flat_map(|attacks| spread(attacks, each)).collect()
}
