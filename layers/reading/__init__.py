"""What runs in a child process: one module per kind of file, none of them trusts its file."""
