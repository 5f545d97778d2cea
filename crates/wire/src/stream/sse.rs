//! Server-sent events out of chunks that are cut anywhere (WHATWG HTML, section 9.2).

use bytes::Bytes;

use crate::error::DecodeError;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One event: its name and its data, lines joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: Option<String>,
    pub(super) data: Bytes,
}

/// Gathers lines into events.
#[derive(Debug)]
pub(super) struct Parser {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The data of the event that has not ended yet, a line feed after each line.
    data: Vec<u8>,
    name: Option<String>,
    is_first_line: bool,
    /// The last byte was a carriage return: a line feed that follows belongs to it.
    after_return: bool,
    event_bytes_max: usize,
}

impl Parser {
    pub(super) fn new(event_bytes_max: usize) -> Self {
        Self {
            line: Vec::new(),
            data: Vec::new(),
            name: None,
            is_first_line: true,
            after_return: false,
            event_bytes_max,
        }
    }

    /// Adds what came. Each event that ended goes to `events`.
    pub(super) fn push(&mut self, mut chunk: &[u8], events: &mut Vec<Event>) -> Result<(), DecodeError> {
        if self.after_return && !chunk.is_empty() {
            self.after_return = false;
            chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        while let Some(length) = memchr::memchr2(b'\n', b'\r', chunk) {
            let (line, rest) = chunk.split_at(length);
            self.extend(line)?;
            self.end_line(events);
            chunk = match rest {
                [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_return = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => rest,
            };
        }
        self.extend(chunk)
    }

    /// The upstream ended: an event that lacks only its blank line is an event.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>) {
        if !self.line.is_empty() {
            self.end_line(events);
        }
        self.end_event(events);
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        if self.line.len() + self.data.len() + bytes.len() > self.event_bytes_max {
            return Err(DecodeError::TooLarge { what: "one server-sent event", max: self.event_bytes_max });
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, events: &mut Vec<Event>) {
        let mut line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.is_first_line) && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.is_empty() {
            self.line = line;
            return self.end_event(events);
        }
        let colon = memchr::memchr(b':', &line).unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            b"event" => self.name = Some(String::from_utf8_lossy(value).into_owned()).filter(|name| !name.is_empty()),
            // Comments, `id`, `retry` and what nobody knows.
            _ => {}
        }
        // The buffer is kept: a stream is thousands of short lines.
        line.clear();
        self.line = line;
    }

    fn end_event(&mut self, events: &mut Vec<Event>) {
        let name = self.name.take();
        let mut data = std::mem::take(&mut self.data);
        data.pop();
        if !data.is_empty() {
            events.push(Event { name, data: Bytes::from(data) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pieces: &[&[u8]]) -> Vec<(Option<String>, String)> {
        let mut parser = Parser::new(1 << 20);
        let mut events = Vec::new();
        for piece in pieces {
            parser.push(piece, &mut events).expect("within the bound");
        }
        parser.finish(&mut events);
        events.into_iter().map(|event| (event.name, String::from_utf8_lossy(&event.data).into_owned())).collect()
    }

    #[test]
    fn cutting_anywhere_changes_nothing() {
        let texts = [
            "data: a\n\ndata: b\n\n",
            "\u{feff}event: x\r\ndata: a\r\ndata:  b\r\n\r\n: comment\r\n\r\ndata:c\r\n\r\n",
            "event: x\rdata: a\r\rid: 1\rretry: 5\rdata\rdata: ü\r\r",
            "data: {\"a\":\ndata: 1}\n\nevent: lost\n\ndata: [DONE]\n\n",
            "data: no blank line",
        ];
        for text in texts {
            let bytes = text.as_bytes();
            let whole = parse(&[bytes]);
            assert!(!whole.is_empty());
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                assert_eq!(parse(&[head, tail]), whole, "{text:?} cut at {cut}");
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(parse(&single), whole, "{text:?} byte by byte");
        }
    }

    #[test]
    fn lines_join_and_comments_vanish() {
        let some = |name: &str, data: &str| (Some(name.to_owned()), data.to_owned());
        assert_eq!(parse(&[b"event: x\ndata: a\ndata:  b\n: no\n\n"]), [some("x", "a\n b")]);
        assert_eq!(parse(&[b"event: lost\n\ndata: a\n\n"]), [(None, "a".to_owned())]);
    }

    #[test]
    fn an_endless_event_ends() {
        let mut parser = Parser::new(10);
        let mut events = Vec::new();
        assert!(parser.push(b"data: 1\n", &mut events).is_ok());
        let error = parser.push(b"data: 23456789", &mut events);
        assert_eq!(error, Err(DecodeError::TooLarge { what: "one server-sent event", max: 10 }));
    }
}
