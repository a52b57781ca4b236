//! A set of rules with unique ids, in a fixed order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::parse;
use super::rule::Rule;
use crate::error::{Error, ErrorKind};

/// The most rules one pack may hold.
const MOST_RULES: usize = 5_000;

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
    rules: Vec<Arc<Rule>>,
}

impl Pack {
    /// A pack without rules.
    #[must_use]
    pub fn new() -> Pack {
        Pack::default()
    }

    /// Reads a pack. `name` stands in messages, usually the file's path.
    ///
    /// # Errors
    /// Names the line, the rule and the key when the text is not TOML, a key is unknown or missing, a pattern has
    /// no finite length or no anchor, or two rules share an id.
    pub fn parse(name: &str, text: &str) -> Result<Pack, Error> {
        let parsed = parse::pack(name, text)?;
        if parsed.rules.len() > MOST_RULES {
            let message = format!("a pack holds at most {MOST_RULES} rules");
            return Err(Error::new(ErrorKind::Config, message).at(name, 1));
        }
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in &parsed.rules {
            if let Some(first) = seen.insert(&rule.id, rule.line) {
                let message = format!("the id is used already, in line {first}");
                let error = Error::new(ErrorKind::Duplicate, message);
                return Err(error.at(name, rule.line).in_rule(&rule.id));
            }
        }
        Ok(Pack { rules: parsed.rules.into_iter().map(Arc::new).collect() })
    }

    /// The packs that come with the library.
    #[cfg(feature = "builtin")]
    #[must_use]
    pub fn builtin() -> Pack {
        super::builtin::pack().clone()
    }

    /// Both packs in one; a rule of `other` replaces the rule of the same id.
    #[must_use]
    pub fn merge(mut self, other: Pack) -> Pack {
        let place: BTreeMap<String, usize> =
            self.rules.iter().enumerate().map(|(i, rule)| (rule.id.clone(), i)).collect();
        for rule in other.rules {
            match place.get(&rule.id).and_then(|&i| self.rules.get_mut(i)) {
                Some(slot) => *slot = rule,
                None => self.rules.push(rule),
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

    /// The rules in order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter().map(|rule| &**rule)
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules().find(|rule| rule.id == id)
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

    pub(crate) fn shared(&self) -> &[Arc<Rule>] {
        &self.rules
    }
}
