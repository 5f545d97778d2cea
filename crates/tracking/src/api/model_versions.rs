//! `model-versions/…`: versions of registered models, their files, and the gates before stages.

use redoubt_registry::{AttestationKind, NewVersion, Page as RegistryPage, Registry, Status, Version};
use serde_json::{Value, json};

use super::experiments::listed;
use super::prompts;
use super::registered_models::{name, stage, tags};
use super::search_of;
use super::searched::{Searched, millis, text};
use super::sources::{Sealed, seal};
use crate::call::{Answer, Approve, Call, Read, Register};
use crate::fields::Fields;
use crate::problem::Problem;
use crate::search::{Clause, Comparison, Entity, Field, Literal, Test};
use crate::store::runs::put_pairs;

/// Versions on one page, at most and if nothing is asked for.
const PAGE: usize = 10_000;
/// Versions that one search looks at; those behind are found by their model.
const LOOKED_AT_MAX: usize = 100_000;

/// The number of a version, which is sent as a text.
pub(super) fn number(fields: Fields<'_>) -> Result<u64, Problem> {
    let version = fields.whole("version")?.ok_or_else(|| fields.absent("version"))?;
    u64::try_from(version).map_err(|_| Problem::invalid(format!("Invalid value {version} for parameter 'version'")))
}

/// A version as clients see it.
pub(super) fn shown(version: &Version) -> Value {
    let mut shown = json!({
        "name": version.name, "version": version.version.to_string(),
        "creation_timestamp": version.created.millis(), "last_updated_timestamp": version.updated.millis(),
        "current_stage": version.stage.name(), "description": version.description,
        "source": version.source.as_deref().unwrap_or_default(),
        "run_id": version.run_id.as_deref().unwrap_or_default(),
        "status": version.status.name(), "run_link": "", "user_id": version.who(),
    });
    let pairs: Vec<(String, String)> = version.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    put_pairs(&mut shown, "tags", &pairs);
    if let Some(shown) = shown.as_object_mut() {
        if !version.aliases.is_empty() {
            shown.insert("aliases".to_owned(), json!(version.aliases));
        }
        if !version.status_message.is_empty() {
            shown.insert("status_message".to_owned(), Value::from(version.status_message.as_str()));
        }
        // Ours: what every piece of evidence is about.
        if let Some(digest) = version.digest {
            shown.insert("digest".to_owned(), Value::from(digest.to_string()));
        }
    }
    shown
}

fn answer(version: &Version) -> Answer {
    Answer(json!({ "model_version": shown(version) }))
}

/// Registers files that lie here. They are sealed and looked at first; what does not pass is registered as failed, so
/// that it is known, and may not be loaded.
pub(super) async fn create(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (name, source) = (name(fields)?, fields.required("source", 2_048)?);
    let registry = call.registry();
    // Before anything is sealed, so that a name that is mistyped seals nothing.
    let model = registry.model(name).await?;
    let tags = tags(fields)?;
    let description = fields.text("description")?.unwrap_or_default().to_owned();
    match (prompts::is_prompt(&model.tags), prompts::is_prompt(&tags)) {
        (false, false) => {}
        (true, true) => {
            let new = NewVersion { description, tags, ..NewVersion::default() };
            return Ok(answer(&prompts::create(&call, name, new).await?));
        }
        (true, false) => {
            return Err(Problem::invalid(format!("`{name}` is a prompt, and takes versions of prompts alone")));
        }
        (false, true) => {
            return Err(Problem::invalid(format!("`{name}` is a model, and takes no versions of prompts")));
        }
    }
    let Sealed { folder, digest, refusal, details, run } = seal(&call, source).await?;
    let run_id = fields.text("run_id")?.map(str::to_owned).or(run);
    let new = NewVersion {
        source: Some(source.to_owned()),
        run_id,
        description,
        tags,
        digest: Some(digest),
        is_pending: true,
    };
    let version = registry.create_version(name, new, call.by()).await?;
    let number = version.version;
    call.store().await?.set_version_folder(call.tenant(), version.model, number, folder).await?;
    let passed = refusal.is_empty();
    registry.attest(name, number, AttestationKind::FileScan, passed, details, call.by()).await?;
    let status = if passed { Status::Ready } else { Status::Failed };
    let version = registry.set_status(name, number, status, &refusal, call.by()).await?;
    if passed { Ok(answer(&version)) } else { Err(Problem::denied(refusal)) }
}

pub(super) async fn by_number(call: Call<Read>) -> Result<Answer, Problem> {
    let fields = call.fields();
    Ok(answer(&call.registry().version(name(fields)?, number(fields)?).await?))
}

/// Where the files of a version are: how clients begin to load it. Whatever leads to it is looked at again, since
/// evidence may have come to speak against it.
pub(super) async fn download_uri(call: Call<Read>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (name, registry) = (name(fields)?, call.registry());
    let version = registry.version(name, number(fields)?).await?;
    let number = version.version;
    match version.status {
        Status::Ready => {}
        Status::Failed if !version.status_message.is_empty() => return Err(Problem::denied(version.status_message)),
        Status::Failed | Status::Pending => {
            return Err(Problem::denied(format!("version {number} of `{name}` is not ready, so it may not be loaded")));
        }
    }
    registry.admit_however(name, number, call.by()).await?;
    let store = call.store().await?;
    let folder = store.version_folder(&call.tenant(), &version.model, number).await?;
    let folder = folder.ok_or_else(|| {
        Problem::missing(format!(
            "version {number} of `{name}` has no files among artifacts; `redoubt model export` writes them out"
        ))
    })?;
    let seals = store.seals_over(&call.tenant(), &folder).await?;
    if let Some(seal) = seals.into_iter().find(|seal| !seal.refusal.is_empty()) {
        return Err(Problem::denied(seal.refusal));
    }
    Ok(Answer(json!({ "artifact_uri": format!("mlflow-artifacts:/{folder}") })))
}

pub(super) async fn update(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let description = fields.text("description")?.unwrap_or_default();
    let version = call.registry().describe_version(name(fields)?, number(fields)?, description, call.by()).await?;
    Ok(answer(&version))
}

pub(super) async fn delete(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    call.registry().delete_version(name(fields)?, number(fields)?, call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn set_tag(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (key, value) = (fields.required("key", 250)?, fields.text("value")?.unwrap_or_default());
    let (name, number) = (name(fields)?, number(fields)?);
    prompts::check_tag(&call, name, number, key).await?;
    call.registry().tag_version(name, number, key, Some(value), call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn delete_tag(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let key = fields.required("key", 250)?;
    let (name, number) = (name(fields)?, number(fields)?);
    prompts::check_tag(&call, name, number, key).await?;
    call.registry().tag_version(name, number, key, None, call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn transition_stage(call: Call<Register>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let stage = stage(fields.required("stage", 64)?)?;
    let archive = fields.flag("archive_existing_versions")?.unwrap_or(false);
    let version = call.registry().set_stage(name(fields)?, number(fields)?, stage, archive, call.by()).await?;
    Ok(answer(&version))
}

/// Agrees to a version, or rejects it. Who registered it cannot agree to it; what a key says last counts.
pub(super) async fn approve(call: Call<Approve>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let passed = fields.flag("approved")?.unwrap_or(true);
    let comment = fields.text("comment")?.unwrap_or_default();
    call.registry().approve(name(fields)?, number(fields)?, passed, comment, call.by()).await?;
    Ok(Answer::done())
}

pub(super) async fn search(call: Call<Read>) -> Result<Answer, Problem> {
    let fields = call.fields();
    let (clauses, order) = search_of(fields, "filter")?;
    SEARCHED.check(&clauses, &order)?;
    let page = call.page_of("max_results", PAGE, 200_000)?;
    let mut found = all(&call.registry(), &clauses).await?;
    found.retain(|version| SEARCHED.holds(version, &clauses));
    SEARCHED.sort(&mut found, &order, |a, b| {
        b.updated.cmp(&a.updated).then_with(|| a.name.cmp(&b.name)).then_with(|| b.version.cmp(&a.version))
    });
    let mut found: Vec<Version> = found.into_iter().skip(page.offset).take(page.size + 1).collect();
    let next = page.cut(&mut found);
    Ok(Answer(listed("model_versions", found.iter().map(shown).collect(), next)))
}

/// The versions that may match: those of one model, if it is named.
async fn all(registry: &Registry, clauses: &[Clause]) -> Result<Vec<Version>, Problem> {
    let named = clauses.iter().find_map(|clause| match clause {
        Clause {
            field: Field { entity: Entity::Attribute, key, at: _ },
            test: Test::Compare(Comparison::Equal, Literal::Text(name)),
        } if key == "name" => Some(name.as_str()),
        _ => None,
    });
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let RegistryPage { items, next } = match named {
            Some(name) => match registry.versions(name, after.as_deref(), 1_000).await {
                Err(redoubt_registry::RegistryError::ModelMissing { .. }) => return Ok(Vec::new()),
                page => page?,
            },
            None => registry.all_versions(after.as_deref(), 1_000).await?,
        };
        found.extend(items);
        if found.len() > LOOKED_AT_MAX {
            let message = format!("there are more than {LOOKED_AT_MAX} versions to look through; name a model");
            return Err(Problem::invalid(message));
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of versions are far below what a number holds exactly")]
const SEARCHED: Searched<Version> = Searched {
    what: "versions of models",
    tags: |version| &version.tags,
    attributes: &[
        ("name", |version| text(&version.name)),
        ("version_number", |version| Some(Literal::Number(version.version as f64))),
        ("run_id", |version| version.run_id.as_deref().and_then(text)),
        ("source_path", |version| version.source.as_deref().and_then(text)),
        ("current_stage", |version| text(version.stage.name())),
        ("status", |version| text(version.status.name())),
        ("creation_timestamp", |version| millis(version.created)),
        ("last_updated_timestamp", |version| millis(version.updated)),
    ],
};
