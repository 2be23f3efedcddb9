//! Drafting a mapping for a table whose headers are not all known.

use crate::definition::Kind;
use crate::intake::header::{Header, missing_required};

/// Drafts a mapping for a table: recognised columns as they are, the others as comments to be filled in.
pub fn suggest_mapping(kind: &Kind, header: &Header) -> String {
    let mut text = format!("# {}的列映射；改好后用 import --mapping 引用本文件。\n", kind.label);
    text.push_str(&format!("kind = {}\n\n[columns]\n", quoted(&kind.name)));
    for column in &header.columns {
        let place = quoted(&column.header);
        match &column.column {
            Some(declared) => text.push_str(&format!("{} = {place}  # {}\n", declared.name, declared.label)),
            None if column.ignored => {}
            None => text.push_str(&format!("# ？ = {place}  # 没有认出；把 ？ 换成下面列出的列名，或留着不导入\n")),
        }
    }
    text.push_str("\n# 表中没有、但每行都相同的值：\n[constants]\n");
    for column in missing_required(kind, header, None) {
        text.push_str(&format!("# {} = \"\"  # {}（必填）\n", column.name, column.label));
    }
    text.push_str(
        "\n# 把某些写法当作另一种写法来读，例如：\n# [rewrites.region]\n# \"泉城\" = \"济南市\"\n\n# 可用的列：\n",
    );
    for column in &kind.columns {
        text.push_str(&format!("#   {}  {}\n", column.name, column.label));
    }
    text
}

/// Writes a TOML basic string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
