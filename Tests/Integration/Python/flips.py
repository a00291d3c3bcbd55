"""Damages the files of a data directory, one at a time, and asks what is left.

Usage: flips.py CLEWD TRIALS SEED

The directory was stopped in order, or killed. A collector starts on it, or refuses in one sentence that names the file;
it never crashes. What it serves is as it was sent. Other days than the damaged file's are complete. What is missing is
reported, except after a kill: a log of the last writes that ends in the middle looks the same when it was damaged. New
spans are taken.
"""

import os
import random
import re
import shutil
import sys

from faults import Batch, Clewd, Failure, Ledger, check, run

DAY = 86400 * 10**9
DAYS = 3
BATCHES = 12
QUESTIONS = ("services", "red", "map", "slow")


def make_directory(data, ledger, stop):
    clewd = Clewd.start(program, data)
    connection = clewd.otlp()
    for index in range(BATCHES * DAYS):
        day = index % DAYS
        ledger.send(connection, Batch(f"day-{day}", spans=40, payload=100, age=day * DAY))
    check(ledger.problems(clewd), "before any damage")
    clewd.stop() if stop else clewd.kill()


def files(data):
    return sorted(os.path.join(root, leaf) for root, _, leaves in os.walk(data) for leaf in leaves)


def flip(content, random):
    for _ in range(random.choice((1, 1, 2, 8))):
        # The first bytes decide how all others are read.
        end = min(len(content), 200) if random.random() < 0.3 else len(content)
        content[random.randrange(end)] ^= 1 << random.randrange(8)


def truncate(content, random):
    del content[random.randrange(len(content)) :]


def zero(content, random):
    begin = random.randrange(len(content)) // 512 * 512
    length = min(random.choice((512, 4096)), len(content) - begin)
    content[begin : begin + length] = bytes(length)


def garbage(content, random):
    begin = random.randrange(len(content))
    length = min(random.choice((16, 4096)), len(content) - begin)
    content[begin : begin + length] = random.randbytes(length)


def extend(content, random):
    content += random.randbytes(random.choice((1, 4096)))


KINDS = (flip, flip, flip, truncate, zero, garbage, extend)


def damage(path, kind, random):
    with open(path, "r+b") as file:
        content = bytearray(file.read())
        if content:
            kind(content, random)
        file.seek(0)
        file.truncate()
        file.write(content)


def is_refusal(clewd, name):
    """Whether the collector ended with one sentence that names the file."""
    status, lines = clewd.process.wait(), clewd.errors.splitlines()
    return status == 1 and name in clewd.errors and len([line for line in lines if line.startswith("clewd: ")]) == 1


def report(clewd, name):
    """What the collector says of damage, and `None` if nothing is said of this file."""
    lines = [line for line in clewd.errors.splitlines() if " error " in line and name in line]
    return lines if lines and clewd.status()["store"]["damagedBlocks"] > 0 else None


def trial(data, name, ledger, was_stopped):
    """- Returns: Whether it started, and how many acknowledged spans are missing."""
    clewd = Clewd(program, data)
    try:
        clewd.wait()
    except Failure:
        if not is_refusal(clewd, os.path.basename(name)):
            raise
        return False, 0
    try:
        problems, missing = [], 0
        for day in range(DAYS):
            sent = {}
            for batch in ledger.batches:
                sent |= batch.spans if batch.service == f"day-{day}" else {}
            stored = clewd.spans(f"day-{day}")
            if any(sent.get(span_id) != content for span_id, content in stored):
                problems.append(f"spans of day {day} are not what was sent")
            if len({span_id for span_id, _ in stored}) != len(stored):
                problems.append(f"spans of day {day} are served twice")
            lost = len(sent) - len({span_id for span_id, _ in stored})
            if lost and day_of(name) not in (None, day):
                problems.append(f"{lost} spans of day {day} are missing, which is another day's")
            missing += lost
        for question in QUESTIONS:
            clewd.ask(f"/api/v1/{question}?from=0&to=18446744073709551615")
        new = Batch("after")
        answer = clewd.post(new.body)
        if answer.status != 200:
            problems.append(f"new spans are answered {answer}")
        elif dict(clewd.spans("after")) != new.spans:
            problems.append("new spans are not found")
        if missing and was_stopped and not report(clewd, os.path.basename(name)):
            problems.append(f"{missing} spans are missing, and the file is not reported: {clewd.errors}")
        if problems:
            raise Failure("; ".join(problems))
        return True, missing
    finally:
        clewd.kill()


def day_of(name):
    """Which day the file is of, 0 for today; None for a file of all days."""
    date = re.search(r"\d{4}-\d\d-\d\d", name)
    return dates.index(date[0]) if date else None


# Of the days, the latest first, as the names of files say them.
dates = []


def main(directory):
    started, refused, missing, failures = 0, 0, 0, []
    templates = []
    for was_stopped in (True, False):
        data, ledger = os.path.join(directory, f"template-{was_stopped}"), Ledger()
        make_directory(data, ledger, was_stopped)
        templates.append((data, ledger, was_stopped))
    dates[:] = sorted(set(re.findall(r"\d{4}-\d\d-\d\d", " ".join(files(templates[0][0])))), reverse=True)
    for number in range(trials):
        template, ledger, was_stopped = templates[number % len(templates)]
        data = os.path.join(directory, "data")
        shutil.copytree(template, data)
        paths = files(data)
        path, kind = paths[number // len(templates) % len(paths)], random.choice(KINDS)
        choices = random.Random(random.random())
        damage(path, kind, choices)
        name = os.path.relpath(path, data)
        try:
            was_started, lost = trial(data, name, ledger, was_stopped)
        except Failure as failure:
            state = "stopped" if was_stopped else "killed"
            failures.append(f"trial {number}, {state}, {kind.__name__} of {name}: {failure}")
            was_started, lost = False, 0
        started, refused, missing = started + was_started, refused + (not was_started), missing + lost
        shutil.rmtree(data)
    check(failures, f"{len(failures)} of {trials} trials")
    return f"{trials} damaged files: {started} starts, {refused} refusals, {missing} spans set aside"


program, trials, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
run(main, seed)
