//! A token's own redundancy: check characters, embedded lengths and constant parts that can be tested offline.
//!
//! Many providers put a CRC, a keyed hash or a decodable structure into their tokens. Such a test separates a real
//! token from an invented one without asking anybody. [`Checksum::check`] answers, [`Checksum::repair`] turns a random
//! string of the right shape into one that passes, so that test tokens can be made when they are needed and need not be
//! stored.
//!
//! Guarantees: total over any bytes, no panics, linear time (base58, which is quadratic, is bounded to short tokens).
//! Leaves out: whether the token is in force, which only its provider knows, and the meaning of what is decoded.

pub(super) mod base;
mod bech32;
mod decoded;
mod dice;
mod digest;
mod json;
mod macaroon;
mod marker;
mod marvin;
pub(super) mod pem;
mod phrase;
mod proof;
mod strkey;
mod structure;
mod tail;
#[cfg(test)]
mod tests;

pub(super) use base::decode64;
use dice::Dice;
pub(super) use marker::aws_account_of as aws_account;
use proof::{Proof, Test};

/// What a failed check means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strength {
    /// A failed check proves that this is no real token.
    Reject,
    /// A passed check is evidence, a failed one tells nothing: the algorithm is not documented, or there are
    /// generations of the token that do not follow it.
    Boost,
}

/// An offline test of a token's own redundancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Checksum {
    /// GitHub `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_`.
    Github,
    /// GitHub `github_pat_`.
    GithubFineGrained,
    /// npm `npm_`.
    Npm,
    /// GitLab tokens that carry a routing payload.
    GitlabRoutable,
    /// Grafana `glsa_`.
    Grafana,
    /// Atlassian `ATATT3` and `ATCTT3`.
    Atlassian,
    /// Bitbucket `ATBB`.
    Bitbucket,
    /// Zuplo `zpka_`.
    Zuplo,
    /// Confluent `cflt`.
    Confluent,
    /// Vercel `vcp_` and its siblings.
    Vercel,
    /// Cloudflare `cfut_`, `cfat_`, `cfk_`.
    Cloudflare,
    /// Polar `polar_oat_`.
    Polar,
    /// Elastic serverless `essu_`.
    ElasticEssu,
    /// crates.io `cio_tp_`.
    CratesIo,
    /// Azure DevOps, the form of 52 base32 characters.
    AzureDevops,
    /// Azure keys with a signature of four letters inside.
    AzureKey,
    /// Azure keys of the common annotated form (`JQQJ9`).
    AzureCask,
    /// Entra client secrets (`Q~`).
    Entra,
    /// age identities.
    Age,
    /// Nostr `nsec1`.
    Nostr,
    /// Bitcoin private keys in wallet import format.
    BitcoinWif,
    /// BIP-32 extended private keys.
    Bip32,
    /// Stellar secret seeds.
    Stellar,
    /// NATS seeds.
    Nats,
    /// Luhn's digit, as on payment cards.
    Luhn,
    /// PyPI `pypi-`, a macaroon.
    Pypi,
    /// Sentry `sntrys_`.
    Sentry,
    /// Grafana Cloud `glc_` and the older keys of Grafana that begin with `eyJrIjoi`.
    GrafanaCloud,
    /// 1Password `ops_`.
    OnepasswordService,
    /// Mapbox `sk.`, `pk.`, `tk.`.
    Mapbox,
    /// Discord bot tokens.
    Discord,
    /// Telegram bot tokens.
    Telegram,
    /// JFrog `AKCp`.
    JfrogKey,
    /// JFrog reference tokens.
    JfrogRef,
    /// Jira and Confluence Data Center.
    AtlassianDc,
    /// Bitbucket Data Center `BBDC-`.
    Bbdc,
    /// Vault `hvs.` and `hvb.`.
    Vault,
    /// Dynatrace `dt0c01.` and its siblings.
    Dynatrace,
    /// Postman `PMAK-`.
    Postman,
    /// Bedrock `ABSK`.
    Bedrock,
    /// Bedrock `bedrock-api-key-`.
    BedrockUrl,
    /// OpenAI `sk-…T3BlbkFJ…`.
    Openai,
    /// Groq `gsk_`.
    Groq,
    /// Anthropic `sk-ant-`.
    Anthropic,
    /// Hugging Face `hf_`.
    Huggingface,
    /// Google `AIza`.
    GoogleApi,
    /// Weaviate Cloud.
    Weaviate,
    /// Letta `sk-let-`.
    Letta,
    /// Elasticsearch API keys in Base64.
    ElasticApiKey,
    /// JSON web tokens.
    Jwt,
    /// The credentials of HTTP basic authentication.
    BasicAuth,
    /// AWS access key ids.
    AwsKeyId,
    /// Private keys in PEM, OpenSSH and PGP armour.
    Pem,
    /// Seed phrases of twelve to twenty-four words.
    Bip39,
}

impl Checksum {
    /// Every check, in the order of the documentation.
    pub const ALL: &'static [Checksum] = &[
        Checksum::Github,
        Checksum::GithubFineGrained,
        Checksum::Npm,
        Checksum::GitlabRoutable,
        Checksum::Grafana,
        Checksum::Atlassian,
        Checksum::Bitbucket,
        Checksum::Zuplo,
        Checksum::Confluent,
        Checksum::Vercel,
        Checksum::Cloudflare,
        Checksum::Polar,
        Checksum::ElasticEssu,
        Checksum::CratesIo,
        Checksum::AzureDevops,
        Checksum::AzureKey,
        Checksum::AzureCask,
        Checksum::Entra,
        Checksum::Age,
        Checksum::Nostr,
        Checksum::BitcoinWif,
        Checksum::Bip32,
        Checksum::Stellar,
        Checksum::Nats,
        Checksum::Luhn,
        Checksum::Pypi,
        Checksum::Sentry,
        Checksum::GrafanaCloud,
        Checksum::OnepasswordService,
        Checksum::Mapbox,
        Checksum::Discord,
        Checksum::Telegram,
        Checksum::JfrogKey,
        Checksum::JfrogRef,
        Checksum::AtlassianDc,
        Checksum::Bbdc,
        Checksum::Vault,
        Checksum::Dynatrace,
        Checksum::Postman,
        Checksum::Bedrock,
        Checksum::BedrockUrl,
        Checksum::Openai,
        Checksum::Groq,
        Checksum::Anthropic,
        Checksum::Huggingface,
        Checksum::GoogleApi,
        Checksum::Weaviate,
        Checksum::Letta,
        Checksum::ElasticApiKey,
        Checksum::Jwt,
        Checksum::BasicAuth,
        Checksum::AwsKeyId,
        Checksum::Pem,
        Checksum::Bip39,
    ];

    /// The check a pack calls `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Checksum> {
        Checksum::ALL.iter().copied().find(|sum| sum.name() == name)
    }

    /// What packs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Whether a failed check proves that this is no real token, or tells nothing.
    #[must_use]
    pub fn strength(self) -> Strength {
        self.row().1.strength
    }

    /// Whether `secret`, a whole token with its prefix, is consistent in itself.
    ///
    /// `None` when the bytes are not of the shape this check speaks of: then there is no verdict.
    #[must_use]
    pub fn check(self, secret: &[u8]) -> Option<bool> {
        match self.row().1.test {
            Test::Tail(expected) => expected(secret).map(|tail| tail.stands_in(secret)),
            Test::Own { check, .. } | Test::InPlace { check, .. } => check(secret),
        }
    }

    /// Rewrites `secret` so that [`Checksum::check`] answers `Some(true)`; for making test tokens.
    ///
    /// Length and alphabet stay where the format fixes them; a structure that needs more room than there is makes the
    /// token longer. Returns false, and leaves any bytes behind, if `secret` has not the shape of such a token.
    /// `next` yields random numbers.
    pub fn repair(self, secret: &mut Vec<u8>, next: &mut dyn FnMut() -> u32) -> bool {
        match self.row().1.test {
            Test::Tail(expected) => expected(secret).is_some_and(|tail| tail.write_to(secret)),
            Test::Own { repair, .. } => repair(secret, &mut Dice::new(next)),
            Test::InPlace { repair, .. } => repair(secret, &mut Dice::new(next)),
        }
    }

    fn row(self) -> (&'static str, Proof) {
        match self {
            Checksum::Github => ("github", tail::GITHUB),
            Checksum::GithubFineGrained => ("github-fine-grained", digest::GITHUB_FINE_GRAINED),
            Checksum::Npm => ("npm", tail::NPM),
            Checksum::GitlabRoutable => ("gitlab-routable", tail::GITLAB_ROUTABLE),
            Checksum::Grafana => ("grafana", tail::GRAFANA),
            Checksum::Atlassian => ("atlassian", tail::ATLASSIAN),
            Checksum::Bitbucket => ("bitbucket", tail::BITBUCKET),
            Checksum::Zuplo => ("zuplo", tail::ZUPLO),
            Checksum::Confluent => ("confluent", tail::CONFLUENT),
            Checksum::Vercel => ("vercel", tail::VERCEL),
            Checksum::Cloudflare => ("cloudflare", tail::CLOUDFLARE),
            Checksum::Polar => ("polar", tail::POLAR),
            Checksum::ElasticEssu => ("elastic-essu", decoded::ELASTIC_ESSU),
            Checksum::CratesIo => ("crates-io", tail::CRATES_IO),
            Checksum::AzureDevops => ("azure-devops", strkey::AZURE_DEVOPS),
            Checksum::AzureKey => ("azure-key", marvin::AZURE_KEY),
            Checksum::AzureCask => ("azure-cask", marvin::AZURE_CASK),
            Checksum::Entra => ("entra", marvin::ENTRA),
            Checksum::Age => ("age", bech32::AGE),
            Checksum::Nostr => ("nostr", bech32::NOSTR),
            Checksum::BitcoinWif => ("bitcoin-wif", digest::BITCOIN_WIF),
            Checksum::Bip32 => ("bip32", digest::BIP32),
            Checksum::Stellar => ("stellar", strkey::STELLAR),
            Checksum::Nats => ("nats", strkey::NATS),
            Checksum::Luhn => ("luhn", tail::LUHN),
            Checksum::Pypi => ("pypi", macaroon::PYPI),
            Checksum::Sentry => ("sentry", json::SENTRY),
            Checksum::GrafanaCloud => ("grafana-cloud", json::GRAFANA_CLOUD),
            Checksum::OnepasswordService => ("onepassword-service", json::ONEPASSWORD_SERVICE),
            Checksum::Mapbox => ("mapbox", json::MAPBOX),
            Checksum::Discord => ("discord", structure::DISCORD),
            Checksum::Telegram => ("telegram", structure::TELEGRAM),
            Checksum::JfrogKey => ("jfrog-key", structure::JFROG_KEY),
            Checksum::JfrogRef => ("jfrog-ref", decoded::JFROG_REF),
            Checksum::AtlassianDc => ("atlassian-dc", decoded::ATLASSIAN_DC),
            Checksum::Bbdc => ("bbdc", decoded::BBDC),
            Checksum::Vault => ("vault", structure::VAULT),
            Checksum::Dynatrace => ("dynatrace", structure::DYNATRACE),
            Checksum::Postman => ("postman", structure::POSTMAN),
            Checksum::Bedrock => ("bedrock", decoded::BEDROCK),
            Checksum::BedrockUrl => ("bedrock-url", decoded::BEDROCK_URL),
            Checksum::Openai => ("openai", marker::OPENAI),
            Checksum::Groq => ("groq", marker::GROQ),
            Checksum::Anthropic => ("anthropic", marker::ANTHROPIC),
            Checksum::Huggingface => ("huggingface", marker::HUGGINGFACE),
            Checksum::GoogleApi => ("google-api", marker::GOOGLE_API),
            Checksum::Weaviate => ("weaviate", decoded::WEAVIATE),
            Checksum::Letta => ("letta", decoded::LETTA),
            Checksum::ElasticApiKey => ("elastic-api-key", decoded::ELASTIC_API_KEY),
            Checksum::Jwt => ("jwt", json::JWT),
            Checksum::BasicAuth => ("basic-auth", decoded::BASIC_AUTH),
            Checksum::AwsKeyId => ("aws-key-id", marker::AWS_KEY_ID),
            Checksum::Pem => ("pem", pem::PEM),
            Checksum::Bip39 => ("bip39", phrase::BIP39),
        }
    }
}
