"""Kafka's own Java tools, of two releases, in chains that run beside one another."""

import functools
import json
import os
import re
import shutil
import subprocess

from reporting import Checks, holds, same
from wire import Connection

TOOLS = "org.apache.kafka.tools."
CONSOLE_PRODUCER = {"3.9": "kafka.tools.ConsoleProducer", "4.3": TOOLS + "ConsoleProducer"}


class Tools:
    """The tools of one release, against one broker; what they print is what they say and what they warn of."""

    def __init__(self, script, version, bootstrap, work):
        self.script, self.version, self.bootstrap, self.work = script, version, bootstrap, work

    def __call__(self, tool, *arguments, content="", fails=False):
        server = ["--bootstrap-server", self.bootstrap]
        if "ProducerPerformance" in tool:
            server = []
        done = subprocess.run(
            [self.script, "run", "--dir", self.work, "--version", self.version, "--heap", "256m", tool,
             *server, *arguments], input=content, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=90, env=dict(os.environ, KAFKA_TIER="1"))
        if (done.returncode != 0) != fails:
            raise AssertionError(f"exit {done.returncode}: {done.stdout.strip()[-500:]}")
        return done.stdout


def topics(tools, name, checks):
    topic = f"{name}-topics"
    command = functools.partial(tools, TOOLS + "TopicCommand")
    with checks("topics: create, with settings"):
        command("--create", "--topic", topic, "--partitions", "3", "--replication-factor", "1",
                "--config", "retention.ms=86400000")
    with checks("topics: a second time is refused"):
        holds("exists" in command("--create", "--topic", topic, "--partitions", "1", fails=True),
              "it does not say that the topic exists")
    with checks("topics: alter partitions"):
        command("--alter", "--topic", topic, "--partitions", "5")
    with checks("topics: describe"):
        out = command("--describe", "--topic", topic)
        for wanted in ("PartitionCount: 5", "ReplicationFactor: 1", "retention.ms=86400000",
                       "Partition: 4"):
            holds(wanted in out, f"{wanted} is not in {out}")
    with checks("topics: delete and list"):
        holds(topic in command("--list").split(), "not listed")
        command("--delete", "--topic", topic)
        holds(topic not in command("--list").split(), "still listed")


def console(tools, name, checks):
    topic, group = f"{name}-console", f"{name}-group"
    with Connection(tools.bootstrap) as connection:
        connection.create_topic(topic, 2)
    producer = CONSOLE_PRODUCER[tools.version]
    consumer = TOOLS + "consumer.ConsoleConsumer"
    groups = functools.partial(tools, TOOLS + "consumer.group.ConsumerGroupCommand")
    lines = [f"h:{n}\tk{n}\tvalue {n}" for n in range(50)]
    with checks("console producer with keys and headers"):
        tools(producer, "--topic", topic, "--property", "parse.key=true", "--property",
              "parse.headers=true", content="\n".join(lines) + "\n")
    with checks("console consumer in a group"):
        out = tools(consumer, "--topic", topic, "--group", group, "--from-beginning", "--max-messages", "50",
                    "--timeout-ms", "30000", "--property", "print.key=true", "--property",
                    "print.headers=true")
        same(sorted(line for line in out.splitlines() if line.startswith("h:")), sorted(lines))
    with checks("console consumer from a partition's offset"):
        out = tools(consumer, "--topic", topic, "--partition", "0", "--offset", "2", "--max-messages", "1",
                    "--timeout-ms", "30000", "--property", "print.offset=true")
        holds("Offset:2" in out, out)
    with checks("groups: list"):
        holds(group in groups("--list").split(), "not listed")
    with checks("groups: describe"):
        out = groups("--describe", "--group", group)
        rows = [line.split() for line in out.splitlines() if line.startswith(group)]
        same(sum(int(row[3]) for row in rows), 50, f"committed offsets of {rows}")
        same({row[5] for row in rows}, {"0"}, "lag")
    with checks("groups: reset"):
        out = groups("--reset-offsets", "--to-earliest", "--group", group, "--topic", topic, "--execute")
        # 3.9 prints its rows without line ends.
        same(sorted(re.findall(rf"{topic}\s+(\d)\s+(\d+)\s", out + " ")), [("0", "0"), ("1", "0")])
    with checks("groups: delete offsets"):
        out = groups("--delete-offsets", "--group", group, "--topic", topic)
        same(len(re.findall(rf"{topic}\s+\d\s+Successful", out)), 2, f"successes in {out}")


def administration(tools, name, checks):
    topic = f"{name}-admin"
    with Connection(tools.bootstrap) as connection:
        connection.create_topic(topic, 1)
    configs = functools.partial(
        tools, "kafka.admin.ConfigCommand", "--entity-type", "topics", "--entity-name", topic)
    with checks("configs: alter"):
        configs("--alter", "--add-config", "retention.ms=3600000,cleanup.policy=[compact,delete]")
    with checks("configs: describe"):
        out = configs("--describe")
        holds("retention.ms=3600000" in out and "cleanup.policy=compact,delete" in out, out)
    with checks("configs: delete"):
        configs("--alter", "--delete-config", "retention.ms,cleanup.policy")
        holds("retention.ms=3600000" not in configs("--describe"), "the setting is still there")
    tools(CONSOLE_PRODUCER[tools.version], "--topic", topic, content="a\nb\nc\nd\ne\n")
    offsets = functools.partial(tools, TOOLS + "GetOffsetShell", "--topic", topic)
    with checks("get offsets: latest"):
        holds(f"{topic}:0:5" in offsets("--time", "-1"), "not 5")
    with checks("delete records"):
        path = os.path.join(tools.work, f"{name}-records.json")
        with open(path, "w") as file:
            json.dump({"version": 1, "partitions": [{"topic": topic, "partition": 0, "offset": 3}]}, file)
        holds("low_watermark: 3" in tools(
            TOOLS + "DeleteRecordsCommand", "--offset-json-file", path), "no low watermark of 3")
    with checks("get offsets: earliest"):
        holds(f"{topic}:0:3" in offsets("--time", "-2"), "not 3")


def performance(tools, name, checks):
    topic, count = f"{name}-performance", 20_000
    with Connection(tools.bootstrap) as connection:
        connection.create_topic(topic, 4)

    def produce(*more, properties=()):
        out = tools(TOOLS + "ProducerPerformance", "--topic", topic, "--num-records", str(count),
                    "--record-size", "324", "--throughput", "-1", *more, "--producer-props",
                    f"bootstrap.servers={tools.bootstrap}", "acks=all", "compression.type=lz4", *properties)
        holds(f"{count} records sent" in out, out[-300:])
        holds("WARN" not in out and "Exception" not in out, out[-600:])
    with checks("producer performance: plain"):
        produce(properties=["enable.idempotence=false"])
    with checks("producer performance: idempotent"):
        produce(properties=["enable.idempotence=true"])
    with checks("producer performance: transactional"):
        produce("--transactional-id", f"{name}-transactions", "--transaction-duration-ms", "100")
    with checks("consumer performance"):
        out = tools(TOOLS + "ConsumerPerformance", "--topic", topic, "--messages", str(3 * count),
                    "--timeout", "30000", "--hide-header")
        rows = [re.split(r",\s*", line) for line in out.splitlines() if line.count(",") > 5]
        holds(rows and int(rows[-1][4]) >= 3 * count, out[-300:])


def verifiable(tools, name, checks):
    topic = f"{name}-verifiable"
    with Connection(tools.bootstrap) as connection:
        connection.create_topic(topic, 2)
    events = lambda out: [json.loads(line) for line in out.splitlines() if line.startswith("{")]  # noqa: E731
    with checks("verifiable producer"):
        out = events(tools(TOOLS + "VerifiableProducer", "--topic", topic, "--max-messages", "300",
                           "--acks", "-1"))
        same(sum(event["name"] == "producer_send_success" for event in out), 300, "acknowledged")
    with checks("verifiable consumer"):
        out = events(tools(TOOLS + "VerifiableConsumer", "--topic", topic, "--group-id", f"{name}-verified",
                           "--max-messages", "300", "--reset-policy", "earliest"))
        read = sum(event["count"] for event in out if event["name"] == "records_consumed")
        committed = [event for event in out if event["name"] == "offsets_committed"]
        same(read, 300, "records consumed")
        holds(committed and all(event["success"] for event in committed), "offsets were not committed")
    with checks("groups: delete"):
        out = tools(TOOLS + "consumer.group.ConsumerGroupCommand", "--delete", "--group", f"{name}-verified")
        holds("was successful" in out, out)


def submit(pool, script, bootstrap, run_name, work, all_checks):
    reason = None
    if not script or not os.access(script, os.X_OK):
        reason = "no script that runs Kafka's tools (--kafka)"
    elif not shutil.which("java") and "JAVA_HOME" not in os.environ:
        reason = "no java on PATH"
    if reason:
        all_checks.skip("Java tools", reason)
        return []
    jobs = []
    for version in CONSOLE_PRODUCER:
        checks = Checks(f"Java {version}: ", all_checks)
        tools = Tools(script, version, bootstrap, work)
        for chain in (console, topics, administration, performance, verifiable):
            def job(chain=chain, tools=tools, checks=checks, name=f"java{version}-{run_name}"):
                with checks(f"{chain.__name__}, set up and to the end"):
                    chain(tools, name, checks)
            jobs.append(pool.submit(job))
    return jobs
