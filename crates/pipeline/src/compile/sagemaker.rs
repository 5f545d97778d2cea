//! Amazon SageMaker Pipelines: a definition of version 2020-12-01, whose steps are training jobs over a shared file
//! system: of all kinds of job, those alone see one that they may write to.

use serde_json::{Value, json};

use super::tasks::{Argument, Task, Tasks};
use super::{CompileError, Folders, Syntax, Target, put};

pub(super) const TARGET: Target = Target {
    id: "sagemaker",
    about: "a pipeline definition of Amazon SageMaker, version 2020-12-01",
    folders: Folders { store: "/opt/ml/input/data/products", home: "/opt/ml/input/data/home" },
    // It begins a job anew only if the service was at fault, and compares figures in single precision.
    tries_again: false,
    asks_conditions: false,
    reserved: &[ROLE, FILE_SYSTEM, PRODUCTS, HOME, SUBNET, SECURITY_GROUP, OUTPUT, INSTANCE, VOLUME, RUNTIME],
    syntax: Syntax::Json,
    emit,
};

const ROLE: &str = "RoleArn";
const FILE_SYSTEM: &str = "FileSystemId";
const PRODUCTS: &str = "ProductsDirectory";
const HOME: &str = "HomeDirectory";
const SUBNET: &str = "SubnetId";
const SECURITY_GROUP: &str = "SecurityGroupId";
const OUTPUT: &str = "S3OutputPath";
const INSTANCE: &str = "InstanceType";
const VOLUME: &str = "VolumeSizeInGB";
const RUNTIME: &str = "MaxRuntimeInSeconds";

/// The longest argument of a container, and the most of them.
const ARGUMENT_MAX: usize = 256;
const ARGUMENTS_MAX: usize = 100;

fn emit(tasks: &Tasks<'_>) -> Result<Vec<Value>, CompileError> {
    let text = |name: &str| json!({ "Name": name, "Type": "String" });
    let text_or = |name: &str, default: &str| json!({ "Name": name, "Type": "String", "DefaultValue": default });
    let whole = |name: &str, default: u32| json!({ "Name": name, "Type": "Integer", "DefaultValue": default });
    let mut parameters: Vec<Value> =
        [ROLE, FILE_SYSTEM, SUBNET, SECURITY_GROUP, OUTPUT].iter().map(|name| text(name)).collect();
    parameters.push(text_or(PRODUCTS, &format!("/{}", tasks.container.store_volume)));
    parameters.extend(tasks.container.home_volume.as_ref().map(|home| text_or(HOME, &format!("/{home}"))));
    parameters.extend([text_or(INSTANCE, "ml.m5.xlarge"), whole(VOLUME, 30), whole(RUNTIME, 86_400)]);
    parameters.extend(tasks.parameters.iter().map(|parameter| {
        let kind = match &parameter.value {
            Value::String(_) => "String",
            Value::Bool(_) => "Boolean",
            number if number.is_i64() || number.is_u64() => "Integer",
            _ => "Float",
        };
        json!({ "Name": parameter.name, "Type": kind, "DefaultValue": parameter.value })
    }));
    let steps = tasks.all().map(|task| step(tasks, task)).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![json!({
        "Version": "2020-12-01",
        "Metadata": { "PipelineFile": tasks.container.digest.as_str() },
        "Parameters": parameters,
        "Steps": steps,
    })])
}

fn parameter(name: &str) -> Value {
    json!({ "Get": format!("Parameters.{name}") })
}

fn step(tasks: &Tasks<'_>, task: &Task<'_>) -> Result<Value, CompileError> {
    let channel = |name: &str, directory: &str| {
        json!({
            "ChannelName": name,
            "DataSource": { "FileSystemDataSource": {
                "FileSystemId": parameter(FILE_SYSTEM),
                "FileSystemType": "EFS",
                "FileSystemAccessMode": "rw",
                "DirectoryPath": parameter(directory),
            } },
        })
    };
    let mut channels = vec![channel("products", PRODUCTS)];
    if task.needs_home {
        channels.push(channel("home", HOME));
    }
    let arguments = arguments(tasks, task)?;
    let mut step = json!({
        "Name": task.name,
        "Type": "Training",
        "Description": task.title,
        "Arguments": {
            "RoleArn": parameter(ROLE),
            "AlgorithmSpecification": {
                "TrainingImage": tasks.container.image.to_string(),
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["redoubt"],
                "ContainerArguments": arguments,
            },
            "InputDataConfig": channels,
            "OutputDataConfig": { "S3OutputPath": parameter(OUTPUT) },
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": parameter(INSTANCE),
                "VolumeSizeInGB": parameter(VOLUME),
            },
            "StoppingCondition": { "MaxRuntimeInSeconds": parameter(RUNTIME) },
            "VpcConfig": { "Subnets": [parameter(SUBNET)], "SecurityGroupIds": [parameter(SECURITY_GROUP)] },
            "EnableNetworkIsolation": true,
        },
        "RetryPolicies": [
            { "ExceptionType": "Step.SERVICE_FAULT", "IntervalSeconds": 10, "BackoffRate": 2.0, "MaxAttempts": 3 },
            { "ExceptionType": "SageMaker.JOB_INTERNAL_ERROR", "IntervalSeconds": 10, "BackoffRate": 2.0, "MaxAttempts": 3 },
        ],
    });
    let after: Vec<&str> = tasks.after(task).collect();
    if !after.is_empty() {
        put(&mut step, "DependsOn", json!(after));
    }
    Ok(step)
}

/// The arguments of the program; a parameter is joined to its name when the pipeline runs.
fn arguments(tasks: &Tasks<'_>, task: &Task<'_>) -> Result<Vec<Value>, CompileError> {
    let too_long = |what: &'static str, most: usize, long: String| {
        Err(CompileError::TooLong { target: tasks.target.id, what, most, long })
    };
    let mut values = Vec::new();
    for argument in &task.arguments {
        match argument {
            Argument::Text(text) if text.len() > ARGUMENT_MAX => {
                return too_long("an argument", ARGUMENT_MAX, format!("`{text}`"));
            }
            Argument::Text(text) => values.push(json!(text)),
            Argument::Parameter(at) => {
                let name = tasks.parameters.get(*at).map_or("", |parameter| parameter.name);
                values.push(json!({ "Std:Join": { "On": "", "Values": [format!("{name}="), parameter(name)] } }));
            }
            // It asks no conditions.
            Argument::Figure(_) => {}
        }
    }
    if values.len() > ARGUMENTS_MAX {
        return too_long(
            "a list of arguments",
            ARGUMENTS_MAX,
            format!("that of `{}`, with its parameters,", task.title),
        );
    }
    Ok(values)
}
