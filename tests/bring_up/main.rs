//! The whole bring-up on a real engine, with practice images: the program is run as an operator
//! runs it, and judged by what it says, what is on the engine, and what the platform answers.
//!
//! Everything a test makes carries its own deployment name and goes away with the test, also when
//! it fails. What killed test runs left is removed by a later run, after an hour.

#[path = "../support/practice.rs"]
mod practice;

// Everything below is test code; saying so lets helpers unwrap as tests do.
#[cfg(test)]
mod admin_api;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod extensions;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod first;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod old_data;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod rolling;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod traffic;
#[cfg(test)]
mod undo;
#[cfg(test)]
#[allow(
    dead_code,
    unused_imports,
    reason = "tests of instances and use cases use other parts of it"
)]
mod world;
