//! Texts as windows of tokens.

use tokenizers::Tokenizer;

use crate::config::Config;
use crate::error::LoadError;
use crate::files::TOKENIZER;

/// The tokenizer of a model, and how long its windows are.
pub(crate) struct Tokens {
    tokenizer: Tokenizer,
    /// What stands before and behind each window.
    before: Vec<u32>,
    after: Vec<u32>,
    filling: u32,
    /// Tokens of text in a window.
    length: usize,
}

/// What the encoder sees at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) ids: Vec<u32>,
}

/// So many bytes of text are turned into tokens for each token that could be read. Ordinary words have three to six;
/// what has far more is a row of unknown words, and is not turned into tokens to the end of a text of megabytes.
const BYTES_OF_TOKEN: usize = 12;

impl Tokens {
    pub(crate) fn read(bytes: &[u8], config: &Config, window_tokens: usize) -> Result<Self, LoadError> {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(malformed)?;
        tokenizer.with_truncation(None).map_err(malformed)?;
        tokenizer.with_padding(None);
        // Who writes `[SEP]` into a text must not end it.
        tokenizer.set_encode_special_tokens(true);
        let ids = tokenizer.get_vocab(true);
        let largest = ids.values().max().copied().unwrap_or(0);
        if usize::try_from(largest).unwrap_or(usize::MAX) >= config.vocabulary {
            return Err(LoadError::Vocabulary { id: largest, vocabulary: config.vocabulary });
        }
        let filling = tokenizer.token_to_id("[PAD]").or_else(|| tokenizer.token_to_id("<pad>")).unwrap_or(0);
        let encode = |specials| -> Result<Vec<u32>, LoadError> {
            Ok(tokenizer.encode_fast("a", specials).map_err(malformed)?.get_ids().to_vec())
        };
        let (bare, dressed) = (encode(false)?, encode(true)?);
        let at = dressed.windows(bare.len().max(1)).position(|window| window == bare);
        let (before, after) = match at {
            Some(at) => {
                let (before, rest) = dressed.split_at(at);
                (before.to_vec(), rest.iter().skip(bare.len()).copied().collect::<Vec<u32>>())
            }
            None => return Err(malformed("it does not put its marks around a text")),
        };
        let marks = before.len() + after.len();
        let length = window_tokens.min(config.positions).saturating_sub(marks);
        if before.is_empty() || length < LENGTH_MIN {
            return Err(malformed("it puts no mark before a text, or leaves no room for one"));
        }
        Ok(Self { tokenizer, before, after, filling, length })
    }

    pub(crate) fn filling(&self) -> u32 {
        self.filling
    }

    /// The windows of a text, at most so many, and whether they cover it to its end.
    pub(crate) fn windows(&self, text: &str, windows_max: usize) -> Result<(Vec<Window>, bool), LoadError> {
        let bytes_max = windows_max.saturating_mul(self.length).saturating_mul(BYTES_OF_TOKEN);
        let read = beginning(text, bytes_max);
        let encoding = self.tokenizer.encode_fast(read, false).map_err(malformed)?;
        let ids = encoding.get_ids();
        let (starts, covered) = starts(ids.len(), self.length, windows_max);
        let dress = |start: usize| {
            let body = ids.iter().skip(start).take(self.length);
            Window { ids: self.before.iter().chain(body).chain(&self.after).copied().collect() }
        };
        Ok((starts.into_iter().map(dress).collect(), covered && read.len() == text.len()))
    }
}

/// A window that holds less says nothing.
const LENGTH_MIN: usize = 2;

/// Where windows begin in a text of so many tokens, at most so many, and whether they cover it. They lap over by a
/// quarter, so that an instruction of a few sentences stands whole in one of them, and the last ends with the text.
fn starts(tokens: usize, length: usize, windows_max: usize) -> (Vec<usize>, bool) {
    if tokens <= length {
        return (vec![0], windows_max > 0);
    }
    let step = length - length / 4;
    let last = tokens - length;
    let mut starts: Vec<usize> = (0..last).step_by(step.max(1)).take(windows_max.saturating_add(1)).collect();
    starts.push(last);
    let is_whole = starts.len() <= windows_max;
    starts.truncate(windows_max);
    (starts, is_whole)
}

/// The first so many bytes, to the end of a word if there is one.
fn beginning(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = text.get(..end).unwrap_or_default();
    cut.rsplit_once(' ').map_or(cut, |(words, _)| words)
}

fn malformed(reason: impl ToString) -> LoadError {
    LoadError::Malformed { file: TOKENIZER.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tokens: usize, length: usize, windows_max: usize, expected: &[usize], is_whole: bool) {
        assert_eq!(starts(tokens, length, windows_max), (expected.to_vec(), is_whole));
    }

    #[test]
    fn windows_lap_over_and_the_last_ends_with_the_text() {
        check(0, 8, 4, &[0], true);
        check(8, 8, 4, &[0], true);
        check(9, 8, 4, &[0, 1], true);
        check(14, 8, 4, &[0, 6], true);
        check(15, 8, 4, &[0, 6, 7], true);
        check(100, 8, 2, &[0, 6], false);
        check(9, 2, 100, &[0, 2, 4, 6, 7], true);
    }

    #[test]
    fn every_token_is_in_a_window_and_every_short_run_whole_in_one() {
        for length in [4, 5, 8, 31] {
            for tokens in 0..200 {
                let (starts, is_whole) = starts(tokens, length, usize::MAX);
                assert!(is_whole);
                let run = length / 4 + 1;
                for at in 0..tokens.saturating_sub(run - 1) {
                    let holds = |start: &usize| *start <= at && at + run <= start + length;
                    assert!(starts.iter().any(holds), "{at} of {tokens} in {starts:?} of {length}");
                }
                assert!(starts.iter().all(|start| start + length <= tokens.max(length)));
            }
        }
    }

    #[test]
    fn a_cut_leaves_words_whole_where_it_can() {
        assert_eq!(beginning("one two three", 13), "one two three");
        assert_eq!(beginning("one two three", 9), "one two");
        assert_eq!(beginning("日本語", 4), "日");
        assert_eq!(beginning("ab", 0), "");
    }
}
