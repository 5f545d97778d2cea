//! Those bounds that an operator may reasonably move.

use redoubt_domain::Limits;
use redoubt_domain::settings::{Bytes, Table};

/// Reads the bounds; the rest of [`Limits`] is part of the product.
pub(super) fn read(table: &mut Table<'_>) -> Limits {
    let standard = Limits::default();
    let mut size = |key, words, default: usize| table.or(key, words, Bytes(default)).0;
    let body_bytes_max = size("body_bytes", "the largest request", standard.body_bytes_max);
    let answer_bytes_max = size("answer_bytes", "the largest answer of an upstream", standard.answer_bytes_max);
    let hold_bytes_max = size("hold_bytes", "text that a stream may hold back in one lane", standard.hold_bytes_max);
    Limits {
        body_bytes_max,
        answer_bytes_max,
        hold_bytes_max,
        connections_max: table.or("connections", "connections served at once", standard.connections_max),
        header_read_timeout: table.or(
            "header_read_timeout",
            "time for a client to send the head of its first request",
            standard.header_read_timeout,
        ),
        keep_alive_timeout: table.or(
            "keep_alive_timeout",
            "time a client may keep a connection between two requests",
            standard.keep_alive_timeout,
        ),
        body_read_timeout: table.or(
            "body_read_timeout",
            "time for a client to send its body",
            standard.body_read_timeout,
        ),
        write_stall_timeout: table.or(
            "write_stall_timeout",
            "time a client may refuse to take bytes",
            standard.write_stall_timeout,
        ),
        ..standard
    }
}
