#!/usr/bin/python3
"""CPU time of a simulator between two lines of its guest's console.

usage: measure.py NAME LOG COMMAND...

Runs COMMAND, copies its output to LOG, and reads the CPU-time clock of its process (all threads)
when the lines "bench NAME begin" and "bench NAME end" arrive. Prints the difference in seconds.
The guest's result lines end up in LOG for others to compare.
"""

import os
import subprocess
import sys
import time


def cpu_clock(pid):
    """The id of the CPU-time clock of a process, as clock_getcpuclockid() makes it on Linux."""
    return (~pid << 3) | 2


def main(argv):
    """Runs and measures; 1 if the guest did not get to the end."""
    if len(argv) < 4:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    name, log, command = argv[1], argv[2], argv[3:]
    marks = {}
    with open(log, "wb") as out, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        for line in iter(process.stdout.readline, b""):
            words = line.decode("ascii", "replace").split()
            if words[:2] == ["bench", name] and words[2:] in (["begin"], ["end"]):
                marks[words[2]] = time.clock_gettime(cpu_clock(process.pid))
            out.write(line)
    if process.returncode != 0 or len(marks) != 2:
        print(f"{os.path.basename(command[0])} did not run {name} to the end (status"
              f" {process.returncode}): see {log}", file=sys.stderr)
        return 1
    print(f"{marks['end'] - marks['begin']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
