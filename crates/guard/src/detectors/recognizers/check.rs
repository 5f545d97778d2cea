//! What a value must add up to, and whether a recogniser finds what it is said to find.

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_domain::limits::Limits;

use super::super::{Parameters, boundary, checksum};
use super::{Flaw, Recognizer};
use crate::engine::Engine;
use crate::policy::{Policy, Profile};

/// A way of telling a number that was issued from one that looks like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// Luhn (ISO/IEC 7812-1) over the digits.
    Luhn,
    /// Verhoeff over the digits.
    Verhoeff,
    /// ISO 7064 mod 97-10 over digits and letters, as an IBAN with its first four characters at its end.
    Mod97,
    /// ISO 7064 mod 11-2 over the digits; the last may be `X`.
    Mod11,
    /// ISO 7064 mod 11,10 over the digits.
    Mod11And10,
    /// ICAO 9303 over digits and letters: weights 7, 3, 1, the last a digit.
    Icao,
}

impl Checksum {
    /// Every checksum under its name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("luhn", Self::Luhn),
        ("verhoeff", Self::Verhoeff),
        ("mod_97_10", Self::Mod97),
        ("mod_11_2", Self::Mod11),
        ("mod_11_10", Self::Mod11And10),
        ("icao_9303", Self::Icao),
    ];

    /// The name used in configuration.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// Whether it holds for a value. What stands between its letters and digits does not count.
    pub(super) fn holds(self, value: &str) -> bool {
        let digit = |c: char| boundary::decimal(c).map(|value| b'0' + value);
        let letter = |c: char| c.is_ascii_alphabetic().then_some((c.to_ascii_uppercase() as u32 & 0x7f) as u8);
        let digits: Vec<u8> = value.chars().filter_map(digit).collect();
        // Every sum of nothing holds, and so do many of one digit again and again, which nobody issues.
        if digits.len() < 2 || checksum::is_monotone(&digits) {
            return false;
        }
        let all: Vec<u8> = value.chars().filter_map(|c| digit(c).or_else(|| letter(c))).collect();
        match self {
            Self::Luhn => checksum::luhn(&digits),
            Self::Verhoeff => checksum::verhoeff(&digits),
            Self::Mod97 => checksum::mod_97(all.into_iter()) == Some(1),
            Self::Mod11 => match (all.last(), digits.split_last()) {
                (Some(b'X'), _) => checksum::mod_11_2(&digits) == 10,
                (_, Some((check, body))) => checksum::mod_11_2(body) == checksum::digit(*check),
                (_, None) => false,
            },
            Self::Mod11And10 => checksum::mod_11_10(&digits),
            Self::Icao => all.split_last().is_some_and(|(check, body)| {
                check.is_ascii_digit() && checksum::icao_9303(body) == checksum::digit(*check)
            }),
        }
    }
}

/// The examples in which nothing is found, and the counterexamples in which something is. They are looked at as
/// requests are, through every view.
pub(super) fn examples(recognizer: &Recognizer) -> Vec<Flaw> {
    let definition = &recognizer.definition;
    if definition.examples.is_empty() && definition.counterexamples.is_empty() {
        return Vec::new();
    }
    let parameters = Parameters { recognizers: vec![recognizer.clone()], ..Parameters::default() };
    let policy = Policy::profile(Profile::Observe).with_parameters(parameters);
    // It fails only where no engine can be made at all, which the server's own says.
    let Ok(engine) = Engine::with_table(&[], policy, Limits::default()) else { return Vec::new() };
    let is_found = |text: &str| {
        let scan = engine.scan(text, Origin::User, Direction::Input);
        scan.judged.iter().any(|judged| judged.finding.detector == super::KIND.id)
    };
    let label = recognizer.label();
    let mut flaws = Vec::new();
    for (at, text) in definition.examples.iter().enumerate().filter(|(_, text)| !is_found(text)) {
        let reason = format!("`{label}` is not found in the example `{text}`");
        flaws.push(Flaw { key: "examples", item: Some(at), reason, suggestion: None });
    }
    for (at, text) in definition.counterexamples.iter().enumerate().filter(|(_, text)| is_found(text)) {
        let reason = format!("`{label}` is found in the counterexample `{text}`");
        flaws.push(Flaw { key: "counterexamples", item: Some(at), reason, suggestion: None });
    }
    flaws
}
