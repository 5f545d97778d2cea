//! What a person does for a living, where a text says that it is somebody's: `works as a dental technician`,
//! `Anna Berg, the town clerk, said`. Presidio's research counts it among the titles.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before, is_word};
use super::cursor::Cursor;
use super::hits::read_each;

/// Jobs of persons.
pub(super) struct Job;

const APPOSED: &str = ", the ";
/// What says that a job follows.
#[rustfmt::skip]
const CUES: &[&str] = &[
    APPOSED, "works as ", "worked as ", "working as ", "work as ", "job as ", "employed as ", "hired as ", "i am a ", "i am an ",
    "i'm a ", "i'm an ", "work for ", "works for ", "worked for ", "working for ", "works at ", "worked at ", "work at ",
];
/// Those behind which an employer stands before the job.
const EMPLOYED: [&str; 7] =
    ["work for ", "works for ", "worked for ", "working for ", "works at ", "worked at ", "work at "];

/// Words by which a job ends.
#[rustfmt::skip]
const JOBS: &[&str] = &[
    "clerk", "nurse", "chef", "surgeon", "architect", "assistant", "attendant", "accountant", "consultant", "technician",
    "physician", "optician", "electrician", "librarian", "veterinarian", "dietitian", "mathematician", "musician", "historian",
    "engineer", "officer", "driver", "teacher", "lecturer", "lawyer", "solicitor", "barrister", "attorney", "paralegal",
    "mechanic", "analyst", "therapist", "scientist", "pharmacist", "dentist", "economist", "journalist", "specialist", "artist",
    "technologist", "psychologist", "biologist", "geologist", "radiologist", "cardiologist", "machinist", "receptionist",
    "hygienist", "publicist", "stylist", "chemist", "typist", "judge", "guard", "guide", "agent", "aide", "coach", "cook",
    "maid", "pilot", "representative", "executive", "secretary", "supervisor", "director", "operator", "administrator",
    "coordinator", "inspector", "instructor", "counselor", "professor", "doctor", "editor", "author", "actor", "translator",
    "contractor", "surveyor", "auditor", "tutor", "tailor", "sailor", "conductor", "investigator", "manager", "programmer",
    "developer", "designer", "writer", "producer", "photographer", "worker", "installer", "drafter", "plumber", "carpenter",
    "welder", "painter", "baker", "butcher", "farmer", "gardener", "cleaner", "cashier", "trader", "broker", "banker",
    "planner", "buyer", "dealer", "seller", "trainer", "carer", "caregiver", "firefighter", "maker", "packager", "packer",
    "handler", "loader", "setter", "fitter", "repairer", "roofer", "barber", "hairdresser", "bartender", "waiter", "waitress",
    "dispatcher", "examiner", "interviewer", "researcher", "interpreter", "teller", "helper", "tester", "grader", "sorter",
    "sewer", "cutter", "grinder", "bookkeeper", "housekeeper", "zookeeper", "storekeeper", "footballer", "dancer", "singer",
    "platemaker", "toolmaker", "lumberjack", "paramedic", "politician", "detective", "sergeant", "soldier",
];

const WORDS_MAX: usize = 8;
const WORD_BYTES_MAX: usize = 20;
/// An employer and what is around it.
const EMPLOYER_BYTES_MAX: usize = 64;
const SPAN_MAX: usize = 16 + EMPLOYER_BYTES_MAX + WORDS_MAX * (WORD_BYTES_MAX + 1) + 16;

static SPEC: Spec = Spec {
    id: "job",
    summary: "what a person does for a living, where the text says whose job it is",
    labels: &["TITLE"],
    trigger: Trigger::Literals(CUES),
    span_max: SPAN_MAX,
    positives: &[
        "She works as a dental technician.",
        "I used to work for Siemens as Data entry clerk, but quit",
        "Anna Berg, the Town clerk, said so",
        "I am a nurse, and",
        "he worked as an outside sales representative in Bonn",
    ],
    near_misses: &[
        "it works as expected.",
        "Greece, the cradle of it all, said nothing",
        "he works for a living",
        "I am a bit tired.",
        "the engineer said",
        "work as a team",
    ],
};

impl Detector for Job {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        read_each(window, found, |hit| {
            read(window.text, hit.start, CUES.get(hit.literal)?, &mut Cursor::new(window.text, hit.end))
        });
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let from = super::boundary::floor(text, text.len().saturating_sub(SPAN_MAX));
        let lower = after(text, from).to_ascii_lowercase();
        let mut live = text.len();
        for cue in CUES {
            for (at, _) in lower.match_indices(cue) {
                let mut cursor = Cursor::new(text, from + at + cue.len());
                let one = read(text, from + at, cue, &mut cursor);
                if cursor.saw_end() {
                    live = live.min(one.map_or(from + at + cue.len(), |one| one.span.start));
                }
            }
        }
        live
    }
}

/// Reads the job behind a cue.
fn read(text: &str, at: usize, cue: &str, cursor: &mut Cursor<'_>) -> Option<Match> {
    let is_apposed = cue == APPOSED;
    if !is_apposed && before(text, at).ends_with(is_word) {
        return None;
    }
    if is_apposed {
        // `Anna Berg, the …`
        let name =
            before(text, at).char_indices().rev().take(WORD_BYTES_MAX).take_while(|(_, c)| c.is_alphabetic()).last();
        name.filter(|(_, c)| c.is_uppercase())?;
    }
    if EMPLOYED.contains(&cue) {
        employer(cursor)?;
    }
    if !is_apposed {
        let start = cursor.at();
        if !(cursor.eat("a ") || cursor.eat("an ") || cursor.eat("the ")) {
            cursor.back_to(start);
        }
    }
    let span = job(cursor)?;
    cursor.back_to(span.end);
    if is_apposed {
        let is_said =
            cursor.eat(", ") && ["said", "says", "told", "added", "explained"].iter().any(|verb| cursor.eat(verb));
        if !is_said {
            return None;
        }
    }
    Some(Match { span, label: Label::new("TITLE"), rule: None, score: 0.6, severity: Severity::Low })
}

/// Reads the name of an employer up to the ` as ` behind it.
fn employer(cursor: &mut Cursor<'_>) -> Option<()> {
    let start = cursor.at();
    for _ in 0..WORDS_MAX {
        let word = cursor.take(EMPLOYER_BYTES_MAX, |c| !matches!(c, ' ' | '\n' | ';' | '?' | '!'));
        let is_over = cursor.at() - start > EMPLOYER_BYTES_MAX;
        if word.is_empty() || is_over || !cursor.eat(" ") {
            return None;
        }
        if word == "as" && cursor.at() > start + 3 {
            return Some(());
        }
    }
    None
}

/// Reads words until one that is none of a job; the last must be one by which a job ends.
fn job(cursor: &mut Cursor<'_>) -> Option<std::ops::Range<usize>> {
    const ENDS: &[&str] =
        &["in", "at", "for", "but", "with", "who", "from", "on", "by", "when", "since", "until", "while", "to", "or"];
    let start = cursor.at();
    let mut end = None;
    for _ in 0..WORDS_MAX {
        let word = cursor.take(WORD_BYTES_MAX, |c| c.is_alphabetic() || matches!(c, '-' | '/' | '\''));
        if word.is_empty() || ENDS.contains(&word) || cursor.peek().is_some_and(is_word) {
            break;
        }
        let plain = word.to_lowercase();
        if JOBS.contains(&plain.as_str()) {
            end = Some(cursor.at());
        }
        if !cursor.eat(" ") {
            break;
        }
    }
    end.map(|end| start..end)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::Job;

    #[test]
    fn keeps_its_promises() {
        conforms(&Job);
    }

    #[test]
    fn jobs_that_are_somebodys() {
        for (text, expected) in [
            ("He worked as a time and attendance clerk in Bonn", "TITLE 0.60 `time and attendance clerk`"),
            (
                "I work for Berg, Lind and Roth as Railroad switch operator, but",
                "TITLE 0.60 `Railroad switch operator`",
            ),
            ("Ann Lee, the Maxillofacial surgeon, said: no", "TITLE 0.60 `Maxillofacial surgeon`"),
            ("I'm a software engineer at Acme", "TITLE 0.60 `software engineer`"),
            ("I am a teacher.", "TITLE 0.60 `teacher`"),
            ("as good as a teacher", ""),
            ("it works as a charm", ""),
            ("Ann Lee, the surgeon and mother, went", ""),
            ("homework as teacher", ""),
            ("I work for money as you do", ""),
        ] {
            check(&Job, text, expected);
        }
    }
}
