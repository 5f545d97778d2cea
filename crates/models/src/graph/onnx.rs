//! ONNX models (`onnx.proto3`): operators, and where weights outside the file lie.

use super::protobuf::{Field, Message};
use crate::archive::is_outside;
use crate::finding::{ARCHIVE_LIMIT, ONNX_OPERATOR, ONNX_PATH, ONNX_PYTHON, PROTOBUF_BROKEN};
use crate::scan::Scan;
use crate::source::{ReadError, Source};

/// Graphs within attributes of nodes, as loops and branches have them.
const DEPTH_MAX: usize = 16;

/// Domains of operators that runtimes bring themselves.
const DOMAINS: &[&str] =
    &["", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"];

/// Looks at every node and every tensor.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source) {
    if let Err(error) = model(scan, &mut Message::whole(source)) {
        scan.found(PROTOBUF_BROKEN, error.to_string());
    }
}

fn model(scan: &mut Scan<'_>, message: &mut Message<'_>) -> Result<(), ReadError> {
    while let Some(field) = message.next()? {
        match field {
            (7, Field::Bytes(at, length)) => graph(scan, &mut Message::new(message.source(), at, length), 0)?,
            (8, Field::Bytes(at, length)) => {
                let mut import = Message::new(message.source(), at, length);
                while let Some(field) = import.next()? {
                    if let (1, Field::Bytes(at, length)) = field {
                        let domain = import.text(at, length)?;
                        check_domain(scan, &domain, "");
                    }
                }
            }
            // Training information has graphs of its own: initialization and algorithm.
            (20, Field::Bytes(at, length)) => {
                let mut training = Message::new(message.source(), at, length);
                while let Some(field) = training.next()? {
                    if let (1 | 2, Field::Bytes(at, length)) = field {
                        graph(scan, &mut Message::new(training.source(), at, length), 0)?;
                    }
                }
            }
            // Functions of the model's own: made of nodes, in field 7.
            (25, Field::Bytes(at, length)) => {
                let mut function = Message::new(message.source(), at, length);
                while let Some(field) = function.next()? {
                    if let (7, Field::Bytes(at, length)) = field {
                        node(scan, &mut Message::new(function.source(), at, length), 0)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn graph(scan: &mut Scan<'_>, message: &mut Message<'_>, depth: usize) -> Result<(), ReadError> {
    if depth > DEPTH_MAX {
        scan.found(ARCHIVE_LIMIT, "graphs nested deeper than is looked at");
        return Ok(());
    }
    while let Some(field) = message.next()? {
        match field {
            (1, Field::Bytes(at, length)) => node(scan, &mut Message::new(message.source(), at, length), depth)?,
            (5, Field::Bytes(at, length)) => tensor(scan, &mut Message::new(message.source(), at, length))?,
            (15, Field::Bytes(at, length)) => sparse(scan, &mut Message::new(message.source(), at, length))?,
            _ => {}
        }
    }
    Ok(())
}

fn node(scan: &mut Scan<'_>, message: &mut Message<'_>, depth: usize) -> Result<(), ReadError> {
    let (mut name, mut operator, mut domain) = (String::new(), String::new(), String::new());
    while let Some(field) = message.next()? {
        match field {
            (3, Field::Bytes(at, length)) => name = message.text(at, length)?,
            (4, Field::Bytes(at, length)) => operator = message.text(at, length)?,
            (7, Field::Bytes(at, length)) => domain = message.text(at, length)?,
            (5, Field::Bytes(at, length)) => attribute(scan, &mut Message::new(message.source(), at, length), depth)?,
            _ => {}
        }
    }
    check_domain(scan, &domain, &name);
    // `PyOp` of ONNX Runtime and `PythonOp` of its training run Python; both have been built into releases.
    if matches!(operator.as_str(), "PyOp" | "PythonOp" | "PythonOpGrad" | "ATen") && !domain.is_empty()
        || operator == "PyOp"
    {
        scan.key(ONNX_PYTHON, name, format!("operator `{operator}` of `{domain}`"));
    }
    Ok(())
}

fn check_domain(scan: &mut Scan<'_>, domain: &str, node: &str) {
    let is_known =
        DOMAINS.contains(&domain) || domain.starts_with("com.microsoft.") || domain.starts_with("pkg.onnxscript");
    if !is_known {
        scan.key(ONNX_OPERATOR, node, format!("operators of the domain `{domain}`"));
    }
}

fn attribute(scan: &mut Scan<'_>, message: &mut Message<'_>, depth: usize) -> Result<(), ReadError> {
    while let Some(field) = message.next()? {
        if let (number, Field::Bytes(at, length)) = field {
            let mut inner = Message::new(message.source(), at, length);
            match number {
                5 | 10 => tensor(scan, &mut inner)?,
                6 | 11 => graph(scan, &mut inner, depth + 1)?,
                22 | 23 => sparse(scan, &mut inner)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn sparse(scan: &mut Scan<'_>, message: &mut Message<'_>) -> Result<(), ReadError> {
    while let Some(field) = message.next()? {
        if let (1 | 2, Field::Bytes(at, length)) = field {
            tensor(scan, &mut Message::new(message.source(), at, length))?;
        }
    }
    Ok(())
}

fn tensor(scan: &mut Scan<'_>, message: &mut Message<'_>) -> Result<(), ReadError> {
    let mut name = String::new();
    while let Some(field) = message.next()? {
        match field {
            (8, Field::Bytes(at, length)) => name = message.text(at, length)?,
            (13, Field::Bytes(at, length)) => {
                let mut pair = Message::new(message.source(), at, length);
                let (mut key, mut value) = (String::new(), String::new());
                while let Some(field) = pair.next()? {
                    match field {
                        (1, Field::Bytes(at, length)) => key = pair.text(at, length)?,
                        (2, Field::Bytes(at, length)) => value = pair.text(at, length)?,
                        _ => {}
                    }
                }
                if key == "location" {
                    if is_outside(&value) || value.contains('\0') {
                        scan.key(ONNX_PATH, name.clone(), format!("`{value}`"));
                    } else if scan.data_files.len() < scan.limits.members_max {
                        scan.data_files.insert(value);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}
