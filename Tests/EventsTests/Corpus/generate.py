#!/usr/bin/env python3
"""Writes records.jsonl: records of every kind with what must become of each. The expectations are written by
hand here, not computed. Every implementation of CONTRACT.md's decoding must agree with them.

One JSON object a line:
  name       unique
  rows       fault rows of the reliability notes that it stands for (F23 to F35), may be empty
  stream     whose contract it is decoded by
  headers    list of [name, base64 of the value, or null]
  value      base64, or null for a tombstone; or `parts`: list of [base64, times], joined: for large ones
  timestamp  the record's, milliseconds
  expect     "event", "skipped" or the reason of the dead letter
  stage      of dead ones
  time       microseconds: of events, and of skipped ones that move the watermark
  withdrawal, previous_time, fields, previous: of events, where given. A field is {"number": n} and/or
             {"texts": [...]}, or null where it must be absent.
"""
import base64
import json
import pathlib

STRUCTURED = [["content-type", b"application/cloudevents+json; charset=UTF-8"]]
NOW = 1_688_140_800_000  # 2023-06-30T16:00:00Z
TIME = "2023-06-30T23:15:00+08:00"
TIME_US = 1_688_138_100_000_000
MAX = 262_144

TYPES = {
    "tourism.arrivals": "tourism.arrival.v1",
    "employment.registrations": "employment.registration.v1",
    "investment.disbursements": "investment.disbursement.v1",
    "sector.measurements": "sector.measurement.v1",
}
DATA = {
    "tourism.arrivals": {"division": '"410311"', "visitors": "42"},
    "employment.registrations": {"division": '"410302"', "kind": '"urban_new_job"', "persons": "3"},
    "investment.disbursements": {"division": '"410300"', "project": '"P-2023-017"', "amount": '"125000.50"'},
    "sector.measurements": {
        "indicator": '"economy.gdp-growth"', "division": '"410300"', "period": '"2023-Q1"', "value": '"5.2"'},
}
DECODE = {"too_large", "not_cloudevent", "bad_json", "duplicate_member"}

lines = []


def obj(members):
    return "{" + ",".join(f'"{name}":{token}' for name, token in members.items() if token is not None) + "}"


def data(stream, **changed):
    return obj({**DATA[stream], **changed})


def envelope(stream, body, **changed):
    members = {
        "specversion": '"1.0"', "id": '"a-1"', "source": '"/gates/longmen"', "type": f'"{TYPES[stream]}"',
        "time": f'"{TIME}"', "data": body, **changed}
    return obj(members)


def add(name, stream, value, expect, rows=(), headers=STRUCTURED, timestamp=NOW, parts=None, **more):
    line = {"name": name, "rows": list(rows), "stream": stream}
    line["headers"] = [
        [key, None if text is None else base64.b64encode(text).decode()] for key, text in headers]
    if parts is not None:
        line["parts"] = [[base64.b64encode(piece).decode(), times] for piece, times in parts]
    elif value is None:
        line["value"] = None
    else:
        value = value.encode() if isinstance(value, str) else value
        line["value"] = base64.b64encode(value).decode()
    line["timestamp"] = timestamp
    line["expect"] = expect
    if expect not in ("event", "skipped"):
        line["stage"] = "decode" if expect in DECODE else "validate"
    if expect == "event":
        line["time"] = more.pop("time", TIME_US)
    line.update(more)
    lines.append(line)


T, E, I, M = TYPES


def tourism(name, expect, rows=(), fields=None, **tokens):
    more = {} if fields is None else {"fields": fields}
    add(name, T, envelope(T, data(T, **tokens)), expect, rows, **more)


def of(stream, name, expect, rows=(), fields=None, **tokens):
    more = {} if fields is None else {"fields": fields}
    add(name, stream, envelope(stream, data(stream, **tokens)), expect, rows, **more)


def raw(name, text, expect="bad_json", rows=(), **more):
    add(name, T, text, expect, rows, **more)


def attribute(name, expect, rows=(), **changed):
    more = {key: changed.pop(key) for key in ("time_us", "timestamp") if key in changed}
    if "time_us" in more:
        more["time"] = more.pop("time_us")
    add(name, T, envelope(T, data(T), **changed), expect, rows, **more)


def n(value, *texts):
    return {"number": value, "texts": list(texts)} if texts else {"number": value}


def t(*texts):
    return {"texts": list(texts)}


GOOD = envelope(T, data(T))

# --- good ones, and where they may differ -------------------------------------------------------------------
tourism("tourism-least", "event", fields={
    "division": n(410311, "410311"), "visitors": n(42), "spend": None, "origin": None, "site": None,
    "overnight": None})
tourism("tourism-full", "event", spend='"4254.50"', origin='"CN-41"', site='"longmen-grottoes"',
        overnight="true", fields={
            "spend": n(425450), "origin": t("CN-41"), "site": t("longmen-grottoes"), "overnight": n(1)})
of(E, "employment-full", "event", industry='"I"', employer='"\u6d1b\u9633 Ltd"', fields={
    "kind": n(0, "urban_new_job"), "persons": n(3), "industry": n(8, "I"), "employer": t("\u6d1b\u9633 Ltd")})
of(I, "investment-full", "event", programme='"major_project"', fund='"provincial"', fields={
    "project": t("P-2023-017"), "amount": n(12500050), "programme": t("major_project"),
    "fund": n(1, "provincial")})
of(I, "investment-list", "event", programme='["major_project" , "roads"]', fields={
    "programme": t("major_project", "roads")})
of(I, "investment-empty-list", "event", programme="[]", fields={"programme": {"texts": []}})
of(M, "measurement-least", "event", fields={
    "indicator": t("economy.gdp-growth"), "value": n(5200000), "basis": None, "revision": None})
of(M, "measurement-full", "event", unit='"percent"', basis='"period"', revision="2",
   fields={"unit": t("percent"), "basis": n(1, "period"), "revision": n(2)})
of(M, "measurement-previous-is-unread", "event", previous="5", withdrawn='"x"')
of(M, "measurement-previous-repeats", "event", previous='{"a":1,"a":2}')
raw("whitespace-everywhere", GOOD.replace(":", " : ").replace(" : 15 : 00", ":15:00").replace("08 : 00", "08:00")
    .replace(",", "\r\n\t, ").replace("{", "{ \n").replace("}", "\t}") + "\n ", "event")
raw("no-content-type", GOOD, "event", headers=[])
raw("other-content-type-structured", GOOD, "event", headers=[["content-type", b"application/json"]])
raw("structured-wins-over-binary", GOOD, "event", headers=STRUCTURED + [["ce_specversion", b"0.3"]])
raw("unknown-attributes", envelope(T, data(T), subject='"x"', partitionkey="7", datacontenttype="null"), "event")
raw("escaped-names", GOOD.replace('"id"', r'"\u0069d"').replace('"visitors"', r'"visit\u006frs"'), "event",
    fields={"visitors": n(42)})
raw("escaped-values", envelope(T, data(T, site=r'"long\u006den"'), id=r'"a\/1"'), "event",
    fields={"site": t("longmen")})
of(E, "escaped-text", "event", employer=r'"\ud83c\udfee\u6d1b\" \\"', fields={"employer": t("\U0001f3ee\u6d1b\" \\")})
raw("bytes-of-value-max", None, "event", parts=[(GOOD[:-1].encode() + b',"x":"', 1),
    (b"y", MAX - len(GOOD) - 7), (b'"}', 1)])
assert len(GOOD[:-1]) + 6 + MAX - len(GOOD) - 7 + 2 == MAX

# --- tombstones and sizes -----------------------------------------------------------------------------------
raw("tombstone", None, "skipped", ["F29"])
raw("tombstone-without-headers", None, "skipped", ["F29"], headers=[])
raw("empty-value", b"", "bad_json", ["F28"])
raw("empty-value-without-headers", b"", "bad_json", ["F28"], headers=[])
raw("white-space-only", " \n\t ", "bad_json", ["F28"])
raw("one-byte-too-large", None, "too_large", ["F26"], parts=[(GOOD[:-1].encode() + b',"x":"', 1),
    (b"y", MAX - len(GOOD) - 6), (b'"}', 1)])
raw("ten-megabytes", None, "too_large", ["F26"], parts=[(b"{", 10_000_000)])
raw("ten-megabytes-of-spaces", None, "too_large", ["F26"], parts=[(b" ", 10_000_000)])
raw("300000-members", None, "too_large", ["F26"], parts=[(b"{", 1), (b'"a":1,', 300_000), (b'"b":1}', 1)])

# --- which mode ---------------------------------------------------------------------------------------------
raw("no-specversion-no-header", obj({"a": "1"}), "not_cloudevent", headers=[])
raw("list-no-header", "[1]", "not_cloudevent", headers=[])
raw("number-no-header", "1", "not_cloudevent", headers=[])
raw("text-no-header", '"specversion"', "not_cloudevent", headers=[])
raw("null-text-no-header", "null", "not_cloudevent", headers=[])
raw("duplicate-no-specversion-no-header", '{"a":1,"a":2}', "not_cloudevent", headers=[])
raw("specversion-null-no-header", '{"specversion":null}', "missing_member", headers=[])
raw("list-structured", "[1]", "bad_json")
raw("null-text-structured", "null", "bad_json")
raw("no-specversion-structured", envelope(T, data(T), specversion=None), "missing_member")
raw("content-type-without-value", obj({"a": "1"}), "not_cloudevent", headers=[["content-type", None]])
raw("batch-content-type", "[" + GOOD + "]", "not_cloudevent",
    headers=[["content-type", b"application/cloudevents-batch+json"]])

# --- grammar ------------------------------------------------------------------------------------------------
for cut in (1, 2, 13, 30, len(GOOD) // 2, len(GOOD) - 8, len(GOOD) - 2, len(GOOD) - 1):
    raw(f"truncated-at-{cut}", GOOD[:cut], "bad_json", ["F28"])
raw("byte-order-mark", b"\xef\xbb\xbf" + GOOD.encode(), "bad_json", ["F28"])
raw("byte-order-mark-without-headers", b"\xef\xbb\xbf" + GOOD.encode(), "bad_json", ["F28"], headers=[])
raw("utf-16-little", GOOD.encode("utf-16-le"), "bad_json", ["F28"])
raw("utf-16-with-mark", GOOD.encode("utf-16"), "bad_json", ["F28"])
raw("utf-32", GOOD.encode("utf-32-be"), "bad_json", ["F28"])
raw("gb18030", envelope(T, data(T), subject='"\u6d1b\u9633"').encode("gb18030"), "bad_json", ["F29"])
raw("trailing-comma-object", GOOD[:-1] + ",}", "bad_json", ["F28"])
raw("trailing-comma-unread-list", GOOD[:-1] + ',"x":[1,2,]}', "bad_json", ["F28"])
raw("trailing-comma-unread-object", GOOD[:-1] + ',"x":{"a":1,}}', "bad_json", ["F28"])
raw("trailing-text", GOOD + " x", "bad_json", ["F28"])
raw("two-documents", GOOD + GOOD, "bad_json", ["F28"])
raw("trailing-brace", GOOD + "}", "bad_json", ["F28"])
raw("trailing-nul", GOOD.encode() + b"\0", "bad_json", ["F29"])
raw("leading-comma", GOOD.replace("{", "{,", 1), "bad_json", ["F28"])
raw("missing-comma", GOOD.replace(",", " ", 1), "bad_json", ["F28"])
raw("double-comma", GOOD.replace(",", ",,", 1), "bad_json", ["F28"])
raw("missing-colon", GOOD.replace(":", " ", 1), "bad_json", ["F28"])
raw("double-colon", GOOD.replace(":", "::", 1), "bad_json", ["F28"])
raw("comment", GOOD.replace("{", "{/* note */", 1), "bad_json", ["F28"])
raw("line-comment", GOOD + "// note", "bad_json", ["F28"])
raw("single-quotes", GOOD.replace('"', "'"), "bad_json", ["F28"])
raw("bare-name", GOOD.replace('"id"', "id"), "bad_json", ["F28"])
raw("number-as-name", GOOD.replace('"id"', "1"), "bad_json", ["F28"])
raw("closed-with-bracket", GOOD[:-1] + "]", "bad_json", ["F28"])
raw("form-feed-as-space", GOOD.replace(",", ",\f", 1), "bad_json", ["F28"])
raw("form-feed-as-comma", GOOD.replace(",", "\f", 1), "bad_json", ["F28"])
raw("substitute-as-colon", GOOD.replace(":", "\x1a", 1), "bad_json", ["F28"])
raw("no-break-space", GOOD.replace(",", ",\u00a0", 1), "bad_json", ["F28"])
raw("xml", "<event id='1'/>", "bad_json", ["F28"])
raw("avro-magic", b"\x00\x00\x00\x00\x07\x0242\x0c410311", "bad_json", ["F28"])
raw("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56", "bad_json", ["F28"])
for token in ("nul", "nulll", "Null", "tru", "truex", "TRUE", "False", "fals", "undefined", "None", "NaN",
              "Infinity", "-Infinity", "-NaN", "nan", "inf", "+1", "01", "-01", "00", "1.", ".5", "-", "-.5",
              "1e", "1e+", "1.e3", "1.5e-", "0x1F", "1_000", "1,000", "1 000", "--1", "1-1", "1.2.3", "1e5.5",
              "\u0661\u0662", "1f", "1L", "$1", "1\"2\"", "tr ue", "1}{"):
    raw(f"unread-token-{token}", GOOD[:-1] + f',"x":{token}' + "}", "bad_json", ["F23", "F28"])
for token in ("NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "1e", "0x10", "-"):
    tourism(f"visitors-token-{token}", "bad_json", ["F23", "F28"], visitors=token)
    of(I, f"amount-token-{token}", "bad_json", ["F23", "F28"], amount=token)
for count, expect in ((40, "event"), (41, "bad_json")):
    raw(f"unread-number-of-{count}", GOOD[:-1] + ',"x":' + "9" * count + "}", expect, ["F26"])
    raw(f"unread-fraction-of-{count}", GOOD[:-1] + ',"x":0.' + "9" * (count - 2) + "}", expect, ["F26"])
raw("number-of-200000-digits", None, "bad_json", ["F26"],
    parts=[(GOOD[:-1].encode() + b',"x":', 1), (b"7", 200_000), (b"}", 1)])
raw("unread-exponent", GOOD[:-1] + ',"x":[1e3,1E+3,-0.0e-999999999,1e999]}', "event", ["F23"])
for depth, expect in ((30, "event"), (31, "event"), (32, "bad_json"), (500, "bad_json")):
    raw(f"lists-{depth}-deep", GOOD[:-1] + ',"x":' + "[" * depth + "]" * depth + "}", expect, ["F26"])
for depth, expect in ((31, "event"), (32, "bad_json")):
    raw(f"objects-{depth}-deep", GOOD[:-1] + ',"x":' + '{"y":' * depth + "1" + "}" * depth + "}", expect, ["F26"])
    more = depth - 1
    raw(f"in-data-lists-{depth}-deep", envelope(T, data(T, x="[" * more + "]" * more)), expect, ["F26"])
raw("brackets-only", None, "bad_json", ["F26"], parts=[(b"[", 200_000)])
raw("brackets-only-no-header", None, "bad_json", ["F26"], headers=[], parts=[(b"[", 200_000)])
raw("braces-only", None, "bad_json", ["F26"], parts=[(b'{"a":', 50_000)])

# --- texts --------------------------------------------------------------------------------------------------
for name, piece in (("lone-continuation", b"\x80"), ("overlong", b"\xc0\xaf"), ("overlong-three", b"\xe0\x80\xaf"),
                    ("surrogate-bytes", b"\xed\xa0\x80"), ("beyond-unicode", b"\xf4\x90\x80\x80"),
                    ("cut-sequence", b"\xe6\xb4"), ("latin-1", b"caf\xe9"), ("ff", b"\xff"),
                    ("five-bytes", b"\xf8\x88\x80\x80\x80")):
    raw(f"utf8-{name}-in-unread", GOOD[:-1].encode() + b',"x":"' + piece + b'"}', "bad_json", ["F29"])
    raw(f"utf8-{name}-in-id", GOOD.encode().replace(b"a-1", b"a" + piece), "bad_json", ["F29"])
raw("utf8-outside", GOOD[:-1].encode() + b",\xff}", "bad_json", ["F29"])
raw("utf8-cut-at-the-end", GOOD.encode() + b"\xe6", "bad_json", ["F29"])
raw("nul-in-string", GOOD.replace("a-1", "a\0"), "bad_json", ["F29"])
raw("tab-in-string", GOOD.replace("a-1", "a\t1"), "bad_json", ["F29"])
raw("newline-in-unread", GOOD[:-1] + ',"x":"a\nb"}', "bad_json", ["F29"])
raw("nul-outside", GOOD.replace(",", ",\0", 1), "bad_json", ["F29"])
raw("delete-in-string", GOOD.replace("a-1", "a\x7f"), "event", ["F29"])
for name, escape in (("lone-high", r"\ud83c"), ("lone-low", r"\udfee"), ("reversed", r"\udfee\ud83c"),
                     ("high-high", r"\ud83c\ud83c"), ("high-then-text", r"\ud83cx"),
                     ("high-then-newline", r"\ud83c\n"), ("high-then-plain", r"\ud83c\u0041"),
                     ("short", r"\u12"), ("not-hexadecimal", r"\u12g4"), ("upper-u", r"\U0041"),
                     ("hex", r"\x41"), ("zero", r"\0"), ("apostrophe", r"\'"), ("space", "\\ "), ("a", r"\a"),
                     ("unicode-name", r"\u{41}")):
    raw(f"escape-{name}-in-unread", GOOD[:-1] + f',"x":"{escape}"' + "}", "bad_json", ["F29"])
    raw(f"escape-{name}-in-name", GOOD[:-1] + f',"{escape}":1' + "}", "bad_json", ["F29"])
    raw(f"escape-{name}-in-site", envelope(T, data(T, site=f'"a{escape}"')), "bad_json", ["F29"])
raw("escaped-quote-at-the-end", GOOD[:-1] + r',"x":"\"' + "}", "bad_json", ["F29"])
raw("escaped-nul-in-unread", GOOD[:-1] + r',"x":"\u0000"' + "}", "event", ["F29"])
of(E, "escaped-nul-in-employer", "out_of_range", ["F29"], employer=r'"a\u0000"')
of(E, "escaped-newline-in-employer", "out_of_range", ["F29"], employer=r'"a\nb"')
of(E, "c1-control-in-employer", "out_of_range", ["F29"], employer='"a\u0085b"')
of(E, "delete-in-employer", "out_of_range", ["F29"], employer='"a\x7fb"')
of(E, "noncharacter-in-employer", "event", ["F29"], employer='"a\uffff"')
of(E, "employer-empty", "out_of_range", employer='""')
of(E, "employer-256-characters", "event", employer='"' + "\u6d1b" * 256 + '"')
of(E, "employer-257-characters", "out_of_range", employer='"' + "\u6d1b" * 257 + '"')
of(E, "employer-256-astral", "event", employer='"' + "\U0001f3ee" * 256 + '"')

# --- repeated names -----------------------------------------------------------------------------------------
for name in ("specversion", "id", "source", "type", "time", "data", "subject"):
    raw(f"envelope-twice-{name}", GOOD[:-1] + f',"{name}":1,"{name}":1' + "}", "duplicate_member", ["F27"])
raw("envelope-twice-after-data", '{"x":1,' + GOOD[1:-1] + ',"x":1}', "duplicate_member", ["F27"])
raw("envelope-twice-by-escape", GOOD[:-1] + r',"\u0069d":1' + "}", "duplicate_member", ["F27"])
raw("unknown-twice-by-escape", GOOD[:-1] + r',"x":1,"\u0078":1' + "}", "duplicate_member", ["F27"])
raw("empty-name-twice", GOOD[:-1] + ',"":1,"":1}', "duplicate_member", ["F27"])
raw("names-that-differ-in-case", GOOD[:-1] + ',"ID":1,"Id":1}', "event", ["F27"])
raw("names-that-look-alike", GOOD[:-1] + ',"\u00e9":1,"e\u0301":1}', "event", ["F27"])
raw("names-with-a-common-head", GOOD[:-1] + ',"abcdefgh":1,"abcdefghi":1,"abcdefghj":1}', "event", ["F27"])
raw("data-twice-visitors", envelope(T, data(T)[:-1] + ',"visitors":42}'), "duplicate_member", ["F27"])
raw("data-twice-unknown", envelope(T, data(T)[:-1] + ',"x":1,"x":1}'), "duplicate_member", ["F27"])
raw("previous-twice", envelope(T, data(T)[:-1] + ',"previous":null,"previous":null}'), "duplicate_member", ["F27"])
raw("previous-twice-inside", envelope(T, data(T, previous='{"x":1,"x":1}')), "duplicate_member", ["F27"])
raw("deeper-twice-is-unread", envelope(T, data(T, x='{"y":1,"y":1}'), z='{"y":1,"y":1}'), "event", ["F27"])
raw("same-name-in-different-objects", envelope(T, data(T, subject="1"), subject="1"), "event", ["F27"])
many = "".join(f',"m{index}":{index}' for index in range(5_000))
raw("5000-members", GOOD[:-1] + many + "}", "event", ["F26"])
raw("5000-members-last-twice", GOOD[:-1] + many + ',"m7":1}', "duplicate_member", ["F26", "F27"])
raw("1001-members-in-data", envelope(T, data(T)[:-1] + many[:9_000].rsplit(",", 1)[0] + "}"), "event", ["F26"])
raw("40000-times-the-same", None, "duplicate_member", ["F26", "F27"],
    parts=[(GOOD[:-1].encode(), 1), (b',"a":1', 40_000), (b"}", 1)])
raw("bad-json-before-duplicate", GOOD[:-1] + ',"x":1,"x":1,}', "bad_json", ["F27"])
raw("duplicate-before-missing", envelope(T, data(T), id=None)[:-1] + ',"x":1,"x":1}', "duplicate_member", ["F27"])

# --- the envelope -------------------------------------------------------------------------------------------
for name in ("specversion", "id", "source", "type", "time"):
    attribute(f"{name}-absent", "missing_member", **{name: None})
    attribute(f"{name}-null", "missing_member", **{name: "null"})
    for token in ("1", "true", "[]", "{}", "1.0"):
        attribute(f"{name}-{token}", "wrong_type", **{name: token})
    attribute(f"{name}-empty", "out_of_range", **{name: '""'})
    attribute(f"{name}-1025-bytes", "out_of_range", **{name: '"' + "x" * 1_025 + '"'})
for name in ("id", "source"):
    attribute(f"{name}-1024-bytes", "event", **{name: '"' + "x" * 1_024 + '"'})
    attribute(f"{name}-1023-bytes-of-han", "event", **{name: '"' + "\u6d1b" * 341 + '"'})
    attribute(f"{name}-1026-bytes-of-han", "out_of_range", **{name: '"' + "\u6d1b" * 342 + '"'})
for version in ("1", "1.0.2", "0.3", "2.0", " 1.0", "1.00", "\uff11.0"):
    attribute(f"specversion-text-{version}", "bad_specversion", specversion=f'"{version}"')
attribute("specversion-before-id", "bad_specversion", specversion='"2.0"', id=None)
attribute("id-before-source", "wrong_type", id="1", source=None)
attribute("missing-before-unknown-type", "missing_member", type='"x.y"', id=None)
attribute("time-absent-before-unknown-type", "missing_member", type='"x.y"', time=None)
attribute("unknown-type-before-bad-time", "unknown_type", type='"x.y"', time='"x"')
attribute("unknown-type-before-data", "unknown_type", type='"x.y"', data=None)
for name in ("tourism.arrival.v2", "tourism.arrival", "Tourism.arrival.v1", "tourism.arrival.v1 ",
             "employment.registration.v1"):
    attribute(f"type-{name}", "unknown_type", type=f'"{name}"')
attribute("tick", "skipped", type='"headway.tick.v1"', time_us=TIME_US)
attribute("tick-without-data", "skipped", type='"headway.tick.v1"', data=None, time_us=TIME_US)
attribute("tick-with-bad-time", "skipped", type='"headway.tick.v1"', time='"yesterday"')
attribute("tick-of-1999", "skipped", ["F31"], type='"headway.tick.v1"', time='"1999-12-31T23:59:59Z"')
attribute("tick-of-the-far-future", "skipped", ["F31"], type='"headway.tick.v1"', time='"9999-12-31T23:59:59Z"')
attribute("tick-without-time", "missing_member", type='"headway.tick.v1"', time=None)

# --- times --------------------------------------------------------------------------------------------------
for text, us in (
        ("2023-06-30T15:15:00Z", TIME_US), ("2023-06-30t15:15:00z", TIME_US),
        ("2023-06-30T15:15:00+00:00", TIME_US), ("2023-06-30T15:15:00-00:00", TIME_US),
        ("2023-07-01T15:14:00+23:59", TIME_US), ("2023-06-29T15:16:00-23:59", TIME_US),
        ("2023-06-30T15:15:00.0Z", TIME_US), ("2023-06-30T15:15:00.1Z", TIME_US + 100_000),
        ("2023-06-30T15:15:00.123456Z", TIME_US + 123_456), ("2023-06-30T15:15:00.123456789Z", TIME_US + 123_456),
        ("2023-06-30T15:15:00.999999999+00:00", TIME_US + 999_999), ("2023-06-30T15:15:00.000000001Z", TIME_US),
        ("2000-01-01T00:00:00Z", 946_684_800_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000),
        ("2023-02-28T23:59:59Z", 1_677_628_799_000_000), ("2000-01-01T08:00:00+08:00", 946_684_800_000_000),
        ("2023-07-01T16:00:00Z", 1_688_227_200_000_000)):
    attribute(f"time-{text}", "event", ["F30"], time=f'"{text}"', time_us=us)
for text in (
        "2023-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2023-04-31T00:00:00Z",
        "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-01-00T00:00:00Z", "2023-01-32T00:00:00Z",
        "2023-06-30T24:00:00Z", "2023-06-30T25:00:00Z", "2023-06-30T15:60:00Z", "2016-12-31T23:59:60Z",
        "2023-06-30T15:15:60Z", "2023-06-30T15:15:61Z", "99999-06-30T15:15:00Z", "+2023-06-30T15:15:00Z",
        "0000-06-30T15:15:00Z", "23-06-30T15:15:00Z", "2023-6-30T15:15:00Z", "2023-06-30T5:15:00Z",
        "2023-06-30", "2023-06-30T15:15Z", "2023-06-30T15:15:00", "2023-06-30 15:15:00Z", "2023-06-30_15:15:00Z",
        "20230630T151500Z", "2023-06-30T151500Z", "2023-W26-5T15:15:00Z", "2023-181T15:15:00Z",
        "2023-06-30T15:15:00.Z", "2023-06-30T15:15:00,5Z", "2023-06-30T15:15:00.1234567890Z",
        "2023-06-30T15:15:00.5", "2023-06-30T15:15:00+08", "2023-06-30T15:15:00+0800", "2023-06-30T15:15:00+8:00",
        "2023-06-30T15:15:00+24:00", "2023-06-30T15:15:00+08:60", "2023-06-30T15:15:00+08:00Z",
        "2023-06-30T15:15:00Z+08:00", "2023-06-30T15:15:00ZZ", "2023-06-30T15:15:00 Z", " 2023-06-30T15:15:00Z",
        "2023-06-30T15:15:00Z ", "2023-06-30T15:15:00 +08:00", "2023-06-30T15:15:00\u221208:00",
        "2023-06-30T15:15:00[Asia/Shanghai]", "2023-06-30T15:15:00CST", "1688138100", "1688138100000",
        "infinity", "-infinity", "now", "Fri, 30 Jun 2023 15:15:00 GMT", "2023-06-30T-1:15:00Z",
        "\uff12023-06-30T15:15:00Z", "202a-06-30T15:15:00Z", "2023-06-30T15:15:0aZ", "2023/06/30T15:15:00Z",
        "2023-06-30T15.15.00Z", "-2023-06-30T15:15:00Z", "2023-06-30T15:15:00.-5Z", "x"):
    attribute(f"time-{text}", "bad_time", ["F30"], time=f'"{text}"')
attribute("time-1999", "out_of_range", ["F30", "F31"], time='"1999-12-31T23:59:59.999999Z"')
attribute("time-2000-in-the-east", "out_of_range", ["F30"], time='"2000-01-01T07:59:59+08:00"')
attribute("time-1970", "out_of_range", ["F30"], time='"1970-01-01T00:00:00Z"')
attribute("time-0001", "out_of_range", ["F30"], time='"0001-01-01T00:00:00Z"')
attribute("time-9999", "out_of_range", ["F31"], time='"9999-12-31T23:59:59Z"')
attribute("time-a-day-and-a-microsecond-ahead", "out_of_range", ["F31", "F32"],
          time='"2023-07-01T16:00:00.000001Z"')
attribute("time-of-a-record-of-the-year-zero", "out_of_range", ["F31", "F32"], timestamp=0)
# A record's timestamp is its producer's word: one that lies ahead of the wall clock widens nothing.
attribute("time-of-a-record-of-the-far-future", "out_of_range", ["F31", "F32"], time='"2090-01-01T00:00:00Z"',
          timestamp=9_223_372_036_854_775_807)
attribute("time-in-the-hour-that-summer-time-skips", "event", ["F33"], time='"2022-03-27T02:30:00+01:00"',
          time_us=1_648_344_600_000_000)
attribute("time-in-the-first-of-two-equal-hours", "event", ["F33"], time='"2022-10-30T02:30:00+02:00"',
          time_us=1_667_089_800_000_000)
attribute("time-in-the-second-of-two-equal-hours", "event", ["F33"], time='"2022-10-30T02:30:00+01:00"',
          time_us=1_667_093_400_000_000)
attribute("time-before-data", "bad_time", time='"x"', data=None)

# --- the identity (what the ledger makes of it is tested there) -----------------------------------------------
attribute("identity-source-and-id-run-together-1", "event", ["F34"], source='"ab"', id='"c"')
attribute("identity-source-and-id-run-together-2", "event", ["F34"], source='"a"', id='"bc"')
attribute("identity-again-with-other-content", "event", ["F35"])
raw("identity-again-with-other-visitors", envelope(T, data(T, visitors="43")), "event", ["F35"])

# --- data ---------------------------------------------------------------------------------------------------
attribute("data-absent", "missing_member", data=None)
for token in ("null", "1", '"{}"', "[]", "true"):
    attribute(f"data-{token}", "wrong_type", data=token)
attribute("data-base64-only", "missing_member", data=None, data_base64='"e30="')
attribute("data-empty", "missing_member", data="{}")
for stream in TYPES:
    for name in DATA[stream]:
        of(stream, f"{stream}-{name}-absent", "missing_member", **{name: None})
        of(stream, f"{stream}-{name}-null", "missing_member", **{name: "null"})
        for token in ("true", "{}", "[]"):
            of(stream, f"{stream}-{name}-{token}", "wrong_type", **{name: token})
of(T, "first-field-wins", "out_of_range", division='"x"', visitors='"x"')
of(T, "unread-fields-do-not-matter", "event", colour='"red"', visitors2="1e999")
for token, expect, value in (
        ('"410311"', "event", 410311), ("410311", "event", 410311), ('"100000"', "event", 100000),
        ('"999999"', "event", 999999), ('"010000"', "out_of_range", 0), ('"41031"', "out_of_range", 0),
        ('"4103111"', "out_of_range", 0), ('"41031a"', "out_of_range", 0), ('""', "out_of_range", 0),
        ('" 41031"', "out_of_range", 0), ('"-41031"', "out_of_range", 0), ("41031", "out_of_range", 0),
        ("4103110", "out_of_range", 0), ("-410311", "out_of_range", 0), ("410311.0", "out_of_range", 0),
        ("4.10311e5", "out_of_range", 0), ("99999999999999999999", "out_of_range", 0),
        ('"\uff14\uff11\uff10\uff13\uff11\uff11"', "out_of_range", 0), ("false", "wrong_type", 0)):
    tourism(f"division-{token}", expect, ["F23"], division=token,
            fields={"division": n(value)} if expect == "event" else None)
for token, expect, value in (
        ("1", "event", 1), ("1000000", "event", 1000000), ("0", "out_of_range", 0), ("-0", "out_of_range", 0),
        ("-1", "out_of_range", 0), ("1000001", "out_of_range", 0), ("9223372036854775807", "out_of_range", 0),
        ("-9223372036854775808", "out_of_range", 0), ("9223372036854775808", "overflow", 0),
        ("-9223372036854775809", "overflow", 0), ("18446744073709551616", "overflow", 0),
        ("18446744073709551617", "overflow", 0), ("1" + "0" * 39, "overflow", 0), ("3.0", "wrong_type", 0),
        ("3.5", "wrong_type", 0), ("1e3", "wrong_type", 0), ("1E3", "wrong_type", 0), ("1e0", "wrong_type", 0),
        ("1e300", "wrong_type", 0), ("1e999", "wrong_type", 0), ("-1e999", "wrong_type", 0),
        ("1e-400", "wrong_type", 0), ("99999999999999999999.5", "wrong_type", 0), ('"42"', "wrong_type", 0),
        ('"NaN"', "wrong_type", 0), ("[1]", "wrong_type", 0), ("9007199254740993", "out_of_range", 0)):
    tourism(f"visitors-{token}", expect, ["F23", "F25"], visitors=token,
            fields={"visitors": n(value)} if expect == "event" else None)
of(M, "revision-2-to-the-53-plus-1", "event", ["F23"], revision="9007199254740993",
   fields={"revision": n(9007199254740993)})
of(M, "revision-minus-zero", "event", ["F23"], revision="-0", fields={"revision": n(0)})
of(M, "revision-int64-max", "event", ["F25"], revision="9223372036854775807",
   fields={"revision": n(9223372036854775807)})
for token, expect, value in (
        ("0", "event", 0), ('"0"', "event", 0), ("4254.5", "event", 425450), ('"4254.50"', "event", 425450),
        ('"4254"', "event", 425400), ("-0", "event", 0), ('"-0.00"', "event", 0), ("0.01", "event", 1),
        ("0.07", "event", 7), ("1.1", "event", 110), ("4254.505", "out_of_range", 0),
        ('"4254.505"', "out_of_range", 0), ("4254.500", "out_of_range", 0), ('"4254.500"', "out_of_range", 0),
        ("0.000", "out_of_range", 0), ("0.001", "out_of_range", 0), ("-0.01", "out_of_range", 0),
        ('"-1"', "out_of_range", 0), ("92233720368547758.07", "event", 9223372036854775807),
        ('"92233720368547758.07"', "event", 9223372036854775807), ("92233720368547758.08", "overflow", 0),
        ('"92233720368547758.08"', "overflow", 0), ("92233720368547759", "overflow", 0),
        ("-92233720368547758.09", "overflow", 0), ("-92233720368547758.08", "out_of_range", 0),
        ("9" * 40, "overflow", 0), ('"' + "9" * 400 + '"', "overflow", 0), ("9" * 30 + ".123", "out_of_range", 0),
        ("1.23456789E7", "event", 1234567890), ("1e3", "event", 100000), ("1E+3", "event", 100000),
        ("1.5e1", "event", 1500), ("1.0E7", "event", 1000000000), ("15e-1", "event", 150),
        ("1e-2", "event", 1), ("1e-3", "out_of_range", 0), ("10e-3", "out_of_range", 0), ("1e16", "event", 10**18),
        ("1e17", "overflow", 0), ("1e999", "overflow", 0), ("1e99999999999999999999", "overflow", 0),
        ("1e-99999999999999999999", "out_of_range", 0), ("0e999", "event", 0), ("0e-3", "out_of_range", 0),
        ("0e-99999999999999999999", "out_of_range", 0),
        ('"1e3"', "out_of_range", 0), ('"1.0E7"', "out_of_range", 0), ('""', "out_of_range", 0),
        ('" 1"', "out_of_range", 0), ('"1 "', "out_of_range", 0), ('"+1"', "out_of_range", 0),
        ('"01"', "out_of_range", 0), ('"00"', "out_of_range", 0), ('".5"', "out_of_range", 0),
        ('"5."', "out_of_range", 0), ('"-"', "out_of_range", 0), ('"1,000.00"', "out_of_range", 0),
        ('"1_000"', "out_of_range", 0), ('"NaN"', "out_of_range", 0), ('"Infinity"', "out_of_range", 0),
        ('"0x10"', "out_of_range", 0), ('"\u00a51"', "out_of_range", 0), ('"\uff11"', "out_of_range", 0),
        ('"1.2.3"', "out_of_range", 0), ('"\\u0031"', "event", 100), ("true", "wrong_type", 0)):
    of(I, f"amount-{token}", expect, ["F23", "F24", "F25"], amount=token,
       fields={"amount": n(value)} if expect == "event" else None)
for token, expect, value in (
        ("-3.25", "event", -3250000), ('"0.000001"', "event", 1), ("0.0000001", "out_of_range", 0),
        ('"-9223372036854.775808"', "event", -9223372036854775808), ('"-9223372036854.775809"', "overflow", 0)):
    of(M, f"value-{token}", expect, ["F23", "F25"], value=token,
       fields={"value": n(value)} if expect == "event" else None)
for token, expect in (
        ('"CN"', "event"), ('"JP"', "event"), ('"CN-41"', "event"), ('"GB-ENG"', "event"), ('"US-7A9"', "event"),
        ('"cn"', "out_of_range"), ('"C"', "out_of_range"), ('"CHN"', "out_of_range"), ('"CN-"', "out_of_range"),
        ('"CN41"', "out_of_range"), ('"CN-4141"', "out_of_range"), ('"CN-4a"', "out_of_range"),
        ('"CN_41"', "out_of_range"), ('""', "out_of_range"), ("86", "wrong_type"), ("[\"CN\"]", "wrong_type")):
    tourism(f"origin-{token}", expect, origin=token)
for token, expect in (
        ('"a"', "event"), ('"9-_z"', "event"), ('"' + "a" * 64 + '"', "event"), ('"' + "a" * 65 + '"', "out_of_range"),
        ('""', "out_of_range"), ('"A"', "out_of_range"), ('"-a"', "out_of_range"), ('"_a"', "out_of_range"),
        ('"a.b"', "out_of_range"), ('"a b"', "out_of_range"), ('"\u00e9"', "out_of_range"), ('"a/b"', "out_of_range"),
        ('"a\\u0000"', "out_of_range"), ("1", "wrong_type"), ("false", "wrong_type"), ("{}", "wrong_type"),
        ('["a"]', "wrong_type")):
    tourism(f"site-{token[:20]}-{len(token)}", expect, site=token)
for token, expect in (("true", "event"), ("false", "event"), ("null", "event"), ("1", "wrong_type"),
                      ("0", "wrong_type"), ('"true"', "wrong_type"), ("{}", "wrong_type")):
    tourism(f"overnight-{token}", expect, overnight=token)
for token, expect in (('"graduate"', "event"), ('"Graduate"', "out_of_range"), ('"graduate "', "out_of_range"),
                      ('""', "out_of_range"), ("1", "wrong_type")):
    of(E, f"kind-{token}", expect, kind=token)
for token, expect in (('"A"', "event"), ('"T"', "event"), ('"U"', "out_of_range"), ('"AB"', "out_of_range")):
    of(E, f"industry-{token}", expect, industry=token)
eight = ",".join(f'"p{index}"' for index in range(8))
for name, token, expect in (
        ("eight", f"[{eight}]", "event"), ("nine", f'[{eight},"p8"]', "out_of_range"),
        ("same-twice", '["a","a"]', "out_of_range"), ("same-by-escape", '["a","\\u0061"]', "out_of_range"),
        ("number-inside", '["a",1]', "wrong_type"), ("null-inside", '["a",null]', "wrong_type"),
        ("list-inside", '[["a"]]', "wrong_type"), ("object-inside", '["a",{"b":["c"]}]', "wrong_type"),
        ("bad-slug", '["a","B"]', "out_of_range"), ("empty-slug", '[""]', "out_of_range"),
        ("type-before-count", f'[{eight},"p8",1]', "wrong_type"), ("number", "1", "wrong_type"),
        ("object", '{"a":1}', "wrong_type"), ("upper", '"Major"', "out_of_range")):
    of(I, f"programme-{name}", expect, programme=token)
of(I, "programme-2000-elements", "out_of_range", ["F26"], programme="[" + ",".join(['"a"'] * 2_000) + "]")
of(I, "project-64-characters", "event", project='"' + "\u6d1b" * 64 + '"')
of(I, "project-65-characters", "out_of_range", project='"' + "\u6d1b" * 65 + '"')
of(I, "project-empty", "out_of_range", project='""')
for token, expect in (
        ('"a.b"', "event"), ('"economy.gdp-growth"', "event"), ('"a.b.c"', "event"), ('"a"', "out_of_range"),
        ('"A.b"', "out_of_range"), ('".a"', "out_of_range"), ('"a."', "out_of_range"), ('"a..b"', "out_of_range"),
        ('"a.-b"', "out_of_range"), ('""', "out_of_range"), ('"."', "out_of_range"), ("1", "wrong_type")):
    of(M, f"indicator-{token}", expect, indicator=token)
of(M, "indicator-128", "event", indicator='"a.' + "b" * 126 + '"')
of(M, "indicator-129", "out_of_range", indicator='"a.' + "b" * 127 + '"')


def days(first, last):
    return n((first << 32) + (last & 0xFFFFFFFF))


for token, expect, value in (
        ('"2023"', "event", days(19358, 19722)), ('"2024"', "event", days(19723, 20088)),
        ('"2023-Q1"', "event", days(19358, 19447)), ('"2023-Q4"', "event", days(19631, 19722)),
        ('"2023-03"', "event", days(19417, 19447)), ('"2024-02"', "event", days(19754, 19782)),
        ('"2023-03-05"', "event", days(19421, 19421)), ('"1969-12-31"', "event", days(-1, -1)),
        ('"2023-02-29"', "out_of_range", 0), ('"2023-Q0"', "out_of_range", 0), ('"2023-Q5"', "out_of_range", 0),
        ('"2023-q1"', "out_of_range", 0), ('"2023Q1"', "out_of_range", 0), ('"2023-00"', "out_of_range", 0),
        ('"2023-13"', "out_of_range", 0), ('"2023-3"', "out_of_range", 0), ('"2023-03-5"', "out_of_range", 0),
        ('"2023-H1"', "out_of_range", 0), ('"2023-W10"', "out_of_range", 0), ('"202303"', "out_of_range", 0),
        ('"20230305"', "out_of_range", 0), ('"0000"', "out_of_range", 0), ('"23"', "out_of_range", 0),
        ('"2023-"', "out_of_range", 0), ('"2023-03-05T00:00:00Z"', "out_of_range", 0), ('""', "out_of_range", 0),
        ('"99999"', "out_of_range", 0), ("2023", "wrong_type", 0)):
    of(M, f"period-{token}", expect, ["F30"], period=token, fields={"period": value} if expect == "event" else None)
of(M, "basis-other", "out_of_range", basis='"yearly"')
of(M, "revision-negative", "event", revision="-1", fields={"revision": n(-1)})

# --- corrections and withdrawals ----------------------------------------------------------------------------
OLD = {"time": '"2023-06-30T10:00:00Z"', "division": '"410302"', "visitors": "40", "spend": "1.5"}
OLD_US = 1_688_119_200_000_000


def previous(name, expect, rows=(), outer=None, token=None, fields=None, before=None, withdrawal=False, time_us=OLD_US,
             **changed):
    token = obj({**OLD, **changed}) if token is None else token
    more = {}
    if expect == "event":
        more = {"withdrawal": withdrawal}
        if before is not None:
            more["previous"] = before
            more["previous_time"] = time_us
    if fields is not None:
        more["fields"] = fields
    add(name, T, envelope(T, obj({**DATA[T], **(outer or {}), "previous": token})), expect, rows, **more)


BEFORE = {"division": n(410302), "visitors": n(40), "spend": n(150), "origin": None}
previous("correction", "event", before=BEFORE, fields={"visitors": n(42)})
previous("correction-with-null-previous", "event", token="null")
previous("correction-of-1999", "out_of_range", ["F31"], time='"1999-12-31T23:59:59Z"')
previous("correction-of-the-future", "out_of_range", ["F31"], time='"9999-12-31T23:59:59Z"')
previous("correction-of-a-day-ahead", "event", ["F31", "F32"], before=BEFORE, time='"2023-07-01T16:00:00Z"',
         time_us=1_688_227_200_000_000)
previous("correction-of-a-day-and-a-microsecond-ahead", "out_of_range", ["F31", "F32"],
         time='"2023-07-01T16:00:00.000001Z"')
previous("previous-time-absent", "missing_member", time=None)
previous("previous-time-null", "missing_member", time="null")
previous("previous-time-number", "wrong_type", time="1")
previous("previous-time-bad", "bad_time", ["F30"], time='"2023-02-30T00:00:00Z"')
previous("previous-time-empty", "bad_time", time='""')
previous("previous-visitors-absent", "missing_member", visitors=None)
previous("previous-visitors-null", "missing_member", visitors="null")
previous("previous-visitors-text", "wrong_type", visitors='"40"')
previous("previous-visitors-too-many", "out_of_range", visitors="1000001")
previous("previous-spend-overflow", "overflow", ["F25"], spend="92233720368547759")
previous("previous-time-before-fields", "bad_time", time='"x"', division=None)
for token in ("1", '"x"', "[]", "true"):
    previous(f"previous-{token}", "wrong_type", token=token)
previous("previous-empty", "missing_member", token="{}")
previous("current-before-previous", "out_of_range", outer={"visitors": "0"}, time='"x"')
previous("previous-in-previous-is-unread", "event", before=BEFORE, previous='{"x":1,"x":2}')
previous("withdrawn-in-previous-is-unread", "event", before=BEFORE, withdrawn="5")
for name, outer, expect, withdrawal in (
        ("withdrawal", {"withdrawn": "true", "visitors": None}, "event", True),
        ("withdrawal-with-figures", {"withdrawn": "true"}, "event", True),
        ("withdrawal-with-nonsense-figures", {"withdrawn": "true", "visitors": '"x"', "spend": "[]"}, "event", True),
        ("withdrawal-false", {"withdrawn": "false"}, "event", False),
        ("withdrawal-null", {"withdrawn": "null"}, "event", False),
        ("withdrawal-text", {"withdrawn": '"true"'}, "wrong_type", False),
        ("withdrawal-number", {"withdrawn": "1"}, "wrong_type", False),
        ("withdrawal-text-after-fields", {"withdrawn": '"true"', "visitors": None}, "missing_member", False),
        ("withdrawal-without-division", {"withdrawn": "true", "division": None}, "missing_member", True),
        ("withdrawal-with-bad-division", {"withdrawn": "true", "division": '"x"'}, "out_of_range", True)):
    fields = {"visitors": None, "spend": None, "division": n(410311)} if withdrawal and expect == "event" else None
    previous(name, expect, outer=outer, withdrawal=withdrawal, before=BEFORE, fields=fields)
previous("withdrawal-with-null-previous", "missing_member", outer={"withdrawn": "true"}, token="null")
raw("withdrawal-without-previous", envelope(T, data(T, withdrawn="true")), "missing_member")
previous("withdrawn-type-before-previous", "wrong_type", outer={"withdrawn": "1"}, token="1")
previous("previous-fields-are-needed-in-a-withdrawal", "missing_member", outer={"withdrawn": "true"}, visitors=None)

# --- binary mode --------------------------------------------------------------------------------------------
HEADERS = {
    "ce_specversion": b"1.0", "ce_id": b"a-1", "ce_source": b"/gates/longmen", "ce_type": b"tourism.arrival.v1",
    "ce_time": TIME.encode(), "content-type": b"application/json"}


def binary(name, expect, rows=(), value=None, extra=(), absent=(), more=None, **changed):
    headers = {**HEADERS, **{key.replace("__", "-"): text for key, text in changed.items()}}
    listed = [[key, text] for key, text in headers.items() if key not in absent] + [list(pair) for pair in extra]
    add(name, T, data(T) if value is None else value, expect, rows, headers=listed, **(more or {}))


binary("binary", "event", more={"fields": {"division": n(410311), "visitors": n(42)}})
binary("binary-without-content-type", "event", absent=["content-type"])
binary("binary-with-other-headers", "event", extra=[("traceparent", b"00-x"), ("x", None), ("x", b"\xff"), ("", b"")])
binary("binary-with-extension", "event", extra=[("ce_partitionkey", b"7")])
binary("binary-han-id", "event", ce_id="\u6d1b".encode())
for key in ("ce_id", "ce_source", "ce_type", "ce_time"):
    binary(f"binary-{key}-absent", "missing_member", absent=[key])
    binary(f"binary-{key}-null", "missing_member", **{key: None})
    binary(f"binary-{key}-empty", "out_of_range", **{key: b""})
    binary(f"binary-{key}-1025-bytes", "out_of_range", **{key: b"x" * 1_025})
    binary(f"binary-{key}-not-utf8", "wrong_type", ["F29"], **{key: b"a\xff"})
    binary(f"binary-{key}-twice", "duplicate_member", ["F27"], extra=[(key, HEADERS[key])])
binary("binary-specversion-null", "missing_member", ce_specversion=None)
binary("binary-specversion-empty", "out_of_range", ce_specversion=b"")
binary("binary-specversion-0.3", "bad_specversion", ce_specversion=b"0.3")
binary("binary-extension-twice", "duplicate_member", ["F27"], extra=[("ce_x", b"1"), ("ce_x", b"1")])
binary("binary-other-headers-twice", "event", extra=[("x", b"1"), ("x", b"1")])
binary("binary-upper-case-headers", "not_cloudevent", absent=["ce_specversion"], extra=[("CE_specversion", b"1.0")])
binary("binary-unknown-type", "unknown_type", ce_type=b"x")
binary("binary-tick", "skipped", ce_type=b"headway.tick.v1", value="{}", more={"time": TIME_US})
binary("binary-tick-with-bad-json", "bad_json", ce_type=b"headway.tick.v1", value="x")
binary("binary-bad-time", "bad_time", ["F30"], ce_time=b"2023-02-30T00:00:00Z")
binary("binary-time-with-nul", "bad_time", ["F29", "F30"], ce_time=b"2023-06-30T15:15:00Z\0")
binary("binary-list", "bad_json", value="[1]")
binary("binary-empty-value", "bad_json", value=b"")
binary("binary-empty-object", "missing_member", value="{}")
binary("binary-bad-json", "bad_json", ["F28"], value=data(T) + ",")
binary("binary-structured-value", "missing_member", value=GOOD)
binary("binary-duplicate-in-data", "duplicate_member", ["F27"], value='{"x":1,"x":1}')
binary("binary-duplicate-in-data-before-headers", "duplicate_member", ["F27"], value='{"x":1,"x":1}',
       absent=["ce_id"])
binary("binary-correction", "event", value=obj({**DATA[T], "previous": obj(OLD)}),
       more={"previous": BEFORE, "previous_time": OLD_US, "withdrawal": False})
for depth, expect in ((31, "event"), (32, "bad_json")):
    binary(f"binary-lists-{depth}-deep", expect, ["F26"], value=data(T, x="[" * depth + "]" * depth))
add("binary-tombstone", T, None, "skipped", headers=[[key, text] for key, text in HEADERS.items()])

names = [line["name"] for line in lines]
assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
covered = {row for line in lines for row in line["rows"]}
assert covered == {f"F{row}" for row in range(23, 36)}, covered
target = pathlib.Path(__file__).with_name("records.jsonl")
target.write_text("".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines))
print(f"{len(lines)} records in {target.name}")
