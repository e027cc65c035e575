//! Wrong questions.

use super::{DENSE_7B, TIED_1B, fit};

#[track_caller]
fn check(model: &str, arguments: &str, expect: &str) {
    let finished = fit(model, arguments);
    assert_eq!((finished.code, finished.stdout.as_str()), (10, ""));
    assert_eq!(finished.stderr, expect);
}

/// The detail of a wrong command line, and its hint.
#[track_caller]
fn check_usage(model: &str, arguments: &str, detail: &str, hint: &str) {
    let head = "error[cli::usage]: wrong command line";
    let hint = match hint {
        "" => String::new(),
        hint => format!("\nhint: {hint}\n"),
    };
    check(model, arguments, &format!("{head}\n\n{detail}\n{hint}"));
}

#[test]
fn arguments_of_training_are_refused_in_inference_and_the_other_way_round() {
    check_usage(
        DENSE_7B,
        "--optimizer lion",
        "`--optimizer` is about training, and this is inference.",
        "give `--for training` as well",
    );
    check_usage(
        DENSE_7B,
        "--for training --kv-dtype fp8",
        "`--kv-dtype` is about inference, and this is training.",
        "give `--for inference` as well",
    );
    check_usage(
        "examples/recommender",
        "--max-sequences 64 --gpu A2",
        "`--max-sequences` is about inference, and stage `train` is training.",
        "choose a stage with `--stage`, or give `--for inference`",
    );
}

#[test]
fn adapters_are_no_part_of_full_training() {
    check_usage(
        DENSE_7B,
        "--for training --lora-rank 8",
        "`--lora-rank` is of adapters, and all parameters are trained.",
        "give `--method lora` or `--method qlora` as well",
    );
}

#[test]
fn gradients_that_are_added_up_exclude_a_fused_step() {
    check_usage(
        DENSE_7B,
        "--for training --fused-step --gradient-accumulation 4",
        "Gradients that are added up over several steps must be kept, so the weights can't change during the\n\
         backward pass: `--fused-step` and `--gradient-accumulation` exclude each other.",
        "",
    );
}

#[test]
fn part_of_a_shape_is_no_shape() {
    check_usage(
        "--parameters 7B",
        "--layers 32 --hidden 4096",
        "The model's shape is incomplete; it lacks `--heads`, `--ffn`, `--vocab`.",
        "leave its shape out to count only weights and what training keeps for each parameter",
    );
}

#[test]
fn a_head_size_that_doesnt_follow_must_be_given() {
    let odd = "--parameters 7B --layers 32 --hidden 4097 --heads 32 --ffn 11008 --vocab 32000";
    check_usage(
        odd,
        "",
        "The hidden size of 4097 isn't a multiple of 32 heads, so `--head-dim` must be given.",
        "",
    );
}

#[test]
fn active_experts_need_experts() {
    check_usage(
        TIED_1B,
        "--active-experts 2",
        "`--active-experts` is of a model with `--experts`.",
        "",
    );
}

#[test]
fn shapes_that_no_model_has_are_refused() {
    check_usage(
        DENSE_7B,
        "--kv-heads 5",
        "32 attention heads can't share 5 key-value heads evenly.",
        "",
    );
    check_usage(
        DENSE_7B,
        "--experts 2 --active-experts 8",
        "8 of 2 experts can't work on one token.",
        "",
    );
}

#[test]
fn memory_that_falls_with_the_batch_is_refused() {
    check_usage(
        "--parameters 350M",
        "--measured-memory 8=12GiB --measured-memory 16=10GiB",
        "More samples can't take less memory, and by `--measured-memory` the largest batch takes less than\n\
         the smallest.",
        "",
    );
}

#[test]
fn variables_are_of_a_spec() {
    check_usage(
        DENSE_7B,
        "--var x=1",
        "`--var` and `--var-file` set variables of a spec, and none is read where a model is given \
         otherwise.",
        "name the spec's folder as well, or leave them out",
    );
}

#[test]
fn where_there_is_neither_spec_nor_argument_both_are_offered() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let finished = crate::cli::mlinfra(["-C", empty, "gpu", "fit", "--layers", "32"]).run();
    assert_eq!(finished.code, 10);
    assert_eq!(
        finished.stderr,
        "error[gpu::no-model]: no model to fit\n\n\
         There is no spec in this folder, and no argument says how large a model is.\n\n\
         hint: give a model by arguments: `--parameters 7B`, with `--layers` and so on\n\
         hint: or a published model's folder: `--config DIR`\n\
         hint: or the folder of a spec whose stages name a `model`\n"
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_not_read_to_it() {
    let finished = fit("--config /dev/zero", "");
    assert_eq!(finished.code, 1);
    assert_eq!(
        finished.stderr,
        "error[cli::cannot-read]: can't read a file\n\n\
         `/dev/zero` can't be read: it has more than 64 MiB, the most that such a file may have.\n"
    );
}

#[test]
fn gpus_must_hold_whole_copies() {
    check_usage(
        DENSE_7B,
        "--gpus 3 --tensor-parallel 2",
        "3 GPUs can't hold whole copies of a model, of which each is spread over 2 by tensor and pipeline\n\
         parallelism.",
        "give a multiple of 2 with `--gpus`",
    );
}

#[test]
fn one_measurement_gives_no_line() {
    check_usage(
        "--parameters 350M",
        "--measured-memory 8=12GiB",
        "What each sample adds can only be told from measurements of two batch sizes.",
        "give `--measured-memory` twice, with what two batch sizes took",
    );
}

#[test]
fn values_that_are_none_are_refused() {
    for (arguments, why) in [
        ("--parameters 0", "it must be above 0"),
        ("--parameters 7X", "`X` isn't a known unit"),
        ("--parameters 7B --layers 0", "0 is not in 1..=10000000"),
        ("--parameters 7B --batch 0", "0 is not in 1..=1000000"),
        (
            "--parameters 7B --dtype bf17",
            "[possible values: fp32, tf32, bf16",
        ),
        (
            "--parameters 7B --measured-memory 8",
            "it is written BATCH=SIZE",
        ),
        (
            "--parameters 7B --measured-memory 0=1GiB",
            "`0` is no batch size",
        ),
        ("--parameters 7B --activation-per-sample 12", "has no unit"),
    ] {
        let finished = fit(arguments, "");
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (10, ""),
            "{arguments}"
        );
        assert!(
            finished.stderr.contains(why),
            "{arguments}: {}",
            finished.stderr
        );
    }
}

#[test]
fn a_gpu_that_no_catalog_knows_is_a_mistake() {
    check(
        DENSE_7B,
        "--gpu A200",
        "error[catalog::unknown-name]: no catalog has this name\n\nNo catalog knows a GPU called `A200`.\n\
         \nhint: did you mean `A2`?\n",
    );
}

#[test]
fn a_name_that_is_like_no_gpu_is_no_slip_of_one() {
    check(
        DENSE_7B,
        "--gpu Nix",
        "error[catalog::unknown-name]: no catalog has this name\n\nNo catalog knows a GPU called `Nix`.\n\
         \nTo see those that it knows, run:\n    mlinfra gpu fit --parameters 1B --slices\n",
    );
}

#[test]
fn hostile_numbers_give_an_absurd_size_and_no_panic() {
    let huge = "--parameters 18000000T --layers 10000000 --hidden 10000000 --heads 10000000 \
                --ffn 10000000 --vocab 10000000 --experts 10000000";
    for usage in [
        "--batch 1000000 --sequence 100000000 --gpu A2",
        "--batch 1000000 --sequence 100000000 --runtime vllm --gpu A2",
        "--for training --batch 1000000 --sequence 100000000 --attention eager --gpu A2",
        "--for training --method lora --lora-rank 1000000 --sequence 100000000 --gpu A2",
    ] {
        let finished = fit(huge, usage);
        assert_eq!(
            (finished.code, finished.stderr.as_str()),
            (19, ""),
            "{usage}"
        );
        assert!(finished.stdout.starts_with("Doesn't fit one A2"), "{usage}");
    }
}

#[test]
fn a_hostile_runtime_is_shown_and_never_obeyed() {
    let finished = crate::cli::mlinfra([
        "gpu",
        "fit",
        "--parameters",
        "1B",
        "--gpu",
        "A2",
        "--runtime",
        "\u{1b}[2J",
    ])
    .run();
    assert!(
        finished.stdout.contains("inference by \\u{1b}[2J"),
        "{}",
        finished.stdout
    );
}
