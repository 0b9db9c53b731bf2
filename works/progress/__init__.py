"""Progress: periods kept and compared, places, forecasts, samples, and how the work goes."""
