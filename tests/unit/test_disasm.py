#!/usr/bin/env python3
"""Our disassembler against objdump, for words of every row of the instruction tables.

usage: test_disasm.py DISASM_WORDS [ALLOW_FILE]

objdump prints .long for invalid forms, which some of the words are; such a word says nothing.
Differences are allowed by lines of tests/data/disasm-allow.txt, `name kind reason`:
  unknown   objdump prints .long for every word of the name
  name      objdump calls it something else
  operands  the operands differ
An allowance that no difference needs any more is an error.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

OBJDUMP = "powerpc64-linux-gnu-objdump"
SKIPPED = 77
ALLOW = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "disasm-allow.txt")
LINE = re.compile(r"^\s*[0-9a-f]+:\s+((?:[0-9a-f]{2} ){4})\s*(.*)$")


def normalise(text):
    """Single spaces; numbers in decimal; no symbol or comment behind the operands."""
    text = re.sub(r"\s*(<[^>]*>|#.*)$", "", text.strip())
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\b0x([0-9a-f]+)\b", lambda m: str(int(m[1], 16)), text)


def our_lines(helper):
    out = subprocess.run([helper], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    return [(int(word, 16), name, normalise(text)) for word, name, text in rows]


def their_lines(words):
    with tempfile.NamedTemporaryFile(suffix=".bin") as f:
        f.write(b"".join(word.to_bytes(4, "big") for word in words))
        f.flush()
        out = subprocess.run(
            [OBJDUMP, "-D", "-z", "-b", "binary", "-EB", "-m", "powerpc:common64", "-M",
             "power8,raw", f.name], check=True, capture_output=True, text=True).stdout
    found = [match for match in map(LINE.match, out.splitlines()) if match]
    read = [int(match[1].replace(" ", ""), 16) for match in found]
    if read != words:
        sys.exit("test_disasm: objdump's listing does not hold the words that it was given")
    return [normalise(match[2]) for match in found]


def kind_of(ours, theirs):
    if ours == theirs:
        return None
    if theirs.startswith(".long"):
        return "unknown"
    return "operands" if ours.split()[:1] == theirs.split()[:1] else "name"


def read_allowances(path):
    allowed = {}
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.split("#", 1)[0].strip()
            if not line:
                continue
            parts = line.split(None, 2)
            if len(parts) != 3 or parts[1] not in ("unknown", "name", "operands"):
                sys.exit(f"{path}:{number}: expected `name kind reason`")
            allowed[(parts[0], parts[1])] = number
    return allowed


def main():
    if not shutil.which(OBJDUMP):
        print(f"skipped: {OBJDUMP} is not installed")
        return SKIPPED
    path = sys.argv[2] if len(sys.argv) > 2 else ALLOW
    allowed = read_allowances(path)
    ours = our_lines(sys.argv[1])
    theirs = their_lines([word for word, _, _ in ours])
    known = {name for (_, name, _), text in zip(ours, theirs) if not text.startswith(".long")}
    used, failures = set(), collections.defaultdict(list)
    for (word, name, text), expected in zip(ours, theirs):
        kind = kind_of(text, expected)
        if kind is None or (kind == "unknown" and name in known):
            continue
        if (name, kind) in allowed:
            used.add((name, kind))
        else:
            failures[(name, kind)].append(f"  {word:08x} ours `{text}` objdump `{expected}`")
    for (name, kind), lines in failures.items():
        print(f"{name}: {kind}: {len(lines)} words differ")
        print("\n".join(lines[:3]))
    stale = sorted(set(allowed) - used)
    for entry in stale:
        print(f"{path}:{allowed[entry]}: `{entry[0]} {entry[1]}` is not needed: remove the line")
    names = {name for _, name, _ in ours}
    print(f"{len(ours)} words of {len(names)} names compared, {len(failures)} unexplained "
          f"differences, {len(used)} allowed, {len(stale)} stale allowances")
    if len(ours) < 1000:
        print("too few words: the helper did not walk the tables")
        return 1
    return 1 if failures or stale else 0


if __name__ == "__main__":
    sys.exit(main())
