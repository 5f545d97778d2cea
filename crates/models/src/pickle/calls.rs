//! What a pickle names, calls and fills: where it is decided whether that is harmless.

use std::cell::Cell;
use std::rc::Rc;

use super::machine::{ARRAYS_DEPTH_MAX, FINDINGS_MAX, Loader, Machine, Pass, Stop};
use super::names::{self, Special, Standing, Use};
use super::value::{Element, Global, Value};
use crate::finding::{
    PICKLE_COMPUTED, PICKLE_DANGEROUS, PICKLE_MISUSE, PICKLE_PATCH, PICKLE_PERSISTENT, PICKLE_UNKNOWN,
};

impl Machine<'_, '_> {
    pub(super) fn global(&mut self, module: &str, name: &str) -> Result<Value, Stop> {
        self.run.has_named = true;
        let key = (module.to_owned(), name.to_owned());
        if let Some(global) = self.globals.get(&key) {
            return Ok(Value::Global(Rc::clone(global)));
        }
        let mut standing = names::standing(module, name);
        let is_own = module == "__torch__" || module.starts_with("__torch__.");
        if is_own && self.loader == Loader::TorchScript {
            standing = Standing::Harmless(Use::Class);
        }
        match standing {
            Standing::Dangerous => self.found(PICKLE_DANGEROUS, format!("`{module}.{name}`")),
            // There is no such module, so Python stops here.
            Standing::Unknown if matches!(self.pass, Pass::Plain(names) if names.contains(module)) => {
                return Err(Stop::Broken);
            }
            Standing::Unknown => self.found(PICKLE_UNKNOWN, format!("`{module}.{name}`")),
            Standing::Harmless(_) => {
                self.run.names.insert(name.to_owned());
            }
        }
        let global = Rc::new(Global { module: module.to_owned(), name: name.to_owned(), standing });
        if self.globals.len() < FINDINGS_MAX * 16 {
            self.globals.insert(key, Rc::clone(&global));
        }
        Ok(Value::Global(global))
    }

    pub(super) fn stack_global(&mut self) -> Result<(), Stop> {
        let (name, module) = (self.pop()?, self.pop()?);
        // Both of Python's implementations refuse what is no text.
        if !module.may_be_text() || !name.may_be_text() {
            return Err(Stop::Broken);
        }
        let global = match (module.text(), name.text()) {
            (Some(module), Some(name)) => self.global(module, name)?,
            _ => {
                self.run.has_named = true;
                self.found(PICKLE_COMPUTED, "a name that is not written in the file".to_owned());
                Value::Opaque
            }
        };
        self.stack.push(global);
        Ok(())
    }

    /// `callable(*arguments)`; `arguments` is nothing if they are not known.
    pub(super) fn call(&mut self, callable: &Value, arguments: Option<&[Value]>) -> Result<Value, Stop> {
        if !callable.may_be_called() {
            return Err(Stop::Broken);
        }
        let Value::Global(global) = callable else {
            self.run.has_called = true;
            self.found(PICKLE_COMPUTED, "calls what an earlier call gave".to_owned());
            return Ok(Value::Opaque);
        };
        let Standing::Harmless(usage) = global.standing else {
            self.run.has_called = true;
            return Ok(Value::Opaque);
        };
        let Some(arguments) = arguments else {
            self.run.has_called = true;
            self.found(PICKLE_COMPUTED, format!("calls `{}.{}` with computed arguments", global.module, global.name));
            return Ok(Value::Opaque);
        };
        let is_right = match usage {
            Use::Value => false,
            Use::Class => false,
            Use::Call(least, most) => (least..=most).contains(&arguments.len()),
            Use::Special(special) => self.special(special, arguments),
        };
        if !is_right {
            let words = format!("calls `{}.{}` with {} arguments", global.module, global.name, arguments.len());
            self.run.has_called = true;
            self.found(PICKLE_MISUSE, words);
        }
        if global.module == "numpy" && global.name == "dtype" {
            let element = arguments.first().and_then(Value::text).map(Element::of_code);
            return Ok(Value::Element(Rc::new(Cell::new(
                element.unwrap_or(Element { bytes: None, has_objects: false }),
            ))));
        }
        Ok(match (usage, arguments.first()) {
            (Use::Special(Special::Reconstructor | Special::NewObject), Some(class)) => instance(class),
            (Use::Special(Special::Encode | Special::Bytes), _) => Value::Thing,
            (Use::Call(..), _) if !is_builtin(global) && global.name != "scalar" => Value::Made,
            _ => Value::Opaque,
        })
    }

    /// Whether something is called in the one way that is harmless.
    fn special(&mut self, special: Special, arguments: &[Value]) -> bool {
        let is_class = |value: Option<&Value>| match value {
            Some(Value::Global(class)) => {
                matches!(class.standing, Standing::Harmless(Use::Class | Use::Value | Use::Call(..)))
            }
            _ => false,
        };
        match special {
            Special::Reconstructor => {
                let base = match arguments.get(1) {
                    Some(Value::Global(base)) => {
                        is_builtin(base) && base.name != "type" && matches!(base.standing, Standing::Harmless(_))
                    }
                    _ => false,
                };
                arguments.len() == 3 && base && is_class(arguments.first())
            }
            Special::NewObject => !arguments.is_empty() && is_class(arguments.first()),
            Special::Encode => {
                let encoding = arguments.get(1).map_or(Some("utf-8"), Value::text);
                (1..=2).contains(&arguments.len())
                    && matches!(encoding, Some("latin1" | "latin-1" | "iso-8859-1" | "utf-8" | "utf8" | "ascii"))
            }
            Special::LoadFromBytes => match arguments {
                [Value::Bytes(at, length)] => {
                    self.nest(*at, *length);
                    true
                }
                _ => false,
            },
            Special::Bytes => match arguments {
                []
                | [Value::Opaque | Value::Thing | Value::Text(_) | Value::Bytes(..)]
                | [Value::Opaque | Value::Text(_), Value::Text(_)] => true,
                [Value::Number(count)] => (0..=1 << 31).contains(count),
                _ => false,
            },
            Special::Ufunc => match arguments {
                [Value::Text(module), Value::Text(name)] => names::is_ufunc(module, name),
                _ => false,
            },
        }
    }

    /// `class.__new__(class, *arguments)`
    pub(super) fn make(&mut self, class: &Value, arguments: Option<&[Value]>) -> Result<Value, Stop> {
        if !class.may_be_called() {
            return Err(Stop::Broken);
        }
        let Value::Global(global) = class else {
            self.run.has_called = true;
            self.found(PICKLE_COMPUTED, "makes an instance of a computed class".to_owned());
            return Ok(Value::Opaque);
        };
        match global.standing {
            Standing::Harmless(Use::Class | Use::Call(..)) => {}
            // `__new__` of these takes the same arguments as a call.
            Standing::Harmless(Use::Special(Special::Bytes)) => return self.call(class, arguments),
            Standing::Harmless(_) => {
                let words = format!("makes an instance of `{}.{}`", global.module, global.name);
                self.run.has_called = true;
                self.found(PICKLE_MISUSE, words);
            }
            Standing::Dangerous | Standing::Unknown => self.run.has_called = true,
        }
        Ok(instance(class))
    }

    /// Gives a state to the object below it.
    pub(super) fn build(&mut self) -> Result<(), Stop> {
        let state = self.pop()?;
        self.keep(std::slice::from_ref(&state));
        match self.top()?.clone() {
            Value::Global(global) => {
                self.run.has_called = true;
                self.found(PICKLE_PATCH, format!("sets attributes of `{}.{}` itself", global.module, global.name));
            }
            Value::Element(element) => {
                if let Some(state) = state.items() {
                    element.set(element.get().with_state(state));
                }
            }
            Value::ArrayWrapper => {
                self.run.has_arrays = true;
                if matches!(self.pass, Pass::Joblib) {
                    self.array(&state)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn persistent(&mut self, id: &Value) {
        let is_storage = match (self.loader, id.items()) {
            (Loader::TorchTar, _) => true,
            (Loader::Torch | Loader::TorchScript, Some([Value::Text(kind), Value::Global(class), ..])) => {
                matches!(&**kind, "storage" | "module")
                    && matches!(class.standing, Standing::Harmless(Use::Value | Use::Class))
            }
            _ => false,
        };
        if !is_storage {
            self.found(PICKLE_PERSISTENT, "a persistent id that is none of PyTorch's storages".to_owned());
        }
        self.stack.push(Value::Opaque);
    }

    /// Goes over an array as joblib's loader reads it: the bytes of its elements, or a pickle of its objects.
    fn array(&mut self, state: &Value) -> Result<(), Stop> {
        let Value::Fields(fields) = state else { return Err(Stop::Broken) };
        let (element, count, is_aligned) = {
            let fields = fields.borrow();
            let element = match fields.get("dtype") {
                Some(Value::Element(element)) => element.get(),
                _ => return Err(Stop::Broken),
            };
            let sizes = fields.get("shape").and_then(Value::items).ok_or(Stop::Broken)?;
            let sizes = sizes.iter().map(|size| match size {
                Value::Number(size) => u64::try_from(*size).ok(),
                _ => None,
            });
            let count = sizes.into_iter().try_fold(1_u64, |all, size| all.checked_mul(size?)).ok_or(Stop::Broken)?;
            (element, count, matches!(fields.get("numpy_array_alignment_bytes"), Some(Value::Number(_))))
        };
        if element.has_objects {
            if self.arrays_depth >= ARRAYS_DEPTH_MAX {
                return Err(Stop::Limit);
            }
            self.arrays_depth += 1;
            let outer =
                (std::mem::take(&mut self.stack), std::mem::take(&mut self.marks), std::mem::take(&mut self.memo));
            self.execute()?;
            (self.stack, self.marks, self.memo) = outer;
            self.arrays_depth -= 1;
            return Ok(());
        }
        if is_aligned {
            let padding = self.cursor.byte()?.into();
            self.cursor.skip(padding)?;
        }
        let bytes = element.bytes.and_then(|bytes| bytes.checked_mul(count)).ok_or(Stop::Broken)?;
        self.cursor.skip(bytes)?;
        Ok(())
    }
}

fn is_builtin(global: &Global) -> bool {
    matches!(global.module.as_str(), "builtins" | "__builtin__")
}

/// What making an instance of `class` gives.
fn instance(class: &Value) -> Value {
    match class {
        Value::Global(global) if global.name == "NumpyArrayWrapper" => Value::ArrayWrapper,
        Value::Global(global) if !is_builtin(global) => Value::Made,
        _ => Value::Opaque,
    }
}
