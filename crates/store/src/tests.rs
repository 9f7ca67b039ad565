use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use std::sync::Arc;
use std::time::Duration;

use super::note::{Note, StoredRecord};
use super::place::Place;
use super::{Store, block_on, record};

fn at_any_time() -> Zoned {
    Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC)
}

#[test]
fn a_store_that_is_being_made_is_waited_for() {
    let folder = std::env::temp_dir().join(format!("store-new-{}", std::process::id()));
    for number in 0..10 {
        let store = Store::open(Ok(Place::Sqlite(folder.join(format!("{number}/store.sqlite")))), 8, at_any_time);
        let counts = block_on(store.counts(i64::MIN, None));
        assert!(counts.is_ok(), "store {number}: {counts:?}");
    }
    // One that cannot be made is given up once that is known.
    std::fs::write(folder.join("file"), "").expect("a file");
    let store = Store::open(Ok(Place::Sqlite(folder.join("file/store.sqlite"))), 8, at_any_time);
    assert!(block_on(store.counts(i64::MIN, None)).is_err());
    std::fs::remove_dir_all(&folder).expect("the folder is gone");
}

#[test]
fn what_waits_is_written_where_a_store_is_dropped_without_being_closed() {
    let folder = std::env::temp_dir().join(format!("store-dropped-{}", std::process::id()));
    let place = Place::Sqlite(folder.join("store.sqlite"));
    let ids = ["one", "two", "three"];
    assert_eq!(lost_when_dropped(&place, &ids), 0);
    for id in ids {
        assert_eq!(record(&place, id), Ok(format!("body of {id}")));
    }
    std::fs::remove_dir_all(&folder).expect("the folder is gone");
}

#[test]
fn a_dropped_store_gives_up_what_it_cannot_write() {
    let file = std::env::temp_dir().join(format!("store-nowhere-{}", std::process::id()));
    std::fs::write(&file, "").expect("a file");
    assert_eq!(lost_when_dropped(&Place::Sqlite(file.join("store.sqlite")), &["one", "two"]), 2);
    std::fs::remove_file(&file).expect("the file is gone");
}

/// How many records of these ids are lost when a store at this place is dropped while they wait.
fn lost_when_dropped(place: &Place, ids: &[&str]) -> u64 {
    let store = Store::open(Ok(place.clone()), 8, at_any_time);
    for id in ids {
        let (service, instance) = ("tocilizumab-order-sign".to_owned(), "instance".to_owned());
        let body = format!("body of {id}");
        let record = StoredRecord { id: (*id).to_owned(), at_ms: 0, service, instance, body };
        assert!(store.note(Note::Record(record)), "{id}");
    }
    let ended = store.channels.as_ref().map(|channels| Arc::clone(&channels.ended)).expect("the store is on");
    let shared = Arc::clone(&store.shared);
    drop(store);
    ended.lock().expect("nobody else waits").recv_timeout(Duration::from_secs(60)).expect("the writer ends");
    shared.health().lost
}
