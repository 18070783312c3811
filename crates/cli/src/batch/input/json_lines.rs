//! JSON lines: an object on each.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::blocks::Unread;
use super::cells::{Cell, Cells, Value};
use super::column::Column;
use super::problem::{Place, Problem, shown};
use super::row::Row;
use super::text::{Line, Lines};

/// An object may not have more members.
const MOST: usize = 100;

/// The next row; none is the end. A line that is no object is told, and passed over.
pub(super) fn next(
    lines: &mut Lines,
    tell: &mut dyn FnMut(Problem),
) -> Result<Option<Row>, Unread> {
    while let Some(line) = lines.next()? {
        if line.is_blank() {
            continue;
        }
        return Ok(Some(row(&line, tell)));
    }
    Ok(None)
}

fn row(line: &Line, tell: &mut dyn FnMut(Problem)) -> Row {
    let number = line.number;
    let nothing = Row { line: number, reference: None, order: None };
    if let Some(flaw) = line.flaw {
        let (character, what) = flaw.told();
        let place = character.map_or(Place::Row, |number| Place::Character { number, name: None });
        tell(Problem::new(number, place, what));
        return nothing;
    }
    let members = match members(&line.text) {
        Ok(members) => members,
        Err(error) => {
            tell(Problem::new(number, place_of(&error, &line.text), no_object(&error)));
            return nothing;
        }
    };
    let mut sound = true;
    let mut told = |place: Place, what: String| tell(Problem::new(number, place, what));
    let mut cells = Cells::new(&mut told);
    let mut position = Position { text: &line.text, byte: 0, character: 1 };
    for (name, value) in &members {
        let number = position.character_of(value.get());
        let column = Column::find(name);
        let shown_name = column.map_or_else(|| shown(name), |column| column.name().to_owned());
        let place = Place::Character { number, name: Some(shown_name) };
        match column {
            None => {
                sound = false;
                cells.tell(place, format!("the member {}", Column::unknown(name)));
            }
            Some(column) if cells.has(column) => {
                sound = false;
                cells.tell(place, "the member is there twice: one of them is enough".to_owned());
            }
            Some(column) => match self::value(value.get()) {
                Ok(value) => cells.set(column, Cell { value, place }),
                Err(error) => {
                    sound = false;
                    let what = format!("the text cannot be read: {}", reason(&error));
                    cells.set(column, Cell { value: Value::Told, place: place.clone() });
                    cells.tell(place, what);
                }
            },
        }
    }
    let row = Row::read(number, cells);
    Row { order: row.order.filter(|_| sound), ..row }
}

/// The members as they stand there: with those that are there twice, and numbers with their digits.
fn members(text: &str) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                if members.len() == MOST {
                    return Err(A::Error::custom(format!("more than {MOST} members")));
                }
                members.push(member);
            }
            Ok(members)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(Object)?;
    deserializer.end()?;
    Ok(members)
}

fn value(raw: &str) -> Result<Value<'_>, serde_json::Error> {
    Ok(match raw.bytes().next() {
        Some(b'"') => match serde_json::from_str::<String>(raw)? {
            text if text.is_empty() => Value::Empty,
            text => Value::Text(Cow::Owned(text)),
        },
        Some(b'{') => Value::Odd("an object"),
        Some(b'[') => Value::Odd("an array"),
        Some(b't') => Value::Odd("true"),
        Some(b'f') => Value::Odd("false"),
        Some(b'n') => Value::Empty,
        _ => Value::Number(raw),
    })
}

/// Where the parts of a line stand, in the order in which they do.
struct Position<'a> {
    text: &'a str,
    byte: usize,
    character: u64,
}

impl Position<'_> {
    fn character_of(&mut self, part: &str) -> u64 {
        let byte = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let between = self.text.get(self.byte..byte).unwrap_or_default();
        self.character += between.chars().count() as u64;
        self.byte = self.byte.max(byte);
        self.character
    }
}

/// serde_json counts bytes.
fn place_of(error: &serde_json::Error, text: &str) -> Place {
    let before = text.char_indices().take_while(|(at, _)| *at < error.column()).count();
    Place::Character { number: before.max(1) as u64, name: None }
}

fn no_object(error: &serde_json::Error) -> String {
    let end = if error.is_eof() { ". A row stands on a line of its own" } else { "" };
    format!(
        "this is not one JSON object, such as {{\"kind\": \"plesk_renew\", \"target\": \"…\", \"months\": 3}}: {}{end}",
        reason(error)
    )
}

/// What serde_json says, but for where: there is one line.
fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    said.split(" at line ").next().unwrap_or_default().to_owned()
}
