//! What a pickle's stack holds, as far as a scan needs to know it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::names::{Standing, Use};

/// Texts up to this length are kept: names of modules and functions are shorter.
pub(super) const TEXT_BYTES_MAX: usize = 256;
/// Tuples nested deeper are not looked into, so that dropping one needs no deep stack.
const TUPLE_DEPTH_MAX: usize = 32;
/// Keys of a dictionary that are kept: what is needed of them has seven.
const FIELDS_MAX: usize = 16;

/// A value, symbolically: nothing is made, nothing is called.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Anything at all: what a call gave, a long text.
    Opaque,
    /// Something that is neither a text nor can be called: `None`, a list, a number with a fraction.
    Thing,
    /// An object that a harmless class or function gave: no text, though it might be called.
    Made,
    Number(i64),
    Text(Rc<str>),
    /// Bytes of the source: where, and how many.
    Bytes(u64, u64),
    Global(Rc<Global>),
    Tuple(Rc<Tuple>),
    Fields(Rc<RefCell<Fields>>),
    /// A NumPy element type, which `BUILD` completes.
    Element(Rc<Cell<Element>>),
    /// A joblib wrapper: `BUILD` reads an array that follows in the stream.
    ArrayWrapper,
}

/// A function or class that was named.
#[derive(Debug)]
pub(super) struct Global {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) standing: Standing,
}

impl Global {
    /// Whether it is harmless only if called in a certain way.
    pub(super) fn is_special(&self) -> bool {
        matches!(self.standing, Standing::Harmless(Use::Special(_)))
    }
}

#[derive(Debug)]
pub(super) struct Tuple {
    pub(super) items: Vec<Value>,
    depth: usize,
}

/// Some entries of a dictionary. Only flat values are kept, so there are no cycles.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<Rc<str>, Value>);

/// What one element of an array takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Bytes, if known.
    pub(super) bytes: Option<u64>,
    pub(super) has_objects: bool,
}

impl Value {
    pub(super) fn tuple(items: Vec<Self>) -> Self {
        let depth = items.iter().map(Self::depth).max().unwrap_or(0) + 1;
        if depth > TUPLE_DEPTH_MAX { Self::Opaque } else { Self::Tuple(Rc::new(Tuple { items, depth })) }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Tuple(tuple) => tuple.depth,
            _ => 0,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether Python would find a text here, as far as is known.
    pub(super) fn may_be_text(&self) -> bool {
        matches!(self, Self::Opaque | Self::Text(_))
    }

    /// Whether Python could call it, as far as is known.
    pub(super) fn may_be_called(&self) -> bool {
        matches!(self, Self::Opaque | Self::Made | Self::Global(_))
    }

    pub(super) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Tuple(tuple) => Some(&tuple.items),
            _ => None,
        }
    }

    fn is_flat(&self) -> bool {
        match self {
            Self::Number(_) | Self::Element(_) => true,
            Self::Tuple(tuple) => tuple.items.iter().all(|item| matches!(item, Self::Number(_))),
            _ => false,
        }
    }
}

impl Fields {
    pub(super) fn set(&mut self, key: &Value, value: &Value) {
        if let Some(key) = key.text()
            && (self.0.len() < FIELDS_MAX || self.0.contains_key(key))
        {
            self.0.insert(key.into(), if value.is_flat() { value.clone() } else { Value::Opaque });
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

impl Element {
    /// What `numpy.dtype(code)` takes, as in `f8`, `U5` or `O`.
    pub(super) fn of_code(code: &str) -> Self {
        let code = code.trim_start_matches(['<', '>', '=', '|']);
        let bytes = code.get(1..).and_then(|digits| digits.parse::<u64>().ok());
        let bytes = match code.chars().next() {
            Some('U') => bytes.and_then(|letters| letters.checked_mul(4)),
            Some('O') => Some(8),
            _ => bytes,
        };
        Self { bytes, has_objects: code.contains('O') }
    }

    /// What the state given to `dtype.__setstate__` changes: the size of an element at 5, its flags at 7.
    pub(super) fn with_state(self, state: &[Value]) -> Self {
        let number = |at: usize| match state.get(at) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        let bytes = number(5).and_then(|bytes| u64::try_from(bytes).ok()).or(self.bytes);
        // Bit 0 is NPY_ITEM_REFCOUNT: the elements hold Python objects.
        Self { bytes, has_objects: self.has_objects || number(7).is_some_and(|flags| flags & 1 == 1) }
    }
}
