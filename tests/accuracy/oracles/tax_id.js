// npm's `stdnum` and `jsvat` in a process of their own: reads a JSON list of [country, kind, number] from each line, answers
// [stdnum, jsvat] for each: true, false or null (does not know that kind).
'use strict';
const path = require('path');
const from = (name) => require(path.join(process.argv[2], 'node_modules', name));
const { stdnum } = from('stdnum');
const jsvat = from('jsvat');

const STDNUM = {
  'AD NRT': 'nrt', 'AL NIPT': 'nipt', 'AO NIF': 'nif', 'AR CUIT': 'cuit', 'AT UID': 'uid', 'AU ABN': 'abn', 'AU ACN': 'acn',
  'AZ VOEN': 'tin', 'BE BTW': 'vat', 'BG DDS': 'vat', 'BR CNPJ': 'cnpj', 'BY UNP': 'unp', 'BZ TIN': 'tin', 'CA BN': 'bn',
  'CA QST': 'qst', 'CH UID': 'uid', 'CH MWST': 'vat', 'CL RUT': 'rut', 'CN USCC': 'uscc', 'CO NIT': 'nit', 'CR CPJ': 'cpj',
  'CY FPA': 'vat', 'CZ DIC': 'dic', 'DE USt-IdNr': 'vat', 'DK CVR': 'cvr', 'DO RNC': 'rnc', 'DZ NIF': 'nif', 'EC RUC': 'ruc',
  'EE KMKR': 'kmkr', 'EE RK': 'registrikood', 'EG TN': 'tn', 'ES NIF': 'nif', 'FI ALV': 'alv', 'FO VN': 'vn', 'FR TVA': 'tva',
  'FR SIREN': 'siren', 'GB VAT': 'vat', 'GH TIN': 'tin', 'GN NIFP': 'nifp', 'GR AFM': 'vat', 'GT NIT': 'nit', 'HR OIB': 'oib',
  'HU ANUM': 'anum', 'ID NPWP': 'npwp', 'IE VAT': 'vat', 'IL HP': 'hp', 'IN GSTIN': 'gstin', 'IS VSK': 'vsk', 'IT IVA': 'iva',
  'JP CN': 'cn', 'KE PIN': 'pin', 'KR BRN': 'brn', 'LI PEID': 'peid', 'LT PVM': 'pvm', 'LU TVA': 'tva', 'LV PVN': 'pvn',
  'MA ICE': 'ice', 'MC TVA': 'tva', 'MD IDNO': 'idno', 'ME PIB': 'pib', 'MK EDB': 'edb', 'MT VAT': 'vat', 'MX RFC': 'rfc',
  'MZ NUIT': 'nuit', 'NL BTW': 'btw', 'NO MVA': 'mva', 'NO ORGNR': 'orgnr', 'NZ IRD': 'ird', 'PE RUC': 'ruc', 'PK NTN': 'ntn',
  'PL NIP': 'nip', 'PT NIF': 'nif', 'PY RUC': 'ruc', 'RO CUI': 'cui', 'RS PIB': 'pib', 'RU INN': 'inn', 'SE VAT': 'vat',
  'SE ORGNR': 'orgnr', 'SG UEN': 'uen', 'SI DDV': 'ddv', 'SK DPH': 'dph', 'SM COE': 'coe', 'SV NIT': 'nit', 'TH TIN': 'tin',
  'TN MF': 'mf', 'TR VKN': 'vkn', 'TW UBN': 'ubn', 'UA EDRPOU': 'edrpou', 'US EIN': 'ein', 'UY RUT': 'rut', 'VE RIF': 'rif',
  'BR CPF': 'cpf', 'CZ ICO': 'ico', 'FR SIRET': 'siret', 'GB UTR': 'utr', 'PL REGON': 'regon', 'TR TCKN': 'tckimlik',
  'UA RNTRC': 'rntrc', 'VN MST': 'mst', 'ZA TIN': 'tin', 'ZA VAT': 'vat',
};
// What jsvat checks of these countries is another kind of number.
const NOT_JSVAT = new Set([
  'BR CPF', 'CH UID', 'CZ ICO', 'EE RK', 'FR SIREN', 'FR SIRET', 'GB UTR', 'NO ORGNR', 'PL REGON', 'RU OGRN', 'SE ORGNR', 'SI MATICNA',
]);
const byCode = new Map(jsvat.countries.map((country) => [country.codes[0], country]));

function ofJsvat(country, kind, number) {
  const known = byCode.get(country);
  if (!known || NOT_JSVAT.has(`${country} ${kind}`)) return null;
  const begins = country === 'GR' ? 'EL' : country;
  const bare = number.replace(/^\s+/, '');
  const given = bare.toUpperCase().startsWith(begins) ? bare : begins + bare;
  return jsvat.checkVAT(given, [known]).isValid;
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const answers = JSON.parse(line).map(([country, kind, number]) => {
    const name = STDNUM[`${country} ${kind}`];
    const validator = name && stdnum[country] && stdnum[country][name];
    return [validator ? validator.validate(number).isValid : null, ofJsvat(country, kind, number)];
  });
  console.log(JSON.stringify(answers));
});
