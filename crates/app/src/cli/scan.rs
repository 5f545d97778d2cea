//! `redoubt scan`: the guard on JSON lines, one answer line for each line, in order.

use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::{Direction, Finding, Limits, Origin, View};
use redoubt_guard::{Engine, Policy, Profile};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Failure;
use crate::config;
use crate::output::{self, TITLE, TYPED, paint};

/// Inspect texts: JSON lines in, JSON lines out.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct Scan {
    /// Policy file, in the form of `[routes.NAME.guard]`.
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    policy: Option<PathBuf>,
    /// Profile to use where there is no policy file.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = ["default", "strict", "observe"])]
    profile: String,
}

/// What a line holds, in and out.
fn after_help() -> String {
    let title = |text: &str| paint(TITLE, text);
    format!(
        "{}\n  \
         {{\"text\": \"…\",            the text, the only key that must be there\n   \
         \"id\": …,                anything, to find the answer by\n   \
         \"origin\": \"user\",       or system, developer, assistant, tool, retrieved\n   \
         \"direction\": \"input\"}}   or output\n\n\
         {}\n  \
         {{\"id\", \"action\": allow, transform, hold or block, \"text\": after transforms,\n   \
         \"findings\": [{{\"detector\", \"label\", \"start\", \"end\", \"score\", \"severity\", \"via\"}}],\n   \
         \"scores\": {{\"prompt_injection\", \"jailbreak\", \"toxicity\"}}}}\n\n\
         {}\n  {}\n\n\
         A line that cannot be read is answered with its number and the reason; the rest goes on, and the\n\
         exit code is 1.",
        title("A line in:"),
        title("A line out:"),
        title("Example:"),
        paint(TYPED, r#"echo '{"text": "write to ada@example.com"}' | redoubt scan"#),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    id: Value,
    text: String,
    #[serde(default = "user")]
    origin: String,
    #[serde(default = "input")]
    direction: String,
}

fn user() -> String {
    Origin::User.name().to_owned()
}

fn input() -> String {
    "input".to_owned()
}

impl Scan {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let policy = match &self.policy {
            Some(path) => config::load_as(path, Policy::read)?,
            None => Policy::profile(Profile::parse(&self.profile).ok_or_else(|| {
                Failure::usage(format!("`{}` is not a profile, there are `default`, `strict`, `observe`", self.profile))
            })?),
        };
        let limits = Limits::default();
        let line_bytes_max = limits.body_bytes_max;
        let engine = Engine::new(policy, limits)?;
        if io::stdin().is_terminal() {
            output::note(
                "reading JSON lines, such as {\"text\": \"write to ada@example.com\"}; Ctrl-D ends, `--help` tells more",
            );
        }
        answer(
            &engine,
            line_bytes_max,
            &mut BufReader::new(io::stdin().lock()),
            &mut BufWriter::new(io::stdout().lock()),
        )
        .or_else(|error| match error.kind() {
            // A reader that went away, as `head` does, has seen enough.
            io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            _ => Err(Failure::usage(error)),
        })
    }
}

fn answer<R: Read>(
    engine: &Engine,
    line_bytes_max: usize,
    lines: &mut BufReader<R>,
    answers: &mut impl Write,
) -> io::Result<ExitCode> {
    let mut bad = false;
    let mut number = 0_u64;
    let mut line = Vec::new();
    loop {
        line.clear();
        let bound = line_bytes_max as u64 + 1;
        if lines.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        number += 1;
        let too_long = line.len() > line_bytes_max && !line.ends_with(b"\n");
        if too_long {
            skip_line(lines)?;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = if too_long {
            Err(format!("the line has more than {line_bytes_max} bytes"))
        } else {
            scan_line(engine, &line)
        };
        bad |= answer.is_err();
        let answer = answer.unwrap_or_else(|reason| json!({ "id": null, "error": reason, "line": number }));
        serde_json::to_writer(&mut *answers, &answer)?;
        answers.write_all(b"\n")?;
        // Whoever sends one line and waits must get its answer; whoever sends many need not pay for it.
        if lines.buffer().is_empty() {
            answers.flush()?;
        }
    }
    answers.flush()?;
    Ok(if bad { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn skip_line(lines: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = lines.fill_buf()?;
        if available.is_empty() {
            return Ok(());
        }
        let newline = available.iter().position(|&byte| byte == b'\n');
        let used = newline.map_or(available.len(), |at| at + 1);
        lines.consume(used);
        if newline.is_some() {
            return Ok(());
        }
    }
}

fn scan_line(engine: &Engine, line: &[u8]) -> Result<Value, String> {
    let Line { id, text, origin, direction } = serde_json::from_slice(line).map_err(|error| misread(&error))?;
    let origin = Origin::parse(&origin).ok_or_else(|| {
        let known = Origin::ALL.map(|origin| format!("`{}`", origin.name())).join(", ");
        format!("`{origin}` is not an origin, there are {known}")
    })?;
    let direction = match direction.as_str() {
        "input" => Direction::Input,
        "output" => Direction::Output,
        other => return Err(format!("`{other}` is not a direction, there are `input`, `output`")),
    };
    let scan = engine.scan(&text, origin, direction);
    let findings: Vec<Value> = scan.judged.iter().map(|judged| finding(&judged.finding)).collect();
    Ok(json!({
        "id": id,
        "action": scan.action.name(),
        "text": scan.text,
        "findings": findings,
        "scores": {
            "prompt_injection": rounded(scan.scores.prompt_injection),
            "jailbreak": rounded(scan.scores.jailbreak),
            "toxicity": rounded(scan.scores.toxicity),
        },
    }))
}

/// Why a line is not one, without the parser's count of lines, which is always one.
fn misread(error: &serde_json::Error) -> String {
    if error.is_data() {
        let words = error.to_string();
        return words.split(" at line ").next().unwrap_or(&words).to_owned();
    }
    format!("this is not JSON, from column {} on", error.column())
}

fn finding(finding: &Finding) -> Value {
    let Finding { detector, label, rule, segment: _, span, score, severity, via, detail } = finding;
    let mut value = json!({
        "detector": detector,
        "label": label.as_str(),
        "start": span.start,
        "end": span.end,
        "score": rounded(*score),
        "severity": severity.name(),
        "via": via.iter().map(|view| View::name(*view)).collect::<Vec<_>>(),
    });
    if let Some(value) = value.as_object_mut() {
        value.extend(rule.map(|rule| ("rule".to_owned(), json!(rule))));
        value.extend(detail.as_ref().map(|detail| ("detail".to_owned(), json!(detail))));
    }
    value
}

/// Scores are good to three places; more would be noise of the binary form.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected_actions: &[&str], expected_code: ExitCode) -> Vec<Value> {
        let engine = Engine::new(Policy::profile(Profile::Default), Limits::default()).unwrap();
        let mut answers = Vec::new();
        let code = answer(&engine, 4_096, &mut BufReader::new(input.as_bytes()), &mut answers).unwrap();
        let answers: Vec<Value> =
            String::from_utf8(answers).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let actions: Vec<&str> = answers.iter().map(|answer| answer["action"].as_str().unwrap_or("error")).collect();
        assert_eq!(actions, expected_actions, "{answers:?}");
        assert_eq!(format!("{code:?}"), format!("{expected_code:?}"));
        answers
    }

    #[test]
    fn answers_in_order_and_goes_on_after_a_bad_line() {
        let long = format!("{{\"text\":\"{}\"}}", "x".repeat(5_000));
        let input = format!(
            "{{\"id\":1,\"text\":\"hello\"}}\nnonsense\n\n{long}\n{{\"id\":\"two\",\"text\":\"write to ann@example.com\"}}"
        );
        let answers = check(&input, &["allow", "error", "error", "transform"], ExitCode::from(1));
        assert_eq!(answers[1]["line"], 2);
        assert_eq!(answers[2]["line"], 4);
        assert_eq!(answers[3]["id"], "two");
        assert_eq!(answers[3]["findings"][0]["label"], "EMAIL_ADDRESS");
        assert_eq!(answers[3]["findings"][0]["start"], 9);
    }

    #[test]
    fn says_which_word_is_wrong() {
        let answers = check("{\"text\":\"a\",\"origin\":\"usr\"}\n", &["error"], ExitCode::from(1));
        let reason = answers[0]["error"].as_str().unwrap();
        assert!(reason.starts_with("`usr` is not an origin, there are `system`"), "{reason}");
    }
}
