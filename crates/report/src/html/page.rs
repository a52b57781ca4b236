//! The page's markup.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::group::{Group, Place};
use super::{Html, Trend, TrendDay};
use crate::{Part, neutral, rfc3339};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Credentials in the list of what to do first.
const FIRST: usize = 5;

/// The whole page.
pub(super) fn page(report: &Html) -> String {
    let mut out = String::with_capacity(64 * 1024);
    head(&mut out);
    let time = rfc3339((report.context.now)());
    let sources = report.groups.iter().flat_map(|group| &group.places).map(|place| &place.source);
    let sources = sources.collect::<std::collections::BTreeSet<_>>().len();
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        out,
        "<header><h1>Exposed credentials</h1><p>keysieve {}, <time datetime=\"{time}\">{} UTC</time></p></header>\n<main id=\"main\">\n",
        text(report.context.version),
        time[..16].replace('T', " "),
    );
    summary(&mut out, report, sources);
    first(&mut out, &report.groups);
    if let Some(days) = &report.trend {
        trend(&mut out, days);
    }
    credentials(&mut out, report);
    let _ = write!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn head(out: &mut String) {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Exposed credentials</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#credentials\">Skip to the credentials</a>\n",
        hash(STYLE),
        hash(SCRIPT),
    );
}

fn summary(out: &mut String, report: &Html, sources: usize) {
    let count = |severity: &str| {
        report.groups.iter().filter(|group| group.first.severity == severity).count()
    };
    out.push_str(
        "<section aria-labelledby=\"sum\"><h2 id=\"sum\">Summary</h2>\n<dl class=\"cards\">",
    );
    let rows = [
        ("credentials", report.groups.len(), ""),
        ("places", usize::try_from(report.findings).unwrap_or(usize::MAX), ""),
        ("sources", sources, ""),
        ("critical", count("critical"), "critical"),
        ("high", count("high"), "high"),
        ("medium", count("medium"), "medium"),
        ("low", count("low"), "low"),
    ];
    for (name, number, class) in rows {
        let _ = write!(out, "<div class=\"card {class}\"><dt>{name}</dt><dd>{number}</dd></div>");
    }
    out.push_str("</dl>\n");
    if report.unshown > 0 {
        let _ = writeln!(
            out,
            "<p class=\"warning\">{} more findings belong to credentials that this page has no room for; the JSON lines have them all.</p>",
            report.unshown
        );
    }
    if report.groups.is_empty() {
        out.push_str("<p class=\"good\">No credential was found.</p>\n");
    }
    out.push_str("</section>\n");
}

fn first(out: &mut String, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    out.push_str("<section aria-labelledby=\"first\"><h2 id=\"first\">Rotate first</h2>\n<p>Leaked keys are tried within minutes. Start at the top.</p>\n<ol class=\"first\">");
    for (index, group) in groups.iter().take(FIRST).enumerate() {
        let _ = write!(
            out,
            "<li>{} <a href=\"#c{index}\">{}</a> <code>{}</code>, in {} {}. {}</li>",
            badge(group.first.severity),
            text(&group.first.title),
            text(&group.first.preview),
            group.count,
            if group.count == 1 { "place" } else { "places" },
            rotate(group),
        );
    }
    out.push_str("</ol></section>\n");
}

fn rotate(group: &Group) -> String {
    match &group.first.revoke {
        Some(place) if place.starts_with("https://") => {
            format!("<a rel=\"noreferrer noopener\" href=\"{0}\">Rotate at {0}</a>", text(place))
        }
        Some(place) => format!("Rotate: {}", text(place)),
        None => "Rotate it where it was issued.".to_owned(),
    }
}

fn trend(out: &mut String, trend: &Trend) {
    let [open, rotated, accepted] = trend.statuses;
    let _ = write!(
        out,
        "<section aria-labelledby=\"trend\"><h2 id=\"trend\">Over time</h2>\n<p>In the inventory: {open} open, {rotated} rotated, {accepted} accepted.</p>\n",
    );
    let most_open = trend.days.iter().map(|day| day.open).max().unwrap_or(0);
    let most_new = trend.days.iter().map(|day| day.new).max().unwrap_or(0);
    let most = most_open.max(most_new).max(1);
    let height = |n: u64| n * 100 / most;
    let day = |day: Option<&TrendDay>| day.map(|day| text(&day.date)).unwrap_or_default();
    let (begin, end) = (day(trend.days.first()), day(trend.days.last()));
    let _ = write!(
        out,
        "<figure><svg class=\"trend\" viewBox=\"0 0 {} 110\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Open and new credentials by day, {begin} to {end}: {open} open now, {most_open} at most; the table below has the numbers\">",
        trend.days.len().max(1) * 10
    );
    for (index, day) in trend.days.iter().enumerate() {
        let (open, new) = (height(day.open), height(day.new));
        let _ = write!(
            out,
            "<rect class=\"open\" x=\"{}\" y=\"{}\" width=\"8\" height=\"{open}\"/><rect class=\"new\" x=\"{}\" y=\"{}\" width=\"4\" height=\"{new}\"/>",
            index * 10 + 1,
            105 - open,
            index * 10 + 3,
            105 - new,
        );
    }
    let _ = writeln!(
        out,
        "</svg>\n<figcaption><span class=\"key open\"></span> open at the end of the day, {most_open} at most; <span class=\"key new\"></span> new, {most_new} at most; {begin} to {end}, days of UTC</figcaption></figure>",
    );
    out.push_str("<details><summary>The numbers</summary><table><thead><tr><th scope=\"col\">Day</th><th scope=\"col\">New</th><th scope=\"col\">Open</th></tr></thead><tbody>");
    for day in &trend.days {
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            text(&day.date),
            day.new,
            day.open
        );
    }
    out.push_str("</tbody></table></details></section>\n");
}

fn credentials(out: &mut String, report: &Html) {
    out.push_str("<section aria-labelledby=\"credentials\"><h2 id=\"credentials\" tabindex=\"-1\">Credentials</h2>\n");
    if !report.groups.is_empty() {
        filters(out, report);
    }
    for (index, group) in report.groups.iter().enumerate() {
        credential(out, index, group);
    }
    out.push_str("</section>\n");
}

fn filters(out: &mut String, report: &Html) {
    out.push_str(
        "<form id=\"filters\" role=\"search\" aria-label=\"Filter credentials\" hidden>\n\
         <label>Search <input type=\"search\" id=\"q\" autocomplete=\"off\" spellcheck=\"false\" aria-keyshortcuts=\"/\"></label>\n\
         <fieldset><legend>Severity</legend>",
    );
    for severity in ["critical", "high", "medium", "low"] {
        let _ = write!(
            out,
            "<label><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" checked> {severity}</label> ",
        );
    }
    out.push_str(
        "</fieldset>\n<label>Channel <select id=\"channel\"><option value=\"\">all</option>",
    );
    let channels: std::collections::BTreeSet<&String> =
        report.groups.iter().flat_map(|group| &group.channels).collect();
    for channel in channels {
        let _ = write!(out, "<option>{}</option>", text(channel));
    }
    out.push_str("</select></label>\n<button type=\"reset\">Show all</button>\n<output id=\"shown\" aria-live=\"polite\"></output>\n</form>\n");
}

fn credential(out: &mut String, index: usize, group: &Group) {
    let record = &group.first;
    let channels: Vec<String> = group.channels.iter().map(|channel| text(channel)).collect();
    let _ = write!(
        out,
        "<article class=\"credential {severity}\" id=\"c{index}\" data-severity=\"{severity}\" data-channels=\"{}\" aria-labelledby=\"t{index}\">\n\
         <h3 id=\"t{index}\">{} {} <code>{}</code></h3>\n<dl class=\"facts\"><dt>Rule</dt><dd><code>{}</code></dd><dt>Confidence</dt><dd>{}</dd>\
         <dt>Check</dt><dd>{}</dd><dt>Seen</dt><dd>{} times</dd><dt>Fingerprint</dt><dd><code>{}</code>{}</dd>",
        channels.join(" "),
        badge(record.severity),
        text(&record.title),
        text(&record.preview),
        text(&record.rule),
        record.confidence,
        record.check,
        group.count,
        text(&record.fingerprint),
        if record.fingerprint_key == "run" { " (key of this run only)" } else { "" },
        severity = record.severity,
    );
    for (name, value) in &record.attributes {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", text(name), text(value));
    }
    if !channels.is_empty() {
        let _ = write!(out, "<dt>Channels</dt><dd>{}</dd>", channels.join(", "));
    }
    let _ = writeln!(out, "<dt>To do</dt><dd>{}</dd></dl>", rotate(group));
    places(out, group);
    out.push_str("<details class=\"frameworks\"><summary>In catalogues of risks</summary><ul>");
    for entry in &group.frameworks {
        let framework = entry.framework;
        let _ = write!(
            out,
            "<li><a rel=\"noreferrer noopener\" href=\"{}\">{} {}</a> {}: {}</li>",
            framework.home(),
            framework.name(),
            framework.version(),
            entry.id,
            entry.title
        );
    }
    out.push_str("</ul></details></article>\n");
}

fn places(out: &mut String, group: &Group) {
    let open = if group.places.len() <= 3 { " open" } else { "" };
    let _ = write!(
        out,
        "<details{open}><summary>{} of {} places</summary><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Places\"><table><thead><tr>\
         <th scope=\"col\">Where</th><th scope=\"col\">Channel</th><th scope=\"col\">Done</th><th scope=\"col\">Context, secrets masked</th></tr></thead><tbody>",
        group.places.len(),
        group.count
    );
    for place in &group.places {
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            location(place),
            text(place.channel.as_deref().unwrap_or_default()),
            place.action,
            context(place)
        );
    }
    out.push_str("</tbody></table></div></details>\n");
}

fn location(place: &Place) -> String {
    let source = text(&place.source);
    let path = place.path.as_deref().map(|path| format!(" <code>{}</code>", text(path)));
    let path = path.unwrap_or_default();
    format!("<bdi>{source}</bdi>:{}:{}{path}", place.line, place.column)
}

fn context(place: &Place) -> String {
    let Some(parts) = &place.context else { return String::new() };
    let mut out = String::from("<code>");
    for part in parts {
        match part {
            Part::Plain(bytes) => out.push_str(&escaped(&neutral(bytes))),
            Part::Hidden(mark) => {
                let _ = write!(out, "<mark>{}</mark>", text(mark));
            }
            // The page is for handing on: it never shows a secret, whatever was asked for.
            Part::Exposed(bytes) => {
                let _ = write!(out, "<mark>[{} bytes]</mark>", bytes.len());
            }
            Part::Cut => out.push('…'),
        }
    }
    out.push_str("</code>");
    out
}

fn badge(severity: &str) -> String {
    format!("<span class=\"badge {severity}\">{severity}</span>")
}

/// Foreign text, harmless in markup, in attributes and on a terminal.
fn text(text: &str) -> String {
    escaped(&neutral(text.as_bytes()))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
