"""Walking over land: heights, land cover, barriers, bridges, the quickest way."""
