//! Stars for most of a value, so that a person recognises it and a stranger learns nothing.

use redoubt_domain::finding::Label;

/// How many letters or digits a masked number shows at its end.
const SHOWN: usize = 4;

/// A value with fewer letters and digits than this shows none of them.
const SHORT: usize = 8;

pub(super) fn mask(value: &str, label: &Label) -> String {
    match label.as_str() {
        "EMAIL_ADDRESS" => mask_address(value),
        // The end of a secret is as secret as the rest.
        "SECRET" => hide(value, 0),
        // The end of an address on the network is an address.
        "IP_ADDRESS" | "MAC_ADDRESS" | "URL" => hide(value, 0),
        _ => hide(value, SHOWN),
    }
}

fn mask_address(value: &str) -> String {
    match (value.chars().next(), value.rsplit_once('@')) {
        (Some(first), Some((_, domain))) => format!("{first}***@{domain}"),
        _ => hide(value, 0),
    }
}

fn hide(value: &str, shown: usize) -> String {
    let total = value.chars().filter(|c| c.is_alphanumeric()).count();
    let hidden = if total < SHORT { total } else { total - shown };
    let mut seen = 0;
    value
        .chars()
        .map(|c| {
            if !c.is_alphanumeric() {
                // What is neither a letter nor a sign on a keyboard may spell the value where nobody sees it: in
                // tags, in variation selectors. And a terminal sequence without its letters is another.
                return if c.is_ascii_graphic() || c.is_ascii_whitespace() { c } else { '*' };
            }
            seen += 1;
            if seen <= hidden { '*' } else { c }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_as_little_as_helps() {
        let cases = [
            ("4111 1111 1111 1234", "CREDIT_CARD", "**** **** **** 1234"),
            ("jane.doe@example.com", "EMAIL_ADDRESS", "j***@example.com"),
            ("not an address", "EMAIL_ADDRESS", "*** ** *******"),
            ("ghp_abcdefghijkl", "SECRET", "***_************"),
            ("123-45", "US_SSN", "***-**"),
            ("", "US_SSN", ""),
            ("\u{e0034}\u{e0035}\u{e0033}", "CREDIT_CARD", "***"),
            ("\u{e0061}\u{e0040}\u{e0062} x", "EMAIL_ADDRESS", "*** *"),
            ("\u{1b}[8mx", "INVISIBLE_TEXT", "*[***"),
            ("4\u{e0131}\u{e0132}", "CREDIT_CARD", "***"),
        ];
        for (value, label, expected) in cases {
            assert_eq!(mask(value, &Label::new(label)), expected);
        }
    }
}
