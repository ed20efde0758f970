"""What problem state sees of Book II and III-S: SPRs, ordering, hints, refused privileges."""

from . import gen
from .core import M32, M64, MSR_PR, MSR_TM, SRR1_ILLEGAL, SRR1_PRIVILEGED, instruction
from .inventory import P7, P8


# -- SPRs: Book III-S 4.4.5; numbers with bit 0x10 are privileged --

# What lets problem state at a facility of POWER8, with the cause if it does not
TM, EBB, DSCR, TAR = ("MSR", 32, 5), ("FSCR", 7, 7), ("FSCR", 2, 2), ("FSCR", 8, 8)

# Number: (name of the state, CPUs, facility, bits that exist)
USER_SPRS = {
    1: ("XER", P7 | P8, None, M64),
    3: ("DSCR", P8, DSCR, M64),
    8: ("LR", P7 | P8, None, M64),
    9: ("CTR", P7 | P8, None, M64),
    13: ("AMR", P7 | P8, None, M64),
    128: ("TFHAR", P8, TM, M64 ^ 3),
    256: ("VRSAVE", P7 | P8, None, M32),
    804: ("EBBHR", P8, EBB, M64 ^ 3),
    805: ("EBBRR", P8, EBB, M64 ^ 3),
    815: ("TAR", P8, TAR, M64),
}
READ_ONLY_SPRS = {136: ("CTRL", P7 | P8, None, 1), 259: ("SPRG3", P7 | P8, None, M64)}
PRIVILEGED = (17, 18, 19, 22, 26, 27, 28, 29, 157, 272, 273, 274, 275, 287, 25, 304, 315, 318,
              1023, 400)
UNDEFINED = (0, 2, 4, 5, 6, 7, 100, 519, 610, 737)


def allow(c, facility, on):
    """Makes `facility` available, or not."""
    register, bit, _ = facility
    if register == "MSR":
        c.msr = c.msr | 1 << bit if on else c.msr & ~(1 << bit)
    else:
        value = c.spr[register]
        c.spr[register] = value | 1 << bit if on else value & ~(1 << bit)


def require(c, facility):
    """The interrupt of a facility that is not available."""
    register, bit, cause = facility
    if not (c.msr if register == "MSR" else c.spr[register]) >> bit & 1:
        raise c.interrupt(0xF60, fscr_ic=cause)


def _choose(rng, c, table):
    kind = rng.getrandbits(4)
    if kind < 2:
        c.SPR = gen.pick(rng, UNDEFINED if kind else PRIVILEGED)
        return
    c.SPR = gen.pick(rng, list(READABLE))
    name, cpus, facility, mask = READABLE[c.SPR]
    c.cpus = cpus
    if cpus != c.row.cpus and rng.getrandbits(2) == 0:
        c.cpus = c.row.cpus & ~cpus
    if facility:
        allow(c, facility, rng.getrandbits(3) and c.cpus & P8)
    if name in ("LR", "CTR"):
        c.lr, c.ctr = gen.gpr(rng), gen.gpr(rng)
    elif name != "XER":
        c.spr[name] = gen.gpr(rng) & mask
    if name == "AMR":
        c.spr["UAMOR"] = gen.gpr(rng)


def check_spr(c, table):
    """The interrupts of an SPR that problem state cannot have; its row of the table else."""
    n, row = c.SPR, table.get(c.SPR)
    if row is None or not row[1] & c.cpus:
        raise c.interrupt(0x700, SRR1_PRIVILEGED if n & 0x10 else SRR1_ILLEGAL)
    if row[2]:
        require(c, row[2])
    return row


READABLE = {**USER_SPRS, **READ_ONLY_SPRS}


def _read_number(rng, c, i):
    _choose(rng, c, READABLE)


@instruction("mfspr", gen=_read_number)
def mfspr(c):
    name = check_spr(c, READABLE)[0]
    c.gpr[c.RT] = getattr(c, name.lower()) if name in ("XER", "LR", "CTR") else c.spr[name]


def _write_number(rng, c, i):
    _choose(rng, c, USER_SPRS)


@instruction("mtspr", gen=_write_number)
def mtspr(c):
    name, _, _, mask = check_spr(c, USER_SPRS)
    value = c.gpr[c.RS] & mask
    if name in ("XER", "LR", "CTR"):
        setattr(c, name.lower(), value)
    elif name == "AMR":
        writable = c.spr["UAMOR"]
        c.spr["AMR"] = c.spr["AMR"] & ~writable | value & writable
    else:
        c.spr[name] = value


# -- Ordering and hints --

RESERVED_NOPS = ["rnop530", "rnop562", "rnop594", "rnop626", "rnop658", "rnop690", "rnop722",
                 "rnop754"]


def _ordinary_sync(rng, c, i):
    c.L = i & 1  # ptesync is for the supervisor, 3 is reserved


@instruction("sync", gen=_ordinary_sync)
def sync(c):
    pass


# mtsle moves to MSR[SLE], which these CPUs are not known to have.
@instruction("isync", "eieio", "mtsle", *RESERVED_NOPS)
def no_operation(c):
    pass


# -- What problem state is refused --

@instruction("rfid", "mfmsr", "mtmsr", "mtmsrd", "slbmte", "slbie", "slbia", "slbmfev", "slbmfee",
             "slbfee.", "tlbiel", "mtsr", "mtsrin", "mfsr", "mfsrin", "msgsndp", "msgclrp",
             "hrfid", "doze", "nap", "sleep", "rvwinkle", "tlbie", "tlbsync", "msgsnd", "msgclr")
def privileged(c):
    raise c.interrupt(0x700, SRR1_PRIVILEGED)


@instruction("attn")
def attn(c):
    raise c.interrupt(0x700, SRR1_ILLEGAL)  # unless a hypervisor enabled it in HID0


def _transactions(rng, c, i):
    c.msr |= MSR_TM  # so that it is the privilege that is missing


@instruction("treclaim.", "trechkpt.", gen=_transactions)
def privileged_transactional(c):
    raise c.interrupt(0x700, SRR1_PRIVILEGED)


# -- Transactions: Book II 5, outside of one --

def _maybe_transactions(rng, c, i):
    allow(c, TM, i % 4)


def outside(c, field=0):
    """0 || MSR[TS] || 0 into a CR field: no transaction."""
    require(c, TM)
    c.crf[field] = 0


@instruction("tend.", "tsr.", "tabort.", "tabortwc.", "tabortdc.", "tabortwci.", "tabortdci.",
             gen=_maybe_transactions)
def without_transaction(c):
    outside(c)


@instruction("tcheck", gen=_maybe_transactions)
def tcheck(c):
    """The book tells TDOOMED for transactions only; Hornpipe's is 0 outside."""
    outside(c, c.BF)
    c.undefined("crf", c.BF, 8)


@instruction("tbegin.", gen=_maybe_transactions)
def tbegin(c):
    """A transaction that fails as it begins, as Hornpipe's do: persistently, at level 1.

    TEXASR: 7 failure persistent, 9 nesting overflow, 35 problem state, 36 failure summary,
    37 TFIAR is exact, 38 rollback only, 52:63 level.
    """
    require(c, TM)
    problem = 1 if c.msr & MSR_PR else 0
    c.spr["TFHAR"], c.spr["TFIAR"] = c.nia, c.cia | problem
    c.spr["TEXASR"] = sum(bit << 63 - n for n, bit in (
        (7, 1), (9, 1), (35, problem), (36, 1), (37, 1), (38, c.R), (63, 1)))
    c.crf[0] = 0b1010


# -- Event-based branches: Book II 6 --

BESCR_GE = 1 << 63


def _event_branches(rng, c, i):
    allow(c, EBB, i % 4)
    c.spr["EBBRR"] = gen.gpr(rng) & ~3
    c.spr["BESCR"] = BESCR_GE if rng.getrandbits(1) else 0


@instruction("rfebb", gen=_event_branches)
def rfebb(c):
    """Outside of transactions: BESCR[TS] is 0."""
    require(c, EBB)
    c.spr["BESCR"] = BESCR_GE if c.S else 0
    c.branch(c.spr["EBBRR"])
