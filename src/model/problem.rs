//! What is wrong with one cell or row of an imported table.

/// Whether a problem keeps its row out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The row went in; something about it deserves a look.
    Notice,
    /// The row was kept out.
    Error,
}

/// One finding about an imported table; it names the place and says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The sheet, or the empty string for files without sheets.
    pub sheet: String,
    /// The row as the user's program counts it, from 1; 0 where no row is meant.
    pub row: u32,
    /// The column's header as the table has it, or the empty string.
    pub column: String,
    /// The offending value as written.
    pub value: String,
    /// What kind of finding it is.
    pub code: ProblemCode,
    /// What is wrong, in Chinese.
    pub message: String,
    /// What to write instead, in Chinese; may be empty.
    pub suggestion: String,
}

macro_rules! problem_codes {
    ($($variant:ident, $code:literal, $severity:ident, $meaning:literal;)*) => {
        /// The stable codes of problems, in the order in which the README lists them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ProblemCode {
            $(#[doc = concat!("`", $code, "`")] $variant,)*
        }

        impl ProblemCode {
            /// Every code, in README order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the stable English code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Says whether a problem of this code keeps its row out.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// Returns the short Chinese meaning shown in the README and in workbooks.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

problem_codes! {
    MissingValue, "missing_value", Error, "必填项为空";
    BadUscc, "bad_uscc", Error, "统一社会信用代码有误";
    BadChoice, "bad_choice", Error, "不在可选值之内";
    BadFlag, "bad_flag", Error, "应填“是”或“否”";
    BadNumber, "bad_number", Error, "不是可读的数字";
    BadMoney, "bad_money", Error, "不是可读的金额";
    BadQuantity, "bad_quantity", Error, "不是可读的数量";
    BadDate, "bad_date", Error, "不是可读的日期";
    BadPeriod, "bad_period", Error, "不是可读的期间";
    UnknownRegion, "unknown_region", Error, "查不到的地区";
    UnknownIndustry, "unknown_industry", Error, "查不到的行业代码";
    CellError, "cell_error", Error, "单元格是公式错误值";
    TooLong, "too_long", Error, "内容过长";
    BadCharacter, "bad_character", Error, "含有不可用的控制字符";
    DuplicateInFile, "duplicate_in_file", Error, "同一编号在同一文件中内容不同";
    AmbiguousParty, "ambiguous_party", Error, "对应到两个主体";
    UnknownParty, "unknown_party", Error, "查不到的主体";
    ForeignParty, "foreign_party", Error, "不是这把钥匙可以改的单位或类别";
    BadRow, "bad_row", Error, "整行无法读取";
    UnknownKind, "unknown_kind", Error, "认不出是哪一类表";
    MissingColumn, "missing_column", Error, "缺少必填列";
    UnreadableFile, "unreadable_file", Error, "文件无法读取";
    Unlisted, "unlisted", Error, "问题太多，其余的没有列出";
    UnknownColumn, "unknown_column", Notice, "未登记的列，未导入";
    RepeatedColumn, "repeated_column", Notice, "与前面的列含义相同，只补前一列的空格";
    UnknownProduct, "unknown_product", Notice, "产品表里没有的产品，图谱里暂不用";
    UnknownCertificate, "unknown_certificate", Notice, "未登记的资质，按原文保存";
    UnclearCertificate, "unclear_certificate", Notice, "看不出是否具备的资质，不作为具备";
    Reopened, "reopened", Notice, "已撤回的信息重新生效";
    UnknownUnit, "unknown_unit", Notice, "未登记的单位，按未知处理";
    UnclearWish, "unclear_wish", Notice, "读不懂的地区要求，按未知处理";
    UnclearChoice, "unclear_choice", Notice, "不在可选值之内，按没有填处理";
    UnclearOrigin, "unclear_origin", Notice, "读不懂的产地，按不明处理";
    NameDiffers, "name_differs", Notice, "名称与已登记的不同";
    SameName, "same_name", Notice, "与已登记的主体同名，代码不同";
    SimilarName, "similar_name", Notice, "与已登记的名称相近";
    ReplaceSkipped, "replace_skipped", Notice, "全量替换没有撤回旧信息";
    NoteRow, "note_row", Notice, "说明、分组或合计行，未导入";
    EmptySheet, "empty_sheet", Notice, "没有数据的工作表";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_snake_case() {
        let codes: BTreeSet<&str> = ProblemCode::ALL.iter().map(|c| c.code()).collect();
        assert_eq!(codes.len(), ProblemCode::ALL.len());
        assert!(codes.iter().all(|c| c.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }
}
