//! A client's token, and the set of its keys: looked at as `check-token` does, which takes the same steps as a call. A
//! token that nobody signed is never right.
#![no_main]

use std::sync::OnceLock;

use tocilizumab_cds::http::auth::Authenticator;

/// An authenticator with a client whose key is known. Its private half is nobody's.
fn authenticator() -> &'static Authenticator {
    static AUTHENTICATOR: OnceLock<Authenticator> = OnceLock::new();
    AUTHENTICATOR.get_or_init(|| {
        let file = std::env::temp_dir().join(format!("fuzz-keys-{}.json", std::process::id()));
        let point = "A".repeat(64);
        let keys = format!(r#"{{"keys":[{{"kid":"a","kty":"EC","crv":"P-384","x":"{point}","y":"{point}"}}]}}"#);
        std::fs::write(&file, keys).expect("a file of keys");
        let text = format!(
            "public-url = 'https://cds.example'\n[clients.a]\nissuer = 'https://a.example'\nkeys = '{}'",
            file.display()
        );
        let settings = tocilizumab_cds::config::read(Some((std::path::Path::new("f"), &text)), |_| None);
        Authenticator::new(&settings.expect("settings"), None, None).expect("an authenticator")
    })
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let now = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let findings = runtime.block_on(authenticator().explain(text, &["/cds-services".to_owned()], &now));
    assert!(findings.iter().any(|finding| finding.is_right == Some(false)), "nobody signed it");
});
