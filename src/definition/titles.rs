//! What stands around the name of a thing in a title without telling what the thing is (`关于轴承的采购需求`, `采购轴承一批`),
//! and what stands before a name and makes it another thing (`玩具轮胎`). It knows no products: whether a name with less
//! around it is one, the graph or a comparison says.

use crate::definition::titles_file::TitlesFile;

/// What stands around names, longest first where one may begin or end another.
#[derive(Debug, Clone, Default)]
pub struct Titles {
    ends: Vec<String>,
    manners: Vec<String>,
    owners: Vec<String>,
    causes: Vec<String>,
    counts: Vec<String>,
    /// Those of what is counted too.
    amounts: Vec<String>,
    lots: Vec<String>,
    /// Each with what follows it where it is part of a name.
    starts: Vec<(String, Vec<String>)>,
    other_anywhere: Vec<String>,
    other_whole: Vec<String>,
    other_unless: Vec<String>,
}

/// A name has so many characters at least, else what stands around it is part of it.
const NAME_CHARS_MIN: usize = 2;
/// What joins a name and what stands around it.
const JOINTS: [char; 10] = ['的', '：', ':', '，', ',', '、', '－', '-', '—', '/'];
/// The brackets around a lot, and its number.
const OPEN: [char; 2] = ['（', '('];
const CLOSED: [char; 2] = ['）', ')'];
const NUMERALS: &str = "0123456789０１２３４５６７８９〇零一二三四五六七八九十";
/// What may stand between a number and its unit, before a number, and behind a unit.
const MULTIPLES: [char; 6] = ['万', '千', '百', '余', '多', '几'];
const ABOUT: [&str; 3] = ["约", "共", "各"];
const PER: [&str; 6] = ["/年", "/月", "每年", "每月", "／年", "／月"];
const YEAR_DIGITS: usize = 4;
/// Parts of a year.
const PARTS_OF_YEAR: [&str; 8] = ["年度", "年", "月份", "月", "季度", "上半年", "下半年", "全年"];

impl Titles {
    /// Validates the declared words.
    pub(super) fn build(file: &TitlesFile) -> Result<Self, String> {
        let starts = file.start.iter();
        let mut starts: Vec<(String, Vec<String>)> =
            starts.flat_map(|start| start.words.iter().map(|word| (word.clone(), start.unless.clone()))).collect();
        starts.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        let amounts: Vec<String> = file.counts.iter().chain(&file.amounts).cloned().collect();
        let titles = Self {
            ends: longest_first(&file.ends)?,
            manners: longest_first(&file.manners)?,
            owners: longest_first(&file.owners)?,
            causes: longest_first(&file.causes)?,
            counts: longest_first(&file.counts)?,
            amounts: longest_first(&amounts)?,
            lots: longest_first(&file.lots)?,
            other_anywhere: longest_first(&file.other.anywhere)?,
            other_whole: longest_first(&file.other.whole)?,
            other_unless: longest_first(&file.other.unless)?,
            starts,
        };
        longest_first(&titles.starts.iter().map(|(word, _)| word.clone()).collect::<Vec<String>>())?;
        Ok(titles)
    }

    /// Lists a name as written, then with ever less of what stands around it; the last one is bare. Never empty; what is
    /// nothing but such words ends with an empty name.
    ///
    /// # Complexity
    /// O(declared words x words taken off).
    pub fn forms<'n>(&self, raw: &'n str) -> Vec<&'n str> {
        let mut forms = vec![raw.trim()];
        while let Some(shorter) = forms.last().and_then(|name| self.shorter(name)) {
            forms.push(shorter);
        }
        forms
    }

    /// Takes everything that stands around a name off it.
    pub fn bare<'n>(&self, raw: &'n str) -> &'n str {
        self.forms(raw).last().copied().unwrap_or_default()
    }

    /// Finds the words before a name that make it another thing.
    pub fn other_thing(&self, before: &str) -> Option<&str> {
        let before = before.trim();
        let whole = self.other_whole.iter().find(|word| before == word.as_str());
        let anywhere = || {
            let rest = self.other_unless.iter().fold(before.to_owned(), |rest, word| rest.replace(word.as_str(), " "));
            self.other_anywhere.iter().find(|word| rest.contains(word.as_str()))
        };
        whole.or_else(anywhere).map(String::as_str)
    }

    /// Takes one thing off; always gives less than it was given.
    fn shorter<'n>(&self, name: &'n str) -> Option<&'n str> {
        let rest = self.without_start(name).or_else(|| self.without_time(name)).or_else(|| self.without_owner(name));
        let rest = rest.filter(|rest| is_name(rest) && rest.len() < name.len());
        rest.or_else(|| self.without_end(name)).or_else(|| self.without_amount(name)).or_else(|| self.without_lot(name))
    }

    /// Takes a word for asking or offering off the beginning, with how it is done and why.
    fn without_start<'n>(&self, name: &'n str) -> Option<&'n str> {
        if let Some(rest) = self.after_start(name).or_else(|| self.after_count(name)) {
            return Some(rest);
        }
        let mut behind = name;
        while let Some(rest) = self.manners.iter().find_map(|manner| behind.strip_prefix(manner.as_str())) {
            behind = rest.trim_start();
            if let Some(rest) = self.after_start(behind) {
                return Some(rest);
            }
        }
        self.causes.iter().find(|cause| name.starts_with(cause.as_str()))?;
        let places: Vec<usize> = name.char_indices().map(|(place, _)| place).skip(1).collect();
        let mut rests = places.into_iter().rev().filter_map(|place| self.after_start(name.get(place..)?));
        rests.find(|rest| is_name(rest) && !is_name_of_none(self, rest))
    }

    fn after_start<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (start, unless) = self.starts.iter().find(|(start, _)| name.starts_with(start.as_str()))?;
        let rest = name.strip_prefix(start.as_str())?.trim_start_matches(JOINTS).trim_start();
        (is_name(rest) && !unless.iter().any(|word| rest.starts_with(word.as_str()))).then_some(rest)
    }

    fn after_count<'n>(&self, name: &'n str) -> Option<&'n str> {
        let rest = name.trim_start_matches(is_digit);
        let counted = rest.trim_start_matches(MULTIPLES);
        let rest = self.counts.iter().find_map(|unit| counted.strip_prefix(unit.as_str()))?;
        (counted.len() < name.len() && name.starts_with(is_digit))
            .then_some(rest.trim_start_matches(JOINTS).trim_start())
    }

    /// Takes a year and its parts off the beginning.
    fn without_time<'n>(&self, name: &'n str) -> Option<&'n str> {
        let numbered = name.strip_prefix('第').unwrap_or(name);
        let rest =
            numbered.trim_start_matches(|c| NUMERALS.contains(c)).trim_start_matches(['-', '—', '至', '~', '～']);
        let rest = rest.trim_start_matches(|c| NUMERALS.contains(c));
        let has_number = rest.len() < numbered.len();
        let part = PARTS_OF_YEAR.iter().find(|part| rest.starts_with(**part))?;
        // `年轮`, `月饼` and `三年陈醋` begin with no time: a year has four digits.
        let is_time = match *part {
            "年度" | "年" => numbered.chars().take_while(|c| NUMERALS.contains(*c)).count() == YEAR_DIGITS,
            "月" => name.starts_with(is_digit),
            "月份" | "季度" => has_number,
            _ => true,
        };
        is_time.then(|| rest.strip_prefix(*part).unwrap_or(rest).trim_start_matches(JOINTS).trim_start())
    }

    /// Takes whose it is off the beginning.
    fn without_owner<'n>(&self, name: &'n str) -> Option<&'n str> {
        let behind = self.owners.iter().filter_map(|owner| Some((name.rfind(owner.as_str())?, owner.len())));
        let (place, length) = behind.max()?;
        let rest = name.get(place + length..)?.trim_start_matches(JOINTS).trim_start();
        (place > 0).then_some(rest)
    }

    fn without_end<'n>(&self, name: &'n str) -> Option<&'n str> {
        let shorter = self.ends.iter().find_map(|end| name.strip_suffix(end.as_str()))?;
        Some(shorter.trim_end().trim_end_matches(JOINTS).trim_end())
    }

    /// Takes a quantity off the end; a number that belongs to a model (`6208套`) is none.
    fn without_amount<'n>(&self, name: &'n str) -> Option<&'n str> {
        let name = PER.iter().find_map(|per| name.strip_suffix(per)).unwrap_or(name);
        let counted = self.amounts.iter().find_map(|unit| name.strip_suffix(unit.as_str()))?;
        let number = counted.trim_end().trim_end_matches(MULTIPLES);
        let rest = number.trim_end_matches(|c| is_digit(c) || matches!(c, '.' | ','));
        let of_model = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '*' | '×' | 'x' | '~' | '～');
        if rest.len() == number.len() || rest.ends_with(of_model) {
            return None;
        }
        let rest = ABOUT.iter().find_map(|about| rest.strip_suffix(about)).unwrap_or(rest);
        Some(rest.trim_end().trim_end_matches(JOINTS).trim_end()).filter(|rest| is_name(rest))
    }

    /// Takes the number of a lot off the end.
    fn without_lot<'n>(&self, name: &'n str) -> Option<&'n str> {
        let inside = name.strip_suffix(CLOSED).and_then(|open| Some((open.rfind(OPEN)?, open)));
        let (rest, lot) = match inside {
            Some((place, open)) => (name.get(..place)?, open.get(place..)?.trim_start_matches(OPEN)),
            None => name.split_at_checked(name.rfind('第')?)?,
        };
        let numbered = self.lots.iter().find_map(|unit| lot.strip_suffix(unit.as_str()))?;
        let number = numbered.trim_start_matches('第');
        let is_lot = !number.is_empty() && number.chars().all(|c| NUMERALS.contains(c));
        is_lot.then(|| rest.trim_end()).filter(|rest| is_name(rest))
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '\u{ff10}'..='\u{ff19}')
}

fn is_name(name: &str) -> bool {
    name.chars().nth(NAME_CHARS_MIN - 1).is_some()
}

/// Says whether nothing but what stands around names is left.
fn is_name_of_none(titles: &Titles, name: &str) -> bool {
    titles.bare(name).is_empty()
}

/// Orders words so that the longest of several comes first; a word that is empty or declared twice is a mistake.
fn longest_first(words: &[String]) -> Result<Vec<String>, String> {
    let mut words = words.to_vec();
    words.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
    if let Some(word) = words.iter().find(|word| word.trim().is_empty()) {
        return Err(format!("词“{word}”是空的"));
    }
    match words.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => Err(format!("词“{}”重复", pair.first().map_or("", String::as_str))),
        None => Ok(words),
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::Definition;

    /// What is asked for, and how offices write it.
    const ASKED: [(&str, &[&str]); 12] = [
        (
            "旋翼总成",
            &[
                "旋翼总成",
                "旋翼总成采购",
                "关于旋翼总成的采购需求",
                "采购旋翼总成一批",
                "寻找旋翼总成供应商",
                "旋翼总成配套",
                "旋翼总成一批",
                "采购旋翼总成",
                "求购旋翼总成",
                "需要旋翼总成",
                "2026年度旋翼总成采购项目",
                "旋翼总成供应商",
            ],
        ),
        ("密封件", &["关于采购密封件的公告", "急需密封件500套", "拟采购密封件一批", "我公司现需采购密封件约2万件/年"]),
        ("密封件", &["示例重工有限公司2026年第二季度密封件采购项目（第二批）", "示例机械有限公司关于采购密封件的公告"]),
        ("密封件", &["因扩产需要采购密封件", "生产所需的密封件采购", "为二期项目公开招标采购密封件", "密封件20吨"]),
        ("密封件", &["长期采购：密封件", "200件密封件求购", "密封件年度框架协议采购（2026年）", "2026年3月密封件招标"]),
        ("采购管理软件", &["采购管理软件"]),
        ("供应链金融", &["供应链金融服务"]),
        ("10吨叉车", &["采购10吨叉车3台"]),
        ("电容C0603", &["电容C0603"]),
        ("月饼", &["月饼采购"]),
        ("三年陈醋", &["三年陈醋"]),
        ("四件套", &["四件套一批"]),
    ];

    #[test]
    fn a_name_is_bare_however_offices_frame_it() {
        let titles = Definition::compiled().expect("valid").titles;
        for (name, framed) in ASKED {
            for raw in framed {
                assert_eq!(titles.bare(raw), name, "{raw}: {:?}", titles.forms(raw));
            }
        }
        assert_eq!(titles.bare("采购项目"), "", "nothing is named");
    }

    #[test]
    fn every_form_is_kept_since_what_is_taken_off_may_be_part_of_a_name() {
        let titles = Definition::compiled().expect("valid").titles;
        assert_eq!(titles.forms("数控系统采购"), ["数控系统采购", "数控系统", "数控"]);
        assert_eq!(titles.forms("轮胎"), ["轮胎"]);
    }

    #[test]
    fn some_words_before_a_name_make_it_another_thing() {
        let titles = Definition::compiled().expect("valid").titles;
        for before in ["玩具", "儿童玩具", "模型", "二手进口", "不含", "拆", "废旧"] {
            assert!(titles.other_thing(before).is_some(), "{before}");
        }
        for before in ["", "防爆", "大模型", "拆装", "非标", "无人机", "废气"] {
            assert_eq!(titles.other_thing(before), None, "{before}");
        }
    }
}
