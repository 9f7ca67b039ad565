//! What the workbench is made of, on the test patients of the library.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that finds a test broken ends the test")]

mod cases;
mod edits;
mod pictures;
mod support;
mod unused;
