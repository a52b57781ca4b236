//! Which rules can match a value at all, by its length and its alphabet: one question for all of them.
//!
//! Guarantees: never says no where a rule's pattern would match the whole value.

use std::sync::Arc;

use crate::rules::packed::packed_fields;
use crate::rules::rule::{Kind, LONGEST_VALUE, Rule};
use crate::text::byteset::ByteSet;

/// Shorter values hold too little to be told from a word or a number.
const SHORTEST: usize = 16;

/// What rules with the same lengths and alphabet have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    least: usize,
    most: usize,
    class: ByteSet,
}

#[derive(Debug, Default)]
pub(crate) struct Shapes {
    shapes: Vec<Shape>,
    /// For each length: the shapes that allow it.
    by_length: Vec<Vec<u16>>,
    /// The shape of each rule, if it takes part.
    of_rule: Vec<Option<u16>>,
}

packed_fields!(Shape { least, most, class });
packed_fields!(Shapes { shapes, by_length, of_rule });

/// The shapes that one value has.
pub(crate) struct Fits<'s> {
    shapes: &'s Shapes,
    len: usize,
    class: ByteSet,
}

impl Shapes {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Shapes {
        let mut shapes: Vec<Shape> = Vec::new();
        let mut of_rule = Vec::with_capacity(rules.len());
        for rule in rules {
            let pattern = rule.pattern.as_ref().filter(|_| rule.kind == Kind::Context);
            let shape = pattern.map(|pattern| Shape {
                least: pattern.min_len().max(SHORTEST),
                most: pattern.max_len().min(LONGEST_VALUE),
                class: pattern.bytes(),
            });
            let shape = shape.filter(|shape| shape.least <= shape.most);
            of_rule.push(shape.and_then(|shape| {
                let at = shapes.iter().position(|other| *other == shape).unwrap_or_else(|| {
                    shapes.push(shape);
                    shapes.len() - 1
                });
                u16::try_from(at).ok()
            }));
        }
        let mut by_length = vec![Vec::new(); LONGEST_VALUE + 1];
        for (shape, number) in shapes.iter().zip(0u16..) {
            for of_length in by_length.iter_mut().take(shape.most + 1).skip(shape.least) {
                of_length.push(number);
            }
        }
        Shapes { shapes, by_length, of_rule }
    }

    /// What `value` can be, or `None` if no rule has its shape.
    pub(super) fn fits(&self, value: &[u8]) -> Option<Fits<'_>> {
        let of_length = self.by_length.get(value.len())?;
        if of_length.is_empty() {
            return None;
        }
        let fits = Fits { shapes: self, len: value.len(), class: ByteSet::of(value) };
        of_length.iter().any(|n| fits.has(*n)).then_some(fits)
    }
}

impl Fits<'_> {
    fn has(&self, shape: u16) -> bool {
        self.shapes.shapes.get(usize::from(shape)).is_some_and(|shape| {
            (shape.least..=shape.most).contains(&self.len) && self.class.is_subset(shape.class)
        })
    }

    /// Whether rule `number` can match the value.
    pub(super) fn holds(&self, number: u32) -> bool {
        let shape = self.shapes.of_rule.get(number as usize).copied().flatten();
        shape.is_some_and(|shape| self.has(shape))
    }
}
