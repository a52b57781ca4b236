//! Where the detection of one text stands: what is suspended, what waits its turn. Offsets only, never bytes.

use std::collections::{BTreeMap, VecDeque};

use super::LOOK_BACK;
use super::anchored::Phase;
use super::assignment::Assignment;
use super::companion::Singles;
use super::known::scan::KnownScan;
use super::phrase::PhraseScan;
use super::prefilter::{Edge, Hit};
use super::program::Program;
use super::random::RunScan;
use super::resolve::Resolver;
use super::runs::Runs;
use crate::rules::rule::LONGEST_VALUE;

/// A rule (or the assignment parser) with something unfinished.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lane {
    pub(crate) open: Option<Open>,
    /// Triggers behind the open one, in order.
    pub(crate) queue: VecDeque<Hit>,
    /// End of the lane's last finding; triggers before it are skipped.
    pub(crate) last_end: usize,
}

/// A candidate that needs bytes which have not arrived.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) hit: Hit,
    /// Where its match would begin.
    pub(crate) start: usize,
    pub(crate) stage: Stage,
    /// The earliest offset at which its secret can begin.
    pub(crate) hold: usize,
    /// Not worth trying again before the window reaches this offset or a delimiter arrives.
    pub(crate) retry_at: usize,
}

/// What of a lane matters to what follows.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    number: u32,
    last_end: usize,
    open: Option<(Hit, (usize, usize), bool)>,
    queue: VecDeque<Hit>,
}

impl Open {
    /// What it is, however far it has come: the trigger, where its match and its secret begin, and whether it is followed to
    /// its end.
    fn told(&self) -> (Hit, (usize, usize), bool) {
        let is_tail = matches!(self.stage, Stage::Anchored(Phase::Tail(_)));
        (self.hit, (self.start, self.hold), is_tail)
    }
}

/// What kind of evaluation is suspended.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// A rule's pattern or tail.
    Anchored(Phase),
    /// The assignment parser, which begins anew.
    Assignment,
}

/// The state of one text.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The prefilter has seen every byte before this offset.
    pub(crate) scanned: usize,
    /// Where the anchors and keywords begin that are cut there.
    pub(crate) edge: Edge,
    /// Every byte before this offset was handed out.
    pub(crate) emitted: usize,
    /// Whether the placeholder of the finding that begins at `emitted` was announced already.
    pub(crate) announced: bool,
    /// Anchor hits that wait until all earlier ones are known.
    pub(crate) hits: Vec<Hit>,
    pub(crate) lanes: BTreeMap<u32, Lane>,
    pub(crate) runs: Runs,
    pub(crate) random: RunScan,
    pub(crate) phrase: PhraseScan,
    pub(crate) known: KnownScan,
    pub(crate) resolver: Resolver,
    pub(crate) singles: Singles,
    /// The assignment that was judged last: every word for a credential in its name leads to it again.
    pub(crate) judged: Option<Assignment>,
}

impl State {
    /// Back to the beginning of a text, keeping allocations.
    pub(crate) fn reset(&mut self) {
        self.scanned = 0;
        self.edge = Edge::default();
        self.emitted = 0;
        self.announced = false;
        self.hits.clear();
        self.lanes.clear();
        self.runs.clear();
        self.random = RunScan::default();
        self.phrase.clear();
        self.known.clear();
        self.resolver.clear();
        self.singles.clear();
        self.judged = None;
    }

    /// At the offset `offset`, as if the text began there.
    pub(crate) fn at(offset: usize) -> State {
        State {
            scanned: offset,
            edge: Edge { horizon: offset, holding: offset },
            emitted: offset,
            random: RunScan::at(offset),
            phrase: PhraseScan::at(offset),
            known: KnownScan::at(offset),
            ..State::default()
        }
    }

    /// A copy from which another thread can go on: candidates that are under way begin again. None if one cannot.
    pub(crate) fn portable(&self) -> Option<State> {
        let mut copy = self.clone();
        let begins_again = |lane: &mut Lane| match &mut lane.open {
            Some(Open { stage: Stage::Anchored(phase), start, .. }) => phase.restart(*start),
            Some(Open { stage: Stage::Assignment, .. }) | None => true,
        };
        (!self.announced && copy.lanes.values_mut().all(begins_again)).then_some(copy)
    }

    /// Whether the same follows from both. `other` is portable, and so is what agrees with it.
    pub(crate) fn agrees(&self, other: &State, program: &Program) -> bool {
        // Runs that were measured are true of the text for either.
        let floor = self.scanned.saturating_sub(program.prefilter.longest());
        let lanes = |state: &State| -> Vec<Standing> {
            let standing = state.lanes.iter().map(|(number, lane)| Standing {
                number: *number,
                last_end: if lane.last_end > floor { lane.last_end } else { 0 },
                open: lane.open.as_ref().map(Open::told),
                queue: lane.queue.clone(),
            });
            standing.filter(|it| it.last_end > 0 || it.open.is_some()).collect()
        };
        (self.scanned, self.edge, self.emitted) == (other.scanned, other.edge, other.emitted)
            && self.announced == other.announced
            && self.hits == other.hits
            && lanes(self) == lanes(other)
            && self.random.agrees(&other.random)
            && self.phrase.agrees(&other.phrase)
            && (program.known.is_none() || self.known == other.known)
            && self.resolver.agrees(&other.resolver, self.emitted)
            && self.singles.agrees(&other.singles, self.emitted)
    }

    /// The earliest byte any later step may look at.
    pub(crate) fn floor(&self) -> usize {
        let open = self.lanes.values().filter_map(|lane| lane.open.as_ref()).map(|o| o.start);
        let hits = self.hits.iter().map(|hit| hit.start);
        let first = open.chain(hits).min().unwrap_or(usize::MAX);
        first
            .min(self.emitted)
            .min(self.scanned)
            .min(self.random.hold_from())
            .min(self.phrase.hold_from())
            .saturating_sub(LOOK_BACK)
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        let queued = self.lanes.values().map(|lane| lane.queue.capacity()).sum::<usize>();
        size_of::<State>()
            + (queued + self.hits.capacity()) * size_of::<Hit>()
            + self.lanes.len() * 2 * size_of::<Lane>()
    }

    /// The most bytes a stream may have to hold for one open candidate besides its own length.
    pub(crate) const SLACK: usize = LOOK_BACK + LONGEST_VALUE;
}
