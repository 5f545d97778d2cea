use std::time::Duration;

use super::join::join_all;
use crate::seams::{Counters, Quota};
use crate::time::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
const TEN: Quota = Quota { amount: 10, period: MINUTE };

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros((1_000_000 + seconds) * 1_000_000)
}

/// What [`Counters`] promise.
pub async fn counters(counters: &dyn Counters) {
    an_allowance_runs_out_and_refills_evenly(counters).await;
    names_do_not_meet(counters).await;
    more_than_everything_is_never_granted(counters).await;
    settling_gives_back_and_takes_more(counters).await;
    a_clock_that_goes_back_grants_nothing(counters).await;
    a_changed_quota_holds_at_once(counters).await;
    many_at_once_get_no_more_than_there_is(counters).await;
    no_window_lets_twice_the_amount_pass(counters).await;
}

async fn an_allowance_runs_out_and_refills_evenly(counters: &dyn Counters) {
    for left in (0..10).rev() {
        let taken = counters.reserve("even", TEN, 1, at(0)).await.unwrap();
        assert!(taken.granted);
        assert_eq!((taken.remaining, taken.retry_after), (left, Duration::ZERO));
    }
    let refused = counters.reserve("even", TEN, 1, at(0)).await.unwrap();
    assert!(!refused.granted);
    assert_eq!(refused.remaining, 0);
    assert_eq!(refused.retry_after, Duration::from_secs(6));
    assert_eq!(refused.reset_after, MINUTE);
    // A refusal takes nothing.
    let refused = counters.reserve("even", TEN, 2, at(3)).await.unwrap();
    assert_eq!((refused.granted, refused.retry_after), (false, Duration::from_secs(9)));
    assert!(counters.reserve("even", TEN, 1, at(6)).await.unwrap().granted);
    assert!(!counters.reserve("even", TEN, 1, at(11)).await.unwrap().granted);
    assert!(counters.reserve("even", TEN, 1, at(12)).await.unwrap().granted);
    let full = counters.reserve("even", TEN, 0, at(1_000)).await.unwrap();
    assert_eq!((full.granted, full.remaining, full.reset_after), (true, 10, Duration::ZERO));
}

async fn names_do_not_meet(counters: &dyn Counters) {
    assert!(counters.reserve("mine", TEN, 10, at(0)).await.unwrap().granted);
    assert!(counters.reserve("yours", TEN, 10, at(0)).await.unwrap().granted);
    assert!(!counters.reserve("mine", TEN, 1, at(0)).await.unwrap().granted);
}

async fn more_than_everything_is_never_granted(counters: &dyn Counters) {
    let refused = counters.reserve("more", TEN, 11, at(0)).await.unwrap();
    assert_eq!((refused.granted, refused.remaining), (false, 10));
    assert!(refused.retry_after >= MINUTE, "waiting will not help, so it must not look short");
    let none = Quota { amount: 0, period: MINUTE };
    assert!(!counters.reserve("none", none, 1, at(0)).await.unwrap().granted);
    assert!(!counters.reserve("huge", TEN, u64::MAX, at(0)).await.unwrap().granted);
}

async fn settling_gives_back_and_takes_more(counters: &dyn Counters) {
    assert!(counters.reserve("settle", TEN, 8, at(0)).await.unwrap().granted);
    counters.settle("settle", TEN, 8, 3, at(0)).await.unwrap();
    assert_eq!(counters.reserve("settle", TEN, 0, at(0)).await.unwrap().remaining, 7);
    // Used more than was reserved: the next reservations pay, for longer than one period.
    assert!(counters.reserve("settle", TEN, 7, at(0)).await.unwrap().granted);
    counters.settle("settle", TEN, 7, 27, at(0)).await.unwrap();
    assert_eq!(counters.reserve("settle", TEN, 1, at(0)).await.unwrap().retry_after, Duration::from_secs(126));
    assert!(!counters.reserve("settle", TEN, 1, at(125)).await.unwrap().granted);
    assert!(counters.reserve("settle", TEN, 1, at(126)).await.unwrap().granted);
    // Giving back never makes more than there is.
    counters.settle("settle", TEN, 1_000, 0, at(126)).await.unwrap();
    assert_eq!(counters.reserve("settle", TEN, 0, at(126)).await.unwrap().remaining, 10);
    counters.settle("unknown", TEN, 0, 4, at(126)).await.unwrap();
    assert_eq!(counters.reserve("unknown", TEN, 0, at(126)).await.unwrap().remaining, 6);
}

async fn a_clock_that_goes_back_grants_nothing(counters: &dyn Counters) {
    assert!(counters.reserve("back", TEN, 10, at(100)).await.unwrap().granted);
    assert!(!counters.reserve("back", TEN, 1, at(10)).await.unwrap().granted);
    assert!(!counters.reserve("back", TEN, 1, at(105)).await.unwrap().granted);
    assert!(counters.reserve("back", TEN, 1, at(106)).await.unwrap().granted);
}

async fn a_changed_quota_holds_at_once(counters: &dyn Counters) {
    assert!(counters.reserve("changed", TEN, 10, at(0)).await.unwrap().granted);
    let more = Quota { amount: 20, period: MINUTE };
    assert_eq!(counters.reserve("changed", more, 0, at(0)).await.unwrap().remaining, 10);
    let longer = Quota { amount: 20, period: Duration::from_secs(600) };
    assert_eq!(counters.reserve("changed", longer, 0, at(0)).await.unwrap().remaining, 10);
    let less = Quota { amount: 4, period: MINUTE };
    assert!(!counters.reserve("changed", less, 1, at(0)).await.unwrap().granted);
}

async fn many_at_once_get_no_more_than_there_is(counters: &dyn Counters) {
    let all = join_all((0..100).map(|_| counters.reserve("many", TEN, 1, at(0)))).await;
    assert_eq!(all.into_iter().filter(|taken| taken.as_ref().is_ok_and(|taken| taken.granted)).count(), 10);
}

async fn no_window_lets_twice_the_amount_pass(counters: &dyn Counters) {
    let mut granted = 0;
    for second in 0..600 {
        while counters.reserve("window", TEN, 1, at(second)).await.unwrap().granted {
            granted += 1;
        }
    }
    // The burst, and then one every six seconds.
    assert_eq!(granted, 10 + 599 / 6);
}
