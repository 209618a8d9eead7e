//! Into the arguments of `ping`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::http::Request;
use crate::support::{call, wait_for};
use crate::world::{World, injections, running};

/// True if there is a `ping` here. Under `CI` there has to be one.
fn can_ping(test: &str) -> bool {
    let there =
        ["/usr/bin/ping", "/bin/ping"].iter().any(|path| std::path::Path::new(path).exists());
    assert!(there || std::env::var_os("CI").is_none(), "there is no ping");
    if !there {
        eprintln!("SKIPPED {test}: there is no ping here");
    }
    there
}

#[test]
fn a_host_is_a_name_and_no_option_or_command() {
    if !can_ping("a_host_is_a_name_and_no_option_or_command") {
        return;
    }
    let around = tempfile::tempdir().unwrap();
    let trap = around.path().join("trap");
    let mut hosts = vec![
        "-f",
        "--",
        "-c1000",
        "-h",
        "2130706433",
        "0x7f.1",
        "127.1",
        "a b",
        "",
        "-I lo localhost",
    ];
    let injections = injections(&trap);
    hosts.extend(injections.iter().map(String::as_str));
    // Ten a minute: refused input counts, too.
    for hosts in hosts.chunks(9) {
        let world = World::new();
        world.unchanged(|| {
            for host in hosts {
                let arguments = json!({ "host": host });
                world.refused_as_input("ping_host", arguments, "must be the name of a host");
            }
            world.refused("ping_host", json!({ "host": "127.0.0.1", "count": 1000 }));
        });
        let records = world.server.stop().records();
        assert_eq!(records.len(), hosts.len() + 1);
        // No program ran.
        assert!(records.iter().all(|record| record.get("programs").is_none()), "{records:?}");
    }
    assert!(!trap.exists());
}

#[test]
fn a_host_that_is_there_answers() {
    if !can_ping("a_host_that_is_there_answers") {
        return;
    }
    let world = World::new();
    let told = world.served("ping_host", json!({ "host": "127.0.0.1", "count": 1 }));
    assert!(told.contains("1 received"), "{told}");
    // The control: its record says so.
    let records = world.server.stop().records();
    assert!(records[0]["programs"].as_str().unwrap().starts_with("ping: "), "{records:?}");
}

#[test]
fn a_client_that_goes_away_takes_its_program_with_it() {
    if !can_ping("a_client_that_goes_away_takes_its_program_with_it") {
        return;
    }
    let world = World::new();
    // An address of this machine that nobody else asks for.
    let arguments = json!({ "host": "127.93.41.7", "count": 5 });
    let request = Request::post(&world.server, "writer", call(1, "ping_host", arguments));
    let stream = request.send_and_hold(&world.server);
    wait_for("ping to run", || (running("127.93.41.7") > 0).then_some(()));
    let gone = Instant::now();
    drop(stream);
    wait_for("ping to be gone", || (running("127.93.41.7") == 0).then_some(()));
    // By itself it takes four seconds.
    assert!(gone.elapsed() < Duration::from_secs(3), "{:?}", gone.elapsed());
}
