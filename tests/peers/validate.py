"""Checks bank files against the ISO 20022 schema that PyPI's `sepaxml` carries: a reader that knows nothing of the writer.

    python validate.py --schema-from-sepaxml [--totals] FILE...
    python validate.py --schema-from-sepaxml --mutate FILE

The first prints `valid FILE` or `invalid FILE: why` for each file. `--totals` also compares counts and control sums with
the orders, which no schema does: it has both as optional. The second breaks one valid file in many ways and prints
`rejected NAME: why` for each; `ACCEPTED NAME` is a failure. Exit 0: all is as it should be; 1: it is not; 2: used
wrongly, or something is not installed.

Needs requirements.txt beside it. Nothing is fetched; a document type is refused.
"""

import argparse
import hashlib
import importlib.util
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

VERSION = "pain.001.001.09"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:" + VERSION
# As `sepaxml` 2.7.0 has it. Another schema under this name is to be looked at by a person first.
SCHEMA_SHA256 = "de038b373e47b0077b1832ddd81f4b2f1eb25d35721f62da1e38b7f5a09fda24"

try:
    from lxml import etree
except ImportError:
    print("lxml is missing: pip install --no-deps -r requirements.txt", file=sys.stderr)
    sys.exit(2)


class Unusable(Exception):
    """The check can't be made at all."""


class Invalid(Exception):
    """The file is not sound; says why."""


def parser():
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )


def schema_from_sepaxml():
    """The schema out of the installed package, without running any of its code."""
    spec = importlib.util.find_spec("sepaxml")
    if spec is None or not spec.submodule_search_locations:
        raise Unusable("sepaxml is missing: pip install --no-deps -r requirements.txt")
    path = Path(spec.submodule_search_locations[0], "schemas", VERSION + ".xsd")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"sepaxml carries no {VERSION}: {error}") from error
    if hashlib.sha256(content).hexdigest() != SCHEMA_SHA256:
        raise Unusable(f"the schema {VERSION} is not the one of sepaxml 2.7.0")
    return etree.XMLSchema(etree.fromstring(content, parser()))


def check(content, schema, totals):
    """Raises Invalid if `content` is not a sound file."""
    try:
        root = etree.fromstring(content, parser())
    except etree.XMLSyntaxError as error:
        raise Invalid(f"not XML: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise Invalid("not XML of a bank: it has a document type")
    if not schema.validate(root):
        error = schema.error_log[0]
        message = error.message.replace("{" + NAMESPACE + "}", "")
        raise Invalid(f"schema, line {error.line}: {message}")
    if totals:
        check_totals(root)


def check_totals(root):
    """Counts and control sums are there and are those of the orders; nothing is paid that is not above zero."""
    amounts = compare(root[0], "GrpHdr", root.iter(tag("InstdAmt")))
    for block in root.iter(tag("PmtInf")):
        compare(block, None, block.iter(tag("InstdAmt")))
    if any(amount <= 0 for amount in amounts):
        raise Invalid("totals: an amount is not above zero")
    names = [e.text for e in root.iter(tag("EndToEndId")) if e.text != "NOTPROVIDED"]
    if len(names) != len(set(names)):
        raise Invalid("totals: an EndToEndId is there twice")


def compare(parent, child, orders):
    holder = parent if child is None else parent.find(tag(child))
    where = etree.QName(holder).localname
    amounts = [Decimal(order.text) for order in orders]
    for name, actual in (("NbOfTxs", len(amounts)), ("CtrlSum", sum(amounts))):
        claimed = holder.findtext(tag(name))
        if claimed is None:
            raise Invalid(f"totals: {where} has no {name}")
        try:
            same = Decimal(claimed) == actual
        except InvalidOperation:
            same = False
        if not same:
            raise Invalid(f"totals: {where} says {name} {claimed}, the orders give {actual}")
    return amounts


def tag(name):
    return "{" + NAMESPACE + "}" + name


def validate(files, schema, totals):
    sound = True
    for file in files:
        try:
            check(Path(file).read_bytes(), schema, totals)
            print(f"valid {file}")
        except (Invalid, OSError) as why:
            sound = False
            print(f"invalid {file}: {why}")
    return sound


def mutate(file, schema):
    import mutations

    content = Path(file).read_bytes()
    check(content, schema, totals=True)
    rejected = 0
    broken = mutations.mutations(content, NAMESPACE)
    for name, changed, word in broken:
        # A mutation that only totals find must pass the schema: then each check is shown to be needed.
        by_totals = word.startswith("totals:")
        try:
            if changed == content:
                raise Unusable(f"the mutation `{name}` changes nothing in {file}")
            if by_totals:
                check(changed, schema, totals=False)
            check(changed, schema, totals=by_totals)
            print(f"ACCEPTED {name}")
        except Invalid as why:
            if word in str(why):
                rejected += 1
                print(f"rejected {name}: {why}")
            else:
                print(f"ACCEPTED {name}, or for another reason than `{word}`: {why}")
    print(f"{rejected} of {len(broken)} mutations rejected")
    return rejected == len(broken)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--schema-from-sepaxml", action="store_true", required=True)
    arguments.add_argument("--totals", action="store_true", help="compare counts and control sums, too")
    arguments.add_argument("--mutate", action="store_true", help="break the one FILE; all must be rejected")
    arguments.add_argument("files", nargs="+", metavar="FILE")
    given = arguments.parse_args()
    if given.mutate and len(given.files) != 1:
        arguments.error("--mutate takes one FILE")
    try:
        schema = schema_from_sepaxml()
        if given.mutate:
            fine = mutate(given.files[0], schema)
        else:
            fine = validate(given.files, schema, given.totals)
    except (Unusable, Invalid, OSError) as why:
        print(f"cannot check: {why}", file=sys.stderr)
        return 2
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
