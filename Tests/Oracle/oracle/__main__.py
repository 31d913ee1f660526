"""python3 -m oracle --topics DUMP --ledger DUMP --contracts Topics [--json FILE] [--prefix]

Exit 0 where every invariant holds, 1 where one does not.
"""

import argparse
import json
import sys

from . import contracts
from .checking import Check
from .dumps import Ledger, read_topics


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="oracle", description="Recomputes everything from the log."
    )
    parser.add_argument("--topics", required=True, help="a .jsonl file, or a folder of them")
    parser.add_argument("--ledger", required=True, help="a .jsonl file of dump_ledger.py")
    parser.add_argument("--contracts", required=True, help="the folder Topics")
    parser.add_argument("--json", help="where to write the report as well")
    parser.add_argument(
        "--prefix",
        action="store_true",
        help="the output topics may lack the newest (read while written)",
    )
    options = parser.parse_args(arguments)
    streams = contracts.read_streams(options.contracts)
    check = Check(
        streams,
        contracts.read_plans(options.contracts, streams),
        contracts.read_outputs(options.contracts),
        read_topics(options.topics),
        Ledger.read(options.ledger),
        options.prefix,
    )
    rows = [finding.row for finding in check.run()]
    for row in rows:
        state = "ok  " if row["ok"] else "FAIL"
        print(
            f"{state} {row['invariant']:<3} {row['checked'] - row['wrong']:>9} of"
            f" {row['checked']:>9}  {row['title']}"
        )
        for problem in row["problems"]:
            print(f"         {problem[:2000]}")
    passed = sum(row["ok"] for row in rows)
    print(f"{passed} passed, {len(rows) - passed} failed")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(
                {"ok": passed == len(rows), "invariants": rows}, file, ensure_ascii=False, indent=1
            )
    return 0 if passed == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
