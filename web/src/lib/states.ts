// The language of the eye: every state is a colour, an icon and a word. Tones: done, soon, late, off, plain.
export type Tone = 'done' | 'soon' | 'late' | 'off' | 'plain'
export const tones: Record<string, Record<string, Tone>> = {
	resource: { draft: 'off', review: 'soon', returned: 'late', published: 'done', withdrawn: 'off' },
	freshness: { fresh: 'done', late: 'late', none: 'off' },
	job: { queued: 'off', running: 'plain', reconciled: 'done', failed: 'late', cancelled: 'off' },
	quarantine: { open: 'late', mended: 'soon', replayed: 'done', discarded: 'off' },
	grant: { live: 'done', future: 'plain', expired: 'off', revoked: 'late' },
	batch: { previewed: 'soon', applied: 'done' },
	fate: { new: 'done', changed: 'plain', same: 'off', refused: 'late' },
	delivery: { active: 'done', paused: 'soon', stopped: 'off' },
	parcel: { sending: 'plain', there: 'done' },
	node: { proposed: 'soon', active: 'done', revoked: 'off', down: 'late' },
	stream: { active: 'done', stopped: 'off', problem: 'late' },
	life: { open: 'soon', proposed: 'soon', running: 'plain', failed: 'late', cancelled: 'off', postponed: 'off', destroyed: 'done', void: 'off' },
	account: { active: 'done', disabled: 'off', locked: 'late' },
	org: { active: 'done', closed: 'off', disabled: 'off' },
	opened: { asked: 'soon', open: 'done', returned: 'late', withdrawn: 'off', closed: 'off' },
	light: { green: 'done', amber: 'soon', red: 'late', paused: 'off', none: 'off' },
	outcome: { granted: 'done', corrected: 'done', published: 'done', met: 'done', refused: 'late', rejected: 'late', withdrawn: 'off', '': 'plain' },
	finding: { update_late: 'late', no_data: 'soon', service_fails: 'late', score_low: 'soon' },
	audit: { open: 'late', correction: 'soon', excused: 'off', gone: 'done' },
	supply: { none: 'off', late: 'late', fresh: 'done', unbound: 'plain', proxied: 'done' },
	assessment: { computing: 'plain', computed: 'soon', published: 'done' },
	contest: { open: 'soon', accepted: 'done', rejected: 'off' },
	form: { draft: 'plain', review: 'soon', open: 'done', closed: 'off' },
	verification: { sent: 'plain', answered: 'late', corrected: 'done', closed: 'off' },
	difference: { open: 'late', sent: 'soon', ordered: 'soon', corrected: 'done', right: 'plain', closed: 'off', objected: 'soon', answered: 'plain', gone: 'done' },
	seal: { sealed: 'done', unsealed: 'soon' },
}
export const toneOf = (kind: string, state: string): Tone => tones[kind]?.[state] ?? 'off'
export const roles = ['system_admin', 'security_admin', 'auditor', 'data_bureau', 'data_officer', 'reader', 'service', 'grid_officer', 'handler', 'dispatcher', 'operator', 'supervisor']
// roles of different groups never meet in one account; the server enforces it, the page only says it earlier
export const roleGroup: Record<string, number> = { system_admin: 1, security_admin: 2, auditor: 3, data_bureau: 4, data_officer: 4, reader: 4, service: 5, grid_officer: 4, handler: 4, dispatcher: 4, operator: 4, supervisor: 4 }
export const kinds = ['text', 'integer', 'decimal', 'double', 'date', 'time', 'boolean', 'code', 'geometry'] as const
export const checks = ['gb11643', 'gb32100', 'gb11714', 'gb37346', 'gb2260', 'mobile', 'plate', 'email', 'longitude', 'latitude']
export const masks = ['all', 'name', 'id', 'phone', 'address', 'year', 'round', 'hash']
export const promises = ['realtime', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'irregular']
export const ways = ['api', 'download', 'batch']
export const sharings = ['unconditional', 'conditional', 'none'] as const
export const openings = ['open', 'conditional', 'closed'] as const
