"""What it means: measures, verdicts and scorecards as pure functions over frames."""
