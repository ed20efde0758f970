"""Independent models of the Power ISA, one module a chapter; see core.py for the vocabulary."""
