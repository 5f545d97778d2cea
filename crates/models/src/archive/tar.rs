//! Tar archives (POSIX.1-2001 pax, ustar and GNU's long names).

use std::collections::BTreeSet;

use super::check_name;
use crate::finding::{ARCHIVE_BROKEN, ARCHIVE_DUPLICATE, ARCHIVE_LIMIT, ARCHIVE_LINK, ARCHIVE_MISMATCH};
use crate::pickle::Loader;
use crate::scan::{Role, Scan, content};
use crate::source::{Part, Source, peek};

const BLOCK: u64 = 512;

/// Looks at every member.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source) {
    let (mut at, mut long_name, mut names) = (0, None, BTreeSet::new());
    // The first form of PyTorch's files: pickles whose persistent ids are numbers of objects in the others.
    let is_torch = is_torch(source);
    while let Ok(block) = peek(source, at, 512) {
        if block.len() < 512 {
            if !block.iter().all(|byte| *byte == 0) {
                scan.at(ARCHIVE_BROKEN, at, "a header is cut");
            }
            break;
        }
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        if names.len() >= scan.limits.members_max {
            scan.at(ARCHIVE_LIMIT, at, "more members than are looked at");
            break;
        }
        let Some(size) = number(block.get(124..136).unwrap_or_default()) else {
            scan.at(ARCHIVE_BROKEN, at, "a member's size is no number");
            break;
        };
        let data = at + BLOCK;
        let Some(next) = size.checked_next_multiple_of(BLOCK).and_then(|size| data.checked_add(size)) else {
            scan.at(ARCHIVE_BROKEN, at, "a member's size is out of range");
            break;
        };
        if data.saturating_add(size) > source.length() {
            scan.at(ARCHIVE_BROKEN, at, "a member is longer than the archive");
        }
        let member = Part::new(source, data, size);
        match block.get(156) {
            Some(b'L') => long_name = text_of(&member),
            Some(b'x' | b'g') => {
                let text = text_of(&member).unwrap_or_default();
                // Whoever heeds it goes on at another place.
                if text.contains(" size=") {
                    scan.at(ARCHIVE_MISMATCH, at, "an extended header gives a size of its own");
                }
                long_name = pax_path(&text).or(long_name);
            }
            Some(b'K') => {}
            flag => {
                let name = long_name.take().unwrap_or_else(|| header_name(&block));
                check_name(scan, &name, at);
                match flag {
                    Some(b'0' | 0 | b'7') => {
                        if !names.insert(name.clone()) {
                            scan.at(ARCHIVE_DUPLICATE, at, format!("`{name}`"));
                        }
                        let role = if is_torch { Role::Pickle(Loader::TorchTar) } else { Role::Any };
                        let role = if is_torch && matches!(name.as_str(), "storages" | "tensors") {
                            Role::Nested
                        } else {
                            role
                        };
                        scan.within(&name, |scan| content(scan, &member, &name, role));
                    }
                    Some(b'5') => {}
                    _ => scan.at(ARCHIVE_LINK, at, format!("`{name}` is a link or a device")),
                }
            }
        }
        at = next;
    }
}

fn is_torch(source: &dyn Source) -> bool {
    let head = peek(source, 0, 512).unwrap_or_default();
    matches!(header_name(&head).trim_start_matches("./"), "sys_info" | "pickle" | "storages" | "tensors")
}

fn header_name(block: &[u8]) -> String {
    let field = |range: std::ops::Range<usize>| {
        let bytes = block.get(range).unwrap_or_default();
        let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    };
    let (name, prefix) = (field(0..100), field(345..500));
    let is_ustar = block.get(257..262) == Some(b"ustar") && block.get(262) == Some(&0);
    if is_ustar && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// Octal digits, or GNU's binary form for large numbers.
fn number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|first| first & 0x80 != 0) {
        let (head, tail) = field.split_at_checked(4)?;
        let is_small = head.iter().enumerate().all(|(at, byte)| *byte == if at == 0 { 0x80 } else { 0 });
        return is_small.then(|| tail.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)));
    }
    let text = String::from_utf8_lossy(field);
    let digits = text.trim_matches(['\0', ' ']);
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// A name that has a member of its own.
fn text_of(member: &Part<'_>) -> Option<String> {
    let bytes = peek(member, 0, 1 << 16).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned())
}

/// The path of a pax header: lines of `length key=value`.
fn pax_path(text: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.split_once(" path=")?.1.to_owned()))
}
