#!/usr/bin/python3
"""The crypto models reproduce the published answers of AES, SHA-2, GHASH and CRC-32."""

import sys

from model import published


def main():
    """Compares all of them and names what differs."""
    failures = 0
    for name, computed, answer in published.check_all():
        if computed != answer:
            print(f"{name}: computed {computed}, published {answer}")
            failures += 1
    print("published answers:", f"{failures} wrong" if failures else "all equal")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
