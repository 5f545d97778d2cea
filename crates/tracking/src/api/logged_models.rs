//! `logged-models/…`

use serde_json::{Value, json};

use super::experiments::listed;
use super::{experiment_id, id_of_experiment, key, pairs};
use crate::call::{Answer, Call, Read, Track};
use crate::events::What;
use crate::fields::Fields;
use crate::limits::{BATCH_TAGS_MAX, CLAUSES_MAX, EXPERIMENTS_MAX, KEY_MAX, NAME_MAX, PARAM_VALUE_MAX, TAG_VALUE_MAX};
use crate::problem::Problem;
use crate::search::{Entity, Field, OrderItem, filter};
use crate::store::logged_models::{LoggedModelChange, NewLoggedModel, STATUSES};

/// Params of one logged model at once: MLflow's clients send the first hundred with the model.
const PARAMS_MAX: usize = 100;
/// Logged models on one page. MLflow has the same.
const PAGE: usize = 100;

pub(super) async fn create(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let id = format!("m-{}", call.tracking.new_id());
    let named = fields.text_within("name", NAME_MAX)?;
    if named.contains(['/', ':', '.', '%', '"', '\'']) {
        let message = "Invalid value for parameter 'name': it may not hold any of / : . % \" '";
        return Err(Problem::invalid(message));
    }
    let name = if named.is_empty() { format!("model-{}", id.get(2..10).unwrap_or(&id)) } else { named.to_owned() };
    let new = NewLoggedModel {
        experiment: experiment_id(fields)?,
        id: id.clone(),
        name,
        kind: fields.text_within("model_type", NAME_MAX)?.to_owned(),
        source_run: fields.text_within("source_run_id", 256)?.to_owned(),
        params: pairs(fields, "params", PARAMS_MAX, PARAM_VALUE_MAX)?,
        tags: pairs(fields, "tags", BATCH_TAGS_MAX, TAG_VALUE_MAX)?,
    };
    call.store().await?.create_logged_model(call.tenant(), new, call.tracking.now()).await?;
    shown(&call, &id).await
}

async fn shown<M>(call: &Call<M>, id: &str) -> Result<Answer, Problem> {
    let store = call.store().await?;
    let model = store.logged_model(&call.tenant(), id).await?;
    let mut models = store.shown_models(std::slice::from_ref(&model)).await?;
    Ok(Answer(json!({ "model": models.pop() })))
}

fn model_id(fields: Fields<'_>) -> Result<String, Problem> {
    Ok(fields.required("model_id", 256)?.to_owned())
}

pub(super) async fn by_id(call: Call<Read>) -> Result<Answer, Problem> {
    let id = model_id(call.fields())?;
    shown(&call, &id).await
}

async fn change(call: &Call<Track>, change: LoggedModelChange) -> Result<String, Problem> {
    let id = model_id(call.fields())?;
    call.store().await?.change_logged_model(call.tenant(), id.clone(), change, call.tracking.now()).await?;
    Ok(id)
}

pub(super) async fn finalize(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    // Protobuf's JSON may give an enumeration's number: they begin with 1.
    let status = match fields.text("status") {
        Ok(Some(word)) => STATUSES.into_iter().find(|status| *status == word),
        _ => fields.whole("status")?.and_then(|n| STATUSES.get(usize::try_from(n).ok()?.checked_sub(1)?).copied()),
    };
    let known = || Problem::invalid(format!("Invalid value for parameter 'status': expected {}", STATUSES.join(", ")));
    let id = change(&call, LoggedModelChange::Status(status.ok_or_else(known)?.to_owned())).await?;
    shown(&call, &id).await
}

pub(super) async fn set_tags(call: Call<Track>) -> Result<Answer, Problem> {
    let tags = pairs(call.fields(), "tags", BATCH_TAGS_MAX, TAG_VALUE_MAX)?;
    change(&call, LoggedModelChange::Tags(tags)).await?;
    Ok(Answer::done())
}

pub(super) async fn log_params(call: Call<Track>) -> Result<Answer, Problem> {
    let params = pairs(call.fields(), "params", PARAMS_MAX, PARAM_VALUE_MAX)?;
    change(&call, LoggedModelChange::Params(params)).await?;
    Ok(Answer::done())
}

pub(super) async fn delete_tag(call: Call<Track>) -> Result<Answer, Problem> {
    let (id, key) = (model_id(call.fields())?, key(call.fields(), "tag_key")?.to_owned());
    call.store().await?.logged_model(&call.tenant(), &id).await?;
    call.note(What::Deleted, format!("tag {key} of logged model {id}")).await?;
    change(&call, LoggedModelChange::NoTag(key)).await?;
    Ok(Answer::done())
}

pub(super) async fn delete(call: Call<Track>) -> Result<Answer, Problem> {
    let id = model_id(call.fields())?;
    let model = call.store().await?.logged_model(&call.tenant(), &id).await?;
    if !call.store().await?.seals_over(&call.tenant(), &model.folder()).await?.is_empty() {
        let message =
            format!("logged model {id} is the source of a registered version, which would have no files then");
        return Err(Problem::denied(message));
    }
    call.note(What::Deleted, format!("logged model {id}")).await?;
    change(&call, LoggedModelChange::Deleted).await?;
    Ok(Answer::done())
}

pub(super) async fn search(call: Call<Read>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let ids = fields.texts("experiment_ids", EXPERIMENTS_MAX)?;
    let ids: Vec<i64> = ids.into_iter().filter_map(|id| id_of_experiment(id).ok()).collect();
    let text = fields.text("filter")?.unwrap_or_default();
    let clauses = filter(text).map_err(|error| error.into_problem("filter", text))?;
    let order = fields.items("order_by", CLAUSES_MAX)?.into_iter().map(order_item).collect::<Result<Vec<_>, _>>()?;
    let page = call.page(PAGE)?;
    let store = call.store().await?;
    let mut found = store.search_logged_models(&call.tenant(), &ids, &clauses, &order, page).await?;
    let next = page.cut(&mut found);
    let models: Vec<Value> = store.shown_models(&found).await?;
    Ok(Answer(listed("models", models, next)))
}

/// Here an order is an object, unlike in every other search.
fn order_item(item: Fields<'_>) -> Result<OrderItem, Problem> {
    let name = item.required("field_name", KEY_MAX + 16)?;
    let (entity, key) = match name.split_once('.') {
        Some(("metrics", key)) => (Entity::Metric, key),
        Some(("params", key)) => (Entity::Param, key),
        Some(("tags", key)) => (Entity::Tag, key),
        _ => (Entity::Attribute, name),
    };
    let is_descending = !item.flag("ascending")?.unwrap_or(true);
    Ok(OrderItem { field: Field { entity, key: key.to_owned(), at: 1 }, is_descending })
}
