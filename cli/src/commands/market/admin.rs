//! `guildhall marketplace admin`: what staff does.

use crate::args::market::AdminCommand;
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::market::http::Method;
use crate::market::{HttpError, Market};
use crate::output;
use crate::when::Clock;
use guildhall_package::market::account::{Role, SetRoles};
use guildhall_package::market::page::PageQuery;
use guildhall_package::market::publish::{Decide, Decision};
use guildhall_package::market::publisher::{GrantPublisher, PublisherInfo};
use guildhall_package::market::{Page, PublishInfo, PublishState};
use guildhall_package::text::plain;
use serde_json::json;

/// Decides, gives roles, grants names.
///
/// # Errors
/// If whoever is logged in may not, or the marketplace refuses.
pub async fn run(home: &Home, command: AdminCommand) -> Result<Exit, CliError> {
    match command {
        AdminCommand::Queue { from, json } => {
            queue(home, &Market::logged_in(home, from.from.as_ref())?, json).await
        }
        AdminCommand::Decide {
            id,
            pass,
            reject: _,
            reason,
            from,
            json,
        } => {
            let market = Market::logged_in(home, from.from.as_ref())?;
            let decision = if pass {
                Decision::Pass
            } else {
                Decision::Reject
            };
            decide(&market, &id, Decide { decision, reason }, json).await
        }
        AdminCommand::Roles {
            account,
            roles,
            from,
            json,
        } => {
            let roles = roles
                .iter()
                .map(|role| self::role(role))
                .collect::<Result<Vec<_>, _>>()?;
            let market = Market::logged_in(home, from.from.as_ref())?;
            let path = format!("/api/v1/admin/accounts/{account}/roles");
            let request = SetRoles {
                roles: roles.clone(),
            };
            market
                .http
                .done(Method::PUT, &path, &|builder| builder.json(&request))
                .await
                .map_err(staff_only)?;
            if json {
                output::json(&json!({ "account": account, "roles": roles }));
            } else {
                let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                output::note(format_args!(
                    "{account} has these roles now: {}",
                    listed(&words)
                ));
            }
            Ok(Exit::Done)
        }
        AdminCommand::Grant {
            publisher,
            owner,
            from,
            json,
        } => {
            let market = Market::logged_in(home, from.from.as_ref())?;
            let request = GrantPublisher { publisher, owner };
            let info: PublisherInfo = market
                .http
                .send(Method::POST, "/api/v1/admin/publishers", &request)
                .await
                .map_err(staff_only)?;
            if json {
                output::json(&crate::commands::to_json(&info)?);
            } else {
                output::note(format_args!(
                    "{} belongs to {}.",
                    info.publisher, request.owner
                ));
            }
            Ok(Exit::Done)
        }
    }
}

fn listed(words: &[&str]) -> String {
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

fn role(text: &str) -> Result<Role, CliError> {
    match text {
        "admin" => Ok(Role::Admin),
        "reviewer" => Ok(Role::Reviewer),
        _ => Err(
            CliError::usage(format!("there is no role `{}`", plain(text, 40)))
                .kind("role")
                .fix("the roles are admin and reviewer"),
        ),
    }
}

/// A token without the scope may belong to somebody who has the role.
fn staff_only(error: HttpError) -> CliError {
    let scope = matches!(&error, HttpError::Problem(problem) if problem.status == 403);
    let error = CliError::from(error);
    if scope {
        error.details(["a token for this is had with: guildhall login URL --staff".to_owned()])
    } else {
        error
    }
}

async fn queue(home: &Home, market: &Market, as_json: bool) -> Result<Exit, CliError> {
    let query = PageQuery {
        cursor: None,
        limit: Some(100),
    };
    let page: Page<PublishInfo> = market
        .http
        .get("/api/v1/review/queue", &query)
        .await
        .map_err(staff_only)?;
    if as_json {
        output::json(&json!({ "publishes": crate::commands::to_json(&page.items)? }));
        return Ok(Exit::Done);
    }
    if page.items.is_empty() {
        output::note("Nothing is held.");
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    for publish in &page.items {
        output::line(format_args!(
            "{}  {} {}  by {}, {}",
            plain(&publish.id, 64),
            publish.name,
            publish.version,
            publish.by,
            clock.date(i64::try_from(publish.staged).unwrap_or(i64::MAX))
        ));
        for wider in &publish.wider {
            output::line(format_args!("  + {}", plain(&wider.to_string(), 400)));
        }
        for line in super::finding_lines(&publish.findings, output::width()) {
            output::line(line);
        }
    }
    output::hint(format_args!(
        "{} marketplace admin decide ID --pass --reason TEXT",
        program(home)
    ));
    Ok(Exit::Done)
}

async fn decide(
    market: &Market,
    id: &str,
    request: Decide,
    as_json: bool,
) -> Result<Exit, CliError> {
    host::long_enough(id, "publish")?;
    let path = format!("/api/v1/review/{}/decision", in_path(id)?);
    let publish: PublishInfo = market
        .http
        .send(Method::POST, &path, &request)
        .await
        .map_err(staff_only)?;
    if as_json {
        output::json(&crate::commands::to_json(&publish)?);
    } else {
        let what = match publish.state {
            PublishState::Passed => "passes and is released with the log's next checkpoint",
            PublishState::Released => "is released",
            _ => "is rejected",
        };
        output::note(format_args!("{} {} {what}.", publish.name, publish.version));
    }
    Ok(Exit::Done)
}

/// An identifier as a segment of a path: nothing in it that leads elsewhere.
fn in_path(id: &str) -> Result<&str, CliError> {
    let plain_id = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain_id {
        Ok(id)
    } else {
        Err(CliError::usage(format!(
            "`{}` is no identifier of a publish",
            plain(id, 64)
        )))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_stays_one_segment_of_a_path() {
        assert_eq!(in_path("0198c0de-f00d"), Ok("0198c0de-f00d"));
        for wrong in ["../admin", "a/b", "a?b", "a#b", "a%2fb", "a b"] {
            assert!(in_path(wrong).is_err(), "{wrong}");
        }
        assert_eq!(role("admin"), Ok(Role::Admin));
        assert_eq!(role("owner").unwrap_err().kind, "role");
    }
}
