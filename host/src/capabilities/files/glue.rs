//! The contract's `files` interface.

use super::{Entry, EntryKind};
use crate::capabilities::bindings::guildhall::skill::{files, types};
use crate::capabilities::{next_effect, to_guest, trap};
use crate::guest::{CallFacts, Guest, by_digest};
use crate::journal::CallClass;
use crate::refusal::Refusal;
use bytes::Bytes;
use guildhall_package::authority::Access;
use guildhall_package::text::plain;
use serde_json::json;

impl files::Host for Guest {
    async fn granted(&mut self) -> wasmtime::Result<Vec<String>> {
        self.record.begin().map_err(trap)?;
        Ok(self.files.granted())
    }

    async fn list(
        &mut self,
        folder: String,
    ) -> wasmtime::Result<Result<Vec<files::Entry>, types::Refusal>> {
        self.file_call("list", CallClass::Read, &folder, Access::Read, |guest| {
            let entries = guest.files.list(&folder)?;
            let size = entries.iter().map(|e| e.path.len() as u64 + 16).sum();
            guest.record.take_bytes_in(size)?;
            let listed = json!(entries.iter().map(|e| &e.path).collect::<Vec<_>>()).to_string();
            let entries = entries.into_iter().map(to_contract).collect();
            Ok((entries, listed, size))
        })
    }

    async fn stat(
        &mut self,
        path: String,
    ) -> wasmtime::Result<Result<files::Entry, types::Refusal>> {
        self.file_call("stat", CallClass::Read, &path, Access::Read, |guest| {
            let entry = guest.files.stat(&path)?;
            let seen = json!({ "size": entry.size }).to_string();
            Ok((to_contract(entry), seen, 0))
        })
    }

    async fn read(&mut self, path: String) -> wasmtime::Result<Result<Vec<u8>, types::Refusal>> {
        self.file_call("read", CallClass::Read, &path, Access::Read, |guest| {
            let bytes = guest.files.read(&path)?;
            guest.take_file(bytes)
        })
    }

    async fn read_range(
        &mut self,
        path: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, types::Refusal>> {
        self.file_call(
            "read-range",
            CallClass::Read,
            &path,
            Access::Read,
            |guest| {
                let bytes = guest.files.read_range(&path, offset, length)?;
                guest.take_file(bytes)
            },
        )
    }

    async fn write(
        &mut self,
        path: String,
        content: Vec<u8>,
    ) -> wasmtime::Result<Result<u32, types::Refusal>> {
        let content = Bytes::from(content);
        self.file_call("write", CallClass::Staged, &path, Access::Write, |guest| {
            let staged = by_digest(&content);
            let limit = guest.record.limits().effects;
            let effects = &mut guest.effects;
            let handle = guest
                .files
                .write(&path, content, || next_effect(effects, limit))?;
            Ok((handle, staged, 0))
        })
    }
}

impl Guest {
    /// Content for the guest, counted and recorded by digest.
    fn take_file(&mut self, bytes: Bytes) -> Result<(Vec<u8>, String, u64), Refusal> {
        let size = bytes.len() as u64;
        self.record.take_bytes_in(size)?;
        let record = by_digest(&bytes);
        Ok((bytes.into(), record, size))
    }

    /// Counts, performs and records one call. File calls block: they run on a guest thread, which is there for it.
    fn file_call<T>(
        &mut self,
        function: &'static str,
        class: CallClass,
        path: &str,
        access: Access,
        work: impl FnOnce(&mut Self) -> Result<(T, String, u64), Refusal>,
    ) -> wasmtime::Result<Result<T, types::Refusal>> {
        let open = self.record.begin().map_err(trap)?;
        let result = tokio::task::block_in_place(|| work(self));
        let mut facts = CallFacts {
            interface: "files",
            function,
            class,
            summary: format!("{function} {}", plain(path, 300)),
            request: json!({ "path": path }).to_string().into_bytes(),
            response: Vec::new(),
            bytes_in: 0,
            bytes_out: 0,
        };
        Ok(match result {
            Ok((value, response, bytes_in)) => {
                facts.response = response.into_bytes();
                facts.bytes_in = bytes_in;
                self.record.end(open, facts, None);
                Ok(value)
            }
            Err(refusal) => {
                let refusal = self.name_the_set(refusal, path, access);
                let answer = to_guest(&refusal);
                self.record.end(open, facts, Some(&refusal));
                Err(answer)
            }
        })
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
