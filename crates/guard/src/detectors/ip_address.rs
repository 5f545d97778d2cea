//! Addresses of the Internet protocol. Private and reserved ones say less about a person and score lower.

use std::net::{Ipv4Addr, Ipv6Addr};

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before, floor, is_word};
use super::context::{self, Near};

const IP: Label = Label::new("IP_ADDRESS");
/// An IPv6 address with an IPv4 address in it, and one character behind.
const SPAN_BYTES: usize = 48;

static SPEC: Spec = Spec {
    id: "ip_address",
    summary: "IPv4 and IPv6 addresses",
    labels: &["IP_ADDRESS"],
    trigger: Trigger::Literals(&[".", ":"]),
    span_max: SPAN_BYTES + context::BEFORE_BYTES,
    positives: &[
        "connect to 203.0.113.7:8080",
        "2001:db8::8a2e:370:7334",
        "fe80::1",
        "http://[2001:db8:85a3:0:0:8a2e:370:7334]/",
        "10.0.0.1",
    ],
    near_misses: &[
        "version 1.2.3.4",
        "v10.20.30.40",
        "1.3.6.1.4.1",
        "256.1.1.1",
        "at 12:34:56 today",
        "std::fmt::Display",
        "BGM+381::9",
        "aa:bb:cc:dd:ee:ff",
        "10.0.0",
    ],
};

/// Words before a version with four parts.
const VERSIONS: &[&str] = &[
    "version", "versions", "ver", "release", "firmware", "build", "driver", "chrome", "section", "oid", "clause",
    "figure", "chapter",
];

/// Addresses of the Internet protocol.
pub(super) struct IpAddress;

impl Detector for IpAddress {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        let mut done = 0;
        for hit in window.hits {
            if hit.start < done || !is_joint(text, hit.start) {
                continue;
            }
            let start = hit.start - before(text, hit.start).bytes().rev().take(SPAN_BYTES).take_while(is_part).count();
            let token: &str = after(text, start);
            let token = token.get(..token.bytes().take(SPAN_BYTES).take_while(is_part).count()).unwrap_or("");
            done = start + token.len();
            if before(text, start).ends_with(|c: char| is_word(c) || c == '-')
                || after(text, done).starts_with(|c: char| is_word(c) || c == '-')
            {
                continue;
            }
            // A full stop or colon of the sentence, or a port.
            let ends = [token, token.trim_end_matches(['.', ':']), token.rsplit_once(':').map_or("", |(host, _)| host)];
            let Some((address, score)) = ends.iter().find_map(|address| Some((*address, score(text, start, address)?)))
            else {
                continue;
            };
            let span = start..start + address.len();
            found.push(Match { span, label: IP, rule: None, score, severity: Severity::Low });
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let count = text.bytes().rev().take(SPAN_BYTES + 1).take_while(is_part).count();
        let start = text.len() - count;
        // A longer token is no address, nor is one that goes on a word.
        if count > SPAN_BYTES || before(text, start).ends_with(|c: char| is_word(c) || c == '-') {
            return text.len();
        }
        floor(text, start)
    }
}

/// A character of an address in either version.
fn is_part(byte: &u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')
}

/// Whether the sign has an address's characters on at least one side: a full stop before a space has not.
fn is_joint(text: &str, at: usize) -> bool {
    let ahead = text.as_bytes().get(at + 1).is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':');
    ahead
        && (at == 0
            || text
                .as_bytes()
                .get(at - 1)
                .is_some_and(|byte| !byte.is_ascii_alphanumeric() || byte.is_ascii_hexdigit()))
}

/// How sure it is that this is an address, if it is one.
fn score(text: &str, start: usize, address: &str) -> Option<f32> {
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let near = Near::before(text, start);
        let is_named = || near.has(context::ADDRESS);
        if near.has(VERSIONS) && !is_named() {
            return None;
        }
        return Some(match address.octets() {
            // Numbered paragraphs look like this.
            octets if octets.iter().all(|octet| *octet < 10) && !is_named() => 0.4,
            _ if address.is_unspecified() || address.is_broadcast() || address.is_loopback() => 0.4,
            _ if address.is_private() || address.is_link_local() || address.is_multicast() => 0.6,
            _ => 0.85,
        });
    }
    let colons = address.bytes().filter(|byte| *byte == b':').count();
    let digits = address.bytes().filter(u8::is_ascii_hexdigit).count();
    // `::` alone and `a::b` are how programs name things.
    if colons < 2
        || !address.bytes().any(|byte| byte.is_ascii_digit())
        || (digits < 4 && colons < 3 && address != "::1")
    {
        return None;
    }
    let address: Ipv6Addr = address.parse().ok()?;
    // Few digits outside the ranges in use are ratios and codes.
    let is_used = matches!(address.segments(), [first, ..] if (0x2000..0x4000).contains(&first) || first >= 0xfc00);
    if colons < 4 && !is_used && !address.is_loopback() && !before(text, start).ends_with('[') {
        return None;
    }
    Some(match address.segments() {
        _ if address.is_loopback() || address.is_unspecified() => 0.4,
        [first, ..] if first & 0xffc0 == 0xfe80 || first & 0xfe00 == 0xfc00 => 0.6,
        _ => 0.9,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::IpAddress;

    #[test]
    fn keeps_its_promises() {
        conforms(&IpAddress);
    }

    #[test]
    fn tells_addresses_from_versions_and_times() {
        for (text, expected) in [
            ("from 203.0.113.7.", "IP_ADDRESS 0.85 `203.0.113.7`"),
            ("203.0.113.7:443 and 198.51.100.0/24", "IP_ADDRESS 0.85 `203.0.113.7`\nIP_ADDRESS 0.85 `198.51.100.0`"),
            ("192.168.1.10", "IP_ADDRESS 0.60 `192.168.1.10`"),
            ("127.0.0.1", "IP_ADDRESS 0.40 `127.0.0.1`"),
            ("see 1.2.3.4", "IP_ADDRESS 0.40 `1.2.3.4`"),
            ("ping 8.8.8.8", "IP_ADDRESS 0.85 `8.8.8.8`"),
            ("服务器203.0.113.7上", "IP_ADDRESS 0.85 `203.0.113.7`"),
            ("[::ffff:203.0.113.7]", "IP_ADDRESS 0.90 `::ffff:203.0.113.7`"),
            ("2001:db8::1.", "IP_ADDRESS 0.90 `2001:db8::1`"),
            (
                "{\"ip\":\"2001:0db8:0000:0000:0000:ff00:0042:8329\"}",
                "IP_ADDRESS 0.90 `2001:0db8:0000:0000:0000:ff00:0042:8329`",
            ),
            ("Chrome 120.0.6099.109", ""),
            ("firmware 10.20.30.40", ""),
            ("01.02.03.04", ""),
            ("x203.0.113.7", ""),
            ("203.0.113.7-beta", ""),
            ("2024-01-15T10:30:00", ""),
            ("Vec::<u8>::new()", ""),
        ] {
            check(&IpAddress, text, expected);
        }
    }

    proptest! {
        #[test]
        fn every_address_is_found(four in any::<[u8; 4]>(), six in any::<[u16; 8]>()) {
            let four = std::net::Ipv4Addr::from(four).to_string();
            prop_assert_eq!(find(&IpAddress, &format!("host {four},")).len(), 1);
            let six = std::net::Ipv6Addr::from(six);
            prop_assert_eq!(find(&IpAddress, &format!("host [{six}]")).len(), 1);
        }

        #[test]
        fn any_text_is_sound(text in "[0-2.:af -]{0,50}") {
            is_sound(&IpAddress, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&IpAddress, &text);
            live_from(&IpAddress, &text);
        }
    }
}
