//! Pools of a plan → objects.

use std::collections::BTreeSet;

use mlinfra_provider_api::{Attributes, ObjectKind};

use super::settings::Settings;
use super::{Manifests, Realm, Wanted, Way, images};
use crate::changes::graph::OnFailure;
use crate::changes::reference;
use crate::diagnostics::{Diagnostic, Diagnostics, apply};
use crate::model::{CapacityType, Location, Project, Stage, StageKind};
use crate::planning::plan::{Placement, Plan, PlannedStage};
use crate::units::{Money, Quantity, Rate};

/// Most nodes of a pool. No service of today has more, and a slip in the spec mustn't become a
/// million objects.
const MOST_NODES: u32 = 10_000;

/// The objects of all pools of a plan.
///
/// Ways that can't be taken in this realm are left out; what has none is an error, unless its stage is
/// none of the targets (no targets: all stages are).
#[must_use]
pub fn wanted(
    project: &Project,
    plan: &Plan,
    realm: Realm,
    manifests: &Manifests<'_>,
    targets: &BTreeSet<String>,
) -> (Vec<Wanted>, Diagnostics) {
    let looks_at = |stage: &str| targets.is_empty() || targets.contains(stage);
    let mut objects = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for key in project.labels.keys().filter(|key| is_reserved(key)) {
        diagnostics.push(reserved_label(key));
    }
    for planned in &plan.stages {
        let name = &planned.name;
        let holds = planned
            .nodes_of
            .as_ref()
            .is_none_or(|holder| holder == name);
        let Some(stage) = project.stages.get(name).filter(|_| holds) else {
            continue;
        };
        let sharing = plan
            .stages
            .iter()
            .filter(|other| other.name != *name && other.nodes_of.as_deref() == Some(name));
        let others: Vec<&Stage> = sharing
            .filter_map(|other| project.stages.get(&other.name))
            .collect();
        match Pool::new(stage, planned, realm, manifests) {
            Ok(pool) => pool.objects(&Settings::new(project, stage, &others), &mut objects),
            Err(diagnostic) if looks_at(name) => diagnostics.push(*diagnostic),
            Err(_) => {}
        }
    }
    (objects, diagnostics)
}

/// Where something is made: whose API, and which region there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Site {
    provider: String,
    scope: String,
}

/// A placement that can be taken in the realm.
struct Choice<'p> {
    placement: &'p Placement,
    rate: Rate,
    site: Site,
}

/// The nodes of a stage and what they need.
struct Pool<'p> {
    stage: &'p Stage,
    realm: Realm,
    choices: Vec<Choice<'p>>,
    is_gang: bool,
}

impl<'p> Pool<'p> {
    fn new(
        stage: &'p Stage,
        planned: &'p PlannedStage,
        realm: Realm,
        manifests: &Manifests<'_>,
    ) -> Result<Self, Box<Diagnostic>> {
        let first = &planned.placement;
        if first.nodes > MOST_NODES {
            return Err(Box::new(too_many(stage, first.nodes)));
        }
        let is_gang = stage.kind == StageKind::Training && first.nodes > 1;
        let choice = |placement: &'p Placement, rate: Rate| {
            let site = site(placement, realm, manifests)?;
            Some(Choice {
                placement,
                rate,
                site,
            })
        };
        let Some(best) = choice(first, planned.rate.usd) else {
            return Err(Box::new(not_possible_yet(stage, first)));
        };
        let mut choices = vec![best];
        // A node on its own is replaced by one; that is enough where fewer of them do the same.
        let replaces = |other: &&crate::planning::plan::Fallback| {
            let nodes = other.placement.nodes;
            nodes <= if is_gang { MOST_NODES } else { first.nodes }
        };
        let fallbacks = planned.fallbacks.iter().filter(replaces);
        choices.extend(fallbacks.filter_map(|other| choice(&other.placement, other.rate.usd)));
        Ok(Self {
            stage,
            realm,
            choices,
            is_gang,
        })
    }

    fn objects(&self, settings: &Settings<'_>, objects: &mut Vec<Wanted>) {
        let before = objects.len();
        let mut add = |object: Option<Wanted>| {
            let new = |object: &Wanted| {
                let own = &objects[before..];
                own.iter().all(|known| known.address != object.address)
            };
            if let Some(object) = object.filter(new) {
                objects.push(object);
            }
        };
        for choice in &self.choices {
            let at = Suffixes::new(self, choice, settings);
            let has_gpus = choice.placement.gpu.is_some();
            let group = self.address("security-group", &at.scope);
            add(self.shared(
                "security-group",
                &at.scope,
                choice,
                settings.security_group(),
                settings,
            ));
            let template =
                settings.launch_template(&settings.image(choice.placement), has_gpus, &group);
            add(self.shared("launch-template", &at.image, choice, template, settings));
            if self.is_grouped(choice) {
                let group = settings.placement_group();
                add(self.shared("placement-group", &at.scope, choice, group, settings));
            }
        }
        let count = self
            .choices
            .first()
            .map_or(0, |choice| choice.placement.nodes);
        if self.is_gang {
            objects.extend(self.nodes("nodes".to_owned(), settings));
            return;
        }
        for index in 0..count {
            objects.extend(self.nodes(format!("nodes[{index}]"), settings));
        }
    }

    fn address(&self, what: &str, suffix: &str) -> String {
        format!("pool.{}.{what}{suffix}", self.stage.name)
    }

    /// Whether nodes of a choice are in a placement group: those of a gang, as near to each other as
    /// can be.
    fn is_grouped(&self, choice: &Choice<'_>) -> bool {
        let placement = choice.placement;
        self.is_gang
            && placement.nodes > 1
            && images::can_be_grouped(&placement.location, &placement.instance_type)
    }

    /// An object that all nodes of one place use. It costs nothing, so a new one can always be there
    /// before the old one goes.
    fn shared(
        &self,
        what: &'static str,
        suffix: &str,
        choice: &Choice<'_>,
        attributes: Attributes,
        settings: &Settings<'_>,
    ) -> Option<Wanted> {
        let way = Way {
            provider: choice.site.provider.clone(),
            scope: choice.site.scope.clone(),
            attributes,
            usd_per_hour: None,
        };
        self.object(
            what,
            self.address(what, suffix),
            vec![way],
            settings,
            Some(suffix),
        )
    }

    fn nodes(&self, what: String, settings: &Settings<'_>) -> Option<Wanted> {
        let ways = self.choices.iter().map(|choice| self.way(choice, settings));
        let ways: Vec<Way> = ways.collect();
        let address = self.address(&what, "");
        self.object("nodes", address, ways, settings, None)
    }

    fn way(&self, choice: &Choice<'_>, settings: &Settings<'_>) -> Way {
        let placement = choice.placement;
        let count = if self.is_gang { placement.nodes } else { 1 };
        let at = Suffixes::new(self, choice, settings);
        let mut attributes = settings.nodes(placement, count);
        let mut set = |name: &str, value| attributes.insert(name.to_owned(), value);
        let template = self.address("launch-template", &at.image);
        set("launch_template", reference::id_of(&template));
        set(
            "launch_template_version",
            reference::attribute_of(&template, "version"),
        );
        if self.is_grouped(choice) {
            let group = self.address("placement-group", &at.scope);
            set("placement_group", reference::id_of(&group));
        }
        let anywhere = || format!("{}-any", placement.location);
        let zone = placement.zone.clone();
        if let Some(zone) = zone.or_else(|| (self.realm == Realm::Sandbox).then(anywhere)) {
            set("zone", zone.into());
        }
        Way {
            provider: choice.site.provider.clone(),
            scope: choice.site.scope.clone(),
            attributes,
            usd_per_hour: Some(Money::charge(choice.rate, Quantity::count(count.into()))),
        }
    }

    fn object(
        &self,
        kind: &'static str,
        address: String,
        ways: Vec<Way>,
        settings: &Settings<'_>,
        suffix: Option<&str>,
    ) -> Option<Wanted> {
        Some(Wanted {
            address,
            stage: self.stage.name.clone(),
            kind: ObjectKind::new(kind).ok()?,
            on_demand: suffix.is_some_and(|suffix| !suffix.is_empty()),
            on_failure: if self.stage.undo_on_failure {
                OnFailure::Undo
            } else {
                OnFailure::Keep
            },
            create_first: suffix.is_some() || !self.stage.delete_first,
            prevent_destroy: settings.prevent_destroy,
            ways,
            origin: Some(self.stage.origin),
        })
    }
}

/// What the addresses of objects end in that the nodes of a choice use: nothing for those of the first
/// choice, so that they keep their addresses when the plan moves, and else the place.
struct Suffixes {
    /// Of what belongs to a place.
    scope: String,
    /// Of what belongs to an image: other processors need another.
    image: String,
}

impl Suffixes {
    fn new(pool: &Pool<'_>, choice: &Choice<'_>, settings: &Settings<'_>) -> Self {
        let first = pool.choices.first();
        let same = first.is_none_or(|first| first.site == choice.site);
        let scope = if same {
            String::new()
        } else {
            format!("@{}", choice.site.scope)
        };
        let is_arm = |choice: &Choice<'_>| {
            let is_aws = choice.placement.location.provider == "aws";
            is_aws && images::is_arm(&choice.placement.instance_type)
        };
        let image = match (settings.nodes.image.is_some(), is_arm(choice)) {
            (false, arm) if first.is_some_and(|first| is_arm(first) != arm) => {
                let begins = if same { "@" } else { "-" };
                let processors = if arm { "arm64" } else { "x86-64" };
                format!("{scope}{begins}{processors}")
            }
            _ => scope.clone(),
        };
        Self { scope, image }
    }
}

/// Who makes nodes at a placement; `None` where nobody can yet.
fn site(placement: &Placement, realm: Realm, manifests: &Manifests<'_>) -> Option<Site> {
    let Location { provider, region } = &placement.location;
    let site = match realm {
        Realm::Sandbox => Site {
            provider: "sandbox".to_owned(),
            scope: placement.location.to_string(),
        },
        // Reserved capacity is bought by a contract that the spec doesn't name.
        Realm::Clouds if placement.capacity_type == CapacityType::Reserved => return None,
        Realm::Clouds => Site {
            provider: provider.clone(),
            scope: region.clone(),
        },
    };
    manifests.contains_key(&site.provider).then_some(site)
}

/// Keys that clouds or mlinfra keep for themselves.
fn is_reserved(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    key == "Name" || lower.starts_with("mlinfra:") || lower.starts_with("aws:")
}

fn reserved_label(key: &str) -> Diagnostic {
    Diagnostic::error(&apply::RESERVED_LABEL)
        .detail(format!(
            "The project has a label `{key}`. Labels become tags of every object, and tags `Name`, \
             `mlinfra:…` and `aws:…` are taken."
        ))
        .hint("give the label another key.")
}

fn too_many(stage: &Stage, nodes: u32) -> Diagnostic {
    Diagnostic::error(&apply::TOO_MANY_NODES)
        .at(stage.origin)
        .detail(format!(
            "Stage `{}` has {nodes} nodes, and a pool can have {MOST_NODES} at most.",
            stage.name
        ))
}

fn not_possible_yet(stage: &Stage, placement: &Placement) -> Diagnostic {
    let (name, location) = (&stage.name, &placement.location);
    let what = match placement.capacity_type {
        CapacityType::Reserved if location.provider == "aws" => {
            format!("on reserved capacity at `{location}`, which")
        }
        _ => format!("at `{location}`, which"),
    };
    Diagnostic::error(&apply::NOT_POSSIBLE_YET)
        .at(stage.origin)
        .detail(format!(
            "The plan puts stage `{name}` {what} this version can't apply to; on demand and spot \
             nodes of AWS are what it can make."
        ))
        .hint(format!(
            "keep stage `{name}` in AWS: add `pin {{ provider = \"aws\" }}` to it."
        ))
        .hint("apply the other stages alone, each with `-target STAGE`.")
        .hint_command(
            "To see it all work without a cloud, run:",
            "mlinfra apply --sandbox",
        )
}
