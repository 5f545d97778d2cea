//! The gateway from outside: real HTTP, with the demonstration upstream and with upstreams that misbehave.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails says why")]

mod admin;
mod audit;
mod clock;
mod faults;
mod guarding;
mod http_client;
mod lifecycle;
mod memory;
mod outbox;
mod second_opinions;
mod surfaces;
mod tls;
mod upstream;
mod world;
