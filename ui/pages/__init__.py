"""The pages. A page is one function; it calculates nothing and shows what `ui.state` gives it."""
