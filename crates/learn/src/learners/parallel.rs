//! Work on several threads whose result does not depend on how many there are.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `work` for each of `0..count` on at most `threads` threads; results are in order.
///
/// Each item must be a function of its number alone: then the count of threads changes nothing but the time.
pub(crate) fn map<T: Send>(threads: NonZeroUsize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = threads.get().min(count);
    if threads <= 1 {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let item = next.fetch_add(1, Ordering::Relaxed);
            if item >= count {
                return done;
            }
            done.push((item, work(item)));
        }
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for helper in helpers {
            match helper.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(item, _)| *item);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Lets `work` fill each part of `size` values of `out` on at most `threads` threads. It is told the part's number.
pub(crate) fn fill<T: Send>(threads: NonZeroUsize, out: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let size = size.max(1);
    let parts = out.len().div_ceil(size);
    let threads = threads.get().min(parts);
    if threads <= 1 {
        out.chunks_mut(size).enumerate().for_each(|(part, values)| work(part, values));
        return;
    }
    // Parts are dealt out in turn, since neighbours often cost the same.
    let mut hands: Vec<Vec<(usize, &mut [T])>> = (0..threads).map(|_| Vec::new()).collect();
    for (part, values) in out.chunks_mut(size).enumerate() {
        if let Some(hand) = hands.get_mut(part % threads) {
            hand.push((part, values));
        }
    }
    let work = &work;
    std::thread::scope(|scope| {
        for hand in hands {
            scope.spawn(move || hand.into_iter().for_each(|(part, values)| work(part, values)));
        }
    });
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    #[test]
    fn any_number_of_threads_gives_the_same() {
        for threads in 1..6 {
            let threads = NonZeroUsize::new(threads).unwrap();
            assert_eq!(super::map(threads, 100, |item| item * item), (0..100).map(|i| i * i).collect::<Vec<_>>());
            assert!(super::map(threads, 0, |item| item).is_empty());
            let mut out = vec![0; 101];
            super::fill(threads, &mut out, 10, |part, values| {
                values.iter_mut().enumerate().for_each(|(at, value)| *value = part * 10 + at);
            });
            assert_eq!(out, (0..101).collect::<Vec<_>>());
        }
    }
}
