// Shapes of /api/v1 as the server answers them: those of the generated client where it knows them whole. Ids are strings: they have 64 bits. Times are ISO 8601 with zone.
import type * as Gen from '../api.gen'

export type Id = string
export type Time = string

export interface Problem {
	type?: string
	title: string
	status: number
	detail?: string
	field?: string
	value?: string
	rule?: string
	advice?: string
	errors?: ProblemItem[]
}
export interface ProblemItem { field?: string; value?: string; rule?: string; detail?: string; title?: string; message?: string; advice?: string }
export interface Page<T> { items: T[]; next: string | null; total: number | null }

export type Permit = 'system' | 'security' | 'audit' | 'catalog.read' | 'catalog.edit' | 'catalog.review' | 'load' | 'jobs.read'
	| 'grant' | 'data.read' | 'keys' | 'accounts.read'
/** Here a session of a person, never one of a key. */
export type Session = Omit<Gen.SessionGetOutput, 'permits' | 'csrf'> & { permits: Permit[]; csrf: string }
export type Org = Gen.OrgListOutput['items'][number]
export type Account = Gen.AccountChangeOutput
export interface ServiceAccount { account_id: Id; login: string; name: string; org_id: Id; org_name: string; state: string }
export type ApiKey = Gen.KeyListOutput['items'][number]
export type GrantField = Gen.GrantGetOutput['fields'][number]
export type Grant = Gen.GrantGetOutput
export type Destruction = Gen.LifeGetOutput
export type Lineage = Gen.LineageGetOutput
export type LineageField = Lineage['fields'][number]

export type Kind = 'text' | 'integer' | 'decimal' | 'double' | 'date' | 'time' | 'boolean' | 'code' | 'geometry'
export interface Field {
	no?: number; name: string; title: string; source_name?: string; kind: Kind; length?: number; scale?: number
	key: boolean; required: boolean; unique: boolean; indexed: boolean
	element?: string; grade: number; mask: string; check: string; code_set?: string; min?: number | null; max?: number | null
	date_field?: string; ref?: string; doc?: string
}
export interface ProposedField extends Field { examples?: string[]; why?: string | string[] }
export interface Rule { name: string; expression: string; message: string }
export type Sharing = 'unconditional' | 'conditional' | 'none'
export type Opening = 'open' | 'conditional' | 'closed'
export interface Entry {
	code: string; name: string; summary: string; keywords: string[]; domain: string; formats: string[]
	sharing: Sharing; sharing_condition?: string; sharing_basis?: string; sharing_ways: string[]
	opening: Opening; opening_condition?: string; update_promise: string; retention_months: number; retention_field?: string
	fields: Field[]; rules: Rule[]; contact?: string
}
export interface ResourceSummary {
	resource_id: Id; code: string; name: string; org_id: Id; org_name: string; sharing: Sharing; opening: Opening; state: string
	published_version?: number | null; draft_version?: number | null; update_promise: string; row_count?: number | null
	loaded_at?: Time | null; grade: number; freshness: 'fresh' | 'late' | 'none'
}
export interface ResourceMay { edit?: boolean; submit?: boolean; review?: boolean; withdraw?: boolean; load?: boolean; grant?: boolean }
export interface Resource {
	resource_id: Id; org_id: Id; org_name?: string; state: string; version: number; published_version?: number | null; draft_version?: number
	document?: Entry | null; draft?: Entry | null; row_count?: number | null; loaded_at?: Time | null; generation_no?: number; needs_full?: boolean
	review?: { note?: string; decision?: string; by?: string; at?: Time } | null; may: ResourceMay
}
export type ResourceVersion = Gen.CatalogVersionsOutput['items'][number]
export interface Change { path: string; title?: string; from: unknown; to: unknown }
export interface ValidateProblem { path: string; rule: string; message: string; advice?: string }
export interface Element { code: string; name: string; kind?: Kind; length?: number; grade?: number; mask?: string; check?: string; doc?: string }
export interface CodeSet { name: string; title?: string; count?: number }
export interface CodeItem { code: string; label: string }

export type Upload = Gen.ExchangeUploadOutput
export interface Proposal {
	format: string; charset?: string; separator?: string; sheets?: string[]; header_row?: number; rows_seen: number; fields: ProposedField[]; problems: ValidateProblem[]
}
export type Source = Gen.SourceListOutput['items'][number]
export interface SourceTable { schema: string; table: string; columns: { name: string; type: string }[]; row_estimate?: number }
export interface JobMessage { at: Time; text: string }
export interface JobResult {
	read?: number; inserted?: number; updated?: number; unchanged?: number; refused?: number; superseded?: number; deleted?: number
	source_digest?: string; target_digest?: string; normalised_values?: number; snapshot?: Record<string, unknown>; receipt_id?: Id
}
export type Job = Omit<Gen.JobGetOutput, 'args' | 'result' | 'error'> & { args: Record<string, unknown> | null; result: JobResult | null; error: string | Problem | null }
export type Reason = Gen.QuarantineGetOutput['reasons'][number]
export type Quarantined = Gen.QuarantineGetOutput
export type QuarantineSummary = Gen.QuarantineSummaryOutput

export interface SchemaField { name: string; title?: string; kind: Kind; grade?: number; key?: boolean; mode: 'clear' | 'masked'; code_set?: string; filter?: boolean; sort?: boolean }
export type DataRecord = { record_id: Id; version?: number } & Record<string, unknown>
export interface Records { items: DataRecord[]; next: string | null; masked?: string[] }

export interface EvidenceRow {
	at: Time; stream: string; seq: number | string; actor: string; account_id?: Id; action: string; resource_id?: Id | null; subject_id?: Id | null
	row_count?: number; status: number; purpose?: string; address?: string; detail?: unknown; hash?: string; sealed: boolean
}
export type EvidenceStatus = Omit<Gen.EvidenceStatusOutput, 'streams'> & { streams: { name: string; count: number; head_hash: string; last_at?: Time | null }[] }
export interface Checkpoint { number: number; at: Time; sha256: string; signature: string; body: string }
export type Setting = Gen.SystemSettingsOutput['items'][number]
export interface Pack { name: string; version?: string; title?: string; title_en?: string; loaded_at?: Time | null }

export interface OverviewItem {
	kind: string; subject_id?: Id; resource_id?: Id; name?: string; count?: number; at?: Time; detail?: string
}
export type Overview = Record<'waits' | 'broke' | 'late', OverviewItem[]> & Pick<Gen.SystemOverviewOutput, 'numbers'>
