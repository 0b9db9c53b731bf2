"""Lists that go out: who gets what, and in which file."""
