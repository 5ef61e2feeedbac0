"""Ways to break a sound bank file, each with a word that the reason for its rejection must contain."""

from lxml import etree


def mutations(content, namespace):
    """`(name, broken content, word)` for each. `content` has a BIC, a remittance text and one euro order."""

    def tag(name):
        return "{" + namespace + "}" + name

    def tree(change):
        root = etree.fromstring(content)
        change(lambda name: next(root.iter(tag(name))))
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def text(name, value):
        return tree(lambda first: setattr(first(name), "text", value))

    def without(name, inside=None):
        def change(first):
            element = first(name) if inside is None else first(inside).find(".//" + tag(name))
            element.getparent().remove(element)

        return tree(change)

    def swapped(name, other):
        def change(first):
            one, two = first(name), first(other)
            two.addnext(one)

        return tree(change)

    def added(after, name, value):
        def change(first):
            new = etree.Element(tag(name))
            new.text = value
            first(after).addnext(new)

        return tree(change)

    def attribute(value):
        def change(first):
            first("InstdAmt").attrib.clear()
            if value is not None:
                first("InstdAmt").set("Ccy", value)

        return tree(change)

    def old_date(first):
        date = first("ReqdExctnDt")
        date.text = date[0].text
        date.remove(date[0])

    end = b"</Document>"
    return [
        ("negative amount", text("InstdAmt", "-1.00"), "minInclusive"),
        ("six fraction digits", text("InstdAmt", "1.000001"), "fractionDigits"),
        ("nineteen digits", text("InstdAmt", "12345678901234567.89"), "totalDigits"),
        ("comma in amount", text("InstdAmt", "120,50"), "InstdAmt"),
        ("currency in amount", text("InstdAmt", "EUR 120.50"), "InstdAmt"),
        ("exponent in amount", text("InstdAmt", "1.2e2"), "InstdAmt"),
        ("no amount", text("InstdAmt", ""), "InstdAmt"),
        ("currency in small letters", attribute("eur"), "Ccy"),
        ("currency as number", attribute("978"), "Ccy"),
        ("currency of four letters", attribute("EURO"), "Ccy"),
        ("no currency", attribute(None), "Ccy"),
        ("EndToEndId too long", text("EndToEndId", "x" * 36), "maxLength"),
        ("EndToEndId empty", text("EndToEndId", ""), "minLength"),
        ("no EndToEndId", without("EndToEndId"), "PmtId"),
        ("MsgId too long", text("MsgId", "x" * 36), "maxLength"),
        ("no MsgId", without("MsgId"), "MsgId"),
        ("PmtInfId too long", text("PmtInfId", "x" * 36), "maxLength"),
        ("no PmtInfId", without("PmtInfId"), "PmtInfId"),
        ("wrong order in the header", swapped("MsgId", "CreDtTm"), "CreDtTm"),
        ("wrong order in the block", swapped("Dbtr", "DbtrAcct"), "DbtrAcct"),
        ("wrong order in the transfer", swapped("Cdtr", "CdtrAcct"), "Cdtr"),
        ("older namespace", content.replace(b"001.001.09", b"001.001.03"), "Document"),
        ("newer namespace", content.replace(b"001.001.09", b"001.001.11"), "Document"),
        ("no namespace", content.replace(b' xmlns="' + namespace.encode() + b'"', b""), "Document"),
        ("no creditor IBAN", without("IBAN", "CdtrAcct"), "Id"),
        ("no debtor IBAN", without("IBAN", "DbtrAcct"), "Id"),
        ("IBAN with spaces", text("IBAN", "DE89 3704 0044 0532 0130 00"), "IBAN"),
        ("IBAN too long", text("IBAN", "DE89" + "1" * 31), "IBAN"),
        ("two IBANs", added("IBAN", "IBAN", "NL91ABNA0417164300"), "IBAN"),
        ("no debtor account", without("DbtrAcct"), "DbtrAcct"),
        ("no debtor bank", without("DbtrAgt"), "DbtrAgt"),
        ("BIC too short", text("BICFI", "COBADEF"), "BICFI"),
        ("BIC in small letters", text("BICFI", "cobadeffxxx"), "BICFI"),
        ("a day that is none", text("Dt", "2026-02-30"), "Dt"),
        ("a day in German", text("Dt", "01.12.2026"), "Dt"),
        ("a day of an older version", tree(old_date), "ReqdExctnDt"),
        ("a time without a day", text("CreDtTm", "15:30:45"), "CreDtTm"),
        ("count in words", text("NbOfTxs", "one"), "NbOfTxs"),
        ("control sum in words", text("CtrlSum", "many"), "CtrlSum"),
        ("name too long", text("Nm", "n" * 141), "maxLength"),
        ("name empty", text("Nm", ""), "minLength"),
        ("remittance too long", text("Ustrd", "r" * 141), "maxLength"),
        ("unknown charge bearer", text("ChrgBr", "SHA"), "ChrgBr"),
        ("unknown payment method", text("PmtMtd", "SCT"), "PmtMtd"),
        ("unknown element", added("PmtMtd", "Approved", "true"), "Approved"),
        ("no transfers", without("CdtTrfTxInf"), "PmtInf"),
        ("no blocks", without("PmtInf"), "PmtInf"),
        ("no header", without("GrpHdr"), "GrpHdr"),
        ("two roots", content + content[content.index(b"<Document") :], "not XML"),
        ("cut off", content[: content.rindex(end)], "not XML"),
        ("bare ampersand", content.replace(b"<Ustrd>", b"<Ustrd>a & b "), "not XML"),
        ("document type", content.replace(b"<Document", b"<!DOCTYPE Document>\n<Document", 1), "document type"),
        # The schema has these as optional, or knows nothing of sums.
        ("no control sum in the header", without("CtrlSum"), "totals: GrpHdr has no CtrlSum"),
        ("no control sum in the block", without("CtrlSum", "PmtInf"), "totals: PmtInf has no CtrlSum"),
        ("no count in the block", without("NbOfTxs", "PmtInf"), "totals: PmtInf has no NbOfTxs"),
        ("wrong control sum", text("CtrlSum", "120.51"), "totals: GrpHdr says CtrlSum"),
        ("wrong count", text("NbOfTxs", "2"), "totals: GrpHdr says NbOfTxs"),
        ("wrong amount", text("InstdAmt", "120.51"), "totals: GrpHdr says CtrlSum"),
    ]
