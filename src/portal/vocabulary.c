/* Owns the words of open data: subjects (公共数据开放主题, with the EU data themes), licences, update frequencies (EU frequency
 * vocabulary). Constant; any thread. */
#include "portal/parts.h"

#define THEME "http://publications.europa.eu/resource/authority/data-theme/"
#define FREQUENCY "http://publications.europa.eu/resource/authority/frequency/"

const Word subjects[] = {
    {"government", "机构政务", "Government", THEME "GOVE"},
    {"geography", "地理空间", "Geography", THEME "REGI"},
    {"environment", "生态环境", "Environment", THEME "ENVI"},
    {"market", "市场监管", "Market supervision", THEME "ECON"},
    {"transport", "交通运输", "Transport", THEME "TRAN"},
    {"health", "卫生健康", "Health", THEME "HEAL"},
    {"employment", "社保就业", "Employment and welfare", THEME "SOCI"},
    {"education", "教育科技", "Education and science", THEME "EDUC"},
    {"housing", "城建住房", "Housing and construction", THEME "REGI"},
    {"economy", "财税经济", "Economy and finance", THEME "ECON"},
    {"agriculture", "农业农村", "Agriculture", THEME "AGRI"},
    {"energy", "资源能源", "Energy and resources", THEME "ENER"},
    {"safety", "公共安全", "Public safety", THEME "JUST"},
    {"culture", "文化旅游", "Culture and tourism", THEME "EDUC"},
    {0},
};

const Word licences[] = {
    {"cc-by-4.0", "知识共享 署名 4.0", "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"},
    {"cc0-1.0", "知识共享 公共领域 CC0 1.0", "Creative Commons CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"},
    {"odc-by-1.0", "开放数据共用 署名 1.0", "Open Data Commons Attribution 1.0", "https://opendatacommons.org/licenses/by/1-0/"},
    {"odbl-1.0", "开放数据库许可 1.0", "Open Database License 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"},
    {"mit", "MIT 许可", "MIT License", "https://opensource.org/licenses/MIT"},
    {"apache-2.0", "Apache 许可 2.0", "Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"},
    {"attribution", "按来源要求署名", "With the attribution its source asks for", NULL},
    {0},
};

const Word frequencies[] = {
    {"realtime", "实时", "Continuous", FREQUENCY "CONT"},
    {"daily", "每日", "Daily", FREQUENCY "DAILY"},
    {"weekly", "每周", "Weekly", FREQUENCY "WEEKLY"},
    {"monthly", "每月", "Monthly", FREQUENCY "MONTHLY"},
    {"quarterly", "每季度", "Quarterly", FREQUENCY "QUARTERLY"},
    {"yearly", "每年", "Yearly", FREQUENCY "ANNUAL"},
    {"irregular", "不定期", "Irregular", FREQUENCY "IRREG"},
    {0},
};

const Word *word_find(const Word *words, Text key) {
	for (; words->key; words++)
		if (text_is(key, words->key)) return words;
	return NULL;
}
