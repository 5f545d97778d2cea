//! The head of an encoder that gives second opinions: `head --rows FILE --documents DIR --model FOLDER --out FILE` learns
//! it from the rows that the classifier learns from; with `--compare SET` it leaves a set out of both, and says what each
//! does by itself on what it has not seen, and both together.
//!
//! The encoder stays as it is: what it makes of each text is computed once and kept in `--cache FILE`.

pub(super) mod compare;
mod embeddings;
pub(super) mod network;
pub(super) mod texts;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use redoubt_infer::Model as Encoder;

use super::{Options, SEED, Split};
use embeddings::Embeddings;
use network::Network;
use texts::{Sizes, Texts};

/// What the encoder sees at once, as the gateway has it unless told otherwise; and how much is learned of a long text.
const WINDOW_TOKENS: usize = 128;
const WINDOWS_MAX: usize = 2;

const SIZES: Sizes = Sizes { attacks: 60, harmless: 30, generated: 2 };

#[derive(Default)]
struct Wishes {
    data: Options,
    model: PathBuf,
    cache: Option<PathBuf>,
    compare: Vec<String>,
}

/// Learns, and writes or compares.
pub(crate) fn run(arguments: &[String]) -> Result<String, String> {
    let wishes = Wishes::read(arguments)?;
    let encoder = Encoder::encoder(&wishes.model, WINDOW_TOKENS).map_err(|error| error.to_string())?;
    let mut embeddings = Embeddings::read(encoder, wishes.cache.as_deref())?;
    let mut report = String::new();
    if !wishes.compare.is_empty() {
        report.push_str(&compare::run(&wishes.data, &wishes.compare, &mut embeddings)?);
    }
    if let Some(out) = &wishes.data.out {
        let split = Split::of(&wishes.data)?;
        let texts = Texts::of(&split, &SIZES);
        embeddings.make(texts.all())?;
        let network = Network::learn(&texts.learned, &texts.held, &embeddings.states);
        let file = network.file();
        fs::write(out, &file).map_err(|error| format!("cannot write `{}`: {error}", out.display()))?;
        report.push_str(&format!(
            "{} texts, {} held back, {} bytes, BLAKE3 {}\n",
            texts.learned.len(),
            texts.held.len(),
            file.len(),
            blake3::hash(&file)
        ));
    }
    Ok(report)
}

impl compare::Encoder for Embeddings {
    fn sizes(&self) -> Sizes {
        SIZES
    }

    fn odds(&mut self, texts: &Texts) -> Result<Vec<f32>, String> {
        self.make(texts.all())?;
        let network = Network::learn(&texts.learned, &texts.held, &self.states);
        let odds = |text: &texts::Text| network.odds(self.states.of(text), usize::from(text.is_document));
        Ok(texts.measured.iter().map(odds).collect())
    }

    fn cost(&self) -> (usize, Duration) {
        self.computed
    }
}

impl Wishes {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut wishes = Self::default();
        let mut others = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().cloned().ok_or_else(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--model" => wishes.model = value()?.into(),
                "--cache" => wishes.cache = Some(value()?.into()),
                "--compare" => wishes.compare.push(value()?),
                other => others.push(other.to_owned()),
            }
        }
        if wishes.model.as_os_str().is_empty() {
            return Err("`--model` says where the encoder is".to_owned());
        }
        wishes.data = Options::read(&others)?;
        Ok(wishes)
    }
}
