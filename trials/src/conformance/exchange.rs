//! One request through the gateway, with what its upstream will say, and what both ends saw.

use std::io;

use serde_json::{Value, json};

use super::answers;
use super::cells::{Action, Cell, Direction};
use super::chunks::{chunked, send_chunks};
use super::evasions::{read, written};
use super::requests;
use super::seen::{self, Seen};
use super::target::Target;
use crate::client::{Answer, Connection};
use crate::upstream::{Step, Upstream, whole};

/// How the text of an exchange is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cutting {
    /// Not at all; a stream tells it in one piece.
    Whole,
    /// A stream tells it character by character.
    Characters,
    /// The bytes come one by one, and a stream tells it character by character.
    Bytes,
    /// The body comes in two parts, the first so long.
    At(usize),
}

/// What happened.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The text in its place, as its reader is to get it.
    pub(crate) text: String,
    pub(crate) request: String,
    pub(crate) answer: Answer,
    pub(crate) client: Seen,
    /// What reached the upstream, one for each request.
    pub(crate) upstream: Vec<Seen>,
    /// How many bytes may be cut.
    pub(crate) length: usize,
}

/// One of the workers, with its own connection and its own upstream.
pub(crate) struct Worker {
    pub(crate) number: usize,
    pub(crate) upstream: Upstream,
    connection: Option<Connection>,
}

impl Worker {
    pub(crate) const fn new(number: usize, upstream: Upstream) -> Self {
        Self { number, upstream, connection: None }
    }

    /// Runs one exchange of a cell.
    pub(crate) fn exchange(&mut self, target: &Target, cell: &Cell, cutting: Cutting) -> io::Result<Exchange> {
        let hidden = (cell.evasion.apply)(cell.subject.value);
        let text = format!("{}{hidden}{}", cell.subject.before, cell.subject.after);
        let asks = cell.direction == Direction::Input || cell.action == Action::Restore;
        let place = if cell.direction == Direction::Input { cell.place } else { "user message" };
        let said = if asks { text.as_str() } else { "Good evening." };
        let request = written(&body(cell, target, self.number, place, said).to_string());
        let length = self.script(cell, &text, cutting);
        self.upstream.take_received();
        let bytes = request.as_bytes();
        let answer = self.ask(target, cell.surface.asked.path(), &pieces(bytes, cell.direction, cutting))?;
        let received = self.upstream.take_received();
        let is_stream = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
        let shown = without_id(&answer);
        let client = if is_stream { seen::stream(&shown) } else { seen::document(&shown) };
        let upstream = received.iter().map(|received| seen::document(&received.body)).collect();
        let length = if cell.direction == Direction::Input { bytes.len() } else { length };
        Ok(Exchange { text: read(&text), request, answer, client, upstream, length })
    }

    /// Tells the upstream what to say. Returns how long the body is, where that is known beforehand.
    fn script(&self, cell: &Cell, text: &str, cutting: Cutting) -> usize {
        let spoken = cell.surface.spoken;
        let (direction, action, stream, place) = (cell.direction, cell.action, cell.stream, cell.place);
        let before = cell.subject.before;
        let says = move |text: &str| -> (String, &'static str) {
            if direction == Direction::Input {
                return if stream {
                    (answers::server_sent(spoken, &answers::fine_stream(spoken)), STREAM)
                } else {
                    (answers::fine(spoken).to_string(), JSON)
                };
            }
            let row = answers::ROWS.iter().find(|row| row.place == place && row.shapes.contains(&spoken));
            let Some(row) = row else { return (String::new(), JSON) };
            if stream {
                let pieces = match cutting {
                    Cutting::Whole | Cutting::At(_) => vec![text.to_owned()],
                    Cutting::Characters | Cutting::Bytes => text.chars().map(String::from).collect(),
                };
                (written(&answers::server_sent(spoken, &(row.stream)(&pieces))), STREAM)
            } else {
                (written(&(row.whole)(text).to_string()), JSON)
            }
        };
        let length = says(text).0.len();
        let text = text.to_owned();
        self.upstream.script(move |received| {
            // What comes back to be restored is what arrived.
            let text = if action == Action::Restore && direction == Direction::Output {
                let asked = seen::document(&received.body);
                asked.texts.into_iter().find(|text| text.starts_with(before)).unwrap_or_default()
            } else {
                text.clone()
            };
            let (body, kind) = says(&text);
            match (kind, cutting) {
                (JSON, Cutting::Whole | Cutting::Characters) => whole(200, JSON, body.as_bytes()),
                _ => vec![Step::Send(chunked(kind, &pieces(body.as_bytes(), direction_of_answer(direction), cutting)))],
            }
        });
        length
    }

    fn ask(&mut self, target: &Target, path: &str, pieces: &[&[u8]]) -> io::Result<Answer> {
        let bearer = format!("Bearer {}", target.key);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("anthropic-version", "2023-06-01"),
        ];
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&target.address)?,
        };
        let path = format!("{}{path}", target.prefix);
        match pieces {
            [body] => connection.send("POST", &path, &headers, body)?,
            _ => send_chunks(&mut connection, &path, &headers, pieces)?,
        }
        let answer = connection.answer()?;
        if answer.header("connection") != Some("close") && answer.status < 500 {
            self.connection = Some(connection);
        }
        Ok(answer)
    }
}

const JSON: &str = "application/json";
const STREAM: &str = "text/event-stream";

/// Only what is on trial is cut: the answer if the text travels in it.
const fn direction_of_answer(direction: Direction) -> Direction {
    match direction {
        Direction::Input => Direction::Output,
        Direction::Output => Direction::Input,
    }
}

/// The parts in which a body is sent, if `direction` is the way of what is on trial.
fn pieces(body: &[u8], direction: Direction, cutting: Cutting) -> Vec<&[u8]> {
    match (direction, cutting) {
        (Direction::Input, Cutting::Bytes) => body.chunks(1).collect(),
        (Direction::Input, Cutting::At(at)) => {
            let (first, rest) = body.split_at(at.min(body.len()));
            vec![first, rest]
        }
        _ => vec![body],
    }
}

/// The whole body of a request.
fn body(cell: &Cell, target: &Target, worker: usize, place: &str, text: &str) -> Value {
    let shape = cell.surface.asked;
    let row = requests::ROWS.iter().find(|row| row.place == place && row.shapes.contains(&shape));
    let mut body = row.map_or(Value::Null, |row| (row.body)(text));
    if let Some(members) = body.as_object_mut() {
        members.insert("model".to_owned(), json!(target.model(cell, worker)));
        if cell.stream {
            members.insert("stream".to_owned(), json!(true));
        }
        if cell.place == "second choice" {
            members.insert("n".to_owned(), json!(2));
        }
    }
    body
}

/// The answer without the gateway's own ids: random letters might look like anything.
fn without_id(answer: &Answer) -> Vec<u8> {
    match answer.header("x-redoubt-request-id") {
        Some(id) => answer.text().replace(id, "ID").into_bytes(),
        None => answer.body.clone(),
    }
}
