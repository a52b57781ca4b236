//! What policies decide, and what is said of wrong ones.

use super::*;
use crate::policy::context::Principal;
use crate::rules::rule::{Confidence, Severity};
use crate::text::channel::Channel;

const HOUSE: &str = r#"
name = "house"
default = "block"

[[rule]]
id = "tests"
rule = ["acme-*", "*-sample"]
source = "tests/**"
action = "allow"
reason = "made up by the test suite"
expires = 2026-12-31

[[rule]]
id = "agents"
principal = ["agent", "service"]
owner = "team-*"
channel = ["prompt", "tool_result"]
severity = "high"
confidence = "likely"
action = "pseudonymize"

[[restore]]
id = "shell"
channel = "tool_call"
tool = "shell"
action = "restore"

[[restore]]
id = "others"
channel = "tool_call"
action = "block"
"#;

fn house() -> Policy {
    Policy::parse("house.toml", HOUSE).unwrap()
}

fn found() -> Subject<'static> {
    Subject::new("acme-token", "saas").severity(Severity::High).confidence(Confidence::Certain)
}

fn agent() -> Context {
    Context::new().principal(Principal::Agent).owner("team-a").channel(Channel::Prompt)
}

#[test]
fn the_first_rule_whose_conditions_all_hold_decides() {
    let policy = house();
    let decide = |context: Context, subject: Subject<'_>| {
        let decision = policy.decide(&context, &subject);
        let by = decision.rule_id().unwrap_or("default");
        let bound = policy.within(context);
        assert_eq!(bound.decide(&subject).action(), decision.action());
        (decision.action(), by)
    };
    let stand_in = (Action::Pseudonymize, "agents");
    let default = (Action::Block, "default");
    assert_eq!(decide(agent(), found()), stand_in);
    assert_eq!(decide(agent().principal(Principal::User), found()), default);
    assert_eq!(decide(agent().owner("other"), found()), default);
    assert_eq!(decide(agent().channel(Channel::System), found()), default);
    assert_eq!(decide(agent(), found().severity(Severity::Medium)), default);
    assert_eq!(decide(agent(), found().confidence(Confidence::Possible)), default);
    // What is not known satisfies no condition.
    assert_eq!(decide(Context::new(), found()), default);
    assert_eq!(decide(agent(), Subject::new("acme-token", "saas")), default);
    // What the payload tells of the channel counts more than what the caller says of the whole.
    let mut subject = found();
    subject.channel = Some(Channel::Reasoning);
    assert_eq!(decide(agent(), subject), default);
    let tests = agent().source("repo/tests/a.py");
    assert_eq!(decide(tests.clone().today(2026, 12, 31), found()), (Action::Allow, "tests"));
    assert_eq!(decide(tests.clone().today(2027, 1, 1), found()), stand_in);
    assert_eq!(decide(tests.clone(), found()), stand_in, "nobody says which day it is");
    let sample = Subject { rule: Some("other-sample"), ..found() };
    assert_eq!(decide(tests.today(2026, 1, 1), sample), (Action::Allow, "tests"));
}

#[test]
fn explain_names_the_condition_that_failed() {
    let policy = house();
    let all = policy.explain(&agent().principal(Principal::User), &found());
    let told: Vec<_> = all.iter().map(|one| (one.id, one.refused_by)).collect();
    assert_eq!(told, [("tests", Some("expires")), ("agents", Some("principal"))]);
    let all = policy.explain(&agent(), &found());
    assert_eq!(all.last().map(|one| (one.id, one.refused_by)), Some(("agents", None)));
}

#[test]
fn stand_ins_stay_unless_a_rule_restores_them() {
    let policy = house();
    let call = Context::new().channel(Channel::ToolCall);
    assert_eq!(policy.restores(&call.clone().tool("shell")), Restore::Restore);
    assert_eq!(policy.restores(&call.clone().tool("browser")), Restore::Block);
    assert_eq!(policy.restores(&call), Restore::Block);
    assert_eq!(policy.restores(&Context::new().channel(Channel::Completion)), Restore::Keep);
    assert_eq!(policy.restores(&Context::new().tool("shell")), Restore::Keep);
}

#[test]
fn faults_name_file_line_and_key() {
    let rule = |more: &str| format!("[[rule]]\nid = \"a\"\naction = \"redact\"\n{more}\n");
    let cases: &[(String, &str)] = &[
        ("defalt = \"block\"".into(), "p.toml:1: unknown key `defalt`; did you mean `default`?"),
        (
            "default = \"blok\"".into(),
            "p.toml:1: `default` cannot be `blok`; did you mean `block`?",
        ),
        (rule("chanel = \"prompt\""), "p.toml:4: unknown key `chanel`; did you mean `channel`?"),
        (
            rule("channel = \"promt\""),
            "p.toml:4: `channel` cannot be `promt`; did you mean `prompt`?",
        ),
        (rule("channel = []"), "p.toml:4: `channel` is empty; leave it out for all"),
        (rule("principal = 3"), "p.toml:4: `principal` must be an array of strings, not integer"),
        (rule("expires = \"soon\""), "p.toml:4: `expires` must be a day such as \"2026-12-31\""),
        (rule("source = \"**\""), "p.toml:4: `source`: `**` matches everything; leave it out"),
        (
            rule("[[rule]]\nid = \"b\"\naction = \"block\""),
            "p.toml:4: rule `b`: never decides: `a` in line 1 decides about everything",
        ),
        (rule("severity = \"low\"").repeat(2), "p.toml:5: the id `a` stands twice"),
        ("[[rule]]\nid = \"a\"".into(), "p.toml:1: rule `a`: `action` is missing"),
        (
            "[[restore]]\nid = \"a\"\naction = \"restore\"".into(),
            "p.toml:1: rule `a`: restores everywhere, in text that people and other models read too; name a `channel` or a `tool`",
        ),
        (
            "[[test]]\nname = \"t\"\nexpect = \"block\"".into(),
            "p.toml:1: test `t` wants block, the policy says redact",
        ),
        ("[[test]]\nname = \"t\"".into(), "p.toml:1: a test says either `expect` or `restores`"),
        ("= 3".into(), "p.toml:1: not valid TOML"),
    ];
    for (text, said) in cases {
        let error = Policy::parse("p.toml", text).unwrap_err().to_string();
        assert!(error.starts_with(said), "{text}\n{error}\n{said}");
    }
    let allow = Policy::parse("p.toml", "[[rule]]\nid = \"a\"\nrule = \"b\"\naction = \"allow\"");
    assert!(allow.unwrap_err().to_string().contains("`reason` is missing"));
}

#[test]
fn tests_of_a_policy_say_which_rule_has_to_decide() {
    let row = |by: &str| {
        format!(
            "{HOUSE}\n[[test]]\nname = \"t\"\nexpect = \"block\"\nprincipal = \"user\"\nby = \"{by}\""
        )
    };
    assert!(Policy::parse("p", &row("default")).is_ok());
    let error = Policy::parse("p", &row("agents")).unwrap_err().to_string();
    assert!(
        error.ends_with("wants block by `agents`, the policy says block by `default`"),
        "{error}"
    );
}

#[test]
fn an_invalid_policy_never_replaces_a_valid_one() {
    let mut policy = house();
    let bound = policy.within(agent());
    let stand_in = |policy: &Policy| policy.decide(&agent(), &found()).action();
    let failing = "[[test]]\nname = \"t\"\nexpect = \"allow\"";
    for wrong in ["= 3", "defalt = \"block\"", failing, "default = \"blok\""] {
        assert!(policy.reload("house.toml", wrong).is_err());
        assert_eq!((policy.name(), stand_in(&policy)), ("house", Action::Pseudonymize));
    }
    policy.reload("house.toml", "default = \"alert\"").unwrap();
    assert_eq!(stand_in(&policy), Action::Alert);
    // What was bound goes on as it began.
    assert_eq!(bound.decide(&found()).action(), Action::Pseudonymize);
}
