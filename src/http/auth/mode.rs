//! Whether calls must be authenticated: decided once, at the start, from the settings and the address. Settings that
//! would by mistake admit everyone, or nobody, are refused.

use crate::config::{Mode, Settings};

/// Whether a JWT is required. `loopback` is whether the service listens on this machine only.
///
/// # Errors
///
/// Why the service must not start with these settings.
pub fn is_required(settings: &Settings, loopback: bool) -> Result<bool, String> {
    let authentication = &settings.authentication;
    let required = match authentication.mode {
        Mode::Required => true,
        Mode::Off => false,
        Mode::Auto => !loopback || !settings.clients.is_empty(),
    };
    let listen = settings.listen.as_str();
    if !required && !loopback && !authentication.unauthenticated_public {
        return Err(format!(
            "authentication.mode is `off`, and others reach {listen}: anyone could call. Either set it to `required` \
             and name the clients in [clients.NAME], or say that this is meant with \
             authentication.unauthenticated-public = true"
        ));
    }
    if required && settings.clients.is_empty() {
        return Err(format!(
            "others reach {listen}, so calls must be authenticated, and no client is known. Either name each in \
             [clients.NAME] with its issuer and its keys or jku, or let anyone call with authentication.mode = \"off\" \
             and authentication.unauthenticated-public = true; `tocilizumab-cds config` explains the keys"
        ));
    }
    let aliases = !authentication.audiences.is_empty() || settings.clients.values().all(|it| !it.audiences.is_empty());
    if required && settings.public_url.is_none() && !aliases {
        return Err(
            "public-url is missing: a JWT names the URL that it is meant for, and ours is not known. Set it to \
                    the URL under which clients reach this service, or list in authentication.audiences what their \
                    tokens name instead"
                .to_owned(),
        );
    }
    Ok(required)
}

/// The warning for the operator of a service without authentication.
pub fn warning(loopback: bool) -> &'static str {
    if loopback {
        "calls are not authenticated: whatever runs on this machine may call, and so may everyone if a proxy \
         passes calls on; name the clients in [clients.NAME] to change that"
    } else {
        "calls are not authenticated: everyone who reaches this address may call \
         (authentication.unauthenticated-public = true)"
    }
}

#[cfg(test)]
mod tests {
    use super::is_required;
    use crate::config::read;

    #[test]
    fn nobody_is_admitted_by_mistake() {
        const CLIENT: &str = "[clients.a]\nissuer = \"https://a\"\nkeys = \"a.json\"\n";
        const URL: &str = "public-url = \"https://cds.example\"\n";
        let off = "[authentication]\nmode = \"off\"\n";
        let meant = "[authentication]\nmode = \"off\"\nunauthenticated-public = true\n";
        let required = "[authentication]\nmode = \"required\"\n";
        for (name, text, loopback, expected) in [
            ("nothing set, own machine", String::new(), true, Ok(false)),
            ("nothing set, public", String::new(), false, Err("[clients.NAME]")),
            ("clients, own machine", format!("{URL}{CLIENT}"), true, Ok(true)),
            ("clients, public", format!("{URL}{CLIENT}"), false, Ok(true)),
            ("no public-url", CLIENT.to_owned(), false, Err("public-url")),
            ("an alias instead", format!("[authentication]\naudiences = [\"x\"]\n{CLIENT}"), false, Ok(true)),
            ("an alias of the client's own", format!("{CLIENT}audiences = [\"x\"]"), false, Ok(true)),
            ("off, own machine", off.to_owned(), true, Ok(false)),
            ("off, public", off.to_owned(), false, Err("authentication.unauthenticated-public")),
            ("off, public, clients", format!("{off}{CLIENT}"), false, Err("`required`")),
            ("off, public, meant", meant.to_owned(), false, Ok(false)),
            ("required", format!("{URL}{required}{CLIENT}"), true, Ok(true)),
        ] {
            let settings = read(Some((std::path::Path::new("f"), &text)), |_| None).expect(name);
            let decided = is_required(&settings, loopback);
            match (&decided, expected) {
                (Ok(found), Ok(wanted)) => assert_eq!(*found, wanted, "{name}"),
                (Err(said), Err(word)) => assert!(said.contains(word), "{name}: {said}"),
                _ => panic!("{name}: {decided:?}"),
            }
        }
    }
}
