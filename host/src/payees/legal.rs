//! Legal forms of companies, which say nothing about which company it is. Folded, without points and spaces.

/// Left out at the end of a name, alone or together: `GmbH & Co. KG`, `Sp. z o.o.`.
pub(super) const AT_THE_END: &str = "\
    gmbh ggmbh mbh gesmbh ug haftungsbeschränkt ag kg kgaa ohg og gbr ek eg ev co se \
    ltd limited llc llp lp plc inc incorporated corp corporation company cic pty pte pvt private \
    sa sas sasu sarl sàrl eurl snc sca scs srl sprl bvba bv nv vof cv asbl \
    spa srls sapa sl slu slp sau lda ltda eireli sadecv sderldecv \
    ab as asa aps is hb oy oyj ehf hf uab sia oü \
    sro doo dd ad ood eood kft rt zrt nyrt bt spzoo spj spk ооо оао зао пао ао тов ooo oao zao pao \
    bhd sdn tbk kk gk aş şti jsc wll fze fzco";

/// Left out at the beginning of a name.
pub(super) const AT_THE_START: &str = "ооо оао зао пао ао ип тов ooo oao zao pao uab sia pt 株";

/// Left out wherever it stands, because it is hardly ever a word of a name: `Acme GmbH Berlin`.
pub(super) const ANYWHERE: &str = "gmbh mbh ltd llc inc plc sarl kgaa";

/// Written together with the name.
pub(super) const ATTACHED: &str =
    "株式会社 有限会社 合同会社 股份有限公司 有限责任公司 有限公司 주식회사 유한회사";

/// At most so many words form one legal form: `S. a. r. l.`, `S. A. de C. V.`.
pub(super) const MOST_WORDS: usize = 5;
