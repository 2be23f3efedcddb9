//! What may be typed: all commands with their options, and their help in Chinese.

#[cfg(feature = "service")]
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};
use jiff::civil::Date;

use crate::cli::agenda_args::AgendaCommand;
use crate::cli::chain_args::ChainCommand;
use crate::cli::help::{COMMAND_HELP, HELP};
use crate::cli::printer::Format;
use crate::cli::values::{parse_date, parse_key, parse_millionths, parse_role};
use crate::intake::READ_WORKBOOK;
use crate::model::{KeyId, KeyRole};
#[cfg(feature = "service")]
use crate::service::{Network, RATE_DEFAULT};

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "lianqiao",
    version,
    args_override_self = true,
    about = "链桥：中小企业供需对接引擎",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    subcommand_value_name = "命令",
    subcommand_help_heading = "命令",
    next_help_heading = "通用选项",
    help_template = HELP
)]
pub(super) struct Args {
    #[arg(
        long,
        global = true,
        value_name = "目录",
        env = "LIANQIAO_DATA",
        hide_env = true,
        default_value = "./data",
        hide_default_value = true,
        help = "数据目录，默认 ./data，也可用环境变量 LIANQIAO_DATA 指定"
    )]
    pub data: PathBuf,
    #[arg(long, global = true, value_name = "目录", help = "索引声明的目录，默认用程序自带的 index/")]
    pub definition: Option<PathBuf>,
    #[arg(long, global = true, value_name = "日期", value_parser = parse_date,
        help = "以哪一天为准判断有效期，如 2026-06-01，默认今天")]
    pub as_of: Option<Date>,
    #[arg(
        long,
        global = true,
        value_name = "格式",
        value_enum,
        default_value = "table",
        hide_default_value = true,
        hide_possible_values = true,
        help = "输出格式：table（默认）、json、csv"
    )]
    pub format: Format,
    #[arg(long, global = true, help = "不输出进度和提示")]
    pub quiet: bool,
    #[arg(short, long, global = true, action = ArgAction::Help, help = "显示帮助")]
    help: Option<bool>,
    #[arg(short = 'V', long, action = ArgAction::Version, help = "显示版本")]
    version: Option<bool>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command with its arguments.
#[derive(Debug, Subcommand)]
#[command(help_template = COMMAND_HELP)]
pub(super) enum Command {
    #[command(about = "演示：在临时目录导入自带的演示数据，打印带理由的匹配、配套率、一处缺链和一场路演的议程", help_template = COMMAND_HELP)]
    Demo {
        #[arg(long, help = "只打印，不启动页面")]
        no_serve: bool,
    },
    #[command(about = "生成某一类表的 Excel 模板", help_template = COMMAND_HELP)]
    Template {
        #[arg(value_name = "类别", help = "如 procurement 或 采购需求；不写则列出全部类别")]
        kind: Option<String>,
        #[arg(long, value_name = "文件", help = "写到哪个 .xlsx 文件")]
        out: Option<PathBuf>,
    },
    #[command(about = "导入 .xlsx、.csv、.tsv、.jsonl 表格", help_template = COMMAND_HELP)]
    Import(ImportArgs),
    #[command(about = "显示一条信息或一个主体", help_template = COMMAND_HELP)]
    Show {
        #[arg(value_name = "标识", help = "信息的标识或编号，或主体的编号、名称、统一社会信用代码")]
        id: String,
        #[arg(long, help = "同时显示历次版本")]
        history: bool,
    },
    #[command(about = "一户一档：一个主体的登记、情况、供需信息、匹配、意向和成果", help_template = COMMAND_HELP)]
    Dossier {
        #[arg(long, value_name = "主体", help = "主体的编号、名称或统一社会信用代码")]
        party: String,
    },
    #[command(about = "撤回一条信息", help_template = COMMAND_HELP)]
    Withdraw {
        #[arg(value_name = "标识", help = "信息的标识或编号")]
        id: String,
        #[arg(long, value_name = "文字", default_value = "", hide_default_value = true, help = "撤回的原因")]
        reason: String,
    },
    #[command(about = "主体的合并与拆分", subcommand_value_name = "命令", subcommand_help_heading = "命令",
        help_template = COMMAND_HELP)]
    Party {
        #[command(subcommand)]
        command: PartyCommand,
    },
    #[command(about = "按文字查找信息和主体", help_template = COMMAND_HELP)]
    Search {
        #[arg(value_name = "文字", help = "要查找的文字")]
        text: String,
        #[arg(long, value_name = "类别", help = "只找这一类")]
        kind: Option<String>,
        #[arg(long, value_name = "条数", default_value_t = 20, hide_default_value = true,
            value_parser = clap::value_parser!(u16).range(1..=1000), help = "最多显示多少条，默认 20")]
        top: u16,
    },
    #[command(about = "为一条需求找供应，或为一条供应找需求，并说明理由", help_template = COMMAND_HELP)]
    Match(MatchArgs),
    #[command(about = "为所有有效的需求找供应，写成文件", help_template = COMMAND_HELP)]
    MatchAll(MatchAllArgs),
    #[command(about = "产业链：名单、图谱、配套率、缺链、关键供应商", subcommand_value_name = "命令",
        subcommand_help_heading = "命令", help_template = COMMAND_HELP)]
    Chain {
        #[command(subcommand)]
        command: ChainCommand,
    },
    #[command(about = "路演和对接会的议程", subcommand_value_name = "命令", subcommand_help_heading = "命令",
        help_template = COMMAND_HELP)]
    Agenda {
        #[command(subcommand)]
        command: AgendaCommand,
    },
    #[command(about = "用评判过的需求和供给衡量排序的好坏", help_template = COMMAND_HELP)]
    Evaluate(EvaluateArgs),
    #[command(about = "生成虚构的一个省：主体、资质、供给和需求的表格，用来试用和测量", help_template = COMMAND_HELP)]
    Generate(GenerateArgs),
    #[cfg(feature = "service")]
    #[command(about = "服务：让别的程序通过 HTTP 看数据、改数据", help_template = COMMAND_HELP)]
    Serve(ServeArgs),
    #[command(about = "访问钥匙：谁可以通过服务看什么、做什么", subcommand_value_name = "命令",
        subcommand_help_heading = "命令", help_template = COMMAND_HELP)]
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    #[command(about = "把数据备份成一个文件；别的命令正在写入也不妨", help_template = COMMAND_HELP)]
    Backup {
        #[arg(value_name = "文件", help = "写到哪个文件，不能已经存在")]
        file: PathBuf,
    },
    #[command(about = "用备份建立数据目录；备份不完好则拒绝", help_template = COMMAND_HELP)]
    Restore {
        #[arg(value_name = "文件", help = "备份文件")]
        file: PathBuf,
    },
    #[command(about = "检查数据目录：日志、索引是否完好一致", help_template = COMMAND_HELP)]
    Verify,
    /// Users never type it: `import` runs it to read a workbook in a process of its own.
    #[command(name = READ_WORKBOOK, hide = true)]
    ReadWorkbook,
    #[command(about = "索引声明", subcommand_value_name = "命令", subcommand_help_heading = "命令",
        help_template = COMMAND_HELP)]
    Definition {
        #[command(subcommand)]
        command: DefinitionCommand,
    },
}

/// The arguments of `serve`.
#[cfg(feature = "service")]
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[arg(
        long,
        value_name = "地址",
        help = "监听的地址，如 0.0.0.0:8080；默认只在本机，127.0.0.1:8080 或其后第一个空闲的端口"
    )]
    pub listen: Option<SocketAddr>,
    #[arg(
        long,
        value_name = "地址",
        env = "LIANQIAO_REDIS",
        hide_env = true,
        help = "几个服务共用的 Redis，如 redis://127.0.0.1:6379/0，也可用环境变量 LIANQIAO_REDIS 指定；没有它一切照常"
    )]
    pub redis: Option<String>,
    #[arg(long, value_name = "次数", default_value_t = RATE_DEFAULT, hide_default_value = true,
        help = "每把钥匙每秒至多多少次请求，默认 100；0 为不限")]
    pub rate: u32,
    #[arg(
        long,
        value_name = "网段",
        help = "回调可以发往的内网网段，如 10.20.0.0/16，可写多次；不写则只能发往公网上的 https 地址"
    )]
    pub webhook_allow: Vec<Network>,
}

/// The arguments of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    #[arg(value_name = "文件", required_unless_present = "suggest_mapping", help = "一个或多个表格文件")]
    pub files: Vec<PathBuf>,
    #[arg(long, value_name = "类别", help = "表格的类别；不写则按工作表名或表头判断")]
    pub kind: Option<String>,
    #[arg(long, value_name = "文件.toml", help = "列映射文件")]
    pub mapping: Option<PathBuf>,
    #[arg(long, help = "文件是该单位这一类的全部信息：文件中没有的旧信息一律撤回")]
    pub replace: bool,
    #[arg(long, help = "只检查，不写入")]
    pub dry_run: bool,
    #[arg(long, help = "有一行出错，整个文件都不导入")]
    pub strict: bool,
    #[arg(long, value_name = "文件.xlsx", help = "把出错的行写成工作簿，改正后可直接再导入")]
    pub problems: Option<PathBuf>,
    #[arg(long, value_name = "文件", help = "为这个表格起草列映射，打印出来，不导入")]
    pub suggest_mapping: Option<PathBuf>,
}

/// The arguments of `match`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("subject").required(true).multiple(false))]
pub(super) struct MatchArgs {
    #[arg(long, group = "subject", value_name = "标识", help = "为这条需求找供应")]
    pub demand: Option<String>,
    #[arg(long, group = "subject", value_name = "标识", help = "为这条供应找需求")]
    pub supply: Option<String>,
    #[arg(long, group = "subject", value_name = "文字", requires = "kind", help = "为一段文字找对接，须同时写 --kind")]
    pub text: Option<String>,
    #[arg(long, value_name = "类别", requires = "text", help = "这段文字是哪一类需求或供应，如 procurement")]
    pub kind: Option<String>,
    #[arg(long, value_name = "通道", help = "对接通道；一类信息只有一条通道时不必写")]
    pub lane: Option<String>,
    #[arg(long, value_name = "条数", default_value_t = 10, hide_default_value = true,
        value_parser = clap::value_parser!(u16).range(1..=1000), help = "最多显示多少条，默认 10")]
    pub top: u16,
    #[arg(long, help = "低于起点分的也显示")]
    pub all: bool,
    #[arg(long, help = "按双方合意程度（双向分）排序，而不是按得分")]
    pub mutual: bool,
}

/// The arguments of `match-all`.
#[derive(Debug, clap::Args)]
pub(super) struct MatchAllArgs {
    #[arg(long, value_name = "文件", help = "写到哪个 .jsonl、.csv 或 .xlsx 文件")]
    pub out: PathBuf,
    #[arg(long, value_name = "通道", help = "只做这条对接通道，默认全部")]
    pub lane: Option<String>,
    #[arg(long, value_name = "条数", default_value_t = 20, hide_default_value = true,
        value_parser = clap::value_parser!(u16).range(1..=100), help = "每条需求最多列多少条，默认 20")]
    pub top: u16,
    #[arg(long, help = "低于起点分的也列出")]
    pub all: bool,
    #[arg(long, help = "按双方合意程度（双向分）排序，而不是按得分")]
    pub mutual: bool,
    #[arg(long, value_name = "次数", value_parser = clap::value_parser!(u16).range(1..),
        help = "同一条供给最多出现在多少条需求的名单里，默认不限")]
    pub exposure: Option<u16>,
}

/// The arguments of `evaluate`.
#[derive(Debug, clap::Args)]
pub(super) struct EvaluateArgs {
    #[arg(long, value_name = "文件.tsv", help = "需求：标识、标题，可有正文；第一行是表头")]
    pub demands: PathBuf,
    #[arg(long, value_name = "文件.tsv", help = "供给：标识、标题，可有正文；第一行是表头")]
    pub supplies: PathBuf,
    #[arg(long, value_name = "文件.tsv", help = "评判：需求、供给、评分（2 分以上为合适）；第一行是表头")]
    pub qrels: Option<PathBuf>,
    #[arg(long, value_name = "通道", help = "用哪条对接通道的评分项，默认第一条")]
    pub lane: Option<String>,
    #[arg(long, help = "只排评判过的供给")]
    pub judged_only: bool,
    #[arg(long, value_name = "评分项", help = "去掉一个评分项再排，可写多次")]
    pub without: Vec<String>,
    #[arg(long, value_name = "文件.tsv", help = "把排序写到哪个文件：需求、供给、得分")]
    pub run: PathBuf,
}

/// The arguments of `generate`.
#[derive(Debug, clap::Args)]
pub(super) struct GenerateArgs {
    #[arg(long, value_name = "个数", help = "多少个主体")]
    pub parties: usize,
    #[arg(long, value_name = "条数", help = "多少条供给")]
    pub supplies: usize,
    #[arg(long, value_name = "条数", help = "多少条需求")]
    pub demands: usize,
    #[arg(long, value_name = "种子", help = "同样的种子得到同样的字节")]
    pub seed: u64,
    #[arg(long, value_name = "目录", help = "写到哪个目录，须是空的或还没有")]
    pub out: PathBuf,
    #[arg(long, value_name = "比例", default_value = "0.02", hide_default_value = true, value_parser = parse_millionths,
        help = "多少行带毛病，0 到 1，默认 0.02")]
    pub dirt: u32,
    #[arg(long, value_name = "通道", help = "全部放进这条对接通道，默认各通道都有")]
    pub lane: Option<String>,
}

/// The commands of `party`.
#[derive(Debug, Subcommand)]
pub(super) enum PartyCommand {
    #[command(about = "把主体 A 并入主体 B；可用 split 撤销", help_template = COMMAND_HELP)]
    Merge {
        #[arg(value_name = "A", help = "被并入的主体：编号、名称或统一社会信用代码")]
        from: String,
        #[arg(value_name = "B", help = "保留的主体")]
        into: String,
    },
    #[command(about = "撤销合并，使主体重新独立", help_template = COMMAND_HELP)]
    Split {
        #[arg(value_name = "编号", help = "合并前的主体编号，如 P12")]
        party: String,
    },
}

/// The commands of `key`.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    #[command(about = "新发一把钥匙；只显示这一次", help_template = COMMAND_HELP)]
    Add {
        #[arg(long, value_name = "角色", value_parser = parse_role,
            help = "admin 管理员、organizer 组织方、party 单位、reader 读者")]
        role: KeyRole,
        #[arg(long, value_name = "主体", help = "单位的钥匙代表哪个主体：编号、名称或统一社会信用代码")]
        party: Option<String>,
        #[arg(long, value_name = "地区", help = "组织方的钥匙只管哪个地区：代码或名称，默认全部")]
        region: Option<String>,
        #[arg(long, value_name = "日期", value_parser = parse_date, help = "用到哪一天为止，默认不限")]
        expires: Option<Date>,
    },
    #[command(about = "列出全部钥匙", help_template = COMMAND_HELP)]
    List,
    #[command(about = "吊销一把钥匙", help_template = COMMAND_HELP)]
    Revoke {
        #[arg(value_name = "编号", help = "如 K3", value_parser = parse_key)]
        id: KeyId,
    },
    #[command(about = "列出最近谁看了什么、改了什么", help_template = COMMAND_HELP)]
    Trail {
        #[arg(long, value_name = "条数", default_value_t = 100, hide_default_value = true,
            value_parser = clap::value_parser!(u32).range(1..=100_000), help = "最多列多少条，默认 100")]
        top: u32,
    },
}

/// The commands of `definition`.
#[derive(Debug, Subcommand)]
pub(super) enum DefinitionCommand {
    #[command(about = "检查声明：类别、通道、代码表、单位、资质、词、产业链", help_template = COMMAND_HELP)]
    Check,
    #[command(about = "把声明的一条产业链画成图（svg 文件），只画声明，不看数据", help_template = COMMAND_HELP)]
    Draw {
        #[arg(value_name = "产业链", help = "产业链的编码、名称或别名")]
        chain: String,
        #[arg(long, value_name = "文件.svg", help = "写到哪里，默认以产业链名称命名")]
        out: Option<PathBuf>,
    },
}
