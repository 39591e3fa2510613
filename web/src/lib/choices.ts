// Choices of remote selects, from the lists of the server.
import { cases, catalog, exchange, notices, people, places } from '@/api'
import { say } from '@/i18n'
import type { Choice } from '@/components/RemoteSelect.vue'

export const orgChoices = async (q: string): Promise<Choice[]> => {
	const page = await people.orgs()
	return page.items.filter((org) => !q || org.name.includes(q) || org.code.includes(q)).map((org) => ({ value: org.org_id, label: org.name, note: org.code }))
}
export const staffChoices = async (q: string): Promise<Choice[]> => (await notices.staff(q)).items.map((one) => ({ value: one.account_id, label: one.name, note: one.org_name }))
export const serviceChoices = async (q: string): Promise<Choice[]> =>
	(await people.serviceAccounts({ q, limit: 50 })).items.map((one) => ({ value: one.account_id, label: `${one.name} (${one.login})`, note: one.org_name }))
export const askAccountChoices = async (q: string): Promise<Choice[]> =>
	(await cases.accounts()).items.filter((one) => !q || one.name.includes(q) || one.login.includes(q)).map((one) => ({ value: one.account_id, label: one.own ? say('cases.form.self', { name: one.name }) : `${one.name} (${one.login})` }))
export const elementChoices = async (q: string): Promise<Choice[]> =>
	(await catalog.elements(q)).items.slice(0, 100).map((one) => ({ value: one.code, label: `${one.code} ${one.name}` }))
export const codeSetChoices = async (q: string): Promise<Choice[]> =>
	(await catalog.codeSets()).items.filter((one) => !q || one.name.includes(q) || one.title?.includes(q)).map((one) => ({ value: one.name, label: one.title ? `${one.title} (${one.name})` : one.name }))
export const resourceChoices = async (q: string): Promise<Choice[]> =>
	(await catalog.resources({ q, limit: 50 })).items.map((one) => ({ value: one.resource_id, label: one.name, note: one.code }))
export const sourceChoices = async (q: string): Promise<Choice[]> =>
	(await exchange.sources()).items.filter((one) => !q || one.name.includes(q)).map((one) => ({ value: one.source_id, label: one.name, note: one.kind }))
/** Areas of all levels; of the same name they are told apart by their code. */
export const areaChoices = async (q: string): Promise<Choice[]> =>
	(await places.list({ limit: 50, ...(q ? { q } : {}) })).items.map((one) => ({ value: one.area_key, label: one.name, note: one.code }))
export const areaName = async (key: string) => (await places.area(key)).name
export const orgName = async (id: string) => (await people.orgs()).items.find((one) => one.org_id === id)?.name ?? id
