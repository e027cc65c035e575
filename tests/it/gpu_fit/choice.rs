//! Several GPUs: which is the smallest that fits.

use super::{DENSE_7B, TIED_1B, printed};

#[test]
fn all_cards_are_listed_from_the_smallest_that_fits() {
    let text = printed(DENSE_7B, "--batch 8 --sequence 2048", 0);
    insta::assert_snapshot!("7b_on_all_cards", text);
}

#[test]
fn training_says_what_the_fewest_gpus_would_have_to_share() {
    let text = printed(
        DENSE_7B,
        "--for training --sequence 2048 --gpu A100 --gpu A30 --gpu B300",
        0,
    );
    insta::assert_snapshot!("7b_training_on_some", text);
}

#[test]
fn needs_that_depend_on_the_gpu_have_a_column() {
    let arguments = "--runtime vllm --batch 8 --sequence 2048 --gpu L40S --gpu H100-SXM5-80";
    insta::assert_snapshot!("1b_vllm_on_two", printed(TIED_1B, arguments, 0));
}

#[test]
fn when_none_of_the_named_gpus_fits_the_fewest_that_would_do_are_told() {
    let text = printed(DENSE_7B, "--batch 8 --sequence 2048 --gpu A2 --gpu T4", 19);
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "Fits none of 2 GPUs as it is. The fewest that would do: 2 × A2."
    );
}

#[test]
fn without_named_gpus_nothing_fitting_is_no_failure() {
    let text = printed("--parameters 10T", "", 0);
    assert!(text.starts_with("Fits none of "), "{text}");
}

#[test]
fn slices_are_listed_when_asked_for() {
    let slices = |arguments: &str| {
        let text = printed(TIED_1B, arguments, 0);
        text.lines().filter(|line| line.contains("-MIG-")).count()
    };
    assert_eq!(slices("--sequence 2048"), 0);
    assert!(slices("--sequence 2048 --slices") > 20);
}

#[test]
fn no_line_is_wider_than_80_columns() {
    let vllm = "--runtime vllm --sequence 2048 --slices";
    let training = "--for training --sequence 2048 --slices";
    for arguments in [vllm, training, "--sequence 2048 --gpu A2"] {
        let text = super::fit(DENSE_7B, arguments).stdout;
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{arguments}: {line}");
        }
    }
}

#[test]
fn a_smaller_need_never_fits_fewer_gpus() {
    let fitting = |batch: u32| {
        let text = printed(DENSE_7B, &format!("--batch {batch} --sequence 2048"), 0);
        text.lines().filter(|line| line.contains("  yes  ")).count()
    };
    let counts: Vec<usize> = [1, 4, 16, 64].map(fitting).into();
    assert!(
        counts.is_sorted_by(|more, fewer| more > fewer),
        "{counts:?}"
    );
}
