//! `keysieve restore`: originals in the place of stand-ins, where they may go.

use std::fs::File;
use std::io::{self, IsTerminal, Write};

use keysieve::{Carrier, Channel, Context, Policy, Restore, Restorer, Vault};
use std::path::Path;
use std::sync::Arc;

use crate::args::{CarrierArg, RestoreArgs};
use crate::failure::{CLEAN, Count, FAULT, Failure, reason};
use crate::hiargs;
use crate::policy;
use crate::sources::{self, CHUNK, Source};
use crate::talk::{self, Voice};
use crate::traces;
use crate::vault;

pub(crate) fn run(args: RestoreArgs, voice: Voice) -> Result<u8, Failure> {
    let vault: Arc<dyn Vault> = vault::existing(&args.vault)?;
    let bound = policy::bound(&args.policy)?;
    let context = policy::context(&args.policy.place)?;
    let place = Place { policy: bound.as_ref().map(|bound| bound.policy()), context: &context };
    let decided = place.decide(args.force)?;
    let paths = hiargs::paths(args.paths)?;
    // Without a buffer, in which originals would stay.
    let mut out = talk::direct()?;
    let (mut errors, mut counts) = (0, [0; 3]);
    for path in &paths {
        let restorer = Restorer::scoped(Arc::clone(&vault), &args.pseudonym_scope)
            .map_err(|error| Failure::Fault(reason(&error)))?
            .in_addresses(args.in_addresses || place.allows_addresses());
        let restorer = match decided {
            Restore::Block => restorer.blocking(),
            _ => restorer,
        };
        match one(path, restorer, decided, args.carrier, &mut out)? {
            Ok(done) => counts.iter_mut().zip(done).for_each(|(all, one)| *all += one),
            Err(what) => {
                errors += 1;
                voice.error(&format!("{}: {what}", path.display()));
            }
        }
    }
    let [restored, unknown, in_address] = counts;
    let mut said = format!("{} restored", Count(restored, "stand-in"));
    if unknown > 0 {
        said.push_str(&format!("; {unknown} not known to the vault, or expired"));
    }
    if in_address > 0 {
        said.push_str(&format!("; {in_address} left in addresses (--in-addresses)"));
    }
    if decided == Restore::Keep {
        "nothing is restored here: people read this".clone_into(&mut said);
    }
    voice.note(&said);
    Ok(if errors == 0 { CLEAN } else { FAULT })
}

/// Where the text goes.
struct Place<'a> {
    policy: Option<&'a Policy>,
    context: &'a Context,
}

impl Place<'_> {
    fn decide(&self, force: bool) -> Result<Restore, Failure> {
        if let Some(policy) = self.policy {
            return Ok(policy.restores(self.context));
        }
        let people = [Channel::Completion, Channel::Reasoning];
        if self.context.known_channel().is_some_and(|channel| people.contains(&channel)) {
            return Ok(Restore::Keep);
        }
        if io::stdout().is_terminal() && !force {
            let message = "restore puts secrets on a terminal only with --force";
            return Err(Failure::Fault(message.to_owned()));
        }
        Ok(Restore::Restore)
    }

    fn allows_addresses(&self) -> bool {
        self.policy.is_some_and(|policy| policy.restores_in_addresses(self.context))
    }
}

/// Copies one source; what was done to its stand-ins. The inner error is that of the source, the outer that of the output.
fn one(
    path: &Path,
    restorer: Restorer,
    decided: Restore,
    carrier: CarrierArg,
    out: &mut File,
) -> Result<Result<[u64; 3], String>, Failure> {
    let source = Source { path: path.to_owned(), named: true };
    let mut buffer = vec![0; CHUNK];
    let opened = source.open().and_then(|mut reader| {
        let got = sources::first_piece(&mut *reader, &mut buffer)?;
        Ok((reader, got))
    });
    let (mut reader, mut got) = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(reason(&error))),
    };
    let head = buffer.get(..got).unwrap_or_default().trim_ascii_start();
    let restorer = match carrier {
        CarrierArg::Text => restorer,
        CarrierArg::Auto if !begins_like_json(head) => restorer,
        CarrierArg::Auto | CarrierArg::Json => restorer.carrier(Carrier::Json),
    };
    let output = |error| Failure::output(&error);
    let mut stream = restorer.redactor().stream(out);
    while got > 0 {
        let piece = buffer.get(..got).unwrap_or_default();
        if decided == Restore::Keep {
            stream.writer_mut().write_all(piece).map_err(output)?;
        } else {
            stream.write(piece).map_err(output)?;
            traces::erase_stack();
        }
        got = match sources::read(&mut *reader, &mut buffer) {
            Ok(got) => got,
            Err(error) => return Ok(Err(reason(&error))),
        };
    }
    stream.end().map_err(output)?;
    let counts = restorer.counts();
    Ok(Ok([counts.restored, counts.unknown, counts.in_address]))
}

/// Whether a text that begins so is JSON, JSON lines or a stream of events.
fn begins_like_json(head: &[u8]) -> bool {
    let events: [&[u8]; 4] = [b"data:", b"event:", b"id:", b"{"];
    // A stand-in begins with a bracket, and so does a list.
    let list = head.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    let inside = list.is_some_and(|rest| rest.first().is_some_and(|b| b"[{\"".contains(b)));
    events.iter().any(|event| head.starts_with(event)) || inside
}
