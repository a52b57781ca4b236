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
