//! `redoubt pipeline watch`: runs pipelines when their triggers fire.

use std::collections::BTreeMap;
use std::fs::{File as SystemFile, create_dir_all};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;
use redoubt_domain::seams::Clock;
use redoubt_learn::drift::Decision;
use redoubt_pipeline::{
    Digest, Facts, Format, Memory, On, Pipeline, ProductKind, Shelf, Table, Trigger, baseline_from_json, compare,
};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use super::super::{Context, Failure};
use super::{File, Stored, perform};
use crate::home::SystemClock;
use crate::output::{self, BAD, CHANGED, FAINT, paint};
use crate::shelf::{self, DiskShelf, read_if};
use crate::table::TextTable;

/// How often it is asked whether to stop.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
pub(super) struct Watch {
    /// The pipeline files.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// How many seconds pass between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    poll: u64,
    /// Look once, run what fires, and end: for cron and timers of systemd.
    #[arg(long)]
    once: bool,
    /// Look once and say what would fire; nothing runs and nothing is remembered.
    #[arg(long)]
    dry_run: bool,
    /// The most threads; as many as there are processors, if left out.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Run programs without walls where the file says `sandbox = "none"`. They can do whatever you can.
    #[arg(long)]
    allow_unsandboxed: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was found of a trigger.
struct Look {
    pipeline: String,
    trigger: String,
    /// Why it fires.
    why: Option<String>,
    /// Why it cannot be told.
    unknown: Option<String>,
}

impl Watch {
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let home = context.open_home()?;
        let folder = home.path().join("pipelines");
        create_dir_all(&folder)?;
        // Two would run the same things twice.
        let lock = SystemFile::create(folder.join("watch.lock"))?;
        if !self.dry_run && lock.try_lock().is_err() {
            return Err(Failure::usage(format!("another `redoubt pipeline watch` uses {}", folder.display())));
        }
        let stops = Arc::new(AtomicBool::new(false));
        let runtime = super::super::runtime()?;
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let stops = Arc::clone(&stops);
            let mut signal = runtime.block_on(async { signal(kind) })?;
            runtime.spawn(async move {
                signal.recv().await;
                stops.store(true, Ordering::Relaxed);
            });
        }
        loop {
            let mut looks = Vec::new();
            for path in self.files.iter().take_while(|_| !stops.load(Ordering::Relaxed)) {
                match self.look(context, home.path(), path, &mut looks) {
                    // A file that is being edited is looked at again; whoever looks once must be told.
                    Err(failure) if !self.once && !self.dry_run => {
                        output::note(format!("{} {}: {}", paint(BAD, "error:"), path.display(), failure.words()));
                    }
                    outcome => outcome?,
                }
            }
            if self.once || self.dry_run {
                self.print(&looks);
                return Ok(ExitCode::SUCCESS);
            }
            for _ in 0..self.poll * 10 {
                if stops.load(Ordering::Relaxed) {
                    output::note("stopped");
                    return Ok(ExitCode::SUCCESS);
                }
                thread::sleep(LOOK);
            }
        }
    }

    /// Looks at each trigger of a file, and runs the pipeline once if any fires.
    fn look(&self, context: &Context, home: &Path, path: &Path, looks: &mut Vec<Look>) -> Result<(), Failure> {
        let file = File { file: path.to_owned(), set: Vec::new(), digest: None, json: self.json };
        let stored = Stored { file, store: None };
        let pipeline = stored.file.load()?;
        if pipeline.triggers.is_empty() {
            return Err(Failure::usage(format!("`{}` has no triggers", path.display()))
                .next("write `[triggers.NAME]` with `schedule`, `new_data`, `drift` or `feedback`"));
        }
        let shelf = stored.shelf(home);
        let memories_path = home.join("pipelines").join("triggers").join(format!("{}.json", pipeline.name));
        let mut memories = read_memories(&memories_path)?;
        let now = SystemClock.now().micros() / 1_000_000;
        let (mut seen, mut reasons) = (Vec::new(), Vec::new());
        for trigger in &pipeline.triggers {
            let memory = memories.get(&trigger.name).cloned().unwrap_or_default();
            let facts = facts(trigger, &pipeline, &shelf, now);
            let why = facts.as_ref().ok().and_then(|facts| trigger.fires(facts, &memory));
            let unknown = facts.as_ref().err().cloned();
            if let Some(reason) = &unknown {
                output::note(format!("{} {}.{}: {reason}", paint(CHANGED, "waits"), pipeline.name, trigger.name));
            }
            reasons.extend(why.clone().map(|why| format!("{}: {why}", trigger.name)));
            looks.push(Look { pipeline: pipeline.name.clone(), trigger: trigger.name.clone(), why, unknown });
            seen.extend(facts.ok().map(|facts| (trigger, facts, memory)));
        }
        if self.dry_run {
            return Ok(());
        }
        let fired = !reasons.is_empty();
        if fired {
            let why = paint(FAINT, &format!("({})", reasons.join("; ")));
            output::note(format!("{} {} {why}", paint(CHANGED, "fires"), pipeline.name));
            // What fails is told and not tried again until something changes; what was killed is.
            if let Err(failure) = perform(context, &stored, self.threads, self.allow_unsandboxed) {
                output::note(format!("{} {}: {}", paint(BAD, "error:"), pipeline.name, failure.words()));
                if self.once {
                    remember(&seen, &mut memories, &memories_path)?;
                    return Err(failure);
                }
            }
        }
        remember(&seen, &mut memories, &memories_path)
    }

    fn print(&self, looks: &[Look]) {
        if self.json {
            let all: Vec<Value> = looks
                .iter()
                .map(|look| {
                    let Look { pipeline, trigger, why, unknown } = look;
                    json!({ "pipeline": pipeline, "trigger": trigger, "fires": why.is_some(), "why": why, "unknown": unknown })
                })
                .collect();
            output::json(&json!({ "triggers": all }));
            return;
        }
        let mut table = TextTable::new(&[("pipeline", 24), ("trigger", 24), ("", 8), ("why", 60)]);
        for Look { pipeline, trigger, why, unknown } in looks {
            let word = if why.is_some() { "fires" } else { "waits" };
            let why = why.clone().or_else(|| unknown.clone()).unwrap_or_default();
            table.row(vec![pipeline.clone(), trigger.clone(), word.to_owned(), why]);
        }
        output::line(table.render(output::width()).trim_end());
    }
}

fn remember(
    seen: &[(&Trigger, Facts, Memory)],
    memories: &mut BTreeMap<String, Memory>,
    path: &Path,
) -> Result<(), Failure> {
    let before = memories.clone();
    for (trigger, facts, memory) in seen {
        let has_fired = trigger.fires(facts, memory).is_some();
        memories.insert(trigger.name.clone(), trigger.remember(facts, memory, has_fired));
    }
    if *memories != before {
        let all: BTreeMap<&str, Value> =
            memories.iter().map(|(name, memory)| (name.as_str(), memory.to_json())).collect();
        let value = json!({ "version": 1, "triggers": all });
        shelf::write(path, format!("{value:#}\n").as_bytes())?;
    }
    Ok(())
}

fn read_memories(path: &Path) -> Result<BTreeMap<String, Memory>, Failure> {
    let bytes = read_if(path)?.unwrap_or_default();
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let all = value.get("triggers").and_then(Value::as_object).into_iter().flatten();
    Ok(all.map(|(name, memory)| (name.clone(), Memory::from_json(memory))).collect())
}

/// How things are, as far as a trigger asks; the error says in words what is not there yet.
fn facts(trigger: &Trigger, pipeline: &Pipeline, shelf: &DiskShelf, now: u64) -> Result<Facts, String> {
    let mut facts = Facts { now, digest: None, rows: None, drifted: Vec::new() };
    let Some(data) = trigger.data() else { return Ok(facts) };
    let source = pipeline.data.iter().find(|source| source.name == data).ok_or("there is no such data set")?;
    let bytes = shelf.source(source).map_err(|error| error.to_string())?;
    facts.digest = Some(Digest::of(&bytes).as_str().to_owned());
    let table = || match source.format {
        Format::Csv => Table::from_csv(&bytes, &source.reading),
        Format::JsonLines => Table::from_json_lines(&bytes, &source.reading),
    };
    match &trigger.on {
        On::Schedule(_) | On::NewData { .. } => {}
        On::Feedback { .. } => {
            facts.rows = Some(table().map_err(|error| error.to_string())?.rows() as u64);
        }
        On::Drift { baseline, settings, .. } => {
            let record = shelf.last(&pipeline.name, baseline).map_err(|error| error.to_string())?;
            let record = record.ok_or_else(|| format!("`{baseline}` has not run yet, so there is no baseline"))?;
            let kept = record.products.iter().find(|kept| kept.kind == ProductKind::Report);
            let kept = kept.ok_or_else(|| format!("`{baseline}` makes no baseline"))?;
            let bytes = shelf.fetch(&kept.digest).map_err(|error| error.to_string())?.unwrap_or_default();
            let known = serde_json::from_slice(&bytes).ok().as_ref().and_then(baseline_from_json);
            let known = known.ok_or_else(|| format!("what `{baseline}` made is no baseline, or was changed"))?;
            let table = table().map_err(|error| error.to_string())?;
            let columns = compare(&known, &table, settings).map_err(|error| error.to_string())?;
            let has_changed = |decision| matches!(decision, Decision::Drifted | Decision::Gone | Decision::KindChanged);
            let drifted = columns.into_iter().filter(|column| has_changed(column.decision));
            facts.drifted = drifted.map(|column| column.name).collect();
        }
    }
    Ok(facts)
}
