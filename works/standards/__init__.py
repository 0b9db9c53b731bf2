"""Standards as people handle them: said in words, tried with other limits, kept as their own."""
