use super::super::models::*;
use super::*;

pub(super) fn rows(rows: &mut Vec<Row>) {
    let mixed = Training::default;
    let full = || Training {
        precision: Precision::Fp32,
        ..mixed()
    };
    let on = |parameters, how: &Training, data| {
        states(&shapeless(parameters, Dtype::Bf16), how, ranks(data)).total()
    };
    let sharded = |sharding| Training {
        sharding,
        ..mixed()
    };
    for (name, reference, unit, ours) in [
        (
            "bert-base fp32 Adam, accelerate",
            1.61,
            GIB,
            on(108_310_272, &full(), 1),
        ),
        (
            "resnet50 fp32 Adam, accelerate",
            390.78,
            MIB,
            on(25_557_032, &full(), 1),
        ),
        (
            "7.5B on 64, no sharding",
            120.0,
            GB,
            on(7_500_000_000, &mixed(), 64),
        ),
        (
            "7.5B on 64, ZeRO-1",
            31.4,
            GB,
            on(7_500_000_000, &sharded(Sharding::Zero1), 64),
        ),
        (
            "7.5B on 64, ZeRO-2",
            16.6,
            GB,
            on(7_500_000_000, &sharded(Sharding::Zero2), 64),
        ),
        ("1.5B mixed Adam", 24.0, GB, on(1_500_000_000, &mixed(), 1)),
    ] {
        rows.push(row(Kind::Formula, name, reference, unit, ours));
    }
    gathered(rows);
}

fn gathered(rows: &mut Vec<Row>) {
    let sharded = |sharding| Training {
        sharding,
        ..Training::default()
    };
    // The paper counts no layer at work.
    let zero3 = states(
        &shapeless(7_500_000_000, Dtype::Bf16),
        &sharded(Sharding::Zero3),
        ranks(64),
    );
    let ours = zero3.total() - zero3.live_layer - zero3.live_tables;
    rows.push(row(Kind::Formula, "7.5B on 64, ZeRO-3", 1.9, GB, ours));
    let mut t5 = shapeless(2_851_000_000, Dtype::Bf16);
    t5.census.tensor = 32_000_000;
    let offloaded = |sharding| Training {
        offload: vec![Offload::Optimizer],
        ..sharded(sharding)
    };
    for (name, gib, how) in [
        (
            "t5-3b on 8, DeepSpeed ZeRO-2",
            15.93,
            sharded(Sharding::DeepSpeedZero2),
        ),
        (
            "t5-3b on 8, ZeRO-2 offloaded",
            5.31,
            offloaded(Sharding::DeepSpeedZero2),
        ),
        (
            "t5-3b on 8, DeepSpeed ZeRO-3",
            6.09,
            sharded(Sharding::DeepSpeedZero3),
        ),
        (
            "t5-3b on 8, ZeRO-3 offloaded",
            0.78,
            offloaded(Sharding::DeepSpeedZero3),
        ),
    ] {
        rows.push(row(
            Kind::Formula,
            name,
            gib,
            GIB,
            states(&t5, &how, ranks(8)).total(),
        ));
    }
}
