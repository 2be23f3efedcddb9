//! Agendas of events as the service keeps them.

/// An agenda that is kept, or one that was removed and whose number is not used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAgenda {
    /// Its number, from 1.
    pub number: u64,
    /// What the event is called.
    pub name: String,
    /// The region that its maker is bound to.
    pub region: Option<String>,
    /// When it was first made (RFC 3339, UTC).
    pub created: String,
    /// All of it, as the file of an agenda has it; `None` once it is removed.
    pub text: Option<String>,
}

impl KeptAgenda {
    /// Reads the number out of an agenda's name (`A12`).
    pub fn parse(name: &str) -> Option<u64> {
        let number: u64 = name.strip_prefix('A')?.parse().ok()?;
        (Self::name_of(number) == name).then_some(number)
    }

    /// Returns the name of the agenda with a number.
    pub fn name_of(number: u64) -> String {
        format!("A{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agenda_has_one_name() {
        assert_eq!(KeptAgenda::parse("A12"), Some(12));
        for wrong in ["A", "12", "A01", "A+1", "a1", "A1.json", "A99999999999999999999"] {
            assert_eq!(KeptAgenda::parse(wrong), None, "{wrong}");
        }
    }
}
