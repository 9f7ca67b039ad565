//! `courses.toml`: how far a record of a medicine reaches that does not say it itself.

use super::files::Files;
use super::mistake::{Mistake, Reader};
use super::word::{Days, Word};

/// How far records of medicines reach that do not say it themselves, in days.
#[derive(Debug, Clone, Copy, Default)]
pub struct Courses {
    /// From the day of a prescription.
    pub request_days: i64,
    /// From the day on which a supply was handed over.
    pub dispense_days: i64,
    /// From one dose to the next, where the medicine has no interval of its own.
    pub interval_days: i64,
    /// For how long after its last day a course may only be paused.
    pub pause_days: i64,
}

impl Courses {
    /// Reads `courses.toml`.
    pub fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Courses {
        let text = files.0.get("courses.toml").map_or("", String::as_str);
        let mut reader = Reader::new("courses.toml", text, mistakes);
        let mut courses = Courses::default();
        for (key, value) in reader.members() {
            let start = value.span().start;
            let days = match key.as_str() {
                "prescription" => &mut courses.request_days,
                "supply" => &mut courses.dispense_days,
                "interval" => &mut courses.interval_days,
                "pause" => &mut courses.pause_days,
                other => {
                    reader.note(
                        start,
                        &format!("unknown key `{other}`, expected `prescription`, `supply`, `interval` or `pause`"),
                    );
                    continue;
                }
            };
            if let Some(Word(Days(read))) = reader.value(value) {
                *days = read;
            }
        }
        let read = [
            ("prescription", courses.request_days),
            ("supply", courses.dispense_days),
            ("interval", courses.interval_days),
            ("pause", courses.pause_days),
        ];
        for (key, _) in read.iter().filter(|(_, days)| *days == 0) {
            reader.note_file(&format!("`{key}` is missing: a number of days such as \"P30D\""));
        }
        courses
    }
}

#[cfg(test)]
mod tests {
    use super::Courses;
    use crate::files::Files;
    use crate::mistake::Mistake;

    fn read(text: &str) -> (Courses, Vec<String>) {
        let mut mistakes: Vec<Mistake> = Vec::new();
        let files = Files([("courses.toml".to_owned(), text.to_owned())].into());
        let courses = Courses::read(&files, &mut mistakes);
        (courses, mistakes.into_iter().map(|mistake| mistake.to_string()).collect())
    }

    #[test]
    fn numbers_of_days_are_read_and_all_of_them_are_needed() {
        let whole = "prescription = \"P90D\"\nsupply = \"P30D\"\ninterval = \"P28D\"\npause = \"P60D\"\n";
        let (courses, mistakes) = read(whole);
        assert_eq!(mistakes, Vec::<String>::new());
        let days = (courses.request_days, courses.dispense_days, courses.interval_days, courses.pause_days);
        assert_eq!(days, (90, 30, 28, 60));
        let (_, mistakes) = read(&whole.replace("interval", "intervall"));
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(
            mistakes.iter().any(|said| said.contains("courses.toml:3") && said.contains("`intervall`")),
            "{mistakes:?}"
        );
        assert!(mistakes.iter().any(|said| said.contains("`interval` is missing")), "{mistakes:?}");
        let (_, mistakes) = read(&whole.replace("P60D", "60"));
        assert!(mistakes.iter().any(|said| said.contains("courses.toml:4")), "{mistakes:?}");
    }
}
