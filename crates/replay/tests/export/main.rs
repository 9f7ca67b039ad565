//! A Bulk Data export in, results out: whatever its files look like, the answer is that of the records in it.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that finds a test broken ends the test")]

/// What is missing or broken.
mod gaps;
/// The moment at which an order is judged.
mod moments;
/// What is read, written and counted.
mod output;
/// Records as an export holds them.
mod records;
/// One run.
mod running;
/// What makes no difference.
mod same_answers;
