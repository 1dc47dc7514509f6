"""The commands of ``opsim``, a module for each thing that people come for."""
