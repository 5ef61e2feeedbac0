"""Talks to an agent's door with the `mcp` of PyPI, as an agent's program would.

    python mcp_client.py MODE STEPS COMMAND ARGS...     over standard input and output
    python mcp_client.py MODE STEPS URL TOKEN           over HTTP

MODE is `legacy`, `auto` or a version of the protocol. STEPS is a JSON list: {"list": true}, {"call": TOOL, "arguments": {...}},
{"resources": true}, {"read": URI}. What the server asks for is answered with the JSON object in MCP_ANSWERS, by mode (`form`, `url`), or
declined. One JSON object on standard output: the version, the answer of each step, and what was asked for.
"""

import asyncio
import json
import os
import sys

import mcp
from mcp import types
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters


async def main(mode, steps, target):
    asked = []
    answers = json.loads(os.environ.get("MCP_ANSWERS", "{}"))

    async def elicit(context, params):
        asked.append(params.model_dump(mode="json", by_alias=True, exclude_none=True))
        answer = answers.get(getattr(params, "mode", "form") or "form")
        if answer is None:
            return types.ElicitResult(action="decline")
        return types.ElicitResult(**answer)

    wants = elicit if answers else None
    told = []

    async def message(message):
        told.append(type(message).__name__)

    async with Client(target, mode=mode, elicitation_callback=wants, message_handler=message) as client:
        done = []
        for step in steps:
            try:
                done.append(await one(client, step))
            except mcp.MCPError as error:
                done.append({"error": {"code": error.error.code, "message": error.error.message}})
        version = str(client.protocol_version)
    print(json.dumps({"version": version, "steps": done, "asked": asked, "told": told}))


async def one(client, step):
    def plain(result):
        return result.model_dump(mode="json", by_alias=True, exclude_none=True)

    if step.get("list"):
        return plain(await client.list_tools())
    if step.get("resources"):
        return plain(await client.list_resources())
    if "read" in step:
        return plain(await client.read_resource(step["read"]))
    return plain(await client.call_tool(step["call"], step.get("arguments", {})))


def transport(arguments):
    if len(arguments) == 2 and arguments[0].startswith("http"):
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        headers = {"Authorization": f"Bearer {arguments[1]}"}
        return streamable_http_client(arguments[0], http_client=httpx2.AsyncClient(headers=headers, timeout=60))
    return StdioServerParameters(command=arguments[0], args=arguments[1:], env=dict(os.environ))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2]), transport(sys.argv[3:])))
