//! The families of generated rows. Each is a function from a maker to a draft, and one line that registers it.

mod indirect;
mod injection;
mod jailbreak;
mod operator;
mod safety;
mod twins;
mod twins_foreign;

use redoubt_domain::exchange::Origin;

use super::grammar::{Maker, Said};
use super::languages::{self, List};
use super::noise;
use crate::row::Heads;

/// A kind of row.
pub(super) struct Family {
    pub(super) name: &'static str,
    /// How many rows, of a hundred that a plain family makes.
    pub(super) percent: usize,
    /// How many of a hundred are English.
    pub(super) english: usize,
    /// Nothing where the language has no template for it.
    pub(super) make: fn(&mut Maker<'_>) -> Option<Draft>,
}

/// A row before its last roughness.
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) origin: Origin,
    pub(super) template: u64,
    pub(super) truth: Heads,
    pub(super) known: Heads,
}

/// Every family.
pub(super) fn all() -> impl Iterator<Item = &'static Family> {
    [injection::ALL, jailbreak::ALL, indirect::ALL, twins::ALL, twins_foreign::ALL, operator::ALL, safety::ALL]
        .into_iter()
        .flatten()
}

fn attack(said: Said, origin: Origin) -> Draft {
    Draft { text: said.text, origin, template: said.template, truth: Heads::ATTACK, known: Heads::ATTACK }
}

fn benign(said: Said, origin: Origin) -> Draft {
    Draft { text: said.text, origin, template: said.template, truth: Heads::NONE, known: Heads::EVERY }
}

/// A tool's result or a retrieved document.
fn foreign(maker: &mut Maker<'_>) -> Origin {
    if maker.random.chance(50) { Origin::Tool } else { Origin::Retrieved }
}

/// A request as people begin and end one.
fn dress(maker: &mut Maker<'_>, text: &str) -> String {
    let opener = if maker.random.chance(25) { maker.text(maker.language.openers) } else { String::new() };
    let ender = if maker.random.chance(20) { maker.text(maker.language.enders) } else { String::new() };
    maker.join(&[opener.as_str(), text, ender.as_str()])
}

/// A said thing, dressed.
fn dressed(maker: &mut Maker<'_>, list: List) -> Option<Said> {
    let said = maker.say(list)?;
    Some(Said { text: dress(maker, &said.text), template: said.template })
}

/// A said thing that must not lose its own template when text is put around it.
fn with(said: Said, text: String) -> Said {
    Said { text, template: said.template }
}

/// The payload in a format that foreign text has, now and then among other texts.
fn carry(maker: &mut Maker<'_>, payload: &str) -> String {
    let payload =
        if maker.random.chance(30) { noise::roughen(maker.random, payload.to_owned()) } else { payload.to_owned() };
    let carried = wrap(maker, &payload);
    if maker.random.chance(88) {
        return carried;
    }
    let mut texts: Vec<String> = (0..maker.random.between(1, 3)).map(|_| wrap(maker, "")).collect();
    texts.insert(maker.random.below(texts.len() + 1), carried);
    texts.join(maker.word(&["\n\n", "\n---\n", "\n\n\n"]))
}

fn wrap(maker: &mut Maker<'_>, payload: &str) -> String {
    let at = maker.random.below(super::carriers::ALL.len());
    super::carriers::ALL.get(at).map(|carrier| carrier(maker, payload)).unwrap_or_default()
}

/// The same numbers in another language: English elsewhere, something else in English.
fn crossed<'a>(maker: &'a mut Maker<'_>) -> Maker<'a> {
    let language = if maker.language.code == "en" { languages::draw(maker.random, 0) } else { &languages::en::EN };
    Maker { language, random: &mut *maker.random }
}
