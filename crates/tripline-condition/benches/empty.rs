//! Nothing: the benchmark is all there is in this package.
