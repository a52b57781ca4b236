//! The inventory in a real PostgreSQL server, started for the test and stopped by it.
//!
//! Without the server's programs the test says so and is skipped; with `KEYSIEVE_OUTSIDE=required`, as in CI, that is a failure.

#![cfg(feature = "postgres")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keysieve_inventory::audit::Fault;
use keysieve_inventory::{Error, Inventory, Key, Query, Sighting, Status};
use postgres::{Client, NoTls};

const NOON: u64 = 1_790_000_000_000;

struct Server {
    child: Child,
    folder: tempfile::TempDir,
}

/// Where Debian and others put the server's programs.
fn program(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = versions.map(|it| it.path().join("bin")).collect();
    places.extend(["/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    places.into_iter().map(|it| it.join(name)).find(|it| it.is_file())
}

/// A command of the server, which refuses to run as root.
fn unprivileged(program: &Path) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    command
}

impl Server {
    fn start() -> Option<Server> {
        let (Some(initdb), Some(postgres)) = (program("initdb"), program("postgres")) else {
            println!("skipped: no PostgreSQL");
            assert!(std::env::var_os("KEYSIEVE_OUTSIDE").is_none_or(|it| it != "required"));
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let open = Command::new("chmod").arg("777").arg(folder.path()).status().unwrap();
        assert!(open.success());
        let cluster = folder.path().join("cluster");
        let mut init = unprivileged(&initdb);
        init.args(["-U", "keysieve", "-A", "trust", "-E", "UTF8", "--no-sync", "-D"]).arg(&cluster);
        let init = init.current_dir(folder.path()).output().unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let mut server = unprivileged(&postgres);
        server.arg("-D").arg(&cluster).arg("-k").arg(folder.path());
        server.args(["-c", "listen_addresses=", "-c", "fsync=off"]).current_dir(folder.path());
        let child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Server { child, folder };
        let begin = Instant::now();
        while Client::connect(&server.address(), NoTls).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(30), "the server did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    fn address(&self) -> String {
        let socket = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://keysieve@{socket}/postgres")
    }

    fn open(&self, key: u8) -> Result<Inventory, Error> {
        Inventory::open(Path::new(&self.address()), Key::new([key; 32]), NOON)
    }

    fn reading(&self) -> Inventory {
        let key = Some(Key::new([1; 32]));
        Inventory::open_for_reading(Path::new(&self.address()), key).unwrap()
    }

    fn tamper(&self, sql: &str) {
        Client::connect(&self.address(), NoTls).unwrap().batch_execute(sql).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn sighting(n: usize, source: &str) -> Sighting {
    let json = serde_json::json!({
        "fingerprint": format!("ks1:{n:040x}"), "fingerprint_key": "given", "rule": "acme-token",
        "title": "Acme token", "category": "saas", "severity": "high", "preview": "acme_…(34)",
        "source": source, "action": "report",
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn the_books_in_a_server() {
    let Some(server) = Server::start() else { return };
    let address = server.address();
    let nothing = Inventory::open_for_reading(Path::new(&address), None);
    assert!(matches!(nothing, Err(Error::Foreign)));

    let mut books = server.open(1).unwrap();
    let mut seen = vec![sighting(1, "a"), sighting(1, "a"), sighting(1, "b"), sighting(2, "a")];
    seen[2] = seen[2].clone().seen_by(Some("agent:planner"));
    books.record(&seen, NOON).unwrap();
    let all = books.list(&Query::default()).unwrap();
    assert_eq!(all.iter().map(|it| it.times).collect::<Vec<_>>(), [3, 1]);
    assert_eq!((all[0].blast.contexts, all[0].blast.sources, all[0].blast.principals), (2, 2, 1));
    assert_eq!(books.exposures(&all[0], 10).unwrap().len(), 2);
    let by = Query {
        principal: Some("agent:planner".into()),
        severity: Some("high".into()),
        ..Query::default()
    };
    assert_eq!(books.count(&by).unwrap(), 1);
    assert!(matches!(server.open(2), Err(Error::OtherKey)));

    // Four writers at once.
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let server = &server;
            scope.spawn(move || {
                let mut books = server.open(1).unwrap();
                for n in 10..30 {
                    books.record(&[sighting(n, &format!("w{writer}"))], NOON).unwrap();
                    let print = format!("{n:040x}");
                    books
                        .set_status(&print, Status::Accepted, "ann", Some("why"), NOON + 1)
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(books.statuses(NOON).unwrap().0, [2, 0, 20]);
    assert_eq!(books.trend(1, NOON + 2).unwrap()[0].open, 2);
    let verified = server.reading().verify(None).unwrap();
    assert_eq!((verified.entries, &verified.faults), (81, &vec![]));
    assert_eq!(books.prune(NOON + 5, "ann", NOON + 6).unwrap(), 20);

    server.tamper("UPDATE audit SET who = 'eve' WHERE seq = 3");
    assert_eq!(server.reading().verify(None).unwrap().faults, [Fault::Changed(3)]);
    server.tamper("UPDATE audit SET who = 'ann' WHERE seq = 3; DELETE FROM audit WHERE seq > 80");
    assert_eq!(server.reading().verify(None).unwrap().faults, [Fault::Truncated(82)]);
}
