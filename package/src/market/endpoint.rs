//! Every address that a marketplace answers at. The service's OpenAPI document and its README are held against this list.

use super::account::Scope;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a token.
    Public,
    /// Any token that is in force.
    Token,
    /// A token with this scope; what more is asked (membership, ownership, role) stands in the summary.
    Scope(Scope),
}

/// One method at one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// `GET`, `POST`, `PUT`, `DELETE`. A `GET` also answers `HEAD`.
    pub method: &'static str,
    /// Path; `{name}` is one segment.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// Body (or query) that is asked for, by type name; `-` for none.
    pub request: &'static str,
    /// Answer on success: status and type.
    pub response: &'static str,
    /// What for.
    pub summary: &'static str,
}

const fn at(
    method: &'static str,
    path: &'static str,
    access: Access,
    request: &'static str,
    response: &'static str,
    summary: &'static str,
) -> Endpoint {
    Endpoint {
        method,
        path,
        access,
        request,
        response,
        summary,
    }
}

use Access::{Public, Token};
const ACCOUNT: Access = Access::Scope(Scope::Account);
const ADMIN: Access = Access::Scope(Scope::Admin);
const KEYS: Access = Access::Scope(Scope::Keys);
const PUBLISH: Access = Access::Scope(Scope::Publish);
const REVIEW: Access = Access::Scope(Scope::Review);
const YANK: Access = Access::Scope(Scope::Yank);

/// All of them. Errors are [`super::Problem`]s, but under `/v2/`, where they are OCI error bodies.
#[rustfmt::skip]
pub const ENDPOINTS: &[Endpoint] = &[
    // Accounts and tokens.
    at("POST", "/api/v1/accounts", Public, "NewAccount", "201 AccountInfo", "makes an account (if registration is open)"),
    at("POST", "/api/v1/login", Public, "Login", "201 IssuedToken", "a password becomes a token"),
    at("GET", "/api/v1/account", Token, "-", "200 AccountInfo", "who the token belongs to"),
    at("POST", "/api/v1/account/password", ACCOUNT, "ChangePassword", "204", "changes the password; revokes all other tokens"),
    at("GET", "/api/v1/tokens", ACCOUNT, "PageQuery", "200 Page<TokenInfo>", "own tokens"),
    at("POST", "/api/v1/tokens", ACCOUNT, "NewToken", "201 IssuedToken", "makes a token with scopes of the one that asks"),
    at("DELETE", "/api/v1/tokens/current", Token, "-", "204", "revokes the token that asks"),
    at("DELETE", "/api/v1/tokens/{id}", ACCOUNT, "-", "204", "revokes an own token"),
    // Publishers, members, keys.
    at("POST", "/api/v1/publishers", ACCOUNT, "NewPublisher", "201 PublisherInfo", "asks for a namespace; the account becomes its owner"),
    at("GET", "/api/v1/publishers/{publisher}", Public, "-", "200 PublisherInfo", "a publisher, its keys and skills"),
    at("GET", "/api/v1/publishers/{publisher}/members", ACCOUNT, "PageQuery", "200 Page<MemberInfo>", "members; for members"),
    at("PUT", "/api/v1/publishers/{publisher}/members/{account}", ACCOUNT, "SetMember", "204", "adds or changes a member; for owners"),
    at("DELETE", "/api/v1/publishers/{publisher}/members/{account}", ACCOUNT, "-", "204", "takes a member out; for owners, and for oneself; the last owner stays"),
    at("POST", "/api/v1/publishers/{publisher}/keys/challenge", KEYS, "-", "201 KeyChallenge", "what a new key has to sign; for owners"),
    at("POST", "/api/v1/publishers/{publisher}/keys", KEYS, "NewKey", "201 KeyInfo", "registers a key, or rotates one; for owners"),
    at("POST", "/api/v1/publishers/{publisher}/keys/{key}/revoke", KEYS, "RevokeKey", "200 KeyInfo", "revokes a key from a date; for owners and admins"),
    // Publishing and review.
    at("POST", "/api/v1/publishes", PUBLISH, "multipart: statement, manifest, config, golden?, component", "202 PublishInfo", "uploads a release; for members. The same release again answers with the same publish"),
    at("GET", "/api/v1/publishes", PUBLISH, "PageQuery + publisher?, state?", "200 Page<PublishInfo>", "publishes of own publishers, newest first"),
    at("GET", "/api/v1/publishes/{id}", PUBLISH, "PublishWait", "200 PublishInfo", "where a publish stands; for members"),
    at("GET", "/api/v1/publishes/{id}/report", PUBLISH, "-", "200 ReviewReport", "the whole report of its review; for members"),
    at("POST", "/api/v1/publishes/{id}/retry", PUBLISH, "-", "202 PublishInfo", "has an errored one reviewed again; for members"),
    at("GET", "/api/v1/review/queue", REVIEW, "PageQuery", "200 Page<PublishInfo>", "held publishes, oldest first; for reviewers"),
    at("GET", "/api/v1/review/{id}", REVIEW, "-", "200 PublishInfo", "a publish, for reviewers"),
    at("GET", "/api/v1/review/{id}/report", REVIEW, "-", "200 ReviewReport", "the report of its review, for reviewers"),
    at("POST", "/api/v1/review/{id}/decision", REVIEW, "Decide", "200 PublishInfo", "decides a held one; for reviewers who are no members of its publisher"),
    // Skills and releases.
    at("GET", "/api/v1/search", Public, "SearchQuery", "200 SearchResults", "finds skills"),
    at("GET", "/api/v1/skills/{publisher}/{skill}", Public, "-", "200 SkillInfo", "a skill"),
    at("GET", "/api/v1/skills/{publisher}/{skill}/releases", Public, "PageQuery", "200 Page<ReleaseInfo>", "its releases, highest version first, yanked and revoked ones too"),
    at("GET", "/api/v1/releases/{publisher}/{skill}/{version}", Public, "-", "200 ReleaseDetail", "a release; `latest` is a version too"),
    at("GET", "/api/v1/releases/{publisher}/{skill}/{version}/report", Public, "-", "200 ReviewReport", "the whole report of its review, the bytes that the review statement names"),
    at("GET", "/api/v1/releases/{publisher}/{skill}/{version}/evidence", Public, "EvidenceQuery", "200 ReleaseEvidence", "what proves it: statements, log entry, proofs, key grant"),
    at("POST", "/api/v1/releases/{publisher}/{skill}/{version}/yank", YANK, "Withdraw", "200 Logged", "takes it from the shelf; for members"),
    at("POST", "/api/v1/releases/{publisher}/{skill}/{version}/unyank", YANK, "Withdraw", "200 Logged", "puts it back; for members"),
    at("POST", "/api/v1/releases/{publisher}/{skill}/{version}/revoke", YANK, "Withdraw", "200 Logged", "stops it wherever it runs, for good; for owners, and for admins whose token has the scope"),
    // Money. What a merchant asks is signed by the key of his host, and needs no account.
    at("PUT", "/api/v1/skills/{publisher}/{skill}/price", PUBLISH, "SetPrice", "200 Logged", "sets a price; for owners"),
    at("POST", "/api/v1/orders", Public, "SignedRequest: OrderRequest", "200 OrderAnswer", "orders a skill or its next month; what is paid is answered with its licence"),
    at("POST", "/api/v1/orders/{id}/payment", Public, "PaymentProof", "200 LicenceAnswer", "presents the receipt that paid an order, as often as need be; it counts once"),
    at("POST", "/api/v1/orders/{id}/refund", Public, "SignedRequest: RefundRequest", "200 RefundAnswer", "pays an order back by rule, once"),
    at("POST", "/api/v1/licences", Public, "SignedRequest: LicencesRequest", "200 Page<OwnOrder>", "everything that a merchant has paid"),
    at("POST", "/api/v1/licences/renew", Public, "SignedRequest: RenewRequest", "200 LicenceAnswer", "signs the licence of a paid order again"),
    at("POST", "/api/v1/licences/cancel", Public, "SignedRequest: CancelRequest", "200 CancelAnswer", "no further month of a skill"),
    at("GET", "/api/v1/publishers/{publisher}/earnings", ACCOUNT, "EarningsQuery", "200 Earnings", "what a publisher earned in a month; for members"),
    at("GET", "/api/v1/publishers/{publisher}/earnings.csv", ACCOUNT, "EarningsQuery", "200 text/csv", "the same as a table; for members"),
    // The log.
    at("GET", "/checkpoint", Public, "-", "200 signed note", "the newest published checkpoint with its cosignatures"),
    at("GET", "/tile/{*tile}", Public, "-", "200 bytes", "tiles of the log: `{level}/{index}[.p/{width}]` and `entries/{index}[.p/{width}]`"),
    at("GET", "/root.json", Public, "-", "200 DSSE", "the root file, newest version"),
    at("GET", "/root/{version}", Public, "-", "200 DSSE", "the root file of a version, `7.json`, for clients that pinned an older one"),
    at("GET", "/api/v1/status", Public, "-", "200 DSSE", "signed status: what is revoked and yanked, tree size, until when it counts"),
    at("GET", "/api/v1/events", Public, "EventsQuery, Last-Event-ID", "200 text/event-stream", "log entries as they are published"),
    // Operating.
    at("PUT", "/api/v1/admin/accounts/{account}/roles", ADMIN, "SetRoles", "204", "gives roles; for admins"),
    at("POST", "/api/v1/admin/publishers", ADMIN, "GrantPublisher", "201 PublisherInfo", "grants a name that the rules refuse; for admins"),
    at("POST", "/api/v1/admin/settlements", ADMIN, "Settle", "200 SettleAnswer", "records that a merchant paid a debt, once for each reference; for admins"),
    at("POST", "/api/v1/admin/payouts", ADMIN, "Payout", "200 PayoutAnswer", "records that a publisher was paid, once for each reference; for admins"),
    at("PUT", "/api/v1/admin/credit", ADMIN, "SetCredit", "204", "decides how much a merchant may owe; for admins"),
    at("GET", "/api/v1/admin/debts", ADMIN, "PageQuery", "200 Page<Debt>", "what merchants owe; for admins"),
    at("GET", "/api/v1/openapi.json", Public, "-", "200 OpenAPI 3.1", "this API"),
    at("GET", "/healthz", Public, "-", "200 text", "the process is up"),
    at("GET", "/readyz", Public, "-", "200 text, or 503", "it can serve: database, log and index are there"),
    at("GET", "/metrics", Public, "-", "200 OpenMetrics", "figures; only for addresses that the operator names"),
    // OCI distribution 1.1, reading.
    at("GET", "/v2/", Public, "-", "200", "this is an OCI registry"),
    at("GET", "/v2/{publisher}/{skill}/manifests/{reference}", Public, "-", "200 manifest", "by tag (version or `latest`) or digest"),
    at("GET", "/v2/{publisher}/{skill}/blobs/{digest}", Public, "Range", "200 or 206 bytes", "a blob"),
    at("GET", "/v2/{publisher}/{skill}/tags/list", Public, "n, last", "200 tags", "versions that are on the shelf, and `latest`"),
    at("GET", "/v2/{publisher}/{skill}/referrers/{digest}", Public, "artifactType", "200 OCI index", "statements and golden cases of a release"),
    at("GET", "/.well-known/wasm-pkg/registry.json", Public, "-", "200 JSON", "makes it a registry for `wkg`"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_once() {
        for (index, one) in ENDPOINTS.iter().enumerate() {
            let again = ENDPOINTS
                .iter()
                .skip(index + 1)
                .any(|other| (other.method, other.path) == (one.method, one.path));
            assert!(!again, "{} {}", one.method, one.path);
        }
    }
}
