// Another system as a real HTTP server: keeps what is posted to it, checks signatures, and answers as it is told to: a status, a
// function of the call, 'cut' (the connection ends without an answer) or 'stall' (it never answers).
import { createServer } from 'node:http'
import { createHmac } from 'node:crypto'

export async function farSide() {
  const calls = []
  const far = { calls, answer: 200, key: null }
  const open = new Set()
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const call = { method: request.method, url: request.url, headers: request.headers, text, delivery: request.headers['yiwang-delivery'], at: Date.now() }
      const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(request.headers['yiwang-signature'] ?? '') ?? []
      call.signed = Boolean(far.key) && signature === createHmac('sha256', far.key).update(`${seconds}.${text}`).digest('hex') && Math.abs(Date.now() / 1000 - seconds) < 300
      try { call.body = JSON.parse(text) } catch { call.body = null }
      call.answered = typeof far.answer === 'function' ? far.answer(call, calls) : far.answer
      calls.push(call)
      if (call.answered === 'stall') return
      if (call.answered === 'cut') return request.socket.destroy()
      const answer = typeof call.answered === 'number' ? { status: call.answered, body: '{}' } : call.answered
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      response.end(answer.body ?? '{}')
    })
  })
  server.on('connection', (socket) => { open.add(socket); socket.on('close', () => open.delete(socket)) })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  far.port = server.address().port
  far.url = `http://127.0.0.1:${far.port}`
  far.taken = () => calls.filter((call) => (call.answered?.status ?? call.answered) === 200)
  far.close = () => { for (const socket of open) socket.destroy(); return new Promise((done) => server.close(done)) }
  return far
}

/** Waits until look() gives something true, and gives it. */
export async function until(look, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; ; await new Promise((r) => setTimeout(r, 50))) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error('it did not happen: ' + look)
  }
}
