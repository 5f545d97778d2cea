//! Asking a local model about what the guard's classifier is not sure of.

use std::sync::Arc;
use std::time::Instant;

use redoubt_domain::seams::{Classifier, Likelihood, Question, Unanswered};
use redoubt_guard::second_opinion::Opinion;
use redoubt_guard::{Engine, Opened};

use crate::settings::Settings;
use crate::state::Shared;
use crate::telemetry;

/// The opinions about a request, in the order of its questions. Nearly every request has none, and waits for nobody.
pub(crate) async fn ask(shared: &Shared, settings: &Settings, engine: &Engine, opened: &Opened) -> Vec<Opinion> {
    let Some(policy) = engine.second_opinion() else { return Vec::new() };
    let questions = opened.questions();
    if questions.is_empty() {
        return Vec::new();
    }
    let started = Instant::now();
    let asked: Vec<_> = questions.iter().map(|question| question.asked).collect();
    let (model, answers) = match (&shared.classifier, &settings.transformer) {
        (Some(classifier), Some(transformer)) => {
            (classifier.model(), answers(classifier, questions, transformer.deadline).await)
        }
        // Settings have been checked, so this does not happen; were it to, nobody was asked.
        _ => return Vec::new(),
    };
    let answers = answers.into_iter().chain(std::iter::repeat(Err(Unanswered::Failed)));
    let opinions: Vec<Opinion> =
        asked.iter().zip(answers).map(|(asked, answer)| Opinion::of(*asked, answer, model, policy)).collect();
    let outcomes = asked.iter().zip(&opinions).map(|(asked, opinion)| opinion.outcome(*asked));
    telemetry::second_opinions(outcomes, started.elapsed());
    opinions
}

/// The answers, within the time whatever the classifier does.
async fn answers(
    classifier: &Arc<dyn Classifier>,
    questions: Vec<Question>,
    patience: std::time::Duration,
) -> Vec<Result<Likelihood, Unanswered>> {
    /// It keeps the time by itself, and knows better what is late. This much later nobody waits for it.
    const GRACE: u32 = 2;
    let count = questions.len();
    let answering = classifier.classify(questions, patience);
    let answered = tokio::time::timeout(patience * GRACE, answering).await;
    answered.unwrap_or_else(|_| vec![Err(Unanswered::Late); count])
}
