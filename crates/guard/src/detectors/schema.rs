//! Answers that do not follow the JSON Schema they were asked for, and what can be done about it.

mod repair;

use std::collections::HashSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::LocationSegment;
use jsonschema::{JsonType, PatternOptions, ValidationError, Validator};
use redoubt_domain::exchange::{Direction, SegmentKind};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};
use serde_json::Value;

use super::{Background, ConversationRow, Parameters};

/// The row of the table.
pub(super) static ROW: ConversationRow = ConversationRow {
    id: ID,
    summary: SUMMARY,
    labels: LABELS,
    needs_whole: true,
    build: |_: &Parameters, background: &Background| {
        let schema = Schema::parse(background.output_schema.as_deref()?);
        Some(Box::new(OutputSchema { spec: spec(), schema: schema.ok() }))
    },
};

const ID: &str = "output_schema";
const SUMMARY: &str = "Answers that do not follow the JSON Schema of the request";
const LABEL: &str = "SCHEMA_VIOLATION";
const LABELS: &[&str] = &[LABEL];

/// A schema longer than this is none that a person wrote.
const SCHEMA_BYTES_MAX: usize = 1 << 20;
/// Violations told of one answer; the first few say what is wrong.
const VIOLATIONS_MAX: usize = 20;
/// Bytes of a record that say where. Longer paths are left out.
const DETAIL_BYTES_MAX: usize = 400;
/// Values of one answer that are given the type they should have.
const CONVERTED_MAX: usize = 1_000;

/// A JSON Schema that answers can be checked against.
pub struct Schema {
    validator: Validator,
    /// Every name in it. Others are the model's and may say anything.
    names: HashSet<String>,
}

/// Where an answer departs from its schema, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The place in the answer as a JSON Pointer; empty for the whole. Names that the schema does not know are `*`.
    pub path: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with an answer or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not JSON.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It does not satisfy this keyword of the schema.
    Breaks(&'static str),
}

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It is not JSON.
    #[error("the schema is not JSON: line {line}, column {column}")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is JSON and no usable schema: an unknown reference, a wrong keyword.
    #[error("the schema cannot be used: at `{path}`")]
    Unusable {
        /// The place in the schema as a JSON Pointer.
        path: String,
    },
    /// It is too long.
    #[error("the schema is longer than {SCHEMA_BYTES_MAX} bytes")]
    TooLong,
}

impl Schema {
    /// Reads a schema. Nothing is fetched: a reference must stay within it. Patterns run in linear time.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        if text.len() > SCHEMA_BYTES_MAX {
            return Err(SchemaError::TooLong);
        }
        let schema: Value = serde_json::from_str(text)
            .map_err(|error| SchemaError::NotJson { line: error.line(), column: error.column() })?;
        let validator = jsonschema::options()
            .with_pattern_options(PatternOptions::regex())
            .build(&schema)
            .map_err(|error| SchemaError::Unusable { path: error.instance_path().to_string() })?;
        Ok(Self { validator, names: names(&schema) })
    }

    /// What is wrong with an answer; nothing if it follows the schema.
    pub fn violations(&self, answer: &str) -> Vec<Violation> {
        let instance: Value = match serde_json::from_str(answer.trim()) {
            Ok(instance) => instance,
            Err(error) => {
                let fault = Fault::NotJson { line: error.line(), column: error.column() };
                return vec![Violation { path: String::new(), fault }];
            }
        };
        let errors = self.validator.iter_errors(&instance).take(VIOLATIONS_MAX);
        errors.map(|error| Violation { path: self.path(&error), fault: Fault::Breaks(keyword(&error)) }).collect()
    }

    /// The answer as JSON that follows the schema, if it says one such thing and no other.
    ///
    /// Prose and fences around it, comments, quotes, commas, brackets, Python's words and the types of values may be
    /// wrong; a missing value, or two documents that both follow the schema, are not for us to decide.
    pub fn repaired(&self, answer: &str) -> Option<String> {
        let documents = repair::documents(answer).into_iter();
        let mut fitting = documents.filter_map(|document| self.converted(document.json));
        let repaired = fitting.next()?;
        fitting.all(|other| other == repaired).then_some(repaired)
    }

    /// The JSON text itself if it follows the schema, or with the values of which only the type was wrong written as
    /// the schema wants them.
    fn converted(&self, json: String) -> Option<String> {
        let mut instance: Value = serde_json::from_str(&json).ok()?;
        if self.validator.is_valid(&instance) {
            return Some(json);
        }
        let mut converted: Vec<(String, Value)> = Vec::new();
        for error in self.validator.iter_errors(&instance) {
            let value = convert(error.instance(), error.kind())?;
            converted.push((error.instance_path().as_str().to_owned(), value));
            if converted.len() > CONVERTED_MAX {
                return None;
            }
        }
        for (path, value) in converted {
            *instance.pointer_mut(&path)? = value;
        }
        self.validator.is_valid(&instance).then(|| instance.to_string())
    }

    fn path(&self, error: &ValidationError<'_>) -> String {
        let mut path = String::new();
        for segment in error.instance_path() {
            path.push('/');
            match segment {
                LocationSegment::Index(index) => path.push_str(&index.to_string()),
                LocationSegment::Property(name) if self.names.contains(name.as_ref()) => {
                    path.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                LocationSegment::Property(_) => path.push('*'),
            }
        }
        path
    }
}

impl Fault {
    /// The rule that says so.
    const fn rule(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not-json",
            Self::Breaks(keyword) => keyword,
        }
    }
}

/// The names of the properties that a schema speaks of.
fn names(schema: &Value) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                names.extend(members.keys().cloned());
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            Value::String(text) => {
                // `required` names properties in strings.
                names.insert(text.clone());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    names
}

/// The keyword that an answer breaks, as the program knows it.
fn keyword(error: &ValidationError<'_>) -> &'static str {
    let keyword = error.kind().keyword();
    KEYWORDS.iter().find(|known| **known == keyword).copied().unwrap_or("schema-violation")
}

/// The value with another type, where a keyword asks for one and there is one way to write it so.
fn convert(value: &Value, kind: &ValidationErrorKind) -> Option<Value> {
    let ValidationErrorKind::Type { kind } = kind else { return None };
    let takes = |wanted: JsonType| match kind {
        TypeKind::Single(single) => *single == wanted,
        TypeKind::Multiple(set) => set.contains(wanted),
    };
    match value {
        Value::String(text) => {
            let is_number = takes(JsonType::Number) || takes(JsonType::Integer);
            let number = || serde_json::from_str::<serde_json::Number>(text.trim()).ok().map(Value::Number);
            let truth = match text.trim() {
                "true" | "True" => Some(true),
                "false" | "False" => Some(false),
                _ => None,
            };
            let truth = truth.filter(|_| takes(JsonType::Boolean)).map(Value::Bool);
            truth.or_else(|| number().filter(|_| is_number))
        }
        Value::Number(number) => takes(JsonType::String).then(|| Value::String(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a finding may name as its rule.
static KEYWORDS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "dependentRequired",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "propertyNames",
    "required",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

fn spec() -> Spec {
    Spec {
        id: ID,
        summary: SUMMARY,
        labels: LABELS,
        trigger: Trigger::Always,
        // A validator needs the whole text.
        span_max: usize::MAX,
        positives: &[],
        near_misses: &[],
    }
}

struct OutputSchema {
    spec: Spec,
    /// Nothing if the schema cannot be used: then no answer can be shown to follow it.
    schema: Option<Schema>,
}

impl Detector for OutputSchema {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        if !is_answer(window) {
            return;
        }
        let rule = match &self.schema {
            None => "schema-unusable",
            Some(schema) => match schema.violations(window.text).first() {
                None => return,
                Some(violation) => violation.fault.rule(),
            },
        };
        found.push(Match {
            span: 0..window.text.len(),
            label: Label::new(LABEL),
            rule: Some(rule),
            score: 1.0,
            severity: Severity::Medium,
        });
    }

    /// Each violation as a JSON Pointer and the keyword, or where the JSON ends to be any.
    fn detail(&self, window: &Window<'_>, _: &Match) -> Option<String> {
        let mut detail = String::new();
        for violation in self.schema.as_ref()?.violations(window.text) {
            let said = match violation.fault {
                Fault::NotJson { line, column } => format!("line {line}, column {column}"),
                Fault::Breaks(keyword) => format!("`{}` breaks `{keyword}`", violation.path),
            };
            if detail.len() + said.len() <= DETAIL_BYTES_MAX {
                let comma = if detail.is_empty() { "" } else { ", " };
                detail.push_str(comma);
                detail.push_str(&said);
            }
        }
        Some(detail).filter(|detail| !detail.is_empty())
    }

    fn mend(&self, text: &str) -> Option<String> {
        self.schema.as_ref()?.repaired(text)
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        if is_answer(window) { 0 } else { window.text.len() }
    }
}

/// Whether these are the words of the answer itself, not what is decoded from them.
fn is_answer(window: &Window<'_>) -> bool {
    window.direction == Direction::Output && window.kind == SegmentKind::Content && window.depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"type":"object","required":["name"],"properties":{"name":{"type":"string"},
        "tags":{"type":"array","items":{"type":"string","pattern":"^[a-z]+$"}}},"additionalProperties":false}"#;

    #[test]
    fn violations_say_where() {
        let schema = Schema::parse(SCHEMA).unwrap();
        let check = |answer: &str, expected: &[(&str, &str)]| {
            let found = schema.violations(answer);
            let found: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.fault.rule())).collect();
            assert_eq!(found, expected, "{answer}");
        };
        check(r#"{"name":"Ann","tags":["a"]}"#, &[]);
        check(r#" {"name":1}"#, &[("/name", "type")]);
        check(r#"{"name":"Ann","tags":["a","B"]}"#, &[("/tags/1", "pattern")]);
        check(r#"{"name":1,"tags":[2]}"#, &[("/name", "type"), ("/tags/0", "type")]);
        check("{}", &[("", "required")]);
        check(r#"{"name":"x","age":1}"#, &[("", "additionalProperties")]);
        check("{\"name\":", &[("", "not-json")]);
        check("", &[("", "not-json")]);
        let fault = |answer: &str| schema.violations(answer).remove(0).fault;
        assert_eq!(fault("{\"name\":"), Fault::NotJson { line: 1, column: 8 });
    }

    #[test]
    fn a_path_says_nothing_that_only_the_model_knows() {
        let schema =
            Schema::parse(r#"{"properties":{"a/b":{"type":"string"}},"additionalProperties":{"type":"number"}}"#);
        let found = schema.unwrap().violations(r#"{"a/b":1,"jane@example.com":"x"}"#);
        let paths: Vec<&str> = found.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, ["/a~1b", "/*"]);
    }

    #[test]
    fn what_can_be_repaired_follows_the_schema() {
        let schema = Schema::parse(
            r#"{"type":"object","required":["name"],"additionalProperties":false,"properties":{"name":{"type":"string"},
            "age":{"type":["integer","null"]},"height":{"type":"number"},"old":{"type":"boolean"},
            "sizes":{"type":"array","items":{"type":"number"}}}}"#,
        );
        let schema = schema.unwrap();
        for (answer, repaired) in [
            (r#"{"name":"Ann"}"#, Some(r#"{"name":"Ann"}"#)),
            ("```json\n{\"name\": \"Ann\"}\n```", Some(r#"{"name":"Ann"}"#)),
            ("Here you are: {'name': 'Ann', 'old': True,}. Bye!", Some(r#"{"name":"Ann","old":true}"#)),
            (r#"{name: "Ann", age: "41", height: "1.75"}"#, Some(r#"{"name":"Ann","age":41,"height":1.75}"#)),
            (r#"{"name": 12, "old": "false"}"#, Some(r#"{"name":"12","old":false}"#)),
            (r#"{"name": "Ann", "sizes": ["1", 2, "3"#, None),
            (r#"{"name": "Ann", "sizes": ["1", 2"#, Some(r#"{"name":"Ann","sizes":[1,2]}"#)),
            // The same thing twice is one thing.
            (r#"{"name":"Ann"} or {"name": "Ann"}"#, Some(r#"{"name":"Ann"}"#)),
            (r#"{"name":"Ann"} or {"name":"Bob"}"#, None),
            (r#"{"example": 1} is wrong, {"name":"Bob"} is right"#, Some(r#"{"name":"Bob"}"#)),
            (r#"{"nam": "Ann"}"#, None),
            (r#"{"name": "Ann", "age": "old"}"#, None),
            (r#"{"name": "Ann", "age": 4.5}"#, None),
            (r#"{"name": ["Ann"]}"#, None),
            ("I cannot do that.", None),
            ("", None),
        ] {
            assert_eq!(schema.repaired(answer).as_deref(), repaired, "{answer}");
            assert!(repaired.is_none_or(|repaired| schema.violations(repaired).is_empty()));
        }
    }

    #[test]
    fn unusable_schemas_are_refused() {
        let error = |text: &str| Schema::parse(text).err().map(|error| error.to_string());
        assert_eq!(error("{"), Some("the schema is not JSON: line 1, column 1".to_owned()));
        assert!(error(r#"{"$ref":"https://example.com/schema.json"}"#).is_some());
        assert!(error(r#"{"type":12}"#).is_some());
    }
}
