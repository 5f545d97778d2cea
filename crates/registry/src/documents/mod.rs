//! What others read about a version: a bill of materials, a card, events of lineage. Each is a function of what is known.

mod bom;
mod card;
mod events;
mod figures;

pub use bom::bom;
pub use card::card;
pub use events::events;

use redoubt_models::sign::sha256;

/// A UUID (version 8, RFC 9562) of a text: the same text has the same.
fn uuid(text: &str) -> String {
    let digest = sha256(text.as_bytes());
    let hex: Vec<String> = digest
        .as_bytes()
        .iter()
        .take(16)
        .enumerate()
        .map(|(at, byte)| {
            let byte = match at {
                6 => 0x80 | (byte & 0x0f),
                8 => 0x80 | (byte & 0x3f),
                _ => *byte,
            };
            let hyphen = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            format!("{hyphen}{byte:02x}")
        })
        .collect();
    hex.concat()
}

/// RFC 3339 with milliseconds, which every reader of dates takes.
fn time(at: redoubt_domain::Timestamp) -> String {
    let text = at.to_string();
    let whole: String = text.chars().take(23).collect();
    format!("{whole}Z")
}
