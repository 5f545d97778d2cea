//! Every bound of the registry, with its reason.

/// Bounds on what callers may store. Lengths of text are in characters, as MLflow counts them, unless named otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A model's name. MLflow's column has 256.
    pub name_chars_max: usize,
    /// The key of a tag: MLflow's bound on entity names.
    pub key_chars_max: usize,
    /// The value of a tag of a model or version, as MLflow's registry bounds it.
    pub tag_chars_max: usize,
    /// A description. MLflow's column has 5,000; model cards are longer.
    pub description_chars_max: usize,
    /// An alias, as MLflow bounds it.
    pub alias_chars_max: usize,
    /// The source of a version.
    pub source_chars_max: usize,
    /// The id of a run, as MLflow's pattern bounds it.
    pub run_id_chars_max: usize,
    /// Who did something: the longest [`redoubt_domain::UserId`].
    pub actor_chars_max: usize,
    /// Tags of one model or version: they lie in one record.
    pub tags_max: usize,
    /// Aliases of one model: they lie in its record.
    pub aliases_max: usize,
    /// Versions of one model.
    pub versions_max: u64,
    /// Moves that are remembered in a model's record; the audit log has all of them.
    pub moves_max: usize,
    /// Earlier holders that are remembered for each stage and alias: so far back reaches a rollback.
    pub before_max: usize,
    /// Items in one page. MLflow asks for 1,000 at most.
    pub page_max: usize,
    /// An attestation with its envelope, in bytes. Signatures of models are the largest, with a line for each file.
    pub attestation_bytes_max: usize,
    /// Attestations of one digest: each check of a gate verifies all of them.
    pub attestations_max: usize,
    /// The lineage of a version, in bytes: pipelines have 512 steps at most.
    pub lineage_bytes_max: usize,
    /// Files of one version.
    pub files_max: usize,
    /// The path of a file within a version, in bytes.
    pub path_bytes_max: usize,
    /// Tries of a change that others come in the way of.
    pub tries_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name_chars_max: 256,
            key_chars_max: 250,
            tag_chars_max: 100_000,
            description_chars_max: 100_000,
            alias_chars_max: 255,
            source_chars_max: 2_048,
            run_id_chars_max: 256,
            actor_chars_max: 256,
            tags_max: 200,
            aliases_max: 1_000,
            versions_max: 1_000_000,
            moves_max: 500,
            before_max: 100,
            page_max: 1_000,
            attestation_bytes_max: 4 << 20,
            attestations_max: 1_000,
            lineage_bytes_max: 4 << 20,
            files_max: 100_000,
            path_bytes_max: 4_096,
            tries_max: 64,
        }
    }
}
