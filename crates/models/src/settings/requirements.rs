//! Lists of Python packages (PEP 508, pip's requirements file format): what is installed from an address, past the
//! index, is code of whoever holds the address.

use crate::finding::REQUIREMENT_URL;
use crate::scan::Scan;

const OPTIONS: &[&str] = &[
    "-e",
    "--editable",
    "-f",
    "--find-links",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--trusted-host",
    "-r",
    "--requirement",
];

/// Looks at every line.
pub(super) fn check(scan: &mut Scan<'_>, text: &str) {
    for (number, line) in text.lines().enumerate() {
        check_line(scan, line, number);
    }
}

/// Looks at one requirement.
pub(super) fn check_line(scan: &mut Scan<'_>, line: &str, number: usize) {
    let line = line.trim();
    if line.starts_with('#') {
        return;
    }
    let first = line.split([' ', '=']).next().unwrap_or_default();
    let is_option = OPTIONS.contains(&first);
    // `name @ address`, or the address alone; `-r` of a file beside it is fine.
    let is_address = line.contains("://") || line.contains(" @ ") || line.starts_with("git+") || line.starts_with('/');
    let is_beside = matches!(first, "-r" | "--requirement") && !line.contains("://") && !line.contains("..");
    if (is_option || is_address) && !is_beside {
        scan.key(REQUIREMENT_URL, format!("line {}", number + 1), format!("`{line}`"));
    }
}
