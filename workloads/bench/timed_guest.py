"""What the benches share that time parts of a guest: the guest prints "bench PART begin" and "bench
PART end", and the CPU time of the simulator's process is read when these lines arrive.
"""

import sqlite3
import subprocess
import sys
import time

IMAGES = "/usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el"


def cpu_clock(pid):
    """The id of the CPU-time clock of a process (all threads), as clock_getcpuclockid() makes it."""
    return (~pid << 3) | 2


def timed_lines(command):
    """Runs a guest to its end: the words of its lines, with the CPU time when each came."""
    log = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        for line in iter(process.stdout.readline, b""):
            log.append(line)
            yield (time.clock_gettime(cpu_clock(process.pid)),
                   line.decode("ascii", "replace").split())
    if process.returncode or not any(b"bench all done" in line for line in log):
        sys.exit(f"{' '.join(command)}\ndid not get to the end:\n"
                 + b"".join(log[-5:]).decode("ascii", "replace"))


def is_mark(words, which):
    """True if a line is the `which` ("begin", "end") of a part: words[1] names it."""
    return len(words) == 3 and words[0] == "bench" and words[2] == which


def parts(lines):
    """From (count or time, words) of lines: what each part took, by its name. A part without a
    beginning began at 0."""
    begin, took = {}, {}
    for at, words in lines:
        if is_mark(words, "begin"):
            begin[words[1]] = at
        elif is_mark(words, "end"):
            took[words[1]] = at - begin.get(words[1], 0)
    return took


def recorded_instructions(db):
    """Instructions of each part of a recorded run."""
    with sqlite3.connect(db) as sql:
        return parts((at, text.split()) for at, text in sql.execute(
            "SELECT first_instructions, text FROM console_text"))
