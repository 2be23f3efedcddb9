//! tantivy on the same terms, with its own BM25, and on the same words as running text.

use lianqiao::internals::{Posting, Vector};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token, WhitespaceTokenizer};
use tantivy::{Index, IndexWriter, TantivyDocument, Term};

/// Memory of the writer in bytes.
const WRITER_BYTES: usize = 200_000_000;

/// An index of weighed terms in memory.
pub struct Peer {
    searcher: tantivy::Searcher,
    field: Field,
}

impl Peer {
    /// Builds the index as one segment.
    pub fn build(items: &[(Posting, Vector)]) -> Self {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let field = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
        let id = schema.add_text_field("id", STRING | STORED);
        let index = Index::create_in_ram(schema.build());
        let writer = index.writer_with_num_threads(1, WRITER_BYTES).unwrap();
        for (posting, vector) in items {
            let tokens = vector.entries().enumerate().map(|(position, (key, _))| Token {
                position,
                text: format!("{key:x}"),
                ..Token::default()
            });
            let mut document = TantivyDocument::default();
            document
                .add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens: tokens.collect() });
            document.add_text(id, posting.id.as_str());
            writer.add_document(document).unwrap();
        }
        finish(&index, writer);
        Self { searcher: index.reader().unwrap().searcher(), field }
    }

    /// Finds the best for a query, and says how many there are.
    pub fn top(&self, query: &Vector, limit: usize) -> usize {
        let clauses = query.entries().map(|(key, _)| {
            let term = Term::from_field_text(self.field, &format!("{key:x}"));
            let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            (Occur::Should, query)
        });
        let query = BooleanQuery::new(clauses.collect());
        self.searcher.search(&query, &TopDocs::with_limit(limit).order_by_score()).unwrap().len()
    }
}

/// Indexes texts whose words are parted by spaces, with positions, and stores their identifiers.
pub fn index_texts(texts: &[(String, String)]) {
    let mut schema = Schema::builder();
    let indexing =
        TextFieldIndexing::default().set_tokenizer("spaces").set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let id = schema.add_text_field("id", STRING | STORED);
    let index = Index::create_in_ram(schema.build());
    index.tokenizers().register("spaces", WhitespaceTokenizer::default());
    let writer = index.writer_with_num_threads(1, WRITER_BYTES).unwrap();
    for (own_id, own_text) in texts {
        let mut document = TantivyDocument::default();
        document.add_text(text, own_text);
        document.add_text(id, own_id);
        writer.add_document(document).unwrap();
    }
    finish(&index, writer);
}

fn finish(index: &Index, mut writer: IndexWriter) {
    writer.commit().unwrap();
    let segments = index.searchable_segment_ids().unwrap();
    if segments.len() > 1 {
        writer.merge(&segments).wait().unwrap();
    }
    writer.wait_merging_threads().unwrap();
}
