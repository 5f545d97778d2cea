//! Every kind of step with its settings, as the reference page shows it.

use redoubt_domain::settings::{Described, Property, describe};
use redoubt_learn::learners::{InputKind, Kind as ParameterKind, LEARNERS};

/// Every kind of step with its settings, as the reference page shows it.
pub(super) fn steps() -> String {
    let mut page = String::from(
        "# Steps of pipelines\n\nWhat `kind` may be in `[steps.NAME]`, and the settings of each. All have `when`, \
         such as `when = \"measure.roc_auc >= 0.8\"`, and `matrix`, such as `matrix = { learner = [\"…\", \"…\"] }`. Those \
         that have a seed take `seed`, for another draw, and `command` takes `retries`.\n",
    );
    for kind in redoubt_pipeline::KINDS {
        page.push_str(&format!("\n## `{}`\n\nIt {}.\n\n| setting | what it is |\n|---|---|\n", kind.id, kind.about));
        settings("", &describe(|table| (kind.read)(table)), &mut page);
    }
    page.push_str("\n# Learners\n\nWhat `learner` may be, and what `parameters` and `space` may name.\n");
    // A row is no sentence: pipelines have no use for those.
    for spec in LEARNERS.iter().filter(|spec| spec.inputs != InputKind::Sentences) {
        page.push_str(&format!(
            "\n## `{}`\n\nIt is {}.\n\n| parameter | what it is |\n|---|---|\n",
            spec.id, spec.about
        ));
        for parameter in spec.parameters {
            page.push_str(&format!("| `{}` | {} ({}) |\n", parameter.name, parameter.about, bounds(&parameter.kind)));
        }
    }
    page.trim_end().to_owned()
}

/// A line for each setting, and for those within. What a learner has is told with the learners.
fn settings(path: &str, described: &Described, page: &mut String) {
    for (key, words, property) in &described.properties {
        let (more, within) = match property {
            Property::Required { .. } => (" (must be given)".to_owned(), None),
            Property::Value { default: Some(default), .. } => (format!(" (`{default}`)"), None),
            Property::Choice { choices, default } => {
                let choices: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                let default = default.map(|default| format!("; `{default}` if left out")).unwrap_or_default();
                (format!(": {}{default}", choices.join(", ")), None)
            }
            Property::Named(within) => (String::new(), Some((within, ".NAME"))),
            Property::Table(within) if !["parameters", "space"].contains(key) => (String::new(), Some((within, ""))),
            _ => (String::new(), None),
        };
        page.push_str(&format!("| `{path}{key}` | {words}{more} |\n"));
        if let Some((within, name)) = within {
            settings(&format!("{path}{key}{name}."), within, page);
        }
    }
}

/// What a parameter may be, and what it is if it is left out.
fn bounds(kind: &ParameterKind) -> String {
    match kind {
        ParameterKind::Integer { default, least, most } => format!("`{default}`; {least} to {most}"),
        ParameterKind::Number { default, least, most } => format!("`{default}`; {least} to {most}"),
        ParameterKind::Boolean { default } => format!("`{default}`"),
        ParameterKind::Choice { default, words } => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("{}; `{default}` if left out", words.join(", "))
        }
        ParameterKind::Columns => "numbers of columns, counted from zero; none if left out".to_owned(),
    }
}
