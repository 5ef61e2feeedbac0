"""python-stdnum in a process of its own: reads a JSON list of [country, kind, number] from each line, answers true, false or null
(does not know that kind) for each."""

import importlib
import json
import sys

MODULES = {
    "AD NRT": "ad.nrt", "AL NIPT": "al.nipt", "AR CUIT": "ar.cuit", "AT UID": "at.uid", "AU ABN": "au.abn", "AU ACN": "au.acn",
    "AZ VOEN": "az.voen", "BE BTW": "be.vat", "BG DDS": "bg.vat", "BR CNPJ": "br.cnpj", "BY UNP": "by.unp", "CA BN": "ca.bn",
    "CH UID": "ch.uid", "CH MWST": "ch.vat", "CL RUT": "cl.rut", "CN USCC": "cn.uscc", "CO NIT": "co.nit", "CR CPJ": "cr.cpj",
    "CY FPA": "cy.vat", "CZ DIC": "cz.dic", "DE USt-IdNr": "de.vat", "DK CVR": "dk.cvr", "DO RNC": "do.rnc", "DZ NIF": "dz.nif",
    "EC RUC": "ec.ruc", "EE KMKR": "ee.kmkr", "EE RK": "ee.registrikood", "EG TN": "eg.tn", "ES NIF": "es.nif", "EU OSS": "eu.oss",
    "FI ALV": "fi.alv", "FO VN": "fo.vn", "FR TVA": "fr.tva", "FR SIREN": "fr.siren", "GB VAT": "gb.vat", "XI VAT": "gb.vat",
    "GH TIN": "gh.tin", "GN NIFP": "gn.nifp", "GR AFM": "gr.vat", "GT NIT": "gt.nit", "HR OIB": "hr.oib", "HU ANUM": "hu.anum",
    "ID NPWP": "id.npwp", "IE VAT": "ie.vat", "IL HP": "il.hp", "IN GSTIN": "in_.gstin", "IS VSK": "is_.vsk", "IT IVA": "it.iva",
    "JP CN": "jp.cn", "KE PIN": "ke.pin", "KR BRN": "kr.brn", "LI PEID": "li.peid", "LT PVM": "lt.pvm", "LU TVA": "lu.tva",
    "LV PVN": "lv.pvn", "MA ICE": "ma.ice", "MC TVA": "mc.tva", "MD IDNO": "md.idno", "ME PIB": "me.pib", "MK EDB": "mk.edb",
    "MT VAT": "mt.vat", "MX RFC": "mx.rfc", "MZ NUIT": "mz.nuit", "NL BTW": "nl.btw", "NO MVA": "no.mva", "NO ORGNR": "no.orgnr",
    "NZ IRD": "nz.ird", "PE RUC": "pe.ruc", "PL NIP": "pl.nip", "PT NIF": "pt.nif", "PY RUC": "py.ruc", "RO CUI": "ro.cui",
    "RS PIB": "rs.pib", "RU INN": "ru.inn", "SE VAT": "se.vat", "SE ORGNR": "se.orgnr", "SG UEN": "sg.uen", "SI DDV": "si.ddv",
    "SK DPH": "sk.dph", "SM COE": "sm.coe", "SN NINEA": "sn.ninea", "SV NIT": "sv.nit", "TH TIN": "th.tin", "TN MF": "tn.mf",
    "TR VKN": "tr.vkn", "TW UBN": "tw.ubn", "UA EDRPOU": "ua.edrpou", "US EIN": "us.ein", "UY RUT": "uy.rut", "VE RIF": "ve.rif",
    "BR CPF": "br.cpf", "FR SIRET": "fr.siret", "GB UTR": "gb.utr", "PL REGON": "pl.regon", "RU OGRN": "ru.ogrn",
    "SI MATICNA": "si.maticna", "TR TCKN": "tr.tckimlik", "UA RNTRC": "ua.rntrc", "VN MST": "vn.mst", "ZA TIN": "za.tin",
}  # fmt: skip

loaded = {}


def knows(kind):
    if kind not in loaded:
        name = MODULES.get(kind)
        loaded[kind] = importlib.import_module(f"stdnum.{name}") if name else None
    return loaded[kind]


def takes(module, number):
    try:
        return bool(module.is_valid(number))
    except (ValueError, IndexError, KeyError):
        # It does not refuse it properly, but it does not take it.
        return False


for line in sys.stdin:
    asked = [(knows(f"{country} {kind}"), number) for country, kind, number in json.loads(line)]
    print(json.dumps([None if module is None else takes(module, number) for module, number in asked]), flush=True)
