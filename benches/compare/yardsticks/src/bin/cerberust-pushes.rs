//! Pushes a text of UTF-8 through cerberust's output stream, a few characters at a time: `cerberust-pushes FILE CHARACTERS
//! REPEATS`. Prints a line for each push: nanoseconds (the least of the repeats), bytes held after it.

use cerberust::middleware::stream::StreamOutput;
use cerberust::{Direction, ScannerStack, SecretScanner};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [path, size, repeats] = args.as_slice() else { return Err("three arguments".into()) };
    let (text, size) = (std::fs::read_to_string(path)?, size.parse::<usize>()?);
    let characters: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = characters.chunks(size).map(|piece| piece.iter().collect()).collect();
    let mut pushes = vec![(u64::MAX, 0); pieces.len()];
    for _ in 0..repeats.parse::<usize>()? {
        let scanner = SecretScanner::new().with_direction(Direction::Output);
        let mut stack = ScannerStack::new(vec![Box::new(scanner)], true);
        let mut stream = StreamOutput::new(&stack);
        let mut held = 0_usize;
        for (piece, push) in pieces.iter().zip(&mut pushes) {
            let started = Instant::now();
            let out = stream.push(&mut stack, piece)?;
            let took = started.elapsed().as_nanos() as u64;
            held = (held + piece.len()).saturating_sub(out.len());
            *push = (push.0.min(took), held);
        }
        stream.finish(&mut stack)?;
    }
    let lines: Vec<String> = pushes.iter().map(|(took, held)| format!("{took} {held}\n")).collect();
    print!("{}", lines.concat());
    Ok(())
}
