//! Tags for the tokens of sentences: learning and measuring.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::error::Error as Unmeasured;
use redoubt_learn::learners::{self, Examples, Inputs, LEARNERS, Parameters, Spec, Targets};
use redoubt_learn::metrics::{EntityCounts, bootstrap, entities, wilson};
use redoubt_learn::random::Random;
use serde_json::{Value, json};

use super::certainty::Certainty;
use super::finish::texts;
use super::fit::{read_parameters, refused};
use super::{Done, Kind, Need, Setting, StepError, Work, count, demand, of, table};
use crate::condition::Condition;
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const TRAIN: Kind = Kind {
    id: "train_tagger",
    about: "learns to tag the tokens of sentences, such as names: each row is a sentence, with its tokens in one column and their \
            tags in another, parted by spaces",
    revision: 1,
    read: |table| Box::new(Train::read(table)),
};

pub(super) const EVALUATE: Kind = Kind {
    id: "evaluate_tagger",
    about: "measures a tagger on sentences that it has not seen: entities (`B-KIND`, `I-KIND`, `O`) count whole",
    revision: 1,
    read: |table| Box::new(Evaluate::read(table)),
};

/// The learner.
pub(super) const LEARNER: &str = "sequence_tagger";
/// What its card says instead of the version of others, which have columns of features.
const CARD: &str = "redoubt_tagger";

#[derive(Debug)]
struct Train {
    input: String,
    columns: Columns,
    parameters: Parameters,
}

#[derive(Debug)]
struct Columns {
    tokens: String,
    tags: String,
}

impl Columns {
    fn read(table: &mut Settings<'_>) -> Self {
        let tokens = table.or("tokens", "the column of tokens, parted by spaces", "tokens".to_owned());
        let tags = table.or("tags", "the column of their tags, as many, parted by spaces", "tags".to_owned());
        Self { tokens, tags }
    }

    /// The tokens and tags of each sentence.
    fn sentences<'t>(&self, rows: &'t Table) -> Result<Vec<Sentence<'t>>, StepError> {
        let (tokens, tags) =
            (rows.texts(&self.tokens).map_err(of("input"))?, rows.texts(&self.tags).map_err(of("input"))?);
        let mut sentences = Vec::with_capacity(rows.rows());
        for (row, (tokens, tags)) in tokens.iter().zip(tags).enumerate() {
            let tokens: Vec<&str> = tokens.split_whitespace().collect();
            let tags: Vec<&str> = tags.split_whitespace().collect();
            if tokens.len() != tags.len() {
                let reason = format!(
                    "row {} has {} tokens and {} tags; each token needs one",
                    row + 1,
                    tokens.len(),
                    tags.len()
                );
                return Err(StepError::Data(reason));
            }
            sentences.push(Sentence { tokens, tags });
        }
        Ok(sentences)
    }
}

struct Sentence<'t> {
    tokens: Vec<&'t str>,
    tags: Vec<&'t str>,
}

fn spec() -> Result<&'static Spec, StepError> {
    let found = LEARNERS.iter().find(|spec| spec.id == LEARNER);
    found.copied().ok_or_else(|| StepError::Learner(format!("there is no learner `{LEARNER}`")))
}

impl Train {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the sentences to learn from", String::new());
        let columns = Columns::read(table);
        let parameters = table.table("parameters", "parameters of the learner", |table| {
            spec().map(|spec| read_parameters(table, spec)).unwrap_or_default()
        });
        if let Err(error) = learners::learner(LEARNER, &parameters) {
            table.refuse("parameters", error.to_string());
        }
        Self { input, columns, parameters }
    }
}

impl Work for Train {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("model".to_owned(), ProductKind::Model)]
    }

    fn code(&self) -> Option<String> {
        spec().ok().map(|spec| format!("{}/{}", spec.id, spec.revision))
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let sentences = self.columns.sentences(rows)?;
        let mut classes: Vec<&str> = sentences.iter().flat_map(|sentence| sentence.tags.iter().copied()).collect();
        classes.sort_unstable();
        classes.dedup();
        let place = |tag: &&str| classes.binary_search(tag).unwrap_or_default();
        let labels: Vec<usize> = sentences.iter().flat_map(|sentence| sentence.tags.iter().map(place)).collect();
        let tokens: Vec<Vec<&str>> = sentences.into_iter().map(|sentence| sentence.tokens).collect();
        let targets = Targets::Classes { labels: &labels, classes: classes.len() };
        let examples = Examples::new(Inputs::Sentences(&tokens), targets, None).map_err(refused)?;
        let learner = learners::learner(LEARNER, &self.parameters).map_err(refused)?;
        let how = learners::Setting { seed: setting.seed, threads: setting.threads, validation: None };
        let model = learner.fit(&examples, &how).map_err(refused)?;
        let figures = BTreeMap::from([
            ("rows".to_owned(), count(rows.rows())),
            ("tokens".to_owned(), count(labels.len())),
            ("tags".to_owned(), count(classes.len())),
        ]);
        let card = json!({ CARD: 1, "learner": LEARNER, "tags": classes });
        Ok(Done { products: vec![("model".to_owned(), Product::Model { card, weights: model.to_bytes() })], figures })
    }
}

#[derive(Debug)]
struct Evaluate {
    input: String,
    model: String,
    columns: Columns,
    certainty: Certainty,
    require: Vec<Condition>,
}

impl Evaluate {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "sentences that were not learned from", String::new());
        let model = table.require("model", "the step that learned", String::new());
        let columns = Columns::read(table);
        let certainty = Certainty::read(table, "draws of the bootstrap, of whole sentences");
        let require = demand::read(table, "what figures must be, such as \"f1_low >= 0.7\"; else the pipeline stops");
        Self { input, model, columns, certainty, require }
    }
}

impl Work for Evaluate {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input), Need::model("model", &self.model)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("report".to_owned(), ProductKind::Report), ("predictions".to_owned(), ProductKind::Table)]
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let sentences = self.columns.sentences(rows)?;
        let Some((_, Product::Model { card, weights })) = inputs.iter().find(|(role, _)| role == "model") else {
            return Err(StepError::Input("model".to_owned()));
        };
        let known = card.get(CARD).and_then(Value::as_u64).filter(|version| *version == 1);
        let known = known.and_then(|_| texts(card.get("tags")?));
        let known =
            known.ok_or_else(|| StepError::Data("the model is no tagger; `train_tagger` makes one".to_owned()))?;
        let model =
            learners::load(weights).map_err(|error| StepError::Data(format!("the model cannot be read: {error}")))?;
        let tokens: Vec<Vec<&str>> = sentences.iter().map(|sentence| sentence.tokens.clone()).collect();
        let scores = model.predict(&Inputs::Sentences(&tokens), setting.threads).map_err(refused)?;
        let mut said = scores.classes().into_iter().map(|class| known.get(class).map_or("O", String::as_str));
        let said: Vec<Vec<&str>> = tokens.iter().map(|tokens| said.by_ref().take(tokens.len()).collect()).collect();
        let mut right = 0_u64;
        let mut by_kind: BTreeMap<String, EntityCounts> = BTreeMap::new();
        let mut counts = Vec::with_capacity(sentences.len());
        for (sentence, said) in sentences.iter().zip(&said) {
            right += sentence.tags.iter().zip(said).filter(|(tag, said)| tag == said).count() as u64;
            let (actual, told) = (entities(&sentence.tags), entities(said));
            counts.push(EntityCounts::new(&actual, &told));
            for entity in actual.iter().chain(&told) {
                by_kind.entry(entity.kind.clone()).or_default();
            }
            for (kind, all) in &mut by_kind {
                let of = |entities: &[redoubt_learn::metrics::Entity]| -> Vec<_> {
                    entities.iter().filter(|entity| entity.kind == *kind).cloned().collect()
                };
                *all = all.and(EntityCounts::new(&of(&actual), &of(&told)));
            }
        }
        let sum = |rows: &[usize]| {
            rows.iter().filter_map(|row| counts.get(*row)).fold(EntityCounts::default(), |sum, one| sum.and(*one))
        };
        let f1 = |rows: &[usize]| {
            sum(rows).f1().ok_or(Unmeasured::Undefined { what: "F1", why: "there are no entities and none were said" })
        };
        let mut random = Random::new(setting.seed);
        let mut figures = BTreeMap::from([("rows".to_owned(), count(rows.rows()))]);
        let mut undefined = BTreeMap::new();
        let tokens: u64 = sentences.iter().map(|sentence| sentence.tags.len() as u64).sum();
        for (name, interval) in [
            ("f1", bootstrap(rows.rows(), self.certainty.rounds, self.certainty.level, &mut random, f1)),
            ("token_accuracy", wilson(right, tokens, self.certainty.level)),
        ] {
            match interval {
                Ok(interval) => {
                    figures.insert(name.to_owned(), interval.point);
                    figures.insert(format!("{name}_low"), interval.low);
                    figures.insert(format!("{name}_high"), interval.high);
                }
                Err(error) => _ = undefined.insert(name, error.to_string()),
            }
        }
        let all = sum(&(0..rows.rows()).collect::<Vec<_>>());
        figures.extend(all.precision().map(|precision| ("precision".to_owned(), precision)));
        figures.extend(all.recall().map(|recall| ("recall".to_owned(), recall)));
        demand::check(&self.require, &figures)?;
        let kinds: BTreeMap<&String, Value> = by_kind
            .iter()
            .map(|(kind, of)| {
                let (precision, recall, f1) = (of.precision(), of.recall(), of.f1());
                (
                    kind,
                    json!({ "actual": of.actual, "said": of.said, "precision": precision, "recall": recall, "f1": f1 }),
                )
            })
            .collect();
        let report = json!({ "version": 1, "figures": figures, "undefined": undefined, "kinds": kinds });
        let joined = said.iter().map(|tags| tags.join(" ")).collect();
        let mut predictions = rows.clone();
        predictions.set("said", Column::Text(joined)).map_err(of("predictions"))?;
        Ok(Done {
            products: vec![
                ("report".to_owned(), Product::Report(report)),
                ("predictions".to_owned(), Product::Table(predictions)),
            ],
            figures,
        })
    }
}
