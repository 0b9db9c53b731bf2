"""How people reach the planner: the pages, the maps, the command line."""
