//! Archives: every member that anyone might load, and whatever loaders disagree about.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use redoubt_models::Verdict::{Malicious, Suspicious, Unreadable};
use redoubt_models::{Kind, Limits, Verdict};

use super::support::{zip, zip_with};
use super::{EVIL, check, clean, scan};

fn tar(members: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, kind, data) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        header[156] = *kind;
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(header);
        out.extend(*data);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1_024, 0);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn members_are_looked_at_whatever_they_are_called() {
    clean(&zip(&[("a.txt", b"hello"), ("b.json", b"{}")]), "m.zip");
    for name in ["data.pkl", "readme.txt", "a/b/weights.safetensors", "x"] {
        check(&zip(&[("a", b"1"), (name, EVIL)]), "m.bin", Malicious, "pickle_dangerous_global");
    }
    check(&zip(&[("inner.zip", &zip(&[("x", EVIL)]))]), "m.zip", Malicious, "pickle_dangerous_global");
    check(&tar(&[("x", b'0', EVIL)]), "m.tar", Malicious, "pickle_dangerous_global");
    check(&gzip(&tar(&[("x", b'0', EVIL)])), "m.tar.gz", Malicious, "pickle_dangerous_global");
    check(&gzip(EVIL), "m.joblib", Malicious, "pickle_dangerous_global");
    clean(&gzip(&tar(&[("x", b'0', b"hello"), ("d/", b'5', b"")])), "m.tgz");
    let mut nested = zip(&[("x", EVIL)]);
    for _ in 0..6 {
        nested = zip(&[("x", &nested)]);
    }
    check(&nested, "m.zip", Unreadable, "archive_too_large");
}

#[test]
fn names_and_links_stay_within() {
    for name in ["/etc/passwd", "../x", "a/../../x", "..\\x", "C:\\x", "~/x"] {
        check(&zip(&[(name, b"hello")]), "m.zip", Malicious, "archive_unsafe_name");
        check(&tar(&[(name, b'0', b"hello")]), "m.tar", Malicious, "archive_unsafe_name");
    }
    check(&tar(&[("x", b'2', b"")]), "m.tar", Suspicious, "archive_link");
    check(&tar(&[("p", b'x', b"11 path=../y\n"), ("x", b'0', b"a")]), "m.tar", Malicious, "archive_unsafe_name");
    check(&tar(&[("p", b'x', b"10 size=9\n"), ("x", b'0', b"a")]), "m.tar", Suspicious, "archive_mismatch");
    check(&tar(&[("x", b'3', b"")]), "m.tar", Suspicious, "archive_link");
    check(&tar(&[("x", b'0', b"a"), ("x", b'0', b"b")]), "m.tar", Suspicious, "archive_duplicate");
    let link =
        zip_with(&[("x", b"a")], |_, central| central[38..42].copy_from_slice(&(0o120_777_u32 << 16).to_le_bytes()));
    check(&link, "m.zip", Suspicious, "archive_link");
    check(&zip(&[("x", b"a"), ("x", b"b")]), "m.zip", Suspicious, "archive_duplicate");
}

#[test]
fn the_two_descriptions_of_a_member_agree() {
    let members: &[(&str, &[u8])] = &[("data.pkl", b"\x80\x02K\x01.")];
    // Offsets of: flags, method, checksum, packed size, size. Local headers come two bytes earlier.
    for (at, value, code) in [
        (8, 1_u16, "archive_mismatch"),
        (10, 8, "archive_mismatch"),
        (16, 7, "archive_mismatch"),
        (20, 4, "archive_mismatch"),
        (24, 4, "archive_mismatch"),
    ] {
        let bytes = zip_with(members, |_, central| central[at..at + 2].copy_from_slice(&value.to_le_bytes()));
        let scanned = scan(&bytes, "m.zip");
        let codes: Vec<&str> = scanned.findings.iter().map(|finding| finding.code.name).collect();
        assert!(scanned.verdict > Verdict::Clean && codes.contains(&code), "{at}: {scanned:?}");
    }
    let encrypted = zip_with(members, |local, central| (local[6], central[8]) = (1, 1));
    check(&encrypted, "m.zip", Unreadable, "archive_encrypted");
    // Marked as encrypted, and read all the same by loaders that do not care.
    let marked = zip_with(&[("x", EVIL)], |local, central| (local[6], central[8]) = (1, 1));
    check(&marked, "m.zip", Malicious, "archive_encrypted");
    let renamed = {
        let mut bytes = zip(&[("data.pkl", EVIL)]);
        bytes[30..38].copy_from_slice(b"datapkl.");
        bytes
    };
    check(&renamed, "m.zip", Malicious, "archive_mismatch");
    let wrong = zip_with(members, |local, central| (local[14], central[16]) = (local[14] ^ 1, central[16] ^ 1));
    check(&wrong, "m.zip", Unreadable, "archive_broken");
    check(
        &zip_with(members, |local, central| (local[8], central[10]) = (12, 12)),
        "m.zip",
        Unreadable,
        "compression_not_read",
    );
}

#[test]
fn what_the_directory_does_not_name_is_found() {
    let whole = zip(&[("a", b"1"), ("evil", EVIL)]);
    // The directory is cut to its first entry.
    let mut hidden = whole.clone();
    let end = hidden.len() - 22;
    hidden[end + 8] = 1;
    hidden[end + 10] = 1;
    let verdict = scan(&hidden, "m.zip").verdict;
    assert_eq!(verdict, Malicious);
    // Members, and no directory at all.
    let central = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    check(&whole[..central], "m.zip", Malicious, "archive_broken");
    // In front of the archive, and in front of something else.
    check(&[EVIL, &zip(&[("a", b"1")])].concat(), "m.zip", Malicious, "polyglot");
    let picture = [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &[0; 64]].concat();
    clean(&picture, "logo.png");
    check(&[&picture, zip(&[("a", EVIL)]).as_slice()].concat(), "logo.png", Malicious, "polyglot");
    check(b"\x89PNG\r\n\x1a\n", "logo.png", Unreadable, "unknown_kind");
    for end in 0..whole.len() {
        assert!(scan(&whole[..end], "m.zip").verdict > Verdict::Clean || end < 5, "cut at {end}");
    }
}

#[test]
fn bombs_end() {
    // Forty entries of the directory are one member.
    let separate = zip_with(&vec![("x", [b'a'; 4_000].as_slice()); 40], |_, central| central[42..46].fill(0));
    let directory = separate.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut shared = [&separate[..directory / 40], &separate[directory..]].concat();
    let end = shared.len() - 6;
    shared[end..end + 4].copy_from_slice(&u32::try_from(directory / 40).unwrap().to_le_bytes());
    check(&shared, "m.zip", Malicious, "archive_bomb");
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    let packed = encoder.finish().unwrap();
    let bomb = zip_with(&[("x", &packed)], |local, central| (local[8], central[10]) = (8, 8));
    let limits = Limits { inflated_bytes_max: 40 << 20, inflation_ratio_max: 500, ..Limits::default() };
    let scanned = redoubt_models::scan(&bomb, "m.zip", &limits);
    assert_eq!(scanned.verdict, Malicious, "{scanned:?}");
    assert!(scanned.findings.iter().any(|finding| finding.code.name == "archive_bomb"));
}

#[test]
fn what_is_not_unpacked_is_refused() {
    for head in [
        b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(),
        b"BZh91AY&SY",
        b"\xfd7zXZ\0\0",
        b"\x28\xb5\x2f\xfd\0",
        b"\x04\x22\x4d\x18\0",
        b"Rar!\x1a\x07\0",
    ] {
        check(head, "m.pkl", Unreadable, "compression_not_read");
    }
    check(b"\x1f\x8b\x08\0broken", "m.gz", Unreadable, "archive_broken");
}

#[test]
fn storages_of_pytorch_are_no_pickles() {
    let scanned = scan(include_bytes!("../fixtures/torch.pt"), "m.pt");
    assert_eq!((scanned.kind, scanned.verdict), (Kind::Zip, Verdict::Clean));
    let data = b"\x80\x02K\x01.".as_slice();
    clean(&zip(&[("m/data.pkl", data), ("m/data/0", b"\x80\x02\xff\x00"), ("m/version", b"3\n")]), "m.pt");
    check(
        &zip(&[("m/data.pkl", EVIL), ("m/data/0", b"\0"), ("m/version", b"3\n")]),
        "m.pt",
        Malicious,
        "pickle_dangerous_global",
    );
    // TorchScript names its own types; as a Python module they would be a stranger's.
    let own = b"\x80\x02c__torch__.Net\nNet\n)\x81}b.";
    clean(
        &zip(&[("m/data.pkl", own), ("m/code/__torch__.py", b"class Net(Module):\n  pass\n"), ("m/version", b"3\n")]),
        "m.pt",
    );
    check(&zip(&[("m/data.pkl", own), ("m/version", b"3\n")]), "m.pt", Suspicious, "pickle_unknown_global");
    let code: &[u8] = b"def f(x):\n  torch.save(x, \"/etc/x\")\n";
    check(&zip(&[("m/data.pkl", own), ("m/code/a.py", code)]), "m.pt", Suspicious, "torchscript_file_operation");
}
