//! One GPU: the verdict in the first lines, and what takes the memory.

use super::{DENSE_7B, TIED_1B, printed};

#[track_caller]
fn check(name: &str, model: &str, arguments: &str, code: i32) {
    insta::assert_snapshot!(
        name,
        printed(model, arguments, code),
        &format!("{model} {arguments}")
    );
}

#[test]
fn seven_billion_parameters_in_16_bits_dont_fit_an_a2() {
    check(
        "7b_on_a2",
        DENSE_7B,
        "--batch 8 --sequence 2048 --gpu A2",
        19,
    );
}

#[test]
fn one_billion_parameters_in_8_bits_fit_an_a2() {
    check(
        "1b_int8_on_a2",
        TIED_1B,
        "--dtype int8 --batch 8 --sequence 2048 --gpu A2",
        0,
    );
}

#[test]
fn a_server_reserves_its_workspace_on_each_gpu() {
    check(
        "7b_vllm_on_2_l4",
        DENSE_7B,
        "--runtime vllm --kv-dtype fp8 --batch 8 --sequence 2048 --gpus 2 --gpu L4",
        0,
    );
}

#[test]
fn full_training_is_shared_among_ranks() {
    check(
        "7b_full_training_on_4_a100",
        DENSE_7B,
        "--for training --sequence 2048 --sharding zero1 --gpus 4 --gpu A100-80-SXM4",
        0,
    );
}

#[test]
fn training_that_is_tight_is_no_fit() {
    check(
        "7b_full_training_tight",
        DENSE_7B,
        "--for training --sequence 2048 --batch 8 --gpu MI300X",
        19,
    );
}

#[test]
fn adapters_beside_16_bit_weights_need_recomputation_on_an_l4() {
    check(
        "7b_lora_on_l4",
        DENSE_7B,
        "--for training --method lora --sequence 2048 --gpu L4",
        19,
    );
}

#[test]
fn adapters_beside_4_bit_weights_fit_an_a10() {
    check(
        "7b_qlora_on_a10",
        DENSE_7B,
        "--for training --method qlora --lora-rank 64 --recompute full --sequence 2048 --gpu A10",
        0,
    );
}

#[test]
fn all_experts_of_a_mixture_are_in_memory() {
    let mixture = "--parameters 46702792704 --layers 32 --hidden 4096 --heads 32 --kv-heads 8 \
                   --ffn 14336 --vocab 32000 --experts 8 --active-experts 2";
    check(
        "47b_mixture_on_h100",
        mixture,
        "--dtype fp8 --batch 4 --sequence 4096 --gpu H100-SXM5-80",
        0,
    );
}

#[test]
fn an_encoder_keeps_no_keys_and_values() {
    let encoder = "--parameters 110M --layers 12 --hidden 768 --heads 12 --ffn 3072 --vocab 30522 \
                   --gated=false --generates=false --dtype fp32";
    check(
        "encoder_on_t4",
        encoder,
        "--batch 64 --sequence 512 --gpu T4",
        0,
    );
}

#[test]
fn a_model_of_unknown_shape_says_what_isnt_counted() {
    check("350m_shapeless_on_a2", "--parameters 350M", "--gpu A2", 0);
}

#[test]
fn what_was_measured_stands_instead_of_an_estimate() {
    check(
        "measured_on_a2",
        "--parameters 350M",
        "--batch 16 --measured-memory 1=2GiB --measured-memory 8=5.5GiB --gpu A2",
        0,
    );
}

#[test]
fn a_slice_of_a_card_is_a_gpu_of_its_own() {
    check(
        "1b_on_a_slice",
        TIED_1B,
        "--batch 4 --sequence 2048 --gpu A30-MIG-1g.6gb",
        0,
    );
}
