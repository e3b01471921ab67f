"""Coverage, gaps, clocks and figures."""
