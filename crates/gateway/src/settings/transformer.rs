//! The local model that is asked for second opinions.

use std::path::PathBuf;
use std::time::Duration;

use redoubt_domain::Digest;
use redoubt_domain::settings::Table;

/// Where the model lies and what it may use. The gateway itself only needs to know how long to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformerSettings {
    /// The folder with the model.
    pub folder: PathBuf,
    /// The digest that the folder must have, if one is asked for.
    pub digest: Option<Digest>,
    /// Which of the model's labels mean an attack.
    pub attack_labels: Vec<String>,
    /// How long a request waits for opinions, all of its texts together.
    pub deadline: Duration,
    /// Threads that compute.
    pub threads: usize,
    /// Texts that may wait.
    pub queue_max: usize,
    /// Windows that are computed together.
    pub batch_max: usize,
    /// Windows of one text that are read.
    pub windows_max: usize,
    /// Tokens of one window.
    pub window_tokens: usize,
}

impl TransformerSettings {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let folder = table.require(
            "folder",
            "the folder with `config.json`, `model.safetensors` and `tokenizer.json`",
            String::new(),
        );
        let digest: Option<String> = table.get(
            "digest",
            "the SHA-256 that the model must have, of what `sha256sum` says of its files in order of name",
        );
        let digest = digest.and_then(|digest| {
            let parsed = Digest::parse(&digest);
            if parsed.is_none() {
                table.refuse("digest", format!("expected 64 hexadecimal digits, found `{digest}`"));
            }
            parsed
        });
        let attack_labels = table.or(
            "attack_labels",
            "which of the model's labels mean an attack; not needed with a `head.safetensors`",
            Vec::new(),
        );
        let deadline = table.or(
            "deadline",
            "how long a request waits for the model, all of its texts together",
            Duration::from_millis(500),
        );
        if deadline.is_zero() || deadline > DEADLINE_MAX {
            table.refuse("deadline", format!("expected a time from 1ms to {}s", DEADLINE_MAX.as_secs()));
        }
        let mut count = |key, words, default: u32, max: u32| {
            let count = table.or(key, words, default);
            if count == 0 || count > max {
                table.refuse(key, format!("expected a number from 1 to {max}, found {count}"));
            }
            usize::try_from(count).unwrap_or(usize::MAX)
        };
        Self {
            folder: PathBuf::from(folder),
            digest,
            attack_labels,
            deadline,
            threads: count("threads", "threads that compute", 1, 256),
            queue_max: count("queue_max", "texts that may wait for the model", 256, 65_536),
            batch_max: count("batch_max", "windows that are computed together", 8, 256),
            windows_max: count(
                "windows_max",
                "windows of one text that are read; more is said to be unread",
                64,
                4_096,
            ),
            window_tokens: count(
                "window_tokens",
                "tokens of one window, at most what the model was made for",
                128,
                16_384,
            ),
        }
    }
}

/// Whoever waits for longer has gone.
const DEADLINE_MAX: Duration = Duration::from_secs(60);
