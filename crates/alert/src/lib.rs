//! Findings told while the stream runs.
