// Nodes as people name them.
import type { Node, Stream } from '@/api/types'
/** "5e5d a86a 8081 …": what is read out by telephone. */
export const printOf = (fingerprint: string) => fingerprint.replace(/(.{4})(?=.)/g, '$1 ')
export const stateOf = (node: Node) => node.state === 'active' && node.problem ? 'down' : node.state
export const streamState = (stream: Stream) => stream.state === 'active' && (stream.problem || stream.job_state === 'failed') ? 'problem' : stream.state
