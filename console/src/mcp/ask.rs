//! Asking whoever sits before the client: to go and decide on a page, or for an argument that is missing.
//!
//! What is answered here is never a decision. To "accept" means to have been to the page; the run is looked at all the same.

use super::approvals::Approvals;
use guildhall_package::Type;
use guildhall_package::component::Param;
use guildhall_package::model::RecordType;
use guildhall_package::text::plain;
use rmcp::RoleServer;
use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
    InputRequest, InputRequests, InputResponses, JsonObject, ProtocolVersion,
};
use rmcp::service::RequestContext;
use serde_json::{Map, Value, json};
use std::time::Duration;
use url::Url;

/// Name of the question that leads to the page.
const APPROVAL: &str = "approval";
/// How long a person is given to go to the page and come back.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Longest message, in characters.
const MESSAGE: usize = 2_000;

/// How a client can be told that a run waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A task that it asks about when it likes.
    Task,
    /// A result that asks for a visit to the page, and a second round.
    Round,
    /// A request to it, while it waits.
    Request,
    /// Words.
    Words,
}

/// What the client can do for a run that waits.
pub fn way(context: &RequestContext<RoleServer>, approvals: &Approvals) -> Way {
    let Some(able) = context.client_capabilities() else {
        return Way::Words;
    };
    let new = speaks_rounds(context);
    let has_page = matches!(approvals, Approvals::Console(_));
    let goes_to_pages = able
        .elicitation
        .as_ref()
        .is_some_and(|elicitation| elicitation.url.is_some());
    match (new, has_page && goes_to_pages) {
        (true, _) if able.supports_tasks() => Way::Task,
        (true, true) => Way::Round,
        (false, true) => Way::Request,
        (_, false) => Way::Words,
    }
}

/// Whether the client's version asks by results.
pub fn speaks_rounds(context: &RequestContext<RoleServer>) -> bool {
    context
        .protocol_version()
        .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// The question that leads to a run's page.
pub fn visit(message: &str, page: String, run: &str) -> InputRequests {
    let ask = ElicitRequest::new(ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: message.chars().take(MESSAGE).collect(),
        url: page,
        // Of older versions; the library sends it in all.
        elicitation_id: run.to_owned(),
    });
    InputRequests::from([(APPROVAL.to_owned(), InputRequest::Elicitation(ask))])
}

/// Asks a client of an older version to go to the page. Whatever it says, the run is looked at afterwards; `false` if it does not
/// want to.
pub async fn visit_now(
    context: &RequestContext<RoleServer>,
    message: &str,
    page: &str,
    run: &str,
) -> bool {
    let Ok(page) = Url::parse(page) else {
        return false;
    };
    let message: String = message.chars().take(MESSAGE).collect();
    let asked = context
        .peer
        .elicit_url_with_timeout(message, page, run, Some(PATIENCE));
    tokio::select! {
        answer = asked => matches!(answer, Ok(ElicitationAction::Accept)),
        () = context.ct.cancelled() => false,
    }
}

/// A parameter that a person can be asked for: a flat record.
#[derive(Debug, Clone)]
pub struct Askable {
    name: String,
    schema: ElicitationSchema,
}

impl Askable {
    /// Those of an operation's parameters.
    #[must_use]
    pub fn of(params: &[Param]) -> Vec<Self> {
        params
            .iter()
            .filter_map(|param| {
                let Type::Record(record) = &param.ty else {
                    return None;
                };
                let schema = serde_json::from_value(form(record)?).ok()?;
                Some(Self {
                    name: param.name.clone(),
                    schema,
                })
            })
            .collect()
    }

    fn request(&self, tool: &str) -> ElicitRequestParams {
        ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: format!(
                "The tool {} needs “{}”. This is input, and no approval of anything.",
                plain(tool, 80),
                plain(&self.name, 80)
            ),
            requested_schema: self.schema.clone(),
        }
    }
}

/// The first argument that is missing and can be asked for.
pub fn missing<'a>(
    askable: &'a [Askable],
    sent: Option<&JsonObject>,
    given: &JsonObject,
) -> Option<&'a Askable> {
    askable.iter().find(|param| {
        !given.contains_key(&param.name) && !sent.is_some_and(|sent| sent.contains_key(&param.name))
    })
}

/// The question for a round.
pub fn question(param: &Askable, tool: &str) -> InputRequests {
    let ask = ElicitRequest::new(param.request(tool));
    InputRequests::from([(param.name.clone(), InputRequest::Elicitation(ask))])
}

/// Takes what was answered. What nobody asked for, and what is no answer, is left out.
///
/// # Errors
/// The name of what was refused to be told.
pub fn take(
    param: &Askable,
    responses: Option<InputResponses>,
    given: &mut JsonObject,
) -> Result<(), String> {
    let response = responses.and_then(|mut responses| responses.remove(&param.name));
    let answer = response.and_then(|response| serde_json::from_value(response).ok());
    match answer {
        Some(answer) => insert(param, answer, given),
        None => Ok(()),
    }
}

fn insert(param: &Askable, answer: ElicitResult, given: &mut JsonObject) -> Result<(), String> {
    if answer.action != ElicitationAction::Accept {
        return Err(param.name.clone());
    }
    if let Some(content @ Value::Object(_)) = answer.content {
        given.insert(param.name.clone(), content);
    }
    Ok(())
}

/// Asks a client of an older version, and takes what it answers.
///
/// # Errors
/// The name of what was refused to be told.
pub async fn take_now(
    context: &RequestContext<RoleServer>,
    param: &Askable,
    tool: &str,
    given: &mut JsonObject,
) -> Result<(), String> {
    let asked = context
        .peer
        .create_elicitation_with_timeout(param.request(tool), Some(PATIENCE));
    let answer = tokio::select! {
        answer = asked => answer.map_err(|_| param.name.clone())?,
        () = context.ct.cancelled() => return Err(param.name.clone()),
    };
    insert(param, answer, given)
}

/// Whether the client shows forms.
pub fn shows_forms(context: &RequestContext<RoleServer>) -> bool {
    context
        .client_capabilities()
        .and_then(|able| able.elicitation)
        // An empty one means forms, as before there were pages.
        .is_some_and(|able| able.form.is_some() || able.url.is_none())
}

/// The form of a flat record; none if it is not flat.
fn form(record: &RecordType) -> Option<Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in &record.fields {
        let (ty, is_required) = match &field.ty {
            Type::Option(inner) => (&**inner, false),
            other => (other, true),
        };
        let mut property = primitive(ty)?;
        if let (Some(doc), Some(members)) = (&field.doc, property.as_object_mut()) {
            members.insert("description".to_owned(), Value::from(plain(doc, 300)));
        }
        properties.insert(field.name.clone(), property);
        if is_required {
            required.push(field.name.clone());
        }
    }
    (!properties.is_empty())
        .then(|| json!({"type": "object", "properties": properties, "required": required}))
}

fn primitive(ty: &Type) -> Option<Value> {
    Some(match ty {
        Type::Bool => json!({"type": "boolean"}),
        Type::S8 | Type::S16 | Type::S32 | Type::S64 => json!({"type": "integer"}),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => json!({"type": "integer", "minimum": 0}),
        Type::F32 | Type::F64 => json!({"type": "number"}),
        Type::Char => json!({"type": "string", "minLength": 1, "maxLength": 1}),
        Type::String => json!({"type": "string"}),
        Type::Enum(labels) => {
            let names: Vec<&str> = labels.labels.iter().map(|l| l.name.as_str()).collect();
            json!({"type": "string", "enum": names})
        }
        _ => return None,
    })
}
