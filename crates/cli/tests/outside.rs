//! Reports read by programs of other hands: published schemas, models and parsers, and a browser.
//!
//! A program that is not there is said and skipped; with `KEYSIEVE_OUTSIDE=required`, as in CI, that is a failure.

mod receiver;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use receiver::node;
use support::{keysieve, token};

/// Formats that others read.
const FORMATS: &[&str] =
    &["sarif", "ocsf", "ecs", "cef", "github", "gitlab", "gitlab-quality", "html"];

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside").join(name)
}

/// A folder with hostile names and texts in it, and a report of it in every format.
fn reports() -> tempfile::TempDir {
    let folder = support::folder();
    let evil = "in/a|b=<b>,x/\u{1b}[31m\n::error::<img src=x onerror=document.title='owned'>.txt";
    let evil = folder.path().join(evil);
    fs::create_dir_all(evil.parent().unwrap()).unwrap();
    let script = "<script>document.title='owned'</script>";
    fs::write(&evil, format!("x\n{script} {} {script}\u{202e}\n", token(1))).unwrap();
    fs::write(folder.path().join("in/b.env"), format!("A={}\nB={}\n", token(1), token(2))).unwrap();
    for format in FORMATS {
        let mut command = keysieve(folder.path());
        command.args(["scan", "--no-builtin", "--pack", "acme.toml", "-f", format, "./in"]);
        let out = command.env("KEYSIEVE_KEY", "outside").output().unwrap();
        assert_eq!(support::code(&out), 1, "{format}");
        fs::write(folder.path().join(format!("report.{format}")), out.stdout).unwrap();
    }
    folder
}

/// Runs a program; a program that is not there is a skip.
fn run(mut command: Command) -> Option<(bool, String)> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(out) => {
            let said = String::from_utf8_lossy(&out.stdout).into_owned()
                + &String::from_utf8_lossy(&out.stderr);
            println!("{said}");
            Some((out.status.success(), said))
        }
        Err(_) => {
            println!("skipped: no {name}");
            let required = std::env::var_os("KEYSIEVE_OUTSIDE").is_some_and(|v| v == "required");
            assert!(!required, "{name} must be there");
            None
        }
    }
}

#[test]
fn schemas_and_parsers_take_every_format() {
    let folder = reports();
    let mut python = Command::new("python3");
    python.arg(script("formats.py")).arg(folder.path());
    if let Some((fine, said)) = run(python) {
        assert!(fine, "{said}");
    }
    node("ecs.js", &folder.path().join("report.ecs"));
}

#[test]
fn a_broken_report_is_refused() {
    let folder = reports();
    let path = folder.path().join("report.sarif");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replacen("\"ruleId\"", "\"ruleIdd\"", 1).replacen("\"text\"", "\"txt\"", 1),
    )
    .unwrap();
    fs::write(folder.path().join("report.cef"), "CEF:0|short\n").unwrap();
    let mut python = Command::new("python3");
    python.arg(script("formats.py")).arg(folder.path());
    if let Some((fine, said)) = run(python) {
        let read = said.contains("cef: 1 read") || said.contains("sarif: 3 read");
        assert!(!fine || !read, "{said}");
    }
}

/// What the browser makes of a page, as text; nothing if there is none.
fn dom(page: &Path, folder: &Path, extra: &[&str]) -> Option<String> {
    let browser = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok());
    let Some(browser) = browser else {
        run(Command::new("chromium"));
        return None;
    };
    let mut command = Command::new("timeout");
    command.arg("60").arg(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
    command.args(["--virtual-time-budget=2000", "--dump-dom"]).args(extra);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command.arg(format!("file://{}", page.display()));
    Some(String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned())
}

/// Uses the page like a person with a keyboard, and leaves what came of it in the title.
const VISITOR: &str = r#"<script>
window.addEventListener("load", () => {
  const said = [];
  const shown = () => document.getElementById("shown").textContent;
  const say = (type) => (name, bubbles = true) => document.getElementById(name).dispatchEvent(new Event(type, { bubbles }));
  said.push(shown());
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
  said.push(document.activeElement.id);
  document.getElementById("q").value = "b.env:2";
  say("input")("q");
  said.push(shown());
  document.getElementById("q").value = "";
  document.querySelector("input[value=high]").checked = false;
  say("input")("q");
  said.push(shown());
  const unnamed = [...document.querySelectorAll("input,select,button")].filter((e) => !e.labels?.length && !e.textContent);
  const levels = [...document.querySelectorAll("h1,h2,h3")].map((h) => +h.tagName[1]);
  said.push(unnamed.length, levels.every((level, i) => i === 0 ? level === 1 : level - levels[i - 1] <= 1));
  said.push(document.querySelectorAll("main").length, [...document.querySelectorAll("th")].every((th) => th.scope));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  said.push(new Set(ids).size === ids.length, document.documentElement.lang);
  document.title = "visited " + said.join("|");
});
</script>"#;

#[test]
fn the_page_works_in_a_browser_and_runs_nothing_foreign() {
    let folder = reports();
    let page = folder.path().join("page.html");
    let text = fs::read_to_string(folder.path().join("report.html")).unwrap();
    fs::write(&page, &text).unwrap();
    let Some(plain) = dom(&page, folder.path(), &[]) else { return };
    assert!(plain.contains("<title>Exposed credentials</title>"), "{plain}");
    // Its own script ran, under the policy that the page sets.
    assert!(plain.contains("2 of 2 shown"), "{plain}");
    let policy_end = text.find("<meta name=\"viewport\"").unwrap();
    let policy = text.find("<meta http-equiv").unwrap();
    let open = [&text[..policy], &text[policy_end..]].concat();
    fs::write(&page, open.replace("</body>", &format!("{VISITOR}</body>"))).unwrap();
    let visited = dom(&page, folder.path(), &[]).unwrap();
    let wants = "visited 2 of 2 shown|q|1 of 2 shown|0 of 2 shown|0|true|1|true|true|en";
    assert!(visited.contains(wants), "{}", visited.split("<style>").next().unwrap_or_default());
    // The same visitor is kept out where the policy stands.
    fs::write(&page, text.replace("</body>", &format!("{VISITOR}</body>"))).unwrap();
    assert!(!dom(&page, folder.path(), &[]).unwrap().contains("<title>visited"));
}

#[test]
fn the_page_shows_the_past_and_is_for_keyboards_and_screen_readers_too() {
    let folder = support::folder();
    let text = format!("{{\"role\":\"user\",\"content\":\"{} and {}\"}}\n", token(1), token(2));
    fs::write(folder.path().join("a.jsonl"), text).unwrap();
    let scan = |format: &str| {
        let mut command = keysieve(folder.path());
        command.args(["scan", "--no-builtin", "--pack", "acme.toml", "-f", format, "a.jsonl"]);
        command.args(["--inventory", "books.db"]).env("KEYSIEVE_KEY", "outside");
        command.output().unwrap()
    };
    scan("text");
    let page = folder.path().join("page.html");
    fs::write(&page, scan("html").stdout).unwrap();
    let text = fs::read_to_string(&page).unwrap();
    assert!(text.contains("In the inventory: 2 open, 0 rotated, 0 accepted."), "{text}");
    assert_eq!(text.matches("<rect class=\"open\"").count(), 30, "a bar for each day");
    assert!(text.contains("</th><td>2</td><td>2</td></tr></tbody>"), "today's numbers");
    node("page.js", &page);
}
