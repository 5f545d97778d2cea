//! `runs/…` and `metrics/…`

use serde_json::{Value, json};

use super::experiments::{listed, view};
use super::{experiment_id, id_of_experiment, key, pairs, search_of};
use crate::call::{Answer, Call, Track};
use crate::events::What;
use crate::fields::Fields;
use crate::limits::{
    BATCH_ENTITIES_MAX, BATCH_METRICS_MAX, BATCH_PARAMS_MAX, BATCH_TAGS_MAX, DATASET_PROFILE_MAX, DATASET_TEXT_MAX,
    DATASETS_MAX, EXPERIMENTS_MAX, HISTORY_PAGE_MAX, MODELS_MAX, NAME_MAX, PAGE, PARAM_VALUE_MAX, TAG_VALUE_MAX,
};
use crate::problem::Problem;
use crate::store::inputs::DatasetInput;
use crate::store::metrics::{Batch, Metric, ModelMetric};
use crate::store::runs::{NAME_TAG, NewRun, Run, RunUpdate, STATUSES};

/// The tag in which 2.x keeps the models that a run made.
const MODELS_TAG: &str = "mlflow.log-model.history";
/// A model that 2.x describes in one text; its own server has no bound.
const MODEL_JSON_MAX: usize = 1 << 20;

pub(super) async fn create(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let experiment = match fields.text("experiment_id")? {
        None => 0,
        Some(_) => experiment_id(fields)?,
    };
    let tags = pairs(fields, "tags", BATCH_ENTITIES_MAX, TAG_VALUE_MAX)?;
    let id = call.tracking.new_id();
    let tagged = tags.iter().find(|(key, _)| key == NAME_TAG).map(|(_, value)| value.clone());
    let named = Some(fields.text_within("run_name", NAME_MAX)?.to_owned()).filter(|name| !name.is_empty());
    if let (Some(named), Some(tagged)) = (&named, &tagged)
        && named != tagged
    {
        let message = format!("Both 'run_name' and the tag '{NAME_TAG}' are given, and they are different");
        return Err(Problem::invalid(message));
    }
    let name = named.or(tagged).unwrap_or_else(|| format!("run-{}", id.get(..8).unwrap_or(&id)));
    let user = fields.text_within("user_id", NAME_MAX)?.to_owned();
    let start = fields.whole("start_time")?.unwrap_or_else(|| call.tracking.now());
    let new = NewRun { experiment, id: id.clone(), name, user, start, tags };
    let store = call.store().await?;
    store.create_run(call.tenant(), new).await?;
    shown(&call, &id).await
}

async fn shown(call: &Call<Track>, id: &str) -> Result<Answer, Problem> {
    let store = call.store().await?;
    let run = store.run(&call.tenant(), id).await?;
    let mut runs = store.shown_runs(std::slice::from_ref(&run)).await?;
    Ok(Answer(json!({ "run": runs.pop() })))
}

pub(super) async fn by_id(call: Call<Track>) -> Result<Answer, Problem> {
    let id = call.fields().run_id()?.to_owned();
    shown(&call, &id).await
}

pub(super) async fn update(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let id = fields.run_id()?;
    let status = fields.text("status")?;
    if let Some(status) = status.filter(|status| !STATUSES.contains(status)) {
        let (status, known) = (crate::fields::shortened(status), STATUSES.join(", "));
        return Err(Problem::invalid(format!("Invalid value `{status}` for parameter 'status': expected {known}")));
    }
    let name = Some(fields.text_within("run_name", NAME_MAX)?.to_owned()).filter(|name| !name.is_empty());
    let update = RunUpdate { status: status.map(str::to_owned), end: fields.whole("end_time")?, name };
    let store = call.store().await?;
    store.update_run(call.tenant(), id.to_owned(), update).await?;
    Ok(Answer(json!({ "run_info": store.run(&call.tenant(), id).await?.info() })))
}

pub(super) async fn delete(call: Call<Track>) -> Result<Answer, Problem> {
    set_deleted(call, true).await
}

pub(super) async fn restore(call: Call<Track>) -> Result<Answer, Problem> {
    set_deleted(call, false).await
}

async fn set_deleted(call: Call<Track>, deleted: bool) -> Result<Answer, Problem> {
    let id = call.fields().run_id()?;
    let store = call.store().await?;
    store.run(&call.tenant(), id).await?;
    let what = if deleted { What::Deleted } else { What::Restored };
    call.note(what, format!("run {id}")).await?;
    store.set_run_deleted(call.tenant(), id.to_owned(), deleted).await?;
    Ok(Answer::done())
}

pub(super) async fn search(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let ids = fields.texts("experiment_ids", EXPERIMENTS_MAX)?;
    if ids.is_empty() {
        return Err(fields.absent("experiment_ids"));
    }
    // What is no number is no experiment, and has no runs.
    let ids: Vec<i64> = ids.into_iter().filter_map(|id| id_of_experiment(id).ok()).collect();
    let view = view(fields.text("run_view_type")?)?;
    let (clauses, order) = search_of(fields, "filter")?;
    let page = call.page(PAGE)?;
    let store = call.store().await?;
    let mut found = store.search_runs(&call.tenant(), &ids, view, (&clauses, &order), page).await?;
    let next = page.cut(&mut found);
    Ok(Answer(listed("runs", store.shown_runs(&found).await?, next)))
}

async fn log(call: &Call<Track>, batch: Batch) -> Result<Answer, Problem> {
    let run = call.fields().run_id()?.to_owned();
    call.store().await?.log(call.tenant(), run, batch).await?;
    Ok(Answer::done())
}

pub(super) async fn log_param(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let param = (key(fields, "key")?.to_owned(), fields.text_within("value", PARAM_VALUE_MAX)?.to_owned());
    log(&call, Batch { params: vec![param], ..Batch::default() }).await
}

pub(super) async fn set_tag(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let tag = (key(fields, "key")?.to_owned(), fields.text_within("value", TAG_VALUE_MAX)?.to_owned());
    log(&call, Batch { tags: vec![tag], ..Batch::default() }).await
}

pub(super) async fn delete_tag(call: Call<Track>) -> Result<Answer, Problem> {
    let (id, key) = (call.fields().run_id()?, key(call.fields(), "key")?);
    let store = call.store().await?;
    store.run(&call.tenant(), id).await?;
    call.note(What::Deleted, format!("tag {key} of run {id}")).await?;
    store.delete_run_tag(call.tenant(), id.to_owned(), key.to_owned()).await?;
    Ok(Answer::done())
}

pub(super) async fn log_metric(call: Call<Track>) -> Result<Answer, Problem> {
    let mut batch = Batch::default();
    add_metric(&mut batch, call.fields())?;
    log(&call, batch).await
}

/// A metric, and the same for the logged model that it is about.
fn add_metric(batch: &mut Batch, fields: Fields<'_>) -> Result<(), Problem> {
    let value = fields.number("value")?.ok_or_else(|| fields.absent("value"))?;
    let time = fields.whole("timestamp")?.ok_or_else(|| fields.absent("timestamp"))?;
    if time < 0 {
        return Err(Problem::invalid(format!("Invalid value {time} for parameter '{}'", fields.place("timestamp"))));
    }
    let metric = Metric::new(key(fields, "key")?.to_owned(), value, time, fields.whole("step")?.unwrap_or(0));
    if let Some(model) = fields.text("model_id")? {
        let dataset = fields.text_within("dataset_name", NAME_MAX)?.to_owned();
        let digest = fields.text_within("dataset_digest", NAME_MAX)?.to_owned();
        batch.of_models.push(ModelMetric { model: model.to_owned(), dataset, digest, metric: metric.clone() });
    }
    batch.metrics.push(metric);
    Ok(())
}

pub(super) async fn log_batch(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let metrics = fields.items("metrics", BATCH_METRICS_MAX)?;
    let params = pairs(fields, "params", BATCH_PARAMS_MAX, PARAM_VALUE_MAX)?;
    let tags = pairs(fields, "tags", BATCH_TAGS_MAX, TAG_VALUE_MAX)?;
    let count = metrics.len() + params.len() + tags.len();
    if count > BATCH_ENTITIES_MAX {
        let message = format!("A batch logging request can contain at most {BATCH_ENTITIES_MAX} entities, got {count}");
        return Err(Problem::invalid(message));
    }
    let mut batch = Batch { params, tags, ..Batch::default() };
    for metric in metrics {
        add_metric(&mut batch, metric)?;
    }
    log(&call, batch).await
}

/// 2.x describes a model that a run made by a document in a tag.
pub(super) async fn log_model(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (id, text) = (fields.run_id()?, fields.required("model_json", MODEL_JSON_MAX)?);
    let model: Value = serde_json::from_str(text)
        .map_err(|error| Problem::invalid(format!("Invalid value for parameter 'model_json': {error}")))?;
    for name in ["artifact_path", "flavors", "utc_time_created", "run_id"] {
        if model.get(name).is_none() {
            return Err(Problem::invalid(format!("Invalid value for parameter 'model_json': `{name}` is missing")));
        }
    }
    call.store().await?.add_to_list(call.tenant(), id.to_owned(), MODELS_TAG, model).await?;
    Ok(Answer::done())
}

pub(super) async fn log_inputs(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let id = fields.run_id()?;
    let mut datasets = Vec::new();
    for input in fields.items("datasets", DATASETS_MAX)? {
        let dataset = input.within("dataset")?;
        datasets.push(DatasetInput {
            name: dataset.required("name", NAME_MAX)?.to_owned(),
            digest: dataset.required("digest", 36)?.to_owned(),
            source_type: dataset.required("source_type", 36)?.to_owned(),
            source: dataset.required("source", DATASET_TEXT_MAX)?.to_owned(),
            schema: dataset.text_within("schema", DATASET_TEXT_MAX)?.to_owned(),
            profile: dataset.text_within("profile", DATASET_PROFILE_MAX)?.to_owned(),
            tags: pairs(input, "tags", BATCH_TAGS_MAX, 500)?,
        });
    }
    let models = fields.items("models", MODELS_MAX)?;
    let models = models.into_iter().map(|model| Ok(model.required("model_id", 256)?.to_owned()));
    let models = models.collect::<Result<Vec<_>, Problem>>()?;
    call.store().await?.log_inputs(call.tenant(), id.to_owned(), datasets, models).await?;
    Ok(Answer::done())
}

pub(super) async fn log_outputs(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let id = fields.run_id()?;
    let model =
        |model: Fields<'_>| Ok((model.required("model_id", 256)?.to_owned(), model.whole("step")?.unwrap_or(0)));
    let models = fields.items("models", MODELS_MAX)?.into_iter().map(model).collect::<Result<Vec<_>, Problem>>()?;
    call.store().await?.log_outputs(call.tenant(), id.to_owned(), models).await?;
    Ok(Answer::done())
}

pub(super) async fn history(call: Call<Track>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (run, key) = (fields.run_id()?, key(fields, "metric_key")?);
    let page = call.page_of("max_results", HISTORY_PAGE_MAX, HISTORY_PAGE_MAX)?;
    let mut found = call.store().await?.history(&call.tenant(), run, key, page).await?;
    let next = page.cut(&mut found);
    Ok(Answer(listed("metrics", found.iter().map(Metric::shown).collect(), next)))
}

/// A run, if the caller may see it.
pub(super) async fn run_of(call: &Call<Track>, id: &str) -> Result<Run, Problem> {
    call.store().await?.run(&call.tenant(), id).await
}
