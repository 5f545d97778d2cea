//! Kubeflow Pipelines 2: the intermediate representation (`PipelineSpec`, schema 2.1.0) with what it says of
//! Kubernetes (`PlatformSpec`) as a second document.

use serde_json::{Map, Value, json};

use super::name::plain;
use super::tasks::{Task, Tasks};
use super::{CompileError, Folders, Syntax, Target, put};

pub(super) const TARGET: Target = Target {
    id: "kubeflow",
    about: "a PipelineSpec of Kubeflow Pipelines 2",
    folders: Folders { store: "/redoubt/products", home: "/redoubt/home" },
    tries_again: true,
    asks_conditions: true,
    reserved: &[],
    syntax: Syntax::Yaml,
    emit,
};

/// The task that has all steps in it, where the end of the run has one of its own.
const STEPS: &str = "redoubt-steps";

fn emit(tasks: &Tasks<'_>) -> Result<Vec<Value>, CompileError> {
    let (mut components, mut executors, mut platform) = (Map::new(), Map::new(), Map::new());
    for task in tasks.all() {
        let executor = format!("exec-{}", task.name);
        components.insert(format!("comp-{}", task.name), component(tasks, task, &executor));
        executors.insert(executor.clone(), container(tasks, task));
        platform.insert(executor, mounts(tasks, task));
    }
    let nodes: Map<String, Value> = tasks.steps.iter().map(|task| (task.name.clone(), node(tasks, task))).collect();
    let inputs = json!({ "parameters": definitions(tasks) });
    let root = match &tasks.close {
        None => json!({ "dag": { "tasks": nodes }, "inputDefinitions": inputs }),
        Some(close) => {
            // It waits for the end of all steps, however they ended: that is told by what they left.
            components
                .insert(format!("comp-{STEPS}"), json!({ "dag": { "tasks": nodes }, "inputDefinitions": inputs }));
            let mut last = node(tasks, close);
            put(&mut last, "dependentTasks", json!([STEPS]));
            put(&mut last, "triggerPolicy", json!({ "strategy": "ALL_UPSTREAM_TASKS_COMPLETED" }));
            let steps = json!({
                "componentRef": { "name": format!("comp-{STEPS}") },
                "cachingOptions": {},
                "inputs": { "parameters": handed_on(tasks) },
                "taskInfo": { "name": STEPS },
            });
            let nodes = Map::from_iter([(STEPS.to_owned(), steps), (close.name.clone(), last)]);
            json!({ "dag": { "tasks": nodes }, "inputDefinitions": inputs })
        }
    };
    let name = plain(&tasks.pipeline.name);
    let pipeline = json!({
        "pipelineInfo": { "name": if name.is_empty() { "pipeline" } else { &name } },
        "schemaVersion": "2.1.0",
        "sdkVersion": concat!("redoubt-", env!("CARGO_PKG_VERSION")),
        "components": components,
        "deploymentSpec": { "executors": executors },
        "root": root,
    });
    let platform = json!({ "platforms": { "kubernetes": { "deploymentSpec": { "executors": platform } } } });
    Ok(vec![pipeline, platform])
}

/// The pipeline's parameters with their types and defaults.
fn definitions(tasks: &Tasks<'_>) -> Value {
    let definition = |value: &Value| {
        let kind = match value {
            Value::String(_) => "STRING",
            Value::Bool(_) => "BOOLEAN",
            number if number.is_i64() || number.is_u64() => "NUMBER_INTEGER",
            _ => "NUMBER_DOUBLE",
        };
        json!({ "parameterType": kind, "defaultValue": value, "isOptional": true })
    };
    let all = tasks.parameters.iter().map(|it| (it.name.to_owned(), definition(&it.value)));
    Value::Object(all.collect())
}

/// The pipeline's parameters, given to a task as they are.
fn handed_on(tasks: &Tasks<'_>) -> Map<String, Value> {
    tasks.parameters.iter().map(|it| (it.name.to_owned(), json!({ "componentInputParameter": it.name }))).collect()
}

/// What the figure of another task is called among the inputs of one.
fn channel(of: &str, figure: &str) -> String {
    format!("pipelinechannel--{of}-{figure}")
}

fn node(tasks: &Tasks<'_>, task: &Task<'_>) -> Value {
    let mut inputs = handed_on(tasks);
    let mut node = json!({
        "componentRef": { "name": format!("comp-{}", task.name) },
        "cachingOptions": {},
        "taskInfo": { "name": task.title },
    });
    let after: Vec<&str> = tasks.after(task).collect();
    if !after.is_empty() {
        put(&mut node, "dependentTasks", json!(after));
    }
    if let Some(asked) = &task.when
        && let Some((of, figure)) = tasks.asked(asked)
    {
        let name = channel(of, figure);
        let (sign, value) = asked.condition.parts();
        put(
            &mut node,
            "triggerPolicy",
            json!({ "condition": format!("inputs.parameter_values['{name}'] {sign} {value}") }),
        );
        let from = json!({ "outputParameterKey": figure, "producerTask": of });
        inputs.insert(name, json!({ "taskOutputParameter": from }));
    }
    if let Some(retries) = task.retries {
        put(
            &mut node,
            "retryPolicy",
            json!({
                "maxRetryCount": retries.attempts - 1,
                "backoffDuration": format!("{}s", retries.wait.as_secs()),
                "backoffFactor": 1.0,
            }),
        );
    }
    put(&mut node, "inputs", json!({ "parameters": inputs }));
    node
}

fn component(tasks: &Tasks<'_>, task: &Task<'_>, executor: &str) -> Value {
    let mut inputs = definitions(tasks);
    if let Some((of, figure)) = task.when.as_ref().and_then(|asked| tasks.asked(asked)) {
        put(&mut inputs, &channel(of, figure), json!({ "parameterType": "NUMBER_DOUBLE" }));
    }
    let mut component = json!({ "executorLabel": executor, "inputDefinitions": { "parameters": inputs } });
    if !task.figures.is_empty() {
        let output = task.figures.iter().map(|it| (it.name.clone(), json!({ "parameterType": "NUMBER_DOUBLE" })));
        put(&mut component, "outputDefinitions", json!({ "parameters": output.collect::<Map<_, _>>() }));
    }
    component
}

fn container(tasks: &Tasks<'_>, task: &Task<'_>) -> Value {
    let parameter = |name: &str| format!("{{{{$.inputs.parameters['{name}']}}}}");
    let file = |figure: &str| format!("{{{{$.outputs.parameters['{figure}'].output_file}}}}");
    json!({
        "container": {
            "image": tasks.container.image.to_string(),
            "command": ["redoubt"],
            "args": tasks.texts(task, parameter, file),
        },
    })
}

fn mounts(tasks: &Tasks<'_>, task: &Task<'_>) -> Value {
    let folders = &tasks.target.folders;
    let mount = |claim: &str, path: &str| json!({ "constant": claim, "mountPath": path });
    let mut mounts = vec![mount(&tasks.container.store_volume, folders.store)];
    mounts.extend(tasks.container.home_volume.as_ref().filter(|_| task.needs_home).map(|it| mount(it, folders.home)));
    json!({ "pvcMount": mounts })
}
