//! What the commands about chains are told.

use std::path::PathBuf;

use clap::Subcommand;

use crate::chain::Fraction;
use crate::cli::help::COMMAND_HELP;
use crate::cli::values::parse_share;

/// The commands of `chain`.
#[derive(Debug, Subcommand)]
pub(super) enum ChainCommand {
    #[command(about = "列出产业链，以及图谱中对不上的地方", help_template = COMMAND_HELP)]
    List,
    #[command(about = "一条产业链的环节、产品、本地供应商和状态；可画成图", help_template = COMMAND_HELP)]
    Show {
        #[arg(value_name = "产业链", required_unless_present = "unplaced", help = "产业链的编码、名称或别名")]
        chain: Option<String>,
        #[arg(long, value_name = "文件.svg", requires = "chain", help = "画成图，写到哪个 .svg 文件")]
        svg: Option<PathBuf>,
        #[arg(long, value_name = "地区", help = "什么算本地，如 山东省、青岛市，可写多次，默认本省")]
        region: Vec<String>,
        #[arg(long, help = "列出没有归到图谱产品上的供应和主要产品；不写产业链则列全部")]
        unplaced: bool,
    },
    #[command(about = "配套率：企业配套率、本地配套率、链主本地采购率、集中度", help_template = COMMAND_HELP)]
    Rates(RateArgs),
    #[command(about = "缺链、弱链、断链风险和补链的候选", help_template = COMMAND_HELP)]
    Gaps {
        #[arg(long, value_name = "产业链", help = "只看这条产业链，默认全部")]
        chain: Option<String>,
        #[arg(long, value_name = "地区", help = "什么算本地，可写多次，默认本省")]
        region: Vec<String>,
        #[arg(long, value_name = "家数", default_value_t = 1, hide_default_value = true,
            value_parser = clap::value_parser!(u16).range(1..=100), help = "几家本地供应商才不算弱链，默认 1")]
        k: u16,
    },
    #[command(about = "没有了哪个供应商或哪个市，哪些产品就做不成", help_template = COMMAND_HELP)]
    Critical {
        #[arg(long, value_name = "产业链", help = "只看这条产业链，默认全部")]
        chain: Option<String>,
        #[arg(long, value_name = "地区", help = "什么算本地，可写多次，默认本省")]
        region: Vec<String>,
    },
}

/// The arguments of `chain rates`.
#[derive(Debug, clap::Args)]
pub(super) struct RateArgs {
    #[arg(long, value_name = "产业链", help = "只看这条产业链，默认全部")]
    pub chain: Option<String>,
    #[arg(long, value_name = "地区", help = "什么算本地，如 山东省、青岛市，可写多次（城市群），默认本省")]
    pub region: Vec<String>,
    #[arg(long, value_name = "梯度", value_parser = ["specialised", "little_giant"], hide_possible_values = true,
        help = "只看这一梯度的企业配套率：specialised（专精特新）、little_giant（小巨人），默认两者")]
    pub tier: Option<String>,
    #[arg(
        long,
        value_name = "等级",
        value_enum,
        ignore_case = true,
        default_value = "E1",
        hide_default_value = true,
        hide_possible_values = true,
        help = "配套关系至少要有哪级证据：E1 企业自报、E2 链主或合同确认、E3 发票或确权，默认 E1"
    )]
    pub evidence: EvidenceArg,
    #[arg(long, value_name = "家数", default_value_t = 1, hide_default_value = true,
        value_parser = clap::value_parser!(u16).range(1..=100), help = "一个环节几家本地供应商才算覆盖，默认 1")]
    pub k: u16,
    #[arg(
        long,
        value_name = "口径",
        value_enum,
        hide_possible_values = true,
        help = "专精特新是否含小巨人：inclusive（含）、exclusive（不含），默认两种都列"
    )]
    pub nesting: Option<NestingArg>,
    #[arg(long, value_name = "层级", value_parser = ["any", "direct"], default_value = "any", hide_default_value = true,
        hide_possible_values = true, help = "给链上谁供货才算企业配套：any（任何企业）、direct（直接给链主），默认 any")]
    pub depth: String,
    #[arg(long, value_name = "地点", value_parser = ["production", "registered"], default_value = "production",
        hide_default_value = true, hide_possible_values = true,
        help = "本地按哪里算：production（生产地）、registered（注册地），默认 production")]
    pub basis: String,
    #[arg(long, value_name = "比例", default_value = "0", hide_default_value = true, value_parser = parse_share,
        help = "对重点产业链的销售额占营业收入多少才算配套，0 到 1，默认 0")]
    pub min_share: Fraction,
}

/// How well a supply must be proved, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum EvidenceArg {
    /// The supplier says so.
    #[value(name = "E1")]
    E1,
    /// The chain leader, a contract or an order says so.
    #[value(name = "E2")]
    E2,
    /// An invoice or a confirmed receivable says so.
    #[value(name = "E3")]
    E3,
}

/// Whether the lower tier has the firms of the higher one, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum NestingArg {
    /// It has.
    Inclusive,
    /// It has not.
    Exclusive,
}
