//! What stands in the books of a marketplace, read past the service.

use std::collections::BTreeMap;

use guildhall_marketplace::store;
use sqlx::Row as _;

use crate::shop::Shop;

/// Balances by account and currency; every transfer must sum to zero.
pub async fn balances(shop: &Shop) -> BTreeMap<(String, String), i64> {
    let store = store::open(&shop.config.database).await.unwrap();
    let mut db = store.read().await.unwrap();
    let rows = sqlx::query("SELECT transfer, leg, account, currency, minor FROM ledger")
        .fetch_all(&mut *db)
        .await
        .unwrap();
    let mut sums = BTreeMap::new();
    let mut transfers: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in rows {
        let (transfer, account): (String, String) = (row.get("transfer"), row.get("account"));
        let (currency, minor): (String, i64) = (row.get("currency"), row.get("minor"));
        *transfers.entry((transfer, currency.clone())).or_default() += minor;
        *sums.entry((account, currency)).or_default() += minor;
    }
    for (transfer, sum) in transfers {
        assert_eq!(sum, 0, "{transfer:?}");
    }
    assert_eq!(sums.values().sum::<i64>(), 0);
    drop(db);
    store.close().await;
    sums
}

/// What stands on an account in EUR.
pub async fn eur(shop: &Shop, account: &str) -> i64 {
    let key = (account.to_owned(), "EUR".to_owned());
    balances(shop).await.get(&key).copied().unwrap_or(0)
}

/// How often something was booked: `capture:`, `refund:`, `settle:`.
pub async fn booked(shop: &Shop, kind: &str) -> usize {
    let store = store::open(&shop.config.database).await.unwrap();
    let mut db = store.read().await.unwrap();
    let rows = sqlx::query("SELECT DISTINCT transfer FROM ledger")
        .fetch_all(&mut *db)
        .await
        .unwrap();
    let count = rows
        .iter()
        .filter(|row| row.get::<String, _>("transfer").starts_with(kind))
        .count();
    drop(db);
    store.close().await;
    count
}
