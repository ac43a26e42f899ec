//! Text that hosts print unchanged on a terminal.

/// Returns a text on one line, without control sequences, and with at most `most` characters.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let printable = text.chars().map(|c| match obeyed(c) {
        true => ' ',
        false => c,
    });
    let printable: String = printable.collect();
    let words: Vec<&str> = printable.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(most) {
        // One less, for the mark that says that text was cut.
        Some(_) => line
            .chars()
            .take(most.saturating_sub(1))
            .chain(['…'])
            .collect(),
        None => line,
    }
}

/// Returns whether a character is a control character, a line end, or changes the writing
/// direction.
fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain text", "plain text")]
    #[case("a\nb\r\n\tc ", "a b c")]
    #[case("\u{1b}[31mred\u{1b}[0m", "[31mred [0m")]
    #[case("a\u{202e}b\u{9b}c\0", "a b c")]
    #[case("é 日本", "é 日本")]
    #[case("0123456789abcd", "0123456789a…")]
    fn texts_become_one_harmless_line(#[case] text: &str, #[case] line: &str) {
        assert_eq!(one_line(text, 12), line);
    }
}
