//! The stack of the symbolic machine, its memo, and the containers that are filled from it.

use super::machine::{Machine, Stop};
use super::value::Value;
use crate::finding::PICKLE_MISUSE;

/// An entry below the last mark is out of reach, as in C's implementation.
impl Machine<'_, '_> {
    pub(super) fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn top(&self) -> Result<&Value, Stop> {
        if self.stack.len() <= self.floor() {
            return Err(Stop::Broken);
        }
        self.stack.last().ok_or(Stop::Broken)
    }

    pub(super) fn pop(&mut self) -> Result<Value, Stop> {
        self.top()?;
        self.stack.pop().ok_or(Stop::Broken)
    }

    pub(super) fn pop_some(&mut self, count: usize) -> Result<Vec<Value>, Stop> {
        let from = self.stack.len().checked_sub(count).filter(|from| *from >= self.floor()).ok_or(Stop::Broken)?;
        Ok(self.stack.split_off(from))
    }

    pub(super) fn pop_mark(&mut self) -> Result<Vec<Value>, Stop> {
        let mark = self.marks.pop().ok_or(Stop::Broken)?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    pub(super) fn pop_or_mark(&mut self) -> Result<(), Stop> {
        if self.marks.last().is_some_and(|mark| *mark >= self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    pub(super) fn memoize(&mut self, index: u64) -> Result<(), Stop> {
        let value = self.top()?.clone();
        self.memo.insert(index, value);
        Ok(())
    }

    pub(super) fn recall(&mut self, index: u64) -> Result<(), Stop> {
        let value = self.memo.get(&index).ok_or(Stop::Broken)?.clone();
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn make_tuple(&mut self, items: Vec<Value>) {
        self.keep(&items);
        self.stack.push(Value::tuple(items));
    }

    /// Values that are kept somewhere, where others may call them: nothing may be that needs a look at each call.
    pub(super) fn keep(&mut self, items: &[Value]) {
        for item in items {
            if let Value::Global(global) = item
                && global.is_special()
            {
                let words = format!("`{}.{}` is handed on instead of being called", global.module, global.name);
                self.found(PICKLE_MISUSE, words);
            }
        }
    }

    pub(super) fn fill(&mut self, items: &[Value], verb: &str) -> Result<(), Stop> {
        self.keep(items);
        if let Value::Global(global) = self.top()? {
            let words = format!("{verb} `{}.{}` itself", global.module, global.name);
            self.run.has_called = true;
            self.found(PICKLE_MISUSE, words);
        }
        Ok(())
    }

    pub(super) fn set(&mut self, items: &[Value]) -> Result<(), Stop> {
        self.fill(items, "sets items of")?;
        let target = self.top()?.clone();
        self.set_items(&target, items);
        Ok(())
    }

    pub(super) fn set_items(&mut self, target: &Value, items: &[Value]) {
        self.keep(items);
        if let Value::Fields(fields) = target {
            for pair in items.chunks_exact(2) {
                if let [key, value] = pair {
                    fields.borrow_mut().set(key, value);
                }
            }
        }
    }
}
