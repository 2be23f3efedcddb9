//! Inventing the parties of a province: names, places, chains, groups; and drawing who posts what.

use std::collections::BTreeSet;

use crate::chance::{Chance, Weighted};
use crate::definition::{Definition, Template};
use crate::error::{Error, Result};
use crate::model::{Uscc, UsccError};
use crate::province::cells::{Row, Writer};
use crate::province::party::Party;

/// Names are drawn again so many times before the vocabulary is held to be too small.
const NAME_TRIES: usize = 200;
/// So many of a hundred parties belong to a group.
const GROUP_PERCENT: u32 = 6;
/// Parties of the same groups stand so close to each other.
const GROUP_REACH: usize = 12;

/// All parties, with who posts in which role and chain.
pub(super) struct Parties {
    parties: Vec<Party>,
    by_role: Vec<Vec<usize>>,
    by_role_and_chain: Vec<Vec<Vec<usize>>>,
}

impl Parties {
    /// Invents so many parties.
    ///
    /// # Errors
    /// If the vocabulary does not have so many names.
    pub(super) fn new(writer: &Writer<'_>, n_parties: usize, chance: &mut Chance) -> Result<Self> {
        let definition = writer.definition;
        let synthetic = &definition.synthetic;
        let cities = Weighted::new(synthetic.cities.iter().map(|(_, share)| u64::from(*share)));
        let roles = Weighted::new(synthetic.roles.iter().map(|role| u64::from(role.share)));
        let counties: Vec<Vec<&str>> = synthetic.cities.iter().map(|(city, _)| places_in(definition, city)).collect();
        let mut stems = BTreeSet::new();
        let mut parties: Vec<Party> = Vec::with_capacity(n_parties);
        let mut is_member = Vec::with_capacity(n_parties);
        for i in 0..n_parties {
            // The first ones show every type, however few there are.
            let role = if i < synthetic.roles.len() { i } else { roles.draw(chance) };
            let chain = chance.below(synthetic.chains.len());
            let city = cities.draw(chance);
            let region = counties.get(city).and_then(|own| chance.pick(own)).copied().unwrap_or_default();
            let city = synthetic.cities.get(city).map_or("", |(code, _)| code.as_str());
            let (stem, name) = new_name(writer, (role, chain), &mut stems, chance)?;
            let controller = controller(&is_member, chance);
            is_member.push(controller.is_some());
            let uscc = uscc(region, i);
            parties.push(Party {
                stem,
                name,
                uscc,
                region: region.to_owned(),
                city: city.to_owned(),
                chain,
                role,
                controller,
            });
        }
        Ok(Self::grouped(parties, synthetic.roles.len(), synthetic.chains.len()))
    }

    fn grouped(parties: Vec<Party>, n_roles: usize, n_chains: usize) -> Self {
        let mut by_role = vec![Vec::new(); n_roles];
        let mut by_role_and_chain = vec![vec![Vec::new(); n_chains]; n_roles];
        for (i, party) in parties.iter().enumerate() {
            if let Some(own) = by_role.get_mut(party.role) {
                own.push(i);
            }
            if let Some(own) = by_role_and_chain.get_mut(party.role).and_then(|own| own.get_mut(party.chain)) {
                own.push(i);
            }
        }
        Self { parties, by_role, by_role_and_chain }
    }

    /// Lists all parties in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter()
    }

    /// Returns a party by its place.
    pub(super) fn get(&self, place: usize) -> Option<&Party> {
        self.parties.get(place)
    }

    /// Draws any party.
    pub(super) fn draw(&self, chance: &mut Chance) -> Option<&Party> {
        chance.pick(&self.parties)
    }

    /// Draws who posts something of a chain: mostly of that chain, some much more often than others.
    pub(super) fn draw_owner(&self, role: Option<usize>, chain: usize, chance: &mut Chance) -> Option<&Party> {
        let of_role = role.and_then(|role| self.by_role.get(role)).filter(|own| !own.is_empty());
        let of_chain = role.and_then(|role| self.by_role_and_chain.get(role)?.get(chain)).filter(|own| !own.is_empty());
        let own = if chance.in_a_hundred(80) { of_chain.or(of_role) } else { of_role };
        let Some(own) = own else { return self.draw(chance) };
        // The product of two draws is small more often than large.
        let reach = chance.below(own.len()) + 1;
        own.get(chance.below(reach)).and_then(|place| self.parties.get(*place))
    }
}

/// Lists the counties of a city, or the city itself.
fn places_in<'a>(definition: &'a Definition, city: &'a str) -> Vec<&'a str> {
    let counties = definition.regions.iter().filter(|region| region.parent == city);
    let counties: Vec<&str> = counties.map(|region| region.code.as_str()).collect();
    if counties.is_empty() { vec![city] } else { counties }
}

/// Draws the beginning of a name that nobody has yet, and the full name.
fn new_name(
    writer: &Writer<'_>,
    (role, chain): (usize, usize),
    stems: &mut BTreeSet<String>,
    chance: &mut Chance,
) -> Result<(String, String)> {
    let row = Row { chain, ..Row::default() };
    let say = |ways: &[Template], chance: &mut Chance| {
        let way = chance.pick(ways);
        way.map(|way| writer.text(way, &row, chance)).unwrap_or_default()
    };
    let Some(role) = writer.definition.synthetic.roles.get(role) else { return Ok(Default::default()) };
    for _ in 0..NAME_TRIES {
        let stem = say(&role.names, chance);
        if stems.insert(stem.clone()) {
            let name = format!("{stem}{}", say(&role.forms, chance));
            return Ok((stem, name));
        }
    }
    let label = &role.label;
    Err(Error::Request(format!("synthetic.toml 的词不够给这么多“{label}”起名；请减少 --parties，或增加词")))
}

/// Draws a controller for a member of a group: a party shortly before it that nobody controls, so that there are no
/// rings.
fn controller(is_member: &[bool], chance: &mut Chance) -> Option<usize> {
    if !chance.in_a_hundred(GROUP_PERCENT) {
        return None;
    }
    let place = is_member.len().checked_sub(chance.below(GROUP_REACH) + 1)?;
    is_member.get(place).is_some_and(|member| !member).then_some(place)
}

/// Makes a valid credit code of a region and a running number.
fn uscc(region: &str, number: usize) -> String {
    let code = format!("91{region}MA{number:07}0");
    match Uscc::parse(&code) {
        Err(UsccError::Check { expected }) => {
            let base = code.get(..code.len() - 1).unwrap_or_default();
            format!("{base}{expected}")
        }
        Ok(_) | Err(UsccError::Length(_) | UsccError::Character(_)) => code,
    }
}
