//! The turns of steps that have something done to the registry of models.

use std::collections::BTreeMap;

use super::turn::Turn;
use super::{Made, Record, RunError};
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
        match receipt {
            Ok(receipt) => {
                let number = receipt.get("version").and_then(serde_json::Value::as_f64);
                let figures: BTreeMap<String, f64> =
                    number.map(|number| ("version".to_owned(), number)).into_iter().collect();
                Ok(Done { products: vec![(RECEIPT.to_owned(), Product::Report(receipt))], figures })
            }
            Err(EffectError::Refused(reason)) => {
                Err(RunError::Step { name: self.step.name.clone(), source: Box::new(StepError::Demand(reason)) })
            }
            Err(EffectError::Failed(source)) => Err(self.failed(source)),
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
