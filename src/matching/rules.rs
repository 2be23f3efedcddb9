//! The table of hard rules. A rule looks at one pair and says met, unmet or unknown, with the reason in Chinese; it
//! says nothing where the demand does not ask. A reason names the demand's wish and the public side of the supply
//! only.

use crate::definition::{LaneRule, Role, Tier};
use crate::matching::conditions;
use crate::matching::excluded;
use crate::matching::findings::{Ruling, ruling};
use crate::matching::pair::{Context, Pair, Side};
use crate::matching::specs;
use crate::model::{Deadline, Measure, Record, State, Strength, Value, Verdict};

/// A rule: `None` where the demand does not ask.
pub(super) type Rule = fn(&Pair<'_>, &LaneRule) -> Option<Ruling>;

/// Every rule by the name that lanes use.
const RULES: [(&str, Rule); 19] = [
    ("open", open),
    ("not_self", not_self),
    ("region", region),
    ("service_area", conditions::service_area),
    ("maker", maker),
    ("certificates", certificates),
    ("quantity", quantity),
    ("min_order", min_order),
    ("range", conditions::range),
    ("at_least", conditions::at_least),
    ("at_most", conditions::at_most),
    ("choice", conditions::choice),
    ("flag", conditions::flag),
    ("currency", conditions::currency),
    ("party", conditions::party),
    ("time", conditions::time),
    ("mode", conditions::mode),
    ("specs", specs),
    ("excluded", excluded),
];

/// Finds a rule by name.
pub(super) fn find(name: &str) -> Option<Rule> {
    RULES.iter().find(|(n, _)| *n == name).map(|(_, rule)| *rule)
}

/// Both postings are open on the day.
fn open(pair: &Pair<'_>, _: &LaneRule) -> Option<Ruling> {
    let as_of = pair.context.as_of;
    for (side, name) in [(pair.demand, "需求"), (pair.supply, "供应")] {
        match side.record.state(as_of) {
            State::Open => {}
            State::Expired => {
                return ruling(Verdict::Unmet, pair.say(|| format!("{name}信息已于{}到期", last_day(side.record))));
            }
            other => return ruling(Verdict::Unmet, pair.say(|| format!("{name}信息{}", other.label()))),
        }
    }
    match pair.supply.record.value("valid_until") {
        Some(Value::Deadline(Deadline::On(last))) => {
            ruling(Verdict::Met, pair.say(|| format!("供应信息有效至 {last}")))
        }
        Some(_) => ruling(Verdict::Met, "供应信息长期有效"),
        None => ruling(Verdict::Met, "供应信息未设期限"),
    }
}

fn last_day(record: &Record) -> String {
    match record.value("valid_until") {
        Some(Value::Deadline(Deadline::On(last))) => format!(" {last} "),
        _ => String::new(),
    }
}

/// The supplier is neither the buyer nor of the buyer's group.
fn not_self(pair: &Pair<'_>, _: &LaneRule) -> Option<Ruling> {
    let (Some(buyer), Some(supplier)) = (pair.demand.affiliation(), pair.supply.affiliation()) else { return None };
    if pair.demand.party == pair.supply.party {
        return ruling(Verdict::Unmet, "需求方与供应方是同一单位");
    }
    if buyer.same_group(supplier) {
        return ruling(Verdict::Unmet, "供应方与需求方同属一个集团");
    }
    ruling(Verdict::Met, "不同单位，未见控股关系")
}

/// The supply comes from one of the places that the demand insists on.
fn region(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let regions = &pair.context.definition.regions;
    let wish = match pair.demand.value(&rule.demand) {
        Some(Value::RegionWish(wish)) if wish.strength == Strength::Hard => wish,
        Some(_) => return None,
        None => {
            // A wish that could not be read is still a wish.
            let unread = pair.demand.unread(&rule.demand)?;
            return ruling(Verdict::Unknown, pair.say(|| format!("要求“{unread}”，请人工核对")));
        }
    };
    let wanted = || wish.regions.iter().map(|code| regions.name(code)).collect::<Vec<&str>>().join("、");
    let Some((place, what)) = pair.supply.region(&rule.supply) else {
        return ruling(Verdict::Unknown, pair.say(|| format!("要求{}；供应方未写产地或所在地", wanted())));
    };
    let verdict = if wish.regions.iter().any(|wanted| regions.within(place, wanted)) {
        Verdict::Met
    } else if wish.regions.iter().any(|wanted| regions.within(wanted, place)) {
        // Known to the province only, it may be in the city that is asked for.
        Verdict::Unknown
    } else {
        Verdict::Unmet
    };
    ruling(verdict, pair.say(|| format!("要求{}；{what}{}", wanted(), regions.full_name(place))))
}

/// The supplier makes what it offers, where the demand excludes traders.
fn maker(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    if pair.demand.value(&rule.demand) != Some(&Value::Choice("maker".to_owned())) {
        return None;
    }
    match pair.supply.value(&rule.supply) {
        Some(Value::Choice(role)) if role == "maker" => ruling(Verdict::Met, "限生产商；供应方是生产商"),
        Some(_) => ruling(Verdict::Unmet, "限生产商；供应方不是生产商"),
        None => ruling(Verdict::Unknown, "限生产商；供应方未写是否生产商"),
    }
}

/// The other side's party holds every certificate that the asker requires, on the day. A posting that lists certificates
/// is taken to list all of them; one that lists none, for a party without recorded certificates, says nothing.
fn certificates(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let (asker, wish, holder, listed) = match rule.asker {
        Role::Supply => (pair.supply, &rule.supply, pair.demand, &rule.demand),
        _ => (pair.demand, &rule.demand, pair.supply, &rule.supply),
    };
    let wanted = asker.wanted_certificates(wish);
    if wanted.is_empty() {
        let unread = asker.unread(wish)?;
        return ruling(Verdict::Unknown, pair.say(|| format!("要求“{unread}”，请人工核对")));
    }
    let (mut met, mut unmet, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for any in wanted {
        match holder.holds(any, listed) {
            Holding::Held(how) => met.push(how),
            Holding::Expired(how) => unmet.push(how),
            Holding::Missing => unmet.push(format!("缺{}", any.join("或"))),
            Holding::Unknown => unknown.push(any.join("或")),
        }
    }
    if !unmet.is_empty() {
        return ruling(Verdict::Unmet, pair.say(|| unmet.join("；")));
    }
    if !unknown.is_empty() {
        return ruling(Verdict::Unknown, pair.say(|| format!("未写是否具备{}", unknown.join("、"))));
    }
    ruling(Verdict::Met, pair.say(|| met.join("；")))
}

/// The supplier's yearly capacity is sure to cover the quantity asked for. A one-off quantity within a year's capacity is
/// met; a larger one depends on the time of delivery and stays unknown.
fn quantity(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let Some(Value::Measure(need)) = pair.demand.value(&rule.demand) else {
        let unread = pair.demand.unread(&rule.demand)?;
        return ruling(Verdict::Unknown, pair.say(|| format!("需“{unread}”，无法比较")));
    };
    let Some(Value::Measure(capacity)) = pair.supply.value(&rule.supply) else {
        return ruling(Verdict::Unknown, "供应方未写产能");
    };
    let texts = || format!("需{}；年产能{}", pair.demand.shown(&rule.demand), pair.supply.shown(&rule.supply));
    if need.unit != capacity.unit {
        return ruling(Verdict::Unknown, pair.say(|| format!("{}，单位不同，无法比较", texts())));
    }
    let wanted = least(need);
    if wanted <= least(capacity) {
        return ruling(Verdict::Met, pair.say(texts));
    }
    if wanted <= most(capacity) {
        return ruling(Verdict::Unknown, pair.say(|| format!("{}，不一定够", texts())));
    }
    let verdict = if need.per_year { Verdict::Unmet } else { Verdict::Unknown };
    ruling(verdict, pair.say(|| format!("{}，不足", texts())))
}

/// The quantity asked for reaches the supplier's smallest order.
fn min_order(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let Some(Value::Measure(smallest)) = pair.supply.value(&rule.supply) else { return None };
    let Some(Value::Measure(need)) = pair.demand.value(&rule.demand) else {
        return ruling(Verdict::Unknown, "需求方未写数量");
    };
    let texts = || format!("需{}；起订量{}", pair.demand.shown(&rule.demand), pair.supply.shown(&rule.supply));
    if need.unit != smallest.unit {
        return ruling(Verdict::Unknown, pair.say(|| format!("{}，单位不同，无法比较", texts())));
    }
    ruling(if most(need) >= least(smallest) { Verdict::Met } else { Verdict::Unmet }, pair.say(texts))
}

/// The supply meets every specification that the demand insists on.
fn specs(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let (verdict, detail) = specs::rule_on(pair, &rule.demand, &rule.supply)?;
    ruling(verdict, detail)
}

/// The supply is nothing that the demand forbids; or the demand is of no sector that the supply leaves out.
fn excluded(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    if rule.asker == Role::Supply {
        return conditions::left_out(pair, rule);
    }
    let (verdict, detail) = excluded::rule_on(pair, &rule.demand, &rule.supply)?;
    ruling(verdict, detail)
}

/// Returns the least that a quantity says for certain; 0 where it has no lower end.
fn least(measure: &Measure) -> f64 {
    measure.amount.low().map_or(0.0, |bound| bound.value)
}

/// Returns the most that a quantity may be; without end where it has no upper end.
fn most(measure: &Measure) -> f64 {
    measure.amount.high().map_or(f64::INFINITY, |bound| bound.value)
}

/// Whether the supplier holds one of several certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holding {
    /// It does; how that is known.
    Held(String),
    /// It did; when it ended.
    Expired(String),
    /// It lists its certificates, and none of these is among them.
    Missing,
    /// Nothing is recorded of its certificates.
    Unknown,
}

impl Side<'_> {
    /// Says whether the side's party holds one of `any` on the day: by a dated certificate, else by what the posting says.
    pub(super) fn holds(&self, any: &[String], columns: &[String]) -> Holding {
        let Context { definition, as_of, .. } = self.context();
        let held = self.standing().map(|party| &party.held);
        let listed: Vec<&String> = self.wanted_certificates(columns).into_iter().flatten().collect();
        let tier = |name: &str| definition.certificates.by_name(name).and_then(|certificate| certificate.tier);
        // The plan's `专精特新` is the union of the provincial and the national title.
        let wants_specialised = any.iter().any(|name| tier(name) == Some(Tier::Specialised));
        let also = definition.certificates.iter().filter(|c| wants_specialised && c.tier == Some(Tier::LittleGiant));
        let mut expired = None;
        for name in any.iter().chain(also.map(|certificate| &certificate.name)) {
            match held.and_then(|held| held.get(name)).map(|certificate| certificate.until) {
                Some(None) => return Holding::Held(format!("{name}（已登记）")),
                Some(Some(last)) if last >= as_of => {
                    return Holding::Held(format!("{name}（有效至 {last}）"));
                }
                Some(Some(last)) => expired = Some(format!("{name}已于 {last} 到期")),
                None if listed.contains(&name) => return Holding::Held(format!("{name}（对方所列）")),
                None => {}
            }
        }
        match expired {
            Some(how) => Holding::Expired(how),
            None if listed.is_empty() => Holding::Unknown,
            None => Holding::Missing,
        }
    }
}
