//! Tells Cargo that the library and the test patients are part of the program: a new file there means a new build.

fn main() {
    println!("cargo:rerun-if-changed=../../hooks");
    println!("cargo:rerun-if-changed=../../fixtures");
}
