//! A set of rules with unique ids, in a fixed order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::benign::Benign;
use super::exemption::Exemption;
use super::layer::PackText;
use super::packed::{Packed, Text};
use super::rule::Rule;
use crate::error::Error;

/// The most rules packs may hold together.
pub(super) const MOST_RULES: usize = 20_000;

/// Rules with unique ids.
///
/// ```
/// let mine = keysieve::Pack::parse("acme.toml", r#"
/// [[rule]]
/// id = "acme-token"
/// title = "Acme token"
/// category = "saas"
/// why = "Reads and writes the owner's Acme projects."
/// severity = "high"
/// confidence = "certain"
/// anchors = ["acme_live_"]
/// pattern = 'acme_live_[0-9a-z]{24}'
/// hits = ["ACME={secret}", "token: {secret}"]
/// misses = ["acme_live_{lower:5}", "acme_live_"]
/// "#)?;
/// let all = keysieve::Pack::builtin().merge(mine);
/// assert!(all.rules().any(|rule| rule.id() == "acme-token"));
/// # Ok::<(), keysieve::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Pack {
    pub(super) rules: Vec<Arc<Rule>>,
    pub(super) exemptions: Vec<Arc<Exemption>>,
    /// Identities of the packs it was made of.
    pub(super) parts: Vec<String>,
    pub(super) benign: Vec<Arc<Benign>>,
}

impl Pack {
    /// A pack without rules.
    #[must_use]
    pub fn new() -> Pack {
        Pack::default()
    }

    /// Reads a pack that stands alone, or extends `builtin` and nothing else; see [`Pack::layer`] for those that need more.
    /// `name` stands in messages, usually the file's path.
    ///
    /// # Errors
    /// Names the line, the rule and the key when the text is not TOML, a key is unknown or missing, a pattern has
    /// no finite length or no anchor, or two rules share an id.
    pub fn parse(name: &str, text: &str) -> Result<Pack, Error> {
        let text =
            PackText { identity: name.to_owned(), name: name.to_owned(), text: text.to_owned() };
        Pack::new().layer(&text, &mut |wanted, _| {
            Err(format!("`{wanted}` is not at hand; only `builtin` is"))
        })
    }

    /// The packs that come with the library.
    #[cfg(feature = "builtin")]
    #[must_use]
    pub fn builtin() -> Pack {
        super::builtin::pack().clone()
    }

    /// Both packs in one; a rule or benign shape of `other` replaces that of the same id. Allow entries of both apply.
    #[must_use]
    pub fn merge(mut self, other: Pack) -> Pack {
        if self.rules.is_empty() {
            self.rules = other.rules;
        } else if !other.rules.is_empty() {
            let known = self.rules.iter().enumerate();
            let place: BTreeMap<Text, usize> = known.map(|(i, r)| (r.id.clone(), i)).collect();
            for rule in other.rules {
                match place.get(&rule.id).and_then(|&i| self.rules.get_mut(i)) {
                    Some(slot) => *slot = rule,
                    None => self.rules.push(rule),
                }
            }
        }
        self.exemptions.extend(other.exemptions);
        self.parts.extend(other.parts);
        for shape in other.benign {
            match self.benign.iter_mut().find(|known| known.id == shape.id) {
                Some(slot) => *slot = shape,
                None => self.benign.push(shape),
            }
        }
        self
    }

    /// The rules for which `keep` answers true.
    #[must_use]
    pub fn filter(mut self, mut keep: impl FnMut(&Rule) -> bool) -> Pack {
        self.rules.retain(|rule| keep(rule));
        self
    }

    /// The rules and benign shapes of the files for which `keep` answers true.
    #[must_use]
    pub fn of_files(mut self, mut keep: impl FnMut(&str) -> bool) -> Pack {
        self.rules.retain(|rule| keep(rule.file()));
        self.benign.retain(|shape| keep(&shape.file));
        self
    }

    /// The rules in order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter().map(|rule| &**rule)
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules().find(|rule| rule.id == id)
    }

    /// The rules alone.
    #[must_use]
    pub fn without_exemptions(mut self) -> Pack {
        self.exemptions.clear();
        self
    }

    /// What is let through, in order.
    pub fn exemptions(&self) -> impl ExactSizeIterator<Item = &Exemption> {
        self.exemptions.iter().map(|entry| &**entry)
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(crate) fn shared_exemptions(&self) -> &[Arc<Exemption>] {
        &self.exemptions
    }

    /// The benign shapes in order.
    pub(crate) fn benign(&self) -> &[Arc<Benign>] {
        &self.benign
    }

    /// The same rules without the benign shapes.
    pub(crate) fn without_benign(mut self) -> Pack {
        self.benign.clear();
        self
    }

    /// What the build worked out for the rules of this pack, if they are exactly those that are built in.
    pub(crate) fn prepared<T: Packed>(&self) -> Option<T> {
        #[cfg(feature = "builtin")]
        return super::builtin::prepared(self);
        #[cfg(not(feature = "builtin"))]
        None
    }

    pub(crate) fn shared(&self) -> &[Arc<Rule>] {
        &self.rules
    }
}
