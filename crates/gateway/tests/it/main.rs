//! The gateway from outside: real HTTP, with the demonstration upstream and with upstreams that misbehave.

#![expect(missing_docs, reason = "a test")]

mod audit;
mod faults;
mod guarding;
mod http_client;
mod lifecycle;
mod memory;
mod surfaces;
mod tls;
mod upstream;
mod world;
