//! Counts newlines with memchr in the files named: what reading the bytes and looking at each of them costs.

use std::io::Read;

fn main() -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 18];
    let (mut lines, mut bytes) = (0, 0);
    for path in std::env::args_os().skip(1) {
        let mut file = std::fs::File::open(path)?;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            bytes += read;
            lines += memchr::memchr_iter(b'\n', &buffer[..read]).count();
        }
    }
    println!("{lines} {bytes}");
    Ok(())
}
