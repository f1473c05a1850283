"""Headers of the usual exports, Chinese and English, and what each stands for.

Headers are compared in compact form (`compact`): half width, lower case, without spaces, line
breaks, stars and separators. Where several columns of a file mean the same canonical column the
alias named first wins, except for the columns in `JOINED`, whose values are put together.
"""

import re
import unicodedata

HEADERS: dict[str, tuple[str, ...]] = {
    "name": (
        "企业名称", "公司名称", "单位名称", "市场主体名称", "机构名称", "主体名称", "企业全称",
        "公司全称", "单位全称", "企业名", "公司名", "企业单位名称", "企业法人名称", "商户名称",
        "字号名称", "名称", "企业", "公司", "name", "namezh", "namecn", "companyname", "company",
        "enterprisename", "enterprise", "entname", "firmname", "firm", "organizationname",
        "fullname",
    ),
    "name_en": ("英文名", "英文名称", "企业英文名", "企业英文名称", "公司英文名称", "nameen",
                "englishname"),
    "short_name": ("简称", "企业简称", "公司简称", "证券简称", "股票简称", "shortname"),
    "former_names": ("曾用名", "曾用名称", "企业曾用名", "历史名称", "原名称", "原名",
                     "formernames", "formername"),
    "uscc": (
        "统一社会信用代码", "统一社会信用代码证号", "社会统一信用代码", "社会信用代码",
        "统一信用代码", "信用代码", "纳税人识别号", "税号",
        "注册号/统一社会信用代码", "统一社会信用代码/注册号",
        "注册号", "工商注册号", "uscc", "usci", "usc", "creditcode", "socialcreditcode",
        "unifiedsocialcreditcode", "unifiedsocialcreditidentifier",
    ),
    "address": (
        "注册地址", "企业注册地址", "公司注册地址", "登记住所", "住所", "企业住所", "住所地",
        "企业地址", "公司地址", "单位地址", "地址", "详细地址", "通讯地址", "联系地址",
        "办公地址", "经营地址", "经营场所", "生产经营地址", "生产经营地", "住所/经营场所",
        "address", "registeredaddress", "regaddress", "location", "companyaddress",
    ),
    "region": (
        "所在省份", "所属省份", "省份", "省", "province", "所属城市", "所在城市", "城市", "市",
        "市州", "所在市州", "所属市州", "city", "prefecture", "所属区县", "所在区县", "区县", "县",
        "县(市、区)", "县市区", "所属县区", "区/县", "county", "district", "所在地区", "所属地区",
        "地区", "区域", "所属地", "行政区划", "所在地", "region",
    ),
    "lon": ("经度", "lon", "lng", "long", "longitude", "x", "坐标x", "x坐标", "东经"),
    "lat": ("纬度", "lat", "latitude", "y", "坐标y", "y坐标", "北纬"),
    "datum": ("坐标系", "坐标系统", "坐标类型", "坐标基准", "datum", "coordtype", "crs"),
    "founded": (
        "成立日期", "注册日期", "成立时间", "注册时间", "登记日期", "设立日期", "开业日期",
        "开业(成立)时间", "成立年份", "注册年份", "成立年", "founded", "foundedon", "foundeddate",
        "foundedyear", "establishdate", "establishmentdate", "dateofestablishment",
        "registrationdate", "regdate", "estdate",
    ),
    "status": (
        "登记状态", "经营状态", "企业状态", "存续状态", "企业经营状态", "登记机关状态", "状态",
        "status", "regstatus", "businessstatus",
    ),
    "registered_capital_cny": (
        "注册资本", "注册资金", "认缴注册资本", "注册资本金", "资本总额", "开办资金", "资金数额",
        "registeredcapital", "registeredcapitalcny", "regcapital", "capital",
        "registeredcapital10kcny",
    ),
    "employees": (
        "参保人数", "社保人数", "从业人数", "从业人员", "从业人员数", "从业人员期末人数",
        "员工人数", "职工人数", "员工数", "人员规模", "用工人数", "employees", "employee", "staff",
        "numberofemployees", "headcount", "insured",
    ),
    "revenue_cny": (
        "营业收入", "营业总收入", "年营业收入", "主营业务收入", "销售收入", "销售额", "年销售额",
        "营收", "revenue", "revenuecny", "turnover", "sales", "revenue10kcny",
    ),
    "revenue_year": ("营收年份", "营业收入年份", "收入年份", "营收年度", "年报年份", "revenueyear"),
    "business_scope": (
        "经营范围", "企业经营范围", "经营业务范围", "业务范围", "主营业务", "主营产品",
        "businessscope", "scope", "opscope",
    ),
    "listing": (
        "上市", "上市情况", "上市板块", "上市状态", "是否上市", "股票代码", "证券代码", "listing",
        "stockcode", "ticker",
    ),
    "honours": (
        "荣誉", "资质", "企业资质", "荣誉资质", "资质荣誉", "荣誉/资质", "企业荣誉", "称号",
        "企业称号", "科技型企业", "honours", "honors", "qualifications",
    ),
    "source": ("来源", "数据来源", "资料来源", "source", "datasource"),
    "source_url": ("来源网址", "来源链接", "数据来源网址", "出处链接", "sourceurl", "sourcelink"),
    "as_of": ("数据日期", "截至日期", "截止日期", "更新日期", "更新时间", "采集日期", "来源日期",
              "asof", "sourcedate", "updated", "dataasof"),
    "confidence": ("可信度", "置信度", "confidence"),
    "note": ("备注", "说明", "note", "notes", "remark", "remarks"),
    "ai_relevance": ("ai相关性", "人工智能相关性", "airelevance"),
    "chain_layer": ("产业链层", "产业链层级", "产业链环节", "chainlayer"),
    "segment": ("细分领域", "细分赛道", "segment"),
    "taxonomy_evidence": ("归类依据", "taxonomyevidence"),
    "address_basis": ("地址依据", "addressbasis"),
    "address_confidence": ("地址可信度", "addressconfidence"),
    "group_hint": ("所属集团", "grouphint"),
}  # fmt: skip

# Columns built from several source columns, with the text between the parts.
JOINED: dict[str, str] = {
    "region": " ",
    "former_names": ";",
    "listing": " ",
    "honours": ";",
    "note": ";",
}

# Headers whose values are about a person. Looked for after HEADERS, as a part of the header.
_PERSONAL = re.compile(
    "法定代表|法人代表|法人姓名|法人名字|^法人$|^法人[(（]|法代|负责人|代表人|联系人|联络员|联系方式|"
    "经营者|投资人|股东|高管|经理|董事|监事|合伙人|实际控制人|受益人|姓名|身份证|证件|电话|手机|座机|"
    "移动号码|邮箱|电邮|邮件|传真|微信|qq|e-?mail|phone|mobile|^tel|fax|contact|wechat|"
    "legalperson|legalrep|representative|shareholder|director|manager|owner|idcard|idnumber"
)

_UNIT_IN_ENGLISH = re.compile(r"10k(?:cny)?$")
_SEPARATORS = re.compile(r"[\s_\-*#:;·.。、,\"'‘’“”\ufeff\u200b]+")
_BRACKETS = re.compile(r"[(\[【{<]([^()\[\]【】{}<>]*)[)\]】}>]")
_NUMBERED = re.compile(r"(?:\(\d+\)|\.\d+|_\d+|(?<!\d)\d+)$")
_UNIT_WORDS = re.compile(
    r"^(?:单位)?((?:万亿|亿|千万|百万|十万|万|千)?(?:元|圆)?"
    r"(?:人民币|美元|港元|港币|欧元|日元|英镑)?(?:元|圆)?)$"
)


def plain(header: str) -> str:
    """Return a header in half width and lower case without white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", header)).lower().strip("\ufeff*")


def compact(header: str) -> str:
    """Return the form in which headers are compared; brackets stay."""
    return _SEPARATORS.sub("", plain(header))


_CANONICAL: dict[str, tuple[str, int]] = {
    compact(alias): (canonical, priority)
    for canonical, aliases in HEADERS.items()
    for priority, alias in enumerate(aliases)
}


def unit_of(header: str) -> str | None:
    """Return the unit a header carries, such as 万元 in 注册资本(万元), else None."""
    text = plain(header)
    for content in [*_BRACKETS.findall(text), *re.split(r"[_:/,]", text)[1:]]:
        found = _UNIT_WORDS.match(compact(content))
        if found and found[1]:
            return found[1]
    if _UNIT_IN_ENGLISH.search(compact(header)):
        return "万元"
    return "元" if compact(header).endswith("cny") else None


def recognise(header: str) -> tuple[str, int] | None:
    """Return the canonical column of a header and its priority (0 is best), or None.

    Tried in turn: the header as it is, without its brackets, without a unit after a separator,
    without a number at its end (a duplicated header; lowest priority).
    """
    text = plain(header)
    bare = _BRACKETS.sub("", text)
    parts = re.split(r"[_:/,]", bare)
    head = parts[0] if len(parts) > 1 and _UNIT_WORDS.match(compact(parts[-1])) else bare
    for penalty, form in enumerate((text, bare, head)):
        found = _CANONICAL.get(compact(form))
        if found:
            return found[0], found[1] + 100 * penalty
    found = _CANONICAL.get(compact(_NUMBERED.sub("", bare)))
    return (found[0], found[1] + 1000) if found else None


def is_personal(header: str) -> bool:
    """Tell whether a header announces data about a person."""
    return recognise(header) is None and bool(_PERSONAL.search(compact(header)))
