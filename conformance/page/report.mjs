// The report of a batch, as people use it.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'

import { batch, HOSTILE, NAME } from './batch.mjs'
import { SMALL_PHONE } from './browser.mjs'
import { fits, quiet } from './checks.mjs'

const FAILED = ['Refused 2', 'Unknown 1', 'Not sent 1', 'Left 1']

const focused = (page) => page.evaluate(() => document.activeElement.innerText.trim())

// Figures and order are those of the report for programs.
async function agrees({ page }, rows) {
  const headings = await page.locator('.rows h2').allInnerTexts()
  assert.deepEqual(headings, [...FAILED, 'Accepted 2', 'Nothing to do 1'])
  const lines = (state) => rows.filter((row) => row.state === state).map(({ line }) => `line ${line}`)
  for (const [id, state] of [['refused', 'refused'], ['unknown', 'unknown'], ['not-sent', 'not_sent'], ['left', 'waiting']]) {
    const shown = page.locator(`section.${id} li`)
    assert.deepEqual(await shown.locator('.what > span:first-child').allInnerTexts(), lines(state))
    assert.equal(await shown.locator('.next code').count(), lines(state).length, `each ${state} row has its command`)
  }
  const cents = (amount) => Math.round(Number(amount) * 100)
  const charged = rows.reduce((sum, { amount }) => sum + cents(amount ?? 0), 0)
  assert.ok(charged > 0)
  assert.equal(cents((await page.locator('.sums dd').first().innerText()).replace(' EUR', '')), charged)
  const day = (await page.locator('tfoot td').allInnerTexts()).map(cents)
  assert.deepEqual([day[0] + day[1], day[2]], [charged, charged])
  assert.equal(await page.getByRole('img').locator('rect').count(), 2, 'a bar for each kind')
}

// Hostile text is text.
async function harmless({ page }) {
  assert.equal(await page.locator('script, img, [onerror]').count(), 0)
  await page.getByText(HOSTILE.target, { exact: true }).waitFor()
  await page.getByText(HOSTILE.ref, { exact: true }).waitFor()
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), `Batch ${NAME}`)
}

// From the keyboard alone: the first stop leads over the figures to what failed first.
async function byKeyboard({ page }) {
  await page.keyboard.press('Tab')
  assert.equal(await focused(page), 'Skip to the rows: refused')
  assert.ok((await page.locator('.skip').boundingBox()).x >= 0, 'the skip link is seen where it is focused')
  await page.keyboard.press('Enter')
  assert.equal(await focused(page), FAILED[0])
  const { y } = await page.locator('section.refused li').first().boundingBox()
  assert.ok(y >= 0 && y < page.viewportSize().height, `the first that failed is in sight, at ${y}`)
}

// A table that is wider than the screen scrolls by itself.
async function scrolls({ page }) {
  const region = page.getByRole('region', { name: 'Accepted rows' }).and(page.locator('.scrolls'))
  await region.focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction((it) => it.scrollLeft > 0, await region.elementHandle())
}

// Every text stands out from what is behind it, by WCAG's formula.
async function contrast({ page }) {
  const [seen, faint] = await page.evaluate(() => {
    const parts = (colour) => colour.match(/[\d.]+/g).map(Number)
    const channel = (it) => (it / 255 <= 0.04045 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4)
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
    const behind = (element) => {
      for (let it = element; it; it = it.parentElement) {
        const colour = parts(getComputedStyle(it).backgroundColor)
        if (colour[3] !== 0) return colour
      }
      return [255, 255, 255]
    }
    const faint = []
    let seen = 0
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement
      if (texts.currentNode.data.trim() === '' || !element.checkVisibility()) continue
      const style = getComputedStyle(element)
      const colours = [parts(element.closest('svg') ? style.fill : style.color), behind(element)].map(light)
      const ratio = (Math.max(...colours) + 0.05) / (Math.min(...colours) + 0.05)
      seen += 1
      if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${texts.currentNode.data.trim()}`)
    }
    return [seen, faint]
  })
  assert.ok(seen > 50, `${seen} texts`)
  assert.deepEqual(faint, [], 'text that is too faint')
}

export async function report({ program, folder, check, fires, using }) {
  await batch(program, async ({ oxhost, file }) => {
    const html = readFileSync(file, 'utf8')
    const rows = (await oxhost('batch', 'report', NAME, '-ojson')).trim().split('\n').map((line) => JSON.parse(line))
    const copy = resolve(folder, 'report.html')
    writeFileSync(copy, html)
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
    })
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
    const url = `http://127.0.0.1:${server.address().port}/`
    const shot = ({ page }, name) => page.screenshot({ path: join(folder, `report-${name}.png`), fullPage: true })

    await check('the report that a run writes is the one that is printed', async () =>
      assert.equal(await oxhost('batch', 'report', NAME, '--format', 'html'), html))
    for (const [how, at] of [['as a file', `file://${copy}`], ['from a server', url]]) {
      await check(`the report, ${how}, has what failed first, agrees with its rows and asks for nothing`, () =>
        using(at, {}, async (opened) => {
          await agrees(opened, rows)
          await harmless(opened)
          quiet(opened, [`GET ${at}`])
        }))
    }
    await check('the report leads to what failed from the keyboard', () => using(url, {}, byKeyboard))
    for (const scheme of ['light', 'dark']) {
      await check(`the report can be read, ${scheme}`, () => using(url, { scheme }, async (opened) => {
        await shot(opened, scheme)
        await contrast(opened)
      }))
      await check(`the report fits on a small phone, ${scheme}`, () =>
        using(url, { scheme, size: SMALL_PHONE }, async (opened) => {
          await shot(opened, `phone-${scheme}`)
          await fits(opened)
          await contrast(opened)
          await byKeyboard(opened)
          await scrolls(opened)
        }))
    }
    await check('the report can be printed', () => using(url, { scheme: 'dark' }, async (opened) => {
      await opened.page.emulateMedia({ media: 'print' })
      await shot(opened, 'print')
      await contrast(opened)
    }))

    // Each check fails where it must.
    const unlocked = (text) => text.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
    const put = (markup) => (text) => text.replace('</main>', `${markup}</main>`)
    const image = put('<img src="https://example.com/x.png" alt="">')
    for (const [what, alter] of [
      ['an image from elsewhere', image],
      ['a script', put('<script>throw Error("ran")</script>')],
      ['a style of its own', put('<p style="position:fixed">over all</p>')],
    ]) {
      await check(`${what} is not taken by the report`, () =>
        using(url, { alter }, ({ complaints }) => {
          assert.match(complaints.join(), /Content Security Policy/)
          assert.doesNotMatch(complaints.join(), /ran$/)
        }))
    }
    await fires('a report that asks for more', /example\.com/, () =>
      using(url, { alter: (text) => unlocked(image(text)) }, (opened) => quiet(opened, [`GET ${url}`])))
    await fires('a report with text that is not escaped', /!== 0/, () =>
      using(url, { alter: (text) => text.replaceAll('&#60;', '<').replaceAll('&#62;', '>') }, harmless))
    const later = (text) => text.replace(/(<section class="rows refused"[^]*?<\/section>)([^]*)<\/main>/, '$2$1</main>')
    await fires('a report with failures at its end', /Refused 2/, () =>
      using(url, { alter: later }, (opened) => agrees(opened, rows)))
    await fires('a report without its skip link', /Skip to the rows/, () =>
      using(url, { alter: (text) => text.replace('class="skip"', 'hidden') }, byKeyboard))
    const dim = (text) => unlocked(text).replace('--quiet: #545b63', '--quiet: #8a929a')
    await fires('a report in faint grey', /too faint/, () => using(url, { alter: dim }, contrast))
    const wide = (text) => unlocked(text).replace('overflow-x: auto', 'overflow-x: visible')
    await fires('a report that is too wide', /px wide in 360/, () => using(url, { alter: wide, size: SMALL_PHONE }, fits))
    server.close()
  })
}
