#!/bin/bash
# The whole conformance run: generates vectors from the models, runs them on POWER8 and POWER7 and
# prints totals and coverage. 10,000 vectors an instruction unless --count says otherwise; needs
# python3-gmpy2 and, unless HORNPIPE or --hornpipe names another, build/release/bin/hornpipe.
#
# usage: tests/conformance/run.sh [--count N] [--jobs N] [--seed N] [--rows GLOB[,GLOB]]
exec /usr/bin/python3 "$(dirname "$0")/judge.py" "$@"
