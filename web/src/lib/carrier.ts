// Targets that take files, and their addresses as a form has them.
export const isFiles = (kind?: string) => kind === 'folder' || kind === 'sftp' || kind === 'http'
export interface CarrierForm { url: string; fingerprint: string; secret: string }
export const carrierEmpty = (): CarrierForm => ({ url: '', fingerprint: '', secret: '' })
/** What the API takes of such a target's address; undefined while something is missing. A kept secret may be left out. */
export function carrierAddress(kind: string, form: CarrierForm, kept = false) {
	const secret = form.secret.trim()
	if (!form.url || (kind === 'sftp' && !(form.fingerprint && (secret || kept)))) return undefined
	return kind === 'folder' ? { url: 'folder:' + form.url } : kind === 'sftp' ? { url: form.url, fingerprint: form.fingerprint, ...(secret ? { secret } : {}) } : { url: form.url }
}
