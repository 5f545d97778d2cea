//! An encoder that is fine-tuned for second opinions: `encoder --rows FILE --documents DIR --model FOLDER --out FOLDER`
//! learns the top layers of an encoder and a head from the rows that the classifier learns from, and writes a folder that
//! `redoubt` loads; with `--compare SET` it leaves a set out of both, and says what each does by itself on what it has not
//! seen, and both together.
//!
//! What lies below the layers that learn is computed once for each text and kept, in `--cache FILE` if there is one.

mod train;

use std::path::PathBuf;

use redoubt_infer::{Learner, Plan};

use super::head::compare;
use super::head::texts::{Sizes, Texts};
use super::{Options, SEED, Split};
use crate::generate::Random;
use train::Trainer;

/// How much is read of a long text here.
const WINDOWS_MAX: usize = 12;

struct Wishes {
    data: Options,
    model: PathBuf,
    cache: Option<PathBuf>,
    compare: Vec<String>,
    layers: usize,
    epochs: usize,
    rate: f32,
    /// What the encoder sees at once.
    window_tokens: usize,
    /// Attacks of each source; of harmless texts half as many.
    of_each: usize,
}

/// Learns, and writes or compares.
pub(crate) fn run(arguments: &[String]) -> Result<String, String> {
    let wishes = Wishes::read(arguments)?;
    let out = wishes.data.out.clone();
    let is_model =
        |out: &PathBuf| out.canonicalize().is_ok_and(|out| wishes.model.canonicalize().is_ok_and(|it| it == out));
    if out.as_ref().is_some_and(is_model) {
        return Err("`--out` is the folder of `--model`, which would be lost; take another".to_owned());
    }
    let mut trainer = Trainer::new(wishes)?;
    let mut report = String::new();
    if !trainer.wishes.compare.is_empty() {
        let (data, sets) = (std::mem::take(&mut trainer.wishes.data), std::mem::take(&mut trainer.wishes.compare));
        report.push_str(&compare::run(&data, &sets, &mut trainer)?);
        trainer.wishes.data = data;
    }
    if let Some(out) = &out {
        let split = Split::of(&trainer.wishes.data)?;
        let texts = Texts::of(&split, &trainer.wishes.sizes());
        let learner = trainer.learn(&texts)?;
        learner.write(out).map_err(|error| train::said(&error))?;
        let window_tokens = trainer.wishes.window_tokens;
        let learned = redoubt_infer::Model::classifier(out, &[], window_tokens).map_err(|error| train::said(&error))?;
        report.push_str(&format!(
            "{} texts, {} held back, digest {}\n",
            texts.learned.len(),
            texts.held.len(),
            learned.digest()
        ));
    }
    Ok(report)
}

impl Wishes {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut wishes = Self {
            data: Options::default(),
            model: PathBuf::new(),
            cache: None,
            compare: Vec::new(),
            layers: 2,
            epochs: 2,
            rate: 2e-4,
            window_tokens: 128,
            of_each: 120,
        };
        let mut others = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().cloned().ok_or_else(|| format!("`{argument}` needs a value"));
            let number = |value: String, max: usize| {
                let number = value.parse().ok().filter(|number| (1..=max).contains(number));
                number.ok_or_else(|| format!("`{argument}` is a number from 1 to {max}, and not `{value}`"))
            };
            match argument.as_str() {
                "--model" => wishes.model = value()?.into(),
                "--cache" => wishes.cache = Some(value()?.into()),
                "--compare" => wishes.compare.push(value()?),
                "--layers" => wishes.layers = number(value()?, 64)?,
                "--epochs" => wishes.epochs = number(value()?, 100)?,
                "--window-tokens" => wishes.window_tokens = number(value()?, 512)?,
                "--of-each" => wishes.of_each = number(value()?, 100_000)?,
                "--rate" => {
                    let value = value()?;
                    let rate = value.parse().ok().filter(|rate: &f32| (1e-8..1.0).contains(rate));
                    wishes.rate = rate.ok_or_else(|| format!("`--rate` is a number below 1, and not `{value}`"))?;
                }
                other => {
                    others.push(other.to_owned());
                    others.extend(value().ok());
                }
            }
        }
        if wishes.model.as_os_str().is_empty() {
            return Err("`--model` says where the encoder is".to_owned());
        }
        wishes.data = Options::read(&others)?;
        Ok(wishes)
    }

    fn sizes(&self) -> Sizes {
        Sizes { attacks: self.of_each, harmless: self.of_each.div_ceil(2), generated: self.of_each.div_ceil(20) }
    }

    /// The encoder before it learns.
    fn learner(&self, steps: usize) -> Result<Learner, String> {
        let plan = Plan {
            layers: self.layers,
            window_tokens: self.window_tokens,
            dense: 64,
            steps,
            warm_up: 0.1,
            rate: self.rate,
            head_rate: 5.0,
            decay: 0.01,
            gradient_max: 1.0,
            dropped: 0.1,
        };
        let mut random = Random::new(SEED);
        let number = move || random.below(1 << 20) as f32 / (1 << 19) as f32 - 1.0;
        Learner::read(&self.model, plan, Box::new(number)).map_err(|error| train::said(&error))
    }
}

#[cfg(test)]
mod tests;
