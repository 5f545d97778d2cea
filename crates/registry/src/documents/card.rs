//! The card of a version, in Markdown: what it is, how it was measured, what it was made of, who vouches for it.

use std::fmt::Write as _;

use serde_json::Value;

use super::figures::{groups, learner, measured, undefined};
use crate::lineage::Dossier;
use crate::names::Stage;

/// The card. Texts that people wrote are made harmless for Markdown.
pub fn card(dossier: &Dossier) -> String {
    let version = &dossier.version;
    let mut text = format!("# {} {}\n\n", plain(&version.name), version.version);
    for words in [&dossier.model.description, &version.description] {
        if !words.is_empty() {
            push(&mut text, &format!("{}\n", plain(words)));
        }
    }
    let stage = if version.stage == Stage::None { "none" } else { version.stage.name() };
    let aliases: Vec<String> = version.aliases.iter().map(|alias| format!("`{alias}`")).collect();
    push(&mut text, "| | |\n|---|---|");
    let digest = version.digest.map(|digest| digest.to_string()).unwrap_or_default();
    let rows = [
        ("registered", format!("{} by {}", version.created, plain(version.who()))),
        ("stage", stage.to_owned()),
        ("aliases", aliases.join(" ")),
        ("learner", learner(dossier).map(plain).unwrap_or_default()),
        ("SHA-256 of the manifest", format!("`{digest}`")),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty() && value != "``") {
        push(&mut text, &format!("| {name} | {value} |"));
    }
    for (key, value) in &version.tags {
        push(&mut text, &format!("| {} | {} |", plain(key), plain(value)));
    }
    measures(&mut text, dossier);
    fairness(&mut text, dossier);
    origin(&mut text, dossier);
    evidence(&mut text, dossier);
    files(&mut text, dossier);
    text
}

fn measures(text: &mut String, dossier: &Dossier) {
    let figures = measured(dossier);
    if figures.is_empty() {
        push(text, "\n## Measures\n\nIt has not been measured.");
        return;
    }
    push(text, "\n## Measures\n\n| figure | value | interval |\n|---|---|---|");
    for figure in figures {
        let interval = figure.interval.map(|(low, high)| format!("{low:.4} to {high:.4}")).unwrap_or_default();
        let value = if figure.value.fract() == 0.0 { figure.value.to_string() } else { format!("{:.4}", figure.value) };
        push(text, &format!("| {} | {value} | {interval} |", plain(&figure.name)));
    }
    for (name, reason) in undefined(dossier) {
        push(text, &format!("\n{} was not measured: {}.", plain(&name), plain(&reason)));
    }
}

fn fairness(text: &mut String, dossier: &Dossier) {
    for (attribute, groups) in groups(dossier) {
        push(text, &format!("\n## Groups by {}\n", plain(&attribute)));
        push(
            text,
            "| group | rows | selection rate | true positive rate | false positive rate |\n|---|---|---|---|---|",
        );
        for group in groups {
            let cell = |key: &str| match group.get(key) {
                Some(Value::Number(number)) if number.is_f64() => format!("{:.4}", number.as_f64().unwrap_or_default()),
                Some(Value::String(text)) => plain(text),
                Some(Value::Null) | None => String::new(),
                Some(other) => plain(&other.to_string()),
            };
            let cells = ["group", "rows", "selection_rate", "true_positive_rate", "false_positive_rate"].map(cell);
            push(text, &format!("| {} |", cells.join(" | ")));
        }
    }
}

fn origin(text: &mut String, dossier: &Dossier) {
    let version = &dossier.version;
    push(text, "\n## Origin\n");
    let Some(lineage) = &dossier.lineage else {
        let source = version.source.as_deref().map(plain);
        let run = version.run_id.as_deref().map(plain);
        match (source, run) {
            (None, None) => push(text, "It was imported; what it was made of is not known here."),
            (source, run) => {
                let lines = [("source", source), ("run", run)];
                for (word, value) in lines.into_iter().filter_map(|(word, value)| Some((word, value?))) {
                    push(text, &format!("- {word}: {value}"));
                }
            }
        }
        return;
    };
    push(text, &format!("Pipeline `{}`, run `{}`.\n", plain(&lineage.pipeline), plain(&lineage.run)));
    push(text, "| data | path | SHA-256 |\n|---|---|---|");
    for data in &lineage.data {
        push(text, &format!("| {} | {} | `{}` |", plain(&data.name), plain(&data.path), plain(&data.sha256)));
    }
    push(text, "\n| step | kind | makes |\n|---|---|---|");
    for step in &lineage.steps {
        let short = |sha256: &str| sha256.chars().take(12).collect::<String>();
        let made = step.outputs.iter().map(|made| format!("{} `{}`", plain(&made.name), plain(&short(&made.sha256))));
        let made: Vec<String> = made.collect();
        push(text, &format!("| {} | {} | {} |", plain(&step.name), plain(&step.kind), made.join(", ")));
    }
}

fn evidence(text: &mut String, dossier: &Dossier) {
    push(text, "\n## Evidence\n");
    if dossier.evidence.is_empty() {
        push(text, "There is none.");
        return;
    }
    push(text, "| evidence | | by | signed |\n|---|---|---|---|");
    for evidence in &dossier.evidence {
        let word = if evidence.passed { "passed" } else { "failed" };
        push(text, &format!("| {} | {word} | {} | {} |", evidence.kind.name(), plain(evidence.who()), evidence.at));
    }
}

fn files(text: &mut String, dossier: &Dossier) {
    let Some(manifest) = &dossier.manifest else { return };
    push(text, "\n## Files\n\n| file | bytes | SHA-256 |\n|---|---|---|");
    for (path, entry) in manifest.files() {
        push(text, &format!("| {} | {} | `{}` |", plain(path), entry.size, entry.digest));
    }
}

fn push(text: &mut String, line: &str) {
    _ = writeln!(text, "{line}");
}

/// Text that says what it says, and makes no table, link, heading or page of its own.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => plain.push(' '),
            letter if letter.is_control() => plain.extend(letter.escape_unicode()),
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '#' | '|' | '!' => {
                plain.push('\\');
                plain.push(letter);
            }
            letter => plain.push(letter),
        }
    }
    plain
}
