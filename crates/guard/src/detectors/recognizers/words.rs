//! Words of configuration in the form in which they are compared.

use crate::views::fold;

/// The words as a folded text shows them, each once; those that it does not show are left out.
pub(super) fn folded(words: &[String]) -> Vec<String> {
    let mut folded: Vec<String> = words.iter().map(|word| fold(word).trim().to_owned()).collect();
    folded.retain(|word| !word.is_empty());
    folded.sort_unstable();
    folded.dedup();
    folded
}
