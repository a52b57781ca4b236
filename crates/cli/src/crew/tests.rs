//! Order and bounds of results.

use std::path::PathBuf;

use super::*;

fn sources(n: usize) -> Vec<Source> {
    (0..n).map(|i| Source { path: PathBuf::from(i.to_string()), named: true }).collect()
}

#[test]
fn results_come_in_the_order_of_sources() {
    let mut written = Vec::new();
    let sources = sources(500);
    let turn = Turn::new(|results: Vec<String>| {
        written.extend(results);
        Ok(())
    });
    let benches = run(
        4,
        &sources,
        &turn,
        &Idle::default(),
        || 0,
        |count, source, hand| {
            *count += 1;
            // Uneven work, and now and then more than one hand holds.
            let n: usize = source.name().parse().unwrap();
            let many = if n.is_multiple_of(100) { IN_HAND + 3 } else { n % 3 };
            for _ in 0..many {
                hand.put(source.name());
            }
        },
    );
    assert_eq!(benches.unwrap().into_iter().sum::<usize>(), 500);
    turn.finish().unwrap();
    let order: Vec<usize> = written.iter().map(|name| name.parse().unwrap()).collect();
    assert!(order.is_sorted());
    assert_eq!(
        order.len(),
        5 * (IN_HAND + 3) + (0..500).filter(|n| n % 100 != 0).map(|n| n % 3).sum::<usize>()
    );
}

#[test]
fn a_failed_writer_ends_the_work() {
    let sources = sources(10_000);
    let turn = Turn::new(|_: Vec<u8>| Err(Failure::ClosedPipe));
    let benches = run(
        2,
        &sources,
        &turn,
        &Idle::default(),
        || 0,
        |count, _, hand| {
            *count += 1;
            hand.put(1);
        },
    );
    assert!(benches.unwrap().into_iter().sum::<usize>() < 10_000);
    assert!(matches!(turn.finish(), Err(Failure::ClosedPipe)));
}
