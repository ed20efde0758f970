#!/usr/bin/env python3
"""Runs the executable files test_* of a directory, several at once, and sums up.

Each is a program that ends with status 0 (passed), 77 (skipped, with the reason as its last line)
or anything else (failed; its output is then shown). A test that must have the machine to itself
says so by a line holding `run alone` among its first ten; those run last, one by one.

usage: run_scripts.py [-j JOBS] [--timeout SECONDS] DIRECTORY [NAME...]
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import time

SKIPPED = 77


def test_files(directory, names):
    found = sorted(name for name in os.listdir(directory) if name.startswith("test_"))
    chosen = [name for name in found if not names or name in names
              or os.path.splitext(name)[0] in names]
    paths = [os.path.join(directory, name) for name in chosen]
    for path in paths:
        if not os.access(path, os.X_OK):
            sys.exit(f"{path}: not executable")
    return paths


def runs_alone(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return any("run alone" in line for _, line in zip(range(10), f))


def run(path, timeout):
    begun = time.monotonic()
    try:
        done = subprocess.run([os.path.abspath(path)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                              check=False)
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as e:
        status, output = None, e.stdout or b""
    return path, status, output.decode(errors="replace"), time.monotonic() - begun


def report(path, status, output, seconds):
    verdict = {0: "passed", SKIPPED: "skipped", None: "TIMED OUT"}.get(status, "FAILED")
    print(f"{verdict:9} {os.path.basename(path)} ({seconds:.0f} s)", flush=True)
    if verdict == "skipped":
        print("          " + (output.strip().splitlines() or ["no reason given"])[-1], flush=True)
    elif verdict != "passed":
        print("\n".join("    " + line for line in output.splitlines()[-200:]), flush=True)
    return verdict


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=900)
    parser.add_argument("directory")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    paths = test_files(options.directory, options.names)
    if not paths:
        print(f"{options.directory}: no tests")
        return 1
    alone = [path for path in paths if runs_alone(path)]
    together = [path for path in paths if path not in alone]
    verdicts = []
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        jobs = [pool.submit(run, path, options.timeout) for path in together]
        for job in concurrent.futures.as_completed(jobs):
            verdicts.append(report(*job.result()))
    for path in alone:
        verdicts.append(report(*run(path, options.timeout)))
    bad = [verdict for verdict in verdicts if verdict not in ("passed", "skipped")]
    print(f"{len(verdicts)} tests, {len(bad)} failed, {verdicts.count('skipped')} skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
