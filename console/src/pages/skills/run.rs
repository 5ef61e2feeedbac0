//! Running a skill: a form made from the types of its operation, with the files and the money that this one run is given.

use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::values::arguments;
use guildhall_host::{Grants, Host, Invocation, Progress, Retention, RunId, RunStatus, Tenant};
use guildhall_package::text::plain;
use guildhall_package::{FolderName, Operation};
use guildhall_web::error::{ApiError, not_found};
use guildhall_web::fields::Query;

use super::buy::sale;
use super::grants::{Offered, granted, offered};
use super::{found, posted};
use crate::app::App;
use crate::forms::{self, Change, Entries, Field, Problems, place_of};
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page, with_status};
use crate::pages::hints;
use crate::pages::runs::words::title;
use crate::pages::visitor::Visitor;
use crate::pages::words::sentence;
use crate::people::{Person, Right};
use crate::shelf::Installed;
use crate::started::{State as Begun, Step, Steps};
use crate::store::{settings, uploads};
use crate::uploads::Folder;

/// How long a start waits for its end before a page is shown that waits.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long files are kept of which no run came, in milliseconds: a day.
const KEPT: i64 = 24 * 60 * 60 * 1_000;

#[derive(Template)]
#[template(path = "skills/run.html")]
struct RunForm {
    frame: Frame,
    skill: String,
    version: String,
    /// Path of the form.
    path: String,
    title: String,
    doc: Option<String>,
    fields: Vec<Field>,
    offered: Offered,
    owns: bool,
    /// Mistakes: where, and what.
    mistakes: Vec<(String, String)>,
    /// Why it can't be run, if it can't.
    stopped: Option<String>,
    /// Why it would not run now: its licence.
    unpaid: Option<String>,
    has_files: bool,
}

/// The form.
pub async fn get(
    State(app): State<App>,
    Path((publisher, skill, operation)): Path<(String, String, String)>,
    visitor: Visitor,
    Query(asked): Query,
) -> Result<Response, Other> {
    let here = path_of(&publisher, &skill, &operation);
    let person = visitor.person(Right::Operate, &here)?;
    let installed = found(&app, &publisher, &skill).await?;
    let operation = operation_of(&installed, &operation)?;
    let host = app.host.for_person(person);
    let entries = match asked.get("again") {
        Some(run) => again(host, &installed, operation, run).await?,
        None => None,
    };
    let form = Form {
        app: &app,
        visitor: &visitor,
        installed: &installed,
        operation,
    };
    page(
        &form
            .shown(host, entries.as_ref(), false, &Problems::new())
            .await?,
    )
}

/// What an earlier run of the same operation was given.
async fn again(
    host: &Host,
    installed: &Installed,
    operation: &Operation,
    run: &str,
) -> Result<Option<Entries>, Other> {
    let Some(detail) = host.run(&Tenant::local(), run).await? else {
        return Ok(None);
    };
    let same = detail.summary.skill.name.as_deref() == Some(&*installed.name.to_string())
        && detail.summary.operation == operation.name;
    Ok(detail
        .input
        .filter(|_| same)
        .map(|input| forms::fill(&operation.params, &input)))
}

/// Starts the run, or shows the form again.
pub async fn post(
    State(app): State<App>,
    Path((publisher, skill, operation)): Path<(String, String, String)>,
    request: Request<Body>,
) -> Result<Response, Other> {
    let (mut parts, body) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, &app).await?;
    let here = path_of(&publisher, &skill, &operation);
    let person = visitor.person(Right::Operate, &here)?;
    let installed = found(&app, &publisher, &skill).await?;
    let operation = operation_of(&installed, &operation)?;
    let mut files = Beginning::new(&app);
    let takes = |grant: &FolderName| {
        let reads = |(name, access): &(FolderName, guildhall_package::Access)| {
            name == grant && access.reads()
        };
        installed.consent.files.iter().any(reads)
    };
    // Written down first, so that nothing is left behind whatever happens.
    if !installed.consent.files.is_empty() {
        files.note(&app, person).await?;
    }
    let request = Request::from_parts(parts, body);
    let sent = match posted::read(&app, &visitor, request, takes, &mut files.folder).await {
        Ok(sent) => sent.entries,
        Err(other) => {
            files.discard(&app).await?;
            return Err(other);
        }
    };
    let host = app.host.for_person(person).clone();
    let form = Form {
        app: &app,
        visitor: &visitor,
        installed: &installed,
        operation,
    };
    if let Some(change) = Change::parse(sent.text("change")) {
        let mut entries = sent;
        entries.change(&change);
        files.discard(&app).await?;
        return page(
            &form
                .shown(&host, Some(&entries), true, &Problems::new())
                .await?,
        );
    }
    match form.read(&host, &sent, &files.folder, person).await? {
        Ok(asked) => {
            files.taken(&app).await?;
            let run = files.run.to_string();
            start(&app, person, &installed, operation, asked, files);
            let begun = match app.started.get(&run) {
                Some(mut start) => start.wait(PATIENCE).await,
                None => Begun::Running,
            };
            Ok(see(&match begun {
                // Who may decide is shown what there is to decide.
                Begun::Recorded { awaits: true } if person.may(Right::Approve) => {
                    format!("/approvals/{run}")
                }
                _ => format!("/runs/{run}"),
            }))
        }
        Err(problems) => {
            files.discard(&app).await?;
            let shown = form.shown(&host, Some(&sent), true, &problems).await?;
            with_status(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
    }
}

/// What a form asks for.
struct Asked {
    input: serde_json::Value,
    grants: Grants,
    retention: Retention,
}

/// Everything that a form is about.
struct Form<'a> {
    app: &'a App,
    visitor: &'a Visitor,
    installed: &'a Installed,
    operation: &'a Operation,
}

impl Form<'_> {
    async fn shown(
        &self,
        host: &Host,
        entries: Option<&Entries>,
        was_sent: bool,
        problems: &Problems,
    ) -> Result<RunForm, Other> {
        let installed = self.installed;
        let secrets = host.secrets(&Tenant::local()).await?;
        let retention = {
            let mut db = self.app.store.read().await?;
            settings::retention(&mut db).await?
        };
        let nothing = Entries::default();
        let reasons = |name: &FolderName| {
            let manifest = installed.package.manifest.as_ref();
            manifest
                .into_iter()
                .flat_map(|manifest| &manifest.files)
                .find(|decl| decl.name == *name)
                .map(|decl| plain(&decl.reason, 300))
                .unwrap_or_default()
        };
        let frame = Frame::new(
            self.app,
            self.visitor,
            title(&self.operation.name),
            Section::Skills,
        );
        let stopped = match (&installed.revoked, &self.operation.unsupported) {
            (Some(reason), _) => Some(format!(
                "Its marketplace has revoked it, so it can't be run: {}",
                sentence(&plain(reason, 300))
            )),
            (None, Some(why)) => Some(format!("This can't be run: {}", sentence(&plain(why, 300)))),
            (None, None) => None,
        };
        Ok(RunForm {
            skill: installed.name.to_string(),
            version: installed.version.to_string(),
            path: path_of(
                installed.name.publisher.as_str(),
                installed.name.skill.as_str(),
                &self.operation.name,
            ),
            title: title(&self.operation.name),
            doc: self.operation.doc.as_deref().map(|doc| plain(doc, 1_000)),
            fields: forms::show(
                &self.operation.params,
                entries.unwrap_or(&nothing),
                problems,
            ),
            offered: offered(
                &installed.consent,
                &reasons,
                &secrets,
                entries.filter(|_| was_sent),
                problems,
                retention,
            ),
            owns: frame.owns(),
            mistakes: problems
                .iter()
                .map(|(place, problem)| (place.clone(), problem.clone()))
                .collect(),
            stopped,
            unpaid: sale(self.app, installed)
                .await
                .filter(|sale| sale.is_shut)
                .map(|sale| sale.words),
            has_files: !installed.consent.files.is_empty(),
            frame,
        })
    }

    async fn read(
        &self,
        host: &Host,
        sent: &Entries,
        folder: &Folder,
        person: &Person,
    ) -> Result<Result<Asked, Problems>, Other> {
        let forms::Read {
            input,
            mut problems,
        } = forms::read(&self.operation.params, sent);
        // The host has the last word about what fits.
        if problems.is_empty()
            && let Err(error) = arguments(&self.operation.params, &input)
        {
            problems.insert(place_of(&error.path), sentence(&error.problem));
        }
        let secrets = host.secrets(&Tenant::local()).await?;
        let owns = person.may(Right::Own);
        let grants = granted(
            &self.installed.consent,
            &secrets,
            sent,
            folder,
            owns,
            &mut problems,
        )
        .map_err(|error| ApiError::Part(Box::new(error)))?;
        let retention = sent.text("retention").parse().unwrap_or_default();
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        Ok(Ok(Asked {
            input,
            grants,
            retention,
        }))
    }
}

/// A run that is about to begin, with its files as they are written down.
struct Beginning {
    run: RunId,
    folder: Folder,
    noted: bool,
}

impl Beginning {
    fn new(app: &App) -> Self {
        let run = RunId::new();
        Self {
            folder: Folder::new(&app.config, run),
            run,
            noted: false,
        }
    }

    async fn note(&mut self, app: &App, person: &Person) -> Result<(), Other> {
        let row = uploads::UploadRow {
            run: self.run.to_string(),
            path: self.folder.path().display().to_string(),
            until: app.clock.now().saturating_add(KEPT),
        };
        let mut tx = app.store.write().await?;
        uploads::insert(tx.connection(), &row, person.id().as_str()).await?;
        tx.commit().await?;
        self.noted = true;
        Ok(())
    }

    async fn taken(&self, app: &App) -> Result<(), Other> {
        if self.noted {
            let digest = self.folder.digest().to_string();
            let mut tx = app.store.write().await?;
            uploads::set_digest(tx.connection(), &self.run.to_string(), &digest).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn discard(&self, app: &App) -> Result<(), Other> {
        if self.noted {
            self.folder.discard();
            let mut tx = app.store.write().await?;
            uploads::remove(tx.connection(), &self.run.to_string()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Begins the run on its own.
fn start(
    app: &App,
    person: &Person,
    installed: &Installed,
    operation: &Operation,
    asked: Asked,
    files: Beginning,
) {
    let run = files.run;
    let cancel = app.stop.child_token();
    let stopped = cancel.clone();
    let steps = Steps::default();
    let told = app.started.begin(
        &run.to_string(),
        (&installed.name.to_string(), &operation.name),
        cancel.clone(),
        steps.clone(),
    );
    let watched = app.clone();
    let look_on = move |progress: Progress<'_>| {
        let step = match progress {
            Progress::Call { summary, refused } => Step {
                text: plain(summary, 300),
                refused: refused.is_some(),
            },
            Progress::Log { message, .. } => Step {
                text: plain(message, 300),
                refused: false,
            },
        };
        if steps.note(step) {
            watched.live.bump();
        }
    };
    let mut invocation = Invocation::new(operation.name.clone(), asked.input)
        .grants(asked.grants)
        .retention(asked.retention)
        .run(run)
        .observer(look_on)
        .cancel_on(cancel);
    tracing::info!(skill = %installed.name, operation = operation.name, %run, person = %person.id(), "a run was started");
    let (app, host, name) = (
        app.clone(),
        app.host.for_person(person).clone(),
        installed.name.clone(),
    );
    tokio::spawn(async move {
        let ended = async {
            let opened = tokio::select! {
                opened = app.shelf.open(&name) => opened,
                () = stopped.cancelled() => {
                    return Err("It was stopped before it began.".to_owned());
                }
            };
            let skill = opened.map_err(|error| {
                let fix = hints::of_shelf(&error).map(|fix| format!(" {fix}"));
                format!("{}{}", sentence(&error.message), fix.unwrap_or_default())
            })?;
            let run = async {
                invocation.settings = app.chosen.of(&skill).await?;
                host.invoke(&skill, invocation).await
            };
            run.await
                .map_err(|error| sentence(&plain(&error.to_string(), 1_000)))
        };
        let state = match ended.await {
            Ok(outcome) => Begun::Recorded {
                awaits: outcome.status == RunStatus::AwaitingApproval,
            },
            Err(problem) => {
                // No run came of it that could need them.
                if files.discard(&app).await.is_err() {
                    tracing::warn!(%run, "files of a run that did not begin are left for later");
                }
                Begun::Failed(problem)
            }
        };
        told.send_replace(state);
        app.live.bump();
    });
}

fn operation_of<'i>(installed: &'i Installed, name: &str) -> Result<&'i Operation, Other> {
    installed
        .package
        .operation(name)
        .ok_or_else(|| Other::Problem(not_found("operation")))
}

/// The path of a form. Names of operations may hold slashes.
#[must_use]
pub fn path_of(publisher: &str, skill: &str, operation: &str) -> String {
    let operation: String = url::form_urlencoded::byte_serialize(operation.as_bytes()).collect();
    format!("/skills/{publisher}/{skill}/run/{operation}")
}
