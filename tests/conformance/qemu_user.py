#!/usr/bin/python3
"""Runs vector files under user-mode QEMU: the second opinion on the models.

Each difference is looked up in known-differences.tsv (KNOWN-DIFFERENCES.md tells who is right).
One that is not explained there makes the run fail. One process runs the vectors of a row; when
it dies or hangs, that vector is noted and another goes on behind it.

Needs qemu-user and the cross compilers gcc-powerpc64(le)-linux-gnu; ends with 77 without them.
"""

import argparse
import collections
import fnmatch
import multiprocessing
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from model import core, vectors  # noqa: E402
from known_differences import Known, component_of  # noqa: E402
from qemu_report import (Report, describe, expected_memory, expected_signal,  # noqa: E402
                         print_report)

EXIT_NEW, EXIT_FAILED, EXIT_SKIPPED, EXIT_INTERRUPTED = 1, 2, 77, 130
HANG_SECONDS = 10
LINK_BASE = 0x50000000

# Flags of a record
FLAG_MEMORY, FLAG_TAR = 1, 2

Target = collections.namedtuple("Target", "name qemu cpu compiler order cpu_bit flags")
TARGETS = [
    Target("ppc64le-power8", "qemu-ppc64le", "power8", "powerpc64le-linux-gnu-gcc", "<", 2,
           FLAG_TAR),
    Target("ppc64-power8", "qemu-ppc64", "power8", "powerpc64-linux-gnu-gcc", ">", 2, FLAG_TAR),
    Target("ppc64-power7", "qemu-ppc64", "power7", "powerpc64-linux-gnu-gcc", ">", 1, 0),
]

# The state of a record: 32 GPRs, 64 VSRs of two doublewords, then these (FORMAT.md's ids).
SINGLES = (core.REG_CR, core.REG_SPR + 1, core.REG_SPR + 8, core.REG_SPR + 9, core.REG_FPSCR,
           core.REG_VSCR, core.REG_SPR + 256, core.REG_SPR + 815)
STATE_WORDS = 32 + 128 + len(SINGLES)
POSITION = {core.REG_GPR + i: i for i in range(32)}
POSITION.update({core.REG_VSR + i: 32 + i for i in range(128)})
POSITION.update({reg: 160 + i for i, reg in enumerate(SINGLES)})
IDS = {at: reg for reg, at in POSITION.items()}
XER_AT, FPSCR_AT, TAR_AT = POSITION[core.REG_SPR + 1], POSITION[core.REG_FPSCR], 167
COMPARED = {XER_AT: 0xE000007F}
RESULT_BYTES = 8 * (STATE_WORDS + 5)

# Changed by interrupts, and what no program can see.
IGNORED_OUTPUTS = {core.REG_SPR + n for n in (18, 19, 26, 27, 28, 153)} | \
    {core.REG_RESERVE_EA, core.REG_RESERVE_LEN}

TAR = core.REG_SPR + 815
FINE = set(POSITION) | {core.REG_RESERVE_EA, core.REG_RESERVE_LEN}

# A system call would be carried out by the host.
NEVER_RUN = ("sc", "scv", "rfscv")

def reason_to_skip(vector, target):
    """Why a program under this target cannot be in the vector's state, or None."""
    need = core.MSR_SF | core.MSR_PR | core.MSR_FP | core.MSR_VEC | core.MSR_VSX
    le = bool(vector.msr & core.MSR_LE)
    if not vector.cpus & target.cpu_bit:
        return "other CPU"
    if le != (target.order == "<"):
        return "other byte order"
    if not vector.msr & core.MSR_SF:
        return "32-bit mode"
    if vector.msr & need != need or vector.msr & 0x700000000 & ~core.MSR_TM:
        return "MSR"
    if vector.mnemonic.rstrip(".") in NEVER_RUN:
        return "system call"
    if vector.vector and not expected_signal(vector):
        return "facility"
    if vector.nia == vector.cia and not vector.vector:
        return "endless loop"
    fine = (FINE if target.flags & FLAG_TAR else FINE - {TAR})
    if any(reg not in fine for reg, _ in vector.inputs):
        return "register"
    if any(reg not in fine | IGNORED_OUTPUTS for reg, _ in vector.outputs):
        return "register"
    inputs = dict(vector.inputs)
    if target.cpu == "power7" and inputs.get(core.REG_RESERVE_LEN, 4) not in (4, 8):
        return "register"
    if inputs.get(core.REG_FPSCR, 0) & 1 << 30:
        return "exception pending"
    return None


class Programs:
    """The guest program for each target's compiler, built once."""

    def __init__(self, directory):
        self.directory = directory

    def build(self, target):
        """The path of the runner for `target`."""
        path = os.path.join(self.directory, "guest_runner-" + target.compiler)
        if not os.path.exists(path):
            subprocess.run([target.compiler, "-O2", "-std=gnu17", "-Wall", "-Wextra", "-Werror",
                            "-static", "-fno-pie", "-no-pie", "-mno-altivec", "-mno-vsx",
                            f"-Wl,-Ttext-segment={LINK_BASE:#x}", "-o", path,
                            os.path.join(HERE, "guest_runner.c")], check=True)
        return path


def base_state():
    """The state every vector starts from."""
    state = [0] * STATE_WORDS
    for reg, value in core.base_registers():
        if reg in POSITION:
            state[POSITION[reg]] = value
    return state


BASE_STATE = base_state()


def make_record(vector, target):
    """What the guest reads for one vector; also its state before as a list."""
    state = BASE_STATE[:]
    reserve = {core.REG_RESERVE_EA: 0, core.REG_RESERVE_LEN: 0}
    for reg, value in vector.inputs:
        if reg in POSITION:
            state[POSITION[reg]] = value
        else:
            reserve[reg] = value
    memory = vector.memory_in or vector.memory_out or vector.mnemonic.startswith("st")
    data = struct.pack(f"{target.order}{STATE_WORDS}Q6Q", *state, reserve[core.REG_RESERVE_EA],
                       reserve[core.REG_RESERVE_LEN], vector.cia, vector.word,
                       target.flags | (FLAG_MEMORY if memory else 0), len(vector.memory_in))
    for address, chunk in vector.memory_in:
        data += struct.pack(target.order + "2Q", address, len(chunk))
        data += chunk + bytes(-len(chunk) % 8)
    return data, state


class Result:
    """What the guest tells of one vector, or that it died or hung there."""

    def __init__(self, fate, words=(), memory=()):
        self.fate = fate        # "ran", "crash", "hang"
        self.state = words[:STATE_WORDS]
        self.nip, number, self.code, self.address = words[STATE_WORDS:STATE_WORDS + 4] or \
            (0, 0, 0, 0)
        self.signal = signal.Signals(number).name[3:] if number else fate
        self.memory = dict(memory)


def parse_results(data, order):
    """The complete results in what a guest wrote."""
    results, at = [], 0
    while at + RESULT_BYTES <= len(data):
        words = struct.unpack_from(f"{order}{STATE_WORDS + 5}Q", data, at)
        end = at + RESULT_BYTES + 16 * words[-1]
        if end > len(data):
            break
        pairs = struct.iter_unpack(order + "Q8s", data[at + RESULT_BYTES:end])
        results.append(Result("ran", words, pairs))
        at = end
    return results


def run_process(command, source, offset, directory):
    """Runs a guest on the records behind `offset`: (its output, how it ended)."""
    out_path = os.path.join(directory, "results")
    with open(source, "rb") as stdin, open(out_path, "wb") as stdout, \
            tempfile.TemporaryFile(dir=directory) as stderr:
        os.lseek(stdin.fileno(), offset, os.SEEK_SET)
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr)
        size, since = 0, time.monotonic()
        while True:
            try:
                end = process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                now = os.path.getsize(out_path)
                if now != size:
                    size, since = now, time.monotonic()
                elif time.monotonic() - since > HANG_SECONDS:
                    process.kill()
                    process.wait()
                    end = "hang"
                    break
    with open(out_path, "rb") as file:
        return file.read(), end


def run_group(job):
    """All vectors of a row on a target: a Result each."""
    target, program, records = job
    with tempfile.TemporaryDirectory(prefix="hornpipe-qemu-") as directory:
        window = os.path.join(directory, "window")
        results, restarts = [], 0
        while len(results) < len(records):
            with open(window, "wb") as file:
                file.write(core.BASE_MEMORY)
                file.write(b"".join(records[len(results):]))
            # no core files of a guest that dies, no guest that outlives this script for long
            command = ["prlimit", "--core=0", "--cpu=600", target.qemu, "-cpu", target.cpu, program]
            data, end = run_process(command, window, 0, directory)
            got = parse_results(data, target.order)
            results += got
            if len(results) < len(records):
                if end == 2 or (end == 0 and not got):
                    raise RuntimeError(f"{target.name}: the guest refuses a record")
                results.append(Result("hang" if end == "hang" else "crash"))
                restarts += 1
        return results


def signal_differences(vector, result):
    """Differences in how the instruction ended: [(component, bits)]."""
    wanted = expected_signal(vector)
    stopped = result.nip == vector.cia
    if vector.vector:
        if not stopped:
            return [("signal", 1)] if result.signal == "TRAP" else [("nia", 1)]
        return [("signal", 1)] if result.signal != wanted else []
    if stopped:
        return [("signal", 1)]
    return [("nia", result.nip ^ vector.nia)] if result.nip != vector.nia else []


def differences(vector, before, result, has_tar):
    """([(component, defined bits)], whether undefined bits differ)."""
    if result.fate != "ran":
        return [(result.fate, 1)], False
    found, undefined_differs = signal_differences(vector, result), False
    wanted = before[:]
    for reg, value in vector.outputs:
        if reg in POSITION:
            wanted[POSITION[reg]] = value
    if not has_tar:
        wanted[TAR_AT] = result.state[TAR_AT]
    undefined = {POSITION[reg]: mask for reg, mask in vector.undefined if reg in POSITION}
    if list(result.state) != wanted:
        for at, (x, y) in enumerate(zip(wanted, result.state)):
            bits = (x ^ y) & COMPARED.get(at, core.M64)
            if bits & ~undefined.get(at, 0):
                found.append((component_of(IDS[at]), bits & ~undefined.get(at, 0)))
            elif bits:
                undefined_differs = True
    if expected_memory(vector) != result.memory:
        found.append(("mem", 1))
    return found, undefined_differs


def signature(result, found):
    """The kind of a difference: components, and for status registers the bits."""
    words = {component if component in ("gpr", "vsr", "mem", "nia") else
             f"signal={result.signal}" if component == "signal" else f"{component}:{bits:x}"
             for component, bits in found}
    return " ".join(sorted(words))


def judge(report, known, target, group, results):
    """Counts the results of one row."""
    for (vector, before), result in zip(group, results):
        row = report.row(vector.mnemonic, target)
        found, undefined = differences(vector, before, result, target.flags & FLAG_TAR)
        if not found:
            row["undefined" if undefined else "equal"] += 1
            continue
        ids = known.explain(target, vector, before, result, found)
        if ids:
            row["known"].update(ids[:1])
            for name in ids:
                report.examples.setdefault(name, describe(vector, before, result, found, target, IDS))
            continue
        row["new"] += 1
        row["kinds"][signature(result, found)] += 1
        if row["new"] <= report.limit:
            report.shown.append(describe(vector, before, result, found, target, IDS))


def vector_files(paths):
    """The .hpv files among `paths` and in directories of them."""
    for path in paths:
        if os.path.isdir(path):
            yield from sorted(os.path.join(path, name) for name in os.listdir(path)
                              if name.endswith(".hpv"))
        else:
            yield path


def collect(options, targets, report):
    """Groups of vectors: {(target, mnemonic): [(Vector, state before, record)]}."""
    globs = options.rows.split(",")
    groups = {}
    for path in vector_files(options.files):
        for vector in vectors.read(path):
            if not any(fnmatch.fnmatchcase(vector.mnemonic, g) for g in globs):
                continue
            for target in targets:
                reason = reason_to_skip(vector, target)
                if reason:
                    report.row(vector.mnemonic, target)["skipped"][reason] += 1
                    continue
                group = groups.setdefault((target, vector.mnemonic), [])
                if len(group) < options.limit:
                    record, before = make_record(vector, target)
                    group.append((vector, before, record))
    return groups


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", metavar="FILE|DIR",
                        help="vector files; without them, --count vectors a row are made")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", default="*", help="GLOB[,GLOB] of mnemonics")
    parser.add_argument("--targets", default="*", help="GLOB[,GLOB]: " +
                        " ".join(t.name for t in TARGETS))
    parser.add_argument("--limit", type=int, default=1 << 30, help="vectors a row and target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--show", type=int, default=2, help="new differences shown a row")
    parser.add_argument("--examples", action="store_true", help="one of each known difference")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def usable_targets(globs):
    """The targets asked for whose tools are installed."""
    chosen = [t for t in TARGETS if any(fnmatch.fnmatchcase(t.name, g) for g in globs)]
    if not chosen:
        print(f"qemu_user.py: no target matches {','.join(globs)}", file=sys.stderr)
        sys.exit(EXIT_FAILED)
    usable = [t for t in chosen if shutil.which(t.qemu) and shutil.which(t.compiler)]
    if not usable:
        print("qemu_user.py: no user-mode QEMU or no cross compiler here", file=sys.stderr)
        sys.exit(EXIT_SKIPPED)
    return usable


def make_vectors(options, directory):
    """Vectors of the rows that were asked for; returns their directory."""
    subprocess.run(["/usr/bin/python3", os.path.join(HERE, "generate.py"), "--seed",
                    str(options.seed), "--count", str(options.count), "--rows", options.rows,
                    "-o", directory], check=True, stdout=subprocess.DEVNULL)
    return directory


def run_all(options, targets, report, directory):
    """Runs every group; the report holds what was judged, also if this is interrupted."""
    known = Known(os.path.join(HERE, "known-differences.tsv"))
    if not options.files:
        options.files = [make_vectors(options, os.path.join(directory, "vectors"))]
    groups = collect(options, targets, report)
    programs = Programs(directory)
    for target in targets:
        programs.build(target)
    jobs = [(target, programs.build(target), [record for _, _, record in group])
            for (target, _), group in groups.items()]
    # an interrupt is for this process, which ends the others
    with multiprocessing.Pool(max(1, options.jobs), signal.signal,
                              (signal.SIGINT, signal.SIG_IGN)) as pool:
        for ((target, _), group), results in zip(groups.items(), pool.imap(run_group, jobs)):
            judge(report, known, target, [(v, b) for v, b, _ in group], results)


def main():
    """Runs everything that was asked for."""
    options = parse_arguments()
    targets = usable_targets(options.targets.split(","))
    report, status = Report(options.show), 0
    with tempfile.TemporaryDirectory(prefix="hornpipe-qemu-") as directory:
        try:
            run_all(options, targets, report, directory)
        except (OSError, vectors.FormatError, RuntimeError, subprocess.SubprocessError) as error:
            print(f"qemu_user.py: {error}", file=sys.stderr)
            status = EXIT_FAILED
        except KeyboardInterrupt:
            print("qemu_user.py: interrupted; what was judged until then:", file=sys.stderr)
            status = EXIT_INTERRUPTED
    print_report(report, options)
    return status or (EXIT_NEW if report.total("new") else 0)


if __name__ == "__main__":
    sys.exit(main())
