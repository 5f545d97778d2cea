CREATE TABLE IF NOT EXISTS experiments (
    row       INTEGER PRIMARY KEY,
    tenant    TEXT    NOT NULL,
    id        INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    lifecycle TEXT    NOT NULL DEFAULT 'active',
    created   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    UNIQUE (tenant, id),
    UNIQUE (tenant, name)
) STRICT;
CREATE INDEX IF NOT EXISTS experiments_by_time ON experiments (tenant, created DESC, id DESC);

CREATE TABLE IF NOT EXISTS experiment_tags (
    experiment INTEGER NOT NULL,
    key        TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    PRIMARY KEY (experiment, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS runs (
    row        INTEGER PRIMARY KEY,
    experiment INTEGER NOT NULL,
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    user       TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    start      INTEGER NOT NULL,
    "end"      INTEGER,
    lifecycle  TEXT    NOT NULL DEFAULT 'active'
) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (experiment, start DESC, id);

CREATE TABLE IF NOT EXISTS params (
    run   INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS run_tags (
    run   INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

-- A history lies together, in the order in which it is read. SQLite has no NaN: its value is 0 and `nan` is 1.
CREATE TABLE IF NOT EXISTS metrics (
    run   INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    time  INTEGER NOT NULL,
    step  INTEGER NOT NULL,
    value REAL    NOT NULL,
    nan   INTEGER NOT NULL,
    PRIMARY KEY (run, key, time, step, value, nan)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS latest_metrics (
    run   INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    time  INTEGER NOT NULL,
    step  INTEGER NOT NULL,
    value REAL    NOT NULL,
    nan   INTEGER NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS datasets (
    row         INTEGER PRIMARY KEY,
    experiment  INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    digest      TEXT    NOT NULL,
    source_type TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    "schema"    TEXT    NOT NULL,
    profile     TEXT    NOT NULL,
    UNIQUE (experiment, name, digest)
) STRICT;

CREATE TABLE IF NOT EXISTS inputs (
    row     INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL,
    dataset INTEGER NOT NULL,
    UNIQUE (run, dataset)
) STRICT;

CREATE TABLE IF NOT EXISTS input_tags (
    input INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (input, key)
) STRICT, WITHOUT ROWID;

-- Logged models that a run read (`is_output` 0) or made.
CREATE TABLE IF NOT EXISTS run_models (
    run       INTEGER NOT NULL,
    is_output INTEGER NOT NULL,
    model     TEXT    NOT NULL,
    step      INTEGER NOT NULL,
    PRIMARY KEY (run, is_output, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS logged_models (
    row        INTEGER PRIMARY KEY,
    experiment INTEGER NOT NULL,
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    source_run TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    lifecycle  TEXT    NOT NULL DEFAULT 'active',
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS logged_models_by_name ON logged_models (experiment, name, created DESC);
CREATE INDEX IF NOT EXISTS logged_models_by_time ON logged_models (experiment, created DESC, id);

CREATE TABLE IF NOT EXISTS logged_model_params (
    model INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (model, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS logged_model_tags (
    model INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (model, key)
) STRICT, WITHOUT ROWID;

-- The latest of each metric by run and data set.
CREATE TABLE IF NOT EXISTS logged_model_metrics (
    model   INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    run     TEXT    NOT NULL,
    dataset TEXT    NOT NULL,
    digest  TEXT    NOT NULL,
    time    INTEGER NOT NULL,
    step    INTEGER NOT NULL,
    value   REAL    NOT NULL,
    nan     INTEGER NOT NULL,
    PRIMARY KEY (model, key, run, dataset, digest)
) STRICT, WITHOUT ROWID;

-- Folders of artifacts that nothing may change any more, since a registered version is in them, and what a scan of
-- them came to; `refusal` is empty if they may be loaded.
CREATE TABLE IF NOT EXISTS seals (
    tenant  TEXT NOT NULL,
    folder  TEXT NOT NULL,
    refusal TEXT NOT NULL,
    PRIMARY KEY (tenant, folder)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sealed_files (
    tenant TEXT    NOT NULL,
    path   TEXT    NOT NULL,
    size   INTEGER NOT NULL,
    sha256 BLOB    NOT NULL,
    PRIMARY KEY (tenant, path)
) STRICT, WITHOUT ROWID;

-- Where the files of a registered version lie. A model keeps its id when its name changes.
CREATE TABLE IF NOT EXISTS version_folders (
    tenant  TEXT    NOT NULL,
    model   TEXT    NOT NULL,
    version INTEGER NOT NULL,
    folder  TEXT    NOT NULL,
    PRIMARY KEY (tenant, model, version)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;
