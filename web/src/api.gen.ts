// Written by `yiwang routes --typescript` from the server's route table. Do not edit.
import { call } from './api/client'

type Query = Record<string, string | number | boolean | null | undefined>
const rest = (input: object, ...path: string[]) =>
	Object.fromEntries(Object.entries(input).filter(([name]) => !path.includes(name))) as Query

export type Account = Record<string, unknown>
export type EvidenceEntry = Record<string, unknown>
export type EvidenceCheckpoint = Record<string, unknown>
export type EvidenceStream = Record<string, unknown>
export type Grant = GrantGetOutput
export type Job = JobGetOutput
export type OverviewItem = Record<string, unknown>
export interface AccountListOutput {
	/** by age */
	items: Account[]
	/** cursor of the next page */
	next: string|null
}
export interface AccountListInput {
	/** part of login or name */
	q?: string
	/** only this organisation */
	org?: string
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Lists accounts with roles and state. */
export const accountList = (input: AccountListInput = {}) =>
	call<AccountListOutput>('GET', `/accounts`, { query: { q: input.q, org: input.org, after: input.after, limit: input.limit } })
export interface AccountCreateOutput {
	/** account */
	account_id: string
	/** shown once; must be changed at the first login; people only */
	one_time_password?: string
}
export interface AccountCreateInput {
	/** small letters, digits, . - _ */
	login: string
	/** name of the person or system */
	name: string
	/** organisation */
	org_id: string
	/** services have keys, people have passwords */
	kind: 'person' | 'service'
}
/** Makes an account without roles; a person's one-time password is shown once. */
export const accountCreate = (input: AccountCreateInput) =>
	call<AccountCreateOutput>('POST', `/accounts`, { body: { login: input.login, name: input.name, org_id: input.org_id, kind: input.kind } })
export interface AccountChangeOutput {
	/** account */
	account_id: string
	/** login */
	login: string
	/** name */
	name: string
	/** organisation */
	org_id: string
	/** its name */
	org_name: string
	/** state */
	state: "active"|"disabled"
	/** kind */
	kind: "person"|"service"
	/** roles */
	roles: string[]
	/** time, when locked */
	locked_until: string|null
	/** time */
	last_login: string|null
	/** rises with each change */
	version: number
}
export interface AccountChangeInput {
	/** account */
	id: string
	/** version read before */
	version: number
	/** new name */
	name?: string
	/** new organisation */
	org_id?: string
	/** a disabled account's sessions and keys end at once */
	state?: 'active' | 'disabled'
}
/** Changes name, organisation or state of an account. */
export const accountChange = (input: AccountChangeInput) =>
	call<AccountChangeOutput>('PATCH', `/accounts/${encodeURIComponent(input.id)}`, { body: { version: input.version, name: input.name, org_id: input.org_id, state: input.state } })
export interface KeyListOutput {
	/** newest first */
	items: {key_id: string, label: string, state: "live"|"expired"|"revoked", created_at: string, expires_at: string | null, revoked_at: string | null, last_used: string | null}[]
	/** there is one page */
	next: null
}
export interface KeyListInput {
	/** service account */
	id: string
}
/** Lists keys of a service account. */
export const keyList = (input: KeyListInput) =>
	call<KeyListOutput>('GET', `/accounts/${encodeURIComponent(input.id)}/keys`)
export interface KeyCreateOutput {
	/** key */
	key_id: string
	/** the key itself: shown now and never again */
	secret: string
}
export interface KeyCreateInput {
	/** service account */
	id: string
	/** what the key is for */
	label: string
	/** end of the key, absent = none */
	expires_at?: string
}
/** Makes a key for a service account of one's own organisation; it is shown once. */
export const keyCreate = (input: KeyCreateInput) =>
	call<KeyCreateOutput>('POST', `/accounts/${encodeURIComponent(input.id)}/keys`, { body: { label: input.label, expires_at: input.expires_at } })
export interface AccountPasswordOutput {
	/** shown once; must be changed at the next login */
	one_time_password: string
}
export interface AccountPasswordInput {
	/** account */
	id: string
}
/** Sets a one-time password, shown once, and ends the account's sessions. */
export const accountPassword = (input: AccountPasswordInput) =>
	call<AccountPasswordOutput>('POST', `/accounts/${encodeURIComponent(input.id)}/password`)
export interface AccountRolesOutput {
	/** account */
	account_id: string
	/** login */
	login: string
	/** name */
	name: string
	/** organisation */
	org_id: string
	/** its name */
	org_name: string
	/** state */
	state: "active"|"disabled"
	/** kind */
	kind: "person"|"service"
	/** roles */
	roles: string[]
	/** time, when locked */
	locked_until: string|null
	/** time */
	last_login: string|null
	/** rises with each change */
	version: number
}
export interface AccountRolesInput {
	/** account */
	id: string
	/** version read before */
	version: number
	/** array of role names; exclusive groups never meet in one account */
	roles: unknown
}
/** Sets the roles of another account; exclusive groups are enforced. */
export const accountRoles = (input: AccountRolesInput) =>
	call<AccountRolesOutput>('PUT', `/accounts/${encodeURIComponent(input.id)}/roles`, { body: { version: input.version, roles: input.roles } })
export interface AccountUnlockOutput {
	/** account */
	account_id: string
	/** login */
	login: string
	/** name */
	name: string
	/** organisation */
	org_id: string
	/** its name */
	org_name: string
	/** state */
	state: "active"|"disabled"
	/** kind */
	kind: "person"|"service"
	/** roles */
	roles: string[]
	/** time, when locked */
	locked_until: string|null
	/** time */
	last_login: string|null
	/** rises with each change */
	version: number
}
export interface AccountUnlockInput {
	/** account */
	id: string
}
/** Unlocks an account after failed logins. */
export const accountUnlock = (input: AccountUnlockInput) =>
	call<AccountUnlockOutput>('POST', `/accounts/${encodeURIComponent(input.id)}/unlock`)
export interface AdapterImportsOutput {
	/** newest first */
	items: {batch_id: string, adapter: string, data: string, platform: string, org_id: string, file_name: string, sha256: string, state: "previewed" | "applied", new: number, changed: number, same: number, refused: number, created_at: string, applied_at: string | null, job_id: string | null, resource_id: string | null}[]
	/** cursor */
	next: string | null
}
export interface AdapterImportsInput {
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Imports of one's organisation; the data bureau sees all but those of records. */
export const adapterImports = (input: AdapterImportsInput = {}) =>
	call<AdapterImportsOutput>('GET', `/adapter-imports`, { query: { after: input.after, limit: input.limit } })
export interface AdapterImportRowsOutput {
	/** import */
	batch_id: string
	/** mapping */
	adapter: string
	/** what it holds */
	data: string
	/** the other platform */
	platform: string
	/** whose import */
	org_id: string
	/** as given */
	file_name: string
	/** of the file */
	sha256: string
	/** whether it was applied */
	state: "previewed" | "applied"
	/** rows */
	new: number
	/** rows */
	changed: number
	/** rows */
	same: number
	/** rows */
	refused: number
	/** dry run */
	created_at: string
	/** applied */
	applied_at: string | null
	/** records: the load */
	job_id: string | null
	/** records: of which resource */
	resource_id: string | null
	/** of the template */
	columns: string[]
	/** as in the file; empty once adapter.keep_days are over */
	rows: {row_no: number, fate: "new" | "changed" | "same" | "refused", id: string, cells: string[], reasons: {field: string, value: string, rule: string, message: string, advice: string}[]}[]
	/** cursor */
	next: string | null
}
export interface AdapterImportRowsInput {
	/** import */
	id: string
	/** only these rows */
	fate?: 'new' | 'changed' | 'same' | 'refused'
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** One import with its rows and why they were refused. */
export const adapterImportRows = (input: AdapterImportRowsInput) =>
	call<AdapterImportRowsOutput>('GET', `/adapter-imports/${encodeURIComponent(input.id)}`, { query: { fate: input.fate, after: input.after, limit: input.limit } })
export interface AdapterApplyOutput {
	/** import */
	batch_id: string
	/** mapping */
	adapter: string
	/** what it holds */
	data: string
	/** the other platform */
	platform: string
	/** whose import */
	org_id: string
	/** as given */
	file_name: string
	/** of the file */
	sha256: string
	/** whether it was applied */
	state: "previewed" | "applied"
	/** rows */
	new: number
	/** rows */
	changed: number
	/** rows */
	same: number
	/** rows */
	refused: number
	/** dry run */
	created_at: string
	/** applied */
	applied_at: string | null
	/** records: the load */
	job_id: string | null
	/** records: of which resource */
	resource_id: string | null
}
export interface AdapterApplyInput {
	/** import */
	id: string
}
/** Does what the dry run said; done twice it changes nothing. */
export const adapterApply = (input: AdapterApplyInput) =>
	call<AdapterApplyOutput>('POST', `/adapter-imports/${encodeURIComponent(input.id)}/apply`)
export interface AdapterRefusedInput {
	/** import */
	id: string
	/** the mapping's own form when absent */
	format?: 'csv' | 'xlsx' | 'jsonl'
}
export interface AdapterItemsOutput {
	/** newest first; case_id: the case begun for a request */
	items: {item_id: string, platform: string, data: string, id: string, document: Record<string, string>, batch_id: string, first_at: string, changed_at: string, case_id: string | null, resource_id: string | null}[]
	/** cursor */
	next: string | null
}
export interface AdapterItemsInput {
	/** which ledger */
	data: 'requests' | 'usage'
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Requests or use that came from other platforms. */
export const adapterItems = (input: AdapterItemsInput) =>
	call<AdapterItemsOutput>('GET', `/adapter-items`, { query: { data: input.data, after: input.after, limit: input.limit } })
export interface AdapterListOutput {
	/** mappings to other platforms' templates, by name */
	items: {name: string, title: string, title_en: string, platform: string, data: "catalogue" | "requests" | "usage" | "records", standard: string, form: string, resource: string | null, version: number, columns: {column: string, field: string | null, id: boolean, read: boolean, codes: number}[]}[]
	/** there is one page */
	next: null
}
/** Mappings to templates of other platforms. */
export const adapterList = () =>
	call<AdapterListOutput>('GET', `/adapters`)
export interface AdapterExportInput {
	/** name of the mapping */
	adapter: string
	/** the mapping's own form when absent */
	format?: 'csv' | 'xlsx' | 'jsonl'
	/** requests asked, use of days from then on */
	from?: string
	/** requests and use before then */
	to?: string
}
export interface AdapterImportOutput {
	/** import */
	batch_id: string
	/** rows of the file */
	rows: number
	/** rows */
	new: number
	/** rows */
	changed: number
	/** rows */
	same: number
	/** rows */
	refused: number
}
export interface AdapterImportInput {
	/** name of the mapping */
	adapter: string
	/** file name; never used as a path */
	name: string
	/** XLSX: sheet to read, the first when absent */
	sheet?: string
}
export interface PlaceAreasOutput {
	/** by level and code */
	items: {area_key: string, level: number, code: string, name: string, parent_key: string | null, org_id: string | null, valid_from: string, valid_until: string | null}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlaceAreasInput {
	/** 1 the city, 2 towns, 3 villages, 4 grids */
	level?: number
	/** only those right under it */
	parent?: string
	/** part of name or code */
	q?: string
	/** as it was or will be at that time; absent: now */
	at?: string
	/** cursor: next of the page before */
	after?: number
	/** items a page, 50 when absent */
	limit?: number
}
/** Areas in force at a time. */
export const placeAreas = (input: PlaceAreasInput = {}) =>
	call<PlaceAreasOutput>('GET', `/areas`, { query: { level: input.level, parent: input.parent, q: input.q, at: input.at, after: input.after, limit: input.limit } })
export interface PlacePutOutput {
	/** the area */
	area_key: string
}
export interface PlacePutInput {
	/** 1 the city */
	level: number
	/** GB/T 2260 + street + community + serial, or the city's own */
	code: string
	/** name */
	name: string
	/** code of the area one level above */
	parent_code?: string
	/** who runs it; absent: whoever runs the parent */
	org_id?: string
	/** from when on; absent: now */
	valid_from?: string
	/** GeoJSON Polygon or MultiPolygon, CGCS2000 degrees */
	geometry: unknown
	/** gaps, overlaps and the like are meant so */
	with_faults?: boolean
}
/** A new area, or a new version of one, from a time on, checked as a draft is. */
export const placePut = (input: PlacePutInput) =>
	call<PlacePutOutput>('POST', `/areas`, { body: { level: input.level, code: input.code, name: input.name, parent_code: input.parent_code, org_id: input.org_id, valid_from: input.valid_from, geometry: input.geometry, with_faults: input.with_faults } })
export interface PlaceDraftsOutput {
	/** newest first */
	items: {draft_id: string, level: number, source: string, format: string, layer: string, crs: number, state: string, features: number, faults: number, counts: Record<string, number>, job_id: string | null, valid_from: string | null, made_at: string, made_by_name: string, ended_at: string | null, version: number, checked: boolean}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlaceDraftsInput {
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Drafts of areas. */
export const placeDrafts = (input: PlaceDraftsInput = {}) =>
	call<PlaceDraftsOutput>('GET', `/areas/drafts`, { query: { after: input.after, limit: input.limit } })
export interface PlaceDraftBringOutput {
	/** the draft, which is being checked */
	draft_id: string
}
export interface PlaceDraftBringInput {
	/** 1 the city, 2 towns, 3 villages, 4 grids */
	level: number
	/** what the file is called */
	name: string
	/** CGCS2000, WGS84, GCJ02, BD09 or EPSG:number (Xi'an 80, Beijing 54 and CGCS2000 zones have one); absent: what the file says */
	crs?: string
	/** where the file has several */
	layer?: string
	/** of a Shapefile's texts; absent: what it says */
	encoding?: 'UTF-8' | 'GB18030'
}
export interface PlaceDraftCopyOutput {
	/** the draft, which is being checked */
	draft_id: string
}
export interface PlaceDraftCopyInput {
	/** 1 the city, 2 towns, 3 villages, 4 grids */
	level: number
	/** only those right under it */
	parent?: string
}
/** A draft from the areas in force, to edit them. */
export const placeDraftCopy = (input: PlaceDraftCopyInput) =>
	call<PlaceDraftCopyOutput>('POST', `/areas/drafts/copy`, { body: { level: input.level, parent: input.parent } })
export interface PlaceDraftOutput {
	/** id */
	draft_id: string
	/** level */
	level: number
	/** the file; empty: a copy of what is in force */
	source: string
	/** of the file */
	format: string
	/** of the file */
	layer: string
	/** EPSG code, 900001 GCJ-02, 900002 BD-09 */
	crs: number
	/** reading, open, accepted, withdrawn (before its time), discarded */
	state: string
	/** areas, without those set aside */
	features: number
	/** found */
	faults: number
	/** by kind */
	counts: Record<string, number>
	/** the last check */
	job_id: string|null
	/** when accepted: from when on */
	valid_from: string|null
	/** time */
	made_at: string
	/** name */
	made_by_name: string
	/** accepted or discarded */
	ended_at: string|null
	/** version */
	version: number
	/** the faults are of this version */
	checked: boolean
	/** attributes of the file */
	columns: {name: string, sample: string}[]
	/** which of them mean what */
	mapping: {code: string, name: string, parent: string}
	/** why it was accepted */
	note: string
	/** what became of the on-call steps of areas that ended: carried, own (that area keeps its own), other (it got another's), unclear (none took more than half), replaced (carried, then set anew) */
	ladders: {area_key: string, code: string, name: string, to_code: string, to_name: string, percent: number, outcome: string}[]
}
export interface PlaceDraftInput {
	/** draft_id */
	id: string
}
/** A draft and what its check found. */
export const placeDraft = (input: PlaceDraftInput) =>
	call<PlaceDraftOutput>('GET', `/areas/drafts/${encodeURIComponent(input.id)}`)
export interface PlaceDraftAcceptOutput {
	/** areas with a new version */
	changed: number
	/** areas that end */
	ended: number
	/** areas that stay as they are */
	unchanged: number
	/** what became of the on-call steps of areas that ended: carried, own (that area keeps its own), other (it got another's), unclear (none took more than half), replaced (carried, then set anew) */
	ladders: {area_key: string, code: string, name: string, to_code: string, to_name: string, percent: number, outcome: string}[]
}
export interface PlaceDraftAcceptInput {
	/** draft_id */
	id: string
	/** as it was read */
	version: number
	/** from when on */
	valid_from: string
	/** gaps, overlaps and the like are meant so */
	with_faults?: boolean
	/** areas under the same parents that are not in the draft end then; those merged or renumbered away in it end in any case */
	end_others?: boolean
	/** [{area_key, code}]: officers of an area that ends go to the draft's area of that code: behind its own, or as its own where it has none; as /ending offers */
	carry_officers?: unknown
	/** why */
	note?: string
}
/** Puts a draft in force on a date. */
export const placeDraftAccept = (input: PlaceDraftAcceptInput) =>
	call<PlaceDraftAcceptOutput>('POST', `/areas/drafts/${encodeURIComponent(input.id)}/accept`, { body: { version: input.version, valid_from: input.valid_from, with_faults: input.with_faults, end_others: input.end_others, carry_officers: input.carry_officers, note: input.note } })
export interface PlaceDraftColumnsOutput {
	/** id */
	draft_id: string
	/** level */
	level: number
	/** the file; empty: a copy of what is in force */
	source: string
	/** of the file */
	format: string
	/** of the file */
	layer: string
	/** EPSG code, 900001 GCJ-02, 900002 BD-09 */
	crs: number
	/** reading, open, accepted, withdrawn (before its time), discarded */
	state: string
	/** areas, without those set aside */
	features: number
	/** found */
	faults: number
	/** by kind */
	counts: Record<string, number>
	/** the last check */
	job_id: string|null
	/** when accepted: from when on */
	valid_from: string|null
	/** time */
	made_at: string
	/** name */
	made_by_name: string
	/** accepted or discarded */
	ended_at: string|null
	/** version */
	version: number
	/** the faults are of this version */
	checked: boolean
	/** attributes of the file */
	columns: {name: string, sample: string}[]
	/** which of them mean what */
	mapping: {code: string, name: string, parent: string}
	/** why it was accepted */
	note: string
	/** what became of the on-call steps of areas that ended: carried, own (that area keeps its own), other (it got another's), unclear (none took more than half), replaced (carried, then set anew) */
	ladders: {area_key: string, code: string, name: string, to_code: string, to_name: string, percent: number, outcome: string}[]
}
export interface PlaceDraftColumnsInput {
	/** draft_id */
	id: string
	/** as it was read */
	version: number
	/** attribute that holds the code */
	code: string
	/** attribute that holds the name */
	name: string
	/** attribute that holds the code of the area above */
	parent?: string
}
/** Says which attributes hold code, name and parent. */
export const placeDraftColumns = (input: PlaceDraftColumnsInput) =>
	call<PlaceDraftColumnsOutput>('POST', `/areas/drafts/${encodeURIComponent(input.id)}/columns`, { body: { version: input.version, code: input.code, name: input.name, parent: input.parent } })
export interface PlaceDraftDiscardInput {
	/** draft_id */
	id: string
	/** as it was read */
	version: number
}
/** Gives a draft up; what was found stays. */
export const placeDraftDiscard = (input: PlaceDraftDiscardInput) =>
	call<void>('POST', `/areas/drafts/${encodeURIComponent(input.id)}/discard`, { body: { version: input.version } })
export interface PlaceDraftEndingOutput {
	/** areas that were merged or renumbered away in the draft: they end with it */
	of_draft: number
	/** areas under the same parents that are not in the draft: they end with end_others */
	others: number
	/** which, at most 1,000, those of the draft first */
	items: {area_key: string, code: string, name: string, parent_name: string, of_draft: boolean}[]
	/** those of them that have officers, and which area of the draft takes most of theirs, percent of it; to_code empty: none */
	officers: {area_key: string, code: string, name: string, of_draft: boolean, names: string, to_code: string, to_name: string, percent: number}[]
	/** the same of on-call steps: they go over where percent is more than 50 and that area has none of its own */
	ladders: {area_key: string, code: string, name: string, of_draft: boolean, to_code: string, to_name: string, percent: number}[]
}
export interface PlaceDraftEndingInput {
	/** draft_id */
	id: string
	/** from when on; absent: now */
	valid_from?: string
}
/** Areas in force that end when it is accepted. */
export const placeDraftEnding = (input: PlaceDraftEndingInput) =>
	call<PlaceDraftEndingOutput>('GET', `/areas/drafts/${encodeURIComponent(input.id)}/ending`, { query: { valid_from: input.valid_from } })
export interface PlaceDraftFaultsOutput {
	/** with their places */
	items: {fault_no: number, kind: string, first_no: number, second_no: number, m2: number, words: string, first_name: string, second_name: string, first_code: string, second_code: string, geometry: unknown}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlaceDraftFaultsInput {
	/** draft_id */
	id: string
	/** only these */
	kind?: string
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Its faults with their places. */
export const placeDraftFaults = (input: PlaceDraftFaultsInput) =>
	call<PlaceDraftFaultsOutput>('GET', `/areas/drafts/${encodeURIComponent(input.id)}/faults`, { query: { kind: input.kind, after: input.after, limit: input.limit } })
export interface PlaceDraftFeaturesOutput {
	/** GeoJSON */
	type: "FeatureCollection"
	/** at most 2,000 a page */
	features: {type: "Feature", id: number, properties: {feature_no: number, code: string, name: string, parent_code: string, org_id: string | null, aside: boolean}, geometry: unknown}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlaceDraftFeaturesInput {
	/** draft_id */
	id: string
	/** cursor: next of the page before */
	after?: string
}
/** Its areas as GeoJSON. */
export const placeDraftFeatures = (input: PlaceDraftFeaturesInput) =>
	call<PlaceDraftFeaturesOutput>('GET', `/areas/drafts/${encodeURIComponent(input.id)}/features`, { query: { after: input.after } })
export interface PlaceDraftMendOutput {
	/** id */
	draft_id: string
	/** level */
	level: number
	/** the file; empty: a copy of what is in force */
	source: string
	/** of the file */
	format: string
	/** of the file */
	layer: string
	/** EPSG code, 900001 GCJ-02, 900002 BD-09 */
	crs: number
	/** reading, open, accepted, withdrawn (before its time), discarded */
	state: string
	/** areas, without those set aside */
	features: number
	/** found */
	faults: number
	/** by kind */
	counts: Record<string, number>
	/** the last check */
	job_id: string|null
	/** when accepted: from when on */
	valid_from: string|null
	/** time */
	made_at: string
	/** name */
	made_by_name: string
	/** accepted or discarded */
	ended_at: string|null
	/** version */
	version: number
	/** the faults are of this version */
	checked: boolean
	/** attributes of the file */
	columns: {name: string, sample: string}[]
	/** which of them mean what */
	mapping: {code: string, name: string, parent: string}
	/** why it was accepted */
	note: string
	/** what became of the on-call steps of areas that ended: carried, own (that area keeps its own), other (it got another's), unclear (none took more than half), replaced (carried, then set anew) */
	ladders: {area_key: string, code: string, name: string, to_code: string, to_name: string, percent: number, outcome: string}[]
}
export interface PlaceDraftMendInput {
	/** draft_id */
	id: string
	/** as it was read */
	version: number
	/** make valid; snap to neighbours; split by a line; merge into the first; edit one; number those without a code, from west to east and north to south; set aside; take back */
	tool: 'valid' | 'snap' | 'split' | 'merge' | 'edit' | 'number' | 'aside' | 'back'
	/** array of feature numbers (for number: none) */
	features?: unknown
	/** snap: how far a corner may move, 1 when absent */
	metres?: number
	/** split: a GeoJSON LineString; edit: a Polygon or MultiPolygon */
	geometry?: unknown
	/** edit: the code */
	code?: string
	/** edit: the name */
	title?: string
	/** edit: the code of the area above */
	parent?: string
	/** edit: who runs it */
	org_id?: string
}
/** Mends or edits areas of a draft. */
export const placeDraftMend = (input: PlaceDraftMendInput) =>
	call<PlaceDraftMendOutput>('POST', `/areas/drafts/${encodeURIComponent(input.id)}/mend`, { body: { version: input.version, tool: input.tool, features: input.features, metres: input.metres, geometry: input.geometry, code: input.code, title: input.title, parent: input.parent, org_id: input.org_id } })
export interface PlaceFeaturesOutput {
	/** GeoJSON */
	type: "FeatureCollection"
	/** at most 5,000 */
	features: {type: "Feature", id: string, properties: {area_key: string, level: number, code: string, name: string, parent_key: string | null}, geometry: unknown}[]
}
export interface PlaceFeaturesInput {
	/** 1 the city, 2 towns, 3 villages, 4 grids */
	level: number
	/** only those right under it */
	parent?: string
	/** as it was or will be at that time; absent: now */
	at?: string
}
/** Areas of a level as GeoJSON, for maps. */
export const placeFeatures = (input: PlaceFeaturesInput) =>
	call<PlaceFeaturesOutput>('GET', `/areas/features`, { query: { level: input.level, parent: input.parent, at: input.at } })
export interface PlaceImportOutput {
	/** brought in */
	areas: number
}
export interface PlaceImportInput {
	/** of all of them */
	level: number
	/** from when on */
	valid_from: string
	/** of the coordinates: CGCS2000 (the default), WGS84, GCJ02, BD09 or EPSG:number */
	crs?: string
	/** property that holds the code */
	code: string
	/** property that holds the name */
	name: string
	/** property that holds the code of the area above */
	parent?: string
	/** property that holds the id of who runs it */
	org?: string
	/** GeoJSON FeatureCollection */
	collection: unknown
	/** gaps, overlaps and the like are meant so */
	with_faults?: boolean
}
/** All areas of a level from GeoJSON, all or none, checked as a draft is. */
export const placeImport = (input: PlaceImportInput) =>
	call<PlaceImportOutput>('POST', `/areas/import`, { body: { level: input.level, valid_from: input.valid_from, crs: input.crs, code: input.code, name: input.name, parent: input.parent, org: input.org, collection: input.collection, with_faults: input.with_faults } })
export interface PlacePlannedOutput {
	/** put in force together from a later time on; code, name: the first of its areas; of_draft: change_id is a draft's */
	items: {change_id: string, level: number, begins: number, ends: number, valid_from: string, code: string, name: string, of_draft: boolean, stored_at: string, stored_by_name: string}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlacePlannedInput {
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Changes of areas whose time has not come. */
export const placePlanned = (input: PlacePlannedInput = {}) =>
	call<PlacePlannedOutput>('GET', `/areas/planned`, { query: { after: input.after, limit: input.limit } })
export interface PlaceWithdrawInput {
	/** change_id, or the draft's id */
	id: string
	/** why */
	reason: string
}
/** Withdraws such a change: what it began never is in force, what it ended goes on. */
export const placeWithdraw = (input: PlaceWithdrawInput) =>
	call<void>('POST', `/areas/planned/${encodeURIComponent(input.id)}/withdraw`, { body: { reason: input.reason } })
export interface PlaceUncoveredOutput {
	/** without an officer of their own */
	items: {area_key: string, code: string, name: string}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlaceUncoveredInput {
	/** 1 the city, 2 towns, 3 villages, 4 grids */
	level: number
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Areas without an officer of their own. */
export const placeUncovered = (input: PlaceUncoveredInput) =>
	call<PlaceUncoveredOutput>('GET', `/areas/uncovered`, { query: { level: input.level, after: input.after, limit: input.limit } })
export interface PlaceAreaOutput {
	/** the area through all its versions */
	area_key: string
	/** level */
	level: number
	/** code */
	code: string
	/** name */
	name: string
	/** the area above */
	parent_key: string|null
	/** who runs it */
	org_id: string|null
	/** time */
	valid_from: string
	/** time */
	valid_until: string|null
	/** GeoJSON */
	geometry: unknown
	/** newest first */
	versions: {area_id: string, name: string, valid_from: string, valid_until: string | null, stored_at: string}[]
	/** the areas it lies in, nearest first */
	above: {area_key: string, level: number, code: string, name: string, parent_key: string | null, org_id: string | null, valid_from: string, valid_until: string | null}[]
}
export interface PlaceAreaInput {
	/** area_key */
	id: string
	/** as it was or will be at that time; absent: now */
	at?: string
}
/** One area with its shape and versions. */
export const placeArea = (input: PlaceAreaInput) =>
	call<PlaceAreaOutput>('GET', `/areas/${encodeURIComponent(input.id)}`, { query: { at: input.at } })
export interface PlaceLadderOutput {
	/** the area has steps of its own */
	own: boolean
	/** whose steps these are; null: nobody set any, and a task waits for whoever got it */
	area_key: string|null
	/** its name */
	area_name: string
	/** in their order; account_id: whom the step would ask now, null: nobody, the step is passed over */
	steps: {who: "officer" | "substitute" | "village" | "town", minutes: number, account_id: string | null, name: string}[]
}
export interface PlaceLadderInput {
	/** area_key */
	id: string
}
/** Who is asked to take a task of an area, one after the other. */
export const placeLadder = (input: PlaceLadderInput) =>
	call<PlaceLadderOutput>('GET', `/areas/${encodeURIComponent(input.id)}/ladder`)
export interface PlaceLadderPutOutput {
	/** the area has steps of its own */
	own: boolean
	/** whose steps these are; null: nobody set any, and a task waits for whoever got it */
	area_key: string|null
	/** its name */
	area_name: string
	/** in their order; account_id: whom the step would ask now, null: nobody, the step is passed over */
	steps: {who: "officer" | "substitute" | "village" | "town", minutes: number, account_id: string | null, name: string}[]
}
export interface PlaceLadderPutInput {
	/** area_key */
	id: string
	/** [{who: officer, substitute, village or town, minutes}]: the officer first; none: as the area above */
	steps: unknown
}
/** Sets who is asked, and after how many minutes the next one is. */
export const placeLadderPut = (input: PlaceLadderPutInput) =>
	call<PlaceLadderPutOutput>('PUT', `/areas/${encodeURIComponent(input.id)}/ladder`, { body: { steps: input.steps } })
export interface PlaceOfficersOutput {
	/** by rank */
	items: {account_id: string, name: string, org_name: string, rank: number, valid_from: string, valid_until: string | null}[]
	/** there is one page */
	next: null
}
export interface PlaceOfficersInput {
	/** area_key */
	id: string
}
/** Who is, and will be, on duty in an area. */
export const placeOfficers = (input: PlaceOfficersInput) =>
	call<PlaceOfficersOutput>('GET', `/areas/${encodeURIComponent(input.id)}/officers`)
export interface PlaceOfficersPutOutput {
	/** by rank */
	items: {account_id: string, name: string, org_name: string, rank: number, valid_from: string, valid_until: string | null}[]
	/** there is one page */
	next: null
}
export interface PlaceOfficersPutInput {
	/** area_key */
	id: string
	/** [{account_id, from?, until?}]: the first is its own, the others stand in, in their order */
	officers: unknown
}
/** Sets an area's officer and his substitutes from now on. */
export const placeOfficersPut = (input: PlaceOfficersPutInput) =>
	call<PlaceOfficersPutOutput>('PUT', `/areas/${encodeURIComponent(input.id)}/officers`, { body: { officers: input.officers } })
export interface CaseAccountsOutput {
	/** own: the caller */
	items: {account_id:string,login:string,name:string,own:boolean}[]
	/** there is one page */
	next: null
}
/** Accounts that one may ask for: one's organisation's service accounts and oneself. */
export const caseAccounts = () =>
	call<CaseAccountsOutput>('GET', `/ask/accounts`)
export interface MeasureAssessmentsOutput {
	/** newest first */
	items: {assessment_id:string,scheme:string,scheme_version:number,period:string,state:"computing"|"computed"|"published",job_id:string|null,computed_at:string|null,contest_until:string|null,digest:string,published_at:string|null,published_by:string,findings:number,orgs_assessed:number,open_contests:number,own_score:number|null,own_place:number|null,version:number,automatic_at:string|null,job_state:string|null}[]
	/** for `after` */
	next: string|null
}
export interface MeasureAssessmentsInput {
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Assessments, newest first. */
export const measureAssessments = (input: MeasureAssessmentsInput = {}) =>
	call<MeasureAssessmentsOutput>('GET', `/assessments`, { query: { after: input.after, limit: input.limit } })
export interface MeasureAssessOutput {
	/** assessment */
	assessment_id: string
	/** job */
	job_id: string
}
export interface MeasureAssessInput {
	/** a month, 2026-11, or a quarter, 2026-Q4 */
	period: string
	/** sharing when left out */
	scheme?: string
	/** until when departments contest; setting measure.contest_days when left out */
	contest_until?: string
}
/** Computes a period, anew where it is not published, by a job. */
export const measureAssess = (input: MeasureAssessInput) =>
	call<MeasureAssessOutput>('POST', `/assessments`, { body: { period: input.period, scheme: input.scheme, contest_until: input.contest_until } })
export interface MeasureTrendOutput {
	/** published, oldest first */
	items: {assessment_id:string,period:string,org_id:string,org_name:string,score:number,place:number}[]
	/** there is one page */
	next: null
}
export interface MeasureTrendInput {
	/** sharing when left out */
	scheme?: string
	/** only this organisation */
	org?: string
	/** quarters, not months */
	quarters?: boolean
}
/** Published scores by period. */
export const measureTrend = (input: MeasureTrendInput = {}) =>
	call<MeasureTrendOutput>('GET', `/assessments/trend`, { query: { scheme: input.scheme, org: input.org, quarters: input.quarters } })
export interface MeasureAssessmentOutput {
	/** assessment */
	assessment_id: string
	/** scheme */
	scheme: string
	/** version it was computed by */
	scheme_version: number
	/** 2026-11 or 2026-Q4 */
	period: string
	/** state */
	state: "computing"|"computed"|"published"
	/** last job */
	job_id: string|null
	/** what it counts is of then */
	computed_at: string|null
	/** deadline */
	contest_until: string|null
	/** SHA-256 over scheme, scores and lines */
	digest: string
	/** time */
	published_at: string|null
	/** login */
	published_by: string
	/** findings of the checks alive then */
	findings: number
	/** departments */
	orgs_assessed: number
	/** contests waiting */
	open_contests: number
	/** the caller's department: hundredths of a point; -1: nothing to assess */
	own_score: number|null
	/** and its place */
	own_place: number|null
	/** for changes */
	version: number
	/** when the program first set out to compute it by itself, after the period */
	automatic_at: string|null
	/** of the last job; failed: what stands is of before */
	job_state: string|null
	/** the scheme, see docs/packs.md */
	document: {scheme:string,title:string,title_en:string,doc?:string,indicators:{name:string,title:string,title_en:string,weight:number,lines:string[],formula:string,good:number,poor:number}[]}
	/** of that document as stored */
	scheme_sha256: string
	/** what the caller may do now */
	may: {compute:boolean,publish:boolean,contest:boolean}
	/** what can be counted */
	line_sets: {name:string,title:string,title_en:string,whole:string,part:string}[]
	/** best first; scores in hundredths of a point, -1: nothing to assess */
	orgs: {org_id:string,org_name:string,score:number,place:number,scores:{indicator:string,score:number,counts:Record<string,number>}[]}[]
}
export interface MeasureAssessmentInput {
	/** assessment */
	id: string
}
/** One assessment: a department sees its own scores, after publication everybody's. */
export const measureAssessment = (input: MeasureAssessmentInput) =>
	call<MeasureAssessmentOutput>('GET', `/assessments/${encodeURIComponent(input.id)}`)
export interface MeasureContestsOutput {
	/** newest first */
	items: {contest_id:string,org_id:string,org_name:string,lines:string,kind:string,subject_id:string,title:string,reason:string,asked_at:string,asked_by:string,asked_by_name:string,state:"open"|"accepted"|"rejected",effect:string,answer:string,decided_at:string|null,decided_by:string,decided_by_name:string,version:number}[]
	/** there is one page */
	next: null
}
export interface MeasureContestsInput {
	/** assessment */
	id: string
}
/** Contested lines: one's own department's, the data bureau all. */
export const measureContests = (input: MeasureContestsInput) =>
	call<MeasureContestsOutput>('GET', `/assessments/${encodeURIComponent(input.id)}/contests`)
export interface MeasureContestOutput {
	/** contest */
	contest_id: string
}
export interface MeasureContestInput {
	/** assessment */
	id: string
	/** one of the department's own lines */
	line_no: string
	/** why it should count otherwise */
	reason: string
}
/** Contests one of the department's lines. */
export const measureContest = (input: MeasureContestInput) =>
	call<MeasureContestOutput>('POST', `/assessments/${encodeURIComponent(input.id)}/contests`, { body: { line_no: input.line_no, reason: input.reason } })
export interface MeasureContestDecideInput {
	/** assessment */
	id: string
	/** contest */
	contest: string
	/** version that was seen */
	version: number
	/** decision */
	decision: 'accept' | 'reject'
	/** accepted: the line counts in full (when left out), or for nothing */
	effect?: 'count' | 'leave_out'
	/** reason, shown beside the line */
	answer: string
}
/** Accepts a contest, which changes the line and the scores, or rejects it. */
export const measureContestDecide = (input: MeasureContestDecideInput) =>
	call<void>('POST', `/assessments/${encodeURIComponent(input.id)}/contests/${encodeURIComponent(input.contest)}/decide`, { body: { version: input.version, decision: input.decision, effect: input.effect, answer: input.answer } })
export interface MeasureDeadlineInput {
	/** assessment */
	id: string
	/** version that was seen */
	version: number
	/** until when departments contest */
	contest_until: string
}
/** Moves the time until which departments contest. */
export const measureDeadline = (input: MeasureDeadlineInput) =>
	call<void>('POST', `/assessments/${encodeURIComponent(input.id)}/deadline`, { body: { version: input.version, contest_until: input.contest_until } })
export interface MeasureLinesOutput {
	/** in the order of the digest */
	items: {line_no:string,org_id:string,lines:string,kind:"entry"|"system"|"job"|"case"|"finding",subject_id:string,title:string,part:number,whole:number,fact:string,fact_at:string|null,was_part:number,was_whole:number,adjusted:boolean,contest:string|null,contest_reason:string|null,contest_answer:string|null}[]
	/** for `after` */
	next: string|null
}
export interface MeasureLinesInput {
	/** assessment */
	id: string
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** only what this indicator counts */
	indicator?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** The lines behind the numbers: part of whole, and the fact that decided. */
export const measureLines = (input: MeasureLinesInput) =>
	call<MeasureLinesOutput>('GET', `/assessments/${encodeURIComponent(input.id)}/lines`, { query: { org: input.org, indicator: input.indicator, after: input.after, limit: input.limit } })
export interface MeasurePublishOutput {
	/** frozen; also in evidence */
	digest: string
}
export interface MeasurePublishInput {
	/** assessment */
	id: string
	/** version that was seen */
	version: number
}
/** Freezes and publishes it, when the deadline is over and nothing is contested. */
export const measurePublish = (input: MeasurePublishInput) =>
	call<MeasurePublishOutput>('POST', `/assessments/${encodeURIComponent(input.id)}/publish`, { body: { version: input.version } })
export interface MeasureRecomputeOutput {
	/** computed now */
	digest: string
	/** the assessment's */
	stored: string
	/** they are equal */
	same: boolean
	/** lines counted */
	lines: number
}
export interface MeasureRecomputeInput {
	/** assessment */
	id: string
}
/** Computes scores and digest anew from the stored lines and compares; changes nothing. */
export const measureRecompute = (input: MeasureRecomputeInput) =>
	call<MeasureRecomputeOutput>('POST', `/assessments/${encodeURIComponent(input.id)}/recompute`)
export interface MeasureWorkbookInput {
	/** assessment */
	id: string
}
export interface CalendarReadOutput {
	/** days that are not what their weekday says */
	items: {day:string,kind:"holiday"|"workday",occasion:string}[]
	/** there is one page */
	next: null
}
export interface CalendarReadInput {
	/** this year when left out */
	year?: number
}
/** Holidays and make-up working days of a year. */
export const calendarRead = (input: CalendarReadInput = {}) =>
	call<CalendarReadOutput>('GET', `/calendar`, { query: { year: input.year } })
export interface CalendarPutOutput {
	/** days kept */
	days: number
}
export interface CalendarPutInput {
	/** year */
	year: number
	/** [{day, kind: holiday or workday, occasion}]: all of that year */
	days: unknown
}
/** Publishes all days of a year at once; a job moves the due times of open cases. */
export const calendarPut = (input: CalendarPutInput) =>
	call<CalendarPutOutput>('PUT', `/calendar/${encodeURIComponent(input.year)}`, { body: { days: input.days } })
export interface CalendarRehearseOutput {
	/** open cases whose due time would move, due first, at most 50; red: it would be past at once */
	items: {case_id:string,number:string,due_before:string|null,due_after:string|null,red:boolean}[]
	/** how many would move */
	moved: number
	/** how many would be past their due time at once */
	red: number
	/** open cases tried: the 2000 due first */
	tried: number
	/** open cases; those above `tried` were not looked at */
	open: number
}
export interface CalendarRehearseInput {
	/** year */
	year: number
	/** [{day, kind: holiday or workday, occasion}]: all of that year */
	days: unknown
}
/** Tries all days of a year on the cases that run now: whose due time would move. Nothing is published. */
export const calendarRehearse = (input: CalendarRehearseInput) =>
	call<CalendarRehearseOutput>('POST', `/calendar/${encodeURIComponent(input.year)}/rehearse`, { body: { days: input.days } })
export interface CascadeEntriesOutput {
	/** resource_id: the entry here that its rows land in */
	items: {entry: string; node_id: string; node_name: string; code: string; name: string; org_name: string; origin: string; origin_name: string; sharing: string; row_count: number; loaded_at: string | null; updated_at: string; stream_id: string | null; stream_state: string | null; resource_id: string | null}[]
	/** for `after` */
	next: string | null
}
export interface CascadeEntriesInput {
	/** part of name, code, organisation, summary, keyword or field title */
	q?: string
	/** only this node's */
	node?: string
	/** `next` of the page before */
	after?: string
	/** entries a page, 50 when absent */
	limit?: number
}
/** Entries of the other nodes' catalogues. */
export const cascadeEntries = (input: CascadeEntriesInput = {}) =>
	call<CascadeEntriesOutput>('GET', `/cascade/entries`, { query: { q: input.q, node: input.node, after: input.after, limit: input.limit } })
export interface CascadeNodesOutput {
	/** contact_at: last good one; waiting: batches not yet taken over; problem: of the last call that failed */
	items: {node_id: string; name: string; fingerprint: string; url: string; state: "proposed" | "active" | "revoked"; org_id: string; org_name: string | null; account_id: string | null; account_login: string | null; proposed_by: string; proposed_at: string; approved_by: string; approved_at: string | null; reason: string; contact_at: string | null; tried_at: string | null; fails: number; next_at: string | null; version: number; entries: number; waiting: number; problem: string | null; advice: string | null}[]
	/** there is one page */
	next: null
}
/** Other nodes with their state, last contact and last error. */
export const cascadeNodes = () =>
	call<CascadeNodesOutput>('GET', `/cascade/nodes`)
export interface CascadeProposeOutput {
	/** node */
	node_id: string
	/** compare it with the other side's people */
	fingerprint: string
}
export interface CascadeProposeInput {
	/** the line from the other node's page */
	invitation: string
	/** organisation of this node that stands for the other one */
	org_id: string
	/** this node calls the other one; else it waits to be called */
	dial: boolean
}
/** Enters another node's invitation; the security administrator approves it. */
export const cascadePropose = (input: CascadeProposeInput) =>
	call<CascadeProposeOutput>('POST', `/cascade/nodes`, { body: { invitation: input.invitation, org_id: input.org_id, dial: input.dial } })
export interface CascadeApproveInput {
	/** node */
	id: string
	/** as the other side's people read it out */
	fingerprint: string
}
/** Approves a node whose fingerprint was compared; gives it a service account. */
export const cascadeApprove = (input: CascadeApproveInput) =>
	call<void>('POST', `/cascade/nodes/${encodeURIComponent(input.id)}/approve`, { body: { fingerprint: input.fingerprint } })
export interface CascadeContactInput {
	/** node */
	id: string
}
/** Calls the node now instead of at the next turn. */
export const cascadeContact = (input: CascadeContactInput) =>
	call<void>('POST', `/cascade/nodes/${encodeURIComponent(input.id)}/contact`)
export interface CascadeEntryOutput {
	/** as the other node numbers it */
	entry: string
	/** node */
	node_id: string
	/** its name */
	node_name: string
	/** code there */
	code: string
	/** name */
	name: string
	/** organisation there */
	org_name: string
	/** fingerprint of the node the records come from */
	origin: string
	/** its name */
	origin_name: string
	/** sharing type */
	sharing: string
	/** records there */
	row_count: number
	/** last load there */
	loaded_at: string | null
	/** when this line came */
	updated_at: string
	/** stream of its rows to here */
	stream_id: string | null
	/** its state */
	stream_state: string | null
	/** entry here that its rows land in */
	resource_id: string | null
	/** the entry's document */
	document: Record<string, unknown>
}
export interface CascadeEntryInput {
	/** node */
	id: string
	/** entry, as the other node numbers it */
	entry: string
}
/** One entry of another node's catalogue. */
export const cascadeEntry = (input: CascadeEntryInput) =>
	call<CascadeEntryOutput>('GET', `/cascade/nodes/${encodeURIComponent(input.id)}/entries/${encodeURIComponent(input.entry)}`)
export interface CascadeRevokeInput {
	/** node */
	id: string
	/** why */
	reason: string
}
/** Nothing is given to or taken from the node any more; its catalogue goes. */
export const cascadeRevoke = (input: CascadeRevokeInput) =>
	call<void>('POST', `/cascade/nodes/${encodeURIComponent(input.id)}/revoke`, { body: { reason: input.reason } })
/** Between nodes: brings a signed batch; answered with the signed receipt, the same one each time. */
export const cascadeBatch = () =>
	call<void>('POST', `/cascade/peer/batch`)
/** Between nodes: a signed message that begins a round; answered signed. */
export const cascadeHello = () =>
	call<void>('POST', `/cascade/peer/hello`)
/** Between nodes: asks, signed, for the next batch of a stream; 204 when there is none. */
export const cascadePull = () =>
	call<void>('POST', `/cascade/peer/pull`)
export interface CascadeSelfOutput {
	/** setting cascade.name */
	name: string
	/** setting cascade.url: where others call this node */
	url: string
	/** of this node's key; read it out to the other side */
	fingerprint: string
	/** line for the other side; null while the node has no name */
	invitation: string | null
	/** when the certificate for calls to others ends; null: there is none */
	certificate_until: string | null
	/** why this node cannot call others */
	problem: string | null
	/** what to do */
	advice: string | null
}
/** This node as others know it, with the line that invites another one. */
export const cascadeSelf = () =>
	call<CascadeSelfOutput>('GET', `/cascade/self`)
export interface CascadeStreamsOutput {
	/** by age, without batches */
	items: CascadeStreamOutput[]
	/** there is one page */
	next: null
}
export interface CascadeStreamsInput {
	/** only this node's */
	node?: string
}
/** Streams to and from other nodes. */
export const cascadeStreams = (input: CascadeStreamsInput = {}) =>
	call<CascadeStreamsOutput>('GET', `/cascade/streams`, { query: { node: input.node } })
export interface CascadeAskOutput {
	/** stream */
	stream_id: string
}
export interface CascadeAskInput {
	/** node */
	node: string
	/** entry of its catalogue */
	entry: string
	/** organisation of this node that keeps the records here */
	org_id: string
}
/** Asks for the rows of an entry; they come as far as the other side grants them, into an entry made here. */
export const cascadeAsk = (input: CascadeAskInput) =>
	call<CascadeAskOutput>('POST', `/cascade/streams`, { body: { node: input.node, entry: input.entry, org_id: input.org_id } })
export interface CascadeStreamOutput {
	/** stream */
	stream_id: string
	/** the other node */
	node_id: string
	/** its name */
	node_name: string
	/** from or to the other node */
	direction: "in" | "out"
	/** catalog, or rows/ and the entry at the sender */
	name: string
	/** name of the entry */
	title: string
	/** state */
	state: "active" | "stopped"
	/** entry here */
	resource_id: string | null
	/** all rows first, then what changes */
	phase: "begin" | "full" | "changes"
	/** last batch made (out) or kept (in) */
	seq: number
	/** last batch the other side has (out) or loaded here (in) */
	done: number
	/** batches not yet taken over */
	waiting: number
	/** rows since the last full run began */
	row_count: number
	/** fingerprint of the node the records come from */
	origin: string
	/** its name */
	origin_name: string
	/** last batch */
	moved_at: string | null
	/** last load */
	job_id: string | null
	/** its state */
	job_state: string | null
	/** entries of the feed not yet looked at (out) */
	feed_behind: number
	/** last batch that is loaded and reconciled at the receiver */
	loaded: number
	/** rises */
	version: number
	/** what went wrong last */
	problem: string | null
	/** what to do */
	advice: string | null
	/** last 20, newest first; receipt: the receiver's signed word for it */
	batches: {seq: number; digest: string; row_count: number; removed: number; rows_digest: string; made_at: string; done_at: string | null; kept: boolean; receipt: string}[]
}
export interface CascadeStreamInput {
	/** stream */
	id: string
}
/** One stream with its last batches and receipts. */
export const cascadeStream = (input: CascadeStreamInput) =>
	call<CascadeStreamOutput>('GET', `/cascade/streams/${encodeURIComponent(input.id)}`)
export interface CascadeRestartInput {
	/** stream */
	id: string
}
/** Takes everything anew from the beginning. */
export const cascadeRestart = (input: CascadeRestartInput) =>
	call<void>('POST', `/cascade/streams/${encodeURIComponent(input.id)}/restart`)
export interface CascadeStopInput {
	/** stream */
	id: string
}
/** Takes no more rows; what is here stays. */
export const cascadeStop = (input: CascadeStopInput) =>
	call<void>('POST', `/cascade/streams/${encodeURIComponent(input.id)}/stop`)
export interface CaseListOutput {
	/** newest first */
	items: {case_id:string,number:string,outside_platform:string,outside_number:string,title:string,process:string,process_title:string,process_title_en:string,state:string,state_title:string,state_title_en:string,outcome:string,turn:"asker"|"supplier"|"bureau"|"field"|"lead"|"",resource_id:string|null,asker_org_id:string|null,asker_org_name:string|null,asker_name:string|null,supplier_org_id:string|null,supplier_org_name:string|null,grant_id:string|null,begun_at:string,due_at:string|null,remind_at:string|null,paused_at:string|null,light:"green"|"amber"|"red"|"paused"|"none",pressed:""|"urge"|"supervise"|"circular",left_s:number|null,left_work_s:number|null,created_at:string,updated_at:string,closed_at:string|null,version:number,line:"sharing"|"city",kind:string,level:number,returns:number,reworks:number,postpones:number,hangs:number,children_open:number,centre_org_id:string|null,centre_org_name:string|null,field_org_id:string|null,field_org_name:string|null,field_account_id:string|null,field_name:string|null}[]
	/** cursor */
	next: string|null
}
export interface CaseListInput {
	/** my own, my organisation's (asked or supplied), all (data bureau) */
	scope?: 'mine' | 'org' | 'all'
	/** only of this process */
	process?: string
	/** state of the process */
	state?: string
	/** only open ones past their due time */
	late?: boolean
	/** only for this resource */
	resource?: string
	/** part of number or title */
	q?: string
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Lists cases, newest first. */
export const caseList = (input: CaseListInput = {}) =>
	call<CaseListOutput>('GET', `/cases`, { query: { scope: input.scope, process: input.process, state: input.state, late: input.late, resource: input.resource, q: input.q, after: input.after, limit: input.limit } })
export interface CaseCreateOutput {
	/** case */
	case_id: string
	/** number for people, e.g. GX-2026-000123 */
	number: string
	/** another platform that knows it too; empty: none */
	outside_platform: string
	/** its number there, or the asker's own */
	outside_number: string
	/** name of the resource, or what is needed */
	title: string
	/** process */
	process: string
	/** its Chinese name */
	process_title: string
	/** its English name */
	process_title_en: string
	/** state */
	state: string
	/** its Chinese name */
	state_title: string
	/** its English name */
	state_title_en: string
	/** granted, refused, withdrawn …; empty while open */
	outcome: string
	/** whose turn it is */
	turn: "asker"|"supplier"|"bureau"|"field"|"lead"|""
	/** resource it is about; null: none yet */
	resource_id: string|null
	/** asking organisation; null: the program itself */
	asker_org_id: string|null
	/** its name */
	asker_org_name: string|null
	/** who asked */
	asker_name: string|null
	/** supplying organisation; null: not routed yet */
	supplier_org_id: string|null
	/** its name */
	supplier_org_name: string|null
	/** the grant made */
	grant_id: string|null
	/** when the present step began */
	begun_at: string
	/** when it must be done; null without a limit or while the clock stands */
	due_at: string|null
	/** from when it is amber */
	remind_at: string|null
	/** since when the clock stands */
	paused_at: string|null
	/** how late it is */
	light: "green"|"amber"|"red"|"paused"|"none"
	/** 催办, 督办 or 通报 since its stage began; empty: none */
	pressed: ""|"urge"|"supervise"|"circular"
	/** seconds until due, negative when late */
	left_s: number|null
	/** the same in working time */
	left_work_s: number|null
	/** asked */
	created_at: string
	/** last step */
	updated_at: string
	/** closed */
	closed_at: string|null
	/** send it with an action */
	version: number
	/** which permissions its sides stand for */
	line: "sharing"|"city"
	/** kind of what it is about, e.g. component; empty: none */
	kind: string
	/** levels above its own centre it is dealt with */
	level: number
	/** times it was returned (退单) */
	returns: number
	/** times it was redone */
	reworks: number
	/** extensions approved */
	postpones: number
	/** pauses approved */
	hangs: number
	/** its parts that are open */
	children_open: number
	/** centre that directs it */
	centre_org_id: string|null
	/** its name */
	centre_org_name: string|null
	/** who verifies and checks on site */
	field_org_id: string|null
	/** its name */
	field_org_name: string|null
	/** the one officer who does */
	field_account_id: string|null
	/** the officer's name */
	field_name: string|null
	/** the resource has data */
	mounted: boolean
	/** the caller answers for the asker */
	is_asker: boolean
	/** the caller answers for the supplier */
	is_supplier: boolean
	/** the caller answers for the bureau or centre */
	is_bureau: boolean
	/** the caller verifies and checks it on site */
	is_field: boolean
	/** the caller approves and rules */
	is_lead: boolean
	/** until when the task on site is to be accepted (action take); null: nobody is asked to */
	offer_until: string|null
	/** the case's own limits, by name */
	limits: Record<string,{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}>|null
	/** what it is about: resource, record, entry, demand, finding, event */
	subject: string
	/** record, finding: its id; entry: the draft's version */
	subject_id: string|null
	/** what it began with, see POST /cases; of an order also seen: the load and score that raised it */
	form: Record<string,unknown>
	/** what the supplier or the ruling made of it */
	decision: {fields?:{name:string,mode:"clear"|"masked"}[],filter?:unknown,until?:string,quota_day?:number,conditions?:string,clear_sensitive?:boolean}|null
	/** who is to read */
	account_id: string|null
	/** its name */
	account_name: string|null
	/** what happened, newest first, at most 500 */
	events: {no:number,at:string,action:string,title:string,title_en:string,moved:boolean,to:string,to_title:string,to_title_en:string,side:string,by_name:string|null,org_name:string|null,clock:string,note:string,form:unknown}[]
	/** what the caller may do now; blocked says why not yet */
	may: {action:string,title:string,title_en:string,note:"none"|"optional"|"required",form:string,blocked:string|null}[]
	/** reminders sent outside; notice_no is the event's */
	deliveries: {notice_no:number,channel:"webhook"|"mail"|"sms",state:"waiting"|"sent"|"failed",attempts:number,at:string|null,detail:string|null,receipt:"underway"|"delivered"|"failed"|null}[]
	/** each stage's clock and how it was worked out: begun + limit (of: a limit of the case) = plain_due_at, moved by pauses, extensions and changed limits to due_at */
	clocks: {state:string,title:string,title_en:string,turn:string,begun_at:string,limit:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null,of:string,plain_due_at:string|null,amber_at:string|null,changes:{what:string,at:string,term:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null}[],due_at:string|null,paused_at:string|null,paused_until:string|null,ended_at:string|null}[]
	/** steps of reminding of this stage; ahead_s: so long before it is due, in working time or not; half: of the limit, as the step says more */
	ladder: {step:string,at:string,ahead_s:number,ahead_work:boolean,half:boolean,told:boolean,tell:string[]}[]
	/** the case it is a part of; none or one */
	parent: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** its parts, at most 100 */
	children: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** cases merged into it, at most 100 */
	duplicates: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** the case it was merged into, with its steps */
	main: {case_id:string,number:string,state_title:string,state_title_en:string,may_read:boolean,steps:{at:string,title:string,title_en:string,to_title:string,to_title_en:string,org_name:string|null}[]}|null
}
export interface CaseCreateInput {
	/** a published resource; left out for data_demand */
	resource_id?: string
	/** share_request when left out; correction_order (data bureau), record_objection, data_demand */
	process?: string
	/** share_request: {purpose, service_item or basis, account_id, fields: [{name, mode}], filter, way: api, or several, until, quota_day}; correction_order: {defect: update_late, no_data, service_fails, score_low (score) or rule (rule, field), words}; record_objection: {record_id, field, wrong, right, reason}; data_demand: {need, detail, purpose, basis, provider_org_id, words} */
	form: unknown
	/** the caller's own number of it: sent again, the answer is the case it became */
	outside_number?: string
}
/** Begins a case: a share request 共享申请, a correction order 整改单, an objection to a record 异议, a demand for data 数据需求; the process's form says who may. A service account objects to records that its own grant gives. */
export const caseCreate = (input: CaseCreateInput) =>
	call<CaseCreateOutput>('POST', `/cases`, { body: { resource_id: input.resource_id, process: input.process, form: input.form, outside_number: input.outside_number } })
export interface CaseReadNumberOutput {
	/** case */
	case_id: string
	/** number for people, e.g. GX-2026-000123 */
	number: string
	/** another platform that knows it too; empty: none */
	outside_platform: string
	/** its number there, or the asker's own */
	outside_number: string
	/** name of the resource, or what is needed */
	title: string
	/** process */
	process: string
	/** its Chinese name */
	process_title: string
	/** its English name */
	process_title_en: string
	/** state */
	state: string
	/** its Chinese name */
	state_title: string
	/** its English name */
	state_title_en: string
	/** granted, refused, withdrawn …; empty while open */
	outcome: string
	/** whose turn it is */
	turn: "asker"|"supplier"|"bureau"|"field"|"lead"|""
	/** resource it is about; null: none yet */
	resource_id: string|null
	/** asking organisation; null: the program itself */
	asker_org_id: string|null
	/** its name */
	asker_org_name: string|null
	/** who asked */
	asker_name: string|null
	/** supplying organisation; null: not routed yet */
	supplier_org_id: string|null
	/** its name */
	supplier_org_name: string|null
	/** the grant made */
	grant_id: string|null
	/** when the present step began */
	begun_at: string
	/** when it must be done; null without a limit or while the clock stands */
	due_at: string|null
	/** from when it is amber */
	remind_at: string|null
	/** since when the clock stands */
	paused_at: string|null
	/** how late it is */
	light: "green"|"amber"|"red"|"paused"|"none"
	/** 催办, 督办 or 通报 since its stage began; empty: none */
	pressed: ""|"urge"|"supervise"|"circular"
	/** seconds until due, negative when late */
	left_s: number|null
	/** the same in working time */
	left_work_s: number|null
	/** asked */
	created_at: string
	/** last step */
	updated_at: string
	/** closed */
	closed_at: string|null
	/** send it with an action */
	version: number
	/** which permissions its sides stand for */
	line: "sharing"|"city"
	/** kind of what it is about, e.g. component; empty: none */
	kind: string
	/** levels above its own centre it is dealt with */
	level: number
	/** times it was returned (退单) */
	returns: number
	/** times it was redone */
	reworks: number
	/** extensions approved */
	postpones: number
	/** pauses approved */
	hangs: number
	/** its parts that are open */
	children_open: number
	/** centre that directs it */
	centre_org_id: string|null
	/** its name */
	centre_org_name: string|null
	/** who verifies and checks on site */
	field_org_id: string|null
	/** its name */
	field_org_name: string|null
	/** the one officer who does */
	field_account_id: string|null
	/** the officer's name */
	field_name: string|null
	/** the resource has data */
	mounted: boolean
	/** the caller answers for the asker */
	is_asker: boolean
	/** the caller answers for the supplier */
	is_supplier: boolean
	/** the caller answers for the bureau or centre */
	is_bureau: boolean
	/** the caller verifies and checks it on site */
	is_field: boolean
	/** the caller approves and rules */
	is_lead: boolean
	/** until when the task on site is to be accepted (action take); null: nobody is asked to */
	offer_until: string|null
	/** the case's own limits, by name */
	limits: Record<string,{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}>|null
	/** what it is about: resource, record, entry, demand, finding, event */
	subject: string
	/** record, finding: its id; entry: the draft's version */
	subject_id: string|null
	/** what it began with, see POST /cases; of an order also seen: the load and score that raised it */
	form: Record<string,unknown>
	/** what the supplier or the ruling made of it */
	decision: {fields?:{name:string,mode:"clear"|"masked"}[],filter?:unknown,until?:string,quota_day?:number,conditions?:string,clear_sensitive?:boolean}|null
	/** who is to read */
	account_id: string|null
	/** its name */
	account_name: string|null
	/** what happened, newest first, at most 500 */
	events: {no:number,at:string,action:string,title:string,title_en:string,moved:boolean,to:string,to_title:string,to_title_en:string,side:string,by_name:string|null,org_name:string|null,clock:string,note:string,form:unknown}[]
	/** what the caller may do now; blocked says why not yet */
	may: {action:string,title:string,title_en:string,note:"none"|"optional"|"required",form:string,blocked:string|null}[]
	/** reminders sent outside; notice_no is the event's */
	deliveries: {notice_no:number,channel:"webhook"|"mail"|"sms",state:"waiting"|"sent"|"failed",attempts:number,at:string|null,detail:string|null,receipt:"underway"|"delivered"|"failed"|null}[]
	/** each stage's clock and how it was worked out: begun + limit (of: a limit of the case) = plain_due_at, moved by pauses, extensions and changed limits to due_at */
	clocks: {state:string,title:string,title_en:string,turn:string,begun_at:string,limit:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null,of:string,plain_due_at:string|null,amber_at:string|null,changes:{what:string,at:string,term:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null}[],due_at:string|null,paused_at:string|null,paused_until:string|null,ended_at:string|null}[]
	/** steps of reminding of this stage; ahead_s: so long before it is due, in working time or not; half: of the limit, as the step says more */
	ladder: {step:string,at:string,ahead_s:number,ahead_work:boolean,half:boolean,told:boolean,tell:string[]}[]
	/** the case it is a part of; none or one */
	parent: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** its parts, at most 100 */
	children: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** cases merged into it, at most 100 */
	duplicates: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** the case it was merged into, with its steps */
	main: {case_id:string,number:string,state_title:string,state_title_en:string,may_read:boolean,steps:{at:string,title:string,title_en:string,to_title:string,to_title_en:string,org_name:string|null}[]}|null
}
export interface CaseReadNumberInput {
	/** the caller's own number */
	outside_number: string
}
/** The case that a number of the caller's own became. */
export const caseReadNumber = (input: CaseReadNumberInput) =>
	call<CaseReadNumberOutput>('GET', `/cases/by-number`, { query: { outside_number: input.outside_number } })
export interface CaseReadOutput {
	/** case */
	case_id: string
	/** number for people, e.g. GX-2026-000123 */
	number: string
	/** another platform that knows it too; empty: none */
	outside_platform: string
	/** its number there, or the asker's own */
	outside_number: string
	/** name of the resource, or what is needed */
	title: string
	/** process */
	process: string
	/** its Chinese name */
	process_title: string
	/** its English name */
	process_title_en: string
	/** state */
	state: string
	/** its Chinese name */
	state_title: string
	/** its English name */
	state_title_en: string
	/** granted, refused, withdrawn …; empty while open */
	outcome: string
	/** whose turn it is */
	turn: "asker"|"supplier"|"bureau"|"field"|"lead"|""
	/** resource it is about; null: none yet */
	resource_id: string|null
	/** asking organisation; null: the program itself */
	asker_org_id: string|null
	/** its name */
	asker_org_name: string|null
	/** who asked */
	asker_name: string|null
	/** supplying organisation; null: not routed yet */
	supplier_org_id: string|null
	/** its name */
	supplier_org_name: string|null
	/** the grant made */
	grant_id: string|null
	/** when the present step began */
	begun_at: string
	/** when it must be done; null without a limit or while the clock stands */
	due_at: string|null
	/** from when it is amber */
	remind_at: string|null
	/** since when the clock stands */
	paused_at: string|null
	/** how late it is */
	light: "green"|"amber"|"red"|"paused"|"none"
	/** 催办, 督办 or 通报 since its stage began; empty: none */
	pressed: ""|"urge"|"supervise"|"circular"
	/** seconds until due, negative when late */
	left_s: number|null
	/** the same in working time */
	left_work_s: number|null
	/** asked */
	created_at: string
	/** last step */
	updated_at: string
	/** closed */
	closed_at: string|null
	/** send it with an action */
	version: number
	/** which permissions its sides stand for */
	line: "sharing"|"city"
	/** kind of what it is about, e.g. component; empty: none */
	kind: string
	/** levels above its own centre it is dealt with */
	level: number
	/** times it was returned (退单) */
	returns: number
	/** times it was redone */
	reworks: number
	/** extensions approved */
	postpones: number
	/** pauses approved */
	hangs: number
	/** its parts that are open */
	children_open: number
	/** centre that directs it */
	centre_org_id: string|null
	/** its name */
	centre_org_name: string|null
	/** who verifies and checks on site */
	field_org_id: string|null
	/** its name */
	field_org_name: string|null
	/** the one officer who does */
	field_account_id: string|null
	/** the officer's name */
	field_name: string|null
	/** the resource has data */
	mounted: boolean
	/** the caller answers for the asker */
	is_asker: boolean
	/** the caller answers for the supplier */
	is_supplier: boolean
	/** the caller answers for the bureau or centre */
	is_bureau: boolean
	/** the caller verifies and checks it on site */
	is_field: boolean
	/** the caller approves and rules */
	is_lead: boolean
	/** until when the task on site is to be accepted (action take); null: nobody is asked to */
	offer_until: string|null
	/** the case's own limits, by name */
	limits: Record<string,{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}>|null
	/** what it is about: resource, record, entry, demand, finding, event */
	subject: string
	/** record, finding: its id; entry: the draft's version */
	subject_id: string|null
	/** what it began with, see POST /cases; of an order also seen: the load and score that raised it */
	form: Record<string,unknown>
	/** what the supplier or the ruling made of it */
	decision: {fields?:{name:string,mode:"clear"|"masked"}[],filter?:unknown,until?:string,quota_day?:number,conditions?:string,clear_sensitive?:boolean}|null
	/** who is to read */
	account_id: string|null
	/** its name */
	account_name: string|null
	/** what happened, newest first, at most 500 */
	events: {no:number,at:string,action:string,title:string,title_en:string,moved:boolean,to:string,to_title:string,to_title_en:string,side:string,by_name:string|null,org_name:string|null,clock:string,note:string,form:unknown}[]
	/** what the caller may do now; blocked says why not yet */
	may: {action:string,title:string,title_en:string,note:"none"|"optional"|"required",form:string,blocked:string|null}[]
	/** reminders sent outside; notice_no is the event's */
	deliveries: {notice_no:number,channel:"webhook"|"mail"|"sms",state:"waiting"|"sent"|"failed",attempts:number,at:string|null,detail:string|null,receipt:"underway"|"delivered"|"failed"|null}[]
	/** each stage's clock and how it was worked out: begun + limit (of: a limit of the case) = plain_due_at, moved by pauses, extensions and changed limits to due_at */
	clocks: {state:string,title:string,title_en:string,turn:string,begun_at:string,limit:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null,of:string,plain_due_at:string|null,amber_at:string|null,changes:{what:string,at:string,term:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null}[],due_at:string|null,paused_at:string|null,paused_until:string|null,ended_at:string|null}[]
	/** steps of reminding of this stage; ahead_s: so long before it is due, in working time or not; half: of the limit, as the step says more */
	ladder: {step:string,at:string,ahead_s:number,ahead_work:boolean,half:boolean,told:boolean,tell:string[]}[]
	/** the case it is a part of; none or one */
	parent: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** its parts, at most 100 */
	children: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** cases merged into it, at most 100 */
	duplicates: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** the case it was merged into, with its steps */
	main: {case_id:string,number:string,state_title:string,state_title_en:string,may_read:boolean,steps:{at:string,title:string,title_en:string,to_title:string,to_title_en:string,org_name:string|null}[]}|null
}
export interface CaseReadInput {
	/** case */
	id: string
}
/** One case with its history and what the caller may do now. */
export const caseRead = (input: CaseReadInput) =>
	call<CaseReadOutput>('GET', `/cases/${encodeURIComponent(input.id)}`)
export interface CaseActOutput {
	/** case */
	case_id: string
	/** number for people, e.g. GX-2026-000123 */
	number: string
	/** another platform that knows it too; empty: none */
	outside_platform: string
	/** its number there, or the asker's own */
	outside_number: string
	/** name of the resource, or what is needed */
	title: string
	/** process */
	process: string
	/** its Chinese name */
	process_title: string
	/** its English name */
	process_title_en: string
	/** state */
	state: string
	/** its Chinese name */
	state_title: string
	/** its English name */
	state_title_en: string
	/** granted, refused, withdrawn …; empty while open */
	outcome: string
	/** whose turn it is */
	turn: "asker"|"supplier"|"bureau"|"field"|"lead"|""
	/** resource it is about; null: none yet */
	resource_id: string|null
	/** asking organisation; null: the program itself */
	asker_org_id: string|null
	/** its name */
	asker_org_name: string|null
	/** who asked */
	asker_name: string|null
	/** supplying organisation; null: not routed yet */
	supplier_org_id: string|null
	/** its name */
	supplier_org_name: string|null
	/** the grant made */
	grant_id: string|null
	/** when the present step began */
	begun_at: string
	/** when it must be done; null without a limit or while the clock stands */
	due_at: string|null
	/** from when it is amber */
	remind_at: string|null
	/** since when the clock stands */
	paused_at: string|null
	/** how late it is */
	light: "green"|"amber"|"red"|"paused"|"none"
	/** 催办, 督办 or 通报 since its stage began; empty: none */
	pressed: ""|"urge"|"supervise"|"circular"
	/** seconds until due, negative when late */
	left_s: number|null
	/** the same in working time */
	left_work_s: number|null
	/** asked */
	created_at: string
	/** last step */
	updated_at: string
	/** closed */
	closed_at: string|null
	/** send it with an action */
	version: number
	/** which permissions its sides stand for */
	line: "sharing"|"city"
	/** kind of what it is about, e.g. component; empty: none */
	kind: string
	/** levels above its own centre it is dealt with */
	level: number
	/** times it was returned (退单) */
	returns: number
	/** times it was redone */
	reworks: number
	/** extensions approved */
	postpones: number
	/** pauses approved */
	hangs: number
	/** its parts that are open */
	children_open: number
	/** centre that directs it */
	centre_org_id: string|null
	/** its name */
	centre_org_name: string|null
	/** who verifies and checks on site */
	field_org_id: string|null
	/** its name */
	field_org_name: string|null
	/** the one officer who does */
	field_account_id: string|null
	/** the officer's name */
	field_name: string|null
	/** the resource has data */
	mounted: boolean
	/** the caller answers for the asker */
	is_asker: boolean
	/** the caller answers for the supplier */
	is_supplier: boolean
	/** the caller answers for the bureau or centre */
	is_bureau: boolean
	/** the caller verifies and checks it on site */
	is_field: boolean
	/** the caller approves and rules */
	is_lead: boolean
	/** until when the task on site is to be accepted (action take); null: nobody is asked to */
	offer_until: string|null
	/** the case's own limits, by name */
	limits: Record<string,{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}>|null
	/** what it is about: resource, record, entry, demand, finding, event */
	subject: string
	/** record, finding: its id; entry: the draft's version */
	subject_id: string|null
	/** what it began with, see POST /cases; of an order also seen: the load and score that raised it */
	form: Record<string,unknown>
	/** what the supplier or the ruling made of it */
	decision: {fields?:{name:string,mode:"clear"|"masked"}[],filter?:unknown,until?:string,quota_day?:number,conditions?:string,clear_sensitive?:boolean}|null
	/** who is to read */
	account_id: string|null
	/** its name */
	account_name: string|null
	/** what happened, newest first, at most 500 */
	events: {no:number,at:string,action:string,title:string,title_en:string,moved:boolean,to:string,to_title:string,to_title_en:string,side:string,by_name:string|null,org_name:string|null,clock:string,note:string,form:unknown}[]
	/** what the caller may do now; blocked says why not yet */
	may: {action:string,title:string,title_en:string,note:"none"|"optional"|"required",form:string,blocked:string|null}[]
	/** reminders sent outside; notice_no is the event's */
	deliveries: {notice_no:number,channel:"webhook"|"mail"|"sms",state:"waiting"|"sent"|"failed",attempts:number,at:string|null,detail:string|null,receipt:"underway"|"delivered"|"failed"|null}[]
	/** each stage's clock and how it was worked out: begun + limit (of: a limit of the case) = plain_due_at, moved by pauses, extensions and changed limits to due_at */
	clocks: {state:string,title:string,title_en:string,turn:string,begun_at:string,limit:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null,of:string,plain_due_at:string|null,amber_at:string|null,changes:{what:string,at:string,term:{work_days?:number,work_hours?:number,days?:number,hours?:number,minutes?:number}|null}[],due_at:string|null,paused_at:string|null,paused_until:string|null,ended_at:string|null}[]
	/** steps of reminding of this stage; ahead_s: so long before it is due, in working time or not; half: of the limit, as the step says more */
	ladder: {step:string,at:string,ahead_s:number,ahead_work:boolean,half:boolean,told:boolean,tell:string[]}[]
	/** the case it is a part of; none or one */
	parent: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** its parts, at most 100 */
	children: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** cases merged into it, at most 100 */
	duplicates: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,light:"green"|"amber"|"red"|"paused"|"none",due_at:string|null,closed_at:string|null,supplier_org_name:string|null}[]
	/** the case it was merged into, with its steps */
	main: {case_id:string,number:string,state_title:string,state_title_en:string,may_read:boolean,steps:{at:string,title:string,title_en:string,to_title:string,to_title_en:string,org_name:string|null}[]}|null
}
export interface CaseActInput {
	/** case */
	id: string
	/** one of the case's "may" */
	action: string
	/** version of the case it was decided on */
	version: number
	/** why; needed where the action says so */
	note?: string
	/** form of the action; share_decision: {fields, filter, until, quota_day, conditions, clear_sensitive}; order_answer: {cause, measure}; demand_route: {org_id}; demand_point: {resource_id}; demand_draft: {name} */
	form?: unknown
}
/** Does one action of the case's process; the process says who may. With "Prefer: return=minimal" (RFC 7240) the answer has only case_id, number, state, outcome, turn, due_at, light and version. */
export const caseAct = (input: CaseActInput) =>
	call<CaseActOutput>('POST', `/cases/${encodeURIComponent(input.id)}/actions/${encodeURIComponent(input.action)}`, { body: { version: input.version, note: input.note, form: input.form } })
export interface MeasureChecksOutput {
	/** the four standing checks */
	items: {name:string,title:string,title_en:string,proves:string,advice:string,live:number,run_at:string|null}[]
	/** there is one page */
	next: null
}
/** The four standing checks, their last run and findings alive. */
export const measureChecks = () =>
	call<MeasureChecksOutput>('GET', `/checks`)
export interface MeasureChecksRunOutput {
	/** job */
	job_id: string
}
/** Starts a job that runs the standing checks now. */
export const measureChecksRun = () =>
	call<MeasureChecksRunOutput>('POST', `/checks/run`)
export interface EventListOutput {
	/** newest first; of the queue least time left first */
	items: {case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,outcome:string,turn:string,light:"green"|"amber"|"red"|"paused"|"none",pressed:""|"urge"|"supervise"|"circular",due_at:string|null,paused_at:string|null,closed_at:string|null,version:number,returns:number,reworks:number,level:number,supplier_org_name:string|null,class_code:string,kind:string,grade:string,lon:number|null,lat:number|null,address:string,area_text:string,channel:string,reported_at:string,merged_into:string|null,merged_number:string|null,parent_id:string|null,raised_to:string|null}[]
	/** cursor */
	next: string|null
}
export interface EventListInput {
	/** state of process city_event */
	state?: string
	/** small or big class, or B (components), S (events) */
	class?: string
	/** officer, public, hotline, open311, system, alarm, file, split */
	channel?: string
	/** area_key of any level, with all under it */
	area?: string
	/** organisation that handles it */
	unit?: string
	/** reported at or after */
	from?: string
	/** reported before */
	until?: string
	/** how late it is */
	light?: 'green' | 'amber' | 'red' | 'paused' | 'none'
	/** part of number or title */
	q?: string
	/** true: only what the caller reported */
	mine?: boolean
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Events: of one's centre, unit, or one's own, as the permissions say. */
export const eventList = (input: EventListInput = {}) =>
	call<EventListOutput>('GET', `/city-events`, { query: { state: input.state, class: input.class, channel: input.channel, area: input.area, unit: input.unit, from: input.from, until: input.until, light: input.light, q: input.q, mine: input.mine, after: input.after, limit: input.limit } })
export interface EventReportOutput {
	/** event: the id of its case */
	case_id: string
	/** number for people, SJ-2026-000123 */
	number: string
	/** class and address */
	title: string
	/** state of its case */
	state: string
	/** closed, refused, merged, cancelled; empty while open */
	outcome: string
	/** how late it is */
	light: "green"|"amber"|"red"|"paused"|"none"
	/** when the present step must be done */
	due_at: string|null
	/** of the case: send it with an action */
	version: number
	/** class */
	class_code: string
	/** version of the class it is under */
	class_version: number
	/** condition it was filed under, 0 not yet */
	condition_no: number
	/** 部件 or 事件 */
	kind: "component"|"event"
	/** grade */
	grade: "general"|"large"|"major"
	/** CGCS2000 */
	lon: number|null
	/** CGCS2000 */
	lat: number|null
	/** where the place is from */
	located: "point"|"address"|"none"
	/** names of its areas */
	area_text: string
	/** where, in words */
	address: string
	/** what was seen */
	description: string
	/** code of the component */
	component: string
	/** by what it came in */
	channel: string
	/** the sender's number */
	outside_number: string
	/** when the sender wants it done */
	outside_due_at: string | null
	/** when it was seen */
	happened_at: string
	/** when it came in */
	reported_at: string
	/** the event that goes on in its place */
	merged_into: string|null
	/** its number; after another merge of the one that goes on then */
	merged_number: string|null
	/** the event it is a part of */
	parent_id: string|null
	/** rating, 0 none */
	stars: number
	/** times returned */
	returns: number
	/** times done anew */
	reworks: number
	/** levels above its own centre */
	level: number
	/** the caller dispatches it */
	is_bureau: boolean
	/** the caller handles it */
	is_supplier: boolean
	/** the class, that version */
	class: {code:string,version:number,title:string,title_en:string,pinyin:string,parent:string,kind:"component"|"event"|"check",grade:string,needs:string[],metres:number,hours:number,retired:boolean,limits:Record<string,Record<string,number>>|null,inherits:string[],conditions:{no:number,text:string,text_en:string,closing:string,closing_en:string,limits:Record<string,Record<string,number>>|null}[]}
	/** masked; null: nobody the caller may know of */
	reporter: {name:string,phone:string,confidential:boolean}|null
	/** in the order they came */
	photos: {photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null,stripped:boolean,bad_place:boolean,place:[number,number]|null}[]
	/** linked: shown (may be the same), merged, apart */
	duplicates: {case_id:string,number:string,title:string,state:string,open:boolean,class_code:string,lon:number|null,lat:number|null,reported_at:string,score:number,metres:number,link:string,state_title:string,state_title_en:string,photos:{photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null,stripped:boolean,bad_place:boolean,place:[number,number]|null}[]}[]
	/** units by the list of duties, best first, with the line */
	proposal: {duty_id:string,org_id:string,org_name:string,class_code:string,area_code:string,basis:string,class_title:string,class_title_en:string}[]
	/** for the unit that handles it: its own lines, which a return may cite as those of proposal */
	duties: {duty_id:string,org_id:string,org_name:string,class_code:string,area_code:string,basis:string,class_title:string,class_title_en:string}[]
	/** of a part: the number of what it is part of, and what the unit is to do */
	part: {number:string,words:string}|null
	/** parts with other units; words: what each is to do */
	parts: {case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,closed_at:string|null,supplier_org_name:string|null,words:string}[]
}
export interface EventReportInput {
	/** a small class of GET /event-classes */
	class_code: string
	/** longitude, degrees (or easting of crs) */
	lon?: number
	/** latitude, degrees (or northing of crs) */
	lat?: number
	/** CGCS2000 when left out; WGS84, GCJ02, BD09, EPSG:n */
	crs?: string
	/** where, in words */
	address?: string
	/** what was seen */
	description?: string
	/** code of the component (部件标识码) */
	component?: string
	/** the class's when left out */
	grade?: 'general' | 'large' | 'major'
	/** when it was seen; now when left out */
	happened_at?: string
	/** of a citizen, sealed (L3) */
	reporter_name?: string
	/** the same */
	reporter_phone?: string
	/** handlers never learn of the reporter */
	confidential?: boolean
	/** ids of POST /event-photos, at most 9 */
	photos?: unknown
	/** officer when left out; others by operators and dispatchers */
	channel?: 'officer' | 'hotline' | 'public'
	/** the draft's own id: the same one again answers with the event it became */
	outside_number?: string
}
/** Reports an event; the same outside_number again answers with what it became. */
export const eventReport = (input: EventReportInput) =>
	call<EventReportOutput>('POST', `/city-events`, { body: { class_code: input.class_code, lon: input.lon, lat: input.lat, crs: input.crs, address: input.address, description: input.description, component: input.component, grade: input.grade, happened_at: input.happened_at, reporter_name: input.reporter_name, reporter_phone: input.reporter_phone, confidential: input.confidential, photos: input.photos, channel: input.channel, outside_number: input.outside_number } })
export interface EventAlikeOutput {
	/** best first */
	items: {case_id:string,number:string,title:string,state:string,open:boolean,class_code:string,lon:number|null,lat:number|null,reported_at:string,score:number,metres:number,link:string,state_title:string,state_title_en:string,photos:{photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null,stripped:boolean,bad_place:boolean,place:[number,number]|null}[]}[]
	/** there is one page */
	next: null
}
export interface EventAlikeInput {
	/** class */
	class_code: string
	/** CGCS2000 degrees */
	lon: number
	/** CGCS2000 degrees */
	lat: number
}
/** Reports near in place and time that may be of the same thing. */
export const eventAlike = (input: EventAlikeInput) =>
	call<EventAlikeOutput>('GET', `/city-events/alike`, { query: { class_code: input.class_code, lon: input.lon, lat: input.lat } })
export interface EventBatchOutput {
	/** in the order sent */
	items: {outside_number:string,result:"taken"|"repeated"|"refused",case_id?:string,number?:string,field?:string,value?:string,rule?:string,message?:string,advice?:string}[]
	/** new events */
	taken: number
}
export interface EventBatchInput {
	/** 1 to 500 of {outside_number, class_code, lon, lat, crs, address, description, component, grade, happened_at, reporter_name, reporter_phone, confidential} */
	items: unknown
}
/** Reports events of another system or alarms; each is taken, repeated or refused by itself. */
export const eventBatch = (input: EventBatchInput) =>
	call<EventBatchOutput>('POST', `/city-events/batch`, { body: { items: input.items } })
export interface EventByNumberOutput {
	/** event */
	case_id: string
	/** its number */
	number: string
	/** state */
	state: string
	/** empty while open */
	outcome: string
	/** class it is under now */
	class_code: string
	/** time */
	reported_at: string
	/** of the present step */
	due_at: string|null
	/** time */
	closed_at: string|null
	/** event that goes on, "0" none */
	merged_into: string
}
export interface EventByNumberInput {
	/** the caller's own number */
	outside_number: string
}
/** What became of the caller's own number. */
export const eventByNumber = (input: EventByNumberInput) =>
	call<EventByNumberOutput>('GET', `/city-events/by-number`, { query: { outside_number: input.outside_number } })
export interface EventMapOutput {
	/** newest first: all where there are at most 500, else the newest 50 */
	items: {case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,outcome:string,turn:string,light:"green"|"amber"|"red"|"paused"|"none",pressed:""|"urge"|"supervise"|"circular",due_at:string|null,paused_at:string|null,closed_at:string|null,version:number,returns:number,reworks:number,level:number,supplier_org_name:string|null,class_code:string,kind:string,grade:string,lon:number|null,lat:number|null,address:string,area_text:string,channel:string,reported_at:string,merged_into:string|null,merged_number:string|null,parent_id:string|null,raised_to:string|null}[]
	/** of more than 500: each counts one cell of the screen, with the light of the most pressing one */
	clusters: {lon:number,lat:number,count:number,light:string}[]
	/** events in box */
	total: number
	/** what they lie in: with clusters, bbox widened to whole cells */
	box: number[]
}
export interface EventMapInput {
	/** west,south,east,north in degrees */
	bbox: string
	/** of the map: tiles of 256 pixels; clusters are 64 pixels wide */
	zoom: number
	/** state of process city_event */
	state?: string
	/** both when left out */
	stage?: 'running' | 'ended'
	/** small or big class, or B (components), S (events) */
	class?: string
	/** how late it is */
	light?: 'green' | 'amber' | 'red' | 'paused' | 'none'
	/** reported at or after */
	from?: string
	/** reported before */
	until?: string
}
/** Events in a window of the map: points, or clusters where there are many, and the list beside them. */
export const eventMap = (input: EventMapInput) =>
	call<EventMapOutput>('GET', `/city-events/map`, { query: { bbox: input.bbox, zoom: input.zoom, state: input.state, stage: input.stage, class: input.class, light: input.light, from: input.from, until: input.until } })
export interface EventMonthsOutput {
	/** placed events by the month of their report */
	items: {month:string,count:number}[]
	/** there is one page */
	next: null
}
export interface EventMonthsInput {
	/** both when left out */
	stage?: 'running' | 'ended'
}
/** How many events were reported each month, for the map's time slider. */
export const eventMonths = (input: EventMonthsInput = {}) =>
	call<EventMonthsOutput>('GET', `/city-events/months`, { query: { stage: input.stage } })
export interface EventQueueOutput {
	/** newest first; of the queue least time left first */
	items: {case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,outcome:string,turn:string,light:"green"|"amber"|"red"|"paused"|"none",pressed:""|"urge"|"supervise"|"circular",due_at:string|null,paused_at:string|null,closed_at:string|null,version:number,returns:number,reworks:number,level:number,supplier_org_name:string|null,class_code:string,kind:string,grade:string,lon:number|null,lat:number|null,address:string,area_text:string,channel:string,reported_at:string,merged_into:string|null,merged_number:string|null,parent_id:string|null,raised_to:string|null}[]
	/** cursor */
	next: string|null
}
export interface EventQueueInput {
	/** mine (when left out): what waits for the caller; open: all that runs at the caller's centre */
	scope?: 'mine' | 'open'
	/** small or big class, or B (components), S (events) */
	class?: string
	/** area_key of any level */
	area?: string
	/** part of number or title */
	q?: string
	/** state of process city_event */
	state?: string
	/** how late it is */
	light?: 'green' | 'amber' | 'red' | 'paused'
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** What waits for the caller, or all that runs at the caller's centre, least time left first. */
export const eventQueue = (input: EventQueueInput = {}) =>
	call<EventQueueOutput>('GET', `/city-events/queue`, { query: { scope: input.scope, class: input.class, area: input.area, q: input.q, state: input.state, light: input.light, after: input.after, limit: input.limit } })
export interface EventQueueCountsOutput {
	/** events; at most 2,000 of each turn are counted */
	total: number
	/** overdue */
	red: number
	/** soon due */
	amber: number
	/** in time */
	green: number
	/** with a clock that stands */
	paused: number
	/** by state */
	states: {state:string,state_title:string,state_title_en:string,count:number}[]
}
export interface EventQueueCountsInput {
	/** mine (when left out): what waits for the caller; open: all that runs at the caller's centre */
	scope?: 'mine' | 'open'
	/** small or big class, or B (components), S (events) */
	class?: string
	/** area_key of any level */
	area?: string
	/** part of number or title */
	q?: string
}
/** How much of it there is, by light and state. */
export const eventQueueCounts = (input: EventQueueCountsInput = {}) =>
	call<EventQueueCountsOutput>('GET', `/city-events/queue/counts`, { query: { scope: input.scope, class: input.class, area: input.area, q: input.q } })
export interface EventGetOutput {
	/** event: the id of its case */
	case_id: string
	/** number for people, SJ-2026-000123 */
	number: string
	/** class and address */
	title: string
	/** state of its case */
	state: string
	/** closed, refused, merged, cancelled; empty while open */
	outcome: string
	/** how late it is */
	light: "green"|"amber"|"red"|"paused"|"none"
	/** when the present step must be done */
	due_at: string|null
	/** of the case: send it with an action */
	version: number
	/** class */
	class_code: string
	/** version of the class it is under */
	class_version: number
	/** condition it was filed under, 0 not yet */
	condition_no: number
	/** 部件 or 事件 */
	kind: "component"|"event"
	/** grade */
	grade: "general"|"large"|"major"
	/** CGCS2000 */
	lon: number|null
	/** CGCS2000 */
	lat: number|null
	/** where the place is from */
	located: "point"|"address"|"none"
	/** names of its areas */
	area_text: string
	/** where, in words */
	address: string
	/** what was seen */
	description: string
	/** code of the component */
	component: string
	/** by what it came in */
	channel: string
	/** the sender's number */
	outside_number: string
	/** when the sender wants it done */
	outside_due_at: string | null
	/** when it was seen */
	happened_at: string
	/** when it came in */
	reported_at: string
	/** the event that goes on in its place */
	merged_into: string|null
	/** its number; after another merge of the one that goes on then */
	merged_number: string|null
	/** the event it is a part of */
	parent_id: string|null
	/** rating, 0 none */
	stars: number
	/** times returned */
	returns: number
	/** times done anew */
	reworks: number
	/** levels above its own centre */
	level: number
	/** the caller dispatches it */
	is_bureau: boolean
	/** the caller handles it */
	is_supplier: boolean
	/** the class, that version */
	class: {code:string,version:number,title:string,title_en:string,pinyin:string,parent:string,kind:"component"|"event"|"check",grade:string,needs:string[],metres:number,hours:number,retired:boolean,limits:Record<string,Record<string,number>>|null,inherits:string[],conditions:{no:number,text:string,text_en:string,closing:string,closing_en:string,limits:Record<string,Record<string,number>>|null}[]}
	/** masked; null: nobody the caller may know of */
	reporter: {name:string,phone:string,confidential:boolean}|null
	/** in the order they came */
	photos: {photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null,stripped:boolean,bad_place:boolean,place:[number,number]|null}[]
	/** linked: shown (may be the same), merged, apart */
	duplicates: {case_id:string,number:string,title:string,state:string,open:boolean,class_code:string,lon:number|null,lat:number|null,reported_at:string,score:number,metres:number,link:string,state_title:string,state_title_en:string,photos:{photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null,stripped:boolean,bad_place:boolean,place:[number,number]|null}[]}[]
	/** units by the list of duties, best first, with the line */
	proposal: {duty_id:string,org_id:string,org_name:string,class_code:string,area_code:string,basis:string,class_title:string,class_title_en:string}[]
	/** for the unit that handles it: its own lines, which a return may cite as those of proposal */
	duties: {duty_id:string,org_id:string,org_name:string,class_code:string,area_code:string,basis:string,class_title:string,class_title_en:string}[]
	/** of a part: the number of what it is part of, and what the unit is to do */
	part: {number:string,words:string}|null
	/** parts with other units; words: what each is to do */
	parts: {case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,closed_at:string|null,supplier_org_name:string|null,words:string}[]
}
export interface EventGetInput {
	/** event: the id of its case */
	id: string
	/** false: without the unit's own lines, the same for all its events */
	duties?: boolean
}
/** One event; its history, clock and actions are those of GET /cases/{id}. */
export const eventGet = (input: EventGetInput) =>
	call<EventGetOutput>('GET', `/city-events/${encodeURIComponent(input.id)}`, { query: { duties: input.duties } })
export interface EventApartInput {
	/** event */
	id: string
	/** the one that it was linked to */
	other: string
}
/** Says that two linked events are not the same. */
export const eventApart = (input: EventApartInput) =>
	call<void>('POST', `/city-events/${encodeURIComponent(input.id)}/apart`, { body: { other: input.other } })
export interface EventReporterOutput {
	/** in clear */
	name: string
	/** in clear */
	phone: string
	/** of a confidential report, as said; empty: as shown */
	words: string
}
export interface EventReporterInput {
	/** event */
	id: string
	/** why the name is needed; kept in evidence */
	reason: string
}
/** Who reported, in clear, for whoever must call back. */
export const eventReporter = (input: EventReporterInput) =>
	call<EventReporterOutput>('POST', `/city-events/${encodeURIComponent(input.id)}/reporter`, { body: { reason: input.reason } })
export interface CatalogCodeSetsOutput {
	/** code sets */
	items: {name:string,title:string,title_en:string,standard:string,doc:string,item_count:number}[]
	/** there is one page */
	next: null
}
/** Code sets 代码集. */
export const catalogCodeSets = () =>
	call<CatalogCodeSetsOutput>('GET', `/code-sets`)
export interface CatalogCodeItemsOutput {
	/** codes */
	items: {code:string,label:string,label_en:string,parent:string,valid_from:string|null,valid_to:string|null}[]
	/** cursor */
	next: string|null
	/** codes in the set; null when only some are asked for */
	total: number|null
}
export interface CatalogCodeItemsInput {
	/** code set */
	name: string
	/** words to look for */
	q?: string
	/** true: only codes in force today */
	current?: boolean
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Codes of one set with their time of validity, those that begin with the words asked for first. Open to all who log in: who fills in a form or looks on site chooses from them. */
export const catalogCodeItems = (input: CatalogCodeItemsInput) =>
	call<CatalogCodeItemsOutput>('GET', `/code-sets/${encodeURIComponent(input.name)}/items`, { query: { q: input.q, current: input.current, after: input.after, limit: input.limit } })
export interface ComparisonListOutput {
	/** newest first; run_…: the newest run; stopped: it did not run by its timetable */
	items: {comparison_id:string,name:string,purpose:string,left_id:string,left_name:string,right_id:string,right_name:string,org_name:string|null,run_at:string|null,run_state:string|null,timetable:"manual"|"hours"|"daily"|"weekly"|"monthly",every_hours:number,weekdays:number[],month_day:number,daily_minute:number,next_at:string|null,stopped:boolean}[]
	/** after of the next page */
	next: string|null
}
export interface ComparisonListInput {
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Comparisons of one's own organisation; the data bureau's are all. */
export const comparisonList = (input: ComparisonListInput = {}) =>
	call<ComparisonListOutput>('GET', `/comparisons`, { query: { after: input.after, limit: input.limit } })
export interface ComparisonDefineOutput {
	/** the new comparison */
	comparison_id: string
}
export interface ComparisonDefineInput {
	/** what it is called */
	name: string
	/** what it is for; kept in evidence */
	purpose: string
	/** an entry that the caller reads */
	left_id: string
	/** another one */
	right_id: string
	/** [{left, right, form: exact, text, number, date or id_number}], 1 to 5: rows are the same thing when all are equal */
	keys: unknown
	/** the same, at most 20: what is compared */
	fields?: unknown
	/** [{field, op: eq, ne, gte, lte, filled or empty, value}], at most 10: rows that fulfil all are compared */
	left_filter?: unknown
	/** the same */
	right_filter?: unknown
	/** when it runs by itself; manual, also when left out: never */
	timetable?: 'manual' | 'hours' | 'daily' | 'weekly' | 'monthly'
	/** timetable hours: every how many */
	every_hours?: number
	/** timetable weekly: [1, 3]: 1 Monday to 7 Sunday */
	weekdays?: unknown
	/** timetable monthly: day of the month; the last one of a month that is shorter */
	month_day?: number
	/** timetable daily, weekly, monthly: minute of the day, Asia/Shanghai */
	daily_minute?: number
}
/** Defines a comparison of two entries that the caller reads. */
export const comparisonDefine = (input: ComparisonDefineInput) =>
	call<ComparisonDefineOutput>('POST', `/comparisons`, { body: { name: input.name, purpose: input.purpose, left_id: input.left_id, right_id: input.right_id, keys: input.keys, fields: input.fields, left_filter: input.left_filter, right_filter: input.right_filter, timetable: input.timetable, every_hours: input.every_hours, weekdays: input.weekdays, month_day: input.month_day, daily_minute: input.daily_minute } })
export interface ComparisonRemoveInput {
	/** comparison */
	id: string
}
/** Removes a comparison; its differences go. */
export const comparisonRemove = (input: ComparisonRemoveInput) =>
	call<void>('DELETE', `/comparisons/${encodeURIComponent(input.id)}`)
export interface ComparisonGetOutput {
	/** id */
	comparison_id: string
	/** what it is called */
	name: string
	/** what it is for */
	purpose: string
	/** when it was defined */
	created_at: string
	/** entry */
	left_id: string
	/** its name */
	left_name: string
	/** of one's own organisation */
	left_own: boolean
	/** entry */
	right_id: string
	/** its name */
	right_name: string
	/** of one's own organisation */
	right_own: boolean
	/** how rows are matched */
	keys: {left:string,left_title:string,right:string,right_title:string,form:string}[]
	/** what is compared */
	fields: {left:string,left_title:string,right:string,right_title:string,form:string}[]
	/** rows that are compared */
	left_filter: {field:string,title:string,op:string,value:string,word:string|null}[]
	/** rows that are compared */
	right_filter: {field:string,title:string,op:string,value:string,word:string|null}[]
	/** when it runs by itself */
	timetable: "manual"|"hours"|"daily"|"weekly"|"monthly"
	/** 0 when not by hours */
	every_hours: number
	/** weekly: 1 Monday to 7 Sunday; else none */
	weekdays: number[]
	/** monthly: its day, or the last one of a shorter month; else 0 */
	month_day: number
	/** minute of the day, Asia/Shanghai */
	daily_minute: number
	/** next run by the timetable */
	next_at: string | null
	/** why it did not run by the timetable the last time; empty: nothing */
	problem: string
	/** what to do */
	advice: string
	/** under whose right it runs by the timetable */
	timetable_by: string|null
	/** the caller reads both sides */
	may_read: boolean
	/** the caller may run and remove it */
	may_edit: boolean
	/** the last 20, newest first; counts: null for who may not read both sides; kept: its differences are still there */
	runs: {run_id:string,job_id:string,state:string,by:string|null,begun_at:string,ended_at:string|null,counts:{left_rows:number,right_rows:number,left_filtered:number,right_filtered:number,left_no_key:number,right_no_key:number,same:number,differ:number,only_left:number,only_right:number,repeated:number,no_key:number,fields:number[],kept:number}|null,kept:boolean,done:number,total:number,stage:string,by_timetable:boolean}[]
}
export interface ComparisonGetInput {
	/** comparison */
	id: string
}
/** One comparison with its last runs and their counts. */
export const comparisonGet = (input: ComparisonGetInput) =>
	call<ComparisonGetOutput>('GET', `/comparisons/${encodeURIComponent(input.id)}`)
export interface ComparisonDifferencesOutput {
	/** the run they are of */
	run_id: string
	/** values as the caller's right shows them now; …_word: what a code means; …_there: the record is still there; gone: not in the newest run */
	items: {difference_id:string,kind:"differ"|"only_left"|"only_right"|"repeated"|"no_key",left_record:string|null,right_record:string|null,left_rows:number,right_rows:number,left_there:boolean,right_there:boolean,keys:{field:string,left:string|null,right:string|null,left_word:string|null,right_word:string|null,differs:boolean}[],values:{field:string,left:string|null,right:string|null,left_word:string|null,right_word:string|null,differs:boolean}[],state:"open"|"sent"|"ordered"|"corrected"|"right"|"closed"|"objected"|"answered"|"gone",case_id:string|null,number:string,verification:boolean}[]
	/** after of the next page */
	next: string|null
}
export interface ComparisonDifferencesInput {
	/** comparison */
	id: string
	/** of this run; the newest that ended when left out */
	run?: string
	/** only these */
	kind?: 'differ' | 'only_left' | 'only_right' | 'repeated' | 'no_key'
	/** only where this field differs (its name on the left) */
	field?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Differences of a run, their values as the caller's right shows them. */
export const comparisonDifferences = (input: ComparisonDifferencesInput) =>
	call<ComparisonDifferencesOutput>('GET', `/comparisons/${encodeURIComponent(input.id)}/differences`, { query: { run: input.run, kind: input.kind, field: input.field, after: input.after, limit: input.limit } })
export interface ComparisonDifferencesSheetInput {
	/** comparison */
	id: string
	/** of this run; the newest that ended when left out */
	run?: string
	/** only these */
	kind?: 'differ' | 'only_left' | 'only_right' | 'repeated' | 'no_key'
	/** only where this field differs (its name on the left) */
	field?: string
}
export interface ComparisonRunOutput {
	/** the run */
	run_id: string
	/** its job */
	job_id: string
}
export interface ComparisonRunInput {
	/** comparison */
	id: string
}
/** Compares now, as a job, under the caller's right to both sides. */
export const comparisonRun = (input: ComparisonRunInput) =>
	call<ComparisonRunOutput>('POST', `/comparisons/${encodeURIComponent(input.id)}/runs`)
export interface ComparisonSendOutput {
	/** records that are tasks now */
	sent: number
	/** records whose task was open: they joined it */
	joined: number
	/** records that were not sent: see their rule */
	refused: number
	/** what came of each; staffed: false: nobody is on duty there, the centre assigns somebody */
	items: {record_id:string,result:"sent"|"joined"|"refused",case_id:string|null,number:string,area_text:string,officer:string,staffed:boolean,rule:string,message:string,advice:string}[]
	/** there is one page */
	next: null
}
export interface ComparisonSendInput {
	/** comparison */
	id: string
	/** whose records: of an entry of one's own organisation */
	side: 'left' | 'right'
	/** of this run; the newest that ended when left out */
	run?: string
	/** ids of at most 100 differences */
	differences?: unknown
	/** all of this kind, 100 a call; those being verified are left out */
	kind?: 'differ' | 'only_left' | 'only_right' | 'repeated' | 'no_key'
	/** only where this field differs */
	field?: string
	/** why they are in doubt */
	reason: string
	/** a class of verification (D…); the last one when left out */
	class_code?: string
	/** for whoever goes and looks */
	words?: string
}
/** Sends records that differ to be verified on site. */
export const comparisonSend = (input: ComparisonSendInput) =>
	call<ComparisonSendOutput>('POST', `/comparisons/${encodeURIComponent(input.id)}/send`, { body: { side: input.side, run: input.run, differences: input.differences, kind: input.kind, field: input.field, reason: input.reason, class_code: input.class_code, words: input.words } })
export interface ComparisonTimetableInput {
	/** comparison */
	id: string
	/** when it runs by itself; manual, also when left out: never */
	timetable?: 'manual' | 'hours' | 'daily' | 'weekly' | 'monthly'
	/** timetable hours: every how many */
	every_hours?: number
	/** timetable weekly: [1, 3]: 1 Monday to 7 Sunday */
	weekdays?: unknown
	/** timetable monthly: day of the month; the last one of a month that is shorter */
	month_day?: number
	/** timetable daily, weekly, monthly: minute of the day, Asia/Shanghai */
	daily_minute?: number
}
/** Sets when it runs by itself, from then on under the caller's right. */
export const comparisonTimetable = (input: ComparisonTimetableInput) =>
	call<void>('PUT', `/comparisons/${encodeURIComponent(input.id)}/timetable`, { body: { timetable: input.timetable, every_hours: input.every_hours, weekdays: input.weekdays, month_day: input.month_day, daily_minute: input.daily_minute } })
export interface RecordByKeyOutput {
	/** surrogate id: the same for the same key, tells nothing about it */
	record_id: string
	/** rises when the record changes */
	version: number
	/** the granted fields, clear or masked */
	[field: string]: unknown
}
export interface RecordByKeyInput {
	/** id, or code with ~ for / */
	resource: string
	/** filters, see the guide */
	[name: string]: unknown
}
/** One record by its key fields, given as query parameters. */
export const recordByKey = (input: RecordByKeyInput) =>
	call<RecordByKeyOutput>('GET', `/data/${encodeURIComponent(input.resource)}/by-key`, { query: rest(input, 'resource') })
export interface RecordDownloadInput {
	/** id, or code with ~ for / */
	resource: string
	/** csv: UTF-8 with BOM, texts that begin with = + - @ get a ' in front; xlsx: at most 1,048,575 records; jsonl: as in GET …/records; gpkg: GeoPackage, one table "records", places in CGCS2000 (EPSG:4490) */
	format: 'csv' | 'xlsx' | 'jsonl' | 'gpkg'
	/** what columns of csv and xlsx are called: titles of the fields (when absent) or their API names */
	header?: 'title' | 'name'
}
export interface RecordLookupOutput {
	/** surrogate id: the same for the same key, tells nothing about it */
	record_id: string
	/** rises when the record changes */
	version: number
	/** the granted fields, clear or masked */
	[field: string]: unknown
}
export interface RecordLookupInput {
	/** id, or code with ~ for / */
	resource: string
	/** object: every key field and its value */
	key: unknown
}
/** One record by its key, also a personal one; counts against the quota. */
export const recordLookup = (input: RecordLookupInput) =>
	call<RecordLookupOutput>('POST', `/data/${encodeURIComponent(input.resource)}/lookup`, { body: { key: input.key } })
export interface RecordListOutput {
	/** records */
	items: { record_id: string; version: number; [field: string]: unknown }[]
	/** cursor of the next page */
	next: string | null
	/** not counted */
	total: number | null
	/** fields shown masked */
	masked: string[]
}
export interface RecordListInput {
	/** id, or code with ~ for / */
	resource: string
	/** names of the fields wanted, with commas between */
	fields?: string
	/** an indexed or key field, - before it for descending */
	sort?: string
	/** next of the page before */
	after?: string
	/** records a page */
	limit?: number
	/** filters, see the guide */
	[name: string]: unknown
}
/** A page of records; filters are <field>=v, .gte .lte .gt .lt .ne .in .like .null. */
export const recordList = (input: RecordListInput) =>
	call<RecordListOutput>('GET', `/data/${encodeURIComponent(input.resource)}/records`, { query: rest(input, 'resource') })
export interface RecordGetOutput {
	/** surrogate id: the same for the same key, tells nothing about it */
	record_id: string
	/** rises when the record changes */
	version: number
	/** the granted fields, clear or masked */
	[field: string]: unknown
}
export interface RecordGetInput {
	/** id, or code with ~ for / */
	resource: string
	/** surrogate id */
	record_id: string
}
/** One record by its surrogate id. */
export const recordGet = (input: RecordGetInput) =>
	call<RecordGetOutput>('GET', `/data/${encodeURIComponent(input.resource)}/records/${encodeURIComponent(input.record_id)}`)
export interface RecordSchemaOutput {
	/** resource */
	resource_id: string
	/** catalogue code */
	code: string
	/** name */
	name: string
	/** published version */
	version: number
	/** look-up by key only by POST */
	personal_key: boolean
	/** the fields the caller gets */
	fields: { no: number; name: string; title: string; kind: string; length: number; scale: number; grade: number; mode: "clear" | "masked"; mask: string; key: boolean; filter: boolean; sort: boolean }[]
}
export interface RecordSchemaInput {
	/** id, or code with ~ for / */
	resource: string
}
/** The fields the caller gets, and how. */
export const recordSchema = (input: RecordSchemaInput) =>
	call<RecordSchemaOutput>('GET', `/data/${encodeURIComponent(input.resource)}/schema`)
export interface DeliveryListOutput {
	/** deliveries, newest first; members as of one delivery without runs */
	items: Record<string, unknown>[]
	/** cursor of the next page */
	next: string | null
}
export interface DeliveryListInput {
	/** only of this resource */
	resource?: string
	/** only in this state */
	state?: 'active' | 'paused' | 'stopped'
	/** cursor: next of the page before */
	after?: string
	/** deliveries a page, 50 when absent */
	limit?: number
}
/** Deliveries to or from one's organisation; the data bureau sees all. */
export const deliveryList = (input: DeliveryListInput = {}) =>
	call<DeliveryListOutput>('GET', `/deliveries`, { query: { resource: input.resource, state: input.state, after: input.after, limit: input.limit } })
export interface DeliveryCreateOutput {
	/** delivery */
	delivery_id: string
	/** its run */
	job_id: string
}
export interface DeliveryCreateInput {
	/** a grant to an account of one's own organisation; the delivery follows that account's grants on the resource */
	grant_id: string
	/** target of one's organisation */
	target_id: string
	/** databases: schema in the target; it must exist */
	schema?: string
	/** databases: table that the delivery makes and keeps; files: name of the delivery's folder at the target */
	table: string
	/** targets that take files: their format */
	format?: 'csv' | 'xlsx' | 'jsonl' | 'gpkg'
	/** full: all records each time; increments: what changed since the last run */
	mode: 'full' | 'increments'
	/** when it runs by itself; manual, also when left out: never */
	timetable?: 'manual' | 'hours' | 'daily' | 'weekly' | 'monthly'
	/** timetable hours: every how many */
	every_hours?: number
	/** timetable weekly: [1, 3]: 1 Monday to 7 Sunday */
	weekdays?: unknown
	/** timetable monthly: day of the month; the last one of a month that is shorter */
	month_day?: number
	/** timetable daily, weekly, monthly: minute of the day, Asia/Shanghai */
	daily_minute?: number
}
/** Keeps what an account is granted up in a table of its department's database, or sends it as files; the first run begins at once. */
export const deliveryCreate = (input: DeliveryCreateInput) =>
	call<DeliveryCreateOutput>('POST', `/deliveries`, { body: { grant_id: input.grant_id, target_id: input.target_id, schema: input.schema, table: input.table, format: input.format, mode: input.mode, timetable: input.timetable, every_hours: input.every_hours, weekdays: input.weekdays, month_day: input.month_day, daily_minute: input.daily_minute } })
export interface DeliveryGetOutput {
	/** delivery */
	delivery_id: string
	/** what is delivered */
	resource_id: string
	/** whose grant it follows */
	account_id: string
	/** name of the account */
	account_name: string
	/** receiver */
	org_id: string
	/** its name */
	org_name: string
	/** supplier */
	supplier_org_id: string
	/** target */
	target_id: string
	/** its name */
	target_name: string
	/** where the target leads, without secrets */
	place: string
	/** databases: schema in the target */
	schema: string
	/** table in the target, or the folder of its files */
	table: string
	/** how */
	mode: "full" | "increments"
	/** when it runs by itself */
	timetable: "manual"|"hours"|"daily"|"weekly"|"monthly"
	/** 0 when not by hours */
	every_hours: number
	/** weekly: 1 Monday to 7 Sunday; else none */
	weekdays: number[]
	/** monthly: its day, or the last one of a shorter month; else 0 */
	month_day: number
	/** minute of the day, Asia/Shanghai */
	daily_minute: number
	/** next run by the timetable */
	next_at: string | null
	/** paused by a person, or by itself for want of a grant, of quota, or of a target that takes rows */
	state: "active" | "paused" | "stopped"
	/** why it is paused: grant, quota, target (full or read-only), or a person's words */
	reason: string
	/** last run */
	job_id: string | null
	/** its state */
	job_state: string | null
	/** when the last run was reconciled */
	last_at: string | null
	/** rows in the target then, by what was sent; counted there when counted_at is last_at */
	row_count: number
	/** rises with each change */
	version: number
	/** of the files; empty: a table */
	format: string
	/** of the target */
	kind: string
	/** databases: when the rows were last counted in the target */
	counted_at: string | null
	/** what the last run said when it failed */
	problem: string | null
	/** what to do */
	advice: string | null
	/** name of the resource */
	resource_name: string | null
	/** last 20, newest first */
	runs: { job_id: string; state: string; created_at: string; finished_at: string | null; result: unknown }[]
	/** files: last 20, newest first; there: the receiver holds the very bytes; held: records it then has */
	parcels: { sequence: number; job_id: string; state: "sending" | "there"; mode: string; file_name: string; file_size: number; sha256: string; put: number; removed: number; held: number; at: string }[]
}
export interface DeliveryGetInput {
	/** delivery */
	id: string
}
/** One delivery with its last runs. */
export const deliveryGet = (input: DeliveryGetInput) =>
	call<DeliveryGetOutput>('GET', `/deliveries/${encodeURIComponent(input.id)}`)
export interface DeliveryPauseInput {
	/** delivery */
	id: string
	/** why */
	reason: string
}
/** No runs until it is resumed. */
export const deliveryPause = (input: DeliveryPauseInput) =>
	call<void>('POST', `/deliveries/${encodeURIComponent(input.id)}/pause`, { body: { reason: input.reason } })
export interface DeliveryResumeOutput {
	/** delivery */
	delivery_id: string
	/** its run */
	job_id: string
}
export interface DeliveryResumeInput {
	/** delivery */
	id: string
}
/** Goes on, with a run at once. */
export const deliveryResume = (input: DeliveryResumeInput) =>
	call<DeliveryResumeOutput>('POST', `/deliveries/${encodeURIComponent(input.id)}/resume`)
export interface DeliveryRunOutput {
	/** delivery */
	delivery_id: string
	/** its run */
	job_id: string
}
export interface DeliveryRunInput {
	/** delivery */
	id: string
	/** all records, whatever was delivered before */
	anew?: boolean
}
/** Runs it now. */
export const deliveryRun = (input: DeliveryRunInput) =>
	call<DeliveryRunOutput>('POST', `/deliveries/${encodeURIComponent(input.id)}/run`, { body: { anew: input.anew } })
export interface DeliveryStopInput {
	/** delivery */
	id: string
}
/** Ends it for good; the table stays in the target. */
export const deliveryStop = (input: DeliveryStopInput) =>
	call<void>('POST', `/deliveries/${encodeURIComponent(input.id)}/stop`)
export interface DeliveryTimetableInput {
	/** delivery */
	id: string
	/** when it runs by itself; manual, also when left out: never */
	timetable?: 'manual' | 'hours' | 'daily' | 'weekly' | 'monthly'
	/** timetable hours: every how many */
	every_hours?: number
	/** timetable weekly: [1, 3]: 1 Monday to 7 Sunday */
	weekdays?: unknown
	/** timetable monthly: day of the month; the last one of a month that is shorter */
	month_day?: number
	/** timetable daily, weekly, monthly: minute of the day, Asia/Shanghai */
	daily_minute?: number
}
/** Sets when it runs by itself. */
export const deliveryTimetable = (input: DeliveryTimetableInput) =>
	call<void>('PUT', `/deliveries/${encodeURIComponent(input.id)}/timetable`, { body: { timetable: input.timetable, every_hours: input.every_hours, weekdays: input.weekdays, month_day: input.month_day, daily_minute: input.daily_minute } })
export interface MeasureDemandsOutput {
	/** newest first */
	items: {case_id:string,number:string,process:string,title:string,resource_id:string|null,asker_org:string|null,asker_name:string|null,supplier_org:string|null,supplier_name:string|null,state:string,outcome:string,turn:string,created_at:string,due_at:string|null,closed_at:string|null,grant_id:string|null,late:boolean}[]
	/** for `after` */
	next: string|null
}
export interface MeasureDemandsInput {
	/** asked of */
	supplier?: string
	/** asked by */
	asker?: string
	/** how it stands */
	state?: 'open' | 'late' | 'granted' | 'refused' | 'withdrawn'
	/** part of the text */
	q?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** The supply–demand list: what was asked of whom, and where it stands. */
export const measureDemands = (input: MeasureDemandsInput = {}) =>
	call<MeasureDemandsOutput>('GET', `/demands`, { query: { supplier: input.supplier, asker: input.asker, state: input.state, q: input.q, after: input.after, limit: input.limit } })
export interface MeasureDemandsSheetInput {
	/** asked of */
	supplier?: string
	/** asked by */
	asker?: string
	/** how it stands */
	state?: 'open' | 'late' | 'granted' | 'refused' | 'withdrawn'
	/** part of the text */
	q?: string
}
export interface LifeListOutput {
	/** newest first */
	items: LifeGetOutput[]
	/** for `after` */
	next: string | null
}
export interface LifeListInput {
	/** only lists of this resource */
	resource?: string
	/** only lists in this state */
	state?: 'open' | 'proposed' | 'running' | 'failed' | 'cancelled' | 'postponed' | 'destroyed' | 'void'
	/** only those that wait for the caller */
	waiting?: boolean
	/** `next` of the page before */
	after?: string
	/** lists a page, 50 when absent */
	limit?: number
}
/** Destruction lists of one's own organisation (the data bureau: all), newest first. */
export const lifeList = (input: LifeListInput = {}) =>
	call<LifeListOutput>('GET', `/destructions`, { query: { resource: input.resource, state: input.state, waiting: input.waiting, after: input.after, limit: input.limit } })
export interface LifeGetOutput {
	/** list */
	destruction_id: string
	/** resource */
	resource_id: string
	/** its name */
	resource_name: string
	/** its code */
	resource_code: string | null
	/** the keeper */
	org_id: string
	/** its name */
	org_name: string
	/** records past their time, or all of a withdrawn entry */
	scope: "records" | "resource"
	/** where it stands */
	state: "open" | "proposed" | "running" | "failed" | "cancelled" | "postponed" | "destroyed" | "void"
	/** for changes */
	version: number
	/** retention period when it was made */
	months: number
	/** date or time field it counts from; empty: the time of loading */
	field: string
	/** first day still kept */
	kept_from: string | null
	/** entry's version */
	resource_version: number
	/** records listed */
	count: number
	/** of those records (canon v1) */
	digest: string
	/** earliest time among them */
	first_at: string | null
	/** latest */
	last_at: string | null
	/** refused rows that go too */
	quarantine_count: number
	/** time */
	opened_at: string
	/** login, or housekeeping */
	opened_by: string
	/** time */
	postponed_until: string | null
	/** why it was put off */
	reason: string
	/** what that rests on */
	basis: string
	/** login */
	proposed_by: string
	/** time */
	proposed_at: string | null
	/** for the reviewer */
	propose_note: string
	/** login */
	reviewed_by: string
	/** time */
	reviewed_at: string | null
	/** the reviewer's */
	review_note: string
	/** job that destroys */
	job_id: string | null
	/** when the first record went */
	begun_at: string | null
	/** records destroyed so far */
	destroyed_count: number
	/** refused rows so far */
	quarantine_destroyed: number
	/** time */
	ended_at: string | null
	/** a hold keeps it */
	held: boolean
	/** what the caller may do now */
	may: {propose: boolean, postpone: boolean, review: boolean, return: boolean, reopen: boolean}
}
export interface LifeGetInput {
	/** destruction list */
	id: string
}
/** One destruction list. */
export const lifeGet = (input: LifeGetInput) =>
	call<LifeGetOutput>('GET', `/destructions/${encodeURIComponent(input.id)}`)
export interface LifeCertificateOutput {
	/** the certificate: who, when, by which rule, how many, which digest */
	receipt: Record<string, unknown>
	/** Ed25519, hex */
	public_key: string
	/** Ed25519 over the certificate as compact JSON with sorted keys, hex */
	signature: string
}
export interface LifeCertificateInput {
	/** destruction list */
	id: string
}
/** The signed destruction certificate. */
export const lifeCertificate = (input: LifeCertificateInput) =>
	call<LifeCertificateOutput>('GET', `/destructions/${encodeURIComponent(input.id)}/certificate`)
export interface LifePostponeOutput {
	/** list */
	destruction_id: string
	/** its new version */
	version: number
}
export interface LifePostponeInput {
	/** destruction list */
	id: string
	/** version of the list that was seen */
	version: number
	/** when it is looked at again, at most three years ahead */
	until: string
	/** why it is put off */
	reason: string
	/** law, order or document it rests on */
	basis: string
}
/** Puts a list off, with reason and basis. */
export const lifePostpone = (input: LifePostponeInput) =>
	call<LifePostponeOutput>('POST', `/destructions/${encodeURIComponent(input.id)}/postpone`, { body: { version: input.version, until: input.until, reason: input.reason, basis: input.basis } })
export interface LifeProposeOutput {
	/** list */
	destruction_id: string
	/** its new version */
	version: number
}
export interface LifeProposeInput {
	/** destruction list */
	id: string
	/** version of the list that was seen */
	version: number
	/** for the reviewer */
	note?: string
}
/** Proposes a list to the data bureau. */
export const lifePropose = (input: LifeProposeInput) =>
	call<LifeProposeOutput>('POST', `/destructions/${encodeURIComponent(input.id)}/propose`, { body: { version: input.version, note: input.note } })
export interface LifeReopenOutput {
	/** list */
	destruction_id: string
	/** its new version */
	version: number
}
export interface LifeReopenInput {
	/** destruction list */
	id: string
	/** version of the list that was seen */
	version: number
}
/** After a job that stopped: the list begins anew where nothing is destroyed yet, else a new job goes on. */
export const lifeReopen = (input: LifeReopenInput) =>
	call<LifeReopenOutput>('POST', `/destructions/${encodeURIComponent(input.id)}/reopen`, { body: { version: input.version } })
export interface LifeReviewOutput {
	/** list */
	destruction_id: string
	/** its new version */
	version: number
}
export interface LifeReviewInput {
	/** destruction list */
	id: string
	/** version of the list that was seen */
	version: number
	/** approve: a job destroys what is listed */
	decision: 'approve' | 'return'
	/** needed to return */
	note?: string
}
/** Approves a proposed list, which starts the job, or returns it; never by who proposed it. */
export const lifeReview = (input: LifeReviewInput) =>
	call<LifeReviewOutput>('POST', `/destructions/${encodeURIComponent(input.id)}/review`, { body: { version: input.version, decision: input.decision, note: input.note } })
export interface MeasureDutiesOutput {
	/** published entries */
	items: {resource_id:string,code:string|null,name:string,org_id:string,org_name:string,sharing:string,promise:string,officer:string,row_count:number,loaded_at:string|null,state:"none"|"late"|"fresh"|"unbound"|"proxied",systems:number,grants:number,officer_name:string|null}[]
	/** for `after` */
	next: string|null
}
export interface MeasureDutiesInput {
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** how the supply stands */
	state?: 'none' | 'late' | 'fresh' | 'unbound' | 'proxied'
	/** sharing type */
	sharing?: 'unconditional' | 'conditional' | 'none'
	/** part of the text */
	q?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** The responsibility list: entries to supply, by which promise, and how they stand. */
export const measureDuties = (input: MeasureDutiesInput = {}) =>
	call<MeasureDutiesOutput>('GET', `/duties`, { query: { org: input.org, state: input.state, sharing: input.sharing, q: input.q, after: input.after, limit: input.limit } })
export interface MeasureDutiesSheetInput {
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** how the supply stands */
	state?: 'none' | 'late' | 'fresh' | 'unbound' | 'proxied'
	/** sharing type */
	sharing?: 'unconditional' | 'conditional' | 'none'
	/** part of the text */
	q?: string
}
export interface CatalogElementsOutput {
	/** data elements */
	items: {code:string,name:string,name_en:string,domain:string,kind:string,length:number,scale:number,check:string,code_set:string,grade:number,mask:string,personal:boolean,aliases:string[],standard:string,doc:string}[]
	/** there is one page */
	next: null
}
export interface CatalogElementsInput {
	/** words to look for */
	q?: string
	/** population, legal, certificate, address, credit, economy, real_estate, common */
	domain?: string
}
/** Data elements 数据元 (GB/T 19488.2, GA/T 543). */
export const catalogElements = (input: CatalogElementsInput = {}) =>
	call<CatalogElementsOutput>('GET', `/elements`, { query: { q: input.q, domain: input.domain } })
export interface EmergencyListOutput {
	/** newest first; called: the caller is one of the people; on: his position is recorded */
	items: {emergency_id:string,name:string,basis:string,begins_at:string,ends_at:string,ended_at:string|null,open:boolean,called:boolean,on:boolean,on_since:string|null}[]
	/** after of the next page */
	next: string|null
}
export interface EmergencyListInput {
	/** only those that run now */
	open?: boolean
	/** only those one is called to */
	called?: boolean
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Emergency duties that one's centre declared or that one is called to. */
export const emergencyList = (input: EmergencyListInput = {}) =>
	call<EmergencyListOutput>('GET', `/emergencies`, { query: { open: input.open, called: input.called, after: input.after, limit: input.limit } })
export interface EmergencyDeclareOutput {
	/** id */
	emergency_id: string
	/** how many were called and told */
	people: number
}
export interface EmergencyDeclareInput {
	/** what happened */
	name: string
	/** the emergency plan, its level and the order it rests on */
	basis: string
	/** until when, within emergency.hours_max from now */
	ends_at: string
	/** ids of people on site, at most 500 */
	account_ids?: unknown
	/** ids of organisations: their people on site and those below them */
	org_ids?: unknown
}
/** Declares an emergency duty: what happened, its basis, its term, who is called. */
export const emergencyDeclare = (input: EmergencyDeclareInput) =>
	call<EmergencyDeclareOutput>('POST', `/emergencies`, { body: { name: input.name, basis: input.basis, ends_at: input.ends_at, account_ids: input.account_ids, org_ids: input.org_ids } })
export interface EmergencyPeopleOutput {
	/** at most 50 */
	items: {account_id:string,name:string,org_id:string,org_name:string}[]
	/** there is one page */
	next: null
}
export interface EmergencyPeopleInput {
	/** part of a name or of an organisation's */
	q?: string
}
/** People who can be called. */
export const emergencyPeople = (input: EmergencyPeopleInput = {}) =>
	call<EmergencyPeopleOutput>('GET', `/emergencies/people`, { query: { q: input.q } })
export interface EmergencyGetOutput {
	/** id */
	emergency_id: string
	/** what happened */
	name: string
	/** what it rests on */
	basis: string
	/** when it was declared */
	begins_at: string
	/** until when */
	ends_at: string
	/** name */
	declared_by: string
	/** when it was ended before its time */
	ended_at: string|null
	/** name; empty: nobody */
	ended_by: string
	/** why */
	end_note: string
	/** when its tracks were destroyed */
	tracks_gone_at: string|null
	/** it runs now */
	open: boolean
	/** the caller is one of the people */
	called: boolean
	/** the caller may end it */
	may_end: boolean
	/** who is called and where they were last; others than in charge see themselves alone */
	people: {account_id:string,name:string,org_name:string,on:boolean,on_at:string|null,off_at:string|null,points:number,last_at:string|null,lon:number|null,lat:number|null,accuracy:number|null}[]
}
export interface EmergencyGetInput {
	/** emergency duty */
	id: string
}
/** One emergency duty, and where its people were last. */
export const emergencyGet = (input: EmergencyGetInput) =>
	call<EmergencyGetOutput>('GET', `/emergencies/${encodeURIComponent(input.id)}`)
export interface EmergencyEndOutput {
	/** id */
	emergency_id: string
	/** what happened */
	name: string
	/** what it rests on */
	basis: string
	/** when it was declared */
	begins_at: string
	/** until when */
	ends_at: string
	/** name */
	declared_by: string
	/** when it was ended before its time */
	ended_at: string|null
	/** name; empty: nobody */
	ended_by: string
	/** why */
	end_note: string
	/** when its tracks were destroyed */
	tracks_gone_at: string|null
	/** it runs now */
	open: boolean
	/** the caller is one of the people */
	called: boolean
	/** the caller may end it */
	may_end: boolean
	/** who is called and where they were last; others than in charge see themselves alone */
	people: {account_id:string,name:string,org_name:string,on:boolean,on_at:string|null,off_at:string|null,points:number,last_at:string|null,lon:number|null,lat:number|null,accuracy:number|null}[]
}
export interface EmergencyEndInput {
	/** emergency duty */
	id: string
	/** why it ends */
	note: string
}
/** Ends it before its time: nothing is recorded from then on. */
export const emergencyEnd = (input: EmergencyEndInput) =>
	call<EmergencyEndOutput>('POST', `/emergencies/${encodeURIComponent(input.id)}/end`, { body: { note: input.note } })
export interface EmergencyPointsOutput {
	/** points kept: from switching on until now, 5 s or more after the one before */
	kept: number
}
export interface EmergencyPointsInput {
	/** emergency duty */
	id: string
	/** [{at: RFC 3339 time, lon, lat: CGCS2000 degrees, accuracy: metres}], 1 to 200, in order of time */
	points: unknown
}
/** Positions of the caller while he has switched it on. */
export const emergencyPoints = (input: EmergencyPointsInput) =>
	call<EmergencyPointsOutput>('POST', `/emergencies/${encodeURIComponent(input.id)}/points`, { body: { points: input.points } })
export interface EmergencyTrackOutput {
	/** the newest 5,000, in order of time */
	items: {at:string,lon:number,lat:number,accuracy:number}[]
	/** there is one page */
	next: null
}
export interface EmergencyTrackInput {
	/** emergency duty */
	id: string
	/** one of the people called */
	account: string
}
/** The positions of one of its people, in order of time. */
export const emergencyTrack = (input: EmergencyTrackInput) =>
	call<EmergencyTrackOutput>('GET', `/emergencies/${encodeURIComponent(input.id)}/track`, { query: { account: input.account } })
export interface EmergencyTrackingOutput {
	/** as it is now */
	on: boolean
}
export interface EmergencyTrackingInput {
	/** emergency duty */
	id: string
	/** whether one's own position is recorded from now on */
	on: boolean
}
/** Whoever is called switches the recording of his own position on or off. */
export const emergencyTracking = (input: EmergencyTrackingInput) =>
	call<EmergencyTrackingOutput>('POST', `/emergencies/${encodeURIComponent(input.id)}/tracking`, { body: { on: input.on } })
export interface EventClassesOutput {
	/** by code */
	items: {code:string,version:number,title:string,title_en:string,pinyin:string,parent:string,kind:"component"|"event"|"check",grade:string,needs:string[],metres:number,hours:number,retired:boolean,limits:Record<string,Record<string,number>>|null,inherits:string[],conditions:{no:number,text:string,text_en:string,closing:string,closing_en:string,limits:Record<string,Record<string,number>>|null}[]}[]
	/** there is one page */
	next: null
}
/** Classes of events, newest versions. */
export const eventClasses = () =>
	call<EventClassesOutput>('GET', `/event-classes`)
export interface EventClassOutput {
	/** B (部件) or S (事件), 2 digits, and 2 to 4 more of a small class */
	code: string
	/** version */
	version: number
	/** name */
	title: string
	/** English name */
	title_en: string
	/** initials and syllables of the name, to find it by */
	pinyin: string
	/** big class; empty: it is one */
	parent: string
	/** 部件 or 事件 */
	kind: "component"|"event"
	/** when a report says none */
	grade: string
	/** what a report must bring */
	needs: string[]
	/** distance within which it may be the same */
	metres: number
	/** time within which it may be the same */
	hours: number
	/** nothing new is reported under it */
	retired: boolean
	/** by stage, with those of the big class */
	limits: Record<string,Record<string,number>>|null
	/** what a small class takes over from its big one: grade, needs, metres, hours, limits.STAGE */
	inherits: string[]
	/** of filing and closing */
	conditions: {no:number,text:string,text_en:string,closing:string,closing_en:string,limits:Record<string,Record<string,number>>|null}[]
	/** what the class says itself: what PUT takes */
	document: {code:string,title:string,title_en:string,parent?:string,grade?:string|null,needs?:string[]|null,metres?:number|null,hours?:number|null,retired?:boolean,limits?:Record<string,Record<string,number>>|null,conditions?:{no?:number,text:string,text_en?:string,closing:string,closing_en?:string,limits?:Record<string,Record<string,number>>|null}[]}
	/** highest number of a condition in any version: a new condition gets a higher one */
	last_no: number
}
export interface EventClassInput {
	/** class */
	code: string
	/** the newest when left out */
	version?: number
}
/** One class, any version. */
export const eventClass = (input: EventClassInput) =>
	call<EventClassOutput>('GET', `/event-classes/${encodeURIComponent(input.code)}`, { query: { version: input.version } })
export interface EventClassPutOutput {
	/** class */
	code: string
	/** version made */
	version: number
}
export interface EventClassPutInput {
	/** class */
	code: string
	/** version that was seen; 0: a new class */
	version: number
	/** the class's own document, as GET gives it and packs do: what is left out or null a small class takes over from its big one */
	document: unknown
}
/** A new version of a class, or a new class; running events keep theirs. */
export const eventClassPut = (input: EventClassPutInput) =>
	call<EventClassPutOutput>('PUT', `/event-classes/${encodeURIComponent(input.code)}`, { body: { version: input.version, document: input.document } })
export interface EventClassRecomputeOutput {
	/** job */
	job_id: string
}
export interface EventClassRecomputeInput {
	/** class */
	code: string
}
/** Open events of the class take over its newest limits, by a job; their clocks are worked out anew. */
export const eventClassRecompute = (input: EventClassRecomputeInput) =>
	call<EventClassRecomputeOutput>('POST', `/event-classes/${encodeURIComponent(input.code)}/recompute`)
export interface EventDutiesOutput {
	/** newest first */
	items: {duty_id:string,org_id:string,org_name:string,class_code:string,area_code:string,basis:string,from_day:string|null,until_day:string|null,updated_at:string,updated_by:string,version:number}[]
	/** cursor */
	next: string|null
}
export interface EventDutiesInput {
	/** only lines of exactly this class */
	class?: string
	/** only lines of exactly this area code */
	area?: string
	/** only of this unit */
	org?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** The list of duties: who handles what where. */
export const eventDuties = (input: EventDutiesInput = {}) =>
	call<EventDutiesOutput>('GET', `/event-duties`, { query: { class: input.class, area: input.area, org: input.org, after: input.after, limit: input.limit } })
export interface EventDutyAddOutput {
	/** line */
	duty_id: string
	/** version */
	version: number
}
export interface EventDutyAddInput {
	/** small or big class; empty: all */
	class_code?: string
	/** area of any level; empty: everywhere */
	area_code?: string
	/** unit that handles it */
	org_id: string
	/** what says so: 三定方案, rule and clause */
	basis: string
	/** 2026-01-31; from now on when empty */
	from_day?: string
	/** first day no longer in force; open when empty */
	until_day?: string
}
/** A line of the list of duties. */
export const eventDutyAdd = (input: EventDutyAddInput) =>
	call<EventDutyAddOutput>('POST', `/event-duties`, { body: { class_code: input.class_code, area_code: input.area_code, org_id: input.org_id, basis: input.basis, from_day: input.from_day, until_day: input.until_day } })
export interface EventDutyRemoveInput {
	/** line */
	id: string
	/** version that was seen */
	version: number
}
/** Removes a line. */
export const eventDutyRemove = (input: EventDutyRemoveInput) =>
	call<void>('DELETE', `/event-duties/${encodeURIComponent(input.id)}`, { query: { version: input.version } })
export interface EventDutyChangeOutput {
	/** line */
	duty_id: string
	/** version */
	version: number
}
export interface EventDutyChangeInput {
	/** line */
	id: string
	/** version that was seen */
	version: number
	/** small or big class; empty: all */
	class_code?: string
	/** area of any level; empty: everywhere */
	area_code?: string
	/** unit that handles it */
	org_id: string
	/** what says so: 三定方案, rule and clause */
	basis: string
	/** 2026-01-31; from now on when empty */
	from_day?: string
	/** first day no longer in force; open when empty */
	until_day?: string
}
/** Changes a line. */
export const eventDutyChange = (input: EventDutyChangeInput) =>
	call<EventDutyChangeOutput>('PUT', `/event-duties/${encodeURIComponent(input.id)}`, { body: { version: input.version, class_code: input.class_code, area_code: input.area_code, org_id: input.org_id, basis: input.basis, from_day: input.from_day, until_day: input.until_day } })
export interface IntakeSystemsOutput {
	/** by name */
	items: {system_id:string,name:string,mapping:{columns:Record<string,string>,classes:Record<string,string>,other:string,zone:string,crs:string},updated_at:string,updated_by:string,version:number}[]
	/** there is one page */
	next: null
}
/** Sending systems with their mappings. */
export const intakeSystems = () =>
	call<IntakeSystemsOutput>('GET', `/event-import-systems`)
export interface IntakeListOutput {
	/** newest first */
	items: {import_id:string,system:string,file_name:string,sha256:string,history:boolean,job_id:string,state:string,done:number,total:number,rows:number,opened:number,closed:number,repeated:number,refused:number,created_at:string,by_name:string|null,mapping:{columns:Record<string,string>,classes:Record<string,string>,other:string,zone:string,crs:string},error:{message:string,advice?:string}|null}[]
	/** cursor */
	next: string|null
}
export interface IntakeListInput {
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Imports of one's organisation. */
export const intakeList = (input: IntakeListInput = {}) =>
	call<IntakeListOutput>('GET', `/event-imports`, { query: { after: input.after, limit: input.limit } })
export interface IntakeBeginOutput {
	/** import */
	import_id: string
	/** its job */
	job_id: string
}
export interface IntakeBeginInput {
	/** of POST /event-imports/files */
	upload_id: string
	/** of a workbook, the first when left out */
	sheet?: string
	/** sending system: numbers are its own, the mapping is kept */
	system: string
	/** {columns, classes, other, zone, crs} */
	mapping: unknown
	/** rows with a closing time: history, or refused */
	closed: 'history' | 'refuse'
}
/** Imports the file by a job; the mapping is kept for the system. A number that came before makes no second event. */
export const intakeBegin = (input: IntakeBeginInput) =>
	call<IntakeBeginOutput>('POST', `/event-imports`, { body: { upload_id: input.upload_id, sheet: input.sheet, system: input.system, mapping: input.mapping, closed: input.closed } })
export interface IntakeFileOutput {
	/** name it in the next calls */
	upload_id: string
	/** file name */
	name: string
	/** bytes */
	size: number
	/** of the file */
	sha256: string
}
export interface IntakeFileInput {
	/** file name */
	name: string
}
export interface IntakeLookOutput {
	/** csv, xlsx, jsonl, geojson */
	format: string
	/** records */
	rows: number
	/** of a workbook */
	sheets: string[]
	/** with examples */
	columns: {name:string,samples:string[]}[]
	/** of the column of classes, at most 200 */
	values: {value:string,count:number}[]
	/** there are more */
	more_values: boolean
	/** the mapping is the system's, as it was used last */
	kept: boolean
	/** proposed */
	mapping: {columns:Record<string,string>,classes:Record<string,string>,other:string,zone:string,crs:string}
}
export interface IntakeLookInput {
	/** of POST /event-imports/files */
	upload_id: string
	/** of a workbook, the first when left out */
	sheet?: string
	/** sending system: its kept mapping */
	system?: string
	/** column of the classes, else the proposed */
	class_column?: string
}
/** What the file holds, and the mapping: the system's kept one, or one proposed. */
export const intakeLook = (input: IntakeLookInput) =>
	call<IntakeLookOutput>('POST', `/event-imports/look`, { body: { upload_id: input.upload_id, sheet: input.sheet, system: input.system, class_column: input.class_column } })
export interface IntakeGetOutput {
	/** import */
	import_id: string
	/** sending system */
	system: string
	/** file */
	file_name: string
	/** of the file */
	sha256: string
	/** closed rows come in as history */
	history: boolean
	/** job */
	job_id: string
	/** of the job */
	state: string
	/** bytes read */
	done: number
	/** bytes in all, -1 not known */
	total: number
	/** rows read for good */
	rows: number
	/** new events, to be dealt with */
	opened: number
	/** new events, history */
	closed: number
	/** were there by their number */
	repeated: number
	/** refused rows */
	refused: number
	/** begun */
	created_at: string
	/** by whom */
	by_name: string|null
	/** as it was used */
	mapping: {columns:Record<string,string>,classes:Record<string,string>,other:string,zone:string,crs:string}
	/** why the job failed */
	error: {message:string,advice?:string}|null
}
export interface IntakeGetInput {
	/** import */
	id: string
}
/** One import, how far it is. */
export const intakeGet = (input: IntakeGetInput) =>
	call<IntakeGetOutput>('GET', `/event-imports/${encodeURIComponent(input.id)}`)
export interface IntakeCancelInput {
	/** import */
	id: string
}
/** Stops the job; what is in stays. */
export const intakeCancel = (input: IntakeCancelInput) =>
	call<void>('POST', `/event-imports/${encodeURIComponent(input.id)}/cancel`)
export interface IntakeRefusedOutput {
	/** by row */
	items: {row_no:number,field:string,value:string,rule:string,message:string,advice:string}[]
	/** cursor */
	next: string|null
}
export interface IntakeRefusedInput {
	/** import */
	id: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Refused rows: field, value, rule, what to do. */
export const intakeRefused = (input: IntakeRefusedInput) =>
	call<IntakeRefusedOutput>('GET', `/event-imports/${encodeURIComponent(input.id)}/refused`, { query: { after: input.after, limit: input.limit } })
export interface IntakeRefusedFileInput {
	/** import */
	id: string
	/** csv when left out */
	format?: 'csv' | 'xlsx' | 'jsonl'
}
export interface IntakeResumeInput {
	/** import */
	id: string
}
/** Goes on where it stopped. */
export const intakeResume = (input: IntakeResumeInput) =>
	call<void>('POST', `/event-imports/${encodeURIComponent(input.id)}/resume`)
export interface EventOfficersOutput {
	/** by organisation and name */
	items: {account_id:string,name:string,org_name:string|null}[]
	/** there is one page */
	next: null
}
/** Grid officers who may be sent to verify. */
export const eventOfficers = () =>
	call<EventOfficersOutput>('GET', `/event-officers`)
export interface EventPhotoOutput {
	/** name it in a report within some days */
	photo_id: string
	/** its name */
	name: string
	/** what it is, by its bytes */
	type: string
	/** bytes, without metadata */
	size: number
	/** empty until it is used */
	stage: string
	/** what the camera wrote */
	taken_at: string|null
	/** no metadata inside any more; false: an old HEIC kept so */
	stripped: boolean
	/** a place was written that cannot be */
	bad_place: boolean
	/** lon, lat the camera wrote: a proposal */
	place: [number,number]|null
}
export interface EventPhotoInput {
	/** file name, for people */
	name?: string
}
export interface EventPhotoGetInput {
	/** picture */
	id: string
}
export interface EventSourcesOutput {
	/** service accounts */
	items: {account_id:string,login:string,name:string,channel:string,note:string,active:boolean,version:number}[]
	/** there is one page */
	next: null
}
/** Systems that may report. */
export const eventSources = () =>
	call<EventSourcesOutput>('GET', `/event-sources`)
export interface EventSourcePutInput {
	/** service account */
	id: string
	/** as what its reports count; hotline: it brings calls of 12345 in */
	channel: 'system' | 'alarm' | 'open311' | 'hotline'
	/** which system, why */
	note: string
	/** false: nothing more is taken from it */
	active: boolean
}
/** Names a service account as a source of events, or stops it. */
export const eventSourcePut = (input: EventSourcePutInput) =>
	call<void>('PUT', `/event-sources/${encodeURIComponent(input.id)}`, { body: { channel: input.channel, note: input.note, active: input.active } })
export interface EventStatsOutput {
	/** beginning of the period */
	from: string
	/** its end, not in it */
	until: string
	/** of the score, see setting event.score; empty: none */
	formula: string
	/** version of that setting, 0 the default */
	formula_version: number
	/** what each value is */
	figures: {name:string,title:string,title_en:string,doc:string,doc_en:string,rate:boolean}[]
	/** of all lines */
	total: {key:string,name:string,name_en:string,values:Record<string,number|null>,score:number|null}
	/** a line for each unit, area or class; key "0": of none; a rate of nothing is null */
	items: {key:string,name:string,name_en:string,values:Record<string,number|null>,score:number|null}[]
	/** there is one page */
	next: null
}
export interface EventStatsInput {
	/** month when left out */
	period?: 'day' | 'week' | 'month' | 'quarter' | 'year'
	/** a day within the period, 2026-01-31; today when left out */
	at?: string
	/** with until, in place of period */
	from?: string
	/** its end, not in it */
	until?: string
	/** a line for each; all when left out */
	by?: 'all' | 'unit' | 'town' | 'village' | 'grid' | 'class'
	/** only this line, by its key */
	key?: string
	/** area_key of any level */
	area?: string
	/** small or big class, or B (components), S (events) */
	class?: string
}
/** Figures of a period by unit, area or class, with scores of units. */
export const eventStats = (input: EventStatsInput = {}) =>
	call<EventStatsOutput>('GET', `/event-stats`, { query: { period: input.period, at: input.at, from: input.from, until: input.until, by: input.by, key: input.key, area: input.area, class: input.class } })
export interface EventStatsCasesOutput {
	/** newest first; times: how often it is counted */
	items: {case_id:string,number:string,title:string,class_code:string,state:string,state_title:string,state_title_en:string,outcome:string,reported_at:string,closed_at:string|null,times:number,open_to_you:boolean}[]
	/** cursor */
	next: string|null
}
export interface EventStatsCasesInput {
	/** name of a figure of GET /event-stats */
	figure: string
	/** month when left out */
	period?: 'day' | 'week' | 'month' | 'quarter' | 'year'
	/** a day within the period, 2026-01-31; today when left out */
	at?: string
	/** with until, in place of period */
	from?: string
	/** its end, not in it */
	until?: string
	/** a line for each; all when left out */
	by?: 'all' | 'unit' | 'town' | 'village' | 'grid' | 'class'
	/** only this line, by its key */
	key?: string
	/** area_key of any level */
	area?: string
	/** small or big class, or B (components), S (events) */
	class?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** The cases behind a figure that is no rate. */
export const eventStatsCases = (input: EventStatsCasesInput) =>
	call<EventStatsCasesOutput>('GET', `/event-stats/cases`, { query: { figure: input.figure, period: input.period, at: input.at, from: input.from, until: input.until, by: input.by, key: input.key, area: input.area, class: input.class, after: input.after, limit: input.limit } })
export interface EventStatsTrendOutput {
	/** oldest first, the period asked for last */
	items: {from:string,until:string,value:number|null}[]
	/** there is one page */
	next: null
}
export interface EventStatsTrendInput {
	/** name of a figure of GET /event-stats */
	figure: string
	/** month when left out */
	period?: 'day' | 'week' | 'month' | 'quarter' | 'year'
	/** a day within the period, 2026-01-31; today when left out */
	at?: string
	/** with until, in place of period */
	from?: string
	/** its end, not in it */
	until?: string
	/** a line for each; all when left out */
	by?: 'all' | 'unit' | 'town' | 'village' | 'grid' | 'class'
	/** only this line, by its key */
	key?: string
	/** area_key of any level */
	area?: string
	/** small or big class, or B (components), S (events) */
	class?: string
}
/** One figure over the last twelve periods of that kind. */
export const eventStatsTrend = (input: EventStatsTrendInput) =>
	call<EventStatsTrendOutput>('GET', `/event-stats/trend`, { query: { figure: input.figure, period: input.period, at: input.at, from: input.from, until: input.until, by: input.by, key: input.key, area: input.area, class: input.class } })
export interface EventStatsWorkbookInput {
	/** month when left out */
	period?: 'day' | 'week' | 'month' | 'quarter' | 'year'
	/** a day within the period, 2026-01-31; today when left out */
	at?: string
	/** with until, in place of period */
	from?: string
	/** its end, not in it */
	until?: string
	/** a line for each; all when left out */
	by?: 'all' | 'unit' | 'town' | 'village' | 'grid' | 'class'
	/** only this line, by its key */
	key?: string
	/** area_key of any level */
	area?: string
	/** small or big class, or B (components), S (events) */
	class?: string
}
export interface EvidenceSearchOutput {
	/** {at,stream,seq,actor,account_id,org_id,action,resource_id,subject_id,row_count,status,purpose,address,detail,hash,sealed}, newest first; a page may be short although `next` is given */
	items: EvidenceEntry[]
	/** cursor of the next page */
	next: string | null
	/** not counted */
	total: null
}
export interface EvidenceSearchInput {
	/** entries at or after this time (ISO 8601) */
	from?: string
	/** entries at or before this time */
	to?: string
	/** login that acted, exactly */
	actor?: string
	/** what was done, exactly, e.g. record.read */
	action?: string
	/** resource it was about */
	resource?: string
	/** outcome, as an HTTP status */
	status?: number
	/** only this stream, e.g. w0.5f3a91c2 */
	stream?: string
	/** `next` of the page before */
	after?: string
	/** entries a page (50) */
	limit?: number
}
/** Search what was done, newest first, over the streams of this state directory. */
export const evidenceSearch = (input: EvidenceSearchInput = {}) =>
	call<EvidenceSearchOutput>('GET', `/evidence`, { query: { from: input.from, to: input.to, actor: input.actor, action: input.action, resource: input.resource, status: input.status, stream: input.stream, after: input.after, limit: input.limit } })
export interface EvidenceCheckpointsOutput {
	/** {number,at,sha256,previous,key,node,streams,signature,body}, newest first */
	items: EvidenceCheckpoint[]
	/** cursor of the next page */
	next: string | null
}
export interface EvidenceCheckpointsInput {
	/** `next` of the page before */
	after?: string
	/** checkpoints a page (50) */
	limit?: number
}
/** Signed checkpoints, newest first. */
export const evidenceCheckpoints = (input: EvidenceCheckpointsInput = {}) =>
	call<EvidenceCheckpointsOutput>('GET', `/evidence/checkpoints`, { query: { after: input.after, limit: input.limit } })
export interface EvidenceExportInput {
	/** beginning of the range (rounded out to checkpoints) */
	from: string
	/** end of the range; in the future: with what is not yet sealed */
	to: string
}
export interface EvidenceSealOutput {
	/** the newest checkpoint */
	number: number
	/** whether it is new: false when nothing happened since the last */
	made: boolean
}
/** Seal now. */
export const evidenceSeal = () =>
	call<EvidenceSealOutput>('POST', `/evidence/seal`)
export interface EvidenceStatusOutput {
	/** {name,count,head_hash,last_at,node,unsealed}: live for this process, as last published for others */
	streams: EvidenceStream[]
	/** the newest */
	checkpoint: {number: number, at: string, sha256: string} | null
	/** entries after the last seal */
	unsealed: number
	/** writes' entries committed but not yet in their stream */
	waiting: number
	/** Ed25519, hex: keep it elsewhere, `yiwang verify` can be given it */
	public_key: string
	/** directory that receives each checkpoint */
	witness: string | null
	/** the newest checkpoint there */
	witnessed: number
	/** files with what recovery put aside */
	torn: string[]
}
/** Streams, the last checkpoint, and what is not yet sealed. */
export const evidenceStatus = () =>
	call<EvidenceStatusOutput>('GET', `/evidence/status`)
export interface MeasureFindingsOutput {
	/** newest first */
	items: MeasureFindingOutput[]
	/** for `after` */
	next: string|null
}
export interface MeasureFindingsInput {
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** only of this check */
	check?: 'system_no_entry' | 'entry_no_source' | 'supply_broken' | 'service_demand'
	/** live: open or in correction */
	state?: 'live' | 'open' | 'correction' | 'excused' | 'gone'
	/** only about this entry */
	resource?: string
	/** only about this system */
	system?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** What the checks found. */
export const measureFindings = (input: MeasureFindingsInput = {}) =>
	call<MeasureFindingsOutput>('GET', `/findings`, { query: { org: input.org, check: input.check, state: input.state, resource: input.resource, system: input.system, after: input.after, limit: input.limit } })
export interface MeasureFindingsSheetInput {
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** only of this check */
	check?: 'system_no_entry' | 'entry_no_source' | 'supply_broken' | 'service_demand'
	/** live: open or in correction */
	state?: 'live' | 'open' | 'correction' | 'excused' | 'gone'
	/** only about this entry */
	resource?: string
	/** only about this system */
	system?: string
}
export interface MeasureFindingOutput {
	/** finding */
	finding_id: string
	/** the check that found it */
	check: string
	/** who must mend it */
	org_id: string
	/** its name */
	org_name: string|null
	/** system it is about */
	system_id: string|null
	/** its name */
	system_name: string|null
	/** entry it is about */
	resource_id: string|null
	/** its name */
	resource_name: string|null
	/** request it is about */
	case_id: string|null
	/** what it is about, in words */
	title: string
	/** what it was seen by */
	detail: {reason:string,at:string|null,text:string,basis?:string}
	/** correction: it has an open order */
	state: "open"|"correction"|"excused"|"gone"
	/** first seen */
	first_at: string
	/** last seen */
	last_at: string
	/** no longer seen since */
	gone_at: string|null
	/** correction ordered */
	ordered_at: string|null
	/** login */
	ordered_by: string
	/** what is to be mended */
	order_note: string
	/** the newest order, a case */
	order_case_id: string|null
	/** its number */
	order_number: string|null
	/** its state */
	order_state: string
	/** that in Chinese */
	order_state_title: string
	/** that in English */
	order_state_title_en: string
	/** the department's, in that case */
	answer: string|null
	/** time */
	answered_at: string|null
	/** login */
	answered_by: string|null
	/** why it need not be mended */
	excuse: string
	/** time */
	excused_at: string|null
	/** login */
	excused_by: string
	/** for changes */
	version: number
	/** what the caller may do now */
	may: {order:boolean,excuse:boolean,reopen:boolean}
}
export interface MeasureFindingInput {
	/** finding */
	id: string
}
/** One finding. */
export const measureFinding = (input: MeasureFindingInput) =>
	call<MeasureFindingOutput>('GET', `/findings/${encodeURIComponent(input.id)}`)
export interface MeasureFindingExcuseOutput {
	/** finding */
	finding_id: string
	/** the check that found it */
	check: string
	/** who must mend it */
	org_id: string
	/** its name */
	org_name: string|null
	/** system it is about */
	system_id: string|null
	/** its name */
	system_name: string|null
	/** entry it is about */
	resource_id: string|null
	/** its name */
	resource_name: string|null
	/** request it is about */
	case_id: string|null
	/** what it is about, in words */
	title: string
	/** what it was seen by */
	detail: {reason:string,at:string|null,text:string,basis?:string}
	/** correction: it has an open order */
	state: "open"|"correction"|"excused"|"gone"
	/** first seen */
	first_at: string
	/** last seen */
	last_at: string
	/** no longer seen since */
	gone_at: string|null
	/** correction ordered */
	ordered_at: string|null
	/** login */
	ordered_by: string
	/** what is to be mended */
	order_note: string
	/** the newest order, a case */
	order_case_id: string|null
	/** its number */
	order_number: string|null
	/** its state */
	order_state: string
	/** that in Chinese */
	order_state_title: string
	/** that in English */
	order_state_title_en: string
	/** the department's, in that case */
	answer: string|null
	/** time */
	answered_at: string|null
	/** login */
	answered_by: string|null
	/** why it need not be mended */
	excuse: string
	/** time */
	excused_at: string|null
	/** login */
	excused_by: string
	/** for changes */
	version: number
	/** what the caller may do now */
	may: {order:boolean,excuse:boolean,reopen:boolean}
}
export interface MeasureFindingExcuseInput {
	/** finding */
	id: string
	/** version of the finding that was seen */
	version: number
	/** false: it must be mended after all */
	excused: boolean
	/** why */
	reason: string
}
/** Excuses a finding with a reason, which withdraws its open order; or takes that back. */
export const measureFindingExcuse = (input: MeasureFindingExcuseInput) =>
	call<MeasureFindingExcuseOutput>('POST', `/findings/${encodeURIComponent(input.id)}/excuse`, { body: { version: input.version, excused: input.excused, reason: input.reason } })
export interface MeasureFindingOrderOutput {
	/** finding */
	finding_id: string
	/** the check that found it */
	check: string
	/** who must mend it */
	org_id: string
	/** its name */
	org_name: string|null
	/** system it is about */
	system_id: string|null
	/** its name */
	system_name: string|null
	/** entry it is about */
	resource_id: string|null
	/** its name */
	resource_name: string|null
	/** request it is about */
	case_id: string|null
	/** what it is about, in words */
	title: string
	/** what it was seen by */
	detail: {reason:string,at:string|null,text:string,basis?:string}
	/** correction: it has an open order */
	state: "open"|"correction"|"excused"|"gone"
	/** first seen */
	first_at: string
	/** last seen */
	last_at: string
	/** no longer seen since */
	gone_at: string|null
	/** correction ordered */
	ordered_at: string|null
	/** login */
	ordered_by: string
	/** what is to be mended */
	order_note: string
	/** the newest order, a case */
	order_case_id: string|null
	/** its number */
	order_number: string|null
	/** its state */
	order_state: string
	/** that in Chinese */
	order_state_title: string
	/** that in English */
	order_state_title_en: string
	/** the department's, in that case */
	answer: string|null
	/** time */
	answered_at: string|null
	/** login */
	answered_by: string|null
	/** why it need not be mended */
	excuse: string
	/** time */
	excused_at: string|null
	/** login */
	excused_by: string
	/** for changes */
	version: number
	/** what the caller may do now */
	may: {order:boolean,excuse:boolean,reopen:boolean}
}
export interface MeasureFindingOrderInput {
	/** finding */
	id: string
	/** version of the finding that was seen */
	version: number
	/** what is to be mended */
	note: string
}
/** Orders its correction: a case of process audit_order with the department. */
export const measureFindingOrder = (input: MeasureFindingOrderInput) =>
	call<MeasureFindingOrderOutput>('POST', `/findings/${encodeURIComponent(input.id)}/order`, { body: { version: input.version, note: input.note } })
export interface FormListOutput {
	/** newest first */
	items: {form_id: string, title: string, org_name: string, state: string, due_at: string | null, opened_at: string | null, answers: number, version: number}[]
	/** cursor of the next page */
	next: string|null
}
export interface FormListInput {
	/** only these */
	state?: 'draft' | 'review' | 'open' | 'closed'
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Forms that are open, and one's own. */
export const formList = (input: FormListInput = {}) =>
	call<FormListOutput>('GET', `/forms`, { query: { state: input.state, after: input.after, limit: input.limit } })
export interface FormCreateOutput {
	/** id */
	form_id: string
	/** whose it is */
	org_id: string
	/** title */
	title: string
	/** what for */
	purpose: string
	/** by which rule */
	basis: string
	/** state */
	state: "draft"|"review"|"open"|"closed"
	/** of the reviewer */
	note: string
	/** time */
	opened_at: string|null
	/** time */
	due_at: string|null
	/** rises with each change */
	version: number
	/** the entry whose records it is about, or empty */
	subject_name: string
	/** what names a subject */
	key: {name: string, title: string}[]
	/** as it was sent */
	document: {subject?: string, fields: {name: string, title: string, kind?: string, code_set?: string, required?: boolean, why?: string, source?: {resource_id: string, field: string}}[]}
	/** what it asks for though the city holds it, as found when it was submitted */
	held: {name: string, title: string, why: string, held: {resource_id: string, org_id: string, field: string}[]}[]
	/** what it asks for, of the fields that it names; choices: of a code set of up to 300; empty where an entry is gone */
	items: {name: string, title: string, kind: string, code_set: string, required: boolean, source: string, choices: {code: string, label: string, label_en: string}[]}[]
	/** how many came in */
	answers: number
	/** of the caller */
	may: {edit: boolean, review: boolean, close: boolean, fill: boolean, answers: boolean}
}
export interface FormCreateInput {
	/** title */
	title: string
	/** what it is for */
	purpose: string
	/** by which law or rule it may be asked for */
	basis: string
	/** until when */
	due_at?: string
	/** {subject?: resource_id, fields: [{name, title, required?, source?: {resource_id, field}, kind?, code_set?, why?}]}: an item with a source is asked for only where nothing is held; why: the reason to ask for what the city holds elsewhere */
	document: unknown
}
/** Drafts a form of one's own organisation. */
export const formCreate = (input: FormCreateInput) =>
	call<FormCreateOutput>('POST', `/forms`, { body: { title: input.title, purpose: input.purpose, basis: input.basis, due_at: input.due_at, document: input.document } })
export interface FormBurdenOutput {
	/** spared: items not demanded because they are held */
	items: {form_id: string, title: string, org_name: string, answers: number, asked: number, spared: number, doubts: number}[]
	/** there is one page */
	next: null
}
export interface FormBurdenInput {
	/** answers from that time on */
	from?: string
	/** and before that one */
	until?: string
}
/** What people were asked for, and what they were spared. */
export const formBurden = (input: FormBurdenInput = {}) =>
	call<FormBurdenOutput>('GET', `/forms/burden`, { query: { from: input.from, until: input.until } })
export interface FormDoubtsOutput {
	/** the newest first; outcome: empty while it is open, corrected, rejected, withdrawn; answer: the last words of the side that looks into it; reason, right: what the caller said, empty where a colleague had doubted it before */
	items: {case_id: string, number: string, form_id: string, form_title: string, entry: string, item: string, given_at: string, state: string, outcome: string, updated_at: string, closed_at: string | null, answer: string, answered_by: string, state_title: string, state_title_en: string, reason: string, right: string}[]
	/** cursor of the next page */
	next: string|null
}
export interface FormDoubtsInput {
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** What the caller doubted in forms, and what became of it. */
export const formDoubts = (input: FormDoubtsInput = {}) =>
	call<FormDoubtsOutput>('GET', `/forms/doubts`, { query: { after: input.after, limit: input.limit } })
export interface FormGetOutput {
	/** id */
	form_id: string
	/** whose it is */
	org_id: string
	/** title */
	title: string
	/** what for */
	purpose: string
	/** by which rule */
	basis: string
	/** state */
	state: "draft"|"review"|"open"|"closed"
	/** of the reviewer */
	note: string
	/** time */
	opened_at: string|null
	/** time */
	due_at: string|null
	/** rises with each change */
	version: number
	/** the entry whose records it is about, or empty */
	subject_name: string
	/** what names a subject */
	key: {name: string, title: string}[]
	/** as it was sent */
	document: {subject?: string, fields: {name: string, title: string, kind?: string, code_set?: string, required?: boolean, why?: string, source?: {resource_id: string, field: string}}[]}
	/** what it asks for though the city holds it, as found when it was submitted */
	held: {name: string, title: string, why: string, held: {resource_id: string, org_id: string, field: string}[]}[]
	/** what it asks for, of the fields that it names; choices: of a code set of up to 300; empty where an entry is gone */
	items: {name: string, title: string, kind: string, code_set: string, required: boolean, source: string, choices: {code: string, label: string, label_en: string}[]}[]
	/** how many came in */
	answers: number
	/** of the caller */
	may: {edit: boolean, review: boolean, close: boolean, fill: boolean, answers: boolean}
}
export interface FormGetInput {
	/** form */
	id: string
}
/** One form. */
export const formGet = (input: FormGetInput) =>
	call<FormGetOutput>('GET', `/forms/${encodeURIComponent(input.id)}`)
export interface FormSaveOutput {
	/** id */
	form_id: string
	/** whose it is */
	org_id: string
	/** title */
	title: string
	/** what for */
	purpose: string
	/** by which rule */
	basis: string
	/** state */
	state: "draft"|"review"|"open"|"closed"
	/** of the reviewer */
	note: string
	/** time */
	opened_at: string|null
	/** time */
	due_at: string|null
	/** rises with each change */
	version: number
	/** the entry whose records it is about, or empty */
	subject_name: string
	/** what names a subject */
	key: {name: string, title: string}[]
	/** as it was sent */
	document: {subject?: string, fields: {name: string, title: string, kind?: string, code_set?: string, required?: boolean, why?: string, source?: {resource_id: string, field: string}}[]}
	/** what it asks for though the city holds it, as found when it was submitted */
	held: {name: string, title: string, why: string, held: {resource_id: string, org_id: string, field: string}[]}[]
	/** what it asks for, of the fields that it names; choices: of a code set of up to 300; empty where an entry is gone */
	items: {name: string, title: string, kind: string, code_set: string, required: boolean, source: string, choices: {code: string, label: string, label_en: string}[]}[]
	/** how many came in */
	answers: number
	/** of the caller */
	may: {edit: boolean, review: boolean, close: boolean, fill: boolean, answers: boolean}
}
export interface FormSaveInput {
	/** form */
	id: string
	/** version read before */
	version: number
	/** title */
	title: string
	/** what it is for */
	purpose: string
	/** by which law or rule it may be asked for */
	basis: string
	/** until when */
	due_at?: string
	/** {subject?: resource_id, fields: [{name, title, required?, source?: {resource_id, field}, kind?, code_set?, why?}]}: an item with a source is asked for only where nothing is held; why: the reason to ask for what the city holds elsewhere */
	document: unknown
}
/** Saves a draft. */
export const formSave = (input: FormSaveInput) =>
	call<FormSaveOutput>('PUT', `/forms/${encodeURIComponent(input.id)}`, { body: { version: input.version, title: input.title, purpose: input.purpose, basis: input.basis, due_at: input.due_at, document: input.document } })
export interface FormAnswersOutput {
	/** in order */
	items: {answer_id: string, record_id: string, by: string, org_name: string, answered: Record<string, string>, asked: number, known: number, doubts: number, given_at: string}[]
	/** cursor of the next page */
	next: string|null
}
export interface FormAnswersInput {
	/** form */
	id: string
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Answers that came in. */
export const formAnswers = (input: FormAnswersInput) =>
	call<FormAnswersOutput>('GET', `/forms/${encodeURIComponent(input.id)}/answers`, { query: { after: input.after, limit: input.limit } })
export interface FormAnswerOutput {
	/** items asked for */
	asked: number
	/** items not demanded */
	held: number
	/** objections raised */
	doubts: number
}
export interface FormAnswerInput {
	/** form */
	id: string
	/** the subject, as for begin */
	key?: unknown
	/** {item: text} of what is asked for */
	values: unknown
	/** [{name, reason, right?}]: what is held and wrong; each becomes an objection to the record */
	doubts?: unknown
	/** {item: mark}, as begin gave them: 409 seen where what is held is another value now, or gone */
	seen?: unknown
	/** as begin gave it: 409 version where the form was filled in about the subject since; left out: replaces it */
	version?: number
}
/** Gives the answers for a subject, in place of earlier ones. */
export const formAnswer = (input: FormAnswerInput) =>
	call<FormAnswerOutput>('POST', `/forms/${encodeURIComponent(input.id)}/answers`, { body: { key: input.key, values: input.values, doubts: input.doubts, seen: input.seen, version: input.version } })
export interface FormAnswersCsvInput {
	/** form */
	id: string
}
export interface FormBeginOutput {
	/** items to ask for */
	asked: number
	/** items held already */
	held: number
	/** of the answer given about the subject before; 0 none */
	version: number
	/** when that was */
	answered_at: string|null
	/** value null: not held, or held and not shown to the caller; mark: of what is shown, for the answer */
	fields: {name: string, title: string, kind: string, code_set: string, required: boolean, source: string, held: boolean, value: string | null, masked: boolean, mark: string}[]
}
export interface FormBeginInput {
	/** form */
	id: string
	/** the subject: {key field: value}; none for a form about nobody in particular */
	key?: unknown
}
/** What is held about a subject, as the caller may see it, and what is to be asked for. */
export const formBegin = (input: FormBeginInput) =>
	call<FormBeginOutput>('POST', `/forms/${encodeURIComponent(input.id)}/begin`, { body: { key: input.key } })
export interface FormCloseOutput {
	/** id */
	form_id: string
	/** whose it is */
	org_id: string
	/** title */
	title: string
	/** what for */
	purpose: string
	/** by which rule */
	basis: string
	/** state */
	state: "draft"|"review"|"open"|"closed"
	/** of the reviewer */
	note: string
	/** time */
	opened_at: string|null
	/** time */
	due_at: string|null
	/** rises with each change */
	version: number
	/** the entry whose records it is about, or empty */
	subject_name: string
	/** what names a subject */
	key: {name: string, title: string}[]
	/** as it was sent */
	document: {subject?: string, fields: {name: string, title: string, kind?: string, code_set?: string, required?: boolean, why?: string, source?: {resource_id: string, field: string}}[]}
	/** what it asks for though the city holds it, as found when it was submitted */
	held: {name: string, title: string, why: string, held: {resource_id: string, org_id: string, field: string}[]}[]
	/** what it asks for, of the fields that it names; choices: of a code set of up to 300; empty where an entry is gone */
	items: {name: string, title: string, kind: string, code_set: string, required: boolean, source: string, choices: {code: string, label: string, label_en: string}[]}[]
	/** how many came in */
	answers: number
	/** of the caller */
	may: {edit: boolean, review: boolean, close: boolean, fill: boolean, answers: boolean}
}
export interface FormCloseInput {
	/** form */
	id: string
	/** version read before */
	version: number
}
/** Takes no more answers. */
export const formClose = (input: FormCloseInput) =>
	call<FormCloseOutput>('POST', `/forms/${encodeURIComponent(input.id)}/close`, { body: { version: input.version } })
export interface FormReviewOutput {
	/** id */
	form_id: string
	/** whose it is */
	org_id: string
	/** title */
	title: string
	/** what for */
	purpose: string
	/** by which rule */
	basis: string
	/** state */
	state: "draft"|"review"|"open"|"closed"
	/** of the reviewer */
	note: string
	/** time */
	opened_at: string|null
	/** time */
	due_at: string|null
	/** rises with each change */
	version: number
	/** the entry whose records it is about, or empty */
	subject_name: string
	/** what names a subject */
	key: {name: string, title: string}[]
	/** as it was sent */
	document: {subject?: string, fields: {name: string, title: string, kind?: string, code_set?: string, required?: boolean, why?: string, source?: {resource_id: string, field: string}}[]}
	/** what it asks for though the city holds it, as found when it was submitted */
	held: {name: string, title: string, why: string, held: {resource_id: string, org_id: string, field: string}[]}[]
	/** what it asks for, of the fields that it names; choices: of a code set of up to 300; empty where an entry is gone */
	items: {name: string, title: string, kind: string, code_set: string, required: boolean, source: string, choices: {code: string, label: string, label_en: string}[]}[]
	/** how many came in */
	answers: number
	/** of the caller */
	may: {edit: boolean, review: boolean, close: boolean, fill: boolean, answers: boolean}
}
export interface FormReviewInput {
	/** form */
	id: string
	/** version read before */
	version: number
	/** opens it, or gives it back */
	decision: 'approve' | 'return'
	/** why */
	note: string
}
/** Decides on a form that asks for what the city holds. */
export const formReview = (input: FormReviewInput) =>
	call<FormReviewOutput>('POST', `/forms/${encodeURIComponent(input.id)}/review`, { body: { version: input.version, decision: input.decision, note: input.note } })
export interface FormSubmitOutput {
	/** id */
	form_id: string
	/** whose it is */
	org_id: string
	/** title */
	title: string
	/** what for */
	purpose: string
	/** by which rule */
	basis: string
	/** state */
	state: "draft"|"review"|"open"|"closed"
	/** of the reviewer */
	note: string
	/** time */
	opened_at: string|null
	/** time */
	due_at: string|null
	/** rises with each change */
	version: number
	/** the entry whose records it is about, or empty */
	subject_name: string
	/** what names a subject */
	key: {name: string, title: string}[]
	/** as it was sent */
	document: {subject?: string, fields: {name: string, title: string, kind?: string, code_set?: string, required?: boolean, why?: string, source?: {resource_id: string, field: string}}[]}
	/** what it asks for though the city holds it, as found when it was submitted */
	held: {name: string, title: string, why: string, held: {resource_id: string, org_id: string, field: string}[]}[]
	/** what it asks for, of the fields that it names; choices: of a code set of up to 300; empty where an entry is gone */
	items: {name: string, title: string, kind: string, code_set: string, required: boolean, source: string, choices: {code: string, label: string, label_en: string}[]}[]
	/** how many came in */
	answers: number
	/** of the caller */
	may: {edit: boolean, review: boolean, close: boolean, fill: boolean, answers: boolean}
}
export interface FormSubmitInput {
	/** form */
	id: string
	/** version read before */
	version: number
}
/** Opens a form, or has it reviewed when it asks for what the city holds. */
export const formSubmit = (input: FormSubmitInput) =>
	call<FormSubmitOutput>('POST', `/forms/${encodeURIComponent(input.id)}/submit`, { body: { version: input.version } })
export interface GrantListOutput {
	/** newest first */
	items: Grant[]
	/** cursor of the next page */
	next: string|null
}
export interface GrantListInput {
	/** only on this resource */
	resource?: string
	/** only to this account */
	account?: string
	/** only in this state */
	state?: 'live' | 'expired' | 'revoked' | 'future'
	/** cursor: next of the page before */
	after?: string
	/** grants a page, 50 when absent */
	limit?: number
}
/** Lists grants one's organisation gave or got (the data bureau: all). */
export const grantList = (input: GrantListInput = {}) =>
	call<GrantListOutput>('GET', `/grants`, { query: { resource: input.resource, account: input.account, state: input.state, after: input.after, limit: input.limit } })
export interface GrantCreateOutput {
	/** grant */
	grant_id: string
	/** resource */
	resource_id: string
	/** its name */
	resource_name: string|null
	/** who may read */
	account_id: string
	/** name of the account */
	account_name: string
	/** login of the account */
	account_login: string
	/** what is given; name, title and grade as published now, null for a field that is no more */
	fields: {no: number, name: string | null, title: string | null, grade: number | null, mode: "clear"|"masked"}[]
	/** row filter or null */
	filter: unknown
	/** what the data is used for */
	purpose: string
	/** legal basis */
	basis: string
	/** L3 or L4 is given in clear */
	clear_sensitive: boolean
	/** begin */
	from: string
	/** end */
	until: string
	/** records a day */
	quota_day: number
	/** records used today, at most a second old */
	used_today: number
	/** state now */
	state: "live"|"expired"|"revoked"|"future"
	/** account */
	granted_by: string
	/** its name */
	granted_by_name: string|null
	/** time */
	created_at: string
	/** time */
	revoked_at: string|null
	/** why it was revoked */
	revoke_reason: string
	/** the share request it was given for */
	case_id: string|null
	/** conditions of the supplier */
	conditions: string
	/** how it may be had; those made before ways were kept, and all of unconditional resources, every way */
	ways: ("api"|"batch"|"download")[]
	/** organisation that gave it, and may revoke it */
	owner_org_id: string
	/** organisation of the account */
	account_org_id: string
	/** rises with each change */
	version: number
}
export interface GrantCreateInput {
	/** a published resource of one's own organisation */
	resource_id: string
	/** who may read */
	account_id: string
	/** [{no or name, mode: clear or masked}]; fields not named are not given */
	fields: unknown
	/** row filter, as in queries of records */
	filter?: unknown
	/** how it may be had: [api, batch, download], one or several; others are refused */
	ways: unknown
	/** what the data is used for; kept in evidence of every read */
	purpose: string
	/** legal basis */
	basis?: string
	/** true: L3 and L4 fields may be given in clear */
	clear_sensitive?: boolean
	/** begin, absent = now */
	from?: string
	/** end */
	until: string
	/** records a day (Asia/Shanghai) */
	quota_day: number
}
/** Grants an account fields of a resource of one's own organisation. */
export const grantCreate = (input: GrantCreateInput) =>
	call<GrantCreateOutput>('POST', `/grants`, { body: { resource_id: input.resource_id, account_id: input.account_id, fields: input.fields, filter: input.filter, ways: input.ways, purpose: input.purpose, basis: input.basis, clear_sensitive: input.clear_sensitive, from: input.from, until: input.until, quota_day: input.quota_day } })
export interface GrantGetOutput {
	/** grant */
	grant_id: string
	/** resource */
	resource_id: string
	/** its name */
	resource_name: string|null
	/** who may read */
	account_id: string
	/** name of the account */
	account_name: string
	/** login of the account */
	account_login: string
	/** what is given; name, title and grade as published now, null for a field that is no more */
	fields: {no: number, name: string | null, title: string | null, grade: number | null, mode: "clear"|"masked"}[]
	/** row filter or null */
	filter: unknown
	/** what the data is used for */
	purpose: string
	/** legal basis */
	basis: string
	/** L3 or L4 is given in clear */
	clear_sensitive: boolean
	/** begin */
	from: string
	/** end */
	until: string
	/** records a day */
	quota_day: number
	/** records used today, at most a second old */
	used_today: number
	/** state now */
	state: "live"|"expired"|"revoked"|"future"
	/** account */
	granted_by: string
	/** its name */
	granted_by_name: string|null
	/** time */
	created_at: string
	/** time */
	revoked_at: string|null
	/** why it was revoked */
	revoke_reason: string
	/** the share request it was given for */
	case_id: string|null
	/** conditions of the supplier */
	conditions: string
	/** how it may be had; those made before ways were kept, and all of unconditional resources, every way */
	ways: ("api"|"batch"|"download")[]
	/** organisation that gave it, and may revoke it */
	owner_org_id: string
	/** organisation of the account */
	account_org_id: string
	/** rises with each change */
	version: number
}
export interface GrantGetInput {
	/** grant */
	id: string
}
/** Gives one grant. */
export const grantGet = (input: GrantGetInput) =>
	call<GrantGetOutput>('GET', `/grants/${encodeURIComponent(input.id)}`)
export interface GrantRevokeOutput {
	/** grant */
	grant_id: string
	/** resource */
	resource_id: string
	/** its name */
	resource_name: string|null
	/** who may read */
	account_id: string
	/** name of the account */
	account_name: string
	/** login of the account */
	account_login: string
	/** what is given; name, title and grade as published now, null for a field that is no more */
	fields: {no: number, name: string | null, title: string | null, grade: number | null, mode: "clear"|"masked"}[]
	/** row filter or null */
	filter: unknown
	/** what the data is used for */
	purpose: string
	/** legal basis */
	basis: string
	/** L3 or L4 is given in clear */
	clear_sensitive: boolean
	/** begin */
	from: string
	/** end */
	until: string
	/** records a day */
	quota_day: number
	/** records used today, at most a second old */
	used_today: number
	/** state now */
	state: "live"|"expired"|"revoked"|"future"
	/** account */
	granted_by: string
	/** its name */
	granted_by_name: string|null
	/** time */
	created_at: string
	/** time */
	revoked_at: string|null
	/** why it was revoked */
	revoke_reason: string
	/** the share request it was given for */
	case_id: string|null
	/** conditions of the supplier */
	conditions: string
	/** how it may be had; those made before ways were kept, and all of unconditional resources, every way */
	ways: ("api"|"batch"|"download")[]
	/** organisation that gave it, and may revoke it */
	owner_org_id: string
	/** organisation of the account */
	account_org_id: string
	/** rises with each change */
	version: number
}
export interface GrantRevokeInput {
	/** grant */
	id: string
	/** why */
	reason: string
	/** version read before */
	version: number
}
/** Ends a grant at once. */
export const grantRevoke = (input: GrantRevokeInput) =>
	call<GrantRevokeOutput>('POST', `/grants/${encodeURIComponent(input.id)}/revoke`, { body: { reason: input.reason, version: input.version } })
export interface HandoverListOutput {
	/** newest first */
	items: {handover_id:string,desk:string,from_name:string,to_account:string,to_name:string,since:string,written_at:string,facts:{open:number,late:number,soon:number,paused:number,mine:number,came:number,closed:number,calls_waiting:number,calls_taken:number,calls_back:number,late_cases:{case_id:string,number:string,title:string}[]},words:string,confirmed_at:string|null}[]
	/** cursor */
	next: string|null
}
export interface HandoverListInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** rows a page, 50 when left out */
	limit?: number
	/** `next` of the page before */
	after?: string
}
/** Sheets of a desk. */
export const handoverList = (input: HandoverListInput) =>
	call<HandoverListOutput>('GET', `/handovers`, { query: { desk: input.desk, limit: input.limit, after: input.after } })
export interface HandoverWriteOutput {
	/** newest first */
	items: {handover_id:string,desk:string,from_name:string,to_account:string,to_name:string,since:string,written_at:string,facts:{open:number,late:number,soon:number,paused:number,mine:number,came:number,closed:number,calls_waiting:number,calls_taken:number,calls_back:number,late_cases:{case_id:string,number:string,title:string}[]},words:string,confirmed_at:string|null}[]
	/** cursor */
	next: string|null
}
export interface HandoverWriteInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** who takes over */
	to_account: string
	/** what the next one should know */
	words?: string
}
/** Hands the desk over: facts as they stand, words, and who takes over. */
export const handoverWrite = (input: HandoverWriteInput) =>
	call<HandoverWriteOutput>('POST', `/handovers`, { body: { desk: input.desk, to_account: input.to_account, words: input.words } })
export interface HandoverDraftOutput {
	/** the last hand-over */
	since: string
	/** as they stand now */
	facts: {open:number,late:number,soon:number,paused:number,mine:number,came:number,closed:number,calls_waiting:number,calls_taken:number,calls_back:number,late_cases:{case_id:string,number:string,title:string}[]}
}
export interface HandoverDraftInput {
	/** 12345, centre, or another that is staffed */
	desk: string
}
/** What the desk would hand over now. */
export const handoverDraft = (input: HandoverDraftInput) =>
	call<HandoverDraftOutput>('GET', `/handovers/draft`, { query: { desk: input.desk } })
export interface HandoverConfirmOutput {
	/** newest first */
	items: {handover_id:string,desk:string,from_name:string,to_account:string,to_name:string,since:string,written_at:string,facts:{open:number,late:number,soon:number,paused:number,mine:number,came:number,closed:number,calls_waiting:number,calls_taken:number,calls_back:number,late_cases:{case_id:string,number:string,title:string}[]},words:string,confirmed_at:string|null}[]
	/** cursor */
	next: string|null
}
export interface HandoverConfirmInput {
	/** sheet */
	id: string
}
/** Who was named takes over. */
export const handoverConfirm = (input: HandoverConfirmInput) =>
	call<HandoverConfirmOutput>('POST', `/handovers/${encodeURIComponent(input.id)}/confirm`)
export interface HotlineArticlesOutput {
	/** best first, or newest first */
	items: {article_id:string,kind:string,type:string,title:string,answer:string,keywords:string,org_id:string|null,org_name:string|null,valid_until:string|null,state:string,draft_state:string,draft:{type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null,draft_by:string|null,review_note:string,used:number,doubts:number,doubt_words:string,edition:number,published_at:string|null,published_by:string|null,version:number}[]
	/** cursor */
	next: string|null
}
export interface HotlineArticlesInput {
	/** answers, or what operators say around them */
	kind: 'knowledge' | 'template'
	/** those for this type and for all */
	type?: 'consult' | 'suggest' | 'help' | 'complain' | 'report'
	/** published when left out */
	show?: 'published' | 'doubted' | 'review' | 'mine' | 'retired'
	/** rows a page, 50 when left out */
	limit?: number
	/** `next` of the page before */
	after?: string
}
/** Answers and templates. */
export const hotlineArticles = (input: HotlineArticlesInput) =>
	call<HotlineArticlesOutput>('GET', `/hotline/articles`, { query: { kind: input.kind, type: input.type, show: input.show, limit: input.limit, after: input.after } })
export interface HotlineArticleCreateOutput {
	/** article */
	article_id: string
	/** knowledge or template */
	kind: string
	/** of calls it is for, empty: all */
	type: string
	/** as published */
	title: string
	/** as published */
	answer: string
	/** as published */
	keywords: string
	/** whose answer */
	org_id: string|null
	/** whose answer */
	org_name: string|null
	/** end */
	valid_until: string|null
	/** draft, published, retired */
	state: string
	/** empty, draft, review, returned */
	draft_state: string
	/** proposed */
	draft: {type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null
	/** who wrote it */
	draft_by: string|null
	/** why it came back */
	review_note: string
	/** times given */
	used: number
	/** times doubted since it was published */
	doubts: number
	/** the last doubts */
	doubt_words: string
	/** times published */
	edition: number
	/** time */
	published_at: string|null
	/** who */
	published_by: string|null
	/** version */
	version: number
	/** newest first */
	editions: {edition:number,document:Record<string,unknown>,by:string|null,at:string}[]
}
export interface HotlineArticleCreateInput {
	/** see the list */
	kind: 'knowledge' | 'template'
	/** of calls it is for; all when left out */
	type?: 'consult' | 'suggest' | 'help' | 'complain' | 'report'
	/** the question as people ask it */
	title: string
	/** what is answered, as it is said */
	answer: string
	/** other words to find it by */
	keywords?: string
	/** whose answer it is; the centre's when left out */
	org_id?: string
	/** no end when left out */
	valid_until?: string
	/** for review; else it stays a draft */
	submit?: boolean
}
/** Writes one, as a draft or for review. */
export const hotlineArticleCreate = (input: HotlineArticleCreateInput) =>
	call<HotlineArticleCreateOutput>('POST', `/hotline/articles`, { body: { kind: input.kind, type: input.type, title: input.title, answer: input.answer, keywords: input.keywords, org_id: input.org_id, valid_until: input.valid_until, submit: input.submit } })
export interface HotlineArticlesSearchOutput {
	/** best first, or newest first */
	items: {article_id:string,kind:string,type:string,title:string,answer:string,keywords:string,org_id:string|null,org_name:string|null,valid_until:string|null,state:string,draft_state:string,draft:{type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null,draft_by:string|null,review_note:string,used:number,doubts:number,doubt_words:string,edition:number,published_at:string|null,published_by:string|null,version:number}[]
	/** cursor */
	next: string|null
}
export interface HotlineArticlesSearchInput {
	/** see the list */
	kind: 'knowledge' | 'template'
	/** what is typed or said, also pinyin or its initials */
	q: string
	/** those for this type and for all come first */
	type?: 'consult' | 'suggest' | 'help' | 'complain' | 'report'
}
/** The ten that have most of what somebody types or says; posted, since a caller's words belong in no address or log. */
export const hotlineArticlesSearch = (input: HotlineArticlesSearchInput) =>
	call<HotlineArticlesSearchOutput>('POST', `/hotline/articles/search`, { body: { kind: input.kind, q: input.q, type: input.type } })
export interface HotlineArticleOutput {
	/** article */
	article_id: string
	/** knowledge or template */
	kind: string
	/** of calls it is for, empty: all */
	type: string
	/** as published */
	title: string
	/** as published */
	answer: string
	/** as published */
	keywords: string
	/** whose answer */
	org_id: string|null
	/** whose answer */
	org_name: string|null
	/** end */
	valid_until: string|null
	/** draft, published, retired */
	state: string
	/** empty, draft, review, returned */
	draft_state: string
	/** proposed */
	draft: {type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null
	/** who wrote it */
	draft_by: string|null
	/** why it came back */
	review_note: string
	/** times given */
	used: number
	/** times doubted since it was published */
	doubts: number
	/** the last doubts */
	doubt_words: string
	/** times published */
	edition: number
	/** time */
	published_at: string|null
	/** who */
	published_by: string|null
	/** version */
	version: number
	/** newest first */
	editions: {edition:number,document:Record<string,unknown>,by:string|null,at:string}[]
}
export interface HotlineArticleInput {
	/** article */
	id: string
}
/** One with its draft and editions. */
export const hotlineArticle = (input: HotlineArticleInput) =>
	call<HotlineArticleOutput>('GET', `/hotline/articles/${encodeURIComponent(input.id)}`)
export interface HotlineArticlePutOutput {
	/** article */
	article_id: string
	/** knowledge or template */
	kind: string
	/** of calls it is for, empty: all */
	type: string
	/** as published */
	title: string
	/** as published */
	answer: string
	/** as published */
	keywords: string
	/** whose answer */
	org_id: string|null
	/** whose answer */
	org_name: string|null
	/** end */
	valid_until: string|null
	/** draft, published, retired */
	state: string
	/** empty, draft, review, returned */
	draft_state: string
	/** proposed */
	draft: {type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null
	/** who wrote it */
	draft_by: string|null
	/** why it came back */
	review_note: string
	/** times given */
	used: number
	/** times doubted since it was published */
	doubts: number
	/** the last doubts */
	doubt_words: string
	/** times published */
	edition: number
	/** time */
	published_at: string|null
	/** who */
	published_by: string|null
	/** version */
	version: number
	/** newest first */
	editions: {edition:number,document:Record<string,unknown>,by:string|null,at:string}[]
}
export interface HotlineArticlePutInput {
	/** article */
	id: string
	/** as read */
	version: number
	/** of calls it is for; all when left out */
	type?: 'consult' | 'suggest' | 'help' | 'complain' | 'report'
	/** the question as people ask it */
	title: string
	/** what is answered, as it is said */
	answer: string
	/** other words to find it by */
	keywords?: string
	/** whose answer it is; the centre's when left out */
	org_id?: string
	/** no end when left out */
	valid_until?: string
	/** for review; else it stays a draft */
	submit?: boolean
}
/** Writes its next edition; the published one stays until that is reviewed. */
export const hotlineArticlePut = (input: HotlineArticlePutInput) =>
	call<HotlineArticlePutOutput>('PUT', `/hotline/articles/${encodeURIComponent(input.id)}`, { body: { version: input.version, type: input.type, title: input.title, answer: input.answer, keywords: input.keywords, org_id: input.org_id, valid_until: input.valid_until, submit: input.submit } })
export interface HotlineArticleRetireOutput {
	/** article */
	article_id: string
	/** knowledge or template */
	kind: string
	/** of calls it is for, empty: all */
	type: string
	/** as published */
	title: string
	/** as published */
	answer: string
	/** as published */
	keywords: string
	/** whose answer */
	org_id: string|null
	/** whose answer */
	org_name: string|null
	/** end */
	valid_until: string|null
	/** draft, published, retired */
	state: string
	/** empty, draft, review, returned */
	draft_state: string
	/** proposed */
	draft: {type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null
	/** who wrote it */
	draft_by: string|null
	/** why it came back */
	review_note: string
	/** times given */
	used: number
	/** times doubted since it was published */
	doubts: number
	/** the last doubts */
	doubt_words: string
	/** times published */
	edition: number
	/** time */
	published_at: string|null
	/** who */
	published_by: string|null
	/** version */
	version: number
	/** newest first */
	editions: {edition:number,document:Record<string,unknown>,by:string|null,at:string}[]
}
export interface HotlineArticleRetireInput {
	/** article */
	id: string
	/** as read */
	version: number
}
/** It is given no longer. */
export const hotlineArticleRetire = (input: HotlineArticleRetireInput) =>
	call<HotlineArticleRetireOutput>('POST', `/hotline/articles/${encodeURIComponent(input.id)}/retire`, { body: { version: input.version } })
export interface HotlineArticleReviewOutput {
	/** article */
	article_id: string
	/** knowledge or template */
	kind: string
	/** of calls it is for, empty: all */
	type: string
	/** as published */
	title: string
	/** as published */
	answer: string
	/** as published */
	keywords: string
	/** whose answer */
	org_id: string|null
	/** whose answer */
	org_name: string|null
	/** end */
	valid_until: string|null
	/** draft, published, retired */
	state: string
	/** empty, draft, review, returned */
	draft_state: string
	/** proposed */
	draft: {type:string,title:string,answer:string,keywords:string,org_id:string,valid_until_us:number}|null
	/** who wrote it */
	draft_by: string|null
	/** why it came back */
	review_note: string
	/** times given */
	used: number
	/** times doubted since it was published */
	doubts: number
	/** the last doubts */
	doubt_words: string
	/** times published */
	edition: number
	/** time */
	published_at: string|null
	/** who */
	published_by: string|null
	/** version */
	version: number
	/** newest first */
	editions: {edition:number,document:Record<string,unknown>,by:string|null,at:string}[]
}
export interface HotlineArticleReviewInput {
	/** article */
	id: string
	/** as read */
	version: number
	/** by another person than who wrote it */
	decision: 'publish' | 'return'
	/** needed to return it */
	note?: string
}
/** Publishes what another wrote, or returns it. */
export const hotlineArticleReview = (input: HotlineArticleReviewInput) =>
	call<HotlineArticleReviewOutput>('POST', `/hotline/articles/${encodeURIComponent(input.id)}/review`, { body: { version: input.version, decision: input.decision, note: input.note } })
export interface HotlineArticleUsedInput {
	/** article */
	id: string
	/** what is wrong with it; else it was given */
	doubt?: string
}
/** It was given as an answer, or is doubted. */
export const hotlineArticleUsed = (input: HotlineArticleUsedInput) =>
	call<void>('POST', `/hotline/articles/${encodeURIComponent(input.id)}/used`, { body: { doubt: input.doubt } })
export interface HotlineCallsOutput {
	/** newest first */
	items: {call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:string|null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,version:number,back_state:string,back_tries:number,stars:number,back_words:string,reference:string,mine:boolean,case_closed_at:string|null,paper_number:string,caller_name:string|null,caller_number:string|null}[]
	/** cursor */
	next: string|null
}
export interface HotlineCallsInput {
	/** all when left out */
	state?: 'waiting' | 'event' | 'answered' | 'transferred'
	/** all when left out */
	channel?: 'phone' | 'web' | 'mail' | 'message'
	/** only those one has taken */
	mine?: boolean
	/** what waits, by the time it came in, the longest wait first; state is not looked at */
	oldest?: boolean
	/** rows a page, 50 when left out */
	limit?: number
	/** `next` of the page before */
	after?: string
}
/** Calls of all channels, callers masked; of confidential ones shown only to who took the call and to operators who are supervisors too. */
export const hotlineCalls = (input: HotlineCallsInput = {}) =>
	call<HotlineCallsOutput>('GET', `/hotline/calls`, { query: { state: input.state, channel: input.channel, mine: input.mine, oldest: input.oldest, limit: input.limit, after: input.after } })
export interface HotlineCallOutput {
	/** call */
	call_id: string
	/** version */
	version: number
}
export interface HotlineCallInput {
	/** how it came */
	channel: 'phone' | 'web' | 'mail' | 'message'
	/** 咨询 建议 求助 投诉 举报 */
	type: 'consult' | 'suggest' | 'help' | 'complain' | 'report'
	/** what is asked or told */
	words: string
	/** 3 to 20 digits, sealed */
	caller_number?: string
	/** sealed */
	caller_name?: string
	/** handlers never learn of the caller; when left out, calls of type report are */
	confidential?: boolean
	/** the switch's or sender's own number of it, each once */
	reference?: string
	/** the number of the sheet it was written on during an outage, each once */
	paper_number?: string
	/** now when left out; not in the future */
	received_at?: string
}
/** Puts a call, mail or message into the one queue; a person's own phone call is that person's. */
export const hotlineCall = (input: HotlineCallInput) =>
	call<HotlineCallOutput>('POST', `/hotline/calls`, { body: { channel: input.channel, type: input.type, words: input.words, caller_number: input.caller_number, caller_name: input.caller_name, confidential: input.confidential, reference: input.reference, paper_number: input.paper_number, received_at: input.received_at } })
export interface HotlineCallsBackOutput {
	/** newest first */
	items: {call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:string|null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,version:number,back_state:string,back_tries:number,stars:number,back_words:string,reference:string,mine:boolean,case_closed_at:string|null,paper_number:string,caller_name:string|null,caller_number:string|null}[]
	/** cursor */
	next: string|null
}
/** Callers to be called back now: their events are closed. */
export const hotlineCallsBack = () =>
	call<HotlineCallsBackOutput>('GET', `/hotline/calls/back`)
export interface HotlineByNumberOutput {
	/** newest first */
	items: {call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:string|null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,version:number,back_state:string,back_tries:number,stars:number,back_words:string,reference:string,mine:boolean,case_closed_at:string|null,paper_number:string,caller_name:string|null,caller_number:string|null}[]
	/** cursor */
	next: string|null
}
export interface HotlineByNumberInput {
	/** of the caller */
	number: string
}
/** A caller's earlier calls and what became of them, at most 200. */
export const hotlineByNumber = (input: HotlineByNumberInput) =>
	call<HotlineByNumberOutput>('POST', `/hotline/calls/by-number`, { body: { number: input.number } })
export interface HotlineCallsCountsOutput {
	/** calls and messages that wait */
	waiting: number
	/** of these nobody has taken */
	free: number
	/** when the one came in that waits longest */
	oldest_at: string|null
	/** callers who are to be called back now */
	back: number
}
/** How many wait, and since when. */
export const hotlineCallsCounts = () =>
	call<HotlineCallsCountsOutput>('GET', `/hotline/calls/counts`)
export interface HotlineCallGetOutput {
	/** the call */
	items: {call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:string|null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,version:number,back_state:string,back_tries:number,stars:number,back_words:string,reference:string,mine:boolean,case_closed_at:string|null,paper_number:string,caller_name:string|null,caller_number:string|null}[]
	/** null */
	next: string|null
}
export interface HotlineCallGetInput {
	/** call */
	id: string
}
/** One call with its caller in clear. */
export const hotlineCallGet = (input: HotlineCallGetInput) =>
	call<HotlineCallGetOutput>('GET', `/hotline/calls/${encodeURIComponent(input.id)}`)
export interface HotlineCallBackOutput {
	/** the call */
	items: {call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:string|null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,version:number,back_state:string,back_tries:number,stars:number,back_words:string,reference:string,mine:boolean,case_closed_at:string|null,paper_number:string,caller_name:string|null,caller_number:string|null}[]
	/** null */
	next: string|null
}
export interface HotlineCallBackInput {
	/** call */
	id: string
	/** of the call as read */
	version: number
	/** declined: the caller does not want to say */
	outcome: 'answered' | 'unreachable' | 'declined'
	/** with answered: how content, 5 the most */
	stars?: number
	/** what the caller said; needed to open it again */
	words?: string
	/** with answered: the event is opened again */
	reopen?: boolean
}
/** A caller was called back: the event is rated, opened again, or the call is tried later. */
export const hotlineCallBack = (input: HotlineCallBackInput) =>
	call<HotlineCallBackOutput>('POST', `/hotline/calls/${encodeURIComponent(input.id)}/back`, { body: { version: input.version, outcome: input.outcome, stars: input.stars, words: input.words, reopen: input.reopen } })
export interface HotlineClaimOutput {
	/** the call */
	items: {call_id:string,channel:string,type:string,words:string,confidential:boolean,state:string,ending:string,operator:string|null,case_id:string|null,case_number:string|null,case_state:string|null,received_at:string,ended_at:string|null,version:number,back_state:string,back_tries:number,stars:number,back_words:string,reference:string,mine:boolean,case_closed_at:string|null,paper_number:string,caller_name:string|null,caller_number:string|null}[]
	/** null */
	next: string|null
}
export interface HotlineClaimInput {
	/** call */
	id: string
	/** gives it back */
	release?: boolean
}
/** Takes a waiting call, or gives it back. */
export const hotlineClaim = (input: HotlineClaimInput) =>
	call<HotlineClaimOutput>('POST', `/hotline/calls/${encodeURIComponent(input.id)}/claim`, { body: { release: input.release } })
export interface HotlineCallEndOutput {
	/** call */
	call_id: string
	/** version */
	version: number
}
export interface HotlineCallEndInput {
	/** call */
	id: string
	/** of the call as read */
	version: number
	/** answered at once, or put through */
	outcome: 'answered' | 'transferred'
	/** the answer, or to whom it was put through */
	words: string
}
/** A waiting call is answered at once or put through. */
export const hotlineCallEnd = (input: HotlineCallEndInput) =>
	call<HotlineCallEndOutput>('POST', `/hotline/calls/${encodeURIComponent(input.id)}/end`, { body: { version: input.version, outcome: input.outcome, words: input.words } })
export interface HotlineCallEventOutput {
	/** call */
	call_id: string
	/** version */
	version: number
	/** event */
	case_id: string
	/** its number */
	number: string
}
export interface HotlineCallEventInput {
	/** call */
	id: string
	/** of the call as read */
	version: number
	/** an open event that this is the same as: no other is made */
	case_id?: string
	/** else: a small class of GET /event-classes */
	class_code?: string
	/** longitude, CGCS2000 degrees */
	lon?: number
	/** latitude, CGCS2000 degrees */
	lat?: number
	/** where, in words */
	address?: string
}
/** A waiting call becomes an event of the city. */
export const hotlineCallEvent = (input: HotlineCallEventInput) =>
	call<HotlineCallEventOutput>('POST', `/hotline/calls/${encodeURIComponent(input.id)}/event`, { body: { version: input.version, case_id: input.case_id, class_code: input.class_code, lon: input.lon, lat: input.lat, address: input.address } })
export interface HotlineRecordingsOutput {
	/** in the order they came */
	items: {recording_id:string,type:string,size:number,sha256:string,created_at:string}[]
	/** there is one page */
	next: null
}
export interface HotlineRecordingsInput {
	/** call */
	id: string
}
/** Recordings of a call. */
export const hotlineRecordings = (input: HotlineRecordingsInput) =>
	call<HotlineRecordingsOutput>('GET', `/hotline/calls/${encodeURIComponent(input.id)}/recordings`)
export interface HotlineCtiInput {
	/** the switch's number of the call */
	reference: string
	/** of the agent */
	extension: string
	/** what comes late does not turn it back */
	state: 'ringing' | 'answered' | 'ended'
	/** 3 to 20 digits, sealed; none when it is withheld */
	caller_number?: string
}
/** The switch tells that an agent's telephone rings, was answered, was hung up. */
export const hotlineCti = (input: HotlineCtiInput) =>
	call<void>('POST', `/hotline/cti`, { body: { reference: input.reference, extension: input.extension, state: input.state, caller_number: input.caller_number } })
export interface HotlineExtensionOutput {
	/** empty: none */
	extension: string
}
/** The telephone one sits at. */
export const hotlineExtension = () =>
	call<HotlineExtensionOutput>('GET', `/hotline/extension`)
export interface HotlineExtensionPutOutput {
	/** empty: none */
	extension: string
}
export interface HotlineExtensionPutInput {
	/** of the telephone one sits at; empty: none */
	extension: string
}
/** Sits down at a telephone: whoever had it, has it no longer. */
export const hotlineExtensionPut = (input: HotlineExtensionPutInput) =>
	call<HotlineExtensionPutOutput>('PUT', `/hotline/extension`, { body: { extension: input.extension } })
export interface HotlineNumberBlocksOutput {
	/** newest first */
	items: {block_id:string,desk:string,first:string,last:string,issued_at:string,total:number,used:number,void:number,missing:number}[]
	/** there is one page */
	next: null
}
/** Blocks of such numbers, and how many are missing. */
export const hotlineNumberBlocks = () =>
	call<HotlineNumberBlocksOutput>('GET', `/hotline/numbers`)
export interface HotlineNumbersIssueOutput {
	/** block */
	block_id: string
	/** number */
	first: string
	/** number */
	last: string
}
export interface HotlineNumbersIssueInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** how many */
	count: number
}
/** Gives out numbers for calls taken on paper during an outage. */
export const hotlineNumbersIssue = (input: HotlineNumbersIssueInput) =>
	call<HotlineNumbersIssueOutput>('POST', `/hotline/numbers`, { body: { desk: input.desk, count: input.count } })
export interface HotlineNumbersOutput {
	/** in order */
	items: {number:string,state:"issued"|"used"|"void",call_id:string|null,reason:string,received_at:string|null}[]
	/** there is one page */
	next: null
}
export interface HotlineNumbersInput {
	/** block */
	id: string
}
/** The numbers of a block. */
export const hotlineNumbers = (input: HotlineNumbersInput) =>
	call<HotlineNumbersOutput>('GET', `/hotline/numbers/${encodeURIComponent(input.id)}`)
export interface HotlineNumbersVoidOutput {
	/** how many */
	voided: number
}
export interface HotlineNumbersVoidInput {
	/** block */
	id: string
	/** only this one; all missing ones when left out */
	number?: string
	/** lost, spoilt, not needed */
	reason: string
}
/** Gives back numbers that nothing was written under. */
export const hotlineNumbersVoid = (input: HotlineNumbersVoidInput) =>
	call<HotlineNumbersVoidOutput>('POST', `/hotline/numbers/${encodeURIComponent(input.id)}/void`, { body: { number: input.number, reason: input.reason } })
export interface HotlineRecordingOutput {
	/** the same when the same file comes again */
	recording_id: string
	/** whose it is */
	call_id: string
}
export interface HotlineRecordingInput {
	/** the call */
	call_id?: string
	/** or the switch's number of it */
	reference?: string
}
export interface HotlineRecordingsFilesOutput {
	/** newest first; long numbers in names are masked */
	items: {drop_id:string,size:number,state:"taken"|"refused",rule:""|"name"|"no_call"|"sound_type"|"empty"|"size"|"kind",at:string,name:string,call_id:string|null}[]
	/** cursor of the next page */
	next: string|null
}
export interface HotlineRecordingsFilesInput {
	/** both when left out */
	state?: 'taken' | 'refused'
	/** rows a page, 50 when left out */
	limit?: number
	/** `next` of the page before */
	after?: string
}
/** Files of that folder that were taken over or refused. */
export const hotlineRecordingsFiles = (input: HotlineRecordingsFilesInput = {}) =>
	call<HotlineRecordingsFilesOutput>('GET', `/hotline/recordings/files`, { query: { state: input.state, limit: input.limit, after: input.after } })
export interface HotlineRecordingsFolderOutput {
	/** whether a folder is set up */
	on: boolean
	/** how their names are read */
	name: string
	/** when it was last looked at */
	at: string|null
	/** files that wait for their call, or are being written */
	waiting: number
	/** of those */
	oldest_at: string|null
	/** what stands in the way */
	problem: ""|"no_folder"|"no_right"|"in_state"|"full"
}
/** The folder from which recordings are taken over: when it was looked at, what waits. */
export const hotlineRecordingsFolder = () =>
	call<HotlineRecordingsFolderOutput>('GET', `/hotline/recordings/folder`)
export interface HotlineRecordingsLookOutput {
	/** whether a folder is set up */
	on: boolean
	/** how their names are read */
	name: string
	/** when it was last looked at */
	at: string|null
	/** files that wait for their call, or are being written */
	waiting: number
	/** of those */
	oldest_at: string|null
	/** what stands in the way */
	problem: ""|"no_folder"|"no_right"|"in_state"|"full"
}
/** Looks at that folder now. */
export const hotlineRecordingsLook = () =>
	call<HotlineRecordingsLookOutput>('POST', `/hotline/recordings/folder/look`)
export interface HotlineRecordingPlayInput {
	/** recording */
	id: string
}
export interface HotlineRingsOutput {
	/** newest first */
	items: {reference:string,caller_number:string,state:string,at:string}[]
	/** one page */
	next: null
}
/** Calls at one's own telephone that are not taken down yet. */
export const hotlineRings = () =>
	call<HotlineRingsOutput>('GET', `/hotline/rings`)
export interface CaseInboxOutput {
	/** least time left first */
	items: {case_id:string,number:string,outside_platform:string,outside_number:string,title:string,process:string,process_title:string,process_title_en:string,state:string,state_title:string,state_title_en:string,outcome:string,turn:"asker"|"supplier"|"bureau"|"field"|"lead"|"",resource_id:string|null,asker_org_id:string|null,asker_org_name:string|null,asker_name:string|null,supplier_org_id:string|null,supplier_org_name:string|null,grant_id:string|null,begun_at:string,due_at:string|null,remind_at:string|null,paused_at:string|null,light:"green"|"amber"|"red"|"paused"|"none",pressed:""|"urge"|"supervise"|"circular",left_s:number|null,left_work_s:number|null,created_at:string,updated_at:string,closed_at:string|null,version:number,line:"sharing"|"city",kind:string,level:number,returns:number,reworks:number,postpones:number,hangs:number,children_open:number,centre_org_id:string|null,centre_org_name:string|null,field_org_id:string|null,field_org_name:string|null,field_account_id:string|null,field_name:string|null}[]
	/** cursor */
	next: string|null
}
export interface CaseInboxInput {
	/** "next" of the page before */
	after?: string
	/** only cases of this light */
	light?: 'green' | 'amber' | 'red' | 'paused'
	/** only cases of this line */
	line?: 'sharing' | 'city'
	/** rows a page, 50 when left out */
	limit?: number
}
/** Cases whose turn is the caller's, least time left first. */
export const caseInbox = (input: CaseInboxInput = {}) =>
	call<CaseInboxOutput>('GET', `/inbox`, { query: { after: input.after, light: input.light, line: input.line, limit: input.limit } })
export interface CaseInboxCountsOutput {
	/** cases whose turn is mine, counted up to 1,000 */
	waiting: number
	/** of these past their due time */
	red: number
	/** of these near it */
	amber: number
}
/** How many wait and how late. */
export const caseInboxCounts = () =>
	call<CaseInboxCountsOutput>('GET', `/inbox/counts`)
export interface JobListOutput {
	/** newest first */
	items: Job[]
	/** cursor of the next page */
	next: string|null
}
export interface JobListInput {
	/** only jobs of this resource */
	resource?: string
	/** only jobs in this state */
	state?: 'queued' | 'running' | 'reconciled' | 'failed' | 'cancelled'
	/** only jobs I created */
	mine?: boolean
	/** cursor: next of the page before */
	after?: string
	/** jobs a page, 50 when absent */
	limit?: number
}
/** Lists jobs of one's own organisation (the data bureau: all), newest first. */
export const jobList = (input: JobListInput = {}) =>
	call<JobListOutput>('GET', `/jobs`, { query: { resource: input.resource, state: input.state, mine: input.mine, after: input.after, limit: input.limit } })
export interface JobGetOutput {
	/** job */
	job_id: string
	/** what it does, e.g. exchange.load */
	kind: string
	/** resource it works on, 0 = none */
	resource_id: string
	/** its name */
	resource_name: string|null
	/** organisation it belongs to */
	org_id: string
	/** how far it is */
	state: "queued"|"running"|"reconciled"|"failed"|"cancelled"
	/** what it does now */
	stage: string
	/** of total, in this stage: bytes of the file while it is read, else rows */
	done: number
	/** null = not known */
	total: number|null
	/** a second, in this stage */
	rate: number|null
	/** seconds this stage still takes at this rate */
	eta_s: number|null
	/** the last ten */
	messages: {at: string, text: string}[]
	/** as given at creation */
	args: unknown
	/** when reconciled */
	result: unknown
	/** code, message, field, value, rule, advice when failed or waiting to try again */
	error: unknown
	/** account */
	created_by: string
	/** its name; null for the program itself */
	created_by_name: string|null
	/** time */
	created_at: string
	/** time of the first run */
	started_at: string|null
	/** time */
	finished_at: string|null
	/** runs so far: more than 1 after a take-over or resume */
	attempt: number
	/** asked to stop */
	cancel_requested: boolean
	/** rises with each change */
	version: number
}
export interface JobGetInput {
	/** job */
	id: string
}
/** Gives one job with its progress and result: to whoever began it, and with jobs.read to its organisation. */
export const jobGet = (input: JobGetInput) =>
	call<JobGetOutput>('GET', `/jobs/${encodeURIComponent(input.id)}`)
export interface JobCancelOutput {
	/** job */
	job_id: string
	/** what it does, e.g. exchange.load */
	kind: string
	/** resource it works on, 0 = none */
	resource_id: string
	/** its name */
	resource_name: string|null
	/** organisation it belongs to */
	org_id: string
	/** how far it is */
	state: "queued"|"running"|"reconciled"|"failed"|"cancelled"
	/** what it does now */
	stage: string
	/** of total, in this stage: bytes of the file while it is read, else rows */
	done: number
	/** null = not known */
	total: number|null
	/** a second, in this stage */
	rate: number|null
	/** seconds this stage still takes at this rate */
	eta_s: number|null
	/** the last ten */
	messages: {at: string, text: string}[]
	/** as given at creation */
	args: unknown
	/** when reconciled */
	result: unknown
	/** code, message, field, value, rule, advice when failed or waiting to try again */
	error: unknown
	/** account */
	created_by: string
	/** its name; null for the program itself */
	created_by_name: string|null
	/** time */
	created_at: string
	/** time of the first run */
	started_at: string|null
	/** time */
	finished_at: string|null
	/** runs so far: more than 1 after a take-over or resume */
	attempt: number
	/** asked to stop */
	cancel_requested: boolean
	/** rises with each change */
	version: number
}
export interface JobCancelInput {
	/** job */
	id: string
}
/** Asks a job to stop; a queued one ends at once. */
export const jobCancel = (input: JobCancelInput) =>
	call<JobCancelOutput>('POST', `/jobs/${encodeURIComponent(input.id)}/cancel`)
export interface ExchangeReceiptOutput {
	/** who sent what, when, how many, which digest */
	receipt: Record<string, unknown>
	/** Ed25519, hex */
	public_key: string
	/** Ed25519 over the receipt as compact JSON with sorted keys, hex */
	signature: string
}
export interface ExchangeReceiptInput {
	/** job */
	id: string
}
/** The signed batch receipt of a reconciled job. */
export const exchangeReceipt = (input: ExchangeReceiptInput) =>
	call<ExchangeReceiptOutput>('GET', `/jobs/${encodeURIComponent(input.id)}/receipt`)
export interface JobResumeOutput {
	/** job */
	job_id: string
	/** what it does, e.g. exchange.load */
	kind: string
	/** resource it works on, 0 = none */
	resource_id: string
	/** its name */
	resource_name: string|null
	/** organisation it belongs to */
	org_id: string
	/** how far it is */
	state: "queued"|"running"|"reconciled"|"failed"|"cancelled"
	/** what it does now */
	stage: string
	/** of total, in this stage: bytes of the file while it is read, else rows */
	done: number
	/** null = not known */
	total: number|null
	/** a second, in this stage */
	rate: number|null
	/** seconds this stage still takes at this rate */
	eta_s: number|null
	/** the last ten */
	messages: {at: string, text: string}[]
	/** as given at creation */
	args: unknown
	/** when reconciled */
	result: unknown
	/** code, message, field, value, rule, advice when failed or waiting to try again */
	error: unknown
	/** account */
	created_by: string
	/** its name; null for the program itself */
	created_by_name: string|null
	/** time */
	created_at: string
	/** time of the first run */
	started_at: string|null
	/** time */
	finished_at: string|null
	/** runs so far: more than 1 after a take-over or resume */
	attempt: number
	/** asked to stop */
	cancel_requested: boolean
	/** rises with each change */
	version: number
}
export interface JobResumeInput {
	/** job */
	id: string
}
/** Queues a failed or cancelled job again; it goes on from its last checkpoint. */
export const jobResume = (input: JobResumeInput) =>
	call<JobResumeOutput>('POST', `/jobs/${encodeURIComponent(input.id)}/resume`)
export interface KeyRevokeInput {
	/** key */
	id: string
}
/** Revokes a key at once. */
export const keyRevoke = (input: KeyRevokeInput) =>
	call<void>('DELETE', `/keys/${encodeURIComponent(input.id)}`)
export interface MapClassesOutput {
	/** whose values */
	field: string
	/** in order; from belongs to a range, to does not */
	items: { value?: unknown; from?: unknown; to?: unknown; count?: number }[]
	/** records in them */
	total: number
}
export interface MapClassesInput {
	/** a collection's id */
	resource: string
	/** whose values */
	field: string
	/** most frequent values, equal ranges, or ranges of equally many records */
	method: 'unique' | 'equal' | 'quantile'
	/** classes, 5 when not given */
	count?: number
}
/** Classes of the values of a layer's field. */
export const mapClasses = (input: MapClassesInput) =>
	call<MapClassesOutput>('GET', `/map/classes/${encodeURIComponent(input.resource)}`, { query: { field: input.field, method: input.method, count: input.count } })
export interface MapLayersOutput {
	/** located resources that the caller sees, with the fields given clear */
	items: { resource_id: string; collection: string; name: string; kind: "points" | "shapes"; time_field: string | null; fields: { name: string; title: string; kind: string }[]; style: Record<string, unknown> | null; may_style: boolean; open: boolean }[]
	/** there is one page */
	next: null
}
/** Located resources that the caller may see on the map, by grants and of what is open. */
export const mapLayers = () =>
	call<MapLayersOutput>('GET', `/map/layers`)
export interface MapStyleOutput {
	/** in force; 0 = none */
	version: number
	/** the caller is of the supplier */
	may_change: boolean
	/** of what the caller sees */
	style: Record<string, unknown> | null
	/** newest first; for who may change it */
	versions: { version: number; note: string; made_by: string; made_at: string; style: Record<string, unknown> }[]
}
export interface MapStyleInput {
	/** resource */
	id: string
}
/** How a layer looks. */
export const mapStyle = (input: MapStyleInput) =>
	call<MapStyleOutput>('GET', `/map/styles/${encodeURIComponent(input.id)}`)
export interface MapStylePutOutput {
	/** now in force */
	version: number
}
export interface MapStylePutInput {
	/** resource */
	id: string
	/** that was read; 0 = there was none */
	version: number
	/** {colour, shape, size, width, fill, field, steps: [{value | from, to, colour, shape, size, title}], label, base: zoom level from which it lies under every map, 0..20; none: it does not} */
	style: unknown
	/** what was changed */
	note?: string
}
/** The supplier sets how its layer looks: a new version. */
export const mapStylePut = (input: MapStylePutInput) =>
	call<MapStylePutOutput>('PUT', `/map/styles/${encodeURIComponent(input.id)}`, { body: { version: input.version, style: input.style, note: input.note } })
export interface MeasureMaterialsOutput {
	/** by import */
	items: {material_id:string,item_code:string,item_name:string,org_id:string,org_name:string,material:string,basis:string,resource_id:string|null,resource_name:string|null,matched_by:string,decided:boolean,version:number}[]
	/** for `after` */
	next: string|null
}
export interface MeasureMaterialsInput {
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** only those with, or without, an entry that could supply them */
	matched?: boolean
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** What service items ask people to bring, and which entry could supply it. */
export const measureMaterials = (input: MeasureMaterialsInput = {}) =>
	call<MeasureMaterialsOutput>('GET', `/materials`, { query: { org: input.org, matched: input.matched, after: input.after, limit: input.limit } })
export interface MeasureMaterialsImportOutput {
	/** rows */
	added: number
	/** rows */
	changed: number
	/** rows that were so already */
	same: number
	/** rows that did not fit */
	refused: number
	/** the first 200 of them */
	failed: {row_no:number,field:string,value:string,message:string,advice:string}[]
}
export interface MeasureMaterialsImportInput {
	/** file name, for messages */
	name: string
}
export interface MeasureMaterialDecideInput {
	/** material */
	id: string
	/** version that was seen */
	version: number
	/** the entry that supplies it; left out: none does */
	resource_id?: string
}
/** Says which entry supplies a material, or that none does. */
export const measureMaterialDecide = (input: MeasureMaterialDecideInput) =>
	call<void>('POST', `/materials/${encodeURIComponent(input.id)}`, { body: { version: input.version, resource_id: input.resource_id } })
export interface NoticeMessageOutput {
	/** what was sent */
	notice_id: string
	/** its conversation */
	thread_id: string
	/** to how many */
	readers: number
}
export interface NoticeMessageInput {
	/** array of 1 to 50 account ids (GET /staff) */
	to: unknown
	/** may be left out */
	title?: string
	/** text, at most 4,000 characters */
	body: string
	/** address of a page of this program it is about, /requests/1 */
	about?: string
	/** readers are asked to confirm that they have taken note */
	confirm?: boolean
	/** a message one sent or got: this one joins its conversation */
	reply_to?: string
}
/** Writes a message to people by name. */
export const noticeMessage = (input: NoticeMessageInput) =>
	call<NoticeMessageOutput>('POST', `/messages`, { body: { to: input.to, title: input.title, body: input.body, about: input.about, confirm: input.confirm, reply_to: input.reply_to } })
export interface NoticeListOutput {
	/** newest first */
	items: {notice_id: string, kind: string, thread_id: string, sender_account: string | null, sender_name: string, sender_org_name: string, title: string, body: string, title_en: string, body_en: string, about: string, confirm: boolean, readers: number, sent_at: string, withdrawn_at: string | null, withdrawn_note: string, version: number, read_at: string | null, confirmed_at: string | null, read_count: number}[]
	/** cursor of the next page */
	next: string|null
}
export interface NoticeListInput {
	/** what one got (in, the default) or sent */
	box?: 'in' | 'sent'
	/** only these */
	kind?: 'message' | 'notice'
	/** only about this page, /events/1 */
	about?: string
	/** only what one has not read; of box in */
	unread?: boolean
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Messages and notices one got or sent. */
export const noticeList = (input: NoticeListInput = {}) =>
	call<NoticeListOutput>('GET', `/notices`, { query: { box: input.box, kind: input.kind, about: input.about, unread: input.unread, after: input.after, limit: input.limit } })
export interface NoticeSendOutput {
	/** what was sent */
	notice_id: string
	/** its conversation */
	thread_id: string
	/** to how many */
	readers: number
}
export interface NoticeSendInput {
	/** {orgs: [id], roles: [name], below: with the organisations under them}: whoever is of one of the organisations (none: of any) and has one of the roles (none: any) */
	to: unknown
	/** title */
	title: string
	/** text, at most 4,000 characters */
	body: string
	/** address of a page of this program it is about */
	about?: string
	/** readers are asked to confirm that they have taken note */
	confirm?: boolean
}
/** Sends a notice to whoever is of the organisations and roles named. */
export const noticeSend = (input: NoticeSendInput) =>
	call<NoticeSendOutput>('POST', `/notices`, { body: { to: input.to, title: input.title, body: input.body, about: input.about, confirm: input.confirm } })
export interface NoticeCountsOutput {
	/** not read */
	unread: number
	/** asked for, not confirmed */
	unconfirmed: number
}
/** How much is new. */
export const noticeCounts = () =>
	call<NoticeCountsOutput>('GET', `/notices/counts`)
export interface NoticeGetOutput {
	/** id */
	notice_id: string
	/** kind */
	kind: "message"|"notice"
	/** its conversation */
	thread_id: string
	/** null: the program */
	sender_account: string|null
	/** name */
	sender_name: string
	/** organisation */
	sender_org_name: string
	/** title */
	title: string
	/** text; empty when it was withdrawn */
	body: string
	/** of what the program says: the same in English; empty: what a person wrote */
	title_en: string
	/** likewise */
	body_en: string
	/** page it is about, or empty */
	about: string
	/** asks to be confirmed */
	confirm: boolean
	/** to how many */
	readers: number
	/** time */
	sent_at: string
	/** time */
	withdrawn_at: string|null
	/** why */
	withdrawn_note: string
	/** for withdrawing */
	version: number
	/** when one read it */
	read_at: string|null
	/** when one confirmed it */
	confirmed_at: string|null
	/** how many have read it */
	read_count: number
	/** the conversation as far as one is in it, newest first, at most 100 */
	thread: {notice_id: string, kind: string, thread_id: string, sender_account: string | null, sender_name: string, sender_org_name: string, title: string, body: string, title_en: string, body_en: string, about: string, confirm: boolean, readers: number, sent_at: string, withdrawn_at: string | null, withdrawn_note: string, version: number, read_at: string | null, confirmed_at: string | null, read_count: number}[]
}
export interface NoticeGetInput {
	/** message or notice */
	id: string
}
/** One message or notice with its conversation. */
export const noticeGet = (input: NoticeGetInput) =>
	call<NoticeGetOutput>('GET', `/notices/${encodeURIComponent(input.id)}`)
export interface NoticeReadOutput {
	/** id */
	notice_id: string
	/** kind */
	kind: "message"|"notice"
	/** its conversation */
	thread_id: string
	/** null: the program */
	sender_account: string|null
	/** name */
	sender_name: string
	/** organisation */
	sender_org_name: string
	/** title */
	title: string
	/** text; empty when it was withdrawn */
	body: string
	/** of what the program says: the same in English; empty: what a person wrote */
	title_en: string
	/** likewise */
	body_en: string
	/** page it is about, or empty */
	about: string
	/** asks to be confirmed */
	confirm: boolean
	/** to how many */
	readers: number
	/** time */
	sent_at: string
	/** time */
	withdrawn_at: string|null
	/** why */
	withdrawn_note: string
	/** for withdrawing */
	version: number
	/** when one read it */
	read_at: string|null
	/** when one confirmed it */
	confirmed_at: string|null
	/** how many have read it */
	read_count: number
	/** the conversation as far as one is in it, newest first, at most 100 */
	thread: {notice_id: string, kind: string, thread_id: string, sender_account: string | null, sender_name: string, sender_org_name: string, title: string, body: string, title_en: string, body_en: string, about: string, confirm: boolean, readers: number, sent_at: string, withdrawn_at: string | null, withdrawn_note: string, version: number, read_at: string | null, confirmed_at: string | null, read_count: number}[]
}
export interface NoticeReadInput {
	/** message or notice */
	id: string
	/** note was taken, as was asked for */
	confirm?: boolean
}
/** Says that one has read it, or confirms it: its sender sees when. */
export const noticeRead = (input: NoticeReadInput) =>
	call<NoticeReadOutput>('POST', `/notices/${encodeURIComponent(input.id)}/read`, { body: { confirm: input.confirm } })
export interface NoticeReceiptsOutput {
	/** readers */
	items: {account_id: string, name: string, org_name: string, read_at: string | null, confirmed_at: string | null}[]
	/** cursor of the next page */
	next: string|null
}
export interface NoticeReceiptsInput {
	/** message or notice */
	id: string
	/** only those who have, or have not, read it */
	state?: 'read' | 'unread'
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Who has read what one sent, and when. */
export const noticeReceipts = (input: NoticeReceiptsInput) =>
	call<NoticeReceiptsOutput>('GET', `/notices/${encodeURIComponent(input.id)}/receipts`, { query: { state: input.state, after: input.after, limit: input.limit } })
export interface NoticeWithdrawOutput {
	/** id */
	notice_id: string
	/** kind */
	kind: "message"|"notice"
	/** its conversation */
	thread_id: string
	/** null: the program */
	sender_account: string|null
	/** name */
	sender_name: string
	/** organisation */
	sender_org_name: string
	/** title */
	title: string
	/** text; empty when it was withdrawn */
	body: string
	/** of what the program says: the same in English; empty: what a person wrote */
	title_en: string
	/** likewise */
	body_en: string
	/** page it is about, or empty */
	about: string
	/** asks to be confirmed */
	confirm: boolean
	/** to how many */
	readers: number
	/** time */
	sent_at: string
	/** time */
	withdrawn_at: string|null
	/** why */
	withdrawn_note: string
	/** for withdrawing */
	version: number
	/** when one read it */
	read_at: string|null
	/** when one confirmed it */
	confirmed_at: string|null
	/** how many have read it */
	read_count: number
	/** the conversation as far as one is in it, newest first, at most 100 */
	thread: {notice_id: string, kind: string, thread_id: string, sender_account: string | null, sender_name: string, sender_org_name: string, title: string, body: string, title_en: string, body_en: string, about: string, confirm: boolean, readers: number, sent_at: string, withdrawn_at: string | null, withdrawn_note: string, version: number, read_at: string | null, confirmed_at: string | null, read_count: number}[]
}
export interface NoticeWithdrawInput {
	/** message or notice */
	id: string
	/** version read before */
	version: number
	/** why; its readers see it */
	note: string
}
/** Takes one's own message or notice back: its words are no longer shown. */
export const noticeWithdraw = (input: NoticeWithdrawInput) =>
	call<NoticeWithdrawOutput>('POST', `/notices/${encodeURIComponent(input.id)}/withdraw`, { body: { version: input.version, note: input.note } })
export interface NotifyReadOutput {
	/** an address is set */
	webhook: boolean
	/** a mail relay is set */
	mail: boolean
	/** key of the signature, for the receiver */
	webhook_key: string
	/** the last 50 receipts; case_id null: a test */
	attempts: {case_id:string,number:string,channel:string,at:string,sent:boolean,detail:string,receipt:"underway"|"delivered"|"failed"|null}[]
	/** the SMS gateway; url empty: none */
	sms: {url:string,method:"get"|"form"|"json",fields:string,header:string,accept:string,id_after:string,delivered:string,failed:string,receipt_id:string,receipt_status:string,receipt_answer:string,secret_set:boolean,key:string,version:number}
}
/** Channels of reminders, the key of their signature and the last receipts. */
export const notifyRead = () =>
	call<NotifyReadOutput>('GET', `/notify`)
export interface NotifyAddressesOutput {
	/** where one's organisation hears of its work */
	items: {channel:"mail"|"mobile",address:string}[]
	/** there is one page */
	next: null
}
/** Mail addresses and mobile numbers that hear of one's organisation's work. */
export const notifyAddresses = () =>
	call<NotifyAddressesOutput>('GET', `/notify/addresses`)
export interface NotifyAddressesPutOutput {
	/** where one's organisation hears of its work */
	items: {channel:"mail"|"mobile",address:string}[]
	/** there is one page */
	next: null
}
export interface NotifyAddressesPutInput {
	/** [{channel: mail or mobile, address}]: all of one's organisation, at most 20 */
	items: unknown
}
/** Sets the addresses of one's own organisation. */
export const notifyAddressesPut = (input: NotifyAddressesPutInput) =>
	call<NotifyAddressesPutOutput>('PUT', `/notify/addresses`, { body: { items: input.items } })
export interface NotifySmsPutOutput {
	/** the SMS gateway */
	sms: {url:string,method:"get"|"form"|"json",fields:string,header:string,accept:string,id_after:string,delivered:string,failed:string,receipt_id:string,receipt_status:string,receipt_answer:string,secret_set:boolean,key:string,version:number}
}
export interface NotifySmsPutInput {
	/** address of the gateway, http or https; empty: none */
	url: string
	/** fields in the query, as a form, or a JSON body */
	method: 'get' | 'form' | 'json'
	/** get, form: name=value a line; json: a JSON object. {mobile} {mobile86} {text} {id} {key} {secret} are put in */
	fields: string
	/** one more header, {secret} is put in; empty: none */
	header: string
	/** what a good answer contains; empty: any 2xx is good */
	accept: string
	/** text of the answer that the gateway's message id follows; empty: none */
	id_after: string
	/** statuses of receipts that mean delivered, by commas */
	delivered: string
	/** statuses that mean failed, by commas */
	failed: string
	/** member of a posted receipt with the message's id; empty: none is posted */
	receipt_id: string
	/** member of a posted receipt with its status */
	receipt_status: string
	/** what posted receipts are answered with; empty: 204 */
	receipt_answer: string
	/** credential, never shown again; absent: kept while url stays the same */
	secret?: string
	/** version that was seen, 0 at first */
	version: number
}
/** Describes the SMS gateway of reminders. */
export const notifySmsPut = (input: NotifySmsPutInput) =>
	call<NotifySmsPutOutput>('PUT', `/notify/sms`, { body: { url: input.url, method: input.method, fields: input.fields, header: input.header, accept: input.accept, id_after: input.id_after, delivered: input.delivered, failed: input.failed, receipt_id: input.receipt_id, receipt_status: input.receipt_status, receipt_answer: input.receipt_answer, secret: input.secret, version: input.version } })
export interface NotifySmsTestInput {
	/** number of 11 digits */
	mobile: string
}
/** Sends a test to one number, by the way of reminders; GET /notify shows what came of it. */
export const notifySmsTest = (input: NotifySmsTestInput) =>
	call<void>('POST', `/notify/sms/test`, { body: { mobile: input.mobile } })
export interface MessageListOutput {
	/** newest first */
	items: MessageAnswerOutput[]
	/** cursor */
	next: string | null
}
export interface MessageListInput {
	/** only of this entry */
	resource?: string
	/** only those without an answer */
	waiting?: boolean
	/** next of the page before */
	after?: string
	/** items a page */
	limit?: number
}
/** What the public wrote about open data. */
export const messageList = (input: MessageListInput = {}) =>
	call<MessageListOutput>('GET', `/open-messages`, { query: { resource: input.resource, waiting: input.waiting, after: input.after, limit: input.limit } })
export interface MessageAnswerOutput {
	/** the message */
	message_id: string
	/** the entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** supplier */
	org_id: string
	/** for changes */
	version: number
	/** of the public */
	text: string
	/** of the sender; the supplier alone sees it */
	contact: string
	/** empty: none yet */
	answer: string
	/** on the public page */
	shown: boolean
	/** time */
	created_at: string | null
	/** time */
	answered_at: string | null
	/** person */
	answered_by_name: string | null
	/** the caller's own */
	may_answer: boolean
}
export interface MessageAnswerInput {
	/** as the list names it */
	id: string
	/** as last read */
	version: number
	/** what was done about it */
	answer: string
	/** question and answer on the public page */
	shown: boolean
}
/** Answer a message of the public. */
export const messageAnswer = (input: MessageAnswerInput) =>
	call<MessageAnswerOutput>('POST', `/open-messages/${encodeURIComponent(input.id)}/answer`, { body: { version: input.version, answer: input.answer, shown: input.shown } })
/** This interface as OpenAPI 3.1. */
export const systemOpenapi = () =>
	call<void>('GET', `/openapi.json`)
export interface OpeningListOutput {
	/** newest first */
	items: OpeningGetOutput[]
	/** cursor */
	next: string | null
}
export interface OpeningListInput {
	/** only in this state */
	state?: 'asked' | 'open' | 'returned' | 'withdrawn' | 'closed'
	/** only of this entry */
	resource?: string
	/** next of the page before */
	after?: string
	/** items a page */
	limit?: number
}
/** Openings of one's own organisation; the data bureau sees all. */
export const openingList = (input: OpeningListInput = {}) =>
	call<OpeningListOutput>('GET', `/openings`, { query: { state: input.state, resource: input.resource, after: input.after, limit: input.limit } })
export interface OpeningAskOutput {
	/** the opening */
	opening_id: string
	/** the entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** its code */
	code: string | null
	/** supplier */
	org_id: string
	/** its name */
	org_name: string | null
	/** asked, open, returned, withdrawn, closed */
	state: string
	/** for changes */
	version: number
	/** opened */
	fields: { no: number; name: string }[]
	/** quasi-identifiers */
	quasi: string[]
	/** key */
	licence: string
	/** how the source is named */
	attribution: string
	/** promise */
	frequency: string
	/** key */
	subject: string
	/** of the asker */
	note: string
	/** as computed when it was asked */
	checks: { quasi: string[]; k: number; rows: number; groups: number; smallest: number; below: number; rows_below: number }
	/** account */
	asked_by: string | null
	/** time */
	asked_at: string | null
	/** time */
	reviewed_at: string | null
	/** of the reviewer */
	review_note: string
	/** time */
	closed_at: string | null
	/** why */
	close_reason: string
	/** first open */
	issued_at: string | null
	/** person */
	asked_by_name: string | null
	/** person */
	reviewed_by_name: string | null
	/** person */
	closed_by_name: string | null
	/** of the public page */
	views: number
	/** of files */
	downloads: number
	/** of the data API */
	calls: number
	/** of the public, without an answer */
	messages_waiting: number
	/** public page */
	address: string | null
	/** what the caller may do now */
	may: { review: boolean; close: boolean; withdraw: boolean }
}
export interface OpeningAskInput {
	/** a published entry of one's own */
	resource_id: string
	/** array of the field names to open */
	fields: unknown
	/** array of at most 8 of them: quasi-identifiers for the k-anonymity figure */
	quasi?: unknown
	/** what users may do */
	licence: 'cc-by-4.0' | 'cc0-1.0' | 'odc-by-1.0' | 'odbl-1.0' | 'mit' | 'apache-2.0' | 'attribution'
	/** how the source is to be named */
	attribution?: string
	/** update promise to the public */
	frequency: 'realtime' | 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'irregular'
	/** under which it is found */
	subject: 'government' | 'geography' | 'environment' | 'market' | 'transport' | 'health' | 'employment' | 'education' | 'housing' | 'economy' | 'agriculture' | 'energy' | 'safety' | 'culture'
	/** for the reviewer */
	note?: string
}
/** Ask to open fields of an entry to anybody. */
export const openingAsk = (input: OpeningAskInput) =>
	call<OpeningAskOutput>('POST', `/openings`, { body: { resource_id: input.resource_id, fields: input.fields, quasi: input.quasi, licence: input.licence, attribution: input.attribution, frequency: input.frequency, subject: input.subject, note: input.note } })
export interface OpeningCheckOutput {
	/** every field of the entry; persons: values in which a citizen, mobile or bank card number stands, of the first 100,000 rows; reason: why it cannot be open */
	fields: { name: string; title: string; grade: number; chosen: boolean; persons: number; rule: string | null; reason: string | null }[]
	/** nothing chosen is refused */
	may_open: boolean
	/** quasi-identifiers */
	quasi: string[]
	/** smallest group that is asked for */
	k: number
	/** records */
	rows: number
	/** groups of equal quasi-identifiers; 0: none chosen or nothing loaded */
	groups: number
	/** records in the smallest */
	smallest: number
	/** groups with fewer than k records */
	below: number
	/** records in those */
	rows_below: number
}
export interface OpeningCheckInput {
	/** a published entry of one's own */
	resource_id: string
	/** array of the field names to open */
	fields: unknown
	/** array of at most 8 of them: quasi-identifiers for the k-anonymity figure */
	quasi?: unknown
}
/** What keeps fields from being opened, and the k-anonymity figure over the live records. */
export const openingCheck = (input: OpeningCheckInput) =>
	call<OpeningCheckOutput>('POST', `/openings/check`, { body: { resource_id: input.resource_id, fields: input.fields, quasi: input.quasi } })
export interface OpeningGetOutput {
	/** the opening */
	opening_id: string
	/** the entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** its code */
	code: string | null
	/** supplier */
	org_id: string
	/** its name */
	org_name: string | null
	/** asked, open, returned, withdrawn, closed */
	state: string
	/** for changes */
	version: number
	/** opened */
	fields: { no: number; name: string }[]
	/** quasi-identifiers */
	quasi: string[]
	/** key */
	licence: string
	/** how the source is named */
	attribution: string
	/** promise */
	frequency: string
	/** key */
	subject: string
	/** of the asker */
	note: string
	/** as computed when it was asked */
	checks: { quasi: string[]; k: number; rows: number; groups: number; smallest: number; below: number; rows_below: number }
	/** account */
	asked_by: string | null
	/** time */
	asked_at: string | null
	/** time */
	reviewed_at: string | null
	/** of the reviewer */
	review_note: string
	/** time */
	closed_at: string | null
	/** why */
	close_reason: string
	/** first open */
	issued_at: string | null
	/** person */
	asked_by_name: string | null
	/** person */
	reviewed_by_name: string | null
	/** person */
	closed_by_name: string | null
	/** of the public page */
	views: number
	/** of files */
	downloads: number
	/** of the data API */
	calls: number
	/** of the public, without an answer */
	messages_waiting: number
	/** public page */
	address: string | null
	/** what the caller may do now */
	may: { review: boolean; close: boolean; withdraw: boolean }
}
export interface OpeningGetInput {
	/** as the list names it */
	id: string
}
/** One opening with its check and its use. */
export const openingGet = (input: OpeningGetInput) =>
	call<OpeningGetOutput>('GET', `/openings/${encodeURIComponent(input.id)}`)
export interface OpeningCloseOutput {
	/** the opening */
	opening_id: string
	/** the entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** its code */
	code: string | null
	/** supplier */
	org_id: string
	/** its name */
	org_name: string | null
	/** asked, open, returned, withdrawn, closed */
	state: string
	/** for changes */
	version: number
	/** opened */
	fields: { no: number; name: string }[]
	/** quasi-identifiers */
	quasi: string[]
	/** key */
	licence: string
	/** how the source is named */
	attribution: string
	/** promise */
	frequency: string
	/** key */
	subject: string
	/** of the asker */
	note: string
	/** as computed when it was asked */
	checks: { quasi: string[]; k: number; rows: number; groups: number; smallest: number; below: number; rows_below: number }
	/** account */
	asked_by: string | null
	/** time */
	asked_at: string | null
	/** time */
	reviewed_at: string | null
	/** of the reviewer */
	review_note: string
	/** time */
	closed_at: string | null
	/** why */
	close_reason: string
	/** first open */
	issued_at: string | null
	/** person */
	asked_by_name: string | null
	/** person */
	reviewed_by_name: string | null
	/** person */
	closed_by_name: string | null
	/** of the public page */
	views: number
	/** of files */
	downloads: number
	/** of the data API */
	calls: number
	/** of the public, without an answer */
	messages_waiting: number
	/** public page */
	address: string | null
	/** what the caller may do now */
	may: { review: boolean; close: boolean; withdraw: boolean }
}
export interface OpeningCloseInput {
	/** as the list names it */
	id: string
	/** as last read */
	version: number
	/** why */
	reason: string
}
/** The supplier closes an opening, or withdraws what waits for review. */
export const openingClose = (input: OpeningCloseInput) =>
	call<OpeningCloseOutput>('POST', `/openings/${encodeURIComponent(input.id)}/close`, { body: { version: input.version, reason: input.reason } })
export interface OpeningReviewOutput {
	/** the opening */
	opening_id: string
	/** the entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** its code */
	code: string | null
	/** supplier */
	org_id: string
	/** its name */
	org_name: string | null
	/** asked, open, returned, withdrawn, closed */
	state: string
	/** for changes */
	version: number
	/** opened */
	fields: { no: number; name: string }[]
	/** quasi-identifiers */
	quasi: string[]
	/** key */
	licence: string
	/** how the source is named */
	attribution: string
	/** promise */
	frequency: string
	/** key */
	subject: string
	/** of the asker */
	note: string
	/** as computed when it was asked */
	checks: { quasi: string[]; k: number; rows: number; groups: number; smallest: number; below: number; rows_below: number }
	/** account */
	asked_by: string | null
	/** time */
	asked_at: string | null
	/** time */
	reviewed_at: string | null
	/** of the reviewer */
	review_note: string
	/** time */
	closed_at: string | null
	/** why */
	close_reason: string
	/** first open */
	issued_at: string | null
	/** person */
	asked_by_name: string | null
	/** person */
	reviewed_by_name: string | null
	/** person */
	closed_by_name: string | null
	/** of the public page */
	views: number
	/** of files */
	downloads: number
	/** of the data API */
	calls: number
	/** of the public, without an answer */
	messages_waiting: number
	/** public page */
	address: string | null
	/** what the caller may do now */
	may: { review: boolean; close: boolean; withdraw: boolean }
}
export interface OpeningReviewInput {
	/** as the list names it */
	id: string
	/** as last read */
	version: number
	/** approve opens it to anybody */
	decision: 'approve' | 'return'
	/** needed to return */
	note?: string
}
/** Open it, or return it with a reason. */
export const openingReview = (input: OpeningReviewInput) =>
	call<OpeningReviewOutput>('POST', `/openings/${encodeURIComponent(input.id)}/review`, { body: { version: input.version, decision: input.decision, note: input.note } })
export interface OpeningStopOutput {
	/** the opening */
	opening_id: string
	/** the entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** its code */
	code: string | null
	/** supplier */
	org_id: string
	/** its name */
	org_name: string | null
	/** asked, open, returned, withdrawn, closed */
	state: string
	/** for changes */
	version: number
	/** opened */
	fields: { no: number; name: string }[]
	/** quasi-identifiers */
	quasi: string[]
	/** key */
	licence: string
	/** how the source is named */
	attribution: string
	/** promise */
	frequency: string
	/** key */
	subject: string
	/** of the asker */
	note: string
	/** as computed when it was asked */
	checks: { quasi: string[]; k: number; rows: number; groups: number; smallest: number; below: number; rows_below: number }
	/** account */
	asked_by: string | null
	/** time */
	asked_at: string | null
	/** time */
	reviewed_at: string | null
	/** of the reviewer */
	review_note: string
	/** time */
	closed_at: string | null
	/** why */
	close_reason: string
	/** first open */
	issued_at: string | null
	/** person */
	asked_by_name: string | null
	/** person */
	reviewed_by_name: string | null
	/** person */
	closed_by_name: string | null
	/** of the public page */
	views: number
	/** of files */
	downloads: number
	/** of the data API */
	calls: number
	/** of the public, without an answer */
	messages_waiting: number
	/** public page */
	address: string | null
	/** what the caller may do now */
	may: { review: boolean; close: boolean; withdraw: boolean }
}
export interface OpeningStopInput {
	/** as the list names it */
	id: string
	/** as last read */
	version: number
	/** why */
	reason: string
}
/** The data bureau closes an opening. */
export const openingStop = (input: OpeningStopInput) =>
	call<OpeningStopOutput>('POST', `/openings/${encodeURIComponent(input.id)}/stop`, { body: { version: input.version, reason: input.reason } })
export interface OrgListOutput {
	/** all organisations by code */
	items: {org_id: string, code: string, name: string, name_en: string, parent_id: string | null, state: string, version: number}[]
	/** there is one page */
	next: null
}
/** Lists organisations. */
export const orgList = () =>
	call<OrgListOutput>('GET', `/orgs`)
export interface OrgCreateOutput {
	/** organisation */
	org_id: string
}
export interface OrgCreateInput {
	/** short unique code, e.g. the unified social credit code */
	code: string
	/** name */
	name: string
	/** English name */
	name_en?: string
	/** organisation above */
	parent_id?: string
}
/** Makes an organisation. */
export const orgCreate = (input: OrgCreateInput) =>
	call<OrgCreateOutput>('POST', `/orgs`, { body: { code: input.code, name: input.name, name_en: input.name_en, parent_id: input.parent_id } })
export interface SystemOverviewOutput {
	/** what waits for the caller */
	waits: OverviewItem[]
	/** what failed in the last seven days */
	broke: OverviewItem[]
	/** what is later than promised */
	late: OverviewItem[]
	/** how many of what */
	numbers: Record<string, number>
}
/** What waits, broke and is late for the caller. */
export const systemOverview = () =>
	call<SystemOverviewOutput>('GET', `/overview`)
export interface SystemPacksOutput {
	/** by name */
	items: {name: string, version: string, title: string, title_en: string, loaded_at: string | null}[]
	/** there is one page */
	next: null
}
/** Lists the packs loaded. */
export const systemPacks = () =>
	call<SystemPacksOutput>('GET', `/packs`)
export interface PartnerListOutput {
	/** source: it may report, as channel; kind empty: it hears of nothing; failures: since it last answered; next_at: when it is called again */
	items: { account_id: string; login: string; name: string; org_name: string; channel: string; note: string; source: boolean; kind: string; platform: string; url: string; active: boolean; failures: number; next_at: string | null; token_set: boolean; waiting: number; failed: number; last_sent_at: string | null; version: number }[]
	/** there is one page */
	next: null
}
/** Other systems: service accounts, what they report as, where they hear of their cases and how that goes. */
export const partnerList = () =>
	call<PartnerListOutput>('GET', `/partners`)
export interface PartnerGetOutput {
	/** service account */
	account_id: string
	/** open311, platform */
	kind: string
	/** its template, or empty */
	platform: string
	/** where changes are posted */
	url: string
	/**  */
	active: boolean
	/** a token goes with them */
	token_set: boolean
	/** of the signature, 64 hex digits; null in answers to changes */
	key: string | null
	/** for changes */
	version: number
}
export interface PartnerGetInput {
	/** service account */
	id: string
}
/** One of them, with the key of its signatures. */
export const partnerGet = (input: PartnerGetInput) =>
	call<PartnerGetOutput>('GET', `/partners/${encodeURIComponent(input.id)}`)
export interface PartnerPutOutput {
	/** service account */
	account_id: string
	/** open311, platform */
	kind: string
	/** its template, or empty */
	platform: string
	/** where changes are posted */
	url: string
	/**  */
	active: boolean
	/** a token goes with them */
	token_set: boolean
	/** of the signature, 64 hex digits; null in answers to changes */
	key: string | null
	/** for changes */
	version: number
}
export interface PartnerPutInput {
	/** service account */
	id: string
	/** 0: it is new */
	version: number
	/** its template where it is a platform above */
	platform?: string
	/** where changes are posted: http(s)://…; may be empty for a platform: files only */
	url: string
	/** sent as Authorization: Bearer; left out: as it was, while the address stays */
	token?: string
	/** false: nothing is sent */
	active: boolean
}
/** Where a system hears of changes of its cases. */
export const partnerPut = (input: PartnerPutInput) =>
	call<PartnerPutOutput>('PUT', `/partners/${encodeURIComponent(input.id)}`, { body: { version: input.version, platform: input.platform, url: input.url, token: input.token, active: input.active } })
export interface PartnerKeyOutput {
	/** service account */
	account_id: string
	/** open311, platform */
	kind: string
	/** its template, or empty */
	platform: string
	/** where changes are posted */
	url: string
	/**  */
	active: boolean
	/** a token goes with them */
	token_set: boolean
	/** of the signature, 64 hex digits; null in answers to changes */
	key: string | null
	/** for changes */
	version: number
}
export interface PartnerKeyInput {
	/** service account */
	id: string
}
/** Another key of the signature; the old one ends at once. */
export const partnerKey = (input: PartnerKeyInput) =>
	call<PartnerKeyOutput>('POST', `/partners/${encodeURIComponent(input.id)}/key`)
export interface PartnerMessagesOutput {
	/** newest first; detail: what the last try was answered */
	items: { message_id: string; case_id: string; number: string; event_no: number; state: "waiting" | "sent" | "failed"; attempts: number; made_at: string; next_at: string | null; done_at: string | null; detail: string; to_state: string | null }[]
	/** cursor */
	next: string | null
}
export interface PartnerMessagesInput {
	/** service account */
	id: string
	/** all when left out */
	state?: 'waiting' | 'sent' | 'failed'
	/** rows a page, 50 */
	limit?: number
	/** next of the page before */
	after?: string
}
/** What it was told, with receipts. */
export const partnerMessages = (input: PartnerMessagesInput) =>
	call<PartnerMessagesOutput>('GET', `/partners/${encodeURIComponent(input.id)}/messages`, { query: { state: input.state, limit: input.limit, after: input.after } })
export interface PartnerOrdersOutput {
	/** as they came */
	items: { outside_number: string; result: "taken" | "repeated" | "refused"; case_id?: string; number?: string; field?: string; value?: string; rule?: string; message?: string; advice?: string }[]
	/** that are new */
	taken: number
}
export interface PartnerOrdersInput {
	/** service account */
	id: string
	/** of POST /event-imports/files: CSV, XLSX or JSON Lines */
	upload_id: string
	/** XLSX: the first when left out */
	sheet?: string
}
/** Takes work orders of a platform from a file, each once. */
export const partnerOrders = (input: PartnerOrdersInput) =>
	call<PartnerOrdersOutput>('POST', `/partners/${encodeURIComponent(input.id)}/orders`, { body: { upload_id: input.upload_id, sheet: input.sheet } })
export interface PartnerResultsInput {
	/** service account */
	id: string
	/** of its orders; cases that were raised to it */
	what: 'results' | 'raised'
	/** csv when left out */
	format?: 'csv' | 'xlsx' | 'jsonl'
	/** reported from then on */
	from?: string
	/** reported before */
	until?: string
}
export interface PartnerRetryOutput {
	/** that are sent again */
	messages: number
}
export interface PartnerRetryInput {
	/** service account */
	id: string
	/** only this one; left out: all that were not taken */
	message_id?: string
}
/** Sends again now what was not taken. */
export const partnerRetry = (input: PartnerRetryInput) =>
	call<PartnerRetryOutput>('POST', `/partners/${encodeURIComponent(input.id)}/retry`, { body: { message_id: input.message_id } })
export interface PlaceAddressLoadsOutput {
	/** newest first; refused_kept: rows that can be shown, the first 20,000 for place.refused_keep_days; ended_at null: under way, or cut off */
	items: {load_id: string, file_name: string, crs: number, read: number, refused: number, refused_kept: number, begun_at: string, ended_at: string | null, by_name: string, job_id: string | null}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlaceAddressLoadsInput {
	/** cursor: next of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Imports of standard addresses. */
export const placeAddressLoads = (input: PlaceAddressLoadsInput = {}) =>
	call<PlaceAddressLoadsOutput>('GET', `/place/address-loads`, { query: { after: input.after, limit: input.limit } })
export interface PlaceAddressRefusedOutput {
	/** in their order; row_no: line of the file; field: id, standard, town, road, number, building, lon, lat, or empty: the row */
	items: {row_no: number, field: string, value: string, rule: string, message: string, advice: string}[]
	/** cursor of the next page */
	next: string|null
}
export interface PlaceAddressRefusedInput {
	/** load_id */
	id: string
	/** row_no of the last row before */
	after?: number
	/** rows a page, 50 when left out */
	limit?: number
}
/** Rows that an import refused: what is wrong, and what to do. */
export const placeAddressRefused = (input: PlaceAddressRefusedInput) =>
	call<PlaceAddressRefusedOutput>('GET', `/place/address-loads/${encodeURIComponent(input.id)}/refused`, { query: { after: input.after, limit: input.limit } })
export interface PlaceAddressRefusedFileInput {
	/** load_id */
	id: string
}
/** The same rows as a CSV file, to be mended and brought in again. */
export const placeAddressRefusedFile = (input: PlaceAddressRefusedFileInput) =>
	call<void>('GET', `/place/address-loads/${encodeURIComponent(input.id)}/refused-file`)
export interface PlaceAddressesOutput {
	/** best first; score of 1000 */
	items: {standard: string, lon: number, lat: number, score: number, area_key: string | null, area_name: string}[]
	/** as it was understood */
	parts: {town: string, road: string, number: string, building: string, unit: string, room: string}
	/** it was understood as a crossing of two roads; unknown: those that the city has not; apart: metres between their nearest doors where they do not meet */
	crossing: {roads: string[], unknown: string[], apart: number | null} | null
}
export interface PlaceAddressesInput {
	/** an address as people say it */
	q: string
	/** candidates, 10 when absent */
	limit?: number
}
/** Standard addresses that a text may mean, with places and scores. */
export const placeAddresses = (input: PlaceAddressesInput) =>
	call<PlaceAddressesOutput>('GET', `/place/addresses`, { query: { q: input.q, limit: input.limit } })
export interface PlaceAddressesBringOutput {
	/** under which its refused rows are kept */
	load_id: string
	/** rows */
	read: number
	/** new or brought up to date, by id */
	kept: number
	/** without id, place or in a wrong form */
	refused: number
	/** of the file; 0: none */
	first_refused_line: number
}
export interface PlaceAddressesBringInput {
	/** what the file is called, for the evidence */
	name?: string
	/** of lon and lat: CGCS2000 (the default), WGS84, GCJ02, BD09 or EPSG:number */
	crs?: string
}
export interface PlaceAtOutput {
	/** CGCS2000 */
	lon: number
	/** CGCS2000 */
	lat: number
	/** from the top; empty: outside the city */
	areas: {area_key: string, level: number, code: string, name: string, parent_key: string | null, org_id: string | null, valid_from: string, valid_until: string | null}[]
	/** who runs the lowest one that names somebody */
	org_id: string|null
	/** who is on duty */
	officer_id: string|null
	/** his name */
	officer_name: string
}
export interface PlaceAtInput {
	/** longitude in degrees, or easting in metres */
	x: number
	/** latitude, or northing */
	y: number
	/** CGCS2000 (the default), WGS84, GCJ02, BD09 or EPSG:number */
	crs?: string
	/** as it was or will be at that time; absent: now */
	at?: string
}
/** Which areas hold a point, who runs them, who is on duty. */
export const placeAt = (input: PlaceAtInput) =>
	call<PlaceAtOutput>('GET', `/place/at`, { query: { x: input.x, y: input.y, crs: input.crs, at: input.at } })
export interface PlatformOrdersOutput {
	/** as they came */
	items: { outside_number: string; result: "taken" | "repeated" | "refused"; case_id?: string; number?: string; field?: string; value?: string; rule?: string; message?: string; advice?: string }[]
	/** that are new */
	taken: number
}
export interface PlatformOrdersInput {
	/** 1 to 200 objects as the platform's template says */
	orders: unknown
}
/** A platform above sends work orders, each once. */
export const platformOrders = (input: PlatformOrdersInput) =>
	call<PlatformOrdersOutput>('POST', `/platform/orders`, { body: { orders: input.orders } })
export interface PlatformWordsOutput {
	/** as they came; noted: the process does not allow the step, so it became a remark */
	items: { update_id: string; result: "done" | "noted" | "repeated" | "refused"; field?: string; value?: string; rule?: string; message?: string; advice?: string }[]
	/** there is one page */
	next: null
}
export interface PlatformWordsInput {
	/** 1 to 200 objects as the platform's template says */
	words: unknown
}
/** A platform above says something of its orders, or of what was raised to it. */
export const platformWords = (input: PlatformWordsInput) =>
	call<PlatformWordsOutput>('POST', `/platform/words`, { body: { words: input.words } })
export interface PlatformListOutput {
	/** by name */
	items: { platform: string; title: string; title_en: string; document: unknown }[]
	/** there is one page */
	next: null
}
/** Templates of platforms above, as packs bring them. */
export const platformList = () =>
	call<PlatformListOutput>('GET', `/platforms`)
export interface ProcessListOutput {
	/** newest version of each */
	items: {name:string,version:number,stored_at:string,document:{process:string,title:string,title_en:string,number:string,start:unknown[],states:{name:string,title:string,title_en:string,turn?:string,outcome?:string,limit?:Record<string,number>,remind?:Record<string,number>}[],actions:{name:string,title:string,title_en:string}[]}}[]
	/** there is one page */
	next: null
}
/** Processes in force. */
export const processList = () =>
	call<ProcessListOutput>('GET', `/processes`)
export interface ProcessPutOutput {
	/** process */
	name: string
	/** version made */
	version: number
}
export interface ProcessPutInput {
	/** process */
	name: string
	/** version that was seen */
	version: number
	/** the process, see docs/packs.md */
	document: unknown
}
/** Publishes a process's next version (local limits, actions); running cases keep theirs. */
export const processPut = (input: ProcessPutInput) =>
	call<ProcessPutOutput>('PUT', `/processes/${encodeURIComponent(input.name)}`, { body: { version: input.version, document: input.document } })
export interface ProcessRehearseOutput {
	/** steps whose light would differ, at most 200 */
	changes: {case_id:string,number:string,title:string,state_title:string,state_title_en:string,before:"green"|"amber"|"red",after:"green"|"amber"|"red",begun_at:string,due_before:string|null,due_after:string|null}[]
	/** how many would */
	changed: number
	/** cases begun in the last 92 days */
	cases: number
	/** their steps with a turn */
	steps: number
	/** lights as the steps ended */
	before: {green:number,amber:number,red:number}
	/** lights they would have had */
	after: {green:number,amber:number,red:number}
}
export interface ProcessRehearseInput {
	/** process */
	name: string
	/** the process to try; absent: the one in force */
	document?: unknown
	/** with days: a calendar to try */
	year?: number
	/** [{day, kind, occasion}]: all of that year */
	days?: unknown
}
/** Tries a process or calendar on last quarter's cases: who would have been late. Nothing is published. */
export const processRehearse = (input: ProcessRehearseInput) =>
	call<ProcessRehearseOutput>('POST', `/processes/${encodeURIComponent(input.name)}/rehearse`, { body: { document: input.document, year: input.year, days: input.days } })
export interface QualityListOutput {
	/** published entries, worst first by the score of all they hold, those without a measured load last; orders: open correction orders */
	items: {resource_id:string,name:string,org_id:string,org_name:string,loaded_at:string|null,score:number|null,measured_at:string|null,job_id:string,dimensions:{name:string,score:number|null,bad:number,base:number}[],rating:{count:number,average:number|null},orders:number,findings:string[]}[]
	/** cursor */
	next: string|null
	/** the last round of the patrol */
	patrol: {at:string,checked:number,found:number}|null
}
export interface QualityListInput {
	/** provider, for who sees all */
	org?: string
	/** only entries of which the patrol found this */
	finding?: 'update_late' | 'no_data' | 'service_fails' | 'score_low'
	/** only entries whose last load scored less */
	below?: number
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Quality of one's organisation's entries (data bureau: of all), worst first. */
export const qualityList = (input: QualityListInput = {}) =>
	call<QualityListOutput>('GET', `/quality`, { query: { org: input.org, finding: input.finding, below: input.below, after: input.after, limit: input.limit } })
export interface QualityPatrolOutput {
	/** entries looked at */
	checked: number
	/** findings */
	found: number
	/** correction orders raised */
	raised: number
}
/** A round of the patrol now, besides the hourly one. */
export const qualityPatrol = () =>
	call<QualityPatrolOutput>('POST', `/quality/patrol`)
export interface QuarantineListOutput {
	/** rows, oldest first */
	items: QuarantineGetOutput[]
	/** for `after` */
	next: string | null
}
export interface QuarantineListInput {
	/** resource id; absent: all of one's organisation (the data bureau: all) */
	resource?: string
	/** only rows that this job refused */
	job?: string
	/** only rows refused by this rule */
	rule?: string
	/** only rows refused for this field */
	field?: string
	/** only rows in this state */
	state?: 'open' | 'mended' | 'replayed' | 'discarded'
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when absent */
	limit?: number
}
/** Refused rows of a resource, oldest first; masked unless the caller loads for the supplier. */
export const quarantineList = (input: QuarantineListInput = {}) =>
	call<QuarantineListOutput>('GET', `/quarantine`, { query: { resource: input.resource, job: input.job, rule: input.rule, field: input.field, state: input.state, after: input.after, limit: input.limit } })
export interface QuarantineSummaryOutput {
	/** open and mended rows by rule and field, most first */
	by_rule: {rule: string, field: string, count: number}[]
	/** rows by state */
	by_state: Record<string, number>
}
export interface QuarantineSummaryInput {
	/** resource id */
	resource: string
}
/** Refused rows of a resource counted by rule, field and state. */
export const quarantineSummary = (input: QuarantineSummaryInput) =>
	call<QuarantineSummaryOutput>('GET', `/quarantine/summary`, { query: { resource: input.resource } })
export interface QuarantineGetOutput {
	/** row id */
	quarantine_id: string
	/** resource */
	resource_id: string
	/** its name */
	resource_name: string
	/** job that refused it */
	job_id: string
	/** 1-based row of the source */
	row_no: number
	/** state */
	state: "open" | "mended" | "replayed" | "discarded"
	/** for changes */
	version: number
	/** whether values are shown clear */
	clear: boolean
	/** the row, whole */
	values: Record<string, string | null>
	/** why it was refused */
	reasons: {field: string, value: string, rule: string, message: string, advice: string}[]
}
export interface QuarantineGetInput {
	/** row id */
	id: string
}
/** One refused row with its reasons. */
export const quarantineGet = (input: QuarantineGetInput) =>
	call<QuarantineGetOutput>('GET', `/quarantine/${encodeURIComponent(input.id)}`)
export interface QuarantineMendOutput {
	/** row id */
	quarantine_id: string
	/** new version */
	version: number
	/** mended */
	state: string
}
export interface QuarantineMendInput {
	/** row id */
	id: string
	/** version the change is based on */
	version: number
	/** object: field → new text, or null for none */
	values: unknown
}
/** Mends values of a refused row; replay then takes it in. */
export const quarantineMend = (input: QuarantineMendInput) =>
	call<QuarantineMendOutput>('PATCH', `/quarantine/${encodeURIComponent(input.id)}`, { body: { version: input.version, values: input.values } })
export interface QuarantineDiscardInput {
	/** row id */
	id: string
	/** version the change is based on */
	version: number
	/** why the row is given up; kept as evidence */
	reason: string
}
/** Gives a refused row up, with a reason; the row stays readable. */
export const quarantineDiscard = (input: QuarantineDiscardInput) =>
	call<void>('POST', `/quarantine/${encodeURIComponent(input.id)}/discard`, { body: { version: input.version, reason: input.reason } })
export interface CatalogListOutput {
	/** entries: by the best part that has the words (name or code, keyword, field, summary), newest first within it; hits: where, offsets in characters */
	items: {resource_id:string,code:string|null,name:string,org_id:string,org_name:string,sharing:string,opening:string,state:string,published_version:number,draft_version?:number,update_promise:string,row_count:number,loaded_at:string|null,grade:number,freshness:"fresh"|"late"|"none",version:number,hits?:{part:string,text:string,marks:number[][]}[]}[]
	/** cursor */
	next: string|null
	/** entries found */
	total: number
	/** when asked for */
	facets: {org:{value:string,name?:string,count:number}[],domain:{value:string,name?:string,count:number}[],sharing:{value:string,name?:string,count:number}[],opening:{value:string,name?:string,count:number}[],grade:{value:string,name?:string,count:number}[],freshness:{value:string,name?:string,count:number}[],format:{value:string,name?:string,count:number}[]}|undefined
}
export interface CatalogListInput {
	/** words, all of them: Chinese of one character and more, pinyin or its initials, English and field names, codes, synonyms */
	q?: string
	/** state of the entry or of its draft */
	state?: 'draft' | 'review' | 'published' | 'withdrawn'
	/** provider */
	org?: string
	/** 领域, as written in the entry */
	domain?: string
	/** sharing type 无条件 有条件 不予共享 */
	sharing?: 'unconditional' | 'conditional' | 'none'
	/** opening to the public 开放属性 */
	opening?: 'open' | 'conditional' | 'closed'
	/** highest grade of its fields 数据级别 */
	grade?: number
	/** last load against the update promise; none: no data */
	freshness?: 'fresh' | 'late' | 'none'
	/** 资源格式 */
	format?: 'database' | 'csv' | 'xlsx' | 'json' | 'geojson' | 'xml' | 'pdf' | 'image' | 'video' | 'other'
	/** only my organisation's */
	mine?: boolean
	/** with counts a facet, each under all other filters */
	facets?: boolean
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Search the catalogue. */
export const catalogList = (input: CatalogListInput = {}) =>
	call<CatalogListOutput>('GET', `/resources`, { query: { q: input.q, state: input.state, org: input.org, domain: input.domain, sharing: input.sharing, opening: input.opening, grade: input.grade, freshness: input.freshness, format: input.format, mine: input.mine, facets: input.facets, after: input.after, limit: input.limit } })
export interface CatalogCreateOutput {
	/** id */
	resource_id: string
	/** 资源代码 */
	code: string|null
	/** 资源名称 */
	name: string
	/** provider */
	org_id: string
	/** provider's name */
	org_name: string
	/** state; review when a draft is under review */
	state: "draft"|"review"|"published"|"withdrawn"
	/** send it with a change */
	version: number
	/** 0 = not yet */
	published_version: number
	/** version number the draft will have */
	draft_version: number|undefined
	/** the published version, or the draft when there is none */
	document: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|null
	/** document under edit */
	draft: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|undefined
	/** highest grade of its fields */
	grade: number
	/** records mounted */
	row_count: number
	/** last load */
	loaded_at: string|null
	/** against the update promise */
	freshness: "fresh"|"late"|"none"
	/** live run-time table; 0 = nothing mounted */
	generation_no: number
	/** where the records are: stored here, or at the supplier, who is asked each time */
	keeper: "table" | "proxy"
	/** the key changed: the next load must be a full one */
	needs_full: boolean
	/** last decision */
	review: {decision:string,note:string,by:string,at:string|null}|undefined
	/** what the caller may do now */
	may: {edit:boolean,submit:boolean,review:boolean,withdraw:boolean,load:boolean,grant:boolean}
}
export interface CatalogCreateInput {
	/** the entry: 政务信息资源目录编制指南, see docs/packs.md */
	document: unknown
}
/** Register an entry as a draft of one's own organisation. */
export const catalogCreate = (input: CatalogCreateInput) =>
	call<CatalogCreateOutput>('POST', `/resources`, { body: { document: input.document } })
export interface CatalogValidateNewOutput {
	/** what keeps it from being published; empty when nothing */
	problems: {path:string,rule:string,message:string,advice:string}[]
}
export interface CatalogValidateNewInput {
	/** the entry: 政务信息资源目录编制指南, see docs/packs.md */
	document: unknown
}
/** Everything that keeps a document from being published, before it is registered. */
export const catalogValidateNew = (input: CatalogValidateNewInput) =>
	call<CatalogValidateNewOutput>('POST', `/resources/validate`, { body: { document: input.document } })
export interface CatalogReadOutput {
	/** id */
	resource_id: string
	/** 资源代码 */
	code: string|null
	/** 资源名称 */
	name: string
	/** provider */
	org_id: string
	/** provider's name */
	org_name: string
	/** state; review when a draft is under review */
	state: "draft"|"review"|"published"|"withdrawn"
	/** send it with a change */
	version: number
	/** 0 = not yet */
	published_version: number
	/** version number the draft will have */
	draft_version: number|undefined
	/** the published version, or the draft when there is none */
	document: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|null
	/** document under edit */
	draft: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|undefined
	/** highest grade of its fields */
	grade: number
	/** records mounted */
	row_count: number
	/** last load */
	loaded_at: string|null
	/** against the update promise */
	freshness: "fresh"|"late"|"none"
	/** live run-time table; 0 = nothing mounted */
	generation_no: number
	/** where the records are: stored here, or at the supplier, who is asked each time */
	keeper: "table" | "proxy"
	/** the key changed: the next load must be a full one */
	needs_full: boolean
	/** last decision */
	review: {decision:string,note:string,by:string,at:string|null}|undefined
	/** what the caller may do now */
	may: {edit:boolean,submit:boolean,review:boolean,withdraw:boolean,load:boolean,grant:boolean}
}
export interface CatalogReadInput {
	/** resource id */
	id: string
}
/** One entry with its published version and draft. */
export const catalogRead = (input: CatalogReadInput) =>
	call<CatalogReadOutput>('GET', `/resources/${encodeURIComponent(input.id)}`)
export interface CatalogSaveOutput {
	/** id */
	resource_id: string
	/** 资源代码 */
	code: string|null
	/** 资源名称 */
	name: string
	/** provider */
	org_id: string
	/** provider's name */
	org_name: string
	/** state; review when a draft is under review */
	state: "draft"|"review"|"published"|"withdrawn"
	/** send it with a change */
	version: number
	/** 0 = not yet */
	published_version: number
	/** version number the draft will have */
	draft_version: number|undefined
	/** the published version, or the draft when there is none */
	document: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|null
	/** document under edit */
	draft: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|undefined
	/** highest grade of its fields */
	grade: number
	/** records mounted */
	row_count: number
	/** last load */
	loaded_at: string|null
	/** against the update promise */
	freshness: "fresh"|"late"|"none"
	/** live run-time table; 0 = nothing mounted */
	generation_no: number
	/** where the records are: stored here, or at the supplier, who is asked each time */
	keeper: "table" | "proxy"
	/** the key changed: the next load must be a full one */
	needs_full: boolean
	/** last decision */
	review: {decision:string,note:string,by:string,at:string|null}|undefined
	/** what the caller may do now */
	may: {edit:boolean,submit:boolean,review:boolean,withdraw:boolean,load:boolean,grant:boolean}
}
export interface CatalogSaveInput {
	/** resource id */
	id: string
	/** version of the entry the change was made on */
	version: number
	/** the entry: 政务信息资源目录编制指南, see docs/packs.md */
	document: unknown
}
/** Save the draft; on a published entry this begins a new one. */
export const catalogSave = (input: CatalogSaveInput) =>
	call<CatalogSaveOutput>('PUT', `/resources/${encodeURIComponent(input.id)}`, { body: { version: input.version, document: input.document } })
export interface LifeCheckOutput {
	/** the list that is open now; null: nothing is past its time, or a hold keeps it */
	destruction_id: string | null
}
export interface LifeCheckInput {
	/** resource */
	id: string
}
/** Looks now for what is past its retention period, as the daily look does, and opens or renews the list. */
export const lifeCheck = (input: LifeCheckInput) =>
	call<LifeCheckOutput>('POST', `/resources/${encodeURIComponent(input.id)}/destructions`)
export interface CatalogDiffOutput {
	/** older version */
	from: number
	/** newer version */
	to: number
	/** one a changed value, added or retired field */
	changes: {path:string,title:string,from:any,to:any}[]
}
export interface CatalogDiffInput {
	/** resource id */
	id: string
	/** older version */
	from: number
	/** newer version */
	to: number
}
/** What changed between two versions. */
export const catalogDiff = (input: CatalogDiffInput) =>
	call<CatalogDiffOutput>('GET', `/resources/${encodeURIComponent(input.id)}/diff`, { query: { from: input.from, to: input.to } })
export interface LifeHoldsOutput {
	/** newest first; one without lifted_at is in force */
	items: {hold_id: string, reason: string, basis: string, placed_by: string, placed_at: string, lifted_by: string, lifted_at: string | null, lift_reason: string}[]
	/** there is one page */
	next: null
}
export interface LifeHoldsInput {
	/** resource */
	id: string
}
/** Holds on a resource, newest first. */
export const lifeHolds = (input: LifeHoldsInput) =>
	call<LifeHoldsOutput>('GET', `/resources/${encodeURIComponent(input.id)}/hold`)
export interface LifeHoldInput {
	/** resource */
	id: string
	/** why it is kept */
	reason: string
	/** law, order or document it rests on */
	basis: string
}
/** Places a hold: nothing of the resource is destroyed until the data bureau lifts it. */
export const lifeHold = (input: LifeHoldInput) =>
	call<void>('POST', `/resources/${encodeURIComponent(input.id)}/hold`, { body: { reason: input.reason, basis: input.basis } })
export interface LifeLiftInput {
	/** resource */
	id: string
	/** why the hold ends */
	reason: string
}
/** Lifts a hold. */
export const lifeLift = (input: LifeLiftInput) =>
	call<void>('POST', `/resources/${encodeURIComponent(input.id)}/hold/lift`, { body: { reason: input.reason } })
export interface LineageImpactOutput {
	/** published fields that the draft drops or changes */
	items: {no: number, name: string, title: string, retired: boolean, retention: boolean, changes: string[], receivers: {grant_id: string, account: string, org: string, purpose: string, until: string, mode: string}[], referred_by: {resource_id: string, name: string, field: string, title: string}[]}[]
	/** there is one page */
	next: null
}
export interface LineageImpactInput {
	/** resource */
	id: string
}
/** Who the entry's draft would hit: grants and references by field dropped or changed. */
export const lineageImpact = (input: LineageImpactInput) =>
	call<LineageImpactOutput>('GET', `/resources/${encodeURIComponent(input.id)}/impact`)
export interface ExchangeLoadOutput {
	/** the job made */
	job_id: string
}
export interface ExchangeLoadInput {
	/** resource */
	id: string
	/** full: the source replaces what is there; upsert: by key into what is there; watermark: rows newer than the last time, and those a little older again */
	mode: 'full' | 'upsert' | 'watermark'
	/** an upload of one's organisation */
	upload_id?: string
	/** a source, instead of an upload */
	source_id?: string
	/** schema of the source's table */
	schema?: string
	/** table or view */
	table?: string
	/** column that rises with every change */
	watermark_field?: string
	/** XLSX: sheet to read */
	sheet?: string
	/** found out when absent */
	charset?: 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be'
	/** CSV: , ; TAB or |, found out when absent */
	separator?: string
	/** object: field name → column name, where they differ */
	mapping?: unknown
}
/** Starts a load; it ends reconciled or failed. */
export const exchangeLoad = (input: ExchangeLoadInput) =>
	call<ExchangeLoadOutput>('POST', `/resources/${encodeURIComponent(input.id)}/jobs`, { body: { mode: input.mode, upload_id: input.upload_id, source_id: input.source_id, schema: input.schema, table: input.table, watermark_field: input.watermark_field, sheet: input.sheet, charset: input.charset, separator: input.separator, mapping: input.mapping } })
export interface LineageGetOutput {
	/** resource */
	resource_id: string
	/** its code */
	code: string
	/** its name */
	name: string
	/** published version */
	version: number
	/** the supplier */
	org_name: string
	/** last load */
	loaded_at: string | null
	/** records now */
	row_count: number
	/** false: jobs, refusals and others' grants are left out */
	whole: boolean
	/** the supplier's table of a proxied entry (job_id null), and the last 20 jobs that brought records, newest first: loads from files, tables, other platforms and nodes, replays, corrections; columns: field → column it was read from */
	sources: {job_id: string | null, kind: string, name: string | null, mode: string | null, at: string | null, by: string | null, read: number, refused: number, normalised: number, receipt: boolean, columns: Record<string, string>}[]
	/** by position */
	fields: {no: number, name: string, title: string, kind: string, grade: number, retention: boolean, checks: {kind: string, rule: string, text: string | null, refused: number | null}[], refers_to: {code: string, field: string, resource_id: string | null, name: string | null} | null, referred_by: {resource_id: string, code: string, name: string, field: string, title: string}[], element: {code: string, name: string, standard: string} | null}[]
	/** live grants; fields: name → clear or masked; last_read: day */
	receivers: {grant_id: string, account: string, org: string, purpose: string, until: string, last_read: string | null, fields: Record<string, string>}[]
}
export interface LineageGetInput {
	/** resource */
	id: string
	/** only this field (its name in the API) */
	field?: string
}
/** Where the values of an entry's fields come from, what checks them, who refers to them and who receives them. */
export const lineageGet = (input: LineageGetInput) =>
	call<LineageGetOutput>('GET', `/resources/${encodeURIComponent(input.id)}/lineage`, { query: { field: input.field } })
export interface ProxyGetOutput {
	/** source */
	source_id: string
	/** its name */
	source: string
	/** host:port/database */
	place: string
	/** when it was connected */
	since: string
	/** schema of the table */
	schema: string
	/** table or view */
	table: string
	/** the fields and the columns that hold them */
	columns: {field: string, title: string, column: string | null}[]
}
export interface ProxyGetInput {
	/** resource */
	id: string
}
/** Where the records of a proxied entry stay. */
export const proxyGet = (input: ProxyGetInput) =>
	call<ProxyGetOutput>('GET', `/resources/${encodeURIComponent(input.id)}/proxy`)
export interface ProxyBindOutput {
	/** name of the source */
	source: string
	/** the fields and the columns that hold them */
	columns: {field: string, title: string, column: string | null}[]
}
export interface ProxyBindInput {
	/** resource */
	id: string
	/** a source of one's organisation */
	source_id: string
	/** schema of the source's table */
	schema: string
	/** table or view */
	table: string
	/** object: field name → column name, where they differ; "" = the field has no column */
	mapping?: unknown
}
/** The records stay in this table of the supplier; each read asks there. */
export const proxyBind = (input: ProxyBindInput) =>
	call<ProxyBindOutput>('POST', `/resources/${encodeURIComponent(input.id)}/proxy`, { body: { source_id: input.source_id, schema: input.schema, table: input.table, mapping: input.mapping } })
export interface ProxyEndInput {
	/** resource */
	id: string
}
/** Records are stored again from the next load on; until then there are none. */
export const proxyEnd = (input: ProxyEndInput) =>
	call<void>('POST', `/resources/${encodeURIComponent(input.id)}/proxy/end`)
export interface ProxyPreviewOutput {
	/** the fields and the columns that hold them */
	columns: {field: string, title: string, column: string | null}[]
	/** the first rows, L3/L4 masked */
	rows: Record<string, string | null>[]
	/** values among them that do not fit */
	problems: {field: string, message: string}[]
}
export interface ProxyPreviewInput {
	/** resource */
	id: string
	/** a source of one's organisation */
	source_id: string
	/** schema of the source's table */
	schema: string
	/** table or view */
	table: string
	/** object: field name → column name, where they differ; "" = the field has no column */
	mapping?: unknown
}
/** Looks at a table before an entry is bound to it: its columns, its key, its first rows. */
export const proxyPreview = (input: ProxyPreviewInput) =>
	call<ProxyPreviewOutput>('POST', `/resources/${encodeURIComponent(input.id)}/proxy/preview`, { body: { source_id: input.source_id, schema: input.schema, table: input.table, mapping: input.mapping } })
export interface QualityReadOutput {
	/** measured loads, newest first, at most 60; fields and rules of the newest. A score is 100*(1-bad/base); of timeliness 100*base/bad, at most 100, in seconds. score: of what the load brought; whole: that was all the entry holds; held: of all it held after it, with rows that wait in quarantine: the entry's score is the newest one's */
	loads: {job_id:string,at:string,score:number|null,row_count:number,version:number,dimensions:{name:string,score:number|null,bad:number,base:number}[],whole:boolean,held:{score:number|null,row_count:number,quarantined:number,dimensions:{name:string,score:number|null,bad:number,base:number}[]},fields?:{name:string,title:string,required:boolean,missing:number,bad:number}[],rules?:{rule:string,field:string,count:number}[]}[]
	/** what the patrol found */
	findings: {kind:string,since:string,seen:string,detail:Record<string,unknown>}[]
	/** rows that wait in quarantine */
	quarantined: number
}
export interface QualityReadInput {
	/** resource */
	id: string
}
/** Scores of an entry's loads with their bases, by field and by rule, and what the patrol found. */
export const qualityRead = (input: QualityReadInput) =>
	call<QualityReadOutput>('GET', `/resources/${encodeURIComponent(input.id)}/quality`)
export interface QuarantineDownloadInput {
	/** resource */
	id: string
	/** only rows that this job refused */
	job?: string
	/** only rows refused by this rule */
	rule?: string
	/** only rows refused for this field */
	field?: string
	/** open when absent */
	state?: 'open' | 'mended' | 'replayed' | 'discarded'
}
export interface QuarantineMendUploadOutput {
	/** rows whose values changed */
	mended: number
	/** rows left as they were */
	unchanged: number
	/** rows of the sheet that were not */
	failed: {row_no: number, message: string}[]
}
export interface QuarantineMendUploadInput {
	/** resource */
	id: string
	/** the workbook, mended */
	upload_id: string
}
/** Takes over the values of a mended workbook. */
export const quarantineMendUpload = (input: QuarantineMendUploadInput) =>
	call<QuarantineMendUploadOutput>('POST', `/resources/${encodeURIComponent(input.id)}/quarantine/mend`, { body: { upload_id: input.upload_id } })
export interface QuarantineReplayOutput {
	/** the job made */
	job_id: string
}
export interface QuarantineReplayInput {
	/** resource */
	id: string
	/** array of row ids; all mended rows when absent */
	ids?: unknown
	/** only rows refused by this rule */
	rule?: string
}
/** Loads mended rows; those refused again come back with new reasons. */
export const quarantineReplay = (input: QuarantineReplayInput) =>
	call<QuarantineReplayOutput>('POST', `/resources/${encodeURIComponent(input.id)}/quarantine/replay`, { body: { ids: input.ids, rule: input.rule } })
export interface RatingDeleteOutput {
	/** people who rate it */
	count: number
	/** of their stars, to one decimal */
	average: number|null
	/** the caller may rate it and object to its records: he or his organisation may read it, and does not supply it */
	may: boolean
	/** one's own first, then newest first, at most 200 */
	items: {stars:number,words:string,name:string|null,org_name:string|null,at:string,mine:boolean}[]
}
export interface RatingDeleteInput {
	/** resource */
	id: string
}
/** Takes one's rating back. */
export const ratingDelete = (input: RatingDeleteInput) =>
	call<RatingDeleteOutput>('DELETE', `/resources/${encodeURIComponent(input.id)}/rating`)
export interface RatingPutOutput {
	/** people who rate it */
	count: number
	/** of their stars, to one decimal */
	average: number|null
	/** the caller may rate it and object to its records: he or his organisation may read it, and does not supply it */
	may: boolean
	/** one's own first, then newest first, at most 200 */
	items: {stars:number,words:string,name:string|null,org_name:string|null,at:string,mine:boolean}[]
}
export interface RatingPutInput {
	/** resource */
	id: string
	/** 1 bad … 5 good */
	stars: number
	/** why; needed for 1 and 2 */
	words?: string
}
/** Rates a resource that one may read; one rating a person, changed by the next. */
export const ratingPut = (input: RatingPutInput) =>
	call<RatingPutOutput>('PUT', `/resources/${encodeURIComponent(input.id)}/rating`, { body: { stars: input.stars, words: input.words } })
export interface RatingListOutput {
	/** people who rate it */
	count: number
	/** of their stars, to one decimal */
	average: number|null
	/** the caller may rate it and object to its records: he or his organisation may read it, and does not supply it */
	may: boolean
	/** one's own first, then newest first, at most 200 */
	items: {stars:number,words:string,name:string|null,org_name:string|null,at:string,mine:boolean}[]
}
export interface RatingListInput {
	/** resource */
	id: string
}
/** What people say of a resource. */
export const ratingList = (input: RatingListInput) =>
	call<RatingListOutput>('GET', `/resources/${encodeURIComponent(input.id)}/ratings`)
export interface CatalogReviewOutput {
	/** id */
	resource_id: string
	/** 资源代码 */
	code: string|null
	/** 资源名称 */
	name: string
	/** provider */
	org_id: string
	/** provider's name */
	org_name: string
	/** state; review when a draft is under review */
	state: "draft"|"review"|"published"|"withdrawn"
	/** send it with a change */
	version: number
	/** 0 = not yet */
	published_version: number
	/** version number the draft will have */
	draft_version: number|undefined
	/** the published version, or the draft when there is none */
	document: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|null
	/** document under edit */
	draft: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|undefined
	/** highest grade of its fields */
	grade: number
	/** records mounted */
	row_count: number
	/** last load */
	loaded_at: string|null
	/** against the update promise */
	freshness: "fresh"|"late"|"none"
	/** live run-time table; 0 = nothing mounted */
	generation_no: number
	/** where the records are: stored here, or at the supplier, who is asked each time */
	keeper: "table" | "proxy"
	/** the key changed: the next load must be a full one */
	needs_full: boolean
	/** last decision */
	review: {decision:string,note:string,by:string,at:string|null}|undefined
	/** what the caller may do now */
	may: {edit:boolean,submit:boolean,review:boolean,withdraw:boolean,load:boolean,grant:boolean}
}
export interface CatalogReviewInput {
	/** resource id */
	id: string
	/** version of the entry the change was made on */
	version: number
	/** the data bureau's decision */
	decision: 'publish' | 'return'
	/** needed for a return: what has to be changed */
	note?: string
}
/** Publish the draft or return it with a note. */
export const catalogReview = (input: CatalogReviewInput) =>
	call<CatalogReviewOutput>('POST', `/resources/${encodeURIComponent(input.id)}/review`, { body: { version: input.version, decision: input.decision, note: input.note } })
export interface CatalogSubmitOutput {
	/** id */
	resource_id: string
	/** 资源代码 */
	code: string|null
	/** 资源名称 */
	name: string
	/** provider */
	org_id: string
	/** provider's name */
	org_name: string
	/** state; review when a draft is under review */
	state: "draft"|"review"|"published"|"withdrawn"
	/** send it with a change */
	version: number
	/** 0 = not yet */
	published_version: number
	/** version number the draft will have */
	draft_version: number|undefined
	/** the published version, or the draft when there is none */
	document: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|null
	/** document under edit */
	draft: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|undefined
	/** highest grade of its fields */
	grade: number
	/** records mounted */
	row_count: number
	/** last load */
	loaded_at: string|null
	/** against the update promise */
	freshness: "fresh"|"late"|"none"
	/** live run-time table; 0 = nothing mounted */
	generation_no: number
	/** where the records are: stored here, or at the supplier, who is asked each time */
	keeper: "table" | "proxy"
	/** the key changed: the next load must be a full one */
	needs_full: boolean
	/** last decision */
	review: {decision:string,note:string,by:string,at:string|null}|undefined
	/** what the caller may do now */
	may: {edit:boolean,submit:boolean,review:boolean,withdraw:boolean,load:boolean,grant:boolean}
}
export interface CatalogSubmitInput {
	/** resource id */
	id: string
	/** version of the entry the change was made on */
	version: number
}
/** Submit the draft for review. */
export const catalogSubmit = (input: CatalogSubmitInput) =>
	call<CatalogSubmitOutput>('POST', `/resources/${encodeURIComponent(input.id)}/submit`, { body: { version: input.version } })
export interface MeasureResourceSystemsOutput {
	/** by name */
	items: {system_id:string,name:string,org_name:string,plan:string}[]
	/** there is one page */
	next: null
}
export interface MeasureResourceSystemsInput {
	/** resource */
	id: string
}
/** The systems that an entry comes from. */
export const measureResourceSystems = (input: MeasureResourceSystemsInput) =>
	call<MeasureResourceSystemsOutput>('GET', `/resources/${encodeURIComponent(input.id)}/systems`)
export interface MeasureResourceSystemsSetInput {
	/** resource */
	id: string
	/** ids of the systems that the entry comes from */
	systems: unknown
}
/** Names the systems that an entry comes from. */
export const measureResourceSystemsSet = (input: MeasureResourceSystemsSetInput) =>
	call<void>('PUT', `/resources/${encodeURIComponent(input.id)}/systems`, { body: { systems: input.systems } })
export interface ExchangeUseOutput {
	/** newest month first, then by records; platform: who told of it, empty: counted here */
	items: {month: string, org_id: string | null, org_name: string, platform: string, records: number}[]
	/** there is one page */
	next: null
}
export interface ExchangeUseInput {
	/** resource */
	id: string
}
/** Records of an entry used in each of the last twelve months, by receiver; the supplier and the data bureau see all receivers. */
export const exchangeUse = (input: ExchangeUseInput) =>
	call<ExchangeUseOutput>('GET', `/resources/${encodeURIComponent(input.id)}/use`)
export interface CatalogValidateOutput {
	/** what keeps it from being published; empty when nothing */
	problems: {path:string,rule:string,message:string,advice:string}[]
}
export interface CatalogValidateInput {
	/** resource id */
	id: string
	/** the entry: 政务信息资源目录编制指南, see docs/packs.md */
	document: unknown
}
/** Everything that keeps a document from being published. */
export const catalogValidate = (input: CatalogValidateInput) =>
	call<CatalogValidateOutput>('POST', `/resources/${encodeURIComponent(input.id)}/validate`, { body: { document: input.document } })
export interface CatalogVersionsOutput {
	/** newest first */
	items: {version_no:number,state:string,author:string,author_name:string|null,created_at:string,reviewer:string,reviewer_name:string|null,published_at:string|null,note:string}[]
	/** there is one page */
	next: null
}
export interface CatalogVersionsInput {
	/** resource id */
	id: string
}
/** All versions of an entry. */
export const catalogVersions = (input: CatalogVersionsInput) =>
	call<CatalogVersionsOutput>('GET', `/resources/${encodeURIComponent(input.id)}/versions`)
export interface CatalogVersionOutput {
	/** version */
	version_no: number
	/** as it was */
	document: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}
}
export interface CatalogVersionInput {
	/** resource id */
	id: string
	/** version number */
	n: number
}
/** One version as it was. */
export const catalogVersion = (input: CatalogVersionInput) =>
	call<CatalogVersionOutput>('GET', `/resources/${encodeURIComponent(input.id)}/versions/${encodeURIComponent(input.n)}`)
export interface CatalogWithdrawOutput {
	/** id */
	resource_id: string
	/** 资源代码 */
	code: string|null
	/** 资源名称 */
	name: string
	/** provider */
	org_id: string
	/** provider's name */
	org_name: string
	/** state; review when a draft is under review */
	state: "draft"|"review"|"published"|"withdrawn"
	/** send it with a change */
	version: number
	/** 0 = not yet */
	published_version: number
	/** version number the draft will have */
	draft_version: number|undefined
	/** the published version, or the draft when there is none */
	document: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|null
	/** document under edit */
	draft: {code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}|undefined
	/** highest grade of its fields */
	grade: number
	/** records mounted */
	row_count: number
	/** last load */
	loaded_at: string|null
	/** against the update promise */
	freshness: "fresh"|"late"|"none"
	/** live run-time table; 0 = nothing mounted */
	generation_no: number
	/** where the records are: stored here, or at the supplier, who is asked each time */
	keeper: "table" | "proxy"
	/** the key changed: the next load must be a full one */
	needs_full: boolean
	/** last decision */
	review: {decision:string,note:string,by:string,at:string|null}|undefined
	/** what the caller may do now */
	may: {edit:boolean,submit:boolean,review:boolean,withdraw:boolean,load:boolean,grant:boolean}
}
export interface CatalogWithdrawInput {
	/** resource id */
	id: string
	/** version of the entry the change was made on */
	version: number
	/** why */
	note: string
}
/** Take a published entry out of use. */
export const catalogWithdraw = (input: CatalogWithdrawInput) =>
	call<CatalogWithdrawOutput>('POST', `/resources/${encodeURIComponent(input.id)}/withdraw`, { body: { version: input.version, note: input.note } })
export interface RotaListOutput {
	/** workday, restday, holiday */
	items: {applies:"workday"|"restday"|"holiday",begins:string,version:number,turns:{begin:string,minutes:number}[],teams:{account_id:string,name:string,reach:string}[][]}[]
	/** there is one page */
	next: null
}
export interface RotaListInput {
	/** 12345, centre, or another that is staffed */
	desk: string
}
/** Rotas of a desk by kind of day. */
export const rotaList = (input: RotaListInput) =>
	call<RotaListOutput>('GET', `/rotas`, { query: { desk: input.desk } })
export interface RotaPutOutput {
	/** workday, restday, holiday */
	items: {applies:"workday"|"restday"|"holiday",begins:string,version:number,turns:{begin:string,minutes:number}[],teams:{account_id:string,name:string,reach:string}[][]}[]
	/** there is one page */
	next: null
}
export interface RotaPutInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** working days with those that make up for holidays (调休), days of rest, statutory holidays; one without a rota has the one before it */
	applies: 'workday' | 'restday' | 'holiday'
	/** day on which the first team has the first turn, 2026-10-01 */
	begins: string
	/** [{begin: 08:00, minutes}] of a day, at most 8; none: takes the rota away */
	turns: unknown
	/** [[{account_id, reach}]] that take turns in this order, at most 20; in a team the order in which they are called */
	teams: unknown
	/** as read, 0 for a new one */
	version: number
}
/** Sets turns and teams of a desk for one kind of day; without turns takes them away. */
export const rotaPut = (input: RotaPutInput) =>
	call<RotaPutOutput>('PUT', `/rotas`, { body: { desk: input.desk, applies: input.applies, begins: input.begins, turns: input.turns, teams: input.teams, version: input.version } })
export interface RotaApplyOutput {
	/** shifts made, one a person */
	made: number
	/** known: the calendar of its year is published; rota: whose turns it has, empty: none; kept: it has shifts already, which stay */
	days: {date:string,kind:"workday"|"restday"|"holiday",occasion:string,known:boolean,rota:""|"workday"|"restday"|"holiday",kept:boolean,shifts:{begin:string,end:string,names:string[]}[]}[]
}
export interface RotaApplyInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** first day, 2026-10-01 */
	from: string
	/** how many */
	days: number
}
/** Makes the shifts of days that have none. */
export const rotaApply = (input: RotaApplyInput) =>
	call<RotaApplyOutput>('POST', `/rotas/apply`, { body: { desk: input.desk, from: input.from, days: input.days } })
export interface RotaPlanOutput {
	/** shifts made, one a person */
	made: number
	/** known: the calendar of its year is published; rota: whose turns it has, empty: none; kept: it has shifts already, which stay */
	days: {date:string,kind:"workday"|"restday"|"holiday",occasion:string,known:boolean,rota:""|"workday"|"restday"|"holiday",kept:boolean,shifts:{begin:string,end:string,names:string[]}[]}[]
}
export interface RotaPlanInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** first day, 2026-10-01 */
	from: string
	/** how many */
	days: number
}
/** Which rota the working calendar gives each day, and whose turns it would make. */
export const rotaPlan = (input: RotaPlanInput) =>
	call<RotaPlanOutput>('GET', `/rotas/plan`, { query: { desk: input.desk, from: input.from, days: input.days } })
export interface MeasureSchemesOutput {
	/** newest versions */
	items: {name:string,version:number,stored_at:string,document:{scheme:string,title:string,title_en:string,doc?:string,indicators:{name:string,title:string,title_en:string,weight:number,lines:string[],formula:string,good:number,poor:number}[]}}[]
	/** there is one page */
	next: null
}
/** Schemes of assessment. */
export const measureSchemes = () =>
	call<MeasureSchemesOutput>('GET', `/schemes`)
export interface AccountServicesOutput {
	/** by age */
	items: {account_id: string, login: string, name: string, org_id: string, org_name: string, state: string}[]
	/** cursor of the next page */
	next: string|null
}
export interface AccountServicesInput {
	/** part of login or name */
	q?: string
	/** cursor: next of the page before */
	after?: string
	/** items a page, 50 when absent */
	limit?: number
}
/** Lists service accounts of all organisations, to grant access to. */
export const accountServices = (input: AccountServicesInput = {}) =>
	call<AccountServicesOutput>('GET', `/service-accounts`, { query: { q: input.q, after: input.after, limit: input.limit } })
/** Logs out. */
export const sessionLogout = () =>
	call<void>('DELETE', `/session`)
export interface SessionGetOutput {
	/** account */
	account_id: string
	/** login */
	login: string
	/** name of the person */
	name: string
	/** organisation */
	org_id: string
	/** its name */
	org_name: string
	/** roles */
	roles: string[]
	/** what the roles allow */
	permits: string[]
	/** to be sent as X-CSRF-Token with every change; null for API keys */
	csrf: string|null
	/** true after a one-time password: only the session routes answer */
	must_change_password: boolean
}
/** Says who is logged in and what they may do. */
export const sessionGet = () =>
	call<SessionGetOutput>('GET', `/session`)
export interface SessionLoginOutput {
	/** account */
	account_id: string
	/** login */
	login: string
	/** name of the person */
	name: string
	/** organisation */
	org_id: string
	/** its name */
	org_name: string
	/** roles */
	roles: string[]
	/** what the roles allow */
	permits: string[]
	/** to be sent as X-CSRF-Token with every change; null for API keys */
	csrf: string|null
	/** true after a one-time password: only the session routes answer */
	must_change_password: boolean
}
export interface SessionLoginInput {
	/** login, case does not matter */
	login: string
	/** password */
	password: string
}
/** Logs in; sets the session cookie. */
export const sessionLogin = (input: SessionLoginInput) =>
	call<SessionLoginOutput>('POST', `/session`, { body: { login: input.login, password: input.password } })
export interface SessionPasswordInput {
	/** the password in use */
	old_password: string
	/** at least 12 characters, without the login */
	new_password: string
}
/** Changes the own password; other sessions of the account end. */
export const sessionPassword = (input: SessionPasswordInput) =>
	call<void>('POST', `/session/password`, { body: { old_password: input.old_password, new_password: input.new_password } })
export interface SystemSettingsOutput {
	/** by name */
	items: {name: string, value: string, default: string, doc: string, min: number, max: number, version: number}[]
	/** there is one page */
	next: null
}
/** Lists the settings in force. */
export const systemSettings = () =>
	call<SystemSettingsOutput>('GET', `/settings`)
export interface SystemSettingChangeOutput {
	/** setting */
	name: string
	/** value in force */
	value: string
	/** for the next change */
	version: number
}
export interface SystemSettingChangeInput {
	/** setting */
	name: string
	/** new value, numbers as text */
	value: string
	/** version read before, 0 when never set */
	version: number
}
/** Changes a setting. */
export const systemSettingChange = (input: SystemSettingChangeInput) =>
	call<SystemSettingChangeOutput>('PUT', `/settings/${encodeURIComponent(input.name)}`, { body: { value: input.value, version: input.version } })
export interface ShiftListOutput {
	/** by begin and rank */
	items: {shift_id:string,desk:string,account_id:string,name:string,org_name:string|null,rank:number,reach:string,begin:string,end:string,version:number}[]
	/** there is one page */
	next: null
}
export interface ShiftListInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** begin */
	from: string
	/** end */
	until: string
}
/** Who is on duty at a desk, and when. */
export const shiftList = (input: ShiftListInput) =>
	call<ShiftListOutput>('GET', `/shifts`, { query: { desk: input.desk, from: input.from, until: input.until } })
export interface ShiftAddInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** begin */
	begin: string
	/** end, at most seven days later */
	end: string
	/** [{account_id, reach}] in the order in which they are called */
	people: unknown
}
/** Adds a shift. */
export const shiftAdd = (input: ShiftAddInput) =>
	call<void>('POST', `/shifts`, { body: { desk: input.desk, begin: input.begin, end: input.end, people: input.people } })
export interface ShiftCopyOutput {
	/** shifts made; weeks that had any are left alone */
	made: number
}
export interface ShiftCopyInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** begin of the week that is copied */
	from: string
	/** onto how many that follow */
	weeks: number
}
/** Copies a week of a desk onto those that follow and are empty. */
export const shiftCopy = (input: ShiftCopyInput) =>
	call<ShiftCopyOutput>('POST', `/shifts/copy`, { body: { desk: input.desk, from: input.from, weeks: input.weeks } })
export interface ShiftFileOutput {
	/** name it in the next calls */
	upload_id: string
	/** file name */
	name: string
	/** bytes */
	size: number
	/** of the file */
	sha256: string
}
export interface ShiftFileInput {
	/** file name */
	name: string
}
export interface ShiftGapsOutput {
	/** nobody, or more than one, is first */
	items: {kind:"gap"|"double",from:string,until:string}[]
	/** there is one page */
	next: null
}
export interface ShiftGapsInput {
	/** 12345, centre, or another that is staffed */
	desk: string
	/** begin */
	from: string
	/** end */
	until: string
}
/** Times at which nobody, or more than one, is first at a desk. */
export const shiftGaps = (input: ShiftGapsInput) =>
	call<ShiftGapsOutput>('GET', `/shifts/gaps`, { query: { desk: input.desk, from: input.from, until: input.until } })
export interface ShiftImportOutput {
	/** of a workbook */
	sheets: string[]
	/** columns of the file */
	names: string[]
	/** which column is what */
	columns: {[field: string]: string}
	/** a member that needs a column; empty: none */
	missing: string
	/** rows read */
	rows: number
	/** shifts that are new */
	fresh: number
	/** were there already, or twice in the file */
	same: number
	/** are no shifts */
	bad: number
	/** shifts written */
	made: number
	/** at most 500, what is wrong first */
	items: {row:number,state:"new"|"same"|"bad",desk:string,person:string,rank:number,reach:string,begin:string|null,end:string|null,field:string,value:string,message:string,advice:string}[]
}
export interface ShiftImportInput {
	/** of POST /shifts/files */
	upload_id: string
	/** of a workbook, the first when left out */
	sheet?: string
	/** {field: column}: desk, date, begin, end, person (login or name), rank, reach; found by name when left out */
	columns?: unknown
	/** of rows that name none */
	desk?: string
	/** write them; else only look */
	apply?: boolean
	/** rows that are no shifts are left out; else nothing is written while there are any */
	skip_bad?: boolean
}
/** What the file's rows would be as shifts, and what is wrong with them; with apply they come in, all at once. */
export const shiftImport = (input: ShiftImportInput) =>
	call<ShiftImportOutput>('POST', `/shifts/import`, { body: { upload_id: input.upload_id, sheet: input.sheet, columns: input.columns, desk: input.desk, apply: input.apply, skip_bad: input.skip_bad } })
export interface ShiftNowOutput {
	/** by begin and rank */
	items: {shift_id:string,desk:string,account_id:string,name:string,org_name:string|null,rank:number,reach:string,begin:string,end:string,version:number}[]
	/** there is one page */
	next: null
}
export interface ShiftNowInput {
	/** all when left out */
	desk?: string
}
/** Who is on duty now, in the order in which they are called. */
export const shiftNow = (input: ShiftNowInput = {}) =>
	call<ShiftNowOutput>('GET', `/shifts/now`, { query: { desk: input.desk } })
export interface ShiftSwapInput {
	/** one person of a shift */
	id: string
	/** as read */
	version: number
	/** who sits there instead; taken off when left out */
	account_id?: string
	/** how to reach them */
	reach?: string
	/** why, for the evidence */
	reason: string
}
/** Replaces one person of a shift, or takes that person off it. */
export const shiftSwap = (input: ShiftSwapInput) =>
	call<void>('POST', `/shifts/${encodeURIComponent(input.id)}/swap`, { body: { version: input.version, account_id: input.account_id, reach: input.reach, reason: input.reason } })
export interface NotifySmsReceiptInput {
	/** key that GET /notify tells the system administrator */
	key: string
	/** the {id} it was sent with, or the gateway's message id */
	id: string
	/** the gateway's status */
	status: string
}
/** The SMS gateway's word on a message, with the key it was given. */
export const notifySmsReceipt = (input: NotifySmsReceiptInput) =>
	call<void>('GET', `/sms/receipts`, { query: { key: input.key, id: input.id, status: input.status } })
export interface NotifySmsReceiptsInput {
	/** key that GET /notify tells the system administrator */
	key: string
}
/** The same in a body: a form, a JSON object or array (also as a member of an object), XML, or these in a field of a form; at most 500; members as described. */
export const notifySmsReceipts = (input: NotifySmsReceiptsInput) =>
	call<void>('POST', `/sms/receipts`, { query: { key: input.key } })
export interface SourceListOutput {
	/** by name; org_id null: for all */
	items: {source_id: string, name: string, kind: string, place: string, org_id: string | null, version: number}[]
	/** there is one page */
	next: null
}
/** Databases that loads may read from. */
export const sourceList = () =>
	call<SourceListOutput>('GET', `/sources`)
export interface SourceCreateOutput {
	/** source */
	source_id: string
	/** where it leads, without secrets */
	place: string
}
export interface SourceCreateInput {
	/** what people call it; unique */
	name: string
	/** kind of database; by ODBC a MariaDB, for proxied records */
	kind: 'postgres' | 'odbc'
	/** postgres://user:password@host:port/database, or odbc:Dialect=mariadb;…; write-only */
	url: string
	/** organisation whose officers may use it; 0 or absent = all */
	org_id?: string
}
/** Adds a database; its password is kept locked and never shown. */
export const sourceCreate = (input: SourceCreateInput) =>
	call<SourceCreateOutput>('POST', `/sources`, { body: { name: input.name, kind: input.kind, url: input.url, org_id: input.org_id } })
export interface SourceRemoveInput {
	/** source */
	id: string
	/** as it was read */
	version: number
}
/** Removes it with its password; refused while entries are proxied from it or loads read it. */
export const sourceRemove = (input: SourceRemoveInput) =>
	call<void>('DELETE', `/sources/${encodeURIComponent(input.id)}`, { query: { version: input.version } })
export interface SourceGetOutput {
	/** source */
	source_id: string
	/** its name */
	name: string
	/** its kind */
	kind: string
	/** where it leads */
	place: string
	/** organisation; 0 = all */
	org_id: string
	/** for PUT and DELETE */
	version: number
	/** as it is kept, without its password; empty: it was stored under another installation key */
	url: string
	/** a password or key is kept */
	secret: boolean
	/** what keeps it from being removed, at most 50 */
	uses: {kind: "delivery" | "proxy" | "load", id: string, resource_id: string, resource: string | null, what: string}[]
}
export interface SourceGetInput {
	/** source */
	id: string
}
/** One database as it can be changed, without its password, and what uses it. */
export const sourceGet = (input: SourceGetInput) =>
	call<SourceGetOutput>('GET', `/sources/${encodeURIComponent(input.id)}`)
export interface SourceChangeOutput {
	/** source */
	source_id: string
	/** where it leads, without secrets */
	place: string
}
export interface SourceChangeInput {
	/** source */
	id: string
	/** as it was read */
	version: number
	/** unique */
	name: string
	/** as in POST; stays when absent. Without a password the kept one stays, as long as server and account do */
	url?: string
	/** true: a kept password that the address leaves out is not used any more */
	no_secret?: boolean
	/** organisation whose officers may use it; 0 or absent = all */
	org_id?: string
}
/** Changes it; the next read of proxied records goes to the new address. */
export const sourceChange = (input: SourceChangeInput) =>
	call<SourceChangeOutput>('PUT', `/sources/${encodeURIComponent(input.id)}`, { body: { version: input.version, name: input.name, url: input.url, no_secret: input.no_secret, org_id: input.org_id } })
export interface SourceProposeOutput {
	/** csv, xlsx, jsonl, geojson, postgres */
	format: string
	/** as found */
	charset: string
	/** CSV */
	separator: string | undefined
	/** XLSX */
	sheets: string[] | undefined
	/** CSV, XLSX: line or sheet row taken as the header */
	header_row: number | undefined
	/** records looked at */
	rows_seen: number
	/** proposals, one a column */
	fields: Record<string, unknown>[]
	/** what a person should look at */
	problems: {path: string, rule: string, message: string, advice: string}[]
}
export interface SourceProposeInput {
	/** source */
	id: string
	/** schema of the source's table */
	schema: string
	/** table or view */
	table: string
}
/** Proposes the fields of a table. */
export const sourcePropose = (input: SourceProposeInput) =>
	call<SourceProposeOutput>('POST', `/sources/${encodeURIComponent(input.id)}/propose`, { body: { schema: input.schema, table: input.table } })
export interface SourceTablesOutput {
	/** tables and views that may be read */
	items: {schema: string, table: string, columns: {name: string, type: string}[]}[]
	/** there is one page */
	next: null
}
export interface SourceTablesInput {
	/** source */
	id: string
}
/** Tables of a source. */
export const sourceTables = (input: SourceTablesInput) =>
	call<SourceTablesOutput>('GET', `/sources/${encodeURIComponent(input.id)}/tables`)
export interface SourceTestOutput {
	/** version that answered */
	server: string
}
export interface SourceTestInput {
	/** source */
	id: string
}
/** Connects once. */
export const sourceTest = (input: SourceTestInput) =>
	call<SourceTestOutput>('POST', `/sources/${encodeURIComponent(input.id)}/test`)
export interface NoticeStaffOutput {
	/** at most 50, by organisation */
	items: {account_id: string, name: string, org_id: string, org_name: string}[]
	/** there is one page */
	next: null
}
export interface NoticeStaffInput {
	/** part of a name or of an organisation's name */
	q: string
}
/** Colleagues to write to, by name or organisation. */
export const noticeStaff = (input: NoticeStaffInput) =>
	call<NoticeStaffOutput>('GET', `/staff`, { query: { q: input.q } })
/** The calling system hears of nothing more. */
export const subscriptionStop = () =>
	call<void>('DELETE', `/subscription`)
export interface SubscriptionGetOutput {
	/** service account */
	account_id: string
	/** open311, platform */
	kind: string
	/** its template, or empty */
	platform: string
	/** where changes are posted */
	url: string
	/**  */
	active: boolean
	/** a token goes with them */
	token_set: boolean
	/** of the signature, 64 hex digits; null in answers to changes */
	key: string | null
	/** for changes */
	version: number
}
/** Where the calling system hears of changes of its cases. */
export const subscriptionGet = () =>
	call<SubscriptionGetOutput>('GET', `/subscription`)
export interface SubscriptionPutOutput {
	/** service account */
	account_id: string
	/** open311, platform */
	kind: string
	/** its template, or empty */
	platform: string
	/** where changes are posted */
	url: string
	/**  */
	active: boolean
	/** a token goes with them */
	token_set: boolean
	/** of the signature, 64 hex digits; null in answers to changes */
	key: string | null
	/** for changes */
	version: number
}
export interface SubscriptionPutInput {
	/** where changes are posted: http(s)://… */
	url: string
}
/** The calling system wants to hear of changes of its cases. */
export const subscriptionPut = (input: SubscriptionPutInput) =>
	call<SubscriptionPutOutput>('PUT', `/subscription`, { body: { url: input.url } })
export interface SubscriptionKeyOutput {
	/** service account */
	account_id: string
	/** open311, platform */
	kind: string
	/** its template, or empty */
	platform: string
	/** where changes are posted */
	url: string
	/**  */
	active: boolean
	/** a token goes with them */
	token_set: boolean
	/** of the signature, 64 hex digits; null in answers to changes */
	key: string | null
	/** for changes */
	version: number
}
/** Another key of the signature; the old one ends at once. */
export const subscriptionKey = () =>
	call<SubscriptionKeyOutput>('POST', `/subscription/key`)
export interface SubscriptionMessagesOutput {
	/** newest first; detail: what the last try was answered */
	items: { message_id: string; case_id: string; number: string; event_no: number; state: "waiting" | "sent" | "failed"; attempts: number; made_at: string; next_at: string | null; done_at: string | null; detail: string; to_state: string | null }[]
	/** cursor */
	next: string | null
}
export interface SubscriptionMessagesInput {
	/** all when left out */
	state?: 'waiting' | 'sent' | 'failed'
	/** rows a page, 50 */
	limit?: number
	/** next of the page before */
	after?: string
}
/** What the calling system was told, with receipts. */
export const subscriptionMessages = (input: SubscriptionMessagesInput = {}) =>
	call<SubscriptionMessagesOutput>('GET', `/subscription/messages`, { query: { state: input.state, limit: input.limit, after: input.after } })
export interface MeasureSystemsOutput {
	/** newest first */
	items: {system_id:string,name:string,org_id:string,org_name:string,purpose:string,network:"government"|"internet"|"private"|"none",data:string,budget:"none"|"asked"|"approved"|"upkeep",plan:"keep"|"merge"|"close"|"closed",plan_note:string,live_day:string|null,level:number,entries:number,updated_at:string,updated_by:string,version:number,may_edit:boolean}[]
	/** for `after` */
	next: string|null
}
export interface MeasureSystemsInput {
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** where it runs */
	network?: 'government' | 'internet' | 'private' | 'none'
	/** consolidation */
	plan?: 'keep' | 'merge' | 'close' | 'closed'
	/** budget */
	budget?: 'none' | 'asked' | 'approved' | 'upkeep'
	/** only those without a published entry */
	bare?: boolean
	/** part of the text */
	q?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** The inventory of information systems: one's own department's, the data bureau all. */
export const measureSystems = (input: MeasureSystemsInput = {}) =>
	call<MeasureSystemsOutput>('GET', `/systems`, { query: { org: input.org, network: input.network, plan: input.plan, budget: input.budget, bare: input.bare, q: input.q, after: input.after, limit: input.limit } })
export interface MeasureSystemAddOutput {
	/** system */
	system_id: string
	/** its name */
	name: string
	/** owner */
	org_id: string
	/** its name */
	org_name: string
	/** what it is for */
	purpose: string
	/** where it runs */
	network: "government"|"internet"|"private"|"none"
	/** what it holds */
	data: string
	/** budget */
	budget: "none"|"asked"|"approved"|"upkeep"
	/** consolidation */
	plan: "keep"|"merge"|"close"|"closed"
	/** more of it */
	plan_note: string
	/** in use since */
	live_day: string|null
	/** of the protection scheme */
	level: number
	/** published entries that hold its data */
	entries: number
	/** time */
	updated_at: string
	/** login */
	updated_by: string
	/** for changes */
	version: number
	/** the caller may change it */
	may_edit: boolean
	/** entries named */
	resources: {resource_id:string,name:string,code:string|null,state:string,org_id:string}[]
}
export interface MeasureSystemAddInput {
	/** unique within its owner */
	name: string
	/** owner; one's own when left out */
	org_id?: string
	/** what it is for */
	purpose: string
	/** 政务外网, 互联网, 专网, none */
	network: 'government' | 'internet' | 'private' | 'none'
	/** what it holds, in words */
	data?: string
	/** state of its budget, none when left out */
	budget?: 'none' | 'asked' | 'approved' | 'upkeep'
	/** consolidation (整合), keep when left out */
	plan?: 'keep' | 'merge' | 'close' | 'closed'
	/** into which system, until when */
	plan_note?: string
	/** 2020-05-31, empty = not known */
	live_day?: string
	/** level of the protection scheme GB/T 22239, 0 = not graded */
	level?: number
	/** ids of the entries that hold its data; left out: as they are */
	resources?: unknown
}
/** Registers a system: a department its own, the data bureau any. */
export const measureSystemAdd = (input: MeasureSystemAddInput) =>
	call<MeasureSystemAddOutput>('POST', `/systems`, { body: { name: input.name, org_id: input.org_id, purpose: input.purpose, network: input.network, data: input.data, budget: input.budget, plan: input.plan, plan_note: input.plan_note, live_day: input.live_day, level: input.level, resources: input.resources } })
export interface MeasureSystemsSheetInput {
	/** only of this organisation (data bureau; a department has its own) */
	org?: string
	/** where it runs */
	network?: 'government' | 'internet' | 'private' | 'none'
	/** consolidation */
	plan?: 'keep' | 'merge' | 'close' | 'closed'
	/** budget */
	budget?: 'none' | 'asked' | 'approved' | 'upkeep'
	/** only those without a published entry */
	bare?: boolean
	/** part of the text */
	q?: string
}
export interface MeasureSystemsImportOutput {
	/** rows */
	added: number
	/** rows */
	changed: number
	/** rows that were so already */
	same: number
	/** rows that did not fit */
	refused: number
	/** the first 200 of them */
	failed: {row_no:number,field:string,value:string,message:string,advice:string}[]
}
export interface MeasureSystemsImportInput {
	/** file name, for messages */
	name: string
}
export interface MeasureSystemRemoveInput {
	/** system */
	id: string
	/** version that was seen */
	version: number
}
/** Removes a system registered by mistake (one that ended is closed instead). */
export const measureSystemRemove = (input: MeasureSystemRemoveInput) =>
	call<void>('DELETE', `/systems/${encodeURIComponent(input.id)}`, { query: { version: input.version } })
export interface MeasureSystemOutput {
	/** system */
	system_id: string
	/** its name */
	name: string
	/** owner */
	org_id: string
	/** its name */
	org_name: string
	/** what it is for */
	purpose: string
	/** where it runs */
	network: "government"|"internet"|"private"|"none"
	/** what it holds */
	data: string
	/** budget */
	budget: "none"|"asked"|"approved"|"upkeep"
	/** consolidation */
	plan: "keep"|"merge"|"close"|"closed"
	/** more of it */
	plan_note: string
	/** in use since */
	live_day: string|null
	/** of the protection scheme */
	level: number
	/** published entries that hold its data */
	entries: number
	/** time */
	updated_at: string
	/** login */
	updated_by: string
	/** for changes */
	version: number
	/** the caller may change it */
	may_edit: boolean
	/** entries named */
	resources: {resource_id:string,name:string,code:string|null,state:string,org_id:string}[]
}
export interface MeasureSystemInput {
	/** system */
	id: string
}
/** One system with its entries. */
export const measureSystem = (input: MeasureSystemInput) =>
	call<MeasureSystemOutput>('GET', `/systems/${encodeURIComponent(input.id)}`)
export interface MeasureSystemChangeOutput {
	/** system */
	system_id: string
	/** its name */
	name: string
	/** owner */
	org_id: string
	/** its name */
	org_name: string
	/** what it is for */
	purpose: string
	/** where it runs */
	network: "government"|"internet"|"private"|"none"
	/** what it holds */
	data: string
	/** budget */
	budget: "none"|"asked"|"approved"|"upkeep"
	/** consolidation */
	plan: "keep"|"merge"|"close"|"closed"
	/** more of it */
	plan_note: string
	/** in use since */
	live_day: string|null
	/** of the protection scheme */
	level: number
	/** published entries that hold its data */
	entries: number
	/** time */
	updated_at: string
	/** login */
	updated_by: string
	/** for changes */
	version: number
	/** the caller may change it */
	may_edit: boolean
	/** entries named */
	resources: {resource_id:string,name:string,code:string|null,state:string,org_id:string}[]
}
export interface MeasureSystemChangeInput {
	/** system */
	id: string
	/** version of the system that was seen */
	version: number
	/** unique within its owner */
	name: string
	/** owner; one's own when left out */
	org_id?: string
	/** what it is for */
	purpose: string
	/** 政务外网, 互联网, 专网, none */
	network: 'government' | 'internet' | 'private' | 'none'
	/** what it holds, in words */
	data?: string
	/** state of its budget, none when left out */
	budget?: 'none' | 'asked' | 'approved' | 'upkeep'
	/** consolidation (整合), keep when left out */
	plan?: 'keep' | 'merge' | 'close' | 'closed'
	/** into which system, until when */
	plan_note?: string
	/** 2020-05-31, empty = not known */
	live_day?: string
	/** level of the protection scheme GB/T 22239, 0 = not graded */
	level?: number
	/** ids of the entries that hold its data; left out: as they are */
	resources?: unknown
}
/** Changes a system. */
export const measureSystemChange = (input: MeasureSystemChangeInput) =>
	call<MeasureSystemChangeOutput>('PUT', `/systems/${encodeURIComponent(input.id)}`, { body: { version: input.version, name: input.name, org_id: input.org_id, purpose: input.purpose, network: input.network, data: input.data, budget: input.budget, plan: input.plan, plan_note: input.plan_note, live_day: input.live_day, level: input.level, resources: input.resources } })
export interface TargetListOutput {
	/** by name */
	items: {target_id: string, name: string, kind: string, place: string, org_id: string, version: number}[]
	/** there is one page */
	next: null
}
/** Databases, folders, SFTP servers and HTTP endpoints that deliveries may write to. */
export const targetList = () =>
	call<TargetListOutput>('GET', `/targets`)
export interface TargetCreateOutput {
	/** target */
	target_id: string
	/** where it leads, without secrets */
	place: string
}
export interface TargetCreateInput {
	/** what people call it; unique */
	name: string
	/** kind of target */
	kind: 'postgres' | 'odbc' | 'folder' | 'sftp' | 'http'
	/** write-only. postgres://user:password@host:port/database (the account needs CREATE on the schemas delivered to), odbc: and a connection string: Dialect=mariadb|sqlite|generic;Driver={…} or DSN=…;Server=…;Port=…;Database=…;Uid=…;Pwd={…} (it needs to create and drop tables), folder:name below deliveries.folder, sftp://user@host:port/folder, https://host/path */
	url: string
	/** sftp: the server's host key, SHA256:… as ssh-keygen -lf shows it; no other is talked to */
	fingerprint?: string
	/** sftp: password, or private key (Ed25519 or ECDSA, without passphrase); write-only */
	secret?: string
	/** receiver: its officers may use it */
	org_id: string
}
/** Adds a receiver's database, folder, SFTP server or HTTP endpoint; secrets are kept locked and never shown. */
export const targetCreate = (input: TargetCreateInput) =>
	call<TargetCreateOutput>('POST', `/targets`, { body: { name: input.name, kind: input.kind, url: input.url, fingerprint: input.fingerprint, secret: input.secret, org_id: input.org_id } })
export interface TargetTryOutput {
	/** version that answered */
	server: string
}
export interface TargetTryInput {
	/** kind of target */
	kind: 'postgres' | 'odbc' | 'folder' | 'sftp' | 'http'
	/** write-only. postgres://user:password@host:port/database (the account needs CREATE on the schemas delivered to), odbc: and a connection string: Dialect=mariadb|sqlite|generic;Driver={…} or DSN=…;Server=…;Port=…;Database=…;Uid=…;Pwd={…} (it needs to create and drop tables), folder:name below deliveries.folder, sftp://user@host:port/folder, https://host/path */
	url: string
	/** sftp: the server's host key, SHA256:… as ssh-keygen -lf shows it; no other is talked to */
	fingerprint?: string
	/** sftp: password, or private key (Ed25519 or ECDSA, without passphrase); write-only */
	secret?: string
	/** a target whose secret is used where it is left out */
	target_id?: string
	/** true: a kept password that the address leaves out is not used any more */
	no_secret?: boolean
}
/** Connects once to an address that is not kept. */
export const targetTry = (input: TargetTryInput) =>
	call<TargetTryOutput>('POST', `/targets/try`, { body: { kind: input.kind, url: input.url, fingerprint: input.fingerprint, secret: input.secret, target_id: input.target_id, no_secret: input.no_secret } })
export interface TargetRemoveInput {
	/** target */
	id: string
	/** as it was read */
	version: number
}
/** Removes it with its secrets; refused while deliveries use it. Those that ended still name it. */
export const targetRemove = (input: TargetRemoveInput) =>
	call<void>('DELETE', `/targets/${encodeURIComponent(input.id)}`, { query: { version: input.version } })
export interface TargetGetOutput {
	/** target */
	target_id: string
	/** its name */
	name: string
	/** its kind */
	kind: string
	/** where it leads */
	place: string
	/** organisation; 0 = all */
	org_id: string
	/** for PUT and DELETE */
	version: number
	/** as it is kept, without its password; empty: it was stored under another installation key */
	url: string
	/** sftp: the host key */
	fingerprint: string
	/** a password or key is kept */
	secret: boolean
	/** what keeps it from being removed, at most 50 */
	uses: {kind: "delivery" | "proxy" | "load", id: string, resource_id: string, resource: string | null, what: string}[]
}
export interface TargetGetInput {
	/** target */
	id: string
}
/** One target as it can be changed, without its secrets, and what uses it. */
export const targetGet = (input: TargetGetInput) =>
	call<TargetGetOutput>('GET', `/targets/${encodeURIComponent(input.id)}`)
export interface TargetChangeOutput {
	/** target */
	target_id: string
	/** where it leads, without secrets */
	place: string
}
export interface TargetChangeInput {
	/** target */
	id: string
	/** as it was read */
	version: number
	/** unique */
	name: string
	/** kind of target */
	kind?: 'postgres' | 'odbc' | 'folder' | 'sftp' | 'http'
	/** write-only. postgres://user:password@host:port/database (the account needs CREATE on the schemas delivered to), odbc: and a connection string: Dialect=mariadb|sqlite|generic;Driver={…} or DSN=…;Server=…;Port=…;Database=…;Uid=…;Pwd={…} (it needs to create and drop tables), folder:name below deliveries.folder, sftp://user@host:port/folder, https://host/path */
	url?: string
	/** sftp: the server's host key, SHA256:… as ssh-keygen -lf shows it; no other is talked to */
	fingerprint?: string
	/** sftp: password, or private key (Ed25519 or ECDSA, without passphrase); write-only */
	secret?: string
	/** true: a kept password that the address leaves out is not used any more */
	no_secret?: boolean
	/** receiver: its officers may use it */
	org_id: string
}
/** Changes it; the next run of a delivery begins with all records where it finds none of its own. */
export const targetChange = (input: TargetChangeInput) =>
	call<TargetChangeOutput>('PUT', `/targets/${encodeURIComponent(input.id)}`, { body: { version: input.version, name: input.name, kind: input.kind, url: input.url, fingerprint: input.fingerprint, secret: input.secret, no_secret: input.no_secret, org_id: input.org_id } })
export interface TargetTestOutput {
	/** version that answered */
	server: string
}
export interface TargetTestInput {
	/** target */
	id: string
}
/** Connects once. */
export const targetTest = (input: TargetTestInput) =>
	call<TargetTestOutput>('POST', `/targets/${encodeURIComponent(input.id)}/test`)
export interface CatalogTemplatesOutput {
	/** entries to begin with */
	items: {name:string,title:string,doc:string,document:{code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}}[]
	/** there is one page */
	next: null
}
/** Entries that packs offer to begin with. */
export const catalogTemplates = () =>
	call<CatalogTemplatesOutput>('GET', `/templates`)
export interface RecordTileInput {
	/** id, or code with ~ for / */
	resource: string
	/** zoom, 0..22 */
	z: number
	/** column from the west */
	x: number
	/** row from the north, with .mvt */
	y: string
	/** names of the attributes, at most 16; only clear ones */
	fields?: string
	/** more points than this in a tile come as clusters (cluster_count); 20000 when not given */
	cluster?: number
	/** filters, see the guide */
	[name: string]: unknown
}
/** A Mapbox vector tile 2.1 of what the caller sees clear; filters as for records. */
export const recordTile = (input: RecordTileInput) =>
	call<void>('GET', `/tiles/${encodeURIComponent(input.resource)}/${encodeURIComponent(input.z)}/${encodeURIComponent(input.x)}/${encodeURIComponent(input.y)}`, { query: rest(input, 'resource', 'z', 'x', 'y') })
export interface ExchangeUploadOutput {
	/** for loads and proposals */
	upload_id: string
	/** as given */
	name: string
	/** bytes */
	size: number
	/** of the bytes */
	sha256: string
}
export interface ExchangeUploadInput {
	/** file name; never used as a path */
	name: string
}
export interface ExchangeProposeOutput {
	/** csv, xlsx, jsonl, geojson, postgres */
	format: string
	/** as found */
	charset: string
	/** CSV */
	separator: string | undefined
	/** XLSX */
	sheets: string[] | undefined
	/** CSV, XLSX: line or sheet row taken as the header */
	header_row: number | undefined
	/** records looked at */
	rows_seen: number
	/** proposals, one a column */
	fields: Record<string, unknown>[]
	/** what a person should look at */
	problems: {path: string, rule: string, message: string, advice: string}[]
}
export interface ExchangeProposeInput {
	/** upload */
	id: string
	/** XLSX: sheet to read, the first when absent */
	sheet?: string
	/** found out when absent */
	charset?: 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be'
}
/** Proposes the fields of a file. */
export const exchangePropose = (input: ExchangeProposeInput) =>
	call<ExchangeProposeOutput>('POST', `/uploads/${encodeURIComponent(input.id)}/propose`, { body: { sheet: input.sheet, charset: input.charset } })
export interface VerificationListOutput {
	/** newest first */
	items: {case_id:string,number:string,title:string,resource_id:string,record_id:string,state:string,outcome:string,case_state:string,class_code:string,area_text:string,officer:string|null,due_at:string|null,fields:number,doubts:number,order_id:string|null,order_number:string|null,sent_at:string,answered_at:string|null,closed_at:string|null}[]
	/** after of the next page */
	next: string|null
}
export interface VerificationListInput {
	/** only these */
	state?: 'sent' | 'answered' | 'corrected' | 'closed'
	/** only of this entry */
	resource?: string
	/** only of this record */
	record?: string
	/** only with this objection among its doubts */
	objection?: string
	/** only those that are late */
	late?: boolean
	/** part of number or title */
	q?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Verifications of one's own organisation's records; the data bureau sees all. */
export const verificationList = (input: VerificationListInput = {}) =>
	call<VerificationListOutput>('GET', `/verifications`, { query: { state: input.state, resource: input.resource, record: input.record, objection: input.objection, late: input.late, q: input.q, after: input.after, limit: input.limit } })
export interface VerificationSendOutput {
	/** records that are tasks now */
	sent: number
	/** records whose task was open: they joined it */
	joined: number
	/** records that were not sent: see their rule */
	refused: number
	/** what came of each; staffed: false: nobody is on duty there, the centre assigns somebody */
	items: {record_id:string,result:"sent"|"joined"|"refused",case_id:string|null,number:string,area_text:string,officer:string,staffed:boolean,rule:string,message:string,advice:string}[]
	/** there is one page */
	next: null
}
export interface VerificationSendInput {
	/** entry of one's own organisation */
	resource_id: string
	/** [{record_id, fields: [name], reason}]: records chosen by hand */
	records?: unknown
	/** ids of objections that wait to be checked */
	objections?: unknown
	/** ids of rows in quarantine: the stored records of their keys are in doubt, in the fields that broke a rule */
	refused?: unknown
	/** a class of verification (D…); the last one when left out */
	class_code?: string
	/** at most 4 fields that tell which thing it is; key and name when left out */
	identify?: unknown
	/** where it is, for records without a position; the first address when left out */
	address_field?: string
	/** for whoever goes and looks */
	words?: string
}
/** Sends records in doubt to the field, each to the officer of its grid. */
export const verificationSend = (input: VerificationSendInput) =>
	call<VerificationSendOutput>('POST', `/verifications`, { body: { resource_id: input.resource_id, records: input.records, objections: input.objections, refused: input.refused, class_code: input.class_code, identify: input.identify, address_field: input.address_field, words: input.words } })
export interface VerificationCountsOutput {
	/** to be looked at */
	sent: number
	/** wrong, to be corrected */
	answered: number
	/** corrected by a load */
	corrected: number
	/** right, not found out, or ended */
	closed: number
	/** of those sent */
	late: number
	/** objections that wait to be checked */
	doubts: number
}
/** How many there are, by state. */
export const verificationCounts = () =>
	call<VerificationCountsOutput>('GET', `/verifications/counts`)
export interface VerificationDoubtsOutput {
	/** newest first */
	items: {case_id:string,number:string,title:string,resource_id:string,record_id:string,form:Record<string,string>,org_name:string|null,created_at:string,due_at:string|null,field_title:string}[]
	/** after of the next page */
	next: string|null
}
export interface VerificationDoubtsInput {
	/** only of this entry */
	resource?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Objections that wait to be checked, also from forms: what can be sent to the field. */
export const verificationDoubts = (input: VerificationDoubtsInput = {}) =>
	call<VerificationDoubtsOutput>('GET', `/verifications/doubts`, { query: { resource: input.resource, after: input.after, limit: input.limit } })
export interface VerificationCorrectOutput {
	/** the load */
	job_id: string
}
export interface VerificationCorrectInput {
	/** order: the id of its case */
	id: string
	/** [{name, mark: as it was read}], what is to be taken over; of what is not there any more: all */
	fields: unknown
}
/** Takes over what was found into the record, by a load of that row; the order ends when it carries all. */
export const verificationCorrect = (input: VerificationCorrectInput) =>
	call<VerificationCorrectOutput>('POST', `/verifications/orders/${encodeURIComponent(input.id)}/correct`, { body: { fields: input.fields } })
export interface VerificationFoundOutput {
	/** case of the order */
	order_id: string
	/** its number */
	order_number: string
	/** verification that found it */
	case_id: string
	/** its number */
	number: string
	/** entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** record */
	record_id: string
	/** the record is held */
	there: boolean
	/** what was found: it is not there any more */
	gone: boolean
	/** the order waits for the correction */
	open: boolean
	/** values are shown: to whose record it is */
	shown: boolean
	/** the caller may take it over */
	may_correct: boolean
	/** who looked */
	by: string|null
	/** time */
	answered_at: string|null
	/** the last job that took it over */
	job_id: string|null
	/** its state, empty: none */
	job_state: string
	/** held: now; L3 and L4 masked; changed: since it was found; barred: why it cannot be taken over (no_record, not_wrong, no_field, no_value, key, carried), empty: it can */
	fields: {name:string,title:string,grade:number,answer:string,held:string|null,held_label:string|null,found:string|null,found_label:string|null,mark:string,changed:boolean,barred:string}[]
}
export interface VerificationFoundInput {
	/** order: the id of its case */
	id: string
}
/** What was found on site for a correction order, beside what is held now. */
export const verificationFound = (input: VerificationFoundInput) =>
	call<VerificationFoundOutput>('GET', `/verifications/orders/${encodeURIComponent(input.id)}/found`)
export interface VerificationQueueOutput {
	/** least time left first */
	items: {case_id:string,number:string,title:string,state:string,state_title:string,state_title_en:string,turn:string,light:"green"|"amber"|"red"|"paused"|"none",pressed:""|"urge"|"supervise"|"circular",due_at:string|null,version:number,class_code:string,area_text:string,officer:string|null,reported_at:string,returns:number}[]
	/** cursor */
	next: string|null
}
export interface VerificationQueueInput {
	/** only in this state: assign (nobody is assigned), look */
	state?: string
	/** how late it is */
	light?: 'green' | 'amber' | 'red' | 'paused'
	/** part of number or title */
	q?: string
	/** `next` of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Verifications that run at one's centre, for the desk. */
export const verificationQueue = (input: VerificationQueueInput = {}) =>
	call<VerificationQueueOutput>('GET', `/verifications/queue`, { query: { state: input.state, light: input.light, q: input.q, after: input.after, limit: input.limit } })
export interface VerificationQueueCountsOutput {
	/** verifications that run at the centre */
	total: number
	/** overdue */
	red: number
	/** nearly due */
	amber: number
	/** in time */
	green: number
	/** stands */
	paused: number
	/** by state; assign waits for the centre */
	states: {state:string,state_title:string,state_title_en:string,count:number}[]
}
export interface VerificationQueueCountsInput {
	/** part of number or title */
	q?: string
}
/** How many there are, by light and state. */
export const verificationQueueCounts = (input: VerificationQueueCountsInput = {}) =>
	call<VerificationQueueCountsOutput>('GET', `/verifications/queue/counts`, { query: { q: input.q } })
export interface VerificationGetOutput {
	/** id of its case */
	case_id: string
	/** number of its case */
	number: string
	/** of the case, for the answer; 0: it does not wait for the caller */
	version: number
	/** entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** record */
	record_id: string
	/** sent, answered, corrected, closed */
	state: string
	/** right, wrong, unknown, cancelled, overtaken, withdrawn; empty: none yet */
	outcome: string
	/** areas it lies in */
	area_text: string
	/** for whoever goes and looks */
	words: string
	/** case of the correction order */
	order_id: string|null
	/** time */
	sent_at: string
	/** time */
	answered_at: string|null
	/** time */
	closed_at: string|null
	/** where it lies */
	lon: number|null
	/** where it lies */
	lat: number|null
	/** as recorded */
	address: string|null
	/** how far from there it was answered */
	metres: number|null
	/** what the caller may do */
	may: {answer:boolean,withdraw:boolean,clear:boolean}
	/** class of verification */
	class_code: string
	/** its name */
	class_title: string
	/** its name */
	class_title_en: string
	/** title of the case */
	title: string
	/** state of the case */
	case_state: string
	/** who looks */
	officer: string|null
	/** of which organisation */
	officer_org_name: string|null
	/** whose record it is */
	supplier_org_name: string|null
	/** number of the correction order */
	order_number: string|null
	/** until when it is to be looked at */
	due_at: string|null
	/** which thing it is */
	identify: {title:string,value:string|null,masked:boolean}[]
	/** in doubt; recorded: now, for the supplier and who looks; choices: for who looks, of a code set of up to 300, of a larger one none (GET /code-sets/{name}/items?q=); old, found: for the supplier; L3 and L4 masked */
	fields: {name:string,title:string,kind:string,code_set:string,grade:number,recorded:string|null,recorded_label:string|null,choices:{code:string,label:string,label_en:string}[],masked:boolean,mark:string,changed:boolean,answer:string,old:string|null,found:string|null}[]
	/** who doubted, not for who looks */
	doubts: {field:string,source:string,objection_id:string|null,objection_number:string|null,org_name:string|null,reason:string,at:string,ended_at:string|null}[]
	/** of the answer, at /verifications/{id}/photos/{photo} */
	photos: {photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null}[]
	/** history of the case, newest first */
	events: unknown[]
}
export interface VerificationGetInput {
	/** verification: the id of its case */
	id: string
}
/** One verification: only the fields in doubt and what tells which thing it is. */
export const verificationGet = (input: VerificationGetInput) =>
	call<VerificationGetOutput>('GET', `/verifications/${encodeURIComponent(input.id)}`)
export interface VerificationAnswerOutput {
	/** id of its case */
	case_id: string
	/** number of its case */
	number: string
}
export interface VerificationAnswerInput {
	/** verification */
	id: string
	/** version of the case that was seen; 0: whatever it is now */
	version?: number
	/** [{field, answer: right, wrong, unknown or gone, value: what it is (of wrong), mark: as it was read}], each field in doubt */
	answers: unknown
	/** ids of POST /event-photos, at most 9 */
	photos?: unknown
	/** what else was seen */
	note?: string
	/** where the answer is given, CGCS2000 degrees; only when it is submitted */
	lon?: number
	/** the same */
	lat?: number
}
/** What was found on site, field by field. */
export const verificationAnswer = (input: VerificationAnswerInput) =>
	call<VerificationAnswerOutput>('POST', `/verifications/${encodeURIComponent(input.id)}/answer`, { body: { version: input.version, answers: input.answers, photos: input.photos, note: input.note, lon: input.lon, lat: input.lat } })
export interface VerificationClearOutput {
	/** in clear */
	items: {name:string,title:string,old:string,found:string}[]
	/** there is one page */
	next: null
}
export interface VerificationClearInput {
	/** verification */
	id: string
	/** why; kept in evidence */
	reason: string
}
/** What was recorded and what was found, in clear, for whoever corrects it. */
export const verificationClear = (input: VerificationClearInput) =>
	call<VerificationClearOutput>('POST', `/verifications/${encodeURIComponent(input.id)}/clear`, { body: { reason: input.reason } })
export interface VerificationPhotoInput {
	/** verification */
	id: string
	/** one of its pictures */
	photo: string
}
export interface VerificationWithdrawOutput {
	/** id of its case */
	case_id: string
	/** number of its case */
	number: string
	/** of the case, for the answer; 0: it does not wait for the caller */
	version: number
	/** entry */
	resource_id: string
	/** its name */
	resource_name: string
	/** record */
	record_id: string
	/** sent, answered, corrected, closed */
	state: string
	/** right, wrong, unknown, cancelled, overtaken, withdrawn; empty: none yet */
	outcome: string
	/** areas it lies in */
	area_text: string
	/** for whoever goes and looks */
	words: string
	/** case of the correction order */
	order_id: string|null
	/** time */
	sent_at: string
	/** time */
	answered_at: string|null
	/** time */
	closed_at: string|null
	/** where it lies */
	lon: number|null
	/** where it lies */
	lat: number|null
	/** as recorded */
	address: string|null
	/** how far from there it was answered */
	metres: number|null
	/** what the caller may do */
	may: {answer:boolean,withdraw:boolean,clear:boolean}
	/** class of verification */
	class_code: string
	/** its name */
	class_title: string
	/** its name */
	class_title_en: string
	/** title of the case */
	title: string
	/** state of the case */
	case_state: string
	/** who looks */
	officer: string|null
	/** of which organisation */
	officer_org_name: string|null
	/** whose record it is */
	supplier_org_name: string|null
	/** number of the correction order */
	order_number: string|null
	/** until when it is to be looked at */
	due_at: string|null
	/** which thing it is */
	identify: {title:string,value:string|null,masked:boolean}[]
	/** in doubt; recorded: now, for the supplier and who looks; choices: for who looks, of a code set of up to 300, of a larger one none (GET /code-sets/{name}/items?q=); old, found: for the supplier; L3 and L4 masked */
	fields: {name:string,title:string,kind:string,code_set:string,grade:number,recorded:string|null,recorded_label:string|null,choices:{code:string,label:string,label_en:string}[],masked:boolean,mark:string,changed:boolean,answer:string,old:string|null,found:string|null}[]
	/** who doubted, not for who looks */
	doubts: {field:string,source:string,objection_id:string|null,objection_number:string|null,org_name:string|null,reason:string,at:string,ended_at:string|null}[]
	/** of the answer, at /verifications/{id}/photos/{photo} */
	photos: {photo_id:string,name:string,type:string,size:number,stage:string,taken_at:string|null}[]
	/** history of the case, newest first */
	events: unknown[]
}
export interface VerificationWithdrawInput {
	/** verification */
	id: string
	/** why; kept in evidence */
	reason: string
}
/** Calls a verification off that was not answered. */
export const verificationWithdraw = (input: VerificationWithdrawInput) =>
	call<VerificationWithdrawOutput>('POST', `/verifications/${encodeURIComponent(input.id)}/withdraw`, { body: { reason: input.reason } })
