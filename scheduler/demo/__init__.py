"""The bundled demo: a small invented press on 127.0.0.1, what is true about it, and the seeds of its topic."""
