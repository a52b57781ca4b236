//! What the first bytes say, and how pieces are read.

use std::collections::VecDeque;

use super::*;

/// Gives one piece at a time, however much is asked for.
struct Pieces(VecDeque<Vec<u8>>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.0.pop_front().unwrap_or_default();
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

fn pieces(all: &[&[u8]]) -> Pieces {
    Pieces(all.iter().map(|piece| piece.to_vec()).collect())
}

#[test]
fn kinds() {
    assert_eq!(kind(b""), Kind::Text);
    assert_eq!(kind(b"abc"), Kind::Text);
    assert_eq!(kind(b"\xef\xbb\xbfabc"), Kind::Text);
    assert_eq!(kind(b"a\0c"), Kind::Binary);
    assert_eq!(kind(b"\xff\xfea\0"), Kind::Utf16);
    assert_eq!(kind(b"\xfe\xff\0a"), Kind::Utf16);
    let mut late = vec![b'a'; BINARY_WITHIN];
    late.push(0);
    assert_eq!(kind(&late), Kind::Text);
}

#[test]
fn a_byte_order_mark_may_come_in_two_pieces() {
    let mut buffer = [0; 16];
    assert_eq!(first_piece(&mut pieces(&[b"\xff", b"\xfea"]), &mut buffer).unwrap(), 3);
    assert_eq!(first_piece(&mut pieces(&[b"h", b"ello"]), &mut buffer).unwrap(), 1);
    assert_eq!(first_piece(&mut pieces(&[b"\xff"]), &mut buffer).unwrap(), 1);
    assert_eq!(first_piece(&mut pieces(&[]), &mut buffer).unwrap(), 0);
}

#[test]
fn fill_tells_the_end() {
    let mut buffer = Vec::new();
    assert!(fill(&mut &b"abc"[..], &mut buffer, 4).unwrap());
    assert_eq!(buffer, b"abc");
    assert!(!fill(&mut &b"abcd"[..], &mut buffer, 4).unwrap());
}
