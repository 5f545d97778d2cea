//! The tagger of names: `names --data DIR --out FILE` learns it, `names --data DIR --without SET` learns it without a
//! set and scores it there.

mod corpus;
mod fill;
mod gum;
mod kin;
mod learn;
mod lists;
pub(crate) mod measure;
mod open_lists;
mod random;
mod score;
mod sentence;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use redoubt_guard::names::{Model, Table};

use corpus::CORPORA;
use fill::Filler;
use lists::Lists;
use open_lists::OpenLists;
use random::Random;
use sentence::Sentence;

const SEED: u64 = 0x6e61_6d65_7300_0001;
/// Sentences from each template.
const OF_EACH_TEMPLATE: usize = 50;
/// How often each labelled sentence is shown with other names.
const SWAPPED_COPIES: usize = 2;

struct Options {
    data: PathBuf,
    out: Option<PathBuf>,
    without: Vec<String>,
    shows_errors: bool,
}

/// Learns, and writes or scores.
pub(crate) fn run(arguments: &[String]) -> Result<String, String> {
    let options = Options::read(arguments)?;
    let lists = Lists::new();
    let companies = companies(&options.data)?;
    let mut corpora = Vec::new();
    for corpus in CORPORA.iter().filter(|corpus| !options.without.iter().any(|id| id == corpus.id)) {
        corpora.push(corpus.read(&options.data, lists.words("title"))?);
    }
    let vocabulary = vocabulary(corpora.iter().flatten());
    let everyday = lists.everyday();
    let open = OpenLists::read(&options.data, |word| everyday.contains(word) || vocabulary.contains(word))?;
    let bytes = lists.table(&open, &kin::kin(&options.data)?, &companies, &vocabulary);
    let table = Table::new(&bytes).ok_or("the lists make no table")?;
    let sentences = sentences(&options, &lists, &open, companies, vocabulary, &corpora)?;
    let mut report = format!("{} sentences, {} bytes of lists\n", sentences.len(), bytes.len());
    let learned = learn::learn(&sentences, &table, SEED);
    let file = Model::write(&learned.field, &bytes, &learned.weights, learned.scale);
    let model = Model::read(&file).map_err(|error| error.to_string())?;
    for corpus in CORPORA.iter().filter(|corpus| options.without.iter().any(|id| id == corpus.id)) {
        let table = score::score(&model, &corpus.read(&options.data, lists.words("title"))?, options.shows_errors);
        let _ = writeln!(report, "{} (never seen):\n{table}", corpus.id);
    }
    if let Some(out) = &options.out {
        fs::write(out, &file).map_err(|error| format!("cannot write `{}`: {error}", out.display()))?;
        let _ = writeln!(report, "{} bytes, BLAKE3 {}", file.len(), hex(&file));
    }
    Ok(report)
}

/// Everything that is learned from.
fn sentences(
    options: &Options,
    lists: &Lists,
    open: &OpenLists,
    companies: Vec<String>,
    vocabulary: BTreeSet<String>,
    corpora: &[Vec<Sentence>],
) -> Result<Vec<Sentence>, String> {
    let vocabulary = vocabulary.into_iter().collect();
    let mut filler = Filler { lists, open, random: Random::new(SEED ^ 1), companies, vocabulary };
    let mut all = filler.sentences(OF_EACH_TEMPLATE);
    let path = options.data.join("pii/presidio_research/templates.public.txt");
    let templates = fs::read(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    all.extend(filler.foreign_sentences(&String::from_utf8_lossy(&templates), OF_EACH_TEMPLATE));
    for read in corpora {
        for _ in 0..SWAPPED_COPIES {
            for sentence in read.iter().filter(|sentence| !sentence.names.is_empty()) {
                all.push(sentence.with_names(
                    |old, class| {
                        if filler.random.percent(70) { filler.name(old, class) } else { None }
                    },
                ));
            }
        }
        // The originals count twice.
        all.extend(read.iter().cloned());
        all.extend(read.iter().cloned());
    }
    let mut cased = Vec::new();
    for sentence in &all {
        match filler.random.below(100) {
            0..5 => cased.extend(sentence.in_case(true)),
            5..13 => cased.extend(sentence.in_case(false)),
            _ => {}
        }
    }
    all.extend(cased);
    Ok(all)
}

/// The words of labelled sentences that are written small, and outside names.
fn vocabulary<'a>(sentences: impl Iterator<Item = &'a Sentence>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for sentence in sentences {
        let mut at = 0;
        for word in sentence.text.split_inclusive(' ') {
            let (start, end) = (at, at + word.len());
            at = end;
            let word = word.trim_end();
            let is_plain = (3..=14).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
            if is_plain && !sentence.names.iter().any(|name| name.span.start < end && start < name.span.end) {
                words.insert(word.to_owned());
            }
        }
    }
    words
}

/// Names of companies, published under the MIT licence.
fn companies(data: &Path) -> Result<Vec<String>, String> {
    let path = data.join("pii/presidio_research/companies_and_organizations.csv");
    let text = fs::read_to_string(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let names = text.lines().skip(1).map(|line| line.trim().trim_matches('"').to_owned());
    Ok(names.filter(|name| name.chars().any(char::is_uppercase)).collect())
}

fn hex(file: &[u8]) -> String {
    let digest = file.get(file.len().saturating_sub(32)..).unwrap_or_default();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Options {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self { data: PathBuf::new(), out: None, without: Vec::new(), shows_errors: false };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().cloned().ok_or_else(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--data" => options.data = PathBuf::from(value()?),
                "--out" => options.out = Some(PathBuf::from(value()?)),
                "--without" => options.without.push(value()?),
                "--errors" => options.shows_errors = true,
                unknown => {
                    return Err(format!(
                        "`{unknown}` is not known; there are `--data`, `--out`, `--without`, `--errors`"
                    ));
                }
            }
        }
        if options.data.as_os_str().is_empty() {
            return Err("`--data` says where the labelled texts are".to_owned());
        }
        Ok(options)
    }
}
