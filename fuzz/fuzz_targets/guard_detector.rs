#![no_main]

libfuzzer_sys::fuzz_target!(
    init: redoubt_fuzz::guard::list_if_asked(),
    |data: &[u8]| redoubt_fuzz::guard::detector(data)
);
