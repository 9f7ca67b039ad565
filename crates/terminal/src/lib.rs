//! Text for a terminal. Whatever the program prints for people goes through here, so that line breaks, columns and
//! colours are the same everywhere, and no text of a record can send control codes to the terminal.

/// Texts made to fit a width.
mod fit;
/// A page, line by line.
mod page;
/// Tables.
mod table;

pub use self::fit::{cut, wrap};
pub use self::page::{BLUE, BOLD, DIM, PLAIN, Page, RED, TextLayout, YELLOW};
pub use self::table::{Row, lines};
