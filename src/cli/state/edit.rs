//! `mlinfra state rm` and `unlock`.

use super::super::running::{System, block_on, session};
use super::super::{Io, Outcome};
use super::{Whose, list};
use crate::applying::Clock as _;
use crate::diagnostics::Diagnostic;
use crate::store::vault;

/// Forget objects; they stay where they are
#[derive(Debug, clap::Args)]
pub(crate) struct RmArgs {
    /// Their addresses, e.g. `pool.train.nodes`
    #[arg(required = true)]
    addresses: Vec<String>,
    #[command(flatten)]
    whose: Whose,
}

/// Take the lock from whoever holds it
#[derive(Debug, clap::Args)]
pub(crate) struct UnlockArgs {
    /// The lock's number, as the message shows it that says who holds it
    id: u64,
    #[command(flatten)]
    whose: Whose,
}

/// Runs `rm`.
pub(super) fn rm(args: &RmArgs, io: &mut Io) -> Outcome {
    let found = args.whose.find(io)?;
    let still = block_on(async {
        let mut vault = session::open(&*found.blobs, &found.project, "state rm", io).await?;
        let forgotten = forget(&mut vault, &args.addresses).await;
        session::close(vault).await?;
        forgotten
    })?;
    for (address, id) in still {
        io.note(&format!("{address} is forgotten; {id} still exists.\n"));
    }
    io.note(
        "What is forgotten carries the project's tag still: the next apply deletes it, unless it is \
         imported or its tag is taken away before.\n",
    );
    Ok(0)
}

/// Takes objects out of the state; their addresses and identifiers.
async fn forget(
    vault: &mut vault::Vault<'_>,
    addresses: &[String],
) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut still = Vec::new();
    for address in addresses {
        let object = vault.state().objects.get(address);
        let object = object.ok_or_else(|| list::unknown(address, vault.state()))?;
        still.push((address.clone(), object.id.to_string()));
    }
    let forget = |state: &mut crate::state::State| {
        state
            .objects
            .retain(|address, _| !addresses.contains(address));
    };
    let committed = vault.commit(forget, System.now()).await;
    committed.map_err(|error| vault::diagnostic(&error))?;
    Ok(still)
}

/// Runs `unlock`.
pub(super) fn unlock(args: &UnlockArgs, io: &mut Io) -> Outcome {
    let found = args.whose.find(io)?;
    let holder = session::holder("state unlock", io);
    let broken = block_on(vault::break_open(
        &*found.blobs,
        args.id,
        holder,
        System.now(),
    ));
    broken.map_err(|error| vault::diagnostic(&error))?;
    io.note("The lock is open. Whoever held it can't write any more.\n");
    Ok(0)
}
