"""A wall clock that jumps while a collector runs and before it starts: intake, commits and answers go on.

Usage: clock.py CLEWD SEED
"""

import os
import random
import sys
import time

from faults import Batch, Clewd, FaultFS, Ledger, Load, check, eventually, run

HOUR, DAY = 3600, 86400
QUESTIONS = ("/healthz", "/readyz", "/api/v1/services?window=15m", "/api/v1/red?window=1h", "/api/v1/slow?window=1h")


def lag(clewd):
    """How old the newest span is, by the collector's clock."""
    lines = clewd.ask("/metrics").decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("clew_lag_seconds"))


def expect_service(clewd, ledger, service):
    load = Load(clewd, ledger, lambda: Batch(service), connections=2, pause=0.01)
    eventually("intake", lambda: load.acknowledged >= 20 or load.refusals)
    for path in QUESTIONS:
        clewd.ask(path)
    uptime = clewd.status()["uptimeSeconds"]
    load.end()
    check([str(answer) for answer in load.refusals], "refused")
    check([f"the uptime is {uptime} s"] if not 0 <= uptime < HOUR else [], "the status")
    check(ledger.problems(clewd, {service}), "with the shifted clock")


def main(directory):
    data, ledger, faults = os.path.join(directory, "data"), Ledger(), FaultFS(directory)
    # The last but one is 1970, where a machine without a battery begins.
    jumps = [0, -HOUR, DAY, -HOUR, random.randint(-DAY, DAY), 10 - int(time.time()), 0]
    clewd = Clewd.start(program, data, faults=faults)
    load = Load(clewd, ledger, lambda: Batch("meanwhile"), connections=1, pause=0.01)
    for number, jump in enumerate(jumps):
        faults.shift_clock(jump)
        expect_service(clewd, ledger, f"jump-{number}")
        if jump == DAY:
            check([] if lag(clewd) > DAY / 2 else ["clewd did not see the clock jump"], "faultfs")
    load.end()
    check([str(answer) for answer in load.refusals], "refused")
    clewd.stop()

    for jump in (-HOUR, DAY):
        faults.shift_clock(jump)
        clewd = Clewd.start(program, data, faults=faults)
        expect_service(clewd, ledger, f"start-{jump}")
        faults.shift_clock(0)
        check(ledger.problems(clewd), "after all jumps")
        clewd.stop()
    return f"{len(jumps) + 2} jumps, {len(ledger.batches)} requests"


program, seed = sys.argv[1:]
run(main, seed)
