use serde::Serialize;

/// Where a project's state is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum StatePlace {
    /// A folder of this machine.
    Local {
        /// The folder; one that doesn't begin with `/` counts from the spec's.
        path: String,
    },
    /// Amazon S3, or a store that speaks its protocol.
    S3 {
        /// The bucket.
        bucket: String,
        /// The folder in it, without `/` at its ends.
        key: String,
        /// The bucket's region; what the environment says when not given.
        region: Option<String>,
        /// Where another store than Amazon's is: `https://…`.
        endpoint: Option<String>,
    },
    /// Azure Blob Storage.
    AzureBlob {
        /// The storage account.
        account: String,
        /// The container.
        container: String,
        /// The folder in it, without `/` at its ends.
        key: String,
    },
    /// Google Cloud Storage.
    Gcs {
        /// The bucket.
        bucket: String,
        /// The folder in it, without `/` at its ends.
        key: String,
    },
}

/// An argument of a kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceArgument {
    /// Its name in specs.
    pub name: &'static str,
    /// Whether there is no place without it.
    pub required: bool,
}

const fn needs(name: &'static str) -> PlaceArgument {
    PlaceArgument {
        name,
        required: true,
    }
}

const fn may(name: &'static str) -> PlaceArgument {
    PlaceArgument {
        name,
        required: false,
    }
}

impl StatePlace {
    /// The kinds by their names in specs.
    pub const KINDS: &'static [&'static str] = &["local", "s3", "azure-blob", "gcs"];

    /// What a kind is told by; nothing for what is no kind.
    #[must_use]
    pub fn arguments(kind: &str) -> &'static [PlaceArgument] {
        const S3: &[PlaceArgument] = &[
            needs("bucket"),
            needs("key"),
            may("region"),
            may("endpoint"),
        ];
        match kind {
            "local" => const { &[needs("path")] },
            "s3" => S3,
            "azure-blob" => const { &[needs("account"), needs("container"), needs("key")] },
            "gcs" => const { &[needs("bucket"), needs("key")] },
            _ => &[],
        }
    }

    /// The place that arguments tell, each by its name; `None` when one that it needs isn't there.
    pub fn from_arguments(
        kind: &str,
        mut value: impl FnMut(&str) -> Option<String>,
    ) -> Option<Self> {
        Some(match kind {
            "local" => Self::Local {
                path: value("path")?,
            },
            "s3" => Self::S3 {
                bucket: value("bucket")?,
                key: value("key")?,
                region: value("region"),
                endpoint: value("endpoint"),
            },
            "azure-blob" => Self::AzureBlob {
                account: value("account")?,
                container: value("container")?,
                key: value("key")?,
            },
            "gcs" => Self::Gcs {
                bucket: value("bucket")?,
                key: value("key")?,
            },
            _ => return None,
        })
    }

    /// What an argument's value must be like, if this one isn't.
    #[must_use]
    pub fn fault(argument: &str, value: &str) -> Option<&'static str> {
        let (good, why) = match argument {
            "path" => (
                !value.is_empty() && !value.contains('\0'),
                "A path names a folder.",
            ),
            "key" => (
                is_key(value),
                "A key is the folder that state is kept in, e.g. \"mlinfra/recommender\": letters, \
                 digits, `-`, `_`, `.`, `=` and `+`, with `/` between its parts and not at its ends.",
            ),
            "endpoint" => (
                is_endpoint(value),
                "An endpoint is `http://` or `https://`, a host, and where needed a port and a path.",
            ),
            _ => (
                is_word(value, "-_."),
                "This name has letters, digits, `-`, `_` and `.` alone.",
            ),
        };
        (!good).then_some(why)
    }
}

fn is_word(text: &str, others: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    !text.is_empty() && text.len() <= 255 && text.chars().all(allowed)
}

fn is_key(text: &str) -> bool {
    let part = |part: &str| is_word(part, "-_.=+") && !part.bytes().all(|b| b == b'.');
    text.len() <= 512 && text.split('/').all(part)
}

fn is_endpoint(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "@?#\"'\\".contains(c);
        !rest.is_empty() && !rest.starts_with(['/', ':']) && !rest.contains(odd)
    })
}

impl std::fmt::Display for StatePlace {
    /// As `--state` takes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local { path } => f.write_str(path),
            Self::S3 {
                bucket,
                key,
                region,
                endpoint,
            } => {
                write!(f, "s3://{bucket}/{key}")?;
                let given = [("region", region), ("endpoint", endpoint)];
                let given = given.iter().filter_map(|(n, v)| Some((n, v.as_ref()?)));
                for (index, (name, value)) in given.enumerate() {
                    let sign = if index == 0 { '?' } else { '&' };
                    write!(f, "{sign}{name}={value}")?;
                }
                Ok(())
            }
            Self::AzureBlob {
                account,
                container,
                key,
            } => write!(f, "az://{account}/{container}/{key}"),
            Self::Gcs { bucket, key } => write!(f, "gs://{bucket}/{key}"),
        }
    }
}
