//! A field of a form, as it is drawn.

use askama::Template;

/// A field with what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name under which it is sent, and its identifier on the page.
    pub path: String,
    /// What it is called.
    pub label: String,
    /// The author's words about it, made plain; lines apart.
    pub doc: Vec<String>,
    /// What kind of text is wanted, in a few words; empty if that needs no saying.
    pub hint: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// What is wrong with what was written.
    pub problem: Option<String>,
    /// How it is filled in.
    pub control: Control,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// A box to tick.
    Check {
        /// Whether it is ticked.
        on: bool,
    },
    /// One line of text.
    Line {
        /// What stands in it.
        value: String,
        /// Keys that a phone shows: `text`, `numeric`, `decimal`.
        keys: &'static str,
        /// Sent besides as `PATH:given`, because an empty text is meant.
        empty_is_meant: bool,
    },
    /// Lines of text.
    Lines {
        /// What stands in it.
        value: String,
        /// As with a line.
        empty_is_meant: bool,
    },
    /// One of a list.
    Choose {
        /// Name under which it is sent.
        name: String,
        /// What there is to choose.
        choices: Vec<Choice>,
    },
    /// Any of a list, each a box of its own.
    Flags {
        /// `value` is the name under which a box is sent.
        boxes: Vec<Choice>,
    },
    /// Fields that belong together.
    Group {
        /// The fields.
        fields: Vec<Field>,
    },
    /// Fields that are given together or not at all.
    Maybe {
        /// Whether they are given.
        on: bool,
        /// The field itself, as if it had to be given.
        field: Box<Field>,
    },
    /// One of several kinds, each with what it holds.
    Cases {
        /// The kinds.
        choices: Vec<Choice>,
        /// What each holds, in the order of the choices without the empty one.
        payloads: Vec<Option<Field>>,
    },
    /// Items.
    Items {
        /// Each item.
        rows: Vec<Field>,
        /// Whether another one can be added.
        can_grow: bool,
    },
    /// A file of which the content is the value.
    Upload {
        /// Base64 of what was uploaded before.
        kept: Option<String>,
        /// Its length in words.
        size: String,
    },
    /// JSON.
    Json {
        /// What stands in it.
        value: String,
    },
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// The author's words about it.
    pub doc: String,
    /// Whether it is chosen.
    pub on: bool,
}

/// A field as HTML. Everything in it is escaped by the template.
#[derive(Template)]
#[template(path = "forms/field.html")]
pub struct FieldView<'f> {
    /// The field.
    pub field: &'f Field,
}

impl Field {
    /// How it is drawn, with everything inside it.
    #[must_use]
    pub const fn view(&self) -> FieldView<'_> {
        FieldView { field: self }
    }

    /// Whether what is drawn is a set of fields with a legend, and not one field with a label.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        matches!(
            self.control,
            Control::Group { .. }
                | Control::Maybe { .. }
                | Control::Cases { .. }
                | Control::Items { .. }
                | Control::Flags { .. }
        )
    }

    /// Identifiers of what describes it; empty if nothing does.
    #[must_use]
    pub fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if self.problem.is_some() {
            ids.push(format!("{}:problem", self.path));
        }
        if !self.doc.is_empty() || !self.hint.is_empty() {
            ids.push(format!("{}:about", self.path));
        }
        ids.join(" ")
    }
}
