//! Tests of the module as a whole stand with the compiler and the conformance cases.
