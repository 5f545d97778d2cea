//! Content: sealed, given out through gates alone, and there whole or not at all.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use proptest::prelude::*;
use redoubt_domain::seams::{Change, Record, RecordError, Records};
use redoubt_domain::{Secret, TenantId};
use redoubt_models::sign::sha256;
use redoubt_registry::content::{CHUNK_BYTES, ContentError, ContentKeys, FileKey, Said, SealError, open, seal};
use redoubt_registry::{
    AttestationKind, Entry, Happening, Limits, Manifest, NewVersion, Policy, Registry, RegistryError, Slot, Stage,
};
use serde_json::Value;

use crate::support::{Room, block_on, by};

const TAG: usize = 16;

fn keys(master: u8, tenant: &str) -> ContentKeys {
    ContentKeys::new(&Secret::new([master; 32]), &TenantId::parse(tenant).unwrap()).unwrap()
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251) as u8).collect()
}

fn manifest_of(files: &[(&str, &[u8])]) -> Manifest {
    let entry = |bytes: &[u8]| Entry { size: bytes.len() as u64, digest: sha256(bytes) };
    Manifest::new(files.iter().map(|(path, bytes)| ((*path).to_owned(), entry(bytes))), &Limits::default()).unwrap()
}

fn said() -> Vec<Said> {
    vec![Said { kind: AttestationKind::FileScan, passed: true, details: Value::Null }]
}

/// Registers files; what the vault would hold comes back.
async fn register(
    registry: &Registry,
    name: &str,
    files: &[(&str, &[u8])],
    said: &[Said],
) -> Result<(u64, Vec<Vec<u8>>), RegistryError> {
    let (keys, manifest) = (keys(1, "acme"), manifest_of(files));
    let draft = registry.begin(name, &keys, by("ann")).await?;
    let mut vault = Vec::new();
    for (_, path, key) in draft.files(&manifest) {
        let plain = files.iter().find(|(known, _)| *known == path).unwrap().1;
        let mut sealed = Vec::new();
        seal(&key.unwrap(), &mut Cursor::new(plain), &mut sealed).unwrap();
        vault.push(sealed);
    }
    let version = registry.finish(draft, &manifest, NewVersion::default(), said, None, &keys, by("ann")).await?;
    Ok((version.version, vault))
}

/// One file's key and what it seals `plain` to.
fn sealed(plain: &[u8]) -> (FileKey, Vec<u8>) {
    block_on(async {
        let registry = Room::new(Policy::default()).registry;
        let (_, mut vault) = register(&registry, "m", &[("f", plain)], &[]).await.unwrap();
        let pass = registry.look_at("m", 1).await.unwrap();
        let content = registry.content(&pass, &keys(1, "acme")).await.unwrap();
        let key = content.files().next().unwrap().3.unwrap();
        (key, vault.remove(0))
    })
}

fn opened(key: &FileKey, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut plain = Vec::new();
    open(key, &mut Cursor::new(sealed), &mut plain).map(|_| plain)
}

#[test]
fn files_of_every_length_come_back() {
    for length in [0, 1, 15, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 77] {
        let plain = bytes(length);
        let (key, sealed) = sealed(&plain);
        let chunks = length.div_ceil(CHUNK_BYTES).max(1);
        assert_eq!(sealed.len(), length + chunks * TAG, "{length}");
        assert_eq!(opened(&key, &sealed).unwrap(), plain, "{length}");
        if length > 64 {
            assert!(!sealed.windows(64).any(|window| window == &plain[..64]), "{length}");
        }
    }
}

#[test]
fn chunks_that_are_moved_left_out_added_or_cut_off_are_noticed() {
    let (key, sealed) = sealed(&bytes(3 * CHUNK_BYTES));
    let chunks: Vec<&[u8]> = sealed.chunks(CHUNK_BYTES + TAG).collect();
    let check = |order: &[usize]| {
        let changed: Vec<u8> = order.iter().flat_map(|at| chunks[*at].to_vec()).collect();
        assert!(matches!(opened(&key, &changed), Err(SealError::Chunk { .. })), "{order:?}");
    };
    for order in [&[0, 1][..], &[0], &[1, 2], &[2], &[0, 2, 1], &[1, 0, 2], &[0, 0, 1, 2], &[0, 1, 2, 2], &[]] {
        check(order);
    }
    for cut in [0, 1, TAG, CHUNK_BYTES, CHUNK_BYTES + TAG, sealed.len() - 1] {
        assert!(opened(&key, &sealed[..cut]).is_err(), "cut at {cut}");
    }
    assert!(opened(&key, &[sealed.as_slice(), &[0]].concat()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_byte_that_is_changed_removed_or_added_is_noticed(
        length in 0..2_000_usize, at in any::<prop::sample::Index>(), other in 1..=255_u8, how in 0..3_u8,
    ) {
        let (key, mut sealed) = sealed(&bytes(length));
        let at = at.index(sealed.len());
        match how {
            0 => sealed[at] ^= other,
            1 => _ = sealed.remove(at),
            _ => sealed.insert(at, other),
        }
        prop_assert!(opened(&key, &sealed).is_err());
    }
}

#[test]
fn a_file_opens_in_its_own_place_alone() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        let files: &[(&str, &[u8])] = &[("a", b"same"), ("b", b"same"), ("c", b"other")];
        let (_, vault) = register(registry, "m", files, &[]).await.unwrap();
        let (_, again) = register(registry, "m", files, &[]).await.unwrap();
        let pass = registry.look_at("m", 1).await.unwrap();
        let content = registry.content(&pass, &keys(1, "acme")).await.unwrap();
        let file_keys: Vec<FileKey> = content.files().map(|(.., key)| key.unwrap()).collect();
        for (at, key) in file_keys.iter().enumerate() {
            for (other, sealed) in vault.iter().enumerate() {
                assert_eq!(opened(key, sealed).is_ok(), at == other, "{at} {other}");
            }
            assert!(opened(key, &again[at]).is_err(), "another version");
        }
        assert_eq!(content.manifest().bytes(), 13);

        // Neither another master key nor another tenant's opens it.
        for wrong in [keys(2, "acme"), keys(1, "other")] {
            assert!(matches!(registry.content(&pass, &wrong).await, Err(ContentError::Key { .. })));
        }
    });
}

#[test]
fn a_changed_record_of_content_opens_nothing() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        register(registry, "m", &[("a", b"one")], &[]).await.unwrap();
        register(registry, "m", &[("a", b"two")], &[]).await.unwrap();
        let rows = registry.records.scan("registry_content", None, 10).await.unwrap();
        let [first, second] = <[Record; 2]>::try_from(rows).unwrap();
        let pass = registry.look_at("m", 1).await.unwrap();
        let take =
            |from: &Record, key: &str| -> Value { serde_json::from_slice::<Value>(&from.value).unwrap()[key].clone() };
        let mut version = first.version;
        for (manifest, key) in [(&second, &second), (&second, &first), (&first, &second)] {
            let row = serde_json::json!({ "v": 1, "manifest": take(manifest, "manifest"), "key": take(key, "key") });
            let value = Bytes::from(row.to_string());
            version = registry.records.put_if("registry_content", &first.id, Some(version), value).await.unwrap();
            assert!(registry.content(&pass, &keys(1, "acme")).await.is_err());
        }
        registry.records.put_if("registry_content", &first.id, Some(version), first.value).await.unwrap();
        registry.content(&pass, &keys(1, "acme")).await.unwrap();
        // A version that is deleted takes its key along.
        registry.delete_version("m", 1, by("ann")).await.unwrap();
        assert!(registry.content(&pass, &keys(1, "acme")).await.is_err());
        assert_eq!(registry.records.scan("registry_content", None, 10).await.unwrap().len(), 1);
    });
}

#[test]
fn a_seal_of_a_file_that_changed_meanwhile_fails() {
    block_on(async {
        let registry = Room::new(Policy::default()).registry;
        let keys = keys(1, "acme");
        let manifest = manifest_of(&[("a", b"as it was")]);
        let draft = registry.begin("m", &keys, by("ann")).await.unwrap();
        let key = draft.files(&manifest).next().unwrap().2.unwrap();
        let result = seal(&key, &mut Cursor::new(b"as it is"), &mut Vec::new());
        assert!(matches!(result, Err(SealError::Digest { .. })));
        assert!(registry.model("m").await.is_err());
    });
}

#[test]
fn places_that_no_version_has_are_known() {
    block_on(async {
        let room = Room::new(Policy::default());
        let registry = &room.registry;
        let keys = keys(1, "acme");
        register(registry, "m", &[("a", b"one")], &[]).await.unwrap();
        let pass = registry.look_at("m", 1).await.unwrap();
        let used = registry.content(&pass, &keys).await.unwrap().place().to_owned();
        let lost = registry.begin("m", &keys, by("ann")).await.unwrap().place().to_owned();
        let fresh = registry.begin("new", &keys, by("ann")).await.unwrap().place().to_owned();
        let other = Registry { tenant: TenantId::parse("other").unwrap(), ..registry.clone() };
        let places = vec![used.clone(), lost.clone(), fresh.clone(), "lost+found".to_owned()];
        assert_eq!(registry.unused(places.clone()).await.unwrap(), [lost, fresh]);
        assert!(other.unused(places).await.unwrap().is_empty());
        registry.rename_model("m", "n", by("ann")).await.unwrap();
        assert!(registry.is_used(&used).await.unwrap());
        registry.delete_model("n", by("ann")).await.unwrap();
        assert!(!registry.is_used(&used).await.unwrap());
    });
}

/// Records of a process that dies at the write with this number.
pub(crate) struct Dying {
    pub(crate) records: Arc<dyn Records>,
    pub(crate) left: AtomicUsize,
}

impl Dying {
    fn alive(&self, operation: &'static str) -> Result<(), RecordError> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| RecordError::Store { operation, source: "dead".into() })
    }
}

#[async_trait]
impl Records for Dying {
    async fn get(&self, kind: &str, id: &str) -> Result<Option<Record>, RecordError> {
        self.records.get(kind, id).await
    }

    async fn put_if(&self, kind: &str, id: &str, expected: Option<u64>, value: Bytes) -> Result<u64, RecordError> {
        self.alive("write")?;
        self.records.put_if(kind, id, expected, value).await
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), RecordError> {
        self.alive("write")?;
        self.records.apply(changes).await
    }

    async fn delete_if(&self, kind: &str, id: &str, expected: u64) -> Result<(), RecordError> {
        self.alive("delete")?;
        self.records.delete_if(kind, id, expected).await
    }

    async fn scan(&self, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<Record>, RecordError> {
        self.records.scan(kind, after, limit).await
    }
}

#[test]
fn whenever_it_dies_a_version_is_there_whole_or_not_at_all() {
    for exists in [false, true] {
        let mut seen = [0, 0];
        for writes in 0..3 {
            block_on(async {
                let records = redoubt_store::backends::memory::stores().records;
                let whole = Room::over(Arc::clone(&records), Policy::default());
                if exists {
                    whole.model("m", 1).await;
                }
                let before = whole.registry.models(None, 10).await.unwrap();
                let dying = Dying { records, left: AtomicUsize::new(writes) };
                let registry = Registry { records: Arc::new(dying), ..whole.registry.clone() };
                let done = register(&registry, "m", &[("a", b"one")], &said()).await;

                let all = whole.registry.all_versions(None, 10).await.unwrap().items;
                let kept: Vec<_> = all.into_iter().filter(|version| version.is_kept).collect();
                let visible = match whole.registry.model("m").await {
                    Ok(_) => whole.registry.versions("m", None, 10).await.unwrap().items.iter().any(|v| v.is_kept),
                    Err(_) => false,
                };
                assert!(visible || done.is_err(), "{writes}");
                let told = whole.told().into_iter().filter(|(what, subject, _)| {
                    *what == Happening::Registered && subject.starts_with("m/") && !(exists && subject == "m/1")
                });
                assert_eq!(told.count(), usize::from(visible), "{writes}");
                seen[usize::from(visible)] += 1;
                if visible {
                    let number = kept[0].version;
                    let production = Slot::Stage(Stage::Production);
                    whole.registry.approve("m", number, true, "", by("bob")).await.unwrap();
                    let pass = whole.registry.admit("m", number, &production).await.unwrap();
                    whole.registry.content(&pass, &keys(1, "acme")).await.unwrap();
                } else {
                    let names = |page: redoubt_registry::Page<redoubt_registry::Model>| {
                        page.items.into_iter().map(|model| model.name).collect::<Vec<_>>()
                    };
                    assert_eq!(names(whole.registry.models(None, 10).await.unwrap()), names(before), "{writes}");
                }
                // And the next one goes in as if nothing had been.
                register(&whole.registry, "m", &[("a", b"one")], &said()).await.unwrap();
            });
        }
        assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    }
}

#[test]
fn a_sealed_file_is_read_anywhere() {
    use redoubt_models::Source as _;
    use redoubt_registry::content::SealedFile;
    for length in [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 5] {
        let plain = bytes(length);
        let (key, sealed) = sealed(&plain);
        let read = Box::new(move |at: u64, into: &mut [u8]| {
            let at = at as usize;
            let part = sealed.get(at..at + into.len()).ok_or(std::io::ErrorKind::UnexpectedEof)?;
            into.copy_from_slice(part);
            Ok(())
        });
        let file = SealedFile::new(key, length as u64, read);
        assert_eq!(file.length(), length as u64);
        for (from, to) in [(0, 0), (0, length), (length / 2, length), (CHUNK_BYTES - 1, CHUNK_BYTES + 1)] {
            let mut into = vec![0; to - from];
            if to <= length {
                file.read_at(from as u64, &mut into).unwrap();
                assert_eq!(into, plain[from..to], "{length}: {from}..{to}");
            } else {
                assert!(file.read_at(from as u64, &mut into).is_err());
            }
        }
        assert!(file.read_at(length as u64, &mut [0]).is_err());
        assert!(file.read_at(u64::MAX, &mut [0]).is_err());
    }
}
