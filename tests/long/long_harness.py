"""What the long tests share: the harness of the end-to-end tests, which this makes importable.

A test here is `from long_harness import harness`, and otherwise like those of tests/e2e.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import
