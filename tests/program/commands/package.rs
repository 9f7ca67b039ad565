//! What a package contains besides the program: manual pages and completions name every command there is.

use std::collections::BTreeSet;

use super::run;
use crate::support::Folder;

/// The commands that `--help` lists, `help` left out.
fn commands() -> BTreeSet<String> {
    let (_, help, _) = run(&["--help"], b"");
    let list = help.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next()).expect("a list");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = Folder::new();
    let to = folder.path().join("man");
    let (status, out, err) = run(&["man", "--output", &to.to_string_lossy()], b"");
    assert_eq!((status, err.as_str()), (Some(0), ""));
    let pages: BTreeSet<String> = out.lines().filter_map(|line| line.rsplit('/').next()).map(str::to_owned).collect();
    for command in commands() {
        assert!(pages.contains(&format!("tocilizumab-cds-{command}.1")), "{command}: {pages:?}");
    }
    let whole = std::fs::read_to_string(to.join("tocilizumab-cds.1")).expect("the program's own page");
    assert!(whole.contains(".TH") && whole.contains("serve"), "{whole}");
    let nested =
        std::fs::read_to_string(to.join("tocilizumab-cds-replay-merge.1")).expect("a page of a command below one");
    assert!(nested.contains("output"), "{nested}");
}

#[test]
fn completions_know_each_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, script, err) = run(&["completions", shell], b"");
        assert_eq!((status, err.as_str()), (Some(0), ""), "{shell}");
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
    }
    let (status, _, err) = run(&["completions", "tcsh"], b"");
    assert!(status == Some(2) && err.contains("bash"), "{err}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new();
    let taken = folder.write("file", "");
    let (status, _, err) = run(&["man", "--output", &taken], b"");
    assert!(status == Some(2) && err.contains(&taken), "{err}");
}
