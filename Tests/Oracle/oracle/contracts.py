"""What Topics/ declares, read from its files."""

import dataclasses
import pathlib

from . import yaml_subset
from .figures import INT64_MAX, INT64_MIN, Zone, day_number, duration, scaled_figure


@dataclasses.dataclass
class Field:
    name: str
    kind: str
    required: bool
    scale: int = 0
    least: int = INT64_MIN
    most: int = INT64_MAX
    words: tuple = ()
    min_length: int = 1
    max_length: int = 64
    max_count: int = 8


@dataclasses.dataclass
class Metric:
    name: str
    measure: str | None
    where: tuple | None
    breakdowns: list
    scale: int
    unit: str


@dataclasses.dataclass
class Stream:
    name: str
    kind: str
    topic: str
    zone: Zone
    event_type: str
    ignorable: list
    future_limit: int
    out_of_order: int
    fields: list
    metrics: list


@dataclasses.dataclass
class Rule:
    at_risk_below: int = 950_000
    off_track_below: int = 850_000
    recover_above: int = 970_000
    hold: int = duration("1 d")
    dwell: int = duration("3 d")
    stale_after: int | None = None
    grace: int = 0
    warn_before: int | None = None


@dataclasses.dataclass
class Target:
    id: str
    kind: str
    bound: str
    value: int
    value_max: int | None
    tolerance: int
    slack: int
    scale: int
    unit: str
    window_start: int
    deadline: int
    stream: str
    metric: str | None
    breakdown: str
    member: str
    indicator: str | None
    course: str
    knots: list
    rule: Rule


@dataclasses.dataclass
class Plan:
    id: str
    revision: int
    zone: Zone
    division: int
    place: str
    targets: list


def read_streams(topics):
    streams = [
        _stream(_file(path)) for path in sorted(pathlib.Path(topics, "streams").glob("*.yaml"))
    ]
    return {stream.name: stream for stream in streams}


def read_plans(topics, streams):
    plans = [
        _plan(_file(path), streams) for path in sorted(pathlib.Path(topics, "plans").glob("*.yaml"))
    ]
    return {plan.id: plan for plan in plans}


def read_outputs(topics):
    """Topic by role: status, status_changes, dead_letters."""
    files = [_file(path) for path in sorted(pathlib.Path(topics, "outputs").glob("*.yaml"))]
    return {file["role"]: file["topic"]["name"] for file in files}


def _file(path):
    return yaml_subset.load(path.read_text(encoding="utf-8"))


def _stream(file):
    fields = [_field(name, given) for name, given in file["fields"].items()]
    by_name = {field.name: field for field in fields}
    metrics = []
    for name, given in (file.get("metrics") or {}).items():
        measure = given.get("sum")
        where = given.get("where")
        metrics.append(
            Metric(
                name,
                measure,
                next(iter(where.items())) if where else None,
                given.get("breakdowns") or [],
                by_name[measure].scale if measure else 0,
                given["unit"],
            )
        )
    event = file["event"]
    return Stream(
        file["stream"],
        file["kind"],
        file["topic"]["name"],
        Zone(file["zone"]),
        event["type"],
        event.get("ignore") or [],
        duration(event.get("future_limit", "24 h")),
        duration(event.get("out_of_order", "0 h")),
        fields,
        metrics,
    )


def _field(name, given):
    field = Field(name, given["kind"], given.get("required") == "true")
    if field.kind == "decimal":
        field.scale = int(given["scale"])
    if field.kind in ("integer", "decimal"):
        if "min" in given:
            field.least = scaled_figure(given["min"], field.scale)
        if "max" in given:
            field.most = scaled_figure(given["max"], field.scale)
    field.words = tuple(given.get("words", ()))
    field.min_length = int(given.get("min_length", 1))
    field.max_length = int(given.get("max_length", 256 if field.kind == "text" else 64))
    field.max_count = int(given.get("max_count", 8))
    return field


def _plan(file, streams):
    zone = Zone(file["zone"])
    period = day_number(file["period"]["start"]), day_number(file["period"]["end"])
    named = {name: _points(given) for name, given in (file.get("trajectories") or {}).items()}
    targets = [_target(given, file, period, named, streams) for given in file["targets"]]
    return Plan(
        file["plan"], int(file["revision"]), zone, int(file["division"]), file["place"], targets
    )


def _points(given):
    ((course, knots),) = given.items()
    return course, [(day_number(day), scaled_figure(share, 6)) for day, share in knots.items()]


def _target(given, file, period, named, streams):
    kind = given["kind"]
    if "metric" in given:
        stream, scale = next(
            (stream.name, metric.scale)
            for stream in streams.values()
            for metric in stream.metrics
            if metric.name == given["metric"]
        )
        if kind == "growth":
            scale = 6  # Computed, in millionths of a percent.
    else:
        measured = [s for s in streams.values() if s.kind == "measurements"]
        stream = given.get("stream") or measured[0].name
        scale = next(field.scale for field in streams[stream].fields if field.name == "value")
    where = next(iter(given.get("where", {}).items()), ("", ""))
    start = day_number(given["window_start"]) if "window_start" in given else period[0]
    deadline = day_number(given["deadline"]) if "deadline" in given else period[1]
    value = scaled_figure(given["value"], scale)
    layers = _layers(file, kind, stream) + [given]
    course, knots = _course(kind, layers, named, deadline)
    return Target(
        given["id"],
        kind,
        given.get("bound", "at_least"),
        value,
        scaled_figure(given["value_max"], scale) if "value_max" in given else None,
        scaled_figure(given.get("tolerance", "0"), scale),
        scaled_figure(given["slack"], scale) if "slack" in given else abs(value),
        scale,
        given["unit"],
        start,
        deadline,
        stream,
        given.get("metric"),
        where[0],
        where[1],
        given.get("indicator"),
        course,
        knots,
        _rule(layers),
    )


def _layers(file, kind, stream):
    """What a target has before its own keys: of all, of its kind, of its stream; the later wins."""
    defaults = file.get("defaults") or {}
    return [
        defaults.get("all") or {},
        (defaults.get("kinds") or {}).get(kind) or {},
        (defaults.get("streams") or {}).get(stream) or {},
    ]


def _course(kind, layers, named, deadline):
    chosen = {"total": "linear", "milestone": "due"}.get(kind, "constant")
    for layer in layers:
        chosen = layer.get("trajectory", chosen)
    if isinstance(chosen, dict):
        return _points(chosen)
    if chosen in ("linear", "constant"):
        return chosen, []
    if chosen == "due":
        return "steps", [(deadline, 1_000_000)]
    return named[chosen]


def _rule(layers):
    rule = Rule()
    for layer in layers:
        for key, text in (layer.get("rule") or {}).items():
            if key in ("at_risk_below", "off_track_below", "recover_above"):
                setattr(rule, key, scaled_figure(text, 6))
            elif key in ("stale_after", "warn_before") and text == "never":
                setattr(rule, key, None)
            elif key in ("hold", "dwell", "stale_after", "grace", "warn_before"):
                setattr(rule, key, duration(text))
            else:
                raise ValueError(f"a rule has no {key}")
    return rule
