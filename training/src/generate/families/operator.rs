//! What operators tell their own assistants, and what assistants answer: full of rules and secrets, and no attack.

use redoubt_domain::exchange::Origin;

use super::{Draft, Family, benign, with};
use crate::generate::grammar::Maker;
use crate::generate::languages::en;

pub(super) static ALL: &[Family] = &[
    Family { name: "system-prompts", percent: 120, english: 40, make: system },
    Family { name: "tool-descriptions", percent: 50, english: 100, make: tools },
    Family { name: "answers", percent: 120, english: 40, make: answers },
];

fn system(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(maker.language.systems)?;
    let mut parts = vec![said.text.clone()];
    for _ in 0..maker.random.between(0, 5) {
        let list = match maker.random.below(3) {
            0 => maker.language.systems,
            1 => maker.language.formats,
            _ => maker.language.roles,
        };
        parts.push(maker.text(list));
    }
    let text = match maker.random.below(3) {
        0 => parts.join("\n"),
        1 => parts.join("\n- "),
        _ => maker.join(&parts),
    };
    let origin = if maker.random.chance(60) { Origin::System } else { Origin::Developer };
    Some(benign(with(said, text), origin))
}

fn tools(maker: &mut Maker<'_>) -> Option<Draft> {
    Some(benign(maker.say(en::TOOLS)?, Origin::Developer))
}

fn answers(maker: &mut Maker<'_>) -> Option<Draft> {
    let list = match maker.random.below(4) {
        0 => maker.language.howto,
        1 => maker.language.quotes,
        _ => maker.language.prose,
    };
    let said = maker.say(list)?;
    let text = maker.bury(&said.text, 1, 5);
    Some(benign(with(said, text), Origin::Assistant))
}
