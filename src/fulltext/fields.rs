//! The fields of the index.

use tantivy::schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};

use crate::fulltext::lines::LINES;

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The record's identifier.
    pub id: Field,
    /// The record's kind.
    pub kind: Field,
    /// Terms of the title.
    pub title: Field,
    /// Terms of the party's name.
    pub party: Field,
    /// Terms of the other public columns.
    pub body: Field,
    /// Parts of the words of title, party and body.
    pub parts: Field,
    /// Pinyin of title and party.
    pub pinyin: Field,
    /// The document's digest, for `verify`.
    pub digest: Field,
}

/// Builds the schema and its fields; always the same.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    // Only the presence of a term counts, so neither frequencies nor lengths are kept.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(LINES)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    let terms = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: builder.add_text_field("id", STRING | STORED | FAST),
        kind: builder.add_text_field("kind", STRING),
        title: builder.add_text_field("title", terms.clone()),
        party: builder.add_text_field("party", terms.clone()),
        body: builder.add_text_field("body", terms.clone()),
        parts: builder.add_text_field("parts", terms.clone()),
        pinyin: builder.add_text_field("pinyin", terms),
        digest: builder.add_text_field("digest", STORED),
    };
    (builder.build(), fields)
}
