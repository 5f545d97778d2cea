//! A client that speaks HTTP/1.1 byte by byte: it sends what no library would send and sees every byte that
//! comes back.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long the client waits for the next byte.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// An answer, with its body as the client's library would see it (chunks joined).
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first value of a header, by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection that can carry several requests.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: TcpStream,
    pending: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(READ_TIMEOUT))?;
        Ok(Self { socket, pending: Vec::new() })
    }

    /// Sends a request with these headers after `host` and `content-length`.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<()> {
        let mut out = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            out.push_str(name);
            out.push_str(": ");
            out.push_str(value);
            out.push_str("\r\n");
        }
        out.push_str("\r\n");
        let mut out = out.into_bytes();
        out.extend_from_slice(body);
        self.socket.write_all(&out)
    }

    /// Reads one answer whole.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let mut answer = self.head()?;
        answer.body = if answer.header("transfer-encoding") == Some("chunked") {
            self.chunks()?
        } else {
            match answer.header("content-length") {
                Some(length) => {
                    let length = length.parse().map_err(|_| invalid("a length that is no number"))?;
                    self.exactly(length)?
                }
                None => self.rest()?,
            }
        };
        Ok(answer)
    }

    /// Reads the head of an answer, for whoever does not want to wait for its body.
    pub(crate) fn head(&mut self) -> io::Result<Answer> {
        let head = self.until(b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| invalid("no status line"))?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Answer { status, headers, body: Vec::new() })
    }

    /// What has been read and not yet been asked for.
    pub(crate) fn take_pending(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.pending)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = self.until(b"\r\n")?;
            let size = String::from_utf8_lossy(&size).trim().to_owned();
            let size = usize::from_str_radix(&size, 16).map_err(|_| invalid("a chunk without a size"))?;
            body.extend(self.exactly(size)?);
            self.until(b"\r\n")?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    /// Everything up to and including `mark`.
    fn until(&mut self, mark: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.pending.windows(mark.len()).position(|window| window == mark) {
                return Ok(self.pending.drain(..at + mark.len()).collect());
            }
            self.more()?;
        }
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.pending.len() < length {
            self.more()?;
        }
        Ok(self.pending.drain(..length).collect())
    }

    fn rest(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.more() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(std::mem::take(&mut self.pending));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn more(&mut self) -> io::Result<()> {
        let mut piece = [0; 16 * 1024];
        let read = self.socket.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.pending.extend_from_slice(piece.get(..read).unwrap_or_default());
        Ok(())
    }
}

/// One JSON request on a connection of its own.
pub(crate) fn post(address: &str, path: &str, key: &str, body: &serde_json::Value) -> io::Result<Answer> {
    let mut connection = Connection::open(address)?;
    let bearer = format!("Bearer {key}");
    connection.send(
        "POST",
        path,
        &[("authorization", &bearer), ("content-type", "application/json")],
        body.to_string().as_bytes(),
    )?;
    connection.answer()
}

/// A `GET` on a connection of its own.
pub(crate) fn get(address: &str, path: &str) -> io::Result<Answer> {
    let mut connection = Connection::open(address)?;
    connection.send("GET", path, &[], b"")?;
    connection.answer()
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
