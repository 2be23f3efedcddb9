//! What does not fit together among the facts of chains. None of it stops anything: what cannot be read is left out.

/// Something that does not fit together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where: the record, product or link.
    pub place: String,
    /// The name or names in question.
    pub names: Vec<String>,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Products are made of each other in a ring.
    Cycle,
    /// Products are narrower than each other in a ring.
    KindCycle,
    /// A product is made of itself, or narrower than itself.
    SelfLoop,
    /// Two products, chains or links of a chain have one name; the later one is left out.
    Doubled,
    /// A synonym of several products; it names none of them.
    SharedSynonym,
    /// No product has this name.
    UnknownProduct,
    /// No chain has this name.
    UnknownChain,
    /// No link has this name, or several have.
    UnknownLink,
    /// No firm has this identifier.
    UnknownFirm,
    /// A firm is named that is no party, or by a name that several bear.
    UnregisteredFirm,
    /// A firm is said to supply itself.
    SelfSupply,
}

impl ProblemKind {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cycle => "chain_cycle",
            Self::KindCycle => "chain_kind_cycle",
            Self::SelfLoop => "chain_self_loop",
            Self::Doubled => "chain_doubled",
            Self::SharedSynonym => "chain_shared_synonym",
            Self::UnknownProduct => "chain_unknown_product",
            Self::UnknownChain => "chain_unknown_chain",
            Self::UnknownLink => "chain_unknown_link",
            Self::UnknownFirm => "chain_unknown_firm",
            Self::UnregisteredFirm => "chain_unregistered_firm",
            Self::SelfSupply => "chain_self_supply",
        }
    }

    /// Says in Chinese what is wrong and what was done about it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cycle => "投入关系成环；环内单独必需的投入不作要求",
            Self::KindCycle => "上下位关系成环；按同类处理",
            Self::SelfLoop => "产品指向自身；已略去",
            Self::Doubled => "名称或编码重复；只取第一个",
            Self::SharedSynonym => "同义名属于几个产品；不用它指认产品",
            Self::UnknownProduct => "没有这个产品；已略去",
            Self::UnknownChain => "没有这条产业链；已略去",
            Self::UnknownLink => "没有这个环节，或有几个同名的环节；已略去",
            Self::UnknownFirm => "没有这家企业；已略去",
            Self::UnregisteredFirm => "没有登记为主体，或同名的有几家；所在地按不明计",
            Self::SelfSupply => "供货方就是采购方；已略去",
        }
    }
}

/// Builds a problem.
pub(super) fn problem(kind: ProblemKind, place: &str, names: &[&str]) -> Problem {
    Problem { kind, place: place.to_owned(), names: names.iter().map(|name| (*name).to_owned()).collect() }
}
