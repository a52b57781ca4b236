//! Frames of AWS event streams: cut anywhere, rebuilt, and told from what is none.

use super::*;

/// A frame with one string header and a payload.
fn frame(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in [(":message-type", "event"), (":event-type", kind)] {
        headers.push(name.len() as u8);
        headers.extend(name.as_bytes());
        headers.push(STRING);
        headers.extend((value.len() as u16).to_be_bytes());
        headers.extend(value.as_bytes());
    }
    let mut out = Vec::new();
    out.extend(((PRELUDE + headers.len() + payload.len() + TRAILER) as u32).to_be_bytes());
    out.extend((headers.len() as u32).to_be_bytes());
    out.extend(crc32(&out).to_be_bytes());
    out.extend(headers);
    out.extend(payload);
    out.extend(crc32(&out).to_be_bytes());
    out
}

/// The example of the specification: no headers, no payload.
#[test]
fn the_empty_frame_of_the_specification() {
    let bytes = [0, 0, 0, 16, 0, 0, 0, 0, 5, 194, 72, 235, 125, 152, 200, 255];
    let mut parts = Vec::new();
    Frames::default().push(&bytes, &mut parts);
    let [Part::Frame(frame)] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(frame.around(b"", &[]), bytes);
}

#[test]
fn frames_for_every_cut() {
    let stream = [frame("chunk", b"{\"a\":1}"), frame("x", b""), frame("y", &[7; 300])].concat();
    for cut in 0..=stream.len() {
        let (mut frames, mut parts) = (Frames::default(), Vec::new());
        frames.push(&stream[..cut], &mut parts);
        frames.push(&stream[cut..], &mut parts);
        frames.end(&mut parts);
        assert_eq!(parts.len(), 3);
        let mut at = 0;
        for (part, kind) in parts.iter().zip(["chunk", "x", "y"]) {
            let Part::Frame(frame) = part else { panic!("cut at {cut}") };
            assert_eq!((frame.at, frame.header(":event-type")), (at, Some(kind)));
            assert_eq!(frame.header(":none"), None);
            assert_eq!(frame.around(frame.payload(), &[]), frame.bytes());
            at += frame.bytes().len();
        }
    }
}

#[test]
fn what_is_no_frame_is_handed_out_as_it_is() {
    let good = frame("chunk", b"{}");
    let mut bad = good.clone();
    bad[9] ^= 1;
    assert!(begins(&good) && !begins(&bad) && !begins(&good[..11]) && !begins(b"plain text, long"));
    let stream = [&good[..], &bad, b"text"].concat();
    let (mut frames, mut parts) = (Frames::default(), Vec::new());
    stream.chunks(5).for_each(|piece| frames.push(piece, &mut parts));
    frames.end(&mut parts);
    let bytes: Vec<u8> = parts
        .iter()
        .flat_map(|part| match part {
            Part::Frame(frame) => frame.bytes().to_vec(),
            Part::Other(bytes) => bytes.clone(),
        })
        .collect();
    assert_eq!(bytes, stream);
    assert!(matches!(parts[0], Part::Frame(_)) && !matches!(parts[1], Part::Frame(_)));
}
