//! What holds for every file, however hostile. The properties beside draw bytes at random; the fuzz target of `fuzz/`
//! includes this file and lets coverage choose them.

use redoubt_models::{Kind, Limits, Scanned, Verdict};

use super::support::zip;

/// Smaller than the real ones, so that a case takes no time.
fn limits() -> Limits {
    Limits {
        opcodes_max: 20_000,
        values_max: 10_000,
        inflated_bytes_max: 1 << 18,
        inflated_total_bytes_max: 1 << 20,
        members_max: 200,
        pickles_max: 50,
        ..Limits::default()
    }
}

fn scan(bytes: &[u8], name: &str) -> Scanned {
    redoubt_models::scan(&bytes, name, &limits())
}

/// A call of `os.system` that leaves the stack as it was, in opcodes of the oldest protocol.
const CALL: &[u8] = b"cos\nsystem\n(S'id'\ntR0";

/// A scan ends, gives the same answer twice, and its verdict is that of its worst finding. Findings lie in the file.
pub(crate) fn a_scan_is_a_function(bytes: &[u8], name: &str) {
    let scanned = scan(bytes, name);
    assert_eq!(scanned, scan(bytes, name));
    let worst = scanned.findings.iter().map(|finding| finding.code.verdict).max().unwrap_or(Verdict::Clean);
    assert!(scanned.verdict == worst || scanned.omitted > 0 && scanned.verdict > worst, "{scanned:?}");
    for finding in &scanned.findings {
        let is_within =
            finding.place.member.is_some() || finding.place.offset.is_none_or(|at| at <= bytes.len() as u64);
        assert!(is_within, "{finding:?} of {} bytes", bytes.len());
    }
}

/// A call before anything else is found, whatever comes behind it: it has been made by then.
pub(crate) fn a_call_at_the_front_is_found(bytes: &[u8]) {
    for front in [b"".as_slice(), b"\x80\x02", b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f"] {
        let file = [front, CALL, bytes].concat();
        assert_eq!(scan(&file, "m.bin").verdict, Verdict::Malicious, "{file:?}");
    }
}

/// A pickle that passes does not pass with a call put before its end, nor with a pickle behind it.
pub(crate) fn a_call_at_the_end_is_found(bytes: &[u8]) {
    let scanned = scan(bytes, "m.pkl");
    let Some((b'.', body)) = bytes.split_last() else { return };
    if scanned.kind != Kind::Pickle || scanned.verdict != Verdict::Clean {
        return;
    }
    let inside = [body, CALL, b"."].concat();
    assert_eq!(scan(&inside, "m.pkl").verdict, Verdict::Malicious, "{inside:?}");
    let behind = [bytes, CALL, b"N."].concat();
    assert_eq!(scan(&behind, "m.pkl").verdict, Verdict::Malicious, "{behind:?}");
}

/// A zip archive with such a member is found however its content is called and wherever it stands among others.
pub(crate) fn a_member_is_found(bytes: &[u8], name: &str) {
    let evil = [CALL, b"N."].concat();
    let archive = zip(&[("first", bytes), (name, &evil)]);
    assert_eq!(scan(&archive, "m.bin").verdict, Verdict::Malicious, "{archive:?}");
}
