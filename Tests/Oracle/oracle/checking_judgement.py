"""Holds changes and states against the rounds of the judge, replayed over the log."""

import collections
import json

from .dumps import column_instant
from .judging import StreamReplay, change_text


class JudgementChecks:
    """A part of Check."""

    def _changes(self):
        changes = collections.defaultdict(list)
        for row in self.ledger["ledger.status_change"]:
            changes[row["plan"]].append(row)
        for rows in changes.values():
            rows.sort(key=lambda row: row["sequence"])
        return changes

    def _sequences(self):
        finding = self._finding("I4", "sequence numbers start at 1 and have no gaps")
        last = {row["id"]: row["last_sequence"] for row in self.ledger["ledger.plan"]}
        for plan, rows in self._changes().items():
            for wanted, row in enumerate(rows, 1):
                finding.check(
                    row["sequence"] == wanted, f"{plan}: {row['sequence']} instead of {wanted}"
                )
            finding.check(
                last.get(plan) == len(rows),
                f"{plan}: the plan says {last.get(plan)}, not {len(rows)}",
            )

    def _chain(self):
        finding = self._finding(
            "I7", "each change goes on from the one before, and states are the last changes"
        )
        states = {(row["plan"], row["target"]): row for row in self.ledger["ledger.target_state"]}
        last = {}
        for plan, rows in self._changes().items():
            for row in rows:
                data = json.loads(row["data"])
                before = last.get((plan, row["target"]))
                wanted = (before["to"], before["sequence"]) if before else (None, None)
                found = data["from"], data["previousSequence"]
                finding.check(
                    wanted == found, lambda: f"{plan}/{row['sequence']}: from {found}, not {wanted}"
                )
                finding.check(
                    (data["sequence"], data["target"]) == (row["sequence"], row["target"]),
                    f"{plan}/{row['sequence']}: the data is of another change",
                )
                finding.check(
                    data["from"] != data["to"], f"{plan}/{row['sequence']}: nothing changed"
                )
                last[plan, row["target"]] = data
        for place, data in last.items():
            state = states.get(place)
            found = state and (state["status"], state["sequence"])
            finding.check(
                found == (data["to"], data["sequence"]),
                lambda: f"{place}: the state is {found}, not {data['to']}",
            )

    def _judgement(self):
        finding = self._finding(
            "I7", "changes are what the log, the plan and the rounds give, to the byte"
        )
        rounds = collections.defaultdict(list)
        for row in self.ledger["ledger.judge_round"]:
            for column in ("as_of", "clock", "watermark"):
                row[column] = column_instant(row[column])
            rounds[row["plan"]].append(row)
        changes = self._changes()
        for name in rounds.keys() | changes.keys():
            if name not in self.plans:
                finding.check(False, f"there is no plan {name}")
                continue
            self._replay(finding, self.plans[name], rounds[name], changes[name])

    def _replay(self, finding, plan, rounds, changes):
        rounds.sort(key=lambda row: row["round"])
        replays = {}
        sequence = 0
        for number, row in enumerate(rounds, 1):
            finding.check(
                row["round"] == number, f"{plan.id}: round {row['round']} instead of {number}"
            )
            stream = row["stream"]
            if stream not in replays:
                folds = {
                    key: self.folds[key] for key, names in self.names.items() if names[0] == stream
                }
                replays[stream] = StreamReplay(plan, self.streams[stream], folds)
            positions = [
                (self.names[key][1], self.names[key][2], offset, generation)
                for key, offset, generation in zip(
                    row["topic_partitions"], row["offsets"], row["generations"]
                )
            ]
            for judge, before, after, cause, result in replays[stream].round(row):
                sequence += 1
                wanted = change_text(
                    plan, row, sequence, judge, before, after, cause, result, positions
                )
                judge.sequence = sequence
                found = changes[sequence - 1]["data"] if sequence <= len(changes) else None
                finding.check(
                    wanted == found,
                    lambda: f"round {number}: {found} was written, {wanted} is right",
                )
        finding.check(
            sequence == len(changes),
            f"{plan.id}: {len(changes)} changes were written, {sequence} are right",
        )
        self._states(finding, plan, replays)

    def _states(self, finding, plan, replays):
        held = {
            row["target"]: row
            for row in self.ledger["ledger.target_state"]
            if row["plan"] == plan.id
        }
        for replay in replays.values():
            for judge in replay.judges:
                row = held.get(judge.target.id)
                if row is None:
                    finding.check(judge.status is None, f"{judge.target.id} has no state")
                    continue
                wanted = judge.status, judge.since, judge.candidate, judge.candidate_since
                found = (
                    row["status"],
                    column_instant(row["since"]),
                    row["candidate"],
                    column_instant(row["candidate_since"]),
                )
                finding.check(
                    wanted == found,
                    lambda: f"{judge.target.id}: the state is {found}, {wanted} is right",
                )
