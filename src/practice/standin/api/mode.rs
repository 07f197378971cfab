//! Release 6: `API_MODE` decides which database a request is for, alike for all clients.
//!
//! Facts from `ApiMode` and the `*DatabaseReplacementTokenProvider` classes of Ed-Fi-ODS v6.2-patch2. The mode is read when
//! the program starts, so an unknown one ends it. Everything else shows at requests: what a mode needs and does not find
//! there is an unexpected error to the caller and an explanation in the log.

use super::super::crash::Crash;
use super::super::npgsql::{ConnectionString, FormatError};
use super::super::settings::Settings;

/// How the database is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One database for each client, named by its key.
    Sandbox,
    /// One database for all.
    SharedInstance,
    /// By the year in the path.
    YearSpecific,
    /// By the client's only education organization.
    DistrictSpecific,
}

/// What a request offers to choose by.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The client's key.
    pub key: &'a str,
    /// The education organizations that the client was given.
    pub education_organizations: &'a [i64],
    /// The year in the path.
    pub year: Option<&'a str>,
}

/// The settings that only release 6 has.
#[derive(Debug)]
pub struct Legacy {
    /// How the database is chosen.
    pub mode: Mode,
    /// The way there, with `{0}` in host or database for what is chosen. What is wrong with it shows at requests.
    pub ods: Result<ConnectionString, FormatError>,
}

impl Mode {
    /// Reads `API_MODE`. The image has no default.
    pub fn read(settings: &Settings) -> Result<Self, Crash> {
        let text = settings
            .get("ApiSettings:Mode")
            .or_else(|| settings.variable("API_MODE"))
            .unwrap_or_default();
        match text.to_lowercase().as_str() {
            "sandbox" => Ok(Self::Sandbox),
            "sharedinstance" => Ok(Self::SharedInstance),
            "yearspecific" => Ok(Self::YearSpecific),
            "districtspecific" => Ok(Self::DistrictSpecific),
            "instanceyearspecific" => Err(Crash::new(
                "System.NotSupportedException",
                "The practice stand-in does not play the mode InstanceYearSpecific; the real one does.",
            )),
            _ => Err(Crash::new(
                "System.NotSupportedException",
                format!(
                    "The mode \"{text}\" in API_MODE is not supported. Supported are Sandbox, YearSpecific, SharedInstance and DistrictSpecific."
                ),
            )),
        }
    }

    /// As the discovery document shows it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sandbox => "Sandbox",
            Self::SharedInstance => "Shared Instance",
            Self::YearSpecific => "Year Specific",
            Self::DistrictSpecific => "District Specific",
        }
    }

    /// What follows `EdFi_` in the database's name, or why nothing does.
    pub fn token(self, asked: Asked<'_>) -> Result<String, String> {
        let cannot = |why: &str| {
            format!(
                "InvalidOperationException: the database's name cannot be derived in the mode {}: {why}",
                self.title()
            )
        };
        match self {
            Self::Sandbox if asked.key.is_empty() => Err(cannot("the client has no key")),
            Self::Sandbox => Ok(format!("Ods_Sandbox_{}", asked.key)),
            Self::SharedInstance => Ok("Ods".to_owned()),
            Self::YearSpecific => match asked.year.and_then(|year| year.parse::<u32>().ok()) {
                None | Some(0) => Err(cannot("there is no school year in the path")),
                Some(year) => Ok(format!("Ods_{year}")),
            },
            Self::DistrictSpecific => match asked.education_organizations {
                [] => Err(cannot(
                    "the client has no education organization. It must have exactly one, a local education agency",
                )),
                [only] => Ok(format!("Ods_{only}")),
                [..] => Err(cannot(
                    "the client has more than one education organization. It must have exactly one, a local education agency",
                )),
            },
        }
    }
}

impl Legacy {
    /// Reads the mode and the connection string `EdFi_Ods`, from the plain variables unless it is given.
    pub fn read(settings: &Settings) -> Result<Self, Crash> {
        let variable = |name: &str| settings.variable(name).unwrap_or_default();
        let text = settings.get("ConnectionStrings:EdFi_Ods").map_or_else(
            || {
                format!(
                    "host={};port={};username={};password={};database=EdFi_{{0}};pooling={};maximum pool size={};\
                     application name=EdFi.Ods.WebApi",
                    variable("ODS_POSTGRES_HOST"),
                    settings.variable("POSTGRES_PORT").unwrap_or("5432"),
                    variable("POSTGRES_USER"),
                    variable("POSTGRES_PASSWORD"),
                    variable("NPG_POOLING_ENABLED"),
                    variable("NPG_API_MAX_POOL_SIZE_ODS"),
                )
            },
            str::to_owned,
        );
        Ok(Self {
            mode: Mode::read(settings)?,
            ods: ConnectionString::parse(&text),
        })
    }

    /// The way to the database of that token. Without `{0}` every token leads to the same.
    pub fn connection(&self, token: &str) -> Result<ConnectionString, FormatError> {
        let mut target = self.ods.clone()?;
        target.database = target.database.replace("{0}", token);
        target.host = target.host.replace("{0}", token);
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legacy(pairs: &[(&str, &str)]) -> Result<Legacy, Crash> {
        let basic = [
            ("POSTGRES_USER", "postgres"),
            ("ODS_POSTGRES_HOST", "db-ods"),
        ];
        let all = basic
            .iter()
            .chain(pairs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Legacy::read(&Settings::from_variables(all))
    }

    fn way(mode: &str, asked: Asked<'_>) -> Result<String, String> {
        let legacy = legacy(&[("API_MODE", mode)]).unwrap();
        let token = legacy.mode.token(asked)?;
        Ok(format!("{:?}", legacy.connection(&token).unwrap()))
    }

    const NOBODY: Asked<'_> = Asked {
        key: "abc",
        education_organizations: &[],
        year: None,
    };

    #[test]
    fn the_mode_must_be_known() {
        assert!(legacy(&[]).unwrap_err().message().contains("\"\""));
        assert!(
            legacy(&[("API_MODE", "Shared")])
                .unwrap_err()
                .message()
                .contains("\"Shared\"")
        );
        assert_eq!(
            legacy(&[("API_MODE", "sharedINSTANCE")]).unwrap().mode,
            Mode::SharedInstance
        );
        assert!(legacy(&[("API_MODE", "InstanceYearSpecific")]).is_err());
        // The .NET name beats the variable, which only fills in the template.
        let both = [("API_MODE", "x"), ("ApiSettings__Mode", "Sandbox")];
        assert_eq!(legacy(&both).unwrap().mode, Mode::Sandbox);
    }

    #[test]
    fn each_mode_has_its_own_name_for_the_database() {
        assert_eq!(
            way("SharedInstance", NOBODY).unwrap(),
            "postgres@db-ods:5432/EdFi_Ods"
        );
        assert_eq!(
            way("Sandbox", NOBODY).unwrap(),
            "postgres@db-ods:5432/EdFi_Ods_Sandbox_abc"
        );
        let year = Asked {
            year: Some("2027"),
            ..NOBODY
        };
        assert_eq!(
            way("YearSpecific", year).unwrap(),
            "postgres@db-ods:5432/EdFi_Ods_2027"
        );
        let district = Asked {
            education_organizations: &[255_901],
            ..NOBODY
        };
        assert_eq!(
            way("DistrictSpecific", district).unwrap(),
            "postgres@db-ods:5432/EdFi_Ods_255901"
        );
    }

    #[test]
    fn what_a_mode_needs_is_missed_at_the_request() {
        let two = Asked {
            education_organizations: &[255_901, 255_902],
            ..NOBODY
        };
        assert!(
            way("DistrictSpecific", NOBODY)
                .unwrap_err()
                .contains("has no")
        );
        assert!(
            way("DistrictSpecific", two)
                .unwrap_err()
                .contains("more than one")
        );
        assert!(way("YearSpecific", NOBODY).is_err());
        let zero = Asked {
            year: Some("0000"),
            ..NOBODY
        };
        assert!(way("YearSpecific", zero).is_err());
    }

    #[test]
    fn the_host_may_be_chosen_too() {
        let legacy = legacy(&[
            ("API_MODE", "YearSpecific"),
            ("ODS_POSTGRES_HOST", "EdFi_{0}"),
        ])
        .unwrap();
        assert_eq!(
            format!("{:?}", legacy.connection("Ods_2027").unwrap()),
            "postgres@EdFi_Ods_2027:5432/EdFi_Ods_2027"
        );
    }

    #[test]
    fn a_missing_host_shows_at_the_request() {
        let legacy = legacy(&[("API_MODE", "SharedInstance"), ("ODS_POSTGRES_HOST", "")]).unwrap();
        assert_eq!(legacy.connection("Ods"), Err(FormatError::NoHost));
    }
}
