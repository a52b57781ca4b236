//! What the command line says, word for word: help, lists, errors. `TRYCMD=overwrite` takes the new words over.

#[test]
fn commands() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}
