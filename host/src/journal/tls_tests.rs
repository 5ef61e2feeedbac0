//! The way to a server that is encrypted.

use super::db::query;
use super::money_tests::number;
use super::postgres::Secured;
use super::tests::sealing;
use super::*;

async fn opened(address: &str, authority: &std::path::Path) -> Result<Journal, JournalError> {
    let url = format!(
        "postgres://postgres@{address}/postgres?sslmode=verify-full&sslrootcert={}",
        authority.display()
    );
    let url = url.parse().unwrap();
    let place = Place::Server {
        url: &url,
        folder: None,
    };
    Journal::open(place, 64, sealing(), LEASE).await
}

#[tokio::test]
async fn a_server_is_known_by_its_certificate_and_name_and_everything_to_it_is_encrypted() {
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let own = made("localhost");
    let server = Secured::start(&own.cert.pem(), &own.signing_key.serialize_pem());
    let here = format!("localhost:{}", server.port);
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("own.pem");
    std::fs::write(&authority, own.cert.pem()).unwrap();
    let journal = opened(&here, &authority).await.unwrap();
    let clear = "SELECT COUNT(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
        WHERE a.application_name = 'guildhall' AND NOT s.ssl";
    assert_eq!(number(&journal, clear).await, 0);
    query("SELECT 1").execute(&journal.readers).await.unwrap();
    // Under another name, and under the word of another authority.
    let other = folder.path().join("other.pem");
    std::fs::write(&other, made("localhost").cert.pem()).unwrap();
    let by_number = format!("127.0.0.1:{}", server.port);
    for (address, authority) in [(&by_number, &authority), (&here, &other)] {
        let refused = opened(address, authority).await.err().unwrap();
        let JournalError::Database(why) = &refused else {
            panic!("{refused}");
        };
        assert!(why.contains("certificate"), "{why}");
    }
}
