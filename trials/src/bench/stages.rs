//! Where the time of a request goes inside the gateway, as its own metrics tell.

/// Stages with their mean microseconds and how often they were passed.
pub(super) type Means = Vec<(String, f64, u64)>;

/// The mean of each stage between two readings of the metrics.
pub(super) fn between(before: &str, after: &str) -> Means {
    let counts = |text: &str, stage: &str| value(text, "redoubt_stage_seconds_count", stage);
    let sums = |text: &str, stage: &str| value(text, "redoubt_stage_seconds_sum", stage);
    names(after)
        .into_iter()
        .filter_map(|stage| {
            let count = counts(after, &stage)? - counts(before, &stage).unwrap_or(0.0);
            let sum = sums(after, &stage)? - sums(before, &stage).unwrap_or(0.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            (count > 0.0).then(|| (stage, sum * 1e6 / count, count as u64))
        })
        .collect()
}

fn names(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with("redoubt_stage_seconds_count"));
    lines.filter_map(|line| Some(line.split_once("stage=\"")?.1.split_once('"')?.0.to_owned())).collect()
}

fn value(text: &str, name: &str, stage: &str) -> Option<f64> {
    let label = format!("stage=\"{stage}\"");
    let line = text.lines().find(|line| line.starts_with(name) && line.contains(&label))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_of_what_happened_in_between() {
        let reading = |sum: &str, count: u32| {
            format!(
                "redoubt_stage_seconds_bucket{{stage=\"decode\",le=\"0.1\"}} {count}\n\
                 redoubt_stage_seconds_sum{{stage=\"decode\"}} {sum}\n\
                 redoubt_stage_seconds_count{{stage=\"decode\"}} {count}\n"
            )
        };
        let found = between(&reading("0.001", 100), &reading("0.002", 200));
        assert_eq!(found.len(), 1);
        assert!(
            found.iter().all(|(name, micros, count)| name == "decode" && (micros - 10.0).abs() < 1e-6 && *count == 100)
        );
        assert!(between("", "").is_empty());
    }
}
