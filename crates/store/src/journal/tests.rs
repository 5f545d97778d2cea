use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use redoubt_domain::seams::appended;

use super::segment::Sink;
use super::*;

const SMALL: Options = Options { segment_bytes_max: 400, crowd: 64, soon: Duration::from_millis(4) };

fn entry(n: u64) -> Bytes {
    Bytes::from(format!("{{\"entry\":{n}}}"))
}

fn open(directory: &Path) -> (Journal, Recovery) {
    Journal::open(directory, SMALL).unwrap()
}

async fn fill(journal: &Journal, range: std::ops::Range<u64>) {
    for n in range {
        assert_eq!(journal.append(entry(n)).await.unwrap(), n);
    }
}

fn all(range: std::ops::Range<u64>) -> Vec<Bytes> {
    range.map(entry).collect()
}

/// The last segment that holds something.
fn last_segment(directory: &Path) -> PathBuf {
    segment::path(directory, *segment::list(directory).unwrap().last().unwrap())
}

#[tokio::test]
async fn a_journal_is_taken_up_where_it_was_left() {
    let directory = tempfile::tempdir().unwrap();
    for start in (0..100).step_by(10) {
        let (journal, recovery) = open(directory.path());
        assert_eq!(recovery, Recovery { torn_bytes: 0, size: start });
        fill(&journal, start..start + 10).await;
        assert_eq!(journal.read(0, 1_000).await.unwrap(), all(0..start + 10));
    }
    assert!(segment::list(directory.path()).unwrap().len() > 5);
}

#[tokio::test]
async fn a_torn_end_of_any_length_is_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(directory.path(), Options::default()).unwrap();
    fill(&journal, 0..5).await;
    drop(journal);
    let path = last_segment(directory.path());
    let mut whole = fs::read(&path).unwrap();
    let scan = frame::scan(&whole, HEADER.len(), 0, None);
    // The mark is not synced with its entry, so a power cut may take it first.
    whole.truncate(scan.end);
    let last = usize::try_from(scan.offsets[4]).unwrap();
    for end in last..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let (journal, recovery) = Journal::open(directory.path(), Options::default()).unwrap();
        assert_eq!(recovery, Recovery { torn_bytes: u64::try_from(end - last).unwrap(), size: 4 }, "cut at {end}");
        assert_eq!(fs::metadata(&path).unwrap().len(), u64::try_from(last).unwrap());
        // The index goes to the next entry, and nothing of the torn one shows.
        assert_eq!(journal.append(Bytes::from_static(b"next")).await.unwrap(), 4);
        drop(journal);
        let (journal, recovery) = Journal::open(directory.path(), Options::default()).unwrap();
        assert_eq!(recovery, Recovery { torn_bytes: 0, size: 5 });
        assert_eq!(journal.read(4, 10).await.unwrap(), [Bytes::from_static(b"next")]);
    }
}

#[tokio::test]
async fn a_torn_commit_of_many_is_cut_off_wherever_it_tore() {
    // A disk may write the later pages of a commit and not the earlier ones.
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(directory.path(), Options::default()).unwrap();
    fill(&journal, 0..3).await;
    drop(journal);
    let path = last_segment(directory.path());
    let mut durable = fs::read(&path).unwrap();
    durable.truncate(frame::scan(&durable, HEADER.len(), 0, None).end);
    let mut commit = Vec::new();
    for n in 3..6 {
        frame::write(&entry(n), n, 3, &mut commit);
    }
    for hole in 0..commit.len() / 3 {
        let mut torn = durable.clone();
        torn.extend_from_slice(&commit);
        torn[durable.len() + hole] ^= 0xff;
        fs::write(&path, &torn).unwrap();
        let (journal, recovery) = Journal::open(directory.path(), Options::default()).unwrap();
        assert_eq!(recovery.size, 3, "hole at {hole}");
        assert_eq!(journal.read(0, 10).await.unwrap(), all(0..3));
    }
}

#[tokio::test]
async fn damage_to_a_durable_entry_is_refused_rather_than_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(directory.path(), Options::default()).unwrap();
    fill(&journal, 0..5).await;
    drop(journal);
    let path = last_segment(directory.path());
    let whole = fs::read(&path).unwrap();
    let scan = frame::scan(&whole, HEADER.len(), 0, None);
    assert_eq!((scan.offsets.len(), &scan.rest), (5, &Rest::Clean));
    // The last one too: the mark behind it tells that it was durable.
    for at in HEADER.len()..scan.end {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        let index = scan.offsets.iter().rposition(|&start| start <= u64::try_from(at).unwrap()).unwrap();
        match Journal::open(directory.path(), Options::default()) {
            Err(JournalError::Damaged { index: found, .. }) => assert_eq!(found, u64::try_from(index).unwrap()),
            other => panic!("byte {at}: {other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), damaged, "the evidence stays");
    }
    fs::write(&path, b"something else altogether").unwrap();
    assert!(matches!(Journal::open(directory.path(), Options::default()), Err(JournalError::Version { .. })));
}

#[tokio::test]
async fn a_damaged_mark_costs_no_entry() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(directory.path(), Options::default()).unwrap();
    fill(&journal, 0..5).await;
    drop(journal);
    let path = last_segment(directory.path());
    let whole = fs::read(&path).unwrap();
    let end = frame::scan(&whole, HEADER.len(), 0, None).end;
    assert_eq!(whole.len(), end + frame::HEADER_LEN);
    for at in end..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        let (journal, recovery) = Journal::open(directory.path(), Options::default()).unwrap();
        assert_eq!(recovery, Recovery { torn_bytes: frame::HEADER_LEN as u64, size: 5 });
        assert_eq!(journal.read(0, 10).await.unwrap(), all(0..5));
    }
}

#[tokio::test]
async fn a_missing_segment_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = open(directory.path());
    fill(&journal, 0..40).await;
    drop(journal);
    let firsts = segment::list(directory.path()).unwrap();
    fs::remove_file(segment::path(directory.path(), firsts[1])).unwrap();
    match Journal::open(directory.path(), SMALL) {
        Err(JournalError::Damaged { index, .. }) => assert_eq!(index, firsts[1]),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_segment_cut_off_while_it_was_made_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = open(directory.path());
    fill(&journal, 0..3).await;
    drop(journal);
    for length in 0..HEADER.len() {
        fs::write(segment::path(directory.path(), 3), &HEADER[..length]).unwrap();
        let (journal, recovery) = open(directory.path());
        assert_eq!(recovery.size, 3);
        drop(journal);
    }
    let (journal, _) = open(directory.path());
    fill(&journal, 3..6).await;
    assert_eq!(journal.read(0, 10).await.unwrap(), all(0..6));
}

#[tokio::test]
async fn only_one_process_writes_and_others_may_look() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Journal::entries(&directory.path().join("nothing")).unwrap().is_empty());
    let (journal, _) = open(directory.path());
    assert!(matches!(Journal::open(directory.path(), SMALL), Err(JournalError::Locked { .. })));
    fill(&journal, 0..30).await;
    let seen = Journal::entries(directory.path()).unwrap();
    assert_eq!(seen, (0..30).map(|n| (n, entry(n))).collect::<Vec<_>>());
    journal.release(25).await.unwrap();
    let seen = Journal::entries(directory.path()).unwrap();
    assert_eq!(seen.first().unwrap().0, journal.first().await.unwrap());
    assert_eq!(seen.last().unwrap().0, 29);
    // Half a frame, as a look at the wrong moment sees it.
    let path = last_segment(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[0xf5, b'R']);
    fs::write(&path, bytes).unwrap();
    assert_eq!(Journal::entries(directory.path()).unwrap(), seen);
    drop(journal);
    assert!(Journal::open(directory.path(), SMALL).is_ok());
}

#[tokio::test]
async fn a_journal_whose_entries_are_all_released_keeps_its_count() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = open(directory.path());
    fill(&journal, 0..50).await;
    journal.release(50).await.unwrap();
    drop(journal);
    let (journal, recovery) = open(directory.path());
    assert_eq!(recovery.size, 50);
    assert!(journal.first().await.unwrap() > 30);
    assert_eq!(journal.append(entry(50)).await.unwrap(), 50);
}

/// A file that fails when told to, having done half of what it was asked.
struct Failing {
    file: Box<dyn Sink>,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    write: AtomicBool,
    sync: AtomicBool,
    truncate: AtomicBool,
    syncs: AtomicU64,
    sync_ms: AtomicU64,
}

fn fault(flag: &AtomicBool) -> io::Result<()> {
    if flag.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
}

impl Sink for Failing {
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        if self.faults.write.load(Ordering::SeqCst) {
            self.file.write(at, &bytes[..bytes.len() / 2])?;
        }
        fault(&self.faults.write)?;
        self.file.write(at, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.faults.syncs.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(self.faults.sync_ms.load(Ordering::SeqCst)));
        fault(&self.faults.sync)?;
        self.file.sync()
    }

    fn truncate(&mut self, end: u64) -> io::Result<()> {
        fault(&self.faults.truncate)?;
        self.file.truncate(end)
    }
}

fn open_failing(directory: &Path) -> (Journal, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    let given = Arc::clone(&faults);
    let open_sink: OpenSink =
        Box::new(move |path| Ok(Box::new(Failing { file: segment::open_file(path)?, faults: Arc::clone(&given) })));
    (Journal::open_with(directory, Options::default(), open_sink).unwrap().0, faults)
}

async fn fails(journal: &Journal) {
    match journal.append(Bytes::from_static(b"never")).await {
        Err(LogError::Medium { operation: "append", .. }) => {}
        other => panic!("an append on a failing disk was answered with {other:?}"),
    }
}

#[tokio::test]
async fn a_failing_disk_fails_appends_until_it_works_again() {
    for kind in ["write", "sync", "write and truncate", "sync and truncate"] {
        let directory = tempfile::tempdir().unwrap();
        let (journal, faults) = open_failing(directory.path());
        fill(&journal, 0..3).await;
        let set = |on: bool| {
            faults.write.store(on && kind.contains("write"), Ordering::SeqCst);
            faults.sync.store(on && kind.contains("sync"), Ordering::SeqCst);
            faults.truncate.store(on && kind.contains("truncate"), Ordering::SeqCst);
        };
        let mut size = 3;
        for _ in 0..3 {
            set(true);
            for _ in 0..3 {
                fails(&journal).await;
            }
            assert_eq!(journal.size().await.unwrap(), size, "{kind}");
            assert_eq!(journal.read(0, 100).await.unwrap(), all(0..size), "{kind}");
            set(false);
            fill(&journal, size..size + 2).await;
            size += 2;
        }
        assert_eq!(journal.read(0, 100).await.unwrap(), all(0..size), "{kind}");
        drop(journal);
        let (journal, recovery) = Journal::open(directory.path(), Options::default()).unwrap();
        assert_eq!(recovery, Recovery { torn_bytes: 0, size }, "{kind}");
        assert_eq!(journal.read(0, 100).await.unwrap(), all(0..size), "{kind}");
    }
}

#[tokio::test]
async fn a_crash_while_the_disk_fails_loses_nothing_that_was_promised() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, faults) = open_failing(directory.path());
    fill(&journal, 0..3).await;
    faults.write.store(true, Ordering::SeqCst);
    faults.truncate.store(true, Ordering::SeqCst);
    fails(&journal).await;
    drop(journal);
    let (journal, recovery) = Journal::open(directory.path(), Options::default()).unwrap();
    assert_eq!(recovery.size, 3);
    assert!(recovery.torn_bytes > 0);
    assert_eq!(journal.read(0, 100).await.unwrap(), all(0..3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_that_overlap_share_a_commit() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, faults) = open_failing(directory.path());
    faults.sync_ms.store(5, Ordering::SeqCst);
    let journal = Arc::new(journal);
    let tasks: Vec<_> = (0..500)
        .map(|n| {
            let journal = Arc::clone(&journal);
            tokio::spawn(async move { journal.append(entry(n)).await.unwrap() })
        })
        .collect();
    let mut indices = Vec::new();
    for task in tasks {
        indices.push(task.await.unwrap());
    }
    indices.sort_unstable();
    assert_eq!(indices, (0..500).collect::<Vec<_>>());
    let syncs = faults.syncs.load(Ordering::SeqCst);
    assert!(syncs < 50, "{syncs} commits for 500 appends");
}

#[tokio::test]
async fn an_append_whose_caller_has_gone_does_not_stop_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, faults) = open_failing(directory.path());
    faults.sync_ms.store(20, Ordering::SeqCst);
    let gone = tokio::time::timeout(std::time::Duration::from_millis(5), journal.append(entry(0))).await;
    assert!(gone.is_err());
    assert_eq!(journal.append(entry(1)).await.unwrap(), 1);
    assert_eq!(journal.read(0, 5).await.unwrap(), all(0..2));
}

/// An hour, so that what goes along with others goes with them or not at all.
const LATE: Options = Options { soon: Duration::from_secs(3_600), ..SMALL };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_wait_goes_along_with_the_next_commit() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(directory.path(), LATE).unwrap();
    let journal = Arc::new(journal);
    let waiting = tokio::spawn({
        let journal = Arc::clone(&journal);
        async move { appended(&*journal, entry(0), Haste::Soon).await }
    });
    while journal.shared.queue.len() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(journal.size().await.unwrap(), 0);
    assert_eq!(journal.append(entry(1)).await.unwrap(), 1);
    assert_eq!(waiting.await.unwrap().unwrap(), 0);
    assert_eq!(journal.read(0, 5).await.unwrap(), all(0..2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_crowds_that_come_again_and_again_become_one() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, faults) = open_failing(directory.path());
    faults.sync_ms.store(60, Ordering::SeqCst);
    let journal = Arc::new(journal);
    let callers = (0..8_u64).map(|caller| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move {
            // Half of them come while the commit of the others runs.
            tokio::time::sleep(Duration::from_millis(30 * (caller % 2))).await;
            for n in 0..10 {
                journal.append(entry(caller * 100 + n)).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let syncs = faults.syncs.load(Ordering::SeqCst);
    assert!(syncs < 17, "{syncs} commits for 8 callers with 10 appends each");
}

#[tokio::test]
async fn what_waits_is_written_when_the_journal_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(directory.path(), LATE).unwrap();
    let gone = tokio::time::timeout(Duration::from_millis(5), appended(&journal, entry(0), Haste::Soon)).await;
    assert!(gone.is_err());
    drop(journal);
    let (journal, recovery) = open(directory.path());
    assert_eq!(recovery, Recovery { torn_bytes: 0, size: 1 });
    assert_eq!(journal.read(0, 5).await.unwrap(), all(0..1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_that_wait_need_no_company() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(directory.path(), LATE).unwrap();
    let journal = Arc::new(journal);
    let soon = |n| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move { appended(&*journal, entry(n), Haste::Soon).await.unwrap() })
    };
    let tasks: Vec<_> = (0..64).map(soon).collect();
    let mut indices = Vec::new();
    for task in tasks {
        indices.push(task.await.unwrap());
    }
    indices.sort_unstable();
    assert_eq!(indices, (0..64).collect::<Vec<_>>());
}
