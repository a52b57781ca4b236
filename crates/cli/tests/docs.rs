//! The commands in the documents, run as they stand there.
//!
//! A line of a `console` block that begins with `$ ` is a command; the lines below it are what it says, on both outputs,
//! `[..]` standing for anything. `? N` is its exit code, 0 unless it is told. All blocks of a document share a folder and
//! the variables that they export or set.

use std::fs;
use std::path::Path;
use std::process::Command;

struct Step {
    command: String,
    says: Vec<String>,
    code: i32,
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            steps.push(Step { command: command.to_owned(), says: Vec::new(), code: 0 });
        } else if let Some(step) = steps.last_mut().filter(|_| inside) {
            match line.strip_prefix("? ") {
                Some(code) => step.code = code.parse().unwrap(),
                None => step.says.push(line.to_owned()),
            }
        }
    }
    steps
}

/// Whether a line is as the document says.
fn fits(pattern: &str, line: &str) -> bool {
    let mut rest = line;
    for (n, part) in pattern.split("[..]").enumerate() {
        match rest.find(part) {
            Some(at) if at == 0 || n > 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || pattern.ends_with("[..]")
}

fn run(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let steps = steps(&fs::read_to_string(path).unwrap());
    assert!(steps.len() > 3, "{name} has no examples");
    let folder = tempfile::tempdir().unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_keysieve")).parent().unwrap();
    let mut script = format!("PATH=\"{}:$PATH\"\nexec 2>&1\n", bin.display());
    for step in &steps {
        script.push_str(&format!("{}\nprintf '\\036%s\\036' $?\n", step.command));
    }
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).current_dir(folder.path());
    shell.env_remove("KEYSIEVE_KEY").env_remove("NO_COLOR");
    let out = shell.output().unwrap();
    let out = String::from_utf8(out.stdout).unwrap();
    let mut said = out.split('\u{1e}');
    for step in &steps {
        let text = said.next().unwrap();
        let code = said.next().unwrap_or_else(|| panic!("{name}: {}: {text}", step.command));
        let lines: Vec<&str> = text.lines().collect();
        let fit = lines.len() == step.says.len()
            && step.says.iter().zip(&lines).all(|(pattern, line)| fits(pattern, line));
        let wanted = step.says.join("\n");
        assert!(fit, "{name}: $ {}\n-- says\n{text}\n-- should say\n{wanted}", step.command);
        assert_eq!(code, step.code.to_string(), "{name}: $ {}", step.command);
    }
}

#[test]
fn the_inventory() {
    run("INVENTORY.md");
}

#[test]
fn the_alerts() {
    run("ALERTS.md");
}
