//! The turns of steps that have something done to the registry of models, or take something from it.

use std::collections::BTreeMap;

use super::turn::Turn;
use super::{Given, Made, Record, RunError};
use crate::digest::Digest;
use crate::effect::{Effect, EffectError, Origin};
use crate::product::Product;
use crate::steps::{Done, StepError};

/// The name of the product by which such a step is known.
pub(crate) const RECEIPT: &str = "receipt";

impl Turn<'_> {
    /// Has it done.
    pub(super) fn perform(&self, effect: &Effect) -> Result<Done, RunError> {
        let Some(models) = self.shelf.models() else {
            return Err(self.failed("there is no registry of models here".into()));
        };
        let receipt = match effect {
            Effect::Register(what) => models.register(what, &self.origin()),
            Effect::Deploy(what) => models.deploy(what),
        };
        let receipt = receipt.map_err(|error| self.of_registry(error))?;
        let number = receipt.get("version").and_then(serde_json::Value::as_f64);
        let figures: BTreeMap<String, f64> = number.map(|number| ("version".to_owned(), number)).into_iter().collect();
        Ok(Done { products: vec![(RECEIPT.to_owned(), Product::Report(receipt))], figures })
    }

    /// The digest of the registered version that the step takes; that of nothing if there is none.
    pub(super) fn registered(&self) -> Result<Option<(String, Digest)>, RunError> {
        let Some((role, reference)) = self.step.work.asks_registry() else { return Ok(None) };
        let found = self.shelf.models().map(|models| models.version(reference)).transpose();
        let found = found.map_err(|error| self.of_registry(error))?.flatten();
        Ok(Some((role.to_owned(), found.unwrap_or_else(|| Digest::of(b"")))))
    }

    /// The registered version that the step takes, if there is one.
    pub(super) fn load(&self, given: &Given) -> Result<Option<(String, Product)>, RunError> {
        let (Some((role, reference)), Some(models)) = (self.step.work.asks_registry(), self.shelf.models()) else {
            return Ok(None);
        };
        let digest = given.files.iter().find(|(known, _)| known == role).map(|(_, digest)| digest);
        let Some(digest) = digest.filter(|digest| **digest != Digest::of(b"")) else { return Ok(None) };
        let (card, weights) = models.model(reference, digest).map_err(|error| self.of_registry(error))?;
        Ok(Some((role.to_owned(), Product::Model { card, weights })))
    }

    fn of_registry(&self, error: EffectError) -> RunError {
        match error {
            EffectError::Refused(reason) => {
                RunError::Step { name: self.step.name.clone(), source: Box::new(StepError::Demand(reason)) }
            }
            EffectError::Failed(source) => self.failed(source),
        }
    }

    /// The receipt of a step whose effect is no more, if it has one.
    pub(super) fn undone(&self, record: &Record) -> Result<Option<String>, RunError> {
        let Some(kept) = record.products.iter().find(|kept| self.step.work.has_effect() && kept.name == RECEIPT) else {
            return Ok(None);
        };
        let bytes = self.shelf.fetch(&kept.digest).map_err(|source| self.failed(source))?.unwrap_or_default();
        let holds = match (self.shelf.models(), serde_json::from_slice(&bytes)) {
            (Some(models), Ok(receipt)) => models.holds(&receipt).map_err(|source| self.failed(source))?,
            _ => false,
        };
        Ok((!holds).then(|| RECEIPT.to_owned()))
    }

    /// What the step depends on, over however many steps, in order.
    fn origin(&self) -> Origin<'_> {
        let mut needed: Vec<&str> = self.step.needs.iter().map(|need| need.of.as_str()).collect();
        let mut made: Vec<&Made> = Vec::new();
        for before in self.before.iter().rev() {
            if !needed.contains(&before.name.as_str()) {
                continue;
            }
            made.push(before);
            let step = self.pipeline.steps.iter().find(|step| step.name == before.name);
            needed.extend(step.into_iter().flat_map(|step| &step.needs).map(|need| need.of.as_str()));
        }
        made.reverse();
        Origin { pipeline: self.pipeline, made }
    }
}
