//! What is a secret, what is none, and what a stream holds back.

use super::super::examples::{check, conforms, find, live_from};
use super::*;

fn detector() -> Box<dyn Detector> {
    build(&Parameters::default())
}

#[test]
fn examples_hold() {
    conforms(&*detector());
}

#[test]
fn the_whole_value_is_matched() {
    let sees = |text: &str, expected: &str, rule: &str| {
        let found = find(&*detector(), text);
        let lines: Vec<_> = found.iter().map(|found| (&text[found.span.clone()], found.rule.unwrap_or(""))).collect();
        assert!(lines.contains(&(expected, rule)), "{text}: {lines:?}");
        super::super::examples::is_sound(&*detector(), text);
    };
    sees("Code: c = Foo(key=\"AKIAQ7XW3LMN5RTB2KPD\")", "AKIAQ7XW3LMN5RTB2KPD", "aws-access-token");
    sees("use ghp_Zt4Qm8Xv2Lp9Rw6Ks1Hd5Jf7Gb3Nc0Ya2Uw4.", "ghp_Zt4Qm8Xv2Lp9Rw6Ks1Hd5Jf7Gb3Nc0Ya2Uw4", "github-pat");
    sees("password is Winter!2031x, ok?", "Winter!2031x", "generic-password");
    sees("Das Passwort lautet Regen#4711", "Regen#4711", "generic-password");
    sees("密码是Regen#4711。", "Regen#4711", "generic-password");
    sees("api_key: \"9fQ2mX7vLp4RtZ8kWb1N\"", "9fQ2mX7vLp4RtZ8kWb1N", "generic-api-key");
    sees("see mongodb+srv://u:pR9x77@h.example.net/db now", "mongodb+srv://u:pR9x77@h.example.net/db", "database-url");
    sees("curl -u ann:Zx9Lq2Wm https://h", "ann:Zx9Lq2Wm", "curl-auth-user");
    sees(
        "heroku_api_key = \"832d2129-a846-4e27-99f4-7004b6ad53ef\"",
        "832d2129-a846-4e27-99f4-7004b6ad53ef",
        "heroku-api-key",
    );
    sees(
        "x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlIG9mIGFubg y",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlIG9mIGFubg",
        "jwt",
    );
}

#[test]
fn examples_of_documentation_score_low() {
    check(&*detector(), "AKIAIOSFODNN7EXAMPLE", "SECRET 0.35 `AKIAIOSFODNN7EXAMPLE`");
}

#[test]
fn github_checksums_are_computed() {
    // The sum of thirty zeros, computed by another implementation.
    assert!(!structures::has_github_checksum("000000000000000000000000000000000000"));
    assert!(!structures::has_github_checksum("abc"));
}

#[test]
fn only_what_could_be_a_secret_is_held() {
    let holds = |text: &str, expected: &str| {
        let live = live_from(&*detector(), text);
        assert_eq!(&text[live..], expected, "{text}");
    };
    holds("Hello, how are you today? ", "");
    holds("an extraordinarily", "");
    holds("the token is ghp_", "ghp_");
    holds("the password is Win", "Win");
    holds("key sk-proj-abc", "sk-proj-abc");
}

#[test]
fn every_format_is_distinct() {
    assert!(FORMATS.len() + NAMED.len() >= 60);
    for format in FORMATS {
        assert!(format.prefix.is_ascii() && !format.rule.is_empty() && format.entropy_min >= 2.0);
    }
}
