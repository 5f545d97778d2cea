//! A folder, tables in it, and queries over them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use redoubt_lake::{Lake, LakeError, Limits, Location, Output, Policy, Roles, Rows, S3, S3Key, S3Settings, Source};
use tempfile::TempDir;

pub(crate) const KEY: [u8; 32] = [7; 32];

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) sources: Vec<(Source, Roles)>,
    pub(crate) role: Option<String>,
    pub(crate) memory: usize,
    pub(crate) threads: usize,
    pub(crate) timeout: Duration,
    /// The address of a store that speaks S3, and the key for it.
    pub(crate) store: Option<(S3Settings, S3Key)>,
    pub(crate) spill: u64,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            sources: Vec::new(),
            role: None,
            memory: 256 << 20,
            threads: 2,
            timeout: Duration::from_secs(600),
            store: None,
            spill: 1 << 30,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file with this content, as a table called as its stem.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path().join(name), content).unwrap();
        let stem = name.split('.').next().unwrap().to_owned();
        self.table(&stem, name)
    }

    pub(crate) fn table(self, name: &str, path: &str) -> Self {
        let path = self.path().join(path);
        self.located(name, Location::Path(path))
    }

    pub(crate) fn located(mut self, name: &str, location: Location) -> Self {
        let source = Source { name: name.to_owned(), location, format: None, digest: None };
        self.sources.push((source, Roles::new()));
        self
    }

    /// Lets a role see the last table under a policy.
    pub(crate) fn role(mut self, role: &str, policy: Policy) -> Self {
        self.sources.last_mut().unwrap().1.push((role.to_owned(), policy));
        self
    }

    pub(crate) fn digest(mut self, digest: &str) -> Self {
        self.sources.last_mut().unwrap().0.digest = Some(digest.to_owned());
        self
    }

    pub(crate) fn with_role(mut self, role: &str) -> Self {
        self.role = Some(role.to_owned());
        self
    }

    pub(crate) fn lake(&self) -> Lake {
        let limits = Limits {
            memory: self.memory,
            spill: self.spill,
            timeout: self.timeout,
            threads: self.threads,
            folder: self.path().join("spill"),
        };
        let lake = Lake::new(self.sources.clone(), self.role.clone(), Some(KEY), limits).unwrap();
        match &self.store {
            Some((settings, key)) => lake.with_store(S3::new(settings, Some(key.clone())).unwrap()),
            None => lake,
        }
    }

    pub(crate) fn rows(&self, sql: &str) -> Result<Rows, LakeError> {
        block_on(async { self.lake().run(sql).await?.rows(usize::MAX).await })
    }

    pub(crate) fn write(&self, sql: &str, output: Output) -> Result<Vec<u8>, LakeError> {
        let mut bytes = Vec::new();
        block_on(async { self.lake().run(sql).await?.write(output, &mut bytes).await })?;
        Ok(bytes)
    }

    /// The answer as CSV, or the error.
    pub(crate) fn csv(&self, sql: &str) -> String {
        match self.write(sql, Output::Csv) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(error) => format!("error: {error}"),
        }
    }

    /// Asserts what a query gives: CSV, or `error: …`.
    pub(crate) fn check(&self, sql: &str, expected: &str) {
        assert_eq!(self.csv(sql).trim_end(), expected, "{sql}");
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}
