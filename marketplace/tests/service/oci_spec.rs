//! Each MUST of the OCI distribution specification 1.1 for pulling and for content discovery, as far as it speaks of
//! registries, and the test that shows it. What it says of pushing and of deleting is not here: publishing is reviewed first.
//!
//! | requirement, in our words | section | test |
//! |---|---|---|
//! | everything that pulling needs is there | Conformance | `a_manifest_that_is_there_is_served_by_tag_and_by_digest` |
//! | `GET /v2/` says 200: the specification is followed here | Determining Support | `the_base_says_that_the_specification_is_followed` |
//! | names of repositories are of lower-case words, joined by `.`, `_`, `__`, dashes and `/` | Pulling manifests | `names_and_tags_that_are_served_have_the_form_of_the_specification` |
//! | a reference is a digest or a tag, of up to 128 characters of a few kinds, and nothing else | Pulling manifests | `names_and_tags_that_are_served_have_the_form_of_the_specification` |
//! | a manifest that is there: 200 and its bytes | Pulling manifests | `a_manifest_that_is_there_is_served_by_tag_and_by_digest` |
//! | a manifest that is not in the repository: 404 | Pulling manifests | `what_is_not_in_the_repository_is_404` |
//! | a blob that is there: 200 and its bytes | Pulling blobs | `a_blob_that_is_there_is_served_with_its_digest` |
//! | `Docker-Content-Digest`, if there is one, is the digest of the body | Pulling blobs | `a_blob_that_is_there_is_served_with_its_digest` |
//! | a blob that is not in the repository: 404 | Pulling blobs | `what_is_not_in_the_repository_is_404` |
//! | HEAD of what is there: 200, of what is not there: 404 | Checking if content exists | `asking_whether_it_is_there_answers_like_asking_for_it` |
//! | tags of a repository that is there: 200 | Listing Tags | `tags_are_an_object_of_name_and_tags` |
//! | the answer is JSON with `name` and `tags` | Listing Tags | `tags_are_an_object_of_name_and_tags` |
//! | tags come in the order of letters without regard to case, also with `n` and `last` | Listing Tags | `tags_come_in_order_without_regard_to_case` |
//! | fewer than `n` tags only if there are no more, or a `Link` follows | Listing Tags | `n_tags_are_n_unless_there_are_no_more` |
//! | a `Link` is one of RFC 5988 with `rel="next"` | Listing Tags | `n_tags_are_n_unless_there_are_no_more` |
//! | `n=0`: an empty list and no `Link` | Listing Tags | `no_tags_were_asked_for_and_none_come` |
//! | referrers of a repository that is there: 200 | Listing Referrers | `referrers_are_an_index_of_what_names_the_manifest` |
//! | never 404 | Listing Referrers | `nothing_attached_is_an_empty_list_and_never_404` |
//! | a digest that is none: 400 | Listing Referrers | `a_malformed_digest_is_400` |
//! | the body is an image index, of its media type | Listing Referrers | `referrers_are_an_index_of_what_names_the_manifest` |
//! | each descriptor has `artifactType` and annotations as its manifest has, or the type of its config | Listing Referrers | `referrers_are_an_index_of_what_names_the_manifest` |
//! | nothing that fits: an empty list | Listing Referrers | `nothing_attached_is_an_empty_list_and_never_404` |
//! | what does not fit into one answer goes on with a `Link`: here everything fits | Listing Referrers | `referrers_are_an_index_of_what_names_the_manifest` |
//! | a filter that was applied is named in `OCI-Filters-Applied` | Listing Referrers | `a_filter_that_was_applied_is_named` |
//! | JSON of a 4xx answer is a list of errors, each with a code from the table | Error Codes | `every_refusal_is_a_list_of_errors_with_a_code_of_the_specification` |

use guildhall_package::Digest;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::author::{Author, Package};
use crate::both;
use crate::component::Recipe;
use crate::shop::{Db, Shop};

both!(
    the_base_says_that_the_specification_is_followed,
    names_and_tags_that_are_served_have_the_form_of_the_specification,
    a_manifest_that_is_there_is_served_by_tag_and_by_digest,
    what_is_not_in_the_repository_is_404,
    a_blob_that_is_there_is_served_with_its_digest,
    asking_whether_it_is_there_answers_like_asking_for_it
);
both!(
    tags_are_an_object_of_name_and_tags,
    tags_come_in_order_without_regard_to_case,
    n_tags_are_n_unless_there_are_no_more,
    no_tags_were_asked_for_and_none_come
);
both!(
    referrers_are_an_index_of_what_names_the_manifest,
    nothing_attached_is_an_empty_list_and_never_404,
    a_malformed_digest_is_400,
    a_filter_that_was_applied_is_named,
    every_refusal_is_a_list_of_errors_with_a_code_of_the_specification
);

const REPOSITORY: &str = "/v2/northwind/invoices";
const TAGS: [&str; 6] = [
    "1.0.0",
    "1.0.0-RC.1",
    "1.0.0-alpha",
    "1.0.0-Beta",
    "1.0.10",
    "1.0.9",
];

/// A repository of which one release has everything attached, and another repository.
async fn open(db: Db) -> (Shop, Author, Package) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let component = Recipe::new("northwind/invoices", "1.0.0").build();
    let package = Package::signed(component, Some(b"golden".to_vec()), &author.key);
    author.released(&shop, &package).await;
    let other = author.release("letters", "1.0.0");
    author.released(&shop, &other).await;
    (shop, author, package)
}

/// Releases the other versions as well.
async fn all_versions(shop: &Shop, author: &Author) {
    for version in &TAGS[1..] {
        author
            .released(shop, &author.release("invoices", version))
            .await;
    }
}

fn at(path: &str) -> String {
    format!("{REPOSITORY}/{path}")
}

fn field<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// The only answer that may be 200 with this body.
async fn body(response: Response) -> Vec<u8> {
    assert_eq!(response.status(), 200, "{}", response.url());
    response.bytes().await.unwrap().to_vec()
}

async fn json_body(response: Response) -> Value {
    serde_json::from_slice(&body(response).await).unwrap()
}

async fn the_base_says_that_the_specification_is_followed(db: Db) {
    let (shop, ..) = open(db).await;
    assert_eq!(shop.get("/v2/").await.status(), 200);
}

async fn names_and_tags_that_are_served_have_the_form_of_the_specification(db: Db) {
    let (shop, author, _) = open(db).await;
    all_versions(&shop, &author).await;
    // A name that is none is never released, so it is never a repository.
    let odd = Recipe::new("northwind/invoices-", "1.0.0").build();
    assert!(guildhall_package::trust::release::Artifact::build(&odd, 0).is_err());
    let long = "a".repeat(129);
    for reference in ["-x", ".x", "a b", "a,b", "sha256", "sha256:", long.as_str()] {
        let got = shop.get(&at(&format!("manifests/{reference}"))).await;
        assert!(matches!(got.status().as_u16(), 400 | 404), "{reference}");
    }
    let tags = json_body(shop.get(&at("tags/list")).await).await;
    for tag in tags["tags"].as_array().unwrap() {
        let tag = tag.as_str().unwrap();
        let fits = |c: char, first: bool| {
            c.is_ascii_alphanumeric() || c == '_' || (!first && ['.', '-'].contains(&c))
        };
        assert!(tag.len() <= 128 && tag.char_indices().all(|(at, c)| fits(c, at == 0)));
    }
}

async fn a_manifest_that_is_there_is_served_by_tag_and_by_digest(db: Db) {
    let (shop, _, package) = open(db).await;
    let digest = package.artifact.release.to_string();
    for reference in ["1.0.0", "latest", digest.as_str()] {
        let got = shop.get(&at(&format!("manifests/{reference}"))).await;
        let kind = field(&got, "content-type").to_owned();
        let bytes = body(got).await;
        assert_eq!(bytes, package.artifact.manifest, "{reference}");
        let manifest: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(manifest["mediaType"], kind);
        // Whatever it names is there as well.
        let layers = manifest["layers"].as_array().unwrap().iter();
        for part in layers.chain([&manifest["config"]]) {
            let digest = part["digest"].as_str().unwrap();
            let blob = body(shop.get(&at(&format!("blobs/{digest}"))).await).await;
            assert_eq!(Digest::of(&blob).to_string(), digest);
            assert_eq!(part["size"], blob.len());
        }
    }
}

/// Paths of what is nowhere, or only in another repository.
fn absent(package: &Package) -> Vec<String> {
    let nothing = Digest::of(b"nothing");
    let Package { artifact, .. } = package;
    vec![
        at("manifests/2.0.0"),
        at(&format!("manifests/{nothing}")),
        at(&format!("blobs/{nothing}")),
        format!("/v2/northwind/letters/manifests/{}", artifact.release),
        format!("/v2/northwind/letters/blobs/{}", artifact.component),
        "/v2/northwind/nowhere/manifests/latest".to_owned(),
        format!("/v2/northwind/nowhere/blobs/{}", artifact.component),
        format!("/v2/nobody/invoices/blobs/{}", artifact.component),
    ]
}

async fn what_is_not_in_the_repository_is_404(db: Db) {
    let (shop, _, package) = open(db).await;
    for path in absent(&package) {
        assert_eq!(shop.get(&path).await.status(), 404, "{path}");
    }
}

async fn a_blob_that_is_there_is_served_with_its_digest(db: Db) {
    let (shop, _, package) = open(db).await;
    for digest in [
        package.artifact.component,
        package.artifact.config_digest,
        Digest::of(b"golden"),
    ] {
        let got = shop.get(&at(&format!("blobs/{digest}"))).await;
        let told = field(&got, "docker-content-digest").to_owned();
        let bytes = body(got).await;
        assert_eq!(Digest::of(&bytes), digest);
        assert_eq!(told, digest.to_string());
    }
}

async fn asking_whether_it_is_there_answers_like_asking_for_it(db: Db) {
    let (shop, _, package) = open(db).await;
    let mut paths = absent(&package);
    let there = [
        at("manifests/1.0.0"),
        at(&format!("manifests/{}", package.artifact.release)),
        at(&format!("blobs/{}", package.artifact.component)),
    ];
    paths.extend(there.iter().cloned());
    for path in paths {
        let get = shop.get(&path).await;
        let head = shop.ask(Method::HEAD, &path).send().await.unwrap();
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.status() == 200, there.contains(&path), "{path}");
        for name in ["content-length", "docker-content-digest", "content-type"] {
            assert_eq!(field(&head, name), field(&get, name), "{path} {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty());
    }
}

async fn tags_are_an_object_of_name_and_tags(db: Db) {
    let (shop, ..) = open(db).await;
    let tags = json_body(shop.get(&at("tags/list")).await).await;
    assert_eq!(
        tags,
        json!({ "name": "northwind/invoices", "tags": ["1.0.0", "latest"] })
    );
}

async fn tags_come_in_order_without_regard_to_case(db: Db) {
    let (shop, author, _) = open(db).await;
    all_versions(&shop, &author).await;
    let mut wanted: Vec<String> = TAGS.map(str::to_owned).to_vec();
    wanted.push("latest".to_owned());
    wanted.sort_by_key(|tag| tag.to_lowercase());
    let tags = json_body(shop.get(&at("tags/list")).await).await["tags"].clone();
    assert_eq!(tags, json!(wanted));
    // After each tag exactly those behind it, as many as were asked for.
    for (place, last) in wanted.iter().enumerate() {
        let rest = &wanted[place + 1..];
        let path = at(&format!("tags/list?last={last}"));
        assert_eq!(json_body(shop.get(&path).await).await["tags"], json!(rest));
        let path = at(&format!("tags/list?n=2&last={last}"));
        let two = &rest[..rest.len().min(2)];
        assert_eq!(json_body(shop.get(&path).await).await["tags"], json!(two));
    }
}

async fn n_tags_are_n_unless_there_are_no_more(db: Db) {
    let (shop, author, _) = open(db).await;
    all_versions(&shop, &author).await;
    let all = json_body(shop.get(&at("tags/list")).await).await["tags"].clone();
    let all = all.as_array().unwrap();
    for n in 1..=all.len() + 1 {
        let mut seen = Vec::new();
        let mut next = at(&format!("tags/list?n={n}"));
        loop {
            let got = shop.get(&next).await;
            let link = field(&got, "link").to_owned();
            let page = json_body(got).await["tags"].as_array().unwrap().clone();
            assert_eq!(page.len(), n.min(all.len() - seen.len()), "{next}");
            seen.extend(page);
            if link.is_empty() {
                break;
            }
            // <URL>; rel="next"
            let url = link.strip_prefix('<').unwrap();
            let url = url.strip_suffix(">; rel=\"next\"").unwrap();
            next = url.to_owned();
        }
        assert_eq!(&seen, all, "n={n}");
    }
}

async fn no_tags_were_asked_for_and_none_come(db: Db) {
    let (shop, ..) = open(db).await;
    let got = shop.get(&at("tags/list?n=0")).await;
    assert!(got.headers().get("link").is_none());
    assert_eq!(json_body(got).await["tags"], json!([]));
}

async fn referrers_are_an_index_of_what_names_the_manifest(db: Db) {
    let (shop, _, package) = open(db).await;
    let release = package.artifact.release.to_string();
    let got = shop.get(&at(&format!("referrers/{release}"))).await;
    assert_eq!(
        field(&got, "content-type"),
        "application/vnd.oci.image.index.v1+json"
    );
    assert!(got.headers().get("oci-filters-applied").is_none());
    assert!(got.headers().get("link").is_none());
    let index = json_body(got).await;
    assert_eq!(index["schemaVersion"], 2);
    assert_eq!(
        index["mediaType"],
        "application/vnd.oci.image.index.v1+json"
    );
    let all = index["manifests"].as_array().unwrap();
    assert_eq!(all.len(), 3, "publisher, review, golden cases");
    for descriptor in all {
        let path = at(&format!(
            "manifests/{}",
            descriptor["digest"].as_str().unwrap()
        ));
        let manifest = json_body(shop.get(&path).await).await;
        assert_eq!(manifest["subject"]["digest"], release);
        assert_eq!(manifest["mediaType"], descriptor["mediaType"]);
        let kind = match &manifest["artifactType"] {
            Value::Null => &manifest["config"]["mediaType"],
            kind => kind,
        };
        assert_eq!(&descriptor["artifactType"], kind);
        assert_eq!(descriptor["annotations"], manifest["annotations"]);
    }
}

async fn nothing_attached_is_an_empty_list_and_never_404(db: Db) {
    let (shop, _, package) = open(db).await;
    let release = package.artifact.release;
    let nothing = Digest::of(b"nothing");
    for path in [
        at(&format!("referrers/{nothing}")),
        at(&format!("referrers/sha512:{}", "a".repeat(128))),
        at(&format!("referrers/{release}?artifactType=other")),
        format!("/v2/northwind/letters/referrers/{release}"),
        format!("/v2/northwind/nowhere/referrers/{release}"),
        format!("/v2/nobody/invoices/referrers/{release}"),
    ] {
        let got = shop.get(&path).await;
        assert_eq!(
            field(&got, "content-type"),
            "application/vnd.oci.image.index.v1+json"
        );
        assert_eq!(json_body(got).await["manifests"], json!([]), "{path}");
    }
}

async fn a_malformed_digest_is_400(db: Db) {
    let (shop, _, package) = open(db).await;
    let upper = package.artifact.release.hex().to_uppercase();
    for digest in ["1.0.0", "sha256", "sha256:", "sha256:12", "md5:0", ":"]
        .map(str::to_owned)
        .into_iter()
        .chain([format!("sha256:{upper}")])
    {
        let got = shop.get(&at(&format!("referrers/{digest}"))).await;
        assert_eq!(got.status(), 400, "{digest}");
    }
}

async fn a_filter_that_was_applied_is_named(db: Db) {
    let (shop, _, package) = open(db).await;
    let kind = "application/vnd.guildhall.golden.v1%2Btar";
    let path = at(&format!(
        "referrers/{}?artifactType={kind}",
        package.artifact.release
    ));
    let got = shop.get(&path).await;
    assert_eq!(field(&got, "oci-filters-applied"), "artifactType");
    let index = json_body(got).await;
    assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
}

async fn every_refusal_is_a_list_of_errors_with_a_code_of_the_specification(db: Db) {
    const CODES: [&str; 14] = [
        "BLOB_UNKNOWN",
        "BLOB_UPLOAD_INVALID",
        "BLOB_UPLOAD_UNKNOWN",
        "DIGEST_INVALID",
        "MANIFEST_BLOB_UNKNOWN",
        "MANIFEST_INVALID",
        "MANIFEST_UNKNOWN",
        "NAME_INVALID",
        "NAME_UNKNOWN",
        "SIZE_INVALID",
        "UNAUTHORIZED",
        "DENIED",
        "UNSUPPORTED",
        "TOOMANYREQUESTS",
    ];
    let (shop, author, package) = open(db).await;
    let mut asked: Vec<(Method, String)> = absent(&package)
        .into_iter()
        .map(|path| (Method::GET, path))
        .collect();
    let odd = [
        "manifests/sha256:1",
        "blobs/sha256:1",
        "blobs/latest",
        "referrers/x",
        "tags/list?n=-1",
        "tags",
        "blobs/uploads/",
        "",
    ];
    asked.extend(odd.map(|path| (Method::GET, at(path))));
    asked.extend(
        ["/v2/northwind", "/v2/_catalog", "/v2/a/b/c/d/tags/list"]
            .map(|path| (Method::GET, path.to_owned())),
    );
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for path in [
            "manifests/1.0.0",
            "blobs/uploads/",
            "blobs/x",
            "tags/list",
            "referrers/x",
        ] {
            asked.push((method.clone(), at(path)));
        }
        asked.push((method, "/v2/".to_owned()));
    }
    for (method, path) in asked {
        let request = shop.ask(method.clone(), &path).bearer_auth(&author.token);
        let got = request.send().await.unwrap();
        let status = got.status().as_u16();
        assert!((400..500).contains(&status), "{method} {path}: {status}");
        let bytes = got.bytes().await.unwrap();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        let errors = answer["errors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("{method} {path}: {answer}"));
        assert!(!errors.is_empty());
        for error in errors {
            let code = error["code"].as_str().unwrap();
            assert!(CODES.contains(&code), "{method} {path}: {code}");
            assert!(error["message"].is_string());
        }
    }
    // A range behind the end is one as well.
    let blob = at(&format!("blobs/{}", package.artifact.component));
    let behind = shop
        .ask(Method::GET, &blob)
        .header("range", "bytes=999999-");
    let behind: Value = behind.send().await.unwrap().json().await.unwrap();
    assert_eq!(behind["errors"][0]["code"], "SIZE_INVALID");
}

#[test]
fn each_requirement_names_a_test_that_is_there() {
    let this = include_str!("oci_spec.rs");
    let rows: Vec<&str> = this
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .skip(1)
        .collect();
    assert!(rows.len() > 20);
    for row in rows {
        let test = row.trim_end_matches(" |").rsplit('|').next().unwrap();
        let name = test.trim().trim_matches('`');
        let function = format!("async fn {name}(db: Db)");
        assert!(this.contains(&function), "there is no test {name}");
        assert_eq!(
            this.matches(&format!("    {name}")).count(),
            1,
            "{name} does not run"
        );
    }
}
