//! The gates of an installation: those that its configuration sets, wherever a command is run.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use redoubt_audit::{EventEntry, EventKind};
use redoubt_domain::seams::{Change, Clock, RecordError, Records};
use redoubt_gateway::outbox;
use redoubt_models::sign::sha256;
use redoubt_registry::Policy;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::home::{SystemClock, SystemEntropy};

/// The record that says which configuration set the gates last.
const RECORD: (&str, &str) = ("registry-gates", "last");

/// Why the gates are not known.
#[derive(Debug, Error)]
pub(crate) enum GatesError {
    /// They were set by a configuration that is not here: the default ones may ask for less.
    #[error(
        "the gates of this installation are set by `{}`, and there is no `{}`; name the configuration with `--config`",
        by.display(),
        missing.display()
    )]
    Elsewhere {
        /// The configuration that set them.
        by: PathBuf,
        /// The one that was looked for.
        missing: PathBuf,
    },
    /// The records cannot be used.
    #[error(transparent)]
    Records(#[from] RecordError),
    /// The record of the gates is of another form.
    #[error("the record of the gates is damaged, or a later version wrote it")]
    Damaged,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    v: u16,
    /// The file that set them.
    by: PathBuf,
    /// The digest of what it said.
    sha256: String,
}

/// The gates that hold: those of the configuration at `path`, and the default ones only where none ever set others. A
/// change is an event of the audit log.
pub(crate) async fn settle(
    records: &dyn Records,
    path: &Path,
    configured: Option<Policy>,
    actor: &str,
) -> Result<Policy, GatesError> {
    let (kind, id) = RECORD;
    let held = records.get(kind, id).await?;
    let row = held.as_ref().map(|record| serde_json::from_slice::<Row>(&record.value)).transpose();
    let row = row.map_err(|_| GatesError::Damaged)?;
    let Some(policy) = configured else {
        let default = Policy::default();
        return match row {
            Some(row) if row.sha256 != digest(&default) => {
                Err(GatesError::Elsewhere { by: row.by, missing: path.to_owned() })
            }
            _ => Ok(default),
        };
    };
    let known = row.map_or_else(|| digest(&Policy::default()), |row| row.sha256);
    let now = digest(&policy);
    if known != now {
        let by = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let event = EventEntry {
            kind: EventKind::GatesChanged,
            time: SystemClock.now(),
            actor: actor.to_owned(),
            subject: by.display().to_string(),
            detail: format!("sha256 {now}"),
        };
        let row = serde_json::to_vec(&Row { v: 1, by, sha256: now }).map_err(|_| GatesError::Damaged)?;
        let change = Change::put(kind, id, held.map(|record| record.version), Bytes::from(row));
        records.apply(vec![change, outbox::change(event, &SystemEntropy)]).await?;
    }
    Ok(policy)
}

/// Maps and sets print in order, so equal gates have equal texts.
fn digest(policy: &Policy) -> String {
    sha256(format!("{policy:?}").as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[tokio::test]
    async fn gates_that_were_set_hold_where_their_configuration_is_not() {
        let stores = redoubt_store::open_location("memory:").await.unwrap();
        let records = stores.records.as_ref();
        let none = Policy::new(BTreeMap::new(), BTreeMap::new());
        let path = Path::new("/srv/redoubt.toml");
        let at = |configured| settle(records, path, configured, "command line");
        assert_eq!(at(None).await.unwrap(), Policy::default());
        assert_eq!(at(Some(Policy::default())).await.unwrap(), Policy::default());
        assert!(records.get(RECORD.0, RECORD.1).await.unwrap().is_none(), "nothing has changed");
        for _ in 0..2 {
            assert_eq!(at(Some(none.clone())).await.unwrap(), none);
            let held = records.get(RECORD.0, RECORD.1).await.unwrap().unwrap();
            assert_eq!(held.version, 1);
        }
        let refused = at(None).await.unwrap_err().to_string();
        assert!(refused.contains("set by `/srv/redoubt.toml`"), "{refused}");
        // Set back to what holds by default, they hold without a file again.
        at(Some(Policy::default())).await.unwrap();
        assert_eq!(at(None).await.unwrap(), Policy::default());
    }
}
