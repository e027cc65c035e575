//! The plan that is being applied, whole, so that anybody can go on with it.

use super::super::blobs::{Blobs, When};
use super::{Vault, VaultError, put_certainly};

fn name_of(digest: &str) -> String {
    let digest = digest.strip_prefix("sha256:").unwrap_or(digest);
    format!("plans/{digest}.json")
}

impl Vault<'_> {
    /// Where it is.
    #[must_use]
    pub fn blobs(&self) -> &dyn Blobs {
        self.blobs
    }

    /// Keeps a plan beside the state, by its digest in hex.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when it can't be written.
    pub async fn keep_plan(&self, digest: &str, bytes: &[u8]) -> Result<(), VaultError> {
        let name = name_of(digest);
        put_certainly(self.blobs, &name, bytes, &When::Always).await?;
        Ok(())
    }

    /// Throws a plan away that was kept, once nobody needs to go on with it.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when it can't be deleted.
    pub async fn drop_plan(&self, digest: &str) -> Result<(), VaultError> {
        Ok(self.blobs.delete(&name_of(digest)).await?)
    }
}

/// A plan that is kept beside a state; `None` when there is none of that digest.
///
/// # Errors
///
/// [`VaultError`] when it can't be read.
pub async fn plan_kept(blobs: &dyn Blobs, digest: &str) -> Result<Option<Vec<u8>>, VaultError> {
    let blob = blobs.get(&name_of(digest)).await?;
    Ok(blob.map(|blob| blob.bytes))
}

/// Digests of the plans that are kept beside a state: of those that ended early.
///
/// # Errors
///
/// [`VaultError`] when they can't be listed.
pub async fn plans_kept(blobs: &dyn Blobs) -> Result<Vec<String>, VaultError> {
    let names = blobs.list("plans/").await?;
    let digest = |name: &String| {
        let digest = name.strip_prefix("plans/")?.strip_suffix(".json")?;
        Some(digest.to_owned())
    };
    Ok(names.iter().filter_map(digest).collect())
}
