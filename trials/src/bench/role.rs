//! The processes that a bench consists of besides what it measures: the mock upstream, the load and the bare
//! proxy, each this program again with `--role`.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use tokio::net::TcpListener;

use super::{bare, load, mock};
use crate::Outcome;

/// `key=value`, as one process of a bench tells another.
pub(super) struct Arguments(Vec<(String, String)>);

impl Arguments {
    fn read(words: &[String]) -> Outcome<Self> {
        let pairs = words.iter().map(|word| word.split_once('=').ok_or_else(|| format!("`{word}` is no key=value")));
        let pairs = pairs.map(|pair| pair.map(|(key, value)| (key.to_owned(), value.to_owned())));
        Ok(Self(pairs.collect::<Outcome<_>>()?))
    }

    pub(super) fn text(&self, key: &str) -> Outcome<&str> {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| format!("`{key}=` is missing"))
    }

    pub(super) fn number(&self, key: &str) -> Outcome<u64> {
        self.text(key)?.parse().map_err(|_| format!("`{key}=` is no number"))
    }
}

/// Plays a role until it is killed or done.
pub(super) fn play(arguments: &[String]) -> Outcome {
    let Some((role, rest)) = arguments.split_first() else { return Err("`--role` needs a name".to_owned()) };
    let arguments = Arguments::read(rest)?;
    match role.as_str() {
        "mock" => mock::serve(),
        "bare" => bare::serve(&arguments),
        "load" => load::run(&arguments),
        other => Err(format!("there is no role `{other}`")),
    }
}

/// Tells the parent where this process listens.
pub(super) fn announce(listener: &TcpListener) -> Outcome {
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    say(&address.to_string())
}

/// One line for the parent.
pub(super) fn say(line: &str) -> Outcome {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}

/// A process of the bench. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts a role that serves, and returns where it listens.
    pub(super) fn serving(role: &str, arguments: &[String]) -> Outcome<(Self, String)> {
        let mut child = this_program(role, arguments)?
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the role {role}: {error}"))?;
        let mut line = String::new();
        let said = child.stdout.take().map(BufReader::new).map(|mut out| out.read_line(&mut line));
        let process = Self(child);
        match said {
            Some(Ok(length)) if length > 0 => Ok((process, line.trim().to_owned())),
            _ => Err(format!("the role {role} ended before it listened")),
        }
    }

    /// Takes charge of a process that was started elsewhere.
    pub(super) fn of(child: Child) -> Self {
        Self(child)
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // First politely: nginx and its like have children of their own, which they alone can end.
        let _ = Command::new("kill").arg(self.id().to_string()).status();
        for _ in 0..100 {
            if self.has_ended() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This program in a role.
pub(super) fn this_program(role: &str, arguments: &[String]) -> Outcome<Command> {
    let program = env::current_exe().map_err(|error| format!("cannot tell where this program lies: {error}"))?;
    let mut command = Command::new(program);
    command.args(["bench", "--role", role]).args(arguments);
    Ok(command)
}
