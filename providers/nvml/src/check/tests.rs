use super::*;
use crate::expectation::Mig;
use crate::facts::{
    Clock, GpuFacts, Memory, MigDevice, MigMode, NodeFacts, Pcie, Power, Throttle, Unreadable,
    Version,
};

const GIB: u64 = 1 << 30;

fn gpu() -> GpuFacts {
    let clock = Clock {
        current: Fact::Unsupported,
        max: Fact::Unsupported,
    };
    GpuFacts {
        index: 0,
        uuid: Fact::Known("GPU-0".into()),
        bus_id: Fact::Unsupported,
        product: Fact::Known("NVIDIA A30".into()),
        compute_capability: Fact::Known(Version { major: 8, minor: 0 }),
        memory: Fact::Known(Memory {
            total: 24 * GIB,
            used: 0,
            free: 24 * GIB,
            reserved: None,
        }),
        ecc: Fact::Unsupported,
        ecc_volatile: Fact::Unsupported,
        ecc_aggregate: Fact::Unsupported,
        retirement_pending: Fact::Unsupported,
        remapped_rows: Fact::Unsupported,
        recovery_action: Fact::Unsupported,
        throttle: Fact::Known(Throttle(0)),
        temperature: Fact::Unsupported,
        power: Power {
            draw_milliwatts: Fact::Unsupported,
            limit_milliwatts: Fact::Unsupported,
        },
        sm_clock: clock.clone(),
        memory_clock: clock,
        pcie: Pcie {
            generation: Fact::Unsupported,
            max_generation: Fact::Unsupported,
            width: Fact::Unsupported,
            max_width: Fact::Unsupported,
        },
        nvlinks: Fact::Unsupported,
        mig: Fact::Unsupported,
        mig_devices: Fact::Unsupported,
        processes: Fact::Known(Vec::new()),
        persistence: Fact::Unsupported,
        inforom_valid: Fact::Unsupported,
        utilisation: Fact::Unsupported,
    }
}

fn node(gpu: GpuFacts) -> NodeFacts {
    NodeFacts {
        driver: Fact::Known("535.154.05".into()),
        cuda: Fact::Known(Version {
            major: 12,
            minor: 2,
        }),
        nvml: Fact::Unsupported,
        count: Fact::Known(1),
        gpus: vec![gpu],
        unreadable: Vec::new(),
        excluded: Fact::Unsupported,
        peers: Vec::new(),
        xids: Fact::Unsupported,
    }
}

/// Names of the checks that refuse a node.
#[track_caller]
fn refusing(facts: &NodeFacts, expectation: &Expectation, expected: &[&str]) {
    let checks = check(facts, expectation);
    let names: Vec<&str> = match verdict(&checks) {
        Ok(()) => Vec::new(),
        Err(checks) => checks.iter().map(|check| check.name).collect(),
    };
    assert_eq!(names, expected, "{checks:#?}");
}

#[test]
fn a_card_that_reports_little_passes() {
    refusing(&node(gpu()), &Expectation::default(), &[]);
}

#[test]
fn an_answer_that_is_an_error_refuses_where_a_missing_one_does_not() {
    let mut card = gpu();
    card.ecc_volatile = Fact::Failed("the device is lost".into());
    card.inforom_valid = Fact::Failed("no permission".into());
    refusing(&node(card), &Expectation::default(), &["ecc"]);
}

#[test]
fn what_is_expected_has_to_be_reported() {
    let mut card = gpu();
    card.product = Fact::Unsupported;
    card.memory = Fact::Unsupported;
    let mut facts = node(card);
    facts.cuda = Fact::Unsupported;
    let expectation = Expectation {
        products: vec!["NVIDIA A30".into()],
        cuda: Some((12, None)),
        nvlink: true,
        ecc: true,
        ..Expectation::default()
    };
    let names = [
        "cuda",
        "product",
        "memory-total",
        "memory-free",
        "ecc",
        "nvlink",
    ];
    refusing(&facts, &expectation, &names);
}

#[test]
fn three_percent_less_memory_is_as_expected() {
    let with = |total| {
        let mut card = gpu();
        card.memory = Fact::Known(Memory {
            total,
            used: 0,
            free: total,
            reserved: None,
        });
        node(card)
    };
    let expectation = Expectation {
        memory_total: Some(100 * GIB),
        ..Expectation::default()
    };
    refusing(&with(97 * GIB), &expectation, &[]);
    refusing(&with(97 * GIB - 1), &expectation, &["memory-total"]);
    let absurd = Expectation {
        memory_total: Some(u64::MAX),
        ..Expectation::default()
    };
    refusing(&with(u64::MAX), &absurd, &[]);
}

#[test]
fn each_part_is_measured_and_the_worst_counts() {
    let part = |index, free| MigDevice {
        index,
        uuid: Fact::Unsupported,
        profile: Fact::Known("1g.6gb".into()),
        memory: Fact::Known(Memory {
            total: 6 * GIB,
            used: 6 * GIB - free,
            free,
            reserved: None,
        }),
    };
    let mut card = gpu();
    card.mig = Fact::Known(MigMode {
        current: true,
        pending: true,
    });
    card.mig_devices = Fact::Known(vec![part(0, 6 * GIB), part(2, 4 * GIB)]);
    let expectation = |free| Expectation {
        mig: Some(Mig::Profile("1g.6gb".into())),
        count: Some(2),
        memory_free: Some(free),
        ..Expectation::default()
    };
    refusing(&node(card.clone()), &expectation(4 * GIB), &[]);
    refusing(&node(card), &expectation(5 * GIB), &["memory-free"]);
}

#[test]
fn a_count_that_no_node_has_is_refused() {
    let mut facts = node(gpu());
    facts.count = Fact::Known(u32::MAX);
    refusing(&facts, &Expectation::default(), &["count"]);
    facts.unreadable = vec![Unreadable {
        index: 1,
        reason: "lost".into(),
    }];
    facts.count = Fact::Known(2);
    refusing(&facts, &Expectation::default(), &["count"]);
}

#[test]
fn sizes_are_rounded_down_to_a_tenth() {
    assert_eq!(size(0), "0 MiB");
    assert_eq!(size(GIB - 1), "1023 MiB");
    assert_eq!(size(GIB), "1.0 GiB");
    assert_eq!(size(24 * GIB - 1), "23.9 GiB");
    assert_eq!(size(u64::MAX), "17179869183.9 GiB");
}
