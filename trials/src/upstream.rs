//! An upstream that says exactly what a trial puts into its mouth, cut where the trial wants it cut, and keeps
//! what it was asked.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What to do on a connection once a request has been read: one step after the other.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Send these bytes in one write.
    Send(Vec<u8>),
    /// Send nothing for so long.
    Wait(Duration),
    /// Send these bytes again and again until the peer has gone.
    Forever(Vec<u8>),
    /// Close at once, so that the peer sees a reset rather than an end.
    Reset,
}

/// A request as the upstream received it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) body: Vec<u8>,
}

type Script = dyn Fn(&Received) -> Vec<Step> + Send + Sync;

struct Shared {
    script: Mutex<Arc<Script>>,
    received: Mutex<Vec<Received>>,
    /// How many connections ended because the peer went away while a script was running.
    abandoned: Mutex<Vec<std::time::Instant>>,
}

/// A listener on a port of its own; it lives as long as the program.
#[derive(Clone)]
pub(crate) struct Upstream {
    shared: Arc<Shared>,
    /// `host:port`.
    pub(crate) address: String,
}

impl Upstream {
    /// Starts one that answers every request with an empty object until [`Upstream::script`] is called.
    pub(crate) fn start() -> io::Result<Self> {
        Self::start_on("127.0.0.1:0")
    }

    /// The same on an address of the user's choice.
    pub(crate) fn start_on(address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            script: Mutex::new(Arc::new(|_: &Received| whole(200, "application/json", b"{}"))),
            received: Mutex::default(),
            abandoned: Mutex::default(),
        });
        let upstream = Self { shared: Arc::clone(&shared), address };
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(&shared, connection));
            }
        });
        Ok(upstream)
    }

    /// What every request is answered with from now on.
    pub(crate) fn script(&self, script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
    }

    /// The requests since this was last called.
    pub(crate) fn take_received(&self) -> Vec<Received> {
        std::mem::take(&mut self.shared.received.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// When peers left in the middle of an answer, since this was last called.
    pub(crate) fn take_abandoned(&self) -> Vec<std::time::Instant> {
        std::mem::take(&mut self.shared.abandoned.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A complete answer with a length.
pub(crate) fn whole(status: u16, content_type: &str, body: &[u8]) -> Vec<Step> {
    let mut out =
        format!("HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n", body.len())
            .into_bytes();
    out.extend_from_slice(body);
    vec![Step::Send(out)]
}

fn serve(shared: &Shared, mut connection: TcpStream) {
    let _ = connection.set_nodelay(true);
    let mut pending = Vec::new();
    while let Ok(Some(received)) = read_request(&mut connection, &mut pending) {
        let script = Arc::clone(&shared.script.lock().unwrap_or_else(PoisonError::into_inner));
        let steps = script(&received);
        shared.received.lock().unwrap_or_else(PoisonError::into_inner).push(received);
        let closes = steps.iter().any(|step| matches!(step, Step::Send(bytes) if bytes.is_empty()));
        for step in steps {
            if act(&mut connection, &step).is_err() {
                shared.abandoned.lock().unwrap_or_else(PoisonError::into_inner).push(std::time::Instant::now());
                return;
            }
        }
        if closes {
            let _ = connection.shutdown(Shutdown::Write);
            let _ = connection.set_read_timeout(Some(Duration::from_secs(2)));
            while matches!(connection.read(&mut [0; 4096]), Ok(read) if read > 0) {}
            return;
        }
    }
}

fn act(connection: &mut TcpStream, step: &Step) -> io::Result<()> {
    match step {
        Step::Send(bytes) => connection.write_all(bytes),
        Step::Wait(time) => wait_or_gone(connection, *time),
        Step::Forever(bytes) => loop {
            connection.write_all(bytes)?;
        },
        // The request's unread rest makes the kernel answer with a reset.
        Step::Reset => Err(io::ErrorKind::ConnectionReset.into()),
    }
}

/// Waits, and fails as soon as the peer has closed.
fn wait_or_gone(connection: &mut TcpStream, time: Duration) -> io::Result<()> {
    connection.set_read_timeout(Some(time))?;
    let read = connection.peek(&mut [0; 1]);
    connection.set_read_timeout(None)?;
    match read {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(()),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The next request, or nothing if the peer has closed between two.
fn read_request(connection: &mut TcpStream, pending: &mut Vec<u8>) -> io::Result<Option<Received>> {
    let head = loop {
        if let Some(at) = pending.windows(4).position(|window| window == b"\r\n\r\n") {
            break pending.drain(..at + 4).collect::<Vec<u8>>();
        }
        if !more(connection, pending)? {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut headers = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let length = headers
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0_usize);
    while pending.len() < length {
        if !more(connection, pending)? {
            return Ok(None);
        }
    }
    Ok(Some(Received { body: pending.drain(..length).collect() }))
}

fn more(connection: &mut TcpStream, pending: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 16 * 1024];
    let read = connection.read(&mut piece)?;
    pending.extend_from_slice(piece.get(..read).unwrap_or_default());
    Ok(read > 0)
}
