"""Fixed-point instructions (Book I chapter 3), from their definitions, with unbounded integers."""

from .core import M64, instruction


@instruction("add")
def add(c):
    c.gpr[c.RT] = (c.gpr[c.RA] + c.gpr[c.RB]) & M64
    if c.OE:
        a, b = c.gpr[c.RA], c.gpr[c.RB]
    c.record(c.gpr[c.RT])
