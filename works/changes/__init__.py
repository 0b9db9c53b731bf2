"""Done work becomes a proposed change of its layer, which a planner accepts or declines."""
