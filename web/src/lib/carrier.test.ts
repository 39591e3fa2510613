import { describe, expect, it } from 'vitest'
import { carrierAddress, carrierEmpty, isFiles } from './carrier'

describe('targets of files', () => {
	it('gives an address only when it is whole', () => {
		expect(carrierAddress('folder', carrierEmpty())).toBeUndefined()
		expect(carrierAddress('folder', { ...carrierEmpty(), url: 'police' })).toEqual({ url: 'folder:police' })
		expect(carrierAddress('sftp', { url: 'sftp://u@h/x', fingerprint: 'SHA256:x', secret: ' ' })).toBeUndefined()
		expect(carrierAddress('sftp', { url: 'sftp://u@h/x', fingerprint: 'SHA256:x', secret: 'word\n' })).toEqual({ url: 'sftp://u@h/x', fingerprint: 'SHA256:x', secret: 'word' })
		expect(carrierAddress('http', { ...carrierEmpty(), url: 'https://h/x', secret: 'left over' })).toEqual({ url: 'https://h/x' })
	})
	it('tells files from tables', () => {
		expect(['postgres', 'odbc', 'folder', 'sftp', 'http'].map(isFiles)).toEqual([false, false, true, true, true])
	})
})
