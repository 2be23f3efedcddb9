//! One party of an invented province: who it is, where, in which chain, and who controls it.

/// A party.
#[derive(Debug, Clone)]
pub(super) struct Party {
    /// How its name begins; nobody else's begins so.
    pub stem: String,
    /// The full name.
    pub name: String,
    /// The credit code.
    pub uscc: String,
    /// The code of its county, or of its city where no counties are declared.
    pub region: String,
    /// The code of its city.
    pub city: String,
    /// Its chain, by place.
    pub chain: usize,
    /// Its type, by place.
    pub role: usize,
    /// Who controls it, by place.
    pub controller: Option<usize>,
}
