"""What if: things placed, moved, mended or taken away, what that changes, kept and compared."""
