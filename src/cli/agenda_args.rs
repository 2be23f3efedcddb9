//! What the commands about agendas are told.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::help::COMMAND_HELP;

/// The commands of `agenda`.
#[derive(Debug, Subcommand)]
pub(super) enum AgendaCommand {
    #[command(about = "按场次文件排出议程：谁和谁在什么时候、哪张桌洽谈", help_template = COMMAND_HELP)]
    Plan(PlanArgs),
    #[command(about = "有单位不来、晚到或撤桌时修补议程，改动最少", help_template = COMMAND_HELP)]
    Repair(RepairArgs),
    #[command(about = "求解 docking-agenda/1 格式的实例：先守最少场次，再使总分最大，再使空档和换桌最少", help_template = COMMAND_HELP)]
    Solve(SolveArgs),
    #[command(about = "检查一份议程是否可行，并计分；不可行时退出码为 1", help_template = COMMAND_HELP)]
    Check {
        #[arg(value_name = "实例.json", help = "docking-agenda/1 格式的实例")]
        instance: PathBuf,
        #[arg(value_name = "议程.json", help = "agenda solve 写出的议程，或同样格式的文件")]
        solution: PathBuf,
    },
}

/// The arguments of `agenda plan`.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    #[arg(value_name = "场次.toml", help = "场次文件")]
    pub event: PathBuf,
    #[arg(long, value_name = "目录", help = "写到哪个目录，须是空的或还没有")]
    pub out: PathBuf,
    /// How hard to try.
    #[command(flatten)]
    pub effort: EffortArgs,
}

/// The arguments of `agenda repair`.
#[derive(Debug, clap::Args)]
pub(super) struct RepairArgs {
    #[arg(value_name = "议程.json", help = "agenda plan 写出的 agenda.json")]
    pub agenda: PathBuf,
    #[arg(long, value_name = "单位", num_args = 1.., help = "不来了的单位：编号或全称，可写多个")]
    pub without: Vec<String>,
    #[arg(long, value_name = "单位=时间", help = "晚到的单位，如 P12=10:30，可写多次")]
    pub late: Vec<String>,
    #[arg(long, value_name = "桌号", help = "撤掉的桌，可写多次")]
    pub drop_table: Vec<u32>,
    #[arg(long, value_name = "目录", help = "写到哪个目录，须是空的或还没有")]
    pub out: PathBuf,
    /// How hard to try.
    #[command(flatten)]
    pub effort: EffortArgs,
}

/// The arguments of `agenda solve`.
#[derive(Debug, clap::Args)]
pub(super) struct SolveArgs {
    #[arg(value_name = "实例.json", help = "docking-agenda/1 格式的实例")]
    pub instance: PathBuf,
    #[arg(long, value_name = "议程.json", help = "写到哪个文件")]
    pub out: PathBuf,
    #[arg(long, value_name = "秒数", default_value_t = 10, hide_default_value = true,
        value_parser = clap::value_parser!(u16).range(0..=3600), help = "至多用多少秒，默认 10；0 只做必需的")]
    pub seconds: u16,
    #[arg(
        long,
        value_name = "种子",
        default_value_t = 1,
        hide_default_value = true,
        help = "同样的种子得到同样的字节，默认 1"
    )]
    pub seed: u64,
}

/// How hard to try.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct EffortArgs {
    #[arg(long, value_name = "秒数", default_value_t = 10, hide_default_value = true,
        value_parser = clap::value_parser!(u16).range(1..=3600), help = "大约算多少秒，默认 10")]
    pub seconds: u16,
    #[arg(
        long,
        value_name = "种子",
        default_value_t = 1,
        hide_default_value = true,
        help = "同样的种子得到同样的字节，默认 1"
    )]
    pub seed: u64,
}
