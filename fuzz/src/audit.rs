//! What lies in a log.

#[path = "../../crates/audit/tests/it/laws.rs"]
mod laws;

/// Entries, in canonical JSON.
pub fn entry(data: &[u8]) {
    laws::an_entry_reads_back(data);
    laws::json_has_one_form(data);
}

/// Checkpoints, proofs, tiles and the tree.
pub fn proof(data: &[u8]) {
    let (choice, data) = crate::choose(data, 4);
    match choice {
        0 => laws::only_what_was_signed_opens(data),
        1 => laws::a_proof_reads_back(data),
        2 => {
            let (width, data) = crate::choose(data, 256);
            laws::tiles_read_back(data, u16::try_from(width + 1).unwrap_or(1));
        }
        _ => laws::a_tree_proves_what_is_in_it(data),
    }
}

/// Sealed payloads and wrapped keys.
pub fn payload(data: &[u8]) {
    laws::only_what_was_sealed_opens(data);
}
