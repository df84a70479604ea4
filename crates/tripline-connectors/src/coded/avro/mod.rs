//! Avro: `schema` makes of a schema what `read` goes by, a message in hand.
//!
//! The crate `apache_avro` reads schemas. Messages are read here, straight into JSON: by its own way they first become values
//! whose memory, depth and order of a map's keys nothing bounds or keeps.

mod read;
mod schema;
#[cfg(test)]
mod tests;

pub(super) use schema::Schema;
