"""The part of YAML that the files of Topics/ use: block mappings and lists, one-line flow
collections, comments.

Every scalar stays the text that was written. What is not understood is an error, never a guess.
"""

import re


class YamlError(Exception):
    pass


def load(text):
    lines = []
    for number, raw in enumerate(text.split("\n"), 1):
        if "\t" in raw:
            raise YamlError(f"line {number}: a tab")
        content = _without_comment(raw)
        if content.strip():
            lines.append((number, len(content) - len(content.lstrip(" ")), content.strip()))
    if not lines:
        return None
    value, at = _block(lines, 0, lines[0][1])
    if at != len(lines):
        raise YamlError(f"line {lines[at][0]}: unexpected indentation")
    return value


def _without_comment(line):
    quote = None
    for place, letter in enumerate(line):
        if quote:
            if letter == quote:
                quote = None
        elif letter in "\"'" and (place == 0 or line[place - 1] in " [{,:"):
            quote = letter
        elif letter == "#" and (place == 0 or line[place - 1] == " "):
            return line[:place].rstrip()
    return line.rstrip()


def _block(lines, at, indent):
    if lines[at][2] == "-" or lines[at][2].startswith("- "):
        return _list(lines, at, indent)
    return _mapping(lines, at, indent)


def _list(lines, at, indent):
    items = []
    while (
        at < len(lines)
        and lines[at][1] == indent
        and (lines[at][2] == "-" or lines[at][2].startswith("- "))
    ):
        number, _, content = lines[at]
        rest = content[1:].lstrip()
        if not rest:
            if at + 1 < len(lines) and lines[at + 1][1] > indent:
                value, at = _block(lines, at + 1, lines[at + 1][1])
            else:
                value, at = None, at + 1
            items.append(value)
        elif rest[0] not in "{[\"'" and _key_end(rest) is not None:
            inner = indent + len(content) - len(rest)
            lines[at] = (number, inner, rest)
            value, at = _mapping(lines, at, inner)
            items.append(value)
        else:
            items.append(_inline(rest, number))
            at += 1
    if at < len(lines) and lines[at][1] > indent:
        raise YamlError(f"line {lines[at][0]}: unexpected indentation")
    return items, at


def _mapping(lines, at, indent):
    result = {}
    while at < len(lines) and lines[at][1] == indent:
        number, _, content = lines[at]
        if content == "-" or content.startswith("- "):
            break
        end = _key_end(content)
        if end is None:
            raise YamlError(f"line {number}: no key")
        key = _scalar(content[:end].strip(), number)
        rest = content[end + 1 :].strip()
        if key in result:
            raise YamlError(f"line {number}: the key {key} stands there twice")
        at += 1
        if rest:
            result[key] = _inline(rest, number)
        elif at < len(lines) and (
            lines[at][1] > indent or (lines[at][1] == indent and lines[at][2].startswith("- "))
        ):
            result[key], at = _block(lines, at, lines[at][1])
        else:
            result[key] = None
    if at < len(lines) and lines[at][1] > indent:
        raise YamlError(f"line {lines[at][0]}: unexpected indentation")
    return result, at


def _key_end(text):
    """Where the colon of `key: value` stands, or None."""
    quote = None
    for place, letter in enumerate(text):
        if quote:
            if letter == quote:
                quote = None
        elif letter in "\"'" and place == 0:
            quote = letter
        elif letter == ":" and (place + 1 == len(text) or text[place + 1] == " "):
            return place
    return None


def _inline(text, number):
    if text[0] in "{[":
        value, at = _flow(text, 0, number)
        if text[at:].strip():
            raise YamlError(f"line {number}: text after a flow collection")
        return value
    return _scalar(text, number)


def _scalar(text, number):
    if text[:1] in "\"'":
        if len(text) < 2 or text[-1] != text[0]:
            raise YamlError(f"line {number}: an open quote")
        if text[0] == '"' and "\\" in text:
            raise YamlError(f"line {number}: an escape")
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    if text[:1] in "&*!|>%@`":
        raise YamlError(f"line {number}: {text[:1]} is not read here")
    return text


def _flow(text, at, number):
    opening = text[at]
    closing = {"{": "}", "[": "]"}[opening]
    result = {} if opening == "{" else []
    at += 1
    while True:
        at = _spaces(text, at)
        if at >= len(text):
            raise YamlError(f"line {number}: a flow collection goes over the line")
        if text[at] == closing:
            return result, at + 1
        if opening == "{":
            match = re.compile(r"\s*(\"[^\"]*\"|'[^']*'|[^:,{}\[\]]+?)\s*:\s").match(text, at)
            if not match:
                raise YamlError(f"line {number}: no key in a flow mapping")
            key = _scalar(match.group(1).strip(), number)
            if key in result:
                raise YamlError(f"line {number}: the key {key} stands there twice")
            result[key], at = _flow_value(text, match.end(), number)
        else:
            value, at = _flow_value(text, at, number)
            result.append(value)
        at = _spaces(text, at)
        if at < len(text) and text[at] == ",":
            at += 1
        elif at >= len(text) or text[at] != closing:
            raise YamlError(f"line {number}: neither , nor {closing}")


def _flow_value(text, at, number):
    at = _spaces(text, at)
    if at < len(text) and text[at] in "{[":
        return _flow(text, at, number)
    if at < len(text) and text[at] in "\"'":
        end = text.find(text[at], at + 1)
        if end < 0:
            raise YamlError(f"line {number}: an open quote")
        return _scalar(text[at : end + 1], number), end + 1
    end = at
    while end < len(text) and text[end] not in ",{}[]":
        end += 1
    return _scalar(text[at:end].strip(), number), end


def _spaces(text, at):
    while at < len(text) and text[at] == " ":
        at += 1
    return at
