//! Out of the directory: by names, links and prefixes.

use serde_json::json;

use crate::world::{World, injections};

#[test]
fn no_path_leads_out_of_the_directory() {
    let world = World::new();
    let around = world.around().to_str().unwrap().to_owned();
    let paths = [
        // The prefix of the root's own name.
        "../safe_secrets/secret.txt".to_owned(),
        format!("{around}/safe_secrets/secret.txt"),
        "_secrets/secret.txt".to_owned(),
        // Dots, in several spellings.
        "../secret.txt".to_owned(),
        "folder/../../secret.txt".to_owned(),
        "..%2fsecret.txt".to_owned(),
        "%2e%2e/secret.txt".to_owned(),
        "..\\secret.txt".to_owned(),
        "....//secret.txt".to_owned(),
        "./../secret.txt".to_owned(),
        "folder/..".to_owned(),
        // Absolute.
        format!("{around}/secret.txt"),
        format!("//{around}/secret.txt"),
        format!("file://{around}/secret.txt"),
        "/etc/passwd".to_owned(),
        "/proc/self/environ".to_owned(),
        // Links.
        "link".to_owned(),
        "hard_link".to_owned(),
        "folder_link/secret.txt".to_owned(),
        "folder_link".to_owned(),
        // Names with more than one meaning.
        "notes.txt\u{0}.png".to_owned(),
        "notes.txt\n".to_owned(),
        "~/secret.txt".to_owned(),
        ".hidden".to_owned(),
        String::new(),
        "a".repeat(1 << 20),
    ];
    world.unchanged(|| {
        for path in &paths {
            world.refused("read_file", json!({ "path": path }));
            // The name of a file, as good as any: nothing is unescaped.
            if path != "..%2fsecret.txt" {
                world.refused("write_file", json!({ "path": path, "text": "x" }));
            }
        }
        for directory in
            ["..", "/", "folder_link", "folder/../..", "../safe_secrets", "link", "/etc"]
        {
            world.refused("list_directory", json!({ "directory": directory }));
        }
    });
}

#[test]
fn nothing_is_written_over_a_link() {
    let world = World::new();
    world.unchanged(|| {
        for path in ["link", "hard_link", "folder_link", "folder_link/new.txt"] {
            world.refused("write_file", json!({ "path": path, "text": "overwritten" }));
        }
    });
    for secret in ["secret.txt", "safe_secrets/secret.txt"] {
        assert_eq!(std::fs::read_to_string(world.at(secret)).unwrap(), crate::world::SECRET);
    }
}

#[test]
fn names_are_names_and_nothing_is_run() {
    let world = World::new();
    let trap = world.at("trap");
    for injection in injections(&trap) {
        world.refused("read_file", json!({ "path": injection }));
    }
    assert!(!trap.exists());
    // The control: what is there is served.
    assert_eq!(world.shown("read_file", json!({ "path": "notes.txt" })), "ours");
    world.served("write_file", json!({ "path": "new.txt", "text": "kept" }));
    assert_eq!(std::fs::read_to_string(world.at("safe/new.txt")).unwrap(), "kept");
    assert!(world.served("list_directory", json!({})).contains("new.txt"));
}

#[test]
fn who_may_read_may_not_write() {
    use crate::support::call;
    use crate::support::http::Request;
    let world = World::new();
    world.unchanged(|| {
        let arguments = json!({ "path": "new.txt", "text": "x" });
        let request = Request::post(&world.server, "reader", call(1, "write_file", arguments));
        assert_eq!(request.send(&world.server).json()["result"]["isError"], true);
    });
}
