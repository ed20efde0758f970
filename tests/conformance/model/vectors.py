"""Vector files: FORMAT.md describes them."""

import struct
import zlib

from . import core

MAGIC, VERSION, HEADER_SIZE = b"HPVECTOR", 1, 64
BLOCK_MAGIC, BLOCK_BASE, BLOCK_VECTORS = 0x4B4C4248, 1, 2
NEXT, BRANCH, INTERRUPT = 0, 1, 2
FLAG_RESERVED_BITS = 1

_HEADER = struct.Struct("<8sIIQQIIIIII4x")  # followed by the CRC
_BLOCK = struct.Struct("<IIIII")
_VECTOR = struct.Struct("<IIQQQIHBBBBBBBBH")
_CHUNK = struct.Struct("<II")


def _pad(data):
    return data + bytes(-len(data) % 8)


def pack_vector(c, index, cpus=None):
    """One vector from a Context that ran."""
    ins, outs, undefined = c.inputs(), c.outputs(), c.undefined_masks()
    mem_in, mem_out = c.memory_inputs(), c.memory_outputs()
    if c.vector is not None:
        outcome = INTERRUPT
    elif c.taken:
        outcome = BRANCH
    else:
        outcome = NEXT
    entries = ins + outs + undefined
    n = len(entries)
    body = struct.pack(f"<{n}H{-2 * n % 8}x{n}Q", *(e[0] for e in entries),
                       *(e[1] for e in entries))
    for address, data in mem_in + mem_out:
        body += _CHUNK.pack(address, len(data)) + _pad(data)
    return _VECTOR.pack(_VECTOR.size + len(body), c.word, c._msr_before, c.cia, c.nia, index,
                        c.vector or 0, c.cpus if cpus is None else cpus, outcome, len(ins),
                        len(outs), len(undefined), len(mem_in), len(mem_out),
                        FLAG_RESERVED_BITS if c.reserved else 0, 0) + body


def pack_block(kind, count, payload):
    """A block with its checksum."""
    head = struct.pack("<IIII", BLOCK_MAGIC, kind, len(payload), count)
    return head + struct.pack("<I", zlib.crc32(head + payload)) + bytes(4) + payload


def pack_row_block(mnemonic, vectors):
    """A block of vectors of one row."""
    return pack_block(BLOCK_VECTORS, len(vectors),
                      struct.pack("<24sQ", mnemonic.encode(), 0) + b"".join(vectors))


def base_block():
    """The block with the state that vectors start from."""
    registers = core.base_registers()
    n = len(registers)
    payload = struct.pack(f"<{n}H{-2 * n % 8}x{n}Q", *(r[0] for r in registers),
                          *(r[1] for r in registers))
    payload += _CHUNK.pack(core.DATA_BASE, core.WINDOW_SIZE) + core.BASE_MEMORY
    return pack_block(BLOCK_BASE, n, payload)


class Writer:
    """Writes a file; unfinished files have no magic and are refused by readers."""

    def __init__(self, path, seed, count):
        self._file = open(path, "wb")
        self._seed, self._count = seed, count
        self._vectors = self._blocks = self._cpus = 0
        self._file.write(bytes(HEADER_SIZE))
        self.add_block(base_block(), 0, 0)

    def add_block(self, block, vectors, cpus):
        """Appends a packed block."""
        self._file.write(block)
        self._blocks += 1
        self._vectors += vectors
        self._cpus |= cpus

    def count_blocks(self, n):
        """Counts `n` more blocks, added in one piece."""
        self._blocks += n

    def close(self):
        """Completes the header."""
        self._file.seek(0)
        head = _HEADER.pack(MAGIC, VERSION, HEADER_SIZE, self._seed, self._vectors, self._count,
                            self._cpus, self._blocks, 0, 0, 0)
        self._file.write(head + struct.pack("<I", zlib.crc32(head)))
        self._file.close()


class FormatError(Exception):
    """The file is not a vector file of this version, or damaged."""


class Vector:
    """One vector, read back."""

    def __init__(self, mnemonic, data):
        (self.size, self.word, self.msr, self.cia, self.nia, self.index, self.vector, self.cpus,
         self.outcome, n_in, n_out, n_undefined, n_mem_in, n_mem_out, self.flags,
         _) = _VECTOR.unpack_from(data)
        self.mnemonic = mnemonic
        n = n_in + n_out + n_undefined
        values = struct.unpack_from(f"<{n}H{-2 * n % 8}x{n}Q", data, _VECTOR.size)
        entries = list(zip(values[:n], values[n:]))
        self.inputs, self.outputs = entries[:n_in], entries[n_in:n_in + n_out]
        self.undefined = entries[n_in + n_out:]
        at = _VECTOR.size + struct.calcsize(f"<{n}H{-2 * n % 8}x{n}Q")
        chunks = []
        for _ in range(n_mem_in + n_mem_out):
            address, length = _CHUNK.unpack_from(data, at)
            chunks.append((address, bytes(data[at + 8:at + 8 + length])))
            at += 8 + length + -length % 8
        self.memory_in, self.memory_out = chunks[:n_mem_in], chunks[n_mem_in:]


def read(path):
    """Yields every Vector of a file."""
    with open(path, "rb") as file:
        head = file.read(HEADER_SIZE)
        if len(head) < HEADER_SIZE or head[:8] != MAGIC:
            raise FormatError(f"{path}: not a vector file")
        version, size = struct.unpack_from("<II", head, 8)
        if version != VERSION or size != HEADER_SIZE:
            raise FormatError(f"{path}: version {version}, this reads {VERSION}")
        if zlib.crc32(head[:60]) != struct.unpack_from("<I", head, 60)[0]:
            raise FormatError(f"{path}: damaged header")
        (blocks,) = struct.unpack_from("<I", head, 40)
        for _ in range(blocks):
            head = file.read(24)
            if len(head) < 24:
                raise FormatError(f"{path}: cut short")
            magic, kind, length, count, crc = _BLOCK.unpack_from(head)
            payload = file.read(length)
            if magic != BLOCK_MAGIC or len(payload) < length or \
                    zlib.crc32(head[:16] + payload) != crc:
                raise FormatError(f"{path}: damaged block")
            if kind != BLOCK_VECTORS:
                continue
            mnemonic = payload[:24].rstrip(b"\0").decode()
            at = 32
            for _ in range(count):
                (size,) = struct.unpack_from("<I", payload, at)
                yield Vector(mnemonic, payload[at:at + size])
                at += size
