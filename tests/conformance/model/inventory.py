"""The inventory of instructions: rows, their fields and their variants."""

import os

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data",
                    "power-isa.tsv")

P7, P8 = 1, 2
CPU_BITS = {"POWER7": P7, "POWER8": P8}

# Fields that choose a variant of a row rather than an operand.
VARIANT_FIELDS = ("Rc", "OE", "LK", "AA")

# Operands that the book joins from two fields: name -> (high part, low part).
JOINED = {"XT": ("TX", "T"), "XS": ("SX", "S"), "XA": ("AX", "A"), "XB": ("BX", "B"),
          "XC": ("CX", "C")}


def bit_swap_5(value):
    """SPR and TBR numbers: the two halves of the field are swapped (Book I 3.3.17)."""
    return (value & 31) << 5 | value >> 5


def rotate_mb(value):
    """The 6-bit mb and me fields of the MD and MDS forms: the high bit is encoded last."""
    return (value & 31) << 1 | value >> 5


class Field:
    """One operand or variant field: where the bits of its value go in the word."""

    def __init__(self, name, pieces):
        self.name = name
        # (shift in word, width), most significant piece of the value first
        self.pieces = pieces
        self.width = sum(width for _, width in pieces)
        self.max = (1 << self.width) - 1

    def encode(self, value):
        """The word's bits for `value`."""
        if value < 0 or value > self.max:
            raise ValueError(f"{self.name}={value} does not fit {self.width} bits")
        if self.name in ("SPR", "TBR"):
            value = bit_swap_5(value)
        elif self.name in ("mb", "me"):
            value = rotate_mb(value)
        if len(self.pieces) == 1:
            return value << self.pieces[0][0]
        word, left = 0, self.width
        for shift, width in self.pieces:
            left -= width
            word |= (value >> left & ((1 << width) - 1)) << shift
        return word


class Row:
    """One row of the inventory; columns as attributes, `fields` by name."""

    def __init__(self, columns):
        self.__dict__.update(columns)
        self.value = int(columns["value"], 16)
        self.mask = int(columns["mask"], 16)
        self.resv = int(columns["resv"], 16)
        self.operands = columns["operands"].split(",") if columns["operands"] else []
        self.operand_names = {name.strip() for o in self.operands
                              for name in o.replace(")", "").split("(")}
        self.variants = columns["variants"].split()
        self.cpus = (P7 if columns["p7"] == "y" else 0) | (P8 if columns["p8"] == "y" else 0)
        self.fields = _fields(columns["layout"])
        self.variant_fields = [n for n in VARIANT_FIELDS if n in self.fields]
        # dst, dss and tend. have variants by another field, which is an operand here

    def encode(self, values):
        """The instruction word; `values` maps field names to values (missing ones are 0)."""
        word = self.value
        for name, field in self.fields.items():
            value = values.get(name, 0)
            if value:
                word |= field.encode(value)
        return word

    def variant_name(self, values):
        """The full mnemonic, e.g. "addo." """
        name = self.mnemonic
        if values.get("OE"):
            name += "o"
        if values.get("LK"):
            name += "l"
        if values.get("AA"):
            name += "a"
        if values.get("Rc"):
            name += "."
        return name


def _fields(layout):
    """Parses "31@0|RT@6|...|266@22|Rc@31|" into Field objects."""
    parts = []
    for part in layout.strip("|").split("|"):
        name, _, start = part.partition("@")
        parts.append((name, int(start)))
    pieces = {}
    for k, (name, start) in enumerate(parts):
        end = parts[k + 1][1] if k + 1 < len(parts) else 32
        if name.isdigit() or set(name) == {"/"}:
            continue
        name = {"spr": "SPR", "tbr": "TBR"}.get(name, name)  # c.spr is the state
        pieces.setdefault(name, []).append((32 - end, end - start))
    if "sh" in pieces:  # sh5 (bit 30) is the high bit
        pieces["sh"].reverse()
    for joined, (high, low) in JOINED.items():
        if high in pieces:
            pieces[joined] = pieces.pop(high) + pieces.pop(low)
    return {name: Field(name, p) for name, p in pieces.items()}


def load(path=DATA):
    """All rows in file order."""
    rows = []
    with open(path, encoding="utf-8") as file:
        head = file.readline().rstrip("\n").split("\t")
        for line in file:
            columns = line.rstrip("\n").split("\t")
            columns += [""] * (len(head) - len(columns))
            rows.append(Row(dict(zip(head, columns))))
    return rows
