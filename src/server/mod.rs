//! An operator's own PostgreSQL server: connecting, testing, advice.
//!
//! [`target`] says which server and as whom; `way` how packets get there, from this computer or from
//! inside a container network; [`tls`] what protects them; `session` what was answered when we logged in;
//! [`mod@test`] asks everything that Ed-Fi needs to know, one stage after the other, and changes nothing.

mod compare;
mod network;
pub mod password;
mod session;
pub mod target;
pub mod test;
pub mod tls;
mod way;

pub use compare::differences;
pub use network::{FromNetwork, NetworkError};
pub use session::{AskFault, Door, LoginFault, ReachFault, Reached, Session};
pub use target::{Field, FieldError, Fields, Place, Target, TlsMode};
pub use way::{DialFault, Duplex, FromHere, Link, NameFault, Spot, Way};
