//! Words that configuration gives, for as long as the process lives.
//!
//! What a detector says of itself is `'static`, so configured words must be, too. The same words are kept once,
//! however often configuration is read again.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// A list of words.
pub(crate) fn words(words: Vec<String>) -> &'static [&'static str] {
    static KNOWN: Mutex<BTreeSet<&'static [&'static str]>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = |list: &&&'static [&'static str]| list.iter().copied().eq(words.iter().map(String::as_str));
    if let Some(same) = known.iter().find(is_same) {
        return same;
    }
    let words: Vec<&'static str> = words.into_iter().map(|word| &*Box::leak(word.into_boxed_str())).collect();
    let words: &'static [&'static str] = Box::leak(words.into_boxed_slice());
    known.insert(words);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_once() {
        let list = || words(vec!["kept once".to_owned()]);
        assert!(std::ptr::eq(list(), list()));
    }
}
