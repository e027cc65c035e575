//! The vendor's own library, where there is one.

use crate::cli::mlinfra;

#[test]
fn the_vendors_library_is_read_where_there_is_one() {
    let listed = mlinfra(["gpu", "list", "--json"]).run();
    let json: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    if listed.code == 1 {
        let code = &json["diagnostics"][0]["code"];
        // No machine has to have a GPU, so that this is never a failure.
        assert!(
            code == "gpu::no-library" || code == "gpu::no-driver",
            "{json}"
        );
        println!("skipped: {code}");
        return;
    }
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    for gpu in json["gpus"].as_array().unwrap() {
        assert!(gpu["uuid"].as_str().unwrap().starts_with("GPU-"), "{gpu}");
        assert!(
            gpu["memory"]["total_bytes"].as_u64().unwrap() > 1 << 30,
            "{gpu}"
        );
    }
    let checked = mlinfra(["gpu", "check", "--allow-processes", "--json"]).run();
    assert!([0, 20].contains(&checked.code), "{}", checked.stderr);
}
