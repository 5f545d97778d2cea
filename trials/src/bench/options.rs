//! The command line of the bench.

use std::path::PathBuf;

use super::plan::Part;
use crate::Outcome;

const USAGE: &str = "usage: bench [--quick] [--rounds N] [--only a|b|c] [--peers] [--install-peers] [--no-nginx] \
                     [--profile] [--json FILE] [--markdown FILE]";

/// What is to be measured, and where it is written.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) parts: Vec<Part>,
    pub(super) rounds: usize,
    pub(super) is_quick: bool,
    pub(super) nginx: bool,
    pub(super) profile: bool,
    pub(super) install_peers: bool,
    pub(super) json: Option<PathBuf>,
    pub(super) markdown: Option<PathBuf>,
}

impl Options {
    pub(super) fn read(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self {
            parts: vec![Part::GuardOff, Part::Everything, Part::Streams],
            rounds: 5,
            is_quick: false,
            nginx: true,
            profile: false,
            install_peers: false,
            json: None,
            markdown: None,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--quick" => (options.is_quick, options.rounds) = (true, 2),
                "--rounds" => options.rounds = value()?.parse().map_err(|_| "`--rounds` needs a number".to_owned())?,
                "--only" => options.parts = vec![part(value()?)?],
                "--peers" => options.parts.push(Part::Peers),
                "--install-peers" => options.install_peers = true,
                "--no-nginx" => options.nginx = false,
                "--profile" => options.profile = true,
                "--json" => options.json = Some(value()?.into()),
                "--markdown" => options.markdown = Some(value()?.into()),
                other => return Err(format!("`{other}` is no option\n{USAGE}")),
            }
        }
        if options.rounds == 0 {
            return Err("`--rounds 0` measures nothing".to_owned());
        }
        Ok(options)
    }
}

fn part(word: &str) -> Outcome<Part> {
    match word {
        "a" => Ok(Part::GuardOff),
        "b" => Ok(Part::Everything),
        "c" => Ok(Part::Streams),
        "peers" => Ok(Part::Peers),
        other => Err(format!("`--only {other}`: the parts are a (guard off), b (everything on), c (streams), peers")),
    }
}
