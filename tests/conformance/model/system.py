"""What problem state sees of Book II and III-S: SPRs, ordering, hints, refused privileges."""

from . import gen
from .core import M32, M64, MSR_TM, SRR1_ILLEGAL, SRR1_PRIVILEGED, instruction
from .inventory import P7, P8


# -- SPRs: Book III-S 4.4.5; numbers with bit 0x10 are privileged --

# Number: (name of the state, CPUs, FSCR bit and cause of its facility on POWER8, width)
USER_SPRS = {
    1: ("XER", P7 | P8, None, 64),
    3: ("DSCR", P8, (2, 2), 64),
    8: ("LR", P7 | P8, None, 64),
    9: ("CTR", P7 | P8, None, 64),
    13: ("AMR", P7 | P8, None, 64),
    256: ("VRSAVE", P7 | P8, None, 32),
    815: ("TAR", P8, (8, 8), 64),
}
READ_ONLY_SPRS = {259: ("SPRG3", P7 | P8, None, 64)}
PRIVILEGED = (17, 18, 19, 22, 26, 27, 28, 29, 157, 272, 273, 274, 275, 287, 25, 304, 315, 318,
              1023, 400)
UNDEFINED = (0, 2, 4, 5, 6, 7, 100, 519, 610, 737)


def _choose(rng, c, table):
    kind = rng.getrandbits(4)
    if kind < 2:
        c.SPR = gen.pick(rng, UNDEFINED if kind else PRIVILEGED)
        return
    c.SPR = gen.pick(rng, list(READABLE))
    name, cpus, facility, width = READABLE[c.SPR]
    c.cpus = cpus
    if cpus != c.row.cpus and rng.getrandbits(2) == 0:
        c.cpus = c.row.cpus & ~cpus
    if facility and rng.getrandbits(3) == 0:
        c.spr["FSCR"] &= ~(1 << facility[0])
    if name in ("LR", "CTR"):
        c.lr, c.ctr = gen.gpr(rng), gen.gpr(rng)
    elif name != "XER":
        c.spr[name] = gen.gpr(rng) & (M32 if width == 32 else M64)
    if name == "AMR":
        c.spr["UAMOR"] = gen.gpr(rng)


def check_spr(c, table):
    """The interrupts of an SPR that problem state cannot have; its row of the table else."""
    n, row = c.SPR, table.get(c.SPR)
    if row is None or not row[1] & c.cpus:
        raise c.interrupt(0x700, SRR1_PRIVILEGED if n & 0x10 else SRR1_ILLEGAL)
    if row[2] and not c.spr["FSCR"] >> row[2][0] & 1:
        raise c.interrupt(0xF60, fscr_ic=row[2][1])
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
    name, _, _, width = check_spr(c, USER_SPRS)
    value = c.gpr[c.RS] & (M32 if width == 32 else M64)
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


def _no_transactions(rng, c, i):
    c.msr &= ~MSR_TM


@instruction("tbegin.", "tend.", "tcheck", "tsr.", "tabort.", "tabortwc.", "tabortdc.",
             "tabortwci.", "tabortdci.", gen=_no_transactions)
def transaction_unavailable(c):
    raise c.interrupt(0xF60, fscr_ic=5)


def _no_event_branches(rng, c, i):
    c.spr["FSCR"] &= ~(1 << 7)


@instruction("rfebb", gen=_no_event_branches)
def event_branch_unavailable(c):
    raise c.interrupt(0xF60, fscr_ic=7)
