#!/usr/bin/env python3
"""BM25 beside `lianqiao evaluate`, on the same files.

usage: pip install -r benches/peers/requirements.txt
       python3 benches/peers/bm25.py DEMANDS.tsv SUPPLIES.tsv QRELS.tsv [RUN.tsv] [--judged-only]

Ranks the supplies (id, title[, text]) for each demand (id, title[, text]) by BM25 (k1 = 1.2, b = 0.75, inverse document
frequencies of the supplies) over jieba's words, over pairs of characters, and over both added up; prints NDCG@10 with
gains 2^grade - 1 and MRR with relevant = grade >= 2, and for a RUN of the program its means beside them with its wins and
losses by demand.
"""
import collections
import logging
import math
import re
import sys
import unicodedata

import jieba
import opencc

jieba.setLogLevel(logging.ERROR)
SIMPLIFIED = opencc.OpenCC("t2s").convert
RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+(?:[.\-/+#][a-z0-9]+)*")


def normal(text):
    return SIMPLIFIED(unicodedata.normalize("NFKC", text).lower())


def is_chinese(run):
    return "\u3400" <= run[0] <= "\u9fff"


def words(text):
    return [word for run in RUN.findall(text) for word in (jieba.cut(run) if is_chinese(run) else [run])]


def pairs(text):
    cut = lambda run: [run[i:i + 2] for i in range(len(run) - 1)] or [run]
    return [piece for run in RUN.findall(text) for piece in (cut(run) if is_chinese(run) else [run])]


class Bm25:
    def __init__(self, bags, k1=1.2, b=0.75):
        self.n, sizes = len(bags), [sum(bag.values()) for bag in bags]
        mean = sum(sizes) / self.n
        self.postings = collections.defaultdict(list)
        for i, bag in enumerate(bags):
            for piece, count in bag.items():
                worth = count * (k1 + 1) / (count + k1 * (1 - b + b * sizes[i] / mean))
                self.postings[piece].append((i, worth))

    def scores(self, query):
        scores = [0.0] * self.n
        for piece, count in query.items():
            found = self.postings.get(piece, ())
            idf = math.log(1 + (self.n - len(found) + 0.5) / (len(found) + 0.5))
            for i, worth in found:
                scores[i] += count * idf * worth
        return scores


def rows(path):
    return [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")][1:]


def quality(order, grades):
    found = [grades.get(supply, 0) for supply in order]
    gain = lambda values: sum((2 ** grade - 1) / math.log2(i + 2) for i, grade in enumerate(values[:10]))
    first = next((i for i, grade in enumerate(found) if grade >= 2), None)
    return gain(found) / gain(sorted(grades.values(), reverse=True)), 0.0 if first is None else 1 / (first + 1)


def main():
    paths = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    judged_only = "--judged-only" in sys.argv
    demands, supplies = rows(paths[0]), rows(paths[1])
    text = lambda row: normal(" ".join(row[1:3]))
    grades = collections.defaultdict(dict)
    for demand, supply, grade in rows(paths[2]):
        grades[demand][supply] = int(grade)
    demands = [row for row in demands if max(grades[row[0]].values(), default=0) >= 2]
    ids = [row[0] for row in supplies]
    results = {}
    raw = {}
    for name, cut in (("words", words), ("pairs", pairs)):
        index = Bm25([collections.Counter(cut(text(row))) for row in supplies])
        raw[name] = {row[0]: index.scores(collections.Counter(cut(text(row)))) for row in demands}
    raw["mix"] = {d: [x + y for x, y in zip(raw["words"][d], raw["pairs"][d])] for d in raw["words"]}
    for name, scores in raw.items():
        results[name] = {}
        for demand, values in scores.items():
            places = range(len(ids))
            if judged_only:
                places = [i for i in places if ids[i] in grades[demand]]
            order = [ids[i] for i in sorted(places, key=lambda i: (-values[i], ids[i]))]
            results[name][demand] = quality(order, grades[demand])
    if len(paths) > 3:
        run = collections.defaultdict(list)
        for demand, supply, score in rows(paths[3]):
            run[demand].append((-float(score), supply))
        ours = {row[0]: quality([s for _, s in sorted(run[row[0]])], grades[row[0]]) for row in demands}
        results["lianqiao"] = ours
    for name, by_demand in results.items():
        means = [sum(value[i] for value in by_demand.values()) / len(by_demand) for i in (0, 1)]
        line = f"{name:9} demands {len(by_demand)}  NDCG@10 {means[0]:.4f}  MRR {means[1]:.4f}"
        if "lianqiao" in results and name != "lianqiao":
            differences = [results["lianqiao"][d][0] - by_demand[d][0] for d in by_demand]
            wins, losses = sum(x > 1e-9 for x in differences), sum(x < -1e-9 for x in differences)
            line += f"  lianqiao's wins {wins}, losses {losses}, ties {len(differences) - wins - losses}"
        print(line)


main()
