//! Tables by name, and queries over them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, TableReference};
use datafusion::datasource::cte_worktable::CteWorkTable;
use datafusion::datasource::source_as_provider;
use datafusion::execution::SessionState;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use tempfile::TempDir;
use tokio::time::{Instant, timeout_at};

use crate::answer::{self, Answer};
use crate::digest::{self, Stamp};
use crate::error::LakeError;
use crate::location::{Location, ObjectPath};
use crate::policy::{Guarded, Policy};
use crate::s3::{Listing, S3};
use crate::source::{Format, Opened, Source, type_words};
use crate::statement::{self, Reading};

/// The roles of a data set and what each sees. A data set without roles is for everybody.
pub type Roles = Vec<(String, Policy)>;

/// What a query may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most memory for rows in work, in bytes; more goes to disk.
    pub memory: usize,
    /// The most bytes on disk.
    pub spill: u64,
    /// The most time for a query.
    pub timeout: Duration,
    /// The most threads.
    pub threads: usize,
    /// Where a folder for what goes to disk is made, for its owner alone, and removed afterwards.
    pub folder: PathBuf,
}

/// A column as a role sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// What it holds, as SQL calls it.
    pub of: String,
}

/// A table as a role sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name in SQL.
    pub name: String,
    /// Where it lies.
    pub location: Location,
    /// How it is written.
    pub format: Format,
    /// Of its bytes.
    pub digest: String,
    /// Its columns.
    pub columns: Vec<ColumnInfo>,
    /// The role by whose policy it is seen, if it has policies.
    pub role: Option<String>,
}

/// Tables, and who asks.
pub struct Lake {
    context: SessionContext,
    entries: BTreeMap<String, Entry>,
    role: Option<String>,
    key: Option<[u8; 32]>,
    limits: Limits,
    /// The files of data sets with policies, by device and number.
    protected: Vec<(String, Stamp)>,
    /// Where their objects lie in a store.
    protected_objects: Vec<(String, ObjectPath)>,
    store: Option<S3>,
    folder: TempDir,
}

#[derive(Debug)]
struct Entry {
    source: Source,
    roles: Roles,
    open: Option<Open>,
}

#[derive(Clone, Debug)]
struct Open {
    opened: Opened,
    /// What its files are copies of.
    listing: Option<Listing>,
    provider: Arc<dyn TableProvider>,
    digest: String,
}

impl Lake {
    /// Makes these tables known to the queries of `role`. `key` is that of pseudonyms ([`crate::Mask::Hash`]).
    ///
    /// A file is opened when a query first names its table.
    ///
    /// # Errors
    /// If two tables have one name, or the folder for what goes to disk cannot be made.
    pub fn new(
        sources: Vec<(Source, Roles)>,
        role: Option<String>,
        key: Option<[u8; 32]>,
        limits: Limits,
    ) -> Result<Self, LakeError> {
        let mut entries = BTreeMap::new();
        let (mut protected, mut protected_objects) = (Vec::new(), Vec::new());
        for (source, roles) in sources {
            if !roles.is_empty() {
                protected.extend(source.stamps().into_iter().map(|stamp| (source.name.clone(), stamp)));
                if let Location::Objects(at) = &source.location {
                    protected_objects.push((source.name.clone(), at.clone()));
                }
            }
            let name = source.name.clone();
            if entries.insert(name.clone(), Entry { source, roles, open: None }).is_some() {
                return Err(LakeError::table(&name, "two tables have this name; give one of them another"));
            }
        }
        let folder = folder(&limits.folder)?;
        let context = context(&limits, folder.path(), limits.threads)?;
        Ok(Self { context, entries, role, key, limits, protected, protected_objects, store: None, folder })
    }

    /// The same with a store for tables whose location is in one.
    #[must_use]
    pub fn with_store(self, store: S3) -> Self {
        Self { store: Some(store), ..self }
    }

    /// Runs a query.
    ///
    /// # Errors
    /// If the SQL is wrong, does anything but read, or names what the role may not see; if a file cannot be read; if the
    /// limits are met before the first row.
    pub async fn run(&mut self, sql: &str) -> Result<Answer, LakeError> {
        let deadline = Instant::now() + self.limits.timeout;
        let Reading { statement, mut lists } = statement::parse(sql)?;
        let state = self.context.state();
        let names: Vec<String> = self.entries.keys().cloned().collect();
        let words = |error: &DataFusionError| LakeError::of(error, &names, self.limits.memory);
        let mut used = BTreeSet::new();
        for reference in state.resolve_table_references(&statement).map_err(|error| words(&error))? {
            lists |= reference.schema() == Some(INFORMATION);
            if is_ours(&reference) && self.entries.contains_key(reference.table()) {
                used.insert(reference.table().to_owned());
            }
        }
        for name in &used {
            let opened = timeout_at(deadline, self.open(name)).await;
            opened.map_err(|_| LakeError::Timeout(self.limits.timeout))??;
        }
        if lists {
            for name in &names {
                // One that cannot be opened is not listed; a query that names it says why.
                let _ = self.open(name).await;
            }
        }
        let state = self.context.state();
        let words = |error: &DataFusionError| LakeError::of(error, &names, self.limits.memory);
        let plan = state.statement_to_plan(statement).await.map_err(|error| words(&error))?;
        statement::verify(&plan, &|node| self.is_known(node))?;
        let of_used = |name: &String| Some((name.clone(), self.entries.get(name)?.open.clone()?));
        let tables: Vec<(String, Open)> = used.iter().filter_map(of_used).collect();
        let begun = timeout_at(deadline, answer::begin(&state, plan)).await;
        let begun = begun.map_err(|_| LakeError::Timeout(self.limits.timeout))?.map_err(|error| words(&error))?;
        let digests = tables.iter().map(|(name, open)| (name.clone(), open.digest.clone())).collect();
        let opened = tables.into_iter().map(|(_, open)| open.opened).collect();
        Ok(Answer::new(begun, digest::of_bytes(sql.as_bytes()), digests, opened, names, deadline, &self.limits))
    }

    /// A file without a name in the folder of this installation's queries, for an answer on its way.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn scratch(&self) -> Result<File, LakeError> {
        tempfile::tempfile_in(self.folder.path()).map_err(LakeError::Write)
    }

    /// Every table with what the role sees of it, or why it sees nothing.
    pub async fn tables(&mut self) -> Vec<(String, Result<TableInfo, LakeError>)> {
        let names: Vec<String> = self.entries.keys().cloned().collect();
        let mut tables = Vec::new();
        for name in names {
            let info = self.table(&name).await;
            tables.push((name, info));
        }
        tables
    }

    /// What the role sees of a table.
    ///
    /// # Errors
    /// If there is none, or not for this role, or it cannot be read.
    pub async fn table(&mut self, name: &str) -> Result<TableInfo, LakeError> {
        self.open(name).await?;
        let unknown = || LakeError::table(name, "there is no such table");
        let entry = self.entries.get(name).ok_or_else(unknown)?;
        let open = entry.open.as_ref().ok_or_else(unknown)?;
        Ok(TableInfo {
            name: name.to_owned(),
            location: entry.source.location.clone(),
            format: open.opened.format,
            digest: open.digest.clone(),
            columns: columns(&open.provider.schema()),
            role: self.role.clone().filter(|_| !entry.roles.is_empty()),
        })
    }

    /// Opens a table for the role, unless it is open and its files are as they were.
    async fn open(&mut self, name: &str) -> Result<(), LakeError> {
        let unknown = || LakeError::table(name, "there is no such table");
        let entry = self.entries.get(name).ok_or_else(unknown)?;
        let policy = match entry.roles.as_slice() {
            [] => None,
            roles => {
                let found = roles.iter().find(|(role, _)| Some(role) == self.role.as_ref());
                Some(found.map(|(_, policy)| policy.clone()).ok_or_else(|| LakeError::Role {
                    name: name.to_owned(),
                    role: self.role.clone(),
                    roles: roles.iter().map(|(role, _)| role.clone()).collect(),
                })?)
            }
        };
        let sees_all = policy.as_ref().is_none_or(|policy| *policy == Policy::default());
        let hide = |error: LakeError| {
            // What the reader of a format says may quote the file.
            let reason = "its files cannot be read; whoever keeps it sees why with a role that sees all";
            if sees_all { error } else { LakeError::table(name, reason) }
        };
        let open = entry.open.as_ref().filter(|open| open.opened.unchanged().is_ok());
        let (path, listing) = match &entry.source.location {
            Location::Path(_) if open.is_some() => return Ok(()),
            Location::Path(path) => (path.clone(), None),
            Location::Objects(at) => {
                if policy.is_none()
                    && let Some((of, _)) = self.protected_objects.iter().find(|(_, protected)| protected.meets(at))
                {
                    return Err(LakeError::Protected { file: at.to_string(), name: of.clone() });
                }
                let store =
                    self.store.as_ref().ok_or_else(|| LakeError::table(name, "no store of objects is known"))?;
                let listing = entry.source.listing(store, at).await.map_err(hide)?;
                if open.is_some_and(|open| open.listing.as_ref() == Some(&listing)) {
                    return Ok(());
                }
                let folder = self.folder.path().join(OBJECTS).join(name);
                let copied = entry.source.copy(store, at, &listing, &folder, self.limits.spill).await;
                (copied.map_err(hide)?, Some(listing))
            }
        };
        let (opened, raw) = entry.source.open(&path, &self.context).await.map_err(hide)?;
        if policy.is_none()
            && let Some((of, file)) = self.protected_by(&opened)
        {
            return Err(LakeError::Protected { file, name: of });
        }
        let digest = opened.digest().map_err(hide)?;
        if let Some(wanted) = entry.source.digest.as_ref().filter(|wanted| **wanted != digest) {
            return Err(LakeError::table(name, format!("its digest is {digest}, and {wanted} is asked for")));
        }
        let provider: Arc<dyn TableProvider> = match policy.filter(|policy| *policy != Policy::default()) {
            None => raw,
            Some(policy) => {
                let key = match (self.key, policy.mask.is_empty()) {
                    (Some(key), _) => key,
                    (None, true) => [0; 32],
                    (None, false) => {
                        return Err(LakeError::table(name, "its policy masks, and there is no key for it"));
                    }
                };
                Arc::new(Guarded::new(name, raw, &policy, key, &self.context)?)
            }
        };
        let words = |error: DataFusionError| LakeError::Setup(error.strip_backtrace());
        self.context.deregister_table(name).map_err(words)?;
        self.context.register_table(name, Arc::clone(&provider)).map_err(words)?;
        if let Some(entry) = self.entries.get_mut(name) {
            entry.open = Some(Open { opened, listing, provider, digest });
        }
        Ok(())
    }

    fn protected_by(&self, opened: &Opened) -> Option<(String, String)> {
        opened.files.iter().find_map(|(path, stamp)| {
            let (name, _) = self.protected.iter().find(|(_, protected)| protected.is_same_file(stamp))?;
            Some((name.clone(), path.display().to_string()))
        })
    }

    /// Whether a node reads a table that was opened for this role.
    fn is_known(&self, node: &LogicalPlan) -> bool {
        let LogicalPlan::TableScan(scan) = node else { return false };
        if scan.table_name.schema() == Some(INFORMATION) {
            return true;
        }
        let open = self.entries.get(scan.table_name.table()).and_then(|entry| entry.open.as_ref());
        let source = source_as_provider(&scan.source).ok();
        match (open, source) {
            // What a recursive query has so far.
            (_, Some(source)) if source.is::<CteWorkTable>() => true,
            (Some(open), Some(source)) => is_ours(&scan.table_name) && Arc::ptr_eq(&open.provider, &source),
            _ => false,
        }
    }
}

// The key must not be in any text.
impl fmt::Debug for Lake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lake").field("role", &self.role).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The folder of copies from a store, within that of the queries.
const OBJECTS: &str = "objects";

/// Tables about tables.
const INFORMATION: &str = "information_schema";

fn is_ours(reference: &TableReference) -> bool {
    reference.schema().is_none_or(|schema| schema == "public")
        && reference.catalog().is_none_or(|catalog| catalog == "datafusion")
}

pub(crate) fn columns(schema: &Schema) -> Vec<ColumnInfo> {
    let info = |field: &Arc<datafusion::arrow::datatypes::Field>| ColumnInfo {
        name: field.name().clone(),
        of: type_words(field.data_type()),
    };
    schema.fields().iter().map(info).collect()
}

/// An engine that knows no table, no file and no function that reads one.
pub(crate) fn context(limits: &Limits, folder: &Path, threads: usize) -> Result<SessionContext, LakeError> {
    let words = |error: DataFusionError| LakeError::Setup(error.strip_backtrace());
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![folder.to_owned()]))
        .with_max_temp_directory_size(limits.spill);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory)))
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(words)?;
    let mut config = SessionConfig::new().with_target_partitions(threads.max(1)).with_information_schema(true);
    config.options_mut().sql_parser.collect_spans = true;
    let state = SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features();
    let state: SessionState = state.with_table_function_list(Vec::new()).build();
    Ok(SessionContext::new_with_state(state))
}

/// A new folder in `parent` for what goes to disk. What a process that was killed has left there is removed.
pub(crate) fn folder(parent: &Path) -> Result<TempDir, LakeError> {
    let failed = |error: std::io::Error| LakeError::Setup(format!("a folder in `{}`: {error}", parent.display()));
    DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(failed)?;
    for entry in fs::read_dir(parent).map_err(failed)?.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|name| name.split_once('-'));
        if let Some((process, _)) = process
            && process.bytes().all(|byte| byte.is_ascii_digit())
            && Path::new("/proc/self").exists()
            && !Path::new("/proc").join(process).exists()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).permissions(Permissions::from_mode(0o700)).tempdir_in(parent).map_err(failed)
}

const PREFIX: &str = "query-";
