//! One pass over what fits: the best hits, and counts for narrowing the search.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use super::document::{FACTS, NUMBER, UPDATED};
use super::facts::{ALL_CATEGORIES, CAPABILITIES, Facts, KINDS, PRICES};

/// What is collected.
pub(super) struct Collect {
    /// Best hits that are wanted.
    pub most: usize,
    /// Whether the newest are the best, instead of those that weigh most.
    pub by_time: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How many documents fit.
    pub total: u64,
    /// Weight, time and number of the best, best first.
    pub best: Vec<(Score, u64, u64)>,
    /// Counts by capability, in the order of [`Capability::ALL`].
    pub capabilities: [u64; CAPABILITIES],
    /// Counts by category, in the order of the categories.
    pub categories: [u64; ALL_CATEGORIES],
    /// Counts by price, in the order of [`PriceModel::ALL`].
    pub prices: [u64; PRICES],
    /// Counts by number of the publisher.
    pub publishers: Vec<u64>,
}

/// A hit, ordered so that the worst is the greatest: a heap of them gives away the worst.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    score: Score,
    updated: u64,
    number: u64,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then(other.updated.cmp(&self.updated))
            .then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

/// Collects in one segment.
pub(super) struct Segment {
    most: usize,
    by_time: bool,
    number: Column<u64>,
    facts: Column<u64>,
    updated: Column<u64>,
    heap: BinaryHeap<Ranked>,
    total: u64,
    /// Counts by kind.
    kinds: Vec<u64>,
    publishers: Vec<u64>,
}

impl Collector for Collect {
    type Fruit = Found;
    type Child = Segment;

    fn for_segment(&self, _: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<Segment> {
        let fast = reader.fast_fields();
        Ok(Segment {
            most: self.most,
            by_time: self.by_time,
            number: fast.u64(NUMBER)?,
            facts: fast.u64(FACTS)?,
            updated: fast.u64(UPDATED)?,
            heap: BinaryHeap::new(),
            total: 0,
            kinds: vec![0; KINDS],
            publishers: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        !self.by_time
    }

    fn merge_fruits(&self, segments: Vec<Found>) -> tantivy::Result<Found> {
        let mut all = Found::default();
        let mut best: Vec<Ranked> = Vec::new();
        for found in segments {
            all.total += found.total;
            for (sum, count) in all.capabilities.iter_mut().zip(found.capabilities) {
                *sum += count;
            }
            for (sum, count) in all.categories.iter_mut().zip(found.categories) {
                *sum += count;
            }
            for (sum, count) in all.prices.iter_mut().zip(found.prices) {
                *sum += count;
            }
            if all.publishers.len() < found.publishers.len() {
                all.publishers.resize(found.publishers.len(), 0);
            }
            for (sum, count) in all.publishers.iter_mut().zip(found.publishers) {
                *sum += count;
            }
            best.extend(
                found
                    .best
                    .into_iter()
                    .map(|(score, updated, number)| Ranked {
                        score,
                        updated,
                        number,
                    }),
            );
        }
        best.sort_unstable();
        best.truncate(self.most);
        all.best = best
            .into_iter()
            .map(|hit| (hit.score, hit.updated, hit.number))
            .collect();
        Ok(all)
    }
}

impl SegmentCollector for Segment {
    type Fruit = Found;

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        let (kind, publisher) = Facts::unpack(self.facts.first(document).unwrap_or_default());
        if let Some(count) = self.kinds.get_mut(kind) {
            *count += 1;
        }
        if self.publishers.len() <= publisher {
            self.publishers.resize(publisher + 1, 0);
        }
        if let Some(count) = self.publishers.get_mut(publisher) {
            *count += 1;
        }
        let score = if self.by_time { 0.0 } else { score };
        let is_full = self.heap.len() >= self.most;
        if is_full && self.heap.peek().is_none_or(|worst| score < worst.score) {
            return;
        }
        let value = |column: &Column<u64>| column.first(document).unwrap_or_default();
        let hit = Ranked {
            score,
            updated: value(&self.updated),
            number: value(&self.number),
        };
        if !is_full {
            self.heap.push(hit);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }

    fn harvest(self) -> Found {
        let mut found = Found {
            total: self.total,
            publishers: self.publishers,
            ..Found::default()
        };
        for (kind, count) in self.kinds.into_iter().enumerate().filter(|(_, n)| *n > 0) {
            let facts = Facts::of(kind);
            for (index, sum) in found.capabilities.iter_mut().enumerate() {
                if facts.capabilities & (1 << index) != 0 {
                    *sum += count;
                }
            }
            if let Some(sum) = found.categories.get_mut(facts.category) {
                *sum += count;
            }
            if let Some(sum) = found.prices.get_mut(facts.price) {
                *sum += count;
            }
        }
        found.best = self
            .heap
            .into_iter()
            .map(|hit| (hit.score, hit.updated, hit.number))
            .collect();
        found
    }
}
