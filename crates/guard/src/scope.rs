//! Within what a placeholder means something.

use redoubt_domain::ids::{RequestId, TenantId};
use redoubt_domain::secret::Secret;

/// One request of one tenant, and the key that no other request has.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Whose request it is.
    pub tenant: TenantId,
    /// Which request it is.
    pub request: RequestId,
    /// Thirty-two random bytes of this request: placeholders and the encryption of their values hang on it.
    pub key: Secret<[u8; 32]>,
}

impl Scope {
    /// A key for one purpose. Purposes never share a key, and neither do tenants or requests.
    pub(crate) fn derive(&self, purpose: &'static str) -> Secret<[u8; 32]> {
        let mut hasher = blake3::Hasher::new_keyed(self.key.expose());
        for part in [purpose.as_bytes(), self.tenant.as_str().as_bytes(), self.request.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Secret::new(*hasher.finalize().as_bytes())
    }
}
