// Shapes of /api/v1 as the server answers them. Ids are strings: they have 64 bits. Times are ISO 8601 with zone.
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
export interface Session {
	account_id: Id; login: string; name: string; org_id: Id; org_name: string
	roles: string[]; permits: Permit[]; csrf: string; must_change_password: boolean
}
export interface Org { org_id: Id; code: string; name: string; name_en?: string; parent_id?: Id | null; state: string; version: number }
export interface Account {
	account_id: Id; login: string; name: string; org_id: Id; org_name: string; kind: 'person' | 'service'; roles: string[]
	state: string; locked_until?: Time | null; last_login?: Time | null; version: number
}
export interface ServiceAccount { account_id: Id; login: string; name: string; org_id: Id; org_name: string; state: string }
export interface ApiKey { key_id: Id; label: string; created_at: Time; expires_at: Time | null; last_used: Time | null; state: 'live' | 'expired' | 'revoked'; revoked_at: Time | null }
export interface GrantField { no?: number; name?: string; title?: string; grade?: number; mode: 'clear' | 'masked' }
export interface Grant {
	grant_id: Id; resource_id: Id; resource_name: string; account_id: Id; account_name: string; fields: GrantField[]
	filter?: unknown; purpose: string; basis?: string; clear_sensitive: boolean; from: Time; until: Time
	quota_day: number; used_today: number; state: 'live' | 'expired' | 'revoked' | 'future'; granted_by: string; granted_by_name?: string | null; created_at: Time; version: number
}

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
	opening: Opening; opening_condition?: string; update_promise: string; retention_months: number
	fields: Field[]; rules: Rule[]; contact?: string
}
export interface ResourceSummary {
	resource_id: Id; code: string; name: string; org_id: Id; org_name: string; sharing: Sharing; opening: Opening; state: string
	published_version?: number | null; draft_version?: number | null; update_promise: string; row_count?: number | null
	loaded_at?: Time | null; grade: number; freshness: 'fresh' | 'late' | 'none'; hits?: Hit[]
}
export interface Hit { part: string; text: string; marks: number[][] }
export interface Facet { value: string; name?: string; count: number }
export type Facets = Record<'org' | 'domain' | 'sharing' | 'opening' | 'grade' | 'freshness' | 'format', Facet[]>
export interface CatalogAnswer extends Page<ResourceSummary> { facets?: Facets }
export interface ResourceMay { edit?: boolean; submit?: boolean; review?: boolean; withdraw?: boolean; load?: boolean; grant?: boolean }
export interface Resource {
	resource_id: Id; org_id: Id; org_name?: string; state: string; version: number; published_version?: number | null; draft_version?: number
	document?: Entry | null; draft?: Entry | null; row_count?: number | null; loaded_at?: Time | null; generation_no?: number; needs_full?: boolean
	review?: { note?: string; decision?: string; by?: string; at?: Time } | null; may: ResourceMay
}
export interface ResourceVersion {
	version_no: number; state: string; author: string; author_name?: string | null; created_at: Time; reviewer?: string | null; reviewer_name?: string | null; published_at?: Time | null; note?: string | null
}
export interface Change { path: string; title?: string; from: unknown; to: unknown }
export interface ValidateProblem { path: string; rule: string; message: string; advice?: string }
export interface Element { code: string; name: string; kind?: Kind; length?: number; grade?: number; mask?: string; check?: string; doc?: string }
export interface CodeSet { name: string; title?: string; count?: number }
export interface CodeItem { code: string; label: string }

export interface Upload { upload_id: Id; name: string; size: number; sha256: string }
export interface Proposal {
	format: string; charset?: string; separator?: string; sheets?: string[]; rows_seen: number; fields: ProposedField[]; problems: ValidateProblem[]
}
export interface Source { source_id: Id; name: string; kind: string; place?: string; org_id?: Id; version?: number }
export interface SourceTable { schema: string; table: string; columns: { name: string; type: string }[]; row_estimate?: number }
export interface JobMessage { at: Time; text: string }
export interface JobResult {
	read?: number; inserted?: number; updated?: number; unchanged?: number; refused?: number; superseded?: number; deleted?: number
	source_digest?: string; target_digest?: string; normalised_values?: number; snapshot?: Record<string, unknown>; receipt_id?: Id
}
export interface Job {
	job_id: Id; kind: string; resource_id: Id; resource_name: string; org_id?: Id; state: 'queued' | 'running' | 'reconciled' | 'failed' | 'cancelled'
	stage?: string; done: number; total?: number | null; rate?: number | null; eta_s?: number | null; messages: JobMessage[]
	args?: Record<string, unknown>; result?: JobResult | null; error?: string | Problem | null; created_by?: string
	created_at: Time; started_at?: Time | null; finished_at?: Time | null; attempt: number; cancel_requested?: boolean; version?: number
}
export interface Reason { field: string; value: string; rule: string; message: string; advice?: string }
export interface Quarantined {
	quarantine_id: Id; resource_id: Id; job_id: Id; row_no: number; values: Record<string, string | null>; reasons: Reason[]
	state: 'open' | 'mended' | 'replayed' | 'discarded'; version: number; mended_by?: string; created_at?: Time
}
export interface QuarantineSummary { by_rule: { rule: string; field: string; count: number }[]; by_state: Record<string, number> | { state: string; count: number }[] }

export interface SchemaField { name: string; title?: string; kind: Kind; grade?: number; key?: boolean; mode: 'clear' | 'masked'; code_set?: string; filter?: boolean; sort?: boolean }
export type DataRecord = { record_id: Id; version?: number } & Record<string, unknown>
export interface Records { items: DataRecord[]; next: string | null; masked?: string[] }

export interface EvidenceRow {
	at: Time; stream: string; seq: number | string; actor: string; account_id?: Id; action: string; resource_id?: Id | null; subject_id?: Id | null
	row_count?: number; status: number; purpose?: string; address?: string; detail?: unknown; hash?: string; sealed: boolean
}
export interface EvidenceStatus {
	streams: { name: string; count: number; head_hash: string; last_at?: Time | null }[]
	checkpoint?: { number: number; at: Time; sha256: string } | null; unsealed: number; waiting?: number; witness?: string | null; witnessed?: number; public_key: string; torn?: unknown[]
}
export interface Checkpoint { number: number; at: Time; sha256: string; signature: string; body: string }
export interface Setting { name: string; value: string; doc?: string; version: number; min?: number; max?: number; default?: string }
export interface Pack { name: string; version?: string; title?: string; title_en?: string; loaded_at?: Time | null }

export interface OverviewItem {
	kind: string; subject_id?: Id; resource_id?: Id; name?: string; count?: number; at?: Time; detail?: string
}
export interface Overview { waits: OverviewItem[]; broke: OverviewItem[]; late: OverviewItem[]; numbers?: Record<string, number> }

export interface Dimension { name: 'completeness' | 'validity' | 'uniqueness' | 'consistency' | 'timeliness'; score: number | null; bad: number; base: number }
export interface QualityLoad {
	job_id: Id; at: Time; score: number | null; row_count: number; version: number; dimensions: Dimension[]
	fields?: { name: string; title: string; required: boolean; missing: number; bad: number }[]; rules?: { rule: string; field: string; count: number }[]
}
export interface QualityFinding { kind: string; since: Time; seen: Time; detail: { promise?: string; loaded_at?: Time; late_hours?: number; mounted?: boolean; error?: string } }
export interface Quality { loads: QualityLoad[]; findings: QualityFinding[]; quarantined: number }
export interface QualityRow {
	resource_id: Id; name: string; org_id: Id; org_name: string; loaded_at: Time | null; score: number | null; measured_at: Time | null; job_id: Id
	dimensions: Dimension[]; findings: string[]
}
export interface QualityPage extends Page<QualityRow> { patrol: { at: Time; checked: number; found: number } | null }
