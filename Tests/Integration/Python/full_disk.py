"""A disk that is full for a while: intake stops with a clear status, answers go on, and intake resumes by itself.

Usage: full_disk.py CLEWD SEED load|days|start

On faultfs, where while the disk is full every write that would make a file grow is refused, in part or as a whole, and
no file can be made. With `load` the disk is filled several times while spans of one day come, with `days` while spans
of two days do, and with `start` it is full when the collector starts after it was killed.
"""

import os
import random
import sys

from faults import Batch, Clewd, FaultFS, Ledger, Load, check, eventually, run

DAY = 86400 * 10**9


def make():
    return Batch("full", payload=random.choice((0, 1000)), age=random.choice((0, 0, DAY)) if scenario == "days" else 0)


def expect_refusal(answer):
    problems = []
    if answer.status != 503:
        problems.append(f"a full disk is answered {answer}, not 503")
    if not answer.headers.get("Retry-After", "").isdigit():
        problems.append(f"the refusal does not say when to try again: {answer.headers}")
    if b"full" not in answer.body:
        problems.append(f"the refusal does not say that the disk is full: {answer.body}")
    check(problems, "while the disk is full")


def fill_under_load(clewd, faults, ledger):
    load = Load(clewd, ledger, make, connections=4)
    acknowledged = load.acknowledged
    eventually("intake at first", lambda: load.acknowledged > acknowledged + 5)
    faults.fill_disk(True)
    eventually("a refusal", lambda: load.refusals)
    load.end()
    for answer in load.refusals:
        expect_refusal(answer)
    check(ledger.problems(clewd), "while the disk is full")
    for path in ("/healthz", "/readyz", "/metrics", "/api/v1/services", "/api/v1/slow?window=15m"):
        clewd.ask(path)


def resume(clewd, faults, ledger):
    """What was refused is sent again, as the refusal asks for, until it is taken."""
    faults.fill_disk(False)
    connection = clewd.otlp()
    for batch in [batch for batch in ledger.batches if not batch.acknowledged]:

        def resend():
            answer = connection.ask("POST", "/v1/traces", batch.body, {"Content-Type": "application/x-protobuf"})
            ledger.note(batch, answer)
            return batch.acknowledged

        eventually("intake again", resend)
    check(ledger.problems(clewd), "after there was space again")


def main(directory):
    data, ledger, faults = os.path.join(directory, "data"), Ledger(), FaultFS(directory)
    clewd = Clewd.start(program, data, faults=faults)
    rounds = 1 if scenario == "start" else 4
    for _ in range(rounds):
        fill_under_load(clewd, faults, ledger)
        if scenario == "start":
            clewd.kill()
            clewd = Clewd.start(program, data, faults=faults)
            check(ledger.problems(clewd), "after a start on a full disk")
        resume(clewd, faults, ledger)
    clewd.stop()

    clewd = Clewd.start(program, data)
    check(ledger.problems(clewd), "after a restart")
    clewd.stop()
    return f"{rounds} full disks, {len(ledger.batches)} requests, all stored once"


program, seed, scenario = sys.argv[1:]
run(main, seed)
