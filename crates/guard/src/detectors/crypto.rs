//! Wallets of cryptocurrencies: base58check, bech32 and EIP-55 where the currency has a checksum, a word
//! nearby where it has none.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before};
use super::context::Near;
use super::{checksum, context, keccak};

const CRYPTO: Label = Label::new("CRYPTO");
/// A Cardano address.
const SPAN_BYTES: usize = 108;
/// The shortest: a Bitcoin address of many leading zeros.
const SPAN_LEAST: usize = 25;

static SPEC: Spec = Spec {
    id: "crypto",
    summary: "cryptocurrency wallets: Bitcoin, Ethereum, Tron, Litecoin, Dogecoin, XRP, Monero, Solana, Cardano",
    labels: &["CRYPTO"],
    trigger: Trigger::Digits(1),
    span_max: SPAN_BYTES + context::BEFORE_BYTES + 8,
    positives: &[
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "eth 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
    ],
    near_misses: &[
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
        "0xdeadbeef",
        "0x3b18e512dba79e4c8300dd08aeb37f8e728b8dad3b18e512dba79e4c8300dd08",
    ],
};

/// Wallets of cryptocurrencies.
pub(super) struct Crypto;

impl Detector for Crypto {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        let mut done = 0;
        for run in window.runs {
            // A run may span several words; each digit may be in another one.
            for at in &run.at {
                if *at < done {
                    continue;
                }
                let start =
                    at - before(text, *at).bytes().rev().take(SPAN_BYTES).take_while(u8::is_ascii_alphanumeric).count();
                let length =
                    after(text, start).bytes().take(SPAN_BYTES + 1).take_while(u8::is_ascii_alphanumeric).count();
                done = (start + length).max(at + 1);
                if !(SPAN_LEAST..=SPAN_BYTES).contains(&length) || before(text, start).ends_with(is_joint) {
                    continue;
                }
                let span = start..start + length;
                if after(text, span.end).starts_with(is_joint) {
                    continue;
                }
                let wallet = after(text, start).get(..length).unwrap_or("");
                if let Some(score) = score(wallet, || Near::before(text, span.start).has(context::WALLET)) {
                    found.push(Match { span, label: CRYPTO, rule: None, score, severity: Severity::Medium });
                }
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let count = text.bytes().rev().take(SPAN_BYTES + 1).take_while(u8::is_ascii_alphanumeric).count();
        let start = text.len() - count;
        let is_wallet = count <= SPAN_BYTES && after(text, start).starts_with(may_begin);
        if is_wallet && !before(text, start).ends_with(is_joint) { start } else { text.len() }
    }
}

/// Signs of base64, file names and paths: what they join is longer than a wallet.
fn is_joint(character: char) -> bool {
    matches!(character, '_' | '+' | '/' | '=' | '-')
}

/// Whether any wallet begins so. Solana's begin with anything that base58 has.
fn may_begin(character: char) -> bool {
    character.is_ascii_alphanumeric() && !matches!(character, 'O' | 'I')
}

/// How sure it is that a word is a wallet, if it may be.
fn score(wallet: &str, is_named: impl Fn() -> bool) -> Option<f32> {
    if let Some(digits) = wallet.strip_prefix("0x").or_else(|| wallet.strip_prefix("0X")) {
        if digits.len() != 40 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let is_mixed = digits.bytes().any(|byte| byte.is_ascii_lowercase())
            && digits.bytes().any(|byte| byte.is_ascii_uppercase());
        return match is_mixed {
            true => keccak::is_eip_55(digits).then_some(0.95),
            false if is_named() => Some(0.9),
            false => Some(0.5),
        };
    }
    if ["bc", "tb", "ltc", "addr"].iter().any(|prefix| checksum::bech32(wallet, prefix)) {
        return Some(0.95);
    }
    let first = wallet.bytes().next()?;
    if (26..=35).contains(&wallet.len())
        && matches!(first, b'1' | b'3' | b'L' | b'M' | b'D' | b'A' | b'T' | b'2' | b'm' | b'n' | b'X')
        && checksum::base58check(wallet).is_some_and(|payload| {
            payload.len() == 21
                && matches!(payload.first(), Some(0x00 | 0x05 | 0x30 | 0x32 | 0x1e | 0x16 | 0x41 | 0x6f | 0xc4 | 0x4c))
        })
    {
        return Some(0.95);
    }
    let is_base58 =
        wallet.bytes().all(|byte| byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l'));
    let is_mixed =
        wallet.bytes().any(|byte| byte.is_ascii_lowercase()) && wallet.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_plain = match (first, wallet.len()) {
        // Monero, with its own hash; XRP, with its own alphabet; Solana, with no checksum.
        (b'4' | b'8', 95 | 106) => return (is_base58 && is_mixed).then_some(0.85),
        (b'r', 25..=35) | (_, 43 | 44) => is_base58 && is_mixed,
        _ => false,
    };
    (is_plain && is_named()).then_some(0.75)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::Crypto;

    #[test]
    fn keeps_its_promises() {
        conforms(&Crypto);
    }

    #[test]
    fn knows_the_common_currencies() {
        for (text, expected) in [
            ("送到1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa。", "CRYPTO 0.95 `1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa`"),
            (
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
                "CRYPTO 0.95 `bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0`",
            ),
            ("USDT: TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "CRYPTO 0.95 `TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t`"),
            ("xrp rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "CRYPTO 0.75 `rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh`"),
            ("the commit 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV", ""),
            (
                "solana wallet 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV",
                "CRYPTO 0.75 `7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV`",
            ),
            ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "CRYPTO 0.50 `0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed`"),
            ("aaaa/1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ""),
        ] {
            check(&Crypto, text, expected);
        }
    }

    proptest! {
        #[test]
        fn changed_wallets_are_not_found(place in 5_usize..34, by in prop::sample::select(b"23456789ABCabc".to_vec())) {
            let mut wallet = b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa".to_vec();
            prop_assume!(wallet[place] != by);
            wallet[place] = by;
            prop_assert_eq!(find(&Crypto, &String::from_utf8(wallet).unwrap()), []);
        }

        #[test]
        fn any_text_is_sound(text in "(1A1zP1eP5QGefi2DMPTfTL5|SLmv7DivfNa|0x|[a-f0-9]{20}| |-|eth){0,6}") {
            is_sound(&Crypto, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&Crypto, &text);
            live_from(&Crypto, &text);
        }
    }
}
