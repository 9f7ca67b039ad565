use tocilizumab_cds::library::files::Files;
fn main() {
    let r = tocilizumab_cds::check::check(&Files::embedded(), &Files::fixtures());
    r.mistakes.iter().for_each(|m| println!("{m}"));
    println!("{} {} {} {}", r.rules, r.criteria, r.cases, r.codes);
}
