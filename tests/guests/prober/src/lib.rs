//! Tries what a skill could try. Not an example: see `skills-examples` for those.

use bindings::{Answer, Attempt, Everything, Guest, Header, Letter, Order as WitOrder, Refused};
use guildhall_sdk::messages::Message;
use guildhall_sdk::network::Request;
use guildhall_sdk::payments::{Account, Order};
use guildhall_sdk::{Money, Refusal, context, files, log, state};

struct Prober;

guildhall_sdk::skill!(Prober);

fn refused(refusal: Refusal) -> Refused {
    Refused {
        kind: format!("{:?}", refusal.kind),
        rule: refusal.rule,
        message: refusal.message,
    }
}

fn send(method: &str, url: &str, headers: &[Header], body: &str) -> Result<Answer, Refused> {
    let mut request = Request::new(method, url).body(body);
    for header in headers {
        request = request.header(&header.name, &header.value);
    }
    let response = request.send().map_err(refused)?;
    Ok(Answer {
        status: response.status(),
        url: response.url().to_owned(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    })
}

fn spin_for_ever() -> ! {
    let mut counter = 0_u64;
    loop {
        counter = core::hint::black_box(counter.wrapping_add(1));
    }
}

#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let here = core::hint::black_box([depth; 16]);
    match depth {
        0 => here[3],
        _ => deeper(depth - 1) + here[7],
    }
}

impl Guest for Prober {
    fn echo(value: Everything) -> Everything {
        value
    }

    fn fail(text: String) -> Result<u32, String> {
        Err(text)
    }

    fn spin() {
        spin_for_ever()
    }

    fn recurse(depth: u64) -> u64 {
        deeper(depth)
    }

    fn take_memory(mebibytes: u32) -> u64 {
        let mut kept = Vec::new();
        for _ in 0..mebibytes {
            kept.push(core::hint::black_box(vec![1_u8; 1 << 20]));
        }
        kept.iter().map(|part| part.len() as u64).sum()
    }

    fn panic_now() {
        panic!("as asked")
    }

    fn ask_time(times: u32) -> i64 {
        (0..times)
            .map(|_| context::now().seconds)
            .max()
            .unwrap_or_default()
    }

    fn flood_log(lines: u32) {
        for line in 0..lines {
            log::info!("line {line} of a flood that goes on and on and on");
        }
    }

    fn note(text: String) {
        log::warn!("{text}");
    }

    fn long_output(bytes: u32) -> String {
        "x".repeat(bytes as usize)
    }

    fn random(length: u32) -> Result<Vec<u8>, Refused> {
        context::random(length).map_err(refused)
    }

    fn about(setting: String) -> (i64, String, String, Option<String>) {
        (
            context::now().seconds,
            context::locale(),
            context::invocation(),
            context::setting(&setting),
        )
    }

    fn fetch(
        method: String,
        url: String,
        headers: Vec<Header>,
        body: String,
    ) -> Result<Answer, Refused> {
        send(&method, &url, &headers, &body)
    }

    fn fetch_each(attempts: Vec<Attempt>) -> Vec<Result<Answer, Refused>> {
        attempts
            .iter()
            .map(|attempt| send(&attempt.method, &attempt.url, &attempt.headers, ""))
            .collect()
    }

    fn granted() -> Vec<String> {
        files::granted()
    }

    fn list_folder(folder: String) -> Result<Vec<String>, Refused> {
        let entries = files::list(&folder).map_err(refused)?;
        Ok(entries.into_iter().map(|entry| entry.path).collect())
    }

    fn stat(path: String) -> Result<u64, Refused> {
        files::stat(&path).map(|entry| entry.size).map_err(refused)
    }

    fn read(path: String) -> Result<String, Refused> {
        let bytes = files::read(&path).map_err(refused)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn read_range(path: String, offset: u64, length: u32) -> Result<String, Refused> {
        let bytes = files::read_range(&path, offset, length).map_err(refused)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn write(path: String, text: String) -> Result<u32, Refused> {
        files::write(&path, text).map_err(refused)
    }

    fn look_each(paths: Vec<String>) -> Vec<Result<String, Refused>> {
        paths.iter().map(|path| look(path)).collect()
    }

    fn write_each(paths: Vec<String>, text: String) -> Vec<Result<u32, Refused>> {
        paths
            .iter()
            .map(|path| files::write(path, &text).map_err(refused))
            .collect()
    }

    fn write_many(folder: String, count: u32) -> Result<u32, Refused> {
        for index in 0..count {
            files::write(&format!("{folder}/{index}.txt"), "many").map_err(refused)?;
        }
        Ok(count)
    }

    fn copy(source: String, target: String) -> Result<u32, Refused> {
        let bytes = files::read(&source).map_err(refused)?;
        files::write(&target, bytes).map_err(refused)
    }

    fn write_then_fail(path: String) -> Result<u32, String> {
        files::write(&path, "never").map_err(|refusal| refusal.to_string())?;
        Err("as asked".to_owned())
    }

    fn write_then_spin(path: String) -> Result<u32, Refused> {
        files::write(&path, "never").map_err(refused)?;
        spin_for_ever()
    }

    fn fetch_then_spin(method: String, url: String, body: String) -> Result<Answer, Refused> {
        send(&method, &url, &[], &body)?;
        spin_for_ever()
    }

    fn remember(key: String, value: String, then_fail: bool) -> Result<(), String> {
        state::set(&key, value).map_err(|refusal| refusal.to_string())?;
        if then_fail {
            Err("as asked".to_owned())
        } else {
            Ok(())
        }
    }

    fn remember_and_write(key: String, value: String, path: String) -> Result<u32, Refused> {
        state::set(&key, &value).map_err(refused)?;
        files::write(&path, value).map_err(refused)
    }

    fn fill(key: String, bytes: u32) -> Result<(), Refused> {
        state::set(&key, vec![7; bytes as usize]).map_err(refused)
    }

    fn recall(key: String) -> Result<Option<String>, Refused> {
        state::get_string(&key).map_err(refused)
    }

    fn pay(order: WitOrder) -> Result<u32, Refused> {
        stage(&order, &order.document, REASON, &order.requires)
    }

    fn pay_many(order: WitOrder, documents: Vec<String>) -> Result<Vec<u32>, Refused> {
        documents
            .iter()
            .map(|document| stage(&order, document, REASON, &order.requires))
            .collect()
    }

    fn pay_because(order: WitOrder, reason: String) -> Result<u32, Refused> {
        stage(&order, &order.document, &reason, &order.requires)
    }

    fn tell(note: Letter) -> Result<u32, Refused> {
        send_letter(&note, &note.recipient, &note.requires)
    }

    fn tell_many(note: Letter, recipients: Vec<String>) -> Result<Vec<u32>, Refused> {
        recipients
            .iter()
            .map(|recipient| send_letter(&note, recipient, &note.requires))
            .collect()
    }

    fn pay_write_and_tell(
        source: String,
        order: WitOrder,
        target: String,
        note: Letter,
    ) -> Result<Vec<u32>, Refused> {
        let document = files::read(&source).map_err(refused)?;
        let document = String::from_utf8_lossy(&document).trim().to_owned();
        let payment = stage(&order, &document, REASON, &order.requires)?;
        let file = files::write(&target, document.as_bytes()).map_err(refused)?;
        let message = send_letter(&note, &note.recipient, &[payment, file])?;
        Ok(vec![payment, file, message])
    }

    fn pay_after_telling(order: WitOrder, note: Letter) -> Result<u32, Refused> {
        let message = send_letter(&note, &note.recipient, &note.requires)?;
        stage(&order, &order.document, REASON, &[message])
    }
}

/// Everything that can be learned of a path.
fn look(path: &str) -> Result<String, Refused> {
    let read = files::read(path);
    let size = files::stat(path).map(|entry| format!("{} bytes", entry.size));
    let names = files::list(path).map(|entries| {
        let names = entries.into_iter().map(|entry| entry.path);
        names.collect::<Vec<_>>().join("\n")
    });
    let given: Vec<String> = [size, names].into_iter().flatten().collect();
    match read {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned() + &given.join("\n")),
        Err(_) if !given.is_empty() => Ok(given.join("\n")),
        Err(refusal) => Err(refused(refusal)),
    }
}

/// What most payments give as their reason.
const REASON: &str = "because the prober was told to";

/// The order as it is: what is wrong with it is for the host to say.
fn stage(order: &WitOrder, document: &str, reason: &str, requires: &[u32]) -> Result<u32, Refused> {
    let payee = Account {
        scheme: order.scheme.clone(),
        id: order.account.clone(),
    };
    let amount = Money {
        minor: order.minor,
        currency: order.currency.clone(),
    };
    let mut payment = Order::new(payee, amount, document)
        .payee_name(&order.name)
        .reason(reason);
    if let Some(date) = order
        .date
        .as_deref()
        .and_then(|date| date.parse::<guildhall_sdk::Date>().ok())
    {
        payment = payment.on(date);
    }
    for effect in requires {
        payment = payment.after(*effect);
    }
    payment.stage().map_err(refused)
}

fn send_letter(note: &Letter, recipient: &str, requires: &[u32]) -> Result<u32, Refused> {
    let mut message = Message::new(&note.channel, recipient, &note.body);
    if let Some(subject) = &note.subject {
        message = message.subject(subject);
    }
    for path in &note.attachments {
        message = message.attach(path);
    }
    for effect in requires {
        message = message.after(*effect);
    }
    message.stage().map_err(refused)
}
