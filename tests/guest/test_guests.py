#!/usr/bin/env python3
"""Builds the bare-metal guests of this directory and runs each under hornpipe.

A guest is one assembly file, raw ROM for -bios. It checks itself, prints PASS or FAIL, and ends
with the exit marker. Lines of its first comment say what is particular:

    guest: options: -M cap-hpt-max-page-size=16M     further options of the run
    guest: status: 4                                 the exit status that is right (default 0)
    guest: says: the guest hangs                     text that standard error must hold
    guest: prints: DONE                              text that the console must hold (default PASS)
    guest: not under qemu                            means nothing there

Each runs by the precise engine, by the threaded one, and by both in lockstep, which compares them
(--engine NAME: by that one only). The environment variable HORNPIPE names the program. With --qemu the guests run under
qemu-system-ppc64 instead: a second opinion, which is also wrong at times (see
tests/conformance/KNOWN-DIFFERENCES.md, "Under system QEMU").

usage: test_guests.py [--qemu] [--engine NAME] [--build DIR] [--hornpipe FILE] [--show] [GUEST...]
Ends with 77 if binutils for powerpc64, or QEMU with --qemu, is not installed.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
TOOLS = "powerpc64-linux-gnu-"
SKIPPED = 77
SECONDS = 60
ENGINES = ["precise", "threaded", "lockstep"]
FIELD = re.compile(r"guest: (options|status|says|prints): ?(.*)|guest: (not under qemu)")


def describe(source):
    about = {"options": "", "status": "0", "says": "", "prints": "PASS", "qemu": True}
    with open(source, encoding="utf-8") as f:
        for _, line in zip(range(25), f):
            match = FIELD.search(line)
            if match and match[3]:
                about["qemu"] = False
            elif match:
                about[match[1]] = match[2].removesuffix("*/").strip()
    return about


def build(source, directory, defines=()):
    """The path of the ROM image made from `source`; assembler errors end the program."""
    base = os.path.join(directory, os.path.splitext(os.path.basename(source))[0])
    include = os.path.join(TOP, "workloads", "include")
    commands = [
        [os.environ.get("CC", "cc"), "-E", "-P", "-undef", "-D__ASSEMBLER__", "-x",
         "assembler-with-cpp", "-I", include, "-I", HERE, *[f"-D{d}" for d in defines],
         "-o", base + ".s", source],
        [TOOLS + "as", "-a64", "-mbig", "-mpower8", "-mregnames", "-o", base + ".o", base + ".s"],
        [TOOLS + "ld", "-Ttext=0", "-e", "0", "-o", base + ".elf", base + ".o"],
        [TOOLS + "objcopy", "-O", "binary", "-j", ".text", base + ".elf", base + ".rom"],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{source}: {command[0]} failed\n{done.stdout}{done.stderr}")
    return base + ".rom"


def command_line(options, rom, about, engine):
    own = about["options"]
    if options.qemu:
        start = ["qemu-system-ppc64", "-M",
                 "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off",
                 "-cpu", "POWER8",
                 "-display", "none", "-serial", "stdio", "-monitor", "none"]
        if "-smp" in own:
            own = re.sub(r",threads=\d+", "", own)  # TCG has one thread a core
        else:
            start += ["-icount", "shift=0"]  # an instruction is 1 ns, as at 1 GHz here
    else:
        start = [options.hornpipe, "run", "-M", "pseries", "-cpu", "POWER8", "-nographic",
                 "--engine", engine]
    return start + ["-m", "256M", "-bios", rom] + own.split()


def run(options, source, rom, engine):
    """None if the guest passed, else what was wrong."""
    about = describe(source)
    try:
        done = subprocess.run(command_line(options, rom, about, engine), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SECONDS, check=False)
        output, errors = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        status = done.returncode
    except subprocess.TimeoutExpired as e:
        output, errors, status = (e.stdout or b"").decode(errors="replace"), "", "still running"
    if options.show:
        print(output + errors, end="")
    wrong = []
    if not options.qemu and str(status) != about["status"]:
        wrong.append(f"exit status {status}, not {about['status']}")
    if about["prints"] not in output:
        wrong.append(f"the console does not say {about['prints']!r}")
    if not options.qemu and about["says"] not in errors:
        wrong.append(f"standard error does not say {about['says']!r}")
    if not wrong:
        return None
    by = "" if options.qemu else f" by --engine {engine}"
    return "; ".join(wrong) + by + "\n" + output + errors


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--qemu", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--build")
    parser.add_argument("--hornpipe", default=os.environ.get(
        "HORNPIPE", os.path.join(TOP, "build", "release", "bin", "hornpipe")))
    parser.add_argument("guests", nargs="*")
    options = parser.parse_args()
    needed = [TOOLS + "as"] + ["qemu-system-ppc64"] * options.qemu
    for program in needed:
        if not shutil.which(program):
            print(f"{program} is not installed")
            return SKIPPED
    names = options.guests or sorted(
        os.path.splitext(name)[0] for name in os.listdir(HERE) if name.endswith(".S"))
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        directory = options.build or temporary
        os.makedirs(directory, exist_ok=True)
        for name in names:
            source = os.path.join(HERE, os.path.splitext(name)[0] + ".S")
            if options.qemu and not describe(source)["qemu"]:
                print(f"not run {name}")
                continue
            rom = build(source, directory)
            engines = [options.engine or ENGINES[0]] if options.qemu or options.engine else ENGINES
            results = (run(options, source, rom, engine) for engine in engines)
            wrong = next((result for result in results if result), None)
            print(f"{'FAILED' if wrong else 'passed'} {name}")
            if wrong:
                failed += 1
                print("    " + wrong.rstrip().replace("\n", "\n    "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
