"""Machine code of the fast engine: ``build`` makes it with numba, ``load`` needs llvmlite alone."""
