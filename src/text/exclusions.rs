//! What a text says that it does not want, does not need or has not: `不接受贸易商`, `禁用西门子`, `代理商勿扰`, `除进口品牌外`,
//! `无需ISO9001`, `不满足IP67`, `暂不能做P4级`. What is excluded may stand before the words that exclude it (`P5级及以下不接受`).
//! A limit (`不低于`) and a word that only looks like a negation (`不锈钢`, `非标件`, `无缝钢管`) exclude nothing. Texts are
//! expected in normalised form.

use std::collections::BTreeSet;
use std::ops::Range;

/// What is meant by leaving something out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExclusionKind {
    /// It must not be (`不接受`, `禁用`).
    Forbidden,
    /// It may be absent (`无需`, `不含`).
    NotNeeded,
    /// It is not so (`不满足`, `不做`).
    Lacking,
    /// It cannot be done or is not so yet (`无法加工`, `尚未通过`): a supply does not state it, a demand may want it.
    Unable,
}

/// Words that a text excludes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// What is meant.
    pub kind: ExclusionKind,
    /// Where it stands, with the words that exclude, as bytes of the normalised text.
    pub range: Range<usize>,
    /// Where that which is excluded stands.
    pub scope: Range<usize>,
}

use ExclusionKind::{Forbidden, Lacking, NotNeeded, Unable};

/// Words before what they exclude.
const PREFIXES: &[(&str, ExclusionKind)] = &[
    ("不接受", Forbidden),
    ("不允许", Forbidden),
    ("不得使用", Forbidden),
    ("不得采用", Forbidden),
    ("不得选用", Forbidden),
    ("不得含有", Forbidden),
    ("不得为", Forbidden),
    ("不使用", Forbidden),
    ("不采用", Forbidden),
    ("不选用", Forbidden),
    ("不考虑", Forbidden),
    ("不要", Forbidden),
    ("禁用", Forbidden),
    ("禁止", Forbidden),
    ("禁止使用", Forbidden),
    ("禁止采用", Forbidden),
    ("严禁", Forbidden),
    ("严禁使用", Forbidden),
    ("严禁采用", Forbidden),
    ("拒绝", Forbidden),
    ("谢绝", Forbidden),
    ("勿用", Forbidden),
    ("无需", NotNeeded),
    ("无须", NotNeeded),
    ("不需", NotNeeded),
    ("不需要", NotNeeded),
    ("不必", NotNeeded),
    ("不要求", NotNeeded),
    ("不含", NotNeeded),
    ("不包含", NotNeeded),
    ("不包括", NotNeeded),
    ("不能使用", Forbidden),
    ("不能采用", Forbidden),
    ("不能选用", Forbidden),
    ("不能用", Forbidden),
    ("不能含", Forbidden),
    ("不可使用", Forbidden),
    ("不可采用", Forbidden),
    ("不可选用", Forbidden),
    ("不满足", Lacking),
    ("不支持", Lacking),
    ("不符合", Lacking),
    ("不适用于", Lacking),
    ("不提供", Lacking),
    ("不做", Lacking),
    ("不生产", Lacking),
    ("不加工", Lacking),
    ("不承接", Lacking),
    ("不供应", Lacking),
    ("不具备", Unable),
    ("不能", Unable),
    ("无法", Unable),
    ("达不到", Unable),
    ("做不了", Unable),
    ("未通过", Unable),
    ("未取得", Unable),
    ("未获得", Unable),
    ("未达到", Unable),
    ("尚未", Unable),
    ("尚不", Unable),
    ("尚不能", Unable),
    ("尚无", Unable),
    ("暂不", Unable),
    ("暂不能", Unable),
    ("暂未", Unable),
    ("暂无", Unable),
    ("没有", Unable),
    ("还未", Unable),
    ("正在申请", Unable),
    ("正在办理", Unable),
];

/// Words that make a limit of the marker before them (`不允许低于5mm`).
const LIMITS: &[&str] = &["低于", "少于", "小于", "短于", "高于", "超过", "大于", "多于", "晚于", "早于", "迟于"];

/// Words after what they exclude, at the end of a clause. The words that stand before what they exclude may stand here
/// as well.
const SUFFIXES: &[(&str, ExclusionKind)] = &[
    ("勿扰", Forbidden),
    ("除外", Forbidden),
    ("免谈", Forbidden),
    ("勿投", Forbidden),
    ("请绕行", Forbidden),
    ("恕不接待", Forbidden),
    ("不可", Forbidden),
    ("不行", Forbidden),
    ("不收", Forbidden),
    ("不可以", Forbidden),
    ("不予接受", Forbidden),
    ("不予考虑", Forbidden),
    ("不予受理", Forbidden),
    ("不予采购", Forbidden),
    ("不接受投标", Forbidden),
    ("不接受报价", Forbidden),
    ("不得投标", Forbidden),
    ("不得参与", Forbidden),
    ("不得参加", Forbidden),
    ("不得报价", Forbidden),
    ("不得揭榜", Forbidden),
    ("不可用", Forbidden),
    ("不能代用", Forbidden),
    ("不能混用", Forbidden),
    ("不可代用", Forbidden),
    ("不可混用", Forbidden),
    ("不得代用", Forbidden),
    ("不得混用", Forbidden),
    ("不满足", Forbidden),
    ("不能满足", Forbidden),
    ("无法满足", Forbidden),
    ("不符合", Forbidden),
    ("不适用", Forbidden),
    ("不适合", Forbidden),
    ("不在此列", Forbidden),
    ("申请中", Unable),
    ("办理中", Unable),
];

/// What cannot be done, behind a word that says so at the end of a clause (`P4级暂不能做`).
const DOING: &[&str] = &["做", "能做", "生产", "加工", "提供", "支持", "制作", "制造", "检测", "供应", "能供应"];

/// What may not replace what is named behind it (`感应淬火不能代替渗碳`).
const REPLACING: &[&str] =
    &["不能代替", "不能替代", "不可代替", "不可替代", "不得代替", "不得替代", "不能取代", "不可取代"];

/// Words before a demand that is not met (`3+2定位机型不满足要求`), and at the end of the clause behind them.
const UNMET: &[&str] = &["不满足", "不能满足", "无法满足", "不符合", "达不到"];
const DEMANDS: &[&str] = &["要求", "条件", "标准", "需求", "需要", "指标"];

/// Words between what is excluded and the words that exclude it.
const ADVERBS: &[&str] =
    &["一律", "均", "都", "皆", "概", "也", "亦", "恕", "则", "本项目", "本次采购", "本次", "我方", "我司", "我公司"];

/// What somebody has today, which is a trouble and not excluded (`现有工艺不满足要求`).
const PRESENT: &[&str] =
    &["现有", "目前", "当前", "我司", "我方", "我们", "我公司", "本公司", "本企业", "自有", "原有", "现用", "自身"];

/// What `非` excludes; before anything else it is part of a word (`非标`, `非晶`, `非织造`).
const AFTER_NON: &[&str] = &[
    "贸易商",
    "代理商",
    "经销商",
    "中间商",
    "贸易公司",
    "贸易型",
    "中介",
    "进口",
    "国产",
    "原厂",
    "原装",
    "联合体",
    "生产商",
    "生产厂家",
    "制造商",
    "专精特新",
];

/// Words that hold a marker and exclude nothing, besides those that the declaration keeps whole.
const WORDS: &[&str] = &[
    "不锈钢",
    "无缝",
    "无纺布",
    "无损",
    "无菌",
    "无尘",
    "无刷",
    "无人机",
    "无机",
    "无线",
    "无铅",
    "无水",
    "无级",
    "无油",
    "非标",
    "非织造",
    "非晶",
    "非金属",
    "非线性",
    "非接触",
    "不干胶",
    "不饱和",
    "不间断",
    "不得低于",
    "不得少于",
    "不得小于",
    "不得超过",
    "不得高于",
    "不得大于",
    "不限于",
    "没有限制",
    "缺一不可",
    "能不能",
    "有没有",
    "不能不",
    "不可燃",
    "不可逆",
    "不可或缺",
    "必不可少",
];

/// Characters that turn `除` into a part of another word.
const NOT_AFTER: &[char] = &['去', '清', '排', '拆', '解', '删', '免', '消', '扫', '根', '开', '切', '剔', '破', '驱'];
const NOT_BEFORE: &[char] =
    &['尘', '湿', '锈', '霜', '氧', '油', '铁', '雾', '味', '菌', '草', '渣', '鳞', '垢', '冰', '磷', '臭'];

/// Words behind `除……外` with which what is named counts as well.
const ALSO: &[&str] = &["还", "也", "亦", "另", "同时", "并", "应", "须", "必须", "需"];

/// What is excluded has this many characters at most.
const SCOPE_CHARS_MAX: usize = 24;

/// More exclusions in one text are not read.
const EXCLUSIONS_MAX: usize = 200;

/// Finds what a normalised text excludes, ascending and not overlapping; `words` are further words that exclude
/// nothing. O(length of the text), and of `words` for every marker.
pub fn find_exclusions(text: &str, words: &BTreeSet<String>) -> Vec<Exclusion> {
    let mut found: Vec<Exclusion> = Vec::new();
    let mut floor = 0;
    for (at, c) in text.char_indices() {
        let is_marker = matches!(c, '不' | '禁' | '严' | '拒' | '谢' | '勿' | '无' | '未' | '没' | '暂' | '达' | '非')
            || matches!(c, '除' | '免' | '请' | '恕' | '尚' | '还' | '做' | '正' | '申' | '办');
        if at < floor || !is_marker || found.len() >= EXCLUSIONS_MAX {
            continue;
        }
        let exclusion = backwards(text, at, floor).or_else(|| forwards(text, at));
        let exclusion = exclusion.or_else(|| non(text, at)).or_else(|| except(text, at));
        let Some(exclusion) = exclusion.filter(|_| !is_inside_word(text, at, words)) else { continue };
        floor = exclusion.range.end;
        found.push(exclusion);
    }
    found
}

fn forwards(text: &str, at: usize) -> Option<Exclusion> {
    let rest = text.get(at..)?;
    let markers = PREFIXES.iter().filter(|(word, _)| rest.starts_with(word));
    let (word, kind) = markers.max_by_key(|(word, _)| word.len())?;
    let start = at + word.len();
    let scope = trim(text, start..scope_end(text, start))?;
    // `现有工艺不满足要求` names nothing that is left out.
    let is_empty = text.get(scope.clone()).is_some_and(|text| DEMANDS.contains(&text));
    let is_limit =
        is_empty || LIMITS.iter().any(|limit| text.get(scope.clone()).is_some_and(|text| text.starts_with(limit)));
    (!is_limit).then_some(())?;
    Some(Exclusion { kind: *kind, range: at..scope.end, scope })
}

/// `非贸易商`, but not `除非` and `并非`.
fn non(text: &str, at: usize) -> Option<Exclusion> {
    let rest = text.get(at..)?.strip_prefix('非')?;
    let is_cut = text.get(..at)?.ends_with(['除', '并', '是', '绝', '无', '若']);
    let word = AFTER_NON.iter().filter(|word| rest.starts_with(**word)).max_by_key(|word| word.len())?;
    let start = at + '非'.len_utf8();
    let scope = start..start + word.len();
    (!is_cut).then_some(Exclusion { kind: Forbidden, range: at..scope.end, scope })
}

/// `除进口品牌外`, unless what is named counts as well (`除ISO9001外，还须……`).
fn except(text: &str, at: usize) -> Option<Exclusion> {
    let rest = text.get(at..)?.strip_prefix('除')?;
    let is_word = text.get(..at)?.ends_with(NOT_AFTER) || rest.starts_with(NOT_BEFORE);
    let start = at + '除'.len_utf8() + if rest.starts_with('了') { '了'.len_utf8() } else { 0 };
    let limit = scope_end(text, start);
    let inside = text.get(start..limit)?;
    let outside = inside.find("以外").or_else(|| inside.find("之外")).or_else(|| inside.find('外'))?;
    let (scope, behind) = (start..start + outside, text.get(start + outside..)?);
    let behind = ["以外", "之外", "外"].iter().find_map(|word| behind.strip_prefix(word))?;
    let next = behind.trim_start_matches([',', ' ']);
    let ends = behind.is_empty() || behind.starts_with([',', ';', '。', ')', ' ', '均', '都', '皆', '不']);
    let is_added = ALSO.iter().any(|word| next.starts_with(word)) || inside.starts_with("另有");
    let scope = trim(text, scope)?;
    let end = text.len() - behind.len();
    (!is_word && ends && !is_added).then_some(Exclusion { kind: Forbidden, range: at..end, scope })
}

/// `代理商、贸易商勿扰`, `P5级及以下不接受`, `P4级暂不能做`.
fn backwards(text: &str, at: usize, floor: usize) -> Option<Exclusion> {
    let (len, kind) = marker_behind(text.get(at..)?)?;
    let named_before = |end: usize| {
        let scope = trim(text, clause_start(text, end, floor)..end)?;
        let mut named = text.get(scope.clone())?;
        while let Some(shorter) = ADVERBS.iter().find_map(|word| named.strip_suffix(word)) {
            named = shorter.trim_end();
        }
        Some(scope.start..scope.start + named.len())
    };
    let mut scope = named_before(at)?;
    if scope.is_empty() {
        // `贸易商，一律不接受`.
        let before = text.get(floor..scope.start)?.strip_suffix(',')?;
        scope = named_before(floor + before.len()).filter(|scope| !scope.is_empty())?;
    }
    let named = text.get(scope.clone())?;
    // `非304不可` is a must, and so is `缺304不可`.
    let is_must = text.get(at..at + len) == Some("不可") && named.starts_with(['非', '缺']);
    let is_own = PRESENT.iter().any(|word| named.contains(word));
    (!is_must && !is_own).then_some(Exclusion { kind, range: scope.start..at + len, scope })
}

/// Reads words at the start of a text that exclude what stands before them: how long they are, and what they mean.
fn marker_behind(rest: &str) -> Option<(usize, ExclusionKind)> {
    let ends = |len: usize| {
        rest.get(len..).is_some_and(|rest| rest.is_empty() || rest.starts_with(|c| is_end(c) || matches!(c, ')' | ' ')))
    };
    if let Some(word) = REPLACING.iter().find(|word| rest.starts_with(**word)) {
        return Some((word.len(), Forbidden));
    }
    let suffixes = SUFFIXES.iter().filter(|(word, _)| rest.starts_with(word) && ends(word.len()));
    if let Some((word, kind)) = suffixes.max_by_key(|(word, _)| word.len()) {
        return Some((word.len(), *kind));
    }
    if let Some(word) = UNMET.iter().find(|word| rest.starts_with(**word)) {
        let end = scope_end(rest, word.len());
        let is_demand = rest.get(word.len()..end).is_some_and(|what| DEMANDS.iter().any(|word| what.ends_with(word)));
        return (is_demand && ends(end)).then_some((end, Forbidden));
    }
    if let Some(outside) = rest.strip_prefix("不在") {
        let what = outside.get(..scope_end(outside, 0))?;
        let bare = what.strip_suffix("之内").or_else(|| what.strip_suffix('内')).unwrap_or(what);
        let len = "不在".len() + what.len();
        return (bare.ends_with("范围") && ends(len)).then_some((len, Forbidden));
    }
    let prefixes = PREFIXES.iter().filter(|(word, _)| rest.starts_with(word));
    let (word, kind) = prefixes.max_by_key(|(word, _)| word.len())?;
    let tails = std::iter::once(&"").chain(DOING).map(|tail| (word.len() + tail.len(), tail));
    let mut whole = tails.filter(|(len, tail)| rest.get(word.len()..*len) == Some(**tail) && ends(*len));
    whole.next().map(|(len, _)| (len, *kind))
}

/// Returns where the clause begins that ends at a place, but not before `floor`.
fn clause_start(text: &str, at: usize, floor: usize) -> usize {
    let before = text.get(floor..at).unwrap_or("");
    let mut depth = 0_u32;
    let mut start = at;
    for (offset, c) in before.char_indices().rev().take(SCOPE_CHARS_MAX) {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => break,
            '(' => depth -= 1,
            _ if depth == 0 && is_end(c) => break,
            _ => {}
        }
        start = floor + offset;
    }
    start
}

fn is_end(c: char) -> bool {
    matches!(c, ',' | ';' | '。' | ':' | '!' | '?')
}

/// Returns where the words end that start at `start`: at the next stop, at a bracket that closes, at `的`.
fn scope_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let mut depth = 0_u32;
    let mut n_chars = 0;
    for (offset, c) in rest.char_indices() {
        let closes = c == ')' && depth == 0;
        n_chars += 1;
        if is_end(c) || closes || n_chars > SCOPE_CHARS_MAX || (depth == 0 && c == '的' && offset > 0) {
            return start + offset;
        }
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Drops the spaces around a scope; `None` if nothing remains.
fn trim(text: &str, scope: Range<usize>) -> Option<Range<usize>> {
    let inside = text.get(scope.clone())?;
    let bare = inside.trim_matches(' ');
    let start = scope.start + (inside.len() - inside.trim_start_matches(' ').len());
    (!bare.is_empty()).then(|| start..start + bare.len())
}

/// Says whether the character at a place belongs to a word that excludes nothing.
fn is_inside_word(text: &str, at: usize, words: &BTreeSet<String>) -> bool {
    let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return false };
    let all = WORDS.iter().copied().chain(words.iter().map(String::as_str));
    all.filter(|word| word.contains(c)).any(|word| {
        word.match_indices(c).any(|(offset, _)| {
            at.checked_sub(offset).and_then(|start| text.get(start..)).is_some_and(|rest| rest.starts_with(word))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::normal::normalise;

    fn found(raw: &str) -> String {
        let text = normalise(raw);
        let words = BTreeSet::from(["非标件".to_owned(), "无缝钢管".to_owned(), "除尘滤袋".to_owned()]);
        let write = |one: &Exclusion| {
            let mark = match one.kind {
                Forbidden => '!',
                NotNeeded => '-',
                Lacking => '~',
                Unable => '_',
            };
            format!("{mark}{} [{}]", &text[one.scope.clone()], &text[one.range.clone()])
        };
        find_exclusions(&text, &words).iter().map(write).collect::<Vec<String>>().join(" ")
    }

    #[test]
    fn exclusions_have_a_scope() {
        for (text, expected) in [
            ("不接受贸易商", "!贸易商 [不接受贸易商]"),
            ("不接受联合体投标。", "!联合体投标 [不接受联合体投标]"),
            ("限山东企业，非贸易商；", "!贸易商 [非贸易商]"),
            ("代理商勿扰", "!代理商 [代理商勿扰]"),
            ("长期合作，代理商、贸易商勿扰。", "!代理商、贸易商 [代理商、贸易商勿扰]"),
            ("报价不含税", "-税 [不含税]"),
            ("不含安装，含运费", "-安装 [不含安装]"),
            ("除进口品牌外均可", "!进口品牌 [除进口品牌外]"),
            ("除了西门子以外，其他品牌可选", "!西门子 [除了西门子以外]"),
            ("控制器禁用西门子、三菱，国产优先", "!西门子、三菱 [禁用西门子、三菱]"),
            ("严禁使用回收料", "!回收料 [严禁使用回收料]"),
            ("不接受进口的轴承", "!进口 [不接受进口]"),
            ("无需ISO9001", "-iso9001 [无需iso9001]"),
            ("IP65(不满足IP67)，室外", "~ip67 [不满足ip67]"),
            ("不接受(二手)设备，", "!(二手)设备 [不接受(二手)设备]"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_excluded_may_stand_before_the_words_that_exclude_it() {
        for (text, expected) in [
            ("原料药级，化妆品级、食品级不可。", "!化妆品级、食品级 [化妆品级、食品级不可]"),
            ("P5级及以下不接受。", "!p5级及以下 [p5级及以下不接受]"),
            ("8英寸及以下尺寸不满足", "!8英寸及以下尺寸 [8英寸及以下尺寸不满足]"),
            ("3+2定位不予考虑；", "!3+2定位 [3+2定位不予考虑]"),
            ("贸易商不接受", "!贸易商 [贸易商不接受]"),
            ("贸易商不得投标", "!贸易商 [贸易商不得投标]"),
            ("201材质不行", "!201材质 [201材质不行]"),
            ("3+2定位机型不满足要求。", "!3+2定位机型 [3+2定位机型不满足要求]"),
            ("钢骨架不满足减重要求", "!钢骨架 [钢骨架不满足减重要求]"),
            ("塑料机壳不在范围内。", "!塑料机壳 [塑料机壳不在范围内]"),
            ("NCA不在本次采购范围", "!nca [nca不在本次采购范围]"),
            ("浓缩蛋白(65-70%)不能代替", "!浓缩蛋白(65-70%) [浓缩蛋白(65-70%)不能代替]"),
            ("感应淬火不能代替渗碳", "!感应淬火 [感应淬火不能代替]"),
            ("贸易商、代理商一律不接受", "!贸易商、代理商 [贸易商、代理商一律不接受]"),
            ("省内优先，贸易商，一律不接受", "!贸易商 [贸易商,一律不接受]"),
            ("石墨板厚度大，本项目不采用。", "!石墨板厚度大 [石墨板厚度大,本项目不采用]"),
            ("西门子禁用", "!西门子 [西门子禁用]"),
            ("圆捆机不适用", "!圆捆机 [圆捆机不适用]"),
            ("经验不要求", "-经验 [经验不要求]"),
            ("(P5级不可)", "!p5级 [p5级不可]"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_excluded() {
        for (text, expected) in [
            ("P5级，暂不能做P4级。", "_做p4级 [暂不能做p4级]"),
            ("不能生产8英寸", "_生产8英寸 [不能生产8英寸]"),
            ("车辆用板材，不做型材", "~型材 [不做型材]"),
            ("无法加工直径500mm以上", "_加工直径500mm以上 [无法加工直径500mm以上]"),
            ("暂不支持五轴联动", "_支持五轴联动 [暂不支持五轴联动]"),
            ("尚未通过IATF16949认证", "_通过iatf16949认证 [尚未通过iatf16949认证]"),
            ("正在申请ISO9001", "_iso9001 [正在申请iso9001]"),
            ("ISO9001申请中", "_iso9001 [iso9001申请中]"),
            ("P4级暂不能做", "_p4级 [p4级暂不能做]"),
            ("五轴联动暂不支持，", "_五轴联动 [五轴联动暂不支持]"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn limits_and_words_exclude_nothing() {
        for text in [
            "",
            "不低于5mm",
            "不得低于5mm",
            "不允许低于5mm",
            "不少于3家",
            "不超过200万",
            "不大于5",
            "304不锈钢",
            "无缝钢管",
            "非标件加工",
            "无纺布、非织造布",
            "无损检测",
            "非晶合金",
            "非屏蔽双绞线",
            "除尘器外壳",
            "去除外圈",
            "除ISO9001外，还须IATF16949",
            "除另有规定外，",
            "除非另行约定",
            "不限地区",
            "产地没有限制",
            "除尘滤袋外,",
            "不接受",
            "不接受，",
            "不可燃气体",
            "不可逆",
            "核心部件不可或缺",
            "两项缺一不可",
            "非304不可",
            "产地、品牌不限",
            "不能低于5mm",
            "不能迟于2026年",
            "现有工艺不满足要求",
            "一律不接受",
        ] {
            assert_eq!(found(text), "", "{text}");
        }
    }

    #[test]
    fn a_long_text_is_read_in_linear_time() {
        for part in ["a不可", "不满足", "不在", "不接受", "除", "除外", "勿扰", "不", "非", "不接受,", "除a外,"]
        {
            let _ = find_exclusions(&part.repeat(20_000), &BTreeSet::from(["除尘滤袋".to_owned()]));
        }
    }

    proptest! {
        #[test]
        fn ranges_ascend_and_lie_in_the_text(
            text in "\\PC{0,40}|(不接受|非|除|外|贸易商|勿扰|不可|不满足|要求|不在|范围|暂不能|做|,|;|的|\\(|\\)|无需| |a|不|锈钢){0,14}",
        ) {
            let text = normalise(&text);
            let mut end = 0;
            for one in find_exclusions(&text, &BTreeSet::from(["非标件".to_owned()])) {
                prop_assert!(one.range.start >= end && one.range.start < one.range.end, "{text}");
                prop_assert!(one.range.start <= one.scope.start && one.scope.end <= one.range.end, "{text}");
                prop_assert!(text.get(one.range.clone()).is_some() && text.get(one.scope).is_some(), "{text}");
                end = one.range.end;
            }
        }
    }
}
