"""Experiments that decide: what is asked of many studies, a module for each question."""
