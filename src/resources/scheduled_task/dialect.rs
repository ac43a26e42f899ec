//! Cron expressions that some dialect accepts: standard cron with or without seconds, Quartz with a
//! year, and nicknames for complete schedules.

/// The nicknames for complete schedules.
const WORDS: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The maximum values of second, minute, hour, day of the month, month, day of the week, and year.
const LARGEST: [u32; 7] = [59, 59, 23, 31, 12, 7, 2_199];

/// Returns whether some dialect accepts a schedule.
pub(super) fn accepts(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    // Seconds come first, and a year comes last.
    let first = match fields.len() {
        1 => {
            return WORDS
                .iter()
                .any(|word| word.eq_ignore_ascii_case(text.trim()));
        }
        5 => 1,
        6 | 7 => 0,
        _ => return false,
    };
    let largest = LARGEST.iter().skip(first);
    fields
        .iter()
        .zip(largest)
        .all(|(field, largest)| field.split(',').all(|part| accepts_part(part, *largest)))
}

/// Returns whether a text is a value or a range, with an optional step.
fn accepts_part(part: &str, largest: u32) -> bool {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    let fits_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
    let fits_range = match range.split_once('-') {
        Some((from, to)) => accepts_value(from, largest) && accepts_value(to, largest),
        None => matches!(range, "*" | "?") || accepts_value(range, largest),
    };
    fits_step && fits_range
}

/// Returns whether a text is a number or a name. `L` and `W` stand for the last day and the nearest
/// weekday, and `#` for an occurrence within the month.
fn accepts_value(text: &str, largest: u32) -> bool {
    let text = text.to_ascii_uppercase();
    let (value, count) = match text.split_once('#') {
        Some((value, count)) => (value, Some(count)),
        None => (text.as_str(), None),
    };
    if count.is_some_and(|count| !matches!(count, "1" | "2" | "3" | "4" | "5")) {
        return false;
    }
    if matches!(value, "L" | "LW") {
        return true;
    }
    let value = value.trim_end_matches(['L', 'W']);
    let is_named = |names: &[&str]| names.contains(&value);
    let named = match largest {
        12 => is_named(&MONTHS),
        7 => is_named(&DAYS),
        _ => false,
    };
    named || value.parse().is_ok_and(|number: u32| number <= largest)
}
