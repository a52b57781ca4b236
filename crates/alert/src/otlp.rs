//! Alerts as OpenTelemetry logs: OTLP 1 over HTTP in JSON, with the attributes of guardrails from the GenAI conventions.

use serde_json::{Value, json};

use crate::alert::{Alert, Kind};

/// The address of logs, if only that of the receiver was given.
pub(crate) fn address(url: &str) -> String {
    let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
    match behind.trim_end_matches('/').contains('/') {
        true => url.to_owned(),
        false => format!("{}/v1/logs", url.trim_end_matches('/')),
    }
}

/// An export request.
pub(crate) fn logs(alerts: &[&Alert]) -> Vec<u8> {
    let records: Vec<Value> = alerts.iter().map(|alert| record(alert)).collect();
    let version = env!("CARGO_PKG_VERSION");
    let request = json!({ "resourceLogs": [{
        "resource": { "attributes": [text("service.name", "keysieve"), text("service.version", version)] },
        "scopeLogs": [{ "scope": { "name": "keysieve", "version": version }, "logRecords": records }],
    }]});
    request.to_string().into_bytes()
}

fn record(alert: &Alert) -> Value {
    let (number, word) = match alert.severity.as_str() {
        "critical" => (21, "FATAL"),
        "high" => (17, "ERROR"),
        "medium" => (13, "WARN"),
        _ => (9, "INFO"),
    };
    let nanoseconds = (u128::from(alert.at) * 1_000_000).to_string();
    let event = if alert.kind == Kind::Finding { "secret.detected" } else { "secret.counted" };
    json!({
        "timeUnixNano": nanoseconds,
        "observedTimeUnixNano": nanoseconds,
        "severityNumber": number,
        "severityText": word,
        "eventName": event,
        "body": { "stringValue": alert.sentence() },
        "attributes": attributes(alert),
    })
}

fn attributes(alert: &Alert) -> Vec<Value> {
    let changed = matches!(alert.action.as_str(), "redact" | "pseudonymize");
    let verdict = match alert.action.as_str() {
        "block" => "deny",
        "redact" | "pseudonymize" => "modify",
        _ => "warn",
    };
    let target = match alert.channel.as_deref() {
        Some(channel @ ("tool_call" | "tool_result")) => ("tool_call", channel),
        Some(channel @ ("retrieval" | "memory")) => ("retrieval", channel),
        Some(channel) => ("llm", channel),
        None => ("", ""),
    };
    let mut all = vec![
        text("event.id", &alert.id),
        number("secret.count", alert.count),
        text("gen_ai.operation.name", "run_guardrail"),
        text("gen_ai.guardrail.name", "keysieve"),
        text("gen_ai.guardrail.verdict.type", verdict),
        text("gen_ai.guardrail.action.type", &alert.action),
        text("security.policy.rule.id", &alert.rule),
        text("security.risk.category", "sensitive_info_disclosure"),
        text("security.risk.severity", &alert.severity),
        json!({ "key": "security.content.modified", "value": { "boolValue": changed } }),
        json!({ "key": "security.frameworks", "value": { "arrayValue": {
            "values": alert.tags.iter().map(|tag| json!({ "stringValue": tag })).collect::<Vec<_>>(),
        }}}),
    ];
    let line = alert.line.to_string();
    for (key, value) in [
        ("gen_ai.guardrail.target.type", target.0),
        ("gen_ai.guardrail.target.subtype", target.1),
        ("secret.fingerprint", &alert.fingerprint),
        ("secret.confidence", &alert.confidence),
        ("secret.category", &alert.category),
        ("secret.principal", alert.principal.as_deref().unwrap_or_default()),
        ("file.path", &alert.source),
        ("secret.path", alert.path.as_deref().unwrap_or_default()),
        ("secret.line", if alert.line > 0 { &line } else { "" }),
    ] {
        if !value.is_empty() {
            all.push(text(key, value));
        }
    }
    all
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}
