//! Addresses of documentation.

use super::Dice;
use super::names::{GIVEN, SURNAMES};
use super::shape::alike;

/// RFC 2606.
const DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];
/// RFC 5737.
const NETWORKS: [&str; 3] = ["192.0.2", "198.51.100", "203.0.113"];

/// An address of a person at a domain that nobody has.
pub(super) fn email(_: &str, dice: &mut Dice) -> Option<String> {
    let (given, surname) = (dice.pick(GIVEN)?, dice.pick(SURNAMES)?);
    let (number, domain) = (10 + dice.below(90), dice.pick(&DOMAINS)?);
    Some(format!("{}.{}{number}@{domain}", given.to_ascii_lowercase(), surname.to_ascii_lowercase()))
}

/// An address of a network for documentation. What follows it, a port or the length of a prefix, stays.
pub(super) fn ip(value: &str, dice: &mut Dice) -> Option<String> {
    let behind = value.find('/').map_or("", |at| value.get(at..).unwrap_or_default());
    let address = value.strip_suffix(behind).unwrap_or(value);
    if address.matches(':').count() > 1 {
        let mut group = || format!("{:x}", 0x1000 + dice.below(0xf000));
        return Some(format!("2001:db8:{}:{}::{}{behind}", group(), group(), group()));
    }
    let port = address.find(':').map_or("", |at| address.get(at..).unwrap_or_default());
    let network = dice.pick(&NETWORKS)?;
    Some(format!("{network}.{}{port}{behind}", 1 + dice.below(254)))
}

/// A hardware address of the block for documentation, RFC 9542.
pub(super) fn mac(value: &str, dice: &mut Dice) -> Option<String> {
    let digits = format!("00005e0053{:02x}", dice.below(256));
    let mut digits = digits.chars();
    let is_upper = !value.contains(|c: char| c.is_ascii_lowercase());
    let mut other = |c: char| {
        let Some(other) = digits.next() else { return c };
        if is_upper { other.to_ascii_uppercase() } else { other }
    };
    Some(value.chars().map(|c| if c.is_ascii_hexdigit() { other(c) } else { c }).collect())
}

/// A web address of a host that nobody has. What it leads to there keeps its shape.
pub(super) fn url(value: &str, dice: &mut Dice) -> Option<String> {
    let from = value.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = value.split_at_checked(from)?;
    let (_, path) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
    let host = alike("lanetico", dice);
    Some(format!("{scheme}{host}.{}{}", dice.pick(&DOMAINS)?, alike(path, dice)))
}
