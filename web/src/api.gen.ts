// Written by `yiwang routes --typescript` from the server's route table. Do not edit.
import { call } from './api/client'

type Query = Record<string, string | number | boolean | null | undefined>

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
	/** codes in the set */
	total: number|null
}
export interface CatalogCodeItemsInput {
	/** code set */
	name: string
	/** words to look for */
	q?: string
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Codes of one set with their time of validity. */
export const catalogCodeItems = (input: CatalogCodeItemsInput) =>
	call<CatalogCodeItemsOutput>('GET', `/code-sets/${encodeURIComponent(input.name)}/items`, { query: { q: input.q, after: input.after, limit: input.limit } })
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
	call<RecordByKeyOutput>('GET', `/data/${encodeURIComponent(input.resource)}/by-key`, { query: input as Query })
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
	call<RecordListOutput>('GET', `/data/${encodeURIComponent(input.resource)}/records`, { query: input as Query })
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
export interface CatalogElementsOutput {
	/** data elements */
	items: {code:string,name:string,name_en:string,domain:string,kind:string,length:number,scale:number,check:string,code_set:string,grade:number,mask:string,personal:boolean,aliases:string[],standard:string,doc:string}[]
	/** there is one page */
	next: null
}
export interface CatalogElementsInput {
	/** words to look for */
	q?: string
	/** population, legal, certificate, address, common */
	domain?: string
}
/** Data elements 数据元 (GB/T 19488.2, GA/T 543). */
export const catalogElements = (input: CatalogElementsInput = {}) =>
	call<CatalogElementsOutput>('GET', `/elements`, { query: { q: input.q, domain: input.domain } })
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
	call<GrantCreateOutput>('POST', `/grants`, { body: { resource_id: input.resource_id, account_id: input.account_id, fields: input.fields, filter: input.filter, purpose: input.purpose, basis: input.basis, clear_sensitive: input.clear_sensitive, from: input.from, until: input.until, quota_day: input.quota_day } })
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
/** Gives one job with its progress and result. */
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
/** This interface as OpenAPI 3.1. */
export const systemOpenapi = () =>
	call<void>('GET', `/openapi.json`)
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
	/** entries, newest first */
	items: {resource_id:string,code:string|null,name:string,org_id:string,org_name:string,sharing:string,opening:string,state:string,published_version:number,draft_version?:number,update_promise:string,row_count:number,loaded_at:string|null,grade:number,freshness:"fresh"|"late"|"none",version:number}[]
	/** cursor */
	next: string|null
	/** on the first page */
	total: number|null
}
export interface CatalogListInput {
	/** words to look for */
	q?: string
	/** state of the entry or of its draft */
	state?: 'draft' | 'review' | 'published' | 'withdrawn'
	/** provider */
	org?: string
	/** sharing type 无条件 有条件 不予共享 */
	sharing?: 'unconditional' | 'conditional' | 'none'
	/** only my organisation's */
	mine?: boolean
	/** "next" of the page before */
	after?: string
	/** rows a page, 50 when left out */
	limit?: number
}
/** Search the catalogue. */
export const catalogList = (input: CatalogListInput = {}) =>
	call<CatalogListOutput>('GET', `/resources`, { query: { q: input.q, state: input.state, org: input.org, sharing: input.sharing, mine: input.mine, after: input.after, limit: input.limit } })
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
	/** the last 20 reconciled loads, newest first; columns: field → column it was read from */
	sources: {job_id: string, kind: string, name: string | null, mode: string | null, at: string | null, by: string | null, read: number, refused: number, normalised: number, receipt: boolean, columns: Record<string, string>}[]
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
	/** host:port/database */
	place: string
}
export interface SourceCreateInput {
	/** what people call it; unique */
	name: string
	/** kind of database */
	kind: 'postgres'
	/** postgres://user:password@host:port/database; write-only */
	url: string
	/** organisation whose officers may use it; 0 or absent = all */
	org_id?: string
}
/** Adds a database; its password is kept locked and never shown. */
export const sourceCreate = (input: SourceCreateInput) =>
	call<SourceCreateOutput>('POST', `/sources`, { body: { name: input.name, kind: input.kind, url: input.url, org_id: input.org_id } })
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
export interface CatalogTemplatesOutput {
	/** entries to begin with */
	items: {name:string,title:string,doc:string,document:{code?:string,name:string,summary?:string,keywords?:string[],domain?:string,formats?:string[],sharing?:string,sharing_condition?:string,sharing_basis?:string,sharing_ways?:string[],opening?:string,opening_condition?:string,update_promise?:string,retention_months?:number,retention_field?:string,fields?:{no:number,since:number,name:string,title:string,source_name?:string,kind:string,length?:number,scale?:number,key?:boolean,required?:boolean,unique?:boolean,indexed?:boolean,element?:string,grade:number,mask?:string,check?:string,code_set?:string,min?:number,max?:number,date_field?:string,ref?:string,doc?:string}[],rules?:{name:string,expression:string,message?:string}[],contact?:string}}[]
	/** there is one page */
	next: null
}
/** Entries that packs offer to begin with. */
export const catalogTemplates = () =>
	call<CatalogTemplatesOutput>('GET', `/templates`)
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
