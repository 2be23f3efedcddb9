//! The office of a region brings parties of its own region, and whatever is theirs, and nobody else's.

use serde_json::Value;

use crate::http::{Reply, Service};
use crate::support::Place;

/// A service with a party elsewhere, and the key of an office of one city.
struct World {
    service: Service,
    key: String,
    _place: Place,
}

impl World {
    fn new() -> Self {
        let place = Place::new();
        place.import("party", "企业名称,所在地区\n示例外地有限公司,山东省济南市\n示例无址有限公司,\n");
        place.import("procurement", "编号,企业名称,需求名称,产品名称\nX1,示例外地有限公司,轴承采购,轴承\n");
        let key = place.key(&["--role", "organizer", "--region", "青岛市"]);
        Self { service: Service::start(&place), key, _place: place }
    }

    fn import(&self, kind: &str, table: &str) -> Reply {
        self.service.ask("POST", &format!("/api/v1/imports?filename=a.csv&kind={kind}"), &self.key, table)
    }

    /// Imports a table; returns how many rows went in, and the codes of what is wrong with the others.
    fn counts(&self, kind: &str, table: &str) -> (u64, Vec<String>) {
        let report = self.import(kind, table).json()["files"][0].clone();
        let problems = report["problems"].as_array().unwrap_or_else(|| panic!("{report}"));
        let code = |problem: &Value| problem["code"].as_str().unwrap().to_owned();
        (report["accepted"].as_u64().unwrap(), problems.iter().map(code).collect())
    }

    fn names(&self) -> String {
        self.service.ask("GET", "/api/v1/parties", &self.key, "").body
    }
}

#[test]
fn an_office_brings_parties_of_its_own_region_alone() {
    let world = World::new();
    let table = "企业名称,所在地区
示例甲有限公司,山东省青岛市
示例乙有限公司,青岛市黄岛区
示例丙有限公司,山东省济南市
示例丁有限公司,山东省
示例戊有限公司,
示例外地有限公司,山东省青岛市
示例无址有限公司,山东省青岛市
";
    let (accepted, problems) = world.counts("party", table);
    assert_eq!((accepted, problems), (2, vec!["foreign_party".to_owned(); 5]));
    let names = world.names();
    for (name, is_there) in
        [("示例甲", true), ("示例乙", true), ("示例丙", false), ("示例丁", false), ("示例戊", false)]
    {
        assert_eq!(names.contains(name), is_there, "{name}: {names}");
    }
    // What is theirs may follow; what is of a party that nobody knows may not, since nobody knows where it is.
    let supplies = "编号,企业名称,产品名称
G1,示例甲有限公司,轴承
G2,示例新厂有限公司,轴承
G3,示例外地有限公司,轴承
";
    assert_eq!(world.counts("catalog", supplies), (1, vec!["foreign_party".to_owned(); 2]));
    let certificates = "企业名称,资质名称\n示例乙有限公司,省级专精特新中小企业\n";
    assert_eq!(world.counts("certificate", certificates), (1, Vec::new()));
}

#[test]
fn a_workbook_of_new_parties_and_what_is_theirs_goes_in_at_once() {
    let world = World::new();
    // Rows of one kind and then of another, as in a file with several sheets.
    let lines = r#"{"企业名称":"示例己有限公司","所在地区":"青岛市","统一社会信用代码":""}
{"企业名称":"示例庚有限公司","所在地区":"烟台市","统一社会信用代码":""}
"#;
    let reply = world.service.ask("POST", "/api/v1/imports?filename=a.jsonl&kind=party", &world.key, lines);
    assert_eq!(reply.json()["files"][0]["accepted"], 1, "{}", reply.body);
    let again = world.service.ask("POST", "/api/v1/imports?filename=a.jsonl&kind=party", &world.key, lines);
    assert_eq!(again.json()["files"][0]["unchanged"], 1, "{}", again.body);
    let dry = world.service.ask(
        "POST",
        "/api/v1/imports?filename=b.csv&kind=party&dry_run=true",
        &world.key,
        "企业名称,所在地区\n示例辛有限公司,青岛市\n",
    );
    assert_eq!(dry.json()["files"][0]["accepted"], 1, "{}", dry.body);
    assert!(!world.names().contains("示例辛"), "a rehearsal brings nobody");
}

#[test]
fn what_tells_of_others_is_left_to_who_looks_after_all() {
    let place = Place::new();
    place.import("party", "企业名称,所在地区\n示例外地有限公司,山东省济南市\n示例甲有限公司,山东省青岛市\n");
    let office = place.key(&["--role", "organizer", "--region", "青岛市"]);
    let province = place.key(&["--role", "organizer"]);
    let service = Service::start(&place);
    for (kind, table) in [
        ("alias", "企业名称,名称\n示例甲有限公司,示例旧名有限公司\n"),
        ("relation", "企业名称,控股方\n示例甲有限公司,示例外地有限公司\n"),
        ("link_survey", "单位名称,产业链,环节,地区,日期,结果\n示例甲有限公司,轮胎,钢帘线,山东省,2026-05-01,无供应商\n"),
    ] {
        let import = |key: &str| {
            let reply = service.ask("POST", &format!("/api/v1/imports?filename=a.csv&kind={kind}"), key, table);
            reply.json()["files"][0].clone()
        };
        let refused = import(&office);
        let code = refused["problems"][0]["code"].as_str();
        assert_eq!((refused["accepted"].as_u64(), code), (Some(0), Some("foreign_party")), "{kind}: {refused}");
        let taken = import(&province);
        assert_eq!(taken["accepted"], 1, "{kind}: {taken}");
    }
}

#[test]
fn a_party_that_a_file_brings_is_no_way_around() {
    let world = World::new();
    // The second row is of the party that the first one brings.
    for row in ["示例壬有限公司,济南市,", "示例壬有限公司,青岛市,示例外地有限公司"] {
        let table = format!("企业名称,所在地区,曾用名\n示例壬有限公司,青岛市,\n{row}\n");
        let reply =
            world.service.ask("POST", "/api/v1/imports?filename=a.csv&kind=party&dry_run=true", &world.key, &table);
        assert!(reply.body.contains("foreign_party"), "{row}: {}", reply.body);
    }
}

#[test]
fn an_office_keeps_its_parties_where_they_are() {
    let world = World::new();
    assert_eq!(world.counts("party", "企业名称,所在地区\n示例甲有限公司,青岛市\n"), (1, Vec::new()));
    // Elsewhere, or nowhere, it would be another office's, or nobody's.
    for (columns, row) in [("所在地区", "济南市"), ("所在地区", ""), ("主要产品", "轴承")] {
        let table = format!("企业名称,{columns}\n示例甲有限公司,{row}\n");
        let (accepted, problems) = world.counts("party", &table);
        assert_eq!((accepted, problems), (0, vec!["foreign_party".to_owned()]), "{table}");
    }
    let reply = world.import("party", "企业名称,所在地区\n示例甲有限公司,青岛市黄岛区\n");
    assert_eq!(reply.json()["files"][0]["changed"], 1, "{}", reply.body);
    assert_eq!(world.counts("catalog", "编号,企业名称,产品名称\nG1,示例甲有限公司,轴承\n"), (1, Vec::new()));
}

/// Writes an event between two lists of parties.
fn event(lanes: &str, buyers: &str, smes: &str, more: &str) -> String {
    format!(
        "version = \"1\"\nname = \"x\"\nplace = \"y\"\nlanes = [{lanes}]\n[[day]]\ndate = 2026-06-18\nfrom = \"09:00\"\n\
         to = \"12:00\"\n[meetings]\nminutes = 30\ntables = 4\n[[group]]\nside = \"buyer\"\nparties = [{buyers}]\n\
         [[group]]\nside = \"sme\"\nparties = [{smes}]\n{more}"
    )
}

#[test]
fn an_office_plans_for_those_of_its_region_who_ask() {
    let world = World::new();
    let parties = "企业名称,所在地区\n示例甲有限公司,青岛市\n示例乙有限公司,青岛市\n";
    assert_eq!(world.counts("party", parties), (2, Vec::new()));
    let plan = |event: &str| world.service.ask("POST", "/api/v1/agendas?seconds=1", &world.key, event);
    let (own, other, foreign) = ("\"示例甲有限公司\"", "\"示例乙有限公司\"", "\"示例外地有限公司\"");
    let must = "[[must]]\nbuyer = \"示例外地有限公司\"\nsme = \"示例甲有限公司\"\n";
    // Who has nothing to match, or is only to be met, is planned for as well.
    for (lanes, buyers, smes, more, status) in [
        ("\"procurement\"", own, other, "", 201),
        ("\"procurement\"", own, foreign, "", 201),
        ("\"procurement\"", foreign, own, "", 400),
        ("\"procurement\"", foreign, own, must, 400),
        // Where the small ones ask, the others may come from anywhere.
        ("\"equity\"", foreign, own, must, 201),
        ("\"equity\"", own, foreign, "", 400),
        // Where either side may, it counts who does.
        ("\"procurement\", \"equity\"", foreign, own, must, 400),
        ("\"procurement\", \"equity\"", "\"示例无址有限公司\"", own, "", 201),
    ] {
        let reply = plan(&event(lanes, buyers, smes, more));
        assert_eq!(reply.status, status, "{lanes} {buyers} {smes} {more}: {}", reply.body);
    }
}

#[test]
fn an_office_does_not_take_the_names_of_parties_elsewhere() {
    let place = Place::new();
    let parties = "企业名称,所在地区,曾用名\n示例外地有限公司,山东省济南市,示例旧名有限公司\n示例甲有限公司,山东省青岛市,示例甲厂\n";
    place.import("party", parties);
    let office = place.key(&["--role", "organizer", "--region", "青岛市"]);
    let service = Service::start(&place);
    for (name, former, accepted) in [
        ("示例新有限公司", "示例老厂、示例旧名有限公司", 0),
        ("示例新有限公司", "示例外地有限公司", 0),
        ("示例甲有限公司", "示例甲厂、示例旧名有限公司", 0),
        ("示例甲有限公司", "示例甲厂、示例甲老厂", 1),
        ("示例新有限公司", "示例新厂", 1),
    ] {
        let table = format!("企业名称,所在地区,曾用名\n{name},青岛市,{former}\n");
        let reply = service.ask("POST", "/api/v1/imports?filename=a.csv&kind=party", &office, &table);
        let report = &reply.json()["files"][0];
        let changed = report["accepted"].as_u64().unwrap() + report["changed"].as_u64().unwrap();
        assert_eq!(changed, accepted, "{name} {former}: {report}");
        assert_eq!(reply.body.contains("foreign_party"), accepted == 0, "{name} {former}: {report}");
    }
}
