"""Reads reports with programs of other hands: published schemas, models and parsers.

usage: formats.py FOLDER, which holds one report per format (`report.sarif`, `report.ocsf` ...).
Prints a line for each that was read or skipped; ends with 1 if one is refused.
SARIF: the OASIS schema by `jsonschema` (a crate ships the schema; SARIF_SCHEMA names another file).
OCSF: `py-ocsf-models`. CEF: `pycef`. ECS: the types of `@elastic/ecs`, in ecs.js beside this file.
"""

import glob
import json
import os
import pathlib
import sys

FOLDER = pathlib.Path(sys.argv[1])
FAULTS = []
SKIPPED = []


def lines(name):
    return [line for line in (FOLDER / name).read_text().splitlines() if line]


def sarif():
    import jsonschema

    pattern = os.path.expanduser("~/.cargo/registry/src/*/serde-sarif-*/src/schema.json")
    found = [os.environ["SARIF_SCHEMA"]] if "SARIF_SCHEMA" in os.environ else glob.glob(pattern)
    if not found:
        raise ImportError("no SARIF schema: cargo fetch serde-sarif, or set SARIF_SCHEMA")
    schema = json.loads(pathlib.Path(found[0]).read_text())
    log = json.loads((FOLDER / "report.sarif").read_text())
    kind = jsonschema.validators.validator_for(schema)
    checker = kind(schema, format_checker=jsonschema.FormatChecker())
    for error in checker.iter_errors(log):
        FAULTS.append(f"sarif: {error.json_path}: {error.message[:200]}")
    results = log["runs"][0]["results"]
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    for result in results:
        if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            FAULTS.append("sarif: a ruleIndex names another rule")
        known = {(t["name"], e["id"]) for t in log["runs"][0]["taxonomies"] for e in t["taxa"]}
        for taxon in result["taxa"]:
            if (taxon["toolComponent"]["name"], taxon["id"]) not in known:
                FAULTS.append(f"sarif: taxon {taxon} is in no taxonomy")
    return len(results)


def missing(ours, theirs, at="$"):
    """Keys of ours that the model did not take."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            if not isinstance(theirs, dict) or theirs.get(key) is None:
                yield f"{at}.{key}"
            elif key != "unmapped":
                yield from missing(value, theirs[key], f"{at}.{key}")
    elif isinstance(ours, list):
        for index, (a, b) in enumerate(zip(ours, theirs)):
            yield from missing(a, b, f"{at}[{index}]")


# Attributes of the profile security_control and of later versions, which the models do not have yet.
LATER = {"$.action_id", "$.disposition_id", "$.is_alert"}


def ocsf():
    from py_ocsf_models.events.findings.detection_finding import DetectionFinding

    events = lines("report.ocsf")
    for line in events:
        event = json.loads(line)
        model = DetectionFinding.model_validate(event)
        lost = set(missing(event, json.loads(model.model_dump_json()))) - LATER
        if lost:
            FAULTS.append(f"ocsf: not in the schema: {sorted(lost)}")
    return len(events)


def cef():
    import pycef

    events = lines("report.cef")
    for line in events:
        event = pycef.parse(line)
        if event is None:
            FAULTS.append(f"cef: not parsed: {line[:60]}")
            continue
        for key in ["DeviceVendor", "DeviceEventClassID", "Severity", "rt", "fname", "fingerprint", "msg", "externalId"]:
            if not event.get(key):
                FAULTS.append(f"cef: no {key}")
    return len(events)


def text(pattern=r"[\s\S]+"):
    return {"type": "string", "pattern": f"^{pattern}$"}


def thing(**keys):
    return {"type": "object", "required": list(keys), "properties": keys}


# No registry has GitLab's own schema: this is what its documentation of version 15 asks for, and of Code Quality reports.
PROGRAM = thing(id=text(), name=text(), version=text(), vendor=thing(name=text()))
TIME = text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
GITLAB = thing(
    version=text(r"15\.\d+\.\d+"),
    scan=thing(
        analyzer=PROGRAM, scanner=PROGRAM, start_time=TIME, end_time=TIME,
        status={"enum": ["success", "failure"]}, type={"const": "secret_detection"},
    ),
    vulnerabilities={"type": "array", "items": thing(
        id=text(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        name=text(r"[\s\S]{1,255}"),
        description=text(r"[\s\S]{1,1048576}"),
        severity={"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
        solution=text(r"[\s\S]{1,7000}"),
        location=thing(commit=thing(sha=text()), file=text(r"(?!\./|/)[\s\S]+"), start_line={"type": "integer", "minimum": 1}),
        identifiers={"type": "array", "minItems": 1, "maxItems": 20, "items": {
            **thing(type=text(), name=text(), value=text()),
            "properties": {"type": text(), "name": text(), "value": text(), "url": text("https?://.+")},
        }},
    )},
)
QUALITY = {"type": "array", "items": thing(
    description=text(), check_name=text(), fingerprint=text(r"[0-9a-f]+"),
    severity={"enum": ["info", "minor", "major", "critical", "blocker"]},
    location=thing(path=text(r"(?!\./|/)[\s\S]+"), lines=thing(begin={"type": "integer", "minimum": 1})),
)}


def gitlab():
    import jsonschema

    reports = {}
    for name, schema in [("gitlab", GITLAB), ("gitlab-quality", QUALITY)]:
        reports[name] = json.loads((FOLDER / f"report.{name}").read_text())
        for error in jsonschema.Draft202012Validator(schema).iter_errors(reports[name]):
            FAULTS.append(f"{name}: {error.json_path}: {error.message[:200]}")
    quality = reports["gitlab-quality"]
    if len({issue["fingerprint"] for issue in quality}) != len(quality):
        FAULTS.append("gitlab-quality: two issues with one fingerprint")
    return len(reports["gitlab"]["vulnerabilities"])


# What every leaked credential is evidence of, whatever the format calls it.
ALWAYS = {"NHI2", "LLM02", "PR.AA-01", "RS.MI-01", "MEASURE 2.7"}


def frameworks():
    """Each finding of each format names the catalogues of risks."""
    ids = lambda tags: {tag.split(":", 1)[1] for tag in tags if ":" in tag}
    told = {
        "sarif": [{t["id"] for t in r["taxa"]} for r in json.loads((FOLDER / "report.sarif").read_text())["runs"][0]["results"]],
        "ocsf": [ids(json.loads(line)["metadata"]["labels"]) for line in lines("report.ocsf")],
        "ecs": [ids(json.loads(line)["tags"]) for line in lines("report.ecs")],
        "gitlab": [
            {i["value"] for i in v["identifiers"]} for v in json.loads((FOLDER / "report.gitlab").read_text())["vulnerabilities"]
        ],
        "cef": [ids(line.split("cs5=")[1].split(" msg=")[0].split(",")) for line in lines("report.cef")],
        "html": [set(ALWAYS) if all(f"{i}:" in article for i in ALWAYS) else set()
                 for article in (FOLDER / "report.html").read_text().split("<article")[1:]],
    }
    for name, findings in told.items():
        if not findings or any(not ALWAYS <= finding for finding in findings):
            FAULTS.append(f"{name}: a finding without {sorted(ALWAYS)}")
    return len(told)


for reader in [sarif, ocsf, cef, gitlab, frameworks]:
    try:
        print(f"{reader.__name__}: {reader()} read")
    except ImportError as error:
        print(f"{reader.__name__}: skipped: {error}")
        SKIPPED.append(reader.__name__)
for fault in sorted(set(FAULTS))[:20]:
    print(fault)
if SKIPPED and os.environ.get("KEYSIEVE_OUTSIDE") == "required":
    sys.exit("skipped, although everything must be there")
sys.exit(1 if FAULTS else 0)
