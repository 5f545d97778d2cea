//! Experiments, runs and logged models in a SQLite file of their own: real tables and indices, so that what a request
//! costs does not grow with what is stored.
//!
//! Reads go to a pool, writes to one task that commits together what waits ([`writer`]). Every statement that a
//! request causes names its tenant, or a row that was found under it.

pub(crate) mod experiments;
pub(crate) mod inputs;
pub(crate) mod logged_models;
pub(crate) mod metrics;
pub(crate) mod runs;
pub(crate) mod seals;
mod writer;

use std::path::Path;
use std::time::Duration;

use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Executor as _, Row as _, Sqlite};
use thiserror::Error;

use crate::problem::Problem;
use crate::settings::Durability;
use writer::Writer;
pub(crate) use writer::{Written, boxed};

/// The layout written here, as SQLite's `user_version`.
const VERSION: i64 = 1;

/// Why the store cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// SQLite refused.
    #[error("cannot open the store of experiments")]
    Sql(#[from] sqlx::Error),
    /// The folder cannot be made.
    #[error("cannot make the folder of artifacts")]
    Folder(#[from] std::io::Error),
    /// A later version of this program wrote it.
    #[error("the store of experiments has layout {found}, this program knows {VERSION}; use the newer program")]
    Version {
        /// The layout that was found.
        found: i64,
    },
}

/// The store.
#[derive(Debug)]
pub(crate) struct Store {
    readers: SqlitePool,
    writer: Writer,
}

impl Store {
    pub(crate) async fn open(path: &Path, durability: Durability) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL, a commit is in the system's hands when it is answered, so killing this process loses nothing; only
            // with FULL does it wait for the disk. Keys are kept elsewhere, with more care.
            .synchronous(match durability {
                Durability::Process => SqliteSynchronous::Normal,
                Durability::Power => SqliteSynchronous::Full,
            })
            .foreign_keys(false)
            // Pages of the log between two times that it is copied into the table. Metrics that come one after the other
            // change the same pages, so four times SQLite's own number means a quarter of the waits for the disk; the log
            // takes 16 MiB then.
            .pragma("wal_autocheckpoint", "4000")
            .busy_timeout(Duration::from_secs(10));
        let mut connection = options.clone().pragma("cache_size", "-4096").connect().await?;
        let row = connection.fetch_one("PRAGMA user_version").await?;
        let found: i64 = row.try_get(0)?;
        if found > VERSION {
            return Err(OpenError::Version { found });
        }
        connection.execute(include_str!("schema.sql")).await?;
        let readers = options.pragma("cache_size", "-1024").pragma("query_only", "ON");
        let readers = SqlitePoolOptions::new().max_connections(4).connect_lazy_with(readers);
        Ok(Self { readers, writer: Writer::start(connection) })
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Runs a query that is whole by itself, if nobody else is writing, as [`Writer::at_once`].
    pub(crate) async fn at_once(
        &self,
        query: Query<'_, Sqlite, SqliteArguments>,
    ) -> Option<Result<Vec<SqliteRow>, sqlx::Error>> {
        self.writer.at_once(query).await
    }

    /// Does `work` alone on the one connection that writes, and returns its answer once it is committed. If it fails,
    /// nothing of it stays.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut sqlx::SqliteConnection) -> Written<'c, T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.writer.write(work).await
    }
}
