//! A request key whose run was deleted does not do it again.

use guildhall_host::Tenant;
use serde_json::json;

use super::program::{runs, served};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_run_was_deleted_does_nothing_again_whether_it_was_answered_or_not() {
    let (bench, _out, agent) = served().await;
    for (key, answered) in [("k1", 1), ("k2", 0)] {
        let headers = [("idempotency-key", key)];
        let first = agent.run("granted", &json!({}), &headers).await;
        assert_eq!(first.json()["status"], "completed");
        // As a process leaves it that was killed before it answered.
        let mut tx = bench.app.store.write().await.unwrap();
        sqlx::query("UPDATE requests SET answered = $1")
            .bind(answered)
            .execute(tx.connection())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let again = agent.run("granted", &json!({}), &headers).await;
        assert_eq!(again.bytes, first.bytes);

        let removed = bench.host.prune(&Tenant::local(), i64::MAX).await.unwrap();
        assert_eq!(removed, 1);
        let again = agent.run("granted", &json!({}), &headers).await;
        assert_eq!(
            again.outcome(),
            (410, "request.deleted".to_owned()),
            "{key}"
        );
        assert_eq!(runs(&bench).await, 0, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_everything_was_deleted_an_old_key_does_nothing_and_a_new_one_runs() {
    let (bench, _out, agent) = served().await;
    let old = [("idempotency-key", "old")];
    agent.run("granted", &json!({}), &old).await;
    bench.host.erase(&Tenant::local(), "Ann").await.unwrap();
    let again = agent.run("granted", &json!({}), &old).await;
    assert_eq!(again.outcome(), (410, "request.deleted".to_owned()));
    let new = [("idempotency-key", "new")];
    let said = agent.run("granted", &json!({}), &new).await;
    assert_eq!(said.json()["status"], "completed");
    assert_eq!(runs(&bench).await, 1);
}
