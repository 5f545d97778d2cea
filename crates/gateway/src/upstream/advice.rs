//! A failed upstream in words for its operator: what happened, down to the cause, and what to look at.

use std::error::Error;
use std::io;

use super::failure::Failure;

/// What happened, with the causes that say more than their effects.
pub(crate) fn words(failure: &Failure) -> String {
    let mut words = failure.to_string();
    for cause in causes(failure) {
        let cause = cause.to_string();
        // The HTTP client's own wrapping says only that it is a client.
        if !cause.starts_with("client error") && !words.contains(&cause) {
            words.push_str(": ");
            words.push_str(&cause);
        }
    }
    if let Some(advice) = advice(failure) {
        words.push_str("; ");
        words.push_str(advice);
    }
    words
}

fn advice(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Connect(_) => causes(failure).find_map(advice_on_connection),
        Failure::Refused { status, .. } => match status.as_u16() {
            401 | 403 => Some("look at the provider's `api_key`"),
            404 => Some("look at the provider's `base_url` and at the target's `model`"),
            _ => None,
        },
        Failure::Timeout { .. } => Some("the provider's `*_timeout` settings bound the wait"),
        Failure::Broken(_)
        | Failure::TooLarge { .. }
        | Failure::Nonsense { .. }
        | Failure::Unfit { .. }
        | Failure::Resting => None,
    }
}

fn advice_on_connection(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(tls) = tls_error(cause) {
        return Some(match tls {
            rustls::Error::InvalidMessage(_) => {
                "the other side does not speak TLS: should the provider's `base_url` begin with `http://`?"
            }
            rustls::Error::InvalidCertificate(_) => {
                "if its certificate is from an authority of your own, name that in the provider's `ca`"
            }
            _ => "TLS could not be agreed on with the other side",
        });
    }
    if cause.to_string() == "dns error" {
        return Some("look at the host in the provider's `base_url`");
    }
    (cause.downcast_ref::<io::Error>()?.kind() == io::ErrorKind::ConnectionRefused)
        .then_some("nothing listens there: does the upstream run, and is the provider's `base_url` right?")
}

/// The error of TLS that I/O errors, one in the other, were made of; they hide it from their chain of sources.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = cause;
    loop {
        match cause.downcast_ref::<io::Error>() {
            Some(error) => cause = error.get_ref()?,
            None => return cause.downcast_ref(),
        }
    }
}

fn causes(failure: &Failure) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(failure.source(), |cause| (*cause).source())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_failure_says_its_cause_and_what_to_look_at() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let status = |status| Failure::Refused { status, retry_after: None, body: Bytes::new() };
        let garbled = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        let cases = [
            (Failure::Connect(Box::new(refused())), "connection refused; nothing listens there"),
            (
                Failure::Connect(Box::new(io::Error::other(io::Error::other(garbled)))),
                "should the provider's `base_url` begin with",
            ),
            (status(StatusCode::UNAUTHORIZED), "answered 401 Unauthorized; look at the provider's `api_key`"),
            (status(StatusCode::NOT_FOUND), "`base_url` and at the target's `model`"),
        ];
        for (failure, expected) in cases {
            let words = words(&failure);
            assert!(words.contains(expected), "{words}");
        }
        assert_eq!(words(&status(StatusCode::BAD_GATEWAY)), "the upstream answered 502 Bad Gateway");
    }
}
