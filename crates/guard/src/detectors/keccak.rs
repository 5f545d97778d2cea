//! Keccak-256 as Ethereum uses it: the padding is older than that of SHA-3, which is why no library of
//! standards offers it.

/// Lanes of the state.
const LANES: usize = 25;
/// Bytes taken in between permutations.
const RATE: usize = 136;

const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];
const ROTATIONS: [u32; 24] =
    [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const PATH: [usize; 24] = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/// The digest of a message that fits in one block; only addresses are hashed.
#[expect(clippy::indexing_slicing, reason = "every index is a constant or reduced modulo the array's length")]
pub(super) fn keccak_256(message: &[u8]) -> Option<[u8; 32]> {
    if message.len() >= RATE {
        return None;
    }
    let mut block = [0_u8; RATE];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x01;
    block[RATE - 1] |= 0x80;
    let mut state = [0_u64; LANES];
    for (lane, bytes) in state.iter_mut().zip(block.chunks_exact(8)) {
        *lane = u64::from_le_bytes(bytes.try_into().ok()?);
    }
    for constant in ROUNDS {
        let mut parity = [0_u64; 5];
        for (place, lane) in state.iter().enumerate() {
            parity[place % 5] ^= lane;
        }
        for (place, lane) in state.iter_mut().enumerate() {
            *lane ^= parity[(place + 4) % 5] ^ parity[(place + 1) % 5].rotate_left(1);
        }
        let mut carried = state[1];
        for (place, rotation) in PATH.into_iter().zip(ROTATIONS) {
            let next = state[place];
            state[place] = carried.rotate_left(rotation);
            carried = next;
        }
        for row in state.chunks_exact_mut(5) {
            let old = [row[0], row[1], row[2], row[3], row[4]];
            for (place, lane) in row.iter_mut().enumerate() {
                *lane ^= !old[(place + 1) % 5] & old[(place + 2) % 5];
            }
        }
        state[0] ^= constant;
    }
    let mut digest = [0_u8; 32];
    for (bytes, lane) in digest.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    Some(digest)
}

/// Whether the capitals of forty hexadecimal digits are the checksum of EIP-55.
pub(super) fn is_eip_55(digits: &str) -> bool {
    let Some(digest) = keccak_256(digits.to_ascii_lowercase().as_bytes()) else {
        return false;
    };
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .bytes()
        .zip(nibbles)
        .all(|(byte, nibble)| !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() == (nibble > 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_published_digests() {
        let hex: String = keccak_256(b"").unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        for address in ["5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"] {
            assert!(is_eip_55(address));
            assert!(!is_eip_55(&address.replace('E', "e")));
        }
    }
}
