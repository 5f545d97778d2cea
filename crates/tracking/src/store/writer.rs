//! The one task that writes. Whatever waits when it begins is committed together: a commit costs more than most of what
//! is in it, so many callers at once cost little more than one.

use std::pin::Pin;

use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::limits::{WRITES_TOGETHER_MAX, WRITES_WAITING_MAX};
use crate::problem::{Code, Problem};

/// Work on the connection that writes.
pub(crate) type Written<'c, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'c>>;

/// Puts work in a box.
pub(crate) fn boxed<'c, T>(work: impl Future<Output = Result<T, Problem>> + Send + 'c) -> Written<'c, T> {
    Box::pin(work)
}

/// Tells the caller, once it is known whether what its work did is committed.
type Tell = Box<dyn FnOnce(bool) + Send>;
type Job =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Pin<Box<dyn Future<Output = (bool, Tell)> + Send + 'c>> + Send>;

#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (sender, jobs) = mpsc::channel(WRITES_WAITING_MAX);
        tokio::spawn(run(connection, jobs));
        Self(sender)
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Written<'c, T> + Send + 'static,
    ) -> Result<T, Problem> {
        let gone = || Problem::new(Code::Unavailable, "the store of experiments is closed");
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let done = work(connection).await;
                let is_done = done.is_ok();
                let tell: Tell = Box::new(move |is_committed| {
                    let told = match done {
                        Ok(_) if !is_committed => {
                            Err(Problem::new(Code::Unavailable, "the store of experiments could not commit"))
                        }
                        done => done,
                    };
                    // Whoever asked may have gone away; what was done is done.
                    let _ = answer.send(told);
                });
                (is_done, tell)
            })
        });
        self.0.send(job).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn run(mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(WRITES_TOGETHER_MAX);
    while jobs.recv_many(&mut waiting, WRITES_TOGETHER_MAX).await > 0 {
        let (told, outcome) = commit(&mut connection, &mut waiting).await;
        if let Err(error) = &outcome {
            tracing::error!(error = error as &dyn std::error::Error, "experiments cannot be written");
            // A transaction that could not be ended must not swallow the next one.
            let _ = connection.execute("ROLLBACK").await;
        }
        for tell in told {
            tell(outcome.is_ok());
        }
        waiting.clear();
    }
    let _ = connection.close().await;
}

/// Does every job in one transaction. A job that fails leaves nothing behind.
async fn commit(connection: &mut SqliteConnection, jobs: &mut Vec<Job>) -> (Vec<Tell>, Result<(), sqlx::Error>) {
    let mut told = Vec::with_capacity(jobs.len());
    let is_alone = jobs.len() == 1;
    if let Err(error) = connection.execute("BEGIN IMMEDIATE").await {
        return (told, Err(error));
    }
    for job in jobs.drain(..) {
        // One alone needs no place to go back to: there is nothing before it.
        if !is_alone && let Err(error) = connection.execute("SAVEPOINT job").await {
            return (told, Err(error));
        }
        let (is_done, tell) = job(connection).await;
        told.push(tell);
        let end = match (is_alone, is_done) {
            (true, true) => "COMMIT",
            (true, false) => "ROLLBACK",
            (false, true) => "RELEASE job",
            (false, false) => "ROLLBACK TO job; RELEASE job",
        };
        if let Err(error) = connection.execute(end).await {
            return (told, Err(error));
        }
    }
    let end = if is_alone { Ok(()) } else { connection.execute("COMMIT").await.map(drop) };
    (told, end)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sqlx::Row as _;

    use super::super::Store;
    use super::*;

    #[tokio::test]
    async fn what_fails_leaves_nothing_and_takes_nothing_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join("t.sqlite")).await.unwrap());
        let insert = |n: i64| {
            let store = Arc::clone(&store);
            async move {
                let insert = "INSERT INTO params (run, key, value) VALUES (?, 'k', 'v')";
                let write = store.write(move |connection| {
                    boxed(async move {
                        sqlx::query(insert).bind(n).execute(connection).await?;
                        if n % 3 == 0 { Err(Problem::invalid("three")) } else { Ok(n) }
                    })
                });
                write.await
            }
        };
        let all: Vec<_> = (1..=300).map(|n| tokio::spawn(insert(n))).collect();
        for (n, one) in (1..=300).zip(all) {
            assert_eq!(one.await.unwrap().ok(), (n % 3 != 0).then_some(n));
        }
        let row = store.readers().fetch_one("SELECT count(*) FROM params").await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 200);
    }
}
