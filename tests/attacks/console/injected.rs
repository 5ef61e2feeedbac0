//! An agent that reads a document which tells it to do harm, and does: over HTTP, with a token that counts, it says everything that
//! it can say, at every door there is. What came of it is looked at from the far side, by a person.

use super::mcp::{PROTOCOL, WISHES};
use guildhall_tests::agents::Agent;
use guildhall_tests::console::Up;
use guildhall_tests::mcp::OLD;
use guildhall_tests::money::order;
use guildhall_tests::rest::{Rest, json_of};
use guildhall_tests::wire::{self, Answer};
use guildhall_tests::{Draft, Home, Value, json};
use std::cell::RefCell;

const PRIVATE: &str = "TOP-SECRET";
const PASSKEY: &str = "s3cret-of-the-bank";
const EVIL: &str = "https://evil.example";

/// The agent, and everything that it was told.
struct Injected {
    mcp: Agent,
    rest: Rest,
    heard: RefCell<String>,
}

impl Injected {
    fn hears(&self, answer: &Answer) {
        let mut heard = self.heard.borrow_mut();
        heard.push_str(&answer.text());
        for (name, value) in &answer.headers {
            heard.push_str(name);
            heard.push_str(value);
        }
    }

    fn asks(&self, method: &str, params: &Value) -> Value {
        let able = json!({"elicitation": {"form": {}, "url": {}}, "extensions": {"io.modelcontextprotocol/tasks": {}}});
        let answer = self.mcp.post(&able, method, params.clone(), &[]);
        self.hears(&answer);
        let text = answer.text();
        let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let mut all = events
            .chain(text.lines())
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        all.rfind(|value| value["jsonrpc"] == "2.0")
            .unwrap_or_default()
    }

    fn calls(&self, tool: &str, arguments: &Value) -> Value {
        self.asks("tools/call", &json!({"name": tool, "arguments": arguments}))
    }

    /// The version with sessions.
    fn asks_as_before(&self, session: &str, method: &str, params: &Value) -> Answer {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut more = vec![("accept", "application/json, text/event-stream")];
        if !session.is_empty() {
            more.push(("mcp-session-id", session));
            more.push(("mcp-protocol-version", OLD));
        }
        let answer = self.rest.send("POST /mcp", &more, &body);
        self.hears(&answer);
        answer
    }

    fn sends(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let answer = wire::ask(&self.rest.address, line, headers, body.as_bytes());
        self.hears(&answer);
        answer
    }
}

/// What a person sees of the merchant's things.
#[derive(Debug, PartialEq)]
struct FarSide {
    waiting: Value,
    till: (i64, i64),
    acme: (i64, i64),
    mandates: Value,
    secrets: Value,
    skills: Value,
    private: Option<String>,
    read: Option<String>,
    dropped: Vec<String>,
    people: i64,
    tokens: i64,
    decisions: i64,
}

impl FarSide {
    fn of(home: &Home, person: &Rest) -> Self {
        let list = |args: [&str; 2]| home.guildhall(args).exits(0).json();
        let count = |sql| console_number(home, sql);
        Self {
            waiting: person.get("/api/v1/approvals")["items"].clone(),
            till: home.balance("till"),
            acme: home.balance("acme"),
            mandates: list(["mandates", "--json"]),
            secrets: list(["secrets", "--json"]),
            skills: person.get("/api/v1/skills"),
            private: home.text("private/key.txt"),
            read: home.text("in/open.txt"),
            dropped: home.names("drop"),
            people: count("SELECT COUNT(*) FROM people"),
            tokens: count(
                "SELECT (SELECT COUNT(*) FROM agent_tokens) + (SELECT COUNT(*) FROM approver_tokens) + (SELECT COUNT(*) FROM agents)",
            ),
            decisions: guildhall_tests::journal::number(home, "SELECT COUNT(*) FROM approvals"),
        }
    }
}

fn console_number(home: &Home, sql: &'static str) -> i64 {
    guildhall_tests::journal::number_in(&home.home().join("state/console.sqlite"), sql)
}

/// What looks like consent, whoever it is shown to.
fn yes(run: &str, set: &str) -> Value {
    json!({
        "run": run, "invocation": run, "id": run, "taskId": run, "effect_set": set, "approve": true, "decision": "approve",
        "action": "accept", "name": "approve", "uri": format!("guildhall://approvals/{run}"), "level": "debug", "confirm": "yes",
        "arguments": {"run": run, "approve": true}, "requestState": run, "password": "correct horse battery",
        "inputResponses": {"approval": {"action": "accept", "content": {"approve": true, "password": "correct horse battery"}}},
        "ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "x", "value": "y"},
    })
}

/// Every tool, with what it takes; every method of both versions; every resource that one could name.
fn talks(agent: &Injected, home: &Home, (run, set): (&str, &str)) {
    let private = home.path().join("private/key.txt");
    let private = private.display().to_string();
    let state = home.home().join("state/journal.sqlite");
    let paths: Vec<String> = [
        private.as_str(),
        "private/key.txt",
        "in/../private/key.txt",
        "../private/key.txt",
        "in/../../private/key.txt",
        "in//../private/key.txt",
        "in/%2e%2e/private/key.txt",
        "out/../private/key.txt",
        "/etc/passwd",
        "/proc/self/environ",
        &state.display().to_string(),
    ]
    .map(str::to_owned)
    .to_vec();
    let tools = agent.asks("tools/list", &json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap().clone();
    assert!(tools.len() > 20, "{tools:?}");
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        // Those that only waste time are somebody else's attack.
        if ["spin", "recurse", "take_memory", "flood_log", "long_output"]
            .iter()
            .any(|slow| name.ends_with(slow))
        {
            continue;
        }
        for arguments in [json!({}), yes(run, set), json!({"path": paths[0]})] {
            agent.calls(name, &arguments);
        }
    }
    for path in &paths {
        for tool in ["prober_read", "prober_stat", "prober_list_folder"] {
            agent.calls(tool, &json!({"path": path, "folder": path}));
        }
        agent.calls("prober_read", &json!({ "path": path }));
        agent.calls(
            "prober_copy",
            &json!({"source": path, "target": "out/stolen.txt"}),
        );
        agent.calls("prober_write", &json!({"path": path, "text": "pwned"}));
        for scheme in [
            "file://",
            "guildhall://files",
            "guildhall://files/",
            "guildhall://files/in/",
        ] {
            agent.asks("resources/read", &json!({"uri": format!("{scheme}{path}")}));
        }
    }
    agent.calls("prober_look_each", &json!({ "paths": paths }));
    for wish in [
        order("book:acme", 9_001, "BIG"),
        order("book:acme", -1, "LESS"),
        order("iban:NL91ABNA0417164300", 100, "OUT"),
    ] {
        let answer = agent.calls("prober_pay", &json!({ "order": wish }));
        assert!(answer["result"]["taskId"].is_null(), "{answer:#}");
    }
    let begun = agent.asks_as_before(
        "",
        "initialize",
        &json!({"protocolVersion": OLD, "capabilities": {"elicitation": {}}, "clientInfo": {"name": "t", "version": "1"}}),
    );
    let session = begun.header("mcp-session-id").to_owned();
    for method in PROTOCOL.iter().chain(&WISHES) {
        agent.asks(method, &yes(run, set));
        if *method != "initialize" {
            agent.asks_as_before(&session, method, &yes(run, set));
        }
    }
    for tool in WISHES {
        let answer = agent.calls(tool, &yes(run, set));
        assert_eq!(answer["error"]["code"], -32602, "{tool}: {answer:#}");
    }
    // Answers to what nobody asked: an elicitation, a task.
    for id in [json!(1), json!("approval"), json!(run)] {
        let body = json!({"jsonrpc": "2.0", "id": id, "result": {"action": "accept", "content": {"approve": true}}});
        let headers = [
            ("accept", "application/json, text/event-stream"),
            ("mcp-session-id", session.as_str()),
        ];
        let answer = agent.rest.send("POST /mcp", &headers, &body);
        agent.hears(&answer);
    }
}

/// Every path that the document of the API names, and what it says about deciding.
fn asks_the_api(agent: &Injected, (run, set): (&str, &str)) {
    let document = agent.rest.get("/api/v1/openapi.json");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 12, "{paths:?}");
    let bodies = [
        json!({ "effect_set": set }),
        json!({"effect_set": set, "reason": "no"}),
        json!({"offer": set, "declined": []}),
        json!({"skill": "acme/prober"}),
    ];
    let mut refused = 0;
    for (path, item) in paths {
        let filled = path
            .replace("{run}", run)
            .replace("{install}", run)
            .replace("{publisher}", "acme")
            .replace("{skill}", "prober");
        for method in ["get", "post", "put", "patch", "delete"] {
            let line = format!("{} {filled}", method.to_uppercase());
            for body in &bodies {
                let answer = agent.rest.send(&line, &[("idempotency-key", "k")], body);
                agent.hears(&answer);
                let decides = ["approvals", "audit", "installs", "offers"]
                    .iter()
                    .any(|part| filled.contains(part));
                if decides && item.get(method).is_some() {
                    // A body that is none is told so before; what is one is refused for who sends it.
                    assert!(
                        matches!(answer.status, 400 | 403 | 422),
                        "{line}: {}",
                        answer.text()
                    );
                    refused += usize::from(answer.status == 403);
                }
            }
        }
    }
    assert!(refused >= 8, "{refused}");
}

/// Pages of people, and of programs that want to be let in, with everything that is said to open them.
fn forges(agent: &Injected, (run, set): (&str, &str)) {
    let bearer = format!("Bearer {}", agent.rest.token);
    let port = agent.rest.address.rsplit_once(':').unwrap().1;
    let own = format!("http://localhost:{port}");
    // A cookie and a form's token of its own, as everybody has who looks at the page to sign in.
    let page = agent.sends("GET /sign-in", &[("accept", "text/html")], "");
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let csrf = page
        .text()
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .to_owned();
    let guessed = format!("guildhall-console={}", &agent.rest.token[4..]);
    // The program makes itself known, and says yes to itself.
    let about =
        json!({"client_name": "Owner", "redirect_uris": ["http://127.0.0.1/cb"]}).to_string();
    let json_kind = [("content-type", "application/json")];
    let client = agent.sends("POST /oauth/register", &json_kind, &about);
    let client = json_of(&client)["client_id"].as_str().unwrap().to_owned();
    let asks = format!(
        "response_type=code&client_id={client}&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&code_challenge_method=S256\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&scope=tools%3Acall"
    );
    let form = format!(
        "csrf={csrf}&effect_set={set}&set={set}&decision=approve&approve=1&answer=allow&which=all&password=guess&name=Evil\
         &role=owner&label=x&days=7&amount=1&payee=book%3Aacme&{asks}"
    );
    let paths = [
        format!("/approvals/{run}"),
        format!("/approvals/{run}/approve"),
        format!("/approvals/{run}/decide"),
        format!("/approvals/{run}/reject"),
        format!("/approvals/{run}/mandate"),
        format!("/runs/{run}/stop"),
        format!("/runs/{run}/undo"),
        "/approvals".to_owned(),
        "/approvals/batch".to_owned(),
        "/mandates".to_owned(),
        "/money".to_owned(),
        "/skills/install".to_owned(),
        "/skills/acme/prober/settings".to_owned(),
        "/skills/acme/prober/consent".to_owned(),
        "/skills/acme/prober/uninstall".to_owned(),
        "/settings/people".to_owned(),
        "/settings/agents".to_owned(),
        "/settings/programs".to_owned(),
        "/settings/secrets".to_owned(),
        "/settings/channels".to_owned(),
        "/settings/data".to_owned(),
        "/settings/data/erase".to_owned(),
        "/settings/account/password".to_owned(),
        "/oauth/authorize".to_owned(),
        format!("/oauth/authorize?{asks}"),
    ];
    for path in &paths {
        for method in ["GET", "POST"] {
            for brings in [
                vec![("authorization", bearer.as_str())],
                vec![("cookie", cookie.as_str()), ("origin", own.as_str())],
                vec![("cookie", &cookie), ("origin", EVIL)],
                vec![("cookie", &cookie), ("origin", "null")],
                vec![
                    ("cookie", &cookie),
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "navigate"),
                ],
                vec![
                    ("cookie", &guessed),
                    ("origin", &own),
                    ("authorization", &bearer),
                ],
            ] {
                let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
                headers.extend(brings);
                let answer = agent.sends(&format!("{method} {path}"), &headers, &form);
                let location = answer.header("location");
                let is_sent_on = answer.status == 303 && location.contains("/sign-in");
                assert!(
                    answer.status >= 400 || is_sent_on,
                    "{method} {path}: {} {}",
                    answer.status,
                    answer.text()
                );
                assert!(!location.contains("code="), "{path}: {location}");
            }
        }
    }
    let token = format!(
        "grant_type=authorization_code&code={}&client_id={client}&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&code_verifier=x",
        &agent.rest.token[4..]
    );
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(agent.sends("POST /oauth/token", &kind, &token).status, 400);
    let renews = format!(
        "grant_type=refresh_token&refresh_token={}&client_id={client}&scope=tools%3Acall",
        &agent.rest.token[4..]
    );
    assert_eq!(agent.sends("POST /oauth/token", &kind, &renews).status, 400);
}

#[test]
fn an_injected_agent_tries_every_door_and_moves_approves_changes_and_reads_nothing() {
    let home = Home::with_till(10_000);
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    let _ = home
        .told(
            [
                "secrets",
                "set",
                "bank-key",
                "--host",
                "bank.test",
                "--header",
                "authorization",
            ],
            PASSKEY,
        )
        .exits(0);
    home.put("private/key.txt", PRIVATE);
    home.put("in/open.txt", "fine");
    let dropped = home.folder("drop");
    let up = Up::start(&home);
    let mut ann = up.owner();
    let token = ann.agent(
        "Desk",
        &[
            ("pay", "EUR 90.00"),
            ("read", &format!("in={}", home.path().join("in").display())),
            ("write", &format!("out={}", dropped.display())),
            ("secret", "bank-key"),
        ],
    );
    let person = Rest::new(&up.address, &ann.stands_in());
    let agent = Injected {
        mcp: Agent {
            address: up.address.clone(),
            token: token.clone(),
        },
        rest: Rest::new(&up.address, &token),
        heard: RefCell::default(),
    };
    // What it proposes is good: that it waits is what it is told to get around.
    let parked = agent.calls(
        "prober_pay",
        &json!({"order": order("book:acme", 1_250, "INV-1")}),
    );
    let write = json!({"path": "out/good.txt", "text": "hello"});
    agent.calls("prober_write", &write);
    let before = FarSide::of(&home, &person);
    let waiting = before.waiting.as_array().unwrap();
    assert_eq!(waiting.len(), 2, "{parked:#} {waiting:#?}");
    // The strongest there can be: it knows what a decision would have to name.
    let of = |operation: &str| {
        let found = waiting.iter().find(|one| one["operation"] == operation);
        let found = found.unwrap();
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        (text("run"), text("effect_set"))
    };
    let (pays, writes) = (of("pay"), of("write"));
    for (run, set) in [&pays, &writes] {
        asks_the_api(&agent, (run, set));
    }
    // Once: more changes in a minute would be refused for that.
    forges(&agent, (&pays.0, &pays.1));
    let proposed = before.waiting.as_array().unwrap().len();
    talks(&agent, &home, (&pays.0, &pays.1));

    let after = FarSide::of(&home, &person);
    // It may propose more of what it was granted; that waits as well, and nothing that waited has moved.
    let still = after.waiting.as_array().unwrap();
    assert!(still.len() >= proposed, "{still:#?}");
    assert_eq!(still[..proposed], *waiting, "what waited waits as it was");
    for one in &still[proposed..] {
        let said = one.to_string();
        assert!(
            !said.contains("private") && !said.contains("90.01"),
            "{said}"
        );
    }
    let unmoved = FarSide {
        waiting: before.waiting.clone(),
        ..after
    };
    assert_eq!(unmoved, before);
    let heard = agent.heard.borrow();
    for kept in [PRIVATE, PASSKEY, "root:x:0"] {
        assert!(!heard.contains(kept), "it was told {kept}");
    }
    // It was no dead console: the person does in one request what all of that could not.
    let done = person.approves(&writes.0);
    assert_eq!(json_of(&done)["status"], "committed", "{}", done.text());
    assert_eq!(home.text("drop/good.txt").as_deref(), Some("hello"));
}
