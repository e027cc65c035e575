//! `mlinfra gpu list --watch`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::fake::{gpu, library, program_with};

fn watched<'a>(profile: &str, more: impl IntoIterator<Item = &'a str>) -> String {
    let watch = ["list", "--watch", "--every", "10ms", "--for", "80ms"];
    let finished = gpu(profile, watch.into_iter().chain(more));
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    finished.stdout
}

#[test]
fn each_look_is_a_line_and_the_end_a_summary() {
    let text = watched("busy", []);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "0 s  gpu 0: 90 % 11.7 GiB 58 W");
    assert_eq!(lines[1], "0 s  gpu 0: 100 % 12.6 GiB 58 W");
    let summary = lines
        .iter()
        .position(|line| line.starts_with("GPU "))
        .unwrap();
    assert_eq!(summary, 9);
    let words: Vec<&str> = lines[summary + 1].split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "0 95.5 % 100 % 0 % 13.6 GiB of 14.9 GiB 58 W 8"
    );
    assert_eq!(lines.len(), summary + 2);
}

#[test]
fn an_idle_card_stands_out_with_the_figures_that_make_it_so() {
    let text = watched("a2", []);
    let found =
        "\nGPU 0: idle. In 100 % of the samples it was used less than 5 % (idle from 90 %\non).\n";
    assert!(text.ends_with(found), "{text}");
}

#[test]
fn an_oversized_card_stands_out_with_the_figures_that_make_it_so() {
    let json: Value = serde_json::from_str(&watched("oversized", ["--json"])).unwrap();
    assert_eq!(json["gpus"][0]["finding"], "oversized");
    assert_eq!(json["gpus"][0]["samples"], 8);
    assert_eq!(json["gpus"][0]["memory_peak_bytes"], 9000_u64 << 20);
    assert_eq!(json["gpus"][0]["utilisation_p95_percent"], 22);
    assert_eq!(json["gpus"][0]["power_mean_milliwatts"], 95_000);
    assert_eq!(
        json["thresholds"],
        json!({"idle_below_percent": 5, "idle_share_percent": 90,
               "oversized_utilisation_percent": 40, "oversized_memory_percent": 40})
    );
    assert!(
        watched("oversized", [])
            .contains("\nGPU 0: larger than needed. 95 of 100 samples use at most 22 %")
    );
}

#[test]
fn a_time_without_watching_is_wrong_usage() {
    let finished = gpu("a2", ["list", "--for", "1s"]);
    assert_eq!(finished.code, 10);
    let finished = gpu("a2", ["list", "--watch", "--every", "1ms"]);
    assert_eq!(finished.code, 10);
    assert!(
        finished.stderr.contains("needs at least 10ms"),
        "{}",
        finished.stderr
    );
}

#[test]
fn an_interrupt_ends_watching_with_the_summary() {
    let watch = ["list", "--watch", "--every", "10ms"];
    let mut command = program_with(&library(), "a2", watch).into_command();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    assert_eq!(first, "0 s  gpu 0: 0 % 4 MiB 6 W\n");
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("\nGPU "), "{rest}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
