//! Alerts as logs, taken by the receiver of the OpenTelemetry Collector itself.

mod receiver;
mod support;

use receiver::Collector;
use serde_json::json;
use support::{ACME, code, feed, keysieve, stderr, token};

#[test]
fn the_collector_takes_alerts_as_logs_with_the_attributes_of_guardrails() {
    let folder = support::folder();
    let Some(collector) = Collector::start(folder.path()) else { return };
    let mut command = keysieve(folder.path());
    command.arg("redact").args(ACME).env("KEYSIEVE_KEY", "collector");
    command.args(["--alert", &format!("otlp:http://{}", collector.address)]);
    command.args(["--alert-allow-private", "--channel", "tool_result"]);
    command.args(["--principal", "agent:planner"]);
    let text = format!("a {} b\nc {} d\ne {} f\n", token(1), token(2), token(1));
    let out = feed(command, text.as_bytes());
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let records = collector.records();
    assert_eq!(records.len(), 3, "two credentials, and that one came again");
    let ids: std::collections::BTreeSet<String> =
        records.iter().map(|it| it["attributes"]["event.id"].to_string()).collect();
    assert_eq!(ids.len(), 3);
    for record in &records {
        assert_eq!(record["resource"]["service.name"], "keysieve");
        assert_eq!((&record["scope"], &record["severity"]), (&json!("keysieve"), &json!(17)));
        let has = |key: &str, value: serde_json::Value| {
            assert_eq!(record["attributes"][key], value, "{key} of {record}");
        };
        has("gen_ai.operation.name", json!("run_guardrail"));
        has("gen_ai.guardrail.name", json!("keysieve"));
        has("gen_ai.guardrail.verdict.type", json!("modify"));
        has("gen_ai.guardrail.action.type", json!("redact"));
        has("gen_ai.guardrail.target.type", json!("tool_call"));
        has("gen_ai.guardrail.target.subtype", json!("tool_result"));
        has("security.policy.rule.id", json!("acme-token"));
        has("security.risk.category", json!("sensitive_info_disclosure"));
        has("security.risk.severity", json!("high"));
        has("security.content.modified", json!(true));
        has("secret.principal", json!("agent:planner"));
        has("secret.confidence", json!("certain"));
        has("secret.count", json!(1));
        let frameworks = record["attributes"]["security.frameworks"].as_array().unwrap();
        for tag in ["owasp-nhi:NHI2", "owasp-llm:LLM06", "owasp-agentic:ASI02", "nist-csf:RS.MI-01"]
        {
            assert!(frameworks.contains(&json!(tag)), "{tag} of {record}");
        }
        let all = record.to_string();
        assert!(!all.contains(&token(1)[10..18]) && !all.contains(&token(2)[10..18]));
    }
    let events: Vec<&str> = records.iter().map(|it| it["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["secret.detected", "secret.detected", "secret.counted"]);
}
