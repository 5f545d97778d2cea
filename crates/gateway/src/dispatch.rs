//! Getting an answer from one of the targets behind an alias: weights, retries, fallbacks, breakers.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderMap;
use redoubt_domain::{Exchange, ModelName, RequestId, Surface};
use redoubt_guard::Cleared;

use crate::providers::Call;
use crate::settings::Price;
use crate::state::{Resolved, Snapshot, Target};
use crate::upstream::{Answer, AnswerBody, Dice, Failure, advice, weighted_order};

/// An answer, and who gave it.
pub(crate) struct Delivered {
    pub(crate) answer: Delivery,
    /// The surface the answer is put in.
    pub(crate) spoken: Surface,
    /// The provider, by its name in the configuration.
    pub(crate) provider: String,
    /// The provider's name for the model.
    pub(crate) model: ModelName,
    /// What tokens cost there.
    pub(crate) price: Price,
}

/// An answer as it comes.
pub(crate) enum Delivery {
    /// Complete.
    Whole(Bytes),
    /// Still to come.
    Stream(AnswerBody),
}

/// A request that has been cleared, and what it needs to be sent.
pub(crate) struct Errand<'a> {
    pub(crate) request: RequestId,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) resolved: &'a Resolved,
    pub(crate) cleared: &'a Cleared<Exchange>,
    pub(crate) headers: &'a HeaderMap,
}

impl Errand<'_> {
    /// Tries the targets of the alias, then those of its fallbacks, until one answers. Nothing has been
    /// relayed before this returns, so trying again is safe. `attempts` counts the calls.
    pub(crate) async fn run(&self, dice: &mut Dice, attempts: &mut u32) -> Result<Delivered, Failure> {
        let fallbacks = self.resolved.model.fallbacks.iter().filter_map(|name| self.snapshot.resolve(name));
        let mut last = None;
        for resolved in std::iter::once(self.resolved.clone()).chain(fallbacks) {
            match self.try_alias(&resolved, dice, attempts).await {
                Ok(delivered) => return Ok(delivered),
                Err(failure) if failure.blames_request() => return Err(failure),
                Err(failure) => {
                    // What really happened says more than that nothing was tried.
                    if last.is_none() || !matches!(failure, Failure::Resting) {
                        last = Some(failure);
                    }
                }
            }
        }
        Err(last.unwrap_or(Failure::Resting))
    }

    async fn try_alias(&self, resolved: &Resolved, dice: &mut Dice, attempts: &mut u32) -> Result<Delivered, Failure> {
        let retries = &self.snapshot.settings.retries;
        let targets = &resolved.model.targets;
        let weights: Vec<u32> = targets.iter().map(|target| target.weight).collect();
        let mut order: Vec<&Target> =
            weighted_order(&weights, dice).into_iter().filter_map(|index| targets.get(index)).collect();
        let mut failed = 0;
        let (mut last, mut last_asked) = (Failure::Resting, None);
        // How many calls in a row found another target at once, without waiting.
        let mut fresh = order.len();
        while let Some(position) = order.iter().position(|target| admits(target)) {
            let target = order.remove(position);
            *attempts += 1;
            if fresh > 0 {
                target.budget.earn();
            }
            let failure = match self.attempt(target, resolved).await {
                Ok(delivered) => {
                    breaker(target, |breaker| breaker.succeeded());
                    return Ok(delivered);
                }
                Err(failure) => failure,
            };
            breaker(target, |breaker| {
                if failure.counts_against_target() {
                    breaker.failed(Instant::now());
                } else {
                    breaker.succeeded();
                }
            });
            if failure.blames_request() {
                self.tell(target, resolved, &failure);
                return Err(failure);
            }
            tracing::debug!(request = %self.request, provider = target.upstream.name, %failure, "a call failed");
            last_asked = Some(target);
            failed += 1;
            fresh = fresh.saturating_sub(1);
            // A failure that does not pass takes its target out; others may still answer.
            if failure.is_passing() {
                order.push(target);
            }
            let wait = retries.wait_after(failed, failure.retry_after(), dice);
            last = failure;
            match wait {
                _ if fresh > 0 && failed < retries.attempts_max => {}
                Some(wait) if order.first().is_some_and(|next| next.budget.spend()) => pause(wait).await,
                _ => break,
            }
        }
        match last_asked {
            Some(target) => self.tell(target, resolved, &last),
            None => tracing::warn!(
                request = %self.request,
                model = resolved.model.alias,
                "no answer: every target of the model has failed too often and is left alone for a while"
            ),
        }
        Err(last)
    }

    /// Tells the operator, who alone may know who the upstream is.
    fn tell(&self, target: &Target, resolved: &Resolved, failure: &Failure) {
        let provider = &target.upstream.name;
        let settings = self.snapshot.settings.providers.iter().find(|(name, _)| name == provider);
        let address = settings.and_then(|(_, settings)| settings.base_url.as_ref()).map(tracing::field::display);
        let (model, words) = (&resolved.model.alias, advice::words(failure));
        tracing::warn!(request = %self.request, model, provider, address, "no answer: {words}");
    }

    async fn attempt(&self, target: &Target, resolved: &Resolved) -> Result<Delivered, Failure> {
        let upstream = &target.upstream;
        let unfit = |reason: String| Failure::Unfit { reason };
        let asked = self.cleared.get().surface;
        let spoken = redoubt_wire::spoken_surface(asked, &upstream.surfaces)
            .ok_or_else(|| unfit(format!("`{}` cannot be served by this model", asked.name())))?;
        let model =
            target.model(&resolved.star).ok_or_else(|| unfit("the name of the model is not a name".to_owned()))?;
        let call = Call::new(self.cleared, spoken, &model, upstream.output_tokens_default, self.headers)
            .map_err(|error| unfit(error.to_string()))?;
        let answer = upstream.provider.send(&call).await?;
        let delivery = if call.stream() {
            streamed(answer)?
        } else {
            let limits = &self.snapshot.settings.bounds;
            let body = answer.body.collect(limits.answer_bytes_max).await?;
            if redoubt_wire::is_error_alone(&body, limits) {
                return Err(Failure::Nonsense { reason: "it is an error with the status of an answer".to_owned() });
            }
            Delivery::Whole(body)
        };
        Ok(Delivered { answer: delivery, spoken, provider: upstream.name.clone(), model, price: resolved.model.price })
    }
}

fn streamed(answer: Answer) -> Result<Delivery, Failure> {
    if answer.is_event_stream() {
        return Ok(Delivery::Stream(answer.body));
    }
    Err(Failure::Nonsense { reason: "a stream was asked for, and something else came".to_owned() })
}

async fn pause(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

fn admits(target: &Target) -> bool {
    target.breaker.lock().unwrap_or_else(PoisonError::into_inner).admits(Instant::now())
}

fn breaker(target: &Target, note: impl FnOnce(&mut crate::upstream::Breaker)) {
    note(&mut target.breaker.lock().unwrap_or_else(PoisonError::into_inner));
}
