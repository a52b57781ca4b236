"""Reads reports with programs of other hands: published schemas, models and parsers.

usage: formats.py FOLDER, which holds one report per format (`report.sarif`, `report.ocsf` ...).
Prints a line for each that was read or skipped; ends with 1 if one is refused.
SARIF: the OASIS schema by `jsonschema` (a crate ships the schema; SARIF_SCHEMA names another file).
OCSF: `py-ocsf-models`. CEF: `pycef`. ECS: the types of `@elastic/ecs`, in check.ts beside this file.
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


def gitlab():
    report = json.loads((FOLDER / "report.gitlab").read_text())
    for finding in report["vulnerabilities"]:
        for key in ["id", "severity", "location", "identifiers"]:
            if not finding.get(key):
                FAULTS.append(f"gitlab: no {key}")
    quality = json.loads((FOLDER / "report.gitlab-quality").read_text())
    if len({issue["fingerprint"] for issue in quality}) != len(quality):
        FAULTS.append("gitlab-quality: two issues with one fingerprint")
    return len(report["vulnerabilities"])


for reader in [sarif, ocsf, cef, gitlab]:
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
