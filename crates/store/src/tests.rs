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
    let store = Store::open(Ok(place.clone()), 8, at_any_time);
    let ids: Vec<String> = (0..5).map(|number| format!("record {number}")).collect();
    for id in &ids {
        let (service, instance) = ("tocilizumab-order-sign".to_owned(), "instance".to_owned());
        let record = StoredRecord { id: id.clone(), at_ms: 0, service, instance, body: format!("body of {id}") };
        assert!(store.note(Note::Record(record)), "{id}");
    }
    let ended = store.channels.as_ref().map(|channels| Arc::clone(&channels.ended)).expect("the store is on");
    drop(store);
    ended.lock().expect("nobody else waits").recv_timeout(Duration::from_secs(60)).expect("the writer ends");
    for id in &ids {
        assert_eq!(record(&place, id), Ok(format!("body of {id}")));
    }
    // What the writer cannot write it gives up in the end.
    std::fs::write(folder.join("file"), "").expect("a file");
    let store = Store::open(Ok(Place::Sqlite(folder.join("file/store.sqlite"))), 8, at_any_time);
    let ended = store.channels.as_ref().map(|channels| Arc::clone(&channels.ended)).expect("the store is on");
    drop(store);
    ended.lock().expect("nobody else waits").recv_timeout(Duration::from_secs(60)).expect("the writer ends");
    std::fs::remove_dir_all(&folder).expect("the folder is gone");
}
