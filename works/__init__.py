"""What to do: work lists, exports and reports."""
