"""Holds dead letters and the output topics against the log and the ledger."""

import collections

from .dumps import column_bytes, column_instant

# Milliseconds. The relay publishes a dead letter under the present time when its own lies further
# ahead, since brokers refuse it from an hour on, and says its own in a header.
AHEAD_MAX = 30 * 60 * 1_000


class OutputChecks:
    """A part of Check."""

    # I5, I9

    def _output(self, role):
        topic = self.outputs[role]
        return [
            record
            for (name, _), records in sorted(self.topics.items())
            if name == topic
            for record in records
        ]

    def _changes_topic(self):
        finding = self._finding(
            "I5", "the changes topic is the change log: each once, in order, to the byte"
        )
        strays = self._finding(
            "I9", "nothing is in the changes topic that is not in the change log"
        )
        changes = self._changes()
        next_sequence = collections.Counter()
        for record in self._output("status_changes"):
            headers = dict(record.headers)
            plan = headers.get("ce_id", b"").decode().rpartition("/")[0]
            rows = changes.get(plan, [])
            index = next_sequence[plan]
            next_sequence[plan] += 1
            strays.check(
                index < len(rows),
                lambda: f"offset {record.offset}: {headers.get('ce_id')} is one too many",
            )
            if index < len(rows):
                self._same_change(finding, record, rows[index], "target.status-changed.v1")
        for plan, rows in changes.items():
            finding.check(
                self.is_prefix or next_sequence[plan] == len(rows),
                f"{plan}: {next_sequence[plan]} of {len(rows)} changes are in the topic",
            )

    @staticmethod
    def _same_change(finding, record, row, event_type):
        headers = dict(record.headers)
        subject = f"{row['plan']}/{row['target']}"
        wanted = {
            "content-type": "application/json",
            "ce_specversion": "1.0",
            "ce_id": f"{row['plan']}/{row['sequence']}",
            "ce_source": f"/headway/{row['plan']}",
            "ce_type": event_type,
            "ce_subject": subject,
            "ce_sequence": f"{row['sequence']:020}",
        }
        for name, text in wanted.items():
            finding.check(
                headers.get(name) == text.encode(),
                lambda: f"offset {record.offset}: {name} is {headers.get(name)}, not {text}",
            )
        finding.check(
            record.key == subject.encode(),
            lambda: f"offset {record.offset}: the key is {record.key}",
        )
        finding.check(
            record.value == row["data"].encode(),
            lambda: f"offset {record.offset}: {record.value} is not {row['data']}",
        )

    def _status_topic(self):
        finding = self._finding("I5", "the status topic holds the latest change of each target")
        latest, published = {}, {}
        for rows in self._changes().values():
            for row in rows:
                latest[f"{row['plan']}/{row['target']}".encode()] = row
        for record in self._output("status"):
            before = published.get(record.key)
            published[record.key] = record
            if before is not None:
                order = [dict(one.headers).get("ce_sequence", b"") for one in (before, record)]
                finding.check(
                    order[0] < order[1], lambda: f"offset {record.offset}: {record.key} goes back"
                )
        for key, row in latest.items():
            if key not in published:
                finding.check(self.is_prefix, f"{key} is not in the topic")
            elif not self.is_prefix:
                self._same_change(finding, published[key], row, "target.status.v1")
        for key in published.keys() - latest.keys():
            finding.check(False, f"{key} is in the topic and not in the log")

    # I8

    def _dead_letters(self):
        finding = self._finding("I8", "dead letters are those of the log, with their bytes")
        held = {}
        for row in self.ledger["ledger.dead_letter"]:
            held[row["topic_partition"], row["generation"], row["record_offset"]] = row
        for position in self.positions:
            key = position["topic_partition"]
            _, topic, partition = self.names[key]
            fold = self.folds[key]
            for record in self.topics.get((topic, partition), []):
                if (
                    record.offset >= position["next_offset"]
                    or fold.outcomes[record.offset] != "dead_letter"
                ):
                    continue
                place = key, position["generation"], record.offset
                row = held.pop(place, None)
                finding.check(row is not None, f"{place} is not held")
                if row is not None:
                    self._same_dead_letter(
                        finding, place, row, record, fold.dead.get(record.offset)
                    )
        for place, row in held.items():
            finding.check(False, f"{place}: {row['reason']} is held and was no dead letter")

    @staticmethod
    def _same_dead_letter(finding, place, row, record, dead):
        if dead is not None:
            found = row["stage"], row["reason"]
            finding.check(
                found == (dead.stage, dead.reason), lambda: f"{place}: {found}, not {dead.reason}"
            )
        names = [column_bytes(name) for name in row["header_names"]]
        values = [column_bytes(value) for value in row["header_values"]]
        finding.check(
            (column_bytes(row["key"]), column_bytes(row["value"])) == (record.key, record.value)
            and list(zip(names, values))
            == [(name.encode(), value) for name, value in record.headers],
            f"{place}: other bytes than the record's",
        )
        time = column_instant(row["record_time"])
        finding.check(
            time == (record.timestamp * 1_000 if record.timestamp >= 0 else None),
            f"{place}: another timestamp",
        )

    def _dead_letter_topic(self):
        finding = self._finding(
            "I8", "the dead letters topic holds each dead letter once, unchanged"
        )
        strays = self._finding("I9", "nothing is in the dead letters topic that is no dead letter")
        wanted = {}
        for row in self.ledger["ledger.dead_letter"]:
            _, topic, partition = self.names[row["topic_partition"]]
            wanted.setdefault((topic, partition, row["record_offset"]), []).append(row)
        found = collections.Counter()
        originals = {
            (record.topic, record.partition, record.offset): record
            for (topic, partition), records in self.topics.items()
            if any((topic, partition) == names[1:] for names in self.names.values())
            for record in records
        }
        for record in self._output("dead_letters"):
            headers = dict(record.headers)
            place = (
                headers.get("__connect.errors.topic", b"").decode(),
                int(headers.get("__connect.errors.partition", b"-1")),
                int(headers.get("__connect.errors.offset", b"-1")),
            )
            rows = wanted.get(place)
            strays.check(
                rows is not None, lambda: f"offset {record.offset}: {place} is no dead letter"
            )
            if rows is None or place not in originals:
                continue
            found[place] += 1
            finding.check(
                found[place] <= len(rows), lambda: f"{place} is there {found[place]} times"
            )
            self._same_bytes(finding, record, originals[place], rows[0])
        for place in wanted.keys() - found.keys():
            finding.check(self.is_prefix, f"{place} is not in the topic")

    @staticmethod
    def _same_bytes(finding, record, original, row):
        headers = dict(record.headers)
        timestamp = record.timestamp
        moved = headers.get("headway_record_timestamp")
        if len(record.headers) > len(original.headers) and record.headers[-1] == (
            "headway_record_timestamp",
            moved,
        ):
            # Only a time that brokers refuse may have moved into a header.
            is_ahead = original.timestamp > timestamp + AHEAD_MAX
            timestamp = original.timestamp if is_ahead else None
            if moved != str(original.timestamp).encode():
                timestamp = None
        finding.check(
            (record.key, record.value, timestamp)
            == (original.key, original.value, original.timestamp)
            and record.headers[: len(original.headers)] == original.headers,
            lambda: f"offset {record.offset}: other bytes than those of {original.offset}",
        )
        for name, text in (
            ("__connect.errors.stage", row["stage"]),
            ("__connect.errors.exception.class.name", row["reason"]),
            ("__connect.errors.exception.message", row["message"]),
        ):
            finding.check(
                headers.get(name) == text.encode(),
                lambda: f"offset {record.offset}: {name} is {headers.get(name)}",
            )
        finding.check("headway_dead_letter_id" in headers, f"offset {record.offset}: no id")
