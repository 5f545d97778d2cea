//! Running a program of one's own, with declared inputs and outputs, behind walls.

use std::time::Duration;

use redoubt_domain::settings::{Bytes, Table as Settings};
use serde_json::{Value, json};

use super::{Done, Kind, Need, Setting, StepError, Work};
use crate::product::{Kind as ProductKind, Product};
use crate::run::{Outside, Said, Task, TaskError, TaskLimits};
use crate::table::{Reading, Table};

pub(super) const KIND: Kind = Kind {
    id: "command",
    about: "runs a program in a folder of its own, without network and without a view of other files",
    revision: 1,
    read: |table| Box::new(Command::read(table)),
};

/// The name of the product that holds what the program wrote to its standard streams.
const LOG: &str = "log";
/// The most files that go in, and that come out.
const FILES_MAX: usize = 64;
const MIB: usize = 1 << 20;

#[derive(Debug)]
struct Command {
    command: Vec<String>,
    files: Vec<String>,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    environment: Vec<(String, String)>,
    limits: TaskLimits,
    is_sandboxed: bool,
}

#[derive(Debug)]
struct Input {
    name: String,
    reference: String,
    kind: ProductKind,
    path: String,
}

#[derive(Debug)]
struct Output {
    name: String,
    kind: ProductKind,
    path: String,
}

const PRODUCTS: [(&str, ProductKind); 3] =
    [("table", ProductKind::Table), ("report", ProductKind::Report), ("model", ProductKind::Model)];

impl Command {
    fn read(table: &mut Settings<'_>) -> Self {
        let words = "the program and its arguments, without a shell; `{seed}` is the seed of the step. A program with `/` \
                     in its name lies in the folder of the pipeline file";
        let command: Vec<String> = table.require("command", words, Vec::new());
        if table.has("command") && command.first().is_none_or(String::is_empty) {
            table.refuse("command", "there is no program");
        }
        let program = command.first().filter(|program| program.contains('/') && !program.starts_with('/'));
        if program.is_some_and(|program| !is_below(program)) {
            table.refuse("command", "the program must lie in the folder of the pipeline file, or below it");
        }
        let words = "files that the program needs, in the folder of the pipeline file or below it, such as a script; their \
                     bytes decide whether the step runs again";
        let files: Vec<String> = table.or("files", words, Vec::new());
        for (item, file) in files.iter().enumerate().filter(|(_, file)| !is_below(file)) {
            table.refuse_item("files", item, format!("`{file}` does not lie below the pipeline file"), None);
        }
        let inputs = table.named("inputs", "what it is given", |name, table| {
            let reference = table.require("from", "the step or data set", String::new());
            let kind = table.choose("kind", "what that is", &PRODUCTS, ProductKind::Table, "table");
            let path = path(table, name, kind, "the file as which it is given; `NAME.csv` or `NAME.json`, if left out");
            Input { name: name.to_owned(), reference, kind, path }
        });
        let outputs = table.named("outputs", "what it must leave", |name, table| {
            let kind = table.choose("kind", "what that is", &PRODUCTS, ProductKind::Table, "table");
            let path =
                path(table, name, kind, "the file in which it leaves it; `NAME.csv` or `NAME.json`, if left out");
            if name == LOG {
                table.refuse("path", "`log` is what the program says; call the output something else");
            }
            Output { name: name.to_owned(), kind, path }
        });
        if outputs.is_empty() && table.has("command") {
            table.refuse("outputs", "a step that leaves nothing has no use: write `[steps.NAME.outputs.NAME]`");
        }
        if inputs.len().max(outputs.len()).max(files.len()) > FILES_MAX {
            table.refuse("command", format!("more than {FILES_MAX} files"));
        }
        let (inputs, outputs): (Vec<Input>, Vec<Output>) =
            (inputs.into_iter().map(|(_, input)| input).collect(), outputs.into_iter().map(|(_, it)| it).collect());
        let mut paths: Vec<&str> = inputs.iter().map(|input| input.path.as_str()).collect();
        paths.extend(outputs.iter().map(|output| output.path.as_str()));
        paths.extend(files.iter().map(String::as_str));
        paths.extend(program.map(String::as_str).filter(|program| !files.iter().any(|file| file == program)));
        paths.sort_unstable();
        if let Some(twice) = paths.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
            table.refuse("command", format!("two files would be called `{twice}`"));
        }
        let environment =
            table.table("environment", "all of its environment, such as `{ PATH = \"/usr/bin:/bin\" }`", |table| {
                table.leave_rest();
                table.texts()
            });
        let limits = table.table("limits", "what it may use", limits);
        let words = "`walls` for namespaces of Linux, or `none`, which also needs `--allow-unsandboxed` when it is run";
        let ways = [("walls", true), ("none", false)];
        let is_sandboxed = table.choose("sandbox", words, &ways, true, "walls");
        Self { command, files, inputs, outputs, environment, limits, is_sandboxed }
    }

    fn asks_for_seed(&self) -> bool {
        let values = self.environment.iter().map(|(_, value)| value);
        self.command.iter().chain(values).any(|text| text.contains("{seed}"))
    }
}

fn limits(table: &mut Settings<'_>) -> TaskLimits {
    let size = |size: Bytes| u64::try_from(size.0).unwrap_or(u64::MAX);
    let time = table.or("time", "how long it may take", Duration::from_secs(600));
    if time.is_zero() || time > Duration::from_secs(7 * 86_400) {
        table.refuse("time", "expected up to 7 days");
    }
    TaskLimits {
        time,
        processor_s: table.or("processor_s", "how many seconds of a processor it may compute", 600_u64),
        memory: size(table.or("memory", "memory of each of its processes", Bytes(4096 * MIB))),
        disk: size(table.or("disk", "all that it writes", Bytes(1024 * MIB))),
        processes: table.or("processes", "its processes and threads", 64_u64),
        said: table
            .or("log", "what is kept of its standard output, and of its standard error", Bytes(64 << 10))
            .0
            .min(MIB),
    }
}

/// Where a file lies in the folder of the program.
fn path(table: &mut Settings<'_>, name: &str, kind: ProductKind, words: &'static str) -> String {
    let ending = match kind {
        ProductKind::Table => "csv",
        ProductKind::Report => "json",
        ProductKind::Model => "model",
    };
    let path: Option<String> = table.get("path", words);
    if path.as_ref().is_some_and(|path| !is_below(path)) {
        table.refuse("path", "expected a path such as `out/rows.csv`, without `..` and not from `/`");
    }
    path.unwrap_or_else(|| format!("{name}.{ending}"))
}

/// Whether a path cannot lead out of the folder that it starts from.
fn is_below(path: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != ".." && !part.contains('\0') && part.len() <= 255;
    let path = path.strip_prefix("./").unwrap_or(path);
    path.len() <= 1024 && path.split('/').all(|part| is_part(part) && part != ".")
}

impl Work for Command {
    fn needs(&self) -> Vec<Need> {
        let need = |(item, input): (usize, &Input)| Need {
            item: Some(item),
            kind: input.kind,
            ..Need::table("inputs", &input.reference)
        };
        self.inputs.iter().enumerate().map(need).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        let log = (LOG.to_owned(), ProductKind::Report);
        self.outputs.iter().map(|output| (output.name.clone(), output.kind)).chain([log]).collect()
    }

    fn names_count(&self) -> bool {
        true
    }

    fn is_random(&self) -> bool {
        self.asks_for_seed()
    }

    fn runs_program(&self) -> Option<bool> {
        Some(self.is_sandboxed)
    }

    fn can_fail_by_chance(&self) -> bool {
        true
    }

    fn files(&self) -> Vec<String> {
        let files = self.files.iter().map(|file| if file.contains('/') { file.clone() } else { format!("./{file}") });
        self.command.first().into_iter().cloned().chain(files).collect()
    }

    fn run(&self, _: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        Err(StepError::Demand("programs are run by `redoubt pipeline run` alone".to_owned()))
    }

    fn act(
        &self,
        inputs: &[(String, Product)],
        setting: &Setting,
        outside: Option<&dyn Outside>,
    ) -> Result<Done, StepError> {
        let Some(outside) = outside else { return self.run(inputs, setting) };
        let filled = |text: &String| text.replace("{seed}", &setting.seed.to_string());
        let mut given = Vec::with_capacity(self.inputs.len());
        for (item, input) in self.inputs.iter().enumerate() {
            let role = format!("inputs[{item}]");
            let product = inputs.iter().find(|(known, _)| *known == role).map(|(_, product)| product);
            let product = product.ok_or_else(|| StepError::Input(input.name.clone()))?;
            given.push((input.path.as_str(), written(product)));
        }
        let task = Task {
            command: self.command.iter().map(filled).collect(),
            files: &self.files,
            inputs: given,
            outputs: self.outputs.iter().map(|output| output.path.as_str()).collect(),
            environment: self.environment.iter().map(|(name, value)| (name.as_str(), filled(value))).collect(),
            limits: &self.limits,
            is_sandboxed: self.is_sandboxed,
        };
        let ended = outside.execute(&task).map_err(|error| match error {
            TaskError::Refused(_) | TaskError::Output(_) => StepError::Demand(error.to_string()),
            TaskError::Failed(reason) => StepError::Chance(reason),
        })?;
        let mut done = Done::default();
        for (output, bytes) in self.outputs.iter().zip(&ended.outputs) {
            let product = product(output, bytes)?;
            if let Product::Report(report) = &product {
                let figures = report.get("figures").and_then(Value::as_object).into_iter().flatten();
                done.figures.extend(figures.filter_map(|(name, figure)| Some((name.clone(), figure.as_f64()?))));
            }
            done.products.push((output.name.clone(), product));
        }
        let log = json!({ "version": 1, "stdout": said(&ended.stdout), "stderr": said(&ended.stderr) });
        done.products.push((LOG.to_owned(), Product::Report(log)));
        Ok(done)
    }
}

/// A product as other programs read it: a table without the line that names its types.
fn written(product: &Product) -> Vec<u8> {
    let bytes = product.to_bytes();
    match product {
        Product::Table(_) => match bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) => bytes.get(end + 1..).unwrap_or_default().to_vec(),
            None => bytes,
        },
        Product::Model { .. } | Product::Report(_) => bytes,
    }
}

fn product(output: &Output, bytes: &[u8]) -> Result<Product, StepError> {
    let Output { name, kind, path } = output;
    let is_lines = path.ends_with(".jsonl") || path.ends_with(".ndjson");
    let wrong =
        |reason: String| StepError::Data(format!("the output `{name}` in `{path}` is no {}: {reason}", kind.word()));
    match kind {
        ProductKind::Table => {
            let reading = Reading { separator: b',', columns: Vec::new(), missing: Vec::new(), text: Vec::new() };
            let read =
                if is_lines { Table::from_json_lines(bytes, &reading) } else { Table::from_csv(bytes, &reading) };
            read.map(Product::Table).map_err(|error| wrong(error.to_string()))
        }
        ProductKind::Report => {
            let report = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
            Ok(Product::Report(report))
        }
        ProductKind::Model => Product::from_bytes(*kind, bytes).map_err(|error| wrong(error.to_string())),
    }
}

fn said(said: &Said) -> Value {
    json!({ "text": String::from_utf8_lossy(&said.bytes), "bytes_lost": said.lost })
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn a_path_does_not_lead_out() {
        for (path, expected) in [
            ("a.csv", true),
            ("a/b.csv", true),
            ("./a.py", true),
            ("a..b", true),
            ("", false),
            ("/etc/passwd", false),
            ("../a", false),
            ("a/../../b", false),
            ("a//b", false),
            ("a/./b", false),
            ("a\0b", false),
        ] {
            assert_eq!(is_below(path), expected, "{path:?}");
        }
    }
}
