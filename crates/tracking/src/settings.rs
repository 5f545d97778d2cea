//! What can be set about experiments and models.

use redoubt_domain::settings::{Bytes, Table};

/// The table `[tracking]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingSettings {
    /// Whether the admin plane has the API. Without a key that may use it nobody can, so it is on by default.
    pub enabled: bool,
    /// The largest artifact, in bytes.
    pub artifact_bytes_max: usize,
    /// What survives what.
    pub durability: Durability,
}

/// What an answered call survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, however it ends. A power cut may take the last seconds.
    Process,
    /// A power cut as well: each answer waits for the disk.
    Power,
}

impl Default for TrackingSettings {
    fn default() -> Self {
        Self { enabled: true, artifact_bytes_max: 16 << 30, durability: Durability::Process }
    }
}

impl TrackingSettings {
    /// Reads the table.
    pub fn read(table: &mut Table<'_>) -> Self {
        let standard = Self::default();
        Self {
            enabled: table.or("enabled", "whether the admin plane speaks MLflow's REST API", standard.enabled),
            artifact_bytes_max: table
                .or("artifact_bytes", "the largest artifact", Bytes(standard.artifact_bytes_max))
                .0,
            durability: table.choose(
                "durability",
                "what an answered call survives: the end of the process, or a power cut as well, for which each waits for \
                 the disk",
                &[("process", Durability::Process), ("power", Durability::Power)],
                standard.durability,
                "process",
            ),
        }
    }
}
