//! What is written can be read, and what cannot be read is refused.

use super::*;

fn read<T: Packed>(bytes: &[u8]) -> Option<T> {
    unpack(Box::leak(bytes.to_vec().into_boxed_slice()))
}

#[test]
fn values_survive() {
    type Many = ((Vec<usize>, Option<Text>), (ByteSet, (bool, f32)));
    let many: Many = (
        (vec![0, 127, 128, 16_384, usize::MAX], Some("näme".into())),
        (ByteSet::TOKEN, (true, 3.25)),
    );
    assert_eq!(read::<Many>(&pack(&many)), Some(many));
}

#[test]
fn a_list_is_read_when_it_is_asked_for() {
    let list: Later<Vec<String>> = Later::now(vec!["a".to_owned(), String::new()]);
    let again: Later<Vec<String>> = read(&pack(&list)).unwrap();
    assert!(again.read.get().is_none());
    assert_eq!(*again, *list);
}

#[test]
fn bytes_that_end_early_or_late_are_refused() {
    let bytes = pack(&vec![ByteSet::ALNUM, ByteSet::TOKEN]);
    assert!(read::<Vec<ByteSet>>(&bytes).is_some());
    for len in 0..bytes.len() {
        assert!(read::<Vec<ByteSet>>(&bytes[..len]).is_none(), "{len}");
    }
    assert!(read::<Vec<ByteSet>>(&[&bytes[..], b"\0"].concat()).is_none());
    assert!(read::<Vec<usize>>(&[0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]).is_none());
}
