//! `kill -9` while models are registered and promoted: each change has its entry in the audit log, and each entry its
//! change.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::chance::Chance;
use super::tracking::{API, Answers, Client, list, new_run, upload};
use super::world::{Setting, World, eventually};
use super::{Fault, Plan, Seen};
use crate::Outcome;

pub(super) const FAULTS: &[Fault] = &[Fault {
    name: "registry_kill",
    done: "`kill -9` while four clients register versions of models and set tags, aliases and stages, 30 times in the \
           same home",
    promise: "each change that is there has exactly one entry in the audit log, each entry is of a change that is there, \
              and everything that was answered is there; `audit verify` passes",
    peak_mib: 256,
    is_quick: true,
    run,
}];

const CLIENTS: usize = 4;

/// How often each change is known, as the audit log would tell it: kind, subject, detail.
type Changes = BTreeMap<(String, String, String), usize>;

fn run(plan: &Plan) -> Outcome<Seen> {
    let (mut chance, seed) = Chance::seeded();
    let mut world = World::new(Setting::default())?;
    let key = world.installation.new_key_with(&["--can", "track", "--can", "register", "--owner", "ann"])?;
    let rounds = plan.choose(30, 4);
    let (mut idle_kib, mut peak_kib, mut models, mut answered) = (0, 0, Vec::new(), Changes::new());
    for round in 0..rounds {
        let failed = |reason: String| format!("round {round} of seed {seed}: {reason}");
        let live = world.start().map_err(failed)?;
        let answers = Answers::default();
        let clients = (0..CLIENTS).map(|client| {
            let (made, model) = (Client::new(&live.server.admin_address, &key), format!("m{round}.{client}"));
            models.push(model.clone());
            let answers = answers.clone();
            thread::spawn(move || load(made, &model, &answers))
        });
        let clients: Vec<_> = clients.collect();
        answers.wait_for(15 + chance.below(60));
        thread::sleep(Duration::from_micros(chance.below(20_000) as u64));
        let seen = live.seen(Vec::new())?;
        (idle_kib, peak_kib) = (seen.idle_kib, peak_kib.max(seen.peak_kib));
        world = live.world;
        live.server.kill()?;
        for client in clients {
            answered.extend(client.join().map_err(|_| failed("a client of the trial failed".to_owned()))?);
        }
        world.verify().map_err(failed)?;
    }
    let live = world.start()?;
    let mut there = Changes::new();
    let mut client = Client::new(&live.server.admin_address, &key);
    for model in &models {
        there.extend(changes(&mut client, model)?);
    }
    if let Some(lost) = answered.keys().find(|change| !there.contains_key(*change)) {
        return Err(format!("{lost:?} was answered and is not there (seed {seed})"));
    }
    let mut told = Changes::new();
    let is_told = eventually(Duration::from_secs(20), || {
        let Ok(entries) = live.world.entries() else { return false };
        told = told_of(&entries);
        told.len() >= there.len()
    });
    if let Some(untold) = there.keys().find(|change| !told.contains_key(*change)) {
        return Err(format!("{untold:?} is there, and the log does not tell of it (seed {seed})"));
    }
    if let Some(false_one) = told.keys().find(|change| !there.contains_key(*change)) {
        return Err(format!("the log tells of {false_one:?}, which is not there (seed {seed})"));
    }
    if let Some((twice, count)) = told.iter().find(|(_, count)| **count != 1) {
        return Err(format!("the log tells {count} times of {twice:?} (seed {seed})"));
    }
    if !is_told || there.len() < 10 * rounds {
        return Err(format!("only {} changes came about (seed {seed})", there.len()));
    }
    live.world.verify()?;
    live.server.stop()?;
    let notes =
        vec![format!("{rounds} kills, {} changes answered, {} there, each told once", answered.len(), there.len())];
    Ok(Seen { idle_kib, peak_kib, notes })
}

fn change(kind: &str, subject: &str, detail: &str) -> ((String, String, String), usize) {
    ((format!("model_{kind}"), subject.to_owned(), detail.to_owned()), 1)
}

/// Makes changes until the server is gone, each other than all before, and returns those that were answered.
fn load(mut client: Client, model: &str, answers: &Answers) -> Changes {
    let mut answered = Changes::new();
    let Some(run) = new_run(&mut client) else { return answered };
    let source = format!("{}/model/weights.txt", run.artifacts());
    if upload(&mut client, &source, b"words that nothing runs") != Some(200) {
        return answered;
    }
    if client.post("registered-models/create", &json!({ "name": model })).is_none() {
        return answered;
    }
    answered.extend([change("registered", model, "")]);
    for turn in 1_u64.. {
        let version = turn.div_ceil(4).to_string();
        let subject = format!("{model}/{version}");
        let done = match turn % 4 {
            1 => {
                let body = json!({ "name": model, "source": format!("runs:/{}/model", run.id) });
                client.post("model-versions/create", &body).map(|_| change("registered", &subject, ""))
            }
            2 => {
                let tag = format!("k{turn}");
                let body = json!({ "name": model, "key": tag, "value": "v" });
                client.post("registered-models/set-tag", &body).map(|_| change("changed", model, &format!("tag {tag}")))
            }
            3 => {
                let alias = format!("a{turn}");
                let body = json!({ "name": model, "alias": alias, "version": version });
                let told = change("promoted", &subject, &format!("alias `{alias}`"));
                client.post("registered-models/alias", &body).map(|_| told)
            }
            _ => {
                let body = json!({ "name": model, "version": version, "stage": "Staging",
                                   "archive_existing_versions": false });
                let told = change("promoted", &subject, "stage `Staging`");
                client.post("model-versions/transition-stage", &body).map(|_| told)
            }
        };
        match done {
            Some(done) => {
                answered.extend([done]);
                answers.add();
            }
            None => break,
        }
    }
    answered
}

/// What the registry says has come about.
fn changes(client: &mut Client, model: &str) -> Outcome<Changes> {
    let mut there = Changes::new();
    let Some(found) = client.get(&format!("{API}registered-models/get?name={model}")) else { return Ok(there) };
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    there.extend([change("registered", model, "")]);
    for tag in list(&found, "/registered_model/tags") {
        there.extend([change("changed", model, &format!("tag {}", text(tag, "key")))]);
    }
    for alias in list(&found, "/registered_model/aliases") {
        let subject = format!("{model}/{}", text(alias, "version"));
        there.extend([change("promoted", &subject, &format!("alias `{}`", text(alias, "alias")))]);
    }
    let search = format!("{API}model-versions/search?max_results=1000&filter=name%3D%27{model}%27");
    let versions = client.get(&search).ok_or("the versions cannot be searched")?;
    for version in list(&versions, "/model_versions") {
        let subject = format!("{model}/{}", text(version, "version"));
        there.extend([change("registered", &subject, "")]);
        if text(version, "current_stage") == "Staging" {
            there.extend([change("promoted", &subject, "stage `Staging`")]);
        }
    }
    Ok(there)
}

/// What the log tells of models: versions, tags, aliases and stages.
fn told_of(entries: &[Value]) -> Changes {
    let mut told = Changes::new();
    for entry in entries {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, subject, detail) = (text("kind"), text("subject"), text("detail"));
        let is_counted = match kind.as_str() {
            "model_registered" | "model_promoted" => true,
            // A version gets its digest and its status by itself.
            "model_changed" => detail.starts_with("tag "),
            _ => false,
        };
        if is_counted {
            // The digest of a version is not asked for here.
            let detail = if kind == "model_registered" { String::new() } else { detail };
            *told.entry((kind, subject, detail)).or_default() += 1;
        }
    }
    told
}
