"""kcat: produce and consume with keys, headers and each codec, offsets for times, groups."""

import collections
import shutil
import subprocess

from reporting import Checks, holds, same
from wire import Connection, codecs

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def kcat(bootstrap, *arguments, content=""):
    done = subprocess.run(
        ["kcat", "-b", bootstrap, *arguments], input=content, text=True, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"kcat {' '.join(arguments[:6])}: {done.stderr.strip()[-300:]}")
    return done.stdout


def run(bootstrap, run_name, all_checks):
    if not shutil.which("kcat"):
        all_checks.skip("kcat", "kcat is not installed")
        return
    checks = Checks("kcat: ", all_checks)
    topic = f"kcat-{run_name}"
    ask = lambda *words, content="": kcat(bootstrap, *words, content=content)  # noqa: E731
    with Connection(bootstrap) as connection:
        connection.create_topic(topic, 3)
        connection.create_topic(f"{topic}-times", 1)
    with checks("metadata lists the topic with its partitions"):
        holds(f'topic "{topic}" with 3 partitions' in ask("-L"), "the topic is not in the listing")
    sent = collections.Counter()
    for codec in CODECS:
        with checks(f"keys, headers and values through {codec}"):
            lines = [f"k{n % 17}:{codec} value {n} {'x' * (n % 50)}" for n in range(300)]
            ask("-P", "-t", topic, "-K:", "-z", codec, "-H", f"codec={codec}", "-H", "empty=",
                content="\n".join(lines) + "\n")
            for line in lines:
                key, value = line.split(":", 1)
                sent[key, value, f"codec={codec},empty="] += 1
            out = ask("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%k|%s|%h\\n")
            found = collections.Counter(tuple(line.split("|")) for line in out.splitlines())
            same(found - sent, collections.Counter(), "records nobody sent")
            same(sent - found, collections.Counter(), "records lost")
    with checks("each batch is stored in the codec that was asked for"):
        stored = collections.Counter()
        with Connection(bootstrap) as connection:
            for partition in range(3):
                stored += codecs(connection.fetch(topic, partition, 0)[4])
        same(stored, collections.Counter({codec: 300 for codec in range(5)}), "records by codec")
    with checks("offsets grow by one in each partition"):
        out = ask("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%p %o\\n")
        offsets = collections.defaultdict(list)
        for line in out.splitlines():
            partition, offset = map(int, line.split())
            offsets[partition].append(offset)
        for partition, listed in offsets.items():
            same(listed, list(range(len(listed))), f"offsets of partition {partition}")
    times = f"{topic}-times"
    with checks("a tombstone is null, an empty key is not"):
        ask("-P", "-t", times, "-K:", "-Z", content="gone:\n")
        same(ask("-C", "-t", times, "-e", "-q", "-f", "%k %K %S\\n"), "gone 4 -1\n")
    with checks("from an offset, from the end, a count"):
        ask("-P", "-t", times, content="".join(f"m{n}\n" for n in range(1, 10)))
        same(ask("-C", "-t", times, "-p", "0", "-o", "3", "-c", "2", "-q"), "m3\nm4\n")
        same(ask("-C", "-t", times, "-p", "0", "-o", "-2", "-e", "-q"), "m8\nm9\n")
    with checks("offsets for times"):
        stamps = [int(t) for t in ask(
            "-C", "-t", times, "-e", "-q", "-f", "%T\\n").split()]
        query = lambda at: int(ask("-Q", "-t", f"{times}:0:{at}").rsplit("offset", 1)[1])  # noqa: E731
        same(query(-1), 10, "end")
        same(query(-2), 0, "beginning")
        same(query(stamps[1]), stamps.index(stamps[1]), "the first record of that time")
        same(query(stamps[0]), 0, "the first time")
        holds(query(stamps[-1] + 1) in (-1, 10), "after the last time")
        same(ask("-C", "-t", times, "-o", f"s@{stamps[1]}", "-e", "-q").splitlines()[-1], "m9")
    with checks("a group goes on where it ended"):
        group = ["-G", f"{topic}-group", "-X", "auto.offset.reset=earliest", "-q"]
        first = ask(*group, "-c", "6", times)
        ask("-P", "-t", times, content="m10\nm11\n")
        rest = ask(*group, "-c", "6", times)
        same((first + rest).split(), [f"m{n}" for n in range(1, 12)], "both readings together")
    with checks("idempotent produce"):
        ask("-P", "-t", times, "-X", "enable.idempotence=true", content="i1\ni2\ni3\n")
        same(ask("-C", "-t", times, "-o", "-3", "-e", "-q"), "i1\ni2\ni3\n")
