//! `matrix`: one step as several, and with it what hangs on it.

use std::collections::BTreeSet;

use redoubt_domain::settings::{self, Entry, Mistake, Node, Value};

use super::place::{find, mistake};
use super::read::read_step;
use super::split_reference;

/// The most steps that one becomes.
pub const INSTANCES_MAX: usize = 256;
/// The longest name of one of them, in bytes: it is part of the name of a file.
const NAME_MAX: usize = 200;

/// The document in which each step with a matrix, and each step that hangs on one, stands once for each combination
/// of values: `model[learner=random_forest]`. A list that names such a step has all of them in its place.
pub(super) fn expand(root: Node, mistakes: &mut Vec<Mistake>) -> Node {
    let Some(Value::Table(steps)) = find(&root, &["steps"]).map(|node| &node.value) else { return root };
    if !steps.iter().any(|step| entry(&step.node, "matrix").is_some()) {
        return root;
    }
    let mut templates: Vec<Template<'_>> = steps.iter().map(|step| Template::new(step, mistakes)).collect();
    let names: BTreeSet<String> = templates.iter().map(|template| template.step.key.clone()).collect();
    loop {
        let is_ready = |template: &Template<'_>| {
            let mut needed = template.needs.iter().filter(|need| names.contains(&need.of));
            template.instances.is_none() && needed.all(|need| instances(&templates, &need.of).is_some())
        };
        let Some(at) = templates.iter().position(is_ready) else { break };
        let made = templates.get(at).map(|template| template.combine(&templates, mistakes));
        if let Some(template) = templates.get_mut(at) {
            template.instances = made;
        }
    }
    let mut expanded = Vec::new();
    for template in &templates {
        match &template.instances {
            Some(all) => expanded.extend(all.iter().map(|instance| template.instance(instance, &templates))),
            // It waits for itself, which is told with the order.
            None => expanded.push(template.step.clone()),
        }
    }
    let Value::Table(entries) = &root.value else { return root };
    let replaced = |other: &Entry| match other.key.as_str() {
        "steps" => {
            let node = Node { span: other.node.span.clone(), value: Value::Table(expanded.clone()) };
            Entry { node, ..other.clone() }
        }
        _ => other.clone(),
    };
    Node { span: root.span.clone(), value: Value::Table(entries.iter().map(replaced).collect()) }
}

/// A step as it is written.
struct Template<'d> {
    step: &'d Entry,
    axes: Vec<Axis>,
    needs: Vec<Reference>,
    instances: Option<Vec<Instance>>,
}

/// What differs between the steps that one becomes.
struct Axis {
    /// The setting, and those within which it stands.
    path: Vec<String>,
    name: String,
    values: Vec<(String, Node)>,
}

/// A step that is named by another.
struct Reference {
    key: &'static str,
    of: String,
    is_list: bool,
}

/// One of the steps that a step becomes.
#[derive(Clone, PartialEq)]
struct Instance {
    name: String,
    labels: Vec<Label>,
}

#[derive(Clone, PartialEq)]
struct Label {
    /// The step that has the matrix.
    of: String,
    axis: String,
    value: String,
}

impl<'d> Template<'d> {
    fn new(step: &'d Entry, mistakes: &mut Vec<Mistake>) -> Self {
        let path = format!("steps.{}.matrix", step.key);
        let mut axes = Vec::new();
        if let Some(matrix) = entry(&step.node, "matrix") {
            read_axes(&matrix.node, &mut Vec::new(), &path, &mut axes, mistakes);
            if axes.is_empty() && mistakes.is_empty() {
                let reason = "a matrix has settings with lists of values, such as `{ learner = [\"…\", \"…\"] }`";
                mistakes.push(mistake(matrix.node.span.clone(), path, reason.to_owned()));
            }
        }
        let mut template = Self { step, axes, needs: Vec::new(), instances: None };
        let first = template.axes.iter().filter_map(|axis| Some((axis, &axis.values.first()?.1)));
        let node = first.fold(without(&step.node, "matrix"), |node, (axis, value)| with(node, &axis.path, value));
        // What is wrong with it is told when each is read.
        _ = settings::read(&node, |table| {
            if let Some(read) = read_step(&step.key, table) {
                let is_list = |key| entry(&node, key).is_some_and(|it| matches!(it.node.value, Value::Array(_)));
                let of = |reference: &str| split_reference(reference).0.to_owned();
                let needs = read.work.needs().into_iter();
                let needs =
                    needs.map(|need| Reference { key: need.key, of: of(&need.reference), is_list: is_list(need.key) });
                template.needs.extend(needs);
                let when = read.when.map(|when| Reference { key: "when", of: when.step, is_list: false });
                template.needs.extend(when);
            }
        });
        template
    }

    /// Every combination of its own values with those of the steps that it hangs on.
    fn combine(&self, all: &[Self], mistakes: &mut Vec<Mistake>) -> Vec<Instance> {
        let mut combinations: Vec<Vec<Label>> = vec![Vec::new()];
        for need in self.needs.iter().filter(|need| !need.is_list) {
            let Some(others) = instances(all, &need.of) else { continue };
            let mut joined: Vec<Vec<Label>> = Vec::new();
            for labels in &combinations {
                for other in others.iter().filter(|other| agree(labels, &other.labels)).take(INSTANCES_MAX + 1) {
                    let new = other.labels.iter().filter(|label| !labels.contains(label));
                    joined.push(labels.iter().chain(new).cloned().collect());
                }
                joined.truncate(INSTANCES_MAX + 1);
            }
            combinations = joined;
        }
        for axis in &self.axes {
            let of = |(value, _): &(String, Node)| Label {
                of: self.step.key.clone(),
                axis: axis.name.clone(),
                value: value.clone(),
            };
            let crossed = combinations.iter().flat_map(|labels| {
                axis.values.iter().map(move |value| labels.iter().cloned().chain([of(value)]).collect())
            });
            combinations = crossed.take(INSTANCES_MAX + 1).collect();
        }
        let span = entry(&self.step.node, "matrix").map_or(&self.step.key_span, |matrix| &matrix.node.span);
        let path = format!("steps.{}", self.step.key);
        if combinations.len() > INSTANCES_MAX {
            let reason = format!("`{}` would become more than {INSTANCES_MAX} steps", self.step.key);
            mistakes.push(mistake(span.clone(), path.clone(), reason));
            combinations.truncate(1);
        }
        let mut made: Vec<Instance> = Vec::new();
        for labels in combinations {
            let name = name(&self.step.key, &labels);
            if made.iter().any(|known| known.name == name) {
                let reason = format!("two steps would be called `{name}`: a value stands twice in a list");
                mistakes.push(mistake(span.clone(), path.clone(), reason));
            } else if name.len() > NAME_MAX {
                let reason = format!("`{name}` is longer than {NAME_MAX} letters: fewer settings or shorter values");
                mistakes.push(mistake(span.clone(), path.clone(), reason));
            } else {
                made.push(Instance { name, labels });
            }
        }
        made
    }

    /// The step of one combination.
    fn instance(&self, instance: &Instance, all: &[Self]) -> Entry {
        let value = |axis: &Axis| {
            let label = instance.labels.iter().find(|label| label.of == self.step.key && label.axis == axis.name)?;
            axis.values.iter().find(|(value, _)| *value == label.value).map(|(_, node)| node.clone())
        };
        let mut node = without(&self.step.node, "matrix");
        for axis in &self.axes {
            if let Some(value) = value(axis) {
                node = with(node, &axis.path, &value);
            }
        }
        for need in &self.needs {
            let Some(others) = instances(all, &need.of) else { continue };
            let fitting: Vec<&str> = others
                .iter()
                .filter(|other| agree(&instance.labels, &other.labels))
                .map(|other| other.name.as_str())
                .collect();
            // In its place in the table there may be something else by now: an axis over inputs.
            if let Value::Table(entries) = &mut node.value
                && let Some(entry) = entries.iter_mut().find(|entry| entry.key == need.key)
            {
                entry.node = renamed(&entry.node, &need.of, &fitting);
            }
        }
        Entry { key: instance.name.clone(), key_span: self.step.key_span.clone(), node }
    }
}

/// Reads the axes of a matrix: lists, and tables of them for settings within a table.
fn read_axes(node: &Node, path: &mut Vec<String>, place: &str, axes: &mut Vec<Axis>, mistakes: &mut Vec<Mistake>) {
    let Value::Table(entries) = &node.value else {
        let reason = format!("expected lists of values, found {}", node.value.kind());
        mistakes.push(mistake(node.span.clone(), place.to_owned(), reason));
        return;
    };
    for entry in entries {
        path.push(entry.key.clone());
        match &entry.node.value {
            Value::Table(_) if path.len() < 8 => read_axes(&entry.node, path, place, axes, mistakes),
            Value::Array(_) if path.len() == 1 && ["kind", "matrix", "retries"].contains(&entry.key.as_str()) => {
                let reason = format!("`{}` cannot differ between the steps of a matrix", entry.key);
                mistakes.push(mistake(entry.key_span.clone(), place.to_owned(), reason));
            }
            Value::Array(nodes) if !nodes.is_empty() && nodes.len() <= INSTANCES_MAX => {
                let whole = path.join(".");
                let name = if axes.iter().any(|axis| axis.name == entry.key) { whole } else { entry.key.clone() };
                let values = nodes.iter().enumerate().map(|(at, node)| (said(node, at), node.clone())).collect();
                axes.push(Axis { path: path.clone(), name, values });
            }
            Value::Array(_) => {
                let reason = format!("expected 1 to {INSTANCES_MAX} values");
                mistakes.push(mistake(entry.node.span.clone(), place.to_owned(), reason));
            }
            other => {
                let reason = format!("expected a list of values for `{}`, found {}", entry.key, other.kind());
                mistakes.push(mistake(entry.node.span.clone(), place.to_owned(), reason));
            }
        }
        path.pop();
    }
}

/// A value as part of a name: as it is written if it is short and plain, else its number, counted from 1.
fn said(node: &Node, at: usize) -> String {
    let text = match &node.value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Array(_) | Value::Table(_) => String::new(),
    };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.+".contains(&byte));
    if is_plain && (1..=40).contains(&text.len()) { text } else { (at + 1).to_string() }
}

fn name(step: &str, labels: &[Label]) -> String {
    if labels.is_empty() {
        return step.to_owned();
    }
    let is_twice = |axis: &str| labels.iter().filter(|label| label.axis == axis).count() > 1;
    let word = |label: &Label| match label {
        Label { of, axis, value } if is_twice(axis) => format!("{of}.{axis}={value}"),
        Label { of: _, axis, value } => format!("{axis}={value}"),
    };
    format!("{step}[{}]", labels.iter().map(word).collect::<Vec<_>>().join(","))
}

/// Whether no value of one is another in the other.
fn agree(labels: &[Label], others: &[Label]) -> bool {
    others.iter().all(|other| {
        labels.iter().all(|label| label.of != other.of || label.axis != other.axis || label.value == other.value)
    })
}

fn instances<'t>(all: &'t [Template<'_>], of: &str) -> Option<&'t [Instance]> {
    all.iter().find(|template| template.step.key == of)?.instances.as_deref()
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    match &node.value {
        Value::Table(entries) => entries.iter().find(|entry| entry.key == key),
        _ => None,
    }
}

fn without(node: &Node, key: &str) -> Node {
    let Value::Table(entries) = &node.value else { return node.clone() };
    let rest = entries.iter().filter(|entry| entry.key != key).cloned().collect();
    Node { span: node.span.clone(), value: Value::Table(rest) }
}

/// `node` with a setting, in a table within if the path is longer.
fn with(mut node: Node, path: &[String], value: &Node) -> Node {
    let (Some((key, rest)), Value::Table(entries)) = (path.split_first(), &mut node.value) else { return node };
    let empty = || Node { span: value.span.clone(), value: Value::Table(Vec::new()) };
    let set =
        |old: Option<Node>| if rest.is_empty() { value.clone() } else { with(old.unwrap_or_else(empty), rest, value) };
    match entries.iter_mut().find(|entry| entry.key == *key) {
        Some(entry) => entry.node = set(Some(entry.node.clone())),
        None => entries.push(Entry { key: key.clone(), key_span: value.span.clone(), node: set(None) }),
    }
    node
}

/// `node` with `names` in the place of `of`: of the first where one stands, of all where a list does.
fn renamed(node: &Node, of: &str, names: &[&str]) -> Node {
    let one = |text: &str, name: &str| match text.strip_prefix(of) {
        Some(rest)
            if rest.is_empty() || !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_-[".contains(c)) =>
        {
            Some(format!("{name}{rest}"))
        }
        _ => None,
    };
    let value = match &node.value {
        Value::String(text) => {
            let first = names.first().and_then(|name| one(text, name));
            Value::String(first.unwrap_or_else(|| text.clone()))
        }
        Value::Array(nodes) => {
            let each = nodes.iter().flat_map(|item| match &item.value {
                Value::String(text) if one(text, "").is_some() => {
                    let said = names.iter().filter_map(|name| one(text, name));
                    said.map(|text| Node { span: item.span.clone(), value: Value::String(text) }).collect()
                }
                _ => vec![renamed(item, of, names)],
            });
            Value::Array(each.collect())
        }
        Value::Table(entries) => {
            let each = entries.iter();
            Value::Table(each.map(|entry| Entry { node: renamed(&entry.node, of, names), ..entry.clone() }).collect())
        }
        other => other.clone(),
    };
    Node { span: node.span.clone(), value }
}
