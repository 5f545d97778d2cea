//! The tables of labelled texts: by operating point, set, language and hazard.

use std::collections::BTreeMap;

use super::scoring::{Point, Scored, ScoredSet, Side, flagged, harmless, stopped};
use super::sets::Task;
use super::statistics::{Share, average_precision, mean, roc_auc};
use super::table::{Cell, Table};

/// Every table of this kind.
pub(super) fn tables(sets: &[ScoredSet], points: &[Point]) -> Vec<Table> {
    let mut tables = vec![summary(sets, points), attacks(sets, points), kept(sets, points), languages(sets, points)];
    for (task, key, title, words) in [
        (Task::Toxicity, "toxicity", "Insult and hate", "The score is `toxicity`."),
        (
            Task::Harm,
            "harm",
            "Requests that should not be fulfilled",
            "The score is the highest of the moderation categories.",
        ),
    ] {
        tables.push(labelled(sets, points, task, key, title, words));
        tables.extend(groups(sets, points, task));
    }
    tables
}

fn of_task(sets: &[ScoredSet], task: Task) -> impl Iterator<Item = &ScoredSet> {
    sets.iter().filter(move |scored| scored.set.task == task)
}

fn side(scored: &ScoredSet) -> Side {
    Side::of(scored.set.origin)
}

/// The complement of a share.
fn rest(share: Share) -> Share {
    Share { hits: share.of - share.hits, of: share.of }
}

fn summary(sets: &[ScoredSet], points: &[Point]) -> Table {
    let mut rows = Vec::new();
    for side in Side::ALL {
        let Some(point) = Point::find(points, Task::Attack, side) else { continue };
        let of_side = || of_task(sets, Task::Attack).filter(move |scored| self::side(scored) == side);
        let attacks = || of_side().flat_map(|scored| scored.with_label(true));
        let foreign = || attacks().filter(|scored| !scored.row.language.starts_with("en"));
        let by_set: Vec<f64> = of_side()
            .filter_map(|scored| flagged(scored.with_label(true), Task::Attack, point.hundredth)?.rate())
            .collect();
        let scores: Vec<f32> = attacks().map(|scored| scored.scores.of_task(Task::Attack)).collect();
        rows.push(vec![
            Cell::text(side.name()),
            Cell::Count(scores.len()),
            Cell::Count(point.pool.len()),
            Cell::number(point.hundredth.map(|threshold| f64::from(threshold.0)), 3),
            Cell::share(flagged(attacks(), Task::Attack, point.hundredth)),
            Cell::number(mean(&by_set).map(|mean| mean * 100.0), 1),
            Cell::share(flagged(foreign(), Task::Attack, point.hundredth)),
            Cell::share(flagged(attacks(), Task::Attack, point.thousandth)),
            Cell::number(roc_auc(&scores, &point.pool), 3),
            Cell::share(Some(stopped(attacks()))),
            Cell::share(Some(rest(stopped(harmless(sets, side))))),
        ]);
    }
    Table {
        key: "summary",
        title: "Operating points",
        words: "One threshold for each origin, set where one in a hundred (one in a thousand) of all harmless rows of \
                that origin together scores above it. The score is the higher of `prompt_injection` and `jailbreak`. \
                What the default profile does stands beside it: what it stops of the attacks, and what it keeps of the \
                harmless rows."
            .to_owned(),
        head: vec![
            "origin",
            "attacks",
            "harmless",
            "threshold at 1 %",
            "recall at 1 %",
            "mean of the sets",
            "not English",
            "recall at 0.1 %",
            "ROC-AUC",
            "stopped by default",
            "kept by default",
        ],
        rows,
    }
}

fn attacks(sets: &[ScoredSet], points: &[Point]) -> Table {
    let words = "ROC-AUC and average precision are against the set's own harmless rows, or, marked `*`, against all \
                 harmless rows of the origin. The column `learned` says whether the licence lets a shipped model learn \
                 from the set: then its figures may be those of texts that were seen, and say little about others.";
    labelled(sets, points, Task::Attack, "attacks", "Attacks", words)
}

fn labelled(
    sets: &[ScoredSet],
    points: &[Point],
    task: Task,
    key: &'static str,
    title: &'static str,
    words: &str,
) -> Table {
    let mut rows = Vec::new();
    for scored in of_task(sets, task) {
        let positives = scored.scores(true);
        let Some(point) = Point::find(points, task, side(scored)).filter(|_| !positives.is_empty()) else { continue };
        let negatives = scored.scores(false);
        let (against, mark) = if negatives.is_empty() { (&point.pool, " *") } else { (&negatives, "") };
        let number = |value: Option<f64>| value.map_or(Cell::Nothing, |value| Cell::text(format!("{value:.3}{mark}")));
        let (hit, kept) = (stopped(scored.with_label(true)), rest(stopped(scored.with_label(false))));
        rows.push(vec![
            Cell::text(scored.set.name),
            Cell::text(scored.set.origin.name()),
            Cell::text(languages_of(scored)),
            Cell::text(scored.set.licence.name()),
            Cell::text(if scored.set.licence.may_be_learned() { "maybe" } else { "no" }),
            Cell::Count(positives.len()),
            Cell::Count(negatives.len()),
            number(roc_auc(&positives, against)),
            number(average_precision(&positives, against)),
            Cell::share(flagged(scored.with_label(true), task, point.hundredth)),
            Cell::share(flagged(scored.with_label(true), task, point.thousandth)),
            flagged(scored.with_label(false), task, point.hundredth)
                .filter(|share| share.of > 0)
                .map_or(Cell::Nothing, Cell::Rate),
            Cell::Rate(hit),
            Cell::share(Some(hit.and(kept))),
        ]);
    }
    Table {
        key,
        title,
        words: words.to_owned(),
        head: vec![
            "set",
            "origin",
            "language",
            "licence",
            "learned",
            "positive",
            "harmless",
            "ROC-AUC",
            "average precision",
            "recall at 1 %",
            "recall at 0.1 %",
            "own false positives at 1 %",
            "stopped by default",
            "accuracy of the default",
        ],
        rows,
    }
}

fn kept(sets: &[ScoredSet], points: &[Point]) -> Table {
    let mut rows = Vec::new();
    for scored in of_task(sets, Task::Attack) {
        let harmless = || scored.with_label(false);
        let Some(point) = Point::find(points, Task::Attack, side(scored)) else { continue };
        if harmless().next().is_none() {
            continue;
        }
        rows.push(vec![
            Cell::text(scored.set.name),
            Cell::text(scored.set.origin.name()),
            Cell::text(languages_of(scored)),
            Cell::text(scored.set.licence.name()),
            Cell::text(if scored.set.licence.may_be_learned() { "maybe" } else { "no" }),
            Cell::Count(harmless().count()),
            Cell::share(flagged(harmless(), Task::Attack, point.hundredth).map(rest)),
            Cell::share(flagged(harmless(), Task::Attack, point.thousandth).map(rest)),
            Cell::share(Some(rest(stopped(harmless())))),
        ]);
    }
    Table {
        key: "kept",
        title: "Over-defence: what is kept of harmless texts",
        words: "Read it beside the recall above: a guard that stops nothing keeps everything.".to_owned(),
        head: vec![
            "set",
            "origin",
            "language",
            "licence",
            "learned",
            "rows",
            "kept at 1 %",
            "kept at 0.1 %",
            "kept by default",
        ],
        rows,
    }
}

/// The languages of a set, if they are few.
fn languages_of(scored: &ScoredSet) -> String {
    let mut found: Vec<&str> = scored.rows.iter().map(|scored| scored.row.language).collect();
    found.sort_unstable();
    found.dedup();
    if found.len() > 3 { format!("{} languages", found.len()) } else { found.join(", ") }
}

fn languages(sets: &[ScoredSet], points: &[Point]) -> Table {
    let mut by_language: BTreeMap<&str, Vec<&Scored>> = BTreeMap::new();
    for scored in of_task(sets, Task::Attack).flat_map(|scored| &scored.rows) {
        by_language.entry(scored.row.language).or_default().push(scored);
    }
    let mut rows = Vec::new();
    for (language, found) in by_language {
        let of = |is_positive: bool| found.iter().copied().filter(move |scored| scored.row.is_positive == is_positive);
        // Each row at the threshold of its own origin.
        let above = |is_positive: bool| {
            let shares = Side::ALL.into_iter().filter_map(|side| {
                let point = Point::find(points, Task::Attack, side)?;
                let rows = of(is_positive).filter(move |scored| Side::of(scored.row.origin) == side);
                flagged(rows, Task::Attack, point.hundredth)
            });
            shares.fold(Share::default(), Share::and)
        };
        rows.push(vec![
            Cell::text(language),
            Cell::Count(of(true).count()),
            Cell::share(Some(above(true))),
            Cell::share(Some(stopped(of(true)))),
            Cell::Count(of(false).count()),
            Cell::share(Some(rest(above(false)))),
            Cell::share(Some(rest(stopped(of(false))))),
        ]);
    }
    Table {
        key: "languages",
        title: "Attacks by language",
        words: "All origins together, each row at the threshold of its own.".to_owned(),
        head: vec![
            "language",
            "attacks",
            "recall at 1 %",
            "stopped by default",
            "harmless",
            "kept at 1 %",
            "kept by default",
        ],
        rows,
    }
}

/// By hazard, topic or attribute, for the sets that name them.
fn groups(sets: &[ScoredSet], points: &[Point], task: Task) -> Option<Table> {
    let (key, title) = match task {
        Task::Attack | Task::Background => return None,
        Task::Toxicity => ("toxicity by topic", "Insult and hate by topic"),
        Task::Harm => ("harm by hazard", "Requests that should not be fulfilled, by hazard"),
    };
    let point = Point::find(points, task, Side::Asked)?;
    let mut by_group: BTreeMap<(&str, &str), Vec<&Scored>> = BTreeMap::new();
    for scored in of_task(sets, task) {
        for row in &scored.rows {
            if let Some(group) = &row.row.group {
                by_group.entry((scored.set.name, group)).or_default().push(row);
            }
        }
    }
    let mut rows = Vec::new();
    for ((set, group), found) in by_group {
        let of = |is_positive: bool| found.iter().copied().filter(move |scored| scored.row.is_positive == is_positive);
        rows.push(vec![
            Cell::text(set),
            Cell::text(group),
            Cell::Count(of(true).count()),
            Cell::share(flagged(of(true), task, point.hundredth)),
            Cell::Count(of(false).count()),
            Cell::share(flagged(of(false), task, point.hundredth).map(rest)),
        ]);
    }
    let head = vec!["set", "group", "positive", "recall at 1 %", "harmless", "kept at 1 %"];
    Some(Table { key, title, words: String::new(), head, rows })
}
