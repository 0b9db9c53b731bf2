"""What several senders send: who speaks for which place, and whose rows are replaced."""
