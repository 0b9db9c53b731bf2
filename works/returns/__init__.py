"""Lists that come back: read, matched, merged field by field, and answered with a receipt."""
