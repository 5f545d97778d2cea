//! Allowances in memory: the generic cell rate algorithm in whole numbers.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use redoubt_domain::Timestamp;
use redoubt_domain::seams::{CounterError, Counters, Quota, Reservation};

use crate::atomic;

/// Enough that a thread rarely waits for another.
const SHARDS: usize = 64;

/// A shard is not swept before it has this many allowances.
const SWEEP_FROM: usize = 256;

/// Allowances by name. Costs the same with ten and with a million of them, and forgets those that are full
/// again, so that memory is bounded by what was used within a period.
#[derive(Debug)]
pub struct MemoryCounters {
    hasher: RandomState,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    levels: HashMap<Box<str>, Level>,
    /// Sweep when there are as many: twice what the last sweep left, so that a reservation pays for one
    /// step of sweeping on average.
    sweep_at: usize,
}

/// How much of an allowance is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    /// Units times microseconds of the period, so that refilling by the microsecond is exact.
    used: u128,
    /// The quota that `used` is measured by, in units and microseconds.
    amount: u64,
    period: u64,
    /// The last time that `used` was right.
    at: Timestamp,
}

impl Default for MemoryCounters {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl MemoryCounters {
    /// How many allowances are not full.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).levels.len()).sum()
    }

    /// Whether every allowance is full.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `step` on the level of `name` as it is `now`.
    fn with<T>(&self, name: &str, quota: Quota, now: Timestamp, step: impl FnOnce(&mut Level) -> T) -> Option<T> {
        let shard = usize::try_from(self.hasher.hash_one(name)).unwrap_or(usize::MAX) % SHARDS;
        // A thread that panicked between two numbers leaves both right.
        let mut shard = self.shards.get(shard)?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(level) = shard.levels.get_mut(name) {
            level.bring_to(quota, now);
            return Some(step(level));
        }
        let mut level = Level::full(quota, now);
        let result = step(&mut level);
        if level.used > 0 {
            shard.make_room(now);
            shard.levels.insert(name.into(), level);
        }
        Some(result)
    }
}

impl Shard {
    fn make_room(&mut self, now: Timestamp) {
        if self.levels.len() < self.sweep_at.max(SWEEP_FROM) {
            return;
        }
        self.levels.retain(|_, level| {
            level.refill(now);
            level.used > 0
        });
        self.sweep_at = self.levels.len() * 2;
        self.levels.shrink_to(self.sweep_at);
    }
}

impl Level {
    fn full(quota: Quota, now: Timestamp) -> Self {
        // A period of zero would refill at once; a microsecond is the least that has a rate.
        let period = u64::try_from(quota.period.as_micros()).unwrap_or(u64::MAX).max(1);
        Self { used: 0, amount: quota.amount, period, at: now }
    }

    /// Lets time pass. Time that goes backwards does not pass.
    fn refill(&mut self, now: Timestamp) {
        let passed = now.micros().saturating_sub(self.at.micros());
        self.used = self.used.saturating_sub(u128::from(self.amount) * u128::from(passed));
        self.at = self.at.max(now);
    }

    /// Lets time pass by the old quota, then measures by the new.
    fn bring_to(&mut self, quota: Quota, now: Timestamp) {
        self.refill(now);
        let Self { amount, period, .. } = Self::full(quota, now);
        if period != self.period {
            let units = self.used.div_ceil(u128::from(self.period));
            self.used = units.saturating_mul(u128::from(period));
            self.period = period;
        }
        self.amount = amount;
    }

    fn capacity(&self) -> u128 {
        u128::from(self.amount) * u128::from(self.period)
    }

    /// The time in which `scaled` refills.
    fn time_for(&self, scaled: u128) -> Duration {
        let micros = scaled.div_ceil(u128::from(self.amount.max(1)));
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    fn reserve(&mut self, units: u64) -> Reservation {
        let wanted = u128::from(units) * u128::from(self.period);
        let after = self.used.saturating_add(wanted);
        let granted = units <= self.amount && after <= self.capacity();
        let retry_after = if granted {
            Duration::ZERO
        } else if units > self.amount {
            // No waiting brings more than everything; a period is the honest "not soon".
            Duration::from_micros(self.period).max(self.time_for(self.used))
        } else {
            self.time_for(after - self.capacity())
        };
        if granted {
            self.used = after;
        }
        let left = self.capacity().saturating_sub(self.used) / u128::from(self.period);
        Reservation {
            granted,
            remaining: u64::try_from(left).unwrap_or(u64::MAX),
            retry_after,
            reset_after: self.time_for(self.used),
        }
    }

    fn settle(&mut self, reserved: u64, used: u64) {
        let scaled = |units: u64| u128::from(units) * u128::from(self.period);
        self.used = self.used.saturating_add(scaled(used)).saturating_sub(scaled(reserved));
    }
}

#[async_trait]
impl Counters for MemoryCounters {
    async fn reserve(&self, name: &str, quota: Quota, units: u64, now: Timestamp) -> Result<Reservation, CounterError> {
        self.with(name, quota, now, |level| level.reserve(units)).ok_or_else(|| no_shard("reserve"))
    }

    async fn settle(
        &self,
        name: &str,
        quota: Quota,
        reserved: u64,
        used: u64,
        now: Timestamp,
    ) -> Result<(), CounterError> {
        self.with(name, quota, now, |level| level.settle(reserved, used)).ok_or_else(|| no_shard("settle"))
    }
}

/// Cannot happen: every name has a shard.
fn no_shard(operation: &'static str) -> CounterError {
    CounterError { operation, source: "the name has no shard".into() }
}

/// [`MemoryCounters`] whose long allowances survive a restart: they are written to a file every few seconds
/// and at the end. A crash forgets what was used in the seconds before it, never more. Short allowances
/// are full again by the time that a restart is over.
#[derive(Debug)]
pub(crate) struct PersistentCounters {
    counters: Arc<MemoryCounters>,
    /// Dropped to end the thread.
    running: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How much of a crash may be forgotten.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// Allowances that refill faster than this are not worth writing down.
const SAVED_FROM: Duration = Duration::from_secs(600);

impl PersistentCounters {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let counters = Arc::new(MemoryCounters::default());
        if let Some(saved) = atomic::read(path)? {
            counters.restore(&String::from_utf8_lossy(&saved));
        }
        let (running, stopped) = mpsc::channel();
        let (saved, path) = (Arc::clone(&counters), path.to_owned());
        let thread = std::thread::Builder::new().name("counters".to_owned()).spawn(move || {
            let mut last = String::new();
            loop {
                let is_last = stopped.recv_timeout(SAVE_EVERY) != Err(mpsc::RecvTimeoutError::Timeout);
                let now = saved.snapshot();
                // What could not be written is tried again in the next round.
                if now != last && save(&path, &now).is_ok() {
                    last = now;
                }
                if is_last {
                    return;
                }
            }
        })?;
        Ok(Self { counters, running: Some(running), thread: Some(thread) })
    }
}

fn save(path: &Path, content: &str) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

impl MemoryCounters {
    /// One line for each long allowance: `used amount period at name`.
    fn snapshot(&self) -> String {
        let mut lines = String::from(SNAPSHOT_HEADER);
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, level) in &shard.levels {
                let Level { used, amount, period, at } = level;
                if u128::from(*period) >= SAVED_FROM.as_micros() && !name.contains('\n') {
                    let _infallible = writeln!(lines, "{used} {amount} {period} {} {name}", at.micros());
                }
            }
        }
        lines
    }

    /// Takes up what [`Self::snapshot`] has written; passes over what cannot be read.
    fn restore(&self, lines: &str) {
        let Some(lines) = lines.strip_prefix(SNAPSHOT_HEADER) else { return };
        for line in lines.lines() {
            let mut fields = line.splitn(5, ' ');
            let mut number = || fields.next().and_then(|field| field.parse::<u128>().ok());
            let (Some(used), Some(amount), Some(period), Some(at)) = (number(), number(), number(), number()) else {
                continue;
            };
            let small = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
            let quota = Quota { amount: small(amount), period: Duration::from_micros(small(period)) };
            if let Some(name) = fields.next() {
                self.with(name, quota, Timestamp::from_micros(small(at)), |level| level.used = used);
            }
        }
    }
}

/// The format and its version.
const SNAPSHOT_HEADER: &str = "redoubt counters 1\n";

impl Drop for PersistentCounters {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[async_trait]
impl Counters for PersistentCounters {
    async fn reserve(&self, name: &str, quota: Quota, units: u64, now: Timestamp) -> Result<Reservation, CounterError> {
        self.counters.reserve(name, quota, units, now).await
    }

    async fn settle(
        &self,
        name: &str,
        quota: Quota,
        reserved: u64,
        used: u64,
        now: Timestamp,
    ) -> Result<(), CounterError> {
        self.counters.settle(name, quota, reserved, used, now).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { amount: 10, period: Duration::from_secs(60) };

    #[tokio::test]
    async fn a_million_names_are_forgotten_once_they_are_full() {
        let counters = MemoryCounters::default();
        for n in 0..1_000_000_u64 {
            // A thousand names a second: after six seconds each is full again.
            let now = Timestamp::from_micros(n * 1_000);
            assert!(counters.reserve(&n.to_string(), QUOTA, 1, now).await.unwrap().granted);
        }
        assert!(counters.len() < 40_000, "{}", counters.len());
    }

    #[tokio::test]
    async fn what_was_refused_or_is_full_leaves_nothing_behind() {
        let counters = MemoryCounters::default();
        counters.reserve("refused", QUOTA, 11, Timestamp::from_micros(0)).await.unwrap();
        counters.reserve("asked", QUOTA, 0, Timestamp::from_micros(0)).await.unwrap();
        counters.settle("returned", QUOTA, 5, 0, Timestamp::from_micros(0)).await.unwrap();
        assert!(counters.is_empty());
    }

    #[tokio::test]
    async fn long_allowances_survive_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("counters");
        let month = Quota { amount: 1_000, period: Duration::from_secs(30 * 86_400) };
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let counters = PersistentCounters::open(&path).unwrap();
        assert!(counters.reserve("budget of a key", month, 700, now).await.unwrap().granted);
        assert!(counters.reserve("requests", QUOTA, 10, now).await.unwrap().granted);
        drop(counters);
        let counters = PersistentCounters::open(&path).unwrap();
        assert_eq!(counters.reserve("budget of a key", month, 0, now).await.unwrap().remaining, 300);
        assert_eq!(counters.reserve("requests", QUOTA, 0, now).await.unwrap().remaining, 10);
        drop(counters);
        fs::write(&path, "something else").unwrap();
        assert!(PersistentCounters::open(&path).unwrap().counters.is_empty());
    }
}
