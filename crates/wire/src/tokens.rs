//! Tokens, guessed without a vocabulary.

/// About how many tokens a model will count in `text`: cheap, and never under by much, since limits and
/// budgets are reserved by it. English runs at four bytes a token; digits and punctuation at fewer; scripts
/// without small vocabularies at one a character.
pub fn estimate_tokens(text: &str) -> u64 {
    let mut letters = 0_u64;
    let mut signs = 0_u64;
    let mut beyond_ascii = 0_u64;
    for &byte in text.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b' ' | b'\n' | b'\t' | b'\r' => letters += 1,
            0..=0x7f => signs += 1,
            // The first byte of a character; those that follow it count nothing.
            0xc0.. => beyond_ascii += 1,
            _ => {}
        }
    }
    letters.div_ceil(4) + signs.div_ceil(2) + beyond_ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_script() {
        let cases = [("", 0), ("abcd", 1), ("abcde", 2), ("1234", 2), ("日本語", 3), ("naïve", 2)];
        for (text, expected) in cases {
            assert_eq!(estimate_tokens(text), expected, "{text}");
        }
    }
}
