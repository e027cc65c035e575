//! How many nodes a service needs by the hour.

use mlinfra::model::{Replicas, Stage, Throughput, Traffic, TrafficShape};

use super::money::MONTH_MS;
use super::offers::{Node, Size, World};
use super::runs::startup;

pub(super) fn size(
    world: &World<'_>,
    stage: &Stage,
    (traffic, replicas): (Option<&Traffic>, &Replicas),
    (unit, node): (u64, &Node<'_>),
    hazard: Option<f64>,
) -> Option<Size> {
    // Millionths of requests per second of one replica.
    let rps = match replicas.throughput.as_ref().unwrap() {
        Throughput::Fixed(rps) => u128::from(rps.value.get()),
        Throughput::PerGpu(table) => {
            let (name, (slow, fast)) = world.scaled(table.value.keys(), node)?;
            u128::from(table.value[name].get()) * fast / slow
        }
    };
    let traffic = traffic.unwrap();
    let peak = u128::from(traffic.peak_rps.value.get());
    if peak > rps * u128::from(replicas.max) {
        return None;
    }
    let fit = per_node(stage, node);
    let mut day = Vec::new();
    for share in shares(&traffic.hourly) {
        let now = peak * share / 1_000_000;
        // now / (rps × 0.7), rounded up.
        let mut copies = u64::try_from((now * 10).div_ceil(rps * 7)).unwrap();
        // Services that batch aren't modelled.
        let one_by_one = stage.serving.as_ref().unwrap().max_batch == 1;
        if let Some(limit) = traffic.p95_latency.as_ref().filter(|_| one_by_one) {
            let most = f64::from(u32::try_from(limit.value.millis()).unwrap()) / 1e3;
            let enough = (1..=replicas.max).find(|n| p95(*n, now, rps) <= most);
            copies = copies.max(enough?.into());
        }
        let copies = copies.clamp(replicas.min.into(), replicas.max.into());
        day.push(if fit > 1 {
            copies.div_ceil(fit)
        } else {
            copies * unit
        });
    }
    let whole: u64 = day.iter().sum();
    let mut paid = i128::from(whole) * (MONTH_MS / 24);
    let startup = startup(replicas.startup, node);
    if let Some(hazard) = hazard {
        // Every interruption is followed by another node's start.
        let hours = f64::from(u32::try_from(startup).unwrap()) / 3.6e6;
        let longer = paid.to_string().parse::<f64>().unwrap() * (1.0 + hazard * hours);
        paid = format!("{:.0}", longer.round()).parse().unwrap();
    }
    Some(Size {
        nodes: day.iter().copied().max().unwrap(),
        hours: (0..168).map(|hour| day[hour % 24]).collect(),
        duration: 0,
        pass: startup,
        paid,
    })
}

/// Replicas that share a node.
fn per_node(stage: &Stage, node: &Node<'_>) -> u64 {
    let needs = &stage.requirements;
    let mut fit = u64::MAX;
    if let Some(gpu) = &needs.gpu {
        fit = fit.min(node.gpus(gpu.value.slices) / u64::from(gpu.value.count.value));
    }
    if let Some(vcpus) = &needs.vcpus {
        fit = fit.min(node.vcpus_milli / (u64::from(vcpus.value) * 1000));
    }
    if let Some(memory) = &needs.memory {
        fit = fit.min(node.memory_mib / memory.value.mib_ceil());
    }
    fit
}

/// Millionths of the peak by hour of the day.
fn shares(shape: &TrafficShape) -> Vec<u128> {
    match shape {
        TrafficShape::Flat => vec![1_000_000; 24],
        TrafficShape::OfficeHours => (0..24)
            .map(|hour| match hour {
                9..=16 => 1_000_000,
                8 | 17 => 600_000,
                7 | 18 => 300_000,
                _ => 100_000,
            })
            .collect(),
        TrafficShape::Custom(shares) => shares.iter().map(|s| u128::from(s.get())).collect(),
    }
}

/// Seconds within which 95 % are answered by so many servers: M/M/c by Erlang's formula as it stands
/// in textbooks.
fn p95(servers: u32, now: u128, rps: u128) -> f64 {
    let per_second = |n: u128| f64::from(u32::try_from(n).unwrap()) / 1e6;
    let (arrivals, service) = (per_second(now), per_second(rps));
    let load = arrivals / service;
    let spare = f64::from(servers) * service - arrivals;
    if spare <= 0.0 {
        return f64::INFINITY;
    }
    // a^k / k! for k = 0 … c.
    let mut terms = vec![1.0];
    for k in 1..=servers {
        terms.push(terms[terms.len() - 1] * load / f64::from(k));
    }
    let last = terms.pop().unwrap() * f64::from(servers) / (f64::from(servers) - load);
    let waits = last / (terms.iter().sum::<f64>() + last);
    let wait = if waits > 0.05 {
        (waits / 0.05).ln() / spare
    } else {
        0.0
    };
    wait + 1.0 / service
}
