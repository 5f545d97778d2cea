//! Fields between separators, quoted where needed (RFC 4180).

use serde_json::{Map, Value};

use crate::Outcome;

/// The rows with the line in which each begins. The first row names the fields.
pub(super) fn parse(file: &str, text: &str, separator: u8) -> Outcome<Vec<(usize, Map<String, Value>)>> {
    let mut rows = rows(file, text, char::from(separator))?.into_iter();
    let Some((_, names)) = rows.next() else { return Ok(Vec::new()) };
    let one = |(line, fields): (usize, Vec<String>)| {
        if fields.len() != names.len() {
            return Err(format!(
                "`{file}`, line {line}: {} fields where the first line names {}",
                fields.len(),
                names.len()
            ));
        }
        Ok((line, names.iter().cloned().zip(fields.into_iter().map(Value::String)).collect()))
    };
    rows.map(one).collect()
}

fn rows(file: &str, text: &str, separator: char) -> Outcome<Vec<(usize, Vec<String>)>> {
    let mut rows = Vec::new();
    let mut fields: Vec<String> = Vec::new();
    let mut field = String::new();
    let (mut line, mut begun) = (1, 1);
    // Whether the field began with a quotation mark, and whether that is closed.
    let (mut is_quoted, mut is_closed) = (false, false);
    let mut characters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = characters.next() {
        if is_quoted && !is_closed {
            match c {
                '"' if characters.next_if_eq(&'"').is_some() => field.push('"'),
                '"' => is_closed = true,
                _ => {
                    line += usize::from(c == '\n');
                    field.push(c);
                }
            }
            continue;
        }
        match c {
            '"' if field.is_empty() && !is_quoted => is_quoted = true,
            _ if c == separator => {
                fields.push(std::mem::take(&mut field));
                (is_quoted, is_closed) = (false, false);
            }
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                let is_blank = fields.is_empty() && field.is_empty() && !is_quoted;
                if !is_blank {
                    fields.push(std::mem::take(&mut field));
                    rows.push((begun, std::mem::take(&mut fields)));
                }
                (is_quoted, is_closed) = (false, false);
                line += 1;
                begun = line;
            }
            _ if is_closed => {
                return Err(format!("`{file}`, line {line}: a field goes on behind its closing quotation mark"));
            }
            _ => field.push(c),
        }
    }
    if is_quoted && !is_closed {
        return Err(format!("`{file}`, line {begun}: a quotation mark is never closed"));
    }
    if !fields.is_empty() || !field.is_empty() || is_quoted {
        fields.push(field);
        rows.push((begun, fields));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&[&str]]) {
        let found = rows("f", text, ',').expect("rows");
        let found: Vec<Vec<&str>> = found.iter().map(|(_, row)| row.iter().map(String::as_str).collect()).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn fields_are_split_and_unquoted() {
        check("a,b\nc,d\n", &[&["a", "b"], &["c", "d"]]);
        check("a,b\r\nc,d", &[&["a", "b"], &["c", "d"]]);
        check("\"a,b\",\"c\"\"d\"\n", &[&["a,b", "c\"d"]]);
        check("\"two\nlines\",x\n", &[&["two\nlines", "x"]]);
        check("a,\n,b\n", &[&["a", ""], &["", "b"]]);
        check("\"\"\n", &[&[""]]);
        check("say \"hi\",x\n", &[&["say \"hi\"", "x"]]);
        check("\n\n", &[]);
        check("", &[]);
    }

    #[test]
    fn what_is_not_a_table_is_refused_with_its_line() {
        let check = |text: &str, expected: &str| {
            let reason = parse("f", text, b',').expect_err("a complaint");
            assert!(reason.contains(expected), "{reason}");
        };
        check("a,b\n1,2\n3\n", "line 3: 1 fields where the first line names 2");
        check("a\n\"x\ny\n", "line 2: a quotation mark is never closed");
        check("a\n\"x\"y\n", "line 2: a field goes on");
        check("a,b\n\"x\n\",2\n3\n", "line 4: 1 fields");
    }

    #[test]
    fn rows_carry_the_line_in_which_they_begin() {
        let found = parse("f", "a\n\"x\ny\"\nz\n", b',').expect("rows");
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
    }
}
