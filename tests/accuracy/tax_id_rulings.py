"""Where the oracles disagree about a kind of number, or agree on what the issuer has changed: who is right, in a sentence.

A ruling is found by the kind and by who takes the number: ours, python-stdnum, npm's stdnum, jsvat (`+` takes it, `-` refuses it,
`.` does not know the kind, `?` no value is given because the sources disagree), as a pattern of `fnmatch`.
"""

from fnmatch import fnmatchcase

RULINGS = {
    "AD NRT": [
        ("-*", "A and L are given with numbers from 700000 to 799999 and F below 700000 only, as python-stdnum has it; who takes the "
               "number leaves that out."),
        ("+*", "The last letter is a control letter of the whole alphabet; jsvat allows only those that may come first, and "
               "stdnum turns the range of A and L around."),
    ],
    "AL NIPT": [("+*", "The first letter stands for a decade, and python-stdnum has seen A to M; a form without a check digit is no "
                       "reason to refuse more.")],
    "AZ VOEN": [
        ("-:-+*", "The ninth digit is a check digit, which python-stdnum computes and stdnum leaves out."),
        ("-:+-*", "The number has ten digits; python-stdnum adds the zero that a spreadsheet has dropped, and a merchant should ask."),
    ],
    "BE BTW": [
        ("-*", "The check digits are 97 less the remainder, so 01 to 97: 00 is never issued."),
        ("+*", "Numbers that begin with 1 are issued since 2023; jsvat 2.5.4 knows those with 0 only, and none with a second zero."),
    ],
    "BG DDS": [
        ("+:+-*", "No rule limits the first digit: citizens' numbers begin with a year of birth. stdnum takes 0 to 3 and 9 only."),
        ("-:-++", "The sum for citizens fits, but the first six digits are no day of birth, at which python-stdnum looks."),
        ("-:--+", "Day and month do not make a day of birth; jsvat looks at each of them alone."),
        ("-:-+-", "The check digit fits none of the three sums for ten digits; stdnum reads a remainder that has no digit as one."),
    ],
    "BR CNPJ": [("+:++-", "Letters are part of numbers issued from July 2026 on (IN RFB 2.229/2024); jsvat 2.5.4 is older.")],
    "CA QST": [("[?]:*", "Revenu Québec writes TQ; stdnum takes any two letters, so no value is given.")],
    "CH MWST": [("+:*", "TPV is the Romansh suffix; the register lists it with MWST, TVA and IVA.")],
    "CY FPA": [
        ("-:-+*", "Numbers that begin with 12 are not issued, as python-stdnum and jsvat have it."),
        ("+:++-", "jsvat has the first digits of an old list (0, 1, 3, 4, 5, 9); numbers with 6 are issued since, so the first digit "
                  "is no reason to refuse."),
    ],
    "CZ DIC": [
        ("-:--+", "Nine digits are a birth number until 1953, whose first six are a day; jsvat checks single digits only."),
        ("-:-+-", "A number of nine digits with 6 first has its own check digit, which stdnum leaves out."),
        ("+:*", "The check digit and the day of birth fit the published rule; who refuses the number leaves out women's months, the sum for "
                "numbers with 6 first, or the 0 where the remainder is 10."),
    ],
    "EC RUC": [("-:+-*", "A third digit of 9 is a company, whose check digit is the tenth; python-stdnum also tries the rule of public "
                         "bodies, for which the third digit is 6.")],
    "EE KMKR": [("+:++-", "VIES states nine digits; jsvat asks for 10 first, which is how they have been issued so far, not a rule.")],
    "ES NIF": [("+:++-", "Of J, U and V the check character may be a letter or a digit; jsvat takes a digit only."),
               ("-:--+", "No sort of entity has the letter O; jsvat takes it."),
               ("-:+*", "A digit checks numbers of N, P, Q, R, S and W nowhere: there it is a letter.")],
    "EU OSS": [("-:-.+", "The third to fifth digit are the ISO code of a member state; jsvat takes any."),
               ("+:+.-", "Intermediaries of the One Stop Shop have numbers with IM; jsvat does not know them.")],
    "FI ALV": [("-:--+", "Numbers whose remainder asks for a check digit of 10 are never issued; jsvat reads it as 0.")],
    "FR TVA": [("-:--+", "The last nine digits are a SIREN with its own check digit, which jsvat leaves out.")],
    "GB VAT": [
        ("[?]:*", "A remainder of 55 is not HMRC's rule (55 more, so that 42 is left), but python-stdnum takes it: no value is given."),
        ("-:-+-", "Government departments are GD000 to GD499 and health authorities HA500 to HA999; stdnum takes other letters."),
        ("+:++-", "jsvat keeps ranges of an old list and does not read the form in which VIES holds offices; neither is a reason "
                  "to refuse."),
    ],
    "XI VAT": [("[?]:*", "As for GB: a remainder of 55 is not HMRC's rule, but python-stdnum takes it.")],
    "GR AFM": [("-:++-", "The number has nine digits; the two add the zero that old numbers lack, VIES does not.")],
    "ID NPWP": [
        ("[?]:*", "It can be a person's NIK of a place younger than python-stdnum's list: no value is given."),
        ("+:+-*", "stdnum knows fifteen digits and a list of first digits; since July 2024 there are sixteen, and the tax office states "
                  "no list."),
    ],
    "IE VAT": [("+:++-", "The ninth letter runs from A to I (and W); jsvat knows A and H only.")],
    "IT IVA": [("-:--+", "The eighth to tenth digit are an office: 001 to 100, 120, 121, 888, 999; jsvat takes up to 201.")],
    "KR BRN": [("-:+-*", "The tenth digit is a check digit, which stdnum computes and python-stdnum leaves out.")],
    "LV PVN": [
        ("-:--+", "A personal code has a day of birth and a check digit; jsvat looks at the first four digits only."),
        ("+:+-?", "Personal codes have a check digit of their own, those since 2017 begin with 32 and have no day; stdnum computes "
                  "neither."),
    ],
    "MT VAT": [("-:++-", "The check digits are 37 less the remainder, so 01 to 37; the two compare remainders and take more.")],
    "MX RFC": [("+:+-*", "The SAT has issued numbers whose check digit does not fit, so it is no reason to refuse; stdnum refuses them.")],
    "NL BTW": [
        ("-:--+", "Where the test by eleven leaves 10, no number is issued; jsvat reads it as 0."),
        ("-:-++", "The two digits after B count from 01; 00 is never issued, as python-stdnum has it."),
        ("-:++-", "Nine digits stand before B; the two add zeros that are missing."),
    ],
    "NZ IRD": [("-:-+*", "Numbers lie between 10,000,000 and 150,000,000 (Inland Revenue); stdnum leaves the upper bound out.")],
    "PE RUC": [("+:-+*", "SUNAT's first digits are 10, 15, 16, 17 and 20; python-stdnum lacks 16.")],
    "PL NIP": [("-:--+", "Numbers whose remainder is 10 are never issued; jsvat reads it as 0.")],
    "PY RUC": [
        ("-:-+*", "By the published sum (weights from 2, modulo 11, check digit 0 for remainders below 2) the check digit is another."),
        ("-:+-*", "One digit alone is a check digit without a number."),
        ("+:+-*", "The published sum gives this check digit; stdnum computes another for remainders below 2."),
    ],
    "SG UEN": [("-:-+*", "The first four digits are the year of registration, which lies ahead; stdnum does not look.")],
    "SI DDV": [("-:-+-", "Numbers whose remainder is 0 are never issued; stdnum reads it as 0.")],
    "SK DPH": [("+:+-+", "Divisible by eleven, and the third digit is one that is issued; stdnum looks at the first digit instead."),
               ("-:*", "The third digit is never issued, or it is a birth number, which is no VAT number since 2004.")],
    "SV NIT": [("?:*", "Where the sum leaves 0 the check digit is 0, and the older weights hold up to 100 at the eleventh to thirteenth "
                       "digit; stdnum computes 1 there, and has the older weights for 100 only.")],
    "TW UBN": [("[?]:*", "Since 1 April 2023 divisible by five instead of ten (Ministry of Finance); the packages have the old rule: no "
                         "value is given.")],
    "UY RUT": [("+:+-*", "The first two digits run to 22 by now; stdnum stops at 21.")],
    "FR SIRET": [("-:-+*", "The first nine digits are a SIREN with its own check digit, which stdnum leaves out.")],
    "GT NIT": [
        ("-:+-*", "At most twelve characters; python-stdnum drops zeros before them, of which an invoice has none."),
        ("-:-+*", "A check digit without a number: nobody has the number zero."),
    ],
    "CN USCC": [("+:+-*", "Where the sum leaves 0 the check character is 0 (GB 32100-2015); stdnum has none there.")],
    "VN MST": [("-:+-*", "The first two digits are a province, and there is none with 00; python-stdnum does not look.")],
}  # fmt: skip


def ruling(country, kind, ours, said):
    sign = {True: "+", False: "-", None: "."}
    pattern = ("?" if ours is None else sign[ours]) + ":" + "".join(sign[one] for one in said)
    for like, sentence in RULINGS.get(f"{country} {kind}", []):
        if fnmatchcase(pattern, like):
            return sentence
    return None
