//! `experiments/…`

use serde_json::{Value, json};

use super::{experiment_id, key, pairs, search_of};
use crate::call::{Answer, Call, Track};
use crate::events::What;
use crate::limits::{BATCH_TAGS_MAX, EXPERIMENT_NAME_MAX, EXPERIMENT_TAG_VALUE_MAX, PAGE};
use crate::problem::Problem;
use crate::store::experiments::{Experiment, ExperimentChange, View};
use crate::store::runs::put;

pub(super) async fn create(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let name = name_of(fields.required("name", EXPERIMENT_NAME_MAX)?)?;
    let tags = pairs(fields, "tags", BATCH_TAGS_MAX, EXPERIMENT_TAG_VALUE_MAX)?;
    // Artifacts go through this server, where they are scanned; a location of the caller's would go past it.
    if let Some(location) = fields.text("artifact_location")? {
        return Err(Problem::invalid(format!(
            "Invalid value for parameter 'artifact_location': artifacts lie on this server alone, so leave it out; \
             found `{}`",
            crate::fields::shortened(location)
        )));
    }
    let id = call.store().await?.create_experiment(call.tenant(), name, tags, call.tracking.now()).await?;
    Ok(Answer(json!({ "experiment_id": id.to_string() })))
}

fn name_of(name: &str) -> Result<String, Problem> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        let message =
            "Invalid value for parameter 'name': expected a name without line ends or other control characters";
        return Err(Problem::invalid(message));
    }
    Ok(name.to_owned())
}

pub(super) async fn by_id(call: Call<Track>) -> Result<Answer, Problem> {
    let id = experiment_id(call.fields())?;
    let experiment = call.store().await?.experiment(&call.tenant(), id).await?;
    Ok(Answer(json!({ "experiment": experiment.shown() })))
}

pub(super) async fn by_name(call: Call<Track>) -> Result<Answer, Problem> {
    let name = call.fields().required("experiment_name", EXPERIMENT_NAME_MAX)?;
    let experiment = call.store().await?.experiment_named(&call.tenant(), name).await?;
    Ok(Answer(json!({ "experiment": experiment.shown() })))
}

pub(super) async fn search(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let view = view(fields.text("view_type")?)?;
    let (clauses, order) = search_of(fields, "filter")?;
    let page = call.page(PAGE)?;
    let mut found = call.store().await?.search_experiments(&call.tenant(), view, &clauses, &order, page).await?;
    let next = page.cut(&mut found);
    Ok(Answer(listed("experiments", found.iter().map(Experiment::shown).collect(), next)))
}

/// A page of a search.
pub(super) fn listed(name: &str, items: Vec<Value>, next: Option<String>) -> Value {
    let mut page = json!({});
    put(&mut page, name, items);
    if let (Some(next), Some(page)) = (next, page.as_object_mut()) {
        page.insert("next_page_token".to_owned(), Value::from(next));
    }
    page
}

pub(super) fn view(word: Option<&str>) -> Result<View, Problem> {
    match word {
        None | Some("ACTIVE_ONLY") => Ok(View::Active),
        Some("DELETED_ONLY") => Ok(View::Deleted),
        Some("ALL") => Ok(View::All),
        Some(other) => Err(Problem::invalid(format!(
            "Invalid value `{}` for a view: expected ACTIVE_ONLY, DELETED_ONLY or ALL",
            crate::fields::shortened(other)
        ))),
    }
}

async fn change(call: Call<Track>, change: ExperimentChange) -> Result<Answer, Problem> {
    let id = experiment_id(call.fields())?;
    call.store().await?.change_experiment(call.tenant(), id, change, call.tracking.now()).await?;
    Ok(Answer::done())
}

pub(super) async fn set_tag(call: Call<Track>) -> Result<Answer, Problem> {
    let key = key(call.fields(), "key")?.to_owned();
    let value = call.fields().text_within("value", EXPERIMENT_TAG_VALUE_MAX)?.to_owned();
    change(call, ExperimentChange::Tag(key, value)).await
}

pub(super) async fn delete_tag(call: Call<Track>) -> Result<Answer, Problem> {
    let (id, key) = (experiment_id(call.fields())?, key(call.fields(), "key")?.to_owned());
    call.note(What::Deleted, format!("tag {key} of experiment {id}")).await?;
    change(call, ExperimentChange::NoTag(key)).await
}

pub(super) async fn update(call: Call<Track>) -> Result<Answer, Problem> {
    let name = name_of(call.fields().required("new_name", EXPERIMENT_NAME_MAX)?)?;
    change(call, ExperimentChange::Name(name)).await
}

pub(super) async fn delete(call: Call<Track>) -> Result<Answer, Problem> {
    let id = experiment_id(call.fields())?;
    call.store().await?.experiment(&call.tenant(), id).await?;
    call.note(What::Deleted, format!("experiment {id}")).await?;
    change(call, ExperimentChange::Lifecycle { deleted: true }).await
}

pub(super) async fn restore(call: Call<Track>) -> Result<Answer, Problem> {
    let id = experiment_id(call.fields())?;
    call.store().await?.experiment(&call.tenant(), id).await?;
    call.note(What::Restored, format!("experiment {id}")).await?;
    change(call, ExperimentChange::Lifecycle { deleted: false }).await
}
