//! The wizard: from the first look at the machine over the questions and their review to a deployment
//! that serves.
//!
//! Each screen is plain data with a pure update; `draw` only reads; the host outside does what is asked for.
