//! Additions to the Ed-Fi data model: what their makers deliver, and where each part of it belongs.
//!
//! An extension is a folder with the program (assemblies that the API loads) and with SQL: tables for every
//! ODS, and claims for every Security database. Containers place neither by themselves. The layout is that of
//! Ed-Fi's own extensions (Ed-Fi-Extensions, `Versions/*/Standard/*/Artifacts/PgSql`) and of the plug-ins
//! that are built from them (Ed-Fi ODS documentation, "How to: Deploy an extension plugin").

mod layout;
mod read;

pub use layout::Script;
pub use read::read;

use std::sync::Arc;

/// One extension, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Files of the program: path below its folder, and content.
    pub program: Vec<(String, Arc<[u8]>)>,
    /// SQL for every ODS, in the order in which it has to run.
    pub ods: Vec<Script>,
    /// SQL for every Security database, in the order in which it has to run.
    pub security: Vec<Script>,
}

impl Extension {
    /// Tells whether a set of scripts is the one that ran.
    pub fn mark(&self, scripts: &[Script]) -> String {
        let mut whole = String::new();
        for script in scripts {
            whole.push_str(&script.path);
            whole.push('\n');
            whole.push_str(&script.text);
            whole.push('\n');
        }
        format!("{}@{}", self.name, crate::fingerprint::short(&whole))
    }
}
