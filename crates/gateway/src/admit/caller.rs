//! Who asks.

use redoubt_domain::{Capabilities, KeyId, TenantId, UserId};

use super::Allowance;
use crate::settings::Pattern;

/// Who asks, as the key says.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose data this is.
    pub tenant: TenantId,
    /// The public part of the key.
    pub key: KeyId,
    /// What the key itself may use; the configuration fills what it leaves open.
    pub allowance: Allowance,
    /// The models it may name; every one, if empty.
    pub models: Vec<Pattern>,
    /// What else than using its allowance it may do, and whether it may do that.
    pub capabilities: Capabilities,
    /// Seconds since the Unix epoch from which the key is no longer valid.
    pub expires: Option<u64>,
    /// The person the key was made for.
    pub owner: Option<UserId>,
}
