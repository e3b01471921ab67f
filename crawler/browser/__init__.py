"""Pages made by JavaScript: a browser in a process of its own, whose every request passes the gate."""
