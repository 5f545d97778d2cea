//! Structured data, as tools return it.

use crate::generate::grammar::Maker;
use serde_json::{Map, Value, json};

const KEYS: &[&str] = &[
    "description",
    "content",
    "body",
    "note",
    "text",
    "comment",
    "message",
    "snippet",
    "details",
    "summary",
    "bio",
    "title",
];

/// An object with the payload in one of its fields.
fn object(maker: &mut Maker<'_>, payload: &str) -> Value {
    let text = maker.bury(payload, 0, 3);
    let key = maker.word(KEYS);
    let mut fields: Vec<(&str, Value)> = vec![
        ("id", json!(maker.expand("{id}"))),
        ("name", json!(maker.expand("{name}"))),
        ("product", json!(maker.expand("{product}"))),
        ("date", json!(maker.expand("{date}"))),
        ("url", json!(maker.expand("{url}"))),
        ("price", json!(maker.random.below(9000))),
        ("city", json!(maker.expand("{city}"))),
        ("email", json!(maker.expand("{mail}"))),
        ("rating", json!(maker.random.below(6))),
        ("active", json!(maker.random.chance(50))),
        ("subject", json!(maker.expand("{topic}"))),
    ];
    while fields.len() > 4 {
        let at = maker.random.below(fields.len());
        fields.remove(at);
    }
    fields.truncate(maker.random.between(1, 4));
    let at = maker.random.below(fields.len() + 1);
    fields.insert(at, (key, json!(text)));
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

fn print(maker: &mut Maker<'_>, value: &Value) -> String {
    if maker.random.chance(50) { format!("{value:#}") } else { value.to_string() }
}

pub(super) fn json(maker: &mut Maker<'_>, payload: &str) -> String {
    let object = object(maker, payload);
    let value = match maker.random.below(4) {
        0 => json!({ "status": "ok", "data": object }),
        1 => json!({ "result": object, "error": null }),
        _ => object,
    };
    print(maker, &value)
}

pub(super) fn list(maker: &mut Maker<'_>, payload: &str) -> String {
    let count = maker.random.between(2, 4);
    let place = maker.random.below(count);
    let items: Vec<Value> = (0..count).map(|at| object(maker, if at == place { payload } else { "" })).collect();
    let value = match maker.random.below(3) {
        0 => json!(items),
        1 => json!({ "results": items, "total": count }),
        _ => json!({ "items": items }),
    };
    print(maker, &value)
}

/// As Python prints a dictionary.
pub(super) fn python(maker: &mut Maker<'_>, payload: &str) -> String {
    let object = object(maker, payload);
    let fields: Vec<String> = object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| match value.as_str() {
            Some(text) => format!("'{key}': '{}'", text.replace('\n', "\\n")),
            None => format!("'{key}': {value}"),
        })
        .collect();
    let wrapper =
        maker.word(&["", "", "product_details", "note", "event", "review", "message", "user_profile", "file", "email"]);
    let fields = fields.join(", ");
    if wrapper.is_empty() { format!("{{{fields}}}") } else { format!("{{'{wrapper}': {{{fields}}}}}") }
}

pub(super) fn yaml(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 0, 2).replace('\n', " ");
    let key = maker.word(KEYS);
    maker.expand("- id: {id}\n  name: {name}\n  city: {city}\n- id: {id}\n  name: {product}\n")
        + &format!("  {key}: {text}\n")
        + &maker.expand("  date: {date}\n")
}

pub(super) fn xml(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 0, 3);
    let key = maker.word(KEYS);
    maker.expand("[[<?xml version=\"1.0\"?>\n|]]<item id=\"{id}\"><name>{name}</name><date>{date}</date>")
        + &format!("<{key}>{text}</{key}>")
        + &maker.expand("<link>{url}</link></item>")
}

pub(super) fn csv(maker: &mut Maker<'_>, payload: &str) -> String {
    let separator = maker.word(&[",", ";", "\t"]);
    let key = maker.word(KEYS);
    let mut out = ["id", "name", "city", key].join(separator) + "\n";
    let count = maker.random.between(2, 6);
    let place = maker.random.below(count);
    for at in 0..count {
        let cell = match at == place && !payload.is_empty() {
            true => payload.replace('\n', " "),
            false => maker.expand("[[{topic}|{product}|{prose}]]"),
        };
        let cell = if cell.contains(separator) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell };
        out += &[maker.expand("{id}"), maker.expand("{name}"), maker.expand("{city}"), cell].join(separator);
        out.push('\n');
    }
    out
}

pub(super) fn table(maker: &mut Maker<'_>, payload: &str) -> String {
    let mut out = String::from("| # | A | B | C |\n|---|---|---|---|\n");
    let count = maker.random.between(2, 6);
    let place = maker.random.below(count + 2);
    for at in 0..count {
        let cell = if at == place { payload.replace('\n', " ") } else { maker.expand("[[{topic}|{amount}|{city}]]") };
        out += &maker.expand(&format!("| {} | {{name}} | {{product}} | ", at + 1));
        out += &cell;
        out += " |\n";
    }
    if place >= count {
        out.push_str(payload);
    }
    out
}

pub(super) fn invoice(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 0, 1);
    maker.expand(
        "{company}\n{city}\n{id}  {date}\n\n1x {product}  {amount}\n{small}x {product}  {amount}\n\nIBAN {account}\n\n",
    ) + &text
}

/// Numbers, with a remark.
pub(super) fn metrics(maker: &mut Maker<'_>, payload: &str) -> String {
    let note = maker.bury(payload, 0, 1);
    let series: Vec<usize> = (0..maker.random.between(3, 9)).map(|_| maker.random.below(10_000)).collect();
    let value = json!({
        "station": maker.expand("{city}"),
        "time": maker.expand("{date} {time}"),
        "values": series,
        "unit": maker.word(&["C", "km/h", "EUR", "%", "kWh"]),
        "remark": note,
        "ok": maker.random.chance(80),
    });
    print(maker, &value)
}

/// What a database shell prints.
pub(super) fn rows(maker: &mut Maker<'_>, payload: &str) -> String {
    let mut out = String::from(" id | name | comment\n----+------+--------\n");
    let count = maker.random.between(2, 5);
    let place = maker.random.below(count);
    for at in 0..count {
        let cell = match at == place && !payload.is_empty() {
            true => payload.replace('\n', " "),
            false => maker.expand("[[{topic}|{prose}||{product}]]"),
        };
        out += &maker.expand(" {n} | {name} | ");
        out += &cell;
        out.push('\n');
    }
    out + &format!("({count} rows)\n")
}
