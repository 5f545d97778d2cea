//! GGUF models (<https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, versions 2 and 3): readers in C++ trust
//! its counts and lengths, and its chat template is run by whoever talks to the model.

use std::collections::BTreeSet;

use crate::finding::{GGUF_BOUNDS, NOT_READ, TOO_LARGE};
use crate::scan::Scan;
use crate::settings::template;
use crate::source::{Cursor, ReadError, Source};

/// `GGML_MAX_DIMS`.
const DIMENSIONS_MAX: u32 = 4;
/// `GGML_MAX_NAME`, with the zero at its end.
const NAME_BYTES_MAX: u64 = 64;
const KEY_BYTES_MAX: u64 = 65_535;
const ARRAY_DEPTH_MAX: usize = 4;
/// A key-value pair and a tensor's description take at least so many bytes.
const PAIR_BYTES_MIN: u64 = 13;
const TENSOR_BYTES_MIN: u64 = 24;
const ALIGNMENT_DEFAULT: u64 = 32;

/// Elements of a block and bytes that they take, by the number of the type (`ggml_type`).
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),
        1 | 30 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        20 => (32, 18),
        21 => (256, 110),
        22 => (256, 82),
        23 => (256, 136),
        24 => (1, 1),
        25 => (1, 2),
        26 => (1, 4),
        27 | 28 => (1, 8),
        29 => (256, 56),
        34 => (256, 54),
        35 => (256, 66),
        39 => (32, 17),
        _ => return None,
    })
}

/// Why reading ends early.
enum Wrong {
    /// The format forbids it.
    Bounds(String),
    /// The file does not hold it.
    Read(ReadError),
}

impl From<ReadError> for Wrong {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// Checks every count, length and offset, and the chat templates.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source) {
    let mut cursor = Cursor::new(source, 0);
    match walk(scan, &mut cursor) {
        Ok(()) => {}
        Err(Wrong::Bounds(words)) => scan.at(GGUF_BOUNDS, cursor.at(), words),
        Err(Wrong::Read(error)) => {
            scan.at(GGUF_BOUNDS, cursor.at(), format!("the header goes on beyond the file: {error}"))
        }
    }
}

fn walk(scan: &mut Scan<'_>, cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
    let magic = cursor.array::<4>()?;
    let version = cursor.u32()?;
    if &magic != b"GGUF" || !matches!(version, 2 | 3) {
        scan.found(NOT_READ, format!("GGUF of version {version}, or for processors with the other order of bytes"));
        return Ok(());
    }
    let (tensors, pairs) = (cursor.u64()?, cursor.u64()?);
    for (what, count, least) in [("tensors", tensors, TENSOR_BYTES_MIN), ("pairs", pairs, PAIR_BYTES_MIN)] {
        if count.checked_mul(least).is_none_or(|bytes| bytes > cursor.left()) {
            return Err(Wrong::Bounds(format!("{count} {what} in {} bytes", cursor.left())));
        }
    }
    let mut keys = BTreeSet::new();
    let mut alignment = ALIGNMENT_DEFAULT;
    for _ in 0..pairs {
        let key =
            string(cursor, KEY_BYTES_MAX)?.ok_or_else(|| Wrong::Bounds("a key of more than 65535 bytes".to_owned()))?;
        if !keys.insert(key.clone()) {
            return Err(Wrong::Bounds(format!("the key `{key}` stands twice")));
        }
        let kind = cursor.u32()?;
        if key == "general.alignment" && kind == 4 {
            alignment = cursor.u32()?.into();
            if !alignment.is_power_of_two() || alignment > 1 << 20 {
                return Err(Wrong::Bounds(format!("an alignment of {alignment}")));
            }
        } else if kind == 8 && key.starts_with("tokenizer.chat_template") {
            match string(cursor, scan.limits.string_bytes_max)? {
                Some(text) => template::check(scan, &text, &key),
                None => scan.key(TOO_LARGE, key, "a chat template of more than is looked at"),
            }
        } else {
            value(cursor, kind, 0)?;
        }
    }
    let mut names = BTreeSet::new();
    let mut spans = Vec::new();
    for _ in 0..tensors {
        let name =
            string(cursor, NAME_BYTES_MAX)?.ok_or_else(|| Wrong::Bounds("a name of more than 64 bytes".to_owned()))?;
        let dimensions = cursor.u32()?;
        if dimensions > DIMENSIONS_MAX {
            return Err(Wrong::Bounds(format!("tensor `{name}` has {dimensions} dimensions")));
        }
        let (mut elements, mut row) = (1_u64, 1);
        for at in 0..dimensions {
            let size = cursor.u64()?;
            if at == 0 {
                row = size;
            }
            elements = elements
                .checked_mul(size)
                .filter(|elements| i64::try_from(*elements).is_ok())
                .ok_or_else(|| Wrong::Bounds(format!("the shape of tensor `{name}` is out of range")))?;
        }
        let (kind, offset) = (cursor.u32()?, cursor.u64()?);
        let (block, bytes) =
            block(kind).ok_or_else(|| Wrong::Bounds(format!("tensor `{name}` is of type {kind}, which is none")))?;
        if row % block != 0 || offset % alignment != 0 {
            return Err(Wrong::Bounds(format!("tensor `{name}` has half a block, or does not lie where tensors may")));
        }
        let bytes = (elements / block).checked_mul(bytes);
        let end = bytes.and_then(|bytes| offset.checked_add(bytes));
        let end = end.ok_or_else(|| Wrong::Bounds(format!("tensor `{name}` is out of range")))?;
        if !names.insert(name.clone()) {
            return Err(Wrong::Bounds(format!("the tensor `{name}` stands twice")));
        }
        spans.push((offset, end, name));
    }
    let data_at = cursor.at().checked_next_multiple_of(alignment).unwrap_or(u64::MAX);
    let data = cursor.source().length().saturating_sub(data_at);
    spans.sort_unstable();
    let mut reached = 0;
    for (offset, end, name) in spans {
        if end > data {
            return Err(Wrong::Bounds(format!("tensor `{name}` ends at {end}, the data at {data}")));
        }
        if offset < reached {
            return Err(Wrong::Bounds(format!("tensor `{name}` overlaps another")));
        }
        reached = end;
    }
    Ok(())
}

/// A string, unless it is longer than `max`; it is gone over then.
fn string(cursor: &mut Cursor<'_>, max: u64) -> Result<Option<String>, ReadError> {
    let length = cursor.u64()?;
    if length > max {
        cursor.skip(length)?;
        return Ok(None);
    }
    let bytes = cursor.take(length)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Goes over a value.
fn value(cursor: &mut Cursor<'_>, kind: u32, depth: usize) -> Result<(), Wrong> {
    if let Some(width) = width(kind) {
        return Ok(cursor.skip(width)?);
    }
    match kind {
        8 => {
            let length = cursor.u64()?;
            Ok(cursor.skip(length)?)
        }
        9 if depth < ARRAY_DEPTH_MAX => {
            let (inner, count) = (cursor.u32()?, cursor.u64()?);
            if let Some(width) = width(inner) {
                let bytes = count.checked_mul(width).ok_or_else(|| Wrong::Bounds(format!("{count} elements")))?;
                return Ok(cursor.skip(bytes)?);
            }
            // Each takes eight bytes at least.
            if count > cursor.left() / 8 {
                return Err(Wrong::Bounds(format!("{count} elements in {} bytes", cursor.left())));
            }
            for _ in 0..count {
                value(cursor, inner, depth + 1)?;
            }
            Ok(())
        }
        _ => Err(Wrong::Bounds(format!("a value of type {kind}"))),
    }
}

/// Bytes of a value whose type has a fixed width.
fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}
