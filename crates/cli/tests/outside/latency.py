"""Measures the time from a byte on standard input to the arrival of its alert at a webhook on loopback.

usage: latency.py KEYSIEVE [COUNT [OPTION...]]. One finding every 5 ms, each of another token of a rule that is made up here.
Prints the median, the 99th percentile and the longest, in milliseconds; ends with 1 if an alert is missing or the 99th
percentile is above a second.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

binary = os.path.abspath(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 900
folder = tempfile.TemporaryDirectory()
with open(os.path.join(folder.name, "acme.toml"), "w") as pack:
    pack.write("""[[rule]]
id = "acme-token"
title = "Acme token"
category = "saas"
why = "Made up."
severity = "high"
confidence = "certain"
anchors = ["acme_live_"]
pattern = 'acme_live_[0-9a-z]{24}'
hits = ["ACME={secret}", "token: {secret}"]
misses = ["acme_live_{lower:5}", "acme_live_"]
""")
sent, took = {}, []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        alert = json.loads(self.rfile.read(int(self.headers["content-length"])))
        took.append(time.monotonic() - sent[alert["line"]])
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
sink = f"webhook:http://127.0.0.1:{server.server_port}/"
command = [binary, "redact", "--no-builtin", "--pack", "acme.toml", "--alert", sink, "--alert-allow-private", *sys.argv[3:]]
child = subprocess.Popen(command, cwd=folder.name, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
dice = random.Random(1)
for line in range(1, count + 1):
    token = "acme_live_" + "".join(dice.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=24))
    sent[line] = time.monotonic()
    child.stdin.write(f"a {token} b\n".encode())
    child.stdin.flush()
    time.sleep(0.005)
child.stdin.close()
child.wait()
took.sort()
ms = [round(t * 1000, 1) for t in took]
p99 = ms[len(ms) * 99 // 100]
print(f"{len(ms)} alerts: median {ms[len(ms) // 2]} ms, p99 {p99} ms, longest {ms[-1]} ms")
sys.exit(0 if len(ms) == count and p99 < 1000 else 1)
