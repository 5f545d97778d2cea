//! Whether an exchange kept its promise, by what upstream and caller saw.

use serde_json::Value;

use super::answers::Change;
use super::cells::{Action, Cell, Direction};
use super::exchange::Exchange;
use super::oracle;
use super::seen::Seen;
use super::surfaces::Shape;

/// What may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The value arrived where it must not.
    Leak(String),
    /// Nothing leaked, but the answer is not what it must be.
    Broken(String),
}

/// Looks at an exchange of a cell; `strictly` also at forms that only the product promises.
pub(crate) fn judge(cell: &Cell, exchange: &Exchange, strictly: bool) -> Result<(), Fault> {
    let restores = cell.action == Action::Restore && cell.direction == Direction::Output;
    for seen in &exchange.upstream {
        hides("upstream", seen, cell)?;
    }
    if !restores {
        hides("caller", &exchange.client, cell)?;
    }
    let asks_upstream = cell.surface.is_asked_upstream();
    if cell.direction == Direction::Input && cell.is_refused() && !exchange.upstream.is_empty() && !cell.may_vanish() {
        return Err(Fault::Leak("the request reached the upstream".to_owned()));
    }
    if restores && !exchange.client.texts.iter().any(|text| text.contains(&exchange.text)) {
        return Err(Fault::Broken(format!("the caller did not get `{}` back", exchange.text)));
    }
    if !strictly || cell.may_vanish() {
        return Ok(());
    }
    if !asks_upstream {
        return if exchange.upstream.is_empty() && exchange.answer.status == 200 {
            Ok(())
        } else {
            broken("no moderation came")
        };
    }
    // What only repeats a text is left out of a stream, rather than the stream stopped.
    let is_left_out = cell.change == Change::Dropped && cell.stream;
    if cell.is_refused() && !is_left_out {
        return refused(cell, exchange);
    }
    if exchange.answer.status != 200 {
        return broken("the answer is no success");
    }
    let seen = if cell.direction == Direction::Input { exchange.upstream.first() } else { Some(&exchange.client) };
    let Some(seen) = seen else { return broken("nothing reached the upstream") };
    if !restores && cell.change == Change::InPlace && !is_intact(seen, cell) {
        return broken("the text around the value did not arrive as it was");
    }
    if exchange.answer.header("x-redoubt-decision").is_none() {
        return broken("the answer has no decision");
    }
    ended(cell, exchange)
}

fn broken(reason: &str) -> Result<(), Fault> {
    Err(Fault::Broken(reason.to_owned()))
}

/// Whether nothing that was seen tells the value.
fn hides(who: &str, seen: &Seen, cell: &Cell) -> Result<(), Fault> {
    let shown = oracle::shows(&seen.raw, cell.subject).then(|| "as it is".to_owned());
    let told = shown.or_else(|| seen.texts.iter().find_map(|text| oracle::tells(text, cell.subject)));
    told.map_or(Ok(()), |how| Err(Fault::Leak(format!("the {who} saw the value, {how}"))))
}

fn is_intact(seen: &Seen, cell: &Cell) -> bool {
    let (before, after) = (cell.subject.before.trim_end(), cell.subject.after.trim_start());
    seen.texts.iter().any(|text| {
        text.split_once(before)
            .is_some_and(|(_, rest)| rest.find(after).is_some_and(|at| at > 0 && rest.len() > after.len()))
    })
}

/// Whether a block was told in the way of its surface, and nothing of the text came before it.
fn refused(cell: &Cell, exchange: &Exchange) -> Result<(), Fault> {
    let answer = &exchange.answer;
    let is_stream = !exchange.client.events.is_empty();
    if is_stream {
        let before = cell.subject.before;
        let cut = exchange
            .client
            .texts
            .iter()
            .filter_map(|text| text.split_once(before))
            .find(|(_, rest)| rest.contains(char::is_alphanumeric));
        if cell.direction == Direction::Output
            && let Some((_, rest)) = cut
        {
            return Err(Fault::Leak(format!("`{rest}` of the value reached the caller")));
        }
        return filtered(cell, &exchange.client);
    }
    if answer.header("x-redoubt-decision") != Some("block") {
        return broken("the decision is no block");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else { return broken("the answer is no JSON") };
    let speaks = cell.surface.asked.streams();
    if cell.action == Action::Refuse && speaks && cell.change != Change::Refused {
        let is_filtered = match cell.surface.asked {
            Shape::Messages => body.pointer("/stop_reason") == Some(&"refusal".into()),
            Shape::Responses => body.pointer("/incomplete_details/reason") == Some(&"content_filter".into()),
            _ => body.pointer("/choices/0/finish_reason") == Some(&"content_filter".into()),
        };
        return if answer.status == 200 && is_filtered { Ok(()) } else { broken("the refusal has not its form") };
    }
    if cell.action == Action::Refuse && speaks {
        return Ok(());
    }
    let is_told = answer.status == 400
        && body.pointer("/error/code") == Some(&"content_filter".into())
        && body.pointer("/error/redoubt/decision") == Some(&"block".into())
        && body.pointer("/error/redoubt/findings/0/label").is_some()
        && (body.get("type") == Some(&"error".into())) == cell.surface.asked.is_anthropic();
    if is_told { Ok(()) } else { broken("the block has not the form of its surface") }
}

/// Whether a stream ended as one that was stopped by a content filter.
fn filtered(cell: &Cell, seen: &Seen) -> Result<(), Fault> {
    let events: Vec<Value> = seen.events.iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
    let is_filtered = match cell.surface.asked {
        Shape::Messages => {
            let told = events.iter().rev().nth(1).and_then(|event| event.pointer("/delta/stop_reason"));
            told == Some(&"refusal".into())
                && events.last().and_then(|event| event.get("type")) == Some(&"message_stop".into())
        }
        Shape::Responses => {
            let last = events.last();
            last.and_then(|event| event.get("type")) == Some(&"response.incomplete".into())
                && last.and_then(|event| event.pointer("/response/incomplete_details/reason"))
                    == Some(&"content_filter".into())
        }
        _ => {
            let told = events.last().and_then(|event| event.pointer("/choices/0/finish_reason"));
            told == Some(&"content_filter".into()) && seen.events.last().is_some_and(|last| last == "[DONE]")
        }
    };
    if is_filtered { Ok(()) } else { broken("the stream did not end as a filtered one") }
}

/// Whether a stream that was not stopped came to its normal end.
fn ended(cell: &Cell, exchange: &Exchange) -> Result<(), Fault> {
    if !cell.stream {
        return Ok(());
    }
    let last = exchange.client.events.last().map_or("", String::as_str);
    let is_ended = match cell.surface.asked {
        Shape::Messages => last.contains("message_stop"),
        Shape::Responses => last.contains("response.completed"),
        _ => last == "[DONE]",
    };
    if is_ended { Ok(()) } else { broken("the stream has no normal end") }
}
