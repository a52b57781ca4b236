//! Counts of what follows what, and the costs in bits they come to.
//!
//! Letters: Witten-Bell interpolation of trigram, bigram and unigram, mixed with a little of the uniform, so that no
//! single odd pair of letters decides. Digits and cases: plain additive smoothing.
//! Guarantees: every cost fits a byte (at most 15.9 bits), and the sum over one context is a distribution.

use std::collections::BTreeSet;

use super::alphabet::{
    CASES_LEN, Context, DIGITS_LEN, LETTERS_LEN, MODEL_LEN, STEPS_PER_BIT, SYMBOLS,
};

/// What a source of weight 1 adds up to, in tokens.
const TOKENS_PER_WEIGHT: f64 = 100_000.0;
/// Share of the uniform in the letter model.
const UNIFORM_SHARE: f64 = 0.01;

pub(super) struct Counts {
    cells: Vec<f64>,
}

impl Counts {
    pub(super) fn new() -> Self {
        Self { cells: vec![0.0; MODEL_LEN] }
    }

    /// Counts each token once, scaled so that the source has the weight it was given.
    pub(super) fn add(&mut self, tokens: &BTreeSet<Vec<u8>>, weight: f64) {
        let each = weight * TOKENS_PER_WEIGHT / tokens.len().max(1) as f64;
        for token in tokens {
            let mut context = Context::START;
            for &byte in token {
                let cells =
                    [Some(context.letter_at(byte)), context.digit_at(byte), context.case_at(byte)];
                for at in cells.into_iter().flatten() {
                    self.cells[at] += each;
                }
                context = context.after(byte);
            }
        }
    }

    /// The costs, quantised.
    pub(super) fn table(&self) -> Vec<u8> {
        let mut table = Vec::with_capacity(MODEL_LEN);
        let (letters, rest) = self.cells.split_at(LETTERS_LEN);
        let (digits, cases) = rest.split_at(DIGITS_LEN);
        letter_costs(letters, &mut table);
        for row in digits.chunks(10).chain(cases[..CASES_LEN].chunks(2)) {
            let total: f64 = row.iter().sum::<f64>() + row.len() as f64;
            table.extend(row.iter().map(|count| quantised((count + 1.0) / total)));
        }
        table
    }
}

fn letter_costs(counts: &[f64], table: &mut Vec<u8>) {
    let mut single = vec![0.0; SYMBOLS];
    let mut pairs = vec![0.0; SYMBOLS * SYMBOLS];
    for (at, count) in counts.iter().enumerate() {
        single[at % SYMBOLS] += count;
        pairs[at % (SYMBOLS * SYMBOLS)] += count;
    }
    let uniform = vec![1.0 / SYMBOLS as f64; SYMBOLS];
    let single = interpolated(&single, &uniform);
    let pairs: Vec<Vec<f64>> =
        pairs.chunks(SYMBOLS).map(|row| interpolated(row, &single)).collect();
    for (context, row) in counts.chunks(SYMBOLS).enumerate() {
        let shares = interpolated(row, &pairs[context % SYMBOLS]);
        table.extend(shares.iter().map(|share| {
            quantised(share * (1.0 - UNIFORM_SHARE) + UNIFORM_SHARE / SYMBOLS as f64)
        }));
    }
}

/// Witten-Bell: the more kinds of followers a context has, the more it trusts the shorter context.
fn interpolated(row: &[f64], shorter: &[f64]) -> Vec<f64> {
    let total: f64 = row.iter().sum();
    let kinds = row.iter().filter(|count| **count > 0.0).count().max(1) as f64;
    row.iter().zip(shorter).map(|(count, back)| (count + kinds * back) / (total + kinds)).collect()
}

fn quantised(share: f64) -> u8 {
    (-share.log2() * f64::from(STEPS_PER_BIT)).round().clamp(0.0, 255.0) as u8
}
