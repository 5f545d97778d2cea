//! Steps that run programs, as far as the engine goes.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::time::Duration;

use redoubt_pipeline::{Change, Digest, Ended, Fate, Outside, Said, ShelfError, Task, TaskError, Why, run};

use super::support::{Memory, load};

const PIPELINE: &str = r#"
name = "own"
[data.rows]
path = "rows.csv"
[steps.count]
kind = "command"
command = ["python3", "count.py", "{seed}"]
files = ["count.py"]
retries = { attempts = 3, wait = "2s" }
inputs.rows = { from = "rows" }
outputs.counted = { path = "out/counted.csv" }
outputs.said = { kind = "report" }
environment = { PATH = "/usr/bin:/bin" }
limits = { time = "10s" }
"#;

/// A world in which a program fails so often before it does its work.
struct World {
    fails: Cell<u32>,
    waited: RefCell<Vec<Duration>>,
    script: RefCell<&'static str>,
    seen: RefCell<Vec<String>>,
}

impl Outside for World {
    fn digest(&self, path: &str) -> Result<Digest, ShelfError> {
        Ok(Digest::of(format!("{path} {}", self.script.borrow()).as_bytes()))
    }

    fn execute(&self, task: &Task<'_>) -> Result<Ended, TaskError> {
        assert!(task.is_sandboxed);
        if self.fails.get() > 0 {
            self.fails.set(self.fails.get() - 1);
            return Err(TaskError::Failed("it ended with 1".to_owned()));
        }
        let (path, bytes) = task.inputs.first().unwrap();
        self.seen.borrow_mut().push(format!("{path}: {}", String::from_utf8_lossy(bytes)));
        let outputs = vec![b"n\n2\n".to_vec(), br#"{ "figures": { "n": 2, "word": "x" } }"#.to_vec()];
        Ok(Ended { outputs, stdout: Said { bytes: b"done".to_vec(), lost: 0 }, stderr: Said::default() })
    }

    fn wait(&self, time: Duration) {
        self.waited.borrow_mut().push(time);
    }
}

fn shelf(fails: u32) -> Memory {
    let world = World {
        fails: Cell::new(fails),
        waited: RefCell::default(),
        script: RefCell::new("one"),
        seen: RefCell::default(),
    };
    Memory { world: Some(Box::new(world)), ..Memory::with("rows.csv", "a,b\n1,x\n2,y\n") }
}

#[test]
fn a_program_gets_what_is_declared_and_leaves_what_is_declared() {
    let shelf = shelf(0);
    let pipeline = load(PIPELINE).unwrap();
    let made = run(&pipeline, &shelf, std::num::NonZeroUsize::new(1), |_| ()).unwrap();
    let names: Vec<&str> = made[1].products.iter().map(|kept| kept.name.as_str()).collect();
    assert_eq!(names, ["counted", "said", "log"]);
    assert_eq!(made[1].figures.iter().map(|(name, figure)| (name.as_str(), *figure)).collect::<Vec<_>>(), [("n", 2.0)]);
    let again = run(&pipeline, &shelf, std::num::NonZeroUsize::new(1), |_| ()).unwrap();
    assert_eq!(again[1].fate, Fate::Kept);
}

#[test]
fn what_fails_by_chance_is_tried_again_and_no_more_than_said() {
    let check = |fails: u32, expected: Option<&str>| {
        let shelf = shelf(fails);
        let mut told = 0;
        let ended = run(&load(PIPELINE).unwrap(), &shelf, std::num::NonZeroUsize::new(1), |change| {
            told += u32::from(matches!(change, Change::Fails(..)));
        });
        assert_eq!(told, fails.min(2));
        assert_eq!(ended.err().map(|error| error.source().unwrap().to_string()).as_deref(), expected);
    };
    check(0, None);
    check(2, None);
    check(3, Some("it ended with 1"));
}

#[test]
fn a_changed_script_runs_again() {
    let plan = |shelf: &Memory, text: &str| run(&load(text).unwrap(), shelf, None, |_| ()).unwrap().remove(1).fate;
    let mut shelf = shelf(0);
    run(&load(PIPELINE).unwrap(), &shelf, std::num::NonZeroUsize::new(1), |_| ()).unwrap();
    assert_eq!(plan(&shelf, PIPELINE), Fate::Kept);
    assert_eq!(plan(&shelf, &PIPELINE.replace("10s", "11s")), Fate::Runs(Why::Settings));
    // How often it is tried changes nothing that it makes.
    assert_eq!(plan(&shelf, &PIPELINE.replace("attempts = 3", "attempts = 4")), Fate::Kept);
    let world = World {
        fails: Cell::new(0),
        waited: RefCell::default(),
        script: RefCell::new("two"),
        seen: RefCell::default(),
    };
    shelf.world = Some(Box::new(world));
    let changed = vec!["python3".to_owned(), "./count.py".to_owned()];
    assert_eq!(plan(&shelf, PIPELINE), Fate::Runs(Why::Inputs(changed)));
}

#[test]
fn what_a_file_may_not_say_of_a_program_is_refused() {
    let check = |from: &str, to: &str, reason: &str| {
        assert!(PIPELINE.contains(from), "{from}");
        let mistakes = load(&PIPELINE.replacen(from, to, 1)).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.reason.contains(reason)), "{to}: {mistakes:#?}");
    };
    check("\"out/counted.csv\"", "\"../counted.csv\"", "without `..`");
    check("\"out/counted.csv\"", "\"/tmp/counted.csv\"", "without `..`");
    check("[\"count.py\"]", "[\"../count.py\"]", "does not lie below");
    check("\"python3\"", "\"../python3\"", "must lie in the folder");
    check("out/counted.csv", "rows.csv", "two files would be called `rows.csv`");
    check("outputs.said", "outputs.log", "call the output something else");
    check("{ from = \"rows\" }", "{ from = \"row\" }", "there is no step or data set `row`");
    check("attempts = 3", "attempts = 300", "expected 2 to 20");
    check("\"10s\"", "\"30d\"", "up to 7 days");
}

#[test]
fn a_function_is_not_tried_again() {
    let text = "name = \"x\"\n[data.d]\npath = \"d.csv\"\n[steps.a]\nkind = \"validate\"\ninput = \"d\"\nretries = { attempts = 3 }\n";
    let reasons: Vec<String> = load(text).unwrap_err().into_iter().map(|mistake| mistake.reason).collect();
    assert_eq!(reasons, ["`validate` is a function of its inputs: what fails once fails each time; leave it out"]);
}
