//! The key of one request, under which its placeholders are made and its values encrypted.
//!
//! It follows from the installation's secret and the request's id, so it is kept nowhere, and whoever holds
//! the secret can open what the transform `encrypt` put into a request.

use redoubt_domain::{RequestId, Secret};

/// Makes the keys of requests.
#[derive(Debug)]
pub struct RequestKeys(Secret<[u8; 32]>);

impl RequestKeys {
    /// Keys that follow from `master`.
    pub fn new(master: &Secret<[u8; 32]>) -> Self {
        Self(Secret::new(blake3::derive_key("redoubt 2026-11 request keys", master.expose())))
    }

    /// The key of `request`.
    pub fn of(&self, request: RequestId) -> Secret<[u8; 32]> {
        Secret::new(*blake3::keyed_hash(self.0.expose(), request.as_bytes()).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use redoubt_domain::Timestamp;

    use super::*;

    #[test]
    fn each_request_and_installation_has_keys_of_its_own() {
        let request = |n| RequestId::new(Timestamp::from_micros(1), [n; 10]);
        let keys = RequestKeys::new(&Secret::new([1; 32]));
        assert_eq!(keys.of(request(1)).expose(), keys.of(request(1)).expose());
        assert_ne!(keys.of(request(1)).expose(), keys.of(request(2)).expose());
        assert_ne!(keys.of(request(1)).expose(), RequestKeys::new(&Secret::new([2; 32])).of(request(1)).expose());
    }
}
