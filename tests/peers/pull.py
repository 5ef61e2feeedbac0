"""Pulls an artifact with the `oras` of PyPI over plain HTTP.

    python pull.py REGISTRY REPOSITORY REFERENCE FOLDER

The layers are put into FOLDER; one JSON object on standard output: tags, manifest, files. Exit 1: the client refused.
"""

import json
import sys

import oras.client


def main(registry, repository, reference, folder):
    client = oras.client.OrasClient(hostname=registry, insecure=True)
    name = f"{registry}/{repository}"
    separator = "@" if ":" in reference else ":"
    target = f"{name}{separator}{reference}"
    manifest = client.get_manifest(target)
    files = client.pull(target=target, outdir=folder)
    print(json.dumps({"tags": client.get_tags(name), "manifest": manifest, "files": files}))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
