//! What is known of one request, from its first byte to its last.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use redoubt_domain::{Action, Decision, ModelName, Money, RequestId, Secret, Timestamp, Usage};

use crate::admit::{Caller, Permit};
use crate::record::{Closing, Record, Written};
use crate::settings::Price;
use crate::state::Shared;
use crate::telemetry::{self, Ending, Event, Stage, Stages};
use crate::upstream::Dice;

/// The status that is noted for a request whose caller went away before an answer: nginx's, since HTTP
/// has none.
const CALLER_GONE: u16 = 499;

/// One request on its way. However it ends, its completion is recorded, its allowances are settled and
/// operators are told: when this is dropped unfinished, the caller went away.
pub(crate) struct Journey {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: RequestId,
    pub(crate) at: Timestamp,
    pub(crate) dice: Dice,
    /// What upstreams were asked so far.
    pub(crate) event: Event,
    pub(crate) record: Option<Record>,
    /// What is held of the caller's allowances.
    pub(crate) permit: Option<Permit>,
    /// What tokens cost.
    pub(crate) price: Price,
    /// What the request is thought to use, until an upstream tells.
    pub(crate) estimate: Usage,
    started: Instant,
    received: Instant,
    is_over: bool,
}

impl Journey {
    pub(crate) fn begin(shared: &Arc<Shared>) -> Self {
        // One call for both: a generator fit for keys takes its time for each.
        let mut random = [0; 18];
        shared.entropy.fill(&mut random);
        let [id @ .., s0, s1, s2, s3, s4, s5, s6, s7] = random;
        let seed = [s0, s1, s2, s3, s4, s5, s6, s7];
        let at = shared.clock.now();
        let id = RequestId::new(at, id);
        let now = Instant::now();
        Self {
            shared: Arc::clone(shared),
            id,
            at,
            dice: Dice::new(u64::from_le_bytes(seed)),
            event: unknown(id, now),
            record: None,
            permit: None,
            price: Price::default(),
            estimate: Usage::default(),
            started: now,
            received: now,
            is_over: false,
        }
    }

    /// The key of this request, for placeholders and encrypted values.
    pub(crate) fn key(&self) -> Secret<[u8; 32]> {
        self.shared.keys.of(self.id)
    }

    pub(crate) fn is_of(&mut self, caller: &Caller) {
        self.event.tenant = Some(caller.tenant.clone());
        self.event.key = Some(caller.key.clone());
    }

    pub(crate) fn asks_for(&mut self, model: &ModelName, stream: bool) {
        self.event.model = Some(model.clone());
        self.event.stream = stream;
    }

    pub(crate) fn answered_by(&mut self, provider: String, model: &ModelName, price: Price) {
        self.event.provider = Some(provider);
        self.event.upstream_model = Some(model.clone());
        self.price = price;
    }

    /// The whole request is here: from now on, time is Redoubt's.
    pub(crate) fn received(&mut self) {
        self.received = Instant::now();
    }

    /// `waited` of the time since the last stage went to an upstream, the rest to the disk.
    pub(crate) fn waited(&mut self, waited: Duration) {
        self.event.upstream += waited;
        self.event.stages.end_with_part(Stage::Durable, Stage::Upstream, waited);
    }

    /// A stage of the way is over.
    pub(crate) fn passed(&mut self, stage: Stage) {
        self.event.stages.end(stage);
    }

    /// Time inside Redoubt so far, between the end of the request and now.
    pub(crate) fn overhead(&self) -> Duration {
        self.received.elapsed().saturating_sub(self.event.upstream)
    }

    pub(crate) fn decided_input(&mut self, decision: &Decision) {
        self.event.input = Some(decision.action);
        self.note(decision);
    }

    pub(crate) fn decided_output(&mut self, decision: &Decision) {
        self.event.output = Some(decision.action);
        self.note(decision);
    }

    fn note(&mut self, decision: &Decision) {
        let findings = decision.judged.iter().map(|judged| &judged.finding);
        self.event.findings.extend(findings.map(|finding| (finding.detector, finding.label.as_str().to_owned())));
    }

    /// The strictest decision so far; none before the first.
    pub(crate) fn decision(&self) -> Option<Action> {
        self.event.input.max(self.event.output)
    }

    /// The first byte of the answer leaves now.
    pub(crate) fn first_byte(&mut self, status: u16) {
        self.event.status = status;
        self.event.first_byte.get_or_insert(self.started.elapsed());
        let overhead = self.overhead();
        self.event.overhead.get_or_insert(overhead);
    }

    /// The whole answer is on its way out. Its record, the log line and the metrics follow once this thread has nothing
    /// more urgent to do, since nobody waits for them.
    pub(crate) fn end_afterwards(
        mut self,
        usage: Option<Usage>,
        decision: Option<Decision>,
        received: Bytes,
        sent: Bytes,
    ) {
        // The next request may come before that, and must find its allowances.
        self.settle(self.used(Ending::Answered, usage));
        let place = self.shared.recorder.place();
        tokio::spawn(async move {
            self.event.stages.resume();
            let closing = Closing { decision: decision.as_ref(), received, sent: Some(sent) };
            self.end(Ending::Answered, usage, closing);
            drop(place);
        });
    }

    /// What the request is thought to have used, if no upstream has told.
    fn used(&self, ending: Ending, told: Option<Usage>) -> Usage {
        let reached = self.event.attempts > 0 && ending != Ending::UpstreamFailed;
        told.unwrap_or(if reached { self.estimate } else { Usage::default() })
    }

    fn settle(&mut self, usage: Usage) {
        if let Some(permit) = self.permit.take() {
            permit.settle(usage);
        }
    }

    /// The request is over. Returns the promise of its completion record, if the answer has to wait for that.
    pub(crate) fn end(&mut self, ending: Ending, usage: Option<Usage>, closing: Closing<'_>) -> Option<Written> {
        if std::mem::replace(&mut self.is_over, true) {
            return None;
        }
        let usage = self.used(ending, usage);
        self.event.ending = ending;
        self.event.usage = usage;
        self.event.cost = self.price.of(usage);
        self.event.total = self.started.elapsed();
        self.settle(usage);
        let at = self.shared.clock.now();
        let written = self.record.take().and_then(|record| record.close(at, &self.event, closing));
        self.passed(Stage::End);
        let is_traced = self.shared.snapshot.load().settings.telemetry.otlp_endpoint.is_some();
        telemetry::observe(&self.event, is_traced);
        written
    }
}

/// A request of which nothing is known yet.
fn unknown(request: RequestId, now: Instant) -> Event {
    Event {
        request,
        surface: None,
        tenant: None,
        key: None,
        model: None,
        upstream_model: None,
        provider: None,
        route: None,
        stream: false,
        status: 0,
        ending: Ending::Failed,
        input: None,
        output: None,
        findings: Vec::new(),
        usage: Usage::default(),
        cost: Money::ZERO,
        attempts: 0,
        total: Duration::ZERO,
        upstream: Duration::ZERO,
        first_byte: None,
        overhead: None,
        stages: Stages::begin(now),
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        if !self.is_over {
            if self.event.status == 0 {
                self.event.status = CALLER_GONE;
            }
            self.end(Ending::Cancelled, None, Closing::default());
        }
    }
}
