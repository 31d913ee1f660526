"""Real servers for the fault runs: Apache Kafka or the local broker, and a private PostgreSQL, started, killed
with -9 and started again, each in a folder of its own."""

import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import time


def free_port(count=1):
    """A port such that it and the `count - 1` ports above it are free."""
    for _ in range(200):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        taken = False
        for other in range(port + 1, port + count):
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", other))
                except OSError:
                    taken = True
        if not taken:
            return port
    raise RuntimeError("no free port found")


def until(fact, deadline=60.0, what="fact"):
    """Waits for a fact: asks until it holds, and fails loudly when it does not come about."""
    end = time.monotonic() + deadline
    pause = 0.02
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come about within {deadline:.0f} s")
        select_wait(pause)
        pause = min(pause * 1.5, 0.2)


def select_wait(seconds):
    """The gap between two looks at a fact."""
    select.select([], [], [], seconds)


class Kafka:
    """One Apache Kafka node on loopback, run by a script that knows start, stop and node."""

    def __init__(self, script, folder):
        self.script, self.folder, self.port = script, folder, free_port(2)

    def _run(self, *arguments):
        return subprocess.run(
            [self.script, *arguments], check=True, capture_output=True, text=True).stdout

    def start(self):
        self._run("start", "--dir", self.folder, "--port", str(self.port), "--heap", "512m")

    def kill(self):
        self._run("stop", "--dir", self.folder, "--kill")

    def again(self):
        until(self._try_again, 60, "the broker's restart")

    def _try_again(self):
        return subprocess.run(
            [self.script, "node", "--dir", self.folder, "--node", "1"],
            capture_output=True).returncode == 0

    def stop(self):
        subprocess.run([self.script, "stop", "--dir", self.folder], capture_output=True)

    @property
    def pid(self):
        with open(os.path.join(self.folder, "1", "pid")) as file:
            return int(file.read())

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"


class Postgres:
    """A private cluster by the installed PostgreSQL's initdb; as root it runs as the user postgres."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.data = os.path.join(folder, "data")
        self.bin = sorted(
            os.path.join("/usr/lib/postgresql", v, "bin") for v in os.listdir("/usr/lib/postgresql"))[-1]

    def _as_user(self):
        if os.geteuid() != 0:
            return {}
        entry = pwd.getpwnam("postgres")
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def create(self):
        os.makedirs(self.folder, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        subprocess.run(
            [f"{self.bin}/initdb", "-D", self.data, "-U", "headway", "-A", "trust", "-E", "UTF8",
             "--no-instructions"], check=True, capture_output=True, cwd="/", **self._as_user())

    def start(self):
        log = open(os.path.join(self.folder, "log"), "ab")
        def launch():
            self.process = subprocess.Popen(
                [f"{self.bin}/postgres", "-D", self.data, "-p", str(self.port), "-k", self.folder,
                 "-c", "listen_addresses=127.0.0.1"], stdout=log, stderr=log, cwd="/",
                start_new_session=True, **self._as_user())
            def up_or_ended():
                return self.answers() or self.process.poll() is not None
            until(up_or_ended, 60, "PostgreSQL's start")
            # After kill -9 the old backends may still hold the shared memory for a moment.
            return self.process.poll() is None
        until(launch, 60, "PostgreSQL's start")

    def answers(self):
        return subprocess.run(
            [f"{self.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGINT)
            self.process.wait(30)

    @property
    def url(self):
        return f"postgresql://headway@127.0.0.1:{self.port}/postgres"

    def ask(self, sql):
        """One value; None while the server does not answer."""
        done = subprocess.run(
            [f"{self.bin}/psql", "-XAtq", "-d", self.url, "-c", sql], capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else None


class LocalBroker:
    """`headway broker` on a folder of its own; killed with -9 and started again, it keeps folder and port."""

    def __init__(self, headway, folder, *options):
        self.folder, self.port, self.process = folder, free_port(), None
        self.command = [headway, "broker", "--data-dir", os.path.join(folder, "broker"), *options]

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "broker.log"), "ab") as log:
            self.process = subprocess.Popen(
                [*self.command, "--port", str(self.port)], stdout=log, stderr=log)

    again = start

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Its exit code, by SIGTERM; None when it did not run."""
        if not self.process or self.process.poll() is not None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            return "no end within 10 s"

    @property
    def pid(self):
        return self.process.pid

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"
