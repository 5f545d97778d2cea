//! Texts as words.

/// The words of a text, in lower case: what stands between signs that are neither letters nor digits.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
