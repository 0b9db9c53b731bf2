"""Where things are: the coordinates of a file, its CRS and datum, and what cannot be true."""
