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

/// A value of a form, always the same for the same seed.
fn sample(parts: &[shape::Part], seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut text = String::new();
    for (class, least, most) in parts {
        if let shape::Class::Text(exactly) = class {
            text.push_str(exactly);
            continue;
        }
        // Letters and digits only, so that the ends of values and their kind are beyond doubt.
        let alphabet: Vec<char> = ('!'..='z')
            .filter(|c| c.is_ascii_alphanumeric() && u8::try_from(*c).is_ok_and(|byte| class.has(byte)))
            .collect();
        for _ in 0..(*least).max(1).min(*most) {
            text.push(alphabet[draw(alphabet.len())]);
        }
    }
    text
}

/// The carriers of a value: prose, code and settings.
fn carriers(name: &str, value: &str) -> Vec<String> {
    let variable = name.replace(['-', ' ', '.'], "_");
    vec![
        format!("My {name} key is {value}, please help."),
        format!("Code: c = Client({variable}_key=\"{value}\", timeout=3)"),
        format!("export {}_TOKEN='{value}'", variable.to_uppercase()),
        format!("{variable}:\n  {variable}_secret: {value}\n"),
        format!("{{\"{variable}_token\": \"{value}\"}}"),
    ]
}

/// Whether one finding, and no more, is the whole of a value.
fn is_seen_once(text: &str, value: &str) -> bool {
    let found = find(&*detector(), text);
    let seen = |found: &&Match| text[found.span.clone()].contains(value) && found.score >= 0.5;
    found.iter().filter(seen).count() == 1
}

#[test]
fn every_form_is_found_in_every_carrier() {
    for (seed, format) in (1..).zip(FORMATS) {
        let tries = (0..40).map(|again| sample(format.parts, seed + 1000 * again));
        let fits = |tail: &String| {
            shape::weigh(tail, format.entropy_min, 1.0).is_some_and(|score| score > 0.9)
                && base_score(format, tail).is_some()
        };
        let tail = match format.check {
            Check::EndsWith(end) => sample(format.parts, seed) + end,
            _ => tries.clone().find(fits).unwrap_or_else(|| panic!("no value for {}", format.rule)),
        };
        // A host stands before what begins with a dot.
        let lead = if format.prefix.starts_with('.') { "https://contoso" } else { "" };
        let value = format!("{lead}{}{tail}", format.prefix);
        for text in carriers("vendor", &value) {
            assert!(is_seen_once(&text, &value), "{}: {text}: {:?}", format.rule, find(&*detector(), &text));
        }
    }
    for (seed, named) in (1..).zip(NAMED).filter(|(_, named)| !named.name.ends_with('=')) {
        let tries = (0..40).map(|again| sample(named.parts, seed + 1000 * again));
        let fits = |value: &String| {
            shape::weigh(value, named.entropy_min, 1.0).is_some_and(|score| score > 0.9) && is_made(value, named)
        };
        let value = tries.clone().find(fits).unwrap_or_else(|| panic!("no value for {}", named.rule));
        // Code has names in one word.
        let named_in = carriers(named.name, &value).into_iter().filter(|text| text.to_lowercase().contains(named.name));
        for text in named_in {
            assert!(is_seen_once(&text, &value), "{}: {text}: {:?}", named.rule, find(&*detector(), &text));
        }
    }
}

#[test]
fn settings_of_all_kinds_are_read() {
    const KEY: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let sees = |text: &str, value: &str| {
        assert!(is_seen_once(text, value), "{text}: {:?}", find(&*detector(), text));
        super::super::examples::is_sound(&*detector(), text);
    };
    for (text, value) in [
        ("DB_PASSWORD=swordfish\nDB_USER=x\n", "swordfish"),
        ("spring.datasource.password=Kx9#mmQ2\n", "Kx9#mmQ2"),
        ("  password: Summer2031!\n", "Summer2031!"),
        ("{\"pass\": \"kk09zD4x\"}", "kk09zD4x"),
        ("<Pass encoding=\"base64\">czNjcjN0UDRzcw==</Pass>", "czNjcjN0UDRzcw=="),
        ("<add key=\"ClearTextPassword\" value=\"kz83ddqq\" />", "kz83ddqq"),
        ("ENV MYSQL_ROOT_PASSWORD r00tPw77\n", "r00tPw77"),
        ("variable \"db_password\" {\n  default = \"Zk3rTT91\"\n}", "Zk3rTT91"),
        ("administrator_login_password = \"4-v3ry-53cr37\"\n", "4-v3ry-53cr37"),
        ("- name: API_TOKEN\n  value: 9fQ2mX7vLp4RtZ8kWb1N\n", "9fQ2mX7vLp4RtZ8kWb1N"),
        ("kind: Secret\ndata:\n  user: YWRtaW4=\n  db: dDBwLVNlY3JldC1wdw==\n", "dDBwLVNlY3JldC1wdw=="),
        ("data:\n  db: dDBwLVNlY3JldC1wdw==\nkind: Secret\n", "dDBwLVNlY3JldC1wdw=="),
        ("machine h.example login ann password 9fk3-kd93-kkd0\n", "9fk3-kd93-kkd0"),
        ("ann:$apr1$r31n3tEx$8TfDzUQ8vT6q0f7tYyQxk1\n", "$apr1$r31n3tEx$8TfDzUQ8vT6q0f7tYyQxk1"),
        ("{\"auths\":{\"h\":{\"auth\":\"YW5uOnMzY3JldFB3\"}}}", "YW5uOnMzY3JldFB3"),
        ("Cookie: theme=dark; sessionid=9fQ2mX7vLp4RtZ8kWb1N\n", "9fQ2mX7vLp4RtZ8kWb1N"),
        (
            "https://h.example/f?a=1&sig=aB3dEf9KzP2qR7tYwX5vB8nM1cL4hJ6gF0sD%2BQe%2FrU0%3D",
            "aB3dEf9KzP2qR7tYwX5vB8nM1cL4hJ6gF0sD%2BQe%2FrU0%3D",
        ),
        ("sshpass -p 'kz83!dd' ssh root@h", "kz83!dd"),
        ("mysql -u root -pkz83dd app", "kz83dd"),
        ("db.example.com:5432:app:svc:kz83ddqq\n", "kz83ddqq"),
        ("ALTER USER x WITH PASSWORD 'kz83!ddqq';", "kz83!ddqq"),
        ("SECRET_KEY = 'f#3k!q9^x2)w8m@z1&v7-c5$t4*r6(b0+p=l_j%h'", "f#3k!q9^x2)w8m@z1&v7-c5$t4*r6(b0+p=l_j%h"),
        ("key = \"ToCynx5Se4e2PtoZxEhW7lUJcOX15c54\"", "ToCynx5Se4e2PtoZxEhW7lUJcOX15c54"),
        ("bot123456789:AAHk3dEf9KzP2qR7tYwX5vB8nM1cL4hJ6gF/x", "123456789:AAHk3dEf9KzP2qR7tYwX5vB8nM1cL4hJ6gF"),
    ] {
        sees(text, value);
    }
    for kind in ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "] {
        sees(&format!("k=\"-----BEGIN {kind}PRIVATE KEY-----\\n{KEY}\\n-----END {kind}PRIVATE KEY-----\\n\""), KEY);
    }
}

#[test]
fn what_only_looks_like_a_secret_is_let_through() {
    for text in [
        "request_id=550e8400-e29b-41d4-a716-446655440000 status=200",
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709 of the aws sdk",
        "heroku release 550e8400-e29b-41d4-a716-446655440000 is out",
        "password: string;",
        "password=password",
        "password = getpass.getpass()",
        "const password = req.body.password;",
        "secret = os.environ['SECRET']",
        "password: ${DB_PASSWORD}",
        "key = lambda x: x[1]",
        "sort(key=itemgetter(1))",
        "cache_key = 'user:1234:profile:Ab3dE5gH7jK9mN1pQ3sT'",
        "kind: ConfigMap\ndata:\n  color: aGVsbG8gd29ybGQ=\n",
        "machine learning login page",
        "cookie: chocolate chip, 350F for 12 minutes",
        "The secret is out: nobody knows.",
        "The password field must contain at least 8 characters.",
        "PWD=/home/ann/src",
        "compass: north",
        "mysql -u root -p app",
        "curl -u username:password https://h",
        "Authorization: Bearer $TOKEN",
        "integrity=\"sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC\"",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    ] {
        assert_eq!(find(&*detector(), text), [], "{text}");
        super::super::examples::is_sound(&*detector(), text);
    }
}

#[test]
fn examples_of_documentation_score_low() {
    check(&*detector(), "AKIAIOSFODNN7EXAMPLE", "SECRET 0.35 `AKIAIOSFODNN7EXAMPLE`");
}

#[test]
fn checksums_of_github_and_npm_are_computed() {
    let good = ["x7Kq2Lm9Rt4Vb8Nc3Zp6", "Wd1Yh5Gf0J0vXrqK"].concat();
    assert!(structures::has_github_checksum(&good));
    for prefix in ["ghp_", "npm_"] {
        check(&*detector(), &format!("{prefix}{good}"), &format!("SECRET 0.99 `{prefix}{good}`"));
        let wrong = good.replace("x7", "x8");
        check(&*detector(), &format!("{prefix}{wrong}"), &format!("SECRET 0.85 `{prefix}{wrong}`"));
    }
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
    assert!(FORMATS.len() + NAMED.len() >= 300);
    for format in FORMATS {
        assert!(format.prefix.is_ascii() && !format.rule.is_empty() && format.entropy_min >= 2.0);
    }
}
