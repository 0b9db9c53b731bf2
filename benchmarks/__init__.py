"""Timings of a county: ratios from one interleaved run, never asserted in tests."""
