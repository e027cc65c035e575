//! Shared pools held against arithmetic of their own: random stages over random tiny markets, packed
//! anew hour by hour on the type that was chosen.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small whole numbers"
)]

use std::cell::Cell;
use std::fmt::Write as _;

use mlinfra::catalog::Catalog;
use mlinfra::planning::plan::{Plan, Proof};
use mlinfra::planning::{self, Objective, Options};
use mlinfra::units::Money;

use super::oracle::dice::Dice;
use super::oracle::load;
use super::oracle::markets;

/// Owned nodes that compete with the market: vCPUs and GiB of one.
const OWNED: (u64, u64) = (16, 64);

/// vCPUs, memory in MiB and GPUs, of a node or of what is put on it.
type Amounts = [u64; 3];

/// A stage of a spec, as the test wrote it.
struct Stage {
    share: String,
    /// GiB in the second place.
    needs: Amounts,
    demand: Demand,
}

enum Demand {
    /// Peak in tenths of requests per second, most replicas, thousandths of the peak by hour.
    Service(u64, u64, [u64; 24]),
    /// Minutes, and the hour at which it starts every day; without one, 40 runs in a month.
    Job(u64, Option<u64>),
}

/// Requests per second of one replica.
const THROUGHPUT: u64 = 10;
/// Runs in a month of jobs without a schedule.
const RUNS: u64 = 40;
/// Minutes that a rented node takes to start.
const STARTUP: u64 = 3;

fn stages(dice: &mut Dice) -> Vec<Stage> {
    let gpus = dice.chance(25);
    let many = dice.between(2, 4);
    let stage = |_| Stage {
        share: "auto".into(),
        needs: [
            dice.between(1, 6) as u64,
            dice.between(1, 12) as u64,
            u64::from(gpus && dice.chance(60)),
        ],
        demand: if dice.chance(45) {
            let hour = |_| dice.below(1001) as u64;
            let mut shares: [u64; 24] = std::array::from_fn(hour);
            shares[dice.below(24)] = 1000;
            Demand::Service(
                dice.between(5, 300) as u64,
                dice.between(5, 8) as u64,
                shares,
            )
        } else {
            let scheduled = dice.chance(50);
            let start = scheduled.then(|| dice.below(24) as u64);
            Demand::Job(dice.between(10, 400) as u64, start)
        },
    };
    (0..many).map(stage).collect()
}

/// The spec with the demand of all stages grown to so many tenths.
fn text(stages: &[Stage], rate: usize, tenths: u64) -> String {
    let mut text = format!(
        "project \"p\" {{}}\ncluster \"dc\" {{\n  location = \"onprem/dc\"\n  node_pool \"own\" {{\n    \
         vcpus = {}\n    memory = \"{}GiB\"\n    nodes = 3\n    cost_per_node_hour = 0.{rate:03}\n  \
         }}\n}}\n",
        OWNED.0, OWNED.1
    );
    for (i, stage) in stages.iter().enumerate() {
        let [vcpus, memory, gpus] = stage.needs;
        let kind = match stage.demand {
            Demand::Service(..) => "serving",
            Demand::Job(..) => "training",
        };
        let gpu = if gpus > 0 { "    gpu {}\n" } else { "" };
        write!(
            text,
            "stage \"s{i}\" {{\n  kind = \"{kind}\"\n  share = \"{}\"\n  requirements {{\n    vcpus = \
             {vcpus}\n    memory = \"{memory}GiB\"\n{gpu}  }}\n",
            stage.share
        )
        .unwrap();
        text += &match &stage.demand {
            Demand::Service(peak, most, shares) => {
                let peak = peak * tenths;
                let shares: Vec<String> = shares.iter().map(|s| thousandths(*s)).collect();
                format!(
                    "  traffic {{\n    peak_rps = {}.{:02}\n    hourly = [{}]\n  }}\n  replicas {{\n    \
                     min = 1\n    max = {}\n    throughput_rps = {THROUGHPUT}\n  }}\n}}\n",
                    peak / 100,
                    peak % 100,
                    shares.join(", "),
                    (most * tenths).div_ceil(10)
                )
            }
            Demand::Job(minutes, start) => {
                let when = match start {
                    Some(hour) => format!("schedule = \"0 {hour} * * *\""),
                    None => format!("runs_per_month = {}", RUNS * tenths / 10),
                };
                format!("  run {{\n    duration = \"{minutes}m\"\n    {when}\n  }}\n}}\n")
            }
        };
    }
    text
}

fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1000, value % 1000)
}

/// The plan; `None` when there is none.
fn plan(text: &str, catalog: &Catalog) -> Option<Plan> {
    let (sources, project) = load(text).unwrap()?;
    planning::plan(&project, catalog, &sources, &Options::default()).0
}

fn sharing(stages: &[Stage], share: impl Fn(usize) -> String) -> Vec<Stage> {
    let copy = |(i, stage): (usize, &Stage)| Stage {
        share: share(i),
        needs: stage.needs,
        demand: match &stage.demand {
            Demand::Service(peak, most, shares) => Demand::Service(*peak, *most, *shares),
            Demand::Job(minutes, start) => Demand::Job(*minutes, *start),
        },
    };
    stages.iter().enumerate().map(copy).collect()
}

/// Nodes for these items, the largest first, each on the first node that has room for it.
fn first_fit(mut items: Vec<Amounts>, node: Amounts) -> u64 {
    let share = |item: &Amounts| {
        let parts = item.iter().zip(node);
        parts
            .map(|(own, all)| (own * 1_000_000).checked_div(all).unwrap_or(0))
            .max()
    };
    let key = |item: &Amounts| (share(item), item[2], item[0], item[1]);
    items.sort_by_key(|item| std::cmp::Reverse(key(item)));
    let mut rooms: Vec<Amounts> = Vec::new();
    for item in items {
        let fits = |room: &Amounts| item.iter().zip(room).all(|(own, left)| own <= left);
        let at = rooms.iter().position(fits).unwrap_or_else(|| {
            rooms.push(node);
            rooms.len() - 1
        });
        for (left, own) in rooms[at].iter_mut().zip(item) {
            *left -= own;
        }
    }
    rooms.len() as u64
}

/// Most nodes and expected node-hours of a month, on nodes that start in so many minutes.
fn packed(members: &[&Stage], node: Amounts, startup: u64) -> (u64, f64) {
    let (mut most, mut hours) = (0, 0.0);
    for hour in 0..24 {
        let mut always: Vec<Amounts> = Vec::new();
        let mut jobs: Vec<(Vec<Amounts>, f64)> = Vec::new();
        for stage in members {
            let [vcpus, gib, gpus] = stage.needs;
            let whole = [vcpus, gib * 1024, gpus];
            match &stage.demand {
                Demand::Service(peak, top, shares) => {
                    // Tenths of requests times thousandths, over 70 % of what a replica answers.
                    let copies = (peak * shares[hour]).div_ceil(THROUGHPUT * 7000);
                    always.extend(vec![whole; copies.clamp(1, *top) as usize]);
                }
                Demand::Job(minutes, start) => {
                    let nodes = (0..3).map(|i| whole[i].div_ceil(node[i].max(1))).max();
                    let nodes = nodes.unwrap().max(1);
                    let item = whole.map(|amount| amount.div_ceil(nodes));
                    let takes = minutes + startup;
                    let (open, runs) = match start {
                        Some(_) => (takes.div_ceil(60).min(24), 730.0 / 24.0),
                        None => (24, RUNS as f64),
                    };
                    let within = start.is_none_or(|start| (hour as u64 + 24 - start) % 24 < open);
                    if within {
                        let share = takes as f64 / 60.0 * runs / (730.0 * open as f64 / 24.0);
                        let at_once = (share - 1e-6).ceil().max(1.0);
                        let parts = vec![item; nodes as usize * at_once as usize];
                        jobs.push((parts, (share / at_once).min(1.0)));
                    }
                }
            }
        }
        for set in 0u32..1 << jobs.len() {
            let (mut items, mut chance) = (always.clone(), 1.0);
            for (bit, (parts, likely)) in jobs.iter().enumerate() {
                if set & (1 << bit) != 0 {
                    items.extend(parts);
                    chance *= likely;
                } else {
                    chance *= 1.0 - likely;
                }
            }
            let nodes = first_fit(items, node);
            most = most.max(nodes);
            hours += chance * nodes as f64 * 730.0 / 24.0;
        }
    }
    (most, hours)
}

/// What a node of the pool has, and how long it takes to start; fails where a member can't be there.
fn node_of(plan: &Plan, members: &[usize], stages: &[Stage], catalog: &Catalog) -> (Amounts, u64) {
    let at = |i: usize| {
        &plan
            .stages
            .iter()
            .find(|s| s.name == format!("s{i}"))
            .unwrap()
            .placement
    };
    let first = at(members[0]);
    for member in members {
        assert_eq!(at(*member).location, first.location);
        assert_eq!(at(*member).instance_type, first.instance_type);
    }
    let (node, startup) = if first.instance_type == "dc/own" {
        ([OWNED.0, OWNED.1 * 1024, 0], 0)
    } else {
        let mut types = catalog.instance_types();
        let found = types.find(|(_, t)| {
            t.name == first.instance_type && t.provider.as_str() == first.location.provider
        });
        let (_, found) = found.unwrap();
        let gpus = found.gpu.map_or(0, |gpu| gpu.milli.div_ceil(1000));
        let memory = found.memory_mib.unwrap();
        (
            [
                u64::from(found.vcpus_milli / 1000),
                memory.into(),
                gpus.into(),
            ],
            STARTUP,
        )
    };
    for member in members {
        let [vcpus, gib, gpus] = stages[*member].needs;
        assert!(gpus == 0 || node[2] > 0, "no GPU for s{member}");
        let service = matches!(stages[*member].demand, Demand::Service(..));
        let replica_fits = vcpus <= node[0] && gib * 1024 <= node[1] && gpus <= node[2];
        assert!(!service || replica_fits, "s{member} on {node:?}");
    }
    (node, startup)
}

/// What was found over all random specs, so that a test that compares nothing fails.
#[derive(Debug, Default)]
struct Seen {
    shared: u32,
    apart: u32,
    grown: u32,
    never: u32,
}

fn total(plan: Option<Plan>) -> Option<Money> {
    plan.map(|plan| plan.costs.total)
}

fn check(seed: u64, seen: &mut Seen) {
    let (mut dice, mut rates) = (Dice::new(seed), Dice::new(seed + 1));
    let catalog = markets::market(&mut dice, &mut rates).catalog();
    let stages = stages(&mut dice);
    let rate = dice.between(50, 900);
    let never = sharing(&stages, |_| "never".into());
    let apart = total(plan(&text(&never, rate, 10), &catalog));
    let Some(found) = plan(&text(&stages, rate, 10), &catalog) else {
        assert_eq!(apart, None, "seed {seed}: planned only apart");
        return;
    };
    let said = found.sharing.clone().unwrap();
    assert!(
        apart.is_none_or(|apart| found.costs.total <= apart),
        "seed {seed}"
    );
    assert_eq!(said.apart, apart, "seed {seed}");
    if said.pools.is_empty() {
        seen.apart += 1;
        assert_eq!(Some(found.costs.total), apart, "seed {seed}");
        return;
    }
    seen.shared += 1;
    assert_eq!(said.shared, Some(found.costs.total), "seed {seed}");
    let pool_of = |i: usize| {
        let name = format!("s{i}");
        let pool = said
            .pools
            .iter()
            .position(|pool| pool.stages.contains(&name));
        pool.map_or("never".to_owned(), |pool| format!("pool{pool}"))
    };
    let named = sharing(&stages, pool_of);
    let again = total(plan(&text(&named, rate, 10), &catalog));
    assert_eq!(again, said.shared, "seed {seed}");
    for pool in &said.pools {
        let number = |name: &String| name[1..].parse::<usize>().unwrap();
        let members: Vec<usize> = pool.stages.iter().map(number).collect();
        let (node, startup) = node_of(&found, &members, &stages, &catalog);
        let packed_stages: Vec<&Stage> = members.iter().map(|i| &stages[*i]).collect();
        let (most, hours) = packed(&packed_stages, node, startup);
        let mut holders = found
            .stages
            .iter()
            .filter(|s| s.nodes_of.as_ref() == Some(&s.name));
        let holder = holders.find(|s| pool.stages.contains(&s.name)).unwrap();
        assert_eq!(u64::from(holder.placement.nodes), most, "seed {seed}");
        let said = holder.usage.node_hours.get() as f64 / 1e6;
        assert!(
            (said - hours).abs() < 0.01,
            "seed {seed}: {said} for {hours}"
        );
    }
    grown(
        &named,
        &never,
        rate,
        &catalog,
        said.apart_pays_from.map(|f| f.get()),
        seen,
    );
}

/// Plans the spec grown by the factor from which a pool for each is said to pay, and by a tenth less.
fn grown(
    named: &[Stage],
    never: &[Stage],
    rate: usize,
    catalog: &Catalog,
    from: Option<u64>,
    seen: &mut Seen,
) {
    // Runs of a schedule can't be grown by writing another spec.
    if named
        .iter()
        .any(|s| matches!(s.demand, Demand::Job(_, Some(_))))
    {
        return;
    }
    let pays = |tenths: u64| {
        let shared = total(plan(&text(named, rate, tenths), catalog));
        let apart = total(plan(&text(never, rate, tenths), catalog));
        apart.is_some_and(|apart| shared.is_none_or(|shared| apart < shared))
    };
    match from {
        Some(from) => {
            let tenths = from / 100_000;
            assert!(pays(tenths), "{tenths} tenths don't pay");
            assert!(tenths <= 11 || !pays(tenths - 1), "a tenth less pays too");
            seen.grown += 1;
        }
        None => {
            assert!(!pays(20) && !pays(40) && !pays(80), "pays after all");
            seen.never += 1;
        }
    }
}

#[test]
fn shared_pools_are_those_of_arithmetic_hour_by_hour() {
    let mut seen = Seen::default();
    for seed in 0..150 {
        check(seed * 2, &mut seen);
    }
    let enough = seen.shared >= 20 && seen.apart >= 5 && seen.grown >= 3 && seen.never >= 1;
    assert!(enough, "{seen:?}");
}

/// The plan of a spec with other options.
fn plan_with(text: &str, catalog: &Catalog, options: &Options<'_>) -> Option<Plan> {
    let (sources, project) = load(text).unwrap()?;
    planning::plan(&project, catalog, &sources, options).0
}

#[test]
fn a_plan_is_called_optimal_only_when_every_way_to_share_was_looked_at() {
    let mut bounded = 0;
    for seed in 0..20 {
        let (mut dice, mut rates) = (Dice::new(seed * 2), Dice::new(seed * 2 + 1));
        let catalog = markets::market(&mut dice, &mut rates).catalog();
        let text = text(&stages(&mut dice), dice.between(50, 900), 10);
        let Some(best) = plan(&text, &catalog) else {
            continue;
        };
        for questions in 0..12 {
            let asked = Cell::new(0);
            let stop = || {
                asked.set(asked.get() + 1);
                asked.get() > questions
            };
            let options = Options {
                stop: Some(&stop),
                ..Options::default()
            };
            let Some(found) = plan_with(&text, &catalog, &options) else {
                continue;
            };
            match found.proof {
                Proof::Optimal => assert_eq!(found.costs.total, best.costs.total, "seed {seed}"),
                Proof::Within { lower } => {
                    assert!(lower <= best.costs.total, "seed {seed}");
                    bounded += 1;
                }
                Proof::WithinTime { .. } => unreachable!("cost was asked for"),
            }
        }
    }
    assert!(bounded > 10, "{bounded}");
}

#[test]
fn the_fastest_plan_is_taken_though_sharing_costs_less() {
    let mut cheaper = 0;
    for seed in 0..60 {
        let (mut dice, mut rates) = (Dice::new(seed * 2), Dice::new(seed * 2 + 1));
        let catalog = markets::market(&mut dice, &mut rates).catalog();
        let stages = stages(&mut dice);
        let rate = dice.between(50, 900);
        let options = Options {
            objective: Objective::Time,
            ..Options::default()
        };
        let never = text(&sharing(&stages, |_| "never".into()), rate, 10);
        let Some(apart) = plan_with(&never, &catalog, &options) else {
            continue;
        };
        let found = plan_with(&text(&stages, rate, 10), &catalog, &options).unwrap();
        let order = |plan: &Plan| (plan.pass, plan.costs.total);
        assert!(order(&found) <= order(&apart), "seed {seed}");
        cheaper += u32::from(order(&found) < order(&apart));
    }
    assert!(cheaper > 3, "{cheaper}");
}
