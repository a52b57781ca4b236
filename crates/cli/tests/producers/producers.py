"""What the official SDKs send and receive is redacted by the built binary, and the same SDKs read it afterwards.

    producers.py KEYSIEVE SECRET PLACEHOLDER

A server on the loopback plays each provider. Every SDK first gets an answer as it is, then the same answer redacted: what it
reads must be equal but for the secret. What the SDKs send is redacted too, and must be the same request without it. Packages
that are missing are named and left out; exit code 3 if all are.
"""

import asyncio
import http.server
import importlib.util
import json
import subprocess
import sys
import tempfile
import threading

KEYSIEVE, SECRET, PLACEHOLDER = sys.argv[1:4]
SENTENCE = f'The key you asked for is {SECRET} and\nnothing "else". Ω'
ARGUMENTS = json.dumps({"command": f"export TOKEN={SECRET}\nls", "note": "Ω"}, ensure_ascii=True)
SEALED = "EqQBCkYIBRgCKkC4Zx" * 12


def keysieve(command, data, *options):
    done = subprocess.run(
        [KEYSIEVE, command, "--no-config", *options], input=data, capture_output=True, timeout=60
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def redact(data, *options):
    clean = keysieve("redact", data, *options)
    assert SECRET.encode() not in clean
    return clean


class Server(http.server.ThreadingHTTPServer):
    """Answers every request with what was put there, and keeps what was sent."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind, self.body, self.sent = "application/json", b"{}", []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        self.server.sent.append(self.rfile.read(length))
        self.send_response(200)
        self.send_header("content-type", self.server.kind)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


def hidden(value):
    """The value with the placeholder where the secret stood."""
    if isinstance(value, str):
        return value.replace(SECRET, PLACEHOLDER)
    if isinstance(value, dict):
        return {hidden(key): hidden(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [hidden(inner) for inner in value]
    return value


def holds(value):
    return SECRET in json.dumps(value, default=str)


def same(name, before, after):
    assert holds(before), f"{name}: the secret was not in what the SDK read"
    assert after == hidden(before), f"{name}:\n{hidden(before)}\n{after}"


def answered(name, server, kind, body, call):
    """The answer as it is and redacted, read by the same call; and the request, redacted."""
    server.kind, server.body, server.sent = kind, body, []
    before = call()
    server.body = redact(body)
    assert server.body != body
    after = call()
    same(name, before, after)
    request = json.loads(server.sent[0])
    same(f"{name}, request", request, json.loads(redact(server.sent[0])))
    records = [json.loads(line) for line in keysieve("scan", server.sent[0], "-f", "jsonl").splitlines()]
    assert records and all(r.get("path") and r.get("channel") == "prompt" for r in records), records


def pieces(text, size=3):
    return [text[at : at + size] for at in range(0, len(text), size)]


def sse(events, named=False):
    out = []
    for event in events:
        if named:
            out.append(f"event: {event['type']}\n")
        out.append(f"data: {json.dumps(event)}\n\n")
    return "".join(out).encode()


def openai_sdk(server):
    import openai

    client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)
    ask = [{"role": "user", "content": SENTENCE}]
    call = {"id": "call_1", "type": "function", "function": {"name": "sh", "arguments": ARGUMENTS}}
    message = {"role": "assistant", "content": SENTENCE, "tool_calls": [call]}
    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    answered("openai chat", server, "application/json", json.dumps(whole).encode(),
             lambda: client.chat.completions.create(model="m", messages=ask).model_dump())

    def chunk(delta, reason=None):
        return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    def tool(function, **more):
        return chunk({"tool_calls": [{"index": 0, "function": function, **more}]})

    chunks = [chunk({"role": "assistant", "content": ""})]
    chunks += [chunk({"content": piece}) for piece in pieces(SENTENCE)]
    chunks += [tool({"name": "sh", "arguments": ""}, id="call_1", type="function")]
    chunks += [tool({"arguments": piece}) for piece in pieces(ARGUMENTS, 4)]
    chunks += [chunk({}, "tool_calls")]

    def stream():
        text, arguments, rest = "", "", []
        for event in client.chat.completions.create(model="m", messages=ask, stream=True):
            event = event.model_dump()
            delta = event["choices"][0]["delta"]
            text += delta.pop("content") or ""
            for call in delta.get("tool_calls") or []:
                arguments += call["function"].pop("arguments") or ""
            rest.append(event)
        return {"text": text, "arguments": json.loads(arguments), "rest": rest}

    answered("openai chat stream", server, "text/event-stream", sse(chunks) + b"data: [DONE]\n\n", stream)

    part = {"type": "output_text", "text": SENTENCE, "annotations": []}
    item = {"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    place = {"item_id": "m1", "output_index": 0, "content_index": 0}
    response = {"id": "r1", "object": "response", "created_at": 1, "model": "m", "output": [item],
                "status": "completed", "tools": [], "tool_choice": "auto", "parallel_tool_calls": True}
    events = [{"type": "response.created", "response": {**response, "output": []}}]
    events += [{"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
               for piece in pieces(SENTENCE)]
    events += [{"type": "response.output_text.done", **place, "text": SENTENCE, "logprobs": []},
               {"type": "response.content_part.done", **place, "part": part},
               {"type": "response.output_item.done", "output_index": 0, "item": item},
               {"type": "response.completed", "response": response}]
    events = [{**event, "sequence_number": number} for number, event in enumerate(events)]

    def responses():
        text, rest = "", []
        for event in client.responses.create(model="m", input=SENTENCE, stream=True):
            event = event.model_dump()
            text += event.pop("delta", "")
            rest.append(event)
        return {"text": text, "rest": rest}

    answered("openai responses stream", server, "text/event-stream", sse(events, named=True), responses)


def anthropic_sdk(server):
    import anthropic

    client = anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0)
    ask = dict(model="m", max_tokens=9, messages=[{"role": "user", "content": SENTENCE}])
    usage = {"input_tokens": 1, "output_tokens": 1}
    empty = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
             "stop_reason": None, "stop_sequence": None, "usage": usage}
    events = [{"type": "message_start", "message": empty}]

    def block(index, start, deltas):
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events.extend({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas)
        events.append({"type": "content_block_stop", "index": index})

    block(0, {"type": "thinking", "thinking": "", "signature": ""},
          [{"type": "thinking_delta", "thinking": piece} for piece in pieces("Hm. " * 5)]
          + [{"type": "signature_delta", "signature": SEALED}])
    block(1, {"type": "text", "text": ""},
          [{"type": "text_delta", "text": piece} for piece in pieces(SENTENCE)])
    block(2, {"type": "tool_use", "id": "toolu_1", "name": "sh", "input": {}},
          [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(ARGUMENTS, 2)])
    events.append({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None},
                   "usage": usage})
    events.append({"type": "message_stop"})

    def stream():
        with client.messages.stream(**ask) as answer:
            final = answer.get_final_message().model_dump()
        assert final["content"][0]["signature"] == SEALED
        return final

    answered("anthropic stream", server, "text/event-stream", sse(events, named=True), stream)
    content = [{"type": "text", "text": SENTENCE},
               {"type": "tool_use", "id": "toolu_1", "name": "sh", "input": json.loads(ARGUMENTS)}]
    whole = json.dumps({**empty, "content": content, "stop_reason": "tool_use"}).encode()
    answered("anthropic", server, "application/json", whole,
             lambda: client.messages.create(**ask).model_dump())


def google_sdk(server):
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=server.url))

    def part(piece):
        return {"candidates": [{"index": 0, "content": {"role": "model", "parts": [piece]}}],
                "modelVersion": "m"}

    events = [part({"text": piece}) for piece in pieces(SENTENCE)]
    events += [part({"functionCall": {"name": "sh", "args": json.loads(ARGUMENTS)},
                     "thoughtSignature": SEALED.replace("x", "8")})]

    def stream():
        text, rest = "", []
        for event in client.models.generate_content_stream(model="m", contents=SENTENCE):
            event = event.model_dump(mode="json", exclude={"sdk_http_response"})
            for part in event["candidates"][0]["content"]["parts"]:
                text += part.pop("text") or ""
            rest.append(event)
        return {"text": text, "rest": rest}

    answered("google stream", server, "text/event-stream", sse(events), stream)


def ollama_sdk(server):
    import ollama

    client = ollama.Client(host=server.url)
    ask = [{"role": "user", "content": SENTENCE}]
    lines = [{"model": "m", "created_at": "2026-01-01T00:00:00Z",
              "message": {"role": "assistant", "content": piece}, "done": False}
             for piece in pieces(SENTENCE)]
    lines.append({**lines[0], "message": {"role": "assistant", "content": ""}, "done": True,
                  "done_reason": "stop", "eval_count": 3})
    body = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()

    def stream():
        text, rest = "", []
        for line in client.chat(model="m", messages=ask, stream=True):
            line = line.model_dump()
            text += line["message"].pop("content") or ""
            rest.append(line)
        return {"text": text, "rest": rest}

    answered("ollama stream", server, "application/x-ndjson", body, stream)


FAKE_MCP = '''
import json, sys
SENTENCE = json.loads(sys.argv[1])
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    method, result = message["method"], {}
    if method == "initialize":
        result = {"protocolVersion": message["params"]["protocolVersion"],
                  "capabilities": {"tools": {}}, "serverInfo": {"name": "fake", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": [{"name": "read", "inputSchema": {"type": "object"}}]}
    elif method == "tools/call":
        result = {"content": [{"type": "text", "text": SENTENCE}],
                  "structuredContent": {"result": SENTENCE}, "isError": False}
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"],
                          "error": {"code": -32601, "message": "not found"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
'''


def mcp_sdk(_):
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    with tempfile.NamedTemporaryFile("w", suffix=".py") as fake:
        fake.write(FAKE_MCP)
        fake.flush()
        serve = [sys.executable, fake.name, json.dumps(SENTENCE)]

        async def call(command):
            server = StdioServerParameters(command=command[0], args=command[1:])
            async with stdio_client(server) as (read, write):
                async with ClientSession(read, write) as session:
                    await session.initialize()
                    answer = await session.call_tool("read", {"path": "a"})
                    return answer.model_dump(mode="json")

        async def both():
            before = await asyncio.wait_for(call(serve), 30)
            # The binary stands between the two, line by line.
            piped = ["sh", "-c", '"$0" "$1" "$2" | "$3" redact --no-config 2>/dev/null', *serve, KEYSIEVE]
            after = await asyncio.wait_for(call(piped), 30)
            same("mcp", before, after)

        asyncio.run(both())


def opentelemetry_sdk(server):
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    server.kind, server.body, server.sent = "application/x-protobuf", b"", []
    provider = TracerProvider(resource=Resource({"service.name": "agent"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(server.url + "/v1/traces")))
    messages = [{"role": "user", "parts": [{"type": "text", "content": SENTENCE}]}]
    with provider.get_tracer("test").start_as_current_span("chat m") as span:
        span.set_attribute("gen_ai.input.messages", json.dumps(messages))
        span.set_attribute("tags", ["a", SENTENCE])
        span.add_event("gen_ai.choice", {"message": SENTENCE, "index": 0})
    provider.shutdown()
    (sent,) = server.sent
    from google.protobuf.json_format import MessageToDict

    read = lambda data: MessageToDict(ExportTraceServiceRequest.FromString(data))
    for options in ([], ["--input", "otlp-protobuf"]):
        same("opentelemetry", read(sent), read(redact(sent, *options)))


PRODUCERS = {
    "openai": openai_sdk,
    "anthropic": anthropic_sdk,
    "google.genai": google_sdk,
    "ollama": ollama_sdk,
    "mcp": mcp_sdk,
    "opentelemetry.exporter.otlp.proto.http": opentelemetry_sdk,
}


def is_installed(package):
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def main():
    server = Server()
    ran = 0
    for package, check in PRODUCERS.items():
        if not is_installed(package):
            print(f"skipped: the Python package {package} is not installed")
            continue
        check(server)
        ran += 1
        print(f"{package}: read the same before and after")
    sys.exit(0 if ran else 3)


main()
