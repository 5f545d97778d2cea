//! Which surface to speak to an upstream.

use redoubt_domain::Surface;

use crate::translate;

/// The asked surface if the upstream serves it, else the first in [`PREFERENCE`] that it serves and that the
/// asked one can be translated to. `None` if there is no way: embeddings cannot be asked of an upstream that
/// only converses.
pub fn spoken_surface(asked: Surface, native: &[Surface]) -> Option<Surface> {
    if native.contains(&asked) {
        return Some(asked);
    }
    PREFERENCE.into_iter().find(|&spoken| native.contains(&spoken) && translate::is_possible(asked, spoken))
}

/// The richest first: what it cannot say, the next cannot either.
const PREFERENCE: [Surface; 4] =
    [Surface::ChatCompletions, Surface::Messages, Surface::Responses, Surface::Completions];
