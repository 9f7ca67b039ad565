//! Work on all cores, with the results handed over one after the other in their order.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Does `count` pieces of work on this many threads, each with a buffer of its own. `done` gets the results in the
/// order of the pieces, on the thread of the caller.
///
/// # Errors
///
/// The first error of `done`; no piece is begun after it.
pub fn in_order<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize, &mut Vec<u8>) -> T + Sync,
    mut done: impl FnMut(usize, T) -> io::Result<()>,
) -> io::Result<()> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let worker = |sender: mpsc::SyncSender<(usize, T)>| {
        let mut buffer = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count || sender.send((at, work(at, &mut buffer))).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        // Bounded, so that the workers wait where the caller is slower than they are.
        let (sender, receiver) = mpsc::sync_channel(threads.max(1));
        for _ in 0..threads.clamp(1, count.max(1)) {
            let sender = sender.clone();
            scope.spawn(|| worker(sender));
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        for (at, result) in receiver {
            waiting.insert(at, result);
            while let Some(result) = waiting.remove(&due) {
                if let Err(error) = done(due, result) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
                due += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::in_order;

    #[test]
    fn results_come_in_order_and_an_error_ends_the_work() {
        for threads in [0, 1, 7, 100] {
            let mut got = Vec::new();
            let worked = in_order(
                50,
                threads,
                |at, _| at * 2,
                |at, twice| {
                    got.push((at, twice));
                    Ok(())
                },
            );
            assert!(worked.is_ok() && got == (0..50).map(|at| (at, at * 2)).collect::<Vec<_>>(), "{threads}");
            let mut seen = 0;
            let stopped = in_order(
                50,
                threads,
                |at, _| at,
                |_, at| {
                    seen = at;
                    if at == 3 { Err(io::Error::other("full")) } else { Ok(()) }
                },
            );
            assert_eq!((stopped.map_err(|e| e.to_string()), seen), (Err("full".to_owned()), 3));
        }
    }
}
