//! A TOML document as the nodes that the settings readers understand.

use std::ops::Range;

use redoubt_domain::settings::{Entry, Mistake, Node, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Looks up a variable of the environment. A parameter, so that tests need no real one.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Parses `source`, resolving `${NAME}` in strings from `environment`.
///
/// What is wrong with the syntax and every reference that cannot be resolved is returned beside the nodes,
/// so that the settings can be checked as well and the user sees all mistakes at once.
pub(super) fn parse(source: &str, environment: Environment<'_>) -> (Node, Vec<Mistake>) {
    let (table, errors) = DeTable::parse_recoverable(source);
    let mut mistakes: Vec<Mistake> = errors
        .into_iter()
        .map(|error| mistake(error.span().unwrap_or(0..0), error.message().trim().replace('\n', ", ")))
        .collect();
    let span = table.span();
    let value = table_of(table.get_ref(), environment, &mut mistakes);
    (Node { span, value }, mistakes)
}

fn table_of(table: &DeTable<'_>, environment: Environment<'_>, mistakes: &mut Vec<Mistake>) -> Value {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            node: node_of(value, environment, mistakes),
        })
        .collect();
    // The parser's map may sort by name; mistakes read best in the order of the document.
    entries.sort_by_key(|entry| entry.key_span.start);
    Value::Table(entries)
}

fn node_of(value: &Spanned<DeValue<'_>>, environment: Environment<'_>, mistakes: &mut Vec<Mistake>) -> Node {
    let span = value.span();
    let value = match value.get_ref() {
        DeValue::String(text) => Value::String(resolve(text, &span, environment, mistakes)),
        DeValue::Integer(number) => match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => {
                mistakes.push(mistake(span.clone(), format!("`{}` is too large a number", number.as_str())));
                Value::Integer(0)
            }
        },
        DeValue::Float(number) => Value::Float(number.as_str().replace('_', "").parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| node_of(item, environment, mistakes)).collect()),
        DeValue::Table(table) => table_of(table, environment, mistakes),
    };
    Node { span, value }
}

/// Replaces `${NAME}` by the variable's value and `$${` by a literal `${`.
fn resolve(text: &str, span: &Range<usize>, environment: Environment<'_>, mistakes: &mut Vec<Mistake>) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(literal) = before.strip_suffix('$') {
            resolved.push_str(literal);
            resolved.push_str("${");
            rest = after;
            continue;
        }
        resolved.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            mistakes.push(mistake(span.clone(), "`${` has no closing `}`; write `$${` for the characters".into()));
            return resolved;
        };
        match environment(name) {
            Some(value) => resolved.push_str(&value),
            None => mistakes.push(mistake(
                span.clone(),
                format!("the environment has no variable `{name}`; set it for this command and for the server"),
            )),
        }
        rest = tail;
    }
    resolved.push_str(rest);
    resolved
}

fn mistake(span: Range<usize>, reason: String) -> Mistake {
    Mistake { span, path: String::new(), reason, suggestion: None }
}

#[cfg(test)]
mod tests {
    use redoubt_domain::settings;

    use super::*;

    fn environment(name: &str) -> Option<String> {
        (name == "KEY").then(|| "value".to_owned())
    }

    #[test]
    fn resolves_the_environment_in_strings() {
        let cases = [
            ("a = \"${KEY}\"", "value", 0),
            ("a = \"x${KEY}y\"", "xvaluey", 0),
            ("a = \"$${KEY}\"", "${KEY}", 0),
            ("a = \"${NOPE}\"", "", 1),
            ("a = \"${KEY\"", "", 1),
        ];
        for (source, expected, wrong) in cases {
            let (root, mistakes) = parse(source, &environment);
            assert_eq!(mistakes.len(), wrong, "{source}: {mistakes:?}");
            let value: Result<Option<String>, _> = settings::read(&root, |table| table.get("a", "a text"));
            assert_eq!(value.unwrap().unwrap(), expected, "{source}");
        }
    }

    #[test]
    fn goes_on_after_a_syntax_error() {
        let (root, mistakes) = parse("a = \nb = 1\n", &environment);
        assert_eq!(mistakes.len(), 1);
        assert!(matches!(&root.value, Value::Table(entries) if entries.iter().any(|entry| entry.key == "b")));
    }
}
