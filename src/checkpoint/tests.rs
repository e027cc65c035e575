use proptest::prelude::*;

use super::read;
use super::safetensors::{Index, Weights, header_length};
use crate::model::{Census, Dtype, Experts, Window};

const SMALL: &str = r#""hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4,
    "num_attention_heads": 4, "vocab_size": 100, "max_position_embeddings": 1000"#;

fn with(family: &str, more: &str) -> String {
    format!(r#"{{"model_type": "{family}", {SMALL}{more}}}"#)
}

#[track_caller]
fn window(family: &str, more: &str, expected: Option<(u64, u64)>) {
    let expected = expected.map(|(tokens, layers)| Window { tokens, layers });
    let read = read(&with(family, more)).unwrap();
    assert_eq!(read.architecture.window, expected);
}

#[test]
fn a_window_is_taken_only_where_it_is_in_force() {
    window("mistral", r#", "sliding_window": 128"#, Some((128, 4)));
    window("mistral", r#", "sliding_window": null"#, None);
    window("mistral", r#", "sliding_window": 1000"#, None);
    window("llama", r#", "sliding_window": 128"#, None);
    let qwen = r#", "sliding_window": 128, "max_window_layers": 3, "use_sliding_window""#;
    window("qwen2", &format!("{qwen}: false"), None);
    window("qwen2", &format!("{qwen}: true"), Some((128, 1)));
    window("gemma2", r#", "sliding_window": 128"#, Some((128, 2)));
    window("modernbert", r#", "local_attention": 128"#, Some((128, 2)));
    let kinds = r#", "layer_types": ["full_attention", "sliding_attention", "full_attention", "full_attention"]"#;
    window(
        "gemma2",
        &format!(r#", "sliding_window": 128{kinds}"#),
        Some((128, 1)),
    );
}

#[track_caller]
fn quantised(config: &str, expected: Option<Dtype>) {
    let more = format!(r#", "torch_dtype": "float16", "quantization_config": {config}"#);
    let read = read(&with("llama", &more)).unwrap();
    assert_eq!(read.dtype, Some(Dtype::Fp16));
    assert_eq!(read.quantization, expected);
    assert_eq!(read.weights(), expected.or(Some(Dtype::Fp16)));
}

#[test]
fn the_type_of_quantised_weights_is_read() {
    quantised(r#"{"quant_method": "gptq", "bits": 4}"#, Some(Dtype::Int4));
    quantised(r#"{"quant_method": "awq", "bits": 8}"#, Some(Dtype::Int8));
    quantised(
        r#"{"quant_method": "bitsandbytes", "load_in_4bit": true}"#,
        Some(Dtype::Nf4),
    );
    quantised(r#"{"load_in_8bit": true}"#, Some(Dtype::Int8));
    quantised(r#"{"quant_method": "bitsandbytes"}"#, None);
    quantised(r#"{"quant_method": "fp8"}"#, Some(Dtype::Fp8));
    quantised(r#"{"quant_method": "mxfp4"}"#, Some(Dtype::Mxfp4));
    let packed = |weights: &str| {
        format!(
            r#"{{"quant_method": "compressed-tensors", "config_groups": {{"a": {{"weights": {weights}}}}}}}"#
        )
    };
    quantised(
        &packed(r#"{"num_bits": 8, "type": "float"}"#),
        Some(Dtype::Fp8),
    );
    quantised(
        &packed(r#"{"num_bits": 4, "type": "int"}"#),
        Some(Dtype::Int4),
    );
}

#[test]
fn shared_experts_work_on_each_token() {
    let text = with(
        "qwen2_moe",
        r#", "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16,
            "shared_expert_intermediate_size": 64, "mlp_only_layers": [0]"#,
    );
    let read = read(&text).unwrap();
    let experts = Experts {
        count: 12,
        active: 6,
    };
    assert_eq!(read.architecture.experts, Some(experts));
    assert_eq!(read.architecture.ffn, 16);
    // 3 layers with 8 experts of 3 matrices of 64 × 16.
    assert_eq!(read.census.experts, 3 * 8 * 3 * 64 * 16);
}

#[test]
fn each_kind_of_parameter_is_counted() {
    let read = read(&with("llama", "")).unwrap();
    let layer = 4 * 64 * 64 + 3 * 64 * 128;
    let expected = Census {
        total: 4 * (layer + 128) + 64 + 2 * 6400,
        embeddings: 2 * 6400,
        linear: 4 * layer,
        experts: 0,
        layer: layer + 128,
        tensor: 64 * 128,
    };
    assert_eq!(read.census, expected);
}

#[test]
fn latent_attention_keeps_a_vector_and_the_turned_part() {
    let text = with(
        "deepseek_v2",
        r#", "kv_lora_rank": 32, "qk_rope_head_dim": 8, "qk_nope_head_dim": 16, "v_head_dim": 16"#,
    );
    let shape = read(&text).unwrap().architecture;
    assert_eq!((shape.kv_latent, shape.head_dim), (Some(40), 24));
}

#[test]
fn a_class_names_the_family_where_nothing_else_does() {
    let text = format!(r#"{{"architectures": ["GPTNeoXForCausalLM"], {SMALL}}}"#);
    assert_eq!(read(&text).unwrap().family, "gpt_neox");
}

#[test]
fn the_text_part_of_a_model_with_others_is_read() {
    let text = format!(
        r#"{{"model_type": "x", "dtype": "bfloat16", "text_config": {}}}"#,
        with("llama", "")
    );
    let read = read(&text).unwrap();
    assert!(read.text_part_only);
    assert_eq!(read.dtype, Some(Dtype::Bf16));
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(read(text).unwrap_err().to_string(), expected);
}

#[test]
fn each_mistake_in_a_configuration_is_said_as_what_it_is() {
    refused(
        "{",
        "it isn't JSON: EOF while parsing an object at line 1 column 1",
    );
    refused("[]", "it isn't a JSON object");
    refused(
        "{}",
        "it has neither `model_type` nor `architectures`, so nothing says what model it is of",
    );
    let llama = r#"{"model_type": "llama"}"#;
    refused(
        llama,
        "`num_hidden_layers` is missing, and the shape needs it",
    );
    let heads = with("llama", r#", "num_key_value_heads": -1"#);
    refused(&heads, "`num_key_value_heads` can't be -1");
    let heads = with("llama", r#", "num_key_value_heads": 3"#);
    refused(&heads, "`num_key_value_heads` can't be 3");
    let many = with("llama", r#", "n_layer": 1"#)
        .replace("\"num_hidden_layers\": 4", "\"num_hidden_layers\": 1e300");
    refused(&many, "`num_hidden_layers` can't be 1e+300");
    let word = with("llama", r#", "torch_dtype": "float5""#);
    refused(
        &word,
        "`torch_dtype` is `float5`, which isn't a type of weights that is known here",
    );
    let long = " ".repeat((4 << 20) + 1);
    refused(
        &long,
        "it has 4194305 bytes; a configuration has at most 4 MiB",
    );
    let unknown = read(r#"{"model_type": "mamba"}"#).unwrap_err().to_string();
    assert!(unknown.starts_with(
        "`mamba` isn't a family whose parameters are counted here; these are: llama, "
    ));
    assert!(
        read(&"[".repeat(100_000))
            .unwrap_err()
            .to_string()
            .starts_with("it isn't JSON")
    );
}

fn file(header: &str) -> Result<Weights, String> {
    let mut weights = Weights::default();
    let added = weights.add(header.as_bytes(), 64);
    added.map(|()| weights).map_err(|error| error.to_string())
}

#[test]
fn a_header_gives_bytes_by_type_and_parameters_by_kind() {
    let weights = file(
        r#"{"__metadata__": {"format": "pt"},
        "model.embed_tokens.weight": {"dtype": "BF16", "shape": [4, 2], "data_offsets": [0, 16]},
        "model.layers.0.mlp.experts.0.w": {"dtype": "F8_E4M3", "shape": [2, 5], "data_offsets": [16, 26]},
        "model.layers.1.norm.weight": {"dtype": "F32", "shape": [3], "data_offsets": [26, 38]}}"#,
    )
    .unwrap();
    let by_dtype: Vec<_> = weights.by_dtype().into_iter().collect();
    assert_eq!(
        by_dtype,
        [("BF16", (8, 16)), ("F32", (3, 12)), ("F8_E4M3", (10, 10))]
    );
    assert_eq!(weights.bytes(), 38);
    let census = Census {
        total: 21,
        embeddings: 8,
        linear: 13,
        experts: 10,
        layer: 10,
        tensor: 10,
    };
    assert_eq!(weights.census(), census);
}

#[track_caller]
fn header_refused(entry: &str, expected: &str) {
    assert_eq!(file(&format!(r#"{{"a": {entry}}}"#)).unwrap_err(), expected);
}

#[test]
fn each_mistake_in_a_header_is_said_as_what_it_is() {
    header_refused(
        r#"{"dtype": "X", "shape": [1], "data_offsets": [0, 1]}"#,
        "tensor `a`: its type `X` isn't known",
    );
    header_refused(
        r#"{"dtype": "I8", "shape": [-1], "data_offsets": [0, 1]}"#,
        "tensor `a`: `shape` is missing or can't be meant",
    );
    header_refused(
        r#"{"dtype": "I8", "shape": [1], "data_offsets": [1, 0]}"#,
        "tensor `a`: `data_offsets` is missing or can't be meant",
    );
    header_refused(
        r#"{"dtype": "I8", "shape": [9], "data_offsets": [0, 8]}"#,
        "tensor `a` has 8 bytes in the file; its shape and type need 9",
    );
    header_refused(
        r#"{"dtype": "I8", "shape": [65], "data_offsets": [0, 65]}"#,
        "it is cut off: 65 bytes are needed, and there are 64",
    );
    header_refused(
        r#"{"dtype": "I8", "shape": [4], "data_offsets": [0, 4]},
            "b": {"dtype": "I8", "shape": [4], "data_offsets": [2, 6]}"#,
        "tensor `b` starts at byte 2, where 4 was due",
    );
    assert_eq!(
        file("x").unwrap_err(),
        "its header isn't a JSON object of tensors"
    );
}

#[test]
fn absurd_lengths_of_a_header_are_refused() {
    let length = |bytes: &[u8], file| header_length(bytes, file).map_err(|e| e.to_string());
    assert_eq!(length(&10_u64.to_le_bytes(), 18), Ok(10));
    let cut = "it is cut off: 18 bytes are needed, and there are 17";
    assert_eq!(length(&10_u64.to_le_bytes(), 17), Err(cut.to_owned()));
    let short = "it is cut off: 8 bytes are needed, and there are 3";
    assert_eq!(length(&[0; 3], 3), Err(short.to_owned()));
    let absurd = "its header would have 18446744073709551615 bytes; the format allows 100000000";
    assert_eq!(length(&[255; 8], 17), Err(absurd.to_owned()));
}

#[test]
fn an_index_names_each_file_once() {
    let text = r#"{"metadata": {"total_size": 7}, "weight_map": {"a": "1.safetensors",
        "b": "2.safetensors", "c": "1.safetensors"}}"#;
    let expected = Index {
        total_size: Some(7),
        files: vec!["1.safetensors".to_owned(), "2.safetensors".to_owned()],
    };
    assert_eq!(Index::read(text).unwrap(), expected);
    let none = Index::read("{}").unwrap_err().to_string();
    assert_eq!(none, "the index has no `weight_map` of tensors to files");
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        (0..20_000_000_u64).prop_map(|n| n.to_string()),
        (1..64_u64).prop_map(|n| n.to_string()),
        Just("10000000".to_owned()),
        Just("1e300".to_owned()),
        Just("null".to_owned()),
        Just("\"x\"".to_owned()),
        Just("[[[]]]".to_owned()),
        Just("true".to_owned()),
    ]
}

proptest! {
    #[test]
    fn no_configuration_makes_it_panic(
        family in 0..super::family::FAMILIES.len(),
        values in prop::collection::vec(hostile(), 30),
        kept in prop::collection::vec(any::<bool>(), 30),
    ) {
        let keys = [
            "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
            "vocab_size", "max_position_embeddings", "head_dim", "num_key_value_heads",
            "num_local_experts", "num_experts_per_tok", "moe_intermediate_size",
            "shared_expert_intermediate_size", "first_k_dense_replace", "decoder_sparse_step",
            "moe_layer_freq", "mlp_only_layers", "kv_lora_rank", "q_lora_rank",
            "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim", "sliding_window",
            "layer_types", "embedding_size", "type_vocab_size", "conv_kernel_size",
            "num_decoder_layers", "n_shared_experts", "quantization_config", "torch_dtype",
        ];
        let plain = ["64", "128", "4", "4", "100", "512"];
        let pairs = keys.iter().zip(&values).zip(&kept).enumerate().filter_map(|(i, ((k, v), kept))| {
            match plain.get(i) {
                Some(plain) if !*kept => Some(format!("\"{k}\": {plain}")),
                None if !*kept => None,
                _ => Some(format!("\"{k}\": {v}")),
            }
        });
        let name = super::family::FAMILIES[family].names[0];
        let text = format!("{{\"model_type\": \"{name}\", {}}}", pairs.collect::<Vec<_>>().join(", "));
        if let Ok(read) = read(&text) {
            let census = read.census;
            prop_assert!(census.total <= 1_000_000_000_000_000);
            prop_assert!(census.linear + census.embeddings <= census.total);
            prop_assert!(census.experts <= census.linear);
        }
    }

    #[test]
    fn no_header_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), numbers in prop::collection::vec(any::<u64>(), 4)) {
        let _length = header_length(&bytes, numbers[0]);
        let mut weights = Weights::default();
        let _added = weights.add(&bytes, numbers[1]);
        let text = format!(
            r#"{{"a": {{"dtype": "F32", "shape": [{}, {}], "data_offsets": [{}, {}]}}}}"#,
            numbers[0], numbers[1], numbers[2], numbers[3]
        );
        prop_assert!(weights.add(text.as_bytes(), u64::MAX).is_err());
    }
}
