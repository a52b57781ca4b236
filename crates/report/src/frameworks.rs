//! What a finding means in the catalogues of risks that auditors use.
//!
//! OWASP Non-Human Identities Top 10 (2025), OWASP Top 10 for LLM Applications (2025), OWASP Top 10 for Agentic
//! Applications (2026), NIST Cybersecurity Framework 2.0 and NIST AI Risk Management Framework 1.0. A leaked credential is
//! always NHI2, LLM02, PR.AA-01, RS.MI-01 and MEASURE 2.7; the channel it was found in and what is known of it add the rest.
//! The mapping says what the finding is evidence of, not that a control has failed.

use keysieve::Record;

/// A catalogue of risks or controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Framework {
    /// OWASP Non-Human Identities Top 10, 2025.
    OwaspNhi,
    /// OWASP Top 10 for LLM Applications, 2025.
    OwaspLlm,
    /// OWASP Top 10 for Agentic Applications, 2026.
    OwaspAgentic,
    /// NIST Cybersecurity Framework 2.0.
    NistCsf,
    /// NIST AI Risk Management Framework 1.0.
    NistAiRmf,
}

impl Framework {
    /// All of them, in the order of reports.
    pub const ALL: [Framework; 5] = [
        Framework::OwaspNhi,
        Framework::OwaspLlm,
        Framework::OwaspAgentic,
        Framework::NistCsf,
        Framework::NistAiRmf,
    ];

    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Framework::OwaspNhi => "OWASP NHI Top 10",
            Framework::OwaspLlm => "OWASP LLM Top 10",
            Framework::OwaspAgentic => "OWASP Agentic Top 10",
            Framework::NistCsf => "NIST CSF",
            Framework::NistAiRmf => "NIST AI RMF",
        }
    }

    /// The edition that the identifiers are of.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Framework::OwaspNhi | Framework::OwaspLlm => "2025",
            Framework::OwaspAgentic => "2026",
            Framework::NistCsf => "2.0",
            Framework::NistAiRmf => "1.0",
        }
    }

    /// The word used in tags and labels.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Framework::OwaspNhi => "owasp-nhi",
            Framework::OwaspLlm => "owasp-llm",
            Framework::OwaspAgentic => "owasp-agentic",
            Framework::NistCsf => "nist-csf",
            Framework::NistAiRmf => "nist-ai-rmf",
        }
    }

    /// Where the catalogue is published.
    #[must_use]
    pub fn home(self) -> &'static str {
        match self {
            Framework::OwaspNhi => {
                "https://owasp.org/www-project-non-human-identities-top-10/2025/"
            }
            Framework::OwaspLlm => "https://genai.owasp.org/llm-top-10/",
            Framework::OwaspAgentic => {
                "https://genai.owasp.org/resource/owasp-top-10-for-agentic-applications-for-2026/"
            }
            Framework::NistCsf => "https://www.nist.gov/cyberframework",
            Framework::NistAiRmf => "https://www.nist.gov/itl/ai-risk-management-framework",
        }
    }
}

/// An entry of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Entry {
    /// Of which catalogue.
    pub framework: Framework,
    /// Its identifier there, such as `NHI2`.
    pub id: &'static str,
    /// Its title there, shortened where it is a sentence.
    pub title: &'static str,
}

impl Entry {
    /// `owasp-nhi:NHI2`, for tags.
    #[must_use]
    pub fn tag(self) -> String {
        format!("{}:{}", self.framework.slug(), self.id)
    }
}

const fn entry(framework: Framework, id: &'static str, title: &'static str) -> Entry {
    Entry { framework, id, title }
}

/// Every entry that a finding can be mapped to.
pub const ENTRIES: &[Entry] = &[
    entry(Framework::OwaspNhi, "NHI2", "Secret Leakage"),
    entry(Framework::OwaspNhi, "NHI7", "Long-Lived Secrets"),
    entry(Framework::OwaspNhi, "NHI10", "Human Use of NHI"),
    entry(Framework::OwaspLlm, "LLM02", "Sensitive Information Disclosure"),
    entry(Framework::OwaspLlm, "LLM06", "Excessive Agency"),
    entry(Framework::OwaspLlm, "LLM07", "System Prompt Leakage"),
    entry(Framework::OwaspLlm, "LLM08", "Vector and Embedding Weaknesses"),
    entry(Framework::OwaspAgentic, "ASI02", "Tool Misuse and Exploitation"),
    entry(Framework::OwaspAgentic, "ASI03", "Identity and Privilege Abuse"),
    entry(Framework::OwaspAgentic, "ASI06", "Memory and Context Poisoning"),
    entry(Framework::NistCsf, "PR.AA-01", "Identities and credentials are managed"),
    entry(Framework::NistCsf, "PR.DS-01", "Data-at-rest is protected"),
    entry(Framework::NistCsf, "PR.DS-02", "Data-in-transit is protected"),
    entry(Framework::NistCsf, "DE.CM-09", "Software, runtimes and their data are monitored"),
    entry(Framework::NistCsf, "RS.MI-01", "Incidents are contained"),
    entry(Framework::NistAiRmf, "MEASURE 2.7", "Security and resilience are evaluated"),
    entry(Framework::NistAiRmf, "MEASURE 2.10", "Privacy risk is examined"),
    entry(Framework::NistAiRmf, "MANAGE 4.1", "Deployed systems are monitored"),
];

/// The entries that a finding is evidence of, in the order of [`ENTRIES`].
#[must_use]
pub fn frameworks(record: &Record) -> Vec<Entry> {
    let channel = record.channel.as_deref();
    let expires = record.attributes.contains_key("jwt.exp");
    let generic = matches!(record.category.as_str(), "generic" | "crypto");
    ENTRIES
        .iter()
        .copied()
        .filter(|entry| match entry.id {
            "NHI7" => !expires && !generic,
            "NHI10" => matches!(channel, Some("prompt")),
            "LLM06" | "ASI02" => matches!(channel, Some("tool_call" | "tool_result")),
            "LLM07" => channel == Some("system"),
            "LLM08" => channel == Some("retrieval"),
            "ASI03" => channel.is_some_and(|channel| !matches!(channel, "trace" | "log")),
            "ASI06" => matches!(channel, Some("memory" | "retrieval")),
            "PR.DS-01" => matches!(channel, None | Some("trace" | "log" | "memory" | "retrieval")),
            "PR.DS-02" => channel.is_some_and(|channel| !matches!(channel, "memory")),
            "MANAGE 4.1" => channel.is_some(),
            _ => true,
        })
        .collect()
}
