//! What a generation of the ODS/API can do, and how its addresses are formed.

use crate::catalog::{Dialect, Release};
use crate::profile::{ChosenBy, Isolation, Profile, UseCase};

use super::error::StackError;
use super::parts::has_admin_api;

/// Refuses what the release cannot do.
pub(super) fn check(profile: &Profile, release: &Release) -> Result<(), StackError> {
    if release.dialect == Dialect::V7 {
        return Ok(());
    }
    let use_case = profile.use_case;
    let by_key = profile.instances.chosen_by == ChosenBy::Key;
    let cannot = if use_case.has_tenants() {
        "knows no tenants; choose 7.3.2, or the use case districts"
    } else if use_case.has_districts() && !by_key {
        "finds a district by the key alone; set instances.chosen_by to key"
    } else if use_case.has_years() && by_key {
        "finds a year by the address alone; set instances.chosen_by to address"
    } else if profile.instances.isolation == Isolation::ServerPerInstance {
        "looks for all databases on one server; set instances.isolation to shared-server"
    } else if has_admin_api(profile) {
        "is administered by an Admin App of its own generation, which this version does not bring; set \
         admin_api.placement to none"
    } else {
        return Ok(());
    };
    Err(StackError::Unsupported {
        release: release.release.clone(),
        cannot,
    })
}

/// What release 6 calls a use case (`ApiMode` in Ed-Fi-ODS v6.2).
pub(super) fn api_mode(use_case: UseCase) -> &'static str {
    if use_case == UseCase::Sandbox {
        "Sandbox"
    } else if use_case.has_years() {
        "YearSpecific"
    } else if use_case.has_districts() {
        "DistrictSpecific"
    } else {
        "SharedInstance"
    }
}

/// Where tokens are granted and where data is, below the API's address. `parts` are what chooses tenant and
/// instance, the tenant first.
///
/// Release 7 has them before the area, for tokens too; release 6 has the year behind area and version, and one
/// address for all tokens.
pub(super) fn paths(dialect: Dialect, parts: &[&str]) -> (String, String) {
    let joined = parts.join("/");
    match (dialect, parts) {
        (_, []) => ("oauth/token".to_owned(), "data/v3".to_owned()),
        (Dialect::V7, _) => (format!("{joined}/oauth/token"), format!("{joined}/data/v3")),
        (Dialect::V6, _) => ("oauth/token".to_owned(), format!("data/v3/{joined}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_has_its_own_order() {
        let seven = paths(Dialect::V7, &["north", "2027"]);
        assert_eq!(seven.0, "north/2027/oauth/token");
        assert_eq!(seven.1, "north/2027/data/v3");
        let six = paths(Dialect::V6, &["2027"]);
        assert_eq!(six.0, "oauth/token");
        assert_eq!(six.1, "data/v3/2027");
        assert_eq!(paths(Dialect::V6, &[]).1, "data/v3");
    }
}
