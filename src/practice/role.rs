//! What a practice image stands for.

use std::fmt;

/// The part that an image plays in a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// PostgreSQL that brings `EdFi_Admin` and `EdFi_Security` along.
    DbAdmin,
    /// PostgreSQL that brings `EdFi_Ods`, made from the minimal template.
    DbOdsMinimal,
    /// PostgreSQL that brings the minimal and the populated template, for sandboxes.
    DbOdsSandbox,
    /// The ODS/API.
    WebApi,
    /// The Admin API.
    AdminApi,
    /// The sandbox administration site.
    SandboxAdmin,
    /// Swagger UI.
    Swagger,
    /// nginx, the one door to everything else.
    Gateway,
    /// `PgBouncer`.
    Pooler,
    /// Redis.
    Cache,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 10] = [
        Self::DbAdmin,
        Self::DbOdsMinimal,
        Self::DbOdsSandbox,
        Self::WebApi,
        Self::AdminApi,
        Self::SandboxAdmin,
        Self::Swagger,
        Self::Gateway,
        Self::Pooler,
        Self::Cache,
    ];

    /// Whether the image runs PostgreSQL.
    pub fn is_database(self) -> bool {
        matches!(
            self,
            Self::DbAdmin | Self::DbOdsMinimal | Self::DbOdsSandbox
        )
    }

    /// The name under which `edfi-setup stand-in NAME` plays this role, if it is one of Ed-Fi's own programs.
    pub fn stand_in(self) -> Option<&'static str> {
        match self {
            Self::WebApi => Some("api"),
            Self::AdminApi => Some("admin-api"),
            Self::SandboxAdmin => Some("sandbox-admin"),
            Self::Swagger => Some("swagger"),
            Self::DbAdmin
            | Self::DbOdsMinimal
            | Self::DbOdsSandbox
            | Self::Gateway
            | Self::Pooler
            | Self::Cache => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DbAdmin => "admin database",
            Self::DbOdsMinimal => "ODS database",
            Self::DbOdsSandbox => "sandbox database",
            Self::WebApi => "ODS/API",
            Self::AdminApi => "Admin API",
            Self::SandboxAdmin => "Sandbox Admin",
            Self::Swagger => "Swagger UI",
            Self::Gateway => "gateway",
            Self::Pooler => "connection pooler",
            Self::Cache => "cache",
        })
    }
}
