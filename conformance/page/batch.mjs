// A batch with a row of each end, made by the command against its sandbox.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sandbox } from './sandbox.mjs'

export const NAME = 'may & <june>'
export const HOSTILE = { target: '<script>throw Error("ran")</script>', ref: '"><img src=https://example.com/x.png onerror=alert(1)>' }
const SUBSCRIPTION = 'sub123-4567-8901-2345-678901234567'
const [SERVER, USER] = ['server12345-6789-0123-4567-890123456789', 'user12345-6789-0123-4567-890123456789']

const renewal = (target, ref, months = 1) => ({ kind: 'plesk_renew', target, months, ref })
const extension = (ref, hours) => ({ kind: 'server_extend', target: SERVER, hours, user: USER, ref })
const ENDED = [
  renewal(SUBSCRIPTION, 'paid'), renewal(HOSTILE.target, HOSTILE.ref), renewal(`sub-${'0'.repeat(200)}`, 'long'),
  extension('hours', 24), { kind: 'plesk_renew', target: SUBSCRIPTION, until: '2025-01-01', ref: 'lasts' },
]
const LOST = [extension('lost', 48)]
const UNSENT = [renewal(SUBSCRIPTION, 'unsent', 2), renewal(SUBSCRIPTION, 'left', 3)]

// `use` gets a function that runs the command at the batch's journal, and what it printed.
export async function batch(program, use) {
  const folder = mkdtempSync(join(tmpdir(), 'oxhost-report-'))
  const env = { PATH: process.env.PATH, OXHOST_JOURNAL: join(folder, 'journal.db') }
  const oxhost = (...args) => new Promise((ended) => {
    // Each of these runs ends with rows that failed, which the exit code says.
    execFile(program, args, { env, encoding: 'utf8' }, (_, stdout) => ended(stdout))
  })
  const run = (rows, ...more) => {
    const file = join(folder, 'rows.jsonl')
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    return oxhost('batch', 'run', file, '--batch', NAME, '--concurrency', '1', '--max-unknown', '1', '--yes', ...more)
  }
  try {
    // Each time at the same address, which is who is paid: one that answers, one that loses an order, and nobody.
    const first = await sandbox(program)
    Object.assign(env, { OXHOST_BASE_URL: first.url, OXHOST_API_KEY: first.key })
    const again = ['--listen', new URL(first.url).host, '--fault', 'before:close-reply@0', '--fault', 'hide=all']
    await run(ENDED).finally(first.stop)
    const second = await sandbox(program, again)
    await run([...ENDED, ...LOST]).finally(second.stop)
    const file = join(folder, 'report.html')
    await run([...ENDED, ...LOST, ...UNSENT], '--max-spend', '1000', '--allow-unknown-price', '--report', file)
    return await use({ oxhost, file })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
