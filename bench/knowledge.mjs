// Answers of 12345 found while an operator types: each prefix of what is typed is a search over 10,000 published articles, over HTTP with the whole articles
// in the answer, beside bare FTS5 in process with the same words over the same titles and keywords, and beside a plain scan (LIKE on title and keywords,
// ranked by how many words are there).   node bench/knowledge.mjs [ARTICLES] [sqlite] [postgres]
import { rmSync } from 'node:fs'
import http from 'node:http'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { build, cpu, line, main, postgresStart, scratch, serverFresh, start, timed, writeRows } from './common.mjs'
const { random } = await import('../tests/e2e/harness.mjs')

const numbers = process.argv.slice(2).filter((a) => /^\d+$/.test(a)), named = process.argv.slice(2).filter((a) => !/^\d+$/.test(a))
const ARTICLES = Number(numbers[0] ?? 10000), engines = named.length ? named : ['sqlite', 'postgres'], TYPED = Number(process.env.BENCH_TYPED ?? 60)
const words = (text) => text.split(' ')
const subjects = words('社保 医保 公积金 居住证 身份证 户口 护照 结婚登记 离婚 生育 产假 失业金 低保 残疾证 老年证 公交卡 停车 违章 驾驶证 年检 出租车 网约车 学区 转学 幼儿园 高考 助学金 暖气 燃气 自来水 停电 路灯 井盖 垃圾 渣土 油烟 噪声 违建 占道 共享单车 绿化 树木 河道 积水 物业 电梯 加装电梯 维修资金 房产证 公租房 拆迁 宅基地 土地 农药 种子 动物疫苗 宠物 食品安全 餐饮许可 营业执照 发票 退税 消费维权 预付卡 旅行社 快递 宽带 劳动合同 工资 工伤 仲裁 法律援助 信访 消防通道 危化品 景区 图书馆 体育馆')
const verbs = words('怎样办理 如何查询 需要什么材料 在哪里办 多久办结 可以代办吗 费用是多少 怎样投诉 如何变更 怎样注销 丢失补办 网上能办吗 转移接续 到期续办 异地办理 减免条件 找谁处理 周末上班吗')
const places = words('城东 城西 高新区 开发区 滨湖 老城 新城 南闸 澄江 各镇街'), extra = words('需要预约 窗口 证明 材料 时限 收费 热线 夜间 节假日 老人 孩子 外地 企业 个人 租房 单位 学校 小区 路口 楼顶')
const make = (r) => { const one = (list) => list[Math.floor(r() * list.length)]; return { one, title: () => (r() < 0.3 ? one(places) : '') + one(subjects) + (r() < 0.3 ? '和' + one(subjects) : '') + one(verbs), keywords: () => Array.from({ length: 3 + Math.floor(r() * 5) }, () => one(r() < 0.5 ? subjects : extra)).join(' ') } }

/** For the peers: single characters and pairs, other words whole. */
function tokens(text, single = true) {
  const out = new Set()
  for (const [run] of text.toLowerCase().matchAll(/[\u4e00-\u9fff]+|[a-z0-9]+/g)) {
    if (run < '\u4e00') { out.add(run); continue }
    for (let i = 0; i < run.length; i++) { if (single || run.length === 1) out.add(run[i]); if (i + 1 < run.length) out.add(run.slice(i, i + 2)) }
  }
  return [...out]
}
function articles() {
  const m = make(random(42))
  return Array.from({ length: ARTICLES }, (_, i) => ({ id: 1000000 + i, title: m.title() + (i % 5 ? '' : String(i)), keywords: m.keywords(), type: m.one(['', '', 'consult', 'help', 'complain']), used: Math.floor(Math.random() * 50),
    answer: `演示答复：${m.title()}。${'请携带有效证件到窗口办理，受理后按承诺时限办结，进度可拨打热线查询。'.repeat(1 + i % 6)}` }))
}
async function put(server, list) {
  const article = join(scratch, 'article.csv')
  const columns = 'article_id,kind,type,title,answer,keywords,org_id,valid_until_us,state,draft_state,draft,draft_by,review_note,used,doubts,doubt_words,edition,published_us,published_by,updated_us,version'
  await writeRows(article, '', list.length, (i) => { const a = list[i]; return [a.id, 'knowledge', a.type, a.title, a.answer, a.keywords, 0, 0, 'published', '', 'null', 0, '', a.used, 0, '', 1, 1, 0, 1, 1].join(',') + '\n' })
  // their words are indexed when the server starts
  if (server.store) timed('psql', [server.store, '-qc', `\\copy hotline_article (${columns}) from '${article}' with (format csv, force_not_null (${columns.split(',').filter((n) => !/_id$|_us$|_by$|used|doubts$|edition|version/.test(n)).join(',')}))`, '-c', 'ANALYZE hotline_article'])
  else timed('sqlite3', [join(server.dir, 'yiwang.db'), `CREATE TEMP TABLE t (${columns});`, `.import --csv ${article} t`, `INSERT INTO hotline_article (${columns}) SELECT ${columns} FROM t;`])
}
async function peers(list) {
  const file = join(scratch, 'knowledge.db'), csv = join(scratch, 'knowledge.csv')
  rmSync(file, { force: true })
  await writeRows(csv, '', list.length, (i) => [i + 1, tokens(list[i].title).join(' '), tokens(list[i].keywords).join(' ')].join(',') + '\n')
  timed('sqlite3', [file, "CREATE VIRTUAL TABLE entry USING fts5(title, keywords, content='', tokenize='ascii')", 'CREATE TEMP TABLE t (id,a,b)', `.import --csv ${csv} t`, 'INSERT INTO entry (rowid, title, keywords) SELECT * FROM t', "INSERT INTO entry (entry) VALUES ('optimize')"])
  const child = start(join(build, 'search_peer'), [file], { stdio: ['pipe', 'pipe', 'inherit'] }), lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (typed) => { // any of the words, the best first: as ours
    child.stdin.write(tokens(typed, false).slice(0, 24).map((one) => `"${one}"`).join(' OR ') + '\n')
    return Number((await lines.next()).value.split(' ')[0]) / 1000
  }
}
/** In process, over texts that lie in memory: the least that a scan costs. */
function scan(list, typed) {
  const from = performance.now(), asked = tokens(typed, false)
  const found = list.map((one) => [asked.reduce((n, word) => n + (one.title.includes(word) || one.keywords.includes(word)), 0), one]).filter(([n]) => n * 3 >= asked.length && n).sort((a, b) => b[0] - a[0]).slice(0, 10)
  return [performance.now() - from, found.length]
}
/** What is typed, key by key: each state of the line from two characters on. */
function typing() {
  const m = make(random(7)), lines = Array.from({ length: TYPED }, () => m.one([() => m.one(subjects) + m.one(verbs), () => '请问' + m.one(places) + m.one(subjects) + m.one(verbs), () => '我家门口的' + m.one(subjects) + '坏了好几天没人管，' + m.one(verbs), () => m.one(subjects) + ' ' + m.one(extra)])())
  return lines.flatMap((text) => Array.from({ length: text.length - 1 }, (_, i) => text.slice(0, i + 2)))
}
function asker(client) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }), url = new URL(client.server.url)
  return (typed) => new Promise((done, failed) => {
    const from = performance.now()
    const ask = http.request({ agent, method: 'POST', host: url.hostname, port: url.port, path: '/api/v1/hotline/articles/search', headers: { cookie: client.cookie, 'x-csrf-token': client.csrf, 'content-type': 'application/json' } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => { text += part }).on('end', () => (answer.statusCode === 200 ? done([performance.now() - from, JSON.parse(text).items.length]) : failed(new Error(text))))
    }).on('error', failed)
    ask.end(JSON.stringify({ kind: 'knowledge', q: typed }))
  })
}
const at = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))]

async function bench(engine) {
  const server = await serverFresh(engine), list = articles()
  await server.stop()
  await put(server, list)
  await server.start()
  const ask = asker(await server.as('cg.operator')), peer = await peers(list), asked = typing()
  for (const one of asked.slice(0, 200)) { await ask(one); await peer(one); scan(list, one) }
  const ours = [], fts = [], scans = [], before = cpu(server.child.pid)
  let found = 0
  for (const one of asked) { // turn about; the best of three is what the question costs
    const tries = { ours: [], fts: [], scan: [] }
    for (let i = 0; i < 3; i++) {
      const [ms, n] = await ask(one)
      tries.ours.push(ms); tries.fts.push(await peer(one)); tries.scan.push(scan(list, one)[0])
      if (i === 0) found += n
    }
    ours.push(Math.min(...tries.ours)); fts.push(Math.min(...tries.fts)); scans.push(Math.min(...tries.scan))
  }
  const slow = asked.map((one, i) => [one, ours[i]]).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([one, ms]) => `${one} ${ms.toFixed(1)}`)
  process.stderr.write(`slowest: ${slow.join(', ')}; ${(found / asked.length).toFixed(1)} found on average; processor time of the server ${((cpu(server.child.pid) - before) * 1000 / asked.length / 3).toFixed(2)} ms a search\n`)
  const work = `answers of 12345 while somebody types, over ${ARTICLES}, p99, ${engine}`
  line({ work, ours: at(ours, 0.99), peer: 30, peer_name: 'the limit', unit: 'ms', target: 1, cost: true, median: at(ours, 0.5) })
  line({ work, ours: at(ours, 0.99), peer: at(fts, 0.99), peer_name: 'bare FTS5, any of the words, ORDER BY rank LIMIT 50, in process', unit: 'ms', target: 0.5, cost: true, median: at(fts, 0.5) })
  line({ work, ours: at(ours, 0.99), peer: at(scans, 0.99), peer_name: 'a scan of titles and keywords in memory, in process', unit: 'ms', target: 0.5, cost: true, median: at(scans, 0.5) })
  await server.stop()
}

main(async () => {
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine)
})
