//! Chunks of OpenAI's chat completions and completions.

use redoubt_domain::exchange::Closes;
use redoubt_domain::{Origin, SegmentMode};

use super::Read;
use super::ledger::Ledger;
use crate::answer::usage;
use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

pub(super) fn chat(root: Value<'_>, walk: &mut Walk, ledger: &mut Ledger) -> Read {
    read(root, walk, ledger, Walk::chat_choice)
}

pub(super) fn completions(root: Value<'_>, walk: &mut Walk, ledger: &mut Ledger) -> Read {
    read(root, walk, ledger, Walk::text_choice)
}

type ReadChoice = fn(&mut Walk, Value<'_>, u16, SegmentMode);

fn read(root: Value<'_>, walk: &mut Walk, ledger: &mut Ledger, read_choice: ReadChoice) -> Read {
    ledger.introduce(root);
    let place = Place::of(Origin::Assistant, 0);
    let mut finished = Vec::new();
    let mut count = 0;
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("choices") if value.kind() == Kind::Array => {
                for (position, choice) in value.items().enumerate() {
                    let position = ordinal(position);
                    read_choice(walk, choice, position, SegmentMode::Delta);
                    let turn = choice.get("index").and_then(Value::ordinal).unwrap_or(position);
                    let tells_role = choice.get("delta").is_some_and(|delta| delta.get("role").is_some());
                    walk.says_more |= tells_role && ledger.is_new_role(turn);
                    if choice.get("finish_reason").is_some_and(|reason| !reason.is_null()) {
                        finished.push(turn);
                    }
                    count += 1;
                }
            }
            _ => walk.envelope(key, value, place),
        }
    }

    let mut read = Read::closing(match finished.as_slice() {
        [] => Closes::Nothing,
        [turn] => Closes::Turn(*turn),
        // Several in one chunk: no upstream is known to say more after that.
        _ => Closes::All,
    });
    read.is_last = false;
    read.is_finished = !finished.is_empty();
    read.usage = root.get("usage").and_then(usage);
    read.is_usage_alone = count == 0 && read.usage.is_some();
    read.may_be_bare = count > 0 && finished.is_empty();
    if root.get("error").is_some_and(|error| !error.is_null()) {
        read.closes = Closes::All;
        read.is_last = true;
    }
    read
}
