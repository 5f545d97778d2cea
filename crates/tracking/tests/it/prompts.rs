//! Prompts: registered models whose versions are texts.

use serde_json::{Value, json};

use crate::world::{Answer, World};

fn tags(pairs: &[(&str, &str)]) -> Value {
    let is_prompt = ("mlflow.prompt.is_prompt", "true");
    pairs.iter().chain([&is_prompt]).map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn refused(answer: Answer, code: &str, words: &str) {
    let (_, found, message) = answer.problem();
    assert!(found == code && message.contains(words), "{found}: {message}");
}

async fn prompt(world: &World, name: &str) {
    world.post("registered-models/create", json!({ "name": name, "tags": tags(&[]) })).await.ok();
}

#[tokio::test]
async fn a_prompt_is_a_text_that_never_changes() {
    let world = World::new().await;
    prompt(&world, "p").await;
    let version = |text: &str| {
        json!({ "name": "p", "source": "prompt-template",
                "tags": tags(&[("mlflow.prompt.text", text), ("_mlflow_prompt_type", "text"), ("team", "a")]) })
    };
    let made = world.post("model-versions/create", version("Summarise {{ text }}.")).await.ok();
    let made = &made["model_version"];
    assert_eq!((&made["version"], &made["status"]), (&json!("1"), &json!("READY")));
    let again = world.post("model-versions/create", version("Summarise {{ text }}.")).await.ok();
    assert_eq!(again["model_version"]["digest"], made["digest"], "the same text has the same digest");
    let other = world.post("model-versions/create", version("Translate {{ text }}.")).await.ok();
    assert_ne!(other["model_version"]["digest"], made["digest"]);
    // A variable of any name is no template that reaches for something; a program is.
    world.post("model-versions/create", version("Read {{ config }} and {{ request.__class__ }}")).await.ok();
    let hostile = version("{% for c in ().__class__.__mro__ %}{{ c }}{% endfor %}");
    refused(world.post("model-versions/create", hostile).await, "PERMISSION_DENIED", "prompt.jinja");
    for key in ["mlflow.prompt.text", "_mlflow_prompt_type", "mlflow.prompt.is_prompt"] {
        let body = json!({ "name": "p", "version": "1", "key": key, "value": "x" });
        refused(world.post("model-versions/set-tag", body.clone()).await, "PERMISSION_DENIED", "never changes");
        let answer = world.ask("DELETE", "/api/2.0/mlflow/model-versions/delete-tag", body).await;
        refused(answer, "PERMISSION_DENIED", "never changes");
    }
    let body = json!({ "name": "p", "key": "mlflow.prompt.is_prompt", "value": "false" });
    refused(world.post("registered-models/set-tag", body).await, "PERMISSION_DENIED", "never changes");
    let body = json!({ "name": "p", "version": "1", "key": "team", "value": "b" });
    world.post("model-versions/set-tag", body).await.ok();
}

#[tokio::test]
async fn models_and_prompts_do_not_mix() {
    let world = World::new().await;
    prompt(&world, "p").await;
    world.post("registered-models/create", json!({ "name": "m" })).await.ok();
    let text = tags(&[("mlflow.prompt.text", "x")]);
    for (body, words) in [
        (json!({ "name": "m", "source": "prompt-template", "tags": text }), "is a model"),
        (json!({ "name": "p", "source": "models:/m-1" }), "is a prompt"),
        (json!({ "name": "p", "source": "prompt-template", "tags": tags(&[]) }), "has its text in the tag"),
    ] {
        refused(world.post("model-versions/create", body).await, "INVALID_PARAMETER_VALUE", words);
    }
}
