use redoubt_domain::finding::Label;
use redoubt_domain::secret::Secret;

use super::*;
use crate::detectors::checksum;
use crate::testing::scope;
use crate::vault::Vault;

fn made(label: &str, value: &str) -> Vec<String> {
    let Maker::Whole(make) = maker(label) else { panic!("{label} is made word by word") };
    let key = Secret::new([7; 32]);
    let made = (0..40).filter_map(|attempt| make(value, &mut Dice::new(&key, "whole", value, attempt)));
    let made: Vec<String> = made.collect();
    let again = make(value, &mut Dice::new(&key, "whole", value, 0));
    assert_eq!(made.first(), again.as_ref(), "{label} {value}");
    made
}

/// Every surrogate of a value is as it should be.
#[track_caller]
fn check(label: &str, value: &str, is_right: impl Fn(&str) -> bool) {
    let made = made(label, value);
    assert!(!made.is_empty(), "{label} {value} has no surrogate");
    for surrogate in made {
        assert!(is_right(&surrogate), "{label} {value}: {surrogate}");
    }
}

/// Digits are digits, letters letters, signs the same signs.
fn is_alike(value: &str, surrogate: &str) -> bool {
    let kind = |c: char| match c {
        _ if c.is_ascii_digit() => '9',
        _ if c.is_alphabetic() => 'a',
        other => other,
    };
    value.chars().map(kind).eq(surrogate.chars().map(kind))
}

fn digits_of(value: &str) -> String {
    value.chars().filter(char::is_ascii_digit).collect()
}

#[test]
fn telephone_numbers_ring_nowhere() {
    for (value, begins) in [
        ("+1 415-555-2671", &["1"][..]),
        ("(407) 555-0123", &["202", "212", "303", "312", "404", "415", "503", "602", "617", "713"]),
        ("1-800-262-3312", &["1"]),
        ("+44 20 7123 4567", &["441632960", "442079460", "441134960"]),
        ("+44 7712 345678", &["447700900"]),
        ("07712 345678", &["07700900"]),
        ("06 12 34 56 78", &["063998"]),
        ("+33 1 23 45 67 89", &["33199", "33261", "33353", "33465", "33536"]),
        ("0171 2345678", &["017139200", "0176040690"]),
        ("+61 412 345 678", &["61491570"]),
    ] {
        check("PHONE_NUMBER", value, |made| {
            let digits = digits_of(made);
            let is_north_american = matches!(digits_of(value).len(), 10 | 11) && begins.len() != 2;
            begins.iter().any(|begin| digits.starts_with(begin))
                && (!value.starts_with(['1', '(']) || !is_north_american || digits.contains("55501"))
                && made.contains('+') == value.contains('+')
        });
    }
    check("PHONE_NUMBER", "+1 415-555-2671", |made| is_alike("+1 415-555-2671", made) && made.contains("-555-01"));
    check("PHONE_NUMBER", "(407) 555-0123 ext. 89", |made| is_alike("(407) 555-0123 ext. 89", made));
    // No range is known to be nobody's: the country stays.
    check("PHONE_NUMBER", "+351 912 345 678", |made| is_alike("+351 912 345 678", made) && made.starts_with("+351"));
    check("PHONE_NUMBER", "785 8949", |made| is_alike("785 8949", made));
}

#[test]
fn numbers_have_right_check_digits() {
    for value in ["4111 1111 1111 1111", "5500-0055-5555-5559", "371449635398431", "6011000990139424"] {
        check("CREDIT_CARD", value, |made| is_alike(value, made) && checksum::luhn(digits_of(made).as_bytes()));
    }
    check("CREDIT_CARD", "4111 1111 1111 1111", |made| made.starts_with("4000 00"));
    for value in ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "de89370400440532013000"] {
        check("IBAN_CODE", value, |made| {
            let plain: String = made.chars().filter(char::is_ascii_alphanumeric).collect();
            let plain = plain.to_ascii_uppercase();
            let turned = format!("{}{}", &plain[4..], &plain[..4]);
            is_alike(value, made) && made[..2] == value[..2] && checksum::mod_97(turned.bytes()) == Some(1)
        });
    }
    check("UK_NHS", "943 476 5919", |made| made.starts_with("999 ") && is_alike("943 476 5919", made));
    check("NL_BSN", "111222333", |made| made.starts_with("9999") && made.len() == 9);
    check("CA_SIN", "046 454 286", |made| made.starts_with('0') && checksum::luhn(digits_of(made).as_bytes()));
    check("DE_TAX_ID", "86 095 742 719", |made| {
        checksum::mod_11_10(digits_of(made).as_bytes()) && made.starts_with('0')
    });
    check("US_SSN", "078-05-1120", |made| made.starts_with("666-") && is_alike("078-05-1120", made));
}

#[test]
fn addresses_are_those_of_documentation() {
    check("EMAIL_ADDRESS", "ann@acme.io", |made| {
        made.rsplit_once('@').is_some_and(|(_, domain)| ["example.com", "example.net", "example.org"].contains(&domain))
    });
    for value in ["10.1.2.3", "10.1.2.3/24", "8.8.8.8:53"] {
        check("IP_ADDRESS", value, |made| {
            ["192.0.2.", "198.51.100.", "203.0.113."].iter().any(|network| made.starts_with(network))
                && value.contains("/24") == made.ends_with("/24")
                && value.contains(":53") == made.ends_with(":53")
        });
    }
    check("IP_ADDRESS", "fe80::1", |made| made.starts_with("2001:db8:") && made.parse::<std::net::Ipv6Addr>().is_ok());
    check("MAC_ADDRESS", "3C:22:FB:12:34:56", |made| made.starts_with("00:00:5E:00:53:"));
    check("MAC_ADDRESS", "3c22.fb12.3456", |made| made.starts_with("0000.5e00.53"));
    check("URL", "https://acme.io/ann?id=12345", |made| {
        made.starts_with("https://") && made.contains(".example.") && !made.contains("ann?id=12345")
    });
}

#[test]
fn dates_move_alike() {
    let key = Secret::new([7; 32]);
    let moved = |value: &str| {
        let Maker::Whole(make) = maker("DATE_OF_BIRTH") else { panic!("no maker") };
        make(value, &mut Dice::new(&key, "whole", value, 0))
    };
    // The same day however it is written, and the day after is the day after.
    let [iso, german, american] = ["1984-05-30", "30.05.1984", "05/30/1984"].map(|value| moved(value).unwrap());
    let parts: Vec<&str> = iso.split('-').collect();
    assert_eq!(german, format!("{}.{}.{}", parts[2], parts[1], parts[0]));
    assert_eq!(american, format!("{}/{}/{}", parts[1], parts[2], parts[0]));
    let day = |text: &str| text[8..10].parse::<u32>().unwrap();
    let next = moved("1984-05-31").unwrap();
    assert!(day(&next) == day(&iso) + 1 || day(&next) == 1, "{iso} {next}");
    for value in ["1984-05-30", "3.5.1984", "2000-02-29T10:30:00", "3 May 1984", "May 3, 1984"] {
        check("DATE_TIME", value, |made| made != value && made.contains(|c: char| c.is_ascii_digit()));
    }
    for value in ["yesterday", "", "next May"] {
        assert_eq!(moved(value), None, "{value}");
    }
    check("AGE", "34 years old", |made| made.ends_with(" years old") && made != "34 years old");
    assert!(made("AGE", "old").is_empty());
}

#[test]
fn the_rest_keeps_its_shape() {
    for (label, value) in [("EMPLOYEE_ID", "EMP-123456"), ("PASSPORT", "C01X00T47"), ("SECRET", "hunter2!Blue")] {
        check(label, value, |made| is_alike(value, made));
    }
    check("EMPLOYEE_ID", "EMP-123456", |made| made.starts_with("EMP-"));
    assert_eq!(visible("４\u{200b}2\u{e0061}–x"), "42–x");
}

/// What takes the place of values, one after the other.
fn replaced(values: &[(&str, &str)], texts: &[&str]) -> Vec<String> {
    let mut vault = Vault::new(&scope());
    vault.avoid(texts.iter().copied());
    values.iter().map(|(label, value)| vault.surrogate(value, &Label::from_config((*label).to_owned()), true)).collect()
}

#[test]
fn a_family_keeps_one_name() {
    let names =
        ["Anna Schmidt", "Peter Schmidt", "Dr. Anna Schmidt", "Frau Schmidt", "ANNA", "Anna", "Ludwig van Beethoven"];
    let made = replaced(&names.map(|name| ("PERSON", name)), &[]);
    let [first, family] = [0, 1].map(|word| made[0].split(' ').nth(word).unwrap().to_owned());
    assert_eq!(made[1].split(' ').nth(1), Some(family.as_str()));
    assert_eq!(made[2], format!("Dr. {first} {family}"));
    assert_eq!(made[3], format!("Frau {family}"));
    assert_eq!(made[5], first);
    assert!(made[4].chars().all(char::is_uppercase) && made[4] != "ANNA", "{made:?}");
    assert!(made[6].contains(" van "), "{made:?}");
    for (name, made) in names.iter().zip(&made) {
        assert!(!made.contains("Schmidt") && !made.contains("Beethoven") && name != made, "{made}");
    }
    assert_eq!(replaced(&[("PERSON", "Anna Schmidt")], &[]), [made[0].clone()], "the same key, the same name");
    assert_eq!(replaced(&[("PERSON", "J. Schmidt")], &[])[0].split(' ').next().map(str::len), Some(2));
    // Names of other scripts, and what is no more than a word, become placeholders.
    for (label, value) in [("PERSON", "王小明"), ("NRP", "Catholic"), ("DATE_TIME", "yesterday"), ("AGE", "34")] {
        assert!(replaced(&[(label, value)], &[])[0].starts_with(&format!("[{label}_1_")), "{value}");
    }
}

#[test]
fn a_surrogate_is_nothing_that_the_request_says() {
    let first = replaced(&[("PERSON", "Anna Schmidt"), ("CREDIT_CARD", "4111111111111111")], &[]);
    let said = format!("tell {} about {}", first[0], first[1]);
    let second = replaced(&[("PERSON", "Anna Schmidt"), ("CREDIT_CARD", "4111111111111111")], &["Anna Schmidt", &said]);
    for (first, second) in first.iter().zip(&second) {
        assert_ne!(first, second);
        assert!(second.split(' ').all(|word| !said.contains(word)), "{second}");
    }
    // Where everything that it could be is said, it becomes a placeholder.
    let networks =
        ["192.0.2", "198.51.100", "203.0.113"].map(|network| (1..255).map(move |last| format!("{network}.{last} ")));
    let all: String = networks.into_iter().flatten().collect();
    assert!(replaced(&[("IP_ADDRESS", "10.1.2.3")], &[&all])[0].starts_with("[IP_ADDRESS_1_"));
}

#[test]
fn what_stands_in_a_text_is_known() {
    let texts = ["Maria wrote 12-34 56", "Zoë"];
    let occurring = Occurring::of(texts.into_iter());
    assert!(occurring.has_word("maria") && occurring.has_word("ZOË") && occurring.may_have("123456"));
    assert!(!occurring.has_word("mari") && !occurring.may_have("987654321") && occurring.may_have("abc"));
}
