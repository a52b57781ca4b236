"""Measures the time from a byte on standard input to the arrival of its alert at a webhook on loopback.

usage: latency.py KEYSIEVE PACK [COUNT]; PACK is a pack whose rule acme-token finds acme_live_ and 24 characters.
One finding every 5 ms, each of another token. Prints the median, the 99th percentile and the longest, in milliseconds.
"""

import json
import random
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

binary, pack = sys.argv[1:3]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 900
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
command = [binary, "redact", "--no-builtin", "--pack", pack, "--alert", sink, "--alert-allow-private", *sys.argv[4:]]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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
print(f"{len(ms)} alerts: median {ms[len(ms) // 2]} ms, p99 {ms[len(ms) * 99 // 100]} ms, longest {ms[-1]} ms")
