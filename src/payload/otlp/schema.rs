//! The fields of OTLP that hold strings, or messages that do, with their names in OTLP's JSON.
//!
//! Trace and span ids are bytes and not listed: what is not listed is copied. Source: `opentelemetry/proto` 1.x
//! (`trace.proto`, `logs.proto`, `metrics.proto`, `common.proto`, `resource.proto`).

/// The fields of a message: number, name, and what it is.
pub(super) type Shape = [(u64, &'static str, Is)];

/// What a field is.
#[derive(Debug)]
pub(super) enum Is {
    Text,
    One(&'static Shape),
    List(&'static Shape),
}

use Is::{List, One, Text};

pub(super) static TRACES: [(u64, &str, Is); 1] = [(1, "resourceSpans", List(&RESOURCE_SPANS))];
pub(super) static LOGS: [(u64, &str, Is); 1] = [(1, "resourceLogs", List(&RESOURCE_LOGS))];
pub(super) static METRICS: [(u64, &str, Is); 1] = [(1, "resourceMetrics", List(&RESOURCE_METRICS))];

static RESOURCE_SPANS: [(u64, &str, Is); 3] = [
    (1, "resource", One(&RESOURCE)),
    (2, "scopeSpans", List(&SCOPE_SPANS)),
    (3, "schemaUrl", Text),
];
static RESOURCE_LOGS: [(u64, &str, Is); 3] =
    [(1, "resource", One(&RESOURCE)), (2, "scopeLogs", List(&SCOPE_LOGS)), (3, "schemaUrl", Text)];
static RESOURCE_METRICS: [(u64, &str, Is); 3] = [
    (1, "resource", One(&RESOURCE)),
    (2, "scopeMetrics", List(&SCOPE_METRICS)),
    (3, "schemaUrl", Text),
];
static SCOPE_SPANS: [(u64, &str, Is); 3] =
    [(1, "scope", One(&SCOPE)), (2, "spans", List(&SPAN)), (3, "schemaUrl", Text)];
static SCOPE_LOGS: [(u64, &str, Is); 3] =
    [(1, "scope", One(&SCOPE)), (2, "logRecords", List(&LOG_RECORD)), (3, "schemaUrl", Text)];
static SCOPE_METRICS: [(u64, &str, Is); 3] =
    [(1, "scope", One(&SCOPE)), (2, "metrics", List(&METRIC)), (3, "schemaUrl", Text)];

static RESOURCE: [(u64, &str, Is); 1] = [(1, "attributes", List(&KEY_VALUE))];
static SCOPE: [(u64, &str, Is); 3] =
    [(1, "name", Text), (2, "version", Text), (3, "attributes", List(&KEY_VALUE))];

static SPAN: [(u64, &str, Is); 6] = [
    (3, "traceState", Text),
    (5, "name", Text),
    (9, "attributes", List(&KEY_VALUE)),
    (11, "events", List(&EVENT)),
    (13, "links", List(&LINK)),
    (15, "status", One(&STATUS)),
];
static EVENT: [(u64, &str, Is); 2] = [(2, "name", Text), (3, "attributes", List(&KEY_VALUE))];
static LINK: [(u64, &str, Is); 2] = [(3, "traceState", Text), (4, "attributes", List(&KEY_VALUE))];
static STATUS: [(u64, &str, Is); 1] = [(2, "message", Text)];

static LOG_RECORD: [(u64, &str, Is); 4] = [
    (3, "severityText", Text),
    (5, "body", One(&ANY_VALUE)),
    (6, "attributes", List(&KEY_VALUE)),
    (12, "eventName", Text),
];

static METRIC: [(u64, &str, Is); 9] = [
    (1, "name", Text),
    (2, "description", Text),
    (3, "unit", Text),
    (5, "gauge", One(&NUMBERS)),
    (7, "sum", One(&NUMBERS)),
    (9, "histogram", One(&HISTOGRAMS)),
    (10, "exponentialHistogram", One(&EXPONENTIAL_HISTOGRAMS)),
    (11, "summary", One(&NUMBERS)),
    (12, "metadata", List(&KEY_VALUE)),
];
static NUMBERS: [(u64, &str, Is); 1] = [(1, "dataPoints", List(&NUMBER))];
static HISTOGRAMS: [(u64, &str, Is); 1] = [(1, "dataPoints", List(&HISTOGRAM))];
static EXPONENTIAL_HISTOGRAMS: [(u64, &str, Is); 1] =
    [(1, "dataPoints", List(&EXPONENTIAL_HISTOGRAM))];
static NUMBER: [(u64, &str, Is); 2] =
    [(5, "exemplars", List(&EXEMPLAR)), (7, "attributes", List(&KEY_VALUE))];
static HISTOGRAM: [(u64, &str, Is); 2] =
    [(8, "exemplars", List(&EXEMPLAR)), (9, "attributes", List(&KEY_VALUE))];
static EXPONENTIAL_HISTOGRAM: [(u64, &str, Is); 2] =
    [(1, "attributes", List(&KEY_VALUE)), (11, "exemplars", List(&EXEMPLAR))];
static EXEMPLAR: [(u64, &str, Is); 1] = [(7, "filteredAttributes", List(&KEY_VALUE))];

static KEY_VALUE: [(u64, &str, Is); 2] = [(1, "key", Text), (2, "value", One(&ANY_VALUE))];
static ANY_VALUE: [(u64, &str, Is); 4] = [
    (1, "stringValue", Text),
    (5, "arrayValue", One(&ARRAY)),
    (6, "kvlistValue", One(&LIST)),
    (7, "bytesValue", Text),
];
static ARRAY: [(u64, &str, Is); 1] = [(1, "values", List(&ANY_VALUE))];
static LIST: [(u64, &str, Is); 1] = [(1, "values", List(&KEY_VALUE))];
