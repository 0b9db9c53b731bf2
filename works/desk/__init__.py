"""What stands on the desk of those who hand out work and take it back: read only, no page."""
