//! A request's parameters, read one by one: from the query of a GET, from the JSON body of everything else.
//!
//! MLflow's clients send proto3's JSON. So whole numbers may be texts, `NaN` and the infinities are texts, what has
//! its default is left out, and fields that are not known here are passed over.

use serde_json::{Map, Value};

use crate::problem::Problem;

/// The parameters of a request, or of one item of a list in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'v> {
    map: &'v Map<String, Value>,
    /// The list that this is an item of, and which.
    item: Option<(&'static str, usize)>,
}

/// The parameters of a query, as if they had been sent in a body.
pub(crate) fn of_query(pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in pairs {
        let value = Value::String(value);
        match map.get_mut(&key) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                map.insert(key, value);
            }
        }
    }
    map
}

/// The parameters of a body; an empty one has none.
pub(crate) fn of_body(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|error| Problem::invalid(format!("the body is not a JSON object: {error}")))
}

impl<'v> Fields<'v> {
    pub(crate) const fn new(map: &'v Map<String, Value>) -> Self {
        Self { map, item: None }
    }

    fn value(&self, name: &str) -> Option<&'v Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, expected: &str, found: &Value) -> Problem {
        let found = match found {
            Value::Null => "nothing".to_owned(),
            Value::Bool(_) => "true or false".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => format!("`{}`", shortened(text)),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        Problem::invalid(format!(
            "Invalid value for parameter '{}': expected {expected}, found {found}",
            self.place(name)
        ))
    }

    /// How the parameter is called in messages.
    pub(crate) fn place(&self, name: &str) -> String {
        self.item.map_or_else(|| name.to_owned(), |(list, at)| format!("{list}[{at}].{name}"))
    }

    /// A text; a number will do, since some clients send versions so. An empty one is one that was left out.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'v str>, Problem> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(other) => Err(self.wrong(name, "a text", other)),
        }
    }

    /// A text, empty if it was left out, of at most `max` characters.
    pub(crate) fn text_within(&self, name: &str, max: usize) -> Result<&'v str, Problem> {
        let text = self.text(name)?.unwrap_or_default();
        self.check_length(name, text, max)?;
        Ok(text)
    }

    /// A text that must be there, of at most `max` characters.
    pub(crate) fn required(&self, name: &str, max: usize) -> Result<&'v str, Problem> {
        let text = self.text(name)?.ok_or_else(|| self.absent(name))?;
        self.check_length(name, text, max)?;
        Ok(text)
    }

    fn check_length(&self, name: &str, text: &str, max: usize) -> Result<(), Problem> {
        // Bytes first: characters are counted only where there might be too many.
        if text.len() > max && text.chars().count() > max {
            let place = self.place(name);
            return Err(Problem::invalid(format!("'{place}' exceeds the maximum length of {max} characters")));
        }
        Ok(())
    }

    pub(crate) fn absent(&self, name: &str) -> Problem {
        Problem::invalid(format!("Missing value for required parameter '{}'", self.place(name)))
    }

    /// The id of a run, which is sent under two names.
    pub(crate) fn run_id(&self) -> Result<&'v str, Problem> {
        match self.text("run_id")? {
            Some(id) => Ok(id),
            None => self.text("run_uuid")?.ok_or_else(|| self.absent("run_id")),
        }
    }

    /// A whole number.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let whole = match value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole_of)),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        whole.map(Some).ok_or_else(|| self.wrong(name, "a whole number", value))
    }

    /// A number, `NaN` and the infinities included.
    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>, Problem> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                text => text.parse().ok().filter(|number: &f64| number.is_finite()),
            },
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(name, "a number", value))
    }

    /// True or false.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(other) => Err(self.wrong(name, "true or false", other)),
        }
    }

    /// A list of texts; one text is a list of one, as in a query.
    pub(crate) fn texts(&self, name: &'static str, max: usize) -> Result<Vec<&'v str>, Problem> {
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text]),
            Some(Value::Array(values)) => {
                self.check_count(name, values.len(), max)?;
                let text = |value: &'v Value| value.as_str().ok_or_else(|| self.wrong(name, "a list of texts", value));
                values.iter().map(text).collect()
            }
            Some(other) => Err(self.wrong(name, "a list of texts", other)),
        }
    }

    /// A list of objects.
    pub(crate) fn items(&self, name: &'static str, max: usize) -> Result<Vec<Fields<'v>>, Problem> {
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => {
                self.check_count(name, values.len(), max)?;
                let item = |(at, value): (usize, &'v Value)| match value {
                    Value::Object(map) => Ok(Fields { map, item: Some((name, at)) }),
                    other => Err(self.wrong(name, "a list of objects", other)),
                };
                values.iter().enumerate().map(item).collect()
            }
            Some(other) => Err(self.wrong(name, "a list of objects", other)),
        }
    }

    fn check_count(&self, name: &str, count: usize, max: usize) -> Result<(), Problem> {
        if count > max {
            let place = self.place(name);
            return Err(Problem::invalid(format!("A request can have at most {max} {place}, this has {count}")));
        }
        Ok(())
    }

    /// An object.
    pub(crate) fn within(&self, name: &'static str) -> Result<Fields<'v>, Problem> {
        match self.value(name) {
            None => Err(self.absent(name)),
            Some(Value::Object(map)) => Ok(Fields { map, item: self.item }),
            Some(other) => Err(self.wrong(name, "an object", other)),
        }
    }
}

/// The whole number that `number` is, if it is one.
#[expect(clippy::cast_possible_truncation, reason = "it has been compared with what a whole number can hold exactly")]
fn whole_of(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// As much of a caller's text as a message holds.
pub(crate) fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(100)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: PartialEq + std::fmt::Debug>(
        body: &str,
        read: impl Fn(Fields<'_>) -> Result<T, Problem>,
        expected: Result<T, &str>,
    ) {
        let map = of_body(body.as_bytes()).unwrap();
        let found = read(Fields::new(&map)).map_err(|problem| problem.message);
        assert_eq!(found, expected.map_err(str::to_owned), "{body}");
    }

    #[test]
    fn numbers_come_in_every_form_that_protobuf_has() {
        let whole = |fields: Fields<'_>| fields.whole("a");
        check(r#"{"a": 7}"#, whole, Ok(Some(7)));
        check(r#"{"a": "7"}"#, whole, Ok(Some(7)));
        check(r#"{"a": 7.0}"#, whole, Ok(Some(7)));
        check(r#"{"a": null}"#, whole, Ok(None));
        check("", whole, Ok(None));
        let wrong = "Invalid value for parameter 'a': expected a whole number, found ";
        check(r#"{"a": 7.5}"#, whole, Err(&format!("{wrong}7.5")));
        check(r#"{"a": 1e300}"#, whole, Err(&format!("{wrong}1e+300")));
        check(r#"{"a": []}"#, whole, Err(&format!("{wrong}a list")));
        let number = |fields: Fields<'_>| fields.number("a");
        check(r#"{"a": 0.25}"#, number, Ok(Some(0.25)));
        check(r#"{"a": "-Infinity"}"#, number, Ok(Some(f64::NEG_INFINITY)));
        check(r#"{"a": "1e999"}"#, number, Err("Invalid value for parameter 'a': expected a number, found `1e999`"));
        check(r#"{"a": "NaN"}"#, |fields| fields.number("a").map(|n| n.is_some_and(f64::is_nan)), Ok(true));
    }

    #[test]
    fn texts_are_bounded_and_lists_may_be_one_text() {
        check(r#"{"a": ""}"#, |f| f.text("a").map(|t| t.map(str::to_owned)), Ok(None));
        check(
            r#"{"a": "äöü"}"#,
            |f| f.required("a", 2).map(str::to_owned),
            Err("'a' exceeds the maximum length of 2 characters"),
        );
        check(r#"{"a": "äö"}"#, |f| f.required("a", 2).map(str::to_owned), Ok("äö".to_owned()));
        check("{}", |f| f.required("a", 2).map(str::to_owned), Err("Missing value for required parameter 'a'"));
        check(r#"{"a": "x"}"#, |f| f.texts("a", 2).map(|t| t.len()), Ok(1));
        check(
            r#"{"a": [1]}"#,
            |f| f.texts("a", 2).map(|t| t.len()),
            Err("Invalid value for parameter 'a': expected a list of texts, found 1"),
        );
        check(
            r#"{"a": ["x", "y", "z"]}"#,
            |f| f.texts("a", 2).map(|t| t.len()),
            Err("A request can have at most 2 a, this has 3"),
        );
        check(
            r#"{"a": [{"b": 1}]}"#,
            |f| f.items("a", 2)?.first().map(|item| item.required("b", 5).map(str::to_owned)).transpose(),
            Err("Invalid value for parameter 'a[0].b': expected a text, found 1"),
        );
    }

    #[test]
    fn a_query_is_read_as_a_body_is() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let map = of_query(vec![pair("a", "1"), pair("b", "x"), pair("b", "y"), pair("b", "z")]);
        let fields = Fields::new(&map);
        assert_eq!(fields.whole("a").unwrap(), Some(1));
        assert_eq!(fields.texts("b", 9).unwrap(), ["x", "y", "z"]);
    }
}
