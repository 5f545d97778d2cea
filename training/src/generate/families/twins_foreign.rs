//! Tool results and documents in which nobody attacks, though people order each other about.

use super::{Draft, Family, benign, carry, crossed, foreign, with};
use crate::generate::grammar::Maker;
use crate::generate::languages::en;

pub(super) static ALL: &[Family] = &[
    Family { name: "context", percent: 300, english: 35, make: context },
    Family { name: "context-people", percent: 300, english: 35, make: people },
    Family { name: "context-howto", percent: 250, english: 35, make: howto },
    Family { name: "context-quotes", percent: 150, english: 40, make: quotes },
    Family { name: "context-everyday", percent: 80, english: 35, make: everyday },
    Family { name: "context-about", percent: 100, english: 40, make: about },
    Family { name: "context-passwords", percent: 60, english: 40, make: passwords },
    Family { name: "context-trigger", percent: 120, english: 100, make: trigger },
    Family { name: "context-code", percent: 80, english: 100, make: code },
    Family { name: "context-crossed", percent: 120, english: 30, make: crossing },
    Family { name: "context-short", percent: 150, english: 35, make: short },
];

/// A carrier around something harmless.
fn carried(maker: &mut Maker<'_>, list: &[&'static str]) -> Option<Draft> {
    let said = maker.say(list)?;
    let second = if maker.random.chance(40) { maker.text(list) } else { String::new() };
    let payload = maker.join(&[said.text.as_str(), second.as_str()]);
    let text = carry(maker, &payload);
    let origin = foreign(maker);
    Some(benign(with(said, text), origin))
}

fn context(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(maker.language.prose)?;
    let text = carry(maker, "");
    let origin = foreign(maker);
    Some(benign(with(said, text), origin))
}

fn people(maker: &mut Maker<'_>) -> Option<Draft> {
    carried(maker, maker.language.people)
}

fn howto(maker: &mut Maker<'_>) -> Option<Draft> {
    carried(maker, maker.language.howto)
}

fn quotes(maker: &mut Maker<'_>) -> Option<Draft> {
    carried(maker, maker.language.quotes)
}

fn everyday(maker: &mut Maker<'_>) -> Option<Draft> {
    // What names a task for an assistant would be an order to it here.
    let plain: Vec<&'static str> =
        maker.language.everyday.iter().copied().filter(|template| !template.contains("{task}")).collect();
    carried(maker, &plain)
}

fn about(maker: &mut Maker<'_>) -> Option<Draft> {
    carried(maker, maker.language.about)
}

fn passwords(maker: &mut Maker<'_>) -> Option<Draft> {
    carried(maker, maker.language.passwords)
}

fn trigger(maker: &mut Maker<'_>) -> Option<Draft> {
    carried(maker, en::TRIGGERS)
}

fn code(maker: &mut Maker<'_>) -> Option<Draft> {
    let said = maker.say(en::CODE)?;
    let text = if maker.random.chance(50) { carry(maker, &said.text) } else { said.text.clone() };
    let origin = foreign(maker);
    Some(benign(with(said, text), origin))
}

/// Two languages in one document.
fn crossing(maker: &mut Maker<'_>) -> Option<Draft> {
    let mut other = crossed(maker);
    let lists = other.language;
    let list = match other.random.below(4) {
        0 => lists.howto,
        1 => lists.quotes,
        2 => lists.prose,
        _ => lists.people,
    };
    let said = other.say(list)?;
    let text = carry(maker, &said.text);
    let origin = foreign(maker);
    Some(benign(with(said, text), origin))
}

/// One or two sentences are all that the tool returned.
fn short(maker: &mut Maker<'_>) -> Option<Draft> {
    let list = match maker.random.below(4) {
        0 => maker.language.howto,
        1 => maker.language.quotes,
        2 => maker.language.prose,
        _ => maker.language.people,
    };
    let said = maker.say(list)?;
    let origin = foreign(maker);
    Some(benign(said, origin))
}
