//! Tests that can't be made everywhere say so; where all is required, that is a failure.

/// Prints why a test can't be made. Fails where `MLINFRA_TEST_REQUIRE` says that all must be.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(crate) fn skip(why: &str) {
    println!("skipped: {why}");
    let required = std::env::var("MLINFRA_TEST_REQUIRE").is_ok_and(|what| what == "all");
    assert!(!required, "skipped: {why}");
}
