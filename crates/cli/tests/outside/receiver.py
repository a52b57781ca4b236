"""Receives HTTP posts on loopback and writes each as a JSON line: path, headers, body.

usage: receiver.py FILE [--tls CERT KEY] [--say STATUS,STATUS,...] [--port N]
Prints its port, and ends with its standard input. --say answers the first requests with these statuses, then 200;
302 leads to /elsewhere. Bodies are read with what is installed: /v1/logs by `opentelemetry-proto`, /slack by `slack_sdk`, signed ones
by `standardwebhooks` under the secret in KEYSIEVE_WEBHOOK_SECRET; the key `read` tells what came of it.
"""

import argparse
import json
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--say", default="")
parser.add_argument("--port", type=int, default=0)
args = parser.parse_args()
answers = [int(word) for word in args.say.split(",") if word]
lock = threading.Lock()
out = open(args.file, "a", buffering=1)


def read(path, headers, body):
    """What a reader of another hand makes of it: None if there is none."""
    if path == "/v1/logs":
        try:
            from google.protobuf import json_format
            from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
        except ImportError:
            return None
        request = json_format.Parse(body, ExportLogsServiceRequest())
        return [
            {
                "body": record.body.string_value,
                "event": record.event_name,
                "severity": record.severity_number,
                "attributes": {pair.key: pair.value.string_value for pair in record.attributes},
            }
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]
    if path == "/slack":
        try:
            from slack_sdk.models.blocks import Block
        except ImportError:
            return None
        blocks = Block.parse_all(json.loads(body)["blocks"])
        for block in blocks:
            block.validate_json()
        return [block.to_dict() for block in blocks]
    if "webhook-signature" in headers:
        try:
            from standardwebhooks.webhooks import Webhook
        except ImportError:
            return None
        Webhook(os.environ["KEYSIEVE_WEBHOOK_SECRET"]).verify(body, headers)
        return "verified"
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            # Its sender was killed: it did not arrive.
            self.close_connection = True
            return
        body = body.decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with lock:
            status = answers.pop(0) if answers else 200
        try:
            made = read(self.path, headers, body)
        except Exception as error:  # What cannot be read is what the test is about.
            made = f"refused: {error!r}"
        with lock:
            out.write(json.dumps({"path": self.path, "headers": headers, "body": body, "status": status, "read": made}) + "\n")
        self.send_response(status)
        if status in (301, 302, 307, 308):
            self.send_header("location", "/elsewhere")
        if status in (429, 503):
            self.send_header("retry-after", "0")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # Senders are killed; that is what the test is about.


server = Server(("127.0.0.1", args.port), Handler)
if args.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*args.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
