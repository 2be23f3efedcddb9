//! Kinds of records and their columns: what a table of a kind looks like, how its cells are read, and who sees them.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::definition::file::{ColumnFile, KindFile};
use crate::normal::key;

/// What a kind of record is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// The parties themselves.
    Party,
    /// A dated fact about a party.
    Fact,
    /// A posting that asks for something.
    Demand,
    /// A posting that offers something.
    Supply,
    /// A part of the supply-chain graph; belongs to no party.
    Chain,
    /// Something between two parties.
    Between,
}

impl Role {
    /// Every role with its name in `index/`.
    const NAMES: [(Self, &'static str); 6] = [
        (Self::Party, "party"),
        (Self::Fact, "fact"),
        (Self::Demand, "demand"),
        (Self::Supply, "supply"),
        (Self::Chain, "chain"),
        (Self::Between, "between"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(role, _)| *role)
    }

    /// Says whether records of this role are postings: demands and supplies, which have a life and are matched.
    pub fn is_posting(self) -> bool {
        matches!(self, Self::Demand | Self::Supply)
    }
}

/// Who may see a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody; the only columns that are searched, counted and highlighted.
    Public,
    /// The other side, once both sides have agreed.
    Consented,
    /// Nobody but the owner; rules read it, and the other side sees met, unmet or unknown.
    Matched,
    /// Nobody but the owner, and no rule reads it.
    Private,
}

impl Visibility {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::Public, "public"),
        (Self::Consented, "consented"),
        (Self::Matched, "matched"),
        (Self::Private, "private"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(visibility, _)| *visibility)
    }
}

/// How the cells of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// The full name of the row's own party.
    PartyName,
    /// A unified social credit code.
    Uscc,
    /// The record's own number, unique for its party and kind.
    Code,
    /// One line of text.
    Text,
    /// Running text of many lines.
    LongText,
    /// Texts separated by a comma, a semicolon, an enumeration comma or a line break.
    List,
    /// One of the declared options.
    Choice,
    /// Several of the declared options.
    ChoiceList,
    /// Yes or no.
    Flag,
    /// A number or a range of numbers.
    Number,
    /// A number that may be told as a percentage, then kept as a fraction of 1.
    Figure,
    /// A percentage, kept as a fraction of 1.
    Percent,
    /// An amount of money or a range.
    Money,
    /// A quantity with a unit or a range.
    Quantity,
    /// A civil day.
    Date,
    /// A last day, or none.
    Deadline,
    /// A reporting period.
    Period,
    /// A place.
    Region,
    /// Where something is made: a place, or abroad; what cannot be read leaves it open.
    Origin,
    /// Several places.
    RegionList,
    /// Places asked for, hard or soft.
    RegionWish,
    /// A code or a name of GB/T 4754-2017.
    Industry,
    /// Names of certificates.
    Certificates,
    /// Another party, by full name or credit code.
    PartyRef,
    /// A way to reach somebody; stored apart and never indexed.
    Contact,
    /// A web address.
    Url,
}

impl ColumnType {
    const NAMES: [(Self, &'static str); 26] = [
        (Self::PartyName, "party_name"),
        (Self::Uscc, "uscc"),
        (Self::Code, "code"),
        (Self::Text, "text"),
        (Self::LongText, "long_text"),
        (Self::List, "list"),
        (Self::Choice, "choice"),
        (Self::ChoiceList, "choice_list"),
        (Self::Flag, "flag"),
        (Self::Number, "number"),
        (Self::Figure, "figure"),
        (Self::Percent, "percent"),
        (Self::Money, "money"),
        (Self::Quantity, "quantity"),
        (Self::Date, "date"),
        (Self::Deadline, "deadline"),
        (Self::Period, "period"),
        (Self::Region, "region"),
        (Self::Origin, "origin"),
        (Self::RegionList, "region_list"),
        (Self::RegionWish, "region_wish"),
        (Self::Industry, "industry"),
        (Self::Certificates, "certificates"),
        (Self::PartyRef, "party_ref"),
        (Self::Contact, "contact"),
        (Self::Url, "url"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(column_type, _)| *column_type)
    }

    /// Says whether a column of this type takes its values from declared options.
    pub fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::ChoiceList)
    }
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceOption {
    /// The English name.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// Other texts that mean it.
    pub aliases: Vec<String>,
}

/// One column of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The English name, unique in its kind.
    pub name: String,
    /// The Chinese label, the header of templates.
    pub label: String,
    /// Other headers that mean this column.
    pub aliases: Vec<String>,
    /// How cells are read.
    pub column_type: ColumnType,
    /// Whether a row without it is refused.
    pub required: bool,
    /// The name of a column whose text stands in where this one is empty.
    pub falls_back_to: Option<String>,
    /// The unit of bare numbers.
    pub unit: Option<String>,
    /// Whether an amount of money may be negative: a return, a loss.
    pub signed: bool,
    /// Whether a row with a word that is none of a choice's options is kept, the word counting as not told.
    pub open: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// A note for the person who fills in the template.
    pub note: String,
    /// What the example row of the template holds.
    pub example: String,
    /// The options of a choice.
    pub options: Vec<ChoiceOption>,
}

impl Column {
    /// Returns the header of templates: the label, with the unit of bare numbers in brackets.
    pub fn header(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{}（{unit}）", self.label),
            None => self.label.clone(),
        }
    }

    /// Finds the option that `text` means, by name, label or alias.
    pub fn option(&self, text: &str) -> Option<&ChoiceOption> {
        let wanted = key(text);
        let means = |option: &&ChoiceOption| {
            [&option.name, &option.label].into_iter().chain(&option.aliases).any(|form| key(form) == wanted)
        };
        self.options.iter().find(means)
    }
}

/// One kind of record.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// The English name.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// Other sheet names that mean this kind.
    pub aliases: Vec<String>,
    /// What the kind is for.
    pub role: Role,
    /// Columns that identify a record of the same party when the table numbers nothing.
    pub identity: Vec<String>,
    /// Whether a row tells of more than its own party, so that who looks after one region may not bring it.
    pub tells_of_others: bool,
    /// A note for the person who fills in the template.
    pub note: String,
    /// The columns, in the order of the template.
    pub columns: Vec<Column>,
    by_name: FxHashMap<String, usize>,
    by_header: BTreeMap<String, usize>,
}

impl Kind {
    /// Validates a declared kind; on failure returns what is wrong, in Chinese.
    pub(super) fn build(file: KindFile, groups: &BTreeMap<String, Vec<ColumnFile>>) -> Result<Self, String> {
        let role = Role::parse(&file.role).ok_or_else(|| format!("未知的 role“{}”", file.role))?;
        let mut columns = shared_columns(&file.groups, groups)?;
        for column in file.column {
            columns.push(build_column(column)?);
        }
        columns.extend(shared_columns(&file.groups_after, groups)?);
        let names: BTreeSet<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        if let Some(missing) = file.identity.iter().find(|name| !names.contains(name.as_str())) {
            return Err(format!("identity 中的列“{missing}”不存在"));
        }
        let mut fallbacks = columns.iter().filter_map(|column| column.falls_back_to.as_deref());
        if let Some(missing) = fallbacks.find(|name| !names.contains(name)) {
            return Err(format!("falls_back_to 中的列“{missing}”不存在"));
        }
        let has_code = columns.iter().any(|c| c.column_type == ColumnType::Code);
        if file.identity.is_empty() && !has_code && role != Role::Party {
            return Err("既无 identity 也无编号列，无法辨认同一条记录".to_owned());
        }
        let by_header = index_headers(&columns)?;
        let by_name = columns.iter().enumerate().map(|(i, column)| (column.name.clone(), i)).collect();
        Ok(Self {
            name: file.kind,
            label: file.label,
            aliases: file.aliases,
            role,
            identity: file.identity,
            tells_of_others: file.tells_of_others,
            note: file.note,
            columns,
            by_name,
            by_header,
        })
    }

    /// Finds a column by its English name. O(columns).
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.by_name.get(name).and_then(|&i| self.columns.get(i))
    }

    /// Finds the column that a header means; `header_key` is the header after [`key`]. O(log n).
    pub fn column_by_header(&self, header_key: &str) -> Option<&Column> {
        self.by_header.get(header_key).and_then(|&i| self.columns.get(i))
    }

    /// Finds the first column of a type.
    pub fn column_of_type(&self, column_type: ColumnType) -> Option<&Column> {
        self.columns.iter().find(|column| column.column_type == column_type)
    }
}

fn shared_columns(names: &[String], groups: &BTreeMap<String, Vec<ColumnFile>>) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    for name in names {
        let group = groups.get(name).ok_or_else(|| format!("未声明的列组“{name}”"))?;
        for column in group {
            columns.push(build_column(column.clone())?);
        }
    }
    Ok(columns)
}

fn build_column(file: ColumnFile) -> Result<Column, String> {
    let name = file.name;
    let column_type =
        ColumnType::parse(&file.column_type).ok_or_else(|| format!("列 {name}：未知的 type“{}”", file.column_type))?;
    let visibility = Visibility::parse(&file.visibility)
        .ok_or_else(|| format!("列 {name}：未知的 visibility“{}”", file.visibility))?;
    if column_type.has_options() == file.option.is_empty() {
        return Err(format!("列 {name}：choice 类型须有选项，其他类型不得有"));
    }
    if column_type == ColumnType::Contact && visibility == Visibility::Public {
        return Err(format!("列 {name}：联系方式不得公开"));
    }
    if file.signed && column_type != ColumnType::Money {
        return Err(format!("列 {name}：signed 只用于 money 类型"));
    }
    if file.open && column_type != ColumnType::Choice {
        return Err(format!("列 {name}：open 只用于 choice 类型"));
    }
    let options = file.option.into_iter().map(|o| ChoiceOption { name: o.name, label: o.label, aliases: o.aliases });
    Ok(Column {
        name,
        label: file.label,
        aliases: file.aliases,
        column_type,
        required: file.required,
        falls_back_to: file.falls_back_to,
        signed: file.signed,
        open: file.open,
        unit: file.unit,
        visibility,
        note: file.note,
        example: file.example,
        options: options.collect(),
    })
}

fn index_headers(columns: &[Column]) -> Result<BTreeMap<String, usize>, String> {
    let mut by_header = BTreeMap::new();
    for (i, column) in columns.iter().enumerate() {
        let names: BTreeSet<String> =
            [&column.name, &column.label].into_iter().chain(&column.aliases).map(|form| key(form)).collect();
        for name in names {
            if let Some(former) = by_header.insert(name.clone(), i) {
                let other = columns.get(former).map_or("", |c| c.name.as_str());
                return Err(format!("表头“{name}”同时属于列 {other} 和 {}", column.name));
            }
        }
    }
    Ok(by_header)
}
