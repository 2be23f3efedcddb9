#!/usr/bin/env python3
"""Measures the service under load from a second process, wrk, and puts the figures into the README's table.

usage: python3 benches/load.py PROGRAM DATA README.md [SECONDS]

DATA is a data directory with a province in it; a copy is served. Each line of the table is measured for SECONDS (15), one
after another, and the empty handler (/livez) beside the first matches of each round. It needs wrk (a Debian package).
"""
import concurrent.futures
import datetime
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

BEGIN, END = "<!-- benches/load.py 开始 -->\n", "<!-- benches/load.py 结束 -->\n"
# So many connections keep both cores busy; three times the load is three times what is worked on and may wait.
CONNECTIONS, OVERLOAD = 16, 800
WRITES_A_SECOND = 50
LUA = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local place = math.random(1, #bodies)
local failed = 0
init = function() math.randomseed(os.time()) place = math.random(1, #bodies) end
request = function()
    place = place %% #bodies + 1
    return wrk.format("POST", "%s", {["Authorization"] = "Bearer %s", ["Content-Type"] = "application/json"}, bodies[place])
end
done = function(summary, latency, requests)
    io.write(string.format("FACTS %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration, summary.errors.status,
        summary.errors.timeout + summary.errors.read + summary.errors.connect, latency:percentile(50), latency:percentile(99)))
end
"""


class Service:
    def __init__(self, program, data):
        key = subprocess.run([program, "--data", data, "--format", "json", "key", "add", "--role", "admin"],
                             check=True, capture_output=True, text=True)
        self.key = re.search(r"lqk_[0-9a-f]+", key.stdout).group(0)
        self.process = subprocess.Popen([program, "--data", data, "serve", "--listen", "127.0.0.1:0", "--rate", "0"],
                                        stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            found = re.search(r"http://(127\.0\.0\.1:\d+)", line)
            if found:
                self.address = found.group(1)
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        while self.call("GET", "/readyz")[0] != 200:
            time.sleep(0.2)

    def call(self, method, path, body=None, connection=None):
        connection = connection or http.client.HTTPConnection(self.address, timeout=60)
        text = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection.request(method, path, text, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def list(self, kind, n_max):
        found, cursor = [], ""
        while len(found) < n_max:
            status, body = self.call("GET", f"/api/v1/postings?kind={kind}&limit=200{cursor}")
            assert status == 200, body
            body = json.loads(body)
            found += body["items"]
            if not body.get("next"):
                break
            cursor = f"&cursor={body['next']}"
        return found

    def load(self, folder, path, bodies, connections, seconds):
        """Requests a second that were answered, that were turned away, and the median and 99th percentile in ms."""
        lines, script = os.path.join(folder, "bodies"), os.path.join(folder, "load.lua")
        with open(lines, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(body, ensure_ascii=False) + "\n" for body in bodies)
        with open(script, "w", encoding="utf-8") as file:
            file.write(LUA % (lines, path, self.key))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", script, f"http://{self.address}"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        total, micros, refused, broken, median, last = map(int, re.search(r"FACTS (.*)", told).group(1).split())
        assert broken == 0, told
        span = micros / 1e6
        return (total - refused) / span, refused / span, median / 1e3, last / 1e3

    def empty(self, seconds):
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", f"http://{self.address}/livez"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        value = lambda pattern: re.search(pattern, told).groups()
        scale = {"us": 1e-3, "ms": 1.0, "s": 1e3}
        latency = [float(number) * scale[unit] for number, unit in (value(rf"{p}%\s+([\d.]+)(us|ms|s)") for p in (50, 99))]
        return float(value(r"Requests/sec:\s+([\d.]+)")[0]), 0.0, *latency


def writes(service, template, seconds):
    """Changes postings at a steady rate; how long after its answer each tenth change is found by a search, in seconds."""
    local, visible, taken = threading.local(), [], []

    def connection():
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(service.address, timeout=60)
        return local.connection

    def write(number, due):
        time.sleep(max(0.0, due - time.monotonic()))
        word = f"负载{number}号{os.getpid()}样"
        posting = dict(template, fields=dict(template["fields"], title=word))
        begun = time.monotonic()
        status, body = service.call("POST", "/api/v1/postings", posting, connection())
        assert status == 201, body
        answered = time.monotonic()
        taken.append(answered - begun)
        if number % 10:
            return
        while True:
            status, body = service.call("POST", "/api/v1/searches", {"kind": "catalog", "text": word, "top": 5}, connection())
            assert status == 200, body
            if word in body.decode():
                visible.append(time.monotonic() - answered)
                return
            time.sleep(0.02)

    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        for done in [pool.submit(write, n, begun + n / WRITES_A_SECOND) for n in range(WRITES_A_SECOND * seconds)]:
            done.result()
    return len(taken) / (time.monotonic() - begun), taken, visible


def alerts(service, kind, n):
    """Posts copies of postings one by one; the processor time of the service, seconds, from each until all are told of it."""
    def processor():
        with open(f"/proc/{service.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def idle():
        last = -1.0
        while processor() - last > 0.015:
            last = processor()
            time.sleep(0.25)
        return processor()

    known = service.list(kind, 5000)
    used = []
    for number, item in enumerate(known[:: max(1, len(known) // n)][:n]):
        status, body = service.call("GET", f"/api/v1/postings/{urllib.parse.quote(item['id'])}")
        assert status == 200, body
        fields = {name: cell["raw"] for name, cell in json.loads(body)["fields"].items() if cell["raw"]}
        before = idle()
        posting = {"kind": kind, "party": item["party"]["id"], "fields": dict(fields, code=f"LOAD{os.getpid()}-{number}")}
        status, body = service.call("POST", "/api/v1/postings", posting)
        assert status == 201, body
        used.append(idle() - before)
    # The first ones come while what the import left to do is still done.
    return used[2:]


def alert_rows(service):
    for kind, label in (("catalog", "供应"), ("procurement", "需求")):
        used = sorted(alerts(service, kind, 32))
        name = f"新的{label}一条：收下、两边匹配、提醒落盘的处理器时间（最多 {used[-1]:.2f} 秒）"
        yield name, "", f"{statistics.median(used) * 1e3:.3g}", f"{used[-1] * 1e3:.3g}"


def rows(service, folder, seconds):
    demands = service.list("procurement", 5000)
    # So many that even those who are turned away never ask for the same twice.
    matches = [{"demand": item["id"], "top": top} for top in range(11, 91) for item in demands]
    searches = [{"kind": "catalog", "text": item["title"], "top": 20} for item in demands]
    line = lambda name, found: (name, f"{found[0]:,.0f}", f"{found[2]:.3g}", f"{found[3]:.3g}")
    empty = service.empty(seconds)
    yield line("空的应答（`/livez`）", empty)
    best = service.load(folder, "/api/v1/matches", matches, CONNECTIONS, seconds)
    yield line("匹配，每次另一条需求", best)
    yield line("匹配，同一条需求（已算过）", service.load(folder, "/api/v1/matches", matches[:1], CONNECTIONS, seconds))
    yield line("检索，每次另一段文字", service.load(folder, "/api/v1/searches", searches, CONNECTIONS, seconds))
    over = service.load(folder, "/api/v1/matches", matches, OVERLOAD, seconds)
    share = f"答完的是最好时的 {over[0] / best[0]:.2f} 倍，其余每秒 {over[1]:,.0f} 次立即答复 503"
    yield f"匹配，{OVERLOAD} 个连接同时要（{share}）", f"{over[0]:,.0f}", f"{over[2]:.3g}", f"{over[3]:.3g}"
    status, body = service.call("GET", f"/api/v1/postings/{service.list('catalog', 1)[0]['id']}")
    assert status == 200, body
    template = {"kind": "catalog", "party": json.loads(body)["party"]["id"], "fields": {"technical": "按图纸生产"}}
    rate, taken, visible = writes(service, template, seconds)
    seen = f"写入后到检索能看见：中位 {statistics.median(visible):.2f} 秒，最长 {max(visible):.2f} 秒"
    cut = statistics.quantiles(taken, n=100)
    yield f"写入，每秒 {WRITES_A_SECOND} 条（{seen}）", f"{rate:,.0f}", f"{cut[49] * 1e3:.3g}", f"{cut[98] * 1e3:.3g}"
    yield from alert_rows(service)


def main(program, data, readme, seconds=15):
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "data")
        shutil.copytree(data, copy)
        service = Service(program, copy)
        try:
            measured = list(rows(service, folder, int(seconds)))
        finally:
            service.process.terminate()
            service.process.wait()
    today = datetime.date.today()
    table = [f"{today.year} 年 {today.month} 月 {today.day} 日，2 个与 wrk 和他人共用的核，{CONNECTIONS} 个连接：\n\n",
             "| 请求 | 每秒答完 | 中位，毫秒 | 99%，毫秒 |\n", "|---|---|---|---|\n"]
    table += ["| " + " | ".join(row) + " |\n" for row in measured]
    print("".join(table))
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    with open(readme, "w", encoding="utf-8") as file:
        file.write(head + BEGIN + "".join(table) + END + tail)


if __name__ == "__main__":
    main(*sys.argv[1:])
