//! The thread that computes, and the queue before it.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use redoubt_domain::seams::{Likelihood, Question, Unanswered};
use tokio::sync::oneshot::Sender;

use crate::error::LoadError;
use crate::head;
use crate::model::Model;
use crate::tokens::Window;

/// What is answered.
pub(crate) type Answer = Result<Likelihood, Unanswered>;

/// A question that waits.
pub(crate) struct Waiting {
    pub(crate) question: Question,
    pub(crate) deadline: Instant,
    pub(crate) answer: Sender<Answer>,
}

impl Waiting {
    /// Whether anybody is still there who wants to know.
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed() && Instant::now() < self.deadline
    }
}

/// Questions in order, at most so many.
pub(crate) struct Queue {
    waiting: Mutex<State>,
    changed: Condvar,
    max: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    is_closed: bool,
}

impl Queue {
    pub(crate) fn new(max: usize) -> Self {
        Self { waiting: Mutex::default(), changed: Condvar::new(), max }
    }

    /// Takes a question, or says why not.
    pub(crate) fn push(&self, waiting: Waiting) -> Result<(), Unanswered> {
        let mut state = self.state();
        if state.is_closed {
            return Err(Unanswered::Failed);
        }
        if state.waiting.len() >= self.max {
            // Those who have given up make room.
            state.waiting.retain(Waiting::is_wanted);
        }
        if state.waiting.len() >= self.max {
            return Err(Unanswered::Full);
        }
        state.waiting.push_back(waiting);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// No more questions; those that wait are dropped, which tells who asked.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.waiting.clear();
        drop(state);
        self.changed.notify_all();
    }

    /// Waits for questions and takes a few; none when there will be no more.
    fn take(&self, max: usize) -> Vec<Waiting> {
        let mut state = self.state();
        while state.waiting.is_empty() && !state.is_closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let count = state.waiting.len().min(max);
        state.waiting.drain(..count).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Computes until the queue is closed.
pub(crate) struct Worker {
    pub(crate) model: Model,
    pub(crate) queue: Arc<Queue>,
    /// Windows that are computed together.
    pub(crate) batch_max: usize,
    /// Windows of one text.
    pub(crate) windows_max: usize,
}

impl Drop for Worker {
    /// A worker that is gone, even by a panic, must not leave others waiting.
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A text that is being read.
struct Reading {
    waiting: Waiting,
    likelihood: f32,
    is_whole: bool,
    windows_left: usize,
}

impl Worker {
    pub(crate) fn run(self) {
        loop {
            let taken = self.queue.take(self.batch_max);
            if taken.is_empty() {
                return;
            }
            self.answer(taken);
        }
    }

    fn answer(&self, taken: Vec<Waiting>) {
        let mut readings: Vec<Option<Reading>> = Vec::new();
        let mut windows: Vec<(usize, Window)> = Vec::new();
        for waiting in taken.into_iter().filter(Waiting::is_wanted) {
            match self.model.windows(&waiting.question.text, self.windows_max) {
                Ok((own, is_whole)) => {
                    let windows_left = own.len();
                    windows.extend(own.into_iter().map(|window| (readings.len(), window)));
                    readings.push(Some(Reading { waiting, likelihood: 0.0, is_whole, windows_left }));
                }
                Err(error) => failed(waiting, &error),
            }
        }
        // Of like length together, since the shorter are filled up to the longest.
        windows.sort_by_key(|(_, window)| Reverse(window.ids.len()));
        while !windows.is_empty() {
            let wanted = |owner: usize| {
                readings.get(owner).and_then(Option::as_ref).is_some_and(|reading| reading.waiting.is_wanted())
            };
            windows.retain(|(owner, _)| wanted(*owner));
            let count = alike(&windows).min(self.batch_max);
            let batch: Vec<(usize, Window)> = windows.drain(..count).collect();
            if !batch.is_empty() {
                self.compute(&batch, &mut readings);
            }
        }
    }

    fn compute(&self, batch: &[(usize, Window)], readings: &mut [Option<Reading>]) {
        let windows: Vec<&Window> = batch.iter().map(|(_, window)| window).collect();
        let judged = self.model.judge(&windows);
        for (at, (owner, _)) in batch.iter().enumerate() {
            let Some(place) = readings.get_mut(*owner) else { continue };
            let Some(reading) = place else { continue };
            let likelihoods = match &judged {
                Ok(judged) => judged.get(at).copied(),
                Err(error) => {
                    if let Some(reading) = place.take() {
                        failed(reading.waiting, error);
                    }
                    continue;
                }
            };
            let own = likelihoods.map(|likelihoods| head::asked(likelihoods, reading.waiting.question.asked));
            let own = own.filter(|likelihood| likelihood.is_finite());
            let Some(own) = own else {
                if let Some(reading) = place.take() {
                    let _gone = reading.waiting.answer.send(Err(Unanswered::Failed));
                }
                continue;
            };
            reading.likelihood = reading.likelihood.max(own);
            reading.windows_left -= 1;
            if reading.windows_left == 0
                && let Some(reading) = place.take()
            {
                let likelihood = Likelihood { permille: permille(reading.likelihood), is_whole: reading.is_whole };
                let _gone = reading.waiting.answer.send(Ok(likelihood));
            }
        }
    }
}

fn failed(waiting: Waiting, error: &LoadError) {
    tracing::warn!(error = error as &dyn std::error::Error, "the model failed on a text");
    let _gone = waiting.answer.send(Err(Unanswered::Failed));
}

/// How many of the first windows are at least three quarters as long as the first.
fn alike(windows: &[(usize, Window)]) -> usize {
    let length = |at: usize| windows.get(at).map_or(0, |(_, window)| window.ids.len());
    let longest = length(0);
    windows.iter().take_while(|(_, window)| 4 * window.ids.len() >= 3 * longest).count()
}

fn permille(likelihood: f32) -> u16 {
    (likelihood * 1_000.0).round().clamp(0.0, 1_000.0) as u16
}
