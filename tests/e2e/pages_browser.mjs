// A real browser over the real server: pages watched for foreign requests and console errors, axe, screenshots, words. A test that fails
// tells with its error what the desks that it left open showed.
import { afterEach } from 'node:test'
import { createRequire } from 'node:module'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { root } from './harness.mjs'

const require = createRequire(join(root, 'web/package.json'))
const { chromium } = require('playwright-core')
// run by hand: AxeBuilder would compile it anew for each look, a third of what looking costs
const axe = readFileSync(createRequire(require.resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js'), 'utf8')
const executable = process.env.YIWANG_CHROMIUM ?? '/usr/bin/chromium'
const flags = ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync']
const shots = join(root, 'build/shots')
// top groups of the message files: "catalog.col.name" on a page is a key without a text
const untranslated = /\b(?:app|nav|word|act|time|error|file|reason|login|pass|overview|states|catalog|cases|jobs|quarantine|grants|openings|evidence|people|quality|life|adapters|measure|cascade|events|desk)\.[a-z]\w*(?:\.\w+)*\b/
const english = /\b[A-Za-z]{2,}(?:[ ,]+[a-z]{2,}){3,}/ // four English words in a row are a sentence
const han = /\p{Script=Han}/u

/** One Chromium for a suite; desks are the persons' contexts. */
export async function openBrowser() {
  assert.ok(existsSync(executable), `${executable} is missing: run make setup, or name a Chromium in YIWANG_CHROMIUM`)
  mkdirSync(shots, { recursive: true })
  return chromium.launch({ executablePath: executable, args: flags })
}

const open = new Set() // desks
let failures = 0
afterEach(async (t) => {
  const error = t.error?.cause ?? t.error
  if (t.passed || !error) return
  for (const desk of open) error.stack += '\n' + await desk.told(`failed-${process.pid}-${++failures}`).catch((why) => 'the page showed nothing: ' + why.message)
})

/** For people to look at; where nobody will (tools/test.sh), they would cost a tenth of the pages' time. */
export const shot = async (page, name) => process.env.YIWANG_SHOTS !== '0' && page.screenshot({ path: join(shots, name + '.png'), fullPage: true })

/** A person at a browser: their context and page, and whatever went wrong in it. */
export class Desk {
  constructor(server, engine) {
    Object.assign(this, { server, engine, wrong: [], calls: new Map(), refused: [] })
  }
  /** With a client of the harness the person is logged in already. context: more of Playwright's options. */
  static async open(browser, server, engine, client, context = {}) {
    const desk = new Desk(server, engine)
    desk.context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
      reducedMotion: 'reduce', acceptDownloads: true, ...context })
    desk.context.setDefaultTimeout(20000)
    if (client) {
      const [name, ...value] = client.cookie.split('=')
      await desk.context.addCookies([{ name, value: value.join('='), url: server.url }])
    }
    desk.page = await desk.context.newPage()
    desk.watch(desk.page)
    open.add(desk)
    desk.context.once('close', () => open.delete(desk))
    return desk
  }
  watch(page) {
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== this.server.url) this.wrong.push('request outside: ' + request.url())
      if (url.pathname.startsWith('/api/') && request.resourceType() !== 'eventsource') this.calls.set(request, Date.now())
    })
    for (const ended of ['requestfinished', 'requestfailed']) page.on(ended, (request) => this.calls.delete(request))
    page.on('pageerror', (error) => this.wrong.push('page error: ' + error.stack))
    page.on('console', (message) => {
      // a refusal that the page handles (401 before login, 404) is written by the browser itself
      if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) this.wrong.push('console: ' + message.text())
    })
    page.on('response', (response) => {
      if (response.status() >= 500 || (response.status() === 404 && !response.url().includes('/api/'))) this.wrong.push(`${response.status()} ${response.url()}`)
      if (response.status() >= 400) this.refusal(response)
    })
  }
  /** Notes a refused call for told(). */
  async refusal(response) {
    const said = { call: `${response.status()} ${response.request().method()} ${response.url().slice(this.server.url.length)}` }
    this.refused = [...this.refused.slice(-9), said]
    const problem = await response.json().catch(() => ({}))
    said.call += ` ${problem.code ?? ''} ${problem.field ?? ''} ${problem.rule ?? ''} ${problem.detail ?? ''}`
  }
  /** What the page shows now, for the error of a test: address, alerts, calls refused and under way, a screenshot. */
  async told(name) {
    const alerts = await this.page.locator('[role=alert]:visible').allInnerTexts()
    await this.page.screenshot({ path: join(shots, name + '.png'), timeout: 5000 })
    const lines = [`the page showed: ${this.page.url()} (build/shots/${name}.png)`, ...alerts.map((text) => 'alert: ' + text.replace(/\s+/g, ' ').slice(0, 400)),
      ...this.refused.map((one) => 'refused: ' + one.call), ...[...this.calls.keys()].map((one) => `under way: ${one.method()} ${one.url()}`), ...this.wrong.map((one) => 'wrong: ' + one)]
    return lines.join('\n  ')
  }
  async go(path) {
    await this.page.goto(this.server.url + path)
    await this.settled()
  }
  /** At an address that a click led to, drawn whole: what is clicked next does not move under the pointer. */
  async arrived(url, options) {
    await this.page.waitForURL(url, options)
    await this.settled()
  }
  /** No call under way (but one that takes more than five seconds) and nothing said to be loading. */
  async settled() {
    const young = () => [...this.calls.values()].some((begun) => Date.now() - begun < 5000)
    while (young()) await new Promise((done) => setTimeout(done, 10))
    await this.page.waitForFunction((words) => !words.some((word) => document.body.innerText.includes(word)), ['正在读取…', 'Loading…'])
    await this.page.evaluate(() => document.fonts.ready)
  }
  /** Looks at the page as it is now: screenshot, axe, words, width. */
  async look(name, { width = 1440, words = true } = {}) {
    const page = this.page
    await page.setViewportSize({ width, height: width < 600 ? 844 : 900 })
    await this.settled()
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    await shot(page, `${this.engine}-${name}-${width}`)
    if (this.engine === 'sqlite') await this.readAxe(`${name} at ${width}`) // the same page over either store
    if (words) await this.readWords(name)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(over <= 1, `${name} at ${width}: the page is ${over} px wider than the window`)
    assert.deepEqual(this.wrong, [], name)
    if (width !== 1440) await page.setViewportSize({ width: 1440, height: 900 })
  }
  /** Nothing serious that axe finds. */
  async readAxe(name) {
    const { page } = this
    if (!await page.evaluate(() => Boolean(window.axe))) await page.evaluate(axe)
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'], preload: { assets: ['media'] } }))
    const grave = violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    assert.deepEqual(grave.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ') + ' ' + node.html.slice(0, 160)).join('\n')}`), [], name)
  }
  /** The desk's page and, with the same content, a phone's. */
  async lookBoth(name) {
    await this.look(name)
    await this.look(name, { width: 390 })
  }
  /** Runs with the window of a phone. */
  async phone(run) {
    await this.page.setViewportSize({ width: 390, height: 844 })
    await run()
    await this.page.setViewportSize({ width: 1440, height: 900 })
  }
  /** No key without a text; no English sentence on a Chinese page; no Chinese word of the page itself on an English one. */
  async readWords(name) {
    const said = await this.page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      const all = []
      const own = []
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.parentElement
        const text = node.data.trim()
        if (!text || at.closest('code,pre,script,style,input,textarea,.el-tag') || !at.getClientRects().length) continue
        all.push(text)
        if (at.closest('button,dt,label,h2,nav,[role=tab],.state') && !at.closest('.who,.language,.crumbs,.picker,.summary,.mapping,.facets .data,td')) own.push(text)
      }
      return { language: document.documentElement.lang, all, own }
    })
    for (const text of said.all) assert.doesNotMatch(text, untranslated, `${name}: untranslated`)
    if (said.language === 'zh-CN') assert.deepEqual(said.all.filter((text) => english.test(text)), [], `${name}: English on a Chinese page`)
    else for (const text of said.own) assert.doesNotMatch(text, han, `${name}: Chinese on an English page`)
  }
  button(name, options = {}) {
    return this.page.getByRole('button', { name, exact: true, ...options })
  }
  link(name) {
    return this.page.getByRole('link', { name, exact: true })
  }
  label(name) {
    return this.page.getByLabel(name, { exact: true })
  }
  /** Chooses an option of a select that is a list of its own (not the browser's). */
  async choose(label, option) {
    await this.page.getByRole('combobox', { name: label, exact: true }).click()
    await this.page.getByRole('option', { name: option }).first().click()
  }
  async close() {
    assert.deepEqual(this.wrong, [])
    await this.context.close()
  }
}
