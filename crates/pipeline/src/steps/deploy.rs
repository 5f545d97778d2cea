//! Having a stage or an alias lead to a registered version.

use redoubt_domain::settings::Table as Settings;

use super::register::report;
use super::{Done, Kind, Need, Setting, StepError, Work};
use crate::effect::{Deployment, Effect, Slot};
use crate::product::{Kind as ProductKind, Product};

pub(super) const KIND: Kind = Kind {
    id: "deploy",
    about: "has a stage or an alias lead to a registered version, if the evidence for it suffices",
    revision: 1,
    read: |table| Box::new(Deploy::read(table)),
};

#[derive(Debug)]
struct Deploy {
    version: String,
    slot: Slot,
}

impl Deploy {
    fn read(table: &mut Settings<'_>) -> Self {
        let version = table.require("version", "the step that registered it", String::new());
        let stages = [("Staging", "Staging"), ("Production", "Production")];
        let stage = table.choose("stage", "the stage; those that hold it are archived", &stages, "Staging", "Staging");
        let alias: Option<String> = table.get("alias", "the alias, in place of a stage");
        if alias.is_some() && table.has("stage") {
            table.refuse("alias", "a step deploys to a stage or to an alias; write another step for the other");
        }
        Self { version, slot: alias.map_or(Slot::Stage(stage), Slot::Alias) }
    }
}

impl Work for Deploy {
    fn needs(&self) -> Vec<Need> {
        vec![Need { kind: ProductKind::Report, ..Need::table("version", &self.version) }]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("receipt".to_owned(), ProductKind::Report)]
    }

    fn has_effect(&self) -> bool {
        true
    }

    fn effect(&self, inputs: &[(String, Product)]) -> Result<Option<Effect>, StepError> {
        let version = report(inputs, "version")?.clone();
        if version.get("sha256").is_none() || version.get("model").is_none() {
            return Err(StepError::Data("`version` must name a step of kind `register`".to_owned()));
        }
        Ok(Some(Effect::Deploy(Deployment { version, slot: self.slot.clone() })))
    }

    fn run(&self, _: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        Err(StepError::Data("it is done by the registry".to_owned()))
    }
}
