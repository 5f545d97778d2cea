//! To erase a payload is to destroy its wrapped key; the log stays as it was.

use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use redoubt_audit::{Entry, EventEntry, EventKind, MasterKey, Payload, Side, sha256, verify};
use redoubt_domain::seams::Entropy;
use redoubt_domain::{Secret, TenantId, Timestamp};

use crate::{Published, completion, request, request_id, signing_key};

struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.iter_mut().for_each(|byte| *byte = self.0.fetch_add(1, Ordering::Relaxed));
    }
}

#[test]
fn an_erased_payload_cannot_be_opened_and_the_log_still_verifies() {
    let entropy = Counting(AtomicU8::new(0));
    let tenant = MasterKey::new(Secret::new([1; 32])).tenant(&TenantId::parse("acme").unwrap()).unwrap();
    let (key, wrapped) = tenant.payload_key(request_id(1), &entropy).unwrap();
    let payload = Payload { received: Bytes::from_static(b"what was said"), sent: None };
    let sealed = key.seal(Side::Request, &payload, &entropy).unwrap();
    drop(key);

    let Entry::Request(mut entry) = Entry::from_bytes(&request(1)).unwrap() else { panic!("a request was written") };
    entry.body.payload = Some(sha256(&sealed));
    let erased = EventEntry {
        kind: EventKind::Erased,
        time: Timestamp::from_micros(9),
        actor: "operator".to_owned(),
        subject: request_id(1).to_string(),
        detail: String::new(),
    };
    let entries = [Entry::Request(entry).to_bytes(), completion(1), Entry::Event(erased).to_bytes()];

    // With the wrapped key, the payload that the log names opens.
    let before = Published::with(&entries, &[2]);
    assert_eq!(tenant.unwrap(request_id(1), &wrapped).unwrap().open(Side::Request, &sealed).unwrap(), payload);
    // Without it, no key that could still be made opens it: each request's key is random.
    drop(wrapped);
    let (other, _) = tenant.payload_key(request_id(1), &entropy).unwrap();
    assert!(other.open(Side::Request, &sealed).is_err());

    for files in [before, Published::with(&entries, &[2, 3])] {
        let fetch = &mut |path: &str| files.fetch(path);
        assert!(verify(signing_key().verifier(), fetch, &mut std::iter::empty(), None).is_sound());
    }
}
