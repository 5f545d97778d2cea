//! Which evidence stands before which stage and alias.

use std::collections::{BTreeMap, BTreeSet};

use redoubt_domain::Digest;
use redoubt_domain::settings::Table;

use crate::limits::Limits;
use crate::names::{self, Slot, Stage};

/// The kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttestationKind {
    /// The scanner looked at every file and found nothing that runs code.
    FileScan,
    /// The data it learned from was validated.
    DataScan,
    /// The data it learned from was looked through for poison.
    PoisoningScan,
    /// It was measured.
    Evaluation,
    /// It was measured group by group.
    Fairness,
    /// A person agrees.
    Approval,
    /// Its files were signed by somebody who is trusted.
    Signature,
}

impl AttestationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::FileScan,
        Self::DataScan,
        Self::PoisoningScan,
        Self::Evaluation,
        Self::Fairness,
        Self::Approval,
        Self::Signature,
    ];

    /// Its word in configuration and commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileScan => "file-scan",
            Self::DataScan => "data-scan",
            Self::PoisoningScan => "poisoning-scan",
            Self::Evaluation => "evaluation",
            Self::Fairness => "fairness",
            Self::Approval => "approval",
            Self::Signature => "signature",
        }
    }

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }

    /// The predicate type of its statements.
    pub fn predicate_type(self) -> String {
        format!("urn:redoubt:{}:v1", self.name())
    }

    /// The kind of a predicate type.
    pub fn of_predicate_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.predicate_type() == text)
    }
}

/// What must be there before something leads to a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The kinds of evidence, each for the digest of this very version.
    pub requires: BTreeSet<AttestationKind>,
    /// How many people other than the one who registered it must agree, where an approval is required.
    pub approvals: u64,
}

/// The gates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    stages: BTreeMap<Stage, Gate>,
    aliases: BTreeMap<String, Gate>,
    export: Gate,
    signers: BTreeSet<Digest>,
}

impl Default for Policy {
    /// `Production` needs a scan of the files and one approval, and so does the alias `champion`. Nothing is used whose
    /// files did not pass a scan.
    fn default() -> Self {
        let gate = Gate { requires: [AttestationKind::FileScan, AttestationKind::Approval].into(), approvals: 1 };
        Self {
            stages: [(Stage::Production, gate.clone())].into(),
            aliases: [("champion".to_owned(), gate)].into(),
            export: Gate { requires: [AttestationKind::FileScan].into(), approvals: 1 },
            signers: BTreeSet::new(),
        }
    }
}

impl Policy {
    /// A policy of these gates, and none before an export. A stage's gate stands before the alias of the same name as
    /// well.
    pub fn new(stages: BTreeMap<Stage, Gate>, aliases: BTreeMap<String, Gate>) -> Self {
        let aliases = aliases.into_iter().map(|(alias, gate)| (alias.to_lowercase(), gate)).collect();
        let export = Gate { requires: BTreeSet::new(), approvals: 1 };
        Self { stages, aliases, export, signers: BTreeSet::new() }
    }

    /// The same policy with this gate before every use of a version.
    #[must_use]
    pub fn with_export(self, export: Gate) -> Self {
        Self { export, ..self }
    }

    /// The gate before every use of a version, whatever leads to it: a stage, an alias, or its number alone.
    pub fn export(&self) -> &Gate {
        &self.export
    }

    /// The same policy, in which signatures by other keys than these count for nothing. A key is called by the SHA-256
    /// of its PEM, as [`redoubt_models::sign::PublicKey::hint`] gives it.
    #[must_use]
    pub fn with_signers(self, signers: BTreeSet<Digest>) -> Self {
        Self { signers, ..self }
    }

    /// Whether signatures by this key count: all do where none is named.
    pub fn trusts(&self, key: Digest) -> bool {
        self.signers.is_empty() || self.signers.contains(&key)
    }

    /// Reads `[registry]`. What is not named there keeps the gate it has by default.
    pub fn read(table: &mut Table<'_>) -> Self {
        let default = Self::default();
        let stages =
            table.named("stages", "the evidence that a stage asks for", |_, table| Gate::read(table, Vec::new()));
        let aliases =
            table.named("aliases", "the evidence that an alias asks for", |_, table| Gate::read(table, Vec::new()));
        let signers: Vec<String> = table.or(
            "signers",
            "the keys whose signatures of models count, each by its SHA-256 as `redoubt model sign --json` prints it; \
             every key, if left out",
            Vec::new(),
        );
        let words = "the evidence that every export and load asks for, whatever leads to the version: a stage, an alias \
                     or its number";
        let by_default = default.export.requires.iter().copied().collect();
        let export = table.table("export", words, |table| Gate::read(table, by_default));
        let mut policy = Self { export, ..default };
        for (item, key) in signers.iter().enumerate() {
            match Digest::parse(key) {
                Some(key) => _ = policy.signers.insert(key),
                None => table.refuse_item("signers", item, "expected 64 hexadecimal digits", None),
            }
        }
        for (name, gate) in stages {
            match Stage::parse(&name).filter(|stage| !matches!(stage, Stage::None | Stage::Archived)) {
                Some(stage) => _ = policy.stages.insert(stage, gate),
                None => table.refuse_with(
                    "stages",
                    format!("`{name}` is no stage with a gate, there are `Staging` and `Production`"),
                    redoubt_domain::settings::nearest(&name, ["Staging", "Production"]).map(str::to_owned),
                ),
            }
        }
        for (name, gate) in aliases {
            match names::alias(&name, &Limits::default()) {
                Ok(()) => _ = policy.aliases.insert(name.to_lowercase(), gate),
                Err(error) => table.refuse("aliases", error.to_string()),
            }
        }
        policy
    }

    /// The gates before a slot: an alias has its own, and that of the stage whose name it bears.
    pub fn gates(&self, slot: &Slot) -> Vec<&Gate> {
        match slot {
            Slot::Stage(stage) => self.stages.get(stage).into_iter().collect(),
            Slot::Alias(alias) => {
                let of_stage = Stage::parse(alias).and_then(|stage| self.stages.get(&stage));
                self.aliases.get(&alias.to_lowercase()).into_iter().chain(of_stage).collect()
            }
        }
    }
}

impl Gate {
    fn read(table: &mut Table<'_>, by_default: Vec<AttestationKind>) -> Self {
        let rows: Vec<(&'static str, AttestationKind)> =
            AttestationKind::ALL.into_iter().map(|kind| (kind.name(), kind)).collect();
        let requires = table.choose_many(
            "requires",
            "the kinds of evidence, each signed for the digest of the version",
            &rows,
            by_default,
        );
        let approvals = table.or(
            "approvals",
            "how many people other than the one who registered it must agree, where an approval is required",
            1_u64,
        );
        if approvals == 0 || approvals > 100 {
            table.refuse("approvals", "between 1 and 100; leave `approval` out of `requires` if nobody need agree");
        }
        Self { requires: requires.into_iter().collect(), approvals }
    }
}
