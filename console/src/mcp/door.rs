//! What a client may ask, and the answers.

use super::approvals::Approvals;
use super::ask::{self, Way};
use super::helper::{self, Asked};
use super::media::Shape;
use super::state::{Carried, Request, States};
use super::toolbox::Toolbox;
use super::tools::Offer;
use super::{call, content, files, scopes, tasks};
use crate::agents::{Agent, AgentHost, NotYours, OwnRun, Scope, is_over};
use crate::shelf::ShelfError;
use guildhall_host::Outcome;
use guildhall_package::text::plain;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, CreateTaskResult,
    GetTaskParams, GetTaskResult, Implementation, InputRequiredResult, InputResponses, JsonObject,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    ServerCapabilities, ServerConfig, SubscriptionFilter, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// The versions of the protocol that are spoken here.
const VERSIONS: &[ProtocolVersion] = &[
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2026_07_28,
];

/// What a client's model is told about all tools.
const INSTRUCTIONS: &str = "These tools are skills that a merchant installed. They run in a sandbox with what the merchant \
granted. Reading happens at once. Whatever changes something (files, payments, messages) is only proposed: a person approves it \
elsewhere, and no tool and no answer given here can approve it. A tool that waits for that names the run; ask guildhall_run what \
became of it, and do not call the tool again for the same thing.";

/// How long a call waits for a person who was sent to the page: shorter than what clients and proxies wait.
const PATIENCE: Duration = Duration::from_secs(helper::MAX_WAIT);

/// Who is at the door.
#[derive(Debug, Clone)]
pub enum Who {
    /// Always this agent: the session is its own.
    One(Arc<Agent>),
    /// Whoever the request says, which was checked before it came here.
    Request,
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    inner: Arc<Inner>,
}

struct Inner {
    host: AgentHost,
    toolbox: Arc<Toolbox>,
    who: Who,
    approvals: Approvals,
    states: States,
}

impl Door {
    /// A door to `host`, with the tools of `toolbox`. `states` seals what clients carry between two rounds of a call.
    #[must_use]
    pub fn new(
        host: AgentHost,
        toolbox: Arc<Toolbox>,
        who: Who,
        (approvals, states): (Approvals, States),
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                host,
                toolbox,
                who,
                approvals,
                states,
            }),
        }
    }

    /// A run of the agent's own, for requests that are about nothing else.
    async fn own(&self, agent: &Agent, handle: &str) -> Result<OwnRun, ErrorData> {
        match self.inner.host.own(agent, handle).await {
            Ok(Ok(own)) => Ok(own),
            Ok(Err(not_yours)) => Err(ErrorData::invalid_params(not_yours.to_string(), None)),
            Err(error) => Err(ErrorData::internal_error(
                plain(&error.to_string(), 300),
                None,
            )),
        }
    }

    /// The tools behind it.
    #[must_use]
    pub fn toolbox(&self) -> &Arc<Toolbox> {
        &self.inner.toolbox
    }

    fn who(&self, context: &RequestContext<RoleServer>) -> Result<Arc<Agent>, ErrorData> {
        match &self.inner.who {
            Who::One(agent) => Ok(agent.clone()),
            Who::Request => context
                .extensions
                .get::<http::request::Parts>()
                .and_then(|parts| parts.extensions.get::<Arc<Agent>>())
                .cloned()
                .ok_or_else(|| ErrorData::invalid_request("nobody is known to ask this", None)),
        }
    }

    /// Who is there, if their token is for this. Over HTTP who comes without that was sent away before; this holds whatever the
    /// request looked like there.
    fn who_may(
        &self,
        method: &str,
        name: Option<&str>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Arc<Agent>, ErrorData> {
        let agent = self.who(context)?;
        match scopes::needed(method, name) {
            Some(scope) if !agent.may(scope) => {
                Err(ErrorData::invalid_request(scope.missing(), None))
            }
            _ => Ok(agent),
        }
    }

    async fn call(
        &self,
        mut request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if request.name == helper::NAME {
            let agent = self.who_may("tools/call", Some(helper::NAME), context)?;
            let told = self.tell(&agent, request.arguments, context).await;
            return Ok(told.into());
        }
        let agent = self.who_may("tools/call", Some(&request.name), context)?;
        let Inner { host, toolbox, .. } = &*self.inner;
        let offer = match toolbox.find(&agent, &request.name).await {
            Ok(Some(offer)) => offer,
            Ok(None) => return Err(unknown(&request.name)),
            Err(error) => return Ok(not_now(&error).into()),
        };
        let mut given = JsonObject::new();
        // What a person typed into a form is input like any other argument, and needs no state to be one.
        let responses = request.input_responses.take();
        if let Some(sealed) = request.request_state.take() {
            let this = this(&offer, request.arguments.as_ref());
            let carried = self.inner.states.open(&agent, &this, &sealed).await;
            match carried.map_err(|error| ErrorData::invalid_params(error.to_string(), None))? {
                Carried::Waits { run } => {
                    return self.again(&agent, &offer, &run, &request, context).await;
                }
                Carried::Arguments { given: before } => given = before,
            }
        }
        let asked = self
            .ask(&agent, &offer, (&mut given, responses), (&request, context))
            .await;
        if let Some(response) = asked {
            return Ok(response);
        }
        let mut arguments = request.arguments.clone().unwrap_or_default();
        arguments.extend(given);
        let skill = match toolbox.open(&offer).await {
            Ok(skill) => skill,
            Err(error) => return Ok(not_now(&error).into()),
        };
        let ran = call::run(host, &agent, (&offer, &skill), arguments, context).await;
        let outcome = match ran {
            Ok(outcome) => outcome,
            Err(error) => return Ok(content::refused(&error).into()),
        };
        if is_over(outcome.status) {
            return Ok(content::end(outcome, offer.shape, &self.inner.approvals).into());
        }
        self.waits(&agent, &offer, outcome, &request, context).await
    }

    /// Takes what was answered for missing arguments, and asks for the next one. None if the call can go on.
    async fn ask(
        &self,
        agent: &Agent,
        offer: &Offer,
        (given, responses): (&mut JsonObject, Option<InputResponses>),
        (request, context): (&CallToolRequestParams, &RequestContext<RoleServer>),
    ) -> Option<CallToolResponse> {
        let sent = request.arguments.as_ref();
        let first = ask::missing(&offer.askable, sent, given)?;
        if !ask::shows_forms(context) {
            // The operation says what it lacks.
            return None;
        }
        if !ask::speaks_rounds(context) {
            let mut next = Some(first);
            while let Some(param) = next {
                if let Err(refused) = ask::take_now(context, param, &offer.tool.name, given).await {
                    return Some(not_given(&refused));
                }
                let left = ask::missing(&offer.askable, sent, given);
                next = left.filter(|left| !std::ptr::eq(*left, param));
            }
            return None;
        }
        if let Err(refused) = ask::take(first, responses, given) {
            return Some(not_given(&refused));
        }
        let next = ask::missing(&offer.askable, sent, given)?;
        let carried = Carried::Arguments {
            given: given.clone(),
        };
        let state = self.inner.states.seal(agent, &this(offer, sent), carried);
        let question = ask::question(next, &offer.tool.name);
        Some(InputRequiredResult::new(Some(question), state).into())
    }

    /// A run that waits, told in the best way that the client has.
    async fn waits(
        &self,
        agent: &Agent,
        offer: &Offer,
        outcome: Outcome,
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Inner {
            host,
            approvals,
            states,
            ..
        } = &*self.inner;
        let handle = host.handle(agent, &outcome.invocation);
        let words = || content::waits(&outcome, &handle, approvals);
        let page = approvals.card(&outcome.invocation);
        match (ask::way(context, approvals), page) {
            // Who can't look at a task later has none.
            (Way::Task, _) if agent.may(Scope::ReadRuns) => match host.own(agent, &handle).await {
                Ok(Ok(own)) => {
                    Ok(CreateTaskResult::new(tasks::task(&own, &handle, approvals)).into())
                }
                _ => Ok(words().into()),
            },
            (Way::Round, Some(page)) => {
                let run = handle.clone();
                let this = this(offer, request.arguments.as_ref());
                let state = states.seal(agent, &this, Carried::Waits { run });
                let visit = ask::visit(
                    &content::words(&outcome, approvals),
                    page,
                    &outcome.invocation,
                );
                Ok(InputRequiredResult::new(Some(visit), state).into())
            }
            (Way::Request, Some(page)) => {
                let message = content::words(&outcome, approvals);
                let went = ask::visit_now(context, &message, &page, &outcome.invocation).await;
                if !went {
                    return Ok(words().into());
                }
                let found = self.look(agent, &handle, PATIENCE, context).await;
                match found {
                    Some(own) if is_over(own.outcome.status) => {
                        Ok(content::end(own.outcome, offer.shape, approvals).into())
                    }
                    _ => Ok(words().into()),
                }
            }
            _ => Ok(words().into()),
        }
    }

    /// Another round of a call whose run waits. What the client answered counts for nothing; the run is looked at.
    async fn again(
        &self,
        agent: &Agent,
        offer: &Offer,
        handle: &str,
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self.look(agent, handle, PATIENCE, context).await {
            Some(own) if is_over(own.outcome.status) => {
                Ok(content::end(own.outcome, offer.shape, &self.inner.approvals).into())
            }
            Some(own) => {
                self.waits(agent, offer, own.outcome, request, context)
                    .await
            }
            None => Ok(content::error(NotYours.to_string()).into()),
        }
    }

    async fn look(
        &self,
        agent: &Agent,
        handle: &str,
        at_most: Duration,
        context: &RequestContext<RoleServer>,
    ) -> Option<OwnRun> {
        let found = tokio::select! {
            found = self.inner.host.wait(agent, handle, at_most) => found,
            () = context.ct.cancelled() => self.inner.host.own(agent, handle).await,
        };
        found.ok()?.ok()
    }

    /// What became of a run of the agent's own.
    async fn tell(
        &self,
        agent: &Agent,
        arguments: Option<JsonObject>,
        context: &RequestContext<RoleServer>,
    ) -> CallToolResult {
        let arguments = Value::Object(arguments.unwrap_or_default());
        let asked: Asked = match serde_json::from_value(arguments) {
            Ok(asked) => asked,
            Err(error) => {
                let why = plain(&error.to_string(), 300);
                return content::error(format!("The arguments do not fit: {why}."));
            }
        };
        let wait = Duration::from_secs(asked.wait_seconds.min(helper::MAX_WAIT));
        let found = tokio::select! {
            found = self.inner.host.wait(agent, &asked.run, wait) => found,
            () = context.ct.cancelled() => return content::error("Cancelled."),
        };
        match found {
            Ok(Ok(own)) => content::told(&own.outcome, &self.inner.approvals),
            Ok(Err(not_yours)) => content::error(not_yours.to_string()),
            Err(error) => content::refused(&error),
        }
    }
}

fn not_given(name: &str) -> CallToolResponse {
    let text = format!("“{}” was not given; nothing was done.", plain(name, 80));
    content::error(text).into()
}

/// The call, as its rounds must agree.
fn this<'a>(offer: &'a Offer, arguments: Option<&'a JsonObject>) -> Request<'a> {
    Request {
        tool: &offer.tool.name,
        arguments,
    }
}

fn unknown(name: &str) -> ErrorData {
    ErrorData::invalid_params(format!("Unknown tool: {}", plain(name, 80)), None)
}

/// What is installed but can't be used now, in words that a caller can act on.
fn not_now(error: &ShelfError) -> CallToolResult {
    let mut text = format!(
        "{} ({}).",
        plain(&error.message, 1_000),
        plain(&error.rule, 80)
    );
    if let Some(fix) = &error.fix {
        text.push_str(&format!(" The merchant could: {}.", plain(fix, 600)));
    }
    content::error(text)
}

impl ServerHandler for Door {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .enable_tasks()
            .build();
        ServerConfig::new(capabilities)
            .with_protocol_version(ProtocolVersion::V_2026_07_28)
            .with_server_info(
                Implementation::new("guildhall", env!("CARGO_PKG_VERSION")).with_title("Guildhall"),
            )
            .with_instructions(INSTRUCTIONS)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(VERSIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let agent = self.who(&context)?;
        let catalogue = self
            .inner
            .toolbox
            .fresh()
            .await
            .map_err(|error| ErrorData::internal_error(plain(&error.message, 1_000), None))?;
        Ok(ListToolsResult::with_all_items(catalogue.shown_to(&agent)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.call(request, &context).await
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let agent = self.who_may("tasks/get", None, &context)?;
        let own = self.own(&agent, &request.task_id).await?;
        let catalogue = self.inner.toolbox.fresh().await.ok();
        let shape = catalogue
            .and_then(|known| known.shape(own.skill.as_deref(), &own.operation))
            .unwrap_or_else(|| Shape::of_text(own.outcome.output.as_ref()));
        tasks::detailed(own, &request.task_id, &self.inner.approvals, shape).map(GetTaskResult::new)
    }

    /// Whatever a client answers decides nothing: it is taken note of, and that is all.
    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let agent = self.who_may("tasks/update", None, &context)?;
        self.own(&agent, &request.task_id).await.map(drop)
    }

    /// A run that waits is taken back; one that is being done goes on.
    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let agent = self.who_may("tasks/cancel", None, &context)?;
        match self.inner.host.withdraw(&agent, &request.task_id).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_yours)) => Err(ErrorData::invalid_params(not_yours.to_string(), None)),
            Err(error) => Err(ErrorData::internal_error(
                plain(&error.to_string(), 300),
                None,
            )),
        }
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let agent = self.who_may("resources/list", None, &context)?;
        let found = files::list(&self.inner.host, &agent).await?;
        Ok(ListResourcesResult::with_all_items(found))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(vec![
            files::template(),
        ]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let agent = self.who_may("resources/read", None, &context)?;
        let found = files::read(&self.inner.host, &agent, &request.uri).await?;
        Ok(ReadResourceResult::new(vec![found]).into())
    }

    /// Clients of versions with sessions are told of changes from here on.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let (peer, mut changes) = (context.peer, self.inner.toolbox.changes());
        tokio::spawn(async move {
            while changes.changed().await.is_ok() && !peer.is_transport_closed() {
                if peer.notify_tool_list_changed().await.is_err() {
                    break;
                }
            }
        });
    }

    fn accepted_subscription_filter(&self, _: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(SubscriptionFilter::builder().tools_list_changed().build())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.inner.toolbox.changes();
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                changed = changes.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                }
            }
            if context.accepted().tools_list_changed == Some(true)
                && context.sink().notify_tool_list_changed().await.is_err()
            {
                return Ok(());
            }
        }
    }
}
