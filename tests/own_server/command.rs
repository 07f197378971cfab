//! `edfi-setup postgres test` as an operator runs it.

use assert_cmd::Command;
use serde_json::Value;

use crate::certificates::Files;
use crate::world::{OWNER, PASSWORD, Server, image};

fn program() -> Command {
    let mut command = Command::cargo_bin("edfi-setup").unwrap();
    command.env(
        "EDFI_SETUP_HOME",
        std::env::temp_dir().join("own-server-none"),
    );
    command.args(["postgres", "test"]);
    command
}

fn output(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_for_people_and_for_programs_and_their_exit_codes() {
    let server = Server::start("command").await;
    let files = Files::new();
    let password = files.write("password", PASSWORD);
    let url = format!(
        "postgresql://{OWNER}@127.0.0.1:{}/postgres?sslmode=disable",
        server.port
    );
    let common = [
        "--release",
        "6.2.0",
        "--make",
        "EdFi_Ods_2027",
        "--connections",
        "20",
    ];

    let (code, out, err) = output(
        program()
            .arg(&url)
            .args(common)
            .args(["--password-file", &password]),
    );
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("✓ login        edfi_owner, in the database postgres"),
        "{out}"
    );
    assert!(out.contains("Ready: nothing stands in the way."), "{out}");
    assert!(!out.contains(PASSWORD) && !err.contains(PASSWORD));

    // As lines of JSON, from both sides; the server is only reachable from this one.
    let (code, out, err) = output(
        program()
            .args([
                "--output",
                "json",
                "--from",
                "both",
                "--image",
                &image(),
                &url,
            ])
            .args(common)
            .args(["--password-env", "OWN_SERVER_PASSWORD"])
            .env("OWN_SERVER_PASSWORD", PASSWORD),
    );
    assert_eq!(code, 3, "{out}{err}");
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let result = lines.last().unwrap();
    assert_eq!(result["ready"], false);
    assert_eq!(
        result["host"]["rights"]["create_databases"], true,
        "{result}"
    );
    assert_eq!(result["differences"].as_array().unwrap().len(), 1);
    assert_eq!(
        lines
            .iter()
            .filter(|line| line["from"] == "network")
            .count(),
        13
    );
    assert!(!out.contains(PASSWORD));

    // What stands in the way is told with what to hand over.
    server.sql(&format!("ALTER ROLE {OWNER} NOCREATEDB;")).await;
    let (code, out, _) = output(
        program()
            .arg(&url)
            .args(common)
            .args(["--password-file", &password]),
    );
    assert_eq!(code, 3);
    assert!(
        out.contains("Ask your database administrator to run:"),
        "{out}"
    );
    assert!(out.contains("    ALTER ROLE edfi_owner CREATEDB;"), "{out}");
}

#[test]
fn wrong_input_is_told_for_each_field_and_no_password_is_taken_from_the_command_line() {
    let (code, out, err) =
        output(program().args(["--host", "a..b", "--port", "0", "--tls", "allow"]));
    assert_eq!(code, 2, "{out}{err}");
    for field in ["Host", "Port", "TLS", "User"] {
        assert!(err.contains(field), "{field}: {err}");
    }
    let (code, out, err) = output(program().arg("postgres://e:hunter2@db.invalid/x"));
    assert_eq!(code, 2);
    assert!(err.contains("command line holds a password"), "{err}");
    assert!(
        !out.contains("hunter2") && !err.contains("hunter2"),
        "{out}{err}"
    );
    let (code, _, err) =
        output(program().args(["host=db.invalid user=e", "--password-file", "/etc/hostname"]));
    assert_eq!(code, 2);
    assert!(err.contains("chmod 600"), "{err}");
    let (code, _, err) = output(program().args(["host=db.invalid user=e", "--release", "1.0"]));
    assert_eq!(code, 2);
    assert!(err.contains("7.3.2"), "{err}");
}
