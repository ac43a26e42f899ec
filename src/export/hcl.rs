//! Configuration as text in the format of `terraform fmt`.

use tfplugin::Value;

/// The maximum width of a single-line list.
const WIDTH: usize = 80;

/// The identifiers that have another meaning as unquoted keys.
const RESERVED: [&str; 6] = ["for", "if", "in", "null", "true", "false"];

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    /// The literal `null`.
    Null,
    /// A boolean literal.
    Bool(bool),
    /// A number literal.
    Number(String),
    /// A string literal, with any contents.
    Text(String),
    /// An expression in source form, such as a reference or a call.
    Code(String),
    /// A list, set or tuple.
    List(Vec<Self>),
    /// An object or map.
    Object(Vec<Line>),
}

/// A line in a block or an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// An argument with its key, as returned by [`key`], and its value.
    Set(String, Expr),
    /// A comment on one line.
    Comment(String),
    /// A nested block.
    Block(Block),
    /// A blank line.
    Blank,
}

/// A block, such as `resource "type" "name"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The type and the labels.
    pub(super) head: String,
    /// The contents.
    pub(super) lines: Vec<Line>,
}

impl Line {
    /// Creates an argument.
    pub(super) fn set(name: &str, value: Expr) -> Self {
        Self::Set(name.to_owned(), value)
    }

    /// Returns whether the line spans several lines of text.
    pub(super) fn is_long(&self) -> bool {
        matches!(self, Self::Set(_, value) if value.written(0).contains('\n'))
    }
}

impl Block {
    /// Creates a block with a type and labels.
    pub(super) fn new(kind: &str, labels: &[&str], lines: Vec<Line>) -> Self {
        let labels = labels.iter().map(|label| format!(" {}", quoted(label)));
        Self {
            head: format!("{kind}{}", labels.collect::<String>()),
            lines,
        }
    }

    fn written(&self, depth: usize) -> String {
        let mut text = format!("{}{} {{\n", indent(depth), self.head);
        write_lines(&self.lines, depth + 1, &mut text);
        text + &indent(depth) + "}\n"
    }
}

impl Expr {
    /// Returns the expression for a value.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null | Value::Unknown => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Dynamic(inner) => Self::of(&inner.value),
            Value::Map(members) => {
                let members = members.iter();
                Self::Object(
                    members
                        .map(|(name, value)| Line::Set(key(name), Self::of(value)))
                        .collect(),
                )
            }
            Value::List(_) | Value::Set(_) => {
                let elements = value.elements().unwrap_or_default();
                Self::List(elements.into_iter().map(Self::of).collect())
            }
        }
    }

    fn written(&self, depth: usize) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(digits) => digits.clone(),
            Self::Text(text) => quoted(text),
            Self::Code(code) => code.clone(),
            Self::List(items) => list(items, depth),
            Self::Object(lines) if lines.is_empty() => "{}".to_owned(),
            Self::Object(lines) => {
                let mut text = "{\n".to_owned();
                write_lines(lines, depth + 1, &mut text);
                text + &indent(depth) + "}"
            }
        }
    }
}

/// Returns the text of a file.
pub(super) fn file(blocks: &[Block]) -> String {
    let blocks = blocks.iter().map(|block| block.written(0));
    blocks.collect::<Vec<_>>().join("\n")
}

/// Returns the key for a member. It is quoted unless it is an identifier without another meaning.
pub(super) fn key(name: &str) -> String {
    let mut letters = name.chars();
    let begins = letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let goes_on = letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    match begins && goes_on && !RESERVED.contains(&name) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// Returns a string literal. Templates and invisible characters are escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => quoted.extend([c, c]),
            // Another escape before the mark of a template would be ambiguous.
            '$' | '%' if rest.peek() == Some(&c) => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c if is_hidden(c) => match u32::from(c) {
                code @ 0..=0xffff => quoted.push_str(&format!("\\u{code:04x}")),
                code => quoted.push_str(&format!("\\U{code:08x}")),
            },
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns whether a character is invisible, or changes how others are displayed.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

fn list(items: &[Expr], depth: usize) -> String {
    let short: Vec<String> = items.iter().map(|item| item.written(depth)).collect();
    let width: usize = short.iter().map(|item| item.chars().count() + 2).sum();
    let is_short = width <= WIDTH && !short.iter().any(|item| item.contains('\n'));
    if is_short && !items.iter().any(|item| matches!(item, Expr::Object(_))) {
        return format!("[{}]", short.join(", "));
    }
    let inner = indent(depth + 1);
    let items = items
        .iter()
        .map(|item| format!("{inner}{},\n", item.written(depth + 1)));
    format!("[\n{}{}]", items.collect::<String>(), indent(depth))
}

/// Writes lines, and aligns the values of adjacent arguments.
fn write_lines(lines: &[Line], depth: usize, text: &mut String) {
    let indent = indent(depth);
    let written: Vec<Option<(&str, String)>> = lines
        .iter()
        .map(|line| match line {
            Line::Set(name, value) => Some((name.as_str(), value.written(depth))),
            Line::Comment(_) | Line::Block(_) | Line::Blank => None,
        })
        .collect();
    let is_one_line =
        |one: &&Option<(&str, String)>| matches!(one, Some((_, value)) if !value.contains('\n'));
    let width = |name: &str| name.chars().count();
    let mut column = 0;
    for (n, (line, set)) in lines.iter().zip(&written).enumerate() {
        match (line, set) {
            (_, Some((name, value))) => {
                let is_alone = value.contains('\n');
                let before = n.checked_sub(1).and_then(|before| written.get(before));
                if is_alone {
                    column = width(name);
                } else if !before.as_ref().is_some_and(is_one_line) {
                    let group = written.iter().skip(n).take_while(is_one_line).flatten();
                    column = group.map(|(name, _)| width(name)).max().unwrap_or(0);
                }
                let pad = " ".repeat(column.saturating_sub(width(name)));
                text.push_str(&format!("{indent}{name}{pad} = {value}\n"));
            }
            (Line::Block(block), None) => text.push_str(&block.written(depth)),
            (Line::Comment(words), None) => {
                let words = words.replace(is_hidden, " ");
                text.push_str(&format!("{indent}# {words}\n"));
            }
            _ => text.push('\n'),
        }
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("plain", r#""plain""#)]
    #[case("a \"b\" \\ c", r#""a \"b\" \\ c""#)]
    #[case("one\ntwo\r\n\tthree", r#""one\ntwo\r\n\tthree""#)]
    #[case("${a} %{b} $a %b", r#""$${a} %%{b} $a %b""#)]
    #[case("$${a} $$ 100%%{", r#""\u0024$${a} \u0024$ 100\u0025%%{""#)]
    #[case(
        "\u{0}\u{202e}\u{feff}é😀\u{e0041}",
        r#""\u0000\u202e\ufeffé😀\U000e0041""#
    )]
    #[case("<<EOT\n# /* //", r#""<<EOT\n# /* //""#)]
    fn strings_are_literals(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(quoted(text), wanted);
    }

    /// Parses a string literal as HCL does. Returns `None` for a template or an early end.
    fn read(quoted: &str) -> Option<String> {
        let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let mut text = String::new();
        let mut rest = inner;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            let (read, left) = match c {
                '"' | '\n' => return None,
                '$' | '%' if after.starts_with('{') => return None,
                '$' | '%' if after.starts_with(&format!("{c}{{")) => {
                    (format!("{c}{{"), &after[2..])
                }
                '\\' => {
                    let (escape, left) = after.split_at(1);
                    let digits = match escape {
                        "u" => 4,
                        "U" => 8,
                        _ => 0,
                    };
                    let read = match escape {
                        "n" => '\n',
                        "r" => '\r',
                        "t" => '\t',
                        "\"" => '"',
                        "\\" => '\\',
                        _ => char::from_u32(u32::from_str_radix(left.get(..digits)?, 16).ok()?)?,
                    };
                    (read.to_string(), &left[digits..])
                }
                c => (c.to_string(), after),
            };
            text.push_str(&read);
            rest = left;
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn any_string_is_read_back(text in "(?s)[$%{}\"\\\\~\na-c\u{0}\u{202e}é]{0,24}|.{0,24}") {
            prop_assert_eq!(read(&quoted(&text)), Some(text));
        }
    }

    #[rstest]
    #[case("name", "name")]
    #[case("for", "\"for\"")]
    #[case("a-b", "\"a-b\"")]
    #[case("1", "\"1\"")]
    #[case("", "\"\"")]
    #[case("${x}", "\"$${x}\"")]
    fn keys_are_quoted_if_necessary(#[case] name: &str, #[case] wanted: &str) {
        assert_eq!(key(name), wanted);
    }

    #[test]
    fn adjacent_arguments_are_aligned_and_long_values_separated() {
        let text = |text: &str| Expr::Text(text.to_owned());
        let lines = vec![
            Line::set("id", text("1")),
            Line::set("longer", Expr::List(vec![text("a"), text("b")])),
            Line::set("object", Expr::Object(vec![Line::set("x", Expr::Null)])),
            Line::set("yz", Expr::Bool(true)),
            Line::Comment("Words\nx = 1.".to_owned()),
            Line::set("a", Expr::List(vec![Expr::Object(Vec::new())])),
        ];
        let file = file(&[Block::new("resource", &["t", "n"], lines)]);
        let wanted = "\
resource \"t\" \"n\" {
  id     = \"1\"
  longer = [\"a\", \"b\"]
  object = {
    x = null
  }
  yz = true
  # Words x = 1.
  a = [
    {},
  ]
}
";
        assert_eq!(file, wanted);
    }
}
