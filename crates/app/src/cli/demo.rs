//! `redoubt demo`: the tour.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use redoubt_audit::Report;
use redoubt_domain::seams::Clock;
use redoubt_domain::{Capabilities, RequestId, Secret, TenantId};
use redoubt_gateway::admit::{Allowance, KeyTerms, Keyring};
use redoubt_store::Stores;
use serde_json::json;

use super::serve::Stop;
use super::{Context, Failure};
use crate::audit_log::AuditLog;
use crate::demo::{self, Client, Played};
use crate::home::{Home, SystemClock, SystemEntropy};
use crate::output::{self, TITLE, paint};
use crate::table::wrap;
use crate::{serve, telemetry};

/// Take the tour: real requests through a real gateway, nothing needed.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// End after the table: 0 only if each line came out as it must.
    #[arg(long)]
    once: bool,
    /// Port of the data plane; the admin plane takes the next; 0 for any free ports.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Print JSON instead of the table.
    #[arg(long)]
    json: bool,
}

/// How long requests in flight may take to finish at the end.
const PATIENCE: Duration = Duration::from_secs(10);

impl Demo {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let settings = demo::settings(self.port)?;
        let home = context.open_home()?;
        super::runtime()?.block_on(async {
            let _telemetry = telemetry::start(&settings.telemetry).map_err(Failure::usage)?;
            let mut stop = Stop::listen()?;
            let preparing = serve::prepare(settings);
            let stores = serve::open_stores(&home).await?;
            let keys = Keys::create(&home, &stores).await?;
            let running = serve::start(&home, &stores, preparing, None).await.map_err(|error| self.explain(error))?;
            let client = Client::new(running.data_address());
            let log = AuditLog::of(&home, &stores)?;

            let words = "Real requests through a real gateway. The model is not real: it is built in, obedient and \
                         leaky on purpose. µs is the time spent inside Redoubt.";
            output::note(wrap(words, output::width()).join("\n") + "\n");
            let mut played = Vec::new();
            for scene in demo::scenes() {
                let key = if scene.with_limited_key { &keys.limited } else { &keys.open };
                let reply = client.post(scene.path, &scene.body, key).await?;
                let model_saw = match reply.request {
                    Some(request) => sent_to_model(&log, request).await?,
                    None => None,
                };
                played.push(Played::judge(scene, reply, model_saw));
            }
            let report = settled(&log).await?;
            for played in &mut played {
                let Some(request) = played.request() else { continue };
                let answer = log.find(request).await?.and_then(|found| found.completion?.1.decision);
                if let Some(answer) = answer {
                    played.decided_answer(answer.action.name().to_owned());
                }
            }
            let ok = report.is_sound() && played.iter().all(|played| played.wrong().is_empty());
            if self.json {
                let lines: Vec<_> = played.iter().map(Played::to_json).collect();
                output::json(&json!({ "ok": ok, "lines": lines, "audit": crate::audit_log::summary(&report) }));
            } else {
                output::line(demo::table(&played));
                output::line("");
                output::line(crate::audit_log::words(&report));
            }
            let code = if ok { ExitCode::SUCCESS } else { ExitCode::from(1) };
            if !self.once {
                // The second scene: the one in which something was changed on its way.
                let example = played.get(1).and_then(Played::request);
                invite(&running, &keys.open, context, example);
                stop.wait().await;
                output::note("\nstopping");
            }
            running.drain(PATIENCE).await;
            Ok(if self.once { code } else { ExitCode::SUCCESS })
        })
    }

    fn explain(&self, error: serve::ServeError) -> Failure {
        let port = self.port;
        let taken = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
            .filter_map(|error| error.downcast_ref::<std::io::Error>())
            .any(|error| error.kind() == std::io::ErrorKind::AddrInUse);
        if taken {
            return Failure::usage(format!(
                "port {port} or the next is in use; choose another with `--port`, or 0 for any"
            ));
        }
        Failure::usage(error)
    }
}

/// The keys of the tour: one that may ask freely, and one that may ask once a minute.
struct Keys {
    open: Secret<String>,
    limited: Secret<String>,
}

impl Keys {
    async fn create(home: &Home, stores: &Stores) -> Result<Self, Failure> {
        let (master, entropy) = (home.master()?, SystemEntropy);
        let records = Arc::clone(&stores.records);
        let keyring = Keyring { records: records.as_ref(), entropy: &entropy, master: &master, actor: "demo" };
        let now = SystemClock.now();
        // The keys end with the tour's day: a forgotten one opens nothing for long.
        let expires = Some(now.plus(Duration::from_secs(86_400)));
        let terms = |name: &str, requests| -> Result<KeyTerms, Failure> {
            Ok(KeyTerms {
                tenant: TenantId::parse("demo")?,
                name: name.to_owned(),
                expires,
                models: Vec::new(),
                allowance: Allowance { requests, ..Allowance::default() },
                capabilities: Capabilities::default(),
                owner: None,
            })
        };
        let open = keyring.create(terms("demo", None)?, now).await?.text;
        let limited = keyring.create(terms("demo, one request a minute", Some(1))?, now).await?.text;
        Ok(Self { open, limited })
    }
}

/// What the upstream received, out of the sealed payloads of the audit log.
async fn sent_to_model(log: &AuditLog, request: RequestId) -> Result<Option<String>, Failure> {
    /// The payload is written beside the answer, not before it.
    const TRIES: u32 = 100;
    for _ in 0..TRIES {
        match log.find(request).await? {
            Some(found) if found.was_sent() => {
                if let Some(payload) = log.payload(&found).await? {
                    let sent = payload.request.and_then(|payload| payload.sent);
                    return Ok(sent.map(|body| String::from_utf8_lossy(&body).into_owned()));
                }
            }
            Some(_) => return Ok(None),
            // A request that was refused at the door leaves no request record.
            None => return Ok(None),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(None)
}

/// Checks the log once the last answers are recorded and under a checkpoint, which follows within moments.
async fn settled(log: &AuditLog) -> Result<Report, Failure> {
    const TRIES: u32 = 100;
    for _ in 0..TRIES {
        let report = log.verify().await?;
        if !report.is_sound() || (report.unpublished == 0 && report.open.is_empty()) {
            return Ok(report);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(log.verify().await?)
}

fn invite(running: &redoubt_gateway::Running, key: &Secret<String>, context: &Context, example: Option<RequestId>) {
    let (data, admin, key) = (running.data_address(), running.admin_address(), key.expose());
    let is_usual = context.home.as_os_str() == ".redoubt";
    let home = if is_usual { String::new() } else { format!(" --home {}", context.home.display()) };
    let model = redoubt_gateway::providers::demo::MODEL;
    let example = example.map_or_else(|| "ID".to_owned(), |id| id.to_string());
    let title = |text: &str| output::line(format!("\n{}", paint(TITLE, text)));
    title("Try it; this key works for a day:");
    output::line(format!(
        "\n  export REDOUBT_KEY={key}\n  \
         curl http://{data}/v1/chat/completions \\\n    \
         -H \"authorization: Bearer $REDOUBT_KEY\" -H 'content-type: application/json' \\\n    \
         -d '{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"user\", \"content\": \"My e-mail is ada@example.com\"}}]}}'"
    ));
    title("With any client of OpenAI or Anthropic, in Python, say:");
    output::line(format!(
        "\n  from openai import OpenAI\n  \
         client = OpenAI(base_url=\"http://{data}/v1\", api_key=\"{key}\")\n  \
         answer = client.chat.completions.create(\n      \
         model=\"{model}\", messages=[{{\"role\": \"user\", \"content\": \"My e-mail is ada@example.com\"}}])\n  \
         print(answer.choices[0].message.content)"
    ));
    title("In another terminal, what was recorded:");
    output::line(format!(
        "\n  redoubt{home} audit tail\n  \
         redoubt{home} audit show {example} --payload\n  \
         redoubt{home} audit verify\n  \
         curl http://{admin}/metrics"
    ));
    output::note("\nCtrl-C ends it.");
}
