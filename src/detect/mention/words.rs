//! Names of providers and of credentials, as words in a text: how they are spelled and where they stand.
//!
//! Guarantees: linear time, total over any bytes. The lists are of our own making.

use std::ops::Range;

use crate::check::wordlist::WordList;
use crate::detect::boundary;
use crate::text::byteset::ByteSet;
use crate::text::choice::Choice;
use crate::text::simd::{Net, PLACES};

/// What names of credentials are made of besides their provider.
static CREDENTIAL: WordList = WordList::new(
    "\
    api key keys token tokens secret secrets access auth authentication authorization client id private app \
    application service account user bearer session sessionid webhook password credential credentials creds apikey \
    apitoken accesskey accesstoken secretkey privatekey appkey authkey authtoken public personal signing license bot \
    oauth oauth2 sdk server admin project org organization integration developer rest http https url uri host dsn pat \
    jwt refresh master cookie sig signature value val string x my the your our new old prod production staging stage \
    dev test testing live sandbox default primary secondary current login pass pwd subscription header read write \
    write_key data env config",
);

/// One of these must stand in a name that asks for a credential, or between a provider and an unnamed value.
static TELLING: Choice<10> = Choice::new([
    "key",
    "token",
    "secret",
    "private",
    "access",
    "auth",
    "sig",
    "credential",
    "bearer",
    "session",
]);

/// Where one of them may begin: their first three letters, in any case. Two of them that share a group let a few more pass.
pub(super) const TELLING_NET: Net = {
    let groups: [&[&[u8; PLACES]]; 8] = [
        &[b"key"],
        &[b"tok"],
        &[b"sec", b"ses"],
        &[b"pri"],
        &[b"acc", b"aut"],
        &[b"sig"],
        &[b"cre"],
        &[b"bea"],
    ];
    let mut net = Net { places: [[0; 128]; PLACES] };
    let mut group = 0;
    while group < groups.len() {
        let mut word = 0;
        while word < groups[group].len() {
            let mut place = 0;
            while place < PLACES {
                let letter = groups[group][word][place];
                net.places[place][letter as usize] |= 1 << group;
                net.places[place][letter.to_ascii_uppercase() as usize] |= 1 << group;
                place += 1;
            }
            word += 1;
        }
        group += 1;
    }
    net
};

/// Providers called by ordinary words, or by what has other uses in code.
static COMMON: WordList = WordList::new(
    "\
    abstract alchemy amazon amplitude apollo airship atlas autopilot azure backup bitcoin blogger bootstrap branch brave \
    bright bundle bunny butter canny capella capsule carbon center channel cicero circle clay clear clockwork close cloud \
    clubhouse code codes coda cognitive column comet commerce commodities computer confluence confluent connected consul \
    consumer content copper cosmos crowd currency currents customer cypress daily dandelion data debounce delighted deputy \
    detect digital django document docker drift droid drone dropbox easy elastic eleven email enigma envoy eraser etherscan \
    exchange face facebook factory fixer flight float forest forge form foursquare front fulcrum function functions \
    fury genie ghost git github gitlab google groove guardian guru harvest happy help here hive holiday holistic honeycomb \
    humanity hunter influx instantly intuit jenkins join kafka keen knapsack lambda language less line linear linked \
    logged loops lunch magnetic mail maps meta metal message mite mnemonic modal mode monday mongo mongodb neutrino \
    news nightfall nimble node nodes nonce noticeable notion odds open openai optimize owner packet page pages paradigm \
    particle people percy phantom pivotal plaid play polygon poly postgres postmark principal privacy prompt prospect \
    public pusher rails railway rapid raven record recovery refiner reply request roaring role root salesforce salt sanity \
    sauce scale scan scraper screenshot search secure security seed segment semaphore sentry shortcut signer sketch slack \
    smooch sonar spaces spark speech split splunk square stellar storage storm streak stream stripe sumo survey swell \
    tableau technical teletype tenable test text ticketmaster together tomorrow translator travis twelve twist twitch twitter \
    unseal upstage uptime value vapid vast vault vision visual wallet watson weights wise workers world yahoo yelp \
    youtube zero zoom",
);

/// What comes behind the last dot of the hosts that interfaces have.
const ENDINGS: [&[u8]; 12] =
    [b"com", b"io", b"net", b"org", b"ai", b"co", b"dev", b"app", b"me", b"cloud", b"tech", b"eu"];

/// What a rule's keyword says of the provider: `acme` for `acme_api_key`. `None` if it names none.
pub(super) fn provider(keyword: &str) -> Option<String> {
    let lower = keyword.to_ascii_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let parts: Vec<&str> =
        parts.filter(|p| !p.is_empty() && !CREDENTIAL.holds(p.as_bytes())).collect();
    let name = parts.join("_");
    (lower.is_ascii() && name.len() >= 3).then_some(name)
}

/// How a provider's name is written in hosts and names: its parts with any usual joint, or without.
pub(super) fn spellings(name: &str) -> Vec<String> {
    if !name.contains('_') {
        return vec![name.to_owned()];
    }
    ["", "_", "-", ".", " "].iter().map(|joint| name.replace('_', joint)).collect()
}

/// Whether a provider's name says little by itself.
pub(super) fn is_common(spelling: &[u8]) -> bool {
    spelling.len() < 4 || COMMON.holds(spelling)
}

/// Whether the provider's name at `place` stands for the provider there.
pub(super) fn stands(text: &[u8], place: Range<usize>, common: bool) -> bool {
    let word = text.get(place.clone()).unwrap_or_default();
    let before = place.start.checked_sub(1).and_then(|at| text.get(at)).copied();
    let rest = text.get(place.end..).unwrap_or_default();
    let after = rest.first().copied();
    if common {
        return in_host(before, rest) || heads_name(before, rest);
    }
    let hump = |a: Option<u8>, b: Option<u8>| {
        a.is_some_and(|a| a.is_ascii_lowercase()) && b.is_some_and(|b| b.is_ascii_uppercase())
    };
    let begins = !before.is_some_and(|b| b.is_ascii_alphanumeric())
        || hump(before, word.first().copied())
        || boundary::ends_escape(text.get(..place.start).unwrap_or_default());
    let ends = word.len() >= 6
        || !after.is_some_and(|b| b.is_ascii_alphanumeric())
        || hump(word.last().copied(), after);
    begins && ends
}

/// `api.acme.com`, `//acme.io/`: a label of a host name.
fn in_host(before: Option<u8>, rest: &[u8]) -> bool {
    let labelled = matches!(before, Some(b'.' | b'/' | b'@'));
    let [b'.', ending @ ..] = rest else { return false };
    labelled
        && ENDINGS.iter().any(|end| {
            ending.starts_with(end) && !ending.get(end.len()).is_some_and(u8::is_ascii_alphanumeric)
        })
}

/// `ACME_CLIENT_ID`, `acme-credentials`: the head of an identifier that is about a credential.
fn heads_name(before: Option<u8>, rest: &[u8]) -> bool {
    let begins = !before.is_some_and(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let [b'_' | b'-', tail @ ..] = rest else { return false };
    let word = tail.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    begins && CREDENTIAL.holds(tail.get(..word).unwrap_or_default())
}

/// Whether a line ends in `text`, also one that is escaped as in JSON.
pub(super) fn breaks_line(text: &[u8]) -> bool {
    text.contains(&b'\n') || text.windows(2).any(|pair| pair == b"\\n")
}

/// What stands behind the last end of a line in `text`.
pub(super) fn last_line(text: &[u8]) -> &[u8] {
    let plain = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let mut slashes = memchr::memrchr_iter(b'\\', text);
    let escaped = slashes.find(|at| text.get(at + 1) == Some(&b'n')).map_or(0, |at| at + 2);
    text.get(plain.max(escaped)..).unwrap_or_default()
}

/// Whether `text` speaks of a credential.
pub(super) fn tells_of_credential(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, first)| {
        TELLING.may_begin(*first)
            && TELLING.beginning(*first).any(|(_, word)| {
                let head = text.get(at..at + word.len());
                head.is_some_and(|head| head.eq_ignore_ascii_case(word))
            })
    })
}

/// Whether `name` ends with a word that speaks of one.
pub(super) fn ends_telling(name: &[u8]) -> bool {
    TELLING.iter().any(|word| {
        let tail = name.len().checked_sub(word.len()).and_then(|at| name.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word))
    })
}

/// Whether a name says "credential" and nothing else: `key`, `X-API-Key`, `PRIVATE-TOKEN`, `client_secret`.
pub(super) fn is_bare_name(name: &[u8]) -> bool {
    tells_of_credential(name) && parts(name).all(|part| CREDENTIAL.holds(part))
}

/// The words of a name, split at what is no letter and at humps.
fn parts(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let start = rest.iter().position(u8::is_ascii_alphanumeric)?;
        rest = rest.get(start..)?;
        let hump = |pair: &[u8]| {
            matches!(pair, [a, b] if !b.is_ascii_alphanumeric()
                || a.is_ascii_lowercase() && b.is_ascii_uppercase())
        };
        let end = rest.windows(2).position(hump).map_or(rest.len(), |at| at + 1);
        let (part, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(part)
    })
}

/// What stands between a name and its value.
const BINDS: ByteSet = ByteSet::EMPTY.with(b" \t\"'`\\:=>");

/// The name at the end of `text`, if what binds a value to it stands behind it: `&sig=`, `"key": "`, `Authorization:
/// Bearer `.
pub(super) fn bound_name(text: &[u8]) -> Option<&[u8]> {
    let text = text.get(text.len().saturating_sub(96)..).unwrap_or_default();
    let scheme = |word: &[u8]| {
        let at = text.len().checked_sub(word.len() + 1)?;
        let (head, tail) = text.split_at_checked(at)?;
        let (blank, tail) = tail.split_last()?;
        (*blank == b' ' && tail.eq_ignore_ascii_case(word)).then_some(head)
    };
    let schemes: [&[u8]; 4] = [b"bearer", b"token", b"apikey", b"basic"];
    let text = schemes.iter().find_map(|word| scheme(word)).unwrap_or(text);
    let gap = text.iter().rev().take_while(|b| BINDS.contains(**b)).count();
    let (head, gap) = text.split_at_checked(text.len() - gap).unwrap_or_default();
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let len = head.iter().rev().take_while(part).count();
    let bound = gap.iter().any(|b| matches!(b, b':' | b'=' | b'>')) && len > 0;
    bound.then(|| head.get(head.len() - len..)).flatten()
}
