//! What is read at a detector's literals, from left to right.

use redoubt_domain::seams::{Hit, Match, Window};

/// Reads something at each literal, and keeps what does not reach into what was kept before. A literal within something
/// kept is passed over.
pub(super) fn read_each(window: &Window<'_>, found: &mut Vec<Match>, mut read: impl FnMut(&Hit) -> Option<Match>) {
    let mut done = 0;
    for hit in window.hits {
        if hit.start < done {
            continue;
        }
        if let Some(one) = read(hit).filter(|one| one.span.start >= done) {
            done = one.span.end;
            found.push(one);
        }
    }
}
