//! Regular expressions for the JSON schema, in the subset that every dialect understands. Each
//! accepts whatever the rule of its field accepts; `rules` explains what is wrong, a pattern cannot.

/// Name of a deployment.
pub const NAME: &str = "^[a-z][a-z0-9-]{0,38}[a-z0-9]$";
/// Complete version of three numbers.
pub const VERSION: &str = r"^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$";
/// Host name, or network address.
pub const HOST: &str = r"^[0-9A-Za-z:]([0-9A-Za-z.:-]{0,251}[0-9A-Za-z:])?$";
/// Network address.
pub const ADDRESS: &str = "^[0-9A-Fa-f.:]{2,45}$";
/// One part of a web address.
pub const PATH: &str = "^[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$";
/// Paths of the gateway that something else answers to.
pub const TAKEN_PATHS: [&str; 4] = ["docs", "admin", "adminapi", "health"];
/// Name of a file.
pub const FILE: &str = r"^[^\x00-\x1f\x7f]{1,4096}$";
/// Name of an Ed-Fi claim set.
pub const CLAIM_SET: &str = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,253}[^\s\x00-\x1f\x7f])?$";
/// Beginning of a descriptor's name.
pub const NAMESPACE: &str = r"^uri://[^\s\x00-\x1f\x7f]{1,249}$";
/// Registry: host, then port and path if wanted.
pub const REGISTRY: &str =
    r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$";
/// Complete image name with tag, digest or both.
pub const IMAGE: &str =
    r"^[A-Za-z0-9][A-Za-z0-9./:_-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$";
/// Name of a tenant.
pub const TENANT: &str = "^[a-z][a-z0-9-]{0,18}[a-z0-9]$";
/// Name of an instance: a year, a district's number, a tenant, or a tenant and a year.
pub const INSTANCE: &str = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$";
/// Name of an extension.
pub const EXTENSION: &str = "^[A-Za-z]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$";
/// Name of a service of the stack.
pub const SERVICE: &str = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$";
