//! The cells of the matrix: the product of the tables, and what of it has no sense, with the reason.

use super::answers::{self, Change};
use super::evasions::{Cut, EVASIONS, Evasion};
use super::requests;
use super::subjects::{Kind, SUBJECTS, Subject};
use super::surfaces::{SURFACES, Shape, Surface};

/// Which way the text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    Input,
    Output,
}

impl Direction {
    pub(crate) const ALL: [Self; 2] = [Self::Input, Self::Output];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// What the policy asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Action {
    /// A block that answers with an error.
    Block,
    /// A block that answers with words.
    Refuse,
    Mask,
    Restore,
}

impl Action {
    pub(crate) const ALL: [Self; 4] = [Self::Block, Self::Refuse, Self::Mask, Self::Restore];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Refuse => "refuse",
            Self::Mask => "mask",
            Self::Restore => "restore",
        }
    }

    pub(crate) const fn blocks(self) -> bool {
        matches!(self, Self::Block | Self::Refuse)
    }
}

/// One cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) surface: &'static Surface,
    pub(crate) stream: bool,
    pub(crate) direction: Direction,
    pub(crate) action: Action,
    pub(crate) subject: &'static Subject,
    pub(crate) place: &'static str,
    pub(crate) change: Change,
    pub(crate) evasion: &'static Evasion,
}

impl Cell {
    /// The name by which `--only` finds it.
    pub(crate) fn name(&self) -> String {
        let Self { surface, stream, direction, action, subject, place, change: _, evasion } = self;
        let how = if *stream { "stream" } else { "plain" };
        format!(
            "{} | {how} | {} | {} | {} | {place} | {}",
            surface.name,
            direction.name(),
            action.name(),
            subject.name,
            evasion.name
        )
    }

    /// Whether an answer other than a refusal is a refusal all the same, the place being what it is.
    pub(crate) fn is_refused(&self) -> bool {
        self.action.blocks() || self.change == Change::Refused
    }

    /// Whether a translation may drop the place: then it is enough that the value does not arrive.
    pub(crate) fn may_vanish(&self) -> bool {
        const CARRIED: [&str; 8] = [
            "content",
            "second choice",
            "user message",
            "second text",
            "system message",
            "earlier answer",
            "tool argument",
            "tool result",
        ];
        self.surface.is_translated() && !CARRIED.contains(&self.place)
    }
}

/// What became of one combination.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Cell(Cell),
    /// It has no sense, and why.
    Without(&'static str),
}

/// Every combination, in the order of the tables.
pub(crate) fn all() -> Vec<(Group, &'static Evasion, Place)> {
    let mut found = Vec::new();
    for surface in SURFACES {
        for stream in [false, true] {
            for direction in Direction::ALL {
                for action in Action::ALL {
                    let group = Group { surface: surface.name, stream, direction, action };
                    for (place, change) in places(direction) {
                        for subject in SUBJECTS {
                            for evasion in EVASIONS {
                                let cell = Cell { surface, stream, direction, action, subject, place, change, evasion };
                                let found_place = senseless(&cell).map_or(Place::Cell(cell), Place::Without);
                                found.push((group, evasion, found_place));
                            }
                        }
                    }
                }
            }
        }
    }
    found
}

/// A row of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Group {
    pub(crate) surface: &'static str,
    pub(crate) stream: bool,
    pub(crate) direction: Direction,
    pub(crate) action: Action,
}

fn places(direction: Direction) -> Vec<(&'static str, Change)> {
    match direction {
        Direction::Output => answers::PLACES.to_vec(),
        Direction::Input => requests::PLACES
            .iter()
            .map(|place| (*place, if requests::RIGID.contains(place) { Change::Refused } else { Change::InPlace }))
            .collect(),
    }
}

pub(crate) const NO_STREAM: &str = "the surface has no streams: a request for one is refused";
pub(crate) const NO_UPSTREAM: &str = "the gateway answers moderations itself: there is no answer of an upstream";
pub(crate) const NO_WORDS: &str = "such an answer is made of numbers: there is nothing a value could be put back into, and a route that serves \
     nothing else refuses a rule that says so";

pub(crate) const ONE_PROMPT: &str = "a conversation is one prompt: a request with several is refused";

/// Why a combination has no sense, if it has none.
fn senseless(cell: &Cell) -> Option<&'static str> {
    let Cell { surface, stream, direction, action, subject, place, change, evasion } = *cell;
    if stream && !surface.asked.streams() {
        return Some(NO_STREAM);
    }
    if direction == Direction::Output && !surface.is_asked_upstream() {
        return Some(NO_UPSTREAM);
    }
    if direction == Direction::Output
        && action == Action::Restore
        && matches!(surface.asked, Shape::Embeddings | Shape::CountTokens)
    {
        return Some(NO_WORDS);
    }
    let absent = if direction == Direction::Input { requests::ABSENT } else { answers::ABSENT };
    let shapes = match direction {
        Direction::Input => [surface.asked, surface.asked],
        Direction::Output => [surface.spoken, surface.asked],
    };
    let is_absent =
        |row: &&requests::Absent| row.place == place && shapes.iter().any(|shape| row.shapes.contains(shape));
    if let Some(row) = absent.iter().find(is_absent) {
        return Some(row.reason);
    }
    if subject.kind == Kind::Phrase && !action.blocks() {
        return Some("an attack and a banned phrase are stopped: nobody wants them masked, or back");
    }
    if surface.name == "completions over chat" && direction == Direction::Input && place == "second text" {
        return Some(ONE_PROMPT);
    }
    if let Some(reason) = (evasion.unfit)(subject) {
        return Some(reason);
    }
    if action == Action::Refuse && evasion.name != "plain" {
        return Some(
            "the form of a refusal does not depend on the disguise: tried undisguised, and with `block` in each",
        );
    }
    if direction == Direction::Output && action == Action::Restore && change != Change::InPlace {
        return Some("what only repeats a text, or ties an answer together, carries no placeholder");
    }
    if direction == Direction::Output && action == Action::Restore && cell.may_vanish() {
        return Some("the translation need not carry it");
    }
    if evasion.name == "json"
        && place == "file part"
        && surface.asked != Shape::Messages
        && surface.asked != Shape::CountTokens
    {
        return Some("a file in base64 has no escapes of the body's JSON");
    }
    if evasion.cut == Cut::EveryByte {
        if !matches!(place, "content" | "user message") {
            return Some("one place is enough for every cut: what is cut is the transport");
        }
        if direction == Direction::Input && stream {
            return Some("the request for a stream is cut like any other");
        }
    }
    None
}
