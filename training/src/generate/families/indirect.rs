//! Attacks in text that the user did not write: tool results, documents, and what a user pastes.

use redoubt_domain::exchange::Origin;

use super::injection::{encode, goal};
use super::{Draft, Family, attack, carry, crossed, foreign, with};
use crate::generate::grammar::{Maker, Said};
use crate::generate::languages::List;

pub(super) static ALL: &[Family] = &[
    Family { name: "foreign-override", percent: 200, english: 40, make: overriding },
    Family { name: "foreign-hijack", percent: 250, english: 40, make: hijacking },
    Family { name: "foreign-exfiltration", percent: 150, english: 40, make: exfiltrating },
    Family { name: "foreign-bare", percent: 250, english: 45, make: bare },
    Family { name: "foreign-addressed", percent: 120, english: 50, make: addressed },
    Family { name: "foreign-short", percent: 150, english: 40, make: short },
    Family { name: "foreign-mixed", percent: 120, english: 40, make: mixed },
    Family { name: "foreign-extraction", percent: 60, english: 40, make: extraction },
    Family { name: "foreign-encoding", percent: 40, english: 50, make: encoding },
    Family { name: "foreign-crossed", percent: 120, english: 30, make: crossing },
    Family { name: "pasted", percent: 150, english: 40, make: pasted },
];

fn overriding(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(maker.language.overrides)?;
    let goal = match maker.random.below(4) {
        0 => maker.text(maker.language.stunts),
        1 => maker.text(maker.language.bare),
        _ => maker.text(maker.language.hijack),
    };
    let payload = maker.join(&[said.text.as_str(), goal.as_str()]);
    let text = carry(maker, &payload);
    let origin = foreign(maker);
    Some(attack(with(said, text), origin))
}

/// The payload in a carrier, now and then beside what people ask of each other.
fn carried(maker: &mut Maker<'_>, list: List, more: &str) -> Option<Draft> {
    let said = maker.say(list)?;
    let beside = if maker.random.chance(25) { maker.text(maker.language.people) } else { String::new() };
    let payload = match maker.random.below(2) {
        0 => maker.join(&[beside.as_str(), said.text.as_str(), more]),
        _ => maker.join(&[said.text.as_str(), more, beside.as_str()]),
    };
    let text = carry(maker, &payload);
    let origin = foreign(maker);
    Some(attack(with(said, text), origin))
}

fn hijacking(maker: &mut Maker<'_>) -> Option<Draft> {
    let more = if maker.random.chance(30) { maker.text(maker.language.secrecy) } else { String::new() };
    carried(maker, maker.language.hijack, &more)
}

fn exfiltrating(maker: &mut Maker<'_>) -> Option<Draft> {
    let more = if maker.random.chance(30) { maker.text(maker.language.secrecy) } else { String::new() };
    carried(maker, maker.language.exfiltration, &more)
}

fn bare(maker: &mut Maker<'_>) -> Option<Draft> {
    carried(maker, maker.language.bare, "")
}

fn addressed(maker: &mut Maker<'_>) -> Option<Draft> {
    let call = maker.say(maker.language.calls)?;
    let list = match maker.random.below(4) {
        0 => maker.language.bare,
        1 => maker.language.exfiltration,
        2 => maker.language.stunts,
        _ => maker.language.hijack,
    };
    let said = maker.say(list)?;
    let secrecy = if maker.random.chance(20) { maker.text(maker.language.secrecy) } else { String::new() };
    let payload = maker.join(&[call.text.as_str(), said.text.as_str(), secrecy.as_str()]);
    let text = carry(maker, &payload);
    let origin = foreign(maker);
    Some(attack(Said { text, template: said.template ^ call.template }, origin))
}

/// The payload is all that the tool returned.
fn short(maker: &mut Maker<'_>) -> Option<Draft> {
    let list = match maker.random.below(5) {
        0 => maker.language.overrides,
        1 => maker.language.exfiltration,
        2 => maker.language.extraction,
        _ => maker.language.hijack,
    };
    let said = maker.say(list)?;
    let origin = foreign(maker);
    Some(attack(said, origin))
}

fn mixed(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = goal(maker)?;
    let action = if maker.random.chance(50) {
        maker.text(maker.language.hijack)
    } else {
        maker.text(maker.language.exfiltration)
    };
    let secrecy = maker.text(maker.language.secrecy);
    let payload = maker.join(&[said.text.as_str(), action.as_str(), secrecy.as_str()]);
    let text = carry(maker, &payload);
    let origin = foreign(maker);
    Some(attack(with(said, text), origin))
}

fn extraction(maker: &mut Maker<'_>) -> Option<Draft> {
    let list = if maker.random.chance(70) { maker.language.extraction } else { maker.language.credentials };
    carried(maker, list, "")
}

fn encoding(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(maker.language.decode)?;
    let order = maker.text(maker.language.hijack);
    let code = encode(maker.random, &order);
    let text = carry(maker, &format!("{} {code}", said.text));
    let origin = foreign(maker);
    Some(attack(with(said, text), origin))
}

/// The attack is in another language than the text around it.
fn crossing(maker: &mut Maker<'_>) -> Option<Draft> {
    let mut other = crossed(maker);
    let lists = other.language;
    let list = match other.random.below(4) {
        0 => lists.overrides,
        1 => lists.exfiltration,
        2 => lists.bare,
        _ => lists.hijack,
    };
    let said = other.say(list)?;
    let text = carry(maker, &said.text);
    let origin = foreign(maker);
    Some(attack(with(said, text), origin))
}

/// The user hands over somebody else's text, and the attack is in it.
fn pasted(maker: &mut Maker<'_>) -> Option<Draft> {
    let list = match maker.random.below(5) {
        0 | 1 => maker.language.overrides,
        2 => maker.language.exfiltration,
        _ => maker.language.hijack,
    };
    let said = maker.say(list)?;
    let more = if maker.random.chance(40) { maker.text(maker.language.stunts) } else { String::new() };
    let payload = maker.join(&[said.text.as_str(), more.as_str()]);
    let carried = carry(maker, &payload);
    let ask = maker.text(maker.language.asks);
    let text = match maker.random.below(3) {
        0 => format!("{carried}\n\n{ask}"),
        1 => format!("{ask}\n\n\"\"\"\n{carried}\n\"\"\""),
        _ => format!("{ask}\n\n{carried}"),
    };
    Some(attack(with(said, text), Origin::User))
}
