//! What a merchant sets for a skill: a form made from its manifest.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;

use guildhall_package::manifest::Setting;

use super::found;
use crate::app::App;
use crate::forms::{Entries, Field, Problems, read_settings, show_settings};
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, page, with_status};
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::people::Right;
use crate::shelf::Installed;
use crate::store::skill_settings;

#[derive(Template)]
#[template(path = "skills/settings.html")]
struct SettingsForm {
    frame: Frame,
    skill: String,
    fields: Vec<Field>,
    has_mistakes: bool,
}

/// The form.
pub async fn get(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Other> {
    visitor.person(
        Right::Operate,
        &format!("/skills/{publisher}/{skill}/settings"),
    )?;
    let installed = found(&app, &publisher, &skill).await?;
    let values = {
        let mut db = app.store.read().await?;
        skill_settings::of(&mut db, &installed.name.to_string()).await?
    };
    let fields = show_settings(declared(&installed), &values, None, &Problems::new());
    page(&form(&app, &visitor, &installed, fields, false))
}

/// Sets them all.
pub async fn post(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(
        Right::Operate,
        &format!("/skills/{publisher}/{skill}/settings"),
    )?;
    let installed = found(&app, &publisher, &skill).await?;
    let declared = declared(&installed);
    let sent = Entries::of(declared.keys().map(|name| {
        let name = format!("setting.{name}");
        let value = fields.text(&name).to_owned();
        (name, value)
    }));
    let (values, problems) = read_settings(declared, &sent);
    if !problems.is_empty() {
        let shown = show_settings(declared, &values, Some(&sent), &problems);
        let form = form(&app, &visitor, &installed, shown, true);
        return with_status(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    let name = installed.name.to_string();
    let by = (person.id().as_str(), app.clock.now());
    let mut tx = app.store.write().await?;
    skill_settings::set(tx.connection(), &name, &values, by).await?;
    tx.commit().await?;
    Ok(see(&format!("/skills/{name}")))
}

fn declared(installed: &Installed) -> &BTreeMap<String, Setting> {
    static NONE: BTreeMap<String, Setting> = BTreeMap::new();
    installed
        .package
        .manifest
        .as_ref()
        .map_or(&NONE, |manifest| &manifest.settings)
}

fn form(
    app: &App,
    visitor: &Visitor,
    installed: &Installed,
    fields: Vec<Field>,
    has_mistakes: bool,
) -> SettingsForm {
    SettingsForm {
        frame: Frame::new(app, visitor, "Settings", Section::Skills),
        skill: installed.name.to_string(),
        fields,
        has_mistakes,
    }
}
