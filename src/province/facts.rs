//! The dated facts about invented parties: certificates and tiers, who controls whom, other names, places of production.

use crate::chance::Chance;
use crate::definition::{Certificates, Tier};
use crate::error::Result;
use crate::province::dirt::Dirt;
use crate::province::sheet::Sink;
use crate::province::tables::{Table, World};

/// The tiers by shares of a thousand firms, valid and expired: about as the province has them.
const TIERS: [(Tier, u32, u32); 3] =
    [(Tier::LittleGiant, 10, 4), (Tier::Specialised, 90, 40), (Tier::Innovative, 150, 0)];
/// So many of a hundred parties hold another certificate.
const OTHER_CERTIFICATE_PERCENT: u32 = 45;
/// So many of a hundred are also known by another name, or produce elsewhere too.
const OTHER_NAME_PERCENT: u32 = 10;
const OTHER_SITE_PERCENT: u32 = 10;
/// Certificates hold for three years.
const VALID_DAYS: i64 = 3 * 365;

/// Writes the table of parties.
///
/// # Errors
/// Those of the sink, as for all of these.
pub(super) fn parties(world: &World<'_>, table: &mut Table<'_, '_>, dirt: &mut Dirt, sink: Sink<'_>) -> Result<()> {
    for party in world.parties.iter() {
        let role = world.writer.definition.synthetic.roles.get(party.role);
        let label = role.map(|role| role.label.clone()).unwrap_or_default();
        table.about(party, &[("roles", label)], dirt, sink)?;
    }
    Ok(())
}

/// Writes the table of certificates; only firms, the first of the roles, have a tier.
pub(super) fn certificates(
    world: &World<'_>,
    table: &mut Table<'_, '_>,
    dirt: &mut Dirt,
    sink: Sink<'_>,
) -> Result<()> {
    let known = &world.writer.definition.certificates;
    let mut number = 0_u32;
    for party in world.parties.iter() {
        let tier = if party.role == 0 { draw_tier(table.chance()) } else { None };
        let tier = tier.and_then(|(tier, is_valid)| Some((Some(certificate_of(known, tier)?), is_valid)));
        let other = table.chance().in_a_hundred(OTHER_CERTIFICATE_PERCENT).then_some((None, true));
        for (certificate, is_valid) in [tier, other].into_iter().flatten() {
            number += 1;
            let age = i64::from(if is_valid {
                table.chance().between(30, 1_000)
            } else {
                table.chance().between(1_100, 2_500)
            });
            let issued = world.writer.day_off(-age, table.chance());
            let until = world.writer.day_off(VALID_DAYS - age, table.chance());
            let mut given = vec![("number", format!("SL-{number:07}")), ("issued", issued), ("valid_until", until)];
            given.extend(certificate.map(|name| ("type", name)));
            table.about(party, &given, dirt, sink)?;
        }
    }
    Ok(())
}

/// Writes the table of who controls whom.
pub(super) fn relations(world: &World<'_>, table: &mut Table<'_, '_>, dirt: &mut Dirt, sink: Sink<'_>) -> Result<()> {
    for party in world.parties.iter() {
        let Some(controller) = party.controller.and_then(|place| world.parties.get(place)) else { continue };
        let since = world.writer.day_off(-i64::from(table.chance().between(100, 4_000)), table.chance());
        table.about(party, &[("controller", controller.name.clone()), ("valid_from", since)], dirt, sink)?;
    }
    Ok(())
}

/// Writes the table of other names: the beginning of the full name, which nobody else's has.
pub(super) fn aliases(world: &World<'_>, table: &mut Table<'_, '_>, dirt: &mut Dirt, sink: Sink<'_>) -> Result<()> {
    for party in world.parties.iter() {
        if table.chance().in_a_hundred(OTHER_NAME_PERCENT) {
            table.about(party, &[("alias", party.stem.clone())], dirt, sink)?;
        }
    }
    Ok(())
}

/// Writes the table of places of production: in another's county, for some.
pub(super) fn sites(world: &World<'_>, table: &mut Table<'_, '_>, dirt: &mut Dirt, sink: Sink<'_>) -> Result<()> {
    for party in world.parties.iter() {
        if table.chance().in_a_hundred(OTHER_SITE_PERCENT) {
            let elsewhere = world.parties.draw(table.chance()).unwrap_or(party);
            let region = world.writer.definition.regions.full_name(&elsewhere.region);
            table.about(party, &[("region", region)], dirt, sink)?;
        }
    }
    Ok(())
}

fn draw_tier(chance: &mut Chance) -> Option<(Tier, bool)> {
    let mut at = chance.between(0, 999);
    for (tier, valid, expired) in TIERS {
        if at < valid + expired {
            return Some((tier, at < valid));
        }
        at -= valid + expired;
    }
    None
}

fn certificate_of(certificates: &Certificates, tier: Tier) -> Option<String> {
    certificates.iter().find(|certificate| certificate.tier == Some(tier)).map(|certificate| certificate.name.clone())
}
