//! Which FHIR servers calls may name.

use std::str::FromStr;

use fhir::refusal::Refusal;

use super::address::never;
use super::base_url::BaseUrl;
use super::grant::Grant;

/// The base URL of a FHIR server that a site allows. It never names an address that may not be asked at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl(BaseUrl);

impl FromStr for ServerUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<ServerUrl, String> {
        let base = BaseUrl::parse(text).ok_or_else(|| format!("`{text}` is not a base URL"))?;
        match base.ip().and_then(never) {
            Some(forbidden) => Err(format!("`{text}` is never asked ({forbidden})")),
            None => Ok(ServerUrl(base)),
        }
    }
}

/// The servers that calls may name.
#[derive(Debug, Clone)]
pub enum Allowed {
    /// Those on this machine.
    ThisMachine,
    /// Those at and under these URLs.
    Listed(Vec<ServerUrl>),
}

impl Allowed {
    /// The listed servers; without any, those on this machine.
    pub fn of(servers: &[ServerUrl]) -> Allowed {
        if servers.is_empty() { Allowed::ThisMachine } else { Allowed::Listed(servers.to_vec()) }
    }

    /// The base URL of the call's server.
    ///
    /// # Errors
    ///
    /// Why that server may not be asked.
    pub fn server_of(&self, grant: &Grant<'_>) -> Result<BaseUrl, Refusal> {
        let text = grant.server.ok_or(Refusal::NoServer)?;
        let base = BaseUrl::parse(text).ok_or(Refusal::NoBaseUrl)?;
        if !self.allows(&base) {
            return Err(Refusal::NotListed);
        }
        if grant.bound_patient.is_some_and(|patient| patient != grant.patient_id) {
            return Err(Refusal::OtherPatient);
        }
        Ok(base)
    }

    /// The name of a server in the settings: the base URL that allows it, or `this machine`.
    pub fn name_of(&self, base: &BaseUrl) -> &str {
        match self {
            Allowed::ThisMachine => "this machine",
            Allowed::Listed(servers) => {
                let listed = servers.iter().find(|ServerUrl(listed)| listed.holds(base.url()));
                listed.map_or("not listed", |ServerUrl(listed)| listed.url().as_str())
            }
        }
    }

    fn allows(&self, base: &BaseUrl) -> bool {
        match self {
            Allowed::ThisMachine => {
                base.url().host_str() == Some("localhost") || base.ip().is_some_and(|ip| ip.is_loopback())
            }
            Allowed::Listed(servers) => servers.iter().any(|ServerUrl(listed)| listed.holds(base.url())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, ServerUrl};
    use crate::base_url::BaseUrl;

    /// Rows of: what a call names, whether it is asked by default, and whether with a list.
    #[test]
    fn only_what_is_listed_may_be_asked() {
        let list = |urls: &[&str]| {
            let urls: Vec<ServerUrl> = urls.iter().map(|url| url.parse().expect("a base URL")).collect();
            Allowed::of(&urls)
        };
        let listed = list(&["https://ehr.example/fhir/r4", "http://10.1.2.3:8080/", "https://bücher.example/"]);
        let by_default = list(&[]);
        for (text, default, in_list) in [
            ("https://ehr.example/fhir/r4", false, true),
            ("https://ehr.example/fhir/r4/", false, true),
            ("  https://EHR.example:443/fhir/r4 ", false, true),
            ("https://ehr.example/fhir/r4/tenant-1", false, true),
            ("https://ehr.example/fhir/r44", false, false),
            ("https://ehr.example/fhir", false, false),
            ("https://ehr.example/fhir/R4", false, false),
            ("http://ehr.example/fhir/r4", false, false),
            ("https://ehr.example:444/fhir/r4", false, false),
            ("https://ehr.example./fhir/r4", false, false),
            ("https://ehr.example.evil.test/fhir/r4", false, false),
            ("https://evil.test/https://ehr.example/fhir/r4", false, false),
            ("https://user@ehr.example/fhir/r4", false, false),
            ("https://ehr.example@evil.test/fhir/r4", false, false),
            ("https://@ehr.example/fhir/r4", false, false),
            ("https://ehr.example/fhir/r4?x=1", false, false),
            ("https://ehr.example/fhir/r4#x", false, false),
            ("https://ehr.example/fhir/r4/../../admin", false, false),
            ("https://ehr.example/fhir/r4/..", false, false),
            ("https://ehr.example/fhir/r4/%2e%2E/admin", false, false),
            ("https://ehr.example/fhir/r4/.%2e/r4/x", false, false),
            ("https://ehr.example/fhir/r4/%2E%2e%2Fadmin", false, false),
            ("https://ehr.example/fhir/r4/a%5cb", false, false),
            ("https://ehr.example/fhir/r4/%252e%252e/x", false, false),
            ("https://ehr.example\\fhir\\r4", false, false),
            ("https://ehr.example/fhir/\tr4", false, false),
            ("https:ehr.example/fhir/r4", false, false),
            ("https://bücher.example/x", false, true),
            ("https://xn--bcher-kva.example/x", false, true),
            ("http://10.1.2.3:8080/fhir", false, true),
            // The same address in other spellings is the same server; another one is not.
            ("http://167838211:8080/fhir", false, true),
            ("http://0x0a.0x01.0x02.0x03:8080/fhir", false, true),
            ("http://012.1.2.3:8080/fhir", false, true),
            ("http://10.1.2.4:8080/fhir", false, false),
            ("http://[::ffff:10.1.2.3]:8080/fhir", false, false),
            ("http://127.0.0.1:8111/fhir", true, false),
            ("http://127.8.9.1/fhir", true, false),
            ("http://2130706433/", true, false),
            ("http://[::1]:1/", true, false),
            ("https://localhost/fhir", true, false),
            ("http://LOCALHOST:8080", true, false),
            ("http://localhost./", false, false),
            ("http://localhost.evil.test/", false, false),
            ("http://[::ffff:127.0.0.1]/", false, false),
            ("http://0.0.0.0/", false, false),
            ("http://169.254.169.254/latest", false, false),
            ("http://2852039166/latest", false, false),
            ("http://192.168.0.1/", false, false),
            ("ftp://localhost/", false, false),
            ("file:///etc/passwd", false, false),
            ("//localhost/", false, false),
            ("localhost", false, false),
            ("", false, false),
        ] {
            let asked = |list: &Allowed| BaseUrl::parse(text).is_some_and(|base| list.allows(&base));
            assert_eq!(asked(&by_default), default, "{text} by default");
            assert_eq!(asked(&listed), in_list, "{text} with a list");
        }
    }

    #[test]
    fn a_list_names_no_address_that_is_never_asked() {
        for (url, wrong) in [
            ("http://169.254.169.254/", "`http://169.254.169.254/` is never asked (address-metadata)"),
            ("http://[::ffff:169.254.1.1]/", "is never asked (address-link-local)"),
            ("http://0.0.0.0:8080/", "is never asked (address-of-no-machine)"),
            ("ehr.example", "`ehr.example` is not a base URL"),
            ("https://ehr.example/?x", "is not a base URL"),
        ] {
            let said = url.parse::<ServerUrl>().expect_err(url);
            assert!(said.contains(wrong), "{url}: {said}");
        }
    }
}
