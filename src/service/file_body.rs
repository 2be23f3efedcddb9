//! A file as the body of an answer, sent piece by piece, so that a large one takes little memory.

use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

/// Bytes that are read at a time. They come from the cache of the system nearly always: the file has just been written.
const PIECE: usize = 64 * 1024;

/// An open file that is being sent.
pub(super) struct FileBody {
    file: File,
    length: u64,
}

impl FileBody {
    /// Sends a file from where it stands.
    pub(super) fn new(file: File) -> Self {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        Self { file, length }
    }
}

impl MessageBody for FileBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, io::Error>>> {
        let mut piece = vec![0; PIECE];
        Poll::Ready(match self.file.read(&mut piece) {
            Ok(0) => None,
            Ok(n_read) => {
                piece.truncate(n_read);
                Some(Ok(piece.into()))
            }
            Err(error) => Some(Err(error)),
        })
    }
}
