//! Bodies and streams of every surface.

#[path = "../../crates/wire/tests/it/laws.rs"]
mod laws;

use redoubt_domain::Surface;

/// The first byte names the surface, the rest is the body.
pub fn request(data: &[u8]) {
    let (surface, body) = crate::choose(data, Surface::ALL.len());
    laws::a_request_reads_back(Surface::ALL[surface], body);
}

/// The first byte names the surface, the rest is the body.
pub fn answer(data: &[u8]) {
    let (surface, body) = crate::choose(data, Surface::ALL.len());
    laws::an_answer_reads_back(Surface::ALL[surface], body);
}

/// The first byte names the surface asked and the surface spoken, the second how long the pieces are.
pub fn stream(data: &[u8]) {
    let (pair, data) = crate::choose(data, 32);
    let (step, bytes) = crate::choose(data, 64);
    let spoken = laws::WORDY[pair % 4];
    let asked = if pair >= 16 { spoken } else { laws::WORDY[pair / 4] };
    laws::a_stream_reads_alike_wherever_it_is_cut(asked, spoken, bytes, step);
}

/// The first byte names two surfaces, and whether a request or an answer is carried over.
pub fn translation(data: &[u8]) {
    let (choice, body) = crate::choose(data, 32);
    let (from, to) = (laws::WORDY[choice % 4], laws::WORDY[choice / 4 % 4]);
    if choice < 16 {
        laws::a_request_is_carried_over(from, to, body);
    } else {
        laws::an_answer_is_carried_over(to, from, body);
    }
}
