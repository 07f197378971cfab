//! The folder of a deployment, seen from outside: what survives a crash, who may enter, what is
//! refused. Children that are killed are this very program, started again for one test.

// Everything below is test code; saying so lets helpers unwrap as tests do.
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod child;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod files;
#[cfg(test)]
mod lock;
#[cfg(test)]
mod own_pair;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod world;
