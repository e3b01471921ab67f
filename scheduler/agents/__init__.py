"""Reading for agents: tools that answer with quotes and what cites them, over the Model Context Protocol."""
