//! Log lines on their way to standard error: gathered for some milliseconds and written together, so that no
//! request waits for whoever reads them.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long the first line waits for others.
const GATHER: Duration = Duration::from_millis(50);
/// Beyond this many waiting bytes, whoever logs waits for the reader: no line is lost.
const WAITING_BYTES_MAX: usize = 1 << 20;

/// Takes lines and writes them from a thread of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogLines(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<Vec<u8>>,
    /// Rung when the first line has come.
    news: Condvar,
    /// Held while lines are written, so that they keep their order.
    out: Mutex<()>,
}

impl LogLines {
    pub(crate) fn start() -> io::Result<Self> {
        let lines = Self::default();
        let shared = Arc::clone(&lines.0);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            loop {
                let mut waiting = shared.lines();
                while waiting.is_empty() {
                    waiting = shared.news.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                }
                drop(waiting);
                thread::sleep(GATHER);
                shared.write();
            }
        })?;
        Ok(lines)
    }

    /// Writes what is waiting, now.
    pub(crate) fn flush(&self) {
        self.0.write();
    }
}

impl Shared {
    fn lines(&self) -> MutexGuard<'_, Vec<u8>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) {
        let _in_order = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut *self.lines());
        // If nobody reads, there is nobody to tell.
        let _ = io::stderr().write_all(&lines);
    }
}

impl Write for LogLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lines();
        let (is_first, is_much) = (lines.is_empty(), lines.len() > WAITING_BYTES_MAX);
        lines.extend_from_slice(line);
        drop(lines);
        if is_much {
            self.0.write();
        } else if is_first {
            self.0.news.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.write();
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogLines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
