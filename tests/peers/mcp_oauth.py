"""Comes to a console as an agent's program does that has no token: with the `mcp` of PyPI and its own OAuth.

    python mcp_oauth.py URL TOOL

It writes the address that a person has to open on a line of its own, reads the address that the person was sent to from standard
input, and goes on: lists the tools, renews its token, and calls TOOL. One JSON object on the last line of standard output.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlparse

import httpx2
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


class Kept:
    """What the program keeps, in memory."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def main(url, tool):
    kept, visits = Kept(), []

    async def visit(address):
        visits.append(address)
        print(address, flush=True)

    async def came_back():
        line = await asyncio.to_thread(sys.stdin.readline)
        query = parse_qs(urlparse(line.strip()).query)
        return AuthorizationCodeResult(code=query["code"][0], state=query["state"][0], iss=query["iss"][0])

    about = OAuthClientMetadata(client_name="Desk agent", redirect_uris=["http://127.0.0.1:7777/callback"])
    provider = OAuthClientProvider(url, about, kept, redirect_handler=visit, callback_handler=came_back)
    client = httpx2.AsyncClient(auth=provider, timeout=60)
    async with Client(streamable_http_client(url, http_client=client)) as agent:
        tools = [one.name for one in (await agent.list_tools()).tools]
        first = kept.tokens
        # As if its time were over.
        provider.context.token_expiry_time = 1
        answer = await agent.call_tool(tool, {})
        second = kept.tokens
    print(
        json.dumps(
            {
                "tools": tools,
                "answer": answer.model_dump(mode="json", by_alias=True, exclude_none=True),
                "scope": second.scope,
                "renewed": first.access_token != second.access_token and first.refresh_token != second.refresh_token,
                "first": first.access_token,
                "visits": len(visits),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
