//! TLS for a listener.

use std::path::PathBuf;

use redoubt_domain::settings::Table;

/// Where the certificate and its key lie, and which callers must show one too.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// The certificate chain, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
    /// Authorities whose certificates callers must show (mutual TLS), PEM; none asks for none.
    pub client_ca: Option<PathBuf>,
}

impl TlsSettings {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        let path = |text: String| PathBuf::from(text);
        Self {
            cert: path(table.require("cert", "the file of the certificate chain, PEM", String::new())),
            key: path(table.require("key", "the file of the private key, PEM", String::new())),
            client_ca: table
                .get("client_ca", "the file of the authorities whose certificates callers must show, PEM")
                .map(path),
        }
    }
}
