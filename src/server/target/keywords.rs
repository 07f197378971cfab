//! Keywords as libpq takes them: `host=db.example port=5432 user='edfi owner'`.

use super::{Field, FieldError, Fields};

/// Reads keywords.
pub(super) fn read(text: &str) -> Result<Fields, FieldError> {
    if looks_like_dotnet(text) {
        return Err(FieldError::new(
            Field::Url,
            "This looks like a connection string of a .NET program, with semicolons.",
            "Write it with blanks between the parts, as in host=db.district.example port=5432 user=edfi_owner, or fill in the fields.",
        ));
    }
    let mut fields = Fields::default();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(fields);
        }
        let mut name = String::new();
        while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.next_if_eq(&'=').is_none() {
            return Err(FieldError::new(
                Field::Url,
                "This is neither an address that begins with postgresql:// nor a list of keywords.",
                "Write an address such as postgresql://edfi_owner@db.district.example/postgres, or keywords such as host=db.district.example user=edfi_owner. A value with blanks stands in single quotes.",
            ));
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        let value = value(&mut rest)?;
        fields.set(&name, value)?;
    }
}

fn value(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, FieldError> {
    let mut value = String::new();
    if rest.next_if_eq(&'\'').is_none() {
        while let Some(c) = rest.next_if(|c| !c.is_whitespace()) {
            match c {
                '\\' => value.extend(rest.next()),
                c => value.push(c),
            }
        }
        return Ok(value);
    }
    loop {
        match rest.next() {
            Some('\'') => return Ok(value),
            Some('\\') => value.extend(rest.next()),
            Some(c) => value.push(c),
            None => {
                return Err(FieldError::new(
                    Field::Url,
                    "A single quote is opened and never closed.",
                    "Put a single quote behind the value. Within a value, write \\' for a single quote and \\\\ for a backslash.",
                ));
            }
        }
    }
}

fn looks_like_dotnet(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.contains(';')
        && (lower.starts_with("host=") || lower.starts_with("server=") || lower.contains(";host="))
}
