//! The suites that every implementation of a seam must pass. Each function panics with what went wrong.
