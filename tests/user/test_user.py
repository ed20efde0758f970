#!/usr/bin/python3
"""Builds the programs of this directory, static and in both byte orders, and runs each under
hornpipe user.

A program is one C file that checks itself and prints PASS. Lines of its first comment say what is
particular:

    user: options: --allow-write {given}    options of the run; {given} and {readable} are
                                            directories made for it, {outside} is not given
    user: arguments: a b                    of the program
    user: status: 139                       the exit status that is right (default 0)
    user: says: text                        what standard error must hold
    user: prints: text                      what standard output must be, with \\n (default PASS);
                                            further such lines are appended
    user: cpu: POWER7                       the processor; big-endian only then

The environment variable HORNPIPE names the program.

usage: test_user.py [--hornpipe FILE] [--show] [--build DIR] [PROGRAM...]
Ends with 77 if the cross compilers are not installed.
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
TARGETS = ["powerpc64", "powerpc64le"]
SKIPPED = 77
SECONDS = 30
FIELD = re.compile(r"user: (options|arguments|status|says|prints|cpu): ?(.*)")


def describe(source):
    """What the program's first comment says of its run."""
    about = {"options": "", "arguments": "", "status": "0", "says": "", "prints": "PASS\\n",
             "cpu": "POWER8"}
    given = set()
    with open(source, encoding="utf-8") as f:
        for _, line in zip(range(20), f):
            match = FIELD.search(line)
            if match:
                more = match[2].removesuffix("*/").strip()
                again = match[1] in given and match[1] == "prints"
                about[match[1]] = about["prints"] + more if again else more
                given.add(match[1])
    return about


def build(source, target, about, directory):
    """The path of the program; compiler errors end the test."""
    out = os.path.join(directory, os.path.basename(source)[:-2] + "." + target)
    cpu = "-mcpu=" + about["cpu"].lower()
    command = [target + "-linux-gnu-gcc", "-O2", "-g", "-std=gnu17", "-Wall", "-Werror", "-Wno-array-bounds", cpu,
               "-static", "-I", HERE, "-o", out, source, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{source}: {command[0]} failed\n{done.stdout}{done.stderr}")
    return out


def make_places(directory):
    """Directories for one run, and what lies in them."""
    places = {name: os.path.join(directory, name) for name in ["given", "readable", "outside"]}
    for path in places.values():
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
    for name, path in places.items():
        with open(os.path.join(path, "file.txt"), "w", encoding="ascii") as f:
            f.write(f"this is {name}\n")
        os.utime(os.path.join(path, "file.txt"), (1000000000, 1000000000))
    os.makedirs(os.path.join(places["given"], "sub", "deep"))
    os.symlink("file.txt", os.path.join(places["given"], "inside-link"))
    os.symlink("../outside/file.txt", os.path.join(places["given"], "up-link"))
    os.symlink(places["outside"], os.path.join(places["given"], "out-directory"))
    os.symlink(os.path.join(places["outside"], "file.txt"),
               os.path.join(places["given"], "absolute-link"))
    os.symlink("/proc/self/root", os.path.join(places["given"], "proc-link"))
    os.mkfifo(os.path.join(places["given"], "fifo"))
    return places


def run(options, source, target, directory):
    """None if the program passed, else what was wrong."""
    about = describe(source)
    if about["cpu"] != "POWER8" and target.endswith("le"):
        return None
    program = build(source, target, about, directory)
    places = make_places(directory)
    command = [options.hornpipe, "user", "-cpu", about["cpu"]]
    command += about["options"].format(**places).split() + ["--", program]
    command += about["arguments"].format(**places).split()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as e:
        return f"still running after {SECONDS} s\n{(e.stdout or b'').decode()}"
    output, errors = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if options.show:
        print(output + errors, end="")
    wrong = []
    if str(done.returncode) != about["status"]:
        wrong.append(f"exit status {done.returncode}, not {about['status']}")
    if output != about["prints"].replace("\\n", "\n"):
        wrong.append(f"standard output is not {about['prints']!r}")
    if about["says"] not in errors:
        wrong.append(f"standard error does not say {about['says']!r}")
    errors = "".join(line for line in errors.splitlines(True) if "ENOSYS" not in line)
    if not about["says"] and errors:
        wrong.append("standard error is not empty")
    with open(os.path.join(places["outside"], "file.txt"), encoding="ascii") as f:
        if f.read() != "this is outside\n" or os.listdir(places["outside"]) != ["file.txt"]:
            wrong.append("what is outside has changed")
    return "; ".join(wrong) + "\n" + output + errors if wrong else None


def main():
    """Runs the named programs, or all; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--build")
    parser.add_argument("--hornpipe", default=os.environ.get(
        "HORNPIPE", os.path.join(TOP, "build", "release", "bin", "hornpipe")))
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    for target in TARGETS:
        if not shutil.which(target + "-linux-gnu-gcc"):
            print(f"{target}-linux-gnu-gcc is not installed")
            return SKIPPED
    names = options.programs or sorted(n[:-2] for n in os.listdir(HERE) if n.endswith(".c"))
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        directory = os.path.realpath(options.build or temporary)
        os.makedirs(directory, exist_ok=True)
        for name in names:
            for target in TARGETS:
                wrong = run(options, os.path.join(HERE, name + ".c"), target, directory)
                print(f"{'FAILED' if wrong else 'passed'} {name} {target}")
                if wrong:
                    print("  " + wrong.rstrip().replace("\n", "\n  "))
                failed += wrong is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
