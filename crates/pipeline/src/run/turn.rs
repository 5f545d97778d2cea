//! One step's turn.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::{Change, Fate, Given, Kept, Made, Record, RunError, Shelf, ShelfError, Why};
use crate::digest::Digest;
use crate::file::{Pipeline, Step};
use crate::product::{Kind as ProductKind, Product};
use crate::steps::{Setting, StepError};

/// One step's turn.
pub(super) struct Turn<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) shelf: &'a dyn Shelf,
    pub(super) step: &'a Step,
    pub(super) before: &'a [Made],
}

impl Turn<'_> {
    pub(super) fn take(
        &self,
        threads: Option<NonZeroUsize>,
        tell: &mut impl FnMut(Change<'_>),
    ) -> Result<Made, RunError> {
        if let Some(reason) = self.skipped()? {
            return Ok(self.made(Fate::Skipped(reason), None, Vec::new(), BTreeMap::new()));
        }
        // In a plan what a step before this one will make is not known, and so neither is this one's key.
        if let Some(waits) = self.waits() {
            return Ok(self.made(Fate::Runs(Why::After(waits)), None, Vec::new(), BTreeMap::new()));
        }
        let given = self.given()?;
        let key = given.key();
        let noted = self.shelf.noted(&key).map_err(|source| self.failed(source))?;
        let gone = match &noted {
            Some(record) => match self.first_gone(record)? {
                None => self.undone(record)?,
                gone => gone,
            },
            None => None,
        };
        let why = match (noted, gone) {
            (Some(record), None) => {
                // It may have been made for another pipeline, or before what was made last.
                if threads.is_some() && self.last()?.is_none_or(|last| last.given != record.given) {
                    let (pipeline, step) = (self.pipeline.name.clone(), self.step.name.clone());
                    let record = Record { pipeline, step, ..record.clone() };
                    self.shelf.note(&key, &record).map_err(|source| self.failed(source))?;
                }
                return Ok(self.made(Fate::Kept, Some(key), record.products, record.figures));
            }
            (Some(_), Some(product)) => Why::Gone(product),
            (None, _) => self.why(&given)?,
        };
        let Some(threads) = threads else {
            return Ok(self.made(Fate::Runs(why), None, Vec::new(), BTreeMap::new()));
        };
        tell(Change::Begins(self.step, &why));
        let record = self.work(given, &key, threads, tell)?;
        Ok(self.made(Fate::Runs(why), Some(key), record.products, record.figures))
    }

    fn work(
        &self,
        given: Given,
        key: &Digest,
        threads: NonZeroUsize,
        tell: &mut impl FnMut(Change<'_>),
    ) -> Result<Record, RunError> {
        let mut inputs = Vec::with_capacity(self.step.needs.len());
        for (role, digest) in &given.inputs {
            let kind = self.kept(role).map_or(ProductKind::Table, |kept| kept.kind);
            let bytes = self.shelf.fetch(digest).map_err(|source| self.failed(source))?;
            let bytes = bytes.ok_or_else(|| self.failed(format!("the input `{role}` is gone; run again").into()))?;
            let product = Product::from_bytes(kind, &bytes).map_err(|error| self.failed(error.into()))?;
            inputs.push((role.clone(), product));
        }
        inputs.extend(self.load(&given)?);
        let setting = Setting { seed: given.seed, threads };
        let failed = |source| RunError::Step { name: self.step.name.clone(), source: Box::new(source) };
        let mut attempt = 1;
        let done = loop {
            if let Some(effect) = self.step.work.effect(&inputs).map_err(failed)? {
                break self.perform(&effect)?;
            }
            match (self.step.work.act(&inputs, &setting, self.shelf.outside()), self.step.retries) {
                (Ok(done), _) => break done,
                (Err(error @ StepError::Chance(_)), Some(retries)) if attempt < retries.attempts => {
                    tell(Change::Fails(self.step, attempt, &error));
                    if let Some(outside) = self.shelf.outside() {
                        outside.wait(retries.wait);
                    }
                    attempt += 1;
                }
                (Err(error), _) => return Err(failed(error)),
            }
        };
        let mut products = Vec::with_capacity(done.products.len());
        for (name, product) in &done.products {
            let bytes = product.to_bytes();
            let digest = Digest::of(&bytes);
            self.shelf.keep(&digest, &bytes).map_err(|source| self.failed(source))?;
            products.push(Kept { name: name.clone(), kind: product.kind(), digest });
        }
        let (pipeline, step) = (self.pipeline.name.clone(), self.step.name.clone());
        let record = Record { pipeline, step, given, products, figures: done.figures };
        self.shelf.note(key, &record).map_err(|source| self.failed(source))?;
        Ok(record)
    }

    fn files(&self) -> Result<Vec<(String, Digest)>, RunError> {
        let files = self.step.work.files().into_iter();
        let mut known: Vec<(String, Digest)> = self.registered()?.into_iter().collect();
        let Some(outside) = self.shelf.outside() else { return Ok(known) };
        let digest = |file: String| Ok((file.clone(), outside.digest(&file).map_err(|source| self.failed(source))?));
        known.extend(files.map(digest).collect::<Result<Vec<_>, _>>()?);
        if let Some(policy) = self.step.work.asks_guard() {
            let guard = outside.guard(policy.as_deref()).map_err(|source| self.failed(source))?;
            known.extend(guard.map(|guard| ("guard".to_owned(), guard.digest())));
        }
        Ok(known)
    }

    fn given(&self) -> Result<Given, RunError> {
        let needs = self.step.needs.iter();
        let inputs = needs.filter_map(|need| Some((need.role.clone(), self.kept(&need.role)?.digest.clone())));
        let mut chance = format!("{} {}", self.pipeline.seed, self.step.name);
        if self.step.seed != 0 {
            chance.push_str(&format!(" {}", self.step.seed));
        }
        let seed = Digest::of(chance.as_bytes()).seed();
        Ok(Given {
            program: self.step.program(),
            settings: self.step.settings.clone(),
            // Steps that leave nothing to chance are the same whatever the seed and the step's name.
            seed: if self.step.work.is_random() { seed } else { 0 },
            inputs: inputs.collect(),
            files: self.files()?,
        })
    }

    fn kept(&self, role: &str) -> Option<&Kept> {
        let need = self.step.needs.iter().find(|need| need.role == role)?;
        self.of(&need.of)?.products.iter().find(|kept| kept.name == need.output)
    }

    fn of(&self, name: &str) -> Option<&Made> {
        self.before.iter().find(|made| made.name == name)
    }

    fn waits(&self) -> Option<String> {
        self.step
            .stands_behind()
            .filter_map(|name| self.of(name))
            .find(|made| made.key.is_none())
            .map(|made| made.name.clone())
    }

    fn skipped(&self) -> Result<Option<String>, RunError> {
        let mut needed = self.step.stands_behind().filter_map(|name| self.of(name));
        if let Some(made) = needed.find(|made| matches!(made.fate, Fate::Skipped(_))) {
            return Ok(Some(format!("`{}` was skipped", made.name)));
        }
        let Some(when) = &self.step.when else { return Ok(None) };
        let Some(other) = self.of(&when.step).filter(|made| made.key.is_some()) else { return Ok(None) };
        let Some(figure) = other.figures.get(&when.figure) else {
            let known: Vec<&str> = other.figures.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let (name, step, figure) = (self.step.name.clone(), when.step.clone(), when.figure.clone());
            return Err(RunError::Figure { name, step, figure, known });
        };
        Ok((!when.holds(*figure)).then(|| format!("`{when}` is not met: it is {figure}")))
    }

    /// The first product that is not there as it was.
    fn first_gone(&self, record: &Record) -> Result<Option<String>, RunError> {
        for kept in &record.products {
            if self.shelf.fetch(&kept.digest).map_err(|source| self.failed(source))?.is_none() {
                return Ok(Some(kept.name.clone()));
            }
        }
        Ok(None)
    }

    fn why(&self, given: &Given) -> Result<Why, RunError> {
        let Some(last) = self.last()?.map(|record| record.given) else { return Ok(Why::New) };
        if last.program != given.program {
            return Ok(Why::Program);
        }
        if last.settings != given.settings {
            return Ok(Why::Settings);
        }
        if last.seed != given.seed {
            return Ok(Why::Seed);
        }
        let changed = given.inputs.iter().filter(|input| !last.inputs.contains(input));
        let changed = changed.chain(given.files.iter().filter(|file| !last.files.contains(file)));
        Ok(Why::Inputs(changed.map(|(role, _)| role.clone()).collect()))
    }

    fn last(&self) -> Result<Option<Record>, RunError> {
        self.shelf.last(&self.pipeline.name, &self.step.name).map_err(|source| self.failed(source))
    }

    fn made(&self, fate: Fate, key: Option<Digest>, products: Vec<Kept>, figures: BTreeMap<String, f64>) -> Made {
        Made { name: self.step.name.clone(), kind: self.step.kind.id, fate, key, products, figures }
    }

    pub(super) fn failed(&self, source: ShelfError) -> RunError {
        RunError::Shelf { name: self.step.name.clone(), source }
    }
}
