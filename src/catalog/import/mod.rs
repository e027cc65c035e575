//! Published price sheets → text catalogs, with an account of every row.
//!
//! An importer takes the files of one format and gives a [`TextCatalog`] and a [`Report`]. Rows in
//! the sheets may stand in any order; equal rows give equal text. For each file, the rows read are
//! the rows kept plus the rows dropped, and every dropped row has a reason.

mod aws;
mod aws_sheets;
mod azure;
mod bandwidth;
mod gcp;
mod gpus;
mod lambda;
mod names;
mod products;
mod regions;
mod report;
mod sheet;
mod slices;
mod spot;
mod transfer;

use std::collections::BTreeMap;

pub use report::{FileReport, Report};

use super::TextCatalog;
use crate::units::Date;

/// Which sheets are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// AWS: a folder of sheets by zone, with instance types and the spot advisor's list.
    Aws,
    /// Azure: one sheet of virtual machines by region.
    Azure,
    /// Google Cloud: one sheet of hosts and accelerators by zone.
    Gcp,
    /// Lambda: one sheet of machines by region.
    Lambda,
    /// Rates of data moved between regions, in two sheets.
    Transfer,
    /// Facts of GPUs.
    Gpus,
    /// Where regions are.
    Regions,
    /// How often AWS's spot machines are interrupted: the spot advisor's list.
    Spot,
    /// Measured bandwidth between regions.
    Bandwidth,
}

impl Format {
    /// All of them with their names on the command line.
    pub const ALL: [(&'static str, Self); 9] = [
        ("aws-csv", Self::Aws),
        ("azure-csv", Self::Azure),
        ("bandwidth-csv", Self::Bandwidth),
        ("gcp-csv", Self::Gcp),
        ("gpus-csv", Self::Gpus),
        ("lambda-csv", Self::Lambda),
        ("regions-csv", Self::Regions),
        ("spot-csv", Self::Spot),
        ("transfer-csv", Self::Transfer),
    ];

    /// The format of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(n, _)| *n == name).map(|(_, format)| format)
    }

    /// The catalog that it makes.
    #[must_use]
    pub const fn catalog(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
            Self::Lambda => "lambda",
            Self::Transfer => "transfer",
            Self::Gpus => "gpus",
            Self::Regions => "regions",
            Self::Spot => "spot",
            Self::Bandwidth => "bandwidth",
        }
    }

    /// Whether it reads a file of that name; others in a folder are left alone.
    #[must_use]
    pub fn reads(self, name: &str) -> bool {
        match self {
            Self::Aws => aws::role(name).is_some(),
            Self::Azure | Self::Gcp | Self::Lambda => name == "vms.csv",
            Self::Transfer => name == transfer::PAIRS || name == transfer::AWS,
            Self::Gpus => name == "gpus.csv",
            Self::Regions => name == "regions.csv",
            Self::Spot => aws::is_advisor(name),
            Self::Bandwidth => bandwidth::reads(name),
        }
    }
}

/// What to import.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The bytes of each file by its name; a name that ends in `.gz` means compressed bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The day of files that say none themselves, by name.
    pub as_of: BTreeMap<String, Date>,
    /// The day of all other files that say none.
    pub default_as_of: Option<Date>,
}

/// Why an import can't be done. Rows with mistakes are dropped and counted instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A file that the format needs isn't among those given.
    #[error("the format needs a file called `{name}`")]
    MissingFile {
        /// Its name.
        name: String,
    },
    /// A file has no column of that name.
    #[error("`{file}` has no column `{column}`")]
    MissingColumn {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// A compressed file can't be expanded.
    #[error("`{file}` can't be decompressed")]
    Compression {
        /// The file.
        file: String,
    },
    /// A file doesn't say of what day it is, and nobody else does.
    #[error("`{file}` doesn't say of what day its figures are")]
    NoDate {
        /// The file.
        file: String,
    },
}

/// A new catalog and the account of how it came about.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The catalog, sorted.
    pub catalog: TextCatalog,
    /// What became of each row.
    pub report: Report,
}

/// Imports the files of one format.
///
/// # Errors
///
/// [`ImportError`] when a file is missing, has no such column, or no day.
pub fn import(format: Format, input: &Input) -> Result<Imported, ImportError> {
    let mut imported = match format {
        Format::Aws => aws::import(input),
        Format::Azure => azure::import(input),
        Format::Gcp => gcp::import(input),
        Format::Lambda => lambda::import(input),
        Format::Transfer => transfer::import(input),
        Format::Gpus => gpus::import(input),
        Format::Regions => regions::import(input),
        Format::Spot => spot::import(input),
        Format::Bandwidth => bandwidth::import(input),
    }?;
    imported.catalog.sort();
    Ok(imported)
}
