//! The threads that serve. Each connection stays on one of them for as long as it lives.
//!
//! A runtime whose threads share their work hands a request from thread to thread: whoever finds a socket ready wakes
//! another to look for more, and most of these wakings find nothing. Where a request takes tens of microseconds they
//! are most of what it costs. Here each thread has a runtime of its own, and a request, its call upstream, the record
//! of it and its answer are one task on one thread.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

thread_local! {
    static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    static POST: RefCell<Option<Arc<Post>>> = const { RefCell::new(None) };
}

/// One thread for each processor.
pub(crate) struct Lanes(Vec<Lane>);

struct Lane {
    runtime: Handle,
    /// Connections that are open on it.
    open: Arc<AtomicUsize>,
    /// Dropped to end the thread.
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How many threads serve on this machine.
pub(crate) fn count() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The number of the thread that serves here, below [`count`]; none on any other thread.
pub(crate) fn number() -> Option<usize> {
    NUMBER.get()
}

/// One of something for each thread that serves, and one for all others.
#[derive(Debug)]
pub(crate) struct PerLane<T> {
    lanes: Box<[T]>,
    others: Box<T>,
}

impl<T> PerLane<T> {
    pub(crate) fn new(mut one: impl FnMut() -> T) -> Self {
        Self { lanes: (0..count()).map(|_| one()).collect(), others: Box::new(one()) }
    }

    /// The one for this thread.
    pub(crate) fn here(&self) -> &T {
        number().and_then(|number| self.lanes.get(number)).unwrap_or(&self.others)
    }
}

impl<T: Default> Default for PerLane<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl Lanes {
    pub(crate) fn start() -> io::Result<Self> {
        (0..count()).map(Lane::start).collect::<io::Result<_>>().map(Self)
    }

    /// Runs a connection on the thread that has the fewest.
    pub(super) fn spawn(&self, connections: &mut JoinSet<()>, connection: impl Future<Output = ()> + Send + 'static) {
        let fewest = self.0.iter().min_by_key(|lane| lane.open.load(Ordering::Relaxed));
        let Some(lane) = fewest else { return };
        let place = Place::taken(&lane.open);
        connections.spawn_on(
            async move {
                connection.await;
                drop(place);
            },
            &lane.runtime,
        );
    }
}

impl Lane {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, stopped) = oneshot::channel();
        let thread =
            thread::Builder::new().name(format!("serve-{number}")).spawn(move || run(runtime, number, stopped))?;
        Ok(Self { runtime: handle, open: Arc::default(), running: Some(running), thread: Some(thread) })
    }
}

fn run(runtime: Runtime, number: usize, stopped: oneshot::Receiver<()>) {
    let post = Arc::new(Post::default());
    NUMBER.set(Some(number));
    POST.with(|here| here.replace(Some(Arc::clone(&post))));
    runtime.block_on(async move {
        tokio::spawn(async move { post.deliver().await });
        let _ = stopped.await;
    });
    // What still runs beside it, a large body that is being read, has nobody to tell any more.
    runtime.shutdown_background();
}

impl Drop for Lanes {
    /// Waits until each thread has let go of what it held: the process may end next.
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|lane| drop(lane.running.take()));
        for lane in &mut self.0 {
            let _ = lane.thread.take().map(JoinHandle::join);
        }
    }
}

/// A connection among those that are open.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn taken(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A letter box of one thread that serves: what other threads have found out for its requests, done there.
///
/// To wake a task on another thread takes a system call. A commit of the log settles many requests at once; through
/// here it wakes each thread once, and that one wakes its own tasks for nothing.
#[derive(Default)]
pub(crate) struct Post(Mutex<Letters>);

#[derive(Default)]
struct Letters {
    waiting: Vec<Letter>,
    /// Whoever empties the box, asleep.
    sleeper: Option<Waker>,
}

/// What is to be done on the thread that receives it; short, since others wait for that.
pub(crate) type Letter = Box<dyn FnOnce() + Send>;

/// The letter box of the thread that serves here; none on any other thread.
pub(crate) fn post() -> Option<Arc<Post>> {
    POST.with(|here| here.borrow().clone())
}

impl Post {
    /// Has `letter` opened on the thread whose box this is.
    pub(crate) fn send(&self, letter: Letter) {
        let sleeper = {
            let mut letters = self.letters();
            letters.waiting.push(letter);
            letters.sleeper.take()
        };
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }

    /// Opens letters for ever.
    async fn deliver(&self) {
        let mut opening = Vec::new();
        poll_fn(|context| {
            loop {
                {
                    let mut letters = self.letters();
                    if letters.waiting.is_empty() {
                        letters.sleeper = Some(context.waker().clone());
                        return Poll::<()>::Pending;
                    }
                    std::mem::swap(&mut letters.waiting, &mut opening);
                }
                opening.drain(..).for_each(|letter| letter());
            }
        })
        .await;
    }

    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Runs `work` as a connection and returns what it finds.
    fn on_a_lane<T: Send + 'static>(lanes: &Lanes, work: impl Future<Output = T> + Send + 'static) -> T {
        let (found, told) = mpsc::channel();
        let mut connections = JoinSet::new();
        lanes.spawn(&mut connections, async move {
            let _ = found.send(work.await);
        });
        let found = told.recv_timeout(Duration::from_secs(5)).unwrap();
        connections.detach_all();
        found
    }

    #[test]
    fn connections_go_where_the_fewest_are_and_their_places_come_back() {
        let lanes = Lanes::start().unwrap();
        assert_eq!(number(), None);
        let mut connections = JoinSet::new();
        for _ in 0..4 * count() {
            lanes.spawn(&mut connections, pending());
        }
        let open = || lanes.0.iter().map(|lane| lane.open.load(Ordering::Relaxed)).collect::<Vec<_>>();
        assert_eq!(open(), vec![4; count()]);
        assert!(on_a_lane(&lanes, async { number() }).is_some_and(|number| number < count()));
        connections.abort_all();
        for _ in 0..500 {
            if open().iter().sum::<usize>() == 0 {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("places did not come back: {:?}", open());
    }

    #[test]
    fn a_letter_is_opened_on_the_thread_that_it_is_sent_to() {
        let lanes = Lanes::start().unwrap();
        let (there, post) = on_a_lane(&lanes, async { (thread::current().id(), post()) });
        let post = post.unwrap();
        let (opened, told) = mpsc::channel();
        for n in 0..1_000 {
            let opened = opened.clone();
            post.send(Box::new(move || opened.send((n, thread::current().id())).unwrap()));
        }
        for n in 0..1_000 {
            assert_eq!(told.recv_timeout(Duration::from_secs(5)).unwrap(), (n, there));
        }
        assert!(super::post().is_none());
    }
}
