// What a server costs that has nothing to do: resident memory of the demo city, and CPU over ten idle seconds.
import { cpu, line, main, memory, serverFresh } from './common.mjs'

main(async () => {
  const server = await serverFresh('sqlite'), pid = server.child.pid
  const admin = await server.as('sysadmin')
  await admin.get('/overview')
  await new Promise((done) => setTimeout(done, 3000))
  line({ work: 'resident memory, demo city', ours: memory(pid, 'VmRSS'), peer: 150, peer_name: 'the limit', unit: 'MB', target: 1, cost: true })
  const before = cpu(pid)
  await new Promise((done) => setTimeout(done, 10000))
  line({ work: 'CPU of 10 idle seconds', ours: Math.max(cpu(pid) - before, 0.001), peer: 0.1, peer_name: 'the limit', unit: 's', target: 1, cost: true })
  await server.stop()
})
