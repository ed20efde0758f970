#!/usr/bin/env python3
"""Holds the rooms to what they may know (ARCHITECTURE.md).

Every #include "..." of the tree must resolve to a file in the tree, and that file's room must be
one that the including room may know. Names of source files are unique in the tree, so that a name
says which file is meant. Ends with status 1 and one line for each violation.

usage: check_includes.py [ROOT]
"""
import os
import re
import sys

ANY = lambda path: True


def under(*prefixes):
    return lambda path: path.startswith(tuple(prefixes))


def named(*paths):
    return lambda path: path in paths


def either(*tests):
    return lambda path: any(test(path) for test in tests)


# The longest matching prefix names a file's room. A room may always include its own files.
ROOMS = ["sim/base/", "isa/", "pipeline/", "machine-pseries/", "trace/", "analysis/", "sim/",
         "tests/", "workloads/"]

BASE = under("sim/base/")
ISA_PUBLIC = lambda path: path.startswith("isa/") and path.endswith((".h", ".def"))
TRACE_READER = named("trace/run_db.h", "trace/run_reader.h", "trace/format.h")
ISA_DISASSEMBLY = either(named("isa/insn.h"), under("isa/disasm"))

MAY_KNOW = {
    "sim/base/": lambda path: False,
    "isa/": BASE,
    "pipeline/": either(BASE, ISA_PUBLIC),
    "machine-pseries/": either(BASE, ISA_PUBLIC),
    "trace/": either(BASE, named("isa/retired.h")),
    "analysis/": either(BASE, TRACE_READER, ISA_DISASSEMBLY),
    "sim/": ANY,
    "tests/": ANY,
    "workloads/": under("workloads/"),
}

SOURCE = (".c", ".h", ".def", ".S")
# `#include NAME` (a macro) names a table of the including room and is left to the compiler.
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)
# Names that several directories have by convention.
SHARED_NAMES = {"CMakeLists.txt", "README.md"}


def room_of(path):
    matches = [room for room in ROOMS if path.startswith(room)]
    return max(matches, key=len) if matches else None


def source_files(root):
    for top, dirs, names in os.walk(root):
        dirs[:] = sorted(d for d in dirs if not d.startswith(".") and d != "build")
        for name in sorted(names):
            path = os.path.relpath(os.path.join(top, name), root)
            if name.endswith(SOURCE) and room_of(path):
                yield path


def resolve(root, path, name):
    """The include path of the build: the file's own directory, the top, sim/."""
    for base in (os.path.dirname(path), "", "sim"):
        candidate = os.path.normpath(os.path.join(base, name))
        if os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None


def check(root):
    problems, seen = [], {}
    for path in source_files(root):
        name = os.path.basename(path)
        if name in seen and name not in SHARED_NAMES:
            problems.append(f"{path}: the file name is taken by {seen[name]}")
        seen[name] = path
        room = room_of(path)
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
            text = f.read()
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            target = resolve(root, path, match[1])
            if target is None:
                problems.append(f"{path}:{line}: \"{match[1]}\" is not a file of the tree")
            elif room_of(target) != room and not MAY_KNOW[room](target):
                problems.append(f"{path}:{line}: {room} may not know {target}")
    if not seen:
        problems.append(f"{root}: no source files found")
    return problems


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    problems = check(os.path.abspath(root))
    for problem in problems:
        print(f"check_includes: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
