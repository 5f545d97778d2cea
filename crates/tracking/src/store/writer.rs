//! The one connection that writes, and the task that has it for whoever must wait. Whatever waits when it begins is
//! committed together: a commit costs more than most of what is in it, so many callers at once cost little more than one.
//!
//! Who comes while nobody writes need not go by the task ([`Writer::at_once`]): each message between threads costs more
//! than a metric.

use std::pin::Pin;
use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Executor as _, Sqlite, SqliteConnection};
use tokio::sync::{Mutex, mpsc, oneshot};

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
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    held: Arc<Mutex<Held>>,
}

/// The connection, and whether a transaction may be open on it that nobody goes on with: its caller went away, or it
/// failed.
#[derive(Debug)]
struct Held {
    connection: SqliteConnection,
    is_abandoned: bool,
}

impl Held {
    /// The connection without what was abandoned. It counts as abandoned until [`Held::is_abandoned`] is unset.
    async fn begin(&mut self) -> &mut SqliteConnection {
        if std::mem::replace(&mut self.is_abandoned, true) {
            // Fails where no transaction is open, and then there is nothing to undo.
            let _ = self.connection.execute("ROLLBACK").await;
        }
        &mut self.connection
    }
}

impl Writer {
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (sender, jobs) = mpsc::channel(WRITES_WAITING_MAX);
        let held = Arc::new(Mutex::new(Held { connection, is_abandoned: false }));
        tokio::spawn(run(Arc::clone(&held), jobs));
        Self { jobs: sender, held }
    }

    /// Runs a query that is whole by itself, one statement or a transaction from its `BEGIN` to its `COMMIT`, and returns
    /// its rows; none if somebody else is writing.
    pub(super) async fn at_once(
        &self,
        query: Query<'_, Sqlite, SqliteArguments>,
    ) -> Option<Result<Vec<SqliteRow>, sqlx::Error>> {
        let mut held = self.held.try_lock().ok()?;
        let done = query.fetch_all(held.begin().await).await;
        held.is_abandoned = done.is_err();
        Some(done)
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
        self.jobs.send(job).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn run(held: Arc<Mutex<Held>>, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(WRITES_TOGETHER_MAX);
    while jobs.recv_many(&mut waiting, WRITES_TOGETHER_MAX).await > 0 {
        let (told, outcome) = {
            let mut held = held.lock().await;
            // More may have come while another wrote.
            let room = WRITES_TOGETHER_MAX - waiting.len();
            waiting.extend(std::iter::from_fn(|| jobs.try_recv().ok()).take(room));
            let (told, outcome) = commit(held.begin().await, &mut waiting).await;
            held.is_abandoned = outcome.is_err();
            (told, outcome)
        };
        if let Err(error) = &outcome {
            tracing::error!(error = error as &dyn std::error::Error, "experiments cannot be written");
        }
        for tell in told {
            tell(outcome.is_ok());
        }
        waiting.clear();
    }
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
        let store = Arc::new(Store::open(&folder.path().join("t.sqlite"), crate::Durability::Process).await.unwrap());
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

    #[tokio::test]
    async fn what_was_abandoned_is_undone_before_anything_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("t.sqlite"), crate::Durability::Process).await.unwrap();
        let count = async || {
            let row = store.readers().fetch_one("SELECT count(*) FROM params").await.unwrap();
            row.get::<i64, _>(0)
        };
        let insert = "INSERT INTO params (run, key, value) VALUES (?, 'k', 'v')";
        let half = "BEGIN IMMEDIATE; INSERT INTO params (run, key, value) VALUES (?, 'k', 'v'); SELECT 1 FROM nothing";
        assert!(store.at_once(sqlx::query(half).bind(1)).await.unwrap().is_err());
        assert!(store.at_once(sqlx::query(insert).bind(2)).await.unwrap().is_ok());
        assert_eq!(count().await, 1);
        // A caller that goes away, wherever it was: what it did is there or not, and the next one writes.
        for polls in 0..4 {
            let whole = "BEGIN IMMEDIATE; INSERT INTO params (run, key, value) VALUES (?, 'k', 'v'); COMMIT";
            let mut asked = Box::pin(store.at_once(sqlx::query(whole).bind(20 + polls)));
            for _ in 0..polls {
                // The writer may be quicker than the caller is impatient.
                if is_ready(&mut asked).await {
                    break;
                }
            }
            drop(asked);
            let write = store.write(move |connection| {
                boxed(async move {
                    sqlx::query(insert).bind(10 + polls).execute(connection).await?;
                    Ok(())
                })
            });
            write.await.unwrap();
        }
        let row = store.readers().fetch_one("SELECT count(*) FROM params WHERE run BETWEEN 10 AND 13").await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 4);
    }

    /// Polls once.
    async fn is_ready<F: Future + Unpin>(future: &mut F) -> bool {
        let poll = |context: &mut std::task::Context<'_>| {
            std::task::Poll::Ready(Pin::new(&mut *future).poll(context).is_ready())
        };
        std::future::poll_fn(poll).await
    }
}
