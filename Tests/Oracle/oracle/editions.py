"""What was in force when, as the judge wrote it down: plan_edition and target_contract."""

import dataclasses
import re
import urllib.parse

from .contracts import Plan, Rule, Target
from .figures import Zone, day_number, scaled_figure


@dataclasses.dataclass
class Edition:
    since_round: int
    plan: Plan
    # Ids that are promised no more from here on.
    removed: list


def read_editions(ledger):
    """The editions of each plan, in order."""
    contracts = {}
    for row in ledger["ledger.target_contract"]:
        contracts.setdefault((row["plan"], row["edition"]), []).append(row)
    held, editions = {}, {}
    for row in sorted(ledger["ledger.plan_edition"], key=lambda row: row["edition"]):
        name = row["plan"]
        targets = held.setdefault(name, {})
        removed = []
        for given in contracts.get((name, row["edition"]), []):
            if given["contract"] is None:
                targets.pop(given["target"], None)
                removed.append(given["target"])
            else:
                targets[given["target"]] = read_contract(given["target"], given["contract"])
        plan = Plan(
            name,
            row["revision"],
            Zone(row["zone"]),
            row["division"],
            row["place"],
            [targets[target] for target in row["targets"]],
        )
        if len(plan.targets) != len(targets):
            raise ValueError(f"{name}, edition {row['edition']}: its targets are not its contracts")
        editions.setdefault(name, []).append(Edition(row["since_round"], plan, removed))
    return editions


def read_contract(target, text):
    terms = {}
    for term in text.split("; "):
        name, *words = term.split(" ")
        terms[name] = words
    scale = int(terms["scale"][0])

    def figure(name, otherwise=None):
        return scaled_figure(terms[name][0], scale) if name in terms else otherwise

    if "metric" in terms:
        stream, metric, *where = terms["metric"]
        breakdown, member = where or ("", "")
        indicator = None
    else:
        stream, indicator = terms["indicator"]
        metric, breakdown, member = None, "", ""
    course, *knots = terms["trajectory"]
    return Target(
        target,
        *terms["kind"],
        figure("value"),
        figure("value_max"),
        figure("tolerance", 0),
        figure("slack"),
        scale,
        urllib.parse.unquote(terms["unit"][0]),
        *(day_number(day) for day in terms["window"]),
        stream,
        metric,
        breakdown,
        urllib.parse.unquote(member),
        indicator,
        course,
        [
            (day_number(day), scaled_figure(share, 6))
            for day, share in (knot.split("=") for knot in knots)
        ],
        _rule(terms),
    )


def _rule(terms):
    given = dict(
        zip(
            ("at_risk_below", "off_track_below", "recover_above"),
            (scaled_figure(text, 6) for text in terms["thresholds"]),
        )
    )
    for name in ("hold", "dwell", "stale_after", "grace", "warn_before"):
        if name in terms:
            given[name] = _duration(terms[name][0])
    return Rule(**given)


def _duration(text):
    """`P1DT2H3M4S`, in microseconds."""
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text, re.ASCII)
    if not match:
        raise ValueError(f"{text} is no duration")
    lengths = zip(match.groups(), (86_400, 3_600, 60, 1))
    return sum(int(count or 0) * seconds for count, seconds in lengths) * 1_000_000
