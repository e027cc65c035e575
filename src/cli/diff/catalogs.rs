//! Which catalogs each side is planned with.

use std::path::Path;

use super::super::Io;
use super::find::{Between, Scope};
use super::{Args, CatalogSource};
use crate::catalog::Catalog;
use crate::diagnostics::{self, Diagnostic};
use crate::store::{self, lock};

/// The catalogs that are at hand.
pub(super) struct Catalogs {
    head: Catalog,
    /// Those of the older side, where they are others.
    base: Option<Catalog>,
    /// Whether somebody asked for them by name.
    base_given: bool,
}

/// The catalogs of one side, and what a reader should know of that choice.
pub(super) struct Chosen<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) note: Option<String>,
}

impl Catalogs {
    /// Loads all that can be needed, each once.
    ///
    /// # Errors
    ///
    /// Those of loading catalogs, and of reading a revision.
    pub(super) fn load(args: &Args, scope: &Scope, io: &mut Io) -> Result<Self, Diagnostic> {
        let head = args.catalogs.load(io)?;
        let given = args.base_catalogs.as_deref();
        let base = match (given, scope, args.catalogs.path(io)) {
            (Some(path), _, _) => Some(CatalogSource::load_at(path, io)?),
            (None, Scope::Revisions(between), Some(path)) => earlier(between, &path, io)?,
            _ => None,
        };
        let same = |base: &Catalog| base.infos() == head.infos();
        Ok(Self {
            base: base.filter(|base| !same(base)),
            base_given: given.is_some(),
            head,
        })
    }

    /// Those of the newer side. It is planned as `mlinfra plan` would.
    ///
    /// # Errors
    ///
    /// `catalog::lock-…`.
    pub(super) fn for_head(&self, lock: Option<&Lock>) -> Result<Chosen<'_>, Diagnostic> {
        if let Some(lock) = lock {
            lock.check(&self.head)?;
        }
        Ok(Chosen {
            catalog: &self.head,
            note: None,
        })
    }

    /// Those of the older side: what its lock file names if that is at hand, else those of the newer
    /// side.
    ///
    /// # Errors
    ///
    /// `catalog::lock-malformed`.
    pub(super) fn for_base(&self, lock: Option<&Lock>) -> Result<Chosen<'_>, Diagnostic> {
        let own = self.base.as_ref();
        let Some(lock) = lock else {
            return Ok(Chosen {
                catalog: own.unwrap_or(&self.head),
                note: None,
            });
        };
        for catalog in own.into_iter().chain([&self.head]) {
            if lock.names(catalog)? {
                return Ok(Chosen {
                    catalog,
                    note: None,
                });
            }
        }
        let (catalog, with) = match own.filter(|_| self.base_given) {
            Some(own) => (own, "those of `--base-catalogs`"),
            None => (&self.head, "the same catalogs as the newer one"),
        };
        let note = format!(
            "The lock file of the older side names catalogs that aren't at hand, so it is planned with \
             {with}: differences by other prices can be missing."
        );
        Ok(Chosen {
            catalog,
            note: Some(note),
        })
    }
}

/// The catalogs as the base has them, where they are part of the repository.
fn earlier(between: &Between, path: &Path, io: &Io) -> Result<Option<Catalog>, Diagnostic> {
    let Ok(inside) = between.repository.inside(path) else {
        return Ok(None);
    };
    let folder = tempfile::tempdir().map_err(|error| {
        Diagnostic::error(&diagnostics::cli::CANNOT_WRITE)
            .detail(format!("No temporary folder can be made: {error}."))
    })?;
    if !between.base.extract(&inside, folder.path())? {
        return Ok(None);
    }
    let at = if path.is_file() {
        let name = inside.rsplit('/').next().unwrap_or_default();
        folder.path().join(name)
    } else {
        folder.path().to_owned()
    };
    let cache = io.env("MLINFRA_DATA_DIR").unwrap_or(".mlinfra");
    let loaded = store::catalogs::load(&at, Path::new(cache));
    let loaded = loaded.map_err(|mut diagnostic| {
        // Nobody has heard of the temporary folder.
        let (temporary, known) = (at.display().to_string(), between.base.name(&inside));
        diagnostic.detail = diagnostic.detail.replace(&temporary, &known);
        diagnostic.hints.clear();
        diagnostic.hint("name others for the older side: `--base-catalogs PATH`")
    })?;
    Ok(Some(loaded.catalog))
}

/// A lock file.
pub(super) struct Lock {
    pub(super) text: String,
    /// What messages call it.
    pub(super) name: String,
}

impl Lock {
    fn check(&self, catalog: &Catalog) -> Result<(), Diagnostic> {
        lock::check_text(&self.text, Path::new(&self.name), catalog).map(drop)
    }

    /// Whether it names these catalogs.
    fn names(&self, catalog: &Catalog) -> Result<bool, Diagnostic> {
        match self.check(catalog) {
            Ok(()) => Ok(true),
            Err(error) if error.code == &diagnostics::catalog::LOCK_MISMATCH => Ok(false),
            Err(error) => Err(error),
        }
    }
}
