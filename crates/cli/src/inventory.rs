//! `keysieve inventory`: the books of exposed credentials.
//!
//! Reading needs no key; deciding and checking does. What is printed was made harmless for terminals, and for spreadsheets.

mod entered;
mod table;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use keysieve_inventory::audit::Head;
use keysieve_inventory::{CLOCK, Credential, Error, Inventory, Query, Sighting, Status, is_server};
use keysieve_report::neutral;
use serde::Serialize;

use crate::args::{
    BooksArgs, ExportArgs, FailOn, InventoryCommand, InventoryListArgs, InventoryShowArgs,
    ListFormat, PruneArgs, QueryArgs, RecordArgs, StatusArg, VerifyArgs, WhoArgs,
};
use crate::failure::{CLEAN, Count, FAULT, Failure};
use crate::talk::{self, Out, Voice};
use crate::{books, hiargs};

/// Open credentials under `--fail-on`, or a log that was tampered with.
const FOUND: u8 = 1;
/// Findings entered at once by `record`.
const PORTION: usize = 64 * 1024;
/// Lines that are no findings of which each is said.
const SAID: u64 = 10;
/// No finding is longer.
const LONGEST: u64 = 1024 * 1024;
const DAY: u64 = 24 * 60 * 60 * 1000;

pub(crate) fn run(command: &InventoryCommand, voice: Voice) -> Result<u8, Failure> {
    match command {
        InventoryCommand::Record(args) => record(args, voice),
        InventoryCommand::List(args) => list(args, voice),
        InventoryCommand::Show(args) => show(args),
        InventoryCommand::Export(args) => export(args),
        InventoryCommand::Verify(args) => verify(args),
        InventoryCommand::Prune(args) => prune(args, voice),
        InventoryCommand::SetStatus(args) => {
            let (path, mut books) = deciding(&args.books)?;
            let (who, note) = (who(&args.who), args.note.as_deref().map(talk::redacted));
            let status = status(args.status);
            let set =
                books.set_status(&args.fingerprint, status, &who, note.as_deref(), books::now());
            told(&path, set, &format!("{} by {who}", status.as_str()), voice)
        }
        InventoryCommand::SetOwner(args) => {
            let (path, mut books) = deciding(&args.books)?;
            let (who, owner) = (who(&args.who), args.owner.as_deref().map(talk::redacted));
            let owner = owner.as_deref();
            let set = books.set_owner(&args.fingerprint, owner, &who, books::now());
            told(&path, set, &format!("owner {}", owner.unwrap_or("nobody")), voice)
        }
    }
}

fn told(path: &Path, set: Result<String, Error>, what: &str, voice: Voice) -> Result<u8, Failure> {
    let fingerprint = set.map_err(|error| books::fault(path, &error))?;
    voice.note(&format!("{fingerprint}: {what}"));
    Ok(CLEAN)
}

/// The inventory that the options or the environment name.
pub(crate) fn path(args: &BooksArgs) -> Result<Option<PathBuf>, Failure> {
    Ok(books::named(args.inventory.as_deref()))
}

fn needed(args: &BooksArgs) -> Result<PathBuf, Failure> {
    let message = "which inventory? name it with --inventory FILE or KEYSIEVE_INVENTORY";
    path(args)?.ok_or_else(|| Failure::Fault(message.to_owned()))
}

fn reading(args: &BooksArgs) -> Result<(PathBuf, Inventory), Failure> {
    let path = needed(args)?;
    let (key, given) = hiargs::key(args.key_file.as_deref())?;
    let key = given.then(|| books::key(&key));
    let inventory = Inventory::open_for_reading(&path, key);
    inventory.map(|it| (path.clone(), it)).map_err(|error| books::fault(&path, &error))
}

fn writing(args: &BooksArgs) -> Result<(PathBuf, Inventory), Failure> {
    let path = needed(args)?;
    let (key, given) = hiargs::key(args.key_file.as_deref())?;
    if !given {
        return Err(books::needs_key(&path));
    }
    let inventory = Inventory::open(&path, books::key(&key), books::now());
    inventory.map(|it| (path.clone(), it)).map_err(|error| books::fault(&path, &error))
}

/// For decisions about what is there: a file that is not there was mistyped, and is not made.
fn deciding(args: &BooksArgs) -> Result<(PathBuf, Inventory), Failure> {
    let path = needed(args)?;
    if !is_server(&path) {
        std::fs::metadata(&path).map_err(|error| Failure::at(&path, &error))?;
    }
    writing(args)
}

fn who(args: &WhoArgs) -> String {
    let user = std::env::var("USER").ok().filter(|name| !name.is_empty());
    args.who.clone().or(user).map_or_else(|| "unknown".to_owned(), |who| talk::redacted(&who))
}

fn status(arg: StatusArg) -> Status {
    match arg {
        StatusArg::Open => Status::Open,
        StatusArg::Rotated => Status::Rotated,
        StatusArg::Accepted => Status::Accepted,
    }
}

fn query(args: &QueryArgs, limit: u64) -> Query {
    Query {
        status: args.status.map(status),
        severity: args.severity.clone(),
        rule: args.rule.clone(),
        owner: args.owner.clone(),
        source: args.source.clone(),
        principal: args.principal.clone(),
        open_since: args.overdue.then(|| books::now().saturating_sub(CLOCK)),
        limit: (limit > 0).then_some(limit),
    }
}

fn record(args: &RecordArgs, voice: Voice) -> Result<u8, Failure> {
    let (path, mut books) = writing(&args.books)?;
    let name = args.file.clone().unwrap_or_else(|| PathBuf::from("-"));
    let input: Box<dyn Read> = match &args.file {
        Some(file) => {
            Box::new(std::fs::File::open(file).map_err(|error| Failure::at(file, &error))?)
        }
        None => Box::new(std::io::stdin()),
    };
    let mut lines = Lines { input: BufReader::new(input), line: Vec::new(), number: 0 };
    let (mut entered, mut left_out, mut faults) = (0, 0, 0_u64);
    let mut portion: Vec<Sighting> = Vec::new();
    let mut enter = |portion: &mut Vec<Sighting>| -> Result<(), Failure> {
        let out =
            books.record(portion, books::now()).map_err(|error| books::fault(&path, &error))?;
        entered += portion.len() as u64 - out;
        left_out += out;
        portion.clear();
        Ok(())
    };
    while let Some(line) = lines.next().map_err(|error| Failure::at(&name, &error))? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Sighting>(line) {
            Ok(sighting) if entered::is_sound(&sighting) => {
                let mut sighting = sighting.seen_by(args.principal.as_deref());
                entered::clean(&mut sighting);
                portion.push(sighting);
            }
            _ => {
                faults += 1;
                if faults <= SAID {
                    // The line may hold anything: it is not quoted.
                    let number = lines.number;
                    voice.error(&format!("{}:{number}: not a finding", name.display()));
                }
            }
        }
        if portion.len() >= PORTION {
            enter(&mut portion)?;
        }
    }
    enter(&mut portion)?;
    if faults > SAID {
        voice.error(&format!("{} are no findings", Count(faults - SAID, "more line")));
    }
    voice.note(&format!("{} entered", Count(entered, "finding")));
    if left_out > 0 {
        voice.note(&format!(
            "{} left out: made with a key of one run only, set KEYSIEVE_KEY or --key-file when scanning",
            Count(left_out, "finding")
        ));
    }
    Ok(if faults == 0 { CLEAN } else { FAULT })
}

/// Lines of an input, of which no more than [`LONGEST`] bytes are held.
struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line; what is longer than a finding can be is cut, and then it is none.
    fn next(&mut self) -> std::io::Result<Option<&[u8]>> {
        self.line.clear();
        self.number += 1;
        let read = self.input.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)?;
        if read as u64 == LONGEST && self.line.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        Ok((read > 0).then_some(&self.line))
    }
}

fn list(args: &InventoryListArgs, voice: Voice) -> Result<u8, Failure> {
    let (path, books) = reading(&args.books)?;
    let fault = |error: Error| books::fault(&path, &error);
    let query = query(&args.query, args.limit);
    write_all(&path, &books, &query, args.format)?;
    if args.format == ListFormat::Text {
        let ([open, rotated, accepted], overdue) = statuses(&books, &query).map_err(fault)?;
        voice.note(&format!(
            "{open} open ({overdue} for more than 17 minutes), {rotated} rotated, {accepted} accepted"
        ));
    }
    let Some(state) = args.fail_on else { return Ok(CLEAN) };
    let open_since = (state == FailOn::Overdue).then(|| books::now().saturating_sub(CLOCK));
    if query.status.is_some_and(|status| status != Status::Open) {
        return Ok(CLEAN);
    }
    let failing =
        Query { status: Some(Status::Open), open_since: open_since.or(query.open_since), ..query };
    Ok(if books.count(&failing).map_err(fault)? > 0 { FOUND } else { CLEAN })
}

/// How many credentials of a selection are of each status, and how many of them have been open for too long.
fn statuses(books: &Inventory, query: &Query) -> Result<([u64; 3], u64), Error> {
    let count = |status: Status, open_since: Option<u64>| match query.status {
        Some(wanted) if wanted != status => Ok(0),
        _ => books.count(&Query { status: Some(status), open_since, ..query.clone() }),
    };
    let mut statuses = [0; 3];
    for (counted, status) in statuses.iter_mut().zip(Status::ALL) {
        *counted = count(status, query.open_since)?;
    }
    let overdue = count(Status::Open, Some(books::now().saturating_sub(CLOCK)))?;
    Ok((statuses, overdue))
}

fn export(args: &ExportArgs) -> Result<u8, Failure> {
    let (path, books) = reading(&args.books)?;
    write_all(&path, &books, &query(&args.query, 0), args.format)?;
    Ok(CLEAN)
}

/// Writes credentials as they come out of the database.
fn write_all(
    path: &Path,
    books: &Inventory,
    query: &Query,
    format: ListFormat,
) -> Result<(), Failure> {
    enum Ended {
        Books(Error),
        Output(std::io::Error),
    }
    impl From<Error> for Ended {
        fn from(error: Error) -> Ended {
            Ended::Books(error)
        }
    }
    let mut out = talk::stdout();
    let now = books::now();
    let mut first = true;
    let written = table::begin(&mut out, format).map_err(Ended::Output).and_then(|()| {
        books.each(query, |credential| {
            table::row(&mut out, format, &credential, now, std::mem::take(&mut first))
                .map_err(Ended::Output)
        })
    });
    let written = written.and_then(|()| {
        table::end(&mut out, format, first).and_then(|()| out.flush()).map_err(Ended::Output)
    });
    written.map_err(|ended| match ended {
        Ended::Books(error) => books::fault(path, &error),
        Ended::Output(error) => Failure::output(&error),
    })
}

fn show(args: &InventoryShowArgs) -> Result<u8, Failure> {
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        credential: &'a Credential,
        overdue: bool,
        seen_again: bool,
        steps: Vec<String>,
        exposures: Vec<keysieve_inventory::Exposure>,
    }
    let (path, books) = reading(&args.books)?;
    let fault = |error: Error| books::fault(&path, &error);
    let credential = books.credential(&args.fingerprint).map_err(fault)?;
    let exposures = books.exposures(&credential, 1000).map_err(fault)?;
    let now = books::now();
    if args.json {
        let whole = Whole {
            credential: &credential,
            overdue: credential.is_overdue(now),
            seen_again: credential.seen_again(),
            steps: credential.steps(),
            exposures,
        };
        let text = serde_json::to_string_pretty(&whole);
        let text = text.map_err(|error| Failure::Fault(error.to_string()))?;
        talk::print(format!("{text}\n").as_bytes())?;
    } else {
        let mut out: Out = talk::stdout();
        table::page(&mut out, &credential, &exposures, now)
            .and_then(|()| out.flush())
            .map_err(|error| Failure::output(&error))?;
    }
    Ok(CLEAN)
}

fn verify(args: &VerifyArgs) -> Result<u8, Failure> {
    let (path, books) = reading(&args.books)?;
    let kept: Option<Head> = match args.head.as_deref().map(str::parse) {
        Some(Err(())) => {
            let message = "--head: not a head; `verify` prints one";
            return Err(Failure::Fault(message.to_owned()));
        }
        Some(Ok(head)) => Some(head),
        None => None,
    };
    let verified = books.verify(kept.as_ref()).map_err(|error| books::fault(&path, &error))?;
    let mut out = String::new();
    for fault in &verified.faults {
        out.push_str(&format!("{}: {fault}\n", neutral(books::name(&path).as_bytes())));
    }
    if let (true, Some(head)) = (verified.faults.is_empty(), &verified.head) {
        out.push_str(&format!("{} entries hold; head {head}\n", verified.entries));
    }
    talk::print(out.as_bytes())?;
    Ok(if verified.faults.is_empty() { CLEAN } else { FOUND })
}

fn prune(args: &PruneArgs, voice: Voice) -> Result<u8, Failure> {
    let (path, mut books) = deciding(&args.books)?;
    let now = books::now();
    let before = now.saturating_sub(args.older_than.saturating_mul(DAY));
    let removed = books.prune(before, &who(&args.who), now);
    let removed = removed.map_err(|error| books::fault(&path, &error))?;
    voice.note(&format!("{} removed", Count(removed, "credential")));
    Ok(CLEAN)
}
