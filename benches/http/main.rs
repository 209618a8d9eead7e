//! Calls a second over HTTP: ours beside rmcp, bare and secured by hand, each in a process of its own.
//!
//! ```text
//! cargo bench --bench http             # 3 rounds of 3 s each
//! cargo bench --bench http -- 5 2      # 5 rounds of 2 s
//! cargo bench --bench http -- 3 3 ours # only servers with that in their name
//! ```
//!
//! The load comes from `wrk` (Debian: `apt-get install wrk`), with connections that are kept: 1, 8 and 64. Requests
//! are of the revision 2026-07-28. Where a server authenticates, tokens are JWTs signed with RS256, of one caller, whose
//! keys the server has from an issuer in this process. The rounds go round all servers, so that what else the machine
//! does meets all of them.

#[allow(dead_code, reason = "two sizes are enough")]
#[path = "../servers/bare.rs"]
mod bare;
#[allow(dead_code, reason = "two sizes are enough")]
#[path = "../servers/by_hand.rs"]
mod by_hand;
mod child;
mod issuer;
mod layer;
mod load;
#[allow(dead_code, reason = "two sizes are enough")]
#[path = "../servers/ours.rs"]
mod ours;
#[allow(dead_code, reason = "the other benchmarks use more of it")]
#[path = "../servers/tools.rs"]
mod tools;

use std::env;
use std::time::Duration;

use child::{Child, SERVERS};
use load::{Figures, Load};

/// Connections at the same time.
const CONNECTIONS: [u32; 3] = [1, 8, 64];

fn main() {
    if let Some(server) = env::var_os(child::SERVER) {
        return child::serve(&server.to_string_lossy());
    }
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let number = |index: usize| arguments.get(index).and_then(|argument| argument.parse().ok());
    let rounds: u32 = number(0).unwrap_or(3);
    let time = Duration::from_secs(number(1).unwrap_or(3).into());
    let wanted = arguments.get(2).map_or("", String::as_str);
    if !load::installed() {
        return say("this benchmark needs `wrk` (Debian: apt-get install wrk)");
    }
    let issuer = issuer::start();
    say(&format!(
        "{rounds} rounds of {time:?}; medians; calls/s (µs of processor time a call, p99) at each number of connections"
    ));
    served(&issuer, rounds, time, wanted);
    if wanted.is_empty() || wanted.contains("refused") {
        refused(&issuer, rounds, time);
    }
}

/// How many calls each server serves.
fn served(issuer: &issuer::Issuer, rounds: u32, time: Duration, wanted: &str) {
    let servers: Vec<_> = SERVERS.iter().filter(|name| name.contains(wanted)).collect();
    let mut measured = vec![vec![Vec::new(); CONNECTIONS.len()]; servers.len()];
    let mut memory = vec![0; servers.len()];
    for _ in 0..rounds {
        for (index, server) in servers.iter().enumerate() {
            let child = Child::start(server, issuer);
            let load = Load::call(&child.url, &issuer.token);
            load.run(&child, 8, Duration::from_millis(500));
            for (connections, measured) in CONNECTIONS.iter().zip(&mut measured[index]) {
                let figures = load.run(&child, *connections, time);
                assert_eq!(figures.errors, 0, "{server} refused calls");
                measured.push(figures);
            }
            memory[index] = memory[index].max(child.peak_memory());
        }
    }
    for ((server, measured), memory) in servers.iter().zip(measured).zip(memory) {
        let cells = measured.into_iter().map(median);
        let cells = cells.map(|figures| figures.to_string());
        let cells = cells.collect::<Vec<_>>().join("  ");
        say(&format!("{server:32} {cells}   peak {:.1} MB", memory as f64 / 1024.0));
    }
}

/// What refusals cost beside a call that is served, at our server.
fn refused(issuer: &issuer::Issuer, rounds: u32, time: Duration) {
    say("ours, with ten tools, at 8 connections: what is refused, beside what is served");
    let child = Child::start("ours, 10 tools", issuer);
    let (url, token) = (child.url.as_str(), issuer.token.as_str());
    let loads = [
        ("served", Load::call(url, token)),
        ("401: no token", Load::without_token(url)),
        // After the first thirty a minute.
        ("429: wrong token", Load::call(url, &issuer.forged)),
        ("403: too little scope", Load::call(url, &issuer.other_scope)),
        ("served, new connections", Load::call_and_close(url, token)),
        // On a new connection each, too: the rest of such a request is not read.
        ("413: 100 kB", Load::with_title(url, token, 100_000)),
        ("413: 1 MB", Load::with_title(url, token, 1 << 20)),
        ("unknown argument", Load::with_unknown(url, token)),
        ("too long by 1 byte", Load::with_title(url, token, 201)),
    ];
    let mut measured = vec![Vec::new(); loads.len()];
    for _ in 0..rounds {
        for ((_, load), measured) in loads.iter().zip(&mut measured) {
            measured.push(load.run(&child, 8, time));
        }
    }
    for ((name, _), measured) in loads.iter().zip(measured) {
        say(&format!("{name:32} {}", median(measured)));
    }
}

fn median(mut figures: Vec<Figures>) -> Figures {
    figures.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    figures.swap_remove(figures.len() / 2)
}

#[expect(clippy::print_stdout, reason = "this is what the benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}
