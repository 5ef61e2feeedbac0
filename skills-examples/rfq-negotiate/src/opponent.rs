//! What the other side seems to want, from its offers alone: where it began is what it likes most, and where it moves least is
//! what it cares about most.

use crate::deal::{Deal, Table, WHOLE};

/// A guess. It decides only which of several deals that are worth the same to us is offered.
pub struct Opponent {
    ideal: Deal,
    weights: Vec<i128>,
}

impl Opponent {
    pub fn of(table: &Table, theirs: &[Deal]) -> Self {
        let ideal = match theirs.first() {
            Some(first) => first.clone(),
            // Nothing known: it wants the opposite.
            None => table.issues.iter().map(|issue| issue.worst).collect(),
        };
        let weights = table
            .issues
            .iter()
            .enumerate()
            .map(|(position, issue)| {
                let moved: i128 = theirs
                    .iter()
                    .filter_map(|deal| {
                        let from = ideal.get(position)?;
                        Some((deal.get(position)? - from).abs() * WHOLE / issue.range())
                    })
                    .sum();
                let offers = i128::try_from(theirs.len()).unwrap_or(1).max(1);
                // A twentieth of the range is added, so that an issue which never moved is not everything.
                WHOLE * WHOLE / (moved / offers + WHOLE / 20)
            })
            .collect();
        Self { ideal, weights }
    }

    /// Supposes that it cares about one issue above all.
    pub fn suppose(&mut self, issue: usize) {
        if let Some(weight) = self.weights.get_mut(issue) {
            *weight *= 4;
        }
    }

    /// How much of what it wants a deal gives it, as far as we can guess, in millionths.
    pub fn share(&self, table: &Table, deal: &[i128]) -> i128 {
        let terms = table
            .issues
            .iter()
            .zip(deal)
            .zip(self.ideal.iter().zip(&self.weights));
        let missed: i128 = terms
            .map(|((issue, value), (ideal, weight))| {
                let away = (value - ideal).abs() * WHOLE / issue.range();
                weight * away.min(WHOLE)
            })
            .sum();
        WHOLE - missed / self.weights.iter().sum::<i128>().max(1)
    }
}
