//! Secrets that show only by the name of whoever issued them, close before: an Okta token, a Datadog key.

use super::shape::Class::{Alnum, Base64, Dashed, Digit, Dotted, Hex, LowerAlnum, LowerHex, Text, Word};
use super::shape::Part;

/// A form that counts only behind this name.
pub(super) struct Named {
    pub rule: &'static str,
    /// The name, in lower case.
    pub name: &'static str,
    pub parts: &'static [Part],
    pub entropy_min: f32,
}

const fn named(rule: &'static str, name: &'static str, parts: &'static [Part], entropy_min: f32) -> Named {
    Named { rule, name, parts, entropy_min }
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
const ALNUM32: &[Part] = &[(LowerAlnum, 32, 32)];

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
    named("azure-sas-signature", "sig", &[(super::shape::Class::Percent, 43, 80)], 4.0),
    named("azure-api-key", "azure", &[(Alnum, 32, 84)], 3.2),
    named("tencent-secret-key", "tencent", &[(Alnum, 32, 32)], 3.5),
    named("alibaba-secret-key", "alibaba", &[(Alnum, 30, 30)], 3.5),
    named("alibaba-secret-key", "aliyun", &[(Alnum, 30, 30)], 3.5),
    named("cloudflare-api-key", "cloudflare", &[(Dashed, 37, 40)], 3.2),
    named("fastly-api-token", "fastly", &[(Dashed, 32, 32)], 3.2),
    named("heroku-api-key", "heroku", UUID, 2.5),
    named("datadog-access-token", "datadog", &[(LowerAlnum, 40, 40)], 3.0),
    named("datadog-access-token", "dd_app_key", &[(LowerAlnum, 40, 40)], 3.0),
    named("datadog-api-key", "datadog", HEX32, 3.0),
    named("datadog-api-key", "dd_api_key", HEX32, 3.0),
    named("new-relic-license-key", "relic", &[(LowerHex, 36, 36), (Text("NRAL"), 1, 1)], 3.0),
    named("sentry-access-token", "sentry", &[(LowerHex, 64, 64)], 3.0),
    named("okta-access-token", "okta", &[(Text("00"), 1, 1), (Dashed, 40, 40)], 3.2),
    named("auth0-client-secret", "auth0", &[(Dashed, 60, 70)], 4.0),
    named("algolia-api-key", "algolia", ALNUM32, 3.0),
    named("airtable-api-key", "airtable", &[(Alnum, 17, 17)], 3.0),
    named("asana-client-secret", "asana", ALNUM32, 3.0),
    named("atlassian-api-token", "atlassian", &[(Alnum, 24, 24)], 3.2),
    named("atlassian-api-token", "jira", &[(Alnum, 24, 24)], 3.2),
    named("atlassian-api-token", "confluence", &[(Alnum, 24, 24)], 3.2),
    named("bitbucket-client-secret", "bitbucket", &[(Dashed, 64, 64)], 3.5),
    named("beamer-api-token", "beamer", &[(Text("b_"), 1, 1), (Dashed, 44, 44)], 3.2),
    named("codecov-access-token", "codecov", ALNUM32, 3.0),
    named("cohere-api-token", "cohere", &[(Alnum, 40, 40)], 3.8),
    named("mistral-api-key", "mistral", &[(Alnum, 32, 32)], 3.5),
    named("coinbase-access-token", "coinbase", &[(Dashed, 64, 64)], 3.5),
    named("contentful-delivery-api-token", "contentful", &[(Dashed, 43, 43)], 3.5),
    named("discord-api-token", "discord", &[(LowerHex, 64, 64)], 3.0),
    named("discord-client-secret", "discord", &[(Dashed, 32, 32)], 3.2),
    named("discord-bot-token", "discord", &[(Dashed, 24, 28), (Text("."), 1, 1), (Dashed, 6, 6), (Text("."), 1, 1), (Dashed, 27, 40)], 3.5),
    named("dropbox-api-token", "dropbox", &[(LowerAlnum, 15, 15)], 3.0),
    named("etsy-access-token", "etsy", &[(LowerAlnum, 24, 24)], 3.2),
    named("facebook-secret", "facebook", HEX32, 3.0),
    named("facebook-access-token", "facebook", &[(Digit, 15, 16), (Text("|"), 1, 1), (Dashed, 27, 40)], 3.0),
    named("finnhub-access-token", "finnhub", &[(LowerAlnum, 20, 20)], 3.0),
    named("freshbooks-access-token", "freshbooks", &[(LowerAlnum, 64, 64)], 3.2),
    named("gitter-access-token", "gitter", &[(Dashed, 40, 40)], 3.2),
    named("intercom-api-key", "intercom", &[(Dotted, 60, 60)], 3.5),
    named("kraken-access-token", "kraken", &[(Base64, 80, 90)], 4.0),
    named("kucoin-access-token", "kucoin", &[(LowerHex, 24, 24)], 3.0),
    named("linear-client-secret", "linear", HEX32, 3.0),
    named("linkedin-client-secret", "linkedin", &[(Alnum, 16, 16)], 3.2),
    named("mailchimp-api-key", "mailchimp", &[(LowerHex, 32, 32), (Text("-us"), 1, 1), (Digit, 1, 2)], 2.8),
    named("mailgun-signing-key", "mailgun", &[(LowerAlnum, 32, 32), (Text("-"), 1, 1), (LowerAlnum, 8, 8), (Text("-"), 1, 1), (LowerAlnum, 8, 8)], 3.0),
    named("mattermost-access-token", "mattermost", &[(LowerAlnum, 26, 26)], 3.2),
    named("messagebird-api-token", "messagebird", &[(Alnum, 25, 25)], 3.2),
    named("messagebird-client-id", "messagebird", UUID, 2.5),
    named("netlify-access-token", "netlify", &[(Dashed, 40, 46)], 3.5),
    named("paypal-client-secret", "paypal", &[(Dashed, 78, 82)], 4.0),
    named("plaid-secret-key", "plaid", &[(LowerAlnum, 30, 30)], 3.2),
    named("rapidapi-access-token", "rapidapi", &[(Dashed, 50, 50)], 3.2),
    named("sendbird-access-token", "sendbird", &[(LowerHex, 40, 40)], 3.0),
    named("snyk-api-token", "snyk", UUID, 2.5),
    named("sonar-api-token", "sonar", &[(Dashed, 40, 44)], 2.8),
    named("squarespace-access-token", "squarespace", UUID, 2.5),
    named("sumologic-access-token", "sumo", &[(Alnum, 64, 64)], 3.5),
    named("telegram-bot-api-token", "telegram", &[(Digit, 5, 16), (Text(":A"), 1, 1), (Dashed, 34, 34)], 3.2),
    named("travisci-access-token", "travis", &[(Alnum, 22, 22)], 3.2),
    named("twilio-auth-token", "twilio", HEX32, 3.0),
    named("twitch-api-token", "twitch", &[(LowerAlnum, 30, 30)], 3.2),
    named("twitter-access-secret", "twitter", &[(Alnum, 45, 45)], 3.5),
    named("twitter-access-token", "twitter", &[(Digit, 15, 25), (Text("-"), 1, 1), (Alnum, 20, 40)], 3.2),
    named("twitter-api-secret", "twitter", &[(Alnum, 50, 50)], 3.5),
    named("twitter-api-key", "twitter", &[(Alnum, 25, 25)], 3.2),
    named("zendesk-secret-key", "zendesk", &[(Alnum, 40, 40)], 3.2),
    named("sidekiq-secret", "contribsys__com", &[(LowerHex, 8, 8), (Text(":"), 1, 1), (LowerHex, 8, 8)], 2.0),
    named("gitlab-session-cookie", "_gitlab_session", &[(LowerAlnum, 32, 32)], 3.0),
    named("confluent-secret-key", "confluent", &[(Word, 64, 64)], 3.5),
];
