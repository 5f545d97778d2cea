//! `redoubt pipeline compile`: a pipeline as a definition for another system.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_pipeline::Digest;
use redoubt_pipeline::compile::{Container, Image, TARGETS, Target};
use serde_json::json;

use super::super::Failure;
use super::File;
use crate::output::{self, CHANGED, paint};
use crate::shelf::{self, read_if};

#[derive(Debug, Args)]
pub(super) struct Compile {
    #[command(flatten)]
    file: File,
    /// The system: kubeflow, argo or sagemaker.
    #[arg(long, value_name = "SYSTEM", value_parser = target)]
    target: &'static Target,
    /// The container image, with its digest. It has `redoubt`, and the folder of the pipeline file.
    #[arg(long, value_name = "NAME@sha256:…")]
    image: String,
    /// Let an image through that has no digest: what runs may be another tomorrow.
    #[arg(long)]
    allow_unpinned_image: bool,
    /// Where the pipeline file lies in the image; `/pipeline` and its name, if left out.
    #[arg(long, value_name = "PATH")]
    file_in_image: Option<String>,
    /// Where tasks keep what they made: the claim of a volume, or the folder of a file system on SageMaker.
    #[arg(long, value_name = "NAME", default_value = "redoubt-products", value_parser = volume)]
    store_volume: String,
    /// Where the installation lies, likewise; steps that change the registry and the audit log need it.
    #[arg(long, value_name = "NAME", value_parser = volume)]
    home_volume: Option<String>,
    /// Run programs without walls where the file says `sandbox = "none"`. They can do whatever the container can.
    #[arg(long)]
    allow_unsandboxed: bool,
    /// Where to write the definition; to the standard output, if left out.
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
}

fn target(text: &str) -> Result<&'static Target, String> {
    Target::parse(text).ok_or_else(|| {
        let known: Vec<String> = TARGETS.iter().map(|target| format!("{} ({})", target.id, target.about)).collect();
        format!("there are {}", known.join(", "))
    })
}

fn volume(text: &str) -> Result<String, String> {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = (1..=63).contains(&text.len()) && text.bytes().all(letters) && !text.starts_with('-');
    if is_name && !text.ends_with('-') {
        Ok(text.to_owned())
    } else {
        Err("write small letters, digits and `-`".into())
    }
}

/// A path of the image, in letters that no target takes for anything else.
fn path(text: String) -> Result<String, Failure> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if text.starts_with('/') && text.len() <= 200 && text.bytes().all(letters) {
        return Ok(text);
    }
    Err(Failure::usage(format!("`{text}` is no path in an image: write `/`, then letters, digits, `.`, `_` and `-`"))
        .next("`--file-in-image /pipeline/pipeline.toml`"))
}

impl Compile {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, target, image, allow_unpinned_image, .. } = &self;
        let pipeline = file.load()?;
        let bytes = read_if(&file.file)?.unwrap_or_default();
        let name = file.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let container = Container {
            image: Image::parse(image, *allow_unpinned_image)?,
            file: path(self.file_in_image.clone().unwrap_or_else(|| format!("/pipeline/{name}")))?,
            digest: Digest::of(&bytes),
            store_volume: self.store_volume.clone(),
            home_volume: self.home_volume.clone(),
            may_be_unsandboxed: self.allow_unsandboxed,
        };
        let compiled = target.compile(&pipeline, &container)?;
        for note in &compiled.notes {
            output::note(format!("{} {}", paint(CHANGED, "note:"), output::shown(note)));
        }
        if let Some(path) = &self.output {
            shelf::write(path, compiled.text.as_bytes())?;
        }
        match &self.output {
            _ if file.json => output::json(&json!({
                "pipeline": pipeline.name,
                "target": target.id,
                "digest": container.digest.as_str(),
                "notes": compiled.notes,
                "output": self.output.as_ref().map(|path| path.display().to_string()),
                "definition": self.output.is_none().then_some(&compiled.text),
            })),
            Some(path) => output::line(format!("wrote {}", path.display())),
            None => output::line(compiled.text.trim_end()),
        }
        Ok(ExitCode::SUCCESS)
    }
}
