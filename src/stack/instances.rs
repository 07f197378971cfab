//! Which databases the API serves, on which server, by which address; and who may use them.
//!
//! Years, districts and tenants are databases, rows and routes, never more containers, unless the
//! profile asks for a server for each. Every database is cloned from a template that nobody uses, so
//! that a new one costs the server a copy of files and nobody a pause.

use std::collections::BTreeMap;

use crate::catalog::DatabaseEntry;
use crate::profile::{ChosenBy, Isolation, Profile, UseCase};

use super::build::Builder;
use super::parts::{DB_ADMIN, DB_ODS, Part, has_instances};
use super::settings::{DATABASE_USER, lookup, plain};
use super::{
    Client, Databases, Fill, Holds, Instance, Sandbox, StackError, Tenant, WantedDatabase,
    client_secrets, dialect, template,
};

/// Ends the name of a database that others are cloned from.
const TEMPLATE: &str = "_Template";

/// The part of an address that chooses the instance (Ed-Fi's "ODS context").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// The school year.
    Year,
    /// The district's number.
    District,
}

impl Context {
    /// The context of a profile; none where addresses have no such part.
    pub fn of(profile: &Profile) -> Option<Self> {
        if profile.instances.chosen_by == ChosenBy::Key {
            return None;
        }
        let use_case = profile.use_case;
        match (use_case.has_years(), use_case.has_districts()) {
            (true, _) => Some(Self::Year),
            (_, true) => Some(Self::District),
            _ => None,
        }
    }

    /// The route template that the API is given. Both are those of Ed-Fi's documentation
    /// (context-based routing for year-specific ODS; API client and ODS instance configuration).
    pub fn template(self) -> &'static str {
        match self {
            Self::Year => "{schoolYearFromRoute:range(2000,2099)}",
            Self::District => "{instanceId}",
        }
    }

    /// The route parameter's name, the key of a context row.
    fn key(self) -> &'static str {
        match self {
            Self::Year => "schoolYearFromRoute",
            Self::District => "instanceId",
        }
    }
}

/// One instance in the words of the profile.
struct Wanted {
    name: String,
    tenant: Option<String>,
    year: Option<u16>,
    district: Option<u64>,
}

fn wanted(profile: &Profile) -> Vec<Wanted> {
    let lists = &profile.instances;
    let one = |name: String| Wanted {
        name,
        tenant: None,
        year: None,
        district: None,
    };
    let use_case = profile.use_case;
    if use_case == UseCase::Sandbox {
        return Vec::new();
    }
    if use_case.has_districts() {
        let district = |number: &u64| Wanted {
            district: Some(*number),
            ..one(number.to_string())
        };
        return lists.districts.iter().map(district).collect();
    }
    let years = |tenant: Option<&String>| -> Vec<Wanted> {
        let year = |year: &u16| Wanted {
            tenant: tenant.cloned(),
            year: Some(*year),
            ..one(match tenant {
                Some(tenant) => format!("{tenant}-{year}"),
                None => year.to_string(),
            })
        };
        lists.years.iter().map(year).collect()
    };
    match (use_case.has_tenants(), use_case.has_years()) {
        (true, true) => lists
            .tenants
            .iter()
            .flat_map(|tenant| years(Some(tenant)))
            .collect(),
        (true, false) => lists
            .tenants
            .iter()
            .map(|tenant| Wanted {
                tenant: Some(tenant.clone()),
                ..one(tenant.clone())
            })
            .collect(),
        (false, true) => years(None),
        (false, false) => vec![one("default".to_owned())],
    }
}

/// Who has keys and rights of its own.
pub(super) fn tenants(profile: &Profile) -> Vec<Tenant> {
    if !profile.use_case.has_tenants() {
        return vec![Tenant {
            name: None,
            admin: "EdFi_Admin".to_owned(),
            security: "EdFi_Security".to_owned(),
        }];
    }
    profile
        .instances
        .tenants
        .iter()
        .map(|tenant| Tenant {
            name: Some(tenant.clone()),
            admin: database_name("EdFi_Admin", tenant),
            security: database_name("EdFi_Security", tenant),
        })
        .collect()
}

/// The name of a database for one instance or tenant, as Ed-Fi's documentation forms it.
fn database_name(base: &str, own: &str) -> String {
    format!("{base}_{}", own.replace('-', "_"))
}

/// Everything that has to be in the databases.
pub(super) fn databases(
    builder: &Builder<'_>,
    tenants: &[Tenant],
) -> Result<Databases, StackError> {
    let profile = builder.input.profile;
    let instances = wanted(profile)
        .into_iter()
        .map(|wanted| instance(builder, wanted))
        .collect::<Result<Vec<_>, _>>()?;
    let clients = wanted(profile)
        .into_iter()
        .map(|wanted| client(builder, &wanted))
        .collect::<Result<Vec<_>, _>>()?;
    let sandboxes = if profile.use_case == UseCase::Sandbox {
        vec![
            sandbox(builder, "populated", true)?,
            sandbox(builder, "minimal", false)?,
        ]
    } else {
        Vec::new()
    };
    Ok(Databases {
        user: DATABASE_USER.to_owned(),
        wanted: wanted_databases(builder, tenants, &instances)?,
        admin_service: DB_ADMIN.to_owned(),
        dialect: builder.release.dialect,
        extensions: builder.input.extensions.to_vec(),
        tenants: tenants.to_vec(),
        instances,
        clients,
        sandboxes,
    })
}

/// Databases to make, each after the one it is cloned from.
fn wanted_databases(
    builder: &Builder<'_>,
    tenants: &[Tenant],
    instances: &[Instance],
) -> Result<Vec<WantedDatabase>, StackError> {
    let profile = builder.input.profile;
    let mut wanted = Vec::new();
    for part in &builder.parts {
        let databases = &builder.entry(part.role)?.databases;
        // Release 6 brings the template that it clones its own database from.
        let published = databases.iter().find(|entry| entry.template);
        for entry in databases {
            let own = Made {
                builder,
                service: &part.service,
                entry,
            };
            let cloned = cloned_from(profile, tenants, instances, part, entry);
            if cloned.is_empty() || entry.template {
                wanted.push(own.as_published());
                continue;
            }
            let from = if let Some(published) = published {
                published.name.clone()
            } else {
                let template = own.template();
                let from = template.name.clone();
                wanted.push(template);
                from
            };
            for (name, copied) in cloned {
                let fill = copied.map_or_else(|| Fill::Clone(from.clone()), Fill::Copy);
                wanted.push(own.filled(name, fill));
            }
        }
    }
    Ok(sources_first(wanted))
}

/// Names of the databases that take an image's own one's place, and what each begins as a copy of.
fn cloned_from(
    profile: &Profile,
    tenants: &[Tenant],
    instances: &[Instance],
    part: &Part,
    entry: &DatabaseEntry,
) -> Vec<(String, Option<String>)> {
    if part.service == DB_ADMIN {
        let name = |tenant: &Tenant| {
            let own = if entry.name == "EdFi_Admin" {
                &tenant.admin
            } else {
                &tenant.security
            };
            (own.clone(), None)
        };
        let named = tenants.iter().filter(|tenant| tenant.name.is_some());
        return named.map(name).collect();
    }
    let shared = profile.instances.isolation == Isolation::SharedServer;
    if !has_instances(profile) || !shared {
        return Vec::new();
    }
    instances
        .iter()
        .map(|instance| {
            (
                instance.database.clone(),
                copied(profile, instances, instance),
            )
        })
        .collect()
}

/// The database that an instance begins as a copy of, if the profile says so. A database that is no
/// instance any more can be copied, too.
fn copied(profile: &Profile, instances: &[Instance], instance: &Instance) -> Option<String> {
    let from = profile.instances.copies.get(&instance.name)?;
    let known = instances.iter().find(|other| other.name == *from);
    Some(match known {
        Some(other) => other.database.clone(),
        None => database_name("EdFi_Ods", from),
    })
}

/// Copies behind what they are copied from. A circle stays as it is: what is there already decides.
fn sources_first(wanted: Vec<WantedDatabase>) -> Vec<WantedDatabase> {
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    for (at, database) in wanted.iter().enumerate() {
        place.insert(format!("{}/{}", database.service, database.name), at);
    }
    let depth = |at: usize| {
        let mut depth = 0;
        let mut now = at;
        while depth <= wanted.len() {
            let Some(database) = wanted.get(now) else {
                break;
            };
            let Fill::Copy(from) = &database.fill else {
                break;
            };
            let Some(next) = place.get(&format!("{}/{from}", database.service)) else {
                break;
            };
            now = *next;
            depth += 1;
        }
        depth
    };
    let depths: Vec<usize> = (0..wanted.len()).map(depth).collect();
    let mut order: Vec<(usize, WantedDatabase)> = depths.into_iter().zip(wanted).collect();
    order.sort_by_key(|(depth, _)| *depth);
    order.into_iter().map(|(_, database)| database).collect()
}

/// A database of an image, made in one of several ways.
struct Made<'a> {
    builder: &'a Builder<'a>,
    service: &'a str,
    entry: &'a DatabaseEntry,
}

impl Made<'_> {
    fn filled(&self, name: String, fill: Fill) -> WantedDatabase {
        WantedDatabase {
            service: self.service.to_owned(),
            name,
            fill,
            holds: match self.entry.name.as_str() {
                "EdFi_Admin" => Holds::Admin,
                "EdFi_Security" => Holds::Security,
                _ => Holds::Ods,
            },
            sign: self.entry.sign.clone(),
            template: false,
        }
    }

    fn dump(&self) -> Fill {
        Fill::Dump(match &self.entry.dump_tpdm {
            Some(with_tpdm) if self.builder.standard.tpdm => with_tpdm.clone(),
            _ => self.entry.dump.clone(),
        })
    }

    /// As the image makes it by itself.
    fn as_published(&self) -> WantedDatabase {
        WantedDatabase {
            template: self.entry.template,
            ..self.filled(self.entry.name.clone(), self.dump())
        }
    }

    /// A template of our own. The database that the image makes by itself may hold data from the time
    /// before there were several, so it is never cloned.
    fn template(&self) -> WantedDatabase {
        WantedDatabase {
            template: true,
            ..self.filled(format!("{}{TEMPLATE}", self.entry.name), self.dump())
        }
    }
}

fn instance(builder: &Builder<'_>, wanted: Wanted) -> Result<Instance, StackError> {
    let profile = builder.input.profile;
    let alone = !has_instances(profile);
    let own_server = !alone && profile.instances.isolation == Isolation::ServerPerInstance;
    let service = if own_server {
        format!("{DB_ODS}-{}", wanted.name)
    } else {
        DB_ODS.to_owned()
    };
    let database = if alone || own_server {
        "EdFi_Ods".to_owned()
    } else {
        database_name("EdFi_Ods", &wanted.name)
    };
    // Release 6 has none: it forms the name of the database by itself.
    let template = builder
        .entry("api")?
        .connection_string
        .clone()
        .unwrap_or_default();
    let connection_string = template::fill(&template, &|name| match name {
        "database" => Some(plain(&database)),
        "instance.host" => Some(plain(&service)),
        other => lookup(builder, other),
    })?;
    let value = wanted
        .year
        .map(|year| year.to_string())
        .or_else(|| wanted.district.map(|district| district.to_string()));
    let context = builder
        .context()
        .zip(value)
        .map(|(context, value)| (context.key().to_owned(), value));
    let parts: Vec<&str> = [
        wanted.tenant.as_deref(),
        context.as_ref().map(|(_, value)| value.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (token_path, data_path) = dialect::paths(builder.release.dialect, &parts);
    Ok(Instance {
        name: wanted.name,
        kind: "ODS".to_owned(),
        tenant: wanted.tenant,
        context,
        service,
        database,
        token_path,
        data_path,
        connection_string: connection_string.value,
    })
}

/// The client that an instance gets of its own. It opens that instance and no other.
fn client(builder: &Builder<'_>, wanted: &Wanted) -> Result<Client, StackError> {
    let profile = builder.input.profile;
    let first = &profile.first_client;
    let [key, secret] = client_secrets(profile, &wanted.name);
    Ok(Client {
        name: if has_instances(profile) {
            format!("client of {}", wanted.name)
        } else {
            "first client".to_owned()
        },
        instance: wanted.name.clone(),
        key: builder.secret(&key)?.clone(),
        secret: builder.secret(&secret)?.clone(),
        claim_set: first.claim_set.clone(),
        education_organizations: match wanted.district {
            Some(district) => vec![district],
            None => first.education_organizations.clone(),
        },
        namespaces: first.namespaces.clone(),
    })
}

fn sandbox(builder: &Builder<'_>, name: &str, populated: bool) -> Result<Sandbox, StackError> {
    Ok(Sandbox {
        name: name.to_owned(),
        key: builder.secret(&format!("{name}-key"))?.clone(),
        secret: builder.secret(&format!("{name}-secret"))?.clone(),
        populated,
    })
}
