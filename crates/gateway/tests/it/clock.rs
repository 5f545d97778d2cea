//! Keys and limits under a clock that somebody sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use redoubt_domain::seams::Clock;
use redoubt_domain::{Capabilities, Secret, TenantId, Timestamp};
use redoubt_gateway::Settings;
use redoubt_gateway::admit::{Admission, AdmissionParts, Allowance, KeyTerms, Keyring};

use crate::memory::{CountingEntropy, MemoryCounters, MemoryRecords};
use crate::world::{demo, settings_of};

const SECOND: u64 = 1_000_000;
const START: u64 = 1_800_000_000 * SECOND;

/// The system's clock, which is set, and the one that is not.
struct SetClock {
    now: AtomicU64,
    steady: AtomicU64,
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(Ordering::Relaxed))
    }

    fn steady(&self) -> Timestamp {
        Timestamp::from_micros(self.steady.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn setting_the_clock_back_brings_no_key_back() {
    let (records, entropy, master) = (Arc::new(MemoryRecords::default()), CountingEntropy::default(), [7; 32]);
    let secret = Secret::new(master);
    let ring = Keyring { records: records.as_ref(), entropy: &entropy, master: &secret, actor: "test" };
    let expires = Some(Timestamp::from_micros(START + 60 * SECOND));
    let tenant = TenantId::parse("acme").unwrap();
    let terms = KeyTerms {
        tenant,
        name: String::new(),
        expires,
        models: Vec::new(),
        allowance: Allowance::default(),
        capabilities: Capabilities::default(),
        owner: None,
    };
    let key = ring.create(terms, Timestamp::from_micros(START)).await.unwrap().text.expose().clone();

    let clock = Arc::new(SetClock { now: AtomicU64::new(START), steady: AtomicU64::new(START) });
    let Settings { admit, .. } = settings_of(&demo());
    let parts = AdmissionParts {
        records,
        counters: Arc::new(MemoryCounters::default()),
        clock: clock.clone(),
        master: Secret::new(master),
    };
    let admission = Admission::open(parts, &admit).await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", key.parse().unwrap());
    // Seconds of each clock since the start, and whether the key is good.
    for (now, steady, is_good) in
        [(0, 0, true), (3_600, 10, false), (20, 20, true), (61, 61, false), (-3_600, 62, false)]
    {
        clock.now.store(START.saturating_add_signed(now * SECOND as i64), Ordering::Relaxed);
        clock.steady.store(START + steady * SECOND, Ordering::Relaxed);
        let found = admission.identify(&headers, "127.0.0.1".parse().unwrap());
        assert_eq!(found.is_ok(), is_good, "the clock says {now}, {steady} have passed");
    }
}
