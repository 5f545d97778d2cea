//! Experiments.

use redoubt_domain::Capability;
use serde_json::{Value, json};

use crate::world::{World, everybody, principal};

#[tokio::test]
async fn an_experiment_has_the_shape_that_clients_know() {
    let world = World::new().await;
    assert_eq!(world.post("experiments/create", json!({ "name": "e" })).await.ok(), json!({ "experiment_id": "1" }));
    let by_id = world.get("experiments/get?experiment_id=1").await.ok();
    let created = by_id["experiment"]["creation_time"].as_i64().unwrap();
    assert_eq!(
        by_id,
        json!({ "experiment": {
            "experiment_id": "1", "name": "e", "artifact_location": "mlflow-artifacts:/1", "lifecycle_stage": "active",
            "last_update_time": created, "creation_time": created,
        } })
    );
    assert_eq!(world.get("experiments/get-by-name?experiment_name=e").await.ok(), by_id);
    let default = world.get("experiments/get?experiment_id=0").await.ok();
    assert_eq!(default["experiment"]["name"], "Default");
    let (status, code, message) = world.get("experiments/get-by-name?experiment_name=x").await.problem();
    assert_eq!((status, code.as_str()), (404, "RESOURCE_DOES_NOT_EXIST"));
    assert_eq!(message, "Could not find experiment with name 'x'");
    for path in ["experiments/get?experiment_id=99", "experiments/get?experiment_id=abc"] {
        assert_eq!(world.get(path).await.problem().0, 404, "{path}");
    }
    let (status, code, _) = world.post("experiments/create", json!({ "name": "e" })).await.problem();
    assert_eq!((status, code.as_str()), (400, "RESOURCE_ALREADY_EXISTS"));
}

#[tokio::test]
async fn mistakes_are_told_as_clients_read_them() {
    let world = World::new().await;
    for (body, words) in [
        (json!({}), "Missing value for required parameter 'name'"),
        (json!({ "name": 7 }), "Invalid value for parameter 'name': expected a text, found 7"),
        (json!({ "name": "x".repeat(501) }), "'name' exceeds the maximum length of 500 characters"),
        (json!({ "name": "e", "artifact_location": "s3://b" }), "artifacts lie on this server alone"),
        (json!({ "name": "e", "tags": [{ "key": "../a", "value": "b" }] }), "parameter 'tags[0].key'"),
    ] {
        let (status, code, message) = world.post("experiments/create", body).await.problem();
        assert_eq!((status, code.as_str()), (400, "INVALID_PARAMETER_VALUE"), "{message}");
        assert!(message.contains(words), "{message}");
    }
    let (status, code, _) = world.get("experiments/nothing").await.problem();
    assert_eq!((status, code.as_str()), (404, "ENDPOINT_NOT_FOUND"));
    let (status, code, _) = world.get("experiments/create").await.problem();
    assert_eq!((status, code.as_str()), (405, "ENDPOINT_NOT_FOUND"));
    let large = json!({ "name": "e", "more": "x".repeat(9 << 20) });
    assert_eq!(world.post("experiments/create", large).await.problem().0, 413);
    let unknown = world.post("experiments/create", json!({ "name": "e", "from_the_future": [1] })).await;
    assert_eq!(unknown.ok(), json!({ "experiment_id": "1" }));
}

#[tokio::test]
async fn an_experiment_is_changed_deleted_and_restored() {
    let world = World::new().await;
    world.post("experiments/create", json!({ "name": "a" })).await.ok();
    let run = world.post("runs/create", json!({ "experiment_id": "1" })).await.ok()["run"]["info"]["run_id"].clone();
    let tag = json!({ "experiment_id": "1", "key": "team", "value": "sec" });
    assert_eq!(world.post("experiments/set-experiment-tag", tag).await.ok(), json!({}));
    world.post("experiments/update", json!({ "experiment_id": "1", "new_name": "b" })).await.ok();
    let found = world.get("experiments/get?experiment_id=1").await.ok();
    assert_eq!(found["experiment"]["tags"], json!([{ "key": "team", "value": "sec" }]));
    assert_eq!(found["experiment"]["name"], "b");
    world.noted.take();
    assert_eq!(world.post("experiments/delete", json!({ "experiment_id": "1" })).await.ok(), json!({}));
    assert_eq!(world.noted.take(), ["Deleted experiment 1 by key_a"]);
    let metric = json!({ "run_id": run, "key": "m", "value": 1.0, "timestamp": 1 });
    let (status, _, message) = world.post("runs/log-metric", metric.clone()).await.problem();
    assert_eq!(status, 400);
    assert!(message.contains("must be in the 'active' state"), "{message}");
    assert_eq!(
        world.post("experiments/update", json!({ "experiment_id": "1", "new_name": "c" })).await.problem().0,
        400
    );
    assert_eq!(world.post("experiments/restore", json!({ "experiment_id": "1" })).await.ok(), json!({}));
    world.post("runs/log-metric", metric).await.ok();
    assert_eq!(world.post("experiments/delete", json!({ "experiment_id": "9" })).await.problem().0, 404);
}

#[tokio::test]
async fn experiments_are_searched() {
    let world = World::new().await;
    for name in ["alpha", "beta", "Alphabet"] {
        let tags = json!([{ "key": "kind", "value": name }]);
        world.post("experiments/create", json!({ "name": name, "tags": tags })).await.ok();
    }
    world.post("experiments/delete", json!({ "experiment_id": "2" })).await.ok();
    let names = async |body: Value| {
        let found = world.post("experiments/search", body).await.ok();
        let none = Vec::new();
        let list = found["experiments"].as_array().unwrap_or(&none);
        list.iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(json!({ "max_results": 10, "view_type": "ACTIVE_ONLY" })).await, ["Alphabet", "alpha", "Default"]);
    assert_eq!(names(json!({ "view_type": "DELETED_ONLY" })).await, ["beta"]);
    assert_eq!(names(json!({ "view_type": "ALL", "order_by": ["name ASC"] })).await.len(), 4);
    assert_eq!(names(json!({ "filter": "name LIKE 'alpha%'" })).await, ["alpha"]);
    assert_eq!(names(json!({ "filter": "name ILIKE 'ALPHA%'", "order_by": ["name"] })).await, ["Alphabet", "alpha"]);
    assert_eq!(names(json!({ "filter": "tags.kind = 'alpha'" })).await, ["alpha"]);
    let first = world.post("experiments/search", json!({ "max_results": 2 })).await.ok();
    let token = first["next_page_token"].as_str().unwrap();
    let rest = world.post("experiments/search", json!({ "max_results": 2, "page_token": token })).await.ok();
    assert_eq!(rest["experiments"].as_array().unwrap().len(), 1);
    assert!(rest.get("next_page_token").is_none());
    for body in [json!({ "max_results": 0 }), json!({ "page_token": "x" }), json!({ "filter": "name =" })] {
        assert_eq!(world.post("experiments/search", body).await.problem().0, 400);
    }
}

#[tokio::test]
async fn one_tenant_sees_nothing_of_another() {
    let world = World::new().await;
    world.post("experiments/create", json!({ "name": "secret" })).await.ok();
    let run = world.run().await;
    world.put(&format!("0/{run}/artifacts/a.txt"), "x").await;
    let other = || Some(everybody("other", "key_b"));
    let ask = async |method: &str, path: &str, body: Value| {
        world.ask_as(other(), method, &format!("/api/2.0/{path}"), body).await
    };
    for (method, path, body) in [
        ("GET", "mlflow/experiments/get?experiment_id=1".to_owned(), Value::Null),
        ("GET", "mlflow/experiments/get-by-name?experiment_name=secret".to_owned(), Value::Null),
        ("POST", "mlflow/experiments/delete".to_owned(), json!({ "experiment_id": "1" })),
        ("GET", format!("mlflow/runs/get?run_id={run}"), Value::Null),
        ("POST", "mlflow/runs/delete".to_owned(), json!({ "run_id": run })),
        ("POST", "mlflow/runs/log-metric".to_owned(), json!({ "run_id": run, "key": "a", "value": 1, "timestamp": 1 })),
        ("GET", format!("mlflow/metrics/get-history?run_id={run}&metric_key=a"), Value::Null),
        ("GET", format!("mlflow-artifacts/artifacts/0/{run}/artifacts/a.txt"), Value::Null),
        ("PUT", format!("mlflow-artifacts/artifacts/0/{run}/artifacts/b.txt"), json!("x")),
        ("DELETE", format!("mlflow-artifacts/artifacts/0/{run}/artifacts/a.txt"), Value::Null),
    ] {
        let (status, code, _) = ask(method, &path, body).await.problem();
        assert_eq!((status, code.as_str()), (404, "RESOURCE_DOES_NOT_EXIST"), "{method} {path}");
    }
    let found = ask("POST", "mlflow/runs/search", json!({ "experiment_ids": ["0", "1"] })).await.ok();
    assert_eq!(found, json!({}));
    let path = format!("mlflow-artifacts/artifacts?path=0/{run}/artifacts");
    assert_eq!(ask("GET", &path, Value::Null).await.ok(), json!({}));
    // Each has experiments of its own, numbered from its own beginning.
    let made = ask("POST", "mlflow/experiments/create", json!({ "name": "secret" })).await.ok();
    assert_eq!(made, json!({ "experiment_id": "1" }));
}

#[tokio::test]
async fn a_key_does_what_it_may_and_nothing_else() {
    let world = World::new().await;
    let cases = [
        (None, "experiments/search", "POST", 403),
        (Some(Capability::Register), "experiments/search", "POST", 403),
        (Some(Capability::Approve), "runs/create", "POST", 403),
        (Some(Capability::Track), "registered-models/create", "POST", 403),
        (Some(Capability::Inference), "registered-models/search", "GET", 403),
        (Some(Capability::Track), "registered-models/search", "GET", 200),
        (Some(Capability::Track), "experiments/search", "POST", 200),
    ];
    for (capability, path, method, expected) in cases {
        let who = capability.map(|capability| principal("acme", "key_a", &[capability]));
        let answer = world.ask_as(who, method, &format!("/api/2.0/mlflow/{path}"), Value::Null).await;
        assert_eq!(answer.status.as_u16(), expected, "{capability:?} {path}");
        if expected == 403 {
            assert_eq!(answer.problem().1, "PERMISSION_DENIED");
        }
    }
}
