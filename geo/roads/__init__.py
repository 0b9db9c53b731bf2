"""The network of roads: where they join, and the ways along them."""
