//! Records in SQLite.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redoubt_domain::seams::{Change, Record, RecordError, Records};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Executor as _, QueryBuilder, Row as _, Sqlite, SqliteExecutor};

use crate::OpenError;

/// The layout written here, as SQLite's `user_version`.
const VERSION: i64 = 1;

/// Records in a SQLite file. Several processes may have it open.
#[derive(Debug)]
pub(crate) struct SqliteRecords(SqlitePool);

impl SqliteRecords {
    pub(crate) async fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source: sqlx::Error| OpenError::Part { part: "records", source: source.into() };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL, NORMAL may lose the last commits in a power cut: a revoked key would work again.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            // A destroyed payload key must not be found in free pages.
            .pragma("secure_delete", "ON")
            // KiB for each connection, a quarter of SQLite's own: most rows are written once and not read again, and
            // the system keeps the file's pages anyway.
            .pragma("cache_size", "-512");
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.map_err(failed)?;
        let row = pool.fetch_one("PRAGMA user_version").await.map_err(failed)?;
        let found: i64 = row.try_get(0).map_err(failed)?;
        if found > VERSION {
            return Err(OpenError::Version { found, known: VERSION });
        }
        // With row ids, so that values are added at the end of the table and only a small index is written all over:
        // the digests of payloads are random. Files from before lie WITHOUT ROWID and work as they did.
        pool.execute(
            "CREATE TABLE IF NOT EXISTS records (
                 kind    TEXT    NOT NULL,
                 id      TEXT    NOT NULL,
                 version INTEGER NOT NULL,
                 value   BLOB    NOT NULL,
                 PRIMARY KEY (kind, id)
             ) STRICT;
             PRAGMA user_version = 1;",
        )
        .await
        .map_err(failed)?;
        Ok(Self(pool))
    }

    /// A removed value would live on in the write-ahead log until that is next emptied. If a reader is in the way this
    /// does nothing, and the next removal or checkpoint does it.
    async fn forget_removed(&self) -> Result<(), RecordError> {
        self.0.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.map_err(failed("delete")).map(drop)
    }
}

async fn put(
    on: impl SqliteExecutor<'_>,
    kind: &str,
    id: &str,
    expected: Option<u64>,
    value: &[u8],
) -> Result<(), RecordError> {
    let query = match expected {
        None => {
            sqlx::query("INSERT INTO records (kind, id, version, value) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING")
                .bind(kind)
                .bind(id)
                .bind(value)
        }
        Some(version) => {
            sqlx::query("UPDATE records SET value = ?, version = version + 1 WHERE kind = ? AND id = ? AND version = ?")
                .bind(value)
                .bind(kind)
                .bind(id)
                .bind(signed(version))
        }
    };
    let done = query.execute(on).await.map_err(failed("write"))?;
    if done.rows_affected() == 0 { Err(conflict(kind, id)) } else { Ok(()) }
}

async fn delete(on: impl SqliteExecutor<'_>, kind: &str, id: &str, expected: u64) -> Result<(), RecordError> {
    let query = sqlx::query("DELETE FROM records WHERE kind = ? AND id = ? AND version = ?")
        .bind(kind)
        .bind(id)
        .bind(signed(expected));
    let done = query.execute(on).await.map_err(failed("delete"))?;
    if done.rows_affected() == 0 { Err(conflict(kind, id)) } else { Ok(()) }
}

async fn absent(on: impl SqliteExecutor<'_>, kind: &str, id: &str) -> Result<(), RecordError> {
    let query = sqlx::query("SELECT 1 FROM records WHERE kind = ? AND id = ?").bind(kind).bind(id);
    let found = query.fetch_optional(on).await.map_err(failed("read"))?;
    if found.is_some() { Err(conflict(kind, id)) } else { Ok(()) }
}

fn failed(operation: &'static str) -> impl Fn(sqlx::Error) -> RecordError {
    move |source| RecordError::Store { operation, source: source.into() }
}

fn conflict(kind: &str, id: &str) -> RecordError {
    RecordError::Conflict { kind: kind.to_owned(), id: id.to_owned() }
}

/// SQLite counts in signed numbers; no record is written 2^63 times.
fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// How many of the first `rows` go into one statement. A statement costs a message to SQLite's thread, so many do; but
/// only as many as a power of two, so that there are few statements to prepare, and only as much as the system's
/// allocator does not give back to the system each time.
fn together(rows: &[(String, Bytes)]) -> usize {
    const ROWS_MAX: usize = 128;
    const BYTES_MAX: usize = 48 << 10;
    let mut bytes = 0;
    let fits = |(_, value): &&(String, Bytes)| {
        bytes += value.len();
        bytes <= BYTES_MAX
    };
    let count = rows.iter().take(ROWS_MAX).take_while(fits).count().max(1);
    1 << count.ilog2()
}

fn record(row: &SqliteRow) -> Result<Record, sqlx::Error> {
    let version: i64 = row.try_get(1)?;
    let value: Vec<u8> = row.try_get(2)?;
    Ok(Record { id: row.try_get(0)?, version: u64::try_from(version).unwrap_or(0), value: value.into() })
}

#[async_trait]
impl Records for SqliteRecords {
    async fn get(&self, kind: &str, id: &str) -> Result<Option<Record>, RecordError> {
        let query = sqlx::query("SELECT id, version, value FROM records WHERE kind = ? AND id = ?").bind(kind).bind(id);
        let row = query.fetch_optional(&self.0).await.map_err(failed("read"))?;
        row.as_ref().map(record).transpose().map_err(failed("read"))
    }

    async fn put_if(&self, kind: &str, id: &str, expected: Option<u64>, value: Bytes) -> Result<u64, RecordError> {
        // One statement: SQLite runs it alone, so nobody can come between the check and the change.
        put(&self.0, kind, id, expected, &value).await?;
        Ok(expected.unwrap_or(0) + 1)
    }

    async fn insert_all(&self, kind: &str, rows: Vec<(String, Bytes)>) -> Result<(), RecordError> {
        // Takes the write lock at once: a transaction that began as a reader could not wait for it.
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await.map_err(failed("write"))?;
        let mut rows = rows.as_slice();
        while !rows.is_empty() {
            let (statement, rest) = rows.split_at(together(rows));
            rows = rest;
            let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO records (kind, id, version, value) ");
            insert.push_values(statement, |mut row, (id, value)| {
                row.push_bind(kind).push_bind(id).push_bind(1_i64).push_bind(value.as_ref());
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed("write"))?;
        }
        transaction.commit().await.map_err(failed("write"))
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), RecordError> {
        if changes.is_empty() {
            return Ok(());
        }
        let is_removing = changes.iter().any(|change| change.expected.is_some() && change.value.is_none());
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await.map_err(failed("write"))?;
        for Change { kind, id, expected, value } in changes {
            match (expected, value) {
                (expected, Some(value)) => put(&mut *transaction, kind, &id, expected, &value).await?,
                (Some(expected), None) => delete(&mut *transaction, kind, &id, expected).await?,
                (None, None) => absent(&mut *transaction, kind, &id).await?,
            }
        }
        transaction.commit().await.map_err(failed("write"))?;
        if is_removing { self.forget_removed().await } else { Ok(()) }
    }

    async fn delete_if(&self, kind: &str, id: &str, expected: u64) -> Result<(), RecordError> {
        delete(&self.0, kind, id, expected).await?;
        self.forget_removed().await
    }

    async fn scan(&self, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<Record>, RecordError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let query = match after {
            None => sqlx::query("SELECT id, version, value FROM records WHERE kind = ? ORDER BY id LIMIT ?").bind(kind),
            Some(after) => {
                sqlx::query("SELECT id, version, value FROM records WHERE kind = ? AND id > ? ORDER BY id LIMIT ?")
                    .bind(kind)
                    .bind(after)
            }
        };
        let rows = query.bind(limit).fetch_all(&self.0).await.map_err(failed("list"))?;
        rows.iter().map(record).collect::<Result<_, _>>().map_err(failed("list"))
    }
}

#[cfg(test)]
mod tests {
    use redoubt_domain::conformance;

    use super::*;

    #[tokio::test]
    async fn a_file_whose_values_lie_in_the_index_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("records.sqlite");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let old = SqlitePoolOptions::new().connect_with(options).await.unwrap();
        old.execute(
            "CREATE TABLE records (kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,
             PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID; PRAGMA user_version = 1;
             INSERT INTO records VALUES ('key', 'old', 3, x'07');",
        )
        .await
        .unwrap();
        old.close().await;
        let records = SqliteRecords::open(&path).await.unwrap();
        let found = records.get("key", "old").await.unwrap().unwrap();
        assert_eq!((found.version, found.value.as_ref()), (3, &[7][..]));
        records.delete_if("key", "old", 3).await.unwrap();
        conformance::records(&records).await;
    }

    #[tokio::test]
    async fn many_rows_of_all_sizes_are_inserted() {
        let directory = tempfile::tempdir().unwrap();
        let records = SqliteRecords::open(&directory.path().join("records.sqlite")).await.unwrap();
        let rows = (0..301_usize).map(|n| (format!("{n:04}"), Bytes::from(vec![7; (n % 7) * 11_000])));
        records.insert_all("blob", rows.clone().collect()).await.unwrap();
        let found = records.scan("blob", None, 1_000).await.unwrap();
        assert!(found.iter().map(|record| (record.id.clone(), record.value.clone())).eq(rows));
    }
}
