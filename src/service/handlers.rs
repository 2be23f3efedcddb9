//! One function for each route: ask the engine, wrap the answer.

pub(super) mod agendas;
pub(super) mod alerts;
pub(super) mod chains;
pub(super) mod hooks;
pub(super) mod imports;
pub(super) mod intents;
pub(super) mod jobs;

use std::fs;

use crate::engine::{MatchRequest, MatchSubject, NewKey, NewPosting, PageRequest, PostingOutcome, SearchFilters};
use crate::error::Error;
use crate::matching::{MatchOptions, MatchOrder};
use crate::model::{Answer, KeyId, KeyRole, RecordId};
use crate::service::call::{Call, Handled, answer};
use crate::service::errors::ApiError;
use crate::service::limits::{TOP_DEFAULT, TOP_MAX};
use crate::wire::{
    BackupBody, DossierBody, KeyBody, MatchListBody, MatchRequestBody, NewKeyBody, NewPostingBody, PartyBody,
    PartyPageBody, PostingChangeBody, PostingOutcomeBody, PostingPageBody, RecordBody, RevokedBody, SearchPageBody,
    SearchRequestBody,
};

/// Lists parties.
pub(super) fn list_parties(call: &Call<'_>) -> Handled {
    Ok(answer(200, &PartyPageBody::new(call.engine.list_parties(&call.page())?)))
}

/// Shows a party.
pub(super) fn get_party(call: &Call<'_>) -> Handled {
    let party = call.engine.party(&call.id, &call.viewer, &call.moment)?;
    Ok(answer(200, &PartyBody::new(call.moment.as_of, &party)))
}

/// Shows the file of a party.
pub(super) fn get_dossier(call: &Call<'_>) -> Handled {
    let dossier = call.engine.dossier(&call.id, &call.viewer, &call.moment)?;
    Ok(answer(200, &DossierBody::new(call.moment.as_of, &dossier)))
}

/// Lists the postings of a kind.
pub(super) fn list_postings(call: &Call<'_>) -> Handled {
    let kind = call.parameter("kind").ok_or_else(|| ApiError::field("kind", "请写明"))?;
    let page = call.engine.list_postings(kind, call.parameter("party"), &call.page(), &call.viewer, &call.moment)?;
    Ok(answer(200, &PostingPageBody::new(call.moment.as_of, &page)))
}

/// Shows a posting.
pub(super) fn get_posting(call: &Call<'_>) -> Handled {
    let sight = call.engine.posting(&call.id, &call.viewer, &call.moment)?;
    Ok(answer(200, &RecordBody::new(call.moment.as_of, &sight)))
}

/// Creates a posting.
pub(super) fn create_posting(call: &Call<'_>) -> Handled {
    let NewPostingBody { kind, party, fields } = call.json()?;
    let new = NewPosting { kind, party, cells: fields };
    call.change(&|outcome: &PostingOutcome| posting_answer(call, outcome, 201), |by| {
        call.engine.create_posting(&new, by, &call.moment)
    })
}

/// Changes a posting.
pub(super) fn change_posting(call: &Call<'_>) -> Handled {
    let PostingChangeBody { fields } = call.json()?;
    call.change(&|outcome: &PostingOutcome| posting_answer(call, outcome, 200), |by| {
        call.engine.change_posting(&call.id, &fields, by, &call.moment)
    })
}

/// Withdraws a posting.
pub(super) fn withdraw_posting(call: &Call<'_>) -> Handled {
    let done = |id: &RecordId| answer(200, &PostingOutcomeBody::withdrawn(call.moment.as_of, id));
    call.change(&done, |by| {
        call.engine.withdraw_posting(&call.id, call.parameter("reason").unwrap_or(""), by, &call.moment)
    })
}

fn posting_answer(call: &Call<'_>, outcome: &PostingOutcome, new: u16) -> Answer {
    let status = match (&outcome.id, outcome.is_changed) {
        (None, _) => 422,
        (Some(_), true) => new,
        (Some(_), false) => 200,
    };
    answer(status, &PostingOutcomeBody::new(call.moment.as_of, outcome))
}

/// Finds records by words.
pub(super) fn search(call: &Call<'_>) -> Handled {
    let SearchRequestBody { text, kind, region, chain, tier, top, cursor } = call.json()?;
    let filters = SearchFilters { kind, region, chain, tier };
    let page = PageRequest { after: cursor, limit: top_of(top)? };
    let page = call.engine.search_page(&text, &filters, &page, &call.moment)?;
    Ok(answer(200, &SearchPageBody::new(call.moment.as_of, &page)))
}

/// Finds matches for a posting or a text.
pub(super) fn find_matches(call: &Call<'_>) -> Handled {
    let body: MatchRequestBody = call.json()?;
    let subject = match (body.demand, body.supply, body.text, body.kind) {
        (Some(id), None, None, None) => MatchSubject::Demand(id),
        (None, Some(id), None, None) => MatchSubject::Supply(id),
        (None, None, Some(text), Some(kind)) => MatchSubject::Text { text, kind },
        _ => return Err(ApiError::bad("请只写 demand、supply，或 text 和 kind")),
    };
    let order = if body.mutual { MatchOrder::Mutual } else { MatchOrder::Score };
    let options = MatchOptions { top: top_of(body.top)?, below_floor: body.all, order };
    let request = MatchRequest { subject, lane: body.lane, options };
    let list = call.engine.matches_for(&request, &call.viewer, &call.moment)?;
    Ok(answer(200, &MatchListBody::new(call.moment.as_of, &list)))
}

/// Reads how many matches or found records are wanted.
pub(super) fn top_of(top: Option<usize>) -> Result<usize, ApiError> {
    let top = top.unwrap_or(TOP_DEFAULT);
    if (1..=TOP_MAX).contains(&top) { Ok(top) } else { Err(ApiError::field("top", format!("1 到 {TOP_MAX}"))) }
}

/// Lists the keys.
pub(super) fn list_keys(call: &Call<'_>) -> Handled {
    Ok(answer(200, &KeyBody::list(&call.engine.keys()?)))
}

/// Makes a key. A repetition learns which key was made, not its secret, which is kept nowhere.
pub(super) fn add_key(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        let NewKeyBody { role, party, region, expires } = call.json()?;
        let bad_role = || ApiError::bad("role 是 admin、organizer、party、reader 之一");
        let new = NewKey { role: KeyRole::parse(&role).ok_or_else(bad_role)?, party, region, expires };
        let (key, secret) = call.engine.add_key(&new, &call.viewer, &call.moment)?;
        Ok((answer(201, &KeyBody::new(&key, Some(&secret))), answer(201, &KeyBody::new(&key, None))))
    })
}

/// Revokes a key.
pub(super) fn revoke_key(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        let id = KeyId::parse(&call.id).ok_or_else(|| Error::NotFound(call.id.clone()))?;
        call.engine.revoke_key(id, &call.viewer, &call.moment)?;
        let done = answer(200, &RevokedBody { id: id.to_string(), revoked: call.moment.instant.clone() });
        Ok((done.clone(), done))
    })
}

/// Writes a backup.
pub(super) fn back_up(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        let folder = call.data.join("backups");
        fs::create_dir_all(&folder).map_err(Error::io("创建", &folder))?;
        let name: String = call.moment.instant.chars().filter(char::is_ascii_alphanumeric).collect();
        let file = format!("{name}.sqlite");
        let path = folder.join(&file);
        call.engine.note(&call.viewer, "backup", &file, &call.moment)?;
        call.engine.backup(&path)?;
        let bytes = fs::metadata(&path).map_err(Error::io("读取", &path))?.len();
        let done = answer(201, &BackupBody { bytes, file: format!("backups/{file}") });
        Ok((done.clone(), done))
    })
}

/// Lists the last lines of the trail.
pub(super) fn list_traces(call: &Call<'_>) -> Handled {
    let limit = u32::try_from(call.page().limit).unwrap_or(u32::MAX);
    Ok(answer(200, &crate::wire::TraceListBody::new(call.engine.traces(limit)?)))
}
