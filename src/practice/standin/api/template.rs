//! `ApiSettings:OdsContextRouteTemplate`: the parts of a path that say which ODS is meant, as an ASP.NET route template.

use super::super::crash::Crash;

/// A route template, as in `{schoolYearFromRoute:range(2000,2099)}` or `{instanceId}`. Empty if the API has one ODS only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextTemplate {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter {
        key: String,
        constraints: Vec<Constraint>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Constraint {
    Range(i64, i64),
    Length(usize, usize),
    Letters,
}

impl ContextTemplate {
    /// Reads a template. Of ASP.NET's constraints it knows `int`, `long`, `range`, `min`, `max`, `length`, `minlength`,
    /// `maxlength` and `alpha`.
    pub fn parse(text: &str) -> Result<Self, Crash> {
        let text = text.trim_matches('/');
        let segments = if text.is_empty() {
            Vec::new()
        } else {
            text.split('/').map(segment).collect::<Option<_>>().ok_or_else(|| {
                Crash::new(
                    "Microsoft.AspNetCore.Routing.Patterns.RoutePatternException",
                    format!("The route template '{text}' in ApiSettings:OdsContextRouteTemplate cannot be read."),
                )
            })?
        };
        Ok(Self {
            text: text.to_owned(),
            segments,
        })
    }

    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// How many parts of a path it takes.
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// The values by key if these parts of a path fit.
    pub fn matches(&self, parts: &[&str]) -> Option<Vec<(String, String)>> {
        if parts.len() != self.segments.len() {
            return None;
        }
        let mut values = Vec::new();
        for (segment, part) in self.segments.iter().zip(parts) {
            match segment {
                Segment::Literal(literal) if literal.eq_ignore_ascii_case(part) => {}
                Segment::Parameter { key, constraints }
                    if constraints.iter().all(|constraint| constraint.holds(part)) =>
                {
                    values.push((key.clone(), (*part).to_owned()));
                }
                _ => return None,
            }
        }
        Some(values)
    }

    /// The path for these values, with `{key}` where a value is missing.
    pub fn path(&self, values: &[(String, String)]) -> String {
        let parts: Vec<_> = self
            .segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(literal) => literal.clone(),
                Segment::Parameter { key, .. } => values
                    .iter()
                    .find(|(given, _)| given == key)
                    .map_or_else(|| format!("{{{key}}}"), |(_, value)| value.clone()),
            })
            .collect();
        parts.join("/")
    }
}

fn segment(text: &str) -> Option<Segment> {
    let Some(inner) = text.strip_prefix('{') else {
        return (!text.is_empty() && !text.contains(['{', '}']))
            .then(|| Segment::Literal(text.to_owned()));
    };
    let mut pieces = inner.strip_suffix('}')?.split(':');
    let key = pieces
        .next()
        .filter(|key| !key.is_empty() && key.chars().all(char::is_alphanumeric))?;
    let constraints = pieces.map(Constraint::parse).collect::<Option<_>>()?;
    Some(Segment::Parameter {
        key: key.to_owned(),
        constraints,
    })
}

impl Constraint {
    fn parse(text: &str) -> Option<Self> {
        let (name, arguments) = text
            .strip_suffix(')')
            .map_or(Some((text, "")), |text| text.split_once('('))?;
        let numbers: Vec<i64> = arguments
            .split(',')
            .filter(|text| !text.is_empty())
            .map(|text| text.trim().parse().ok())
            .collect::<Option<_>>()?;
        let size = |number: i64| usize::try_from(number).ok();
        match (name, numbers.as_slice()) {
            ("int", []) => Some(Self::Range(i32::MIN.into(), i32::MAX.into())),
            ("long", []) => Some(Self::Range(i64::MIN, i64::MAX)),
            ("alpha", []) => Some(Self::Letters),
            ("range", [least, most]) => Some(Self::Range(*least, *most)),
            ("min", [least]) => Some(Self::Range(*least, i64::MAX)),
            ("max", [most]) => Some(Self::Range(i64::MIN, *most)),
            ("length", [exactly]) => Some(Self::Length(size(*exactly)?, size(*exactly)?)),
            ("length", [least, most]) => Some(Self::Length(size(*least)?, size(*most)?)),
            ("minlength", [least]) => Some(Self::Length(size(*least)?, usize::MAX)),
            ("maxlength", [most]) => Some(Self::Length(0, size(*most)?)),
            _ => None,
        }
    }

    fn holds(&self, part: &str) -> bool {
        match self {
            Self::Range(least, most) => part
                .parse::<i64>()
                .is_ok_and(|number| (*least..=*most).contains(&number)),
            Self::Length(least, most) => (*least..=*most).contains(&part.chars().count()),
            Self::Letters => part.chars().all(|c| c.is_ascii_alphabetic()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, parts: &[&str]) -> Option<Vec<(String, String)>> {
        ContextTemplate::parse(template).unwrap().matches(parts)
    }

    #[test]
    fn years_stay_in_their_range() {
        let template = "{schoolYearFromRoute:range(2000,2099)}";
        assert_eq!(
            values(template, &["2027"]),
            Some(vec![("schoolYearFromRoute".into(), "2027".into())])
        );
        for part in ["1999", "2100", "data", ""] {
            assert_eq!(values(template, &[part]), None, "{part}");
        }
    }

    #[test]
    fn a_bare_parameter_takes_anything() {
        assert_eq!(
            values("{instanceId}", &["255901"]),
            Some(vec![("instanceId".into(), "255901".into())])
        );
        assert_eq!(values("{instanceId}", &[]), None);
    }

    #[test]
    fn several_parts_and_constraints() {
        let template = "district/{instanceId:length(6)}/{year:int:min(2000)}/";
        assert_eq!(
            values(template, &["District", "255901", "2027"]).map(|values| values.len()),
            Some(2)
        );
        assert_eq!(values(template, &["district", "2559", "2027"]), None);
        assert_eq!(values(template, &["district", "255901", "1999"]), None);
        assert_eq!(values("{word:alpha}", &["a1"]), None);
    }

    #[test]
    fn the_path_shows_what_is_missing() {
        let template = ContextTemplate::parse("{instanceId}/{year:int}").unwrap();
        assert_eq!(template.path(&[]), "{instanceId}/{year}");
        assert_eq!(
            template.path(&[("year".into(), "2027".into())]),
            "{instanceId}/2027"
        );
    }

    #[test]
    fn unreadable_templates_stop_the_start() {
        for text in [
            "{year",
            "{year:range(1)}",
            "{year:nonsense}",
            "a{b}",
            "{}",
            "{year:range(a,b)}",
        ] {
            assert!(ContextTemplate::parse(text).is_err(), "{text}");
        }
        assert!(ContextTemplate::parse("/").unwrap().is_empty());
    }
}
