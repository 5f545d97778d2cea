//! A model as a classifier, with threads of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use redoubt_domain::ids::Digest;
use redoubt_domain::seams::{Classifier, Likelihood, Question, Unanswered};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use crate::error::LoadError;
use crate::memory::Memory;
use crate::model::Model;
use crate::worker::{Queue, Waiting, Worker};

/// Where a model lies and what it may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder.
    pub folder: PathBuf,
    /// The digest that the folder must have, if one is asked for.
    pub digest: Option<Digest>,
    /// Which of the model's labels mean an attack.
    pub attack_labels: Vec<String>,
    /// Threads that compute.
    pub threads: usize,
    /// Texts that may wait.
    pub queue_max: usize,
    /// Windows that are computed together.
    pub batch_max: usize,
    /// Windows of one text that are read.
    pub windows_max: usize,
    /// Tokens of one window, marks included.
    pub window_tokens: usize,
}

/// A model at work.
pub struct Transformer {
    model: Digest,
    queue: Arc<Queue>,
    memory: Arc<Memory>,
}

impl Transformer {
    /// Reads the folder, computes one text, and starts the threads.
    pub fn load(options: &Options) -> Result<Self, LoadError> {
        let model = Model::classifier(&options.folder, &options.attack_labels, options.window_tokens)?;
        let digest = model.digest();
        if let Some(expected) = options.digest.filter(|expected| *expected != digest) {
            return Err(LoadError::Digest { found: digest.to_string(), expected: expected.to_string() });
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.max(1))
            .thread_name(|at| format!("transformer-{at}"))
            .build()
            .map_err(|error| LoadError::Threads(Box::new(error)))?;
        // What cannot be computed should be known before anybody waits for it.
        pool.install(|| {
            let (windows, _) = model.windows("a", 1)?;
            model.judge(&windows.iter().collect::<Vec<_>>())
        })?;
        let queue = Arc::new(Queue::new(options.queue_max));
        let worker = Worker {
            model,
            queue: Arc::clone(&queue),
            batch_max: options.batch_max.max(1),
            windows_max: options.windows_max.max(1),
        };
        std::thread::Builder::new()
            .name("transformer".to_owned())
            .spawn(move || pool.install(|| worker.run()))
            .map_err(|error| LoadError::Threads(Box::new(error)))?;
        Ok(Self { model: digest, queue, memory: Arc::default() })
    }
}

impl Drop for Transformer {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// An answer, or where it will come.
enum Slot {
    Known(Result<Likelihood, Unanswered>),
    Coming(Digest, oneshot::Receiver<Result<Likelihood, Unanswered>>),
}

#[async_trait]
impl Classifier for Transformer {
    fn model(&self) -> Digest {
        self.model
    }

    async fn classify(&self, questions: Vec<Question>, patience: Duration) -> Vec<Result<Likelihood, Unanswered>> {
        let deadline = Instant::now() + patience;
        let mut slots = Vec::with_capacity(questions.len());
        for question in questions {
            let asked = question.asked;
            let text = sha256(question.text.as_bytes());
            let slot = match self.memory.get(text, asked) {
                Some(known) if !patience.is_zero() => Slot::Known(Ok(known)),
                _ => {
                    let (answer, coming) = oneshot::channel();
                    match self.queue.push(Waiting { question, deadline, answer }) {
                        Ok(()) => Slot::Coming(text, coming),
                        Err(reason) => Slot::Known(Err(reason)),
                    }
                }
            };
            slots.push((asked, slot));
        }
        let mut answers = Vec::with_capacity(slots.len());
        for (asked, slot) in slots {
            answers.push(match slot {
                Slot::Known(answer) => answer,
                Slot::Coming(text, coming) => match timeout_at(deadline.into(), coming).await {
                    Ok(Ok(answer)) => {
                        answer.iter().for_each(|likelihood| self.memory.put(text, asked, *likelihood));
                        answer
                    }
                    // Whoever leaves a question unanswered within its time is gone.
                    Ok(Err(_)) if Instant::now() < deadline => Err(Unanswered::Failed),
                    Ok(Err(_)) | Err(_) => Err(Unanswered::Late),
                },
            });
        }
        answers
    }
}

fn sha256(bytes: &[u8]) -> Digest {
    let mut whole = [0; 32];
    for (to, from) in whole.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    Digest::new(whole)
}
