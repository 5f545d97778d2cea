//! Secrets that show by their own first characters what they are. Rules carry gitleaks' ids.

use redoubt_domain::finding::Severity;
use redoubt_domain::finding::Severity::{Critical, High, Medium};

use super::shape::Class::{
    Alnum, Alpha, Base64, Bech32, Dashed, Digit, Dotted, Hex, LowerAlnum, LowerHex, Text, UpperAlnum, Word,
};
use super::shape::Part;

/// A secret's form.
pub(super) struct Format {
    pub rule: &'static str,
    /// What it begins with, case and all.
    pub prefix: &'static str,
    /// What follows.
    pub parts: &'static [Part],
    /// The least entropy of a real one, in bits for each character.
    pub entropy_min: f32,
    pub severity: Severity,
    pub check: Check,
}

/// What more is known of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Nothing,
    /// The last six characters are the CRC-32 of the rest, in base 62.
    GithubChecksum,
    /// Ends in this.
    EndsWith(&'static str),
    /// At least one digit, for forms short enough to be a word.
    HasDigit,
}

const fn format(
    rule: &'static str,
    prefix: &'static str,
    parts: &'static [Part],
    entropy_min: f32,
    severity: Severity,
) -> Format {
    Format { rule, prefix, parts, entropy_min, severity, check: Check::Nothing }
}

const fn checked(
    rule: &'static str,
    prefix: &'static str,
    parts: &'static [Part],
    entropy_min: f32,
    severity: Severity,
    check: Check,
) -> Format {
    Format { rule, prefix, parts, entropy_min, severity, check }
}

const AWS: &[Part] = &[(UpperAlnum, 16, 16)];
const GITHUB: &[Part] = &[(Alnum, 36, 255)];
const OPENAI: &[Part] = &[(Dashed, 40, 200)];
const GITLAB: &[Part] = &[(Dashed, 20, 64)];
const HEX32: &[Part] = &[(Hex, 32, 32)];
const HEX40: &[Part] = &[(Hex, 40, 40)];
const HEX64: &[Part] = &[(Hex, 64, 64)];

#[rustfmt::skip]
pub(super) static FORMATS: &[Format] = &[
    // Models
    checked("openai-api-key", "sk-proj-", OPENAI, 3.0, Critical, Check::HasDigit),
    checked("openai-api-key", "sk-svcacct-", OPENAI, 3.0, Critical, Check::HasDigit),
    checked("openai-api-key", "sk-admin-", OPENAI, 3.0, Critical, Check::HasDigit),
    checked("openai-api-key", "sk-None-", OPENAI, 3.0, Critical, Check::HasDigit),
    checked("openai-api-key", "sk-", &[(Alnum, 48, 48)], 3.0, Critical, Check::HasDigit),
    checked("anthropic-api-key", "sk-ant-api03-", &[(Dashed, 93, 95)], 3.0, Critical, Check::EndsWith("AA")),
    checked("anthropic-admin-api-key", "sk-ant-admin01-", &[(Dashed, 93, 95)], 3.0, Critical, Check::EndsWith("AA")),
    checked("anthropic-oauth-token", "sk-ant-oat01-", &[(Dashed, 80, 120)], 3.0, Critical, Check::HasDigit),
    format("openrouter-api-key", "sk-or-v1-", HEX64, 3.0, Critical),
    format("huggingface-access-token", "hf_", &[(Alnum, 34, 40)], 3.0, Critical),
    format("huggingface-organization-api-token", "api_org_", &[(Alpha, 34, 34)], 3.0, Critical),
    format("perplexity-api-key", "pplx-", &[(Alnum, 48, 56)], 3.5, Critical),
    format("groq-api-key", "gsk_", &[(Alnum, 48, 56)], 3.5, Critical),
    format("xai-api-key", "xai-", &[(Alnum, 70, 90)], 3.5, Critical),
    format("replicate-api-token", "r8_", &[(Alnum, 37, 40)], 3.5, Critical),
    format("langsmith-api-key", "lsv2_pt_", &[(LowerHex, 32, 32), (Text("_"), 1, 1), (LowerHex, 10, 10)], 3.0, Critical),
    format("fireworks-api-key", "fw_", &[(Alnum, 22, 24)], 3.8, High),
    format("nvidia-api-key", "nvapi-", &[(Dashed, 60, 70)], 3.5, Critical),
    format("pinecone-api-key", "pcsk_", &[(Word, 60, 75)], 3.5, Critical),
    // Clouds
    checked("aws-access-token", "AKIA", AWS, 2.5, Critical, Check::HasDigit),
    checked("aws-access-token", "ASIA", AWS, 2.5, Critical, Check::HasDigit),
    checked("aws-access-token", "ABIA", AWS, 2.5, Critical, Check::HasDigit),
    checked("aws-access-token", "ACCA", AWS, 2.5, Critical, Check::HasDigit),
    format("aws-amazon-bedrock-api-key-long-lived", "ABSK", &[(Base64, 109, 271)], 3.0, Critical),
    format("aws-amazon-bedrock-api-key-short-lived", "bedrock-api-key-", &[(Base64, 40, 2000)], 3.0, Critical),
    format("gcp-api-key", "AIza", &[(Dashed, 35, 35)], 3.5, Critical),
    format("gcp-oauth-client-secret", "GOCSPX-", &[(Dashed, 28, 28)], 3.0, Critical),
    format("gcp-oauth-access-token", "ya29.", &[(Dashed, 40, 400)], 3.5, Critical),
    format("digitalocean-pat", "dop_v1_", HEX64, 3.0, Critical),
    format("digitalocean-access-token", "doo_v1_", HEX64, 3.0, Critical),
    format("digitalocean-refresh-token", "dor_v1_", HEX64, 3.0, Critical),
    format("alibaba-access-key-id", "LTAI", &[(Alnum, 20, 20)], 2.5, High),
    format("tencent-secret-id", "AKID", &[(Alnum, 32, 32)], 3.0, High),
    format("yandex-api-key", "AQVN", &[(Dashed, 35, 38)], 3.0, Critical),
    format("cloudflare-origin-ca-key", "v1.0-", &[(LowerHex, 24, 24), (Text("-"), 1, 1), (LowerHex, 146, 146)], 2.5, Critical),
    format("heroku-api-key-v2", "HRKU-AA", &[(Dashed, 58, 60)], 3.5, Critical),
    format("flyio-access-token", "fo1_", &[(Dashed, 43, 43)], 3.5, Critical),
    format("flyio-access-token", "FlyV1 fm2_", &[(Base64, 100, 1000)], 3.5, Critical),
    format("flyio-access-token", "fm2_", &[(Base64, 100, 1000)], 3.5, Critical),
    format("scalingo-api-token", "tk-us-", &[(Dashed, 48, 48)], 2.5, Critical),
    format("planetscale-api-token", "pscale_tkn_", &[(Dotted, 32, 64)], 3.0, Critical),
    format("planetscale-oauth-token", "pscale_oauth_", &[(Dotted, 32, 64)], 3.0, Critical),
    format("planetscale-password", "pscale_pw_", &[(Dotted, 32, 64)], 3.0, Critical),
    format("supabase-access-token", "sbp_", HEX40, 3.0, Critical),
    format("supabase-secret-key", "sb_secret_", &[(Dashed, 22, 60)], 3.0, Critical),
    format("vercel-access-token", "vcp_", &[(Alnum, 24, 60)], 3.0, Critical),
    format("netlify-access-token", "nfp_", &[(Alnum, 36, 36)], 3.0, Critical),
    format("render-api-key", "rnd_", &[(Alnum, 28, 32)], 3.5, Critical),
    format("clickhouse-cloud-api-secret-key", "4b1d", &[(Alnum, 38, 38)], 3.5, High),
    // Code and packages
    checked("github-pat", "ghp_", GITHUB, 3.0, Critical, Check::GithubChecksum),
    checked("github-oauth", "gho_", GITHUB, 3.0, Critical, Check::GithubChecksum),
    checked("github-app-token", "ghu_", GITHUB, 3.0, Critical, Check::GithubChecksum),
    checked("github-app-token", "ghs_", GITHUB, 3.0, Critical, Check::GithubChecksum),
    checked("github-refresh-token", "ghr_", GITHUB, 3.0, Critical, Check::GithubChecksum),
    format("github-fine-grained-pat", "github_pat_", &[(Word, 70, 90)], 3.0, Critical),
    format("gitlab-pat-routable", "glpat-", &[(Dashed, 27, 300), (Text("."), 1, 1), (LowerAlnum, 9, 9)], 3.5, Critical),
    format("gitlab-pat", "glpat-", GITLAB, 3.0, Critical),
    format("gitlab-ptt", "glptt-", HEX40, 3.0, Critical),
    format("gitlab-deploy-token", "gldt-", GITLAB, 3.0, Critical),
    format("gitlab-runner-authentication-token", "glrt-", GITLAB, 3.0, Critical),
    format("gitlab-cicd-job-token", "glcbt-", &[(Alnum, 1, 5), (Text("_"), 1, 1), (Dashed, 20, 64)], 3.0, Critical),
    format("gitlab-feed-token", "glft-", GITLAB, 3.0, High),
    format("gitlab-incoming-mail-token", "glimt-", &[(Dashed, 25, 25)], 3.0, High),
    format("gitlab-kubernetes-agent-token", "glagent-", &[(Dashed, 50, 50)], 3.0, Critical),
    format("gitlab-oauth-app-secret", "gloas-", &[(Dashed, 64, 64)], 3.0, Critical),
    format("gitlab-scim-token", "glsoat-", GITLAB, 3.0, Critical),
    format("gitlab-feature-flag-client-token", "glffct-", GITLAB, 3.0, High),
    format("gitlab-rrt", "GR1348941", &[(Dashed, 20, 20)], 3.0, Critical),
    format("npm-access-token", "npm_", &[(Alnum, 36, 36)], 3.0, Critical),
    format("pypi-upload-token", "pypi-AgEIcHlwaS5vcmc", &[(Dashed, 50, 1000)], 3.0, Critical),
    format("pypi-upload-token", "pypi-AgENdGVzdC5weXBpLm9yZw", &[(Dashed, 50, 1000)], 3.0, High),
    format("rubygems-api-token", "rubygems_", &[(LowerHex, 48, 48)], 3.0, Critical),
    format("crates-io-api-token", "cio", &[(Alnum, 32, 32)], 3.8, Critical),
    format("clojars-api-token", "CLOJARS_", &[(LowerAlnum, 60, 60)], 3.0, Critical),
    format("nuget-api-key", "oy2", &[(LowerAlnum, 43, 43)], 3.5, Critical),
    format("dockerhub-pat", "dckr_pat_", &[(Dashed, 27, 27)], 3.0, Critical),
    format("dockerhub-oat", "dckr_oat_", &[(Dashed, 32, 32)], 3.0, Critical),
    format("artifactory-api-key", "AKCp", &[(Alnum, 69, 69)], 4.0, Critical),
    format("artifactory-reference-token", "cmVmd", &[(Alnum, 59, 59)], 4.0, Critical),
    format("sourcegraph-access-token", "sgp_", &[(Word, 40, 62)], 3.0, Critical),
    format("atlassian-api-token", "ATATT3", &[(Dotted, 180, 220)], 3.5, Critical),
    format("bitbucket-app-password", "ATBB", &[(Alnum, 32, 32)], 3.5, Critical),
    format("circleci-personal-token", "CCIPAT_", &[(Alnum, 20, 24), (Text("_"), 1, 1), (LowerHex, 40, 40)], 3.0, Critical),
    format("buildkite-api-token", "bkua_", &[(LowerAlnum, 40, 40)], 3.0, Critical),
    format("octopus-deploy-api-key", "API-", &[(UpperAlnum, 26, 26)], 3.0, Critical),
    format("snyk-api-token", "snyk_uat.", &[(LowerHex, 8, 8), (Text("."), 1, 1), (Dashed, 40, 120)], 3.0, Critical),
    format("sonar-api-token", "squ_", &[(LowerHex, 40, 40)], 3.0, Critical),
    format("sonar-api-token", "sqp_", &[(LowerHex, 40, 40)], 3.0, Critical),
    format("sonar-api-token", "sqa_", &[(LowerHex, 40, 40)], 3.0, Critical),
    format("postman-api-token", "PMAK-", &[(Hex, 24, 24), (Text("-"), 1, 1), (Hex, 34, 34)], 3.0, Critical),
    format("readme-api-token", "rdme_", &[(LowerAlnum, 70, 70)], 3.0, Critical),
    // Talk
    format("slack-bot-token", "xoxb-", &[(Digit, 8, 14), (Text("-"), 1, 1), (Dashed, 18, 60)], 2.5, Critical),
    format("slack-user-token", "xoxp-", &[(Digit, 8, 14), (Text("-"), 1, 1), (Digit, 8, 14), (Text("-"), 1, 1), (Dashed, 28, 60)], 2.5, Critical),
    format("slack-user-token", "xoxe-", &[(Digit, 10, 14), (Text("-"), 1, 1), (Digit, 10, 14), (Text("-"), 1, 1), (Dashed, 28, 60)], 2.5, Critical),
    format("slack-config-refresh-token", "xoxe-", &[(Digit, 1, 1), (Text("-"), 1, 1), (Alnum, 140, 170)], 2.5, Critical),
    format("slack-config-access-token", "xoxe.xoxp-", &[(Digit, 1, 1), (Text("-"), 1, 1), (Alnum, 160, 170)], 2.5, Critical),
    format("slack-config-access-token", "xoxe.xoxb-", &[(Digit, 1, 1), (Text("-"), 1, 1), (Alnum, 160, 170)], 2.5, Critical),
    format("slack-app-token", "xapp-", &[(Digit, 1, 1), (Text("-"), 1, 1), (Alnum, 8, 14), (Text("-"), 1, 1), (Digit, 8, 15), (Text("-"), 1, 1), (Alnum, 32, 72)], 2.5, Critical),
    format("slack-legacy-workspace-token", "xoxa-", &[(Digit, 1, 1), (Text("-"), 1, 1), (Dashed, 20, 80)], 2.5, Critical),
    format("slack-legacy-workspace-token", "xoxr-", &[(Dashed, 20, 80)], 3.0, Critical),
    format("slack-legacy-token", "xoxs-", &[(Digit, 8, 14), (Text("-"), 1, 1), (Dashed, 20, 90)], 2.5, Critical),
    format("slack-webhook-url", "hooks.slack.com/services/", &[(Base64, 40, 60)], 3.0, High),
    format("slack-webhook-url", "hooks.slack.com/workflows/", &[(Base64, 40, 80)], 3.0, High),
    format("slack-webhook-url", "hooks.slack.com/triggers/", &[(Base64, 40, 80)], 3.0, High),
    format("discord-webhook-url", "discord.com/api/webhooks/", &[(Digit, 17, 20), (Text("/"), 1, 1), (Dashed, 60, 72)], 3.0, High),
    format("discord-webhook-url", "discordapp.com/api/webhooks/", &[(Digit, 17, 20), (Text("/"), 1, 1), (Dashed, 60, 72)], 3.0, High),
    format("microsoft-teams-webhook", ".webhook.office.com/webhookb2/", &[(Hex, 8, 8), (Text("-"), 1, 1), (Dashed, 20, 200)], 3.0, High),
    format("sendgrid-api-token", "SG.", &[(Dashed, 20, 24), (Text("."), 1, 1), (Dashed, 39, 50)], 3.0, Critical),
    format("mailgun-private-api-token", "key-", &[(LowerHex, 32, 32)], 3.0, Critical),
    format("sendinblue-api-token", "xkeysib-", &[(LowerHex, 64, 64), (Text("-"), 1, 1), (Alnum, 16, 16)], 3.0, Critical),
    format("twilio-api-key", "SK", HEX32, 3.0, Critical),
    format("twilio-account-sid", "AC", HEX32, 3.0, Medium),
    format("resend-api-key", "re_", &[(Alnum, 8, 8), (Text("_"), 1, 1), (Alnum, 24, 24)], 3.0, Critical),
    format("facebook-page-access-token", "EAAM", &[(Alnum, 100, 400)], 3.5, Critical),
    format("facebook-page-access-token", "EAAC", &[(Alnum, 100, 400)], 3.5, Critical),
    format("facebook-page-access-token", "EAAB", &[(Alnum, 100, 400)], 3.5, Critical),
    format("facebook-page-access-token", "EAAG", &[(Alnum, 100, 400)], 3.5, Critical),
    format("linkedin-access-token", "AQX", &[(Dashed, 120, 400)], 3.5, Critical),
    format("twitter-bearer-token", "AAAAAAAAAAAAAAAAAAAAA", &[(super::shape::Class::Percent, 60, 120)], 3.0, Critical),
    // Money
    format("stripe-access-token", "sk_live_", &[(Alnum, 10, 120)], 2.5, Critical),
    format("stripe-access-token", "rk_live_", &[(Alnum, 10, 120)], 2.5, Critical),
    format("stripe-access-token", "sk_prod_", &[(Alnum, 10, 120)], 2.5, Critical),
    format("stripe-access-token", "sk_test_", &[(Alnum, 10, 120)], 2.5, Medium),
    format("stripe-access-token", "rk_test_", &[(Alnum, 10, 120)], 2.5, Medium),
    format("stripe-webhook-secret", "whsec_", &[(Base64, 24, 80)], 3.0, High),
    format("square-access-token", "sq0atp-", &[(Dashed, 22, 60)], 2.5, Critical),
    format("square-secret", "sq0csp-", &[(Dashed, 43, 60)], 2.5, Critical),
    checked("square-access-token", "EAAA", &[(Dashed, 56, 64)], 3.0, Critical, Check::HasDigit),
    format("braintree-access-token", "access_token$production$", &[(LowerAlnum, 16, 16), (Text("$"), 1, 1), (LowerHex, 32, 32)], 3.0, Critical),
    format("braintree-access-token", "access_token$sandbox$", &[(LowerAlnum, 16, 16), (Text("$"), 1, 1), (LowerHex, 32, 32)], 3.0, Medium),
    format("plaid-api-token", "access-production-", &[(LowerHex, 8, 8), (Text("-"), 1, 1), (Dashed, 27, 27)], 3.0, Critical),
    format("plaid-api-token", "access-sandbox-", &[(LowerHex, 8, 8), (Text("-"), 1, 1), (Dashed, 27, 27)], 3.0, Medium),
    format("plaid-api-token", "access-development-", &[(LowerHex, 8, 8), (Text("-"), 1, 1), (Dashed, 27, 27)], 3.0, High),
    format("flutterwave-secret-key", "FLWSECK_TEST-", &[(Hex, 12, 32)], 2.5, Medium),
    format("razorpay-key-id", "rzp_live_", &[(Alnum, 14, 14)], 3.0, High),
    format("duffel-api-token", "duffel_live_", &[(Dotted, 43, 43)], 3.0, Critical),
    format("shippo-api-token", "shippo_live_", HEX40, 3.0, Critical),
    format("easypost-api-token", "EZAK", &[(Alnum, 54, 54)], 4.0, Critical),
    format("easypost-test-api-token", "EZTK", &[(Alnum, 54, 54)], 4.0, Medium),
    format("gocardless-api-token", "live_", &[(Dotted, 40, 40)], 4.0, Critical),
    format("shopify-access-token", "shpat_", HEX32, 2.5, Critical),
    format("shopify-custom-access-token", "shpca_", HEX32, 2.5, Critical),
    format("shopify-private-app-access-token", "shppa_", HEX32, 2.5, Critical),
    format("shopify-shared-secret", "shpss_", HEX32, 2.5, Critical),
    // Work
    format("databricks-api-token", "dapi", &[(LowerHex, 32, 32)], 3.0, Critical),
    format("notion-api-token", "ntn_", &[(Digit, 11, 11), (Alnum, 35, 35)], 3.5, Critical),
    format("notion-api-token", "secret_", &[(Alnum, 43, 43)], 4.0, Critical),
    format("linear-api-key", "lin_api_", &[(Alnum, 40, 40)], 3.0, Critical),
    format("linear-oauth-token", "lin_oauth_", &[(Alnum, 40, 64)], 3.0, Critical),
    format("airtable-personnal-access-token", "pat", &[(Alnum, 14, 14), (Text("."), 1, 1), (LowerHex, 64, 64)], 3.0, Critical),
    format("asana-personal-access-token", "1/", &[(Digit, 15, 17), (Text(":"), 1, 1), (LowerHex, 32, 32)], 3.0, Critical),
    format("asana-personal-access-token", "2/", &[(Digit, 15, 17), (Text("/"), 1, 1), (Digit, 15, 17), (Text(":"), 1, 1), (LowerHex, 32, 32)], 3.0, Critical),
    format("figma-personal-access-token", "figd_", &[(Dashed, 38, 50)], 3.0, Critical),
    format("dropbox-short-lived-api-token", "sl.", &[(Dashed, 130, 300)], 3.5, Critical),
    format("typeform-api-token", "tfp_", &[(Dotted, 59, 59)], 3.0, High),
    format("harness-api-key", "pat.", &[(Dashed, 22, 22), (Text("."), 1, 1), (Alnum, 24, 24), (Text("."), 1, 1), (Alnum, 20, 20)], 3.0, Critical),
    format("contentful-personal-access-token", "CFPAT-", &[(Dashed, 43, 43)], 3.0, High),
    format("1password-service-account-token", "ops_eyJ", &[(Base64, 250, 1500)], 3.5, Critical),
    format("1password-secret-key", "A3-", &[(UpperAlnum, 6, 6), (Text("-"), 1, 1), (UpperAlnum, 6, 11), (super::shape::Class::Dashed, 17, 24)], 3.2, Critical),
    // Watching
    format("new-relic-user-api-key", "NRAK-", &[(UpperAlnum, 27, 27)], 3.0, High),
    format("new-relic-insert-key", "NRII-", &[(Dashed, 32, 32)], 3.0, High),
    format("new-relic-browser-api-token", "NRJS-", &[(LowerHex, 19, 19)], 2.5, Medium),
    format("grafana-api-key", "eyJrIjoi", &[(Base64, 70, 400)], 3.0, Critical),
    format("grafana-cloud-api-token", "glc_", &[(Base64, 32, 400)], 3.0, Critical),
    format("grafana-service-account-token", "glsa_", &[(Alnum, 32, 32), (Text("_"), 1, 1), (Hex, 8, 8)], 3.0, Critical),
    format("sentry-org-token", "sntrys_eyJ", &[(Base64, 40, 400), (Text("_"), 1, 1), (Base64, 40, 50)], 3.5, High),
    format("sentry-user-token", "sntryu_", HEX64, 3.0, High),
    format("dynatrace-api-token", "dt0c01.", &[(Alnum, 24, 24), (Text("."), 1, 1), (Alnum, 64, 64)], 3.5, Critical),
    format("launchdarkly-access-token", "api-", &[(LowerHex, 8, 8), (Text("-"), 1, 1), (LowerHex, 4, 4), (Text("-"), 1, 1), (LowerHex, 4, 4), (Text("-"), 1, 1), (LowerHex, 4, 4), (Text("-"), 1, 1), (LowerHex, 12, 12)], 3.0, High),
    format("infracost-api-token", "ico-", &[(Alnum, 32, 32)], 3.5, High),
    format("posthog-personal-api-key", "phx_", &[(Alnum, 40, 60)], 3.5, High),
    // Vaults and infrastructure
    format("vault-service-token", "hvs.", &[(Dashed, 24, 160)], 3.2, Critical),
    format("vault-batch-token", "hvb.", &[(Dashed, 130, 400)], 3.5, Critical),
    format("vault-recovery-token", "hvr.", &[(Dashed, 24, 160)], 3.2, Critical),
    format("doppler-api-token", "dp.pt.", &[(Alnum, 40, 44)], 3.0, Critical),
    format("doppler-service-token", "dp.st.", &[(Dotted, 40, 70)], 3.0, Critical),
    format("pulumi-api-token", "pul-", &[(LowerHex, 40, 40)], 3.0, Critical),
    format("prefect-api-token", "pnu_", &[(Alnum, 36, 36)], 3.0, High),
    format("openshift-user-token", "sha256~", &[(Dashed, 43, 43)], 3.5, Critical),
    format("age-secret-key", "AGE-SECRET-KEY-1", &[(Bech32, 58, 58)], 3.0, Critical),
    format("adobe-client-secret", "p8e-", &[(Alnum, 32, 32)], 3.0, High),
    format("intra42-client-secret", "s-s4t2ud-", HEX64, 3.0, High),
    format("frameio-api-token", "fio-u-", &[(Dotted, 64, 64)], 3.0, High),
    format("tailscale-auth-key", "tskey-auth-", &[(Alnum, 8, 20), (Text("-"), 1, 1), (Alnum, 20, 40)], 3.0, Critical),
    format("tailscale-api-key", "tskey-api-", &[(Alnum, 8, 20), (Text("-"), 1, 1), (Alnum, 20, 40)], 3.0, Critical),
    format("ngrok-api-key", "ak_", &[(Alnum, 26, 40)], 4.0, High),
    format("redoubt-key", "rdt_", &[(Dashed, 32, 100)], 3.0, Critical),
];
