#!/usr/bin/env python3
"""Agendas beside CP-SAT and HiGHS: invents docking-agenda/1 instances, solves each with every solver on one thread under
the same limit of time, has every answer checked by `lianqiao agenda check`, and puts the table into README.md between its
two marks. The peers get the plain model with one variable for each pair and slot in which both are there.

usage: python3 benches/peers/agenda.py PROGRAM FOLDER SECONDS README.md

PROGRAM is target/release/lianqiao, FOLDER keeps the instances and answers. The peers come from
benches/peers/agenda-requirements.txt. Every solver is a process of its own: this file starts itself with another first
argument for that, and reads what the system counted of its time and memory.
"""
import datetime
import json
import os
import random
import re
import sys
import time

BEGIN, END = "<!-- benches/peers/agenda.py 开始 -->\n", "<!-- benches/peers/agenda.py 结束 -->\n"
# Buyers, SMEs, slots, tables, pairs.
SIZES = {
    "xs": (10, 40, 8, 8, 160),
    "s": (40, 200, 16, 30, 1_500),
    "m": (100, 600, 20, 80, 6_000),
    "l": (200, 2_000, 24, 160, 20_000),
}
# Of a hundred slots of a party, it is absent in about so many.
ABSENCES = {"少": 2, "多": 25}
SOLVERS = {"lianqiao": "链桥", "cpsat": "CP-SAT", "highs": "HiGHS"}
SEED = 20260601
# A solver that does not mind its limit is ended after so many times the limit.
GRACE = 2


def invent(name, size, absent, seed):
    """An instance whose minima a planted agenda keeps; two slots over noon have fewer tables."""
    n_buyers, n_smes, n_slots, n_tables, n_pairs = size
    dice = random.Random(seed)
    tables = [n_tables * 2 // 3 if slot in (n_slots // 2 - 1, n_slots // 2) else n_tables for slot in range(n_slots)]
    parties = []
    for i in range(n_buyers + n_smes):
        is_buyer = i < n_buyers
        away = set()
        if dice.random() < absent / 50:  # late, or gone early
            length = dice.randrange(n_slots // 2)
            away |= set(range(length)) if dice.random() < 0.5 else set(range(n_slots - length, n_slots))
        away |= {slot for slot in range(n_slots) if dice.random() < absent / 200}
        most = n_slots // 2 + dice.randrange(n_slots // 2 + 1) if is_buyer else 2 + dice.randrange(5)
        parties.append({
            "id": f"b{i}" if is_buyer else f"s{i - n_buyers}", "side": "buyer" if is_buyer else "sme",
            "min": 0, "max": most, "unavailable": sorted(away),
        })
    scores = {}
    for both in plant(parties, tables, n_buyers, n_smes, dice):
        scores[both] = dice.randrange(1, 1_000)
        for party, least in zip(both, (4, 1)):
            parties[party]["min"] = min(parties[party]["min"] + 1, least)
    while len(scores) < n_pairs:
        # The smaller of two draws: some buyers are wanted by many.
        both = (min(dice.randrange(n_buyers), dice.randrange(n_buyers)), n_buyers + dice.randrange(n_smes))
        scores.setdefault(both, 1 + (dice.randrange(1_000) + dice.randrange(1_000)) // 2)
    pairs = [{"a": a, "b": b, "score": score} for (a, b), score in sorted(scores.items())]
    return {"format": "docking-agenda/1", "name": name, "seed": seed, "slots": n_slots, "tables": tables,
            "parties": parties, "pairs": pairs}


def plant(parties, tables, n_buyers, n_smes, dice):
    busy = [set(party["unavailable"]) for party in parties]
    held, left, planted = [0] * len(parties), list(tables), set()
    for turn in range(2 * n_smes):
        both = (dice.randrange(n_buyers), n_buyers + turn % n_smes)
        free = [slot for slot in range(len(tables)) if left[slot] and all(slot not in busy[party] for party in both)]
        if not free or both in planted or any(held[party] >= parties[party]["max"] for party in both):
            continue
        slot = dice.choice(free)
        left[slot] -= 1
        planted.add(both)
        for party in both:
            busy[party].add(slot)
            held[party] += 1
    return sorted(planted)


def cells_of(instance):
    """The cells (pair, slot) in which both parties are there, and the rows that hold them: (least, most, cells)."""
    parties, cells, rows = instance["parties"], [], []
    away = [set(party["unavailable"]) for party in parties]
    in_slot, in_all, of_slot = {}, {}, {}
    for number, pair in enumerate(instance["pairs"]):
        first = len(cells)
        for slot in range(instance["slots"]):
            if slot not in away[pair["a"]] and slot not in away[pair["b"]] and instance["tables"][slot] > 0:
                for party in (pair["a"], pair["b"]):
                    in_slot.setdefault((party, slot), []).append(len(cells))
                    in_all.setdefault(party, []).append(len(cells))
                of_slot.setdefault(slot, []).append(len(cells))
                cells.append((number, slot))
        rows.append((0, 1, range(first, len(cells))))
    rows += [(0, 1, held) for held in in_slot.values()]
    rows += [(0, instance["tables"][slot], held) for slot, held in of_slot.items()]
    rows += [(parties[party]["min"], parties[party]["max"], held) for party, held in in_all.items()]
    return cells, rows


def cpsat(instance, seconds):
    from ortools.sat.python import cp_model
    cells, rows = cells_of(instance)
    model = cp_model.CpModel()
    held = [model.new_bool_var("") for _ in cells]
    for least, most, row in rows:
        if (least, most) == (0, 1):
            model.add_at_most_one(held[cell] for cell in row)
        else:
            model.add_linear_constraint(sum(held[cell] for cell in row), least, most)
    model.maximize(sum(instance["pairs"][pair]["score"] * held[cell] for cell, (pair, _) in enumerate(cells)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model)
    is_found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    chosen = [cells[cell] for cell in range(len(cells)) if is_found and solver.value(held[cell])]
    return chosen, solver.best_objective_bound


def highs(instance, seconds):
    import highspy
    import numpy
    cells, rows = cells_of(instance)
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("mip_rel_gap", 0.0),
                          ("time_limit", float(seconds))):
        solver.setOptionValue(option, value)
    n_cells = len(cells)
    worth = numpy.array([instance["pairs"][pair]["score"] for pair, _ in cells], dtype=float)
    empty = numpy.array([], dtype=numpy.int32)
    solver.addCols(n_cells, worth, numpy.zeros(n_cells), numpy.ones(n_cells), 0, numpy.zeros(n_cells, numpy.int32),
                   empty, empty.astype(float))
    solver.changeColsIntegrality(n_cells, numpy.arange(n_cells, dtype=numpy.int32),
                                 numpy.full(n_cells, highspy.HighsVarType.kInteger))
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    starts = numpy.cumsum([0] + [len(row) for _, _, row in rows])[:-1].astype(numpy.int32)
    index = numpy.concatenate([numpy.fromiter(row, numpy.int32) for _, _, row in rows])
    solver.addRows(len(rows), numpy.array([row[0] for row in rows], dtype=float),
                   numpy.array([row[1] for row in rows], dtype=float), len(index), starts, index, numpy.ones(len(index)))
    solver.run()
    info = solver.getInfo()
    is_found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = solver.getSolution().col_value
    return [cells[cell] for cell in range(n_cells) if is_found and values[cell] > 0.5], info.mip_dual_bound


def peer(solver, instance_path, answer_path, seconds):
    """What a process of its own does: solves, and writes the meetings (none if none were found) and the bound."""
    with open(instance_path, encoding="utf-8") as file:
        instance = json.load(file)
    chosen, bound = {"cpsat": cpsat, "highs": highs}[solver](instance, float(seconds))
    # No agenda is worth more than all pairs together: a larger bound, or none, says nothing.
    bound = bound if 0 < bound <= sum(pair["score"] for pair in instance["pairs"]) else None
    with open(answer_path, "w", encoding="utf-8") as file:
        json.dump({"meetings": chosen, "bound": bound and int(bound + 1e-6)}, file)


def run(command, limit, log=os.devnull):
    """Runs a program; returns its exit code (None if it was ended), wall and processor seconds, and peak KiB.

    The peak is read from /proc while it runs: what the system tells of an ended process may be the peak of the one that
    started it.
    """
    begun = time.monotonic()
    outputs = [(os.POSIX_SPAWN_OPEN, stream, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) for stream in (1, 2)]
    child = os.posix_spawn(command[0], command, os.environ, file_actions=outputs)
    is_ended, kib = False, 0
    while True:
        with open(f"/proc/{child}/status", encoding="utf-8") as file:
            kib = max([kib] + [int(line.split()[1]) for line in file if line.startswith("VmHWM:")])
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() - begun > limit and not is_ended:
            os.kill(child, 9)
            is_ended = True
        time.sleep(0.005)
    code = None if is_ended else os.waitstatus_to_exitcode(status)
    return code, time.monotonic() - begun, usage.ru_utime + usage.ru_stime, kib


def measure(program, solver, instance, answer, seconds):
    if solver == "lianqiao":
        command = [program, "agenda", "solve", instance, "--out", answer, "--seconds", str(seconds)]
    else:
        command = [sys.executable, os.path.abspath(__file__), solver, instance, answer, str(seconds)]
    log = answer + ".log"
    for old in filter(os.path.exists, (answer, log)):
        os.remove(old)
    code, wall, processor, kib = run(command, GRACE * seconds, log)
    found = {"wall": wall, "processor": processor, "kib": kib, "score": None, "bound": None, "settled": ""}
    if code is None:
        return found
    if code != 0:
        sys.exit(f"{' '.join(command)}: {code}")
    with open(answer, encoding="utf-8") as file:
        written = json.load(file)
    found["bound"] = written["bound"]
    if solver == "lianqiao":
        # After the score is settled it goes on to make waiting short.
        with open(log, encoding="utf-8") as file:
            settled = re.search(r"^([0-9.]+) 毫秒：总分", file.read(), re.MULTILINE)
        found["settled"] = f"{float(settled[1]) / 1e3:.2f}"
    if written["meetings"]:
        code, *_ = run([program, "agenda", "check", instance, answer], 60)
        if code != 0:
            sys.exit(f"{solver}: {answer} is no agenda of {instance}")
        with open(instance, encoding="utf-8") as file:
            pairs = json.load(file)["pairs"]
        found["score"] = sum(pairs[meeting[0]]["score"] for meeting in written["meetings"])
    return found


def row(name, absence, solver, found, best):
    score, bound = found["score"], found["bound"]
    ratio = lambda value: "没有" if value is None else f"{value / best:.5f}"
    gap = "" if None in (score, bound) else "已证明" if score == bound else f"{100 * (bound - score) / score:.3f}%"
    n_buyers, n_smes, n_slots, *_ = SIZES[name]
    cells = [f"{name}，{n_buyers} × {n_smes} × {n_slots}，缺席{absence}", SOLVERS[solver], ratio(score), ratio(bound), gap,
             found["settled"], f"{found['wall']:.1f}", f"{found['processor']:.1f}", f"{found['kib'] / 1024:.0f} MiB"]
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def main(program, folder, seconds, readme):
    os.makedirs(folder, exist_ok=True)
    day = datetime.date.today()
    lines = [f"{day.year} 年 {day.month} 月 {day.day} 日，{os.cpu_count()} 个与他人共用的核，每次限时 {seconds} 秒、一个线程：", "",
             "| 实例 | 求解器 | 得分 | 上界 | 差距 | 得分已定的秒数 | 秒 | 核秒 | 内存 |", "|---|---|---|---|---|---|---|---|---|"]
    for name, size in SIZES.items():
        for absence, absent in ABSENCES.items():
            path = os.path.join(folder, f"{name}-{absent}.json")
            run([sys.executable, os.path.abspath(__file__), "invent", path, name, str(absent)], 60)
            answers = {solver: path.replace(".json", f".{solver}.json") for solver in SOLVERS}
            found = {solver: measure(program, solver, path, answers[solver], int(seconds)) for solver in SOLVERS}
            best = max(one["score"] for one in found.values() if one["score"])
            for solver in SOLVERS:
                lines.append(row(name, absence, solver, found[solver], best))
                print(lines[-1], flush=True)
    with open(readme, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(readme, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n".join(lines) + "\n" + END + after)


def write_instance(path, name, absent):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(invent(name, SIZES[name], int(absent), SEED), file)


if __name__ == "__main__":
    mode, *rest = sys.argv[1:]
    if mode == "invent":
        write_instance(*rest)
    elif mode in ("cpsat", "highs"):
        peer(mode, *rest)
    else:
        main(mode, *rest)
