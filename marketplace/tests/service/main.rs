//! The marketplace as a service, over HTTP on a free port, on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod accounts;
mod api;
mod author;
mod books;
mod buyer;
mod component;
mod docs;
mod log;
mod many;
mod oci;
mod oci_spec;
mod operating;
mod page_forms;
mod page_people;
mod page_texts;
mod pages;
mod payouts;
mod postgres;
mod presented_late;
mod process;
mod publish;
mod publishers;
mod random;
mod refunds;
mod restart;
mod review;
mod reviewer;
mod sales;
mod shop;
mod visit;
mod witness;

/// Runs a test on both databases: `both!(name)` makes `name::sqlite` and `name::postgres` of `async fn name(db: Db)`.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(crate::shop::Db::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(crate::shop::Db::Postgres).await;
            }
        })+
    };
}
pub(crate) use both;
