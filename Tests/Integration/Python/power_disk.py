"""What a disk may hold after a loss of power, from the log that faultfs writes.

A write is sure to be on the disk when a sync of its file began after it and ended before the power went; a name is,
when a sync of its directory did. All else may be there or not: whole, page by page, or torn at 512-byte sectors.
Changes of names reach the disk in their order, as journalling file systems keep it.
"""

import os
import struct

HEADER = struct.Struct("<6I2Q")
MAGIC = 0x53464C46
CREATE, EXISTING, WRITE, RESIZE, SYNC, SYNC_DIRECTORY = range(1, 7)
RENAME, UNLINK, MKDIR, RMDIR, SYNC_ALL, UNSUPPORTED = range(7, 13)
NAME_CHANGES = (CREATE, RENAME, UNLINK, MKDIR, RMDIR)
PAGE, SECTOR = 4096, 512


class Record:
    __slots__ = ("start", "end", "operation", "file", "path", "second", "data", "offset", "begin")


def read_log(path):
    """The records of a log; one that the killed program did not finish is left out."""
    with open(path, "rb") as file:
        log = file.read()
    records, position = [], 0
    while position + HEADER.size <= len(log):
        magic, operation, number, first, second, length, offset, begin = HEADER.unpack_from(log, position)
        if magic != MAGIC:
            raise SystemExit(f"{path} is no log at byte {position}")
        record, body = Record(), position + HEADER.size
        record.start, record.operation, record.file = position, operation, number
        record.offset, record.begin = offset, begin
        record.path = log[body : body + first].decode()
        record.second = log[body + first : body + first + second].decode()
        record.data = log[body + first + second : body + first + second + length]
        record.end = position = body + first + second + length
        if position > len(log):
            break
        if operation == UNSUPPORTED:
            raise SystemExit(f"faultfs cannot follow what the program does: {record.path}")
        records.append(record)
    return records


class File:
    def __init__(self, content=b""):
        self.content, self.changes, self.synced = content, [], 0

    def image(self, keep):
        """- keep: Says of an unsynced change which parts of it are on the disk, as ranges of its bytes."""
        content = bytearray(self.content)
        for change in self.changes:
            for begin, end in [(0, len(change.data))] if change.start < self.synced else keep(change):
                apply(content, change, begin, end)
        return bytes(content)


def apply(content, change, begin, end):
    if change.operation == RESIZE:
        content[:] = content[: change.offset].ljust(change.offset, b"\0")
        return
    offset = change.offset + begin
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + end - begin] = change.data[begin:end]


def keep_none(change):
    return []


def keep_all(change):
    return [(0, len(change.data))]


def keep_some(random):
    """Half of the pages, and of every eighth page only some sectors."""
    share = random.choice((0.1, 0.5, 0.9))

    def keep(change):
        if change.operation == RESIZE:
            return [(0, 0)] if random.random() < share else []
        kept, first = [], change.offset
        last = first + len(change.data)
        for page in range(first - first % PAGE, last, PAGE):
            if random.random() >= share:
                continue
            step = SECTOR if random.random() < 1 / 8 else PAGE
            for part in range(page, page + PAGE, step):
                if step == PAGE or random.random() < 0.5:
                    begin, end = max(part, first), min(part + step, last)
                    if begin < end:
                        kept.append((begin - first, end - first))
        return kept

    return keep


def names_at(records, power, base, sure):
    """The files and directories by path. `sure` is whether a change of names is on the disk."""
    directories, names, files = {""}, {}, {}
    for root, folders, leaves in os.walk(base) if base else ():
        inner = os.path.relpath(root, base).removeprefix(".").lstrip("/")
        directories.update(os.path.join(inner, name) for name in folders)
        for leaf in leaves:
            with open(os.path.join(root, leaf), "rb") as file:
                names[os.path.join(inner, leaf)] = File(file.read())
    # A change of names that is lost must not hide that the program went on as if it were there.
    seen = dict(names)
    for record in records:
        if record.end > power:
            break
        operation, path = record.operation, record.path
        if operation == CREATE:
            files[record.file] = seen[path] = File()
        elif operation == EXISTING:
            files[record.file] = seen[path]
        elif operation in (WRITE, RESIZE):
            files[record.file].changes.append(record)
        elif operation == SYNC:
            file = files[record.file]
            file.synced = max(file.synced, record.begin)
        elif operation == SYNC_ALL:
            for file in {*files.values(), *seen.values()}:
                file.synced = max(file.synced, record.begin)
        elif operation == RENAME:
            move(seen, path, record.second)
        elif operation == UNLINK:
            seen.pop(path, None)
        if operation in NAME_CHANGES and sure(record):
            if operation == CREATE:
                names[path] = files[record.file]
            elif operation == RENAME:
                move(names, path, record.second)
                moved = {name for name in directories if name == path or name.startswith(path + "/")}
                directories -= moved
                directories |= {record.second + name[len(path) :] for name in moved}
            elif operation == UNLINK:
                names.pop(path, None)
            elif operation == MKDIR:
                directories.add(path)
            elif operation == RMDIR:
                directories.discard(path)
    return directories, names


def move(names, source, target):
    for name in [name for name in names if name == source or name.startswith(source + "/")]:
        names[target + name[len(source) :]] = names.pop(name)


def surely(records, power, last_unsynced):
    """Which changes of names are on the disk: those whose directory was synced since, and all up to `last_unsynced`."""
    synced = {}
    for record in records:
        if record.end > power:
            break
        if record.operation == SYNC_DIRECTORY:
            synced[record.path] = max(synced.get(record.path, 0), record.begin)
        elif record.operation == SYNC_ALL:
            synced[None] = record.begin

    def sure(record):
        parents = {os.path.dirname(record.path)} | ({os.path.dirname(record.second)} if record.second else set())
        limit = max([synced.get(None, 0), last_unsynced] + [synced.get(parent, 0) for parent in parents])
        return record.start < limit

    return sure


def write_image(directory, records, power, base, random=None, everything=False):
    """Makes the directory as a disk may hold it when the power goes after `power` bytes of the log.

    - base: What the directory held when the program started, or None for nothing.
    - random: Chooses what of the unsynced survived; None for nothing.
    - everything: All of it survived, as when only the program is killed.
    """
    if everything:
        keep, last = keep_all, power
    elif random:
        keep, last = keep_some(random), random.randrange(power + 1)
    else:
        keep, last = keep_none, 0
    directories, names = names_at(records, power, base, surely(records, power, last))
    os.makedirs(directory)
    for name in sorted(directories):
        os.makedirs(os.path.join(directory, name), exist_ok=True)
    for name, file in names.items():
        # A name whose directory never reached the disk is gone with it. Shared memory is no file.
        if name.endswith("-shm") or os.path.dirname(name) not in directories:
            continue
        with open(os.path.join(directory, name), "wb") as output:
            output.write(file.image(keep))


def differences(one, other):
    """The paths whose contents differ between two directories; shared memory is not compared."""

    def contents(directory):
        found = {}
        for root, _, leaves in os.walk(directory):
            for leaf in leaves:
                if not leaf.endswith("-shm"):
                    with open(os.path.join(root, leaf), "rb") as file:
                        found[os.path.relpath(os.path.join(root, leaf), directory)] = file.read()
        return found

    left, right = contents(one), contents(other)
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
