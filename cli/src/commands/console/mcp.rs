//! `guildhall mcp`

use super::handles;
use crate::args::McpArgs;
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::grants;
use crate::home::{self, Home};
use crate::host;
use crate::peers;
use crate::shelf::HomeShelf;
use guildhall_console::agents::{Agent, AgentHost, Scopes};
use guildhall_console::chosen::Chosen;
use guildhall_console::mcp::{Approvals, Book, Door, States, Toolbox, Who, stdio};
use guildhall_console::store;
use guildhall_host::Grants;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Serves one client on standard input and output, until it goes away. Standard output carries nothing but the protocol.
///
/// # Errors
/// If the grants or the host can't be used, or the client does not speak the protocol.
pub async fn run(home: &Home, args: McpArgs) -> Result<Exit, CliError> {
    let files = grants::grants(args.allow_net, args.read, args.write)
        .map_err(|problem| CliError::usage(problem).kind("grant"))?;
    let grants = Grants {
        payments: args.pay,
        messages: args.message,
        secrets: args
            .secret
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        ..files
    };
    let egress = peers::given(args.peers, args.peer_ca.as_deref())?;
    let host = host::open(home, egress).await?;
    // Only now there is a home folder for certain.
    grants::keep_out(&grants, home.path())?;
    let agent = Agent {
        id: "stdio".to_owned(),
        name: "an agent on standard input".to_owned(),
        skills: (!args.skills.is_empty()).then(|| args.skills.into_iter().collect()),
        grants,
        retention: args.retention,
        locale: args.locale,
        scopes: Scopes::all(),
    };
    let shelf = Arc::new(HomeShelf::new(home, &host));
    // The console's own database, whether one was started already or not: both doors give the same names.
    let database = match home.database()? {
        Some(url) => url.whole().to_owned(),
        None => store::url(&store::file(&home.state())),
    };
    let store = store::open(&database).await.map_err(host::fault)?;
    let book = Book::new(store.clone());
    let toolbox = Toolbox::new(shelf, args.prefixes.into_iter().collect(), Some(book));
    let approvals = match (args.console, home.config()?.approvals) {
        (Some(console), _) => Approvals::Console(console.as_str().trim_end_matches('/').to_owned()),
        // Where approving is left to the console, nobody is told to approve here.
        (None, home::Approvals::Console) => Approvals::Console(format!(
            "http://localhost:{}",
            guildhall_console::config::PORT
        )),
        (None, home::Approvals::CommandLine) => Approvals::Command(program(home)),
    };
    let states = States::of_this_process()
        .ok_or_else(|| CliError::fault("this system has no randomness").kind("keys"))?;
    let door = Door::new(
        AgentHost::new(
            host.clone(),
            handles(home, &host).await?,
            Chosen::of_store(store.clone()),
        ),
        Arc::new(toolbox),
        Who::One(Arc::new(agent)),
        (approvals, states),
    );
    let stop = CancellationToken::new();
    stop_on_interrupt(stop.clone());
    let served = stdio::serve(door, stop).await;
    host.shutdown().await;
    served.map_err(|error| CliError::usage(error.to_string()).kind("protocol"))?;
    Ok(Exit::Done)
}

fn stop_on_interrupt(stop: CancellationToken) {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
}
