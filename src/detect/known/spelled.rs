//! The ways in which other formats write a secret that has more than letters and digits. What they do to letters and digits
//! (`\u0041`, `%41`) the engine undoes by itself.

/// The secret, and how JSON strings, URLs and HTML write it where that differs.
pub(super) fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![secret.to_vec()];
    let (json, web) = (json(secret, false), json(secret, true));
    for spelled in [json, web, percent(secret, false), percent(secret, true), html(secret)] {
        if !all.contains(&spelled) {
            all.push(spelled);
        }
    }
    all
}

/// As in a string of JSON; with what HTML minds as `\u003c`, as Go and others write it, if asked for.
fn json(secret: &[u8], web: bool) -> Vec<u8> {
    let escape = |byte: &u8| match byte {
        b'<' | b'>' | b'&' if web => format!("\\u00{byte:02x}").into_bytes(),
        b'"' | b'\\' => vec![b'\\', *byte],
        b'\n' => b"\\n".to_vec(),
        b'\r' => b"\\r".to_vec(),
        b'\t' => b"\\t".to_vec(),
        _ => vec![*byte],
    };
    secret.iter().flat_map(escape).collect()
}

/// RFC 3986: everything but unreserved characters; with `+` for blanks as in forms, if asked for.
fn percent(secret: &[u8], form: bool) -> Vec<u8> {
    let digit = |n: u8| if n < 10 { b'0' + n } else { b'A' + n - 10 };
    let escape = |byte: &u8| match byte {
        b' ' if form => vec![b'+'],
        b if b.is_ascii_alphanumeric() || b"-._~".contains(b) => vec![*b],
        b => vec![b'%', digit(b >> 4), digit(b & 15)],
    };
    secret.iter().flat_map(escape).collect()
}

fn html(secret: &[u8]) -> Vec<u8> {
    let escape = |byte: &u8| match byte {
        b'&' => b"&amp;".to_vec(),
        b'<' => b"&lt;".to_vec(),
        b'>' => b"&gt;".to_vec(),
        b'"' => b"&quot;".to_vec(),
        b'\'' => b"&#39;".to_vec(),
        _ => vec![*byte],
    };
    secret.iter().flat_map(escape).collect()
}
