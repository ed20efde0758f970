#!/usr/bin/python3
"""Writes vector files from the models: one file a chapter, the same for the same seed."""

import argparse
import fnmatch
import importlib
import multiprocessing
import os
import pkgutil
import random
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import model  # noqa: E402
from model import core, gen, inventory, vectors  # noqa: E402

BLOCK_VECTORS = 256
MAX_REJECTS = 200
NOT_CHAPTERS = ("core", "gen", "inventory", "vectors")


def load_models():
    """Imports every chapter; returns the names of those that fail, having told why."""
    failed = []
    for info in sorted(pkgutil.iter_modules(model.__path__), key=lambda i: i.name):
        if info.name in NOT_CHAPTERS:
            continue
        try:
            importlib.import_module("model." + info.name)
        except Exception:  # a chapter at work must not stop the others
            traceback.print_exc()
            print(f"generate.py: model/{info.name}.py does not load", file=sys.stderr)
            failed.append(info.name)
    return failed


class RowGenerator:
    """Makes the vectors of one row."""

    def __init__(self, row, seed):
        self.row, self.entry = row, core.REGISTRY[row.mnemonic]
        self.rng = random.Random(core.row_seed(seed, row.mnemonic))
        self.drawer = gen.Drawer(row)
        self.context = core.Context(row)

    def draw(self, i):
        """Vector number i as bytes; also the CPUs it is for."""
        c, rng, entry = self.context, self.rng, self.entry
        for _ in range(MAX_REJECTS):
            try:
                c.begin()
                self.drawer.fields(rng, c)
                self.drawer.modes(rng, c)
                if entry.defaults:
                    self.drawer.fill(rng, c)
                if entry.gen:
                    entry.gen(rng, c, i)
                c.start()
                c.run(entry.function)
                return vectors.pack_vector(c, i), c.cpus
            except core.Reject:
                continue
        raise RuntimeError(f"{self.row.mnemonic}: vector {i}: {MAX_REJECTS} draws rejected")

    def draw_illegal(self, i):
        """A vector for a CPU that lacks the row: illegal-instruction program interrupt."""
        c, rng = self.context, self.rng
        for _ in range(MAX_REJECTS):
            try:
                c.begin()
                self.drawer.fields(rng, c)
                self.drawer.modes(rng, c)
                self.drawer.fill(rng, c)
                if self.entry.gen:
                    self.entry.gen(rng, c, i)
                c.msr = c.msr & ~core.MSR_TM | core.MSR_USER
                c.reserved = 0
                c.start()
                c.run_illegal()
                return vectors.pack_vector(c, i, inventory.P7)
            except core.Reject:
                continue
        raise RuntimeError(f"{self.row.mnemonic}: no operands for POWER7")


def generate_row(job):
    """All blocks of a row: (blocks as bytes, vectors, CPUs), or the error's text."""
    mnemonic, seed, count = job
    try:
        maker = RowGenerator(INVENTORY[mnemonic], seed)
        out, cpus = [], 0
        for i in range(count):
            data, bits = maker.draw(i)
            out.append(data)
            cpus |= bits
        if maker.row.cpus == inventory.P8:
            # a stream of its own, so that these change nothing above
            maker.rng = random.Random(core.row_seed(seed, mnemonic + "@POWER7"))
            for i in range(max(4, count // 50)):
                out.append(maker.draw_illegal(count + i))
            cpus |= inventory.P7
        blocks = b"".join(vectors.pack_row_block(mnemonic, out[k:k + BLOCK_VECTORS])
                          for k in range(0, len(out), BLOCK_VECTORS))
        return blocks, len(out), -(-len(out) // BLOCK_VECTORS), cpus, None
    except Exception:
        return b"", 0, 0, 0, f"{mnemonic}: {traceback.format_exc()}"


INVENTORY = core.load_inventory()


def chosen_rows(globs, chapters):
    """Rows with a model that match, by chapter in file order."""
    by_chapter = {}
    for mnemonic in INVENTORY:
        entry = core.REGISTRY.get(mnemonic)
        if entry is None or (chapters and entry.chapter not in chapters):
            continue
        if any(fnmatch.fnmatchcase(mnemonic, g) for g in globs):
            by_chapter.setdefault(entry.chapter, []).append(mnemonic)
    return by_chapter


def write_chapter(pool, path, rows, options):
    """Writes one file; returns (vectors, errors)."""
    total, errors = 0, []
    writer = vectors.Writer(path + ".part", options.seed, options.count)
    jobs = [(mnemonic, options.seed, options.count) for mnemonic in rows]
    results = pool.imap(generate_row, jobs) if pool else map(generate_row, jobs)
    for data, n, blocks, cpus, error in results:
        if error:
            errors.append(error)
            continue
        writer.add_block(data, n, cpus)
        writer.count_blocks(blocks - 1)
        total += n
    writer.close()
    os.replace(path + ".part", path)
    return total, errors


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200, help="vectors a row")
    parser.add_argument("--rows", default="*", help="GLOB[,GLOB] of mnemonics")
    parser.add_argument("--chapters", default="", help="only these model files")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="list chapters and rows, write nothing")
    parser.add_argument("-o", metavar="DIR", dest="directory", help="where the files go")
    options = parser.parse_args()
    if not options.list and not options.directory:
        parser.error("-o DIR is needed")
    if not 0 <= options.seed < 1 << 64:
        parser.error("--seed takes 0 to 2^64-1")
    return options


def main():
    """See the head of the file."""
    options = parse_arguments()
    failed = load_models()
    chapters = [c for c in options.chapters.split(",") if c]
    by_chapter = chosen_rows(options.rows.split(","), chapters)
    if options.list:
        for chapter, rows in sorted(by_chapter.items()):
            print(chapter, *rows)
        return 1 if failed else 0
    if not by_chapter:
        print(f"generate.py: no row with a model matches '{options.rows}'", file=sys.stderr)
        return 1
    os.makedirs(options.directory, exist_ok=True)
    pool = multiprocessing.Pool(options.jobs) if options.jobs > 1 else None
    for chapter, rows in sorted(by_chapter.items()):
        start = time.monotonic()
        path = os.path.join(options.directory, chapter + ".hpv")
        try:
            total, errors = write_chapter(pool, path, rows, options)
        except OSError as error:
            print(f"generate.py: {path}: {error.strerror}", file=sys.stderr)
            if os.path.exists(path + ".part"):
                os.remove(path + ".part")
            return 1
        if errors:
            print(f"generate.py: {chapter}: {len(errors)} rows failed; {errors[0]}",
                  file=sys.stderr)
            failed.append(chapter)
        print(f"{chapter}: {len(rows)} rows, {total} vectors, {time.monotonic() - start:.1f} s")
    if pool:
        pool.close()
        pool.join()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
