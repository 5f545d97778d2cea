//! A socket address as a setting.

use std::net::SocketAddr;

use redoubt_domain::settings::Table;

/// Reads `key` as an address and port.
pub(super) fn read(table: &mut Table<'_>, key: &'static str, words: &'static str, default: SocketAddr) -> SocketAddr {
    let text = table.or(key, words, default.to_string());
    text.parse().unwrap_or_else(|_| {
        table.refuse(key, format!("expected an address with a port such as \"{default}\", found `{text}`"));
        default
    })
}
