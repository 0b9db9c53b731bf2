"""Pieces of work as they are kept: items, their history, what was handed out and what came back."""
