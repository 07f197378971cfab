//! Years, districts and tenants of a deployment that runs: added, taken away, kept apart, and used all
//! the while. On a real engine with practice images; the program is run as an operator runs it.

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

#[cfg(test)]
mod api;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod districts;
#[cfg(test)]
mod load;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod years;
