//! A value that is made from files and made again when they change. While the new files cannot be used, the value from
//! the old ones stays in use.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use actix_web::web;

/// How often the files are read and compared with what they held before. No call waits for that.
const INTERVAL: Duration = Duration::from_secs(1);

/// What a file holds, or why it cannot be read.
pub type Content = Result<Vec<u8>, String>;

/// Makes the value from the contents of the files, in the order of the paths.
type Make<T> = Box<dyn Fn(&[Content]) -> Result<T, String> + Send + Sync>;

/// A value that is made from files.
pub struct Watched<T> {
    paths: Vec<PathBuf>,
    make: Make<T>,
    value: RwLock<Arc<T>>,
    seen: Mutex<Seen>,
}

/// What the files held when they were last read.
struct Seen {
    contents: Vec<Content>,
    is_usable: bool,
}

impl<T: Send + Sync + 'static> Watched<T> {
    /// Reads the files and makes the value.
    ///
    /// # Errors
    ///
    /// The value cannot be made; the message is that of `make`.
    pub fn open(
        paths: Vec<PathBuf>,
        make: impl Fn(&[Content]) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Watched<T>, String> {
        let contents = read(&paths);
        let value = RwLock::new(Arc::new(make(&contents)?));
        Ok(Watched { paths, make: Box::new(make), value, seen: Mutex::new(Seen { contents, is_usable: true }) })
    }

    /// The value that is in use.
    pub fn get(&self) -> Arc<T> {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the value in use is the one from the files as they are now.
    pub fn is_current(&self) -> bool {
        self.seen().is_usable
    }

    /// Looks at the files for as long as the program runs, and reports each change: the new value, or why there is none.
    pub async fn watch(self: Arc<Self>, report: impl Fn(Result<Arc<T>, String>)) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            let watched = self.clone();
            if let Ok(Some(change)) = web::block(move || watched.layout()).await {
                report(change);
            }
        }
    }

    /// Reads the files once; `None` when they hold what they held before.
    fn layout(&self) -> Option<Result<Arc<T>, String>> {
        let contents = read(&self.paths);
        if self.seen().contents == contents {
            return None;
        }
        let made = (self.make)(&contents).map(Arc::new);
        if let Ok(value) = &made {
            *self.value.write().unwrap_or_else(PoisonError::into_inner) = value.clone();
        }
        *self.seen() = Seen { contents, is_usable: made.is_ok() };
        Some(made)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> std::fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watched").field(&self.paths).finish()
    }
}

fn read(paths: &[PathBuf]) -> Vec<Content> {
    paths.iter().map(|path| std::fs::read(path).map_err(|error| error.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::Watched;

    #[test]
    fn what_cannot_be_used_leaves_the_last_value_in_use() {
        let path = std::env::temp_dir().join(format!("watched-{}", std::process::id()));
        let write = |text: &str| std::fs::write(&path, text).expect("a file");
        write("1");
        let watched = Watched::open(vec![path.clone()], |contents| {
            let bytes = contents.first().ok_or("no file")?.clone()?;
            String::from_utf8_lossy(&bytes).parse::<u32>().map_err(|error| error.to_string())
        });
        let watched = watched.expect("a number");
        for (text, changes, value) in [("1", false, 1), ("2", true, 2), ("x", true, 2), ("x", false, 2), ("3", true, 3)]
        {
            write(text);
            let change = watched.layout();
            assert_eq!((change.is_some(), *watched.get()), (changes, value), "{text}");
            assert_eq!(watched.is_current(), text != "x", "{text}");
        }
        std::fs::remove_file(&path).expect("the file");
        assert!(watched.layout().is_some_and(|made| made.is_err()) && *watched.get() == 3, "the file is gone");
    }
}
