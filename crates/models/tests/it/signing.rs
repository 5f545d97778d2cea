//! Signatures: what was signed verifies, and nothing else does.

use aws_lc_rs::rand::SystemRandom;
use redoubt_domain::Secret;
use redoubt_models::sign::{
    Curve, Difference, Manifest, PublicKey, SigningKey, VerifyError, is_ignored, sha256, sign, verify,
};

fn manifest(files: &[(&str, &str)]) -> Manifest {
    Manifest::new("m", files.iter().map(|(path, text)| ((*path).to_owned(), sha256(text.as_bytes()))))
}

fn key(curve: Curve) -> SigningKey {
    SigningKey::generate(curve, &SystemRandom::new()).unwrap().0
}

#[test]
fn what_was_signed_verifies_with_every_curve() {
    let files = manifest(&[("a.txt", "hi\n"), ("sub/b", "x\n")]);
    for curve in Curve::ALL {
        let (key, pem) = SigningKey::generate(curve, &SystemRandom::new()).unwrap();
        let key = {
            assert_eq!(SigningKey::from_pem(&pem).unwrap().public(), key.public());
            key
        };
        assert_eq!(&PublicKey::from_pem(key.public().to_pem().as_bytes()).unwrap(), key.public());
        let signature = sign(&files, &[".git".to_owned()], &key, &SystemRandom::new()).unwrap();
        let signed = verify(signature.as_bytes(), key.public()).unwrap();
        assert_eq!((signed.manifest(), signed.ignored()), (&files, [".git".to_owned()].as_slice()));
        assert!(signed.differences(&files).is_empty());
        assert!(!signature.contains("PRIVATE") && !format!("{key:?}").contains("PRIVATE"));
    }
    assert!(sign(&manifest(&[]), &[], &key(Curve::P256), &SystemRandom::new()).is_err());
}

/// The digest that the public tool computed for these two files.
#[test]
fn the_digest_of_a_model_is_the_tools() {
    let files = manifest(&[("sub/b", "x\n"), ("a.txt", "hi\n")]);
    assert_eq!(files.digest().to_string(), "c411a4924ea846393ef2ee46d132d47e2e035de0bdca3a6323539af295cc958f");
    // Part by part: a folder comes before a file whose name goes on with a full stop.
    let order: Vec<String> =
        manifest(&[("a.txt", ""), ("a/z", ""), ("a-b", "")]).files().map(|(path, _)| path).collect();
    assert_eq!(order, ["a/z", "a-b", "a.txt"]);
}

/// Made by the tool `model-signing` 1.1.1, with a key that was thrown away.
#[test]
fn the_tools_own_signature_verifies() {
    let key = PublicKey::from_pem(include_bytes!("../fixtures/tool.pub")).unwrap();
    let signed = verify(include_bytes!("../fixtures/tool.sig"), &key).unwrap();
    assert_eq!(signed.manifest().files().count(), 2);
    assert!(signed.differences(&manifest(&[("a.txt", "hi\n"), ("sub/b", "x\n")])).is_empty());
}

#[test]
fn every_difference_is_named() {
    let key = key(Curve::P256);
    let files = manifest(&[("a", "1"), ("b", "2"), ("c", "3")]);
    let signature = sign(&files, &[], &key, &SystemRandom::new()).unwrap();
    let signed = verify(signature.as_bytes(), key.public()).unwrap();
    let found = signed.differences(&manifest(&[("a", "1"), ("b", "other"), ("d", "4")]));
    assert_eq!(
        found,
        [Difference::Changed("b".into()), Difference::Missing("c".into()), Difference::Added("d".into())]
    );
}

#[test]
fn nothing_else_verifies() {
    let key = key(Curve::P256);
    let signature = sign(&manifest(&[("a", "1")]), &[], &key, &SystemRandom::new()).unwrap();
    let other = SigningKey::generate(Curve::P256, &SystemRandom::new()).unwrap().0;
    assert!(matches!(verify(signature.as_bytes(), other.public()), Err(VerifyError::OtherKey { .. })));
    // Without the hint the signature itself tells.
    let anonymous = signature.replace(&key.public().hint().to_string(), "");
    assert!(verify(anonymous.as_bytes(), key.public()).is_ok());
    assert!(matches!(verify(anonymous.as_bytes(), other.public()), Err(VerifyError::Signature)));
    // Any other text of the same length, wherever it is changed, is refused or means the same.
    for at in 0..signature.len() {
        let mut changed = signature.clone().into_bytes();
        changed[at] ^= 1;
        if let Ok(signed) = verify(&changed, key.public()) {
            assert!(signed.differences(&manifest(&[("a", "1")])).is_empty(), "byte {at}");
        }
    }
    for text in ["", "{}", "null", "[]", r#"{"mediaType":"x"}"#] {
        assert!(verify(text.as_bytes(), key.public()).is_err(), "{text}");
    }
}

#[test]
fn keys_are_keys() {
    let check = |pem: &str, expected: &str| {
        let error = SigningKey::from_pem(&Secret::new(pem.as_bytes().to_vec())).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check("", "no private key in PEM");
    check("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no private key in PEM");
    check("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "is encrypted");
    check("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "none of the curves");
    assert!(PublicKey::from_pem(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").is_err());
    assert!(PublicKey::from_pem(b"\xff").is_err());
}

#[test]
fn paths_are_ignored_with_what_lies_in_them() {
    let ignored = [".git".to_owned(), "a/b".to_owned(), String::new()];
    for (path, expected) in [
        (".git", true),
        (".git/config", true),
        (".gitignore", false),
        ("a/b", true),
        ("a/bc", false),
        ("a", false),
        ("x/.git", false),
    ] {
        assert_eq!(is_ignored(path, &ignored), expected, "{path}");
    }
}
