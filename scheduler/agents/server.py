"""The server that agents speak to on stdin and stdout: the extra `seedwatch[mcp]`. I/O edge; only this file imports it.

The Model Context Protocol's official SDK does the protocol; tools and answers are ours.
"""

from collections.abc import Mapping
from pathlib import Path

import anyio
import mcp.types as protocol
from anyio import to_thread
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from crawler import clock
from scheduler.agents.arguments import schema
from scheduler.agents.tools import INSTRUCTIONS, TOOLS, call
from storage.errors import SeedwatchError

# An agent may ask several things at once; each reads with a connection of its own.
_AT_ONCE = 2


def serve(database: Path, version: str) -> None:
    """Answer the agent on stdin and stdout until it closes them."""
    anyio.run(_serve, database, version)


async def _serve(database: Path, version: str) -> None:
    readers = anyio.CapacityLimiter(_AT_ONCE)

    async def list_tools(
        _context: ServerRequestContext[object], _asked: protocol.PaginatedRequestParams | None
    ) -> protocol.ListToolsResult:
        return protocol.ListToolsResult(tools=_tools())

    async def call_tool(
        _context: ServerRequestContext[object], asked: protocol.CallToolRequestParams
    ) -> protocol.CallToolResult:
        return await to_thread.run_sync(_result, database, asked.name, asked.arguments or {}, limiter=readers)

    server = Server(
        "seedwatch",
        version=version,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _tools() -> list[protocol.Tool]:
    reads_only = protocol.ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    return [
        protocol.Tool(
            name=tool.name,
            description=tool.description,
            input_schema=schema(tool.arguments),
            annotations=reads_only,
        )
        for tool in TOOLS
    ]


def _result(database: Path, name: str, arguments: Mapping[str, object]) -> protocol.CallToolResult:
    """The answer; or what is wrong with the call or the database, for the agent to mend or to tell."""
    try:
        text, is_error = call(database, name, arguments, clock.now()), False
    except SeedwatchError as error:
        text, is_error = str(error), True
    return protocol.CallToolResult(content=[protocol.TextContent(type="text", text=text)], is_error=is_error)
