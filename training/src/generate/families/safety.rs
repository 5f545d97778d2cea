//! Abuse, hate and requests for harm, each next to what only shares its words. No row holds an answer to such a
//! request.

use redoubt_domain::exchange::Origin;
use redoubt_guard::classifier::Head;

use super::{Draft, Family, benign, dress, dressed, with};
use crate::generate::grammar::Maker;
use crate::generate::languages::{List, en};
use crate::row::Heads;

pub(super) static ALL: &[Family] = &[
    Family { name: "toxicity", percent: 100, english: 100, make: toxicity },
    Family { name: "toxicity-twin", percent: 120, english: 100, make: toxicity_twin },
    Family { name: "hate", percent: 80, english: 100, make: hate },
    Family { name: "hate-twin", percent: 100, english: 100, make: hate_twin },
    Family { name: "hazard", percent: 250, english: 100, make: hazard },
    Family { name: "harm", percent: 60, english: 0, make: harm },
    Family { name: "harm-twin", percent: 250, english: 50, make: harm_twin },
];

const ABUSE: Heads = Heads::of(&[Head::Toxicity, Head::Hate]);

/// A case of some heads; an attack on the model's rules it is not by itself.
fn case(maker: &mut Maker<'_>, list: List, truth: Heads, known: Heads) -> Option<Draft> {
    let said = maker.say(list)?;
    let text = match maker.random.below(5) {
        0 => {
            let prose = maker.prose(1, 2);
            maker.join(&[prose.as_str(), said.text.as_str()])
        }
        1 => dress(maker, &said.text),
        _ => said.text.clone(),
    };
    let origin = if maker.random.chance(80) { Origin::User } else { Origin::Assistant };
    Some(Draft { text, origin, template: said.template, truth, known })
}

fn toxicity(maker: &mut Maker<'_>) -> Option<Draft> {
    case(maker, en::TOXIC, Heads::of(&[Head::Toxicity]), Heads::ATTACK.and(ABUSE))
}

fn hate(maker: &mut Maker<'_>) -> Option<Draft> {
    case(maker, en::HATE, ABUSE, Heads::ATTACK.and(ABUSE))
}

fn toxicity_twin(maker: &mut Maker<'_>) -> Option<Draft> {
    case(maker, en::TOXIC_TWINS, Heads::NONE, Heads::EVERY)
}

fn hate_twin(maker: &mut Maker<'_>) -> Option<Draft> {
    case(maker, en::HATE_TWINS, Heads::NONE, Heads::EVERY)
}

/// A request for harm of one category of MLCommons AILuminate.
fn hazard(maker: &mut Maker<'_>) -> Option<Draft> {
    let at = maker.random.below(en::HAZARDS.len());
    let (head, list) = en::HAZARDS.get(at)?;
    let said = dressed(maker, list)?;
    let truth = Heads::of(&[*head]);
    let known = Heads::ATTACK.and(truth);
    Some(Draft { text: said.text, origin: Origin::User, template: said.template, truth, known })
}

/// A harmful request in other languages: no attack on the model's rules, of whatever category.
fn harm(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = dressed(maker, maker.language.harms)?;
    let known = Heads::ATTACK;
    Some(Draft { text: said.text, origin: Origin::User, template: said.template, truth: Heads::NONE, known })
}

fn harm_twin(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(maker.language.harm_twins)?;
    let text = dress(maker, &said.text);
    Some(benign(with(said, text), Origin::User))
}
