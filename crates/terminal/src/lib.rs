//! Text for a terminal: tables, wrapping and colours.

/// A card's Markdown.
pub mod markdown;
/// Tables.
pub mod table;
