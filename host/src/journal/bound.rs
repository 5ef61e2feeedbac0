//! Binding rows to the host that wrote them. Who can write the store's file and has not its key can't make or change a row
//! that decides about money, messages or code.
//!
//! Each such row has a `mac` over its table and its columns, under the store's key. It is set when the row is written and
//! checked before the row grants anything. What only denies (a revoked mandate, a closed account) is believed without: who
//! can write the file can destroy it anyway.
//!
//! What this can't notice: a whole older row put back in place of a newer one. Where the audit log says otherwise, verifying
//! it finds that (`Standing` of the audit room); where that was put back as well, only a head kept elsewhere does.

use super::db::{Row, Stored};
use super::{JournalError, Sealing};
use crate::vault::Commitment;
use std::borrow::Cow;

/// A table with bound rows.
pub(super) struct Bound {
    table: &'static str,
    /// What one row is called when it is not what it was.
    thing: &'static str,
    /// The column that tells it from others.
    name: &'static str,
    columns: &'static [&'static str],
}

/// Orders: the facts that nothing but their own run may have set.
pub(super) const ORDERS: Bound = Bound {
    table: "payments",
    thing: "run",
    name: "run",
    columns: &[
        "run",
        "idx",
        "tenant",
        "key",
        "account",
        "rail",
        "scheme",
        "payee",
        "currency",
        "minor",
        "requested_date",
        "words",
    ],
};

/// Decisions about runs.
pub(super) const APPROVALS: Bound = Bound {
    table: "approvals",
    thing: "the approval of run",
    name: "run",
    columns: &[
        "run",
        "effect_set_hash",
        "skill_digest",
        "decision",
        "decider",
        "channel",
        "reason",
        "decided_at",
        "expires_at",
        "mandates",
    ],
};

/// Accounts of the wallet.
pub(super) const ACCOUNTS: Bound = Bound {
    table: "accounts",
    thing: "the account",
    name: "name",
    columns: &[
        "id",
        "tenant",
        "name",
        "rail",
        "currency",
        "iban",
        "bic",
        "holder",
        "pays",
        "limit_minor",
        "limit_per",
        "zone",
        "ask_above",
        "created_at",
        "closed_at",
    ],
};

/// Who was paid before.
pub(super) const PAYEES: Bound = Bound {
    table: "payees",
    thing: "the payee",
    name: "account",
    columns: &[
        "tenant",
        "scheme",
        "account",
        "name",
        "paid_count",
        "last_paid",
    ],
};

/// Standing mandates, each with what is taken from it.
pub(super) const MANDATES: Bound = Bound {
    table: "mandates",
    thing: "the mandate",
    name: "id",
    columns: &[
        "id",
        "tenant",
        "mandate",
        "skill",
        "words",
        "decider",
        "channel",
        "created_at",
        "revoked_at",
        "revoked_by",
        "used_bucket",
        "used",
        "uses",
    ],
};

/// What was taken from mandates.
pub(super) const USES: Bound = Bound {
    table: "mandate_uses",
    thing: "what was used of the mandate",
    name: "mandate",
    columns: &[
        "mandate", "seq", "run", "idx", "bucket", "charge", "counted", "at",
    ],
};

/// Where messages go.
pub(super) const CHANNELS: Bound = Bound {
    table: "channels",
    thing: "the channel",
    name: "name",
    columns: &["tenant", "name", "config"],
};

/// Which machine code a component was compiled to.
pub(super) const COMPILED: Bound = Bound {
    table: "compiled",
    thing: "the compiled code of",
    name: "digest",
    columns: &["engine", "digest", "artefact"],
};

/// A value of a bound column.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    Null,
    Number(i64),
    Text(Cow<'a, str>),
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

impl Bound {
    /// What binds a row with these values, in the order of the table's columns.
    pub(super) fn mac(&self, sealing: &Sealing, cells: &[Cell<'_>]) -> String {
        debug_assert_eq!(cells.len(), self.columns.len(), "{}", self.table);
        sealing
            .rows()
            .commit(self.table, &encoded(cells))
            .to_string()
    }

    /// Insists that a row is as the host wrote it. It has to have all bound columns and `mac`.
    pub(super) fn check(&self, sealing: &Sealing, row: &Row) -> Result<(), JournalError> {
        let mac: Option<String> = row.try_get("mac").unwrap_or_default();
        let name = || row.try_get(self.name).unwrap_or_default();
        self.compare(sealing, self.cells(row)?.as_deref(), mac.as_deref(), name)
    }

    /// The same for a row whose columns have other names.
    pub(super) fn check_cells(
        &self,
        sealing: &Sealing,
        cells: &[Cell<'_>],
        mac: Option<&str>,
    ) -> Result<(), JournalError> {
        let place = self.columns.iter().position(|column| *column == self.name);
        let name = || match place.and_then(|at| cells.get(at)) {
            Some(Cell::Text(name)) => name.to_string(),
            _ => String::new(),
        };
        self.compare(sealing, Some(cells), mac, name)
    }

    /// What binds a row once these columns are changed. A row that is not as the host wrote it is not bound anew.
    pub(super) fn changed(
        &self,
        sealing: &Sealing,
        row: &Row,
        changes: &[(&str, Cell<'_>)],
    ) -> Result<String, JournalError> {
        self.check(sealing, row)?;
        let mut cells = self.cells(row)?.unwrap_or_default();
        for (column, value) in changes {
            let place = self.columns.iter().position(|known| known == column);
            debug_assert!(place.is_some(), "{}.{column} is not bound", self.table);
            if let Some(cell) = place.and_then(|at| cells.get_mut(at)) {
                *cell = value.clone();
            }
        }
        Ok(self.mac(sealing, &cells))
    }

    /// What binds a row that is taken back. That is possible for a row which is not as the host wrote it, too: it stays
    /// unbound, and grants nothing.
    pub(super) fn taken_back(
        &self,
        sealing: &Sealing,
        row: &Row,
        changes: &[(&str, Cell<'_>)],
    ) -> Result<Option<String>, JournalError> {
        match self.changed(sealing, row, changes) {
            Ok(mac) => Ok(Some(mac)),
            Err(JournalError::Tampered(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn compare(
        &self,
        sealing: &Sealing,
        cells: Option<&[Cell<'_>]>,
        mac: Option<&str>,
        name: impl FnOnce() -> String,
    ) -> Result<(), JournalError> {
        let mac = mac.and_then(|mac| mac.parse::<Commitment>().ok());
        let good = match (cells, mac) {
            (Some(cells), Some(mac)) => sealing.rows().verify(&mac, self.table, &encoded(cells)),
            _ => false,
        };
        if good {
            return Ok(());
        }
        Err(self.tampered(&name()))
    }

    /// The error about a row that is not as the host wrote it.
    pub(super) fn tampered(&self, name: &str) -> JournalError {
        let name = guildhall_package::text::plain(name, 100);
        JournalError::Tampered(format!("{} {name}", self.thing))
    }

    /// The bound columns of a row; none if one holds what the host never writes there.
    fn cells<'r>(&self, row: &'r Row) -> Result<Option<Vec<Cell<'r>>>, JournalError> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            cells.push(match row.stored(column)? {
                Stored::Nothing => Cell::Null,
                Stored::Number(number) => Cell::Number(number),
                Stored::Text(text) => Cell::Text(text),
                Stored::Other => return Ok(None),
            });
        }
        Ok(Some(cells))
    }
}

/// Each value with its kind and, for texts, its length: no two rows read the same.
fn encoded(cells: &[Cell<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    for cell in cells {
        match cell {
            Cell::Null => out.push(0),
            Cell::Number(number) => {
                out.push(1);
                out.extend_from_slice(&number.to_be_bytes());
            }
            Cell::Text(text) => {
                out.push(2);
                out.extend_from_slice(&(text.len() as u64).to_be_bytes());
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
    out
}
