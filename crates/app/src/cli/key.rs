//! `redoubt key`: who may call.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use redoubt_domain::seams::Clock;
use redoubt_domain::{Capabilities, Capability, TenantId, Timestamp, UserId};
use redoubt_gateway::admit::{Allowance, KeyRecord, KeyTerms, Keyring, NewKey};
use serde_json::{Value, json};

use super::{Context, Failure};
use crate::home::{SystemClock, SystemEntropy};
use crate::output;
use crate::table::TextTable;

/// Make, list, rotate and revoke virtual keys.
#[derive(Debug, Args)]
pub(super) struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key. Its text is shown once and cannot be had again.
    Create(Create),
    /// List the keys; their texts are not known here.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give a key another text; the old one stops working within seconds.
    Rotate {
        /// The key's id, as in `key_1f2e…`.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a key invalid for ever.
    Revoke {
        /// The key's id, as in `key_1f2e…`.
        id: String,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// Whose requests these are; tenants never see each other's data.
    #[arg(long, default_value = "default", value_parser = tenant)]
    tenant: TenantId,
    /// What people call the key.
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// Days until it stops working.
    #[arg(long, value_name = "N")]
    expires_in_days: Option<u32>,
    /// A model it may name; may be given several times; every model, if left out.
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// What it may do; may be given several times; ask models and nothing else, if left out.
    #[arg(long = "can", value_name = "WHAT", value_parser = capability, help = can_help())]
    can: Vec<Capability>,
    /// The person it is for, such as a mail address: who has several keys is one person. Keys that register or approve
    /// models must have one.
    #[arg(long, value_name = "NAME", value_parser = owner)]
    owner: Option<UserId>,
    /// Requests in each minute.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// Tokens in each minute.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    tokens: Option<u64>,
    /// Requests being served at one time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrent: Option<u32>,
    /// US dollars in each thirty days.
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    budget: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn capability(text: &str) -> Result<Capability, String> {
    let names = || Capability::ALL.map(Capability::name).join(", ");
    Capability::parse(text).ok_or_else(|| format!("a key can {}", names()))
}

/// What each capability means, in the words that `--help` prints.
fn can_help() -> String {
    let words = |capability| match capability {
        Capability::Inference => "ask models",
        Capability::Track => "experiments, runs, artifacts",
        Capability::Register => "models and versions",
        Capability::Approve => "approve promotions",
    };
    let each = Capability::ALL.map(|capability| format!("{} ({})", capability.name(), words(capability)));
    format!("What it may do, several times; `inference` if left out: {}", each.join(", "))
}

fn owner(text: &str) -> Result<UserId, String> {
    UserId::parse(text).map_err(|error| error.to_string())
}

fn tenant(text: &str) -> Result<TenantId, String> {
    TenantId::parse(text).map_err(|error| error.to_string())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range has been checked")]
fn dollars(text: &str) -> Result<u64, String> {
    let dollars: f64 = text.parse().map_err(|_| "expected an amount in US dollars".to_owned())?;
    if (0.0..=1e12).contains(&dollars) { Ok((dollars * 1e6).round() as u64) } else { Err("out of range".to_owned()) }
}

impl Key {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let home = match self.action {
            Action::Create(_) => context.open_home()?,
            Action::List { .. } | Action::Rotate { .. } | Action::Revoke { .. } => context.existing_home()?,
        };
        let (master, entropy) = (home.master()?, SystemEntropy);
        super::runtime()?.block_on(async {
            let records = redoubt_store::open_records(home.path()).await?;
            let actor = "command line";
            let keyring = Keyring { records: records.as_ref(), entropy: &entropy, master: &master, actor };
            let now = SystemClock.now();
            match self.action {
                Action::Create(create) => {
                    let as_json = create.json;
                    let new = keyring.create(create.terms(now)?, now).await?;
                    super::deliver(&home).await?;
                    show(&new, as_json);
                }
                Action::List { json } => {
                    let mut keys = keyring.list().await?;
                    keys.sort_by(|(_, a), (_, b)| (a.created, &a.name).cmp(&(b.created, &b.name)));
                    list(&keys, json);
                }
                Action::Rotate { id, json } => match keyring.rotate(&id, now).await? {
                    Some(new) => {
                        super::deliver(&home).await?;
                        show(&new, json);
                    }
                    None => return Err(unknown(&id)),
                },
                Action::Revoke { id } => {
                    if !keyring.revoke(&id, now).await? {
                        return Err(unknown(&id));
                    }
                    super::deliver(&home).await?;
                    output::line(format!("{id} is revoked; a server that runs refuses it within a second"));
                }
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl Create {
    fn terms(self, now: Timestamp) -> Result<KeyTerms, Failure> {
        let Self { tenant, name, expires_in_days, models, can, owner, requests, tokens, concurrent, budget, json: _ } =
            self;
        let of_people = can.iter().find(|can| matches!(can, Capability::Register | Capability::Approve));
        if let (Some(can), None) = (of_people, &owner) {
            let words = format!(
                "a key that can {} models must have an owner: nobody approves what the same person registered",
                can.name()
            );
            return Err(Failure::usage(words).next("say whose key it is, as in `--owner ann@example.org`"));
        }
        Ok(KeyTerms {
            tenant,
            name,
            expires: expires_in_days.map(|days| now.plus(Duration::from_secs(u64::from(days) * 86_400))),
            models,
            allowance: Allowance { requests, tokens, concurrent, budget_micros: budget, budget_seconds: None },
            capabilities: if can.is_empty() { Capabilities::default() } else { can.into_iter().collect() },
            owner,
        })
    }
}

fn unknown(id: &str) -> Failure {
    Failure::check(format!("there is no key with the id `{}`", redacted(id)))
        .next("`redoubt key list` shows the ids; a key's text is not its id")
}

/// The id as it was given, unless it is the text of a key: that must not end up in a scrollback.
fn redacted(id: &str) -> &str {
    if id.starts_with("rdt_") { "rdt_…" } else { id }
}

fn show(new: &NewKey, as_json: bool) {
    let NewKey { id, text } = new;
    if as_json {
        output::json(&json!({ "id": id.as_str(), "key": text.expose() }));
    } else {
        output::line(text.expose());
        output::note(format!(
            "this is {id}; its text is shown this once and cannot be had again\n\
             a server that runs knows it within a second"
        ));
    }
}

fn list(keys: &[(String, KeyRecord)], as_json: bool) {
    if as_json {
        let keys: Vec<Value> = keys.iter().map(|(id, record)| row(id, record)).collect();
        output::json(&Value::Array(keys));
        return;
    }
    if keys.is_empty() {
        output::note("no keys yet; `redoubt key create` makes one");
        return;
    }
    let mut table =
        TextTable::new(&[("id", 24), ("tenant", 24), ("name", 24), ("created", 20), ("expires", 20), ("limits", 48)]);
    let date = |seconds: u64| {
        Timestamp::from_micros(seconds.saturating_mul(1_000_000)).to_string().chars().take(10).collect::<String>()
    };
    for (id, record) in keys {
        let KeyRecord { v: _, tenant, name, hash: _, created, expires, models, allowance, can, owner } = record;
        let mut limits: Vec<String> = Vec::new();
        limits.extend(
            allowance.requests.map(|n| format!("{n} {} a minute", if n == 1 { "request" } else { "requests" })),
        );
        limits.extend(allowance.tokens.map(|n| format!("{n} {} a minute", if n == 1 { "token" } else { "tokens" })));
        limits.extend(allowance.concurrent.map(|n| format!("{n} at once")));
        limits.extend(allowance.budget_micros.map(|n| format!("{} in 30 days", money(n))));
        if !can.is_empty() {
            limits.push(format!("for {}", can.join(", ")));
        }
        limits.extend(owner.as_ref().map(|owner| format!("of {}", output::shown(owner))));
        if !models.is_empty() {
            limits.push(format!("only {}", models.join(" ")));
        }
        let expires = expires.map_or_else(|| "never".to_owned(), date);
        table.row(vec![id.clone(), tenant.clone(), name.clone(), date(*created), expires, limits.join(", ")]);
    }
    output::line(table.render(output::width()).trim_end());
}

/// Dollars and cents; smaller parts only where there are some.
fn money(micros: u64) -> String {
    let exact = redoubt_domain::Money::from_micros(micros).to_string();
    exact.strip_suffix("0000").map(str::to_owned).unwrap_or(exact)
}

fn row(id: &str, record: &KeyRecord) -> Value {
    let KeyRecord { v: _, tenant, name, hash: _, created, expires, models, allowance, can: _, owner } = record;
    let can: Vec<&str> = record.capabilities().iter().map(Capability::name).collect();
    json!({
        "id": id, "tenant": tenant, "name": name, "created": created, "expires": expires, "models": models,
        "allowance": allowance, "can": can, "owner": owner,
    })
}
