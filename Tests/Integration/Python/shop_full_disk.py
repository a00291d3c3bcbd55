"""A service of the shop whose disk is full for a while: it refuses what it cannot write, keeps what it acknowledged, and
goes on by itself.

Usage: shop_full_disk.py CLEW_SHOP SEED

Payments on faultfs, alone: it calls nobody, and a broker that is not there only fills its outbox. Charges of many
orders come all the time; each one that was acknowledged must be there once, and none that was refused may be.
"""

import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys

from faults import _PR_SET_PDEATHSIG, PATIENCE, Connection, Failure, FaultFS, _libc, check, eventually, run

ROUNDS = 3


class Payments:
    def __init__(self, data, faults):
        self.log = open(f"{data}.log", "w+b")
        self.process = subprocess.Popen(
            # Port 1 is privileged and unassigned: nothing listens there.
            [program, "serve", "payments", "--port", "0", "--data", data, "--broker", "127.0.0.1:1"],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"OTEL_SDK_DISABLED": "true"} | (faults.environment(data) if faults else {}),
            # A test that is ended leaves nothing behind.
            preexec_fn=lambda: _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
        )
        self.address = eventually("payments listens", self._address)

    def _address(self):
        if self.process.poll() is not None:
            raise Failure(f"payments ended with {self.process.returncode}: {self.words()}")
        lines = (line for line in self.words().splitlines() if line.startswith('{"') and '"address"' in line)
        return next((json.loads(line)["address"] for line in lines), None)

    def words(self):
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def end(self, sign=signal.SIGTERM):
        if self.process.poll() is not None:
            raise Failure(f"payments had ended by itself with {self.process.returncode}: {self.words()[-2000:]}")
        self.process.send_signal(sign)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure("payments did not end")


def charge(payments, order):
    """- Returns: Whether it was acknowledged, and the answer."""
    body = json.dumps({"order": order, "customer": "x-1", "amountCents": 100})
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"{order}/charge"}
    try:
        answer = Connection(payments.address).ask("POST", "/charges", body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"payments does not answer: {error!r}\n{payments.words()[-2000:]}") from error
    return answer.status == 201, answer


def problems(data, acknowledged, refused):
    with sqlite3.connect(f"file:{data}/payments.sqlite?mode=ro", uri=True) as database:
        charged = [order for (order,) in database.execute('SELECT "order" FROM charges')]
    return (
        [f"{order} was acknowledged and is not there" for order in acknowledged - set(charged)]
        + [f"{order} was refused and is there" for order in refused & set(charged)]
        + [f"{order} is there twice" for order in set(charged) if charged.count(order) > 1]
    )


def main(directory):
    data, faults = os.path.join(directory, "data"), FaultFS(directory)
    payments, acknowledged, waiting, number = Payments(data, faults), set(), set(), 0

    def next_order():
        nonlocal number
        number += 1
        return f"o-{number}"

    for _ in range(ROUNDS):
        for _ in range(random.randrange(5, 20)):
            order = next_order()
            done, answer = charge(payments, order)
            check([] if done else [f"{order}: {answer}"], "while there is space")
            acknowledged.add(order)

        faults.fill_disk(True)

        def refusal():
            order = next_order()
            done, answer = charge(payments, order)
            (acknowledged if done else waiting).add(order)
            return None if done else answer

        # The log of the database has room within what it has grown to already.
        answer = eventually("a refusal", refusal)
        check([] if answer.status in (500, 503) else [f"a full disk is answered {answer}"], "while the disk is full")
        if Connection(payments.address).ask("GET", "/healthz").status != 200:
            raise Failure("payments is not healthy while its disk is full")
        check(problems(data, acknowledged, waiting), "while the disk is full")

        faults.fill_disk(False)
        for order in sorted(waiting):
            eventually(f"{order} is taken again", lambda order=order: charge(payments, order)[0])
        acknowledged |= waiting
        waiting.clear()

    payments.end(signal.SIGKILL)
    payments = Payments(data, None)
    check(problems(data, acknowledged, set()), "after a restart")
    payments.end()
    return f"{ROUNDS} full disks, {len(acknowledged)} charges, each there once"


program, seed = sys.argv[1:]
run(main, seed)
