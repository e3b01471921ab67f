"""How sources do: anomalies, coverage, the hourly check, the doctor."""
