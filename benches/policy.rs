//! What a policy costs for each finding: the last of many rules decides, by globs.
//!
//! Ends with the figure that is promised: nanoseconds for one decision.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use keysieve::{BoundPolicy, Channel, Confidence, Context, Policy, Principal, Severity, Subject};

/// A policy of `rules` rules, each with globs, of which only the last decides.
fn policy(rules: usize) -> BoundPolicy {
    let mut text = String::from("default = \"block\"\n");
    for n in 1..rules {
        let _ = write!(
            text,
            "[[rule]]\nid = \"r{n}\"\nprincipal = [\"user\", \"agent\"]\nchannel = [\"prompt\", \"tool_result\"]\n\
             severity = \"low\"\nrule = [\"vendor{n}-*\", \"other-{n}\", \"service-{n}-key\"]\naction = \"redact\"\n"
        );
    }
    text.push_str("[[rule]]\nid = \"last\"\nrule = \"github-*\"\naction = \"pseudonymize\"\n");
    let policy = Policy::parse("bench.toml", &text).expect("the policy of this bench is valid");
    policy.within(Context::new().principal(Principal::Agent).channel(Channel::Prompt))
}

fn decide(criterion: &mut Criterion) {
    let subject = Subject::new("github-pat", "vcs")
        .severity(Severity::Critical)
        .confidence(Confidence::Certain);
    let mut group = criterion.benchmark_group("decide");
    for rules in [10, 30] {
        let bound = policy(rules);
        let id = BenchmarkId::from_parameter(format!("{rules} rules"));
        group.bench_function(id, |bench| bench.iter(|| bound.decide(black_box(&subject)).action()));
        let started = Instant::now();
        for _ in 0..1_000_000 {
            black_box(bound.decide(black_box(&subject)));
        }
        println!("{rules} rules: {} ns a decision", started.elapsed().as_nanos() / 1_000_000);
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
