//! Stand-ins on the command line: what docs/REVERSIBLE.md shows, policies, faults, and `kill -9` at any moment.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::{code, command, feed, folder, keysieve, stderr, stdout, token};

const KEY: &str = "an example of a key, for tests and documents only";

fn sealed(mut command: Command) -> Command {
    command.env("KEYSIEVE_VAULT_KEY", KEY);
    command
}

fn hide(dir: &Path, more: &str, input: &str) -> Output {
    let args = format!("redact --mode pseudonym --vault v {more}");
    feed(sealed(command(dir, &args)), input.as_bytes())
}

fn restore(dir: &Path, more: &str, input: &str) -> Output {
    let mut command = sealed(keysieve(dir));
    command.args(["restore", "--vault", "v"]).args(more.split_whitespace());
    feed(command, input.as_bytes())
}

#[test]
fn the_document_tells_the_truth() {
    let dir = folder();
    let doc = format!("{}/../../docs/REVERSIBLE.md", env!("CARGO_MANIFEST_DIR"));
    let doc = fs::read_to_string(doc).unwrap();
    let from = doc.find("```console\n").unwrap() + "```console\n".len();
    let shown = &doc[from..from + doc[from..].find("```").unwrap()];
    let bin = Path::new(env!("CARGO_BIN_EXE_keysieve")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut commands = 0;
    for block in shown
        .split("$ keysieve ")
        .flat_map(|part| part.split("$ echo "))
        .filter(|part| !part.is_empty())
    {
        let start = block.as_ptr() as usize - shown.as_ptr() as usize;
        let word = if shown[..start].ends_with("$ echo ") { "echo" } else { "keysieve" };
        let (line, expected) = block.split_once('\n').unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{word} {line} 2>&1")]).current_dir(dir.path());
        shell.env("PATH", &path).env("KEYSIEVE_VAULT_KEY", KEY).stdin(Stdio::null());
        let said = stdout(&shell.output().unwrap());
        assert_eq!(named(&said).trim_end(), expected.trim_end(), "{word} {line}");
        commands += 1;
    }
    assert_eq!(commands, 6);
}

/// The text with names of stand-ins replaced as the document has them.
fn named(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("[SEALED:generic-password:") {
        let name = at + "[SEALED:generic-password:".len();
        out.push_str(&rest[..name]);
        out.push_str("EXAMPLE");
        rest = &rest[name + 20..];
    }
    out + rest
}

#[test]
fn what_is_hidden_comes_back_and_nothing_of_it_is_in_the_vault() {
    let dir = folder();
    let input = format!("a {} b {}\n{{\"k\": \"{}\"}}\n", token(1), token(2), token(1));
    for shape in ["label", "format"] {
        let hidden = hide(dir.path(), &format!("--pseudonym-shape {shape}"), &input);
        assert_eq!(code(&hidden), 0, "{}", stderr(&hidden));
        let seen = stdout(&hidden);
        assert!(!seen.contains(&token(1)) && !seen.contains(&token(2)));
        assert_eq!(seen.len() == input.len(), shape == "format");
        // Our own stand-ins are no findings.
        let again = feed(command(dir.path(), "redact"), seen.as_bytes());
        assert_eq!(stdout(&again), seen);
        let back = restore(dir.path(), "", &seen);
        assert_eq!((stdout(&back).as_str(), code(&back)), (&*input, 0), "{}", stderr(&back));
    }
    let vault = fs::read(dir.path().join("v")).unwrap();
    assert!(!vault.windows(12).any(|w| w == &token(1).as_bytes()[10..22]));
}

#[test]
fn a_policy_says_where_originals_go() {
    let dir = folder();
    let policy = "[[rule]]\nid = \"a\"\nprincipal = \"agent\"\naction = \"pseudonymize\"\n\
                  [[restore]]\nid = \"s\"\nchannel = \"tool_call\"\ntool = \"shell\"\naction = \"restore\"\n\
                  [[restore]]\nid = \"b\"\nchannel = \"tool_call\"\ntool = \"browser\"\naction = \"restore\"\nin-addresses = true\n\
                  [[restore]]\nid = \"o\"\nchannel = \"tool_call\"\naction = \"block\"\n";
    fs::write(dir.path().join("p.toml"), policy).unwrap();
    let on = |principal: &str| {
        let args = format!("redact --vault v --policy p.toml --principal {principal}");
        stdout(&feed(sealed(command(dir.path(), &args)), token(1).as_bytes()))
    };
    assert_eq!(on("user"), "[REDACTED:acme-token]");
    let made = on("agent");
    assert!(made.starts_with("[SEALED:acme-token:"), "{made}");
    let call = format!("{{\"cmd\": \"login {made}\"}}\n");
    let to = |place: &str, text: &str| {
        let out = restore(dir.path(), &format!("--policy p.toml {place}"), text);
        (stdout(&out), code(&out))
    };
    let done = |text: &str| (text.replace(&made, &token(1)), 0);
    assert_eq!(to("--channel tool_call --tool shell", &call), done(&call));
    assert_eq!(to("--channel completion", &call), (call.clone(), 0));
    assert_eq!(to("--tool shell", &call), (call.clone(), 0));
    assert_eq!(to("--channel tool_call --tool mail", &call), ("{\"cmd\": \"login ".to_owned(), 3));
    let address = format!("get https://example.com/{made}\n");
    assert_eq!(to("--channel tool_call --tool shell", &address), (address.clone(), 0));
    assert_eq!(to("--channel tool_call --tool browser", &address), done(&address));
}

#[test]
fn faults_are_told_and_nothing_is_given_away() {
    let dir = folder();
    let made = stdout(&hide(dir.path(), "", &token(1)));
    let refused = |out: Output, why: &str| {
        assert_eq!(code(&out), 2, "{}", stderr(&out));
        assert!(stderr(&out).contains(why), "{}", stderr(&out));
        assert_eq!(stdout(&out), "");
    };
    let mut other = keysieve(dir.path());
    other.args(["restore", "--vault", "v"]).env("KEYSIEVE_VAULT_KEY", KEY.to_uppercase());
    refused(feed(other, made.as_bytes()), "belongs to another key");
    let mut none = keysieve(dir.path());
    none.args(["restore", "--vault", "v"]).env_remove("KEYSIEVE_VAULT_KEY");
    refused(feed(none, made.as_bytes()), "--vault-key-file");
    refused(feed(command(dir.path(), "redact --mode pseudonym"), b"x"), "needs --vault");
    refused(hide(dir.path(), "--vault-ttl 5", "x"), "`90s`");
    let mut bytes = fs::read(dir.path().join("v")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(dir.path().join("v"), bytes).unwrap();
    refused(restore(dir.path(), "", &made), "tampered with");
    refused(hide(dir.path(), "", &token(2)), "tampered with");
}

#[test]
fn stand_ins_expire() {
    let dir = folder();
    let made = stdout(&hide(dir.path(), "--vault-ttl 1s", &token(1)));
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let back = restore(dir.path(), "", &made);
    assert_eq!(stdout(&back), made);
    assert!(stderr(&back).contains("1 not known to the vault, or expired"));
}

#[test]
fn a_key_is_drawn_once_and_only_its_owner_reads_it() {
    let dir = folder();
    let draw = || keysieve(dir.path()).args(["vault", "key", "k"]).output().unwrap();
    assert_eq!(code(&draw()), 0);
    let key = fs::read_to_string(dir.path().join("k")).unwrap();
    assert_eq!(key.trim().len(), 64);
    assert_eq!(code(&draw()), 2);
    assert_eq!(fs::read_to_string(dir.path().join("k")).unwrap(), key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(dir.path().join("k")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let hidden = feed(
        command(dir.path(), "redact --mode pseudonym --vault w --vault-key-file k"),
        token(1).as_bytes(),
    );
    let mut back = keysieve(dir.path());
    back.args(["restore", "--vault", "w", "--vault-key-file", "k"]);
    assert_eq!(stdout(&feed(back, &hidden.stdout)), token(1));
}

#[test]
fn what_has_expired_is_purged() {
    let dir = folder();
    let made = stdout(&hide(dir.path(), "--vault-ttl 1s", &token(1)));
    let path = dir.path().join("v");
    let with = fs::metadata(&path).unwrap().len();
    let lasting = stdout(&hide(dir.path(), "", &token(2)));
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let mut purge = sealed(keysieve(dir.path()));
    let purged = purge.args(["vault", "purge", "v"]).output().unwrap();
    assert_eq!((code(&purged), stdout(&purged).as_str()), (0, ""));
    assert_eq!(stderr(&purged), "keysieve: v: 1 stand-in left\n");
    assert_eq!(fs::metadata(&path).unwrap().len(), with);
    assert_eq!(stdout(&restore(dir.path(), "", &lasting)), token(2));
    assert_eq!(stdout(&restore(dir.path(), "", &made)), made);
    // Whoever opens a vault purges it.
    assert_eq!(code(&hide(dir.path(), "--vault-ttl 1s", &token(3))), 0);
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    assert!(fs::metadata(&path).unwrap().len() > with);
    assert_eq!(stdout(&restore(dir.path(), "", &lasting)), token(2));
    assert_eq!(fs::metadata(&path).unwrap().len(), with);
    let mut other = keysieve(dir.path());
    other.args(["vault", "purge", "v"]).env("KEYSIEVE_VAULT_KEY", KEY.to_uppercase());
    assert_eq!(code(&other.output().unwrap()), 2);
    assert_eq!(stdout(&restore(dir.path(), "", &lasting)), token(2));
}

/// Kills purges at any moment; what is live has to be in the vault.
#[test]
#[cfg(unix)]
fn a_kill_while_a_vault_is_purged_loses_nothing() {
    let dir = folder();
    let lines = |from: u32, to: u32| (from..to).map(|n| token(n) + "\n").collect::<String>();
    let lasting = lines(0, 40);
    let made = stdout(&hide(dir.path(), "", &lasting));
    for round in 0..12u32 {
        let brief = lines(1_000 + round * 100, 1_060 + round * 100);
        assert_eq!(code(&hide(dir.path(), "--vault-ttl 1s", &brief)), 0);
        std::thread::sleep(std::time::Duration::from_millis(2_050));
        let mut purge = sealed(keysieve(dir.path()));
        let mut child = purge.args(["vault", "purge", "v"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(700 * u64::from(round)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(stdout(&restore(dir.path(), "", &made)), lasting, "round {round}");
    }
    // What a killed process left behind is gone, too.
    assert!(!dir.path().join("v.new").exists());
}

/// The keyring of the kernel, in a session of its own. Needs `keyctl` (Debian: keyutils); says so and is skipped without.
#[test]
#[cfg(target_os = "linux")]
fn a_key_in_the_keyring_opens_the_vault() {
    let dir = folder();
    fs::write(dir.path().join("in"), token(1)).unwrap();
    // The kernel keeps keys for days: a run before this one has left its own.
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let [one, two] = ["one", "two"].map(|name| format!("keysieve-test-{now}-{name}"));
    let script = "set -x
        $K vault purge v --vault-key-keyring $ONE; echo $?
        $K vault key --keyring $ONE && $K vault key --keyring $ONE; echo $?
        $K redact --no-builtin --pack acme.toml --mode pseudonym --vault v --vault-key-keyring $ONE in >out
        $K restore --vault v --vault-key-keyring $ONE out; echo
        $K vault key --keyring $TWO && $K restore --vault v --vault-key-keyring $TWO out; echo $?";
    let mut shell = Command::new("keyctl");
    shell.args(["session", "-", "sh", "-c", script]).current_dir(dir.path());
    shell.env("ONE", &one).env("TWO", &two);
    shell.env("K", env!("CARGO_BIN_EXE_keysieve")).env_remove("KEYSIEVE_VAULT_KEY");
    let Ok(out) = shell.stdin(Stdio::null()).output() else {
        println!("skipped: no keyctl");
        return;
    };
    let (said, errors) = (stdout(&out), stderr(&out));
    let lines: Vec<&str> = said.lines().filter(|line| !line.contains("session")).collect();
    assert_eq!(lines, ["2", "2", &token(1), "2"], "{errors}");
    let none = format!("has no key `{one}`; `keysieve vault key --keyring {one}`");
    for wanted in [&none[..], "already", "another key"] {
        assert!(errors.contains(wanted), "{errors}");
    }
    assert!(fs::read_to_string(dir.path().join("out")).unwrap().starts_with("[SEALED:"));
    // Without a session that may, it is told.
    let mut none = keysieve(dir.path());
    none.args(["restore", "--vault", "v", "--vault-key-keyring", "nobody-has-this"]);
    let none = feed(none, b"x");
    assert!(code(&none) == 2 && stderr(&none).contains("keyring: "), "{}", stderr(&none));
}

/// What an agent is about to execute or to write into a file, by the policy for laptops.
#[test]
fn stand_ins_that_are_about_to_be_executed_are_restored_or_blocked() {
    let dir = folder();
    let policy = format!("{}/../../policies/developer-laptop.toml", env!("CARGO_MANIFEST_DIR"));
    let made = stdout(&hide(dir.path(), "", &token(1)));
    for (tool, arguments, wanted) in [
        ("bash", format!("{{\"command\": \"deploy {made}\"}}"), Some(0)),
        ("write_file", format!("{{\"path\": \".env\", \"text\": \"A={made}\\n\"}}"), Some(0)),
        ("http_post", format!("{{\"body\": \"{made}\"}}"), None),
        // Broken over lines and escaped, it is one all the same.
        ("http_post", format!("{{\"body\": \"{}\\n{}\"}}", &made[..4], &made[4..]), None),
    ] {
        let args = format!("--policy {policy} --channel tool_call --tool {tool}");
        let out = restore(dir.path(), &args, &arguments);
        match wanted {
            Some(ends) => {
                assert_eq!(code(&out), ends, "{}", stderr(&out));
                assert_eq!(stdout(&out), arguments.replace(&made, &token(1)));
            }
            None => {
                assert_eq!(code(&out), 3, "{tool}: {}", stdout(&out));
                assert!(!stdout(&out).contains("EALED") && !stdout(&out).contains(&token(1)));
            }
        }
    }
}

/// Kills redactors while they write; every stand-in that came out has to be in the vault.
#[test]
#[cfg(unix)]
fn a_kill_loses_no_stand_in_that_anybody_saw() {
    let dir = folder();
    let mut seen = 0;
    for round in 0..24u32 {
        let mut child = sealed(command(dir.path(), "redact --mode pseudonym --vault v"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            // Until the reader is gone; after that the pipe stays open.
            for n in 0..150 {
                let line = format!("{n} {}\n", token(round * 1_000_000 + n));
                if stdin.write_all(line.as_bytes()).is_err() {
                    break;
                }
            }
            stdin
        });
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = String::new();
        for _ in 0..=round * 4 {
            out.read_line(&mut lines).unwrap();
        }
        // SIGKILL: nothing is written, flushed or unlocked.
        child.kill().unwrap();
        child.wait().unwrap();
        // What was written before is read all the same.
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut out, &mut rest).unwrap();
        lines.push_str(&String::from_utf8(rest).unwrap());
        drop(out);
        drop(writer.join().unwrap());
        let back = stdout(&restore(dir.path(), "", &lines));
        for (n, line) in back.lines().enumerate() {
            let whole = lines.lines().nth(n).unwrap().ends_with(']');
            let wanted = format!("{n} {}", token(round * 1_000_000 + n as u32));
            assert!(line == wanted || !whole, "round {round}: line {n} is lost: {line}");
            seen += usize::from(whole);
        }
    }
    assert!(seen > 500, "{seen}");
}
