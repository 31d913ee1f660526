"""What becomes of one record by the wire contract alone: an event, nothing, or a dead letter with
its reason.

The order of the checks is the contract's: size, mode, JSON as a whole, repeated names, envelope,
type, time, the fields of `data` in the contract's order, `withdrawn`, `previous`.
"""

import json
import re
import time as clock

from .figures import INT64_MAX, INT64_MIN, instant, period

VALUE_MAX = 262_144
DEPTH_MAX = 32
NUMBER_MAX = 40
ATTRIBUTE_MAX = 1_024
INDICATOR_MAX = 128
EARLIEST = 946_684_800_000_000
ATTRIBUTES = ("specversion", "id", "source", "type", "time")
DECODE = {"too_large", "not_cloudevent", "bad_json", "duplicate_member"}


class Dead(Exception):
    def __init__(self, reason, stage=None):
        super().__init__(reason)
        self.reason = reason
        self.stage = stage or ("decode" if reason in DECODE else "validate")


class Number:
    __slots__ = ("text",)

    def __init__(self, text):
        if len(text) > NUMBER_MAX:
            raise ValueError("a number is too long")
        self.text = text


class Object:
    __slots__ = ("pairs", "members")

    def __init__(self, pairs):
        self.pairs = pairs
        self.members = dict(pairs)

    @property
    def has_duplicate(self):
        return len(self.pairs) != len(self.members)


def _no_constant(text):
    raise ValueError(text)


_decoder = json.JSONDecoder(
    object_pairs_hook=Object,
    parse_int=Number,
    parse_float=Number,
    parse_constant=_no_constant,
    strict=True,
)


def parse(value):
    """Strict RFC 8259 of bytes; ValueError for anything else."""
    text = value.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("a byte order mark")
    if value.count(b"[") + value.count(b"{") > DEPTH_MAX:
        _check_depth(text)
    parsed = _decoder.decode(text)
    if b"\\u" in value:
        _check_surrogates(parsed)
    return parsed


def _check_depth(text):
    depth, in_string, at = 0, False, 0
    while at < len(text):
        letter = text[at]
        if in_string:
            if letter == "\\":
                at += 1
            elif letter == '"':
                in_string = False
        elif letter == '"':
            in_string = True
        elif letter in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise ValueError("nested too deeply")
        elif letter in "]}":
            depth -= 1
        at += 1


def _check_surrogates(value):
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, list):
        for element in value:
            _check_surrogates(element)
    elif isinstance(value, Object):
        for name, member in value.pairs:
            _check_surrogates(name)
            _check_surrogates(member)


class Side:
    """Current or previous figures: fields by name, absent ones left out."""

    __slots__ = ("time", "fields")

    def __init__(self, time, fields):
        self.time = time
        self.fields = fields


class Event:
    __slots__ = ("source", "id", "time", "current", "previous", "is_withdrawal")


class Skipped:
    __slots__ = ("time",)

    def __init__(self, time=None):
        self.time = time


def decode(stream, value, headers, timestamp):
    """An Event or a Skipped; raises Dead. `timestamp` in milliseconds, `headers` a list of (name,
    bytes or None)."""
    if value is None:
        return Skipped()
    if len(value) > VALUE_MAX:
        raise Dead("too_large")
    mode = _mode(headers)
    try:
        parsed = parse(value)
    except (ValueError, RecursionError):
        raise Dead("bad_json") from None
    is_object = isinstance(parsed, Object)
    if mode == "undeclared":
        if not is_object or "specversion" not in parsed.members:
            raise Dead("not_cloudevent")
    elif not is_object:
        raise Dead("bad_json")
    is_measurement = stream.kind == "measurements"
    data = parsed if mode == "binary" else parsed.members.get("data")
    _check_duplicates(parsed, data, is_measurement)
    attributes = _binary_attributes(headers) if mode == "binary" else parsed.members
    event = Event()
    texts = _check_attributes(attributes)
    event.source, event.id = texts["source"], texts["id"]
    limit = _record_time(timestamp) + stream.future_limit
    if texts["type"] != stream.event_type:
        if texts["type"] not in stream.ignorable:
            raise Dead("unknown_type")
        try:
            return Skipped(_time(texts["time"], limit))
        except Dead:
            return Skipped()
    event.time = _time(texts["time"], limit)
    _read_data(stream, event, parsed, data, mode, is_measurement, limit)
    return event


def _mode(headers):
    mode = "undeclared"
    for name, value in headers:
        if (
            name == "content-type"
            and value is not None
            and value.startswith(b"application/cloudevents+json")
        ):
            return "structured"
        if name == "ce_specversion":
            mode = "binary"
    return mode


def _check_duplicates(parsed, data, is_measurement):
    scopes = [parsed]
    if isinstance(data, Object):
        scopes.append(data)
        previous = data.members.get("previous")
        if isinstance(previous, Object) and not is_measurement:
            scopes.append(previous)
    if any(scope.has_duplicate for scope in scopes):
        raise Dead("duplicate_member")


def _binary_attributes(headers):
    attributes, seen = {}, set()
    for name, value in headers:
        if not name.startswith("ce_"):
            continue
        if name in seen:
            raise Dead("duplicate_member")
        seen.add(name)
        if value is None:
            continue
        try:
            attributes[name[3:]] = value.decode("utf-8")
        except UnicodeDecodeError:
            # A long one is out of range whatever it says.
            attributes[name[3:]] = "x" * len(value) if len(value) > ATTRIBUTE_MAX else Number("0")
    return attributes


def _check_attributes(attributes):
    texts = {}
    for name in ATTRIBUTES:
        text = attributes.get(name)
        if text is None:
            raise Dead("missing_member")
        if not isinstance(text, str):
            raise Dead("wrong_type")
        if not text or len(text.encode("utf-8")) > ATTRIBUTE_MAX:
            raise Dead("out_of_range")
        if name == "specversion" and text != "1.0":
            raise Dead("bad_specversion")
        texts[name] = text
    return texts


def _record_time(timestamp):
    """Microseconds. A record's timestamp is its producer's word, so it counts only up to the wall
    clock (here: that of the check); a record without one is held against the wall clock alone."""
    now = clock.time_ns() // 1_000
    return min(timestamp * 1_000, now) if timestamp >= 0 else now


def _time(text, limit):
    time = instant(text)
    if time is None:
        raise Dead("bad_time")
    if time < EARLIEST or time > limit:
        raise Dead("out_of_range")
    return time


def _read_data(stream, event, parsed, data, mode, is_measurement, limit):
    if mode != "binary":
        if "data" not in parsed.members:
            raise Dead("missing_member")
        if not isinstance(data, Object):
            raise Dead("wrong_type")
    withdrawn = None if is_measurement else data.members.get("withdrawn")
    previous = None if is_measurement else data.members.get("previous")
    event.is_withdrawal = withdrawn is True
    event.current = Side(event.time, _fields(stream, data, event.is_withdrawal))
    event.previous = None
    if withdrawn not in (None, True, False):
        raise Dead("wrong_type")
    if previous is None:
        if event.is_withdrawal:
            raise Dead("missing_member")
        return
    if not isinstance(previous, Object):
        raise Dead("wrong_type")
    time = previous.members.get("time")
    if time is None:
        raise Dead("missing_member")
    if not isinstance(time, str):
        raise Dead("wrong_type")
    event.previous = Side(_time(time, limit), _fields(stream, previous, False))


def _fields(stream, data, only_division):
    fields = {}
    for field in stream.fields:
        if only_division and (field.name, field.kind) != ("division", "division"):
            continue
        value = data.members.get(field.name)
        if value is None:
            if field.required:
                raise Dead("missing_member")
            continue
        fields[field.name] = READERS[field.kind](field, value)
    return fields


def _boolean(field, value):
    if value is True or value is False:
        return value
    raise Dead("wrong_type")


def _integer(field, value):
    if not isinstance(value, Number):
        raise Dead("wrong_type")
    if not re.fullmatch(r"-?\d+", value.text, re.ASCII):
        raise Dead("wrong_type")
    return _bounded(field, int(value.text))


def _bounded(field, number):
    if not INT64_MIN <= number <= INT64_MAX:
        raise Dead("overflow")
    if not field.least <= number <= field.most:
        raise Dead("out_of_range")
    return number


_DECIMAL = re.compile(r"(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?", re.ASCII)


def _decimal(field, value):
    if isinstance(value, Number):
        match = _DECIMAL.fullmatch(value.text)
    elif isinstance(value, str):
        match = _DECIMAL.fullmatch(value)
        if match and match.group(4) is not None:
            match = None
    else:
        raise Dead("wrong_type")
    if not match:
        raise Dead("out_of_range")
    fraction = match.group(3) or ""
    decimals = len(fraction) - int(match.group(4) or 0)
    if decimals > field.scale:
        raise Dead("out_of_range")
    digits = int(match.group(2) + fraction)
    if digits == 0:
        return _bounded(field, 0)
    if field.scale - decimals > 40:
        raise Dead("overflow")
    units = digits * 10 ** (field.scale - decimals)
    return _bounded(field, -units if match.group(1) else units)


def _division(field, value):
    if isinstance(value, Number):
        value = value.text
    elif not isinstance(value, str):
        raise Dead("wrong_type")
    if not re.fullmatch(r"[1-9]\d{5}", value, re.ASCII):
        raise Dead("out_of_range")
    return int(value)


def _matching(pattern, length=None):
    compiled = re.compile(pattern, re.ASCII)

    def read(field, value):
        if not isinstance(value, str):
            raise Dead("wrong_type")
        if not compiled.fullmatch(value) or len(value) > (length or field.max_length):
            raise Dead("out_of_range")
        return value

    return read


_SLUG = r"[a-z0-9][a-z0-9_-]*"
_slug = _matching(_SLUG)


def _slugs(field, value):
    if isinstance(value, str):
        return [_slug(field, value)]
    if not isinstance(value, list):
        raise Dead("wrong_type")
    if any(not isinstance(element, str) for element in value):
        raise Dead("wrong_type")
    if len(value) > field.max_count or len(set(value)) != len(value):
        raise Dead("out_of_range")
    return [_slug(field, element) for element in value]


def _word(field, value):
    if not isinstance(value, str):
        raise Dead("wrong_type")
    if value not in field.words:
        raise Dead("out_of_range")
    return value


def _text(field, value):
    if not isinstance(value, str):
        raise Dead("wrong_type")
    if any(letter < " " or "\x7f" <= letter < "\xa0" for letter in value):
        raise Dead("out_of_range")
    if not field.min_length <= len(value) <= field.max_length:
        raise Dead("out_of_range")
    return value


def _period(field, value):
    if not isinstance(value, str):
        raise Dead("wrong_type")
    if period(value) is None:
        raise Dead("out_of_range")
    return value


READERS = {
    "division": _division,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "word": _word,
    "slug": _slug,
    "slugs": _slugs,
    "text": _text,
    "period": _period,
    "region": _matching(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", 6),
    "indicator": _matching(rf"{_SLUG}(\.{_SLUG})+", INDICATOR_MAX),
}
