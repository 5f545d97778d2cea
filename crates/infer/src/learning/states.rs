//! What lies below the layers that learn: computed once, kept in memory and perhaps in a file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{DType, Device, Result, Tensor, safetensors};

use super::{LearnError, Learner};
use crate::error::LoadError;

/// What is kept at once, in memory and in a file: a copy more is made on the way between them.
const BYTES_MAX: u64 = 2 << 30;

/// The states of one window's tokens, `[tokens, hidden]`, in half precision.
#[derive(Clone, Debug)]
pub struct Below(Tensor);

impl Below {
    pub(super) fn of(state: &Tensor) -> Result<Self> {
        Ok(Self(state.squeeze(0)?.to_dtype(DType::F16)?))
    }

    /// How many tokens the window has, marks included.
    pub fn tokens(&self) -> usize {
        self.0.dims().first().copied().unwrap_or(0)
    }

    pub(super) fn state(&self) -> Result<Tensor> {
        self.0.to_dtype(DType::F32)
    }
}

/// The windows of texts, by the digest of the text.
#[derive(Debug, Default)]
pub struct States {
    windows: BTreeMap<[u8; 32], Vec<Below>>,
    bytes: u64,
}

impl States {
    /// The windows of a text, none if they were not made.
    pub fn of(&self, key: &[u8; 32]) -> &[Below] {
        self.windows.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether those of a text were made.
    pub fn has(&self, key: &[u8; 32]) -> bool {
        self.windows.contains_key(key)
    }

    /// Keeps those of a text.
    ///
    /// # Errors
    /// Where all together would take more than two gigabytes.
    pub fn put(&mut self, key: [u8; 32], windows: Vec<Below>) -> std::result::Result<(), LearnError> {
        let numbers: usize = windows.iter().map(|window| window.0.elem_count()).sum();
        self.bytes = self.bytes.saturating_add(u64::try_from(numbers).unwrap_or(u64::MAX).saturating_mul(2));
        if self.bytes > BYTES_MAX {
            return Err(LearnError::TooMuch { max: BYTES_MAX });
        }
        self.windows.insert(key, windows);
        Ok(())
    }

    /// Takes up what a file keeps that was made by this encoder in this way; nothing if there is no such file.
    pub fn read(file: &Path, learner: &Learner, windows_max: usize) -> std::result::Result<Self, LearnError> {
        let mut states = Self::default();
        let Ok(metadata) = file.metadata() else { return Ok(states) };
        // The names take their place, too.
        let max = 2 * BYTES_MAX;
        if metadata.len() > max {
            let file = file.display().to_string();
            return Err(LoadError::TooLarge { file, actual: metadata.len(), max }.into());
        }
        let mark = learner.mark(windows_max);
        let mut kept: Vec<_> = safetensors::load(file, &Device::Cpu)?.into_iter().collect();
        // By text and window; the number of a window has always two digits.
        kept.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut all: BTreeMap<[u8; 32], Vec<Below>> = BTreeMap::new();
        for (name, state) in kept {
            let shape = (state.dtype(), state.rank(), state.dims().last().copied());
            let key = name.strip_prefix(&mark).and_then(|name| name.get(..64)).and_then(unhex);
            if let Some(key) = key.filter(|_| shape == (DType::F16, 2, Some(learner.config.hidden))) {
                all.entry(key).or_default().push(Below(state));
            }
        }
        for (key, windows) in all {
            states.put(key, windows)?;
        }
        Ok(states)
    }

    /// Keeps everything in a file.
    pub fn write(&self, file: &Path, learner: &Learner, windows_max: usize) -> std::result::Result<(), LearnError> {
        let mark = learner.mark(windows_max);
        let named = |(key, windows): (&[u8; 32], &Vec<Below>)| {
            let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            let name = |at: usize| format!("{mark}{key} {at:02}");
            windows.iter().enumerate().map(|(at, below)| (name(at), below.0.clone())).collect::<Vec<_>>()
        };
        let all: HashMap<String, Tensor> = self.windows.iter().flat_map(named).collect();
        Ok(safetensors::save(&all, file)?)
    }
}

impl Learner {
    /// What decides what lies below.
    fn mark(&self, windows_max: usize) -> String {
        format!("{} {} {} {windows_max} ", self.files.digest, self.from, self.plan.window_tokens)
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
