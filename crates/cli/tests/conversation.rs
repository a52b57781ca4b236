//! A conversation of thirty turns with tools, through a fake agent loop: the model's side never sees a secret, tools get
//! the originals, people read stand-ins. Once with the library, once with the command line in pipes.

mod support;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use keysieve::{
    Carrier, Channel, Context, Mode, Pack, Policy, Principal, Redactor, Restore, Restorer, Scanner,
    StandIns, Vault,
};
use keysieve_vault::{VaultFile, VaultKey};
use support::{feed, folder, keysieve, stdout, token};

const KEY: &str = "an example of a key, for tests and documents only";
const TURNS: u32 = 30;

const POLICY: &str = r#"
default = "pseudonymize"

[[restore]]
id = "shell"
channel = "tool_call"
tool = "shell"
action = "restore"
"#;

/// The way between people, tools and the model.
trait Door {
    /// What the model sees of a text.
    fn hide(&self, text: &str) -> String;
    /// The arguments that a tool gets of those the model wrote, which are JSON.
    fn to_tool(&self, tool: &str, arguments: &str) -> String;
    /// What a person reads of what the model said.
    fn to_person(&self, text: &str) -> String;
}

/// The library, in pieces as a stream brings them.
struct Library {
    redactor: Redactor,
    vault: Arc<VaultFile>,
    policy: Policy,
}

impl Library {
    fn new(path: PathBuf) -> Library {
        let key = VaultKey::from_text(KEY.as_bytes()).unwrap();
        let vault = Arc::new(VaultFile::open(&path, &key).unwrap());
        let pack = Pack::parse("acme", support::PACK).unwrap();
        let scanner = Scanner::builder().pack(pack).build().unwrap();
        let policy = Policy::parse("p", POLICY).unwrap();
        let agent = policy.within(Context::new().principal(Principal::Agent));
        let redactor = Redactor::new(&scanner, Mode::Label)
            .decided_by(Arc::new(agent))
            .stand_ins(StandIns::new(key.stand_in_key(), vault.clone()));
        Library { redactor, vault, policy }
    }

    fn restore(&self, context: &Context, text: &str, carrier: Carrier) -> String {
        if self.policy.restores(context) != Restore::Restore {
            return text.to_owned();
        }
        let vault: Arc<dyn Vault> = self.vault.clone();
        let restorer = Restorer::new(vault).unwrap().carrier(carrier);
        let mut stream = restorer.redactor().stream(Vec::new());
        text.as_bytes().chunks(3).for_each(|piece| stream.write(piece).unwrap());
        String::from_utf8(stream.finish().unwrap()).unwrap()
    }
}

impl Door for Library {
    fn hide(&self, text: &str) -> String {
        let mut stream = self.redactor.stream(Vec::new());
        text.as_bytes().chunks(5).for_each(|piece| stream.write(piece).unwrap());
        String::from_utf8(stream.finish().unwrap()).unwrap()
    }

    fn to_tool(&self, tool: &str, arguments: &str) -> String {
        let context = Context::new().channel(Channel::ToolCall).tool(tool);
        self.restore(&context, arguments, Carrier::Json)
    }

    fn to_person(&self, text: &str) -> String {
        self.restore(&Context::new().channel(Channel::Completion), text, Carrier::Text)
    }
}

/// The command line, a process for each text.
struct Pipes(tempfile::TempDir);

impl Pipes {
    fn run(&self, args: &str, text: &str) -> String {
        let mut command = keysieve(self.0.path());
        command.args(args.split_whitespace()).env("KEYSIEVE_VAULT_KEY", KEY);
        let out = feed(command, text.as_bytes());
        assert!(out.status.success(), "{}", support::stderr(&out));
        stdout(&out)
    }
}

impl Door for Pipes {
    fn hide(&self, text: &str) -> String {
        self.run("redact --no-builtin --pack acme.toml --mode pseudonym --vault v --policy p.toml --principal agent", text)
    }

    fn to_tool(&self, tool: &str, arguments: &str) -> String {
        let place = "--policy p.toml --channel tool_call --tool";
        self.run(&format!("restore --vault v {place} {tool}"), arguments)
    }

    fn to_person(&self, text: &str) -> String {
        self.run("restore --vault v --policy p.toml --channel completion", text)
    }
}

/// A model that writes down what it sees the way models do.
#[derive(Default)]
struct Model {
    /// Everything it was ever shown.
    seen: String,
}

impl Model {
    fn read(&mut self, text: &str) {
        self.seen.push_str(text);
        self.seen.push('\n');
    }

    /// The stand-in that it was shown last.
    fn last(&self) -> String {
        let at = self.seen.rfind("[SEALED:").expect("the model was shown a stand-in");
        let end = self.seen[at..].find(']').unwrap();
        self.seen[at..=at + end].to_owned()
    }

    /// Arguments of a call, quoted one way or another.
    fn call(&self, turn: u32) -> String {
        let made = self.last();
        let command = match turn % 4 {
            0 => format!("deploy --token {made}"),
            1 => format!("curl -H \"Authorization: Bearer {made}\" host:8080/a"),
            2 => format!("deploy '{}'", made.replace('[', "\\[").replace(']', "\\]")),
            _ => format!("deploy {}\n{}", &made[..25], &made[25..]),
        };
        serde_json::json!({ "command": command }).to_string()
    }
}

fn converse(door: &dyn Door) {
    let mut model = Model::default();
    let mut stand_ins: HashMap<String, String> = HashMap::new();
    let mut planted = Vec::new();
    for turn in 0..TURNS {
        // Ten secrets come again and again: from a person, and from a file that a tool read.
        let secret = token(turn % 10);
        planted.push(secret.clone());
        let text = match turn % 2 {
            0 => format!("turn {turn}: please deploy with {secret}"),
            _ => serde_json::json!({ "file": ".env", "text": format!("A=1\nACME={secret}\n") })
                .to_string(),
        };
        let shown = door.hide(&text);
        assert_eq!(shown.matches("[SEALED:acme-token:").count(), 1, "turn {turn}: {shown}");
        model.read(&shown);
        let made = model.last();
        // Stable over turns, so that prompt caches keep working.
        assert_eq!(stand_ins.entry(secret.clone()).or_insert_with(|| made.clone()), &made);
        let arguments = model.call(turn);
        assert!(!arguments.contains(&secret));
        let given: serde_json::Value =
            serde_json::from_str(&door.to_tool("shell", &arguments)).expect("arguments stay JSON");
        assert!(given["command"].as_str().unwrap().contains(&secret), "turn {turn}: {given}");
        // A tool that nobody named gets what the model wrote.
        assert_eq!(door.to_tool("search", &arguments), arguments);
        // What the tool prints goes back to the model, with the secret in it.
        let answer = format!("+ {}\nok\n", given["command"].as_str().unwrap());
        model.read(&door.hide(&answer));
        let said = format!("Deployed with {made}.");
        assert_eq!(door.to_person(&said), said);
        // Another's stand-in, and one that was made up.
        let mut forged = made.clone().into_bytes();
        let at = forged.len() - 3;
        forged[at] = if forged[at] == b'a' { b'b' } else { b'a' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(door.to_tool("shell", &forged), forged);
    }
    for secret in planted {
        assert!(!model.seen.contains(&secret[10..]), "the model saw a secret");
    }
    assert_eq!(stand_ins.len(), 10);
}

#[test]
fn with_the_library() {
    let dir = tempfile::tempdir().unwrap();
    converse(&Library::new(dir.path().join("v")));
}

#[test]
fn with_the_command_line_in_pipes() {
    let dir = folder();
    std::fs::write(dir.path().join("p.toml"), POLICY).unwrap();
    converse(&Pipes(dir));
}
