"""What the whole log, read by hand, must say about a fault run. Knows Kafka's log and nothing of a broker's code."""

import collections
import struct

ABORT, COMMIT = 0, 1


def settle(partition, log, faults):
    """The records that stand, in order: settled by the control records; and what no log may show."""
    standing, open_, last = [], collections.defaultdict(list), -1
    sequences = {}
    for record in log:
        if record.offset <= last:
            faults["offsets"].append(f"partition {partition}: {record.offset} after {last}")
        last = record.offset
        if record.control:
            kind = struct.unpack_from(">hh", record.key)[1]
            mine = open_.pop(record.producer, [])
            if any(r.epoch > record.epoch for r in mine):
                faults["markers"].append(f"partition {partition}: marker at {last} of an older epoch")
            if kind == COMMIT:
                standing += mine
            elif kind != ABORT:
                faults["markers"].append(f"partition {partition}: control record {kind} at {last}")
            continue
        epoch, expected = sequences.get(record.producer, (None, 0))
        if record.epoch != epoch:
            expected = 0
        if record.sequence != expected or (epoch is not None and record.epoch < epoch):
            faults["sequences"].append(
                f"partition {partition}: sequence {record.sequence} of producer {record.producer}/"
                f"{record.epoch} at {last}, expected {expected}")
        sequences[record.producer] = (record.epoch, record.sequence + 1)
        (open_[record.producer] if record.transactional else standing).append(record)
    for producer, records in open_.items():
        faults["open"].append(f"partition {partition}: producer {producer} from {records[0].offset}")
    return sorted(standing, key=lambda record: record.offset)


def judge(logs, transactors, idempotent, watcher, observer, committed):
    faults = collections.defaultdict(list)
    standing = [settle(partition, log, faults) for partition, log in enumerate(logs)]
    order(logs, faults)
    settled = {}
    for transactor in transactors:
        settled[transactor.name] = transactions(transactor, standing, faults)
    idempotents(idempotent, standing, faults)
    for partition, records in enumerate(standing):
        expected = [(record.offset, record.value) for record in records]
        difference(partition, watcher.seen[partition], expected, faults)
    for transactor in transactors:
        if transactor.group:
            offsets(transactor, settled[transactor.name], observer.seen[transactor.name],
                    committed[transactor.name], faults)
    names = {
        "offsets": "offsets only grow",
        "sequences": "each producer's sequence has no gap and no double",
        "markers": "markers are of the epoch of their records",
        "open": "no transaction is left open",
        "order": "each producer's records lie in the order they were sent, each at most once",
        "lost": "every committed transaction is there, whole",
        "aborted": "nothing aborted is seen",
        "torn": "an unknown outcome is whole: all records or none",
        "fenced": "a fenced producer commits nothing",
        "acknowledged": "every acknowledged record is there, once, where it was acknowledged",
        "reader": "the concurrent reader saw what the log says",
        "group": "committed group offsets are those of the committed transactions, at every moment",
    }
    checks = [(name, faults.pop(key, [])) for key, name in names.items()]
    settled_count = sum(map(len, settled.values()))
    checks.append(("the run had commits, aborts and acknowledged records", [] if settled_count
                   and idempotent.acknowledged and any(
                       "aborted" in t.outcomes.values() for t in transactors) else ["too few"]))
    return checks


def order(logs, faults):
    """Aborted records too: within a partition a producer's records grow by (transaction, index)."""
    for partition, log in enumerate(logs):
        last = {}
        for record in log:
            if record.control:
                continue
            name, *place = record.value.decode().split("|")
            place = tuple(map(int, place[:2]))
            if name in last and place <= last[name]:
                faults["order"].append(f"partition {partition} at {record.offset}: {name} {place} after {last[name]}")
            last[name] = place


def transactions(transactor, standing, faults):
    """The numbers of those that stand in the log."""
    found = collections.defaultdict(set)
    for records in standing:
        for record in records:
            name, number, *rest = record.value.decode().split("|")
            if name == transactor.name:
                found[int(number)].add(int(rest[0]))
    for number, outcome in transactor.outcomes.items():
        whole, seen = set(range(transactor.counts[number])), found.get(number, set())
        label = f"{transactor.name} {number}: {len(seen)} of {len(whole)} records"
        if outcome == "committed" and seen != whole:
            faults["lost"].append(label)
        elif outcome == "aborted" and seen:
            faults["aborted"].append(label)
        elif outcome == "unknown" and seen and seen != whole:
            faults["torn"].append(label)
        elif outcome not in ("committed", "aborted", "unknown"):
            faults["fenced"].append(f"{transactor.name} {number}: {outcome}")
    return sorted(found)


def idempotents(idempotent, standing, faults):
    found = {}
    for partition, records in enumerate(standing):
        for record in records:
            name, number, *_ = record.value.decode().split("|")
            if name == "idempotent":
                if int(number) in found:
                    faults["acknowledged"].append(f"{number} twice")
                found[int(number)] = (partition, record.offset)
    for number, (partition, offset) in idempotent.acknowledged.items():
        there = found.get(number)
        # Offset -1 is acknowledged without its place: a retry the broker knew already.
        if there is None or there[0] != partition or offset not in (-1, there[1]):
            faults["acknowledged"].append(f"{number} acknowledged at {partition}/{offset}, lies at {there}")


def difference(partition, seen, expected, faults):
    if seen == expected:
        return
    for index, (left, right) in enumerate(zip(seen, expected)):
        if left != right:
            faults["reader"].append(f"partition {partition}, record {index}: read {left}, log {right}")
            return
    faults["reader"].append(f"partition {partition}: read {len(seen)} records, log has {len(expected)}")


def offsets(transactor, settled, observed, last, faults):
    """Each transaction commits its own number as the group's offset."""
    name = transactor.name
    if last != (settled[-1] if settled else -1):
        faults["group"].append(f"{name}: offset {last}, last transaction {settled[-1:]}")
    known, before_last = {-1, *settled}, -1
    for before, offset in observed:
        if offset not in known:
            faults["group"].append(f"{name}: offset {offset} of a transaction that is not committed")
        if offset < before or offset < before_last:
            faults["group"].append(f"{name}: offset {offset} although {max(before, before_last)} was committed")
        before_last = max(before_last, offset)
