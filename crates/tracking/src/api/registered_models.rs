//! `registered-models/…`: models by name, with their aliases and stages.

use std::collections::BTreeMap;

use redoubt_registry::{Model, Registry, Slot, Stage, Version};
use serde_json::{Value, json};

use super::experiments::listed;
use super::model_versions::{number, shown as shown_version};
use super::prompts;
use super::search_of;
use super::searched::{Searched, millis, text};
use crate::call::{Answer, Call, Read, Register};
use crate::fields::Fields;
use crate::problem::Problem;
use crate::search::{Clause, Entity, OrderItem};
use crate::store::runs::{Page, put, put_pairs};

/// Models on one page, if nothing is asked for; MLflow has the same.
const PAGE: usize = 100;
/// Models that one search looks at; those behind are found by name.
const LOOKED_AT_MAX: usize = 10_000;
/// Tags that one request brings.
const TAGS_MAX: usize = 200;

/// A model's name. The registry has its own bound; this one keeps messages short.
pub(super) fn name<'v>(fields: Fields<'v>) -> Result<&'v str, Problem> {
    fields.required("name", 1_024)
}

/// The tags that a model or version begins with.
pub(super) fn tags(fields: Fields<'_>) -> Result<BTreeMap<String, String>, Problem> {
    let tag =
        |tag: Fields<'_>| Ok((tag.required("key", 250)?.to_owned(), tag.text("value")?.unwrap_or_default().to_owned()));
    fields.items("tags", TAGS_MAX)?.into_iter().map(tag).collect()
}

/// A model as clients see it.
async fn shown(registry: &Registry, model: &Model) -> Result<Value, Problem> {
    let latest = registry.latest_versions(&model.name, &Stage::ALL).await?;
    let Model { id: _, name, description, tags, created, updated, creator: _, aliases, stages: _, moves: _ } = model;
    let mut shown = json!({
        "name": name, "creation_timestamp": created.millis(), "last_updated_timestamp": updated.millis(),
    });
    if let (Some(shown), false) = (shown.as_object_mut(), description.is_empty()) {
        shown.insert("description".to_owned(), Value::from(description.as_str()));
    }
    put(&mut shown, "latest_versions", latest.iter().map(shown_version).collect());
    let pairs: Vec<(String, String)> = tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    put_pairs(&mut shown, "tags", &pairs);
    let alias = |(alias, version): (&String, &u64)| json!({ "alias": alias, "version": version.to_string() });
    put(&mut shown, "aliases", aliases.iter().map(alias).collect());
    Ok(shown)
}

async fn answer<M>(call: &Call<M>, model: &Model) -> Result<Answer, Problem> {
    Ok(Answer(json!({ "registered_model": shown(&call.registry(), model).await? })))
}

pub(super) async fn create(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let description = fields.text("description")?.unwrap_or_default();
    let model = call.registry().create_model(name(fields)?, description, tags(fields)?, call.by()).await?;
    answer(&call, &model).await
}

pub(super) async fn by_name(call: Call<Read>) -> Result<Answer, Problem> {
    let model = call.registry().model(name(call.fields())?).await?;
    answer(&call, &model).await
}

pub(super) async fn update(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let description = fields.text("description")?.unwrap_or_default();
    let model = call.registry().describe_model(name(fields)?, description, call.by()).await?;
    answer(&call, &model).await
}

pub(super) async fn rename(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let new = fields.required("new_name", 1_024)?;
    let model = call.registry().rename_model(name(fields)?, new, call.by()).await?;
    answer(&call, &model).await
}

pub(super) async fn delete(call: Call<Register>) -> Result<Answer, Problem> {
    call.registry().delete_model(name(call.fields())?, call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn latest_versions(call: Call<Read>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let words = fields.texts("stages", 16)?;
    let stages = words.into_iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    let stages = if stages.is_empty() { Stage::ALL.to_vec() } else { stages };
    let latest = call.registry().latest_versions(name(fields)?, &stages).await?;
    Ok(Answer(listed("model_versions", latest.iter().map(shown_version).collect(), None)))
}

pub(super) fn stage(word: &str) -> Result<Stage, Problem> {
    Stage::parse(word).ok_or_else(|| {
        let known = Stage::ALL.map(Stage::name).join(", ");
        Problem::invalid(format!(
            "Invalid Model Version stage: {}. Value must be one of {known}.",
            crate::fields::shortened(word)
        ))
    })
}

pub(super) async fn set_tag(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (key, value) = (fields.required("key", 250)?, fields.text("value")?.unwrap_or_default());
    prompts::check_tag_of_model(key)?;
    call.registry().tag_model(name(fields)?, key, Some(value), call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn delete_tag(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let key = fields.required("key", 250)?;
    prompts::check_tag_of_model(key)?;
    call.registry().tag_model(name(fields)?, key, None, call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn set_alias(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let alias = fields.required("alias", 1_024)?;
    call.registry().set_alias(name(fields)?, alias, number(fields)?, call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn by_alias(call: Call<Read>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (name, alias) = (name(fields)?, fields.required("alias", 1_024)?);
    let registry = call.registry();
    // Found first, so that an alias that is not there is told as such.
    let version: Version = registry.version_by_alias(name, alias).await?;
    registry.admit(name, version.version, &Slot::Alias(alias.to_owned())).await?;
    Ok(Answer(json!({ "model_version": shown_version(&version) })))
}

pub(super) async fn delete_alias(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    call.registry().delete_alias(name(fields)?, fields.required("alias", 1_024)?, call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn search(call: Call<Read>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (clauses, order) = search_of(fields, "filter")?;
    SEARCHED.check(&clauses, &order)?;
    let page = call.page_of("max_results", PAGE, 1_000)?;
    let registry = call.registry();
    let mut found = matching(&registry, &clauses, &order, page).await?;
    let next = page.cut(&mut found);
    let mut models = Vec::with_capacity(found.len());
    for model in &found {
        models.push(shown(&registry, model).await?);
    }
    Ok(Answer(listed("registered_models", models, next)))
}

/// The page that is asked for, and one more if there is one.
async fn matching(
    registry: &Registry,
    clauses: &[Clause],
    order: &[OrderItem],
    page: Page,
) -> Result<Vec<Model>, Problem> {
    // They come by name: if that is the order, looking may end with the page.
    let is_by_name = match order {
        [] => true,
        [OrderItem { field, is_descending: false }] => field.entity == Entity::Attribute && field.key == "name",
        _ => false,
    };
    let wanted = if is_by_name { page.offset.saturating_add(page.size + 1) } else { usize::MAX };
    let (mut found, mut looked_at, mut after) = (Vec::new(), 0, None);
    loop {
        let models = registry.models(after.as_deref(), 1_000).await?;
        looked_at += models.items.len();
        found.extend(models.items.into_iter().filter(|model| SEARCHED.holds(model, clauses)));
        match models.next {
            Some(next) if found.len() < wanted => after = Some(next),
            _ => break,
        }
        if looked_at >= LOOKED_AT_MAX {
            let message =
                format!("there are more than {LOOKED_AT_MAX} models to look through; ask for one by its name");
            return Err(Problem::invalid(message));
        }
    }
    SEARCHED.sort(&mut found, order, |a, b| a.name.cmp(&b.name));
    Ok(found.into_iter().skip(page.offset).take(page.size + 1).collect())
}

const SEARCHED: Searched<Model> = Searched {
    what: "registered models",
    tags: |model| &model.tags,
    attributes: &[
        ("name", |model| text(&model.name)),
        ("creation_timestamp", |model| millis(model.created)),
        ("last_updated_timestamp", |model| millis(model.updated)),
    ],
};
