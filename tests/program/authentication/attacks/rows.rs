//! The attacks, by what is wrong with them.

use serde_json::{Value, json};

use super::super::issuer::{Key, base64url, but, message, now};
use super::super::{ISSUER, PUBLIC, SERVICE, Site, claims};
use super::{Attack, Attacks};

/// `none`, symmetric algorithms, and those of other keys.
pub fn algorithms(site: &Site, attacks: &mut Attacks) {
    for none in ["none", "None", "NONE", "nOnE", "", "ES384 ", "es384"] {
        let header = but(&site.ec.header(), &json!({ "alg": none }));
        attacks.token(&format!("alg {none:?}, unsigned"), "header", &format!("{}.", message(&header, &claims())));
        attacks.token(&format!("alg {none:?}, signed"), "header", &site.ec.token(&header, &claims()));
    }
    for (name, alg) in [("no alg", Value::Null), ("alg in an array", json!(["ES384"]))] {
        attacks.token(name, "header", &site.ec.token(&but(&site.ec.header(), &json!({ "alg": alg })), &claims()));
    }
    let hs =
        [("HS256", ring::hmac::HMAC_SHA256), ("HS384", ring::hmac::HMAC_SHA384), ("HS512", ring::hmac::HMAC_SHA512)];
    for (alg, hmac) in hs {
        for key in [&site.ec, &site.rsa] {
            let der = key.public_bytes();
            let pem =
                format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", base64url(&der)).into_bytes();
            let jwk = key.jwk().to_string().into_bytes();
            for (form, secret) in [("DER", der), ("PEM", pem), ("modulus", key.modulus()), ("JWK", jwk)] {
                let message = message(&but(&key.header(), &json!({ "alg": alg })), &claims());
                let tag = ring::hmac::sign(&ring::hmac::Key::new(hmac, &secret), message.as_bytes());
                let token = format!("{message}.{}", base64url(tag.as_ref()));
                attacks.token(&format!("{alg} with the {form} of {}", key.id), "algorithm", &token);
            }
        }
    }
    for (name, key, header) in [
        ("ES256, not accepted", &site.p256, json!({})),
        ("P-256 as ES384", &site.p256, json!({"alg": "ES384"})),
        ("RS256, not accepted", &site.rsa, json!({"alg": "RS256"})),
        ("RS512, not accepted", &site.rsa, json!({"alg": "RS512"})),
        ("PS384, not accepted", &site.rsa, json!({"alg": "PS384"})),
        ("RS384 with the name of an EC key", &site.rsa, json!({"kid": "ec"})),
        ("ES384 with the name of an RSA key", &site.ec, json!({"kid": "rsa"})),
        ("EdDSA", &site.ec, json!({"alg": "EdDSA"})),
    ] {
        attacks.token(name, "algorithm", &key.token(&but(&key.header(), &header), &claims()));
    }
}

/// Signatures that are not those of the token.
pub fn signatures(site: &Site, attacks: &mut Attacks) {
    let (ec, other) = (&site.ec, Key::p384("ec"));
    let good = ec.token(&ec.header(), &claims());
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let elsewhere = ec.token(&ec.header(), &claims());
    let foreign = elsewhere.rsplit_once('.').expect("three parts").1;
    for (name, token) in [
        ("key of somebody else", other.token(&ec.header(), &claims())),
        ("issuer of somebody else", site.harbor.token(&ec.header(), &claims())),
        ("cut signature", format!("{message}.{}", &signature[..signature.len() - 4])),
        ("signature of another payload", format!("{message}.{foreign}")),
        ("signature with padding", format!("{message}.{signature}==")),
        ("no signature", format!("{message}.")),
        ("zeros", format!("{message}.{}", base64url(&[0; 96]))),
        ("in ASN.1", format!("{message}.{}", base64url(&ec.sign_in_asn1(message)))),
        ("RSA signed as RS256", format!("{message}.{}", base64url(&[1; 256]))),
        ("jwk in the header", other.token(&but(&ec.header(), &json!({"jwk": other.jwk()})), &claims())),
        ("x5c in the header", other.token(&but(&ec.header(), &json!({"x5c": ["MIIB"]})), &claims())),
        ("x5u in the header", other.token(&but(&ec.header(), &json!({"x5u": site.stranger.url})), &claims())),
    ] {
        attacks.token(name, "signature", &token);
    }
}

/// Headers that name other keys, or too much.
pub fn headers(site: &Site, attacks: &mut Attacks) {
    let of_harbor = || but(&claims(), &json!({"iss": "https://harbor.example"}));
    for (name, cause, header) in [
        ("no typ", "typ", json!({"typ": null})),
        ("wrong typ", "typ", json!({"typ": "at+jwt"})),
        ("typ as a number", "header", json!({"typ": 1})),
        ("no kid", "kid", json!({"kid": null})),
        ("empty kid", "kid", json!({"kid": ""})),
        ("kid as a path", "key", json!({"kid": "../../../../dev/null"})),
        ("kid as SQL", "key", json!({"kid": "' OR '1'='1"})),
        ("kid with a line break", "key", json!({"kid": "ec\nINFO answered"})),
        ("long kid", "key", json!({"kid": "k".repeat(5000)})),
        ("kid as an array", "header", json!({"kid": ["ec"]})),
        ("kid as an object", "header", json!({"kid": {"$ne": ""}})),
        ("crit", "crit", json!({"crit": ["b64"], "b64": false})),
        ("crit without a name", "crit", json!({"crit": []})),
        ("jku that nobody listed", "jku", json!({"jku": site.stranger.url})),
        ("jku of a client without any", "jku", json!({"jku": site.jku.url})),
    ] {
        attacks.token(name, cause, &site.ec.token(&but(&site.ec.header(), &header), &claims()));
    }
    let padded = format!("{}@{}", site.jku.url, site.stranger.url.trim_start_matches("http://"));
    for (name, jku) in [
        ("jku that nobody listed, known client", site.stranger.url.as_str()),
        ("jku of a service for metadata", "http://169.254.169.254/latest/meta-data"),
        ("jku on a private address", "http://10.0.0.1/keys"),
        ("jku on this machine", "http://127.0.0.1:1/keys"),
        ("jku as a file", "file:///etc/passwd"),
        ("jku that begins like the listed one", &format!("{}.json", site.jku.url)),
        ("jku with the listed one as its user", &padded),
        ("empty jku", ""),
    ] {
        attacks.token(
            name,
            "jku",
            &site.harbor.token(&but(&site.harbor.header(), &json!({ "jku": jku })), &of_harbor()),
        );
    }
    let unknown = site.harbor.token(&but(&site.harbor.header(), &json!({"kid": "other"})), &of_harbor());
    attacks.token("kid that the jku does not have", "key", &unknown);
}

/// Claims that are missing, or are not for us, or not for now.
pub fn contents(site: &Site, attacks: &mut Attacks) {
    let now = now();
    let (ec, service) = (&site.ec, format!("{PUBLIC}{SERVICE}"));
    for claim in ["iss", "aud", "exp", "iat", "jti"] {
        attacks.token(
            &format!("no {claim}"),
            "claims",
            &ec.token(&ec.header(), &but(&claims(), &json!({ claim: null }))),
        );
    }
    for (name, cause, others) in [
        ("unknown issuer", "issuer", json!({"iss": "https://evil.example"})),
        ("issuer with a slash", "issuer", json!({"iss": format!("{ISSUER}/")})),
        ("long issuer", "issuer", json!({"iss": "i".repeat(5000)})),
        ("issuer as an array", "claims", json!({"iss": [ISSUER]})),
        ("audience of somebody else", "audience", json!({"aud": "https://other.example/cds-services"})),
        ("audience of another service", "audience", json!({"aud": service.replace("sign", "select")})),
        ("audience of discovery", "audience", json!({"aud": format!("{PUBLIC}/cds-services")})),
        ("audience below ours", "audience", json!({"aud": format!("{service}/feedback")})),
        ("audience with two slashes", "audience", json!({"aud": format!("{service}//")})),
        ("audience with another port", "audience", json!({"aud": service.replace("example/", "example:80/")})),
        ("audience with another scheme", "audience", json!({"aud": service.replace("https", "http")})),
        ("empty audience", "audience", json!({"aud": ""})),
        ("no audience in the array", "audience", json!({"aud": []})),
        ("audience as a number", "claims", json!({"aud": 1})),
        ("expired", "expired", json!({"iat": now - 400, "exp": now - 61})),
        ("expired long ago", "expired", json!({"iat": -1e300, "exp": -1e300})),
        ("not yet issued", "not-yet", json!({"iat": now + 120, "exp": now + 300})),
        ("not yet valid", "not-yet", json!({"nbf": now + 120})),
        ("valid for too long", "lifetime", json!({"iat": now, "exp": now + 3601})),
        ("valid for ever", "lifetime", json!({"exp": 1e300})),
        ("largest number", "lifetime", json!({"exp": u64::MAX})),
        ("ends before it begins", "lifetime", json!({"iat": now + 30, "exp": now})),
        ("exp as words", "claims", json!({"exp": (now + 300).to_string()})),
        ("nbf as words", "claims", json!({"nbf": "soon"})),
        ("empty jti", "claims", json!({"jti": ""})),
        ("jti as a number", "claims", json!({"jti": 1})),
        ("tenant of somebody else", "tenant", json!({"iss": "https://bound.example", "tenant": "west"})),
        ("no tenant", "tenant", json!({"iss": "https://bound.example"})),
    ] {
        attacks.token(name, cause, &ec.token(&ec.header(), &but(&claims(), &others)));
    }
    let host = ec.token(&ec.header(), &but(&claims(), &json!({"aud": format!("https://evil.example{SERVICE}")})));
    let forwarded = b"evil.example".to_vec();
    let authorization = format!("Bearer {host}").into_bytes();
    attacks.raw(
        "audience by the Host header",
        "audience",
        vec![("Host", forwarded.clone()), ("X-Forwarded-Host", forwarded), ("Authorization", authorization)],
    );
    let claims = but(&claims(), &json!({"exp": null})).to_string().replacen('{', "{\"exp\":1e999,", 1);
    let huge = format!("{}.{}", base64url(ec.header().to_string().as_bytes()), base64url(claims.as_bytes()));
    attacks.token("a number beyond all", "claims", &format!("{huge}.{}", base64url(&[0; 96])));
}

/// What is hardly a token, or not where it belongs.
pub fn forms(site: &Site, attacks: &mut Attacks) {
    let good = || site.ec.token(&site.ec.header(), &claims());
    let bearer = |token: &str| ("Authorization", format!("Bearer {token}").into_bytes());
    attacks.raw("nothing", "missing", vec![]);
    attacks.raw("two headers", "malformed", vec![bearer(&good()), bearer(&good())]);
    attacks.raw("not UTF-8", "malformed", vec![("Authorization", b"Bearer \xff\xfe.\xfd.\xfc".to_vec())]);
    for (name, value) in [
        ("another scheme", format!("Basic {}", good())),
        ("no scheme", good()),
        ("no token", "Bearer".to_owned()),
        ("an empty token", "Bearer ".to_owned()),
        ("a tab for the space", format!("Bearer\t{}", good())),
        ("garbage", "Bearer \"';--<>{}".to_owned()),
        ("dots", "Bearer ..".to_owned()),
        ("many dots", format!("Bearer {}", ".".repeat(10_000))),
        ("two parts", format!("Bearer {}", good().rsplit_once('.').expect("three parts").0)),
        ("four parts", format!("Bearer {}.AAAA", good())),
        ("two tokens", format!("Bearer {}, {}", good(), good())),
    ] {
        let cause = if name == "dots" { "header" } else { "malformed" };
        attacks.raw(name, cause, vec![("Authorization", value.into_bytes())]);
    }
    let large = site.ec.token(&but(&site.ec.header(), &json!({"pad": "x".repeat(20_000)})), &claims());
    attacks.token("too long", "too-long", &large);
    let query = format!("{SERVICE}?access_token={}", good());
    let get = |name: &str, path: &str| Attack {
        name: name.to_owned(),
        cause: "missing",
        method: "GET",
        path: path.to_owned(),
        headers: vec![],
    };
    attacks.0.push(Attack { method: "POST", ..get("token in the query", &query) });
    attacks.0.push(get("discovery", "/cds-services"));
    attacks.0.push(get("discovery with a slash", "/cds-services/"));
    attacks.0.push(get("statistics", "/stats"));
    attacks.0.push(Attack { method: "POST", ..get("feedback", &format!("{SERVICE}/feedback")) });
    attacks.0.push(get("a service that is not there", "/cds-services/nonsense"));
    attacks.0.push(Attack { method: "DELETE", ..get("a method that is not there", SERVICE) });
}
