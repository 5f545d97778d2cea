//! `kill -9` while clients log: what was answered is there, and nothing is there by half.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::chance::Chance;
use super::world::{Setting, World, eventually};
use super::{Fault, Plan, Seen};
use crate::Outcome;
use crate::client::{Answer, Connection};

pub(super) const FAULTS: &[Fault] = &[Fault {
    name: "tracking_kill",
    done: "`kill -9` while eight clients log metrics, params, tags, batches and artifacts, 30 times in the same home",
    promise: "every metric, param, tag and artifact that was answered is there after the next start with its value, a \
              batch is there whole or not at all, and so is an artifact",
    peak_mib: 256,
    is_quick: true,
    run,
}];

pub(super) const API: &str = "/api/2.0/mlflow/";
const FILES: &str = "/api/2.0/mlflow-artifacts/artifacts/";
const CLIENTS: usize = 8;
/// Larger than what a socket holds, so that a kill cuts some of them.
const ARTIFACT_BYTES: usize = 600_000;
const BATCH: u64 = 40;

/// A client of the admin plane, with a key and a connection that is kept.
pub(super) struct Client {
    address: String,
    bearer: String,
    connection: Option<Connection>,
}

impl Client {
    pub(super) fn new(address: &str, key: &str) -> Self {
        Self { address: address.to_owned(), bearer: format!("Bearer {key}"), connection: None }
    }

    /// An answer, or none if there was none.
    fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> Option<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.address).ok()?,
        };
        let headers = [("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        connection.send(method, path, &headers, body).ok()?;
        let answer = connection.answer().ok()?;
        self.connection = Some(connection);
        Some(answer)
    }

    /// What a call of the API answered, if all went well.
    pub(super) fn post(&mut self, path: &str, body: &Value) -> Option<Value> {
        let answer = self.ask("POST", &format!("{API}{path}"), body.to_string().as_bytes())?;
        if answer.status == 200 { serde_json::from_slice(&answer.body).ok() } else { None }
    }

    /// What a page says, if it is there.
    pub(super) fn get(&mut self, path: &str) -> Option<Value> {
        let answer = self.ask("GET", path, b"")?;
        if answer.status == 200 { serde_json::from_slice(&answer.body).ok() } else { None }
    }
}

/// How many calls were answered: a kill waits for some of them, however slow the machine is.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(Arc<AtomicUsize>);

impl Answers {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until there are so many, or a minute.
    pub(super) fn wait_for(&self, count: usize) {
        eventually(Duration::from_secs(60), || self.0.load(Ordering::Relaxed) >= count);
    }
}

/// A run, and where its artifacts are.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: String,
    experiment: String,
}

impl Run {
    pub(super) fn artifacts(&self) -> String {
        format!("{}/{}/artifacts", self.experiment, self.id)
    }
}

/// A new run of the default experiment.
pub(super) fn new_run(client: &mut Client) -> Option<Run> {
    let made = client.post("runs/create", &json!({ "experiment_id": "0", "start_time": 1 }))?;
    let info = |name: &str| made.pointer("/run/info")?.get(name)?.as_str().map(str::to_owned);
    Some(Run { id: info("run_id")?, experiment: info("experiment_id")? })
}

/// Uploads an artifact and returns the status, if there was an answer.
pub(super) fn upload(client: &mut Client, path: &str, bytes: &[u8]) -> Option<u16> {
    Some(client.ask("PUT", &format!("{FILES}{path}"), bytes)?.status)
}

/// What one client was answered: turns that are whole, by the run.
#[derive(Debug)]
struct Logged {
    run: Run,
    /// The last turn that was answered; all before were.
    answered: u64,
}

fn run(plan: &Plan) -> Outcome<Seen> {
    let (mut chance, seed) = Chance::seeded();
    let mut world = World::new(Setting::default())?;
    let key = world.installation.new_key_with(&["--can", "track"])?;
    let rounds = plan.choose(30, 4);
    let (mut idle_kib, mut peak_kib, mut logged, mut cut_off) = (0, 0, Vec::<Logged>::new(), 0);
    for round in 0..rounds {
        let failed = |reason: String| format!("round {round} of seed {seed}: {reason}");
        let live = world.start().map_err(failed)?;
        let address = live.server.admin_address.clone();
        let answers = Answers::default();
        let clients = (0..CLIENTS).map(|_| {
            let (client, answers) = (Client::new(&address, &key), answers.clone());
            thread::spawn(move || load(client, &answers))
        });
        let clients: Vec<_> = clients.collect();
        answers.wait_for(30 + chance.below(120));
        thread::sleep(Duration::from_micros(chance.below(20_000) as u64));
        let seen = live.seen(Vec::new())?;
        (idle_kib, peak_kib) = (seen.idle_kib, peak_kib.max(seen.peak_kib));
        world = live.world;
        live.server.kill()?;
        let mut new = Vec::new();
        for client in clients {
            new.extend(client.join().map_err(|_| failed("a client of the trial failed".to_owned()))?);
        }
        // The next server is asked about all that was logged till now.
        let live = world.start().map_err(failed)?;
        let mut client = Client::new(&live.server.admin_address, &key);
        for one in &new {
            cut_off += usize::from(check(&mut client, one).map_err(failed)?);
        }
        logged.extend(new);
        world = live.world;
        live.server.kill()?;
    }
    let live = world.start()?;
    let mut client = Client::new(&live.server.admin_address, &key);
    for one in &logged {
        check(&mut client, one)?;
    }
    let answered: u64 = logged.iter().map(|one| one.answered).sum();
    if answered < 20 * rounds as u64 {
        return Err(format!("only {answered} things were logged (seed {seed})"));
    }
    live.world.verify()?;
    live.server.stop()?;
    let notes = vec![format!(
        "{} kills, {} runs, {answered} calls answered, none lost; {cut_off} further calls were committed, each whole",
        2 * rounds,
        logged.len()
    )];
    Ok(Seen { idle_kib, peak_kib, notes })
}

/// Logs one thing after the other until the server is gone. What is logged in a turn follows from its number.
fn load(mut client: Client, answers: &Answers) -> Option<Logged> {
    let run = new_run(&mut client)?;
    let mut logged = Logged { run, answered: 0 };
    for turn in 1_u64.. {
        let id = &logged.run.id;
        let is_answered = match turn % 5 {
            0 => upload(&mut client, &artifact(&logged.run, turn), &content(turn)) == Some(200),
            1 => {
                let body = json!({ "run_id": id, "key": "loss", "value": turn, "timestamp": turn, "step": turn });
                client.post("runs/log-metric", &body).is_some()
            }
            2 => {
                let body = json!({ "run_id": id, "key": format!("p{turn}"), "value": turn.to_string() });
                client.post("runs/log-parameter", &body).is_some()
            }
            3 => {
                let body = json!({ "run_id": id, "key": format!("t{turn}"), "value": turn.to_string() });
                client.post("runs/set-tag", &body).is_some()
            }
            _ => {
                let params: Vec<Value> =
                    (0..BATCH).map(|n| json!({ "key": format!("b{turn}.{n}"), "value": "v" })).collect();
                let metrics: Vec<Value> = (0..BATCH)
                    .map(|n| json!({ "key": format!("b{turn}"), "value": n, "timestamp": n, "step": n }))
                    .collect();
                let body = json!({ "run_id": id, "params": params, "metrics": metrics });
                client.post("runs/log-batch", &body).is_some()
            }
        };
        if !is_answered {
            break;
        }
        logged.answered = turn;
        answers.add();
    }
    Some(logged)
}

fn artifact(run: &Run, turn: u64) -> String {
    format!("{}/f{turn}.bin", run.artifacts())
}

fn content(turn: u64) -> Vec<u8> {
    (0..ARTIFACT_BYTES as u64).map(|n| (n.wrapping_mul(turn + 7) >> 3) as u8).collect()
}

/// The list at a place of an answer; protobuf leaves empty ones out.
pub(super) fn list<'a>(answer: &'a Value, pointer: &str) -> &'a [Value] {
    answer.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// How many values a metric has.
fn history(client: &mut Client, run: &str, key: &str) -> u64 {
    let found = client.get(&format!("{API}metrics/get-history?run_id={run}&metric_key={key}"));
    found.and_then(|found| Some(found.get("metrics")?.as_array()?.len() as u64)).unwrap_or_default()
}

/// Holds what is there against what was answered, and says whether the turn that was not answered is there as well.
fn check(client: &mut Client, logged: &Logged) -> Outcome<bool> {
    let Logged { run, answered } = logged;
    let id = &run.id;
    let shown = client.get(&format!("{API}runs/get?run_id={id}")).ok_or_else(|| format!("run {id} is lost"))?;
    let values = |pointer: &str| -> BTreeMap<String, Value> {
        let pair = |pair: &Value| Some((pair.get("key")?.as_str()?.to_owned(), pair.get("value")?.clone()));
        list(&shown, pointer).iter().filter_map(pair).collect()
    };
    let (params, tags) = (values("/run/data/params"), values("/run/data/tags"));
    let losses = history(client, id, "loss");
    let mut is_further_there = false;
    for turn in 1..=answered + 1 {
        let text = Value::from(turn.to_string());
        let is_there = match turn % 5 {
            0 => {
                let path = artifact(run, turn);
                let answer = client.ask("GET", &format!("{FILES}{path}"), b"").ok_or("no answer for an artifact")?;
                if answer.status == 200 && answer.body != content(turn) {
                    return Err(format!("artifact {path} is there by half: {} bytes", answer.body.len()));
                }
                answer.status == 200
            }
            1 => losses > turn / 5,
            2 => params.get(&format!("p{turn}")) == Some(&text),
            3 => tags.get(&format!("t{turn}")) == Some(&text),
            _ => {
                let kept = (0..BATCH).filter(|n| params.contains_key(&format!("b{turn}.{n}"))).count() as u64;
                let measured = history(client, id, &format!("b{turn}"));
                if kept != measured || (kept != 0 && kept != BATCH) {
                    return Err(format!(
                        "batch {turn} of run {id} is there by half: {kept} params, {measured} metrics"
                    ));
                }
                kept == BATCH
            }
        };
        if turn > *answered {
            is_further_there = is_there;
        } else if !is_there {
            return Err(format!("turn {turn} of run {id} was answered and is not there"));
        }
    }
    Ok(is_further_there)
}
