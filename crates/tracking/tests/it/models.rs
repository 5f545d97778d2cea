//! Logged models, registered models and their versions.

use redoubt_domain::Capability;
use serde_json::{Value, json};

use crate::world::{World, artifact, everybody, principal};

/// A pickle that calls `os.system`.
const HOSTILE: &[u8] = b"cos\nsystem\n(S'true'\ntR.";

async fn logged(world: &World, run: &str) -> String {
    let body = json!({ "experiment_id": "0", "name": "model", "source_run_id": run,
                       "params": [{ "key": "lr", "value": "0.1" }], "tags": [{ "key": "t", "value": "v" }] });
    world.post("logged-models", body).await.ok()["model"]["info"]["model_id"].as_str().unwrap().to_owned()
}

async fn upload(world: &World, model: &str, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        let answer = world.put(&format!("0/models/{model}/artifacts/{name}"), bytes.to_vec()).await;
        assert!(answer.status.is_success(), "{:?}", answer.bytes);
    }
    let path = format!("/api/2.0/mlflow/logged-models/{model}");
    let body = json!({ "model_id": model, "status": "LOGGED_MODEL_READY" });
    assert_eq!(world.ask("PATCH", &path, body).await.ok()["model"]["info"]["status"], "LOGGED_MODEL_READY");
}

const HONEST: &[(&str, &[u8])] = &[("MLmodel", b"flavors: {}\n"), ("data/config.json", b"{\"a\": 1}")];

#[tokio::test]
async fn a_logged_model_has_the_shape_that_clients_know() {
    let world = World::new().await;
    let run = world.run().await;
    let id = logged(&world, &run).await;
    let metric = json!({ "run_id": run, "key": "acc", "value": 0.5, "timestamp": 7, "step": 1, "model_id": id });
    world.post("runs/log-metric", metric).await.ok();
    let found = world.get(&format!("logged-models/{id}")).await.ok();
    let created = found["model"]["info"]["creation_timestamp_ms"].clone();
    assert_eq!(
        found,
        json!({ "model": {
            "info": {
                "model_id": id, "experiment_id": "0", "name": "model", "creation_timestamp_ms": created,
                "last_updated_timestamp_ms": created, "artifact_uri": format!("mlflow-artifacts:/0/models/{id}/artifacts"),
                "status": "LOGGED_MODEL_PENDING", "model_type": "", "source_run_id": run,
                "tags": [{ "key": "t", "value": "v" }],
            },
            "data": {
                "params": [{ "key": "lr", "value": "0.1" }],
                "metrics": [{ "key": "acc", "value": 0.5, "timestamp": 7, "step": 1, "model_id": id, "run_id": run }],
            },
        } })
    );
    let tags = json!({ "tags": [{ "key": "mlflow.modelVersions", "value": "[]" }] });
    let path = format!("/api/2.0/mlflow/logged-models/{id}/tags");
    assert_eq!(world.ask("PATCH", &path, tags).await.ok(), json!({}));
    let search = async |filter: &str| {
        let body = json!({ "experiment_ids": ["0"], "filter": filter });
        world.post("logged-models/search", body).await.ok()["models"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(search("name = 'model'").await, 1);
    assert_eq!(search("name = 'sub'").await, 0);
    assert_eq!(search("metrics.acc > 0.4 AND params.lr = '0.1' AND tags.t = 'v'").await, 1);
    assert_eq!(world.get("logged-models/m-none").await.problem().0, 404);
    let path = format!("/api/2.0/mlflow/logged-models/{id}");
    let other = world.ask_as(Some(everybody("other", "key_b")), "GET", &path, Value::Null);
    assert_eq!(other.await.problem().0, 404);
    world.ask("DELETE", &format!("/api/2.0/mlflow/logged-models/{id}"), Value::Null).await.ok();
    assert_eq!(world.get(&format!("logged-models/{id}")).await.problem().0, 404);
}

#[tokio::test]
async fn models_are_registered_described_and_found() {
    let world = World::new().await;
    let made = world.post("registered-models/create", json!({ "name": "m" })).await.ok();
    assert_eq!(made["registered_model"]["name"], "m");
    assert!(made["registered_model"]["creation_timestamp"].is_u64());
    let (status, code, message) = world.post("registered-models/create", json!({ "name": "m" })).await.problem();
    assert_eq!((status, code.as_str()), (400, "RESOURCE_ALREADY_EXISTS"));
    assert_eq!(message, "Registered Model (name=m) already exists.");
    let (status, code, message) = world.get("registered-models/get?name=p1").await.problem();
    assert_eq!((status, code.as_str()), (404, "RESOURCE_DOES_NOT_EXIST"));
    assert_eq!(message, "Registered Model with name=p1 not found");
    world.post("registered-models/set-tag", json!({ "name": "m", "key": "a", "value": "b" })).await.ok();
    let body = json!({ "name": "m", "description": "d" });
    let updated = world.ask("PATCH", "/api/2.0/mlflow/registered-models/update", body).await.ok();
    assert_eq!(updated["registered_model"]["description"], "d");
    assert_eq!(updated["registered_model"]["tags"], json!([{ "key": "a", "value": "b" }]));
    world
        .post(
            "registered-models/create",
            json!({ "name": "prompt", "tags": [{ "key": "mlflow.prompt.is_prompt", "value": "true" }] }),
        )
        .await
        .ok();
    let names = async |query: &str| {
        let found = world.get(&format!("registered-models/search?{query}")).await.ok();
        let none = Vec::new();
        let list = found["registered_models"].as_array().unwrap_or(&none);
        list.iter().map(|model| model["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("filter=tag.%60mlflow.prompt.is_prompt%60+%21%3D+%27true%27&max_results=100").await, ["m"]);
    assert_eq!(names("filter=name+ILIKE+%27PR%25%27").await, ["prompt"]);
    assert_eq!(names("order_by=name+DESC").await, ["prompt", "m"]);
    assert_eq!(world.get("registered-models/search?filter=color%3D1").await.problem().0, 400);
    let renamed = world.post("registered-models/rename", json!({ "name": "m", "new_name": "n" })).await.ok();
    assert_eq!(renamed["registered_model"]["name"], "n");
    let body = json!({ "name": "n", "key": "a" });
    assert_eq!(world.ask("DELETE", "/api/2.0/mlflow/registered-models/delete-tag", body).await.ok(), json!({}));
    world.noted.take();
    assert_eq!(
        world.ask("DELETE", "/api/2.0/mlflow/registered-models/delete", json!({ "name": "n" })).await.ok(),
        json!({})
    );
    assert_eq!(world.noted.take(), ["Deleted n by key_a"]);
    assert_eq!(world.get("registered-models/get?name=n").await.problem().0, 404);
}

#[tokio::test]
async fn a_version_comes_from_here_and_leads_to_its_files() {
    let world = World::new().await;
    let run = world.run().await;
    let id = logged(&world, &run).await;
    upload(&world, &id, HONEST).await;
    world.post("registered-models/create", json!({ "name": "m" })).await.ok();
    let body = json!({ "name": "m", "source": format!("models:/{id}"), "model_id": id });
    let made = world.post("model-versions/create", body).await.ok()["model_version"].clone();
    assert_eq!(
        (&made["version"], &made["status"], &made["current_stage"]),
        (&json!("1"), &json!("READY"), &json!("None"))
    );
    assert_eq!(made["run_id"], run.as_str());
    let uri = world.get("model-versions/get-download-uri?name=m&version=1").await.ok();
    assert_eq!(uri, json!({ "artifact_uri": format!("mlflow-artifacts:/0/models/{id}/artifacts") }));
    for source in
        [format!("runs:/{run}/model"), format!("mlflow-artifacts:/0/models/{id}/artifacts"), "models:/m/1".to_owned()]
    {
        let made = world.post("model-versions/create", json!({ "name": "m", "source": source })).await.ok();
        assert_eq!(made["model_version"]["status"], "READY", "{source}");
    }
    let found = world.get("model-versions/search?filter=name%3D%27m%27&max_results=10000").await.ok();
    assert_eq!(found["model_versions"].as_array().unwrap().len(), 4);
    let model = world.get("registered-models/get?name=m").await.ok();
    assert_eq!(model["registered_model"]["latest_versions"][0]["version"], "4");
    for source in [
        "/etc",
        "file:///etc",
        "file:/etc",
        "s3://bucket/x",
        "http://example.com/x",
        "dbfs:/x",
        "../x",
        "mlflow-artifacts:/../x",
        "mlflow-artifacts://elsewhere/0/x",
        "mlflow-artifacts:/0/models/m-none/artifacts",
        "runs:/none/model",
        "models:/m-none",
        "models:/other/1",
        "models:/m/99",
        "prompt-template",
        "",
    ] {
        let (status, code, _) =
            world.post("model-versions/create", json!({ "name": "m", "source": source })).await.problem();
        assert!(
            matches!((status, code.as_str()), (400, "INVALID_PARAMETER_VALUE") | (404, "RESOURCE_DOES_NOT_EXIST")),
            "{source}"
        );
    }
    // Another tenant's key does not reach these files by naming them.
    let other = Some(everybody("other", "key_b"));
    let ask = async |path: &str, body: Value| {
        world.ask_as(other.clone(), "POST", &format!("/api/2.0/mlflow/{path}"), body).await
    };
    ask("registered-models/create", json!({ "name": "mine" })).await.ok();
    let stolen = ask("model-versions/create", json!({ "name": "mine", "source": format!("models:/{id}") })).await;
    assert_eq!(stolen.problem().0, 404);
}

#[tokio::test]
async fn files_of_a_version_never_change() {
    let world = World::new().await;
    let run = world.run().await;
    let id = logged(&world, &run).await;
    upload(&world, &id, HONEST).await;
    world.post("registered-models/create", json!({ "name": "m" })).await.ok();
    let body = json!({ "name": "m", "source": format!("models:/{id}") });
    world.post("model-versions/create", body.clone()).await.ok();
    let root = format!("0/models/{id}/artifacts");
    for path in [format!("{root}/MLmodel"), format!("{root}/new.txt")] {
        let (status, code, message) = world.put(&path, "other").await.problem();
        assert_eq!((status, code.as_str()), (403, "PERMISSION_DENIED"), "{message}");
    }
    for path in [format!("{root}/MLmodel"), root.clone()] {
        assert_eq!(world.ask("DELETE", &artifact(&path), Value::Null).await.problem().0, 403, "{path}");
    }
    assert_eq!(world.ask("DELETE", &format!("/api/2.0/mlflow/logged-models/{id}"), Value::Null).await.problem().0, 403);
    let got = world.ask("GET", &artifact(&format!("{root}/MLmodel")), Value::Null).await;
    assert_eq!(got.bytes, HONEST[0].1);
    // Whoever changes them on disk changes nothing for those who load.
    let disk = world.folder.path().join(format!("artifacts/@acme/{root}"));
    std::fs::write(disk.join("MLmodel"), "flavors: {x}").unwrap();
    std::fs::write(disk.join("added.pkl"), HOSTILE).unwrap();
    let got = world.ask("GET", &artifact(&format!("{root}/MLmodel")), Value::Null).await;
    assert!(got.bytes.is_empty(), "the connection is cut");
    assert_eq!(world.ask("GET", &artifact(&format!("{root}/added.pkl")), Value::Null).await.status, 404);
    let (status, _, message) = world.post("model-versions/create", body).await.problem();
    assert_eq!(status, 403);
    assert!(message.contains("are not what they were"), "{message}");
}

#[tokio::test]
async fn what_does_not_pass_the_scan_is_neither_registered_nor_loaded() {
    let world = World::new().await;
    let run = world.run().await;
    let id = logged(&world, &run).await;
    upload(&world, &id, &[("MLmodel", b"flavors: {}\n"), ("model.pkl", HOSTILE)]).await;
    world.post("registered-models/create", json!({ "name": "m" })).await.ok();
    let body = json!({ "name": "m", "source": format!("models:/{id}") });
    let (status, code, message) = world.post("model-versions/create", body).await.problem();
    assert_eq!((status, code.as_str()), (403, "PERMISSION_DENIED"));
    assert!(message.contains("model.pkl is malicious"), "{message}");
    let version = world.get("model-versions/get?name=m&version=1").await.ok();
    assert_eq!(version["model_version"]["status"], "FAILED_REGISTRATION");
    assert_eq!(world.get("model-versions/get-download-uri?name=m&version=1").await.problem().1, "PERMISSION_DENIED");
    for name in ["model.pkl", "MLmodel"] {
        let got = world.ask("GET", &artifact(&format!("0/models/{id}/artifacts/{name}")), Value::Null).await;
        assert_eq!(got.problem().1, "PERMISSION_DENIED", "{name}");
    }
    assert!(world.noted.take().contains(&"Attested m/1 by key_a".to_owned()));
}

#[tokio::test]
async fn gates_hold_over_this_door_too() {
    let world = World::new().await;
    let run = world.run().await;
    let id = logged(&world, &run).await;
    upload(&world, &id, HONEST).await;
    world.post("registered-models/create", json!({ "name": "m" })).await.ok();
    world.post("model-versions/create", json!({ "name": "m", "source": format!("models:/{id}") })).await.ok();
    let stage =
        |stage: &str| json!({ "name": "m", "version": "1", "stage": stage, "archive_existing_versions": false });
    let moved = world.post("model-versions/transition-stage", stage("Staging")).await.ok();
    assert_eq!(moved["model_version"]["current_stage"], "Staging");
    let latest =
        world.post("registered-models/get-latest-versions", json!({ "name": "m", "stages": ["Staging"] })).await.ok();
    assert_eq!(latest["model_versions"][0]["version"], "1");
    for (path, body) in [
        ("model-versions/transition-stage", stage("Production")),
        ("registered-models/alias", json!({ "name": "m", "alias": "champion", "version": "1" })),
    ] {
        let (status, code, message) = world.post(path, body).await.problem();
        assert_eq!((status, code.as_str()), (403, "PERMISSION_DENIED"));
        assert!(message.contains("approval"), "{message}");
    }
    world.post("registered-models/alias", json!({ "name": "m", "alias": "candidate", "version": "1" })).await.ok();
    let got = world.get("registered-models/alias?name=m&alias=candidate").await.ok();
    assert_eq!(got["model_version"]["aliases"], json!(["candidate"]));
    let (status, code, _) = world.get("registered-models/alias?name=m&alias=none").await.problem();
    assert_eq!((status, code.as_str()), (400, "INVALID_PARAMETER_VALUE"));
    let approve = async |who, approved: bool| {
        let body = json!({ "name": "m", "version": "1", "approved": approved });
        world.ask_as(Some(who), "POST", "/api/redoubt/v1/model-versions/approve", body).await
    };
    // Who registered it cannot agree to it, and whose key may not cannot either.
    approve(everybody("acme", "key_a"), true).await.ok();
    assert_eq!(world.post("model-versions/transition-stage", stage("Production")).await.status, 403);
    assert_eq!(approve(principal("acme", "key_r", &[Capability::Register]), true).await.status, 403);
    let approver = || principal("acme", "key_c", &[Capability::Approve]);
    approve(approver(), true).await.ok();
    let moved = world.post("model-versions/transition-stage", stage("Production")).await.ok();
    assert_eq!(moved["model_version"]["current_stage"], "Production");
    world.get("model-versions/get-download-uri?name=m&version=1").await.ok();
    // What was agreed to and is no longer may not be loaded any more.
    approve(approver(), false).await.ok();
    let (status, _, message) = world.get("model-versions/get-download-uri?name=m&version=1").await.problem();
    assert_eq!(status, 403);
    assert!(message.contains("stays shut"), "{message}");
    let body = json!({ "name": "m", "alias": "candidate" });
    assert_eq!(world.ask("DELETE", "/api/2.0/mlflow/registered-models/alias", body).await.ok(), json!({}));
    assert_eq!(world.post("model-versions/transition-stage", stage("Nowhere")).await.problem().0, 400);
}

#[tokio::test]
async fn versions_are_described_tagged_and_deleted() {
    let world = World::new().await;
    let run = world.run().await;
    world.put(&format!("0/{run}/artifacts/model/MLmodel"), "flavors: {}\n").await;
    world.post("registered-models/create", json!({ "name": "m" })).await.ok();
    let body = json!({ "name": "m", "source": format!("mlflow-artifacts:/0/{run}/artifacts/model"), "run_id": run,
                       "tags": [{ "key": "k", "value": "v" }], "description": "d" });
    let made = world.post("model-versions/create", body).await.ok()["model_version"].clone();
    assert_eq!((&made["description"], &made["tags"]), (&json!("d"), &json!([{ "key": "k", "value": "v" }])));
    world.post("model-versions/set-tag", json!({ "name": "m", "version": "1", "key": "c", "value": "d" })).await.ok();
    let body = json!({ "name": "m", "version": "1", "key": "k" });
    world.ask("DELETE", "/api/2.0/mlflow/model-versions/delete-tag", body).await.ok();
    let body = json!({ "name": "m", "version": "1", "description": "desc" });
    let updated = world.ask("PATCH", "/api/2.0/mlflow/model-versions/update", body).await.ok();
    assert_eq!(updated["model_version"]["description"], "desc");
    assert_eq!(updated["model_version"]["tags"], json!([{ "key": "c", "value": "d" }]));
    let filter = format!("run_id%3D%27{run}%27");
    let found = world.get(&format!("model-versions/search?filter={filter}")).await.ok();
    assert_eq!(found["model_versions"].as_array().unwrap().len(), 1);
    let body = json!({ "name": "m", "version": "1" });
    assert_eq!(world.ask("DELETE", "/api/2.0/mlflow/model-versions/delete", body).await.ok(), json!({}));
    assert_eq!(world.get("model-versions/get?name=m&version=1").await.problem().0, 404);
    assert_eq!(world.get("model-versions/get?name=m&version=x").await.problem().0, 400);
}
