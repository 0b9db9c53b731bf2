"""What is on the ground: schemas, readers, checks, coordinates and the project store."""
