"""Cuts the power of a collector under load at random moments, and checks that what it acknowledged is on the disk.

Usage: power_loss.py CLEWD IMAGES SEED [lie]

A collector runs on faultfs, which logs what it does to its files, until it is killed. From the log come images of the
disk as a loss of power at some moment would leave it: with nothing that was not synced, or with some of it, torn. On
each a collector must start, and have every span whose acknowledgement was there at that moment. The next generation
runs on one of these images, so that a power loss follows a power loss. With `lie`, syncs do nothing, and spans must be
missed.
"""

import os
import random
import shutil
import sys
import time

import power_disk
from faults import Batch, Clewd, FaultFS, Ledger, Load, check, eventually, run

GENERATIONS = 3
DAY = 86400 * 10**9


def batch(generation):
    def make():
        # Payloads so large that SQLite's log is written back to the database while the load runs.
        return Batch(f"generation-{generation}", payload=random.choice((0, 100, 4000)), age=random.choice((0, DAY)))

    return make


def wait_for_quiet(log):
    """Returns when a log has not grown for half a second, or after ten."""
    sizes = [0]
    while len(sizes) < 20 and sizes[-1] != os.stat(log).st_size:
        sizes.append(os.stat(log).st_size)
        time.sleep(0.5)


def live(directory, data, ledger, generation, goal):
    """Runs a collector on faultfs until it acknowledged enough; returns the log's records."""
    faults = FaultFS(directory, lies=lies)
    clewd = Clewd.start(program, data, faults=faults)
    load = Load(clewd, ledger, batch(generation), connections=4, log=faults.log)
    eventually("enough is acknowledged", lambda: load.acknowledged >= goal)
    if generation == 0:
        # What it does in the background is worth a loss of power too.
        load.end()
        wait_for_quiet(faults.log)
        clewd.kill()
    elif generation == 1:
        load.end()
        clewd.stop()
    else:
        clewd.kill()
        load.end()
    if load.refusals:
        check([str(load.refusals[0])], "refused")
    return power_disk.read_log(faults.log)


def moments(records, ledger, count):
    """Moments to cut the power, by preference where something was just promised or changed."""
    promises = [batch.log_size for batch in ledger.batches if batch.log_size]
    ends = [record.end for record in records]
    rare = [record.end for record in records if record.operation not in (power_disk.WRITE, power_disk.SYNC)]
    kinds = [promises, ends, rare]
    return [random.choice(random.choice(kinds) or ends) for _ in range(count)]


def verify(image, ledger, power):
    clewd = Clewd.start(program, image)
    try:
        return ledger.problems(clewd, power=power)
    finally:
        clewd.kill()


def main(directory):
    data, base, ledger, promised = os.path.join(directory, "data"), None, Ledger(), 0
    for generation in range(GENERATIONS):
        records = live(directory, data, ledger, generation, 250)
        # The log is worth something if it tells all: with everything in it, it gives what really is there.
        whole, last = os.path.join(directory, "whole"), records[-1].end
        power_disk.write_image(whole, records, last, base, everything=True)
        if not lies:
            check(power_disk.differences(whole, data), "faultfs missed changes of")
        shutil.rmtree(whole)
        for number, power in enumerate(moments(records, ledger, images // GENERATIONS)):
            image = os.path.join(directory, f"image-{number}")
            chooser = random.Random(random.random()) if random.random() < 0.6 else None
            power_disk.write_image(image, records, power, base, chooser)
            kind = "some unsynced writes are there" if chooser else "no unsynced write is there"
            where = f"generation {generation}, power lost at byte {power} of {last}, {kind}"
            check(verify(image, ledger, power), where)
            promised += sum(batch.acknowledged and batch.log_size <= power for batch in ledger.batches)
            shutil.rmtree(image)
        # All that this generation acknowledged was there at its end, so the next one has to keep it.
        shutil.rmtree(data)
        power_disk.write_image(data, records, last, base, random.Random(random.random()))
        if base:
            shutil.rmtree(base)
        base = os.path.join(directory, f"base-{generation}")
        shutil.copytree(data, base)
        for batch in ledger.batches:
            batch.log_size = 0 if batch.acknowledged else None
    check(verify(data, ledger, None), "after the last power loss")
    return f"{images} losses of power, {promised} promises kept in all"


program, images, seed, lies = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:] == ["lie"]
run(main, seed)
