//! Reading a table key by key.

use std::ops::Range;

use super::describe::{Described, Property};
use super::field::Field;
use super::nearest::nearest;
use super::{Entry, Mistake, Node, Value};

/// A table being read. Each key is asked for once; what is left at the end is unknown, and refused.
pub struct Table<'a> {
    entries: &'a [Entry],
    span: Range<usize>,
    path: String,
    mistakes: &'a mut Vec<Mistake>,
    known: Vec<&'static str>,
    described: Option<&'a mut Described>,
    is_left: bool,
}

impl<'a> Table<'a> {
    /// Reads `node` with `reader`, then refuses the keys it did not ask for.
    pub(super) fn over<T>(
        node: &Node,
        path: String,
        mistakes: &mut Vec<Mistake>,
        reader: impl FnOnce(&mut Table<'_>) -> T,
    ) -> T {
        let entries: &[Entry] = match &node.value {
            Value::Table(entries) => entries,
            other => {
                let reason = format!("expected a table, found {}", other.kind());
                mistakes.push(Mistake { span: node.span.clone(), path: path.clone(), reason, suggestion: None });
                &[]
            }
        };
        let (known, span) = (Vec::new(), node.span.clone());
        let mut table = Table { entries, span, path, mistakes, known, described: None, is_left: false };
        let settings = reader(&mut table);
        table.refuse_unknown();
        settings
    }

    /// Runs `reader` on nothing, noting what it asks for.
    pub(super) fn describing<T>(described: &mut Described, reader: impl FnOnce(&mut Table<'_>) -> T) -> T {
        let mut mistakes = Vec::new();
        reader(&mut Table {
            entries: &[],
            span: 0..0,
            path: String::new(),
            mistakes: &mut mistakes,
            known: Vec::new(),
            described: Some(described),
            is_left: false,
        })
    }

    /// The value of `key`, or none if it is not given.
    pub fn get<T: Field>(&mut self, key: &'static str, words: &'static str) -> Option<T> {
        self.note(key, words, &Property::Value { kind: T::kind(), default: None });
        self.value(key)
    }

    /// The value of `key`, or `default`.
    pub fn or<T: Field>(&mut self, key: &'static str, words: &'static str, default: T) -> T {
        self.note(key, words, &Property::Value { kind: T::kind(), default: default.write() });
        self.value(key).unwrap_or(default)
    }

    /// The value of `key`, which must be given; `placeholder` stands in while mistakes are collected.
    pub fn require<T: Field>(&mut self, key: &'static str, words: &'static str, placeholder: T) -> T {
        self.note(key, words, &Property::Required { kind: T::kind() });
        if self.entry(key).is_none() && self.described.is_none() {
            let span = self.span.clone();
            self.mistake(span, key, format!("`{key}` is missing: {words}"), None);
        }
        self.value(key).unwrap_or(placeholder)
    }

    /// One of `choices`, by word; `default` if the key is not given. A wrong word is refused with the
    /// nearest right one.
    pub fn choose<T: Copy>(
        &mut self,
        key: &'static str,
        words: &'static str,
        choices: &[(&'static str, T)],
        default: T,
        default_word: &'static str,
    ) -> T {
        let names: Vec<&'static str> = choices.iter().map(|(name, _)| *name).collect();
        self.note(key, words, &Property::Choice { choices: names.clone(), default: Some(default_word) });
        let Some(entry) = self.entry(key) else { return default };
        match &entry.node.value {
            Value::String(word) => match choices.iter().find(|(name, _)| name == word) {
                Some((_, choice)) => *choice,
                None => {
                    let suggestion = nearest(word, names.iter().copied()).map(str::to_owned);
                    let reason = format!("`{word}` is not one of {}", quoted(&names));
                    self.mistake(entry.node.span.clone(), key, reason, suggestion);
                    default
                }
            },
            other => {
                let reason = format!("expected one of {}, found {}", quoted(&names), other.kind());
                self.mistake(entry.node.span.clone(), key, reason, None);
                default
            }
        }
    }

    /// Several of `choices`, by word; `default` if the key is not given.
    pub fn choose_many<T: Copy>(
        &mut self,
        key: &'static str,
        words: &'static str,
        choices: &[(&'static str, T)],
        default: Vec<T>,
    ) -> Vec<T> {
        let names = choices.iter().map(|(name, _)| *name).collect();
        self.note(key, words, &Property::Choices { choices: names, own: None });
        self.chosen(key, choices, default)
    }

    /// As [`Table::choose_many`], where this document names further choices in another place: `own` are those, and
    /// `pattern` is the regular expression that every such name fits.
    pub fn choose_many_or_own<T: Copy>(
        &mut self,
        key: &'static str,
        words: &'static str,
        choices: &[(&'static str, T)],
        own: &[(&'static str, T)],
        pattern: &'static str,
    ) -> Vec<T> {
        let names = choices.iter().map(|(name, _)| *name).collect();
        self.note(key, words, &Property::Choices { choices: names, own: Some(pattern) });
        self.chosen(key, &[own, choices].concat(), Vec::new())
    }

    fn chosen<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)], default: Vec<T>) -> Vec<T> {
        let names: Vec<&'static str> = choices.iter().map(|(name, _)| *name).collect();
        let Some(entry) = self.entry(key) else { return default };
        let Value::Array(nodes) = &entry.node.value else {
            let reason = format!("expected a list of {}, found {}", quoted(&names), entry.node.value.kind());
            self.mistake(entry.node.span.clone(), key, reason, None);
            return default;
        };
        let mut chosen = Vec::new();
        for node in nodes {
            let word = match &node.value {
                Value::String(word) => word.as_str(),
                _ => "",
            };
            if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == word) {
                chosen.push(*choice);
            } else {
                let suggestion = nearest(word, names.iter().copied()).map(str::to_owned);
                self.mistake(node.span.clone(), key, format!("`{word}` is not one of {}", quoted(&names)), suggestion);
            }
        }
        chosen
    }

    /// A table within this one; an empty one if the key is not given.
    pub fn table<T>(&mut self, key: &'static str, words: &'static str, reader: impl FnOnce(&mut Table<'_>) -> T) -> T {
        if let Some(described) = self.describe_within(key, words, Nesting::Table) {
            return Table::describing(described, reader);
        }
        self.known.push(key);
        let path = self.path_of(key);
        match self.entry(key) {
            Some(entry) => Table::over(&entry.node, path, self.mistakes, reader),
            None => {
                let empty = Node { span: self.span.clone(), value: Value::Table(Vec::new()) };
                Table::over(&empty, path, self.mistakes, reader)
            }
        }
    }

    /// A table within this one, or none if the key is not given.
    pub fn table_if<T>(
        &mut self,
        key: &'static str,
        words: &'static str,
        reader: impl FnOnce(&mut Table<'_>) -> T,
    ) -> Option<T> {
        if self.described.is_none() && self.entry(key).is_none() {
            self.known.push(key);
            return None;
        }
        Some(self.table(key, words, reader))
    }

    /// A list of tables (`[[key]]`).
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        words: &'static str,
        mut reader: impl FnMut(&mut Table<'_>) -> T,
    ) -> Vec<T> {
        if let Some(described) = self.describe_within(key, words, Nesting::List) {
            Table::describing(described, &mut reader);
            return Vec::new();
        }
        self.known.push(key);
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let Value::Array(nodes) = &entry.node.value else {
            let reason =
                format!("expected a list of tables (`[[{}]]`), found {}", self.path_of(key), entry.node.value.kind());
            self.mistake(entry.node.span.clone(), key, reason, None);
            return Vec::new();
        };
        let mut settings = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let path = format!("{}[{index}]", self.path_of(key));
            settings.push(Table::over(node, path, self.mistakes, &mut reader));
        }
        settings
    }

    /// A table of tables under names that the user chooses (`[key.NAME]`).
    pub fn named<T>(
        &mut self,
        key: &'static str,
        words: &'static str,
        mut reader: impl FnMut(&str, &mut Table<'_>) -> T,
    ) -> Vec<(String, T)> {
        if let Some(described) = self.describe_within(key, words, Nesting::Named) {
            Table::describing(described, |table| reader("NAME", table));
            return Vec::new();
        }
        self.known.push(key);
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let Value::Table(entries) = &entry.node.value else {
            let reason = format!("expected tables (`[{}.NAME]`), found {}", self.path_of(key), entry.node.value.kind());
            self.mistake(entry.node.span.clone(), key, reason, None);
            return Vec::new();
        };
        let mut settings = Vec::new();
        for Entry { key: name, key_span: _, node } in entries {
            let path = format!("{}.{name}", self.path_of(key));
            let value = Table::over(node, path, self.mistakes, |table| reader(name, table));
            settings.push((name.clone(), value));
        }
        settings
    }

    /// Says that the value of `key` is wrong for a reason that its type does not show.
    pub fn refuse(&mut self, key: &'static str, reason: impl Into<String>) {
        let span = self.entry(key).map_or_else(|| self.span.clone(), |entry| entry.node.span.clone());
        self.mistake(span, key, reason.into(), None);
    }

    /// As [`Table::refuse`], naming what was probably meant.
    pub fn refuse_with(&mut self, key: &'static str, reason: impl Into<String>, suggestion: Option<String>) {
        let span = self.entry(key).map_or_else(|| self.span.clone(), |entry| entry.node.span.clone());
        self.mistake(span, key, reason.into(), suggestion);
    }

    /// As [`Table::refuse_with`] for one item of the list that is the value of `key`.
    pub fn refuse_item(
        &mut self,
        key: &'static str,
        item: usize,
        reason: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let node = self.entry(key).map(|entry| &entry.node);
        let span = match node.map(|node| (&node.value, &node.span)) {
            Some((Value::Array(nodes), span)) => nodes.get(item).map_or(span, |node| &node.span).clone(),
            Some((_, span)) => span.clone(),
            None => self.span.clone(),
        };
        self.mistake(span, key, reason.into(), suggestion);
    }

    /// Every key of this table with its text: names that the user chooses, such as those of an environment.
    pub fn texts(&mut self) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for Entry { key, key_span: _, node } in self.entries {
            match String::read(node) {
                Ok(text) => texts.push((key.clone(), text)),
                Err(reason) => self.mistake(node.span.clone(), key, reason, None),
            }
        }
        texts
    }

    /// Lets all other keys be: it cannot be said which there may be, for a reason that was told already.
    pub fn leave_rest(&mut self) {
        self.is_left = true;
    }

    /// Whether `key` is given.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// The names that the user chose under `key`, before the tables there are read: what is read earlier
    /// can then be checked against them.
    pub fn names(&self, key: &str) -> Vec<&'a str> {
        match self.entry(key).map(|entry| &entry.node.value) {
            Some(Value::Table(entries)) => entries.iter().map(|entry| entry.key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// Where this table is written, in bytes of the document.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    fn value<T: Field>(&mut self, key: &'static str) -> Option<T> {
        let entry = self.entry(key)?;
        match T::read(&entry.node) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.mistake(entry.node.span.clone(), key, reason, None);
                None
            }
        }
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn mistake(&mut self, span: Range<usize>, key: &str, reason: String, suggestion: Option<String>) {
        let path = self.path_of(key);
        self.mistakes.push(Mistake { span, path, reason, suggestion });
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn note(&mut self, key: &'static str, words: &'static str, property: &Property) {
        self.known.push(key);
        if let Some(described) = &mut self.described {
            described.properties.push((key, words, property.clone()));
        }
    }

    fn describe_within(&mut self, key: &'static str, words: &'static str, nesting: Nesting) -> Option<&mut Described> {
        let described = self.described.as_deref_mut()?;
        let property = match nesting {
            Nesting::Table => Property::Table(Described::default()),
            Nesting::List => Property::Tables(Described::default()),
            Nesting::Named => Property::Named(Described::default()),
        };
        described.properties.push((key, words, property));
        match described.properties.last_mut() {
            Some((_, _, Property::Table(inner) | Property::Tables(inner) | Property::Named(inner))) => Some(inner),
            _ => None,
        }
    }

    fn refuse_unknown(&mut self) {
        for Entry { key, key_span, node: _ } in self.entries {
            if self.is_left || self.known.contains(&key.as_str()) {
                continue;
            }
            let suggestion = nearest(key, self.known.iter().copied()).map(str::to_owned);
            let place =
                if self.path.is_empty() { "at the top level".to_owned() } else { format!("in `{}`", self.path) };
            let reason = format!("unknown key `{key}` {place}");
            self.mistake(key_span.clone(), key, reason, suggestion);
        }
    }
}

#[derive(Clone, Copy)]
enum Nesting {
    Table,
    List,
    Named,
}

/// The names, or their number where a list would drown the message; the nearest one is suggested anyway.
fn quoted(names: &[&str]) -> String {
    const LISTED_MAX: usize = 16;
    if names.len() > LISTED_MAX {
        return format!("the {} words that are known here", names.len());
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
