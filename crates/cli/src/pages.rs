//! Completion scripts and manual pages, made from the same description of the options as the parser.

use clap::CommandFactory;

use crate::args::LowArgs;
use crate::failure::{CLEAN, Failure};
use crate::select::nearest;
use crate::talk;

/// `completions`. Written to memory first: the generator panics on a closed pipe.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut LowArgs::command(), "keysieve", &mut text);
    talk::print(&text)?;
    Ok(CLEAN)
}

/// `man`, of keysieve or of one of its commands.
pub(crate) fn man(name: Option<&str>) -> Result<u8, Failure> {
    let mut root = LowArgs::command();
    root.build();
    let command = match name {
        None => root.clone(),
        Some(name) => {
            let names = || root.get_subcommands().map(clap::Command::get_name);
            let found = root.find_subcommand(name).ok_or_else(|| {
                let near = nearest(name, names()).map(|near| format!("; did you mean `{near}`?"));
                Failure::Fault(format!("no command `{name}`{}", near.unwrap_or_default()))
            })?;
            found.clone().name(format!("keysieve-{name}")).bin_name(format!("keysieve {name}"))
        }
    };
    let mut text = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut text);
    rendered.map_err(|error| Failure::Fault(error.to_string()))?;
    talk::print(&text)?;
    Ok(CLEAN)
}
