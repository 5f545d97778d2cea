//! What the encoder makes of texts, kept in a file since it takes minutes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use redoubt_infer::Model as Encoder;

use super::texts::Text;
use super::{WINDOW_TOKENS, WINDOWS_MAX};

/// The mean states of the windows of texts, by digest.
#[derive(Debug, Default, PartialEq)]
pub(super) struct States(BTreeMap<[u8; 32], Vec<Vec<f32>>>);

/// What an encoder makes of texts.
pub(super) struct Embeddings {
    encoder: Encoder,
    cache: Option<PathBuf>,
    pub(super) states: States,
    /// What the file begins with.
    mark: String,
    /// What was computed in this run, and how long it took.
    pub(super) computed: (usize, Duration),
}

impl Embeddings {
    /// Takes up what is kept in `cache`, if it was made by this encoder.
    pub(super) fn read(encoder: Encoder, cache: Option<&Path>) -> Result<Self, String> {
        let mark = format!("redoubt embeddings {} {WINDOW_TOKENS} {WINDOWS_MAX}\n", encoder.digest());
        let kept = cache.filter(|cache| cache.exists()).map(fs::read).transpose().map_err(|error| error.to_string())?;
        let states = kept.as_deref().and_then(|kept| kept.strip_prefix(mark.as_bytes())).and_then(States::read);
        let states = states.unwrap_or_default();
        Ok(Self { encoder, cache: cache.map(Path::to_owned), mark, states, computed: Default::default() })
    }

    /// Computes those that are not known, and keeps all.
    pub(super) fn make<'t>(&mut self, texts: impl Iterator<Item = &'t Text>) -> Result<(), String> {
        let missing: Vec<&Text> = texts.filter(|text| !self.states.0.contains_key(&key(&text.text))).collect();
        for (at, text) in missing.iter().enumerate() {
            let key = key(&text.text);
            if self.states.0.contains_key(&key) {
                continue;
            }
            let started = Instant::now();
            let embedded = self.encoder.embed(&text.text, WINDOWS_MAX).map_err(|error| error.to_string())?;
            self.computed.0 += 1;
            self.computed.1 += started.elapsed();
            self.states.0.insert(key, embedded.windows);
            if at % 250 == 249 || at + 1 == missing.len() {
                self.keep()?;
            }
        }
        Ok(())
    }

    fn keep(&self) -> Result<(), String> {
        let Some(cache) = &self.cache else { return Ok(()) };
        let mut bytes = self.mark.clone().into_bytes();
        self.states.write(&mut bytes);
        fs::write(cache, bytes).map_err(|error| format!("cannot write `{}`: {error}", cache.display()))
    }
}

impl States {
    /// The windows of a text that was made.
    pub(super) fn of(&self, text: &Text) -> &[Vec<f32>] {
        self.0.get(&key(&text.text)).map_or(&[], Vec::as_slice)
    }

    #[cfg(test)]
    pub(super) fn put(&mut self, text: &Text, windows: Vec<Vec<f32>>) {
        self.0.insert(key(&text.text), windows);
    }

    /// For each text its key, two sizes and the numbers; nothing if the bytes end before that.
    fn read(mut rest: &[u8]) -> Option<Self> {
        let mut states = BTreeMap::new();
        while let Some((key, after)) = rest.split_first_chunk::<32>() {
            let (windows, after) = after.split_first_chunk::<4>()?;
            let (width, after) = after.split_first_chunk::<4>()?;
            let [windows, width] = [windows, width].map(|size| u32::from_le_bytes(*size) as usize);
            let (numbers, after) = after.split_at_checked(windows.checked_mul(width)?.checked_mul(4)?)?;
            let (numbers, _) = numbers.as_chunks::<4>();
            let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            states.insert(*key, numbers.chunks(width.max(1)).map(<[f32]>::to_vec).collect());
            rest = after;
        }
        Some(Self(states))
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        for (key, windows) in &self.0 {
            bytes.extend(key);
            for size in [windows.len(), windows.first().map_or(0, Vec::len)] {
                bytes.extend((size as u32).to_le_bytes());
            }
            bytes.extend(windows.iter().flatten().flat_map(|number| number.to_le_bytes()));
        }
    }
}

fn key(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let states = States(BTreeMap::from([([1; 32], vec![vec![0.5, -1.0], vec![2.0, 3.0]]), ([2; 32], Vec::new())]));
        let mut bytes = Vec::new();
        states.write(&mut bytes);
        assert_eq!(States::read(&bytes), Some(states));
        assert_eq!(States::read(&bytes[..bytes.len() - 1]), None);
        assert_eq!(States::read(&[]), Some(States::default()));
    }
}
