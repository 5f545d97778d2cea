//! One labelled text.

use redoubt_domain::exchange::Origin;

/// What a classifier tells apart. A row may know the truth about some and say nothing of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Head {
    /// Instructions that go against the operator's, from whoever.
    PromptInjection,
    /// Talking a model out of its rules.
    Jailbreak,
    /// Insult, threat, abuse.
    Toxicity,
    /// Hate against a protected group.
    Hate,
    /// Requests for harm, by the hazards of MLCommons AILuminate v1.
    ViolentCrimes,
    NonViolentCrimes,
    SexRelatedCrimes,
    ChildSexualExploitation,
    Defamation,
    SpecializedAdvice,
    Privacy,
    IntellectualProperty,
    IndiscriminateWeapons,
    SuicideAndSelfHarm,
    SexualContent,
    CodeInterpreterAbuse,
}

impl Head {
    /// Every head with its name.
    pub(crate) const ALL: [(Self, &str); 16] = [
        (Self::PromptInjection, "prompt_injection"),
        (Self::Jailbreak, "jailbreak"),
        (Self::Toxicity, "toxicity"),
        (Self::Hate, "hate"),
        (Self::ViolentCrimes, "violent_crimes"),
        (Self::NonViolentCrimes, "non_violent_crimes"),
        (Self::SexRelatedCrimes, "sex_related_crimes"),
        (Self::ChildSexualExploitation, "child_sexual_exploitation"),
        (Self::Defamation, "defamation"),
        (Self::SpecializedAdvice, "specialized_advice"),
        (Self::Privacy, "privacy"),
        (Self::IntellectualProperty, "intellectual_property"),
        (Self::IndiscriminateWeapons, "indiscriminate_weapons"),
        (Self::SuicideAndSelfHarm, "suicide_and_self_harm"),
        (Self::SexualContent, "sexual_content"),
        (Self::CodeInterpreterAbuse, "code_interpreter_abuse"),
    ];
}

/// A set of heads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heads(pub(crate) u32);

impl Heads {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(heads: &[Head]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < heads.len() {
            bits |= 1 << heads[at] as u32;
            at += 1;
        }
        Self(bits)
    }

    pub(crate) const fn has(self, head: Head) -> bool {
        self.0 >> head as u32 & 1 == 1
    }
}

/// One labelled text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) origin: Origin,
    /// ISO 639-1, such as `en`; `und` where nobody knows.
    pub(crate) language: String,
    /// Where it comes from: a data set's name, or `generated/FAMILY`.
    pub(crate) source: String,
    /// Rows of a group say the same thing in other words, or share a template: a split must not part them.
    pub(crate) group: u64,
    /// The heads that this text is a case of.
    pub(crate) truth: Heads,
    /// The heads that the source says anything about.
    pub(crate) known: Heads,
}
