//! Argo Workflows: a `Workflow` of `argoproj.io/v1alpha1` with one template for each task.

use serde_json::{Value, json};

use super::name::plain;
use super::tasks::{Asked, Figure, Task, Tasks};
use super::{CompileError, Folders, Syntax, Target, put};
use crate::condition::Condition;

pub(super) const TARGET: Target = Target {
    id: "argo",
    about: "a Workflow of argoproj.io/v1alpha1",
    folders: Folders { store: "/redoubt/products", home: "/redoubt/home" },
    tries_again: true,
    asks_conditions: true,
    reserved: &[],
    syntax: Syntax::Yaml,
    emit,
};

/// Where a task leaves figures.
const FIGURES: &str = "/tmp";
const ENTRY: &str = "pipeline";

fn emit(tasks: &Tasks<'_>) -> Result<Vec<Value>, CompileError> {
    let mut templates =
        vec![json!({ "name": ENTRY, "dag": { "tasks": tasks.all().map(|it| node(tasks, it)).collect::<Vec<_>>() } })];
    templates.extend(tasks.all().map(|task| template(tasks, task)));
    let parameters: Vec<Value> = tasks
        .parameters
        .iter()
        .map(|parameter| {
            // Whatever it is, here it is a text.
            let value = parameter.value.as_str().map_or_else(|| parameter.value.to_string(), str::to_owned);
            json!({ "name": parameter.name, "value": value })
        })
        .collect();
    let claim = |name: &str, claim: &str| json!({ "name": name, "persistentVolumeClaim": { "claimName": claim } });
    let mut volumes = vec![json!({ "name": "tmp", "emptyDir": {} }), claim("products", &tasks.container.store_volume)];
    volumes.extend(tasks.container.home_volume.as_ref().map(|home| claim("home", home)));
    let name = plain(&tasks.pipeline.name);
    let workflow = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "generateName": format!("{}-", if name.is_empty() { "pipeline" } else { &name }),
            "annotations": { "redoubt/pipeline-file": tasks.container.digest.as_str() },
        },
        "spec": {
            "entrypoint": ENTRY,
            "arguments": { "parameters": parameters },
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "volumes": volumes,
            "templates": templates,
        },
    });
    Ok(vec![workflow])
}

/// The place of a task in the graph.
fn node(tasks: &Tasks<'_>, task: &Task<'_>) -> Value {
    let mut node = json!({ "name": task.name, "template": task.name });
    // A step that is skipped takes what hangs on it along; the end of the run waits for both.
    let is_last = task.name == tasks.close.as_ref().map_or("", |close| close.name.as_str());
    let ended = |name: &str| match is_last {
        true => format!("({name}.Succeeded || {name}.Skipped || {name}.Omitted)"),
        false => format!("{name}.Succeeded"),
    };
    let depends: Vec<String> = tasks.after(task).map(ended).collect();
    if !depends.is_empty() {
        put(&mut node, "depends", json!(depends.join(" && ")));
    }
    if let Some((condition, (of, figure))) = condition(tasks, task.when.as_ref()) {
        let (sign, value) = condition.parts();
        put(&mut node, "when", json!(format!("{{{{tasks.{of}.outputs.parameters.{figure}}}}} {sign} {value}")));
    }
    node
}

fn condition<'t>(tasks: &'t Tasks<'_>, asked: Option<&'t Asked<'_>>) -> Option<(&'t Condition, (&'t str, &'t str))> {
    let asked = asked?;
    Some((asked.condition, tasks.asked(asked)?))
}

fn template(tasks: &Tasks<'_>, task: &Task<'_>) -> Value {
    let folders = &tasks.target.folders;
    let mut mounts =
        vec![json!({ "name": "tmp", "mountPath": "/tmp" }), json!({ "name": "products", "mountPath": folders.store })];
    if task.needs_home {
        mounts.push(json!({ "name": "home", "mountPath": folders.home }));
    }
    let file = |figure: &str| format!("{FIGURES}/{figure}");
    let parameter = |name: &str| format!("{{{{workflow.parameters.{name}}}}}");
    let mut template = json!({
        "name": task.name,
        "metadata": { "annotations": { "redoubt/step": task.title } },
        "container": {
            "image": tasks.container.image.to_string(),
            "command": ["redoubt"],
            "args": tasks.texts(task, parameter, file),
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
            "volumeMounts": mounts,
        },
    });
    if !task.figures.is_empty() {
        let output = |figure: &Figure<'_>| json!({ "name": figure.name, "valueFrom": { "path": file(&figure.name) } });
        put(&mut template, "outputs", json!({ "parameters": task.figures.iter().map(output).collect::<Vec<_>>() }));
    }
    if let Some(retries) = task.retries {
        put(
            &mut template,
            "retryStrategy",
            json!({
                "limit": (retries.attempts - 1).to_string(),
                "retryPolicy": "Always",
                "backoff": { "duration": retries.wait.as_secs().max(1).to_string(), "factor": "1" },
            }),
        );
    }
    template
}
