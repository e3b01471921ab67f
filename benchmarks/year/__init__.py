"""A year of the demo press, lived through under a set clock: `python -m benchmarks.year`."""
