//! Rates as the laws themselves name them, with the days they applied: the family that knows the past.
//!
//! Written by hand, as of [`AS_OF`]; a row without a last day held then. A package can be wrong about a country; so can
//! this table. That is why neither answers alone.

/// The day this table was written for.
pub const AS_OF: &str = "2026-01-01";

/// The rates of one place by one law.
pub struct Law {
    /// ISO 3166 code.
    pub place: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Per cent of the price without tax, first and last day.
    pub rates: &'static [(&'static str, &'static str, &'static str)],
}

const fn law(
    place: &'static str,
    name: &'static str,
    rates: &'static [(&'static str, &'static str, &'static str)],
) -> Law {
    Law { place, name, rates }
}

const OPEN: &str = "";

// One line for each place reads best.
/// Standard rates.
#[rustfmt::skip]
pub const STANDARD: &[Law] = &[
    // The European Union.
    law("AT", "UStG 1994 § 10", &[("20", "1984-01-01", OPEN)]),
    law("BE", "Royal Decree No 20 of 20 July 1970", &[("21", "1996-01-01", OPEN)]),
    law("BG", "ЗДДС Art. 66", &[("20", "1999-01-01", OPEN)]),
    law("CY", "VAT Law 95(I)/2000", &[("19", "2014-01-13", OPEN)]),
    law("CZ", "Act 235/2004 § 47", &[("21", "2013-01-01", OPEN)]),
    law("DE", "UStG § 12, § 28", &[("19", "2007-01-01", "2020-06-30"), ("16", "2020-07-01", "2020-12-31"), ("19", "2021-01-01", OPEN)]),
    law("DK", "Momsloven § 33", &[("25", "1992-01-01", OPEN)]),
    law("EE", "Käibemaksuseadus § 15", &[("20", "2009-07-01", "2023-12-31"), ("22", "2024-01-01", "2025-06-30"), ("24", "2025-07-01", OPEN)]),
    law("ES", "Ley 37/1992 art. 90", &[("21", "2012-09-01", OPEN)]),
    law("FI", "Arvonlisäverolaki 1501/1993 § 84", &[("24", "2013-01-01", "2024-08-31"), ("25.5", "2024-09-01", OPEN)]),
    law("FR", "CGI art. 278", &[("20", "2014-01-01", OPEN)]),
    law("GR", "VAT Code, art. 21", &[("23", "2010-07-01", "2016-05-31"), ("24", "2016-06-01", OPEN)]),
    law("HR", "Zakon o PDV čl. 38", &[("25", "2012-03-01", OPEN)]),
    law("HU", "Act CXXVII of 2007 § 82", &[("27", "2012-01-01", OPEN)]),
    law("IE", "VATCA 2010 s. 46", &[("23", "2012-01-01", "2020-08-31"), ("21", "2020-09-01", "2021-02-28"), ("23", "2021-03-01", OPEN)]),
    law("IT", "DPR 633/1972 art. 16", &[("22", "2013-10-01", OPEN)]),
    law("LT", "PVM įstatymas IX-751 art. 19", &[("21", "2009-09-01", OPEN)]),
    law("LU", "Loi TVA of 12 February 1979 art. 39", &[("15", "1992-01-01", "2014-12-31"), ("17", "2015-01-01", "2022-12-31"), ("16", "2023-01-01", "2023-12-31"), ("17", "2024-01-01", OPEN)]),
    law("LV", "PVN likums s. 41", &[("21", "2012-07-01", OPEN)]),
    law("MT", "VAT Act, Cap. 406", &[("18", "2004-01-01", OPEN)]),
    law("NL", "Wet OB 1968 art. 9", &[("21", "2012-10-01", OPEN)]),
    law("PL", "VAT Act of 11 March 2004 art. 41, 146", &[("23", "2011-01-01", OPEN)]),
    law("PT", "CIVA art. 18", &[("23", "2011-01-01", OPEN)]),
    law("RO", "Codul fiscal art. 291", &[("24", "2010-07-01", "2015-12-31"), ("20", "2016-01-01", "2016-12-31"), ("19", "2017-01-01", "2025-07-31"), ("21", "2025-08-01", OPEN)]),
    law("SE", "Mervärdesskattelag ch. 9 (2023:200), before it ch. 7 (1994:200)", &[("25", "1995-07-01", OPEN)]),
    law("SI", "ZDDV-1 art. 41", &[("22", "2013-07-01", OPEN)]),
    law("SK", "Act 222/2004 § 27", &[("20", "2011-01-01", "2024-12-31"), ("23", "2025-01-01", OPEN)]),
    // Parts of it with a tax of their own.
    law("AT-JUN", "UStG 1994 § 10(4)", &[("19", "1995-01-01", OPEN)]),
    law("AT-MIT", "UStG 1994 § 10(4)", &[("19", "1995-01-01", OPEN)]),
    law("ES-CN", "Ley 20/1991, Ley 4/2012 of the Canary Islands (IGIC)", &[("7", "2012-07-01", "2018-12-31"), ("6.5", "2019-01-01", "2019-12-31"), ("7", "2020-01-01", OPEN)]),
    law("GP", "CGI art. 296", &[("8.5", "1995-08-01", OPEN)]),
    law("MQ", "CGI art. 296", &[("8.5", "1995-08-01", OPEN)]),
    law("RE", "CGI art. 296", &[("8.5", "1995-08-01", OPEN)]),
    law("PT-20", "CIVA art. 18, DLR 15-A/2021/A", &[("18", "2015-07-01", "2021-06-30"), ("16", "2021-07-01", OPEN)]),
    law("PT-30", "CIVA art. 18, DLR 14/2012/M", &[("22", "2012-04-01", OPEN)]),
    // Europe otherwise.
    law("AD", "Llei 11/2012 (IGI)", &[("4.5", "2013-01-01", OPEN)]),
    law("BA", "VAT Law 9/05", &[("17", "2006-01-01", OPEN)]),
    law("CH", "MWSTG art. 25", &[("8", "2011-01-01", "2017-12-31"), ("7.7", "2018-01-01", "2023-12-31"), ("8.1", "2024-01-01", OPEN)]),
    law("FO", "Løgtingslóg MVG", &[("25", "1993-01-01", OPEN)]),
    law("GB", "VAT Act 1994 s. 2", &[("20", "2011-01-04", OPEN)]),
    law("GE", "Tax Code of Georgia", &[("18", "2005-07-01", OPEN)]),
    law("IM", "Value Added Tax Act 1996", &[("20", "2011-01-04", OPEN)]),
    law("IS", "Lög nr. 50/1988 § 14", &[("24", "2015-01-01", OPEN)]),
    law("JE", "GST (Jersey) Law 2007", &[("5", "2011-06-01", OPEN)]),
    law("LI", "MWSTG (LI) art. 25", &[("8", "2011-01-01", "2017-12-31"), ("7.7", "2018-01-01", "2023-12-31"), ("8.1", "2024-01-01", OPEN)]),
    law("MC", "Code des taxes, as CGI art. 278", &[("20", "2014-01-01", OPEN)]),
    law("ME", "Zakon o PDV", &[("19", "2013-07-01", "2017-12-31"), ("21", "2018-01-01", OPEN)]),
    law("NO", "Stortinget's yearly decision on VAT", &[("25", "2005-01-01", OPEN)]),
    law("RS", "Zakon o PDV čl. 23", &[("20", "2012-10-01", OPEN)]),
    law("RU", "Tax Code art. 164; Laws 303-FZ of 2018, 425-FZ of 2025", &[("18", "2004-01-01", "2018-12-31"), ("20", "2019-01-01", "2025-12-31"), ("22", "2026-01-01", OPEN)]),
    law("TR", "Law 3065; Decision 7346 of 2023", &[("18", "2001-05-15", "2023-07-09"), ("20", "2023-07-10", OPEN)]),
    law("XI", "VAT Act 1994 s. 2", &[("20", "2021-01-01", OPEN)]),
    law("XK", "Law 05/L-037", &[("18", "2015-09-01", OPEN)]),
    // Asia and the Pacific.
    law("AE", "Federal Decree-Law 8 of 2017", &[("5", "2018-01-01", OPEN)]),
    law("AU", "A New Tax System (GST) Act 1999", &[("10", "2000-07-01", OPEN)]),
    law("BH", "Decree-Law 48 of 2018, Decree-Law 33 of 2021", &[("5", "2019-01-01", "2021-12-31"), ("10", "2022-01-01", OPEN)]),
    law("CN", "VAT Regulations, Notice 39 of 2019; VAT Law of 2024", &[("17", "1994-01-01", "2018-04-30"), ("16", "2018-05-01", "2019-03-31"), ("13", "2019-04-01", OPEN)]),
    law("ID", "Law 7 of 2021, PMK 131/2024", &[("10", "1985-04-01", "2022-03-31"), ("11", "2022-04-01", OPEN)]),
    law("IL", "VAT Law 1975", &[("17", "2015-10-01", "2024-12-31"), ("18", "2025-01-01", OPEN)]),
    law("JP", "Consumption Tax Act and Local Tax Act", &[("8", "2014-04-01", "2019-09-30"), ("10", "2019-10-01", OPEN)]),
    law("KR", "VAT Act art. 30", &[("10", "1977-07-01", OPEN)]),
    law("KZ", "Tax Code of 2017, Tax Code 214-VIII of 2025", &[("12", "2009-01-01", "2025-12-31"), ("16", "2026-01-01", OPEN)]),
    law("LB", "Law 379 of 2001, Law 64 of 2017", &[("10", "2002-02-01", "2017-12-31"), ("11", "2018-01-01", OPEN)]),
    law("LK", "VAT Act 14 of 2002", &[("8", "2019-12-01", "2022-05-31"), ("12", "2022-06-01", "2022-08-31"), ("15", "2022-09-01", "2023-12-31"), ("18", "2024-01-01", OPEN)]),
    law("MV", "GST Act 10/2011", &[("6", "2012-01-01", "2022-12-31"), ("8", "2023-01-01", OPEN)]),
    law("NZ", "GST Act 1985 s. 8", &[("15", "2010-10-01", OPEN)]),
    law("OM", "Royal Decree 121/2020", &[("5", "2021-04-16", OPEN)]),
    law("PH", "NIRC s. 106, 108", &[("12", "2006-02-01", OPEN)]),
    law("PK", "Sales Tax Act 1990, SRO 179(I)/2023", &[("17", "2013-06-13", "2023-02-13"), ("18", "2023-02-14", OPEN)]),
    law("SA", "VAT Law M/113, Royal Order A/638", &[("5", "2018-01-01", "2020-06-30"), ("15", "2020-07-01", OPEN)]),
    law("SG", "GST Act 1993 s. 16", &[("7", "2007-07-01", "2022-12-31"), ("8", "2023-01-01", "2023-12-31"), ("9", "2024-01-01", OPEN)]),
    law("TH", "Revenue Code s. 80 with the yearly royal decrees", &[("7", "1999-04-01", "2026-09-30")]),
    law("TW", "Business Tax Act art. 10", &[("5", "1986-04-01", OPEN)]),
    law("UZ", "Tax Code art. 258", &[("15", "2019-10-01", "2022-12-31"), ("12", "2023-01-01", OPEN)]),
    law("VN", "VAT Law; Resolutions 43/2022, 101/2023, 110/2023, 142/2024, 174/2024, 204/2025", &[("10", "2009-01-01", "2022-01-31"), ("8", "2022-02-01", "2022-12-31"), ("10", "2023-01-01", "2023-06-30"), ("8", "2023-07-01", "2026-12-31")]),
    // Africa.
    law("AO", "Law 7/19", &[("14", "2019-10-01", OPEN)]),
    law("DZ", "Code des TCA, LF 2017", &[("19", "2017-01-01", OPEN)]),
    law("EG", "Law 67 of 2016", &[("14", "2017-07-01", OPEN)]),
    law("KE", "VAT Act 2013 s. 5", &[("16", "2013-09-02", "2020-03-31"), ("14", "2020-04-01", "2020-12-31"), ("16", "2021-01-01", OPEN)]),
    law("MU", "VAT Act 1998", &[("15", "2002-07-01", OPEN)]),
    law("NA", "VAT Act 10 of 2000", &[("15", "2000-11-27", OPEN)]),
    law("NG", "Finance Act 2019", &[("7.5", "2020-02-01", OPEN)]),
    law("RW", "Law on VAT", &[("18", "2002-07-01", OPEN)]),
    law("TN", "Code de la TVA, LF 2018", &[("19", "2018-01-01", OPEN)]),
    law("ZA", "VAT Act 89 of 1991 s. 7", &[("14", "1993-04-07", "2018-03-31"), ("15", "2018-04-01", OPEN)]),
    law("ZM", "VAT Act, Cap. 331", &[("16", "2008-04-01", OPEN)]),
    law("ZW", "VAT Act [Chapter 23:12], Finance Act 7 of 2025", &[("14.5", "2020-01-01", "2022-12-31"), ("15", "2023-01-01", "2025-12-31"), ("15.5", "2026-01-01", OPEN)]),
    // The Americas.
    law("AR", "Ley de IVA art. 28", &[("21", "1995-04-01", OPEN)]),
    law("BB", "VAT Act, Cap. 87", &[("17.5", "2010-12-01", OPEN)]),
    law("BO", "Ley 843 art. 15", &[("14.94", "1992-03-01", OPEN)]),
    law("BS", "VAT Act 2014", &[("7.5", "2015-01-01", "2018-06-30"), ("12", "2018-07-01", "2021-12-31"), ("10", "2022-01-01", OPEN)]),
    law("CA-AB", "Excise Tax Act s. 165", &[("5", "2008-01-01", OPEN)]),
    law("CA-BC", "Excise Tax Act s. 165, Provincial Sales Tax Act", &[("12", "2013-04-01", OPEN)]),
    law("CA-MB", "Excise Tax Act s. 165, Retail Sales Tax Act", &[("12", "2019-07-01", OPEN)]),
    law("CA-NB", "Excise Tax Act s. 165, Sch. VIII", &[("15", "2016-07-01", OPEN)]),
    law("CA-NL", "Excise Tax Act s. 165, Sch. VIII", &[("15", "2016-07-01", OPEN)]),
    law("CA-NS", "Excise Tax Act s. 165, Sch. VIII", &[("15", "2010-07-01", "2025-03-31"), ("14", "2025-04-01", OPEN)]),
    law("CA-NT", "Excise Tax Act s. 165", &[("5", "2008-01-01", OPEN)]),
    law("CA-NU", "Excise Tax Act s. 165", &[("5", "2008-01-01", OPEN)]),
    law("CA-ON", "Excise Tax Act s. 165, Sch. VIII", &[("13", "2010-07-01", OPEN)]),
    law("CA-PE", "Excise Tax Act s. 165, Sch. VIII", &[("15", "2016-10-01", OPEN)]),
    law("CA-QC", "Excise Tax Act s. 165, Act respecting the QST", &[("14.975", "2013-01-01", OPEN)]),
    law("CA-SK", "Excise Tax Act s. 165, Provincial Sales Tax Act", &[("11", "2017-03-23", OPEN)]),
    law("CA-YT", "Excise Tax Act s. 165", &[("5", "2008-01-01", OPEN)]),
    law("CL", "DL 825 art. 14", &[("19", "2003-10-01", OPEN)]),
    law("CO", "Estatuto Tributario art. 468", &[("16", "2003-01-01", "2016-12-31"), ("19", "2017-01-01", OPEN)]),
    law("CR", "Ley 9635 art. 10", &[("13", "2019-07-01", OPEN)]),
    law("DO", "Código Tributario art. 341", &[("18", "2013-01-01", OPEN)]),
    law("EC", "LRTI art. 65; Decreto 198 of 2024", &[("14", "2016-06-01", "2017-05-31"), ("12", "2017-06-01", "2024-03-31"), ("15", "2024-04-01", OPEN)]),
    law("GT", "Decreto 27-92 art. 10", &[("12", "2001-08-01", OPEN)]),
    law("HN", "Decreto 278-2013", &[("15", "2014-01-01", OPEN)]),
    law("MX", "Ley del IVA art. 1", &[("16", "2010-01-01", OPEN)]),
    law("PA", "Ley 8 of 2010", &[("7", "2010-07-01", OPEN)]),
    law("PE", "TUO Ley del IGV; DL 776; Ley 32387", &[("18", "2011-03-01", OPEN)]),
    law("PY", "Ley 6380/2019", &[("10", "2004-07-05", OPEN)]),
    law("SR", "Wet BTW 2022, S.B. 2022 no. 121", &[("10", "2023-01-01", OPEN)]),
    law("SV", "Ley del IVA art. 54", &[("13", "1995-07-01", OPEN)]),
    law("TT", "VAT Act, Ch. 75:06", &[("12.5", "2016-02-01", OPEN)]),
    law("UY", "Título 10 TO", &[("22", "2007-07-01", OPEN)]),
    law("VE", "Ley del IVA, Decreto 3.584", &[("16", "2018-09-01", OPEN)]),
];

/// Rates of printed books.
#[rustfmt::skip]
pub const BOOKS: &[Law] = &[
    law("AT", "UStG 1994 § 10(2)", &[("10", "1984-01-01", OPEN)]),
    law("BE", "Royal Decree No 20, table A", &[("6", "1992-04-01", OPEN)]),
    law("BG", "ЗДДС Art. 66", &[("9", "2020-07-01", OPEN)]),
    law("CH", "MWSTG art. 25", &[("2.5", "2011-01-01", "2023-12-31"), ("2.6", "2024-01-01", OPEN)]),
    law("CZ", "Act 235/2004 § 47, § 71i", &[("10", "2015-01-01", "2023-12-31"), ("0", "2024-01-01", OPEN)]),
    law("DE", "UStG § 12(2), § 28", &[("7", "1983-07-01", "2020-06-30"), ("5", "2020-07-01", "2020-12-31"), ("7", "2021-01-01", OPEN)]),
    law("DK", "Momsloven § 33", &[("25", "1992-01-01", OPEN)]),
    law("EE", "Käibemaksuseadus § 15", &[("9", "2009-01-01", OPEN)]),
    law("ES", "Ley 37/1992 art. 91", &[("4", "1995-01-01", OPEN)]),
    law("FI", "Arvonlisäverolaki § 85a", &[("10", "2013-01-01", "2024-12-31"), ("14", "2025-01-01", "2025-12-31"), ("13.5", "2026-01-01", OPEN)]),
    law("FR", "CGI art. 278-0 bis", &[("5.5", "2013-01-01", OPEN)]),
    law("GB", "VAT Act 1994 Sch. 8 group 3", &[("0", "1994-09-01", OPEN)]),
    law("GR", "VAT Code, Annex III", &[("6", "2015-01-01", OPEN)]),
    law("HR", "Zakon o PDV čl. 38", &[("5", "2013-01-01", OPEN)]),
    law("HU", "Act CXXVII of 2007, Annex 3", &[("5", "2004-01-01", OPEN)]),
    law("IE", "VATCA 2010 Sch. 2", &[("0", "2010-11-01", OPEN)]),
    law("IT", "DPR 633/1972 table A II", &[("4", "1993-01-01", OPEN)]),
    law("LT", "PVM įstatymas art. 19", &[("9", "2009-01-01", "2025-12-31"), ("5", "2026-01-01", OPEN)]),
    law("LU", "Loi TVA art. 40", &[("3", "1993-01-01", OPEN)]),
    law("MT", "VAT Act, Sch. 8", &[("5", "2004-05-01", OPEN)]),
    law("NL", "Wet OB 1968, table I", &[("6", "1986-10-01", "2018-12-31"), ("9", "2019-01-01", OPEN)]),
    law("NO", "Merverdiavgiftsloven § 6-4", &[("0", "2010-01-01", OPEN)]),
    law("PL", "VAT Act, Annex 10", &[("5", "2011-01-01", OPEN)]),
    law("PT", "CIVA list I", &[("6", "2011-01-01", OPEN)]),
    law("RO", "Codul fiscal art. 291", &[("11", "2025-08-01", OPEN)]),
    law("SE", "Mervärdesskattelag ch. 9", &[("6", "2002-01-01", OPEN)]),
    law("SI", "ZDDV-1, Annex IV", &[("5", "2020-01-01", OPEN)]),
    law("SK", "Act 222/2004, Annex 7", &[("10", "2011-01-01", "2024-12-31"), ("5", "2025-01-01", OPEN)]),
];

/// Rates of electronic books.
#[rustfmt::skip]
pub const E_BOOKS: &[Law] = &[
    law("AT", "UStG 1994 § 10(2)", &[("10", "2020-01-01", OPEN)]),
    law("BE", "Royal Decree No 20, table A", &[("6", "2019-04-01", OPEN)]),
    law("CZ", "Act 235/2004 § 47, § 71i", &[("10", "2020-05-01", "2023-12-31"), ("0", "2024-01-01", OPEN)]),
    law("DE", "UStG § 12(2), § 28", &[("7", "2019-12-18", "2020-06-30"), ("5", "2020-07-01", "2020-12-31"), ("7", "2021-01-01", OPEN)]),
    law("DK", "Momsloven § 33", &[("25", "1992-01-01", OPEN)]),
    law("ES", "Ley 37/1992 art. 91", &[("4", "2020-04-23", OPEN)]),
    law("FI", "Arvonlisäverolaki § 85a", &[("10", "2019-07-01", "2024-12-31"), ("14", "2025-01-01", "2025-12-31"), ("13.5", "2026-01-01", OPEN)]),
    law("FR", "CGI art. 278-0 bis", &[("5.5", "2013-01-01", OPEN)]),
    law("GB", "VAT Act 1994 Sch. 8 group 3", &[("0", "2020-05-01", OPEN)]),
    law("IE", "VATCA 2010 Sch. 2, 3", &[("9", "2019-01-01", "2023-12-31"), ("0", "2024-01-01", OPEN)]),
    law("IT", "L. 190/2014 art. 1(667)", &[("4", "2015-01-01", OPEN)]),
    law("LU", "Loi TVA art. 40", &[("3", "2019-05-01", OPEN)]),
    law("NL", "Wet OB 1968, table I", &[("9", "2020-01-01", OPEN)]),
    law("PL", "VAT Act, Annex 10", &[("5", "2019-11-01", OPEN)]),
    law("SE", "Mervärdesskattelag ch. 9", &[("6", "2019-07-01", OPEN)]),
];

/// Rates of a room in a hotel.
#[rustfmt::skip]
pub const ACCOMMODATION: &[Law] = &[
    law("AT", "UStG 1994 § 10(2)", &[("13", "2016-05-01", "2018-10-31"), ("10", "2018-11-01", OPEN)]),
    law("CH", "MWSTG art. 25", &[("3.8", "2011-01-01", "2017-12-31"), ("3.7", "2018-01-01", "2023-12-31"), ("3.8", "2024-01-01", OPEN)]),
    law("DE", "UStG § 12(2), § 28", &[("7", "2010-01-01", "2020-06-30"), ("5", "2020-07-01", "2020-12-31"), ("7", "2021-01-01", OPEN)]),
    law("DK", "Momsloven § 33", &[("25", "1992-01-01", OPEN)]),
    law("ES", "Ley 37/1992 art. 91", &[("10", "2012-09-01", OPEN)]),
    law("FR", "CGI art. 279", &[("10", "2014-01-01", OPEN)]),
    law("IT", "DPR 633/1972 table A III", &[("10", "1995-02-24", OPEN)]),
    law("NL", "Wet OB 1968, table I", &[("6", "1986-10-01", "2018-12-31"), ("9", "2019-01-01", "2025-12-31"), ("21", "2026-01-01", OPEN)]),
    law("PL", "VAT Act, Annex 3", &[("8", "2011-01-01", OPEN)]),
    law("PT", "CIVA list I", &[("6", "2011-01-01", OPEN)]),
];
