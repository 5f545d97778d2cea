//! Every bound on model files in one place, each with its reason.

/// Bounds on one file and everything in it. All sizes in bytes unless named otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Archives within archives: a wheel within a tar within a zip is seen, a fifth layer is refused.
    pub depth_max: usize,
    /// Members of one archive, and nodes of one document. Sharded checkpoints have some thousands.
    pub members_max: usize,
    /// What one compressed member or file may become in memory.
    pub inflated_bytes_max: u64,
    /// What all compressed members of one file may become together.
    pub inflated_total_bytes_max: u64,
    /// Inflated size over compressed size from which a large member is a bomb. Zeros reach 1,030 with deflate, and a
    /// zeroed array is no attack, so only large members are judged by it.
    pub inflation_ratio_max: u64,
    /// Opcodes of one pickle. A vocabulary of a million words takes four million.
    pub opcodes_max: u64,
    /// Entries of a pickle's stack, and of its memo.
    pub values_max: usize,
    /// Pickles one after the other in one file. Old PyTorch files have five.
    pub pickles_max: usize,
    /// A document that is read into a tree: JSON, a template, a protobuf string. `tokenizer.json` reaches 35 MB.
    pub document_bytes_max: u64,
    /// The header of a safetensors file, as its reference implementation has it.
    pub safetensors_header_bytes_max: u64,
    /// One string in a GGUF file that is kept: chat templates reach 20 kB.
    pub string_bytes_max: u64,
    /// Places in a file of unknown kind where a pickle is looked for.
    pub embedded_max: usize,
    /// Findings kept for one file; more are counted but not listed.
    pub findings_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            depth_max: 4,
            members_max: 100_000,
            inflated_bytes_max: 512 * MIB,
            inflated_total_bytes_max: 2_048 * MIB,
            inflation_ratio_max: 1_100,
            opcodes_max: 50_000_000,
            values_max: 8_000_000,
            pickles_max: 1_000,
            document_bytes_max: 128 * MIB,
            safetensors_header_bytes_max: 100_000_000,
            string_bytes_max: 4 * MIB,
            embedded_max: 64,
            findings_max: 100,
        }
    }
}
