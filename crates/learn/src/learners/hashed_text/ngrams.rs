//! Texts as places of hashed n-grams with how much each counts.

use std::num::NonZeroUsize;

use super::super::hash::Hash;
use super::super::linear::objective::Rows;
use super::super::parallel;

/// What is behind so many bytes of a text is not looked at.
const TEXT_BYTES_MAX: usize = 1 << 16;

/// So many texts are read by one thread at a time.
const TEXTS_IN_PART: usize = 256;

#[derive(Debug, Clone, Copy)]
pub(super) struct NGrams {
    pub bits: usize,
    pub words_max: usize,
    pub characters_min: usize,
    pub characters_max: usize,
    pub lower_case: bool,
}

impl NGrams {
    /// Places, ascending, and how much each counts: the logarithm of how often, in a row of length one.
    pub(super) fn row(&self, text: &str) -> Vec<(u32, f32)> {
        let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or(text);
        let text = if self.lower_case { text.to_lowercase() } else { text.to_owned() };
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '\'')
            .filter(|word| !word.is_empty())
            .collect();
        let mut places: Vec<u32> = Vec::new();
        for first in 0..words.len() {
            let mut hash = Hash::new(b'w');
            for word in words.iter().skip(first).take(self.words_max) {
                hash = hash.with_all(word.as_bytes()).with(b' ');
                places.push(hash.place(self.bits));
            }
        }
        // Punctuation and signs tell much of some texts, so characters are those of all that has no space.
        for word in text.split_whitespace() {
            let padded = format!(" {word} ");
            let starts: Vec<usize> = padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
            for first in 0..starts.len().saturating_sub(1) {
                for length in self.characters_min..=self.characters_max {
                    let (Some(from), Some(to)) = (starts.get(first), starts.get(first + length)) else {
                        break;
                    };
                    let bytes = padded.as_bytes().get(*from..*to).unwrap_or_default();
                    places.push(Hash::new(b'c').with_all(bytes).place(self.bits));
                }
            }
        }
        places.sort_unstable();
        let mut row: Vec<(u32, f32)> = Vec::new();
        for place in places {
            match row.last_mut() {
                Some((last, count)) if *last == place => *count += 1.0,
                _ => row.push((place, 1.0)),
            }
        }
        let mut square = 0.0;
        for (_, value) in &mut row {
            if *value > 1.0 {
                *value = 1.0 + libm::logf(*value);
            }
            square += *value * *value;
        }
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        row.iter_mut().for_each(|(_, value)| *value /= length);
        row
    }
}

/// Rows of which most numbers are zero.
pub(super) struct Sparse {
    rows: Vec<Vec<(u32, f32)>>,
    columns: usize,
}

impl Sparse {
    pub(super) fn new(texts: &[&str], ngrams: NGrams, threads: NonZeroUsize) -> Self {
        let parts: Vec<&[&str]> = texts.chunks(TEXTS_IN_PART).collect();
        let rows = parallel::map(threads, parts.len(), |part| {
            let texts = parts.get(part).copied().unwrap_or_default();
            texts.iter().map(|text| ngrams.row(text)).collect::<Vec<_>>()
        });
        Self { rows: rows.into_iter().flatten().collect(), columns: 1 << ngrams.bits }
    }

    fn row(&self, row: usize) -> &[(u32, f32)] {
        self.rows.get(row).map_or(&[], Vec::as_slice)
    }
}

impl Rows for Sparse {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn dot(&self, row: usize, coefficients: &[f64]) -> f64 {
        let value =
            |(place, value): &(u32, f32)| f64::from(*value) * coefficients.get(*place as usize).copied().unwrap_or(0.0);
        self.row(row).iter().map(value).sum()
    }

    fn add(&self, row: usize, factor: f64, sums: &mut [f64]) {
        for (place, value) in self.row(row) {
            if let Some(sum) = sums.get_mut(*place as usize) {
                *sum += factor * f64::from(*value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NGrams;

    #[test]
    fn rows_have_length_one_and_know_case_only_if_told() {
        let mut ngrams = NGrams { bits: 18, words_max: 2, characters_min: 3, characters_max: 5, lower_case: true };
        let row = ngrams.row("Ignore ALL previous instructions!");
        let square: f32 = row.iter().map(|(_, value)| value * value).sum();
        assert!((square - 1.0).abs() < 1e-5);
        assert!(row.is_sorted_by(|left, right| left.0 < right.0));
        assert_eq!(row, ngrams.row("ignore all previous instructions!"));
        assert_ne!(row, ngrams.row("previous all ignore instructions!"));
        ngrams.lower_case = false;
        assert_ne!(row, ngrams.row("Ignore ALL previous instructions!"));
        assert!(ngrams.row("").is_empty());
        assert!(ngrams.row(&"é".repeat(100_000)).len() < 100);
    }
}
