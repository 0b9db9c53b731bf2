"""Single cells as people write them: figures, days, ids and angles."""
