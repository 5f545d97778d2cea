//! Putting an answer right rather than refusing it.

use redoubt_domain::decision::{Action, Judged};

use super::{Active, Engine, Extent, Subject, pardon};
use crate::decide::{Manner, Place};
use crate::transforms;
use crate::vault::Vault;

/// What takes the place of a text that was put right.
pub(crate) struct Mended {
    pub(crate) text: String,
    /// What was judged of it: it goes out as if it had come so.
    pub(crate) judged: Vec<Judged>,
}

impl Engine {
    /// Puts a complete text right if a rule asks for it, and looks at what comes of that. What cannot be put right is
    /// blocked, and so is what is only seen then: `judged` says which.
    pub(crate) fn mend(
        &self,
        subject: Subject<'_>,
        manner: Manner,
        judged: &mut Vec<Judged>,
        beside: &[Active],
        vault: &Vault,
    ) -> Option<Mended> {
        let is_hopeless = judged.iter().any(|judged| !judged.action.passes());
        let asked = judged.iter().find(|judged| is_asked(judged)).filter(|_| !is_hopeless)?;
        let detector = beside.iter().find(|active| active.id == asked.finding.detector);
        let Some(text) = detector.and_then(|active| active.detector.mend(subject.text)) else {
            judged.iter_mut().filter(|judged| is_asked(judged)).for_each(block);
            return None;
        };
        let subject = Subject { text: &text, is_open: false, extent: Extent::Whole, is_hasty: false, ..subject };
        let place = Place { origin: subject.origin, kind: subject.kind };
        let mut seeing = self.look(subject, beside, Some(vault));
        let mut again = self.judged(&mut seeing, subject.direction, place, manner);
        pardon(&text, &mut again, vault);
        // Once is enough.
        again.iter_mut().filter(|judged| is_asked(judged)).for_each(block);
        if seeing.is_overlong {
            judged.iter_mut().filter(|judged| is_asked(judged)).for_each(block);
        }
        judged.extend(again.iter().filter(|judged| !judged.action.passes()).cloned());
        Some(Mended { text, judged: again })
    }
}

fn is_asked(judged: &Judged) -> bool {
    judged.action == Action::Transform && judged.transform == Some(transforms::REPAIR)
}

fn block(judged: &mut Judged) {
    judged.action = Action::Block;
    judged.transform = None;
}
