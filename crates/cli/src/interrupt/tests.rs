//! What a panic says and leaves behind. The test runs itself once more as the process that panics.

use std::process::Command;

use super::*;

const CHILD: &str = "KEYSIEVE_TEST_PANICS_IN";

#[test]
fn a_panic_tells_its_place_only_and_leaves_no_file() {
    if let Some(folder) = std::env::var_os(CHILD) {
        install();
        let path = PathBuf::from(folder).join("unfinished");
        let _kept = Unfinished::create(path, |path| fs::write(path, "half")).unwrap();
        panic!("payload with {}", "something secret");
    }
    let dir = tempfile::tempdir().unwrap();
    let name = "interrupt::tests::a_panic_tells_its_place_only_and_leaves_no_file";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]).env(CHILD, dir.path());
    let out = command.output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("keysieve failed: internal error at "), "{said}");
    assert!(!said.contains("payload") && !said.contains("secret"), "{said}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn an_unfinished_file_goes_with_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    let make = || Unfinished::create(from.clone(), |path| fs::write(path, "x")).unwrap().0;
    drop(make());
    assert!(!from.exists());
    make().rename(&to).unwrap();
    assert!(to.exists() && !from.exists());
}
