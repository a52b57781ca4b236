//! Alerts that wake somebody: PagerDuty's events, version 2.

use keysieve_report::rfc3339;
use serde_json::json;

use crate::alert::{Alert, Kind};

/// An event. Events of one credential are one incident: they have its fingerprint as key.
pub(crate) fn event(alert: &Alert, routing_key: &str) -> Vec<u8> {
    let severity = match alert.severity.as_str() {
        "critical" => "critical",
        "high" => "error",
        "medium" => "warning",
        _ => "info",
    };
    let dedup = match (alert.kind, alert.fingerprint.as_str()) {
        (Kind::Finding | Kind::Repeat, fingerprint) if !fingerprint.is_empty() => fingerprint,
        _ => &alert.id,
    };
    let summary: String = alert.sentence().chars().take(1000).collect();
    let source = if alert.source.is_empty() { "keysieve" } else { &alert.source };
    let event = json!({
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": dedup,
        "client": "keysieve",
        "payload": {
            "summary": summary,
            "source": source,
            "severity": severity,
            "timestamp": rfc3339(alert.at),
            "component": alert.rule,
            "group": alert.category,
            "class": "credential exposure",
            "custom_details": alert,
        },
    });
    event.to_string().into_bytes()
}
