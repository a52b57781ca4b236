//! Files against command lines.

use super::*;

fn with(text: &str, argv: &[&str]) -> Result<Vec<OsString>, String> {
    let matches = LowArgs::command().try_get_matches_from(argv).unwrap();
    let (names, inner) = innermost(&matches);
    match arguments(Path::new("dir/keysieve.toml"), text, &names, inner) {
        Ok(extra) => Ok(insert(argv.iter().map(OsString::from).collect(), &names, extra)),
        Err(Failure::Fault(message)) => Err(message),
        Err(other) => Err(format!("{other:?}")),
    }
}

#[test]
fn keys_become_options_of_the_command() {
    let argv =
        with("hidden = true\npack = [\"a.toml\"]\nthreads = 2\n", &["keysieve", "-q", "scan", "x"]);
    let mut argv = argv.unwrap();
    argv[3..6].sort();
    assert_eq!(
        argv,
        ["keysieve", "-q", "scan", "--hidden", "--pack=dir/a.toml", "--threads=2", "x"]
    );
}

#[test]
fn what_was_typed_wins() {
    let argv = with("profile = \"redact\"\n", &["keysieve", "scan", "--profile", "alert"]).unwrap();
    assert_eq!(argv, ["keysieve", "scan", "--profile", "alert"]);
}

#[test]
fn options_of_other_commands_are_left_out() {
    let argv = with("mode = \"mask\"\nhidden = false\n", &["keysieve", "rules", "list"]).unwrap();
    assert_eq!(argv, ["keysieve", "rules", "list"]);
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    let error = with("quiet = true\nprofil = \"redact\"\n", &["keysieve", "scan"]).unwrap_err();
    assert_eq!(error, "dir/keysieve.toml:2: unknown key `profil`; did you mean `profile`?");
}

#[test]
fn some_options_must_be_typed() {
    let error = with("show-secrets = true\n", &["keysieve", "scan"]).unwrap_err();
    assert!(error.ends_with("`show-secrets` can be given on the command line only"), "{error}");
}

#[test]
fn syntax_errors_have_a_line() {
    let error = with("a = \"\n", &["keysieve", "scan"]).unwrap_err();
    assert!(error.starts_with("dir/keysieve.toml:1: not valid TOML"), "{error}");
}
