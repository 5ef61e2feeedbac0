//! One pass over what fits: the best hits, and counts for narrowing the search.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use guildhall_package::Capability;
use guildhall_package::market::money::PriceModel;
use guildhall_package::market::search::CATEGORIES;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use super::document::{
    CAPABILITY_BITS, CATEGORY_NUMBER, NUMBER, PRICE_NUMBER, PUBLISHER_NUMBER, UPDATED,
};

const CAPABILITIES: usize = Capability::ALL.len();
const PRICES: usize = PriceModel::ALL.len();
/// With the one of those without one.
const ALL_CATEGORIES: usize = CATEGORIES.len() + 1;

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
    pub publishers: HashMap<u64, u64>,
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
    bits: Column<u64>,
    category: Column<u64>,
    price: Column<u64>,
    publisher: Column<u64>,
    updated: Column<u64>,
    heap: BinaryHeap<Ranked>,
    found: Found,
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
            bits: fast.u64(CAPABILITY_BITS)?,
            category: fast.u64(CATEGORY_NUMBER)?,
            price: fast.u64(PRICE_NUMBER)?,
            publisher: fast.u64(PUBLISHER_NUMBER)?,
            updated: fast.u64(UPDATED)?,
            heap: BinaryHeap::new(),
            found: Found::default(),
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
            for (publisher, count) in found.publishers {
                *all.publishers.entry(publisher).or_default() += count;
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
        let value = |column: &Column<u64>| column.first(document).unwrap_or_default();
        self.found.total += 1;
        let bits = value(&self.bits);
        for (index, count) in self.found.capabilities.iter_mut().enumerate() {
            *count += (bits >> index) & 1;
        }
        let category = usize::try_from(value(&self.category)).unwrap_or(usize::MAX);
        if let Some(count) = self.found.categories.get_mut(category) {
            *count += 1;
        }
        let price = usize::try_from(value(&self.price)).unwrap_or(usize::MAX);
        if let Some(count) = self.found.prices.get_mut(price) {
            *count += 1;
        }
        *self
            .found
            .publishers
            .entry(value(&self.publisher))
            .or_default() += 1;
        let hit = Ranked {
            score: if self.by_time { 0.0 } else { score },
            updated: value(&self.updated),
            number: value(&self.number),
        };
        if self.heap.len() < self.most {
            self.heap.push(hit);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }

    fn harvest(self) -> Found {
        Found {
            best: self
                .heap
                .into_iter()
                .map(|hit| (hit.score, hit.updated, hit.number))
                .collect(),
            ..self.found
        }
    }
}
