//! What `--expect` understands.

use super::fake::gpu;

#[track_caller]
fn wrong(expectation: &str, detail: &str, hint: &str) {
    let finished = gpu("a30-4", ["check", "--expect", expectation]);
    assert_eq!((finished.code, finished.stdout.as_str()), (10, ""));
    let head = "error[gpu::wrong-expectation]: expectation that can't be understood\n\n";
    let body = finished.stderr.strip_prefix(head).unwrap_or_default();
    let whole = body.replace('\n', " ");
    assert!(whole.starts_with(detail), "{}", finished.stderr);
    assert!(whole.contains(hint), "{}", finished.stderr);
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    wrong(
        "cuont=4",
        "`--expect cuont=4` names `cuont`, which can't be expected.",
        "did you mean `count`?",
    );
    wrong(
        "x=4",
        "`--expect x=4` names `x`, which can't be expected.",
        "the keys are `gpu`, `product`",
    );
}

#[test]
fn an_unknown_gpu_is_named_with_the_one_that_was_meant() {
    wrong(
        "gpu=A31",
        "`--expect gpu=A31` names `A31`, which no catalog has.",
        "did you mean `A30`?",
    );
}

#[test]
fn wrong_values_say_what_is_needed() {
    wrong("count", "`--expect count` has no `=`.", "like `count=4`");
    wrong(
        "count=0",
        "`--expect count=0` needs a whole number of at least 1.",
        "",
    );
    wrong("free=20", "`--expect free=20` isn't a size:", "");
    wrong(
        "mig=on",
        "`--expect mig=on` needs `off` or a profile such as `1g.6gb`.",
        "",
    );
    wrong(
        "nvlink=yes",
        "`--expect nvlink=yes` needs `true` or `false`.",
        "",
    );
    wrong(
        "cuda=12.4.1",
        "`--expect cuda=12.4.1` needs a version such as `12` or `12.4`.",
        "",
    );
    wrong(
        "driver=new",
        "`--expect driver=new` needs a version such as `535` or `535.104.05`.",
        "",
    );
    wrong("product= ", "`--expect product= ` names no product.", "");
}

#[test]
fn profiles_with_marks_are_understood() {
    for profile in ["mig=1c.3g.20gb", "mig=1g.10gb+me", "mig=7g.80gb"] {
        let finished = gpu("a30-mig", ["check", "--expect", profile]);
        assert_eq!(finished.code, 20, "{}", finished.stderr);
    }
}
