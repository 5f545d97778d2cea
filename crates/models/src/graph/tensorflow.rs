//! TensorFlow graphs (`saved_model.proto`, `graph.proto`): a graph may read and write files when it is run.

use super::protobuf::{Field, Message};
use crate::finding::{ARCHIVE_LIMIT, PROTOBUF_BROKEN, TENSORFLOW_FILE, TENSORFLOW_OPERATION};
use crate::kind::Kind;
use crate::scan::Scan;
use crate::source::{ReadError, Source};

/// Operations that no model needs.
const DANGEROUS: &[&str] = &["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "PyFuncStateless", "NumpyFunction"];

/// Operations that reach the file system in ways that models seldom need.
#[rustfmt::skip]
const UNUSUAL: &[&str] = &[
    "MatchingFiles", "PrintV2", "Save", "SaveSlices", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3",
    "CreateSummaryFileWriter", "CreateSummaryDbWriter", "ImportEvent", "WholeFileReader", "WholeFileReaderV2",
    "TextLineDataset", "TFRecordDataset", "FixedLengthRecordDataset", "FixedLengthRecordDatasetV2", "SaveDataset",
    "SaveDatasetV2", "LoadDataset", "SnapshotDataset", "SnapshotDatasetV2", "CacheDataset", "CacheDatasetV2",
    "GeneratorDataset", "RpcCall", "RpcClient", "RpcServer", "TensorRTEngineOp", "TRTEngineOp",
];

/// Looks at the operation of every node.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source, kind: Kind) {
    let outcome = match kind {
        Kind::SavedModel => saved_model(scan, &mut Message::whole(source)),
        _ => graph(scan, &mut Message::whole(source)),
    };
    if let Err(error) = outcome {
        scan.found(PROTOBUF_BROKEN, error.to_string());
    }
}

fn saved_model(scan: &mut Scan<'_>, message: &mut Message<'_>) -> Result<(), ReadError> {
    let mut graphs = 0;
    while let Some(field) = message.next()? {
        if let (2, Field::Bytes(at, length)) = field {
            graphs += 1;
            if graphs > scan.limits.members_max {
                scan.found(ARCHIVE_LIMIT, "more graphs than are looked at");
                return Ok(());
            }
            let mut meta = Message::new(message.source(), at, length);
            while let Some(field) = meta.next()? {
                if let (2, Field::Bytes(at, length)) = field {
                    graph(scan, &mut Message::new(meta.source(), at, length))?;
                }
            }
        }
    }
    Ok(())
}

fn graph(scan: &mut Scan<'_>, message: &mut Message<'_>) -> Result<(), ReadError> {
    while let Some(field) = message.next()? {
        match field {
            (1, Field::Bytes(at, length)) => node(scan, &mut Message::new(message.source(), at, length))?,
            // The library: functions, which are made of nodes in field 3.
            (2, Field::Bytes(at, length)) => {
                let mut library = Message::new(message.source(), at, length);
                while let Some(field) = library.next()? {
                    if let (1, Field::Bytes(at, length)) = field {
                        let mut function = Message::new(library.source(), at, length);
                        while let Some(field) = function.next()? {
                            if let (3, Field::Bytes(at, length)) = field {
                                node(scan, &mut Message::new(function.source(), at, length))?;
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn node(scan: &mut Scan<'_>, message: &mut Message<'_>) -> Result<(), ReadError> {
    let mut name = String::new();
    while let Some(field) = message.next()? {
        match field {
            (1, Field::Bytes(at, length)) => name = message.text(at, length)?,
            (2, Field::Bytes(at, length)) => {
                let operation = message.text(at, length)?;
                if DANGEROUS.contains(&operation.as_str()) {
                    scan.key(TENSORFLOW_FILE, name.clone(), format!("operation `{operation}`"));
                } else if UNUSUAL.contains(&operation.as_str()) {
                    scan.key(TENSORFLOW_OPERATION, name.clone(), format!("operation `{operation}`"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
