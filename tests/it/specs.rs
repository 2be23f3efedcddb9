//! What a demand insists on, prefers, forbids and does not need, in running text, against what catalogues state.

use std::fs;

use serde_json::Value;

use crate::support::Place;

const DEMANDS: &str = "\
编号,企业名称,需求名称,产品名称,技术要求
XQ1,示例机电有限公司,伺服电机采购,伺服电机,\"额定功率须不小于5kW，防护等级必须IP65及以上；工作温度-20℃~60℃，噪声≤60dB优先；禁用西门子，不接受贸易商，无需安装\"
";

// One row for each thing that the demand says.
const SUPPLIES: &str = "\
编号,企业名称,产品名称,品牌,供应商类型,技术参数,产品说明
GY1,示例甲电机有限公司,伺服电机,示例甲,生产商,\"额定功率7.5kW，IP67，工作温度-40~85℃，噪声55dB\",可替代西门子同类产品
GY2,示例乙电机有限公司,伺服电机,示例乙,生产商,\"额定功率3kW，IP65\",现货
GY3,示例丙电机有限公司,伺服电机,示例丙,生产商,\"额定功率7.5kW，IP54\",现货
GY4,示例丁机电有限公司,伺服电机,西门子,生产商,\"额定功率7.5kW，IP65\",现货
GY5,示例戊商贸有限公司,伺服电机,示例戊,经销商,\"额定功率7.5kW，IP65\",现货
GY6,示例己电机有限公司,伺服电机,,生产商,\"工作温度-10~85℃\",\"噪声70dB，可提供安装\"
";

fn answer() -> Value {
    let place = Place::new();
    for (name, text) in [("采购需求.csv", DEMANDS), ("供应目录.csv", SUPPLIES)] {
        fs::write(place.folder().join(name), text).unwrap();
        place.json(0, &["import", name]);
    }
    place.json(0, &["match", "--demand", "XQ1", "--all", "--top", "30"])
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[test]
fn who_is_sure_not_to_fit_is_refused_and_who_says_nothing_is_to_be_verified() {
    let answer = answer();
    let refused = list(&answer["refused"]).iter();
    let refused: Vec<String> = refused.map(|one| format!("{} {}", one["rule"], one["count"])).collect();
    assert_eq!(refused, ["\"specs\" 2", "\"excluded\" 2"], "GY2 and GY3; GY4 and GY5");
    let lines = list(&answer["matches"]).iter().map(|found| {
        let of = |rule: &str| list(&found["rules"]).iter().find(|one| one["rule"] == rule);
        let text = |rule: &str| {
            let one = of(rule).unwrap();
            format!("{}: {}", one["verdict"].as_str().unwrap(), one["detail"].as_str().unwrap())
        };
        format!("{}\n{}\n{}", found["id"].as_str().unwrap(), text("specs"), text("excluded"))
    });
    insta::assert_snapshot!(lines.collect::<Vec<String>>().join("\n"), @r"
    P2:catalog:GY1
    met: 必须满足，都对上了：额定功率：需不小于5kW，供7.5kW；IP67（高于IP65）
    unknown: 不接受西门子；供应方提到，请人工核对
    P7:catalog:GY6
    unknown: 必须满足，供应方未写明：额定功率：不小于5kW；IP65
    met: 不接受贸易商；供应方是生产商
    ");
}

#[test]
fn the_reason_names_both_values() {
    let answer = answer();
    let reasons = list(&answer["matches"]).iter().map(|found| {
        let part = list(&found["contributions"]).iter().find(|part| part["feature"] == "specs").unwrap();
        format!("{} {} {}", found["id"].as_str().unwrap(), part["value"], part["reason"].as_str().unwrap())
    });
    insta::assert_snapshot!(reasons.collect::<Vec<String>>().join("\n"), @r"
    P2:catalog:GY1 1.0 都对上了：额定功率：需不小于5kW，供7.5kW；IP67（高于IP65）；工作温度：需-20℃~60℃，供-40~85℃；噪声：需≤60dB，供55dB
    P7:catalog:GY6 0.3333 不符：工作温度：需-20℃~60℃，供-10~85℃；噪声：需≤60dB，供70dB。未见：额定功率：不小于5kW；IP65
    ");
    // What is not needed is no word that a supply could share.
    let terms = list(&answer["matches"]).iter().map(|found| found["evidence"]["terms"].to_string());
    assert!(!terms.collect::<String>().contains("安装"), "{answer}");
}
