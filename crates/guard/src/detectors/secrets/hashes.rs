//! Passwords as systems store them: `$6$salt$…` of `/etc/shadow`, `$apr1$` of `.htpasswd`, bcrypt.

use redoubt_domain::finding::Severity;

use super::super::entropy::shannon;
use super::shape::Class::{Alnum, Base64, Crypt, Digit, Text, Visible};
use super::shape::{self, Part, Reading};
use super::{Seen, Trail};

/// How a stored password goes on behind its mark.
struct Stored {
    mark: &'static str,
    parts: &'static [Part],
}

const MD5: &[Part] = &[(Crypt, 1, 8), (Text("$"), 1, 1), (Crypt, 22, 22)];
const BCRYPT: &[Part] = &[(Digit, 2, 2), (Text("$"), 1, 1), (Crypt, 53, 53)];
const PBKDF2: &[Part] = &[(Digit, 4, 8), (Text("$"), 1, 1), (Alnum, 6, 32), (Text("$"), 1, 1), (Base64, 40, 48)];

static STORED: &[Stored] = &[
    Stored { mark: "$apr1$", parts: MD5 },
    Stored { mark: "$1$", parts: MD5 },
    Stored { mark: "$5$", parts: &[(Crypt, 1, 16), (Text("$"), 1, 1), (Crypt, 43, 43)] },
    Stored {
        mark: "$5$",
        parts: &[
            (Text("rounds="), 1, 1),
            (Digit, 4, 9),
            (Text("$"), 1, 1),
            (Crypt, 1, 16),
            (Text("$"), 1, 1),
            (Crypt, 43, 43),
        ],
    },
    Stored { mark: "$6$", parts: &[(Crypt, 1, 16), (Text("$"), 1, 1), (Crypt, 86, 86)] },
    Stored {
        mark: "$6$",
        parts: &[
            (Text("rounds="), 1, 1),
            (Digit, 4, 9),
            (Text("$"), 1, 1),
            (Crypt, 1, 16),
            (Text("$"), 1, 1),
            (Crypt, 86, 86),
        ],
    },
    Stored { mark: "$2a$", parts: BCRYPT },
    Stored { mark: "$2b$", parts: BCRYPT },
    Stored { mark: "$2y$", parts: BCRYPT },
    Stored {
        mark: "$y$",
        parts: &[(Crypt, 1, 8), (Text("$"), 1, 1), (Crypt, 8, 44), (Text("$"), 1, 1), (Crypt, 43, 43)],
    },
    Stored { mark: "$argon2", parts: &[(Visible, 40, 200)] },
    Stored { mark: "{ssha}", parts: &[(Base64, 32, 64)] },
    Stored { mark: "pbkdf2_sha256$", parts: PBKDF2 },
];

/// Reads a stored password behind its mark.
pub(super) fn crypt(text: &str, start: usize, end: usize) -> Trail {
    let is_apart = text.get(..start).and_then(|before| before.chars().next_back());
    if is_apart.is_some_and(|c| c.is_ascii_alphanumeric() || c == '$') {
        return Trail::Nothing;
    }
    let mark = text.get(start..end).unwrap_or("");
    let mut open = Trail::Nothing;
    for stored in STORED.iter().filter(|stored| stored.mark.eq_ignore_ascii_case(mark)) {
        let seen = |end: usize| {
            let is_random = shannon(text.get(start..end)?) >= 3.0;
            is_random.then_some(Seen {
                rule: "password-hash",
                span: start..end,
                score: 0.6,
                severity: Severity::Medium,
            })
        };
        match shape::read(text, end, stored.parts) {
            Reading::Ends(end) => return seen(end).map_or(Trail::Nothing, Trail::Found),
            Reading::EndsOpen(end) => return Trail::Open(start, seen(end)),
            Reading::Open => open = Trail::Open(start, None),
            Reading::Not => {}
        }
    }
    open
}
