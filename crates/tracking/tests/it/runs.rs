//! Runs, metrics, params, tags, inputs and outputs.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_run_has_the_shape_that_clients_know() {
    let world = World::new().await;
    let made = world
        .post(
            "runs/create",
            json!({ "experiment_id": "0", "user_id": "root", "run_name": "r1", "start_time": 1_795_376_378_955_i64,
                    "tags": [{ "key": "mlflow.user", "value": "root" }] }),
        )
        .await
        .ok();
    let id = made["run"]["info"]["run_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert_eq!(
        made,
        json!({ "run": {
            "info": {
                "run_uuid": id, "run_id": id, "experiment_id": "0", "run_name": "r1", "user_id": "root",
                "status": "RUNNING", "start_time": 1_795_376_378_955_i64, "lifecycle_stage": "active",
                "artifact_uri": format!("mlflow-artifacts:/0/{id}/artifacts"),
            },
            "data": { "tags": [{ "key": "mlflow.runName", "value": "r1" }, { "key": "mlflow.user", "value": "root" }] },
            "inputs": {}, "outputs": {},
        } })
    );
    let got = world.get(&format!("runs/get?run_uuid={id}&run_id={id}")).await.ok();
    assert_eq!(got, made);
    let ended = json!({ "run_uuid": id, "run_id": id, "status": "FINISHED", "end_time": 1_795_376_390_752_i64 });
    let info = world.post("runs/update", ended).await.ok();
    assert_eq!(info["run_info"]["status"], "FINISHED");
    assert_eq!(info["run_info"]["end_time"], 1_795_376_390_752_i64);
    world.post("runs/update", json!({ "run_id": id, "run_name": "r2" })).await.ok();
    let got = world.get(&format!("runs/get?run_id={id}")).await.ok();
    assert_eq!(got["run"]["info"]["run_name"], "r2");
    assert_eq!(got["run"]["data"]["tags"][0], json!({ "key": "mlflow.runName", "value": "r2" }));
    assert_eq!(world.post("runs/update", json!({ "run_id": id, "status": "DONE" })).await.problem().0, 400);
    let (status, code, message) = world.get("runs/get?run_id=00000000000000000000000000000000").await.problem();
    assert_eq!((status, code.as_str()), (404, "RESOURCE_DOES_NOT_EXIST"));
    assert_eq!(message, "Run with id=00000000000000000000000000000000 not found");
}

#[tokio::test]
async fn metrics_have_histories_and_a_latest() {
    let world = World::new().await;
    let run = world.run().await;
    let log = async |value: Value, time: i64, step: i64| {
        let metric = json!({ "run_id": run, "key": "loss", "value": value, "timestamp": time, "step": step });
        assert_eq!(world.post("runs/log-metric", metric).await.ok(), json!({}));
    };
    log(json!(0.5), 100, 1).await;
    log(json!(0.4), 110, 2).await;
    log(json!(0.9), 120, 1).await;
    // A client that tries again changes nothing.
    log(json!(0.4), 110, 2).await;
    let latest = world.get(&format!("runs/get?run_id={run}")).await.ok()["run"]["data"]["metrics"].clone();
    assert_eq!(latest, json!([{ "key": "loss", "value": 0.4, "timestamp": 110, "step": 2 }]));
    let history = world.get(&format!("metrics/get-history?run_id={run}&metric_key=loss&max_results=25000")).await.ok();
    let values: Vec<f64> =
        history["metrics"].as_array().unwrap().iter().map(|m| m["value"].as_f64().unwrap()).collect();
    assert_eq!(values, [0.5, 0.4, 0.9]);
    let first = world.get(&format!("metrics/get-history?run_id={run}&metric_key=loss&max_results=2")).await.ok();
    let token = first["next_page_token"].as_str().unwrap();
    let rest =
        world.get(&format!("metrics/get-history?run_id={run}&metric_key=loss&max_results=2&page_token={token}")).await;
    assert_eq!(rest.ok()["metrics"].as_array().unwrap().len(), 1);
    assert_eq!(world.get(&format!("metrics/get-history?run_id={run}&metric_key=none")).await.ok(), json!({}));
    for (key, value, shown) in [
        ("nan", json!("NaN"), json!("NaN")),
        ("inf", json!("Infinity"), json!(f64::MAX)),
        ("ninf", json!("-Infinity"), json!(f64::MIN)),
    ] {
        let metric = json!({ "run_id": run, "key": key, "value": value, "timestamp": "7" });
        world.post("runs/log-metric", metric).await.ok();
        let history = world.get(&format!("metrics/get-history?run_id={run}&metric_key={key}")).await.ok();
        assert_eq!(history["metrics"][0], json!({ "key": key, "value": shown, "timestamp": 7, "step": 0 }));
    }
    for wrong in [
        json!({ "run_id": run, "key": "a", "timestamp": 1 }),
        json!({ "run_id": run, "key": "a", "value": "x", "timestamp": 1 }),
        json!({ "run_id": run, "key": "a", "value": 1 }),
        json!({ "run_id": run, "value": 1, "timestamp": 1 }),
        json!({ "run_id": run, "key": "a//b", "value": 1, "timestamp": 1 }),
        json!({ "run_id": run, "key": "k".repeat(251), "value": 1, "timestamp": 1 }),
        json!({ "key": "a", "value": 1, "timestamp": 1 }),
    ] {
        assert_eq!(world.post("runs/log-metric", wrong.clone()).await.problem().0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn params_are_written_once() {
    let world = World::new().await;
    let run = world.run().await;
    let param = |value: &str| json!({ "run_uuid": run, "run_id": run, "key": "lr", "value": value });
    world.post("runs/log-parameter", param("0.1")).await.ok();
    world.post("runs/log-parameter", param("0.1")).await.ok();
    let (status, code, message) = world.post("runs/log-parameter", param("0.2")).await.problem();
    assert_eq!((status, code.as_str()), (400, "INVALID_PARAMETER_VALUE"));
    let expected = format!(
        "Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' for run ID='{run}'."
    );
    assert!(message.starts_with(&expected), "{message}");
    assert_eq!(world.post("runs/log-parameter", param(&"x".repeat(6_001))).await.problem().0, 400);
}

#[tokio::test]
async fn a_batch_is_logged_as_a_whole_or_not_at_all() {
    let world = World::new().await;
    let run = world.run().await;
    let metrics: Vec<Value> = (0..1_000)
        .map(|n| json!({ "key": format!("m{}", n % 7), "value": f64::from(n), "timestamp": 1, "step": n }))
        .collect();
    world.post("runs/log-batch", json!({ "run_id": run, "metrics": metrics })).await.ok();
    let found = world.get(&format!("runs/get?run_id={run}")).await.ok();
    assert_eq!(found["run"]["data"]["metrics"].as_array().unwrap().len(), 7);
    assert_eq!(found["run"]["data"]["metrics"][0]["value"], 994.0);
    let history = world.get(&format!("metrics/get-history?run_id={run}&metric_key=m0")).await.ok();
    assert_eq!(history["metrics"].as_array().unwrap().len(), 143);
    let pair = |key: &str, value: &str| json!({ "key": key, "value": value });
    let both =
        json!({ "run_id": run, "params": [pair("a", "1")], "tags": [pair("t", "v"), pair("mlflow.runName", "n")] });
    world.post("runs/log-batch", both).await.ok();
    let bad = json!({ "run_id": run, "metrics": [{ "key": "new", "value": 1, "timestamp": 1 }],
                      "params": [pair("b", "1"), pair("a", "2")], "tags": [pair("t", "other")] });
    assert_eq!(world.post("runs/log-batch", bad).await.problem().0, 400);
    let found = world.get(&format!("runs/get?run_id={run}")).await.ok();
    assert_eq!(found["run"]["data"]["params"], json!([pair("a", "1")]));
    assert_eq!(found["run"]["data"]["metrics"].as_array().unwrap().len(), 7);
    assert_eq!(found["run"]["info"]["run_name"], "n");
    assert!(found["run"]["data"]["tags"].as_array().unwrap().contains(&pair("t", "v")));
    let many = |n: usize| (0..n).map(|n| pair(&format!("k{n}"), "v")).collect::<Vec<_>>();
    let metrics: Vec<Value> =
        (0..1_001).map(|n| json!({ "key": "m", "value": 1, "timestamp": 1, "step": n })).collect();
    for body in [
        json!({ "run_id": run, "metrics": metrics }),
        json!({ "run_id": run, "params": many(101) }),
        json!({ "run_id": run, "tags": many(101) }),
        json!({ "run_id": run, "metrics": metrics[..950], "tags": many(60) }),
    ] {
        assert_eq!(world.post("runs/log-batch", body).await.problem().0, 400);
    }
    assert_eq!(world.post("runs/log-batch", json!({ "run_id": run })).await.ok(), json!({}));
}

#[tokio::test]
async fn tags_are_set_and_deleted() {
    let world = World::new().await;
    let run = world.run().await;
    world.post("runs/set-tag", json!({ "run_id": run, "key": "k", "value": "v" })).await.ok();
    world.noted.take();
    world.post("runs/delete-tag", json!({ "run_id": run, "key": "k" })).await.ok();
    assert_eq!(world.noted.take(), [format!("Deleted tag k of run {run} by key_a")]);
    let (status, _, message) = world.post("runs/delete-tag", json!({ "run_id": run, "key": "k" })).await.problem();
    assert_eq!(status, 404);
    assert!(message.contains("No tag with name: k"), "{message}");
}

#[tokio::test]
async fn runs_are_deleted_and_restored() {
    let world = World::new().await;
    let run = world.run().await;
    assert_eq!(world.post("runs/delete", json!({ "run_id": run })).await.ok(), json!({}));
    assert_eq!(world.post("runs/delete", json!({ "run_id": run })).await.ok(), json!({}), "as MLflow has it");
    let search = async |view: &str| {
        let body = json!({ "experiment_ids": ["0"], "run_view_type": view });
        world.post("runs/search", body).await.ok()["runs"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((search("ACTIVE_ONLY").await, search("DELETED_ONLY").await, search("ALL").await), (0, 1, 1));
    assert_eq!(world.get(&format!("runs/get?run_id={run}")).await.ok()["run"]["info"]["lifecycle_stage"], "deleted");
    world.post("runs/restore", json!({ "run_id": run })).await.ok();
    assert_eq!(search("ACTIVE_ONLY").await, 1);
}

#[tokio::test]
async fn data_sets_and_models_belong_to_a_run() {
    let world = World::new().await;
    let run = world.run().await;
    let dataset =
        json!({ "name": "d1", "digest": "b2", "source_type": "local", "source": "{}", "schema": "s", "profile": "p" });
    let input = json!({ "tags": [{ "key": "mlflow.data.context", "value": "training" }], "dataset": dataset });
    let body = json!({ "run_id": run, "datasets": [input] });
    for _ in 0..2 {
        assert_eq!(world.post("runs/log-inputs", body.clone()).await.ok(), json!({}));
    }
    let model =
        world.post("logged-models", json!({ "experiment_id": "0", "name": "m", "source_run_id": run })).await.ok();
    let id = model["model"]["info"]["model_id"].as_str().unwrap().to_owned();
    let outputs = json!({ "run_id": run, "models": [{ "model_id": id, "step": 3 }] });
    for _ in 0..2 {
        assert_eq!(world.post("runs/outputs", outputs.clone()).await.ok(), json!({}), "a second time changes nothing");
    }
    let found = world.get(&format!("runs/get?run_id={run}")).await.ok();
    assert_eq!(found["run"]["inputs"], json!({ "dataset_inputs": [input] }));
    assert_eq!(found["run"]["outputs"], json!({ "model_outputs": [{ "model_id": id, "step": 3 }] }));
    let unknown = json!({ "run_id": run, "models": [{ "model_id": "m-none", "step": 0 }] });
    assert_eq!(world.post("runs/outputs", unknown).await.problem().0, 404);
}

#[tokio::test]
async fn what_2_x_says_of_a_model_is_kept_in_a_tag() {
    let world = World::new().await;
    let run = world.run().await;
    let model = json!({ "artifact_path": "model", "flavors": {}, "utc_time_created": "now", "run_id": run });
    let body = json!({ "run_id": run, "model_json": model.to_string() });
    world.post("runs/log-model", body.clone()).await.ok();
    world.post("runs/log-model", body).await.ok();
    let found = world.get(&format!("runs/get?run_id={run}")).await.ok();
    let tags = found["run"]["data"]["tags"].as_array().unwrap();
    let tag = tags.iter().find(|tag| tag["key"] == "mlflow.log-model.history").unwrap();
    let list: Value = serde_json::from_str(tag["value"].as_str().unwrap()).unwrap();
    assert_eq!(list, json!([model, model]));
    for text in ["x", "{}", "[]"] {
        let body = json!({ "run_id": run, "model_json": text });
        assert_eq!(world.post("runs/log-model", body).await.problem().0, 400, "{text}");
    }
}

#[tokio::test]
async fn runs_are_searched() {
    let world = World::new().await;
    for (n, acc) in [(1, json!(0.4)), (2, json!(0.9)), (3, json!("NaN")), (4, json!(0.7))] {
        let tags = if n == 2 { json!([{ "key": "team", "value": "It's" }]) } else { json!([]) };
        let made = json!({ "experiment_id": "0", "run_name": format!("run {n}"), "start_time": n, "tags": tags, "user_id": "u" });
        let run = world.post("runs/create", made).await.ok()["run"]["info"]["run_id"].clone();
        let pair = json!([{ "key": "lr", "value": format!("0.{n}") }]);
        let metrics = json!([{ "key": "acc", "value": acc, "timestamp": 1 }, { "key": "val acc/top", "value": n, "timestamp": 1 }]);
        world.post("runs/log-batch", json!({ "run_id": run, "params": pair, "metrics": metrics })).await.ok();
        if n == 4 {
            let dataset = json!({ "name": "d4", "digest": "x", "source_type": "local", "source": "{}" });
            let context = json!([{ "key": "mlflow.data.context", "value": "eval" }]);
            let body = json!({ "run_id": run, "datasets": [{ "dataset": dataset, "tags": context }] });
            world.post("runs/log-inputs", body).await.ok();
            world.post("runs/update", json!({ "run_id": run, "status": "FAILED", "end_time": 9 })).await.ok();
        }
    }
    let check = async |filter: &str, order: &[&str], expected: &[u64]| {
        let body = json!({ "experiment_ids": ["0"], "filter": filter, "order_by": order });
        let found = world.post("runs/search", body).await.ok();
        let none = Vec::new();
        let runs = found["runs"].as_array().unwrap_or(&none);
        let starts: Vec<u64> = runs.iter().map(|run| run["info"]["start_time"].as_u64().unwrap()).collect();
        assert_eq!(starts, expected, "{filter} {order:?}");
    };
    check("", &[], &[4, 3, 2, 1]).await;
    check("metrics.acc > 0.5", &["metrics.acc DESC"], &[2, 4]).await;
    check("metrics.acc < 1", &["metrics.acc ASC"], &[1, 4, 2]).await;
    check("", &["metrics.acc DESC"], &[2, 4, 1, 3]).await;
    check("", &["metrics.acc"], &[1, 4, 2, 3]).await;
    check("metrics.`val acc/top` >= 3", &["start_time"], &[3, 4]).await;
    check("params.lr = '0.2'", &[], &[2]).await;
    check("params.lr IN ('0.2', '0.3')", &["params.lr DESC"], &[3, 2]).await;
    check("params.lr LIKE '0.%' AND tags.team = 'It''s'", &[], &[2]).await;
    check("tags.team IS NULL", &["attributes.start_time DESC"], &[4, 3, 1]).await;
    check("tags.team IS NOT NULL", &[], &[2]).await;
    check("tags.mlflow.runName ILIKE 'RUN _'", &[], &[4, 3, 2, 1]).await;
    check("tags.mlflow.runName LIKE 'RUN _'", &[], &[]).await;
    check("status = 'FAILED'", &[], &[4]).await;
    check("attributes.status != 'FAILED' AND start_time > 1", &[], &[3, 2]).await;
    check("datasets.name = 'd4' AND dataset.context = 'eval'", &[], &[4]).await;
    check("run_name = 'run 1'", &[], &[1]).await;
    check("end_time IS NULL", &["end_time", "start_time"], &[1, 2, 3]).await;
    check("", &["end_time DESC", "start_time ASC"], &[4, 1, 2, 3]).await;
    check("params.lr = '0.2''; DROP TABLE runs; --'", &[], &[]).await;
    check("", &[], &[4, 3, 2, 1]).await;
    for wrong in ["metrics.acc > 'x'", "params.lr > '0.1'", "params.lr = 0.1", "color = 'x'", "metrics.acc LIKE 'x'"] {
        let (status, code, message) =
            world.post("runs/search", json!({ "experiment_ids": ["0"], "filter": wrong })).await.problem();
        assert_eq!((status, code.as_str()), (400, "INVALID_PARAMETER_VALUE"), "{wrong}");
        assert!(message.contains("at character 1"), "{message}");
    }
    let body = |token: &Value| json!({ "experiment_ids": ["0"], "max_results": 3, "page_token": token });
    let first = world.post("runs/search", body(&Value::Null)).await.ok();
    let rest = world.post("runs/search", body(&first["next_page_token"])).await.ok();
    assert_eq!(rest["runs"].as_array().unwrap().len(), 1);
    assert_eq!(world.post("runs/search", json!({})).await.problem().0, 400);
}
