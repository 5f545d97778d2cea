//! Zip archives (PKWARE APPNOTE 6.3), read by their directory at the end and by the headers before the members.
//!
//! Loaders differ: Python's `zipfile` trusts the directory and checks it against the headers in part, PyTorch's reader
//! in C++ trusts other fields, unpackers that stream never see the directory. So every member is looked at that anyone
//! might load, and wherever the two descriptions differ that is a finding of its own.

use std::collections::{BTreeMap, BTreeSet};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::{Stream, check_name, inflate};
use crate::finding::{
    ARCHIVE_BOMB, ARCHIVE_BROKEN, ARCHIVE_DUPLICATE, ARCHIVE_ENCRYPTED, ARCHIVE_HIDDEN, ARCHIVE_LIMIT, ARCHIVE_LINK,
    ARCHIVE_METHOD, ARCHIVE_MISMATCH,
};
use crate::pickle::Loader;
use crate::scan::{Role, Scan, content};
use crate::source::{Cursor, Part, ReadError, Source, peek};

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// The end record and the longest comment behind it.
const TAIL_BYTES: u64 = 22 + 65_535;
/// Members that are not in the directory: an archive has been cut, or has something to hide.
const HIDDEN_MAX: usize = 64;
/// Stored members up to this size have their checksum tested; tensors are larger.
const CHECKED_BYTES_MAX: u64 = 1 << 24;

/// A member as one of its two headers describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Header {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
}

/// A member of the directory.
struct Entry {
    header: Header,
    local_at: u64,
    mode: u32,
}

/// Where the directory is.
struct Directory {
    at: u64,
    entries: u64,
    /// What lies before the archive: offsets count from its end.
    prefix: u64,
    /// Where the end record is.
    end_at: u64,
}

/// Whether a zip archive ends here, as `zipfile.is_zipfile` finds one, with a directory where it says.
pub(crate) fn is_at_the_end(source: &dyn Source) -> bool {
    match directory(source) {
        Ok(Some((Some(directory), _))) => {
            directory.entries > 0 && peek(source, directory.at, 4).is_ok_and(|head| head == CENTRAL)
        }
        _ => false,
    }
}

/// Looks at every member.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source) {
    let found = match directory(source) {
        Ok(found) => found,
        Err(error) => return scan.unread(&error),
    };
    let mut entries = Vec::new();
    match found {
        Some((Some(directory), others)) => {
            if others {
                scan.found(ARCHIVE_MISMATCH, "more than one end of the directory, or two that differ");
            }
            entries = read_entries(scan, source, &directory);
            if directory.prefix > 0 {
                scan.at(ARCHIVE_HIDDEN, 0, format!("{} bytes before the archive", directory.prefix));
            }
            check_order(scan, source, &entries, &directory);
        }
        _ => scan.found(ARCHIVE_BROKEN, "the directory at the end is missing"),
    }
    let roles = Roles::of(entries.iter().map(|entry| entry.header.name.as_str()));
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut covered = 0_u64;
    for entry in &entries {
        let Entry { header, local_at, mode } = entry;
        // Members that lie in each other cost their size each time, so a small file could be looked at for ever.
        covered = covered.saturating_add(header.packed);
        if covered > source.length().saturating_mul(2) {
            scan.at(ARCHIVE_BOMB, *local_at, "members that lie in each other are longer than the archive");
            break;
        }
        check_name(scan, &header.name, *local_at);
        if !names.insert(header.name.as_str()) {
            scan.at(ARCHIVE_DUPLICATE, *local_at, format!("`{}`", header.name));
        }
        // The upper half is the mode that Unix gives files; a link is 0o12 there.
        if mode >> 16 & 0o170_000 == 0o120_000 {
            scan.at(ARCHIVE_LINK, *local_at, format!("`{}`", header.name));
        }
        seen.insert(*local_at);
        let (local, data_at) = match read_local(source, *local_at) {
            Ok(Some(local)) => local,
            Ok(None) => {
                scan.at(ARCHIVE_BROKEN, *local_at, format!("no member begins where `{}` should", header.name));
                continue;
            }
            Err(error) => {
                scan.within(&header.name, |scan| scan.found(ARCHIVE_BROKEN, error.to_string()));
                continue;
            }
        };
        let differences = differences(header, &local);
        if !differences.is_empty() {
            let words = format!("`{}` has another {} in its own header", header.name, differences.join(", "));
            scan.at(ARCHIVE_MISMATCH, *local_at, words);
            // Whoever goes by the other header reads this.
            let other =
                Header { packed: if local.packed == 0 { header.packed } else { local.packed }, ..local.clone() };
            if other.method != header.method || other.packed != header.packed || other.name != header.name {
                member(scan, source, &other, data_at, roles.of_member(&other.name));
            }
        }
        let flagged = Header { flags: header.flags | local.flags, ..header.clone() };
        member(scan, source, &flagged, data_at, roles.of_member(&header.name));
    }
    walk(scan, source, &seen);
}

/// The directory that the last end record names, and whether there are other end records. Nothing if there is none.
fn directory(source: &dyn Source) -> Result<Option<(Option<Directory>, bool)>, ReadError> {
    let length = source.length();
    let tail_at = length.saturating_sub(TAIL_BYTES);
    let tail = peek(source, tail_at, TAIL_BYTES as usize)?;
    let mut ends = memchr::memmem::rfind_iter(&tail, END).filter(|at| at + END_BYTES <= tail.len());
    let Some(end) = ends.next() else { return Ok(None) };
    // An end record within the comment of another: which one counts depends on the reader. Others belong to archives
    // that are members of this one.
    let mut others = ends.any(|at| {
        let comment = tail.get(at + 20..at + END_BYTES).and_then(|bytes| <[u8; 2]>::try_from(bytes).ok());
        comment.is_some_and(|comment| at + END_BYTES + usize::from(u16::from_le_bytes(comment)) == tail.len())
    });
    let end_at = tail_at + end as u64;
    let mut cursor = Cursor::new(source, end_at + 10);
    let (mut entries, mut size, mut offset) =
        (u64::from(cursor.u16()?), u64::from(cursor.u32()?), u64::from(cursor.u32()?));
    let mut directory_end = end_at;
    // Zip64: a locator before the end record names a longer one, whose numbers count.
    if let Some(locator_at) = end_at.checked_sub(20)
        && peek(source, locator_at, 4)? == b"PK\x06\x07"
    {
        let record_at = Cursor::new(source, locator_at + 8).u64()?;
        if peek(source, record_at, 4)? == b"PK\x06\x06" {
            directory_end = record_at;
            let mut cursor = Cursor::new(source, record_at.saturating_add(32));
            let long = (cursor.u64()?, cursor.u64()?, cursor.u64()?);
            let differs = |short: u64, long: u64, full: u64| short != long && short != full;
            // Which of the two counts depends on the reader.
            others |= differs(entries, long.0, 0xffff)
                || differs(size, long.1, 0xffff_ffff)
                || differs(offset, long.2, 0xffff_ffff);
            (entries, size, offset) = long;
        }
    }
    let directory = directory_end.checked_sub(size).and_then(|at| {
        let prefix = at.checked_sub(offset)?;
        Some(Directory { at, entries, prefix, end_at })
    });
    Ok(Some((directory, others)))
}

fn read_entries(scan: &mut Scan<'_>, source: &dyn Source, directory: &Directory) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut cursor = Cursor::new(source, directory.at);
    for _ in 0..directory.entries {
        if entries.len() >= scan.limits.members_max {
            scan.found(ARCHIVE_LIMIT, "more members than are looked at");
            break;
        }
        match read_entry(&mut cursor, directory.prefix) {
            Ok(Some(entry)) => entries.push(entry),
            Ok(None) | Err(ReadError::End { .. }) => {
                scan.at(ARCHIVE_BROKEN, cursor.at(), "the directory ends early");
                break;
            }
            Err(error) => {
                scan.unread(&error);
                break;
            }
        }
    }
    if cursor.at() < directory.end_at && entries.len() as u64 == directory.entries {
        let rest = directory.end_at - cursor.at();
        if peek(source, cursor.at(), 4).is_ok_and(|head| head == CENTRAL) {
            scan.at(ARCHIVE_MISMATCH, cursor.at(), format!("{rest} bytes of directory that its end does not count"));
        }
    }
    entries
}

fn read_entry(cursor: &mut Cursor<'_>, prefix: u64) -> Result<Option<Entry>, ReadError> {
    if cursor.array::<4>()? != CENTRAL {
        return Ok(None);
    }
    cursor.skip(4)?;
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    cursor.skip(4)?;
    let (crc, packed, size) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
    let (name, extra, comment) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
    cursor.skip(4)?;
    let (mode, offset) = (cursor.u32()?, cursor.u32()?);
    let name = name_of(&cursor.take(name.into())?);
    let extra = cursor.take(extra.into())?;
    cursor.skip(comment.into())?;
    let (size, packed, offset) = zip64(&extra, size, packed, Some(offset));
    let header = Header { name, flags, method, crc, packed, size };
    // Beyond the end there is nothing either, and findings tell places within the file.
    let local_at = offset.saturating_add(prefix).min(cursor.source().length());
    Ok(Some(Entry { header, local_at, mode }))
}

/// The header before a member, and where its data begins.
fn read_local(source: &dyn Source, at: u64) -> Result<Option<(Header, u64)>, ReadError> {
    let mut cursor = Cursor::new(source, at);
    if cursor.array::<4>()? != LOCAL {
        return Ok(None);
    }
    cursor.skip(2)?;
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    cursor.skip(4)?;
    let (crc, packed, size) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
    let (name, extra) = (cursor.u16()?, cursor.u16()?);
    let name = name_of(&cursor.take(name.into())?);
    let extra = cursor.take(extra.into())?;
    let (size, packed, _) = zip64(&extra, size, packed, None);
    Ok(Some((Header { name, flags, method, crc, packed, size }, cursor.at())))
}

/// Sizes that did not fit into four bytes stand in an extra field, in this order.
fn zip64(extra: &[u8], size: u32, packed: u32, offset: Option<u32>) -> (u64, u64, u64) {
    let mut field: &[u8] = &[];
    let mut rest = extra;
    while let Some((head, after)) = rest.split_at_checked(4) {
        let number = |at: usize| {
            usize::from(head.get(at).copied().unwrap_or(0)) | usize::from(head.get(at + 1).copied().unwrap_or(0)) << 8
        };
        let length = number(2).min(after.len());
        let (body, next) = after.split_at(length);
        if number(0) == 1 {
            field = body;
        }
        rest = next;
    }
    let mut wide = |narrow: u32| {
        if narrow != u32::MAX {
            return u64::from(narrow);
        }
        let Some((bytes, rest)) = field.split_first_chunk::<8>() else { return u64::from(narrow) };
        field = rest;
        u64::from_le_bytes(*bytes)
    };
    (wide(size), wide(packed), offset.map_or(0, &mut wide))
}

fn name_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the two descriptions of one member differ in. A member written as a stream has its sizes behind it.
fn differences(central: &Header, local: &Header) -> Vec<&'static str> {
    let mut differences = Vec::new();
    let is_streamed = local.flags & 8 != 0;
    let mut compare = |what, differs: bool| {
        if differs {
            differences.push(what);
        }
    };
    compare("name", central.name != local.name);
    compare("method", central.method != local.method);
    // Bit 11 says that names are UTF-8; some writers set it in one place only. Bit 3 likewise.
    compare("flags", (central.flags ^ local.flags) & !0x0808 != 0);
    compare("packed size", central.packed != local.packed && !(is_streamed && local.packed == 0));
    compare("size", central.size != local.size && !(is_streamed && local.size == 0));
    compare("checksum", central.crc != local.crc && !(is_streamed && local.crc == 0));
    differences
}

/// Members lie one after the other up to the directory: what lies between them, nobody reads who goes by it.
fn check_order(scan: &mut Scan<'_>, source: &dyn Source, entries: &[Entry], directory: &Directory) {
    let mut spans = BTreeMap::new();
    for entry in entries {
        if let Ok(Some((local, data_at))) = read_local(source, entry.local_at) {
            let end = data_at.saturating_add(entry.header.packed);
            if spans.insert(entry.local_at, (end, local.flags & 8 != 0)).is_some() {
                scan.at(ARCHIVE_MISMATCH, entry.local_at, "two members share their data");
            }
        }
    }
    let mut reached = directory.prefix;
    let mut may_have_descriptor = false;
    for (at, end) in spans.iter().map(|(at, end)| (*at, Some(*end))).chain([(directory.at, None)]) {
        // A descriptor of sizes has 12 to 24 bytes.
        let room = if may_have_descriptor { 24 } else { 0 };
        if at < reached {
            scan.at(ARCHIVE_MISMATCH, at, "members overlap");
        } else if at - reached > room {
            scan.at(ARCHIVE_HIDDEN, reached, format!("{} bytes between members", at - reached));
        }
        if let Some((end, is_streamed)) = end {
            (reached, may_have_descriptor) = (reached.max(end), is_streamed);
        }
    }
}

/// Goes from header to header, as whoever streams an archive does, and looks at members that the directory lacks.
fn walk(scan: &mut Scan<'_>, source: &dyn Source, seen: &BTreeSet<u64>) {
    let (mut at, mut hidden) = (0, 0);
    for _ in 0..scan.limits.members_max {
        let Ok(Some((local, data_at))) = read_local(source, at) else { return };
        let is_streamed = local.flags & 8 != 0 && local.packed == 0;
        if !seen.contains(&at) {
            hidden += 1;
            if hidden > HIDDEN_MAX {
                return scan.at(ARCHIVE_LIMIT, at, "more members outside the directory than are looked at");
            }
            scan.at(ARCHIVE_MISMATCH, at, format!("`{}` is not in the directory", local.name));
            check_name(scan, &local.name, at);
            let packed = if is_streamed { source.length().saturating_sub(data_at) } else { local.packed };
            member(scan, source, &Header { packed, ..local.clone() }, data_at, Role::Any);
        }
        if is_streamed {
            // Its length is known behind it only; the next header is found by its signature.
            match find(source, data_at, LOCAL) {
                Some(next) => at = next,
                None => return,
            }
        } else {
            at = data_at.saturating_add(local.packed);
        }
    }
}

/// Where `what` comes next, within reason.
fn find(source: &dyn Source, mut from: u64, what: &[u8]) -> Option<u64> {
    for _ in 0..1_024 {
        let piece = peek(source, from, 1 << 20).ok()?;
        if let Some(at) = memchr::memmem::find(&piece, what) {
            return Some(from + at as u64);
        }
        if piece.len() < 1 << 20 {
            return None;
        }
        from += (1 << 20) - what.len() as u64;
    }
    None
}

fn member(scan: &mut Scan<'_>, source: &dyn Source, header: &Header, data_at: u64, role: Role) {
    let Header { name, flags, method, crc, packed, size } = header;
    if name.ends_with('/') && *size == 0 {
        return;
    }
    scan.within(name, |scan| {
        // Bits 0, 6 and 13: encrypted in one of three ways. Bit 5: a patch of another file.
        if flags & 0x2041 != 0 {
            scan.at(ARCHIVE_ENCRYPTED, data_at, "encrypted, or marked so");
        }
        if flags & 0x20 != 0 {
            scan.at(ARCHIVE_METHOD, data_at, "marked as a patch");
        }
        let data = Part::new(source, data_at, *packed);
        if data.length() < *packed {
            scan.at(ARCHIVE_BROKEN, data_at, format!("{packed} bytes are announced, {} are there", data.length()));
        }
        match method {
            0 => {
                if role != Role::Storage && data.length() <= CHECKED_BYTES_MAX {
                    check_crc(scan, &peek(&data, 0, CHECKED_BYTES_MAX as usize).unwrap_or_default(), *crc, *flags);
                }
                content(scan, &data, name, role);
            }
            8 => {
                let bytes = inflate(scan, DeflateDecoder::new(Stream::new(&data)), *packed);
                check_crc(scan, &bytes, *crc, *flags);
                if *size != bytes.len() as u64 && flags & 8 == 0 {
                    scan.at(ARCHIVE_MISMATCH, data_at, format!("{size} bytes are announced, {} came out", bytes.len()));
                }
                content(scan, &bytes, name, role);
            }
            method => scan.at(ARCHIVE_METHOD, data_at, format!("method {method}")),
        }
    });
}

fn check_crc(scan: &mut Scan<'_>, bytes: &[u8], expected: u32, flags: u16) {
    let mut crc = Crc::new();
    crc.update(bytes);
    // A streamed member that the directory lacks has none.
    if crc.sum() != expected && !(flags & 8 != 0 && expected == 0) {
        scan.found(ARCHIVE_BROKEN, "the checksum is wrong");
    }
}

/// What members of PyTorch's archives are, by the names its writer gives them.
struct Roles {
    root: Option<String>,
    has_code: bool,
}

impl Roles {
    fn of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Self {
        let root = names.clone().find_map(|name| Some(name.strip_suffix("data.pkl")?.to_owned()));
        let root = root.filter(|root| root.is_empty() || root.ends_with('/') && root.matches('/').count() == 1);
        let has_code = root.as_ref().is_some_and(|root| {
            names.clone().any(|name| name.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with("code/")))
        });
        Self { root, has_code }
    }

    fn of_member(&self, name: &str) -> Role {
        let Some(rest) = self.root.as_deref().and_then(|root| name.strip_prefix(root)) else { return Role::Any };
        let loader = if self.has_code { Loader::TorchScript } else { Loader::Torch };
        let is_numbered =
            |folder: &str| rest.strip_prefix(folder).is_some_and(|file| !file.is_empty() && !file.contains('/'));
        if rest.ends_with(".pkl") || rest.ends_with(".debug_pkl") {
            Role::Pickle(loader)
        } else if is_numbered("data/")
            || is_numbered("tensors/")
            || is_numbered("constants/")
            || rest.starts_with(".data/")
        {
            Role::Storage
        } else if self.has_code && rest.starts_with("code/") {
            Role::TorchScript
        } else {
            Role::Any
        }
    }
}
