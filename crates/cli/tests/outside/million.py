"""Measures the inventory with a million findings of a million credentials.

usage: million.py KEYSIEVE [COUNT]. Enters them with `inventory record`, then asks for the list and for a page with the trend, and
enters more with two processes at once. Ends with 1 if fewer than 20,000 a second are entered, if an answer takes longer than a
second, or if the counts or the log do not hold. Best of three answers: the machine may have other work.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time

binary = os.path.abspath(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
faults = []
dice = random.Random(1)


def finding(n):
    severity = dice.choice(["critical", "high", "medium", "low"])
    return json.dumps({
        "rule": "acme-token", "title": "Acme token", "category": "saas", "severity": severity, "confidence": "certain",
        "source": f"logs/{n // 100}.log", "line": n % 100 + 1, "column": 3, "span": [2, 36], "action": "report",
        "fingerprint": f"ks1:{dice.getrandbits(160):040x}", "fingerprint_key": "given", "preview": "acme_live_…(34)",
    })


def check(holds, what):
    print(("" if holds else "FAULT: ") + what)
    if not holds:
        faults.append(what)


with tempfile.TemporaryDirectory() as folder:
    environment = {**os.environ, "KEYSIEVE_KEY": "a million", "KEYSIEVE_INVENTORY": "books.db"}

    def run(*args, fine=(0, 1)):
        begin = time.monotonic()
        ended = subprocess.run([binary, *args], cwd=folder, env=environment, capture_output=True, text=True)
        took = time.monotonic() - begin
        if ended.returncode not in fine:
            sys.exit(f"{args}: {ended.stderr}")
        return took, ended.stdout + ended.stderr

    for name, number in [("all", count), ("a", count // 50), ("b", count // 50)]:
        with open(os.path.join(folder, name + ".jsonl"), "w") as out:
            out.writelines(finding(n) + "\n" for n in range(number))
    took, said = run("inventory", "record", "all.jsonl")
    check(count / took >= 20_000, f"{count} findings entered in {took:.1f} s, {count / took:.0f} a second")
    check(f"{count} findings entered" in said, "all of them")

    open(os.path.join(folder, "clean.txt"), "w").close()
    for what, args in [
        ("inventory list", ["inventory", "list"]),
        ("a page with the trend", ["scan", "--format", "html", "--inventory", "books.db", "clean.txt"]),
        ("inventory verify", ["inventory", "verify"]),
    ]:
        took = min(run(*args)[0] for _ in range(3))
        check(took < 1, f"{what} in {took:.2f} s")

    two = [subprocess.Popen([binary, "inventory", "record", f"{name}.jsonl"], cwd=folder, env=environment) for name in "ab"]
    check(all(one.wait() == 0 for one in two), "two processes at once")
    check(f"{count + 2 * (count // 50)} open" in run("inventory", "list")[1], "and nothing of theirs is missing")
    size = os.path.getsize(os.path.join(folder, "books.db"))
    print(f"{size / 1e6:.0f} MB on disk")
sys.exit(1 if faults else 0)
