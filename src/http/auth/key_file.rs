//! The keys of a client in a file: read at the start, and again when the file changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use actix_web::web;

use super::keys::Keys;

/// How often the file is looked at; a call never waits for that.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A JWK Set in a file.
#[derive(Debug)]
pub struct KeyFile {
    client: String,
    path: PathBuf,
    keys: RwLock<Arc<Keys>>,
    read: Option<Stamp>,
}

/// What changes when a file is written anew.
type Stamp = (SystemTime, u64);

impl KeyFile {
    /// Reads the file; one without a usable key is an error that names it.
    pub fn open(client: &str, path: &Path) -> Result<KeyFile, String> {
        // Looked at before it is read: what is written in between is then seen as a change.
        let read = stamp(path);
        let keys = read_keys(path).map_err(|error| format!("clients.{client}.keys: {error}"))?;
        for reason in &keys.left_out {
            tracing::warn!(client, path = %path.display(), reason, "a key is left out");
        }
        Ok(KeyFile { client: client.to_owned(), path: path.to_owned(), keys: RwLock::new(Arc::new(keys)), read })
    }

    /// The keys as they were last read.
    pub fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the file for as long as the program runs. A file that cannot be used leaves the keys as they are.
    pub async fn watch(self: Arc<KeyFile>) {
        let mut last = self.read;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let path = self.path.clone();
            let looked = web::block(move || {
                let now = stamp(&path);
                (now != last).then(|| (now, read_keys(&path)))
            });
            let Ok(Some((now, read))) = looked.await else { continue };
            last = now;
            let (client, path) = (self.client.as_str(), self.path.display());
            match read {
                Ok(keys) => {
                    let (count, left_out) = (keys.keys.len(), keys.left_out.join("; "));
                    tracing::info!(client, %path, keys = count, left_out, "the keys were read again");
                    *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                }
                Err(error) => {
                    tracing::error!(client, error, "the keys changed and cannot be used; the old ones still count")
                }
            }
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

fn read_keys(path: &Path) -> Result<Keys, String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    Keys::parse(&text).map_err(|error| format!("{file} {error}"))
}
