//! The contract's `files` interface.

use super::{Entry, EntryKind};
use crate::capabilities::bindings::guildhall::skill::{files, types};
use crate::capabilities::{next_effect, to_guest};
use crate::guest::{CallFacts, Guest, Json, Opened, Recorded, Traffic};
use crate::journal::CallClass;
use crate::refusal::Refusal;
use bytes::Bytes;
use guildhall_package::Digest;
use guildhall_package::authority::Access;
use guildhall_package::text::plain;
use serde_json::json;

impl files::Host for Guest {
    async fn granted(&mut self) -> wasmtime::Result<Vec<String>> {
        let facts = facts(
            "granted",
            CallClass::Context,
            "granted".to_owned(),
            Vec::new(),
        );
        let open = match self.open::<Json<Vec<String>>>(facts)? {
            Opened::Replayed(names) => {
                return Ok(names.map_or_else(|_| Vec::new(), |names| names.0));
            }
            Opened::Live(open) => open,
        };
        let names = self.files.granted();
        let _ = self.close(open, Ok(Json(names.clone())), Traffic::default());
        Ok(names)
    }

    async fn list(
        &mut self,
        folder: String,
    ) -> wasmtime::Result<Result<Vec<files::Entry>, types::Refusal>> {
        let answer = self.read_call("list", &folder, json!({ "path": folder }), |guest| {
            let entries = guest.files.list(&folder)?;
            let size = entries.iter().map(|e| e.path.len() as u64 + 16).sum();
            guest.record.take_bytes_in(size)?;
            Ok((Json(entries), size))
        })?;
        Ok(answer.map(|Json(entries)| entries.into_iter().map(to_contract).collect()))
    }

    async fn stat(
        &mut self,
        path: String,
    ) -> wasmtime::Result<Result<files::Entry, types::Refusal>> {
        let answer = self.read_call("stat", &path, json!({ "path": path }), |guest| {
            Ok((Json(guest.files.stat(&path)?), 0))
        })?;
        Ok(answer.map(|Json(entry)| to_contract(entry)))
    }

    async fn read(&mut self, path: String) -> wasmtime::Result<Result<Vec<u8>, types::Refusal>> {
        let answer = self.read_call("read", &path, json!({ "path": path }), |guest| {
            let bytes = guest.files.read(&path)?;
            guest.take_file(bytes)
        })?;
        Ok(answer.map(Vec::from))
    }

    async fn read_range(
        &mut self,
        path: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, types::Refusal>> {
        let asked = json!({ "path": path, "offset": offset, "length": length });
        let answer = self.read_call("read-range", &path, asked, |guest| {
            let bytes = guest.files.read_range(&path, offset, length)?;
            guest.take_file(bytes)
        })?;
        Ok(answer.map(Vec::from))
    }

    async fn write(
        &mut self,
        path: String,
        content: Vec<u8>,
    ) -> wasmtime::Result<Result<u32, types::Refusal>> {
        let content = Bytes::from(content);
        let asked = json!({ "path": path, "digest": Digest::of(&content), "bytes": content.len() });
        let answer = self.file_call(
            ("write", CallClass::Staged, Access::Write),
            &path,
            &asked,
            |guest| {
                let limit = guest.record.limits().effects;
                let effects = &mut guest.effects;
                let handle = guest
                    .files
                    .write(&path, content, || next_effect(effects, limit))?;
                Ok((Json(handle), 0))
            },
        )?;
        Ok(answer.map(|Json(handle)| handle))
    }
}

fn facts(function: &'static str, class: CallClass, summary: String, request: Vec<u8>) -> CallFacts {
    CallFacts {
        interface: "files",
        function,
        class,
        summary,
        request,
    }
}

impl Guest {
    /// Content for the guest, counted.
    fn take_file(&mut self, bytes: Bytes) -> Result<(Bytes, u64), Refusal> {
        let size = bytes.len() as u64;
        self.record.take_bytes_in(size)?;
        Ok((bytes, size))
    }

    fn read_call<T: Recorded>(
        &mut self,
        function: &'static str,
        path: &str,
        asked: serde_json::Value,
        work: impl FnOnce(&mut Self) -> Result<(T, u64), Refusal>,
    ) -> wasmtime::Result<Result<T, types::Refusal>> {
        self.file_call(
            (function, CallClass::Read, Access::Read),
            path,
            &asked,
            work,
        )
    }

    /// Counts, performs and records one call. File calls block: they run on a guest thread, which is there for it.
    fn file_call<T: Recorded>(
        &mut self,
        (function, class, access): (&'static str, CallClass, Access),
        path: &str,
        asked: &serde_json::Value,
        work: impl FnOnce(&mut Self) -> Result<(T, u64), Refusal>,
    ) -> wasmtime::Result<Result<T, types::Refusal>> {
        let summary = format!("{function} {}", plain(path, 300));
        let open = match self.open(facts(
            function,
            class,
            summary,
            asked.to_string().into_bytes(),
        ))? {
            Opened::Replayed(result) => return Ok(result.map_err(|refusal| to_guest(&refusal))),
            Opened::Live(open) => open,
        };
        let mut traffic = Traffic::default();
        let result = tokio::task::block_in_place(|| work(self))
            .map(|(value, bytes_in)| {
                traffic.bytes_in = bytes_in;
                value
            })
            .map_err(|refusal| self.name_the_set(refusal, path, access));
        Ok(self.close(open, result, traffic))
    }

    /// The file room knows what is in effect; which of the four sets took something away is known here.
    fn name_the_set(&self, refusal: Refusal, path: &str, access: Access) -> Refusal {
        match refusal.rule.as_str() {
            "files.not-granted" | "files.read-only" | "files.write-only" => {
                let name = path.split('/').next().unwrap_or_default();
                self.authority.why_not_file(name, access).unwrap_or(refusal)
            }
            _ => refusal,
        }
    }
}

fn to_contract(entry: Entry) -> files::Entry {
    files::Entry {
        path: entry.path,
        kind: match entry.kind {
            EntryKind::File => files::EntryKind::File,
            EntryKind::Folder => files::EntryKind::Folder,
        },
        size: entry.size,
    }
}
