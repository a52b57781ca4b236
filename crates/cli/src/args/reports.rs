//! How findings are written: the formats of reports.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people, on a terminal
    Text,
    /// One JSON object a line
    Jsonl,
    /// One JSON array
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// OCSF Detection Finding, one event a line
    Ocsf,
    /// Elastic Common Schema, one document a line
    Ecs,
    /// ArcSight Common Event Format, one event a line
    Cef,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's secret detection report
    Gitlab,
    /// GitLab's Code Quality report
    GitlabQuality,
    /// One page for people, without anything from outside
    Html,
}

impl ReportFormat {
    /// What a report of this format is if it is one document, into which nothing else may be written.
    pub(crate) fn document(self) -> Option<&'static str> {
        match self {
            ReportFormat::Json
            | ReportFormat::Sarif
            | ReportFormat::Gitlab
            | ReportFormat::GitlabQuality
            | ReportFormat::Html => Some("the report, which is one document"),
            ReportFormat::Text
            | ReportFormat::Jsonl
            | ReportFormat::Ocsf
            | ReportFormat::Ecs
            | ReportFormat::Cef
            | ReportFormat::Github => None,
        }
    }
}
