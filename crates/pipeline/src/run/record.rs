//! What a step was given and made, in memory and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::digest::Digest;
use crate::product::Kind as ProductKind;

/// What a step was given and made.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The pipeline.
    pub pipeline: String,
    /// The step.
    pub step: String,
    /// What decided it.
    pub given: Given,
    /// Its products, in order.
    pub products: Vec<Kept>,
    /// Its figures.
    pub figures: BTreeMap<String, f64>,
}

/// All that what a step makes depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The kind of step with the revision of its code, and so of what it works by.
    pub program: String,
    /// The digest of its settings.
    pub settings: Digest,
    /// Its seed.
    pub seed: u64,
    /// The digest of each of its inputs, by role.
    pub inputs: Vec<(String, Digest)>,
    /// The digest of each file that its settings name.
    pub files: Vec<(String, Digest)>,
}

/// A product on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name among the products of its step.
    pub name: String,
    /// What it is.
    pub kind: ProductKind,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl Given {
    /// What a step is known by: whoever is given the same makes the same.
    #[must_use]
    pub fn key(&self) -> Digest {
        Digest::of(self.to_json().to_string().as_bytes())
    }

    fn to_json(&self) -> Value {
        let pairs = |pairs: &[(String, Digest)]| -> Value {
            pairs.iter().map(|(name, digest)| json!([name, digest.as_str()])).collect()
        };
        let mut value = json!({
            "program": self.program,
            "settings": self.settings.as_str(),
            "seed": self.seed,
            "inputs": pairs(&self.inputs),
        });
        // Most steps have none, and their keys are those of before there were any.
        if let Value::Object(fields) = &mut value
            && !self.files.is_empty()
        {
            fields.insert("files".to_owned(), pairs(&self.files));
        }
        value
    }
}

impl Record {
    /// The record as JSON, version 1.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let products: Vec<Value> = self
            .products
            .iter()
            .map(|kept| json!({ "name": kept.name, "kind": kept.kind.word(), "digest": kept.digest.as_str() }))
            .collect();
        json!({
            "version": 1,
            "pipeline": self.pipeline,
            "step": self.step,
            "given": self.given.to_json(),
            "products": products,
            "figures": self.figures,
        })
    }

    /// Reads what [`Record::to_json`] gives; none if it is something else.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
        let digest = |value: &Value, key: &str| value.get(key)?.as_str().and_then(Digest::parse);
        if value.get("version")?.as_u64()? != 1 {
            return None;
        }
        let given = value.get("given")?;
        let input =
            |pair: &Value| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str().and_then(Digest::parse)?));
        let kept = |product: &Value| {
            Some(Kept {
                name: text(product, "name")?,
                kind: ProductKind::parse(product.get("kind")?.as_str()?)?,
                digest: digest(product, "digest")?,
            })
        };
        Some(Self {
            pipeline: text(value, "pipeline")?,
            step: text(value, "step")?,
            given: Given {
                program: text(given, "program")?,
                settings: digest(given, "settings")?,
                seed: given.get("seed")?.as_u64()?,
                inputs: given.get("inputs")?.as_array()?.iter().map(input).collect::<Option<_>>()?,
                files: match given.get("files") {
                    Some(files) => files.as_array()?.iter().map(input).collect::<Option<_>>()?,
                    None => Vec::new(),
                },
            },
            products: value.get("products")?.as_array()?.iter().map(kept).collect::<Option<_>>()?,
            figures: value
                .get("figures")?
                .as_object()?
                .iter()
                .map(|(name, figure)| Some((name.clone(), figure.as_f64()?)))
                .collect::<Option<_>>()?,
        })
    }
}
