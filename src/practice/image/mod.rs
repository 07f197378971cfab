//! Images as data: layers of files and what to run, written in the form that `docker load` takes.
//!
//! An image is handed to the engine whole. The engine's builder would make a container for each line of a
//! Dockerfile (about a second each where layers are slow, nine lines to an image) and leave intermediate
//! images behind; this way takes a sixth of the time, and a layer with the same content is the same layer.

mod archive;
mod layer;

pub use archive::{Config, Image, processor, write};
pub use layer::{Layer, Owner};
