//! Reading one CSV file: rows by column name, its own date, its digest.

use std::io::Read as _;

use super::{ImportError, Input};
use crate::catalog::SourceInfo;
use crate::catalog::text::sha256_hex;
use crate::units::{Date, Rate};

/// A file as a list of rows. Lines that begin with `#` are comments.
pub(super) struct Sheet {
    /// The file's name.
    pub(super) name: String,
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
    text: String,
}

impl Sheet {
    /// Opens the file of that name.
    pub(super) fn open(input: &Input, name: &str) -> Result<Self, ImportError> {
        let bytes = input.files.get(name).ok_or(ImportError::MissingFile {
            name: name.to_owned(),
        })?;
        let text = if name.ends_with(".gz") {
            expand(name, bytes)?
        } else {
            String::from_utf8_lossy(bytes).into_owned()
        };
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .flexible(true)
            .from_reader(text.as_bytes());
        let columns = reader
            .headers()
            .map(|h| h.iter().map(str::to_owned).collect());
        let columns = columns.unwrap_or_default();
        let rows = reader.records().filter_map(Result::ok).collect();
        Ok(Self {
            name: name.to_owned(),
            columns,
            rows,
            text,
        })
    }

    /// The places of columns, in the order asked for.
    pub(super) fn columns<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[usize; N], ImportError> {
        let mut places = [0; N];
        for (place, column) in places.iter_mut().zip(names) {
            let found = self.columns.iter().position(|c| c == column);
            *place = found.ok_or(ImportError::MissingColumn {
                file: self.name.clone(),
                column,
            })?;
        }
        Ok(places)
    }

    /// The rows, each as the cells of these columns; a cell that isn't there is empty.
    pub(super) fn rows<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<impl Iterator<Item = [&str; N]>, ImportError> {
        let places = self.columns(names)?;
        let rows = self.rows.iter();
        Ok(rows.map(move |row| places.map(|p| row.get(p).unwrap_or_default().trim())))
    }

    /// The file as a source of the catalog `catalog`.
    ///
    /// Its digest is taken of its lines in sorted order, so that a sheet whose rows were only
    /// shuffled is the same source.
    pub(super) fn source(
        &self,
        input: &Input,
        catalog: &str,
        id: &str,
        title: &str,
    ) -> Result<SourceInfo, ImportError> {
        let mut lines: Vec<&str> = self.text.lines().collect();
        lines.sort_unstable();
        Ok(SourceInfo {
            catalog: catalog.to_owned(),
            id: id.to_owned(),
            title: title.to_owned(),
            as_of: self.as_of(input)?,
            sha256: sha256_hex(lines.join("\n").as_bytes()),
        })
    }

    /// The day that the command line gives for this file, or that its comments say, or that the
    /// command line gives for all files.
    pub(super) fn as_of(&self, input: &Input) -> Result<Date, ImportError> {
        let given = input.as_of.get(&self.name).copied();
        given
            .or_else(|| self.own_date())
            .or(input.default_as_of)
            .ok_or(ImportError::NoDate {
                file: self.name.clone(),
            })
    }

    /// The first time stamp in the comments at the head.
    fn own_date(&self) -> Option<Date> {
        let comments = self.text.lines().take_while(|l| l.starts_with('#'));
        comments
            .flat_map(|l| l.split([' ', '"']))
            .filter_map(|word| word.split_once('T'))
            .find_map(|(day, _)| Date::parse(day).ok())
    }
}

fn expand(name: &str, bytes: &[u8]) -> Result<String, ImportError> {
    let mut text = String::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes);
    decoder
        .read_to_string(&mut text)
        .map_err(|_| ImportError::Compression {
            file: name.to_owned(),
        })?;
    Ok(text)
}

/// A rate above zero. An empty cell, zero and anything that isn't a number are no rates.
pub(super) fn positive_rate(cell: &str) -> Option<Rate> {
    Rate::parse(cell).ok().filter(|r| *r > Rate::ZERO)
}

/// A decimal number in thousandths, rounded down.
pub(super) fn thousandths(cell: &str) -> Option<u64> {
    Some(Rate::parse(cell).ok()?.pico_usd() / 1_000_000_000)
}

/// Gibibytes as written, in whole mebibytes, rounded down.
pub(super) fn mib_from_gib(cell: &str) -> Option<u64> {
    let pico = u128::from(Rate::parse(cell).ok()?.pico_usd());
    u64::try_from(pico * 1024 / 1_000_000_000_000).ok()
}
