#!/usr/bin/env python3
"""Makes index/frequencies.tsv from the word frequencies of the jieba dictionary (MIT licence).

usage: pip install opencc-python-reimplemented; python3 benches/frequencies.py DICT.txt > index/frequencies.tsv
Traditional characters count for their simplified ones. DICT.txt is the `dict.txt` of jieba: word, frequency, part of speech. A character counts in every word that holds it,
a pair of characters likewise; longer words count for themselves. What is so rare that its weight is the highest
anyway is left out. The totals, for index/terms.toml, go to standard error.
"""
import collections
import math
import sys

import opencc

CAP_CHARACTER, CAP_TERM = 9, 12


def is_ideographic(text):
    return all("\u3400" <= c <= "\u9fff" for c in text)


def main():
    words = collections.Counter()
    simplified = opencc.OpenCC("t2s").convert
    for line in open(sys.argv[1], encoding="utf-8"):
        word, frequency = line.split(" ")[:2]
        words[simplified(word.lower())] += int(frequency)
    characters, terms = collections.Counter(), collections.Counter()
    for word, frequency in words.items():
        for character in set(word):
            if is_ideographic(character):
                characters[character] += frequency
        for pair in {word[i:i + 2] for i in range(len(word) - 1)}:
            if is_ideographic(pair):
                terms[pair] += frequency
        if len(word) > 2 and is_ideographic(word):
            terms[word] += frequency
    n_words, n_characters = sum(words.values()), sum(characters.values())
    print("term\tfrequency")
    for table, total, cap in ((characters, n_characters, CAP_CHARACTER), (terms, n_words, CAP_TERM)):
        for term, frequency in sorted(table.items()):
            if frequency and math.log(total / frequency) < cap - 0.5:
                print(f"{term}\t{frequency}")
    print(f"words {n_words}, characters {n_characters}", file=sys.stderr)


main()
