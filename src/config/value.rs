//! The types that a key may have. What a type cannot hold is refused where the file or the variable is read, so that the
//! message can name its line and no other code has to check it again.

use std::path::PathBuf;

use cds_hooks::discovery::PrefetchSet;
use cds_hooks::profile::{Profile, SummaryHook};
use fhir_client::ServerUrl;
use store::place::Place;

use super::network::Network;
use super::number::Share;
use super::text::{AllowedOrigin, HostUrl, ListenAddress, Parsed, StandardVersion, Zone};
use super::{Algorithm, Delivery, LogFormat, LogLevel, Mode, WorkbenchMode};

/// How the value of a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueForm {
    /// As TOML writes it: a number or a boolean.
    Literal,
    /// As text, so that `2024` in a variable of the environment is not a number.
    Text,
    /// As text that may hold a password: it is never repeated in a message.
    Secret,
    /// As the path of a file or folder: in a settings file it is relative to that file.
    Path,
    /// As a list; in a variable of the environment also with commas between its items.
    List,
}

/// A type that a key may have.
pub trait Setting {
    /// How its values are written.
    const FORM: ValueForm;
}

macro_rules! shapes {
    ($($form:ident: $($type:ty),+;)+) => {
        $($(impl Setting for $type {
            const FORM: ValueForm = ValueForm::$form;
        })+)+
    };
}

shapes! {
    Literal: bool, Share;
    Text: String, Mode, WorkbenchMode, Delivery, LogFormat, LogLevel, Algorithm, Profile, PrefetchSet, SummaryHook;
    Text: ListenAddress, StandardVersion;
    Text: Parsed<Network>, Parsed<HostUrl>, Parsed<ServerUrl>, Parsed<AllowedOrigin>, Parsed<Zone>;
    Secret: Parsed<Place>;
    Path: PathBuf;
}

impl<T> Setting for Vec<T> {
    const FORM: ValueForm = ValueForm::List;
}

impl<T: Setting> Setting for Option<T> {
    const FORM: ValueForm = T::FORM;
}
