//! What stands in the place of values that a role may not see.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use aws_lc_rs::hmac;
use datafusion::arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use datafusion::arrow::compute::{can_cast_types, cast};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::digest::hex;

/// What stands in the place of a value. What is missing stays missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mask {
    /// A pseudonym: the first 128 bits of HMAC-SHA-256 (RFC 2104) under the installation's key, in hexadecimal. Equal
    /// values have equal pseudonyms, so that they can be counted and joined.
    Hash,
    /// Nothing: the column is there, and empty.
    Null,
    /// Asterisks and the last four characters; asterisks alone where the value has fewer than eight.
    LastFour,
}

impl Mask {
    /// Each with its word.
    pub const ALL: [(&'static str, Self); 3] = [("hash", Self::Hash), ("null", Self::Null), ("last4", Self::LastFour)];

    /// Whether it can stand in the place of values of this type.
    pub(crate) fn fits(self, of: &DataType) -> bool {
        let is_bytes = matches!(
            of,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
        );
        self == Self::Null || (!of.is_nested() && !is_bytes && can_cast_types(of, &DataType::Utf8))
    }
}

/// A mask as a function of DataFusion's, which only policies can name.
pub(crate) struct MaskFunction {
    mask: Mask,
    key: [u8; 32],
    signature: Signature,
}

impl MaskFunction {
    pub(crate) fn new(mask: Mask, key: [u8; 32]) -> Self {
        Self { mask, key, signature: Signature::any(1, Volatility::Immutable) }
    }

    fn apply(&self, values: &StringArray) -> StringArray {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        let mut masked = StringBuilder::with_capacity(values.len(), values.len() * 32);
        for value in values {
            masked.append_option(value.and_then(|value| match self.mask {
                Mask::Hash => {
                    let tag = hmac::sign(&key, value.as_bytes());
                    Some(hex(tag.as_ref().get(..16).unwrap_or_default()))
                }
                Mask::Null => None,
                Mask::LastFour => Some(last_four(value)),
            }));
        }
        masked.finish()
    }
}

fn last_four(value: &str) -> String {
    let count = value.chars().count();
    if count < 8 {
        return "****".to_owned();
    }
    let rest: String = value.chars().skip(count - 4).collect();
    // Their number would tell how long the value is.
    format!("****{rest}")
}

impl ScalarUDFImpl for MaskFunction {
    fn name(&self) -> &'static str {
        "redoubt_mask"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(value) = args.args.into_iter().next() else { return exec_err!("a mask needs a value") };
        let texts: ArrayRef = cast(&value.into_array(args.number_rows)?, &DataType::Utf8)?;
        let Some(texts) = texts.as_any().downcast_ref::<StringArray>() else { return exec_err!("no text to mask") };
        Ok(ColumnarValue::Array(Arc::new(self.apply(texts))))
    }
}

// The key must not be in any text.
impl fmt::Debug for MaskFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskFunction").field("mask", &self.mask).finish_non_exhaustive()
    }
}

impl PartialEq for MaskFunction {
    fn eq(&self, other: &Self) -> bool {
        self.mask == other.mask && self.key == other.key
    }
}

impl Eq for MaskFunction {}

impl Hash for MaskFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.mask.hash(state);
    }
}
