//! Attacks under each disguise that the guard's views undo, beside the same attacks in plain words.

use redoubt_domain::finding::View;
use redoubt_guard::Engine;

use super::scoring::{Point, Scored, ScoredSet, Scores, Side};
use super::sets::{Task, spread};
use super::statistics::Share;
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

pub(super) fn table(engine: &Engine, sets: &[ScoredSet], points: &[Point]) -> Table {
    let sample = sample(sets);
    let mut rows = Vec::new();
    let mut plain = None;
    let as_it_is: (&str, fn(&str) -> String) = ("as it is", str::to_owned);
    for (name, change) in std::iter::once(as_it_is).chain(VIEWS.iter().map(|view| (view.name(), disguise(*view)))) {
        let (mut found, mut stopped) = (Share::default(), Share::default());
        for scored in &sample {
            let Some(text) = scored.row.with_payload(change) else { continue };
            let side = Side::of(scored.row.origin);
            let Some(threshold) = Point::find(points, Task::Attack, side).and_then(|point| point.hundredth) else {
                continue;
            };
            let scores = Scores::of(engine, &text, scored.row.origin);
            let is_found = threshold.flags(scores.of_task(Task::Attack));
            found = found.and(Share { hits: usize::from(is_found), of: 1 });
            stopped = stopped.and(Share { hits: usize::from(!scores.passes), of: 1 });
        }
        let points = |share: Share, plain: Share| match (share.rate(), plain.rate()) {
            (Some(rate), Some(plain)) => Cell::Points((rate - plain) * 100.0),
            _ => Cell::Nothing,
        };
        let (plain_found, plain_stopped) = *plain.get_or_insert((found, stopped));
        rows.push(vec![
            Cell::text(name),
            Cell::Count(found.of),
            Cell::share(Some(found)),
            points(found, plain_found),
            Cell::share(Some(stopped)),
            points(stopped, plain_stopped),
        ]);
    }
    rows.retain(|row| row.iter().any(|cell| matches!(cell, Cell::Share(_))));
    Table {
        key: "evasions",
        title: "Attacks in disguise",
        words: "The same attacks, as many of each set as there are, with the attacker's words written in another way. \
                Differences are in points, to the words as they are."
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

/// Attacks of every set, the same number of each as far as they go.
fn sample(sets: &[ScoredSet]) -> Vec<&Scored> {
    let of_task = || sets.iter().filter(|scored| scored.set.task == Task::Attack);
    let fits = |scored: &&Scored| scored.row.payload.len() <= BYTES_MAX;
    let attacks = of_task().map(|scored| scored.with_label(true).filter(fits).collect::<Vec<_>>());
    let attacks: Vec<Vec<&Scored>> = attacks.filter(|attacks| !attacks.is_empty()).collect();
    let each = ATTACKS.div_ceil(attacks.len().max(1));
    attacks.into_iter().flat_map(|attacks| spread(attacks, each)).collect()
}
