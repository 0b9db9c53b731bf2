"""Where to build: candidates of a project, the plan, the project with the plan built, its files."""
