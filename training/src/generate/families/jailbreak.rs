//! Talking a model out of its rules.

use redoubt_domain::exchange::Origin;

use super::{Draft, Family, attack, dress, with};
use crate::generate::grammar::Maker;
use crate::generate::languages::List;

pub(super) static ALL: &[Family] = &[
    Family { name: "persona", percent: 150, english: 40, make: persona },
    Family { name: "fiction", percent: 150, english: 40, make: fiction },
    Family { name: "suppression", percent: 120, english: 40, make: suppression },
    Family { name: "pressure", percent: 100, english: 40, make: pressure },
    Family { name: "long-jailbreak", percent: 100, english: 50, make: long },
];

fn persona(maker: &mut Maker<'_>) -> Option<Draft> {
    ended(maker, maker.language.personas)
}

fn fiction(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(maker.language.fictions)?;
    let text = dress(maker, &said.text);
    Some(attack(with(said, text), Origin::User))
}

fn suppression(maker: &mut Maker<'_>) -> Option<Draft> {
    ended(maker, maker.language.suppression)
}

fn pressure(maker: &mut Maker<'_>) -> Option<Draft> {
    ended(maker, maker.language.pressure)
}

/// The trick, before or after what it is for.
fn ended(maker: &mut Maker<'_>, list: List) -> Option<Draft> {
    let said = maker.say(list)?;
    let goal = match maker.random.below(4) {
        0 => String::new(),
        1 => maker.text(maker.language.overrides),
        _ => maker.text(maker.language.harms),
    };
    let text = if maker.random.chance(25) {
        maker.join(&[goal.as_str(), said.text.as_str()])
    } else {
        maker.join(&[said.text.as_str(), goal.as_str()])
    };
    Some(attack(with(said, text), Origin::User))
}

/// As they are passed around: a page of rules for the persona, then the question.
fn long(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(maker.language.personas)?;
    let mut parts = vec![said.text.clone()];
    for _ in 0..maker.random.between(3, 8) {
        let list = match maker.random.below(7) {
            0 => maker.language.personas,
            1 => maker.language.overrides,
            2 => maker.language.pressure,
            3 => maker.language.formats,
            4 => maker.language.prose,
            _ => maker.language.suppression,
        };
        parts.push(maker.text(list));
    }
    if maker.random.chance(70) {
        parts.push(maker.text(maker.language.harms));
    }
    let text = match maker.random.below(3) {
        0 => parts.join("\n\n"),
        1 => parts.iter().enumerate().map(|(at, part)| format!("{}. {part}\n", at + 1)).collect(),
        _ => maker.join(&parts),
    };
    Some(attack(with(said, text), Origin::User))
}
