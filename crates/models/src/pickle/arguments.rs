//! What follows an opcode in the stream.

use super::machine::{Machine, Stop};
use super::value::{TEXT_BYTES_MAX, Value};
use crate::finding::PICKLE_COMPUTED;

/// Bytes that are looked at on their own, of one stream.
const NESTED_MAX: usize = 256;

impl Machine<'_, '_> {
    pub(super) fn line(&mut self) -> Result<String, Stop> {
        let (line, _) = self.cursor.line(TEXT_BYTES_MAX)?;
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// A line that names a module or something in it: Python refuses one that is not UTF-8.
    pub(super) fn name_line(&mut self) -> Result<String, Stop> {
        let (line, longer) = self.cursor.line(TEXT_BYTES_MAX)?;
        let line = String::from_utf8(line).map_err(|_| Stop::Broken)?;
        Ok(if longer { line + "…" } else { line })
    }

    pub(super) fn number(&mut self) -> Result<Option<i64>, Stop> {
        let line = self.line()?;
        let digits: String = line.chars().filter(|letter| !letter.is_whitespace() && *letter != '_').collect();
        let digits = digits.trim_start_matches('+').trim_end_matches('L');
        // Numbers may have more digits than are kept.
        let magnitude = digits.strip_prefix('-').unwrap_or(digits);
        self.run.is_odd |= magnitude.is_empty() || magnitude.contains(|digit: char| !digit.is_ascii_digit());
        Ok(digits.parse().ok())
    }

    pub(super) fn decimal(&mut self) -> Result<(), Stop> {
        let number = self.number()?;
        self.stack.push(number.map_or(Value::Thing, Value::Number));
        Ok(())
    }

    pub(super) fn index(&mut self) -> Result<u64, Stop> {
        self.number()?.and_then(|index| u64::try_from(index).ok()).ok_or(Stop::Broken)
    }

    pub(super) fn signed_length(&mut self) -> Result<u64, Stop> {
        let length = i32::from_le_bytes(self.cursor.array()?);
        u64::try_from(length).map_err(|_| Stop::Broken)
    }

    pub(super) fn long(&mut self, length: u64) -> Result<(), Stop> {
        if length > 10 {
            self.cursor.skip(length)?;
            self.stack.push(Value::Thing);
            return Ok(());
        }
        let bytes = self.cursor.take(length)?;
        self.run.is_torch_magic |= self.run.opcodes <= 2 && bytes == super::TORCH_MAGIC;
        let mut wide = if bytes.last().is_some_and(|last| last & 0x80 != 0) { [0xff; 16] } else { [0; 16] };
        wide.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        let number = i64::try_from(i128::from_le_bytes(wide));
        self.stack.push(number.map_or(Value::Thing, Value::Number));
        Ok(())
    }

    pub(super) fn text(&mut self, length: u64) -> Result<(), Stop> {
        if length > TEXT_BYTES_MAX as u64 {
            self.cursor.skip(length)?;
            self.stack.push(Value::Opaque);
            return Ok(());
        }
        let bytes = self.cursor.take(length)?;
        self.push_text(&String::from_utf8_lossy(&bytes), false);
        Ok(())
    }

    pub(super) fn push_text(&mut self, text: &str, is_cut: bool) {
        self.stack.push(if is_cut { Value::Opaque } else { Value::Text(text.into()) });
    }

    pub(super) fn bytes(&mut self, length: u64) -> Result<(), Stop> {
        let at = self.cursor.at();
        self.cursor.skip(length)?;
        let head = crate::source::peek(self.cursor.source(), at, 4)?;
        if length >= 4 && (matches!(head.as_slice(), [0x80, 0..=5, ..]) || head == b"PK\x03\x04") {
            self.nest(at, length);
        }
        self.stack.push(Value::Bytes(at, length));
        Ok(())
    }

    pub(super) fn nest(&mut self, at: u64, length: u64) {
        if self.run.nested.len() < NESTED_MAX {
            if !self.run.nested.contains(&(at, length)) {
                self.run.nested.push((at, length));
            }
        } else {
            self.found(PICKLE_COMPUTED, "more bytes that may be loaded than are looked at".to_owned());
        }
    }
}

/// The text that `\uXXXX`, `\xXX` and octal escapes stand for; anything else stays.
pub(super) fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let (width, radix, skip) = match after.chars().next() {
            Some('x') => (2, 16, 1),
            Some('u') => (4, 16, 1),
            Some('U') => (8, 16, 1),
            Some('0'..='7') => (after.chars().take(3).take_while(|digit| digit.is_digit(8)).count(), 8, 0),
            _ => (0, 10, 0),
        };
        let digits = after.get(skip..skip + width).unwrap_or_default();
        match u32::from_str_radix(digits, radix).ok().and_then(char::from_u32) {
            Some(letter) if width > 0 => {
                out.push(letter);
                rest = after.get(skip + width..).unwrap_or_default();
            }
            _ => {
                out.push('\\');
                rest = after;
            }
        }
    }
    out + rest
}
