#!/usr/bin/env python3
"""Puts the figures of benches/run into the README's table, between its two marks, and prints it.

usage: python3 benches/table.py FACTS.tsv CRITERION_FOLDER README.md

A figure that was not measured fails: the table never mixes runs.
"""
import datetime
import json
import os
import sys

BEGIN, END = "<!-- benches/run 开始 -->\n", "<!-- benches/run 结束 -->\n"


def facts(path):
    return {name: float(value) for name, value in (line.rstrip("\n").split("\t") for line in open(path))}


def part(folder, name):
    """The median of a small piece in seconds."""
    with open(os.path.join(folder, name, "new", "estimates.json"), encoding="utf-8") as file:
        return json.load(file)["median"]["point_estimate"] / 1e9


def duration(seconds):
    for unit, factor in (("秒", 1), ("毫秒", 1e3), ("微秒", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.2g} 微秒"


def mebibytes(kib):
    return f"{kib / 1024:.0f} MiB"


def rows(f, criterion):
    n = int(f["records"])
    small = lambda name: duration(part(criterion, name))
    differing = lambda name, of: f"{int(f[name])} 条（共查 {int(f[of]):,} 条）"
    return [
        (f"导入 {n:,} 行", f"每核秒 {n / f['import.processor']:,.0f} 行；内存最多 {mebibytes(f['import.peak_kib'])}", "", "≥ 每核秒 10,000 行"),
        ("由日志重建全部索引", f"{f['build.ours']:.1f} 核秒（其中匹配索引 {f['build.impact']:.1f}）",
         f"tantivy 只索引切好词的同样供给的 {f['build.ours'] / f['build.tantivy']:.2f} 倍", "≤ 2 倍"),
        ("`match` 从启动到结束，文件已在系统缓存", f"{duration(f['start.wall'])}，{f['start.processor']:.2f} 核秒，{mebibytes(f['start.peak_kib'])}", "", "≤ 2 秒"),
        ("重启到匹配和检索都已作答", f"{duration(f['restart.wall'])}，{f['restart.processor']:.2f} 核秒", "", "≤ 5 秒"),
        ("全部载入后每条供给占的内存", f"{f['memory.bytes_per_supply']:,.0f} 字节", "", "≤ 2,000 字节"),
        ("导入一条更新到匹配和检索都能看见", f"{duration(f['update.visible'])}，最多 {duration(f['update.visible_max'])}", "", ""),
        ("一条需求的前 100 名候选", duration(f["top100.200k.ours"]),
         f"tantivy 的 {f['top100.200k.ours'] / f['top100.200k.tantivy']:.3f}；bm25s 的 {f['bm25s.ratio']:.3f}；SQLite FTS5 的 {f['fts5.ratio']:.5f}", "tantivy 的 ≤ 0.1"),
        ("同上，100 万条供给", duration(f["top100.1m.ours"]),
         f"tantivy 的 {f['top100.1m.ours'] / f['top100.1m.tantivy']:.3f}", "≤ 0.15"),
        ("候选与逐条穷举不同的需求", differing("exhaustive.differs", "exhaustive.checked"), "", "0"),
        ("一次完整的匹配，带理由", duration(f["match.ours"]),
         f"tantivy 只找前 100 名的 {f['match.ours'] / f['match.tantivy']:.2f} 倍", "≤ 0.3 倍"),
        (f"全部 {int(f['demands']):,} 条需求的前 20 名候选，一个线程", f"{f['sparse.ours']:.2f} 核秒",
         f"sparse-dot-topn 的 {f['sparse.ratio']:.3f}", "≤ 0.2"),
        ("同上", "", f"tantivy 的 {f['top20.tantivy.ratio']:.3f}", "≤ 0.1"),
        ("乘积与 sparse-dot-topn 不同的需求", f"{int(f['sparse.differs'])} 条（共查 {int(f['demands']):,} 条）", "", "0"),
        (f"`match-all` {int(f['all.demands']):,} 条需求", f"{duration(f['all.wall'])}，每核秒 {f['all.demands'] / f['all.processor']:,.0f} 条",
         "", ""),
        ("同时做几条匹配，两个线程比一个快", f"{f['threads.ours']:.2f} 倍", f"纯计算是 {f['threads.arithmetic']:.2f} 倍", "≥ 纯计算的 0.85"),
        ("`match-all` 名单中有重复供给的", differing("all.repeated", "all.demands"), "", "0"),
        ("`match-all` 与单条 `match` 不同的", differing("all.differs", "all.compared"), "", "0"),
        ("分词（不重复的小句）", f"每核秒 {f['jieba.chars'] / f['jieba.ours'] / 1e4:,.0f} 万字",
         f"jieba（Python）的 {1 / f['jieba.ratio']:.1f} 倍速度", ""),
        ("小件：切一段文字并称重", small("segment and weigh a text"), "", ""),
        ("小件：3,000 条中的前 100 名候选", small("top 100 of a small index"), "", ""),
        ("小件：判断并说明一对供需", small("judge and explain a match"), "", ""),
        ("小件：3,000 条中更新到可见", small("update to visible"), "", ""),
    ]


def main():
    path, criterion, readme = sys.argv[1:]
    day = datetime.date.today()
    lines = [f"{day.year} 年 {day.month} 月 {day.day} 日，{os.cpu_count()} 个与他人共用的核：", "",
             "| 项目 | 测得 | 与对照之比 | 目标 |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |".replace("|  |", "| |").replace("|  |", "| |") for row in rows(facts(path), criterion)]
    table = "\n".join(lines) + "\n"
    with open(readme, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(readme, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + table + END + after)
    print(table, end="")


main()
