//! Canaries: a secret of every built-in rule goes through every output and every way to fail, and nothing of it may
//! come out. Built with the feature `planted-leak`, which logs what is found, the same search must find it: that is how
//! we know that it would.
//!
//! Searched for is every 8-byte piece of a secret's random part: raw, reversed, as hexadecimal digits, and in base64 at
//! each of its three alignments. What is not random, a prefix or a fixed infix, stands in two secrets of one rule and is
//! left out.

mod canary;
mod receiver;
mod support;

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use canary::{Canary, Needles, canaries, everything_in};
use receiver::Receiver;
use support::{feed, keysieve};

/// Texts of all canaries as files, and an empty folder for temporary files.
struct Cage {
    dir: tempfile::TempDir,
    canaries: Vec<Canary>,
    needles: Needles,
}

impl Cage {
    fn new() -> Cage {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("tmp")).unwrap();
        fs::create_dir(dir.path().join("texts")).unwrap();
        let canaries = canaries();
        for (n, canary) in canaries.iter().enumerate() {
            fs::write(dir.path().join(format!("texts/{n}.txt")), &canary.text).unwrap();
        }
        let needles = Needles::new(&canaries);
        Cage { dir, canaries, needles }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn text(&self) -> Vec<u8> {
        let texts: Vec<&[u8]> = self.canaries.iter().map(|c| &*c.text).collect();
        texts.join(&b"\n\n"[..])
    }

    fn run(&self, args: &[&str]) -> Output {
        self.feed(args, b"")
    }

    fn feed(&self, args: &[&str], input: &[u8]) -> Output {
        let mut command = keysieve(self.path());
        command.args(args).env("TMPDIR", self.path().join("tmp")).env("KEYSIEVE_KEY", "canary");
        command.env("KEYSIEVE_VAULT_KEY", "a key of a vault for canaries only");
        feed(command, input)
    }

    /// What leaked into the output of a run, the report, and the folder for temporary files.
    fn leaks(&self, out: &Output) -> Vec<String> {
        let report = fs::read(self.path().join("report.jsonl")).unwrap_or_default();
        let tmp = everything_in(&self.path().join("tmp"));
        let mut leaks: Vec<String> = [&out.stdout, &out.stderr, &report, &tmp]
            .iter()
            .flat_map(|t| self.needles.search(t))
            .collect();
        leaks.sort();
        leaks.dedup();
        leaks
    }
}

#[track_caller]
fn none(leaks: &[String], args: &[&str]) {
    if cfg!(feature = "planted-leak") {
        return;
    }
    assert!(
        leaks.is_empty(),
        "{args:?} leaked {} pieces: {:?}",
        leaks.len(),
        &leaks[..leaks.len().min(10)]
    );
}

/// Every way to write findings.
const FORMATS: &[&str] = &[
    "text",
    "jsonl",
    "json",
    "sarif",
    "ocsf",
    "ecs",
    "cef",
    "github",
    "gitlab",
    "gitlab-quality",
    "html",
];

#[test]
fn findings_hold_nothing_of_the_secret() {
    let cage = Cage::new();
    let text = cage.text();
    for (n, format) in FORMATS.iter().enumerate() {
        // The writers do not know of profiles, and redact finds what alert finds.
        let profiles: &[&str] = if n < 3 { &["alert", "redact"] } else { &["redact"] };
        for profile in profiles {
            let args = [
                "scan",
                "-vv",
                "--stats",
                "-f",
                format,
                "--lines",
                "always",
                "--profile",
                profile,
                "texts",
                "-",
            ];
            let out = cage.feed(&args, &text);
            assert_eq!(support::code(&out), 1);
            none(&cage.leaks(&out), &args);
        }
    }
}

#[test]
fn redacted_text_and_reports_hold_nothing_of_the_secret() {
    let cage = Cage::new();
    let text = cage.text();
    for format in ["sarif", "html"] {
        let args = ["redact", "--report", "report.jsonl", "--report-format", format];
        let out = cage.feed(&args, &text);
        assert_eq!(support::code(&out), 0);
        none(&cage.leaks(&out), &args);
    }
    for mode in ["label", "mask", "hash", "remove"] {
        let args = ["redact", "-vv", "--stats", "--mode", mode, "--report", "report.jsonl"];
        let out = cage.feed(&args, &text);
        assert_eq!(support::code(&out), 0);
        none(&cage.leaks(&out), &args);
    }
    let args = ["redact", "-vv", "--mode", "pseudonym", "--vault", "v"];
    let out = cage.feed(&args, &text);
    assert_eq!(support::code(&out), 0, "{}", support::stderr(&out));
    none(&cage.leaks(&out), &args);
    none(&cage.needles.search(&fs::read(cage.path().join("v")).unwrap()), &args);
    let args = ["redact", "-vv", "--in-place", "--report", "report.jsonl", "texts"];
    let out = cage.run(&args);
    assert_eq!(support::code(&out), 0);
    none(&cage.leaks(&out), &args);
    none(&cage.needles.search(&everything_in(&cage.path().join("texts"))), &args);
}

#[test]
fn the_inventory_holds_nothing_of_the_secret() {
    let cage = Cage::new();
    let text = cage.text();
    let books = ["--inventory", "tmp/books.db"];
    let scan = [&["scan", "-vv", "--profile", "redact", "-f", "html"][..], &books].concat();
    let redact = [&["redact", "-vv"][..], &books].concat();
    for args in [scan, redact] {
        // What is in the folder for temporary files is searched too: the inventory and its log.
        none(&cage.leaks(&cage.feed(&args, &text)), &args);
    }
    for words in [&["list", "--limit", "0"][..], &["list", "-f", "json"], &["export"], &["verify"]]
    {
        let args = [&["inventory", "-vv"][..], words, &books].concat();
        let out = cage.run(&args);
        assert_eq!(support::code(&out), 0);
        none(&cage.leaks(&out), &args);
    }
    let inventory = everything_in(&cage.path().join("tmp"));
    assert!(inventory.windows(4).any(|w| w == b"ks1:"), "the inventory was not written");
    for canary in cage.canaries.iter().step_by(cage.canaries.len() / 8) {
        let args = [&["fingerprint", "-vv"][..], &books].concat();
        none(&cage.leaks(&cage.feed(&args, canary.secret.as_bytes())), &args);
    }
}

#[test]
fn alerts_and_their_queue_hold_nothing_of_the_secret() {
    let cage = Cage::new();
    let text = cage.text();
    // What is in the folder for temporary files is searched too: the queue and the file that is a sink.
    let file = ["--alert", "file:tmp/alerts.jsonl", "--alert-patience", "0"];
    let dead = [
        "--alert-allow-private",
        "--alert-queue",
        "tmp",
        "--alert",
        "webhook:http://127.0.0.1:9/",
        "--alert",
        "slack:http://127.0.0.1:9/",
        "--alert",
        "syslog+tcp://127.0.0.1:9",
        "--alert",
        "otlp:http://127.0.0.1:9",
    ];
    let redact = [&["redact", "-vv"][..], &file, &dead].concat();
    none(&cage.leaks(&cage.feed(&redact, &text)), &redact);
    let scan = ["scan", "-vv", "--profile", "redact", "-f", "cef", "--alert", "stdout", "-"];
    none(&cage.leaks(&cage.feed(&scan, &text)), &scan);
    // Messages as they arrive, in every shape.
    let arrived = arrived(&cage, &text);
    none(&cage.needles.search(&arrived), &["alerts", "as they arrive"]);
    let waiting = everything_in(&cage.path().join("tmp"));
    let waiting = waiting.windows(8).filter(|w| *w == b".queue\n{" || w.ends_with(b"ks1:")).count();
    assert!(waiting > 1000, "the queue was not written: {waiting}");
}

/// The bytes that receivers of every kind get.
fn arrived(cage: &Cage, text: &[u8]) -> Vec<u8> {
    let syslog = UdpSocket::bind("127.0.0.1:0").unwrap();
    syslog.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let to = format!("syslog+udp://{}", syslog.local_addr().unwrap());
    let reader = std::thread::spawn(move || {
        let (mut all, mut one) = (Vec::new(), [0; 65_536]);
        while let Ok(length) = syslog.recv(&mut one) {
            all.extend_from_slice(&one[..length]);
        }
        all
    });
    let mut args =
        ["redact", "-vv", "--alert-allow-private", "--alert", &to].map(str::to_owned).to_vec();
    let receiver = Receiver::start(&cage.path().join("tmp"), &[]);
    for kind in ["webhook", "slack", "teams", "pagerduty", "otlp"] {
        let url = receiver.iter().map(|it| format!("{kind}:{}{kind}", it.url()));
        args.extend(url.flat_map(|url| ["--alert".to_owned(), url]));
    }
    let mut command = keysieve(cage.path());
    command.args(&args).env("KEYSIEVE_KEY", "canary").env("KEYSIEVE_PAGERDUTY_KEY", "routing");
    let out = feed(command, text);
    assert_eq!(support::code(&out), 0, "{}", support::stderr(&out));
    let mut all = reader.join().unwrap();
    assert!(all.windows(4).any(|it| it == b"ks1:"), "nothing arrived");
    for request in receiver.iter().flat_map(Receiver::received) {
        all.extend(request.body.into_bytes());
    }
    all
}

#[test]
fn what_tunes_packs_holds_nothing_of_the_secret() {
    let cage = Cage::new();
    fs::write(cage.path().join("off.toml"), "disable = [\"generic-*\", \"*-key\"]\n").unwrap();
    for format in ["text", "json", "jsonl"] {
        let test = ["rules", "test", "-vv", "--corpus", "texts", "--examples", "9", "-f", format];
        let out = cage.run(&test);
        assert_eq!(support::code(&out), 0);
        none(&cage.leaks(&out), &test);
        let diff =
            ["rules", "diff", "-vv", "builtin", "off.toml", "--corpus", "texts", "-f", format];
        let out = cage.run(&diff);
        assert_eq!(support::code(&out), 1);
        none(&cage.leaks(&out), &diff);
    }
}

#[test]
fn drafts_and_imports_hold_nothing_of_the_secret() {
    let cage = Cage::new();
    let fit = |c: &&Canary| c.secret.bytes().all(|b| b.is_ascii_graphic()) && c.secret.len() < 500;
    let all: Vec<&Canary> = cage.canaries.iter().filter(fit).collect();
    assert!(all.len() > 40, "{}", all.len());
    for canary in all.iter().step_by(all.len() / 12) {
        let args = ["rules", "new", "-vv"];
        let out = cage.feed(&args, canary.secret.as_bytes());
        none(&cage.leaks(&out), &args);
    }
    // A token in every field that is text for people, and in patterns that name it.
    let own_format = |c: &&&Canary| c.anchored && !c.secret.contains(['"', '\'', '\\', '-']);
    let anchored: Vec<&&Canary> = all.iter().filter(own_format).collect();
    for canary in anchored.iter().step_by(anchored.len() / 4) {
        let secret = &canary.secret;
        let toml = format!(
            "[[rules]]\nid = \"acme\"\ndescription = \"like {secret}\"\nregex = '''acme_[a-z]{{20}}'''\n\
             [[rules.allowlists]]\ndescription = \"but not {secret}\"\nregexes = ['''^{secret}$''', '''^sandbox''']\n\
             [[rules]]\nid = \"known\"\nregex = '''{secret}'''\n"
        );
        fs::write(cage.path().join("trap.toml"), toml).unwrap();
        let yaml = format!(
            "rules:\n- name: Acme\n  id: acme\n  pattern: '(acme_[a-z]{{20}})'\n  references: ['{secret}']\n  \
             examples: ['a {secret}']\n  description: 'd {secret}'\n  {secret}: 1\n"
        );
        fs::write(cage.path().join("trap.yml"), yaml).unwrap();
        for args in [
            ["rules", "import", "-vv", "trap.toml", "--from", "gitleaks"],
            ["rules", "import", "-vv", "trap.yml", "--from", "noseyparker"],
        ] {
            let out = cage.run(&args);
            none(&cage.leaks(&out), &args);
        }
    }
}

#[test]
fn every_rule_is_covered() {
    let cage = Cage::new();
    let rules = keysieve::Pack::builtin();
    for rule in rules.rules() {
        assert!(cage.needles.rules.contains(rule.id()), "no piece of a secret of {}", rule.id());
    }
}

/// One way to hand a secret to the wrong place; gives the arguments.
type Trap = fn(&Path, &str) -> Vec<String>;

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| (*arg).to_owned()).collect()
}

const TRAPS: &[Trap] = &[
    |dir, secret| {
        // An .env named as a pack.
        fs::write(dir.join("trap.toml"), format!("SECRET={secret}\n")).unwrap();
        words(&["scan", "-vv", "--pack", "trap.toml", "tmp"])
    },
    |dir, secret| {
        fs::write(dir.join("trap.toml"), format!("SECRET=\"{secret}\"\n")).unwrap();
        words(&["rules", "lint", "-vv", "trap.toml"])
    },
    |dir, secret| {
        fs::write(dir.join("trap.toml"), format!("profile = \"{secret}\"\n")).unwrap();
        words(&["scan", "-vv", "--config", "trap.toml", "tmp"])
    },
    |dir, secret| {
        fs::write(dir.join("trap.jsonl"), format!("{{\"rule\":\"{secret}\"}}\n")).unwrap();
        words(&["scan", "-vv", "--baseline", "trap.jsonl", "tmp"])
    },
    |dir, secret| {
        fs::write(dir.join("trap.key"), secret).unwrap();
        words(&["redact", "-vv", "--key-file", "trap.key", "no-such-file"])
    },
    |dir, secret| {
        let entry =
            format!("[[allow]]\nrule = \"github-pat\"\nvalues = [\"{secret}\"]\nresaon = \"x\"\n");
        fs::write(dir.join("trap.toml"), entry).unwrap();
        words(&["rules", "lint", "-vv", "trap.toml"])
    },
    |dir, secret| {
        let pack = format!("extends = [\"{secret}\"]\ndisable = [\"{secret}\"]\n");
        fs::write(dir.join("trap.toml"), pack).unwrap();
        words(&["scan", "-vv", "--pack", "trap.toml", "tmp"])
    },
    |dir, secret| {
        let label = format!("{{\"file\":\"t.txt\",\"start\":0,\"end\":1,\"rule\":\"{secret}\"}}\n");
        fs::write(dir.join("trap.jsonl"), label).unwrap();
        fs::write(dir.join("t.txt"), "text").unwrap();
        words(&["rules", "test", "-vv", "--corpus", "tmp", "--labels", "trap.jsonl"])
    },
    |dir, secret| {
        fs::write(dir.join("trap.yml"), format!("{secret}: [\n{secret}\n")).unwrap();
        words(&["rules", "import", "-vv", "--from", "kingfisher", "trap.yml"])
    },
    |_, secret| words(&["rules", "new", "-vv", secret]),
    |_, secret| words(&["explain", secret]),
    |_, secret| words(&["scan", "-vv", "--profile", secret]),
    |_, secret| words(&["explain", "-vv", "text", secret]),
];

#[test]
fn messages_hold_nothing_of_the_secret() {
    let cage = Cage::new();
    let plain =
        |c: &&Canary| c.secret.is_ascii() && !c.secret.contains(['"', '\'', '\\', '\n', '\r', '-']);
    // Tokens that name themselves; a bare password given as an option cannot be told from a word.
    let own_format = |c: &&Canary| c.anchored;
    let all: Vec<&Canary> = cage.canaries.iter().filter(plain).filter(own_format).collect();
    assert!(all.len() > 40, "{}", all.len());
    for canary in all.iter().step_by(all.len() / 6) {
        for trap in TRAPS {
            let args = trap(cage.path(), &canary.secret);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let out = cage.run(&args);
            none(&cage.leaks(&out), &args[..args.len() - 1]);
        }
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let cage = Cage::new();
    let out = cage.run(&["scan", "-vv", "-f", "jsonl", "--profile", "redact", "texts"]);
    let leaks = cage.leaks(&out);
    // The planted leak, of every rule; or its absence.
    assert_eq!(!leaks.is_empty(), cfg!(feature = "planted-leak"), "{leaks:?}");
    for canary in cage.canaries.iter().filter(|_| cfg!(feature = "planted-leak")) {
        let mark = format!("{} (", canary.rule);
        assert!(leaks.iter().any(|leak| leak.starts_with(&mark)), "{} did not leak", canary.rule);
    }
    for canary in &cage.canaries {
        assert!(!cage.needles.search(&canary.text).is_empty(), "{}", canary.rule);
        for form in canary::forms(canary.secret.as_bytes()) {
            assert!(!cage.needles.search(&form).is_empty(), "{}", canary.rule);
        }
    }
}
