//! What is wrong with what was given.

/// One thing that has to be put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The term of the standard that it is about, for example `BT-31`; a UBL element where the standard has no terms.
    pub term: String,
    /// The rule that it breaks, for example `BR-S-02`.
    pub rule: String,
    /// One sentence for a person: what is wrong and what to write.
    pub message: String,
}

/// Problems that are listed; one more then says that there are more.
const MAX_PROBLEMS: usize = 50;

/// Everything that is wrong, in the order it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    found: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// One problem that no rule of a standard is about.
    pub fn one(term: &str, message: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(term, "", message);
        problems
    }

    /// Adds a problem.
    pub fn add(
        &mut self,
        term: impl Into<String>,
        rule: impl Into<String>,
        message: impl Into<String>,
    ) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(Problem {
                term: term.into(),
                rule: rule.into(),
                message: message.into(),
            });
        } else {
            self.more += 1;
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, with one sentence over them: the first problem, and how many more there are.
    pub fn finish(mut self) -> (String, Vec<Problem>) {
        if self.more > 0 {
            let message = format!(
                "There are {} more problems; put these right first.",
                self.more
            );
            self.found.push(Problem {
                term: "document".to_owned(),
                rule: String::new(),
                message,
            });
        }
        let first = self.found.first().map(|problem| problem.message.clone());
        let mut sentence = first.unwrap_or_default();
        match self.found.len() {
            0 | 1 => {}
            2 => sentence.push_str(" There is one more problem."),
            count => sentence.push_str(&format!(" There are {} more problems.", count - 1)),
        }
        (sentence, self.found)
    }
}
