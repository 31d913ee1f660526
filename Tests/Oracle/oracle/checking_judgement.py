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
            removals = self._removals(plan)
            for row in rows:
                while removals and removals[0][0] <= row["round"]:
                    last.pop((plan, removals.pop(0)[1]), None)
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
            for _, target in removals:
                last.pop((plan, target), None)
        for place, data in last.items():
            state = states.get(place)
            found = state and (state["status"], state["sequence"])
            finding.check(
                found == (data["to"], data["sequence"]),
                lambda: f"{place}: the state is {found}, not {data['to']}",
            )

    def _removals(self, plan):
        """(since round, target) of those that were promised no more, in order."""
        return [
            (edition.since_round, target)
            for edition in self.editions.get(plan, [])
            for target in edition.removed
        ]

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
        replays, timers = {}, {}
        editions = list(self.editions.get(plan.id, []))
        first = editions[0].since_round if editions else len(rounds) + 1
        starts = {
            row["stream"]: dict(zip(row["topic_partitions"], row["offsets"]))
            for row in self.ledger["ledger.judge_start"]
            if row["plan"] == plan.id
        }
        sequence = 0
        for number, row in enumerate(rounds, 1):
            finding.check(
                row["round"] == number, f"{plan.id}: round {row['round']} instead of {number}"
            )
            while editions and editions[0].since_round <= row["round"]:
                plan = self._take_up(editions.pop(0), replays, timers)
            finding.check(
                row["revision"] == plan.revision or row["round"] < first,
                lambda: f"round {number}: revision {row['revision']}, {plan.revision} is right",
            )
            stream = row["stream"]
            if stream not in replays:
                folds = {
                    key: self.folds[key] for key, names in self.names.items() if names[0] == stream
                }
                replays[stream] = StreamReplay(
                    plan, self.streams[stream], folds, timers, starts.get(stream)
                )
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
        for edition in editions:
            plan = self._take_up(edition, replays, timers)
        self._states(finding, plan, timers)

    @staticmethod
    def _take_up(edition, replays, timers):
        promised = {target.id for target in edition.plan.targets}
        for target in timers.keys() - promised | set(edition.removed):
            timers.pop(target, None)
        for replay in replays.values():
            replay.take_up(edition.plan)
        return edition.plan

    def _states(self, finding, plan, timers):
        held = {
            row["target"]: row
            for row in self.ledger["ledger.target_state"]
            if row["plan"] == plan.id
        }
        for name in held.keys() - timers.keys():
            finding.check(False, f"{name} is not promised and has a state")
        for judge in timers.values():
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
