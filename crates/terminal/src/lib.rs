//! Text for a terminal. Whatever the program prints for people goes through here, so that lines break, columns align
//! and colours appear alike, and no word of a record can steer the terminal.

/// Texts made to fit a width.
mod fit;
/// A page, line by line.
mod page;
/// Tables.
mod table;

pub use self::fit::{cut, wrap};
pub use self::page::{BLUE, BOLD, DIM, PLAIN, Page, RED, TextLayout, YELLOW};
pub use self::table::{Row, lines};
