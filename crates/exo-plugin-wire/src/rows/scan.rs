//! A strict JSON scanner that says what a value is, and keeps nothing of it.

use super::RowProblem;

/// Cells are not nested deeper.
const DEEPEST: usize = 64;

/// What a value is.
#[derive(Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Bool,
    Integer {
        negative: bool,
    },
    Number,
    /// What stands between the quotes, escapes and all.
    Text(&'a str),
    Array {
        texts_only: bool,
    },
    Object,
}

#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other,
            }
        }
    }

    pub(super) fn broken(&self) -> RowProblem {
        RowProblem::Json(self.at)
    }

    pub(super) fn open(&mut self, byte: u8) -> Result<(), RowProblem> {
        if self.eat(byte) { Ok(()) } else { Err(self.broken()) }
    }

    pub(super) fn comma(&mut self) -> bool {
        self.eat(b',')
    }

    pub(super) fn end(&mut self) -> Result<(), RowProblem> {
        if self.peek().is_none() { Ok(()) } else { Err(self.broken()) }
    }

    pub(super) fn value(&mut self) -> Result<Cell<'a>, RowProblem> {
        match self.peek() {
            Some(b'"') => self.string().map(Cell::Text),
            Some(b'n') => self.word("null", Cell::Null),
            Some(b't') => self.word("true", Cell::Bool),
            Some(b'f') => self.word("false", Cell::Bool),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[') => self.nested(Self::array),
            Some(b'{') => self.nested(Self::object),
            _ => Err(self.broken()),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Cell<'a>, RowProblem>) -> Result<Cell<'a>, RowProblem> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.broken());
        }
        let cell = read(self)?;
        self.depth -= 1;
        Ok(cell)
    }

    fn array(&mut self) -> Result<Cell<'a>, RowProblem> {
        let mut texts_only = true;
        if self.eat(b']') {
            return Ok(Cell::Array { texts_only });
        }
        loop {
            texts_only &= matches!(self.value()?, Cell::Text(_));
            if self.eat(b']') {
                return Ok(Cell::Array { texts_only });
            }
            self.open(b',')?;
        }
    }

    fn object(&mut self) -> Result<Cell<'a>, RowProblem> {
        if self.eat(b'}') {
            return Ok(Cell::Object);
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.broken());
            }
            self.string()?;
            self.open(b':')?;
            self.value()?;
            if self.eat(b'}') {
                return Ok(Cell::Object);
            }
            self.open(b',')?;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str, cell: Cell<'a>) -> Result<Cell<'a>, RowProblem> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.broken());
        }
        self.at += word.len();
        Ok(cell)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn digits(&mut self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn number(&mut self) -> Result<Cell<'a>, RowProblem> {
        let negative = self.byte() == Some(b'-');
        self.at += usize::from(negative);
        let zero = self.byte() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return Err(self.broken());
        }
        let mut cell = Cell::Integer { negative };
        if self.byte() == Some(b'.') {
            self.at += 1;
            cell = Cell::Number;
            if self.digits() == 0 {
                return Err(self.broken());
            }
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            cell = Cell::Number;
            if self.digits() == 0 {
                return Err(self.broken());
            }
        }
        Ok(cell)
    }

    fn string(&mut self) -> Result<&'a str, RowProblem> {
        self.at += 1;
        let start = self.at;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += exo_model::literal_length(rest);
            match self.byte() {
                Some(b'"') => {
                    let inside = self.text.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(inside);
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.broken()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), RowProblem> {
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => match self.unit()? {
                0xDC00..=0xDFFF => Err(self.broken()),
                0xD800..=0xDBFF => {
                    self.open_pair()?;
                    if (0xDC00..=0xDFFF).contains(&self.unit()?) { Ok(()) } else { Err(self.broken()) }
                }
                _ => Ok(()),
            },
            _ => Err(self.broken()),
        }
    }

    fn open_pair(&mut self) -> Result<(), RowProblem> {
        if self.text.as_bytes().get(self.at..self.at + 2) != Some(b"\\u") {
            return Err(self.broken());
        }
        self.at += 1;
        Ok(())
    }

    /// The four digits after `u`, on which the scanner stands.
    fn unit(&mut self) -> Result<u32, RowProblem> {
        let hex = self.text.get(self.at + 1..self.at + 5).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).ok_or_else(|| self.broken())?;
        self.at += 5;
        Ok(unit)
    }
}
