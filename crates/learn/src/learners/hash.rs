//! Hashes that are the same for ever: a model knows its places by them.

/// FNV-1a (Fowler, Noll and Vo), whose bits are mixed at the end as in MurmurHash3.
#[derive(Clone, Copy)]
pub(super) struct Hash(u64);

impl Hash {
    /// Things of another kind have other places.
    pub(super) const fn new(kind: u8) -> Self {
        Self(0xcbf2_9ce4_8422_2325).with(kind)
    }

    pub(super) const fn with(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3))
    }

    pub(super) fn with_all(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |hash, byte| hash.with(*byte))
    }

    /// One of two to the power of `bits` places, `bits` from 1 to 32.
    pub(super) const fn place(self, bits: usize) -> u32 {
        let mut hash = self.0;
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        ((hash ^ (hash >> 33)) >> (64 - bits)) as u32
    }
}
