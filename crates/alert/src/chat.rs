//! Alerts for people in a chat: Slack's blocks, and Teams' adaptive cards.
//!
//! One message holds up to [`MOST`] alerts, so that a storm does not meet the limits of the services. Everything foreign is put
//! where no markup is read, or escaped.

use serde_json::{Value, json};

use crate::alert::{Alert, Kind};

/// Alerts in one message.
pub(crate) const MOST: usize = 10;

fn heading(alerts: &[&Alert]) -> String {
    let findings: u64 = alerts.iter().map(|alert| alert.count).sum();
    match alerts {
        [one] if one.kind == Kind::Test => "keysieve alert test".to_owned(),
        [one] if one.count == 1 => format!("Credential exposed: {}", one.title),
        _ => format!("{findings} exposures of credentials"),
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// The body of an incoming webhook of Slack.
pub(crate) fn slack(alerts: &[&Alert]) -> Vec<u8> {
    let heading = heading(alerts);
    let mut blocks = vec![json!({
        "type": "header",
        // A header is plain text, of 150 characters at most.
        "text": { "type": "plain_text", "text": heading.chars().take(150).collect::<String>(), "emoji": false },
    })];
    for alert in alerts {
        let field = |name: &str, value: &str| json!({ "type": "mrkdwn", "text": format!("*{name}*\n{}", mrkdwn(value)) });
        let place = format!("{}:{}", alert.source, alert.line);
        let channel = alert.channel.as_deref().unwrap_or("-");
        let seen = alert.count.to_string();
        let mut fields = vec![
            field("Rule", &alert.rule),
            field("Severity", &alert.severity),
            field("Where", &place),
            field("Channel", channel),
            field("Principal", alert.principal.as_deref().unwrap_or("-")),
            field("Done", &alert.action),
            field("Findings", &seen),
        ];
        if !alert.fingerprint.is_empty() {
            fields.push(field("Fingerprint", &alert.fingerprint));
        }
        fields.extend(alert.revoke.as_ref().map(|place| field("Rotate at", place)));
        blocks.push(json!({
            "type": "section",
            "text": { "type": "mrkdwn", "text": mrkdwn(&alert.sentence()) },
            "fields": fields,
        }));
    }
    bytes(&json!({ "text": escaped(&heading), "blocks": blocks }))
}

/// What Slack's markup reads.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Foreign text as code: no links, no mentions, no emphasis.
fn mrkdwn(text: &str) -> String {
    let text: String = text.replace('`', "'").chars().take(1000).collect();
    match text.is_empty() {
        true => "-".to_owned(),
        false => format!("`{}`", escaped(&text)),
    }
}

/// The body of a Teams workflow that posts adaptive cards.
pub(crate) fn teams(alerts: &[&Alert]) -> Vec<u8> {
    let mut body = vec![json!({
        "type": "TextBlock", "size": "Large", "weight": "Bolder", "wrap": true, "text": markdown(&heading(alerts)),
    })];
    for alert in alerts {
        let fact = |name: &str, value: &str| json!({ "title": name, "value": markdown(value) });
        let mut facts = vec![
            fact("Rule", &alert.rule),
            fact("Severity", &alert.severity),
            fact("Where", &format!("{}:{}", alert.source, alert.line)),
            fact("Channel", alert.channel.as_deref().unwrap_or("-")),
            fact("Principal", alert.principal.as_deref().unwrap_or("-")),
            fact("Done", &alert.action),
            fact("Findings", &alert.count.to_string()),
            fact("Fingerprint", &alert.fingerprint),
        ];
        facts.extend(alert.revoke.as_ref().map(|place| fact("Rotate at", place)));
        body.push(
            json!({ "type": "TextBlock", "wrap": true, "text": markdown(&alert.sentence()) }),
        );
        body.push(json!({ "type": "FactSet", "facts": facts }));
    }
    bytes(&json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
            },
        }],
    }))
}

/// Foreign text with what Markdown reads escaped.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(1000) {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '<' | '>' | '#' | '!' | '~' | '|'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
