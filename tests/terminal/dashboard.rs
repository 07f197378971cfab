//! The dashboard as an operator meets it: the real program, in a real terminal, on a real deployment of
//! practice images. Without a container engine these tests fail.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::practice::PREFIX;
use crate::pty::{Pty, is_given_back};
use portable_pty::CommandBuilder;

const PROGRAM: &str = env!("CARGO_BIN_EXE_edfi-setup");
const CTRL_C: &str = "\u{3}";
const CTRL_L: &str = "\u{c}";
const CTRL_Z: &str = "\u{1a}";
const ENTER: &str = "\r";

/// A deployment of this test's own, which goes with it.
struct World {
    home: tempfile::TempDir,
    name: String,
    port: u16,
}

impl World {
    fn new() -> Self {
        let world = Self {
            home: tempfile::tempdir().unwrap(),
            name: format!("dashboard-test-{}", std::process::id()),
            port: free_port(),
        };
        succeeded(&world.run(&["practice", "build", "--prefix", PREFIX]));
        let registry = format!("images.registry={PREFIX}");
        let port = format!("access.port={}", world.port);
        succeeded(&world.run(&[
            "up",
            "district-shared",
            "--name",
            &world.name,
            "--set",
            &registry,
            "--set",
            &port,
            "--yes",
        ]));
        world
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(arguments)
            .env("EDFI_SETUP_HOME", self.home.path())
            .stdin(Stdio::null())
            .output()
            .expect("the program runs")
    }

    fn command(&self, program: &str, arguments: &[&str]) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(self.home.path());
        command.env("EDFI_SETUP_HOME", self.home.path());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("LC_ALL");
        command.env_remove("NO_COLOR");
        command
    }

    /// The dashboard, shown and with everything serving.
    fn dashboard(&self, arguments: &[&str]) -> Pty {
        let all = [&["dashboard", &self.name], arguments].concat();
        let pty = Pty::start(self.command(PROGRAM, &all), 80, 24);
        pty.until_shows("ready ·");
        pty
    }

    /// Every secret value of the deployment.
    fn secrets(&self) -> Vec<String> {
        let file = self.home.path().join(&self.name).join("secrets.json");
        let text = std::fs::read_to_string(file).unwrap();
        let secrets: serde_json::Value = serde_json::from_str(&text).unwrap();
        let values = secrets
            .get("values")
            .and_then(serde_json::Value::as_object)
            .unwrap();
        values
            .values()
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let removed = self.run(&["remove", &self.name, "--confirm", &self.name]);
        assert!(
            removed.status.success() || std::thread::panicking(),
            "{}",
            String::from_utf8_lossy(&removed.stderr)
        );
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn succeeded(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn an_operator_looks_around_and_leaves() {
    let world = World::new();
    tabs_logs_and_secrets(&world);
    what_is_typed_and_resized(&world);
    ways_to_leave(&world);
    suspended_and_resumed(&world);
    a_shell_in_a_container(&world);
    colours(&world);
    // Last: until the calm health check says so again, not everything is ready.
    actions(&world);
}

/// Everything but what was asked for is shown, on every tab, without a secret.
fn tabs_logs_and_secrets(world: &World) {
    let mut pty = world.dashboard(&[]);
    let services = pty.until_shows("serves");
    for service in [
        "db-admin",
        "db-ods",
        "api",
        "gateway",
        &world.port.to_string(),
    ] {
        assert!(services.contains(service), "{service} in\n{services}");
    }
    pty.press("v");
    pty.until_shows("✓ Verified");
    pty.press("2");
    pty.until_shows("following");
    pty.press("3");
    pty.until_shows("newest at the right");
    pty.press("5");
    pty.until_shows("was started");
    pty.press("?");
    pty.until_shows("Dashboard, everywhere");
    pty.press(CTRL_L);
    pty.until_shows("Dashboard, everywhere");
    pty.press("q");
    pty.press("4");
    pty.until_shows("••••");
    let bytes = pty.bytes();
    let secrets = world.secrets();
    assert!(secrets.len() > 2);
    for secret in &secrets {
        assert!(
            !bytes.contains(secret.as_str()),
            "a secret was drawn without being asked for"
        );
    }
    pty.press("Gs");
    let shown = pty.until("the last secret", |screen| {
        let text = screen.contents();
        secrets.iter().any(|secret| text.contains(secret.as_str()))
    });
    assert_eq!(
        secrets
            .iter()
            .filter(|secret| shown.contains(secret.as_str()))
            .count(),
        1
    );
    pty.press("1");
    pty.until_shows("[Services]");
    pty.press("4");
    let hidden = pty.until_shows("[Access]");
    assert!(
        !secrets
            .iter()
            .any(|secret| hidden.contains(secret.as_str()))
    );
    pty.press("q");
    let (code, text) = pty.ended();
    assert_eq!((code, text.trim()), (0, ""));
}

fn what_is_typed_and_resized(world: &World) {
    let mut pty = world.dashboard(&[]);
    pty.press("2");
    pty.until_shows("following");
    pty.press("/database system is ready");
    pty.until_shows("find: database system is ready");
    pty.press(ENTER);
    let found = pty.until("a place among all", |screen| {
        let text = screen.contents();
        text.contains("ready\" ") && text.contains(" of ") && text.contains("standing still")
    });
    assert!(found.contains("database system is ready"), "{found}");
    pty.resize(40, 10);
    pty.until_shows("This window is too small");
    pty.resize(160, 48);
    pty.until("a wide screen", |screen| {
        screen.contents().contains("[Logs]")
    });
    pty.resize(80, 24);
    pty.until("the old size", |screen| {
        screen.contents().contains("standing still")
    });
    pty.press("s");
    pty.until_shows("Saved to");
    let saved: Vec<_> = std::fs::read_dir(world.home.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    let [saved] = saved.as_slice() else {
        panic!("{saved:?}")
    };
    check_saved(saved, &world.secrets());
    pty.press("\u{1b}");
    pty.until("search dropped", |screen| {
        !screen.contents().contains("ready\" ")
    });
    pty.press(CTRL_C);
    let (code, text) = pty.ended();
    assert_eq!((code, text.trim()), (0, ""));
}

fn check_saved(file: &Path, secrets: &[String]) {
    use std::os::unix::fs::PermissionsExt;
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("database system is ready"));
    assert!(!secrets.iter().any(|secret| text.contains(secret.as_str())));
    assert_eq!(
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

/// A service is restarted after a question whose safe choice is focused.
fn actions(world: &World) {
    let mut pty = world.dashboard(&[]);
    pty.press("Ga");
    pty.until_shows("▸ Nothing");
    pty.press("j");
    pty.until_shows("▸ Restart it");
    pty.press(ENTER);
    pty.until_shows("▸ Leave it as it is");
    pty.press("j");
    pty.until_shows("▸ Restart");
    pty.press(ENTER);
    pty.until_shows("was restarted.");
    pty.press("5");
    pty.until("its end and its start", |screen| {
        let text = screen.contents();
        text.contains("ended") && text.contains("was started")
    });
    pty.press("q");
    assert_eq!(pty.ended().0, 0);
}

fn ways_to_leave(world: &World) {
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let pty = world.dashboard(&[]);
        signal(pty.process(), name);
        let (ended, text) = pty.ended();
        assert_eq!((ended, text.trim()), (code, ""), "{name}");
    }
}

/// Ctrl-Z goes back to the shell, `fg` back to the dashboard; where there is no shell nothing happens.
fn suspended_and_resumed(world: &World) {
    let mut pty = world.dashboard(&[]);
    pty.press(CTRL_Z);
    pty.press("2");
    pty.until_shows("[Logs]");
    pty.press("q");
    let (code, text) = pty.ended();
    assert_eq!((code, text.trim()), (0, ""));

    let mut command = world.command("bash", &["--norc", "--noprofile", "--noediting", "-i"]);
    command.env("PS1", "shell> ");
    let mut shell = Pty::start(command, 80, 24);
    shell.until_shows("shell>");
    shell.press(&format!("{PROGRAM} dashboard {}\r", world.name));
    shell.until_shows("ready ·");
    shell.press(CTRL_Z);
    shell.until("the shell", |screen| {
        is_given_back(screen) && screen.contents().contains("Stopped")
    });
    shell.press("stty -a | grep -o ' icanon'\r");
    // The shell may have written its prompt before or after it read the line: the answer stands alone
    // or behind it, and only the question ends with a quote.
    shell.until("a terminal that is not raw", |screen| {
        let text = screen.contents();
        text.lines()
            .any(|line| line.trim_end().ends_with(" icanon"))
    });
    shell.press("fg\r");
    shell.until("the dashboard", |screen| {
        screen.alternate_screen() && screen.contents().contains("ready ·")
    });
    shell.press("q");
    // Not before the shell reads again: until then the terminal, and what is typed, is still ours.
    shell.until("the shell's next prompt", |screen| {
        let text = screen.contents();
        is_given_back(screen) && text.trim_end().ends_with("shell>")
    });
    shell.press("exit\r");
    assert_eq!(shell.ended().0, 0);
}

/// The terminal is lent to the engine's own program; here to one that takes its place.
fn a_shell_in_a_container(world: &World) {
    let programs = tempfile::tempdir().unwrap();
    let docker = programs.path().join("docker");
    std::fs::write(
        &docker,
        "#!/bin/sh\necho \"asked: $*\"\necho inside\nexec sh\n",
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&docker, mode).unwrap();
    let mut command = world.command(PROGRAM, &["dashboard", &world.name]);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", programs.path().display()));
    let mut pty = Pty::start(command, 80, 24);
    pty.until_shows("ready ·");
    pty.press("a");
    pty.until_shows("Open a shell in it");
    pty.press("jjj\r");
    pty.until("the shell", |screen| {
        is_given_back(screen) && screen.contents().contains("inside")
    });
    pty.press("echo shell-$((6 * 7))\r");
    let text = pty.until_shows("shell-42");
    assert!(text.contains("asked: exec --interactive --tty"), "{text}");
    // Meant for the shell, not for the dashboard behind it.
    pty.press(CTRL_C);
    pty.until("another prompt", |screen| {
        let text = screen.contents();
        let after = text.rsplit("^C").next().filter(|_| text.contains("^C"));
        after.is_some_and(|after| after.trim() == "#" || after.trim() == "$")
    });
    pty.press("exit\r");
    pty.until("the dashboard again", |screen| {
        screen.alternate_screen() && screen.contents().contains("has ended")
    });
    pty.press("q");
    assert_eq!(pty.ended().0, 0);
}

fn colours(world: &World) {
    let coloured = |bytes: &str| {
        let styles = bytes.split("\u{1b}[").skip(1).filter_map(|piece| {
            let end = piece.find(|char: char| !char.is_ascii_digit() && char != ';')?;
            piece
                .get(end..)?
                .starts_with('m')
                .then(|| piece.get(..end))?
        });
        let mut styles = styles.flat_map(|style| style.split(';'));
        styles.any(|number| number.parse().is_ok_and(|number: u32| number >= 30))
    };
    let walk = |command: CommandBuilder| {
        let mut pty = Pty::start(command, 80, 24);
        pty.until("everything serving", |screen| {
            screen.contents().contains(" of 4")
        });
        for (key, wanted) in [("2", "[Logs]"), ("4", "[Access]"), ("5", "[Events]")] {
            pty.press(key);
            pty.until_shows(wanted);
        }
        let bytes = pty.bytes();
        pty.press("q");
        assert_eq!(pty.ended().0, 0);
        bytes
    };
    let plain = || world.command(PROGRAM, &["dashboard", &world.name]);
    assert!(coloured(&walk(plain())));
    let mut without = plain();
    without.env("NO_COLOR", "1");
    assert!(!coloured(&walk(without)));
    let mut chosen = plain();
    chosen.env("NO_COLOR", "1");
    chosen.args(["--theme", "light", "--ascii", "--no-mouse"]);
    let bytes = walk(chosen);
    assert!(coloured(&bytes));
    assert!(bytes.is_ascii());
    assert!(!bytes.contains("\u{1b}[?1000h"), "the mouse is left alone");
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let home = tempfile::tempdir().unwrap();
    let piped = Command::new(PROGRAM)
        .arg("dashboard")
        .env("EDFI_SETUP_HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&piped.stderr);
    assert_eq!(piped.status.code(), Some(2));
    assert!(
        words.contains("edfi-setup status") && words.contains("edfi-setup logs"),
        "{words}"
    );

    let mut dumb = CommandBuilder::new(PROGRAM);
    dumb.arg("dashboard");
    dumb.env("EDFI_SETUP_HOME", home.path());
    dumb.env("TERM", "dumb");
    let (code, text) = Pty::start(dumb, 80, 24).ended();
    assert_eq!(code, 2);
    assert!(text.contains("edfi-setup status"), "{text}");
}
