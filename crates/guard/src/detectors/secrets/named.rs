//! Secrets that show only by the name of whoever issued them, close before: an Okta token, a Datadog key.

use super::shape::Class::{
    Alnum, Base64, Base64Any, Dashed, Digit, Dotted, Hex, LowerAlnum, LowerHex, Padded, Percent, Text, Visible, Word,
};
use super::shape::Part;

/// A form that counts only behind this name.
pub(super) struct Named {
    pub rule: &'static str,
    /// The name, in lower case. Behind one that ends in `=` stands the value.
    pub name: &'static str,
    pub parts: &'static [Part],
    pub entropy_min: f32,
    pub proof: Proof,
}

/// What else must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing: such a value means nothing else close to that name.
    Name,
    /// The value is given to the name, or a word such as `key` stands between them: it could be a digest, an
    /// identifier or the number of something else.
    Assignment,
}

const fn named(rule: &'static str, name: &'static str, parts: &'static [Part], entropy_min: f32) -> Named {
    Named { rule, name, parts, entropy_min, proof: Proof::Name }
}

const fn given(rule: &'static str, name: &'static str, parts: &'static [Part], entropy_min: f32) -> Named {
    Named { rule, name, parts, entropy_min, proof: Proof::Assignment }
}

const UUID: &[Part] = &[
    (Hex, 8, 8),
    (Text("-"), 1, 1),
    (Hex, 4, 4),
    (Text("-"), 1, 1),
    (Hex, 4, 4),
    (Text("-"), 1, 1),
    (Hex, 4, 4),
    (Text("-"), 1, 1),
    (Hex, 12, 12),
];
const HEX32: &[Part] = &[(LowerHex, 32, 32)];
const HEX40: &[Part] = &[(LowerHex, 40, 40)];
const HEX64: &[Part] = &[(LowerHex, 64, 64)];
const ALNUM20: &[Part] = &[(LowerAlnum, 20, 20)];
const ALNUM24: &[Part] = &[(LowerAlnum, 24, 24)];
const ALNUM32: &[Part] = &[(LowerAlnum, 32, 32)];
const JFROG: &[Part] = &[(Alnum, 73, 73)];
const JFROG_IDENTITY: &[Part] = &[(Alnum, 64, 64)];

#[rustfmt::skip]
pub(super) static NAMED: &[Named] = &[
    named("aws-secret-access-key", "aws", &[(Base64, 40, 40)], 3.8),
    named("aws-secret-access-key", "secret_access_key", &[(Base64, 40, 40)], 3.8),
    named("aws-secret-access-key", "secretaccesskey", &[(Base64, 40, 40)], 3.8),
    named("aws-secret-access-key", "secret access key", &[(Base64, 40, 40)], 3.8),
    named("aws-secret-access-key", "secret key", &[(Base64, 40, 40)], 4.0),
    named("azure-storage-account-key", "accountkey", &[(Base64, 86, 88)], 4.0),
    named("azure-storage-account-key", "account key", &[(Base64, 86, 88)], 4.0),
    named("azure-shared-access-key", "sharedaccesskey", &[(Base64, 43, 44)], 3.8),
    named("azure-sas-signature", "sig=", &[(Percent, 43, 80)], 4.0),
    given("azure-api-key", "azure", &[(Alnum, 32, 84)], 3.2),
    given("tencent-secret-key", "tencent", &[(Alnum, 32, 32)], 3.5),
    named("alibaba-secret-key", "alibaba", &[(Alnum, 30, 30)], 3.5),
    named("alibaba-secret-key", "aliyun", &[(Alnum, 30, 30)], 3.5),
    given("cloudflare-api-key", "cloudflare", &[(Dashed, 40, 40)], 3.2),
    given("fastly-api-token", "fastly", &[(Padded, 32, 32)], 3.2),
    given("heroku-api-key", "heroku", UUID, 2.5),
    named("datadog-access-token", "datadog", &[(LowerAlnum, 40, 40)], 3.0),
    named("datadog-access-token", "dd_app_key", &[(LowerAlnum, 40, 40)], 3.0),
    given("datadog-api-key", "datadog", HEX32, 3.0),
    given("datadog-api-key", "dd_api_key", HEX32, 3.0),
    named("new-relic-license-key", "relic", &[(LowerHex, 36, 36), (Text("NRAL"), 1, 1)], 3.0),
    named("okta-access-token", "okta", &[(Text("00"), 1, 1), (Dashed, 40, 40)], 3.2),
    named("auth0-client-secret", "auth0", &[(Dashed, 60, 70)], 4.0),
    given("algolia-api-key", "algolia", ALNUM32, 3.0),
    given("airtable-api-key", "airtable", &[(Alnum, 17, 17)], 3.0),
    given("asana-client-secret", "asana", ALNUM32, 3.0),
    named("atlassian-api-token", "atlassian", &[(Alnum, 24, 24)], 3.2),
    named("atlassian-api-token", "jira", &[(Alnum, 24, 24)], 3.2),
    named("atlassian-api-token", "confluence", &[(Alnum, 24, 24)], 3.2),
    named("bitbucket-client-secret", "bitbucket", &[(Padded, 64, 64)], 3.5),
    named("beamer-api-token", "beamer", &[(Text("b_"), 1, 1), (Padded, 44, 44)], 3.2),
    given("codecov-access-token", "codecov", ALNUM32, 3.0),
    named("cohere-api-token", "cohere", &[(Alnum, 40, 40)], 3.8),
    given("mistral-api-key", "mistral", &[(Alnum, 32, 32)], 3.5),
    named("coinbase-access-token", "coinbase", &[(Dashed, 64, 64)], 3.5),
    named("contentful-delivery-api-token", "contentful", &[(Padded, 43, 43)], 3.5),
    given("discord-api-token", "discord", &[(LowerHex, 64, 64)], 3.0),
    given("discord-client-secret", "discord", &[(Padded, 32, 32)], 3.2),
    named("discord-bot-token", "discord", &[(Dashed, 24, 28), (Text("."), 1, 1), (Dashed, 6, 6), (Text("."), 1, 1), (Dashed, 27, 40)], 3.5),
    given("dropbox-api-token", "dropbox", &[(LowerAlnum, 15, 15)], 3.0),
    given("etsy-access-token", "etsy", &[(LowerAlnum, 24, 24)], 3.2),
    given("facebook-secret", "facebook", HEX32, 3.0),
    named("facebook-access-token", "facebook", &[(Digit, 15, 16), (Text("|"), 1, 1), (Dashed, 27, 40)], 3.0),
    given("finnhub-access-token", "finnhub", &[(LowerAlnum, 20, 20)], 3.0),
    named("freshbooks-access-token", "freshbooks", &[(LowerAlnum, 64, 64)], 3.2),
    given("gitter-access-token", "gitter", &[(Dashed, 40, 40)], 3.2),
    named("intercom-api-key", "intercom", &[(Dotted, 60, 60)], 3.5),
    named("kraken-access-token", "kraken", &[(Base64Any, 80, 90)], 4.0),
    given("kucoin-access-token", "kucoin", &[(LowerHex, 24, 24)], 3.0),
    given("linear-client-secret", "linear", HEX32, 3.0),
    given("linkedin-client-secret", "linkedin", &[(Alnum, 16, 16)], 3.2),
    named("mailchimp-api-key", "mailchimp", &[(LowerHex, 32, 32), (Text("-us"), 1, 1), (Digit, 1, 2)], 2.8),
    named("mailgun-signing-key", "mailgun", &[(LowerAlnum, 32, 32), (Text("-"), 1, 1), (LowerAlnum, 8, 8), (Text("-"), 1, 1), (LowerAlnum, 8, 8)], 3.0),
    named("mattermost-access-token", "mattermost", &[(LowerAlnum, 26, 26)], 3.2),
    named("messagebird-api-token", "messagebird", &[(Alnum, 25, 25)], 3.2),
    given("messagebird-client-id", "messagebird", UUID, 2.5),
    named("netlify-access-token", "netlify", &[(Padded, 40, 46)], 3.5),
    named("paypal-client-secret", "paypal", &[(Dashed, 78, 82)], 4.0),
    named("plaid-secret-key", "plaid", &[(LowerAlnum, 30, 30)], 3.2),
    named("rapidapi-access-token", "rapidapi", &[(Dashed, 50, 50)], 3.2),
    given("sendbird-access-token", "sendbird", &[(LowerHex, 40, 40)], 3.0),
    given("snyk-api-token", "snyk", UUID, 2.5),
    given("sonar-api-token", "sonar", &[(Padded, 40, 44)], 2.8),
    given("squarespace-access-token", "squarespace", UUID, 2.5),
    named("sumologic-access-token", "sumo", &[(Alnum, 64, 64)], 3.5),
    named("telegram-bot-api-token", "telegr", &[(Digit, 5, 16), (Text(":A"), 1, 1), (Dashed, 34, 34)], 3.2),
    given("travisci-access-token", "travis", &[(Alnum, 22, 22)], 3.2),
    given("twilio-auth-token", "twilio", HEX32, 3.0),
    named("twitch-api-token", "twitch", &[(LowerAlnum, 30, 30)], 3.2),
    given("twitter-access-secret", "twitter", &[(Alnum, 45, 45)], 3.5),
    named("twitter-access-token", "twitter", &[(Digit, 15, 25), (Text("-"), 1, 1), (Alnum, 20, 40)], 3.2),
    named("twitter-api-secret", "twitter", &[(Alnum, 50, 50)], 3.5),
    given("twitter-api-key", "twitter", &[(Alnum, 25, 25)], 3.2),
    given("zendesk-secret-key", "zendesk", &[(Alnum, 40, 40)], 3.2),
    named("sidekiq-secret", "contribsys__com", &[(LowerHex, 8, 8), (Text(":"), 1, 1), (LowerHex, 8, 8)], 2.0),
    named("gitlab-session-cookie", "_gitlab_session", &[(LowerAlnum, 32, 32)], 3.0),
    named("confluent-secret-key", "confluent", &[(Word, 64, 64)], 3.5),
    named("adafruit-api-key", "adafruit", &[(Dashed, 32, 32)], 3.0),
    given("adobe-client-id", "adobe", HEX32, 2.8),
    given("asana-client-id", "asana", &[(Digit, 16, 16)], 2.2),
    given("bitbucket-client-id", "bitbucket", ALNUM32, 3.0),
    given("bittrex-secret-key", "bittrex_secret", ALNUM32, 3.0),
    given("bittrex-secret-key", "bittrex secret", ALNUM32, 3.0),
    given("bittrex-access-key", "bittrex", ALNUM32, 3.0),
    given("cisco-meraki-api-key", "meraki", HEX40, 3.0),
    given("cloudflare-global-api-key", "cloudflare", &[(LowerHex, 37, 37)], 3.0),
    named("cohere-api-token", "co_api_key", &[(Alnum, 40, 40)], 3.8),
    given("confluent-access-token", "confluent", &[(Alnum, 16, 16)], 3.0),
    given("discord-client-id", "discord", &[(Digit, 17, 19)], 2.4),
    given("droneci-access-token", "droneci", ALNUM32, 3.0),
    named("dropbox-long-lived-api-token", "dropbox", &[(Alnum, 11, 11), (Text("AAAAAAAAAA"), 1, 1), (Padded, 43, 43)], 3.0),
    named("dropbox-short-lived-api-token", "dropbox", &[(Text("sl."), 1, 1), (Padded, 130, 300)], 3.5),
    given("finicity-api-token", "finicity", HEX32, 3.0),
    given("finicity-client-secret", "finicity", ALNUM20, 3.0),
    given("flickr-access-token", "flickr", ALNUM32, 3.0),
    named("freemius-secret-key", "freemius", &[(Text("sk_"), 1, 1), (Visible, 29, 29)], 3.5),
    named("freemius-secret-key", "secret_key", &[(Text("sk_"), 1, 1), (Visible, 29, 29)], 3.5),
    given("hubspot-api-key", "hubspot", UUID, 2.5),
    named("jfrog-api-key", "jfrog", JFROG, 3.5),
    named("jfrog-api-key", "artifactory", JFROG, 3.5),
    named("jfrog-api-key", "bintray", JFROG, 3.5),
    named("jfrog-api-key", "xray", JFROG, 3.5),
    given("jfrog-identity-token", "jfrog", JFROG_IDENTITY, 3.5),
    given("jfrog-identity-token", "artifactory", JFROG_IDENTITY, 3.5),
    given("jfrog-identity-token", "bintray", JFROG_IDENTITY, 3.5),
    given("jfrog-identity-token", "xray", JFROG_IDENTITY, 3.5),
    given("kucoin-secret-key", "kucoin", UUID, 2.5),
    given("launchdarkly-access-token", "launchdarkly", &[(Padded, 40, 40)], 3.2),
    given("linkedin-client-id", "linkedin", &[(LowerAlnum, 14, 14)], 2.8),
    given("looker-client-id", "looker", ALNUM20, 3.0),
    given("looker-client-secret", "looker", ALNUM24, 3.0),
    given("new-relic-user-api-id", "relic", &[(LowerAlnum, 64, 64)], 3.2),
    given("nytimes-access-token", "nytimes", &[(Padded, 32, 32)], 3.2),
    given("nytimes-access-token", "newyorktimes", &[(Padded, 32, 32)], 3.2),
    given("nytimes-access-token", "new-york-times", &[(Padded, 32, 32)], 3.2),
    given("plaid-client-id", "plaid", ALNUM24, 3.2),
    given("privateai-api-token", "private_ai", ALNUM32, 3.0),
    given("privateai-api-token", "privateai", ALNUM32, 3.0),
    given("privateai-api-token", "private-ai", ALNUM32, 3.0),
    given("sendbird-access-id", "sendbird", UUID, 2.5),
    named("sentry-access-token", "sentry", HEX64, 3.0),
    given("sourcegraph-access-token", "sourcegraph", HEX40, 3.0),
    given("sumologic-access-id", "sumo", &[(Text("su"), 1, 1), (Alnum, 12, 12)], 3.0),
    named("vault-service-token", "vault", &[(Text("s."), 1, 1), (Alnum, 24, 24)], 3.5),
    named("yandex-access-token", "yandex", &[(Text("t1."), 1, 1), (Padded, 1, 400), (Text("."), 1, 1), (Padded, 86, 88)], 3.5),
    named("yandex-aws-access-token", "yandex", &[(Text("YC"), 1, 1), (Dashed, 38, 38)], 3.2),
    named("aws-presigned-signature", "x-amz-signature=", HEX64, 3.0),
    named("gcp-presigned-signature", "x-goog-signature=", &[(LowerHex, 128, 512)], 3.0),
];
