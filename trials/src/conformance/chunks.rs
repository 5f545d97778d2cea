//! Bodies in HTTP chunks, so that the receiver gets them cut where the trial wants it, whatever the network
//! does: one write carries all chunks, and a chunk is never joined with the next.

use std::io::{self, Write as _};

use crate::client::Connection;

/// A complete answer whose body comes in these pieces, on a connection that goes on.
pub(super) fn chunked(content_type: &str, pieces: &[&[u8]]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n");
    with_pieces(head, pieces)
}

/// Sends a request whose body comes in these pieces.
pub(super) fn send_chunks(
    connection: &mut Connection,
    path: &str,
    headers: &[(&str, &str)],
    pieces: &[&[u8]],
) -> io::Result<()> {
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    connection.socket.write_all(&with_pieces(head, pieces))
}

fn with_pieces(head: String, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = head.into_bytes();
    // An empty piece would end the body.
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        out.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}
