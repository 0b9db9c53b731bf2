"""Layers made of others: entrances, strips, bits of road, cells of population."""
