#!/usr/bin/env python3
"""The device tree that -M dumpdtb writes, against QEMU's for the same options.

usage: test_dtb_qemu.py HORNPIPE [--list]

tests/data/dtb-allow.tsv explains every difference; one that it does not explain fails, and so does
a row that explains nothing any more. tests/data/dtb-threads.tsv has what QEMU's TCG cannot be asked:
cores of several threads. Without QEMU only that is checked, and the test ends with 77.
"""
import fnmatch
import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data")
QEMU = "qemu-system-ppc64"
UUID = "12345678-9abc-def0-1234-56789abcdef0"
DISK = "-drive file=disk.img,format=raw,if=none,snapshot=on,id="

# Name and options of a case, the same for both programs.
CASES = {
    "power8": "-cpu POWER8",
    "power8e": "-cpu POWER8E",
    "power8nvl": "-cpu POWER8NVL",
    "power7": "-cpu POWER7",
    "power7+": "-cpu POWER7+",
    "smp-4": "-smp 4",
    "sockets": "-smp 8,sockets=2,cores=4",
    "power7-smp": "-cpu POWER7 -smp 2",
    "memory-256M": "-m 256M",
    "memory-1G": "-m 1G",
    "memory-3G": "-m 3G",
    "memory-8G": "-m 8G",
    "kernel": "-kernel kernel-be -append console=hvc0",
    "kernel-le-initrd": "-kernel kernel-le -initrd initrd -m 1G",
    "kernel-addr": "-M kernel-addr=0x800000 -kernel kernel-be -initrd initrd",
    "name-uuid": f"-name guest=first -uuid {UUID}",
    "boot": "-boot order=cdn",
    "host": "-M host-model=model,host-serial=1234",
    "compat-power7": "-M max-cpu-compat=power7",
    "compat-power6": "-M max-cpu-compat=power6",
    "compat-power7-power6": "-cpu POWER7 -M max-cpu-compat=power6",
    "compat-power8": "-M max-cpu-compat=power8",
    "hotplug-off": "-M modern-hotplug-events=off",
    "vsx-off": "-M cap-vsx=off",
    "dfp-off": "-M cap-dfp=off",
    "power7-vsx-dfp-off": "-cpu POWER7 -M cap-vsx=off,cap-dfp=off",
    "pages-4k": "-M cap-hpt-max-page-size=4096",
    "pages-4k-power7": "-cpu POWER7 -M cap-hpt-max-page-size=4096",
    "pages-16m": "-M cap-hpt-max-page-size=16M",
    "pages-1g": "-M cap-hpt-max-page-size=1G",
    "pages-16g": "-M cap-hpt-max-page-size=16G",
    "speculation": "-M cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off",
    "old-version": "-M pseries-5.1",
    "vscsi": f"-device spapr-vscsi {DISK}d -device scsi-hd,drive=d",
    "vscsi-two": f"-device spapr-vscsi,id=a -device spapr-vscsi,id=b {DISK}d {DISK}e,media=cdrom "
                 "-device scsi-hd,drive=d,bus=a.0 -device scsi-cd,drive=e,bus=b.0",
    "virtio-blk": f"{DISK}d -device virtio-blk-pci,drive=d",
    "virtio-modern": f"{DISK}d -device virtio-blk-pci,drive=d,disable-legacy=on,"
                     "disable-modern=off,iommu_platform=on",
    "virtio-scsi": f"-device virtio-scsi-pci,id=s {DISK}d -device scsi-hd,drive=d,bus=s.0 "
                   "-device virtio-scsi-pci,addr=7",
    "vof": "-M x-vof=on -kernel kernel-be",
}

BEGIN_NODE, END_NODE, PROPERTY, END = 1, 2, 3, 9
WHOLE = "(node)"


def parse(blob):
    """Nodes by path, with their properties; /memreserve/ and the header's fields are nodes too."""
    _, _, structs, strings, reserved, _, _, boot_cpu = struct.unpack_from(">8I", blob)
    nodes, path, at = {}, [], structs
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN_NODE:
            end = blob.index(0, at)
            path.append(blob[at:end].decode())
            nodes["/".join(path) or "/"] = {}
            at = (end + 4) & ~3
        elif token == END_NODE:
            path.pop()
        elif token == PROPERTY:
            size, name = struct.unpack_from(">II", blob, at)
            name = blob[strings + name:blob.index(0, strings + name)].decode()
            nodes["/".join(path) or "/"][name] = blob[at + 8:at + 8 + size]
            at = (at + 8 + size + 3) & ~3
        elif token == END:
            break
    ranges = []
    while True:
        pair = struct.unpack_from(">QQ", blob, reserved)
        reserved += 16
        if pair == (0, 0):
            break
        ranges.append(pair)
    nodes["(header)"] = {"boot_cpuid_phys": struct.pack(">I", boot_cpu),
                         "reserved": repr(sorted(ranges)).encode()}
    return nodes


def spread_functions(nodes):
    """Function sets have no order: each is a property of its own."""
    rtas = nodes["/rtas"]
    for name in rtas.pop("ibm,hypertas-functions").rstrip(b"\0").split(b"\0"):
        rtas["ibm,hypertas-functions " + name.decode()] = b""


def differences(qemu, ours):
    """(kind, node, property, QEMU's value, ours); a node that is missing is named once."""
    for tree in qemu, ours:
        spread_functions(tree)
    out = []
    for node in sorted(set(qemu) | set(ours)):
        if node not in qemu or node not in ours:
            parent = os.path.dirname(node)
            if parent in qemu and parent in ours:
                out.append(("qemu" if node in qemu else "ours", node, WHOLE, None, None))
            continue
        a, b = qemu[node], ours[node]
        for name in sorted(set(a) | set(b)):
            if a.get(name) != b.get(name):
                kind = "value" if name in a and name in b else "qemu" if name in a else "ours"
                out.append((kind, node, name, a.get(name), b.get(name)))
    return out


def with_machine(options, dump):
    """Options with one -M that also dumps: QEMU merges repeated ones, but the type only once."""
    words = options.split()
    machine = words[words.index("-M") + 1] if "-M" in words else "pseries"
    if "-M" in words:
        del words[words.index("-M"):words.index("-M") + 2]
    if not machine.startswith("pseries"):
        machine = "pseries," + machine
    if "-cpu" not in words:
        words += ["-cpu", "POWER8"]
    return ["-M", f"{machine},dumpdtb={dump}", "-nodefaults", "-serial", "null"] + words


def dump_tree(command, options, where):
    path = os.path.join(where, "tree.dtb")
    if os.path.exists(path):
        os.remove(path)
    done = subprocess.run(command + with_machine(options, "tree.dtb"), cwd=where, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    if done.returncode or not os.path.exists(path):
        sys.exit(f"{' '.join(command)} {options}: {done.stderr.strip()} [{done.returncode}]")
    with open(path, "rb") as file:
        return parse(file.read())


def rows(name, columns):
    out = []
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip() and not line.startswith("#"):
                fields = line.rstrip("\n").split("\t")
                if len(fields) != columns:
                    sys.exit(f"{name}:{number}: {len(fields)} columns, not {columns}")
                out.append((number, fields))
    return out


def show(value):
    return "nothing" if value is None else value[:64].hex() or "empty"


def compare_with_qemu(hornpipe, where, list_all):
    allowed = rows("dtb-allow.tsv", 5)
    used, failed = set(), 0
    qemu = [QEMU, "-display", "none", "-vga", "none", "-monitor", "none"]
    for case, options in CASES.items():
        for kind, node, name, a, b in differences(dump_tree(qemu, options, where),
                                                  dump_tree([hornpipe, "run"], options, where)):
            explained = [number for number, (cases, kinds, nodes, names, _) in allowed
                         if kind in kinds.split("|")
                         and any(fnmatch.fnmatchcase(case, c) for c in cases.split("|"))
                         and fnmatch.fnmatchcase(node, nodes) and fnmatch.fnmatchcase(name, names)]
            used.update(explained)
            if not explained or list_all:
                print(f"{case}: {kind} {node} {name}: QEMU {show(a)}, ours {show(b)}")
            failed += not explained
    for number, fields in allowed:
        if number not in used:
            print(f"dtb-allow.tsv:{number}: explains nothing: {' '.join(fields[:4])}")
            failed += 1
    return failed


def check_threads(hornpipe, where):
    """Trees of cores with several threads, by what pseries.md says."""
    trees, failed = {}, 0
    for number, (options, node, name, cells) in rows("dtb-threads.tsv", 4):
        if options not in trees:
            trees[options] = dump_tree([hornpipe, "run"], options, where)
        value = trees[options].get(node, {}).get(name)
        if cells == "-":
            wanted = None
            value = None if node not in trees[options] else b"there"
        else:
            wanted = b"".join(struct.pack(">I", int(cell, 0)) for cell in cells.split())
        if value != wanted:
            print(f"dtb-threads.tsv:{number}: {node} {name}: {show(value)}, not {show(wanted)}")
            failed += 1
    return failed


def write_elf(path, order):
    """The least that both programs load as a kernel: 64-bit PowerPC, a segment of 64 KiB at 0."""
    code = struct.pack(order + "I", 0x48000000) * 0x4000
    with open(path, "wb") as file:
        file.write(b"\x7fELF\x02" + (b"\x01" if order == "<" else b"\x02") + b"\x01" + bytes(9))
        file.write(struct.pack(order + "HHIQQQIHHHHHH", 2, 21, 1, 0, 64, 0,
                               2 if order == "<" else 1, 64, 56, 1, 64, 0, 0))
        file.write(struct.pack(order + "IIQQQQQQ", 1, 5, 0x10000, 0, 0, len(code), len(code),
                               0x10000))
        file.write(bytes(0x10000 - file.tell()) + code)


def write_inputs(where):
    for name, size in ("disk.img", 1 << 20), ("initrd", 100000):
        with open(os.path.join(where, name), "wb") as file:
            file.truncate(size)
    write_elf(os.path.join(where, "kernel-be"), ">")
    write_elf(os.path.join(where, "kernel-le"), "<")


def main():
    hornpipe = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="hornpipe-dtb-") as where:
        write_inputs(where)
        failed = check_threads(hornpipe, where)
        there = shutil.which(QEMU)
        if there:
            failed += compare_with_qemu(hornpipe, where, "--list" in sys.argv)
    if failed:
        sys.exit(f"{failed} differences or rows without reason")
    if not there:
        print(f"{QEMU} is not installed: only tests/data/dtb-threads.tsv was checked")
        sys.exit(77)


if __name__ == "__main__":
    main()
