//! More rows than there are: changed texts, and rows between rows. For learning, and to see what changes do to a model.
//!
//! Only rows to learn from may be augmented, and only after they were split from those to judge by: a changed copy of a row
//! in both would be judged by heart.

mod mixup;
mod smote;
mod text;

pub use mixup::{Mixed, mixup};
pub use smote::{Cell, Synthetic, smote};
pub use text::TextChange;
