//! Answers that do not follow the JSON Schema they were asked for.

use jsonschema::{PatternOptions, Validator};
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

/// A JSON Schema that answers can be checked against.
pub struct Schema {
    validator: Validator,
}

/// Where an answer departs from its schema, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The place in the answer as a JSON Pointer; empty for the whole.
    pub path: String,
    /// What is wrong there, in lower case. Quotes nothing of the answer but names of properties and types.
    pub message: String,
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
        Ok(Self { validator })
    }

    /// What is wrong with an answer; nothing if it follows the schema.
    pub fn violations(&self, answer: &str) -> Vec<Violation> {
        let instance: Value = match serde_json::from_str(answer.trim()) {
            Ok(instance) => instance,
            Err(error) => {
                let message = format!("not JSON: line {}, column {}", error.line(), error.column());
                return vec![Violation { path: String::new(), message }];
            }
        };
        let errors = self.validator.iter_errors(&instance).take(VIOLATIONS_MAX);
        errors
            .map(|error| {
                let keyword = error.schema_path().to_string();
                let keyword = keyword.rsplit('/').next().unwrap_or("").to_owned();
                Violation { path: error.instance_path().to_string(), message: format!("breaks `{keyword}`") }
            })
            .collect()
    }
}

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
        // Only the words of the answer itself, not what is decoded from them.
        if window.direction == Direction::Input || window.kind != SegmentKind::Content || window.depth > 0 {
            return;
        }
        let rule = match &self.schema {
            None => "schema-unusable",
            Some(schema) => match schema.violations(window.text).first() {
                None => return,
                Some(violation) if violation.message.starts_with("not JSON") => "not-json",
                Some(_) => "schema-violation",
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

    fn live_from(&self, window: &Window<'_>) -> usize {
        if window.direction == Direction::Output && window.kind == SegmentKind::Content { 0 } else { window.text.len() }
    }
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
            let found: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.message.as_str())).collect();
            assert_eq!(found, expected, "{answer}");
        };
        check(r#"{"name":"Ann","tags":["a"]}"#, &[]);
        check(r#" {"name":1}"#, &[("/name", "breaks `type`")]);
        check(r#"{"name":"Ann","tags":["a","B"]}"#, &[("/tags/1", "breaks `pattern`")]);
        check("{}", &[("", "breaks `required`")]);
        check(r#"{"name":"x","age":1}"#, &[("", "breaks `additionalProperties`")]);
        check("{\"name\":", &[("", "not JSON: line 1, column 8")]);
        check("", &[("", "not JSON: line 1, column 0")]);
    }

    #[test]
    fn unusable_schemas_are_refused() {
        let error = |text: &str| Schema::parse(text).err().map(|error| error.to_string());
        assert_eq!(error("{"), Some("the schema is not JSON: line 1, column 1".to_owned()));
        assert!(error(r#"{"$ref":"https://example.com/schema.json"}"#).is_some());
        assert!(error(r#"{"type":12}"#).is_some());
    }
}
