"""Make the zip with which the planner runs on an office PC without internet; no room of the app."""
