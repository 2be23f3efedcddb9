//! What others hide is not found out by asking again and again with another limit.

use crate::http::Service;
use crate::support::Place;

/// How many postings that ask of hidden figures a party may bring or change within a day.
const ASKED_MAX: usize = 10;

#[test]
fn limits_on_what_others_hide_are_changed_a_few_times_a_day() {
    let place = Place::new();
    place.import("party", "企业名称,所在地区\n示例试探银行股份有限公司,山东省济南市\n示例机械有限公司,山东省青岛市\n");
    place.import(
        "debt_need",
        "编号,企业名称,融资需求名称,融资金额,上年营业收入\nD1,示例机械有限公司,流动资金贷款,500万元,31000万元\n",
    );
    let [bank, office] = [place.key(&["--role", "party", "--party", "P1"]), place.key(&["--role", "admin"])];
    let service = Service::start(&place);
    let cells = |limit: usize, name: &str| {
        format!(r#"{{"fields":{{"code":"L1","title":"流动资金贷款{name}","revenue_min":"{limit}万元"}}}}"#)
    };
    let posting = |limit: usize| cells(limit, "").replacen('{', r#"{"kind":"loan_product","party":"P1","#, 1);
    let reply = service.ask("POST", "/api/v1/postings", &bank, &posting(50_000));
    assert_eq!(reply.status, 201, "{}", reply.body);
    let path = "/api/v1/postings/P1:loan_product:L1";
    let change = |key: &str, limit: usize| service.ask("PUT", path, key, &cells(limit, ""));
    for i in 1..ASKED_MAX {
        let reply = change(&bank, 50_000 - i);
        assert_eq!(reply.status, 200, "{i}: {}", reply.body);
    }
    let reply = change(&bank, 30_000);
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (409, Some("limit")), "{}", reply.body);
    // Nor by a file; what asks nothing may change, and who looks after all has no such limit.
    let table = "编号,企业名称,产品名称,营业收入要求\nL2,示例试探银行股份有限公司,信用贷款,30000万元\n";
    let reply = service.ask("POST", "/api/v1/imports?filename=a.csv&kind=loan_product", &bank, table);
    assert_eq!(reply.status, 409, "{}", reply.body);
    let reply = service.ask("PUT", path, &bank, &cells(50_000 - ASKED_MAX + 1, "（线上）"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(change(&office, 30_000).status, 200);
}
