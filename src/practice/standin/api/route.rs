//! From a path to what it asks for. Release 7 has tenant, then ODS context, then area; release 6 has area, then year.

use super::super::web;
use super::mode::Mode;
use super::template::ContextTemplate;

/// A path that the API knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The tenant that it names.
    pub tenant: Option<String>,
    /// The context values that it names, by key of the template.
    pub context: Vec<(String, String)>,
    /// What it asks for.
    pub area: Area,
}

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// Versions and addresses.
    Discovery,
    /// A token.
    Token,
    /// What follows `metadata/`.
    Metadata(Vec<String>),
    /// What follows `data/v3/`.
    Data(Vec<String>),
}

/// Reads a path from which the path base is already gone. Everything but discovery needs the tenant and the context.
pub fn parse(path: &str, multi_tenancy: bool, template: &ContextTemplate) -> Option<Route> {
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| web::decode(part, false))
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (tenant, rest) = match parts.split_first() {
        Some((first, rest)) if multi_tenancy => {
            let known_form =
                !first.is_empty() && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            known_form.then_some((Some((*first).to_owned()), rest))?
        }
        _ => (None, parts.as_slice()),
    };
    let discovery = |context| {
        Some(Route {
            tenant: tenant.clone(),
            context,
            area: Area::Discovery,
        })
    };
    if rest.is_empty() {
        return discovery(Vec::new());
    }
    let (context, rest) = rest.split_at_checked(template.len())?;
    let context = template.matches(context)?;
    if rest.is_empty() {
        return discovery(context);
    }
    let area = area(rest)?;
    Some(Route {
        tenant,
        context,
        area,
    })
}

/// The key of the year in a path of release 6.
pub const YEAR: &str = "schoolYearFromRoute";

/// Reads a path of release 6, from which the path base is already gone. With the mode `YearSpecific` the year stands after
/// area and version, and in the list of documents directly after `metadata`; the token's address never has one. Facts from
/// the `*RouteConvention` classes of Ed-Fi-ODS v6.2-patch2.
pub fn parse_6(path: &str, mode: Mode) -> Option<Route> {
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| web::decode(part, false))
        .collect();
    let lower: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
    let place = match lower
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["data", "v3", ..] => Some(2),
        ["metadata", "data", "v3", ..] => Some(3),
        ["metadata", ..] => Some(1),
        _ => None,
    };
    let mut rest: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut context = Vec::new();
    if let (Mode::YearSpecific, Some(place)) = (mode, place) {
        let is_year =
            |part: &&str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        let year = rest.get(place).copied().filter(is_year)?;
        context.push((YEAR.to_owned(), year.to_owned()));
        rest.remove(place);
    }
    Some(Route {
        tenant: None,
        context,
        area: if rest.is_empty() {
            Area::Discovery
        } else {
            area(&rest)?
        },
    })
}

fn area(parts: &[&str]) -> Option<Area> {
    let lower: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
    let names: Vec<&str> = lower.iter().map(String::as_str).collect();
    let owned = |rest: &[&str]| rest.iter().map(|part| (*part).to_owned()).collect();
    match names.as_slice() {
        ["oauth", "token"] => Some(Area::Token),
        ["metadata", rest @ ..] => Some(Area::Metadata(owned(rest))),
        ["data", "v3", rest @ ..] if !rest.is_empty() => Some(Area::Data(owned(rest))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str, multi_tenancy: bool, template: &str) -> Option<Route> {
        parse(
            path,
            multi_tenancy,
            &ContextTemplate::parse(template).unwrap(),
        )
    }

    fn data(rest: &[&str]) -> Area {
        Area::Data(rest.iter().map(|part| (*part).to_owned()).collect())
    }

    const YEAR: &str = "{schoolYearFromRoute:range(2000,2099)}";

    #[test]
    fn one_ods() {
        assert_eq!(route("/", false, "").unwrap().area, Area::Discovery);
        assert_eq!(route("/oauth/token/", false, "").unwrap().area, Area::Token);
        assert_eq!(
            route("/data/v3/ed-fi/schools", false, "").unwrap().area,
            data(&["ed-fi", "schools"])
        );
        assert_eq!(
            route("/Data/V3/ed-fi/schools", false, "").unwrap().area,
            data(&["ed-fi", "schools"])
        );
        assert_eq!(
            route("/metadata/", false, "").unwrap().area,
            Area::Metadata(vec![])
        );
        for path in [
            "/2027/data/v3/ed-fi/schools",
            "/data/v3",
            "/data/v2/ed-fi/schools",
            "/nonsense",
        ] {
            assert_eq!(route(path, false, ""), None, "{path}");
        }
    }

    #[test]
    fn with_a_context_everything_but_discovery_needs_it() {
        let found = route("/2027/data/v3/ed-fi/schools", false, YEAR).unwrap();
        assert_eq!(
            found.context,
            [("schoolYearFromRoute".to_owned(), "2027".to_owned())]
        );
        assert_eq!(found.area, data(&["ed-fi", "schools"]));
        assert_eq!(
            route("/2027/oauth/token", false, YEAR).unwrap().area,
            Area::Token
        );
        assert_eq!(route("/", false, YEAR).unwrap().context, []);
        assert_eq!(route("/2027", false, YEAR).unwrap().context.len(), 1);
        for path in [
            "/data/v3/ed-fi/schools",
            "/oauth/token",
            "/1999/oauth/token",
        ] {
            assert_eq!(route(path, false, YEAR), None, "{path}");
        }
    }

    #[test]
    fn release_6_has_the_year_after_area_and_version() {
        let year = |path: &str| parse_6(path, Mode::YearSpecific);
        let found = year("/data/v3/2027/ed-fi/schools").unwrap();
        assert_eq!(found.context, [(super::YEAR.to_owned(), "2027".to_owned())]);
        assert_eq!(found.area, data(&["ed-fi", "schools"]));
        let list = year("/metadata/2027").unwrap();
        assert_eq!((list.context.len(), list.area), (1, Area::Metadata(vec![])));
        let order = year("/metadata/data/v3/2027/dependencies").unwrap();
        let order_path = ["data", "v3", "dependencies"].map(str::to_owned).to_vec();
        assert_eq!(order.area, Area::Metadata(order_path));
        assert_eq!(year("/oauth/token").unwrap().area, Area::Token);
        assert_eq!(year("/").unwrap().area, Area::Discovery);
        for path in [
            "/data/v3/ed-fi/schools",
            "/2027/data/v3/ed-fi/schools",
            "/2027/oauth/token",
            "/data/v3/20271/ed-fi/schools",
            "/data/v3/2027",
            "/metadata",
        ] {
            assert_eq!(year(path), None, "{path}");
        }
    }

    #[test]
    fn release_6_has_no_year_in_other_modes() {
        for mode in [Mode::SharedInstance, Mode::DistrictSpecific, Mode::Sandbox] {
            let found = parse_6("/data/v3/ed-fi/schools", mode).unwrap();
            assert_eq!(
                (found.context.len(), found.area),
                (0, data(&["ed-fi", "schools"]))
            );
            // There is no such data model.
            let found = parse_6("/data/v3/2027/ed-fi/schools", mode).unwrap();
            assert_eq!(found.area, data(&["2027", "ed-fi", "schools"]));
        }
    }

    #[test]
    fn a_tenant_comes_first() {
        let found = route("/north-1/2027/data/v3/ed-fi/schools", true, YEAR).unwrap();
        assert_eq!(found.tenant.as_deref(), Some("north-1"));
        assert_eq!(found.context.len(), 1);
        assert_eq!(route("/north", true, YEAR).unwrap().area, Area::Discovery);
        assert_eq!(route("/", true, "").unwrap().tenant, None);
        assert_eq!(
            route("/north/oauth/token", true, "").unwrap().area,
            Area::Token
        );
        // Without the tenant, "data" is taken for one.
        assert_eq!(route("/data/v3/ed-fi/schools", true, ""), None);
        assert_eq!(route("/no%20rth/oauth/token", true, ""), None);
    }
}
