//! Where the tests' practice images live: not where an operator's practice images live.

/// The prefix of their names. Two checkouts that are tested on one engine at the same time would
/// make each other's images anew; `EDFI_PRACTICE_TEST_PREFIX`, at compile time, keeps them apart.
pub const PREFIX: &str = match option_env!("EDFI_PRACTICE_TEST_PREFIX") {
    Some(prefix) => prefix,
    None => "localhost/edfi-practice-test",
};
