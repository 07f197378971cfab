//! What the services behind the gateway answer. Enough for a verification and a look around; no
//! more, since nothing is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::Method;
use serde_json::{Value, json};

use super::fault::Fault;
use super::server::Data;
use super::wire::{Asked, Reply, unescape};
use super::world::{Answers, Container, State, World};
use super::{NOTICE, Role};

/// The gateway's page when nothing is configured for a path.
pub(super) fn not_found() -> Reply {
    Reply::page(404, "<html><body><h1>404 Not Found</h1></body></html>\n")
}

/// The answer of the service `host` to a request whose path behind the route is `path`.
pub(super) fn answer(
    world: &World,
    state: &mut State,
    network: &str,
    host: &str,
    path: &str,
    asked: &Asked,
) -> Reply {
    let bad_gateway = Reply::page(
        502,
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n",
    );
    let Some(container) = state.host(network, host) else {
        return bad_gateway;
    };
    if container.answers == Answers::Badly {
        return Reply::text(503, "Service Unavailable");
    }
    let part = container
        .service
        .as_ref()
        .and_then(|name| state.parts.get(name));
    match part.map(|part| &part.role) {
        Some(_) if !container.serves() => bad_gateway,
        Some(Role::Api) if state.strikes(Fault::Verify502, None) => bad_gateway,
        Some(Role::Api) => api(world, state, network, host, path, asked),
        Some(Role::AdminApi) => {
            let id = container.id.clone();
            admin_api(world, state, &id, path, asked)
        }
        Some(Role::SandboxAdmin) => page("Sandbox Admin"),
        Some(Role::Pages) => page("Swagger UI"),
        _ => bad_gateway,
    }
}

fn page(title: &str) -> Reply {
    Reply::page(
        200,
        &format!("<!doctype html><title>{title}</title><h1>{title}</h1><p>{NOTICE}.</p>\n"),
    )
}

fn api(
    world: &World,
    state: &mut State,
    network: &str,
    host: &str,
    path: &str,
    asked: &Asked,
) -> Reply {
    let Some(container) = state.host(network, host) else {
        return not_found();
    };
    let admin = setting(container, "ADMIN_POSTGRES_HOST");
    let (instance, below) = by_instance(path);
    match (&asked.method, below) {
        (&Method::GET, "") => discovery(container, asked),
        (&Method::GET, "health") if state.server(network, &admin).is_some() => {
            Reply::text(200, "Healthy")
        }
        (&Method::GET, "health") => Reply::text(503, "Unhealthy"),
        (&Method::POST, "oauth/token") => token(world, state, network, &admin, instance, asked),
        (&Method::GET | &Method::POST, data) => match data.split_once("ed-fi/") {
            Some((_, resource)) => resources(state, instance, resource, asked),
            None => problem(404, "not-found", "Not Found"),
        },
        _ => problem(405, "method-not-allowed", "Method Not Allowed"),
    }
}

/// What a token is good for.
#[derive(Debug)]
pub(super) struct Pass {
    /// The part of the address that chooses tenant and instance, as where it was granted.
    instance: String,
    /// What is in the database.
    sees: Data,
}

/// The part of a path that chooses tenant and instance, and the rest. In release 6 the year stands in the
/// rest, and a key opens every year.
fn by_instance(path: &str) -> (&str, &str) {
    ["oauth/token", "data/v3/"]
        .iter()
        .find_map(|known| path.find(known))
        .and_then(|at| path.split_at_checked(at))
        .unwrap_or(("", path))
}

fn setting(container: &Container, name: &str) -> String {
    let value = container.env.get(name);
    value.map_or_else(String::new, |value| value.expose().to_owned())
}

fn discovery(container: &Container, asked: &Asked) -> Reply {
    let tag = container.image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let release = tag.split('-').next().unwrap_or_default();
    let version: Vec<&str> = release.split('.').take(2).collect();
    let authority = asked.headers.get("host").map_or("", String::as_str);
    // Release 6 knows the longer name only.
    let base = match setting(container, "PATH_BASE") {
        none if none.is_empty() => setting(container, "ApiSettings__PathBase"),
        base => base,
    };
    let root = format!("https://{authority}/{base}");
    Reply::json(
        200,
        &json!({
            "version": version.join("."),
            "informationalVersion": release,
            "suite": "3",
            "build": NOTICE,
            "dataModels": [{ "name": "Ed-Fi", "informationalVersion": NOTICE }],
            "urls": {
                "dependencies": format!("{root}/metadata/data/v3/dependencies"),
                "openApiMetadata": format!("{root}/metadata/"),
                "oauth": format!("{root}/oauth/token"),
                "dataManagementApi": format!("{root}/data/v3/"),
            },
        }),
    )
}

fn token(
    world: &World,
    state: &mut State,
    network: &str,
    admin: &str,
    instance: &str,
    asked: &Asked,
) -> Reply {
    let refused = Reply::json(401, &json!({ "error": "invalid_client" }));
    if state.strikes(Fault::Verify401, None) {
        return refused;
    }
    let Some(server) = state.server(network, admin) else {
        return problem(500, "system", "System Error");
    };
    let pair = asked
        .headers
        .get("authorization")
        .and_then(|header| header.strip_prefix("Basic "))
        .and_then(|text| BASE64.decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    let Some(sees) = pair
        .split_once(':')
        .and_then(|(key, secret)| server.who(key, secret))
    else {
        return refused;
    };
    let id = world.id(state, "token");
    let token: String = id.chars().take(32).collect();
    let pass = Pass {
        instance: instance.to_owned(),
        sees,
    };
    state.tokens.insert(token.clone(), pass);
    Reply::json(
        200,
        &json!({ "access_token": token, "expires_in": 1800, "token_type": "bearer" }),
    )
}

fn resources(state: &State, instance: &str, resource: &str, asked: &Asked) -> Reply {
    let pass = asked
        .headers
        .get("authorization")
        .and_then(|header| header.strip_prefix("Bearer "))
        .and_then(|token| state.tokens.get(token));
    // A client has one instance, and at another's address there is none of its own.
    if pass.is_some_and(|pass| pass.instance != instance) {
        return problem(404, "not-found", "Not Found");
    }
    match (pass.map(|pass| pass.sees), resource) {
        (None, _) => problem(401, "security:authentication", "Authentication Failed"),
        // Of what is known here, no client may change anything.
        (Some(_), _) if asked.method == Method::POST => problem(
            403,
            "security:authorization:access-denied:action",
            "Authorization Denied",
        ),
        (Some(_), "schoolYearTypes") => Reply::json(200, &json!([school_year()])),
        (Some(Data::Sample), "schools") => Reply::json(200, &json!([school()])),
        (Some(Data::Sample), "students") => Reply::json(200, &json!([student()])),
        (Some(_), "schools" | "students") => Reply::json(200, &json!([])),
        (Some(_), _) => problem(404, "not-found", "Not Found"),
    }
}

fn school() -> Value {
    json!({
        "schoolId": 255_901_001,
        "nameOfInstitution": "Grand Bend High School",
        "localEducationAgencyReference": { "localEducationAgencyId": 255_901 },
    })
}

fn student() -> Value {
    json!({
        "studentUniqueId": "604822",
        "firstName": "Student",
        "lastSurname": "Example",
        "birthDate": "2010-01-13",
    })
}

fn school_year() -> Value {
    json!({
        "schoolYear": 1991,
        "currentSchoolYear": false,
        "schoolYearDescription": "1990-1991",
    })
}

fn problem(status: u16, kind: &str, title: &str) -> Reply {
    Reply::json(
        status,
        &json!({
            "type": format!("urn:ed-fi:api:{kind}"),
            "title": title,
            "status": status,
            "detail": NOTICE,
        }),
    )
}

/// Begins the tokens that the Admin API grants: they open nothing else.
const ADMIN_TOKEN: &str = "admin-";

fn admin_api(world: &World, state: &mut State, id: &str, path: &str, asked: &Asked) -> Reply {
    let title = |status: u16, title: &str| Reply::json(status, &json!({ "title": title }));
    let text = String::from_utf8_lossy(&asked.body);
    match (&asked.method, path) {
        (&Method::POST, "connect/token") => match connect(state, id, "token", &text) {
            Ok(()) => {
                let token = format!("{ADMIN_TOKEN}{}", world.id(state, "token"));
                // No instance has this name, so the API takes it for nothing.
                let pass = Pass {
                    instance: ADMIN_TOKEN.to_owned(),
                    sees: Data::Empty,
                };
                state.tokens.insert(token.clone(), pass);
                Reply::json(
                    200,
                    &json!({ "access_token": token, "expires_in": 1800, "token_type": "Bearer" }),
                )
            }
            Err(status) => title(status, NOTICE),
        },
        (&Method::POST, "connect/register") => match connect(state, id, "register", &text) {
            Ok(()) => title(200, "Registered."),
            Err(status) => title(status, NOTICE),
        },
        (&Method::GET, "v2/vendors") => {
            let token = asked.headers.get("authorization");
            let token = token.and_then(|header| header.strip_prefix("Bearer "));
            let ours =
                |token: &&str| token.starts_with(ADMIN_TOKEN) && state.tokens.contains_key(*token);
            match token.filter(ours) {
                Some(_) => Reply::json(200, &json!([])),
                None => title(401, "Unauthorized"),
            }
        }
        _ => title(404, "Not Found"),
    }
}

/// What the Admin API in a container does with a form: the status where it refuses.
pub(super) fn connect(
    state: &mut State,
    container: &str,
    what: &str,
    text: &str,
) -> Result<(), u16> {
    let Some(own) = state.containers.get(container) else {
        return Err(502);
    };
    let open = setting(own, "Authentication__AllowRegistration") != "false";
    let admin = setting(own, "ADMIN_POSTGRES_HOST");
    let server = state
        .host(&own.network, &admin)
        .map(|server| server.id.clone());
    let fields: Vec<(String, String)> = text
        .split('&')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| (unescape(name), unescape(value)))
        .collect();
    let field = |wanted: &str| {
        let found = fields.iter().find(|(name, _)| name == wanted);
        found.map_or("", |(_, value)| value.as_str())
    };
    let Some(server) = server.and_then(|server| state.own_server(&server)) else {
        return Err(500);
    };
    match what {
        "register" if !open => Err(403),
        "register" if field("ClientId").is_empty() => Err(400),
        "register" if !server.register(field("ClientId"), field("ClientSecret")) => Err(400),
        "register" => Ok(()),
        _ if server.administers(field("client_id"), field("client_secret")) => Ok(()),
        _ => Err(401),
    }
}
