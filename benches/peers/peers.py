#!/usr/bin/env python3
"""Peers on the weighed terms that benches/province writes; benches/run starts it, with benches/peers/requirements.txt.

usage: python3 benches/peers/peers.py FOLDER

Reads a request a line and answers with one number: processor seconds of this process, all peers on one thread.
  bm25s, fts5     top 100, per demand (BM25 of their own over the same terms)
  sparse          top 20 of all demands by sparse-dot-topn on the same weights
  sparse-differs  how many demands have other products among their top 20 than FOLDER/top20 says
  jieba           of one pass through FOLDER/clauses
"""
import functools
import os
import sqlite3
import sys
import time

os.environ["NUMBA_NUM_THREADS"] = "1"

import bm25s
import jieba
import numpy
import scipy.sparse
import sparse_dot_topn

FOLDER = sys.argv[1]
# FTS5 takes so long that it gets only every so many of the demands that are timed.
TIMED, FTS5_STEP = 300, 10


def processor_time(work):
    start = time.process_time()
    work()
    return time.process_time() - start


@functools.cache
def rows(side):
    read = lambda part, kind: numpy.fromfile(os.path.join(FOLDER, f"{side}.{part}"), kind)
    starts, terms, weights = read("starts", "<u4"), read("terms", "<u4"), read("weights", "<u2")
    return starts.astype(numpy.int32), terms.astype(numpy.int32), weights


@functools.cache
def lists(side):
    starts, terms, _ = rows(side)
    return [part.tolist() for part in numpy.split(terms, starts[1:-1])]


@functools.cache
def some_demands():
    demands = lists("demands")
    return demands[::max(len(demands) // TIMED, 1)]


@functools.cache
def matrix(side):
    starts, terms, weights = rows(side)
    n_terms = 1 + max(int(rows(side)[1].max()) for side in ("demands", "supplies"))
    # Whole numbers stay exact, and it is faster than with narrower ones; blocks of supplies gain nothing.
    weights = weights.astype(numpy.float64)
    return scipy.sparse.csr_matrix((weights, terms, starts), shape=(len(starts) - 1, n_terms))


@functools.cache
def supplies_by_term():
    return matrix("supplies").T.tocsr()


def sparse_top():
    return sparse_dot_topn.sp_matmul_topn(matrix("demands"), supplies_by_term(), top_n=20, sort=True, n_threads=1)


def sparse():
    matrix("demands"), supplies_by_term()
    return processor_time(sparse_top)


def sparse_differs():
    found = sparse_top()
    ours = numpy.fromfile(os.path.join(FOLDER, "top20"), "<u8").reshape(-1, 20)
    theirs = numpy.zeros_like(ours)
    for i in range(len(ours)):
        products = -numpy.sort(-found.data[found.indptr[i]:found.indptr[i + 1]])
        theirs[i, :len(products)] = products.astype(numpy.uint64)
    assert len(ours) == found.shape[0] and ours.any()
    return int((ours != theirs).any(axis=1).sum())


@functools.cache
def bm25s_index():
    terms = {str(term): term for term in range(matrix("supplies").shape[1])}
    index = bm25s.BM25(k1=1.2, b=0.75, backend="numba")
    index.index(bm25s.tokenization.Tokenized(lists("supplies"), terms), show_progress=False)
    query = bm25s.tokenization.Tokenized(some_demands(), terms)
    retrieve = lambda: index.retrieve(query, k=100, show_progress=False, n_threads=1)
    retrieve()  # compiles
    return retrieve


def bm25s_top():
    retrieve = bm25s_index()
    return processor_time(retrieve) / len(some_demands())


@functools.cache
def fts5_index():
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(text, content='', tokenize='ascii')")
    texts = ((" ".join(f"t{term}" for term in terms),) for terms in lists("supplies"))
    database.executemany("INSERT INTO t(text) VALUES (?)", texts)
    database.execute("INSERT INTO t(t) VALUES ('optimize')")
    return database


def fts5_top():
    database = fts5_index()
    queries = [" OR ".join(f"t{term}" for term in terms) for terms in some_demands()[::FTS5_STEP]]
    find = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 100"
    return processor_time(lambda: [database.execute(find, (query,)).fetchall() for query in queries]) / len(queries)


@functools.cache
def clauses():
    jieba.initialize()
    return open(os.path.join(FOLDER, "clauses"), encoding="utf-8").read().split("\n")


def jieba_pass():
    texts = clauses()
    return processor_time(lambda: [jieba.lcut(text) for text in texts])


REQUESTS = {
    "bm25s": bm25s_top,
    "fts5": fts5_top,
    "sparse": sparse,
    "sparse-differs": sparse_differs,
    "jieba": jieba_pass,
}


def main():
    jieba.setLogLevel("ERROR")
    # Only answers may stand on the standard output.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        print(REQUESTS[line.strip()](), file=answers, flush=True)


main()
