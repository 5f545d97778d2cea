//! A pipeline file as a pipeline, or everything that is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;

use redoubt_domain::settings::{self, Entry, Mistake, Node, Table as Settings, Value, nearest};

use crate::condition::Condition;
use crate::digest::Digest;
use crate::product::Kind as ProductKind;
use crate::steps::{KINDS, Kind, Need, Work};
use crate::table::Reading;

/// The most steps of a pipeline.
pub const STEPS_MAX: usize = 512;
/// The most data sets of a pipeline.
pub const DATA_MAX: usize = 128;

/// A pipeline that holds together: every name leads somewhere, and no step waits for itself.
#[derive(Debug)]
pub struct Pipeline {
    /// Its name in records.
    pub name: String,
    /// All chance of its steps comes from it.
    pub seed: u64,
    /// Where it begins.
    pub data: Vec<Source>,
    /// In an order in which each stands behind what it needs.
    pub steps: Vec<Step>,
}

/// A data set that a pipeline begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name in the file.
    pub name: String,
    /// Where it lies, as the file says it.
    pub path: String,
    /// How it is written.
    pub format: Format,
    /// How it is read.
    pub reading: Reading,
    /// What its bytes must have, if that is said.
    pub digest: Option<Digest>,
}

/// How a data set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// A JSON object on each line.
    JsonLines,
}

/// A step of a pipeline.
#[derive(Debug)]
pub struct Step {
    /// Its name in the file.
    pub name: String,
    /// What it does.
    pub kind: &'static Kind,
    /// The figure of an earlier step on which it depends whether this one runs.
    pub when: Option<Condition>,
    /// Its settings, put to work.
    pub work: Box<dyn Work>,
    /// The digest of its settings, without the names of what it needs.
    pub settings: Digest,
    /// Which product each of its needs is.
    pub needs: Vec<Resolved>,
}

/// A need, and whose product it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The setting that names it, with a number if it is one of several.
    pub role: String,
    /// The step or data set.
    pub of: String,
    /// Which of its products.
    pub output: String,
}

impl Pipeline {
    /// Reads a document, with `overrides` in the place of the defaults of its `[parameters]`.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place in the document.
    pub fn load(root: &Node, overrides: &[(String, String)]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let root = with_parameters(root, overrides, &mut mistakes);
        let read = settings::read(&root, read_pipeline);
        let mut pipeline = match read {
            Ok(pipeline) if mistakes.is_empty() => pipeline,
            Ok(_) => return Err(mistakes),
            Err(more) => {
                mistakes.extend(more);
                mistakes.sort_by_key(|mistake| mistake.span.start);
                return Err(mistakes);
            }
        };
        for step in &mut pipeline.steps {
            let needs = step.work.needs();
            step.settings = fingerprint(&root, &step.name, &needs);
        }
        resolve(&mut pipeline, &root, &mut mistakes);
        if mistakes.is_empty() {
            order(&mut pipeline, &root, &mut mistakes);
        }
        if mistakes.is_empty() { Ok(pipeline) } else { Err(mistakes) }
    }

    /// The step of a name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}

fn read_pipeline(table: &mut Settings<'_>) -> Pipeline {
    let name = table.require("name", "the name of the pipeline in records", String::new());
    if !name.is_empty() && !is_name(&name) {
        table.refuse("name", NAME_WORDS);
    }
    let seed = table.or("seed", "where all chance comes from", 0_u64);
    let data = table.named("data", "the data sets that it begins with", read_source);
    let steps = table.named("steps", "what is done", read_step);
    if data.len() > DATA_MAX {
        table.refuse("data", format!("more than {DATA_MAX} data sets"));
    }
    if steps.is_empty() {
        table.refuse("steps", "there is nothing to do: write at least one `[steps.NAME]`");
    }
    if steps.len() > STEPS_MAX {
        table.refuse("steps", format!("more than {STEPS_MAX} steps"));
    }
    for name in data.iter().map(|(name, _)| name).chain(steps.iter().map(|(name, _)| name)) {
        if !is_name(name) {
            table.refuse("steps", format!("`{name}` is no name: {NAME_WORDS}"));
        }
    }
    for (name, _) in steps.iter().filter(|(name, _)| data.iter().any(|(known, _)| known == name)) {
        table.refuse("steps", format!("`{name}` is the name of a data set already; call the step something else"));
    }
    Pipeline {
        name,
        seed,
        data: data.into_iter().map(|(_, source)| source).collect(),
        steps: steps.into_iter().filter_map(|(_, step)| step).collect(),
    }
}

const NAME_WORDS: &str = "letters, digits, `_` and `-`, at most 64 of them";

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn read_source(name: &str, table: &mut Settings<'_>) -> Source {
    let path = table.require("path", "the file, from the folder of the pipeline file", String::new());
    let by_name = if path.ends_with(".jsonl") || path.ends_with(".ndjson") { Format::JsonLines } else { Format::Csv };
    let formats = [("csv", Format::Csv), ("json_lines", Format::JsonLines)];
    let format = table.choose("format", "how it is written; by its ending, if left out", &formats, by_name, "csv");
    let separator: String = table.or("separator", "what stands between cells", ",".to_owned());
    let separator = match separator.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => *byte,
        _ => {
            table.refuse("separator", "expected one sign such as \",\", \";\" or \"\\t\"");
            b','
        }
    };
    let reading = Reading {
        separator,
        columns: table.or("columns", "names of the columns, if the first line does not hold them", Vec::new()),
        missing: table.or("missing", "words for what is missing, beside an empty cell", Vec::new()),
        text: table.or("text", "columns that stay text though all cells are numbers", Vec::new()),
    };
    let digest = table.get::<String>("digest", "`sha256:…`, and any other file is refused").and_then(|text| {
        let digest = Digest::parse(&text);
        if digest.is_none() {
            table.refuse("digest", "expected `sha256:` and 64 hexadecimal digits");
        }
        digest
    });
    Source { name: name.to_owned(), path, format, reading, digest }
}

fn read_step(name: &str, table: &mut Settings<'_>) -> Option<Step> {
    let kinds: Vec<(&'static str, &'static Kind)> = KINDS.iter().map(|kind| (kind.id, kind)).collect();
    let first = KINDS.first()?;
    if !table.has("kind") {
        table.require("kind", "what the step does", String::new());
        return None;
    }
    let kind = table.choose("kind", "what the step does", &kinds, first, first.id);
    let when = table.get::<String>("when", "run only if a figure of an earlier step meets this").and_then(|text| {
        match Condition::parse(&text) {
            Ok(condition) if condition.step.is_empty() => {
                table.refuse("when", format!("`{text}` names no step: write `STEP.{}`", condition.figure));
                None
            }
            Ok(condition) => Some(condition),
            Err(reason) => {
                table.refuse("when", reason);
                None
            }
        }
    });
    let work = (kind.read)(table);
    Some(Step { name: name.to_owned(), kind, when, work, settings: Digest::of(b""), needs: Vec::new() })
}

/// The document with every `"@NAME"` replaced by the parameter of that name, and without the parameters. `"@@…"` is
/// the text `@…`.
fn with_parameters(root: &Node, overrides: &[(String, String)], mistakes: &mut Vec<Mistake>) -> Node {
    let Value::Table(entries) = &root.value else { return root.clone() };
    let mut values: BTreeMap<&str, Value> = BTreeMap::new();
    let given = entries.iter().find(|entry| entry.key == "parameters");
    match given.map(|entry| (&entry.node.value, &entry.node.span)) {
        Some((Value::Table(parameters), _)) => {
            for parameter in parameters {
                if matches!(parameter.node.value, Value::Table(_)) {
                    let reason = "expected a plain value or a list, found a table".to_owned();
                    mistakes.push(mistake(
                        parameter.node.span.clone(),
                        format!("parameters.{}", parameter.key),
                        reason,
                    ));
                }
                values.insert(&parameter.key, parameter.node.value.clone());
            }
        }
        Some((other, span)) => {
            let reason = format!("expected a table, found {}", other.kind());
            mistakes.push(mistake(span.clone(), "parameters".to_owned(), reason));
        }
        None => {}
    }
    for (name, text) in overrides {
        let Some(default) = values.get_mut(name.as_str()) else {
            let nearest = nearest(name, values.keys().copied()).map(str::to_owned);
            let reason = format!("the pipeline has no parameter `{name}`");
            let path = "parameters".to_owned();
            mistakes.push(Mistake { span: root.span.start..root.span.start, path, reason, suggestion: nearest });
            continue;
        };
        match like(default, text) {
            Some(value) => *default = value,
            None => {
                let reason = format!("`{text}` is not {}, which the parameter `{name}` is", default.kind());
                mistakes.push(mistake(root.span.start..root.span.start, format!("parameters.{name}"), reason));
            }
        }
    }
    let rest = entries.iter().filter(|entry| entry.key != "parameters");
    let rest = rest.map(|entry| Entry { node: replaced(&entry.node, &values, mistakes), ..entry.clone() }).collect();
    Node { span: root.span.clone(), value: Value::Table(rest) }
}

/// `text` as a value of the same type as `default`.
fn like(default: &Value, text: &str) -> Option<Value> {
    match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) | Value::Table(_) => None,
    }
}

fn replaced(node: &Node, values: &BTreeMap<&str, Value>, mistakes: &mut Vec<Mistake>) -> Node {
    let value = match &node.value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(literal) if literal.starts_with('@') => Value::String(literal.to_owned()),
            Some(name) => values.get(name).cloned().unwrap_or_else(|| {
                let suggestion = nearest(name, values.keys().copied()).map(|name| format!("@{name}"));
                let reason = format!("there is no parameter `{name}`; `[parameters]` names them");
                mistakes.push(Mistake { span: node.span.clone(), path: String::new(), reason, suggestion });
                Value::String(text.clone())
            }),
            None => Value::String(text.clone()),
        },
        Value::Array(nodes) => Value::Array(nodes.iter().map(|node| replaced(node, values, mistakes)).collect()),
        Value::Table(entries) => Value::Table(
            entries
                .iter()
                .map(|entry| Entry { node: replaced(&entry.node, values, mistakes), ..entry.clone() })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { span: node.span.clone(), value }
}

/// The digest of a step's settings: how they are spaced, ordered and spelt does not matter, nor what its needs and
/// its condition are called.
fn fingerprint(root: &Node, step: &str, needs: &[Need]) -> Digest {
    let Some(Value::Table(entries)) = find(root, &["steps", step]).map(|node| &node.value) else {
        return Digest::of(b"");
    };
    let counts =
        |entry: &&Entry| entry.key != "when" && entry.key != "kind" && needs.iter().all(|need| need.key != entry.key);
    let settings: BTreeMap<&str, serde_json::Value> =
        entries.iter().filter(counts).map(|entry| (entry.key.as_str(), plain(&entry.node.value))).collect();
    Digest::of(serde_json::json!(settings).to_string().as_bytes())
}

fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => serde_json::json!(text),
        Value::Integer(number) => serde_json::json!(number),
        Value::Float(number) => serde_json::json!(number),
        Value::Boolean(value) => serde_json::json!(value),
        Value::Array(nodes) => nodes.iter().map(|node| plain(&node.value)).collect(),
        Value::Table(entries) => {
            let sorted: BTreeMap<&str, serde_json::Value> =
                entries.iter().map(|entry| (entry.key.as_str(), plain(&entry.node.value))).collect();
            serde_json::json!(sorted)
        }
    }
}

fn find<'n>(root: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, key| match &node.value {
        Value::Table(entries) => entries.iter().find(|entry| entry.key == *key).map(|entry| &entry.node),
        _ => None,
    })
}

/// Where a setting of a step is written.
fn place(root: &Node, step: &str, key: &str) -> Range<usize> {
    let node = find(root, &["steps", step, key]).or_else(|| find(root, &["steps", step]));
    node.map_or(0..0, |node| node.span.clone())
}

fn mistake(span: Range<usize>, path: String, reason: String) -> Mistake {
    Mistake { span, path, reason, suggestion: None }
}

/// Finds for each need the product that it names.
fn resolve(pipeline: &mut Pipeline, root: &Node, mistakes: &mut Vec<Mistake>) {
    let mut all = Vec::new();
    for step in &pipeline.steps {
        let mut resolved = Vec::new();
        for need in step.work.needs() {
            let path = format!("steps.{}.{}", step.name, need.key);
            let span = place(root, &step.name, need.key);
            match product(pipeline, &need) {
                Ok(found) => resolved.push(found),
                Err((reason, suggestion)) => mistakes.push(Mistake { span, path, reason, suggestion }),
            }
        }
        if let Some(when) = &step.when
            && pipeline.step(&when.step).is_none()
        {
            let suggestion = nearest(&when.step, pipeline.steps.iter().map(|step| step.name.as_str()));
            mistakes.push(Mistake {
                span: place(root, &step.name, "when"),
                path: format!("steps.{}.when", step.name),
                reason: format!("there is no step `{}`", when.step),
                suggestion: suggestion.map(str::to_owned),
            });
        }
        all.push(resolved);
    }
    for (step, needs) in pipeline.steps.iter_mut().zip(all) {
        step.needs = needs;
    }
}

type Refusal = (String, Option<String>);

fn product(pipeline: &Pipeline, need: &Need) -> Result<Resolved, Refusal> {
    let (of, wanted) = match need.reference.split_once('.') {
        Some((of, output)) => (of, Some(output)),
        None => (need.reference.as_str(), None),
    };
    let resolved = |output: &str| Resolved { role: need.role(), of: of.to_owned(), output: output.to_owned() };
    let kind_is = |kind: ProductKind, output: &str| {
        if kind == need.kind {
            Ok(resolved(output))
        } else {
            Err((format!("`{}` is a {}, and a {} is needed", need.reference, kind.word(), need.kind.word()), None))
        }
    };
    if pipeline.data.iter().any(|source| source.name == of) {
        return match wanted {
            None => kind_is(ProductKind::Table, "table"),
            Some(_) => Err((format!("`{of}` is a data set, which has no parts"), Some(of.to_owned()))),
        };
    }
    let Some(step) = pipeline.step(of) else {
        let steps = pipeline.steps.iter().map(|step| step.name.as_str());
        let suggestion = nearest(of, pipeline.data.iter().map(|source| source.name.as_str()).chain(steps));
        return Err((format!("there is no step or data set `{of}`"), suggestion.map(str::to_owned)));
    };
    let makes = step.work.makes();
    let found = match wanted {
        Some(output) => makes.iter().find(|(name, _)| name == output),
        // The first of the kind that is needed.
        None => makes.iter().find(|(_, kind)| *kind == need.kind).or(makes.first()),
    };
    match found {
        Some((output, kind)) => kind_is(*kind, output),
        None => {
            let names: Vec<&str> = makes.iter().map(|(name, _)| name.as_str()).collect();
            let suggestion = wanted.and_then(|output| nearest(output, names.iter().copied()));
            let suggestion = suggestion.map(|output| format!("{of}.{output}"));
            Err((format!("`{of}` makes {}, not `{}`", quoted(&names), wanted.unwrap_or_default()), suggestion))
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Puts each step behind what it needs; steps that need nothing of each other stay as they are written.
fn order(pipeline: &mut Pipeline, root: &Node, mistakes: &mut Vec<Mistake>) {
    let mut left = std::mem::take(&mut pipeline.steps);
    while !left.is_empty() {
        let waits = |step: &Step| -> Option<String> {
            let needed = step.needs.iter().map(|need| &need.of).chain(step.when.iter().map(|when| &when.step));
            needed.into_iter().find(|of| left.iter().any(|other| other.name == **of)).cloned()
        };
        match left.iter().position(|step| waits(step).is_none()) {
            Some(ready) => pipeline.steps.push(left.remove(ready)),
            None => {
                // Whoever follows what is waited for comes to a step that it has seen.
                let mut chain: Vec<String> = Vec::new();
                let mut at = left.first().map(|step| step.name.clone()).unwrap_or_default();
                while !chain.contains(&at) {
                    chain.push(at.clone());
                    at = left.iter().find(|step| step.name == at).and_then(waits).unwrap_or_default();
                }
                let circle = chain.iter().skip_while(|name| **name != at).map(String::as_str);
                let circle: Vec<&str> = circle.chain([at.as_str()]).collect();
                let first = circle.first().copied().unwrap_or_default();
                let reason = format!("the steps wait for each other: {}", circle.join(" needs "));
                let span = place(root, first, "kind");
                mistakes.push(mistake(span, format!("steps.{first}"), reason));
                return;
            }
        }
    }
}
