//! What stands between lengths and checksums is redacted like plain text, and lengths and checksums hold afterwards.

mod common;

use std::ops::ControlFlow;

use common::frames::{BEDROCKS, Bedrock, field, frame, framed, payloads, spans, with_headers};
use common::{Seen, scanner, seen, soup};
use keysieve::synth::Dice;
use keysieve::{Envelope, Finding, Mode, Pack, Profile, Redactor};

fn token() -> String {
    let pack = Pack::builtin();
    let rule = pack.rules().find(|rule| rule.id() == "github-pat").unwrap();
    String::from_utf8(soup::token(&pack, rule, 9)).unwrap()
}

/// What comes out of a stream that arrives in pieces of `piece` bytes.
fn redacted(
    redactor: &Redactor,
    envelope: Envelope,
    bytes: &[u8],
    piece: usize,
) -> (Vec<Seen>, Vec<u8>) {
    let mut found = Vec::new();
    let mut out = Vec::new();
    let sink = |finding: &Finding| {
        let (rule, span, sure, about) = seen(finding);
        found.push((rule, span, sure, format!("{about} {:?}", finding.encoding())));
        ControlFlow::Continue(())
    };
    let mut stream = redactor.enveloped(envelope, &mut out, sink);
    bytes.chunks(piece).for_each(|piece| stream.write(piece).unwrap());
    stream.end().unwrap();
    drop(stream);
    (found, out)
}

#[test]
fn a_text_in_frames_is_redacted_as_the_whole() {
    let pack = Pack::builtin();
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    for (turn, rule) in pack.rules().enumerate().step_by(7) {
        let bedrock = BEDROCKS[turn / 7 % BEDROCKS.len()];
        let example = soup::examples(&pack, rule, 5).swap_remove(0);
        let text = format!("Here it is:\n{}\nand so on.\n", String::from_utf8_lossy(&example));
        let stream = bedrock.stream(&text, &mut Dice::new(turn as u64), 4);
        let (_, clean) = redacted(&redactor, Envelope::EventStream, &stream, 4096);
        let want = redactor.redact(text.as_bytes()).into_owned();
        let want = String::from_utf8(want).unwrap();
        assert_eq!(bedrock.text(&clean), want, "{} over {bedrock:?}", rule.id());
    }
}

#[test]
fn every_cut_of_a_stream_of_frames() {
    let text = format!("export GITHUB_TOKEN={}\ndone\n", token());
    for (bedrock, mode) in
        BEDROCKS.into_iter().zip([Mode::Label, Mode::Mask, Mode::Hash, Mode::Remove])
    {
        let redactor = Redactor::new(&scanner(Profile::Redact), mode);
        let stream = bedrock.stream(&text, &mut Dice::new(4), 5);
        let whole = redacted(&redactor, Envelope::EventStream, &stream, stream.len());
        assert_eq!(whole.0.len(), 1, "{bedrock:?}");
        for piece in [1, 2, 3, 5, 11, 16, 17, 64, 100, 333] {
            let got = redacted(&redactor, Envelope::EventStream, &stream, piece);
            assert_eq!(got, whole, "{bedrock:?} in pieces of {piece}");
        }
        let (start, end) = whole.0[0].1;
        assert!(start < end && end <= stream.len());
        payloads(&whole.1);
    }
}

#[test]
fn frames_without_findings_stay_as_they_are() {
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let stream = [
        Bedrock::Chunks.stream("Nothing to see here, move on.", &mut Dice::new(1), 6),
        frame("odd kind!", b"\xff\xfe no JSON"),
        frame("chunk", b"{\"bytes\":\"not base64!\"}"),
        frame("empty", b""),
        b"and this is no frame at all".to_vec(),
    ]
    .concat();
    for piece in [1, 7, stream.len()] {
        let got = redacted(&redactor, Envelope::EventStream, &stream, piece);
        assert_eq!(got, (Vec::new(), stream.clone()));
    }
}

#[test]
fn a_secret_behind_what_is_no_frame_is_hidden() {
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let text = format!("broken {}\n", token());
    let stream = [frame("x", b"{}"), text.clone().into_bytes()].concat();
    let (found, clean) = redacted(&redactor, Envelope::EventStream, &stream, 3);
    assert_eq!(found.len(), 1);
    assert_eq!(&stream[found[0].1.0..found[0].1.1], token().as_bytes());
    assert!(clean.ends_with(b"broken [REDACTED:github-pat]\n"));
}

#[test]
fn findings_in_frames_tell_where_they_stand() {
    let text = format!("{} ", token());
    let scanner = scanner(Profile::Alert);
    let redactor = Redactor::new(&scanner, Mode::Label);
    for (bedrock, path) in [
        (Bedrock::Text, "$.contentBlockDelta.delta.text"),
        (Bedrock::Tool, "$.contentBlockDelta.delta.toolUse.input"),
        (Bedrock::Chunks, "$.delta.text"),
    ] {
        let mut stream = redactor.enveloped(Envelope::EventStream, Vec::new(), |f: &Finding| {
            assert_eq!(f.path(), Some(path));
            assert!(f.channel().is_some() && f.encoding()[0] == "eventstream");
            ControlFlow::Continue(())
        });
        stream.write(&bedrock.stream(&text, &mut Dice::new(2), 3)).unwrap();
        stream.end().unwrap();
    }
}

#[test]
fn a_trace_in_protobuf_is_rebuilt_around_what_is_hidden() {
    let token = token();
    let messages = format!("[{{\"role\":\"user\",\"content\":\"it is\\n{token} \\\"ok\\\"\"}}]");
    let attributes = [
        ("gen_ai.request.model", "m"),
        ("gen_ai.input.messages", messages.as_str()),
        ("db.password", "tr0ub4dor-and-3x!"),
    ];
    let bytes = spans(&attributes);
    assert_eq!(Envelope::of(&bytes), Some(Envelope::OtlpProtobuf));
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let (found, clean) = redacted(&redactor, Envelope::OtlpProtobuf, &bytes, 10);
    let hidden = messages.replace(&token, "[REDACTED:github-pat]");
    let want = spans(&[
        attributes[0],
        (attributes[1].0, &hidden),
        (attributes[2].0, "[REDACTED:generic-password]"),
    ]);
    assert_eq!(clean, want);
    assert_eq!(found.len(), 2);
    assert_eq!(&bytes[found[1].1.0..found[1].1.1], b"tr0ub4dor-and-3x!");
    let path = "$.resourceSpans[0].scopeSpans[0].spans[0].attributes[1].value.stringValue";
    assert!(found[0].3.contains(path) && found[0].3.contains("Prompt"), "{}", found[0].3);
    for piece in [1, 3, 50, bytes.len()] {
        let got = redacted(&redactor, Envelope::OtlpProtobuf, &bytes, piece);
        assert_eq!(got, (found.clone(), clean.clone()));
    }
}

#[test]
fn a_message_that_is_none_is_read_as_bytes() {
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let good = spans(&[("a", "b")]);
    let (_, clean) = redacted(&redactor, Envelope::OtlpProtobuf, &good, 9);
    assert_eq!(clean, good);
    // Cut short, it is no message; what stands in it is hidden all the same.
    let bytes = spans(&[("note", &format!("it is {} ", token()))]);
    let cut = &bytes[..bytes.len() - 1];
    let (found, clean) = redacted(&redactor, Envelope::OtlpProtobuf, cut, 9);
    assert_eq!(found.len(), 1);
    assert!(clean.windows(10).any(|w| w == b"[REDACTED:"));
    assert!(!clean.windows(12).any(|w| token().as_bytes().windows(12).any(|t| t == w)));
    // Values in values, deeper than anybody follows them.
    let mut value = field(1, token().as_bytes());
    for _ in 0..200 {
        value = field(5, &field(1, &value));
    }
    let deep = [field(1, b"k"), field(2, &value)].concat();
    let deep = field(1, &field(1, &field(1, &deep)));
    assert_eq!(redacted(&redactor, Envelope::OtlpProtobuf, &deep, 99).0.len(), 1);
}

#[test]
fn text_is_no_envelope() {
    for text in [&b""[..], b"\n\n\n\n", b"{\"a\":1}", b"\n\x0a\x08\n\x06\n\x04text", &[0; 64]] {
        assert_eq!(Envelope::of(text), None);
    }
}

/// A frame of the given type with one more header.
fn headed(name: &str, value: &str, payload: &[u8]) -> Vec<u8> {
    framed(&[(":event-type", "exception"), (name, value), (":message-type", "event")], payload)
}

#[test]
fn headers_of_frames_are_redacted_with_their_lengths_and_checksums() {
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let error = format!("the key {} is not valid", token());
    let text = format!("use {} here", token());
    let stream = [
        Bedrock::Text.stream("hello", &mut Dice::new(3), 2),
        headed(":error-message", &error, br#"{"message":"no"}"#),
        headed("x-password", "tr0ub4dor-and-3x!", b""),
        Bedrock::Chunks.stream(&text, &mut Dice::new(5), 4),
    ]
    .concat();
    let (found, clean) = redacted(&redactor, Envelope::EventStream, &stream, stream.len());
    assert_eq!(found.len(), 3);
    assert_eq!(&stream[found[0].1.0..found[0].1.1], token().as_bytes());
    assert_eq!(&stream[found[1].1.0..found[1].1.1], b"tr0ub4dor-and-3x!");
    let hidden = error.replace(&token(), "[REDACTED:github-pat]");
    let mut want = headed(":error-message", &hidden, br#"{"message":"no"}"#);
    want.extend(headed("x-password", "[REDACTED:generic-password]", b""));
    assert!(clean.windows(want.len()).any(|part| part == want));
    payloads(&clean);
    for piece in 1..stream.len() {
        let got = redacted(&redactor, Envelope::EventStream, &stream, piece);
        assert_eq!(got, (found.clone(), clean.clone()), "in pieces of {piece}");
    }
    // What was put in is put out, whatever kinds of headers stand beside it.
    let odd =
        [&[1, b'a', 0, 1, b'b', 2, 7, 1, b'c', 8][..], &[0; 8], &[1, b'd', 9], &[1; 16]].concat();
    let secret = [&[1, b'k', 7, 0, 40][..], token().as_bytes()].concat();
    let bytes = with_headers(&[odd.clone(), secret].concat(), b"{}");
    let (_, clean) = redacted(&redactor, Envelope::EventStream, &bytes, 9);
    let hidden = [&[1, b'k', 7, 0, 21][..], b"[REDACTED:github-pat]"].concat();
    assert_eq!(clean, with_headers(&[odd, hidden].concat(), b"{}"));
}

/// A message behind the prefix of gRPC.
fn prefixed(flag: u8, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &(message.len() as u32).to_be_bytes(), message].concat()
}

#[test]
fn a_call_of_grpc_is_redacted_with_its_length() {
    let redactor = Redactor::new(&scanner(Profile::Redact), Mode::Label);
    let message = |text: &str| spans(&[("gen_ai.prompt", text), ("n", "nothing")]);
    let text = format!("it is {} ", token());
    let hidden = "it is [REDACTED:github-pat] ";
    let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";
    let body = |text: &str| {
        let (first, clean) = (prefixed(0, &message(text)), prefixed(0, &message("clean")));
        [first, clean, prefixed(1, packed), prefixed(0, &message(text))].concat()
    };
    let bytes = body(&text);
    assert_eq!(Envelope::of(&bytes), Some(Envelope::OtlpProtobuf));
    assert_eq!(Envelope::of(&prefixed(1, packed)), Some(Envelope::OtlpProtobuf));
    let whole = redacted(&redactor, Envelope::OtlpProtobuf, &bytes, bytes.len());
    assert_eq!(whole.1, body(hidden));
    assert_eq!(whole.0.len(), 2);
    for (_, (start, end), ..) in &whole.0 {
        assert_eq!(&bytes[*start..*end], token().as_bytes());
    }
    for piece in 1..bytes.len() {
        assert_eq!(redacted(&redactor, Envelope::OtlpProtobuf, &bytes, piece), whole);
    }
    // A message that is cut, or none, is read as bytes; a compressed one passes and is counted.
    let cut = &bytes[..message(&text).len()];
    let (found, clean) = redacted(&redactor, Envelope::OtlpProtobuf, cut, 7);
    assert_eq!(found.len(), 1);
    assert!(!clean.windows(40).any(|w| w == token().as_bytes()));
    let mut stream = redactor.enveloped(Envelope::OtlpProtobuf, Vec::new(), keysieve::Ignore);
    stream.write(&prefixed(1, packed)).unwrap();
    stream.end().unwrap();
    assert_eq!((stream.compressed(), stream.scanner().stats().limits_hit), (1, 1));
    assert_eq!(stream.finish().unwrap(), prefixed(1, packed));
}
