"""Reads the spans of a data directory by the rules of docs/format.md alone, and prints one JSON line for each."""

import json
import pathlib
import sqlite3
import struct
import sys
import zlib


class Cursor:
    def __init__(self, data):
        self.data, self.offset = data, 0

    def take(self, count):
        assert self.offset + count <= len(self.data), "the bytes end early"
        self.offset += count
        return self.data[self.offset - count : self.offset]

    def byte(self):
        return self.take(1)[0]

    def word(self):
        return struct.unpack("<I", self.take(4))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def numbers(self, count):
        form = self.byte()
        if form == 0:
            return [self.varint()] * count
        if form == 1:
            return list(self.take(count))
        if form == 3:
            table = [self.varint() for _ in range(self.varint())]
            return [table[place] for place in self.take(count)]
        assert form == 2, "unknown form of numbers"
        values = []
        while len(values) < count:
            width = self.byte()
            bits = int.from_bytes(self.take(8 * width), "little")
            group = [bits >> (i * width) & ((1 << width) - 1) for i in range(64)]
            values += group[: count - len(values)]
        return values

    def strings(self):
        return [self.take(length) for length in self.numbers(self.varint())]


def unzigzag(value):
    return value >> 1 ^ -(value & 1)


def sums(deltas):
    total, values = 0, []
    for delta in deltas:
        total = (total + unzigzag(delta)) % 2**64
        values.append(total)
    return values


def varint(value):
    output = bytearray()
    while value >= 0x80:
        output.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(output + bytes([value]))


class Header:
    def __init__(self, cursor):
        self.signal, self.rows = cursor.byte(), cursor.varint()
        self.first, self.last = cursor.varint(), cursor.varint()
        self.size, self.directory_size = cursor.varint(), cursor.varint()
        self.directory_crc = cursor.word()
        self.services = cursor.strings()
        names = cursor.strings()
        self.keys = {cursor.varint(): name.decode() for name in names}
        self.resource_keys = cursor.strings()
        self.overflow = cursor.byte()


class Block:
    def __init__(self, header, data):
        assert len(data) == header.size
        directory = data[: header.directory_size]
        assert zlib.crc32(directory) == header.directory_crc, "the directory's checksum"
        cursor = Cursor(directory)
        self.header, self.page_rows = header, cursor.varint()
        self.pages = -(-header.rows // self.page_rows)
        self.columns, offset = {}, header.directory_size
        for _ in range(cursor.varint()):
            position = cursor.varint()
            chunks = []
            for _ in range(self.pages + 1):
                length = cursor.varint()
                if length == 0:
                    chunks.append(None)
                    continue
                checksum = cursor.word()
                chunk = data[offset : offset + length]
                assert zlib.crc32(chunk) == checksum, f"the checksum of column {position}"
                chunks.append(self.open(chunk))
                offset += length
            self.columns[position] = chunks
        assert offset == len(data) and cursor.offset == len(directory)

    @staticmethod
    def open(chunk):
        if chunk[0] == 0:
            return chunk[1:]
        assert chunk[0] == 1, "unknown compression"
        cursor = Cursor(chunk[1:])
        size = cursor.varint()
        content = zlib.decompress(cursor.data[cursor.offset :])
        assert len(content) == size
        return content

    def rows_of(self, page):
        return min(self.header.rows - page * self.page_rows, self.page_rows)

    def numbers(self, position):
        values = []
        for page in range(self.pages):
            chunk = self.columns[position][page + 1] if position in self.columns else None
            rows = self.rows_of(page)
            if chunk is None:
                values += [0] * rows
                continue
            cursor = Cursor(chunk)
            form = cursor.byte()
            numbers = cursor.numbers(rows)
            if form == 1:
                numbers = sums(numbers)
            elif form == 2:
                others = iter(cursor.numbers(numbers.count(1)))
                ids = self.numbers(1)[page * self.page_rows :][:rows]
                numbers = [
                    0 if code == 0 else next(others) if code == 1 else ids[row + unzigzag(code - 2)]
                    for row, code in enumerate(numbers)
                ]
            values += numbers
        return values

    def values(self, position):
        if position not in self.columns:
            return [b""] * self.header.rows
        chunks = self.columns[position]
        shared = Cursor(chunks[0]).strings() if chunks[0] is not None else []
        values = []
        for chunk in chunks[1:]:
            if chunk is None:
                continue
            cursor = Cursor(chunk)
            form, count = cursor.byte(), cursor.varint()
            if form == 0:
                values += [shared[number] for number in cursor.numbers(count)]
            elif form == 1:
                strings = cursor.strings()
                values += [strings[number] for number in cursor.numbers(count)]
            elif form == 2:
                values += [b"\x18" + varint(unzigzag(number) % 2**64) for number in cursor.numbers(count)]
            else:
                assert form == 3, "unknown form of strings"
                values += cursor.strings()
        return values

    def attributes(self):
        """For each row, its keys and values as they were sent."""
        columns = {key: iter(self.values(128 + key)) for key in self.header.keys}
        overflow = iter(self.values(96) if self.header.overflow else [])
        for shape in self.values(35):
            cursor, row = Cursor(shape), []
            while cursor.offset < len(shape):
                number = cursor.varint()
                if number > 0:
                    row.append((self.header.keys[number - 1], next(columns[number - 1])))
                else:
                    entry = Cursor(next(overflow))
                    key = entry.take(entry.varint())
                    row.append((key.decode(), entry.data[entry.offset :]))
            yield row

    def check_order(self):
        """The order of the rows, and that the fingerprints name the rows of each trace."""
        traces = self.values(32)
        keys = [int.from_bytes(id[9:] + id[8:9], "big") for id in traces]
        order = list(zip(keys, traces, self.numbers(0)))
        assert order == sorted(order), "the order of the rows"
        cursor = Cursor(self.columns[97][0])
        count = cursor.varint()
        fingerprints, starts = sums(cursor.numbers(count)), sums(cursor.numbers(count + 1))
        assert starts[-1] == self.header.rows
        for fingerprint, start, end in zip(fingerprints, starts, starts[1:]):
            assert {key >> 32 for key in keys[start:end]} == {fingerprint} and len(set(traces[start:end])) == 1


def partition_blocks(path, flushed):
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA user_version").fetchone() == (2,)
    assert database.execute("PRAGMA application_id").fetchone() == (0x436C6577,)
    data = path.with_suffix(".blocks").read_bytes()
    for start, header, crc in database.execute("SELECT start, header, crc FROM block ORDER BY id"):
        assert zlib.crc32(struct.pack("<q", start) + header) == crc, "an entry's checksum"
        header = Header(Cursor(header))
        block = Block(header, data[start : start + header.size])
        block.check_order()
        yield block
    flushed[path.stem] = {segment for (segment,) in database.execute("SELECT segment FROM flushed")}
    database.close()


def journal_blocks(path, flushed):
    data, offset = path.read_bytes(), 0
    sought = int(path.stem, 16) & 0xFFFFFFFF
    while offset + 12 <= len(data):
        mark, length, crc = struct.unpack("<III", data[offset : offset + 12])
        content = data[offset + 12 : offset + 12 + length]
        if mark != sought or len(content) != length or zlib.crc32(content) != crc:
            offset += 1
            continue
        offset += 12 + length
        cursor = Cursor(content)
        for _ in range(cursor.varint()):
            day = sqlite3.connect(":memory:").execute(
                "SELECT date(? * 86400, 'unixepoch')", (cursor.varint(),)).fetchone()[0]
            header = Header(cursor)
            block = Block(header, cursor.take(header.size))
            if int(path.stem, 16) not in flushed.get(day, set()):
                yield block


def blocks(directory):
    flushed = {}
    for path in sorted((directory / "partitions").glob("*.sqlite")):
        yield from partition_blocks(path, flushed)
    for path in sorted((directory / "journal").glob("*.journal")):
        yield from journal_blocks(path, flushed)


for block in blocks(pathlib.Path(sys.argv[1])):
    if block.header.signal != 0:
        continue
    columns = [block.values(32), *map(block.numbers, (1, 5, 0, 4, 6)), block.values(36), block.attributes()]
    for trace, span, parent, start, duration, kind, name, attributes in zip(*columns):
        print(json.dumps({
            "trace": trace.hex(), "span": f"{span:016x}", "parent": f"{parent:016x}", "start": start,
            "end": start + unzigzag(duration), "kind": kind, "name": name.decode(),
            "attributes": {key: value.hex() for key, value in attributes},
        }))
