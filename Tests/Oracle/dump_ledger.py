"""python3 dump_ledger.py CONNINFO FILE: the ledger's tables as JSON lines, all of one snapshot,
through psql."""

import json
import subprocess
import sys

TABLES = (
    "setting",
    "stream",
    "metric",
    "series",
    "topic_partition",
    "position",
    "bucket_hour",
    "bucket_day",
    "measurement",
    "dead_letter",
    "plan",
    "target",
    "plan_edition",
    "target_contract",
    "target_state",
    "status_change",
    "judge_round",
    "judge_progress",
    "judge_start",
    "relay_mark",
    "relay_state",
)


def main():
    conninfo, path = sys.argv[1:]
    script = "set timezone = 'UTC';\nbegin isolation level repeatable read read only;\n"
    for table in TABLES:
        script += f"select 'ledger.{table}' || chr(9) || row_to_json(t) from ledger.{table} t;\n"
    script += "commit;\n"
    psql = subprocess.Popen(
        [
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--file=-",
            conninfo,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    psql.stdin.write(script)
    psql.stdin.close()
    with open(path, "w", encoding="utf-8") as file:
        for line in psql.stdout:
            table, _, row = line.rstrip("\n").partition("\t")
            file.write(f'{{"table":{json.dumps(table)},"row":{row}}}\n')
    return psql.wait()


if __name__ == "__main__":
    sys.exit(main())
