//! The tasks that a pipeline becomes, whatever runs them.

use serde_json::Value;

use super::name::Names;
use super::{CompileError, Container, Target};
use crate::condition::Condition;
use crate::file::{Pipeline, Retries, Step};

/// Where a task without an installation keeps what it needs for itself.
const NO_HOME: &str = "/tmp/redoubt";
/// What the last task is called.
const CLOSE: &str = "close";

/// All tasks of a pipeline.
pub(super) struct Tasks<'p> {
    pub(super) target: &'static Target,
    pub(super) pipeline: &'p Pipeline,
    pub(super) container: &'p Container,
    /// Those that can be given another value when the pipeline is run.
    pub(super) parameters: Vec<Parameter<'p>>,
    /// Each behind those that it comes after.
    pub(super) steps: Vec<Task<'p>>,
    /// The last task, if there is an installation.
    pub(super) close: Option<Task<'p>>,
}

/// A parameter of the pipeline.
pub(super) struct Parameter<'p> {
    pub(super) name: &'p str,
    /// A text, a number or a truth value.
    pub(super) value: Value,
}

/// A container that runs to its end.
pub(super) struct Task<'p> {
    /// Its name for the target.
    pub(super) name: String,
    /// Its name for people.
    pub(super) title: &'p str,
    /// The places of those that must have ended well before.
    pub(super) after: Vec<usize>,
    /// The figure on which it depends whether it runs.
    pub(super) when: Option<Asked<'p>>,
    /// The figures that conditions of others ask for, which it must leave in files.
    pub(super) figures: Vec<Figure<'p>>,
    pub(super) arguments: Vec<Argument>,
    /// Whether it needs the installation.
    pub(super) needs_home: bool,
    /// How often the target tries it.
    pub(super) retries: Option<Retries>,
}

/// A figure that a task leaves in a file.
pub(super) struct Figure<'p> {
    /// Its name for the target.
    pub(super) name: String,
    figure: &'p str,
}

/// A condition, with the task and the figure that it asks for.
pub(super) struct Asked<'p> {
    pub(super) of: usize,
    pub(super) figure: usize,
    pub(super) condition: &'p Condition,
}

/// An argument of the program.
pub(super) enum Argument {
    Text(String),
    /// `NAME=VALUE` of the parameter at this place.
    Parameter(usize),
    /// `FIGURE=FILE` of the figure at this place.
    Figure(usize),
}

impl<'p> Tasks<'p> {
    pub(super) fn new(
        target: &'static Target,
        pipeline: &'p Pipeline,
        container: &'p Container,
    ) -> Result<Self, CompileError> {
        let parameters = parameters(target, pipeline)?;
        let mut tasks = Self { target, pipeline, container, parameters, steps: Vec::new(), close: None };
        let mut names = Names::default();
        let close = names.of(CLOSE);
        for step in &pipeline.steps {
            let task = tasks.task(step, names.of(&step.name))?;
            tasks.steps.push(task);
        }
        if target.asks_conditions {
            tasks.ask();
        }
        if container.home_volume.is_some() {
            let after = (0..tasks.steps.len()).filter(|at| tasks.steps.iter().all(|task| !task.after.contains(at)));
            let after = after.collect();
            let arguments = tasks.arguments("close", true);
            let (figures, needs_home) = (Vec::new(), true);
            let title = "close the run";
            tasks.close =
                Some(Task { name: close, title, after, when: None, figures, arguments, needs_home, retries: None });
        }
        Ok(tasks)
    }

    fn task(&self, step: &'p Step, name: String) -> Result<Task<'p>, CompileError> {
        // Whoever asks whether a registered version is still there asks the registry.
        let before = self.pipeline.hangs_on(step);
        let mut involved =
            self.pipeline.steps.iter().filter(|other| before.contains(other.name.as_str())).chain([step]);
        let effect = involved.find(|other| other.asks_registry());
        if let Some(effect) = effect.filter(|_| self.container.home_volume.is_none()) {
            return Err(CompileError::NoHome { step: effect.name.clone(), kind: effect.kind.id });
        }
        let needs_home = effect.is_some();
        let mut arguments = self.arguments("run", needs_home);
        let mut say = |words: &[&str]| arguments.extend(words.iter().map(|word| Argument::Text((*word).to_owned())));
        say(&["--only", &step.name]);
        if step.work.runs_program() == Some(false) {
            if !self.container.may_be_unsandboxed {
                return Err(CompileError::Unsandboxed(step.name.clone()));
            }
            say(&["--allow-unsandboxed"]);
        }
        let retries = step.retries.filter(|_| self.target.tries_again);
        if retries.is_some() {
            say(&["--single-try"]);
        }
        let steps = &self.pipeline.steps;
        let place = |name: &str| steps.iter().position(|other| other.name == name);
        let mut after: Vec<usize> = step.stands_behind().filter_map(place).collect();
        after.sort_unstable();
        after.dedup();
        let (when, figures, title) = (None, Vec::new(), step.name.as_str());
        Ok(Task { name, title, after, when, figures, arguments, needs_home, retries })
    }

    /// What each task is called with.
    fn arguments(&self, command: &str, needs_home: bool) -> Vec<Argument> {
        let folders = &self.target.folders;
        let home = if needs_home { folders.home } else { NO_HOME };
        let mut words = vec!["--home".to_owned(), home.to_owned()];
        if needs_home {
            // The gates are those of the installation.
            words.extend(["--config".to_owned(), format!("{home}/redoubt.toml")]);
        }
        words.extend(["pipeline", command, &self.container.file].map(str::to_owned));
        words.extend(["--digest", self.container.digest.as_str(), "--store", folders.store].map(str::to_owned));
        let mut arguments: Vec<Argument> = words.into_iter().map(Argument::Text).collect();
        for at in 0..self.parameters.len() {
            arguments.extend([Argument::Text("--set".to_owned()), Argument::Parameter(at)]);
        }
        arguments
    }

    /// Has each task that a condition asks leave the figure in a file.
    fn ask(&mut self) {
        for (at, step) in self.pipeline.steps.iter().enumerate() {
            let Some(condition) = &step.when else { continue };
            let Some(of) = self.pipeline.steps.iter().position(|other| other.name == condition.step) else { continue };
            let Some(asked) = self.steps.get_mut(of) else { continue };
            let known = asked.figures.iter().position(|figure| figure.figure == condition.figure);
            let figure = known.unwrap_or_else(|| {
                let mut names = Names::default();
                asked.figures.iter().for_each(|known| _ = names.of(known.figure));
                let name = names.of(&condition.figure);
                asked.figures.push(Figure { name, figure: &condition.figure });
                let last = asked.figures.len() - 1;
                asked.arguments.extend([Argument::Text("--figure".to_owned()), Argument::Figure(last)]);
                last
            });
            if let Some(task) = self.steps.get_mut(at) {
                task.when = Some(Asked { of, figure, condition });
            }
        }
    }

    /// All tasks, the last one too.
    pub(super) fn all(&self) -> impl Iterator<Item = &Task<'p>> {
        self.steps.iter().chain(&self.close)
    }

    /// The arguments of a task as texts, with what stands for a parameter and for the file of a figure.
    pub(super) fn texts(
        &self,
        task: &Task<'_>,
        parameter: impl Fn(&str) -> String,
        file: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let text = |argument: &Argument| match argument {
            Argument::Text(text) => text.clone(),
            Argument::Parameter(at) => {
                let name = self.parameters.get(*at).map_or("", |parameter| parameter.name);
                format!("{name}={}", parameter(name))
            }
            Argument::Figure(at) => task
                .figures
                .get(*at)
                .map_or_else(String::new, |figure| format!("{}={}", figure.figure, file(&figure.name))),
        };
        task.arguments.iter().map(text).collect()
    }

    /// The task and the figure that a condition asks for, by their names for the target.
    pub(super) fn asked(&self, asked: &Asked<'_>) -> Option<(&str, &str)> {
        let task = self.steps.get(asked.of)?;
        Some((&task.name, &task.figures.get(asked.figure)?.name))
    }

    /// The names of those that a task comes after.
    pub(super) fn after<'t>(&'t self, task: &'t Task<'_>) -> impl Iterator<Item = &'t str> {
        task.after.iter().filter_map(|at| self.steps.get(*at)).map(|task| task.name.as_str())
    }

    /// What whoever runs it should know.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.container.image.is_pinned() {
            let image = &self.container.image;
            notes.push(format!("`{image}` has no digest: what runs may be another image tomorrow"));
        }
        for (name, value) in &self.pipeline.parameters {
            if self.parameters.iter().all(|known| known.name != name) {
                notes.push(format!("parameter `{name}` is a list, and stays {value}"));
            }
        }
        for source in &self.pipeline.data {
            if source.path.starts_with('/') || source.path.split('/').any(|part| part == "..") {
                let (name, path) = (&source.name, &source.path);
                notes.push(format!("data set `{name}` is read from `{path}`, which the image must have, too"));
            }
        }
        for step in &self.pipeline.steps {
            let name = &step.name;
            if step.work.runs_program() == Some(true) {
                notes.push(format!(
                    "step `{name}` runs its program behind walls: where containers may not make user namespaces, it fails"
                ));
            }
            if let Some(when) = step.when.as_ref().filter(|_| !self.target.asks_conditions) {
                notes.push(format!("`{when}` is asked by the task of `{name}`, which ends at once if it is not met"));
            }
        }
        if !self.pipeline.triggers.is_empty() {
            notes.push(format!("triggers stay with `redoubt pipeline watch`; {} has its own", self.target.id));
        }
        if self.close.is_none() {
            notes.push("without `--home-volume` no audit log is told of the run, and no report is written".to_owned());
        }
        notes
    }
}

/// The parameters that can be set; a list cannot be given on a command line.
fn parameters<'p>(target: &'static Target, pipeline: &'p Pipeline) -> Result<Vec<Parameter<'p>>, CompileError> {
    let mut found = Vec::new();
    for (name, written) in &pipeline.parameters {
        let value: Value = serde_json::from_str(written).unwrap_or_default();
        if !matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
            continue;
        }
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let begins_well = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let reason = if !begins_well || name.len() > 63 || !name.bytes().all(letters) {
            Some("it wants a letter, then letters, digits, `_` and `-`, at most 63")
        } else if target.reserved.contains(&name.as_str()) {
            Some("the definition has one of that name for itself")
        } else if written.contains("{{") {
            Some("its value has `{{` in it, which would be taken for a reference")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(CompileError::Parameter { name: name.clone(), target: target.id, reason });
        }
        found.push(Parameter { name, value });
    }
    Ok(found)
}
