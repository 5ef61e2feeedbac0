//! A document under construction.

use std::fmt::Display;
use std::rc::Rc;

use crate::element::{Content, Element, Part, Value, document};
use crate::field::{Field, Rule};
use crate::problem::{Problem, Problems};
use crate::scale::Scale;

/// A document under construction, and what is wrong with what it is made of.
#[derive(Debug, Default)]
pub struct Draft {
    elements: Vec<Element>,
    place: String,
    scale: Option<Scale>,
    problems: Problems,
    /// What the standard allows and this skill cannot write.
    beyond: Vec<Problem>,
}

/// Why there is no document.
#[derive(Debug)]
pub enum NotMade {
    /// It would break the standard.
    Invalid(Problems),
    /// The standard allows it, this skill cannot write it.
    Beyond(Problem),
}

/// Elements, in the order they are written.
impl Draft {
    /// The elements that `content` writes, within another one: `Delivery`, or several: `DeliveryLocation/Address`. Left out if
    /// nothing is written.
    pub fn group<R>(&mut self, path: &'static str, content: impl FnOnce(&mut Draft) -> R) -> R {
        let (result, elements) = self.apart(content);
        if !elements.is_empty() {
            self.within_groups(path, Content::Elements(elements));
        }
        result
    }

    /// The elements that `content` writes, not yet put anywhere.
    pub fn part<R>(&mut self, content: impl FnOnce(&mut Draft) -> R) -> (R, Part) {
        let (result, elements) = self.apart(content);
        (result, Part(Rc::new(elements)))
    }

    /// Puts a part here.
    pub fn put(&mut self, part: Part) {
        let mut elements = Rc::unwrap_or_clone(part.0);
        self.elements.append(&mut elements);
    }

    /// Puts a part within another element; nothing if there is no part, or nothing in it.
    pub fn copy<'p>(&mut self, path: &'static str, part: impl Into<Option<&'p Part>>) {
        if let Some(part) = part.into().filter(|part| !part.0.is_empty()) {
            self.within_groups(path, Content::Part(part.clone()));
        }
    }

    fn apart<R>(&mut self, content: impl FnOnce(&mut Draft) -> R) -> (R, Vec<Element>) {
        let before = std::mem::take(&mut self.elements);
        let result = content(self);
        (result, std::mem::replace(&mut self.elements, before))
    }

    fn within_groups(&mut self, path: &'static str, content: Content) {
        let (outer, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut element = Element::group(name, content);
        for name in outer.rsplit('/').filter(|name| !name.is_empty()) {
            element = Element::group(name, Content::Elements(vec![element]));
        }
        self.elements.push(element);
    }

    /// An element with text. What follows another one with the same beginning of its path joins it: after `Contact/Name`,
    /// `Contact/Telephone` is in the same contact.
    pub fn leaf(&mut self, path: &'static str, value: impl Value) {
        self.write(path, None, value);
    }

    /// An element with text and an attribute.
    pub fn leaf_with(
        &mut self,
        path: &'static str,
        (attribute, of): (&'static str, &str),
        value: impl Value,
    ) {
        self.write(path, Some((attribute, of.to_owned())), value);
    }

    /// The currency that amounts are in, from here on.
    pub fn set_scale(&mut self, scale: Option<Scale>) {
        self.scale = scale;
    }

    /// The currency that amounts are in.
    pub fn scale(&self) -> Option<Scale> {
        self.scale
    }

    /// An amount of money, in the smallest unit of the currency that is written. Nothing without a currency: that has to be
    /// missed by whoever reads it.
    pub fn amount(&mut self, path: &'static str, amount: impl Into<Option<i128>>) {
        if let (Some(scale), Some(amount)) = (self.scale, amount.into()) {
            self.price(path, scale.exact(amount));
        }
    }

    /// An amount of another currency.
    pub fn amount_in(&mut self, scale: Scale, path: &'static str, amount: i128) {
        self.leaf_with(path, ("currencyID", scale.code()), scale.exact(amount));
    }

    /// A number of the currency, with as many decimal places as it has.
    pub fn price(&mut self, path: &'static str, price: impl Value) {
        if let Some(scale) = self.scale {
            self.leaf_with(path, ("currencyID", scale.code()), price);
        }
    }

    /// A quantity.
    pub fn measure(&mut self, path: &'static str, unit: &str, quantity: impl Value) {
        self.leaf_with(path, ("unitCode", unit), quantity);
    }

    /// A tax identifier: of `VAT`, or of `TAX` for another one.
    pub fn tax_scheme(&mut self, scheme: &'static str, id: &str) {
        self.group("PartyTaxScheme", |draft| {
            draft.leaf("CompanyID", id);
            draft.leaf("TaxScheme/ID", scheme);
        });
    }

    fn write(
        &mut self,
        path: &'static str,
        attribute: Option<(&'static str, String)>,
        value: impl Value,
    ) {
        if let Some(text) = value.text() {
            insert(&mut self.elements, path, attribute, text);
        }
    }
}

fn insert(
    elements: &mut Vec<Element>,
    path: &'static str,
    attribute: Option<(&'static str, String)>,
    text: String,
) {
    let Some((group, rest)) = path.split_once('/') else {
        elements.push(Element {
            name: path,
            attribute,
            content: Content::Text(text),
        });
        return;
    };
    if let Some(last) = elements.last_mut()
        && last.name == group
        && let Content::Elements(inside) = &mut last.content
    {
        insert(inside, rest, attribute, text);
        return;
    }
    let mut inside = Vec::new();
    insert(&mut inside, rest, attribute, text);
    elements.push(Element::group(group, Content::Elements(inside)));
}

/// What is wrong.
impl Draft {
    /// What is read within `place` is said to be there: `Line 3`.
    pub fn within<R>(&mut self, place: impl Display, content: impl FnOnce(&mut Draft) -> R) -> R {
        let before = std::mem::replace(&mut self.place, place.to_string());
        let result = content(self);
        self.place = before;
        result
    }

    /// Each of a list with its number, within a place such as `Line 3`.
    pub fn each<'g, G, R>(
        &mut self,
        name: &str,
        given: &'g [G],
        mut content: impl FnMut(&mut Draft, usize, &'g G) -> R,
    ) -> Vec<R> {
        let mut read = Vec::new();
        for (position, each) in given.iter().enumerate() {
            let number = position + 1;
            let place = format!("{name} {number}");
            read.push(self.within(place, |draft| content(draft, number, each)));
        }
        read
    }

    /// The same, with what is written not yet put anywhere.
    pub fn each_apart<'g, G, R>(
        &mut self,
        name: &str,
        given: &'g [G],
        content: impl FnMut(&mut Draft, usize, &'g G) -> R,
    ) -> (Vec<R>, Part) {
        self.part(|draft| draft.each(name, given, content))
    }

    /// A problem, unless something holds.
    pub fn require(&mut self, holds: bool, rule: Rule<'_>, of: &[&dyn Display]) {
        if !holds {
            let message = self.sentence(rule.message, of);
            self.problems.add(rule.term, rule.rule, message);
        }
    }

    /// Something that is no mistake, but that this skill cannot write, unless it can.
    pub fn support(&mut self, supported: bool, rule: Rule<'_>, of: &[&dyn Display]) {
        if !supported {
            let message = self.sentence(rule.message, of);
            self.beyond.push(Problem {
                term: rule.term.to_owned(),
                rule: rule.rule.to_owned(),
                message,
            });
        }
    }

    /// The document and what it was `made` with, if nothing is wrong.
    ///
    /// # Errors
    /// [`NotMade`], also where `made` is none.
    pub fn finish<M>(self, root: &str, made: Option<M>) -> Result<(String, M), NotMade> {
        match (made, self.beyond.into_iter().next()) {
            (_, Some(beyond)) if self.problems.is_empty() => Err(NotMade::Beyond(beyond)),
            (Some(made), None) if self.problems.is_empty() => {
                Ok((document(root, &self.elements), made))
            }
            _ => Err(NotMade::Invalid(self.problems)),
        }
    }

    /// A problem of one field, unless something holds: what is said after its name, for example `is negative`.
    pub fn check(&mut self, holds: bool, field: Field, rule: &str, what: impl Display) {
        if !holds {
            let message = format!("{} {what}", self.label(field));
            self.problems.add(field.term, rule, message);
        }
    }

    /// Its name, with the term if that is one of a standard: the name of an element says nothing to a merchant.
    fn label(&self, field: Field) -> String {
        let name = self.placed(field.name);
        if field.term.contains(':') {
            return name;
        }
        format!("{name} ({})", field.term)
    }

    pub(crate) fn add(&mut self, term: &str, rule: &str, message: String) {
        self.problems.add(term, rule, message);
    }

    /// Words with the place that they are about.
    pub(crate) fn placed(&self, words: &str) -> String {
        self.sentence(words, &[])
    }

    /// A sentence about what is passed, which is not looked at for braces of its own.
    fn sentence(&self, words: &str, of: &[&dyn Display]) -> String {
        let mut sentence = String::new();
        if !self.place.is_empty() && !words.contains("{place}") {
            sentence = format!("{}: ", self.place);
        }
        let mut of = of.iter();
        for (position, part) in words.split("{}").enumerate() {
            if position > 0
                && let Some(of) = of.next()
            {
                sentence.push_str(&of.to_string());
            }
            sentence.push_str(&part.replace("{place}", &self.place));
        }
        sentence
    }
}
