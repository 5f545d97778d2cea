//! What is told while a pipeline runs: lines, and on a terminal a line below them that moves.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use redoubt_pipeline::{Change, Fate, Made};

use crate::output::{self, CHANGED, FAINT, GOOD, paint};

/// How often the line moves.
const TICK: Duration = Duration::from_millis(120);
/// The length of its bar, in letters.
const BAR: usize = 20;

/// Tells what happens, and measures how long it takes.
pub(super) struct Progress {
    line: Arc<Mutex<Line>>,
    ends: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
    seconds: BTreeMap<String, f64>,
}

/// The line that moves.
struct Line {
    step: Option<(String, Instant)>,
    done: usize,
    all: usize,
    is_live: bool,
}

impl Progress {
    /// Of a run of so many data sets and steps.
    pub(super) fn new(all: usize) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let is_live = std::io::stderr().is_terminal() && !is_dumb;
        let line = Arc::new(Mutex::new(Line { step: None, done: 0, all, is_live }));
        let ends = Arc::new(AtomicBool::new(false));
        let ticker = is_live.then(|| {
            let (line, ends) = (Arc::clone(&line), Arc::clone(&ends));
            thread::spawn(move || {
                while !ends.load(Ordering::Relaxed) {
                    line.lock().unwrap_or_else(PoisonError::into_inner).draw();
                    thread::sleep(TICK);
                }
            })
        });
        Self { line, ends, ticker, seconds: BTreeMap::new() }
    }

    pub(super) fn tell(&mut self, change: Change<'_>) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        match change {
            Change::Begins(step, why) => {
                line.note(&format!("{} {} {}", paint(CHANGED, "runs"), step.name, paint(FAINT, &format!("({why})"))));
                line.step = Some((step.name.clone(), Instant::now()));
            }
            Change::Fails(step, attempt, error) => {
                let of = step.retries.map_or(0, |retries| retries.attempts);
                let why = format!("(try {attempt} of {of}: {})", output::shown(&error.to_string()));
                line.note(&format!("{} {} {}", paint(CHANGED, "fails"), step.name, paint(FAINT, &why)));
            }
            Change::Ends(made) => {
                let took = line.step.take().map(|(_, began)| began.elapsed().as_secs_f64());
                if let (Fate::Runs(_), Some(took)) = (&made.fate, took) {
                    self.seconds.insert(made.name.clone(), took);
                }
                line.done += 1;
                if let Some(words) = words(made, took.unwrap_or_default()) {
                    line.note(&words);
                }
            }
        }
    }

    /// Ends the line, and says how long each step took that ran.
    pub(super) fn end(mut self) -> BTreeMap<String, f64> {
        std::mem::take(&mut self.seconds)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            // It only draws.
            _ = ticker.join();
            self.line.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl Line {
    fn clear(&self) {
        if self.is_live {
            _ = write!(anstream::stderr().lock(), "\r\x1b[2K");
        }
    }

    fn note(&self, text: &str) {
        self.clear();
        output::note(text);
    }

    fn draw(&self) {
        let Some((step, began)) = &self.step else { return };
        let filled = (BAR * self.done).checked_div(self.all).unwrap_or(0).min(BAR);
        let (done, left) = ("━".repeat(filled), "─".repeat(BAR - filled));
        let seconds = began.elapsed().as_secs_f64();
        let mut err = anstream::stderr().lock();
        let name: String = step.chars().take(40).collect();
        let count = format!("{}/{}", self.done, self.all);
        let bar = format!("{}{}", paint(GOOD, &done), paint(FAINT, &left));
        _ = write!(err, "\r\x1b[2K     {bar} {count} {name} {}", paint(FAINT, &format!("{seconds:.1} s")));
        _ = err.flush();
    }
}

/// One line for what ended.
fn words(made: &Made, took: f64) -> Option<String> {
    match &made.fate {
        Fate::Kept if made.kind == "data" => None,
        Fate::Kept => Some(format!("{} {}", paint(FAINT, "kept"), made.name)),
        Fate::Skipped(reason) => {
            Some(format!("{} {} {}", paint(FAINT, "skip"), made.name, paint(FAINT, &format!("({reason})"))))
        }
        Fate::Runs(_) => {
            Some(format!("{} {} {}", paint(GOOD, "done"), made.name, paint(FAINT, &format!("in {took:.1} s"))))
        }
    }
}
