//! Passwords: argon2id, off the threads that serve requests, a few at once.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use guildhall_package::market::limits::{MAX_PASSWORD, MIN_PASSWORD};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::error::{ApiError, invalid};

/// A hash that no password has: an account that is not there takes as long as one that is.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Z3VpbGRoYWxsLW5vYm9keQ$5oJ2cF2f0m6n2cZbQpQvM3n6v2hVdH0t8S1mYVvR3xk";

/// Whether a password may be one.
///
/// # Errors
/// A refusal that says which rule it breaks.
pub fn check(password: &str) -> Result<(), ApiError> {
    if password.chars().count() < MIN_PASSWORD {
        return Err(invalid(
            "password",
            format!("it is shorter than {MIN_PASSWORD} characters"),
        ));
    }
    if password.len() > MAX_PASSWORD {
        return Err(invalid(
            "password",
            format!("it is longer than {MAX_PASSWORD} bytes"),
        ));
    }
    Ok(())
}

/// Hashes a password. `turns` bounds how many are hashed at once: each needs 19 MiB and a core.
///
/// # Errors
/// [`ApiError::Fault`] if that can't be done.
pub async fn hash(turns: &Semaphore, password: String) -> Result<String, ApiError> {
    let password = Zeroizing::new(password);
    work(turns, move || hash_here(&password)).await?
}

/// Hashes a password on this thread, which takes a while.
///
/// # Errors
/// [`ApiError::Fault`] if that can't be done.
pub fn hash_here(password: &str) -> Result<String, ApiError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| ApiError::Fault(format!("a password could not be hashed: {error}")))
}

/// Whether this is the password. `hash` is none for an account that is not there, which takes as long.
///
/// # Errors
/// [`ApiError::Fault`] if that can't be told.
pub async fn verify(
    turns: &Semaphore,
    password: String,
    hash: Option<String>,
) -> Result<bool, ApiError> {
    let password = Zeroizing::new(password);
    work(turns, move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| NOBODY.to_owned());
        let Ok(hash) = PasswordHash::new(&text) else {
            return Err(ApiError::Fault(
                "a stored password can't be read".to_owned(),
            ));
        };
        let fits = Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok();
        Ok(fits && known)
    })
    .await?
}

async fn work<T: Send + 'static>(
    turns: &Semaphore,
    task: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let _turn = turns
        .acquire()
        .await
        .map_err(|_| ApiError::Fault("the service is stopping".to_owned()))?;
    tokio::task::spawn_blocking(task)
        .await
        .map_err(|error| ApiError::Fault(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nobody_is_one_and_takes_as_long_as_others() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real = Argon2::default().hash_password(b"some password").unwrap();
        assert_eq!(nobody.params.to_string(), real.params.to_string());
        assert_eq!(nobody.algorithm, real.algorithm);
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(check("elevenchars").is_err());
        assert!(check("twelve chars").is_ok());
        assert!(check("zwölf Zeiche").is_ok());
        assert!(check(&"x".repeat(MAX_PASSWORD + 1)).is_err());
    }
}
