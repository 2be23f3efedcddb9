//! Running the command line: arguments parsed, one command run, its outcome turned into an exit code; and what clap says
//! put into Chinese.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use crate::cli::args::{Args, Command};
use crate::cli::printer::{Format, Printer};
use crate::cli::{commands, demo};

/// Done.
const EXIT_DONE: u8 = 0;
/// Failed.
const EXIT_FAILED: u8 = 2;

/// Runs the command line and returns the exit code: 0 done, 1 something to look at, 2 failed.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let mut command = Args::command();
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| Args::from_arg_matches(&matches));
    let args = match parsed {
        Ok(args) => args,
        Err(error) => return explain(&error),
    };
    let printer = Printer::new(args.format, args.quiet);
    let outcome = match &args.command {
        // There are no pages yet, so there is nothing that `--no-serve` would leave out.
        Command::Demo { no_serve: _ } => demo::run(&args, &printer),
        _ => commands::run(&args, &printer),
    };
    match outcome {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => EXIT_DONE,
        Err(error) => {
            let code = error.downcast_ref::<crate::Error>().map_or("io", crate::Error::code);
            printer.complain(&format!("错误（{code}）：{error}"));
            EXIT_FAILED
        }
    }
}

/// Says whether the reader of our output went away, which is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints help or what is wrong with the arguments, in Chinese.
fn explain(error: &clap::Error) -> u8 {
    let printer = Printer::new(Format::Table, false);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            return match printer.text(&help_in_chinese(error)) {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => EXIT_FAILED,
                _ => EXIT_DONE,
            };
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            printer.complain(&help_in_chinese(error));
            return EXIT_FAILED;
        }
        _ => {}
    }
    printer.complain(&format!("错误（bad_arguments）：{}", in_chinese(error)));
    printer.complain("用 lianqiao --help 或 lianqiao 命令 --help 查看用法");
    EXIT_FAILED
}

/// The headings that clap writes by itself, which no setting changes.
const HEADINGS: [(&str, &str); 4] =
    [("[OPTIONS]", "[选项]"), ("\nOptions:\n", "\n选项：\n"), ("\nArguments:\n", "\n参数：\n"), (":\n", "：\n")];

fn help_in_chinese(error: &clap::Error) -> String {
    HEADINGS.iter().fold(error.to_string(), |help, (english, chinese)| help.replace(english, chinese))
}

fn in_chinese(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    let near = context(ContextKind::SuggestedArg) + &context(ContextKind::SuggestedSubcommand);
    let hint = if near.is_empty() { String::new() } else { format!("；是不是 {near}？") };
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有 {argument} 这个选项{hint}"),
        ErrorKind::InvalidSubcommand => format!("没有“{}”这个命令{hint}", context(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::ArgumentConflict => format!("{argument} 不能与 {} 同时使用", context(ContextKind::PriorArg)),
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooManyValues => {
            format!("{argument} 的值个数不对")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = context(ContextKind::InvalidValue);
            let reason = std::error::Error::source(error).map(|source| format!("：{source}")).unwrap_or_default();
            let reason = if reason.is_ascii() || reason.contains(" is not in ") { String::new() } else { reason };
            let known = context(ContextKind::ValidValue);
            let known = if known.is_empty() { String::new() } else { format!("；可用：{known}") };
            if value.is_empty() {
                format!("{argument} 缺少值{known}")
            } else {
                format!("{argument} 的值“{value}”不可用{reason}{known}")
            }
        }
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 文字".to_owned(),
        _ => format!("参数有误（{}）", error.kind()),
    }
}
