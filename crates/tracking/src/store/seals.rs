//! Seals: folders of artifacts that nothing may change any more, with the digests of their files.

use std::collections::BTreeMap;

use redoubt_domain::Digest;
use sqlx::{AssertSqlSafe, Row as _};

use super::{Store, boxed};
use crate::problem::Problem;
use crate::search::sql::{Bind, Statement, bind_all};

/// A folder that is sealed, and why its files may not be loaded, if they may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) folder: String,
    pub(crate) refusal: String,
}

/// A file as it was when its folder was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedFile {
    /// Its path below the tenant's folder.
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) digest: Digest,
}

impl Store {
    /// Seals a folder, or changes what its seal says.
    pub(crate) async fn seal(&self, tenant: String, seal: Seal, files: Vec<SealedFile>) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let Seal { folder, refusal } = seal;
                let upsert = "INSERT INTO seals (tenant, folder, refusal) VALUES (?, ?, ?)
                     ON CONFLICT DO UPDATE SET refusal = excluded.refusal";
                sqlx::query(upsert).bind(&tenant).bind(folder).bind(refusal).execute(&mut *connection).await?;
                for SealedFile { path, size, digest } in files {
                    let insert = "INSERT INTO sealed_files (tenant, path, size, sha256) VALUES (?, ?, ?, ?)
                         ON CONFLICT DO UPDATE SET size = excluded.size, sha256 = excluded.sha256";
                    let size = i64::try_from(size).unwrap_or(i64::MAX);
                    let query = sqlx::query(insert).bind(&tenant).bind(path).bind(size);
                    query.bind(digest.as_bytes().as_slice()).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Notes where the files of a registered version lie.
    pub(crate) async fn set_version_folder(
        &self,
        tenant: String,
        model: String,
        version: u64,
        folder: String,
    ) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let upsert = "INSERT INTO version_folders (tenant, model, version, folder) VALUES (?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET folder = excluded.folder";
                let version = i64::try_from(version).unwrap_or(i64::MAX);
                let query = sqlx::query(upsert).bind(tenant).bind(model).bind(version).bind(folder);
                query.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Where the files of a registered version lie, if they lie here.
    pub(crate) async fn version_folder(
        &self,
        tenant: &str,
        model: &str,
        version: u64,
    ) -> Result<Option<String>, Problem> {
        let select = "SELECT folder FROM version_folders WHERE tenant = ? AND model = ? AND version = ?";
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        let query = sqlx::query(select).bind(tenant).bind(model).bind(version);
        let row = query.fetch_optional(self.readers()).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// The seals over `path`: on itself or on any folder that it is in.
    pub(crate) async fn seals_over(&self, tenant: &str, path: &str) -> Result<Vec<Seal>, Problem> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let folders = ends.filter_map(|end| path.get(..end)).map(|folder| Bind::Text(folder.to_owned()));
        let mut statement = Statement::new("SELECT folder, refusal FROM seals WHERE tenant = ? AND folder IN (");
        statement.bind(Bind::Text(tenant.to_owned())).list(folders).push(")");
        let Statement { text, binds } = statement;
        let rows = bind_all(sqlx::query(AssertSqlSafe(text)), binds).fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok(Seal { folder: row.try_get(0)?, refusal: row.try_get(1)? })).collect()
    }

    /// A sealed folder somewhere within `folder`, if there is one.
    pub(crate) async fn seal_within(&self, tenant: &str, folder: &str) -> Result<Option<String>, Problem> {
        // What begins with `folder/` lies before `folder0`, which is the next character.
        let select = "SELECT folder FROM seals WHERE tenant = ? AND folder >= ? AND folder < ? LIMIT 1";
        let query = sqlx::query(select).bind(tenant).bind(format!("{folder}/")).bind(format!("{folder}0"));
        let row = query.fetch_optional(self.readers()).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// What a sealed file was, if it is one.
    pub(crate) async fn sealed_file(&self, tenant: &str, path: &str) -> Result<Option<SealedFile>, Problem> {
        let select = "SELECT size, sha256 FROM sealed_files WHERE tenant = ? AND path = ?";
        let row = sqlx::query(select).bind(tenant).bind(path).fetch_optional(self.readers()).await?;
        let Some(row) = row else { return Ok(None) };
        let digest: Vec<u8> = row.try_get(1)?;
        let digest: [u8; 32] =
            digest.try_into().map_err(|_| Problem::internal("a seal cannot be read", "its length"))?;
        let size = u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0);
        Ok(Some(SealedFile { path: path.to_owned(), size, digest: Digest::new(digest) }))
    }

    /// Every file of a sealed folder, by its path below that folder.
    pub(crate) async fn sealed_files(
        &self,
        tenant: &str,
        folder: &str,
    ) -> Result<BTreeMap<String, SealedFile>, Problem> {
        let select = "SELECT path, size, sha256 FROM sealed_files WHERE tenant = ? AND path >= ? AND path < ?";
        let query = sqlx::query(select).bind(tenant).bind(format!("{folder}/")).bind(format!("{folder}0"));
        let mut files = BTreeMap::new();
        for row in query.fetch_all(self.readers()).await? {
            let (path, size, digest): (String, i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let Ok(digest) = <[u8; 32]>::try_from(digest) else { continue };
            let name = path.get(folder.len() + 1..).unwrap_or_default().to_owned();
            let size = u64::try_from(size).unwrap_or(0);
            files.insert(name, SealedFile { path, size, digest: Digest::new(digest) });
        }
        Ok(files)
    }
}
