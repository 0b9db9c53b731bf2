"""Sheets as people write them: heads, totals, figures, days and codes, and blank ledgers."""
