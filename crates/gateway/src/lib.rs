//! The gateway: an HTTP server before models, and an HTTP client behind it.
//!
//! What happens to a request is told by one function, `serve` in `flow`, from top to bottom. Around it:
//! `server` brings bytes in and out, [`admit`] says who may ask, `providers` and `upstream` reach the
//! models, `record` writes the audit log, [`telemetry`] tells operators, [`admin`] lets them look and act.
//!
//! Adding a provider: one file in `providers`, one line in its table.

pub mod admin;
pub mod admit;
mod dispatch;
mod endpoint;
mod flow;
mod gateway;

mod housekeeping;
mod journey;
mod listing;
mod moderation;
pub mod outbox;
pub mod providers;
mod rates;
mod record;
mod reply;
mod request_key;
mod second_opinion;
mod server;
pub mod settings;
mod state;
mod stop;
mod stream;
pub mod telemetry;
pub mod upstream;

pub use gateway::{Dependencies, Gateway, Prepared, ReloadError, Running, StartError};
pub use record::PAYLOAD_KEY_KIND;
pub use request_key::RequestKeys;
pub use server::TlsError;
pub use settings::Settings;
pub use state::BuildError;
