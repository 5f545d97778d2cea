//! What the classifier tells apart.

use redoubt_domain::finding::Severity;

/// One question that the classifier answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Head {
    /// A request that goes against the operator's instructions or talks the model out of its rules.
    RequestAttack,
    /// Instructions to the model in what a tool returned or was retrieved.
    DocumentAttack,
    /// Insult, threat, abuse.
    Toxicity,
    /// Hate against a protected group.
    Hate,
    /// The first of the hazards of MLCommons AILuminate 1.0; the others follow.
    ViolentCrimes,
    /// Theft, fraud, drugs, cybercrime.
    NonViolentCrimes,
    /// Trafficking, assault, harassment.
    SexRelatedCrimes,
    /// Anything sexual about children.
    ChildSexualExploitation,
    /// False claims that damage a person's reputation.
    Defamation,
    /// Advice that a licensed professional must give.
    SpecializedAdvice,
    /// Personal information that is nobody's business.
    Privacy,
    /// Other people's works.
    IntellectualProperty,
    /// Chemical, biological, radiological, nuclear and explosive weapons.
    IndiscriminateWeapons,
    /// Suicide, self-injury, eating disorders.
    SuicideAndSelfHarm,
    /// Pornography.
    SexualContent,
    /// Breaking out of a code interpreter, or abusing it.
    CodeInterpreterAbuse,
}

/// How many heads there are.
pub const HEADS: usize = 16;

/// A head's name, the label and the severity of what it finds.
struct Row(Head, &'static str, &'static str, Severity);

#[rustfmt::skip]
static TABLE: [Row; HEADS] = [
    Row(Head::RequestAttack, "request-attack", "PROMPT_INJECTION", Severity::High),
    Row(Head::DocumentAttack, "document-attack", "PROMPT_INJECTION", Severity::High),
    Row(Head::Toxicity, "toxicity", "TOXICITY", Severity::Medium),
    Row(Head::Hate, "hate", "HATE", Severity::High),
    Row(Head::ViolentCrimes, "violent-crimes", "ILLICIT_VIOLENT", Severity::High),
    Row(Head::NonViolentCrimes, "non-violent-crimes", "ILLICIT", Severity::High),
    Row(Head::SexRelatedCrimes, "sex-related-crimes", "SEXUAL", Severity::High),
    Row(Head::ChildSexualExploitation, "child-sexual-exploitation", "SEXUAL_MINORS", Severity::Critical),
    Row(Head::Defamation, "defamation", "ILLICIT", Severity::Medium),
    Row(Head::SpecializedAdvice, "specialized-advice", "ILLICIT", Severity::Low),
    Row(Head::Privacy, "privacy", "ILLICIT", Severity::Medium),
    Row(Head::IntellectualProperty, "intellectual-property", "ILLICIT", Severity::Low),
    Row(Head::IndiscriminateWeapons, "indiscriminate-weapons", "ILLICIT_VIOLENT", Severity::Critical),
    Row(Head::SuicideAndSelfHarm, "suicide-and-self-harm", "SELF_HARM", Severity::High),
    Row(Head::SexualContent, "sexual-content", "SEXUAL", Severity::Medium),
    Row(Head::CodeInterpreterAbuse, "code-interpreter-abuse", "ILLICIT", Severity::High),
];

impl Head {
    /// Every head, in the order of the file's columns.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> &'static Row {
        let [first, ..] = &TABLE;
        TABLE.get(self.column()).unwrap_or(first)
    }

    /// Its column in the file of weights.
    pub fn column(self) -> usize {
        usize::from(self as u8)
    }

    /// The name, in findings as the rule.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The label of what it finds.
    pub fn label(self) -> &'static str {
        self.row().2
    }

    /// How bad that is.
    pub fn severity(self) -> Severity {
        self.row().3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_columns() {
        assert!(Head::all().enumerate().all(|(at, head)| head.column() == at));
        let mut names: Vec<&str> = Head::all().map(Head::name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), HEADS);
    }
}
