"""Kills a collector at random moments under load, again and again on the same data, and checks what it promised.

Usage: kill.py CLEWD KILLS SEED

After every tenth restart and at the end, every span that was acknowledged is found exactly once and as it was sent,
and a request that was not acknowledged is there as a whole or not at all.
"""

import os
import random
import sys
import time

from faults import Batch, Clewd, Ledger, Load, check, run


def main(directory):
    data, ledger = os.path.join(directory, "data"), Ledger()
    for kill in range(kills):
        clewd = Clewd(program, data)
        if random.random() < 0.1:
            # While it opens what the last kill left.
            time.sleep(random.uniform(0, 0.05))
            clewd.kill()
            continue
        clewd.wait()
        service = f"kill-{kill}"
        load = Load(clewd, ledger, lambda: Batch(service, payload=random.choice((0, 0, 300))))
        if kill % 10 == 9:
            # While this one's load runs.
            check(ledger.problems(clewd, {f"kill-{number}" for number in range(kill - 10, kill)}), f"after kill {kill}")
        time.sleep(random.uniform(0, 0.15))
        clewd.kill()
        load.end()
        if load.refusals:
            check([str(load.refusals[0])], "refused before the kill")

    clewd = Clewd.start(program, data)
    check(ledger.problems(clewd), f"after {kills} kills")
    check(ledger.missing_traces(clewd, 100), "by trace id")
    clewd.stop()
    acknowledged = sum(batch.acknowledged for batch in ledger.batches)
    if acknowledged < kills:
        check([f"only {acknowledged} requests were acknowledged"], "the load")
    return f"{kills} kills, {acknowledged} of {len(ledger.batches)} requests acknowledged"


program, kills, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
run(main, seed)
