//! What a second opinion gains and costs: the classifier alone, the encoder alone, and the encoder asked where the
//! classifier is not sure, each on sets that neither has seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use redoubt_guard::classifier::{Head, Model};
use redoubt_guard::second_opinion::SecondOpinion;

use super::super::example::Examples;
use super::super::{Options, SEED, Split, learn};
use super::texts::{Sizes, Text, Texts};

/// An encoder with a head that can learn without a set.
pub(in crate::classifier) trait Encoder {
    /// How many texts of a source it learns from.
    fn sizes(&self) -> Sizes;
    /// Learns from texts, sets its cuts on those held back, and says for each of those measured its log-odds as what the
    /// text is: 0 is where it acts.
    fn odds(&mut self, texts: &Texts) -> Result<Vec<f32>, String>;
    /// How many texts were read for that, and how long it took.
    fn cost(&self) -> (usize, Duration);
}

/// A text that neither has seen, and what each says of it: 0 is where it acts.
struct Seen<'t> {
    text: &'t Text,
    is_attack: bool,
    linear: f32,
    encoder: f32,
    is_asked: bool,
    together: f32,
}

/// A way to judge: the classifier, the encoder, both together.
type Way = fn(&Seen<'_>) -> f32;

const WAYS: [Way; 3] = [|seen| seen.linear, |seen| seen.encoder, |seen| seen.together];

/// Attacks above a threshold of all, for each way: at one harmless text in a hundred, and where it acts.
#[derive(Default)]
struct Count {
    attacks: usize,
    asked: usize,
    at_one: [usize; 3],
    acts: [usize; 3],
}

/// Harmless texts, those asked about, and those on which each way acts.
#[derive(Default)]
struct Harmless {
    texts: usize,
    asked: usize,
    acts: [usize; 3],
}

/// Questions with the words of attacks in them, which nobody learns from.
const TRIGGERS: &str = "trigger words";

/// One round for each set that is left out; a set may be several that begin alike, joined by `+`.
pub(in crate::classifier) fn run(data: &Options, sets: &[String], second: &mut impl Encoder) -> Result<String, String> {
    let band = SecondOpinion::default();
    let mut by_set: BySet = BTreeMap::new();
    let mut foreign = Count::default();
    let mut harmless: [Harmless; 3] = Default::default();
    for set in sets {
        let left_out: Vec<String> = set.split('+').map(str::to_owned).collect();
        let without = data.without.iter().chain(&left_out).cloned().collect();
        let options = Options { rows: data.rows.clone(), documents: data.documents.clone(), out: None, without };
        let split = Split::of(&options)?;
        let examples = Examples::of(&split.learned, SEED);
        let file = learn::learn(&examples, SEED).file(&examples.marks, &split.held);
        let linear = Model::read(&file).map_err(|error| error.to_string())?;
        let texts = Texts::of(&split, &second.sizes());
        let odds = second.odds(&texts)?;
        let seen: Vec<Seen<'_>> =
            texts.measured.iter().zip(odds).filter_map(|(text, odds)| see(text, &linear, odds, &band)).collect();
        for side in [false, true] {
            let of_side = || seen.iter().filter(|seen| seen.text.is_document == side);
            let thresholds = WAYS.map(|way| {
                let mut scores: Vec<f32> = of_side().filter(|seen| !seen.is_attack).map(way).collect();
                scores.sort_by(f32::total_cmp);
                scores.get(scores.len() * 99 / 100).copied().unwrap_or(f32::INFINITY)
            });
            for one in of_side() {
                if !one.is_attack {
                    harmless[usize::from(side)].add(one);
                    if one.text.source == TRIGGERS {
                        harmless[2].add(one);
                    }
                } else if left_out.iter().any(|set| one.text.source.starts_with(set.as_str())) {
                    by_set.entry((side, set.clone())).or_default().add(one, thresholds);
                    if !one.text.language.starts_with("en") {
                        foreign.add(one, thresholds);
                    }
                }
            }
        }
        // A round may take an hour.
        eprintln!("so far:\n{}", table(&by_set, &foreign, &harmless));
    }
    let mut report = table(&by_set, &foreign, &harmless);
    let (count, time) = second.cost();
    if count > 0 {
        let _ = writeln!(report, "{count} texts read, {:.1} ms each", time.as_secs_f64() * 1e3 / count as f64);
    }
    Ok(report)
}

type BySet = BTreeMap<(bool, String), Count>;

fn table(by_set: &BySet, foreign: &Count, harmless: &[Harmless]) -> String {
    let mut report = String::from(
        "| left out | attacks | asked | classifier | encoder | together | classifier | encoder | together |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for side in [false, true] {
        let mut all = Count::default();
        for ((_, set), count) in by_set.iter().filter(|((of, _), _)| *of == side) {
            count.line(set, &mut report);
            all.join(count);
        }
        all.line(if side { "**all, in documents**" } else { "**all, by a user**" }, &mut report);
    }
    foreign.line("**all that are not English**", &mut report);
    for (name, harmless) in ["requests", "documents", "questions with trigger words"].into_iter().zip(harmless) {
        let share = |count: usize| 100.0 * count as f32 / harmless.texts.max(1) as f32;
        let [linear, encoder, together] = harmless.acts.map(share);
        let _ = writeln!(
            report,
            "harmless {name}: {} in all rounds, asked about {:.1} %, stopped {linear:.2} {encoder:.2} {together:.2} %",
            harmless.texts,
            share(harmless.asked)
        );
    }
    report
}

fn see<'t>(text: &'t Text, linear: &Model<'_>, encoder: f32, band: &SecondOpinion) -> Option<Seen<'t>> {
    let is_attack = text.truth[usize::from(text.is_document)]?;
    let head = if text.is_document { Head::DocumentAttack } else { Head::RequestAttack };
    let linear = linear.judge(&text.text)[head.column()];
    let is_asked = (band.margin_from..band.margin_to).contains(&linear);
    // Within the band the encoder alone says where a text stands, so that 0 is where the two of them act.
    let within = 1.0 / (1.0 + (-encoder).exp());
    let together = match is_asked {
        false => linear,
        true if encoder >= 0.0 => band.margin_to * (2.0 * within - 1.0),
        true => -band.margin_from * (2.0 * within - 1.0),
    };
    Some(Seen { text, is_attack, linear, encoder, is_asked, together })
}

impl Harmless {
    fn add(&mut self, seen: &Seen<'_>) {
        self.texts += 1;
        self.asked += usize::from(seen.is_asked);
        for (count, way) in self.acts.iter_mut().zip(WAYS) {
            *count += usize::from(way(seen) >= 0.0);
        }
    }
}

impl Count {
    fn add(&mut self, seen: &Seen<'_>, thresholds: [f32; 3]) {
        self.attacks += 1;
        self.asked += usize::from(seen.is_asked);
        for (at, way) in WAYS.into_iter().enumerate() {
            self.at_one[at] += usize::from(way(seen) > thresholds[at]);
            self.acts[at] += usize::from(way(seen) >= 0.0);
        }
    }

    fn join(&mut self, other: &Self) {
        self.attacks += other.attacks;
        self.asked += other.asked;
        for at in 0..WAYS.len() {
            self.at_one[at] += other.at_one[at];
            self.acts[at] += other.acts[at];
        }
    }

    fn line(&self, name: &str, report: &mut String) {
        let share = |count: usize| format!("{:.1}", 100.0 * count as f32 / self.attacks.max(1) as f32);
        let shares: Vec<String> = self.at_one.iter().chain(&self.acts).map(|count| share(*count)).collect();
        let _ = writeln!(report, "| {name} | {} | {} | {} |", self.attacks, share(self.asked), shares.join(" | "));
    }
}
