"""What the long tests share: the harness of the end-to-end tests, which this makes importable, and
the kernels and initrds of workloads/kernel.

A test here is `from long_harness import harness`, and otherwise like those of tests/e2e.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position

RECIPES = os.path.join(harness.ROOT, "workloads", "kernel")


def kernel(recipe):
    """The vmlinux of a recipe of workloads/kernel/build.sh, built unless it is in the cache."""
    done = subprocess.run([os.path.join(RECIPES, "build.sh"), recipe], stdout=subprocess.PIPE,
                          check=False, text=True)
    assert done.returncode == 0, f"no kernel of recipe {recipe}"
    return done.stdout.strip()


def initrd(output, *sources, order="be"):
    """Makes an initrd of self-checking programs; the directory of the built programs."""
    done = subprocess.run([os.path.join(RECIPES, "initrd.sh"), "--order", order, output, *sources],
                          check=False)
    assert done.returncode == 0, f"no initrd {output}"
    return os.path.join(output + ".programs", "tests")
