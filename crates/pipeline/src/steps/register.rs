//! Registering a model with what was found out about it.

use redoubt_domain::settings::Table as Settings;
use serde_json::Value;

use super::{Done, Kind, Need, Setting, StepError, Work};
use crate::effect::{Effect, Registration, ReportKind};
use crate::product::{Kind as ProductKind, Product};

pub(super) const KIND: Kind = Kind {
    id: "register",
    about: "registers a model as the next version, with its reports as signed evidence; the same files are one version",
    revision: 1,
    read: |table| Box::new(Register::read(table)),
};

#[derive(Debug)]
struct Register {
    model: String,
    name: String,
    description: String,
    reports: Vec<String>,
    data_scan: Option<String>,
    poisoning_scan: Option<String>,
    baseline: Option<String>,
}

impl Register {
    fn read(table: &mut Settings<'_>) -> Self {
        let model = table.require("model", "the model, such as that of `train` or `postprocess`", String::new());
        let name: String = table.require("name", "what it is registered as", String::new());
        if table.has("name") && (name.trim().is_empty() || name.contains(['/', ':']) || name.chars().count() > 256) {
            table.refuse("name", "expected up to 256 characters without `/` and `:`");
        }
        let words = "reports of `evaluate`: evidence of its evaluation, and of its fairness where they compare groups";
        Self {
            model,
            name,
            description: table.or("description", "what is new in this version", String::new()),
            reports: table.or("reports", words, Vec::new()),
            data_scan: table.get("data_scan", "a report about the data, such as that of `validate`"),
            poisoning_scan: table.get("poisoning_scan", "a report of a search for poison in the data"),
            baseline: table.get("baseline", "the product of `baseline`, which is kept among the files"),
        }
    }
}

impl Work for Register {
    fn needs(&self) -> Vec<Need> {
        let report = |key, reference: &str| Need { kind: ProductKind::Report, ..Need::table(key, reference) };
        let mut needs = vec![Need::model("model", &self.model)];
        let reports = self.reports.iter().enumerate();
        needs.extend(reports.map(|(item, reference)| Need { item: Some(item), ..report("reports", reference) }));
        needs.extend(self.data_scan.iter().map(|reference| report("data_scan", reference)));
        needs.extend(self.poisoning_scan.iter().map(|reference| report("poisoning_scan", reference)));
        needs.extend(self.baseline.iter().map(|reference| report("baseline", reference)));
        needs
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("receipt".to_owned(), ProductKind::Report)]
    }

    fn has_effect(&self) -> bool {
        true
    }

    fn effect(&self, inputs: &[(String, Product)]) -> Result<Option<Effect>, StepError> {
        let find = |role: &str| inputs.iter().find(|(known, _)| known == role).map(|(_, product)| product);
        let Some(Product::Model { card, weights }) = find("model") else {
            return Err(StepError::Input("model".to_owned()));
        };
        let mut files = vec![
            ("card.json".to_owned(), format!("{card:#}\n").into_bytes()),
            ("model.safetensors".to_owned(), weights.clone()),
        ];
        if self.baseline.is_some() {
            files.push(("baseline.json".to_owned(), format!("{:#}\n", report(inputs, "baseline")?).into_bytes()));
        }
        let mut reports = Vec::new();
        for item in 0..self.reports.len() {
            let told = report(inputs, &format!("reports[{item}]"))?;
            reports.push((ReportKind::Evaluation, told.clone()));
            if told.get("groups").and_then(Value::as_object).is_some_and(|groups| !groups.is_empty()) {
                reports.push((ReportKind::Fairness, told.clone()));
            }
        }
        if self.data_scan.is_some() {
            reports.push((ReportKind::DataScan, report(inputs, "data_scan")?.clone()));
        }
        if self.poisoning_scan.is_some() {
            reports.push((ReportKind::PoisoningScan, report(inputs, "poisoning_scan")?.clone()));
        }
        let (model, description) = (self.name.clone(), self.description.clone());
        Ok(Some(Effect::Register(Registration { model, description, files, reports })))
    }

    fn run(&self, _: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        Err(StepError::Data("it is done by the registry".to_owned()))
    }
}

/// The report of a role.
pub(super) fn report<'p>(inputs: &'p [(String, Product)], role: &str) -> Result<&'p Value, StepError> {
    match inputs.iter().find(|(known, _)| known == role) {
        Some((_, Product::Report(report))) => Ok(report),
        _ => Err(StepError::Input(role.to_owned())),
    }
}
