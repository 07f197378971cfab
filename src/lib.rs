//! edfi-setup: from a bare machine to a working Ed-Fi platform, in a terminal.
//!
//! The rooms and what each may know are described in `docs/architecture.md`. Data flows one way:
//! profile + catalog + secrets -> stack -> plan -> run -> events -> view.

pub mod catalog;
pub mod checks;
pub mod cli;
pub mod deployment;
pub mod diagnostic;
pub mod engine;
pub mod export;
pub mod extension;
mod fingerprint;
pub mod interview;
pub mod live;
pub mod plain;
pub mod plan;
pub mod postgres;
pub mod practice;
pub mod profile;
pub mod run;
pub mod server;
pub mod session;
pub mod stack;
pub mod tour;
pub mod tui;
pub mod verify;
pub mod words;
