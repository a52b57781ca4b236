//! The writers of reports, by the name of their format.

use keysieve_report::{
    Cef, Context, Ecs, Github, Gitlab, GitlabQuality, Html, Json, Jsonl, Ocsf, Report, Sarif, Text,
    Trend,
};

use crate::args::ReportFormat;
use crate::talk::Voice;

/// Version and clock, for reports that tell them.
pub(crate) fn context() -> Context {
    Context::new(env!("CARGO_PKG_VERSION"))
}

/// The writer of a format; `trend` is what a page shows of the past.
pub(crate) fn writer(format: ReportFormat, voice: Voice, trend: Option<Trend>) -> Box<dyn Report> {
    match format {
        ReportFormat::Text => Box::new(Text::new(voice.colour).details(voice.details)),
        ReportFormat::Jsonl => Box::new(Jsonl),
        ReportFormat::Json => Box::new(Json::default()),
        ReportFormat::Sarif => Box::new(Sarif::new(context())),
        ReportFormat::Ocsf => Box::new(Ocsf::new(context())),
        ReportFormat::Ecs => Box::new(Ecs::new(context())),
        ReportFormat::Cef => Box::new(Cef::new(context())),
        ReportFormat::Github => Box::new(Github),
        ReportFormat::Gitlab => Box::new(Gitlab::new(context())),
        ReportFormat::GitlabQuality => Box::new(GitlabQuality::default()),
        ReportFormat::Html => Box::new(Html::new(context()).trend(trend)),
    }
}
