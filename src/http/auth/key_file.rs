//! The keys of a client in a file: read at the start, and again when the file changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::watched::{Content, Watched};
use super::keys::Keys;

/// A JWK Set in a file.
#[derive(Debug)]
pub struct KeyFile {
    client: String,
    path: PathBuf,
    keys: Arc<Watched<Keys>>,
}

impl KeyFile {
    /// Reads the file of a client.
    ///
    /// # Errors
    ///
    /// The file cannot be read or holds no usable key; the message names the setting and the file.
    pub fn open(client: &str, path: &Path) -> Result<KeyFile, String> {
        let file = path.display().to_string();
        let keys = Watched::open(vec![path.to_owned()], move |contents| keys(&file, contents))
            .map_err(|error| format!("clients.{client}.keys: {error}"))?;
        for reason in &keys.get().left_out {
            tracing::warn!(client, path = %path.display(), reason, "a key is left out");
        }
        Ok(KeyFile { client: client.to_owned(), path: path.to_owned(), keys: Arc::new(keys) })
    }

    /// The keys as they were last read.
    pub fn keys(&self) -> Arc<Keys> {
        self.keys.get()
    }

    /// Looks at the file for as long as the program runs. A file that cannot be used leaves the keys as they are.
    pub async fn watch(self: Arc<KeyFile>) {
        let (client, path) = (self.client.as_str(), self.path.display());
        let report = |change: Result<Arc<Keys>, String>| match change {
            Ok(keys) => {
                let (count, left_out) = (keys.keys.len(), keys.left_out.join("; "));
                tracing::info!(client, %path, keys = count, left_out, "the keys were read again");
            }
            Err(error) => {
                tracing::error!(client, error, "the keys changed and cannot be used; the old ones still count");
            }
        };
        self.keys.clone().watch(report).await;
    }
}

fn keys(file: &str, contents: &[Content]) -> Result<Keys, String> {
    let [content] = contents else { return Err(format!("{file}: was not read")) };
    let bytes = content.as_ref().map_err(|error| format!("{file}: {error}"))?;
    let text = std::str::from_utf8(bytes).map_err(|error| format!("{file}: {error}"))?;
    Keys::parse(text).map_err(|error| format!("{file} {error}"))
}
