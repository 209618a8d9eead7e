//! What the kernel holds programs by.

use super::*;

/// Runs a script with all of the sandbox, and without any of it as a control.
async fn both(test: &str, place: &Place, text: &'static str) -> Option<(String, String)> {
    if !is_complete(test) {
        return None;
    }
    let confined = script(SHELL, text).within(&place.root()).run().await.unwrap().text();
    let free = std::process::Command::new("/bin/sh")
        .arg("-c")
        .arg(text)
        .current_dir(place.at(""))
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    Some((confined, String::from_utf8(free.stdout).unwrap()))
}

#[tokio::test]
async fn files_outside_are_out_of_reach() {
    let place = Place::new();
    let text = "cat inside; cat ../secret 2>&1 | grep -o canary; cat out 2>&1 | grep -o canary; \
                cat /proc/$PPID/environ >/dev/null 2>&1 && echo environment; \
                ls / >/dev/null 2>&1 && echo listed; true";
    std::os::unix::fs::symlink(place.around.path().join("secret"), place.at("out")).unwrap();
    let Some((confined, free)) = both("files_outside_are_out_of_reach", &place, text).await else {
        return;
    };
    assert_eq!(confined, "ours");
    assert_eq!(free, "ourscanary\ncanary\nenvironment\nlisted\n");
}

#[tokio::test]
async fn nothing_is_written() {
    let place = Place::new();
    let text = "for f in new ../new /tmp/secure-tool-canary-$PPID inside; do \
                (echo x > $f) 2>/dev/null && echo $f; done; rm -f inside 2>/dev/null && echo removed; \
                mkdir made 2>/dev/null && echo made; true";
    if !is_complete("nothing_is_written") {
        return;
    }
    let names = place.names();
    let confined = script(SHELL, text).within(&place.root()).run().await.unwrap().text();
    assert_eq!((confined.as_str(), place.names()), ("", names));
    assert_eq!(fs::read_to_string(place.at("inside")).unwrap(), "ours");

    // Where it is declared, within the root and nowhere else.
    let text = "echo y > new; mkdir made; rm inside; (echo x > ../new) 2>/dev/null && echo out; \
                ln -s /etc link 2>/dev/null && echo linked; mkfifo fifo 2>/dev/null && echo fifo; true";
    let confined = script(SHELL, text).changing(&place.root()).run().await.unwrap().text();
    assert_eq!(
        (confined.as_str(), place.names()),
        ("", ["made", "new", "root", "secret"].map(String::from).to_vec())
    );
}

#[tokio::test]
async fn what_is_known_of_files_is_not_changed() {
    use std::os::unix::fs::MetadataExt;
    if !is_complete("what_is_known_of_files_is_not_changed") {
        return;
    }
    let place = Place::new();
    let secret = place.around.path().join("secret");
    let seen = || {
        let found = fs::metadata(&secret).unwrap();
        (found.mode(), found.uid(), found.gid(), found.mtime(), found.ctime(), found.ctime_nsec())
    };
    let before = seen();
    let text = "for f in ../secret inside; do chmod 777 $f; chown $(id -u) $f; touch -d @1 $f; done \
                2>/dev/null; true";
    script(SHELL, text).changing(&place.root()).run().await.unwrap();
    assert_eq!(seen(), before);
    let perl = "my $f = '../secret'; chmod 0777, $f; utime 1, 1, $f; open(my $h, '<', 'inside'); \
                chmod 0777, $h; chown $<, -1, $h; \
                my ($k, $v) = ('user.x', 'y'); print 'set' if syscall($ARGV[0] + 0, $f, $k, $v, 1, 0) == 0; \
                my $n = pack('L', 0x40); print 'flagged' if ioctl($h, 0x40086602, $n); print 'ran';";
    let inside = fs::metadata(place.at("inside")).unwrap().mode();
    if Path::new("/usr/bin/perl").exists() {
        let program = Program::at(&["/usr/bin/perl"])
            .interpreter("calls the system in tests")
            .reads(&["/etc/perl"]);
        let call = program.open().unwrap().command().literals(&["-e", perl]);
        let call = call.value(nix::libc::SYS_setxattr).changing(&place.root());
        assert_eq!(call.run().await.unwrap().text(), "ran");
    }
    assert_eq!((seen(), fs::metadata(place.at("inside")).unwrap().mode()), (before, inside));
    // The control: whose file it is may do so.
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    assert_ne!(seen(), before);
}

#[tokio::test]
async fn no_other_program_is_started() {
    if !is_complete("no_other_program_is_started") {
        return;
    }
    let place = Place::new();
    fs::copy("/bin/echo", place.at("mine")).unwrap();
    // `executes` is left out.
    let alone = Program::at(&["/bin/sh"]).interpreter("plays any program in tests");
    let text = "/bin/echo started; ./mine started; echo built in";
    let told = script(alone, text).within(&place.root()).run().await.unwrap().text();
    assert_eq!(told, "built in\n");
    // What is in its directory is not executed even if others may be.
    let told = script(SHELL, "./mine started; true").changing(&place.root()).run().await.unwrap();
    assert_eq!(told.text(), "");
    // But by the loader, which the kernel has to open like a program. It gives nothing that it has not.
    let Some(loader) = alone.open().unwrap().0.checked.loader.clone() else { return };
    let text: &'static str = format!(
        "{0} /bin/echo loaded; {0} /bin/cat ../secret; {0} /bin/chmod 777 ../secret; true",
        loader.display()
    )
    .leak();
    let told = script(alone, text).within(&place.root()).run().await.unwrap().text();
    assert_eq!(told, "loaded\n");
}

#[tokio::test]
async fn other_processes_keep_their_limits() {
    let ran = "other_processes_keep_their_limits";
    if !is_complete(ran) || !Path::new("/usr/bin/perl").exists() {
        return eprintln!("skipped: {ran}: there is no perl, or no sandbox");
    }
    // Of core files: whoever is let do it does no harm. The parent is this test.
    let perl = "my $core = pack('QQ', 0, 0); \
                print 'own ' if syscall($ARGV[0] + 0, 0, 4, $core, 0) == 0; \
                print 'others' if syscall($ARGV[0] + 0, getppid(), 4, $core, 0) == 0; \
                print 'turn' if setpriority(0, getppid(), 19);";
    let program = Program::at(&["/usr/bin/perl"]).interpreter("calls the system in tests");
    let call = program.reads(&["/etc/perl"]).open().unwrap().command().literals(&["-e", perl]);
    let told = call.value(nix::libc::SYS_prlimit64).run().await.unwrap().text();
    assert_eq!(told, "own ");
}

#[tokio::test]
async fn the_network_is_off_unless_it_is_declared() {
    if !is_complete("the_network_is_off_unless_it_is_declared") {
        return;
    }
    let (Ok(listener), true) =
        (std::net::TcpListener::bind("127.0.0.1:0"), Path::new("/usr/bin/perl").exists())
    else {
        eprintln!("SKIPPED the_network_is_off_unless_it_is_declared: no perl here");
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let text = "use Socket; for my $k (PF_INET, PF_INET6, PF_UNIX) { for my $t (SOCK_STREAM, SOCK_DGRAM) { \
                print 'made ' if socket(my $s, $k, $t, 0); } } \
                my $c; socket($c, PF_INET, SOCK_STREAM, 0) && \
                connect($c, sockaddr_in($ARGV[0], inet_aton('127.0.0.1'))) && print 'connected';";
    let perl =
        Program::at(&["/usr/bin/perl"]).interpreter("opens sockets in tests").reads(&["/etc/perl"]);
    let told = |program: Program| async move {
        let runner = program.open().unwrap();
        runner.command().literals(&["-e", text]).value(port).run().await.unwrap().text()
    };
    assert_eq!(told(perl).await, "");
    let with_network = told(perl.network()).await;
    assert!(with_network.contains("made") && with_network.ends_with("connected"), "{with_network}");
}

#[tokio::test]
async fn no_signal_reaches_the_server() {
    if !is_complete("no_signal_reaches_the_server") {
        return;
    }
    let place = Place::new();
    let Some(version) = SHELL.open().unwrap().confinement().landlock.filter(|found| *found >= 6)
    else {
        eprintln!("SKIPPED no_signal_reaches_the_server: Landlock here does not guard signals");
        return;
    };
    let text = "kill -0 $PPID 2>/dev/null && echo reached; kill -0 $$ && echo itself";
    let (confined, free) = both("no_signal_reaches_the_server", &place, text).await.unwrap();
    assert_eq!((confined.as_str(), free.as_str()), ("itself\n", "reached\nitself\n"), "{version}");
}

#[tokio::test]
async fn privileges_cannot_be_gained() {
    let shown =
        script(SHELL.reads(&["/proc"]), "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status");
    if !is_complete("privileges_cannot_be_gained") {
        return;
    }
    assert_eq!(shown.run().await.unwrap().text(), "NoNewPrivs:\t1\nSeccomp:\t2\n");
}

#[tokio::test]
async fn what_held_it_is_told() {
    if !is_complete("what_held_it_is_told") {
        return;
    }
    let finished = script(SHELL, "true").run().await.unwrap();
    assert!(finished.confinement.is_complete() && !finished.confinement.network);
    let told = finished.confinement.to_string();
    assert!(told.starts_with("landlock ") && told.ends_with(", seccomp"), "{told}");
    // This thread, and the whole server, is as free as before.
    assert!(fs::read("/proc/self/environ").is_ok());
    assert!(tempfile::tempfile().is_ok());
}
