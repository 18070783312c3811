// The command: its sandbox, and what it prints of the contract.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

export const spec = (program, ...options) =>
  execFileSync(program, ['spec', ...options], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

export async function sandbox(program, options = ['--listen', '127.0.0.1:0']) {
  const child = spawn(program, ['-o', 'json', 'sandbox', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += chunk
    if (said.trimEnd().endsWith('}')) break
  }
  const { url, api_key: key } = JSON.parse(said)
  return {
    url: `${url}/`,
    key,
    ledger: async () => (await fetch(`${url}/sandbox/ledger`)).json(),
    stop: async () => {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
