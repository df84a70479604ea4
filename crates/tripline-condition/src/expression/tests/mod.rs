//! Tests of the language: answers from tables, faults with their places, what the engine is told, and properties.

mod bound;
mod faults;
mod naive;
mod params;
mod property;
mod table;
mod warnings;
