//! The word lists, all of our own making, and the small questions asked of them.
//!
//! Guarantees: comparisons ignore ASCII case and take linear time. Leaves out: any list of real passwords.

use crate::check::wordlist::WordList;
use crate::text::choice::Choice;

/// Last words of names that are about a secret and do not hold it.
pub(super) static AFTER_NOUN: WordList = WordList::new(
    "\
    hash hashed hashes hasher hashing digest checksum fingerprint salt count counts counter length len size limit \
    limits max min num number name names id ids identifier type types kind file files filename path paths dir url \
    uri urls endpoint host port field fields label placeholder hint prompt policy policies expiry expires expire \
    expired expiration exp ttl timeout lifetime duration validity age date time timestamp at in format algorithm \
    algo alg version rotation prefix suffix pattern regex regexp validator validators validation error errors \
    message msg status state enabled disabled required optional valid invalid strength input form column index \
    indices position offset usage budget cost price rate provider providers manager service store storage ref refs \
    reference selector mode class style schema icon button link page view reset source sources issuer audience scope \
    scopes role roles method methods func function callback handler helper factory builder generator parser encoder \
    decoder reader writer loader list map set dict array object title description desc text comment help example \
    test tests events event config configuration settings options opts params env var variable changed change \
    updated created modified visible visibility needed exists present missing match matches mismatch equal spec \
    template location bits uid alias arn mount volume namespace server domain realm region bucket table flow request \
    response result check checker grant backend interval retries attempts level owner user username email encoding \
    charset curve usages vault engine keyring parameter property attribute argument arg flag option feature category \
    context removed stripped omitted hidden masked redacted filtered replaced deleted dropped lost leaked revoked \
    rotated rejected refused accepted denied provided supplied sent received found forgotten unset incorrect \
    complexity strategy",
);

/// Words that hold one of our nouns by accident of spelling, or mean another thing.
pub(super) static NOT_NOUNS: WordList = WordList::new(
    "\
    keyboard keyboards keyword keywords keyframe keyframes keycode keydown keyup keypress keystroke keymap keyof \
    keyspace keystone keynote keypad hotkey hotkeys monkey donkey turkey jockey hockey whiskey tokenizer tokenize \
    tokenized tokenization detokenize author authors authority authored authoring authenticated authenticate \
    authenticator authentication authorized authorize authorizer passed passing passes passive passage passenger \
    passport bypass compass secretary secretly passwordless",
);

/// Before `key`, these make it something to look up or to publish.
pub(super) static BEFORE_KEY: WordList = WordList::new(
    "\
    websocket socket \
    public pub primary foreign partition sort cache row range object dict map lookup index idempotency publishable \
    site translation message locale registry group unique candidate composite natural surrogate hash shard routing \
    bucket sorting config storage query react data json column field label annotation tag node item element arrow \
    shift ctrl control alt meta enter escape delete tab press host known verify verification max min num first last \
    next prev sample dedup dedupe attribute property param kms output input",
);

/// Before `token`, these make it a piece of text, a page or a signal.
pub(super) static BEFORE_TOKEN: WordList = WordList::new(
    "\
    max min num total prompt completion input output cached reasoning thinking budget page next previous prev \
    continuation pagination cursor pad eos bos unk cls sep mask special stop start end begin image audio text \
    cancellation cancel current peek lexer syntax parse sync used remaining new added extra vocab avg average \
    context per generated first last number count limit usage design color",
);

/// Anywhere before `key` or `token`, these say that it is given to everybody.
pub(super) static PUBLISHED: WordList = WordList::new("public publishable");

/// Anywhere before `token`, these say that tokens are counted.
pub(super) static COUNTED: WordList = WordList::new("ratelimit rate limit remaining billed");

/// Before `secret` or `password`, these say that it is named here and kept elsewhere.
pub(super) static BEFORE_SECRET: WordList = WordList::new(
    "\
    existing image pull forgot forgotten reset show hide has is require requires no use with without invalid wrong \
    missing allow enable disable min max toggle validate check verify generate tls hashed",
);

/// Anywhere in a name, these say that its value was made up.
pub(super) static MADE_UP: WordList = WordList::new(
    "\
    expected dummy fake mock mocked sample example placeholder",
);

/// Before `key`, these make it a secret.
pub(super) static NOUNS: WordList = WordList::new(
    "\
    api access private secret signing encryption encrypt master auth app application account client service admin \
    server shared license session subscription consumer developer deploy security jwt hmac aes crypto cipher webhook \
    integration write ingest ingestion org",
);

/// Words that alone make a name tell of a secret.
pub(super) static TELLING: WordList = WordList::new(
    "\
    secret token password passwd pwd passphrase passcode apikey apitoken secretkey accesskey privatekey authtoken \
    accesstoken appsecret appkey clientsecret credential credentials authkey masterkey authorization bearer pat",
);

/// What stands where a value is not yet chosen.
pub(super) static PLACEHOLDERS: Choice<45> = Choice::new([
    "changeme",
    "changethis",
    "changeit",
    "placeholder",
    "example",
    "sample",
    "dummy",
    "replace",
    "insert",
    "todo",
    "fixme",
    "foobar",
    "notreal",
    "notasecret",
    "goeshere",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourpassword",
    "yourapi",
    "yourown",
    "youraccess",
    "yourauth",
    "yourclient",
    "yourproject",
    "yourservice",
    "yourprivate",
    "xxxx",
    "tobefilled",
    "fillme",
    "fillin",
    "enteryour",
    "secrethere",
    "keyhere",
    "tokenhere",
    "passwordhere",
    "fake",
    "mock",
    "invalid",
    "unused",
    "whatever",
    "loremipsum",
    "donotuse",
    "notused",
    "deadbeef",
]);

/// How a value tells that it was hidden.
pub(super) static HIDDEN: Choice<5> =
    Choice::new(["redact", "[filtered", "[hidden", "[masked", "scrubbed"]);

/// Words that together name a credential and are none: `my-secret-token`, `api_key`, `the password`.
pub(super) static FILLERS: WordList = WordList::new(
    "\
    password passwd passwort pass pwd passphrase secret secrets token tokens key keys api apikey auth authentication \
    authorization oauth credential credentials access refresh bearer basic jwt client private public user username \
    name my your the a an some something anything new old current value string here this is test testing demo default db database app \
    application service server account admin root id super very long random secure safe strong valid invalid bad \
    wrong good real fake mock dev prod production development staging local ci github gitlab openai anthropic google \
    aws azure and or of for in to from not set with signing session encryption master code personal webhook x sk pk \
    encrypted hashed plain text field input type confirm confirmation repeat reset forgot login header data file env \
    var only please enter put add use me change be do must should can at least characters",
);

/// Nouns that in a value tell that it names a credential instead of being one.
pub(super) static CREDENTIALS: WordList = WordList::new(
    "\
    password passwd pwd passphrase passcode secret token apikey credential credentials passwords secrets tokens",
);

/// Stems that people take when a password is only to be typed in a test or until somebody changes it.
pub(super) static STEMS: WordList = WordList::new(
    "\
    password passwd pass pwd passwort secret letmein opensesame qwerty qwertz azerty asdf asdfgh zxcvbn welcome hello \
    admin administrator root user guest test testing tester demo default dummy sample temp foo bar baz foobar abc abcd \
    xyz master login changeme change me my the super new old dev prod local root postgres mysql mongo redis \
    rabbit oracle minio elastic token key api db database iloveyou monkey dragon",
);

/// Accounts that are there from the start, whose names people take for passwords.
pub(super) static ACCOUNTS: WordList =
    WordList::new("admin administrator root test tester user guest demo pass");

/// Those of them that own the machine.
pub(super) static OWNERS: WordList = WordList::new("admin administrator root guest");

/// Values of other kinds than text.
pub(super) static LITERALS: WordList = WordList::new(
    "\
    true false null nil none undefined nan yes no on off required optional disabled enabled default empty auto \
    unknown n/a na void todo tbd missing unset expired valid invalid always never inherit nullptr none, ok error \
    failed success hidden visible sensitive unlimited generated automatic manual",
);

/// Types of several languages and of databases.
pub(super) static TYPES: WordList = WordList::new(
    "\
    string str int integer bool boolean number float double bytes byte object any char text varchar nvarchar blob \
    uuid list array dict map optional vec buffer uint8array secretstr secretstring securestring long short date \
    datetime timestamp json jsonb enum func function promise record option result box arc cow never symbol \
    bigint decimal nonetype iterator slice pathbuf path file binary base64 hex charsequence cstring \
    literal union callable typing",
);

/// First words of a reference in code.
pub(super) static ROOTS: WordList = WordList::new(
    "\
    self this cls super config cfg conf settings process os env environ req request res response ctx context args \
    argv opts options params props state data event user secrets vars var local module app client session body \
    headers form input payload auth credentials creds vault values spec metadata window document import std crate \
    github inputs steps needs matrix runner flask django system random_password each resource aws_ test db row \
    result item node query string strings json crypto hashlib base64 uuid math",
);

/// Endings of file names that stand where a key or a password would.
pub(super) static FILE_ENDINGS: WordList = WordList::new(
    "\
    .pem .key .crt .cer .json .txt .yaml .yml .toml .ini .env .conf .cfg .md .html .js .ts .tsx .py .go .rs .java \
    .rb .php .sh .p12 .pfx .jks .png .svg .gpg .asc .pub .properties .xml .com .org .net .io .dev .local .vue .css \
    .cs .c .h .cpp .log .lock",
);

/// Schemes of the `Authorization` header.
pub(super) static SCHEMES: WordList = WordList::new("bearer basic token digest apikey");

/// Words that begin a statement or an expression.
pub(super) static KEYWORDS: WordList = WordList::new(
    "\
    return await async yield new func function lambda let const var struct class import from raise throw try catch if else for \
    while match switch case break continue def fn pub range static void final delete typeof instanceof",
);

/// Names of algorithms and encodings that carry digits.
pub(super) static ALGORITHMS: WordList = WordList::new(
    "\
    sha1 sha224 sha256 sha384 sha512 md5 hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 es512 ps256 eddsa ed25519 \
    x25519 rsa2048 rsa4096 rsa ecdsa secp256k1 secp256r1 aes128 aes192 aes256 bcrypt scrypt argon2 argon2id pbkdf2 \
    base64 base32 utf8 oauth2 oauth blake3 hmac gcm cbc oidc saml2 x509 ntlm ed448 p256",
);

/// Whether `text` holds `word`, whatever its case.
pub(super) use crate::check::context::holds as contains_word;

/// Hashes made for storing passwords announce themselves: `$2b$…`, `$argon2id$…`, `{SSHA}…`, `pbkdf2_sha256$…`.
pub(super) fn is_stored_hash(value: &[u8]) -> bool {
    let dollars = value.iter().filter(|b| **b == b'$').count();
    let named =
        value.starts_with(b"$") || value.starts_with(b"pbkdf2") || value.starts_with(b"bcrypt");
    (named && dollars >= 2)
        || value.starts_with(b"{SSHA")
        || value.starts_with(b"{SHA")
        || value.starts_with(b"{CRYPT")
        || is_salted_digest(value)
}

/// `sha1:salt:digest`, as notebooks keep it.
fn is_salted_digest(value: &[u8]) -> bool {
    let mut parts = value.split(|b| *b == b':');
    let algorithm = parts.next().is_some_and(|name| ALGORITHMS.holds(name));
    let hex = |part: &[u8]| part.len() >= 8 && part.iter().all(u8::is_ascii_hexdigit);
    algorithm && parts.next().is_some_and(hex) && parts.next().is_some_and(hex)
}
