//! A transcript as text: which lines are typed, which are files, and which are what came back.

use crate::session::Session;

/// Plays what is typed in `text` and returns the text with what came back this time.
pub(crate) fn play(text: &str) -> String {
    let mut session = Session::new();
    let mut seen = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        push(&mut seen, line);
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind.split_once(' ') {
            None if kind == "console" => converse(&block, &mut session, &mut seen),
            Some((_, name)) => {
                block.iter().for_each(|line| push(&mut seen, line));
                session.write(name, &block.join("\n"));
            }
            None => block.iter().for_each(|line| push(&mut seen, line)),
        }
        push(&mut seen, "```");
    }
    seen
}

/// Types each command of the block; what came back the last time is left out.
fn converse(block: &[&str], session: &mut Session, seen: &mut String) {
    let mut lines = block.iter();
    while let Some(line) = lines.next() {
        if !is_typed(line) {
            continue;
        }
        let mut command = line.strip_prefix("$ ").unwrap_or_default().to_owned();
        push(seen, line);
        while command.ends_with('\\') {
            let Some(more) = lines.next() else { break };
            push(seen, more);
            command.push('\n');
            command.push_str(more);
        }
        let answer = if command.is_empty() { session.interrupt() } else { session.run(&command) };
        answer.lines().for_each(|line| push(seen, line));
        let is_last = !lines.clone().any(|line| is_typed(line));
        if !is_last && !answer.is_empty() {
            seen.push('\n');
        }
    }
}

fn is_typed(line: &str) -> bool {
    line.starts_with("$ ") || line == "^C"
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
