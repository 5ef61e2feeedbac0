//! Installed operations as tools: made once for each change of what is installed.

use super::ask::Askable;
use super::book::Given;
use super::hints::{Hints, hints};
use super::media::Shape;
use super::names::{Held, Names, Prefixes};
use super::{content, helper};
use crate::agents::{Agent, Scope, computes_only};
use crate::shelf::Installed;
use guildhall_package::component::Operation;
use guildhall_package::text::plain;
use guildhall_package::{Capability, SkillName, SkillPackage};
use rmcp::model::{JsonObject, MetaObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Longest description, in characters: it goes into a model's context.
const DESCRIPTION: usize = 1_000;
/// Longest words of a skill in it.
const CLAIM: usize = 600;
/// Says to a client that what the tool does waits for a person.
pub const NEEDS_APPROVAL: &str = "ai.guildhall/needs-approval";
/// Names the run of an answer.
pub const RUN: &str = "ai.guildhall/run";

/// A tool, and what is behind it.
#[derive(Debug)]
pub struct Offer {
    /// As clients see it.
    pub tool: Tool,
    /// The skill.
    pub skill: SkillName,
    /// Its operation.
    pub operation: String,
    /// How its output is told.
    pub shape: Shape,
    /// Whether it can do nothing but compute.
    pub pure: bool,
    /// Parameters that a person can be asked for.
    pub askable: Vec<Askable>,
}

/// All tools of what is installed.
#[derive(Debug, Default)]
pub struct Catalogue {
    offers: Vec<Arc<Offer>>,
    by_name: HashMap<String, usize>,
}

impl Catalogue {
    /// Of what is installed, with the names that were given for it now. What was revoked, and operations that can't be called,
    /// are left out.
    #[must_use]
    pub fn of(installed: &[Installed], prefixes: &Prefixes, held: Held) -> (Self, Vec<Given>) {
        let mut order: Vec<&Installed> = installed.iter().collect();
        order.sort_by(|a, b| (a.installed_at_ms, &a.name).cmp(&(b.installed_at_ms, &b.name)));
        let mut names = Names::without(&[helper::NAME], held);
        let mut offers = Vec::new();
        for skill in order {
            for operation in &skill.package.operations {
                let name = names.give(&skill.name, &operation.name, prefixes);
                if skill.revoked.is_none()
                    && operation.unsupported.is_none()
                    && let Some(name) = name
                {
                    offers.push(Arc::new(offer(name, skill, operation)));
                }
            }
        }
        offers.sort_by(|a, b| a.tool.name.cmp(&b.tool.name));
        let by_name = offers
            .iter()
            .enumerate()
            .map(|(index, offer)| (offer.tool.name.to_string(), index))
            .collect();
        (Self { offers, by_name }, names.given())
    }

    /// The tool of this name, if the agent may use it.
    #[must_use]
    pub fn find(&self, agent: &Agent, name: &str) -> Option<&Arc<Offer>> {
        let offer = self.offers.get(*self.by_name.get(name)?)?;
        agent.may_use(&offer.skill).then_some(offer)
    }

    /// How the tool of an operation answers, if there is one.
    #[must_use]
    pub fn shape(&self, skill: Option<&str>, operation: &str) -> Option<Shape> {
        let name: SkillName = skill?.parse().ok()?;
        self.offers
            .iter()
            .find(|offer| offer.skill == name && offer.operation == operation)
            .map(|offer| offer.shape)
    }

    /// What an agent is shown.
    #[must_use]
    pub fn shown_to(&self, agent: &Agent) -> Vec<Tool> {
        let mut tools: Vec<Tool> = self
            .offers
            .iter()
            .filter(|offer| agent.may(Scope::CallTools) && agent.may_use(&offer.skill))
            .map(|offer| offer.tool.clone())
            .collect();
        if agent.may(Scope::ReadRuns) {
            tools.push(helper::tool());
        }
        tools
    }
}

fn offer(name: String, skill: &Installed, operation: &Operation) -> Offer {
    let package = &skill.package;
    let (hints, needs_approval) = hints(package, Some(&skill.consent));
    let shape = Shape::of(operation.result.ok.as_ref());
    let title = format!(
        "{} ({} {})",
        plain(&operation.name, 80),
        skill.name,
        plain(&skill.version.to_string(), 40)
    );
    let mut tool = Tool::new(
        name,
        description(skill, operation),
        Arc::new(object(operation.input_schema())),
    )
    .with_title(title)
    .with_raw_output_schema(Arc::new(output_schema(operation, shape.is_wrapped())))
    .with_annotations(annotations(hints));
    if needs_approval {
        let mut meta = MetaObject::new();
        meta.insert(NEEDS_APPROVAL.to_owned(), Value::Bool(true));
        tool = tool.with_meta(meta);
    }
    Offer {
        tool,
        skill: skill.name.clone(),
        operation: operation.name.clone(),
        shape,
        pure: computes_only(package),
        askable: Askable::of(&operation.params),
    }
}

/// All four, because a client takes the worst for what is missing.
pub fn annotations(hints: Hints) -> ToolAnnotations {
    ToolAnnotations::new()
        .read_only(hints.read_only)
        .destructive(hints.destructive)
        .open_world(hints.open_world)
        .idempotent(hints.idempotent)
}

/// The host's own sentences, then the skill's words, marked as such.
fn description(skill: &Installed, operation: &Operation) -> String {
    let mut text = facts(&skill.package);
    let claim = operation.doc.as_deref().or_else(|| {
        let manifest = skill.package.manifest.as_ref()?;
        Some(manifest.description.as_str())
    });
    if let Some(claim) = claim {
        text.push_str(&format!(
            " The skill says of itself: “{}”",
            content::unquoted(&plain(claim, CLAIM))
        ));
    }
    plain(&text, DESCRIPTION)
}

fn facts(package: &SkillPackage) -> String {
    let sentences: Vec<&str> = package
        .capabilities()
        .filter(|capability| capability.needs_declaration())
        .map(Capability::can)
        .collect();
    if sentences.is_empty() {
        return "It can only compute: it reaches no network, no files and no money.".to_owned();
    }
    sentences.join(" ")
}

/// The output's schema; at every version of the protocol that of an object.
fn output_schema(operation: &Operation, wrapped: bool) -> JsonObject {
    let mut schema = object(operation.output_schema());
    if !wrapped {
        return schema;
    }
    let dialect = schema.remove("$schema");
    let mut whole = Map::new();
    whole.extend(dialect.map(|dialect| ("$schema".to_owned(), dialect)));
    whole.extend(object(json!({
        "type": "object",
        "properties": { "result": schema },
        "required": ["result"],
        "additionalProperties": false,
    })));
    whole
}

/// A schema's members; no schema of ours is anything else.
pub fn object(schema: Value) -> JsonObject {
    match schema {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
