//! Every bound of the API in one place, each with its reason. Where MLflow's own server has a bound, it is the same
//! here (`mlflow.utils.validation` of 3.17), since its clients cut their batches to it.

use std::time::Duration;

/// Characters of a key of a param, a metric or a tag.
pub(crate) const KEY_MAX: usize = 250;
/// Characters of a param's value.
pub(crate) const PARAM_VALUE_MAX: usize = 6_000;
/// Characters of a tag's value on a run or a logged model.
pub(crate) const TAG_VALUE_MAX: usize = 8_000;
/// Characters of a tag's value on an experiment.
pub(crate) const EXPERIMENT_TAG_VALUE_MAX: usize = 20_000;
/// Characters of an experiment's name.
pub(crate) const EXPERIMENT_NAME_MAX: usize = 500;
/// Characters of a run's or a logged model's name, a user, a model's type.
pub(crate) const NAME_MAX: usize = 500;
/// Metrics of one batch.
pub(crate) const BATCH_METRICS_MAX: usize = 1_000;
/// Params of one batch, or of one logged model.
pub(crate) const BATCH_PARAMS_MAX: usize = 100;
/// Tags of one batch.
pub(crate) const BATCH_TAGS_MAX: usize = 100;
/// Metrics, params and tags of one batch together.
pub(crate) const BATCH_ENTITIES_MAX: usize = 1_000;
/// Data sets of one request.
pub(crate) const DATASETS_MAX: usize = 1_000;
/// Models that one request names as inputs or outputs of a run.
pub(crate) const MODELS_MAX: usize = 1_000;
/// Characters of a data set's source and schema; MLflow's columns hold as many.
pub(crate) const DATASET_TEXT_MAX: usize = 1_048_576;
/// Characters of a data set's profile; likewise.
pub(crate) const DATASET_PROFILE_MAX: usize = 16_777_215;
/// A request's body, in bytes. MLflow's batches have at most 1 MB; data sets with wide schemas have more.
pub(crate) const BODY_BYTES_MAX: usize = 8 << 20;
/// Time for a client to send such a body, or the next piece of an artifact.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// Characters of a filter or of one item of an order.
pub(crate) const FILTER_MAX: usize = 10_000;
/// Comparisons of one filter, and items of one order: each is another look into a table.
pub(crate) const CLAUSES_MAX: usize = 64;
/// Values of one `IN`.
pub(crate) const LISTED_MAX: usize = 1_000;
/// `%` and `_` of one pattern: each may look at the whole text again.
pub(crate) const WILDCARDS_MAX: usize = 16;
/// Experiments that one search names.
pub(crate) const EXPERIMENTS_MAX: usize = 1_000;
/// Runs or experiments on one page.
pub(crate) const PAGE_MAX: usize = 50_000;
/// The same, if nothing is asked for.
pub(crate) const PAGE: usize = 1_000;
/// Metrics of one page of a history.
pub(crate) const HISTORY_PAGE_MAX: usize = 25_000;
/// How far pages may reach: what lies behind is found by a filter.
pub(crate) const OFFSET_MAX: usize = 10_000_000;
/// Bytes of an artifact's path, as decoded.
pub(crate) const PATH_BYTES_MAX: usize = 2_048;
/// Folders of an artifact's path.
pub(crate) const PATH_DEPTH_MAX: usize = 64;
/// Entries of a folder that are listed; the API has no pages for them.
pub(crate) const LISTING_MAX: usize = 50_000;
/// Writes that wait for the writer. Further callers wait in turn.
pub(crate) const WRITES_WAITING_MAX: usize = 1_024;
/// Writes that are committed together.
pub(crate) const WRITES_TOGETHER_MAX: usize = 256;
