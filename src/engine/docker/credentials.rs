//! The login that `docker login` has left, for one image. The engine has none of its own: whoever
//! asks for a pull brings the login along.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard::auth::DockerCredentials;
use serde::Deserialize;
use std::collections::BTreeMap;
use tokio::io::AsyncWriteExt;

/// Key of Docker Hub's login, which predates its name.
const HUB: &str = "https://index.docker.io/v1/";
/// A helper talks to a key ring; one that wants to ask somebody must not hold us up for ever.
const HELPER: Duration = Duration::from_secs(10);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    auths: BTreeMap<String, Login>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Login {
    auth: String,
    identitytoken: String,
}

/// The login for an image's registry, if there is one. A broken one is none: the registry's own
/// refusal says more than we could.
pub(super) async fn for_image(folder: Option<&Path>, reference: &str) -> Option<DockerCredentials> {
    let text = std::fs::read_to_string(folder?.join("config.json")).ok()?;
    let config: Config = serde_json::from_str(&text).ok()?;
    let registry = registry(reference);
    let helper = config
        .cred_helpers
        .get(registry)
        .or(Some(&config.creds_store).filter(|helper| !helper.is_empty()));
    if let Some(helper) = helper
        && let Some(login) = ask_helper(helper, registry).await
    {
        return Some(login);
    }
    config
        .auths
        .iter()
        .find(|(key, _)| host_of(key) == host_of(registry))
        .and_then(|(_, login)| stored(registry, login))
}

/// Where an image comes from: the first part of its name if that looks like a host.
fn registry(reference: &str) -> &str {
    match reference.split_once('/') {
        Some(("docker.io" | "index.docker.io", _)) => HUB,
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => HUB,
    }
}

/// Logins are kept under `host`, `https://host` or `https://host/v1/`.
fn host_of(key: &str) -> &str {
    let key = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .unwrap_or(key);
    key.split('/').next().unwrap_or(key)
}

fn stored(registry: &str, login: &Login) -> Option<DockerCredentials> {
    let decoded = STANDARD.decode(&login.auth).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (username, password) = decoded.split_once(':')?;
    // Some versions of docker pad the password with zero bytes.
    let password = password.trim_end_matches('\0');
    Some(credentials(
        registry,
        username,
        password,
        &login.identitytoken,
    ))
}

fn credentials(
    registry: &str,
    username: &str,
    password: &str,
    identitytoken: &str,
) -> DockerCredentials {
    let set = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    DockerCredentials {
        username: set(username),
        password: set(password),
        identitytoken: set(identitytoken),
        serveraddress: set(registry),
        ..DockerCredentials::default()
    }
}

/// Asks `docker-credential-NAME get`, which reads the registry and answers with JSON.
async fn ask_helper(helper: &str, registry: &str) -> Option<DockerCredentials> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: String,
    }
    if helper.contains(['/', '\\']) {
        return None;
    }
    let mut child = tokio::process::Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    stdin.write_all(registry.as_bytes()).await.ok()?;
    drop(stdin);
    let output = tokio::time::timeout(HELPER, child.wait_with_output())
        .await
        .ok()?
        .ok()?;
    let answer: Answer = serde_json::from_slice(&output.stdout).ok()?;
    Some(if answer.username == "<token>" {
        credentials(registry, "", "", &answer.secret)
    } else {
        credentials(registry, &answer.username, &answer.secret, "")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn login(config: &str, reference: &str) -> Option<DockerCredentials> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        for_image(Some(folder.path()), reference).await
    }

    #[tokio::test]
    async fn a_login_belongs_to_its_registry_only() {
        // "ann:pa:ss" and "bob:x".
        let config = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"YW5uOnBhOnNz"},
            "https://reg.example:5000":{"auth":"Ym9iOng="}}}"#;
        for (reference, user, password) in [
            ("postgres:17", "ann", "pa:ss"),
            ("docker.io/library/postgres", "ann", "pa:ss"),
            ("edfialliance/ods:1", "ann", "pa:ss"),
            ("reg.example:5000/a/b:1", "bob", "x"),
        ] {
            let login = login(config, reference).await.unwrap();
            assert_eq!(login.username.as_deref(), Some(user), "{reference}");
            assert_eq!(login.password.as_deref(), Some(password), "{reference}");
        }
        assert_eq!(login(config, "quay.example/a:1").await, None);
    }

    #[tokio::test]
    async fn no_file_or_an_odd_one_is_no_login() {
        assert_eq!(for_image(None, "a").await, None);
        assert_eq!(login("{}", "a").await, None);
        assert_eq!(login("[]", "a").await, None);
        assert_eq!(
            login(
                r#"{"auths":{"https://index.docker.io/v1/":{"auth":"%"}}}"#,
                "a"
            )
            .await,
            None
        );
        assert_eq!(
            login(r#"{"credsStore":"no-such-helper-anywhere"}"#, "a").await,
            None
        );
    }
}
