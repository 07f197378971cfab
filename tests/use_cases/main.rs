//! Every use case on a real engine, by the profile that comes with the program: it comes up, every instance
//! answers its own key at its own address and nobody else's, and its data outlives its containers.

#[path = "../support/practice.rs"]
mod practice;

#[cfg(test)]
#[path = "../bring_up/world/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the world of the bring-ups; not all of it is needed here"
)]
mod world;

// Everything below is test code; saying so lets helpers unwrap as tests do.
#[cfg(test)]
mod platform;
#[cfg(test)]
mod round;
#[cfg(test)]
mod whole;
