//! A form with files, read as it arrives: its token first, then its fields, and each file straight into the folder of its run.

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::FolderName;
use guildhall_web::error::{ApiError, refuse};

use crate::app::App;
use crate::forms::Entries;
use crate::pages::answer::Other;
use crate::pages::posted::{from_here, with_token};
use crate::pages::visitor::Visitor;
use crate::uploads::{Folder, TakeError};

/// Most fields of one form.
const MAX_FIELDS: usize = 5_000;
/// Most bytes of all fields that are no files.
const MAX_TEXT: usize = 24 << 20;
/// Most bytes of a file that is itself a value of the input.
const MAX_VALUE: usize = 12 << 20;

/// What was sent, apart from files.
pub struct Sent {
    /// Fields by name.
    pub entries: Entries,
}

/// Reads a form. Files of grants whose names `takes` go into `folder`.
///
/// # Errors
/// If it was not sent from a page of this visitor, is no form with files, or is too large.
pub async fn read(
    app: &App,
    visitor: &Visitor,
    request: Request<Body>,
    takes: impl Fn(&FolderName) -> bool,
    folder: &mut Folder,
) -> Result<Sent, Other> {
    from_here(request.headers(), app)?;
    let mut form = Multipart::from_request(request, app)
        .await
        .map_err(|_| broken())?;
    let mut pairs = Vec::new();
    let mut room = MAX_TEXT;
    let mut checked = false;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        if !checked {
            // Nothing is taken before it is known whose form it is.
            let token = match name.as_str() {
                "csrf" => text(field, &mut room).await?,
                _ => String::new(),
            };
            with_token(visitor, &token)?;
            checked = true;
            continue;
        }
        if pairs.len() >= MAX_FIELDS {
            return Err(too_large().into());
        }
        let file = field.file_name().map(str::to_owned);
        let grant = name
            .strip_prefix("file:")
            .and_then(|grant| grant.parse::<FolderName>().ok());
        match (grant, file) {
            (Some(grant), Some(file)) if !file.is_empty() && takes(&grant) => {
                keep(field, &grant, &file, folder).await?;
            }
            // Browsers send a file that was not chosen as one without a name.
            (Some(_), _) => {}
            (None, Some(file)) if !file.is_empty() => {
                let value = value(field).await?;
                pairs.push((format!("{name}:kept"), STANDARD.encode(value)));
            }
            (None, Some(_)) => {}
            (None, None) => pairs.push((name, text(field, &mut room).await?)),
        }
    }
    if !checked {
        with_token(visitor, "")?;
    }
    // What was chosen now counts more than what was kept from before.
    pairs.reverse();
    Ok(Sent {
        entries: Entries::of(pairs),
    })
}

async fn text(field: Field<'_>, room: &mut usize) -> Result<String, Other> {
    let text = bounded(field, *room).await?;
    *room = room.saturating_sub(text.len());
    String::from_utf8(text).map_err(|_| broken().into())
}

async fn value(field: Field<'_>) -> Result<Vec<u8>, Other> {
    bounded(field, MAX_VALUE).await
}

async fn bounded(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, Other> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
        if bytes.len() + chunk.len() > most {
            return Err(too_large().into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Writes are short and the disk is this machine's: they are done where they come.
async fn keep(
    mut field: Field<'_>,
    grant: &FolderName,
    name: &str,
    folder: &mut Folder,
) -> Result<(), Other> {
    let mut file = folder.begin(grant, name).map_err(refused)?;
    while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
        file.more(&chunk).map_err(refused)?;
    }
    file.end().map_err(refused)?;
    Ok(())
}

fn refused(error: TakeError) -> Other {
    Other::Problem(match error {
        TakeError::TooMuch => refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "upload.size",
            error.to_string(),
            "give fewer files, or an owner may name a folder of this machine instead",
        ),
        TakeError::Disk(_) => ApiError::Part(Box::new(error)),
    })
}

fn broken() -> ApiError {
    refuse(
        StatusCode::BAD_REQUEST,
        "form.broken",
        "the form broke off on its way, or is too large",
        "go back and send it again",
    )
}

fn too_large() -> ApiError {
    refuse(
        StatusCode::PAYLOAD_TOO_LARGE,
        "form.size",
        "there is too much in this form",
        "give large data as files",
    )
}
