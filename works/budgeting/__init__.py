"""What money buys in each village, and which villages a budget funds."""
